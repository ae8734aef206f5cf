//! The users of the day of mixed load.

use domain::{Purpose, Step};

use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, TestApp, User, call, page, wrong_code};

/// Counts of what the server acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Acknowledged {
    pub(super) registrations: i64,
    pub(super) sign_ins: i64,
    pub(super) payments: i64,
    /// Requests that the server answered with 503 or 429.
    pub(super) unavailable: i64,
}

impl Acknowledged {
    pub(super) fn add(&mut self, other: Self) {
        self.registrations += other.registrations;
        self.sign_ins += other.sign_ins;
        self.payments += other.payments;
        self.unavailable += other.unavailable;
    }
}

/// A user with a separate IP address, who gives up at the first refusal.
pub(super) struct SimulatedUser {
    pub(super) user: User,
    pub(super) browser: Browser,
    pub(super) acknowledged: Acknowledged,
}

impl SimulatedUser {
    pub(super) fn new(app: &TestApp, user: User) -> Self {
        // Each user has another network, so that the limits per network refuse no request.
        let ending: u32 = user.phone[user.phone.len() - 4..]
            .parse()
            .expect("number ends with digits");
        let address = format!("45.{}.{}.7", ending / 250, ending % 250);
        let browser = app.new_browser().at_address(&address);
        Self {
            user,
            browser,
            acknowledged: Acknowledged::default(),
        }
    }

    /// Returns the next step, or `None` if the call was refused. Only 503 and 429 may replace an answer.
    pub(super) async fn submit_form(&mut self, call: &call::FormPost) -> Option<Step> {
        let reply = self.browser.submit_form(call).await;
        match reply.response.status {
            200 if reply.is_refused() => None,
            200 => Some(reply.expect_step()),
            503 | 429 => {
                self.acknowledged.unavailable += 1;
                None
            }
            other => panic!("{}: {other}: {}", call.path, reply.response.text()),
        }
    }

    /// Makes a call that sends a code by SMS, and reads the code. `None` if none was sent.
    async fn request_code(&mut self, app: &TestApp, call: &call::FormPost) -> Option<String> {
        let mut phone = app.simulator.phone_with_number(&self.user.phone);
        phone.skip_received_messages().await;
        let step = self.submit_form(call).await?;
        if !matches!(step, Step::EnterCode(_)) {
            return None;
        }
        phone.next_code_within_a_second().await
    }

    pub(super) async fn register(&mut self, app: &TestApp) -> Option<()> {
        self.submit_form(&call::submit_registration_details(&self.user, ""))
            .await?;
        let credentials =
            call::submit_registration_credentials(&self.user.password, &self.user.phone);
        self.submit_form(&credentials).await?;
        let code = self
            .request_code(app, &call::request_code(Purpose::Registration))
            .await?;
        let step = self
            .submit_form(&call::submit_code(Purpose::Registration, &code))
            .await?;
        self.acknowledged.registrations += i64::from(step == Step::Registered);
        Some(())
    }

    /// Signs in. With `mistyped`, the user enters a wrong code first.
    pub(super) async fn sign_in(&mut self, app: &TestApp, mistyped: bool) -> Option<()> {
        let (username, password) = (self.user.username.clone(), self.user.password.clone());
        self.submit_form(&call::submit_password(&username, &password, ""))
            .await?;
        let code = self.request_code(app, &call::choose_method("sms")).await?;
        if mistyped {
            let wrong = call::submit_code(Purpose::SignIn, &wrong_code(&code));
            assert_eq!(
                self.submit_form(&wrong).await,
                None,
                "a wrong code was accepted"
            );
        }
        let step = self
            .submit_form(&call::submit_code(Purpose::SignIn, &code))
            .await?;
        self.acknowledged.sign_ins += i64::from(step == Step::Dashboard);
        Some(())
    }

    pub(super) async fn pay(&mut self, app: &TestApp) -> Option<()> {
        let form = self.browser.load_page("/payments/new").await;
        if form.status != 200 {
            assert!(matches!(form.status, 303 | 503), "{}", form.text());
            return None;
        }
        let key = page::hidden_input_values(&form.text(), "key").pop()?;
        let payment = call::Payment {
            key,
            ..call::Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD)
        };
        self.submit_form(&call::submit_payment(&payment)).await?;
        let code = self
            .request_code(app, &call::choose_method_for(Purpose::Payment, "sms"))
            .await?;
        let step = self
            .submit_form(&call::submit_code(Purpose::Payment, &code))
            .await?;
        self.acknowledged.payments += i64::from(matches!(step, Step::Payment { .. }));
        Some(())
    }
}
