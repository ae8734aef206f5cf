//! Paying, as a user does it.

use domain::{Language, PaymentFailure, PaymentId, Purpose, Step};

use super::app::Running;
use super::browser::Browser;
use super::call::{self, Payment};
use super::page;
use super::reply::Reply;
use super::user::User;
use super::wire::Response;

/// Worth a code.
pub const MUCH: &str = "150.00";

/// How many payments stand like this.
pub const COMPLETED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'completed'";
pub const PENDING: &str = "SELECT COUNT(*) FROM payments WHERE status = 'pending'";
pub const PROCESSING: &str = "SELECT COUNT(*) FROM payments WHERE status = 'processing'";
pub const EXPIRED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'expired'";
pub const FAILED: &str = "SELECT COUNT(*) FROM payments WHERE status = 'failed'";
/// How many payments failed without a line in the trail that says so, or have one and did not fail.
pub const UNTOLD: &str = "SELECT ABS((SELECT COUNT(*) FROM payments WHERE status = 'failed') - \
                          (SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed'))";
/// How many payments were executed.
pub const EXECUTED: &str = "SELECT COUNT(*) FROM ledger_entries";

/// What the page of a payment says that failed.
pub fn failed(why: PaymentFailure) -> &'static str {
    (Language::English.page_texts().payments.failed)(why)
}

impl Payment {
    /// So many dollars to a shop.
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

impl Running {
    /// Somebody signed in, whose phone can get another code right away.
    pub async fn payer(&self) -> (User, Browser) {
        let user = self.member().await;
        let mut browser = self.browser();
        browser.sign_in(self, &user).await;
        self.skip_resend_cooldown().await;
        (user, browser)
    }
}

impl Browser {
    /// Fills in the form and sends it, with the key it was shown with.
    pub async fn pay(&mut self, payment: &Payment) -> Reply {
        let form = self.page("/payments/new").await.text();
        let key = page::values(&form, "key").pop().expect("a form");
        let payment = Payment {
            key,
            ..payment.clone()
        };
        self.call(&call::pay(&payment)).await
    }

    /// The same for a payment that needs no code; its id.
    pub async fn pay_at_once(&mut self, payment: &Payment) -> PaymentId {
        match self.pay(payment).await.step() {
            Step::Payment { id } => id,
            other => panic!("a code is asked for: {other:?}"),
        }
    }

    /// The same for one that needs a code, up to the choice of method; its id.
    pub async fn quote(&mut self, payment: &Payment) -> PaymentId {
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

    /// The same up to the code, and reads it.
    pub async fn initiate_and_read_code(
        &mut self,
        app: &Running,
        user: &User,
        payment: &Payment,
    ) -> (PaymentId, String) {
        let id = self.quote(payment).await;
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

    /// The payment this browser is led to.
    pub async fn current_payment(&mut self) -> Option<PaymentId> {
        let led = self.page("/payments/current").await;
        PaymentId::parse(led.location().strip_prefix("/payments/")?)
    }

    pub async fn payment_page(&mut self, id: &PaymentId) -> Response {
        self.page(&format!("/payments/{id}")).await
    }

    /// The words of a payment's page, which has to be there.
    pub async fn payment(&mut self, id: &PaymentId) -> String {
        let page = self.payment_page(id).await;
        assert_eq!(page.status, 200, "{}", page.text());
        page::words(&page.text())
    }
}
