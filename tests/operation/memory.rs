//! Memory while many users sign in at once.

use crate::support::wire::send_at_once;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![memory_of_simultaneous_sign_ins_is_limited_by_hash_permits];

const PERMITS: u64 = 2;
/// Memory of one hash in KiB.
const HASH_KIB: u64 = 19 * 1024;
/// Number of simultaneous sign-ins. Each has another address, so that no limit refuses them.
const SIGN_INS: u8 = 100;

/// Tests docs/security.md#lim-04.
async fn memory_of_simultaneous_sign_ins_is_limited_by_hash_permits(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_ARGON2_MEMORY_KIB", &HASH_KIB.to_string())
        .with_setting("SALLYPORT_HASH_PERMITS", &PERMITS.to_string())
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let browser = app.new_browser();
    let sign_in = |place: u8| {
        let request = browser.form_request(&call::submit_password(
            &User::with_unique_details().username,
            "wrong one",
            "",
        ));
        let from = format!("203.0.113.{place}");
        (app.address, request.with_header("X-Forwarded-For", &from))
    };
    send_at_once(vec![sign_in(0)]).await;
    let before = app.process.peak_memory_kib();
    let answers = send_at_once((1..=SIGN_INS).map(sign_in).collect()).await;
    let hashed = answers.iter().filter(|answer| answer.status != 503).count();
    assert!(hashed > 20, "{hashed} were hashed");
    let more = app.process.peak_memory_kib() - before;
    assert!(more < PERMITS * HASH_KIB * 6 / 5, "{more} KiB more");
}
