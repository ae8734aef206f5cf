//! Core dumps of the server.

use std::fs;

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![server_writes_no_core_dumps];

/// Tests docs/security.md#leak-09.
async fn server_writes_no_core_dumps(database: Database) {
    let app = TestApp::start(database).await;
    let limits = fs::read_to_string(format!("/proc/{}/limits", app.process.id()));
    let limits = limits.expect("process is running");
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"));
    let values: Vec<&str> = line
        .expect("the limit is listed")
        .split_whitespace()
        .collect();
    // The soft limit, the hard limit and the unit.
    assert_eq!(values, ["0", "0", "bytes"]);
}
