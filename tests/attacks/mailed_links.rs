//! Attacks on the links in mails and text messages: foreign host names, programs that scan mail, and the browser of
//! another user.

use domain::Step;

use crate::support::call::FormPost;
use crate::support::email_proof::{CANCEL_SUBJECT, cancel_link_path, read_cancel_token};
use crate::support::lost_phone::{OPENED_SUBJECT, prove_new_number, wait_for_text_message_with};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    links_after_a_phone_change_or_email_change_have_the_configured_origin_only,
    links_of_an_opened_recovery_have_the_configured_origin_only,
    get_request_to_the_cancel_link_of_an_email_change_changes_nothing,
    cancel_link_in_the_browser_of_another_user_ends_only_the_sessions_of_its_account,
];

/// Starts an app behind a proxy whose forwarding headers it trusts.
async fn start_behind_proxy(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await
}

/// Submits a form with the host of another site in each place of a request. Panics if the server accepts it in the
/// `Host` header or the request target, or refuses it in a forwarding header.
async fn submit_with_foreign_host(app: &TestApp, browser: &Browser, form: &FormPost) {
    let request = browser.form_request(form);
    let host = request.clone().with_header("Host", "evil.example");
    assert_eq!(host.send(app.address).await.status, 421);
    let target = format!("http://evil.example{}", request.path);
    let target = request.clone().with_path(&target);
    assert_eq!(target.send(app.address).await.status, 400);
    let forwarded = request
        .with_header("X-Forwarded-Host", "evil.example")
        .with_header("Forwarded", "host=evil.example;proto=https")
        .with_header("X-Original-Host", "evil.example");
    assert_eq!(forwarded.send(app.address).await.status, 200);
}

/// Asserts that every link in a message begins with the configured origin.
fn assert_links_have_own_origin(app: &TestApp, message: &str) {
    assert!(!message.contains("evil.example"), "{message}");
    let own = format!("://{}/", app.address);
    for (at, _) in message.match_indices("://") {
        let (before, after) = message.split_at(at);
        assert!(before.ends_with("http"), "{message}");
        assert!(after.starts_with(&own), "{message}");
    }
}

/// Checks the links in all mails that a user has received. Panics if none contains `words`.
async fn assert_mails_have_own_origin(app: &TestApp, user: &User, words: &str) {
    let mails = app.simulator.mailbox_of(&user.email).list_mails().await;
    assert!(mails.iter().any(|mail| mail.text.contains(words)));
    for mail in mails {
        assert_links_have_own_origin(app, &mail.text);
        assert_links_have_own_origin(app, &mail.html);
    }
}

async fn links_after_a_phone_change_or_email_change_have_the_configured_origin_only(
    database: Database,
) {
    let app = start_behind_proxy(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let new = User::with_unique_details().phone;
    prove_new_number(&app, &mut browser, &new).await;
    submit_with_foreign_host(&app, &browser, &call::confirm_phone_change()).await;
    let mut old = app.simulator.phone_with_number(&ann.phone);
    let text = wait_for_text_message_with(&mut old, "/undo/").await;
    assert_links_have_own_origin(&app, &text);

    let (bob, mut browser) = app.sign_in_new_user().await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    submit_with_foreign_host(&app, &browser, &call::submit_email_code(&code)).await;
    app.wait_for_empty_outbox().await;
    assert_mails_have_own_origin(&app, &ann, "/undo/").await;
    assert_mails_have_own_origin(&app, &bob, "/undo/").await;
}

async fn links_of_an_opened_recovery_have_the_configured_origin_only(database: Database) {
    let app = start_behind_proxy(database).await;
    let ann = app.register_user().await;
    let token = app.request_recovery(&ann).await;
    let open = call::open_recovery_by_link(&token);
    submit_with_foreign_host(&app, &app.new_browser(), &open).await;
    app.wait_for_mail(&ann.email, OPENED_SUBJECT).await;
    assert_mails_have_own_origin(&app, &ann, "/recovery/").await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let text = wait_for_text_message_with(&mut phone, "/recovery/").await;
    assert_links_have_own_origin(&app, &text);
}

/// Programs that scan mail open the links in it.
async fn get_request_to_the_cancel_link_of_an_email_change_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    let token = read_cancel_token(&app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await);
    for method in ["GET", "HEAD"] {
        let path = cancel_link_path(&token);
        let scanned = app.new_browser().page_request(method, &path);
        assert_eq!(scanned.send(app.address).await.status, 200, "{method}");
    }
    let changed = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(changed.expect_step(), Step::EmailChanged);
}

async fn cancel_link_in_the_browser_of_another_user_ends_only_the_sessions_of_its_account(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut of_ann) = app.sign_in_new_user().await;
    let (eve, mut of_eve) = app.sign_in_new_user().await;
    of_ann.begin_email_change(&app, "new@example.net").await;
    let token = read_cancel_token(&app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await);
    let cancel = call::cancel_email_change(&token);
    let step = of_eve.submit_form(&cancel).await.expect_step();
    assert_eq!(step, Step::EmailChangeCancelled);
    assert!(!of_ann.is_signed_in().await);

    let token = app.open_recovery(&ann).await;
    let cancel = call::cancel_recovery_by_link(&token);
    let step = of_eve.submit_form(&cancel).await.expect_step();
    assert!(matches!(step, Step::RecoveryCancelled { .. }), "{step:?}");
    let recoveries = "SELECT COUNT(*) FROM recoveries";
    assert_eq!(app.open_database().await.read_number(recoveries).await, 0);
    assert!(of_eve.is_signed_in().await);
    let profile = of_eve.load_page("/profile").await.text();
    assert!(profile.contains(&eve.email), "{profile}");
}
