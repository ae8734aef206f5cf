//! The page of a code entry: its messages, and a held second factor.

use domain::{Answer, CodeEntry, Field, Problem, Purpose, ShownAnswer};
use serde_json::json;

use super::code_entry::EXPIRED;
use crate::support::{Browser, Database, TestApp, User, on_both_databases, page, wrong_code};

on_both_databases![
    page_of_a_held_second_factor_has_no_form_and_links_to_the_sign_in_page,
    page_without_scripts_says_until_when_a_code_is_valid,
    page_of_an_expired_code_has_no_form,
    message_limit_stays_on_the_page_after_a_reload,
    choice_of_method_at_the_message_limit_states_the_wait_at_once,
    last_message_of_the_hour_is_answered_with_the_wait_for_the_next_one,
    failed_last_message_of_the_hour_leaves_the_cooldown_unchanged,
    last_message_to_a_number_with_messages_of_another_flow_is_answered_with_the_cooldown,
    last_message_of_a_flow_to_its_new_number_is_answered_with_the_wait,
    message_of_a_code_that_expired_at_the_message_limit_states_the_wait,
];

/// Creates an account whose second factor is held after one wrong code.
async fn create_account_with_held_factor(database: Database) -> (TestApp, User, Browser) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "1")
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let wrong = wrong_code(&code);
    browser
        .enter_code(Purpose::SignIn, &wrong)
        .await
        .expect_errors();
    (app, ann, browser)
}

const HELD: &str = "Too many wrong codes for this account. Try again in 24 hours.";

/// Covers docs/product.md#section-6-end.
async fn page_of_a_held_second_factor_has_no_form_and_links_to_the_sign_in_page(
    database: Database,
) {
    let (app, ann, mut browser) = create_account_with_held_factor(database).await;
    let page = browser.load_page("/login/verify").await;
    assert!(page.text().contains(HELD), "{}", page.text());
    assert!(!page.text().contains("name=\"code\""), "{}", page.text());
    assert!(page.text().contains("Back to sign in"), "{}", page.text());
    // A password reset ends the hold.
    let way_out = "href=\"/forgot-password\"";
    assert!(page.text().contains(way_out), "{}", page.text());

    // The dialog for the choice of method has no form either, and shows the reason once.
    let mut other = app.new_browser();
    other.begin_sign_in(&ann).await;
    let page = other.load_page("/login").await;
    assert!(page.text().contains(HELD), "{}", page.text());
    assert!(!page.text().contains("Choose Verification Method"));
    assert!(!other.load_page("/login").await.text().contains(HELD));

    // Without scripts, a code leads to the same page.
    let mut form = browser.without_scripts();
    let answer = form.enter_code(Purpose::SignIn, "123456").await;
    assert_eq!(answer.redirect_path(), "/login/verify");
    assert!(form.load_page("/login/verify").await.text().contains(HELD));
}

/// Covers docs/product.md#section-6-8.
async fn page_without_scripts_says_until_when_a_code_is_valid(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    let text = page::visible_text(&browser.load_page("/login/verify").await.text());
    let (_, until) = text.split_once("The code is valid until ").expect("a time");
    let times = until.split_once(" UTC. To request another code, reload this page after ");
    let (until, after) = times.expect("sentence has the time twice");
    let is_time = |text: &str| text.len() == 5 && text.as_bytes()[2] == b':';
    assert!(is_time(until) && is_time(&after[..5]), "{text}");
    assert!(after[5..].starts_with(" UTC."), "{text}");

    app.simulator.advance_clock(30).await;
    let text = page::visible_text(&browser.load_page("/login/verify").await.text());
    assert!(text.contains("The code is valid until "), "{text}");
    assert!(!text.contains("reload this page"), "{text}");
}

/// Covers docs/product.md#section-6-end.
async fn page_of_an_expired_code_has_no_form(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    let is_hidden = |page: &str| page.contains("<div hidden class=\"stack\">");
    assert!(!is_hidden(&browser.load_page("/login/verify").await.text()));
    app.simulator.advance_clock(301).await;
    let page = browser.load_page("/login/verify").await.text();
    assert!(page.contains(EXPIRED), "{page}");
    assert!(is_hidden(&page), "{page}");
    assert!(
        page.contains("autofocus class=\"primary\">Resend<"),
        "{page}"
    );
}

/// Signs in and requests codes until the number has all its messages of the hour.
async fn sign_in_until_message_limit(database: Database) -> (TestApp, Browser) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    for _ in 0..5 {
        app.simulator.advance_clock(30).await;
        if browser.send_code(Purpose::SignIn).await.is_refused() {
            break;
        }
    }
    (app, browser)
}

/// Covers docs/product.md#section-6-4.
async fn message_limit_stays_on_the_page_after_a_reload(database: Database) {
    let (app, mut browser) = sign_in_until_message_limit(database).await;
    let calls = app.simulator.list_calls_of("create").await.len();
    let page = browser.load_page("/login/verify").await.text();
    assert!(page.contains("You can request another code in "), "{page}");
    assert!(
        page.contains("name=\"code\""),
        "the code is still valid: {page}"
    );
    let again = browser.send_code(Purpose::SignIn).await.expect_problem();
    assert!(
        matches!(again, Problem::ResendWait { secs } if secs > 60),
        "{again:?}"
    );
    assert_eq!(app.simulator.list_calls_of("create").await.len(), calls);
}

