//! Slow, failing and incorrect providers.

mod cancels;
mod checks;
mod refused_numbers;
mod sends;
mod unresponsive;

use serde_json::{Value, json};

use crate::support::{Database, TestApp};

/// The message for a code that was not sent, or that may not have been sent.
const UNSENT: &str = "The code could not be sent. Please try again.";
const UNVERIFIED: &str = "Could not verify. Check your connection and try again.";

/// A fault for calls of this operation.
fn fault_of(operation: &str, mut fault: Value) -> Value {
    fault["on"] = operation.into();
    json!([fault])
}

/// An app with a short provider time-out that a busy machine still meets.
async fn start_with_short_timeout(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_PROVIDER_TIMEOUT_MS", "2500")
        .start()
        .await
}
