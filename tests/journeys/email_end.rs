//! The page of a mailed code: its times, and its end after the code has expired or too many wrong codes were entered.

use domain::{Answer, Problem, ShownAnswer, Step};

use super::email_proof::sign_in_browser;
use crate::support::{
    Browser, Database, FormResponse, TestApp, call, on_both_databases, page, wrong_code,
};

on_both_databases![
    page_of_an_expired_first_email_code_has_a_button_that_sends_another,
    too_many_wrong_codes_of_a_first_proof_leave_a_button_without_scripts_too,
    page_of_an_ended_email_code_links_to_the_email_change,
    opened_page_of_an_expired_code_has_no_field,
    page_of_an_email_code_states_its_times_and_when_another_can_be_requested,
];

const PAGE: &str = "/verify-email";
const EXPIRED: &str = "The code has expired.";
const TOO_MANY: &str = "Too many attempts. Please start again.";
const LIFE_SECS: u64 = 15 * 60;

/// Asserts that the browser loads the page of the code again.
fn assert_page_is_reloaded(reply: &FormResponse) {
    let answer: Answer =
        serde_json::from_slice(&reply.response.body).expect("an answer of a server function");
    assert_eq!(answer.shown, ShownAnswer::GoTo(PAGE.into()));
}

/// Loads the page of the code. Asserts that it has this message and no field.
async fn load_ended_page(browser: &mut Browser, message: &str) -> String {
    let page = browser.load_page(PAGE).await.text();
    let text = page::visible_text(&page);
    assert_eq!(text.matches(message).count(), 1, "{text}");
    assert_eq!(page.matches("role=\"alert\"").count(), 1, "{page}");
    for gone in ["name=\"code\"", "/api/email/check", "Validate", "Resend"] {
        assert!(!page.contains(gone), "{gone}: {page}");
    }
    page
}

/// Enters wrong codes until no attempt is left. Returns the last answer.
async fn use_up_attempts(browser: &mut Browser, code: &str) -> FormResponse {
    for _ in 0..4 {
        browser
            .submit_form(&call::submit_email_code(&wrong_code(code)))
            .await;
    }
    browser
        .submit_form(&call::submit_email_code(&wrong_code(code)))
        .await
}

async fn page_of_an_expired_first_email_code_has_a_button_that_sends_another(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let code = browser.request_email_code(&app, &ann.email).await;
    app.simulator.advance_clock(LIFE_SECS + 1).await;
    let reply = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(reply.expect_problem(), Problem::CodeExpired);
    assert_page_is_reloaded(&reply);
    let page = load_ended_page(&mut browser, EXPIRED).await;
    assert!(page.contains("action=\"/api/email/send\""), "{page}");
    assert!(page.contains("href=\"/profile/email\""), "{page}");

    let code = browser.request_email_code(&app, &ann.email).await;
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("name=\"code\""), "{page}");
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailVerified);
}

async fn too_many_wrong_codes_of_a_first_proof_leave_a_button_without_scripts_too(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let code = browser.request_email_code(&app, &ann.email).await;
    let mut browser = browser.without_scripts();
    let last = use_up_attempts(&mut browser, &code).await;
    assert_eq!(last.redirect_path(), PAGE);
    let page = load_ended_page(&mut browser, TOO_MANY).await;
    assert!(page.contains("action=\"/api/email/send\""), "{page}");
    // The server refuses to send another code so early. The page shows this refusal once, in place of the reason.
    let early = browser.submit_form(&call::request_email_code()).await;
    assert_eq!(early.redirect_path(), PAGE);
    load_ended_page(&mut browser, "You can request another code").await;
    load_ended_page(&mut browser, TOO_MANY).await;
}

async fn page_of_an_ended_email_code_links_to_the_email_change(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let new = format!("new.{}", ann.email);
    let code = browser.begin_email_change(&app, &new).await;
    let last = use_up_attempts(&mut browser, &code).await;
    assert_eq!(last.expect_problem(), Problem::AttemptsUsedUp);
    assert_page_is_reloaded(&last);
    let page = load_ended_page(&mut browser, TOO_MANY).await;
    assert!(page.contains("href=\"/profile/email\""), "{page}");
    assert!(page.contains("Start again"), "{page}");
    // Only another e-mail change, which needs a step-up, sends a code to the new address.
    assert!(!page.contains("/api/email/send"), "{page}");

    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(&app, &new).await;
    let step = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert_eq!(step, Step::EmailChanged);
    // A second tab that enters the used code shows the profile with the new address.
    let late = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_page_is_reloaded(&late);
    assert_eq!(browser.load_page(PAGE).await.location(), "/profile");
}

async fn opened_page_of_an_expired_code_has_no_field(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    browser.request_email_code(&app, &ann.email).await;
    app.simulator.advance_clock(LIFE_SECS - 60).await;
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("name=\"code\""), "{page}");
    app.simulator.advance_clock(61).await;
    load_ended_page(&mut browser, EXPIRED).await;
}

async fn page_of_an_email_code_states_its_times_and_when_another_can_be_requested(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    browser.request_email_code(&app, &ann.email).await;
    let page = browser.load_page(PAGE).await.text();
    for part in ["data-clock=\"", "data-wait=\"", " disabled", " autofocus"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let text = page::visible_text(&page);
    assert!(text.contains("To request another code, reload"), "{text}");

    app.skip_resend_cooldown().await;
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("data-clock=\""), "{page}");
    assert!(!page.contains("data-wait=\""), "{page}");
}
