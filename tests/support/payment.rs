//! Payments in a browser.

use domain::{Language, PaymentFailure, PaymentId, Purpose, Step};

use super::app::RunningApp;
use super::browser::Browser;
use super::call::{self, Payment};
use super::page;
use super::reply::Reply;
use super::user::User;
use super::wire::Response;

/// An amount that needs a code.
pub const ABOVE_THRESHOLD: &str = "150.00";

/// Queries for the number of payments with a status.
pub const COMPLETED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'completed'";
pub const PENDING: &str = "SELECT COUNT(*) FROM payments WHERE status = 'pending'";
pub const PROCESSING: &str = "SELECT COUNT(*) FROM payments WHERE status = 'processing'";
pub const EXPIRED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'expired'";
pub const FAILED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'failed'";
/// Query for the difference between failed payments and audit events about them. 0 if consistent.
pub const UNAUDITED_FAILURES: &str = "SELECT ABS((SELECT COUNT(*) FROM payments WHERE status = 'failed') - \
                          (SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed'))";
/// Query for the number of executed payments.
pub const EXECUTED: &str = "SELECT COUNT(*) FROM ledger_entries";

/// The text on the page of a failed payment.
pub fn failure_text(why: PaymentFailure) -> &'static str {
    (Language::English.page_texts().payments.failed)(why)
}

impl Payment {
    /// A payment in US dollars.
    pub fn of(amount: &str) -> Self {
        Self::in_currency(amount, "USD")
    }

    pub fn in_currency(amount: &str, currency: &str) -> Self {
        Self {
            recipient: "Acme & Söhne".to_owned(),
            amount: amount.to_owned(),
            currency: currency.to_owned(),
            description: "Invoice 4711".to_owned(),
            key: String::new(),
        }
    }
}

impl RunningApp {
    /// A new user who is signed in. The resend cooldown is over.
    pub async fn payer(&self) -> (User, Browser) {
        let user = self.member().await;
        let mut browser = self.browser();
        browser.sign_in(self, &user).await;
        self.skip_resend_cooldown().await;
        (user, browser)
    }
}

impl Browser {
    /// Loads the payment form, fills it in and submits it.
    pub async fn pay(&mut self, payment: &Payment) -> Reply {
        let form = self.page("/payments/new").await.text();
        let key = page::values(&form, "key").pop().expect("a form");
        let payment = Payment {
            key,
            ..payment.clone()
        };
        self.call(&call::pay(&payment)).await
    }

    /// Makes a payment that needs no code. Returns its id.
    pub async fn pay_at_once(&mut self, payment: &Payment) -> PaymentId {
        match self.pay(payment).await.step() {
            Step::Payment { id } => id,
            other => panic!("a code is asked for: {other:?}"),
        }
    }

    /// Begins a payment that needs a code, up to the choice of method. Returns its id.
    pub async fn begin_payment(&mut self, payment: &Payment) -> PaymentId {
        let step = self.pay(payment).await.step();
        assert!(
            matches!(
                step,
                Step::ChooseMethod {
                    purpose: Purpose::Payment,
                    ..
                }
            ),
            "{step:?}"
        );
        self.current_payment().await.expect("it was begun here")
    }

    /// Begins a payment that needs a code. Returns its id and the code.
    pub async fn initiate_and_read_code(
        &mut self,
        app: &RunningApp,
        user: &User,
        payment: &Payment,
    ) -> (PaymentId, String) {
        let id = self.begin_payment(payment).await;
        let mut phone = app.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let chosen = call::method_of(Purpose::Payment, "sms");
        self.call(&chosen).await.entry();
        (id, phone.next_code().await)
    }

    /// Enters the code of a payment.
    pub async fn confirm(&mut self, code: &str) -> Reply {
        self.enter_code(Purpose::Payment, code).await
    }

    /// The id of the payment that `/payments/current` redirects to.
    pub async fn current_payment(&mut self) -> Option<PaymentId> {
        let redirect = self.page("/payments/current").await;
        PaymentId::parse(redirect.location().strip_prefix("/payments/")?)
    }

    pub async fn payment_page(&mut self, id: &PaymentId) -> Response {
        self.page(&format!("/payments/{id}")).await
    }

    /// The text on the page of a payment. Panics if there is no page.
    pub async fn payment(&mut self, id: &PaymentId) -> String {
        let page = self.payment_page(id).await;
        assert_eq!(page.status, 200, "{}", page.text());
        page::visible_text(&page.text())
    }
}
