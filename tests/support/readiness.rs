//! The readiness check `GET /readyz` of an app.

use super::app::RunningApp;
use super::wire::{Request, TIMEOUT};

impl RunningApp {
    /// Returns the text of the readiness check. Panics if the app is not ready.
    pub async fn read_readiness(&self) -> String {
        let response = Request::get("/readyz").send(self.address).await;
        assert_eq!(response.status, 200);
        response.text()
    }

    /// Repeats the readiness check until the log contains `text`. Returns the rest of that log line.
    pub async fn wait_for_readiness_log(&self, text: &str) -> String {
        let wait = async {
            loop {
                Request::get("/readyz").send(self.address).await;
                let output = self.process.output();
                let mut lines = output.lines();
                if let Some((_, rest)) = lines.find_map(|line| line.split_once(text)) {
                    return rest.to_owned();
                }
            }
        };
        let found = tokio::time::timeout(TIMEOUT, wait).await;
        found.unwrap_or_else(|_| {
            panic!(
                "log line {text:?} did not appear in time:\n{}",
                self.process.output()
            )
        })
    }
}
