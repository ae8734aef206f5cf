//! Pages that offer, show and cancel the recovery of a lost phone.

use domain::Step;

use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    open_recovery_is_shown_on_dashboard_and_profile_until_it_is_cancelled,
    code_page_links_to_the_recovery_of_a_lost_phone,
    code_page_has_no_link_to_recoveries_that_the_operator_turns_off,
];

async fn open_recovery_is_shown_on_dashboard_and_profile_until_it_is_cancelled(database: Database) {
    const PAGES: [&str; 2] = ["/dashboard", "/profile"];
    const LINK: &str = "href=\"/recovery\"";
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    for path in PAGES {
        let shown = browser.load_page(path).await.text();
        assert!(!shown.contains(LINK), "{path}: {shown}");
    }
    app.open_recovery(&ann).await;
    for path in PAGES {
        let shown = browser.load_page(path).await.text();
        assert!(shown.contains(LINK), "{path}: {shown}");
        assert!(shown.contains("Your phone was reported lost."), "{path}");
    }
    let recovery_page = browser.load_page("/recovery").await.text();
    assert!(recovery_page.contains("Cancel it"), "{recovery_page}");
    let step = browser
        .submit_form(&call::cancel_own_recovery())
        .await
        .expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: true });
    for path in PAGES {
        let shown = browser.load_page(path).await.text();
        assert!(!shown.contains(LINK), "{path}: {shown}");
    }
}

/// The link of the code page, which leads to the form for a lost phone.
const LOST_PHONE_LINK: &str = "href=\"/lost-phone\"";

/// Registers a user and signs in until the code page. Returns the page.
async fn read_code_page(app: &TestApp) -> String {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(app, &ann).await;
    let page = browser.load_page("/login/verify").await;
    assert_eq!(page.status, 200);
    page.text()
}

async fn code_page_links_to_the_recovery_of_a_lost_phone(database: Database) {
    let app = TestApp::start(database).await;
    let shown = read_code_page(&app).await;
    assert!(shown.contains(LOST_PHONE_LINK), "{shown}");
    assert!(shown.contains("Lost your phone?"), "{shown}");
}

async fn code_page_has_no_link_to_recoveries_that_the_operator_turns_off(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_RECOVERY", "false")
        .start()
        .await;
    let shown = read_code_page(&app).await;
    assert!(!shown.contains(LOST_PHONE_LINK), "{shown}");
}
