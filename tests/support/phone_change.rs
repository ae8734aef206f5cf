//! Changes of the phone number in a browser.

use super::app::RunningApp;
use super::browser::Browser;
use super::call;

impl Browser {
    /// Begins a change to a new phone number. Returns its code.
    pub async fn begin_phone_change_until_code(
        &mut self,
        app: &RunningApp,
        number: &str,
    ) -> String {
        let reply = self.submit_form(&call::begin_phone_change(number)).await;
        reply.expect_code_entry();
        app.simulator.phone_with_number(number).next_code().await
    }
}
