//! Kills the server at moments spread evenly over a journey. Acknowledged results must survive.

use std::time::{Duration, Instant};

use domain::{PaymentId, Purpose, Step};

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![kills_lose_no_acknowledged_result_and_execute_no_payment_twice];

/// Counts duplicate ledger entries, and ledger entries whose payment is not completed.
const WRONG_EXECUTIONS: &str = "SELECT (SELECT COUNT(*) - COUNT(DISTINCT payment_id) FROM ledger_entries) + \
     (SELECT COUNT(*) FROM ledger_entries WHERE payment_id NOT IN \
     (SELECT id FROM payments WHERE status = 'completed'))";

/// The last step of a journey that the server has acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Nothing,
    Registered,
    SignedIn,
    Paid,
    /// The phone change was requested. It gives the session a new token, which the browser may not have received.
    PhoneChangeRequested,
    PhoneChanged,
}

/// Registration, sign-in, payment and phone change of a user, one after the other.
struct Journey {
    browser: Browser,
    user: User,
    new_phone: String,
    payment: Option<PaymentId>,
    reached: Reached,
}

impl Journey {
    fn new(app: &TestApp) -> Self {
        Self {
            browser: app.new_browser(),
            user: User::with_unique_details(),
            new_phone: User::with_unique_details().phone,
            payment: None,
            reached: Reached::Nothing,
        }
    }

    async fn run_journey(&mut self, app: &TestApp) {
        self.browser.register(app, &self.user).await;
        self.reached = Reached::Registered;
        self.browser.sign_in(app, &self.user).await;
        self.reached = Reached::SignedIn;
        let payment = call::Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
        self.payment = Some(self.browser.begin_payment(&payment).await);
        let code = self.next_code(app, Purpose::Payment).await;
        self.browser
            .enter_code(Purpose::Payment, &code)
            .await
            .expect_step();
        self.reached = Reached::Paid;
        let new_phone = call::begin_phone_change(&self.new_phone);
        self.browser.submit_form(&new_phone).await.expect_step();
        let code = app
            .simulator
            .phone_with_number(&self.new_phone)
            .next_code()
            .await;
        self.browser
            .enter_code(Purpose::PhoneChange, &code)
            .await
            .expect_step();
        self.reached = Reached::PhoneChangeRequested;
        let step = self
            .browser
            .submit_form(&call::confirm_phone_change())
            .await
            .expect_step();
        assert_eq!(step, Step::PhoneChanged);
        self.reached = Reached::PhoneChanged;
    }

    /// Requests a code by SMS and reads it.
    async fn next_code(&mut self, app: &TestApp, purpose: Purpose) -> String {
        let mut phone = app.simulator.phone_with_number(&self.user.phone);
        phone.skip_received_messages().await;
        self.browser
            .submit_form(&call::choose_method_for(purpose, "sms"))
            .await
            .expect_step();
        phone.next_code().await
    }

    /// Asserts that everything the server acknowledged before the kill is still there.
    async fn assert_acknowledged_results_survive(&mut self, app: &TestApp) {
        self.browser.address = app.address;
        if self.reached >= Reached::Registered {
            let (username, password) = (&self.user.username, &self.user.password);
            let mut other = app.new_browser();
            assert!(other.is_password_accepted(username, password).await);
        }
        if self.reached == Reached::PhoneChangeRequested {
            return;
        }
        if self.reached >= Reached::SignedIn {
            assert!(self.browser.is_signed_in().await);
        }
        if self.reached >= Reached::Paid {
            let id = self.payment.as_ref().expect("a payment");
            let page = self.browser.read_payment_page_text(id).await;
            assert!(page.contains("Completed"), "{page}");
        }
        if self.reached == Reached::PhoneChanged {
            let ending = &self.new_phone[self.new_phone.len() - 4..];
            let profile = self.browser.load_page("/profile").await.text();
            assert!(profile.contains(ending), "{profile}");
        }
    }
}

/// Tests docs/security.md#dur-01.
async fn kills_lose_no_acknowledged_result_and_execute_no_payment_twice(database: Database) {
    let kills = AttackSize::from_environment().select(8, 500);
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .with_setting(
            "SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR",
            "100000",
        )
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "100000")
        .start()
        .await;
    let mut journey_time = Duration::ZERO;
    let mut moment: u32 = 0;
    let mut reached = Vec::new();
    for _ in 0..kills {
        let mut journey = Journey::new(&app);
        // Steps of the golden ratio spread the kills evenly over the journey.
        moment = moment.wrapping_add(0x9E37_79B9);
        let kill_after = journey_time.mul_f64(f64::from(moment) / f64::from(u32::MAX));
        if journey_time.is_zero() {
            let began = Instant::now();
            journey.run_journey(&app).await;
            journey_time = began.elapsed();
        } else {
            let _ = tokio::time::timeout(kill_after, journey.run_journey(&app)).await;
        }
        app.process.kill().await;
        app.restart().await;
        journey.assert_acknowledged_results_survive(&app).await;
        reached.push(journey.reached);
    }
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(WRONG_EXECUTIONS).await, 0);
    let at_least = |least| reached.iter().filter(|reached| **reached >= least).count();
    let paid = at_least(Reached::Paid);
    assert!(
        probe.read_number(COUNT_EXECUTED).await
            >= i64::try_from(paid).expect("number fits the type")
    );
    assert!(probe.is_consistent().await);
    let (registered, signed_in) = (at_least(Reached::Registered), at_least(Reached::SignedIn));
    let changed = at_least(Reached::PhoneChanged);
    print_attack_figures(
        "kills at moments spread over a journey",
        &format!(
            "{kills} kills; {registered} registrations, {signed_in} sign-ins, {paid} payments and {changed} phone \
             changes acknowledged, 0 lost, 0 executed twice"
        ),
    );
}
