//! Attacks on the links in mails about the change of an e-mail address.

use domain::Problem;

use super::email_proof::signed_in;
use crate::support::email_proof::{CANCEL_SUBJECT, CODE_SUBJECT, code_in, link_path, token_in};
use crate::support::wire::race;
use crate::support::{Database, TestApp, call, on_both_databases, page, password_reset};

on_both_databases![
    links_name_the_configured_origin_only,
    hundred_parallel_uses_of_one_cancel_link_cancel_once,
    cancel_links_that_do_not_work_are_refused_alike,
];

async fn links_name_the_configured_origin_only(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let browser = signed_in(&app, &ann).await;
    let asked = browser.request(&call::new_email("new@example.net"));
    let poisoned = asked.clone().with("Host", "evil.example");
    assert_ne!(poisoned.send(app.address).await.status, 200);
    let forwarded = asked
        .with("X-Forwarded-Host", "evil.example")
        .with("Forwarded", "host=evil.example;proto=https")
        .with("X-Original-Host", "evil.example");
    assert_eq!(forwarded.send(app.address).await.status, 200);
    let mail = app.mail_with_subject(&ann.email, CANCEL_SUBJECT).await;
    let code = app.mail_with_subject("new@example.net", CODE_SUBJECT).await;
    assert!(!mail.text.contains("evil") && !code.text.contains("evil"));
    let link = format!("http://{}{}", app.address, link_path(&token_in(&mail)));
    assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
    // The database contains neither the code nor the token.
    let dump = app.probe().await.dump().await;
    assert!(!dump.contains(&token_in(&mail)));
    let columns = format!("code_hash={}", code_in(&code));
    assert!(!dump.contains(&columns));
    assert!(!dump.contains(&format!("\"{}\"", code_in(&code))));
}

async fn hundred_parallel_uses_of_one_cancel_link_cancel_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = signed_in(&app, &ann).await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    let mail = app.mail_with_subject(&ann.email, CANCEL_SUBJECT).await;
    let cancel = app
        .browser()
        .request(&call::cancel_email_change(&token_in(&mail)));
    let answers = race(vec![(app.address, cancel); 100]).await;
    let wins = answers
        .iter()
        .filter(|answer| answer.text().contains("email_change_cancelled"));
    assert_eq!(wins.count(), 1);
    let late = browser.call(&call::email_code(&code)).await;
    assert_eq!(late.problem(), Problem::FlowEnded, "the session is over");
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_change_cancelled'";
    assert_eq!(app.probe().await.number(audited).await, 1);
}

/// Status and text of the page of a cancel link, and the answer to its use.
async fn refusal_of(app: &TestApp, token: &str) -> (u16, String, Problem) {
    let mut browser = app.browser();
    let page = browser.page(&link_path(token)).await;
    let used = browser.call(&call::cancel_email_change(token)).await;
    let text = page::visible_text(&page.text());
    (page.status, text.replace(token, ""), used.problem())
}

async fn cancel_links_that_do_not_work_are_refused_alike(database: Database) {
    let app = TestApp::start(database).await;
    let never_issued = refusal_of(&app, &"a".repeat(43)).await;
    assert_eq!(
        (never_issued.0, &never_issued.2),
        (410, &Problem::LinkInvalid)
    );
    assert_eq!(refusal_of(&app, "short").await, never_issued);
    let ann = app.member().await;
    let mut browser = signed_in(&app, &ann).await;
    browser.begin_email_change(&app, "one@example.net").await;
    let first = token_in(&app.mail_with_subject(&ann.email, CANCEL_SUBJECT).await);
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(&app, "two@example.net").await;
    assert_eq!(refusal_of(&app, &first).await, never_issued, "replaced");
    app.wait_for_outbox().await;
    let mails = app.simulator.mails(&ann.email).all().await;
    let second = mails.iter().rfind(|mail| mail.subject == CANCEL_SUBJECT);
    let second = token_in(second.expect("a second mail"));
    browser.call(&call::email_code(&code)).await.step();
    assert_eq!(refusal_of(&app, &second).await, never_issued, "saved");
    // The token of a password reset is no token of a cancel link.
    let bob = app.member().await;
    let reset = app.reset_token(&bob).await;
    assert_eq!(refusal_of(&app, &reset).await, never_issued, "of a reset");
    let link = password_reset::link_path(&reset);
    assert_eq!(app.browser().page(&link).await.status, 200);
}
