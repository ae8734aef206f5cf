//! Exports of the data of an account.

use serde_json::Value;

use super::app::RunningApp;
use super::browser::Browser;
use super::call::{self, Payment};
use super::payment::AMOUNT_ABOVE_THRESHOLD;
use super::user::User;
use super::wire::Response;

impl Browser {
    /// Presses "Download" on the export page.
    pub async fn download_data(&mut self) -> Response {
        self.submit_form(&call::export_data()).await.response
    }

    /// Presses "Download" on the export page without a valid session. Asserts that the response is a redirect, and
    /// returns the path to which it leads, also if the export page redirects there.
    pub async fn path_after_refused_download(&mut self) -> String {
        let refused = self.download_data().await;
        assert_eq!(refused.status, 303, "{}", refused.text());
        if refused.location() != "/profile/export" {
            return refused.location().to_owned();
        }
        let page = self.load_page("/profile/export").await;
        assert_eq!(page.status, 303, "{}", page.text());
        page.location().to_owned()
    }

    /// Adds recovery codes, an authenticator app and two payments to the account of the signed-in user.
    pub async fn add_account_data(&mut self, app: &RunningApp, user: &User) {
        self.create_recovery_codes().await;
        let authenticator = self.begin_authenticator_set_up(app).await;
        let code = authenticator.current_code().await;
        self.confirm_authenticator(&code).await.expect_step();
        self.pay_without_code(&Payment::in_dollars("5.00")).await;
        let above = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
        let (_, code) = self.begin_payment_until_code(app, user, &above).await;
        self.confirm_payment(&code).await.expect_step();
    }
}

impl RunningApp {
    /// Returns the document that `sallyport user export --json` prints.
    pub fn export_by_command(&self, user: &User) -> Value {
        let output = self.run_user_command(&["export", &user.username, "--json"]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        serde_json::from_str(&output.stdout).expect("output is a JSON document")
    }
}
