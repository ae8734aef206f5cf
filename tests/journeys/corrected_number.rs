//! "Change number" and "Use a different number" keep the number that the user typed, so that a typo is corrected there.

use domain::Step;

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    change_of_number_in_a_registration_keeps_number_and_country,
    different_number_in_a_set_up_keeps_the_typed_number_and_its_country,
    different_number_in_a_set_up_keeps_only_the_country_of_the_number_on_file,
    different_number_in_a_phone_change_keeps_number_and_country,
];

const GERMAN: &str = "+4915123456789";

/// The German number as the form contains it.
const GERMAN_IN_FORM: &str = "+49 1512 3456789";
const GERMANY_SELECTED: &str = " selected>DE +49";

/// Asserts that the form on this page contains the German number and its country once, and not after a reload.
async fn assert_form_contains_german_number_once(browser: &mut Browser, path: &str) {
    let page = browser.load_page(path).await.text();
    assert!(page.contains(GERMAN_IN_FORM), "{page}");
    assert!(page.contains(GERMANY_SELECTED), "{page}");
    let page = browser.load_page(path).await.text();
    assert!(!page.contains("1512 3456789"), "{page}");
}

/// Begins the set-up of an account with a verified number, and enters the German number. Then goes back to the form.
///
/// `statement` removes the second factor of the account.
async fn correct_german_number_in_set_up(app: &TestApp, statement: &'static str) -> Browser {
    let ann = app.register_user().await;
    app.execute_sql(statement).await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    app.skip_resend_cooldown().await;
    let typed = call::submit_set_up_phone(GERMAN);
    browser.submit_form(&typed).await.expect_code_entry();
    let correct = call::correct_set_up_phone();
    browser.submit_form(&correct).await.expect_step();
    browser
}

async fn change_of_number_in_a_registration_keeps_number_and_country(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User {
        phone: GERMAN.to_owned(),
        ..User::with_unique_details()
    };
    let path = "/register/credentials";
    let correct = call::correct_registration_phone();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await;
    let step = browser.submit_form(&correct).await.expect_step();
    assert_eq!(step, Step::Credentials);
    assert_form_contains_german_number_once(&mut browser, path).await;

    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await;
    let mut form = browser.without_scripts();
    assert_eq!(form.submit_form(&correct).await.redirect_path(), path);
    assert_form_contains_german_number_once(&mut form, path).await;
}

async fn different_number_in_a_set_up_keeps_the_typed_number_and_its_country(database: Database) {
    let app = TestApp::start(database).await;
    // The first code goes to the number on file.
    let without_factor = "UPDATE accounts SET mfa = 0";
    let mut browser = correct_german_number_in_set_up(&app, without_factor).await;
    assert_form_contains_german_number_once(&mut browser, "/login").await;
}

/// The page masks the number on file.
async fn different_number_in_a_set_up_keeps_only_the_country_of_the_number_on_file(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let with_german_number = "UPDATE accounts SET mfa = 0, phone = '+4915123456789'";
    let mut browser = correct_german_number_in_set_up(&app, with_german_number).await;
    let page = browser.load_page("/login").await.text();
    assert!(page.contains(GERMANY_SELECTED), "{page}");
    assert!(!page.contains("1512 3456789"), "{page}");
    assert!(!page.contains(GERMAN), "{page}");
}

async fn different_number_in_a_phone_change_keeps_number_and_country(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let begin = call::begin_phone_change(GERMAN);
    browser.submit_form(&begin).await.expect_code_entry();
    let correct = call::correct_new_phone();
    browser.submit_form(&correct).await.expect_step();
    assert_form_contains_german_number_once(&mut browser, "/profile/phone").await;
}
