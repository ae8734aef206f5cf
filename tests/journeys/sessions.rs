//! Sessions, cookies, and what sign-in reveals about accounts.

use domain::{Problem, Purpose};

use crate::support::database_faults::{end_refusals, refuse_audit_events};
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    every_cookie_is_host_bound_and_http_only,
    signing_in_again_ends_the_earlier_session,
    signing_out_ends_the_session_at_once,
    sign_out_that_fails_keeps_the_session_and_can_be_repeated,
    unused_session_ends_after_thirty_minutes,
    session_in_use_ends_after_twelve_hours,
    unknown_cookies_open_no_session_and_write_nothing,
    dashboard_redirects_without_a_session,
];

/// Tests docs/security.md#ses-01, docs/security.md#ses-02.
async fn every_cookie_is_host_bound_and_http_only(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser().without_scripts();
    browser
        .enter_password(&ann.username, "wrong password")
        .await;
    browser.load_page("/login").await;
    browser.enter_password(&ann.username, &ann.password).await;
    browser.choose_sms_method().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.next_code().await;
    let code = phone.next_code().await;
    browser.enter_code(Purpose::SignIn, &code).await;
    let session = browser.session_token().expect("a session");
    assert_eq!(session.len(), 43, "256 bits");
    let stored = app
        .open_database()
        .await
        .read_text("SELECT token_hash FROM sessions")
        .await;
    assert_ne!(stored, session);
    browser.sign_out().await;

    assert!(
        browser.set_cookie_lines.len() >= 6,
        "{:?}",
        browser.set_cookie_lines
    );
    for line in &browser.set_cookie_lines {
        let (pair, attributes) = line.split_once("; ").expect("cookie has attributes");
        assert!(pair.starts_with("__Host-sallyport-"), "{line}");
        let mut attributes: Vec<&str> = attributes
            .split("; ")
            .filter(|one| !one.starts_with("Max-Age=0") && !one.starts_with("Expires="))
            .collect();
        attributes.sort_unstable();
        assert_eq!(
            attributes,
            ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
            "{line}"
        );
        assert!(line.len() < 4096);
    }
    // The stored hash is not valid as a cookie.
    let mut attacker = app.new_browser();
    attacker.cookies.insert(call::SESSION_COOKIE.into(), stored);
    assert!(!attacker.is_signed_in().await);
}

/// Tests docs/security.md#ses-03.
async fn signing_in_again_ends_the_earlier_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let planted = "A".repeat(43);
    browser
        .cookies
        .insert(call::SESSION_COOKIE.into(), planted.clone());
    browser.sign_in(&app, &ann).await;
    let first = browser.clone();
    assert_ne!(first.session_token(), Some(planted));
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    assert_ne!(first.session_token(), browser.session_token());
    assert!(!first.clone().is_signed_in().await);
    assert!(browser.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 1);
}

/// Tests docs/security.md#ses-06, docs/security.md#ses-10.
async fn signing_out_ends_the_session_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let stolen = browser.clone();
    let reply = browser.sign_out().await;
    let cleared = reply.response.header("clear-site-data");
    assert!(cleared.is_some_and(|what| what.contains("\"cache\"")));
    assert_eq!(browser.session_token(), None);
    assert!(!stolen.clone().is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    browser.sign_out().await.expect_step();
}

/// The end of a session and its audit event are saved together, or neither is.
async fn sign_out_that_fails_keeps_the_session_and_can_be_repeated(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    app.execute_sql(refuse_audit_events(database)).await;
    let failed = browser.sign_out().await.response;
    assert!(failed.status >= 500, "{}: {}", failed.status, failed.text());
    app.execute_sql(end_refusals(database)).await;
    assert!(browser.is_signed_in().await);
    browser.sign_out().await.expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.count_sessions().await, 0);
    let sign_outs =
        "SELECT COUNT(*) FROM audit_events WHERE event = 'session_ended' AND detail = 'signed_out'";
    assert_eq!(probe.read_number(sign_outs).await, 1);
}

/// Tests docs/security.md#ses-05.
async fn unused_session_ends_after_thirty_minutes(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(29 * 60).await;
    assert!(browser.is_signed_in().await);
    app.simulator.advance_clock(29 * 60).await;
    assert!(browser.is_signed_in().await);
    app.simulator.advance_clock(30 * 60).await;
    assert!(!browser.is_signed_in().await);
}

/// Tests docs/security.md#ses-05.
async fn session_in_use_ends_after_twelve_hours(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    for _ in 0..28 {
        app.simulator.advance_clock(25 * 60).await;
        assert!(browser.is_signed_in().await);
    }
    app.simulator.advance_clock(20 * 60).await;
    assert!(!browser.is_signed_in().await);
}

/// Tests docs/security.md#ses-04.
async fn unknown_cookies_open_no_session_and_write_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let before = probe.dump_rows().await;
    let endless = "A".repeat(4000);
    for garbage in [
        "",
        "x",
        "%00",
        "null",
        "undefined",
        "' OR 1=1 --",
        "\"quoted\"",
        "AAAA=====",
        "../../etc/passwd",
        endless.as_str(),
        &"A".repeat(43),
        &"-".repeat(43),
    ] {
        let mut browser = app.new_browser();
        for purpose in Purpose::ALL {
            browser
                .cookies
                .insert(call::flow_token_cookie(purpose).into(), garbage.into());
        }
        browser
            .cookies
            .insert(call::SESSION_COOKIE.into(), garbage.into());
        browser
            .cookies
            .insert(call::FLASH_COOKIE.into(), garbage.into());
        if garbage.len() > 1000 {
            browser
                .cookies
                .retain(|name, _| name == call::SESSION_COOKIE);
        }
        assert!(!browser.is_signed_in().await, "{garbage}");
        for page in ["/login", "/register", "/login/verify", "/register/verify"] {
            let answer = browser.load_page(page).await;
            assert!(answer.status < 400, "{garbage} {page} {}", answer.status);
        }
        let reply = browser.send_code(Purpose::SignIn).await;
        assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    }
    assert_eq!(before, probe.dump_rows().await);
}

/// Tests docs/security.md#ses-09.
async fn dashboard_redirects_without_a_session(database: Database) {
    let app = TestApp::start(database).await;
    app.register_user().await;
    let page = app.new_browser().load_page("/dashboard").await;
    assert_eq!((page.status, page.location()), (303, "/login"));
    assert!(page.body.is_empty());
}
