//! Slow, failing and incorrect providers.

mod cancels;
mod checks;
mod refused_numbers;
mod sends;
mod unresponsive;

use serde_json::{Value, json};

use crate::support::{Database, TestApp};

/// The error text for a code that was not sent, or that may not have been sent.
const UNSENT: &str = "The code could not be sent. Please try again.";
/// The error text for a code that could not be checked.
const UNVERIFIED: &str = "Could not verify. Check your connection and try again.";

/// Returns a fault for calls of this operation.
fn fault_for_operation(operation: &str, mut fault: Value) -> Value {
    fault["on"] = operation.into();
    json!([fault])
}

/// Starts an app whose provider time-out is short, but long enough for a busy machine.
async fn start_with_short_timeout(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_PROVIDER_TIMEOUT_MS", "2500")
        .start()
        .await
}
