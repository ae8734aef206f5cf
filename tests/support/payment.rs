//! Payments in a browser.

use domain::{Language, PaymentFailure, PaymentId, Purpose, Step};

use super::app::RunningApp;
use super::browser::Browser;
use super::call::{self, Payment};
use super::page;
use super::reply::FormResponse;
use super::user::User;
use super::wire::Response;

/// An amount so high that the payment needs a code.
pub const AMOUNT_ABOVE_THRESHOLD: &str = "150.00";

/// Query that counts the completed payments.
pub const COUNT_COMPLETED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'completed'";
/// Query that counts the pending payments.
pub const COUNT_PENDING: &str = "SELECT COUNT(*) FROM payments WHERE status = 'pending'";
/// Query that counts the payments in processing.
pub const COUNT_PROCESSING: &str = "SELECT COUNT(*) FROM payments WHERE status = 'processing'";
/// Query that counts the expired payments.
pub const COUNT_EXPIRED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'expired'";
/// Query that counts the failed payments.
pub const COUNT_FAILED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'failed'";
/// Query for the difference between the number of failed payments and their audit events. 0 if consistent.
pub const COUNT_UNAUDITED_FAILURES: &str = "SELECT ABS((SELECT COUNT(*) FROM payments WHERE status = 'failed') - \
                          (SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed'))";
/// Query that counts the executed payments.
pub const COUNT_EXECUTED: &str = "SELECT COUNT(*) FROM ledger_entries";

/// Returns the text on the page of a failed payment.
pub fn failure_text(why: PaymentFailure) -> &'static str {
    (Language::English.page_texts().payments.failed)(why)
}

impl Payment {
    /// Builds a payment in US dollars.
    pub fn in_dollars(amount: &str) -> Self {
        Self::in_currency(amount, "USD")
    }

    /// Builds a payment in the currency with this ISO 4217 code.
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
    /// Registers a user and signs in, and waits until the resend cooldown is over.
    pub async fn sign_in_new_user(&self) -> (User, Browser) {
        let user = self.register_user().await;
        let mut browser = self.new_browser();
        browser.sign_in(self, &user).await;
        self.skip_resend_cooldown().await;
        (user, browser)
    }
}

impl Browser {
    /// Loads the payment form, fills it in and submits it.
    pub async fn submit_payment(&mut self, payment: &Payment) -> FormResponse {
        let form = self.load_page("/payments/new").await.text();
        let key = page::hidden_input_values(&form, "key")
            .pop()
            .expect("payment form has a key");
        let payment = Payment {
            key,
            ..payment.clone()
        };
        self.submit_form(&call::submit_payment(&payment)).await
    }

    /// Makes a payment that needs no code. Returns its id.
    pub async fn pay_without_code(&mut self, payment: &Payment) -> PaymentId {
        match self.submit_payment(payment).await.expect_step() {
            Step::Payment { id } => id,
            other => panic!("the payment needs a code: {other:?}"),
        }
    }

    /// Begins a payment that needs a code, up to the choice of method. Returns its id.
    pub async fn begin_payment(&mut self, payment: &Payment) -> PaymentId {
        let step = self.submit_payment(payment).await.expect_step();
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
        self.current_payment_id()
            .await
            .expect("payment was begun in this browser")
    }

    /// Begins a payment that needs a code. Returns its id and the code.
    pub async fn begin_payment_until_code(
        &mut self,
        app: &RunningApp,
        user: &User,
        payment: &Payment,
    ) -> (PaymentId, String) {
        let id = self.begin_payment(payment).await;
        let mut phone = app.simulator.phone_with_number(&user.phone);
        phone.skip_received_messages().await;
        let chosen = call::choose_method_for(Purpose::Payment, "sms");
        self.submit_form(&chosen).await.expect_code_entry();
        (id, phone.next_code().await)
    }

    /// Enters the code of a payment.
    pub async fn confirm_payment(&mut self, code: &str) -> FormResponse {
        self.enter_code(Purpose::Payment, code).await
    }

    /// Returns the id of the payment that `/payments/current` redirects to.
    pub async fn current_payment_id(&mut self) -> Option<PaymentId> {
        let redirect = self.load_page("/payments/current").await;
        PaymentId::parse(redirect.location().strip_prefix("/payments/")?)
    }

    /// Loads the page of a payment.
    pub async fn load_payment_page(&mut self, id: &PaymentId) -> Response {
        self.load_page(&format!("/payments/{id}")).await
    }

    /// Returns the visible text on the page of a payment. Panics if there is no such page.
    pub async fn read_payment_page_text(&mut self, id: &PaymentId) -> String {
        let page = self.load_payment_page(id).await;
        assert_eq!(page.status, 200, "{}", page.text());
        page::visible_text(&page.text())
    }
}
