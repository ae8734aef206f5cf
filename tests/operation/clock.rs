//! The clock of the server.

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![clock_jump_is_logged_as_an_error];

/// Tests docs/security.md#totp-03.
async fn clock_jump_is_logged_as_an_error(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_LOG_FORMAT", "json")
        .start()
        .await;
    app.simulator.advance_clock(605).await;
    // About 605 seconds: the two clocks are not read at the same time.
    app.process.wait_for_output("\"jump_ms\":60").await;
}
