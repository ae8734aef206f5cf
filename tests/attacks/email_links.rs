//! Attacks on the links in mails about the change of an e-mail address.

use domain::{Problem, Step};

use super::email_proof::sign_in_without_cooldown;
use super::notification_limits::HELD_BACK;
use crate::support::email_proof::{
    CANCEL_SUBJECT, CODE_SUBJECT, cancel_link_path, read_cancel_token, read_code_from_mail,
};
use crate::support::wire::send_at_once;
use crate::support::{Database, TestApp, call, on_both_databases, page, password_reset};

on_both_databases![
    links_in_mails_have_the_configured_origin_only,
    hundred_parallel_uses_of_one_cancel_link_cancel_the_change_once,
    all_invalid_cancel_links_get_the_same_response,
    cancel_link_works_until_the_mail_with_the_next_link_is_sent,
];

async fn links_in_mails_have_the_configured_origin_only(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let browser = sign_in_without_cooldown(&app, &ann).await;
    let request = browser.form_request(&call::begin_email_change("new@example.net"));
    let poisoned = request.clone().with_header("Host", "evil.example");
    assert_ne!(poisoned.send(app.address).await.status, 200);
    let forwarded = request
        .with_header("X-Forwarded-Host", "evil.example")
        .with_header("Forwarded", "host=evil.example;proto=https")
        .with_header("X-Original-Host", "evil.example");
    assert_eq!(forwarded.send(app.address).await.status, 200);
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let code = app.wait_for_mail("new@example.net", CODE_SUBJECT).await;
    for mail in [&mail, &code] {
        assert!(!mail.text.contains("evil.example"), "{}", mail.text);
    }
    let link = format!(
        "http://{}{}",
        app.address,
        cancel_link_path(&read_cancel_token(&mail))
    );
    assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
    // The database contains neither the code nor the token.
    let dump = app.open_database().await.dump_rows().await;
    assert!(!dump.contains(&read_cancel_token(&mail)));
    let columns = format!("code_hash={}", read_code_from_mail(&code));
    assert!(!dump.contains(&columns));
    assert!(!dump.contains(&format!("\"{}\"", read_code_from_mail(&code))));
}

async fn hundred_parallel_uses_of_one_cancel_link_cancel_the_change_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_without_cooldown(&app, &ann).await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let cancel = app
        .new_browser()
        .form_request(&call::cancel_email_change(&read_cancel_token(&mail)));
    let answers = send_at_once(vec![(app.address, cancel); 100]).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("email_change_cancelled"));
    assert_eq!(accepted.count(), 1);
    let late = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(
        late.expect_problem(),
        Problem::FlowEnded,
        "the session has ended"
    );
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_change_cancelled'";
    assert_eq!(app.open_database().await.read_number(audited).await, 1);
}

/// Returns status and text of the page of a cancel link, and the problem when the link is used.
async fn read_refusal_of_link(app: &TestApp, token: &str) -> (u16, String, Problem) {
    let mut browser = app.new_browser();
    let page = browser.load_page(&cancel_link_path(token)).await;
    let used = browser.submit_form(&call::cancel_email_change(token)).await;
    let text = page::visible_text(&page.text());
    (page.status, text.replace(token, ""), used.expect_problem())
}

async fn all_invalid_cancel_links_get_the_same_response(database: Database) {
    let app = TestApp::start(database).await;
    let never_issued = read_refusal_of_link(&app, &"a".repeat(43)).await;
    assert_eq!(
        (never_issued.0, &never_issued.2),
        (410, &Problem::LinkInvalid)
    );
    assert_eq!(read_refusal_of_link(&app, "short").await, never_issued);
    let ann = app.register_user().await;
    let mut browser = sign_in_without_cooldown(&app, &ann).await;
    browser.begin_email_change(&app, "one@example.net").await;
    let first = read_cancel_token(&app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await);
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(&app, "two@example.net").await;
    app.wait_for_empty_outbox().await;
    assert_eq!(
        read_refusal_of_link(&app, &first).await,
        never_issued,
        "replaced"
    );
    let mails = app.simulator.mailbox_of(&ann.email).list_mails().await;
    let second = mails.iter().rfind(|mail| mail.subject == CANCEL_SUBJECT);
    let second = read_cancel_token(second.expect("second mail arrives"));
    browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(
        read_refusal_of_link(&app, &second).await,
        never_issued,
        "saved"
    );
    // The token of a password reset is no token of a cancel link.
    let bob = app.register_user().await;
    let reset = app.request_reset_token(&bob).await;
    assert_eq!(
        read_refusal_of_link(&app, &reset).await,
        never_issued,
        "token of a reset link"
    );
    let link = password_reset::reset_link_path(&reset);
    assert_eq!(app.new_browser().load_page(&link).await.status, 200);
}

/// An attacker with password and session has used up the limit of notifications to the mailbox, so the mail about the
/// second change is delayed.
async fn cancel_link_works_until_the_mail_with_the_next_link_is_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut intruder) = app.sign_in_new_user().await;
    for _ in 0..3 {
        app.request_reset_mail(&ann).await;
        app.request_recovery(&ann).await;
        intruder.create_recovery_codes().await;
        app.wait_for_empty_outbox().await;
    }
    app.skip_resend_cooldown().await;
    intruder.begin_email_change(&app, "one@example.net").await;
    let first = read_cancel_token(&app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await);
    app.wait_for_empty_outbox().await;
    app.skip_resend_cooldown().await;
    let code = intruder.begin_email_change(&app, "two@example.net").await;
    let held_back = app.open_database().await.read_number(HELD_BACK).await;
    assert_eq!(held_back, 1);
    let mut owner = app.new_browser();
    let page = owner.load_page(&cancel_link_path(&first)).await;
    assert_eq!(page.status, 200);
    let cancelled = owner.submit_form(&call::cancel_email_change(&first)).await;
    assert_eq!(cancelled.expect_step(), Step::EmailChangeCancelled);
    let late = intruder.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(late.expect_problem(), Problem::FlowEnded);
    let changed = "SELECT COUNT(*) FROM accounts WHERE email = 'two@example.net'";
    assert_eq!(app.open_database().await.read_number(changed).await, 0);
}
