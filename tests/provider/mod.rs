//! Slow, failing and lying providers.

mod cancels;
mod checks;
mod sends;

use serde_json::{Value, json};

use crate::support::{Database, TestApp};

const UNVERIFIED: &str = "Could not verify. Check your connection and try again.";

/// The script of one fault, for calls of this operation.
fn on(operation: &str, mut fault: Value) -> Value {
    fault["on"] = operation.into();
    json!([fault])
}

/// An app that waits for its provider as long as a busy machine may need, and no longer.
async fn impatient(database: Database) -> TestApp {
    TestApp::on(database)
        .with("SALLYPORT_PROVIDER_TIMEOUT_MS", "2500")
        .start()
        .await
}
