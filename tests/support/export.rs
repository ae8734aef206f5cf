//! Exports of the data of an account.

use serde_json::Value;

use super::app::RunningApp;
use super::browser::Browser;
use super::call::{self, Payment};
use super::payment::ABOVE_THRESHOLD;
use super::user::User;
use super::wire::Response;

impl Browser {
    /// Presses "Download" on the page of the export.
    pub async fn download_data(&mut self) -> Response {
        self.call(&call::export_data()).await.response
    }

    /// Adds recovery codes, an authenticator app and two payments to the account of this browser.
    pub async fn fill_account(&mut self, app: &RunningApp, user: &User) {
        self.make_recovery_codes().await;
        let authenticator = self.begin_authenticator(app).await;
        let code = authenticator.code().await;
        self.confirm_authenticator(&code).await.step();
        self.pay_at_once(&Payment::of("5.00")).await;
        let above = Payment::of(ABOVE_THRESHOLD);
        let (_, code) = self.initiate_and_read_code(app, user, &above).await;
        self.confirm(&code).await.step();
    }
}

impl RunningApp {
    /// The document that `sallyport user export --json` prints.
    pub fn exported_by_operator(&self, user: &User) -> Value {
        let output = self.user(&["export", &user.username, "--json"]);
        assert_eq!(output.code, 0, "{output:?}");
        serde_json::from_str(&output.out).expect("JSON alone")
    }
}