/// Covers docs/product.md#section-6-4.
async fn choice_of_method_at_the_message_limit_states_the_wait_at_once(database: Database) {
    const WAIT: &str = "You can request another code in ";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await; // One.
    app.new_browser().sign_in_until_code(&app, &ann).await; // Two.
    let mut browser = app.new_browser();
    for message in 3..=5 {
        app.simulator.advance_clock(30).await;
        let begun = browser.enter_password(&ann.username, &ann.password).await;
        let answer: Answer = serde_json::from_slice(&begun.response.body).expect("an answer");
        let shown = answer.shown;
        assert!(
            matches!(shown, ShownAnswer::ChooseMethod { .. }),
            "message {message}: {shown:?}"
        );
        let page = browser.load_page("/login").await.text();
        assert!(!page.contains(WAIT), "message {message}: {page}");
        browser.choose_sms_method().await.expect_code_entry();
    }
    app.simulator.advance_clock(30).await;
    let mut browser = app.new_browser();
    let begun = browser.enter_password(&ann.username, &ann.password).await;
    let answer: Answer = serde_json::from_slice(&begun.response.body).expect("an answer");
    assert_eq!(answer.shown, ShownAnswer::GoTo("/login".into()));
    for _ in 0..2 {
        let page = browser.load_page("/login").await.text();
        assert!(page.contains(WAIT), "{page}");
    }
}

/// Returns the seconds until the user can request another code.
fn seconds_to_next_code(entry: &CodeEntry) -> u64 {
    let sent = entry.sent.as_ref().expect("a message was sent");
    sent.resend_at.secs_since(entry.now)
}

/// Covers docs/product.md#section-6-4.
async fn last_message_of_the_hour_is_answered_with_the_wait_for_the_next_one(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await; // One.
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await; // Two.
    for message in 3..=5 {
        app.simulator.advance_clock(30).await;
        let reply = browser.send_code(Purpose::SignIn).await;
        let wait = seconds_to_next_code(&reply.expect_code_entry());
        if message < 5 {
            assert!(wait <= 30, "message {message}: {wait} s");
        } else {
            assert!((3_000..=3_600).contains(&wait), "{wait} s");
        }
    }
    let page = browser.load_page("/login/verify").await.text();
    assert!(page.contains("You can request another code in "), "{page}");
    let calls = app.simulator.list_calls_of("create").await.len();
    // Another tab still shows "Resend". The wait does not mark the code as invalid.
    let refused = browser.send_code(Purpose::SignIn).await.expect_errors();
    assert!(
        matches!(
            refused.first_problem_of(Field::Form),
            Some(Problem::ResendWait { secs: 3_000.. })
        ),
        "{refused:?}"
    );
    assert_eq!(app.simulator.list_calls_of("create").await.len(), calls);
}

/// Covers docs/product.md#section-6-4. A message that was certainly not sent does not count.
async fn failed_last_message_of_the_hour_leaves_the_cooldown_unchanged(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "3")
        .start()
        .await;
    let ann = app.register_user().await; // One.
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await; // Two.
    app.simulator.advance_clock(30).await;
    let refused = json!([{ "on": "create", "kind": "status", "status": 401 }]);
    app.simulator.set_faults(refused).await;
    let failed = browser.send_code(Purpose::SignIn).await.expect_errors();
    let wait = seconds_to_next_code(&failed.entry.expect("the code form stays open"));
    assert!(wait <= 30, "{wait} s");
    app.simulator.clear_faults().await;
    browser.send_code(Purpose::SignIn).await.expect_code_entry();
}

/// Covers docs/product.md#section-6-4. The wait would reveal messages of other users to the number.
async fn last_message_to_a_number_with_messages_of_another_flow_is_answered_with_the_cooldown(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut other = app.new_browser();
    other.register_until_code(&app, &ann).await; // One of three.
    other.cancel_flow(Purpose::Registration).await;
    app.simulator.advance_clock(30).await;
    let bob = User {
        phone: ann.phone,
        ..User::with_unique_details()
    };
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &bob).await;
    app.simulator.advance_clock(30).await;
    let reply = browser.send_code(Purpose::Registration).await;
    let wait = seconds_to_next_code(&reply.expect_code_entry());
    assert!(wait <= 30, "{wait} s");
    app.simulator.advance_clock(30).await;
    let refused = browser.send_code(Purpose::Registration).await;
    assert_eq!(refused.expect_problem(), Problem::ResendWait { secs: 30 });
}

/// Covers docs/product.md#section-6-4.
async fn last_message_of_a_flow_to_its_new_number_is_answered_with_the_wait(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await; // One of three.
    for is_last in [false, true] {
        app.simulator.advance_clock(30).await;
        let reply = browser.send_code(Purpose::Registration).await;
        let wait = seconds_to_next_code(&reply.expect_code_entry());
        assert_eq!(wait > 3_500, is_last, "{wait} s");
    }
    let page = browser.load_page("/register/verify").await.text();
    let text = page::visible_text(&page);
    assert!(text.contains("You can request another code in 5"), "{text}");
}

/// Covers docs/product.md#section-6-end.
async fn message_of_a_code_that_expired_at_the_message_limit_states_the_wait(database: Database) {
    let (app, browser) = sign_in_until_message_limit(database).await;
    app.simulator.advance_clock(301).await;
    let mut form = browser.without_scripts();
    for is_refused_again in [false, true] {
        if is_refused_again {
            form.send_code(Purpose::SignIn).await;
        }
        let page = form.load_page("/login/verify").await.text();
        let text = page::visible_text(&page);
        let message = "The code has expired. You can request another code in ";
        assert!(text.contains(message), "{text}");
        let waits = text.matches("You can request another code in ").count();
        assert_eq!(waits, 1, "{text}");
        assert!(!text.contains(EXPIRED), "{text}");
        assert!(
            page.contains("autofocus class=\"primary\">Use another method<"),
            "{page}"
        );
    }
}
