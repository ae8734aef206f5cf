//! A sign-in that begins in a browser in which another account is signed in, for example on a page that was opened
//! before.

use domain::{Purpose, Step};

use crate::support::{Browser, Database, TestApp, User, on_both_databases};

on_both_databases![
    sign_in_to_another_account_continues_and_replaces_the_session,
    cancelled_sign_in_to_another_account_leads_back_to_the_session,
    set_up_of_another_account_is_shown_over_the_session,
    user_who_registers_in_a_browser_with_another_session_can_sign_in,
];

/// The link of the header that only pages of a session have.
const LINK_OF_SESSION: &str = "href=\"/profile\"";

/// Sessions that ended because a sign-in to another account replaced them.
const REPLACED: &str =
    "SELECT COUNT(*) FROM audit_events WHERE event = 'session_ended' AND detail = 'replaced'";

/// Loads a page of a sign-in. Expects that it names this user and shows nothing of the session.
async fn expect_page_of_sign_in(browser: &mut Browser, path: &str, user: &User) -> String {
    let page = browser.load_page(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.location());
    let page = page.text();
    assert!(page.contains(&user.username), "{path}: {page}");
    assert!(!page.contains(LINK_OF_SESSION), "{path}: {page}");
    page
}

/// Expects that the dashboard opens for this user.
async fn expect_dashboard_of(browser: &mut Browser, user: &User) {
    let page = browser.load_page("/dashboard").await;
    assert_eq!(page.status, 200);
    let page = page.text();
    assert!(page.contains(&user.full_name), "{page}");
}

async fn sign_in_to_another_account_continues_and_replaces_the_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut with_old_session = browser.clone();
    browser.begin_sign_in(&bob).await;
    let page = expect_page_of_sign_in(&mut browser, "/login", &bob).await;
    assert!(page.contains("Choose Verification Method"), "{page}");
    let code = browser.request_sms_code(&app, Purpose::SignIn, &bob).await;
    let sign_in_page = browser.load_page("/login").await;
    assert_eq!(sign_in_page.location(), "/login/verify");
    expect_page_of_sign_in(&mut browser, "/login/verify", &bob).await;
    // The session stays until the code is entered.
    expect_dashboard_of(&mut browser, &ann).await;
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(REPLACED).await, 0);
    let entered = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(entered.expect_step(), Step::Dashboard);
    expect_dashboard_of(&mut browser, &bob).await;
    assert!(!with_old_session.is_signed_in().await);
    assert_eq!(probe.read_number(REPLACED).await, 1);
    let sign_in_page = browser.load_page("/login").await;
    assert_eq!(sign_in_page.location(), "/dashboard");
}

async fn cancelled_sign_in_to_another_account_leads_back_to_the_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.sign_in_until_code(&app, &bob).await;
    browser.cancel_flow(Purpose::SignIn).await.expect_step();
    for path in ["/login", "/login/verify"] {
        let page = browser.load_page(path).await;
        assert_eq!((page.status, page.location()), (303, "/dashboard"));
    }
    expect_dashboard_of(&mut browser, &ann).await;
}

async fn set_up_of_another_account_is_shown_over_the_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let created = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.begin_sign_in(&created).await;
    expect_page_of_sign_in(&mut browser, "/login", &created).await;
    browser.cancel_flow(Purpose::SetUp).await.expect_step();
    let page = browser.load_page("/login").await;
    assert_eq!((page.status, page.location()), (303, "/dashboard"));
}

async fn user_who_registers_in_a_browser_with_another_session_can_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let bob = User::with_unique_details();
    browser.register(&app, &bob).await;
    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(&app, &bob).await;
    expect_page_of_sign_in(&mut browser, "/login/verify", &bob).await;
    let entered = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(entered.expect_step(), Step::Dashboard);
    expect_dashboard_of(&mut browser, &bob).await;
}
