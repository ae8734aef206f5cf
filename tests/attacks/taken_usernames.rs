//! Limits on the responses of registrations that a username is taken.

use domain::{Field, Problem, Purpose};

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::{ApiClient, Database, TestApp, User, call, on_both_databases, wire};

on_both_databases![
    five_answers_in_ten_minutes_reveal_that_a_username_is_taken,
    five_of_thirty_simultaneous_registrations_learn_that_a_username_is_taken,
    api_and_pages_share_the_limit_of_answers_about_taken_usernames,
];

const TAKEN: &str = "username_taken";

/// Returns another user who registers with the same username.
fn user_with_username_of(user: &User) -> User {
    User {
        username: user.username.clone(),
        ..User::with_unique_details()
    }
}

/// Tests docs/security.md#enum-02. An earlier version revealed 300 taken usernames to one IP address in a minute.
async fn five_answers_in_ten_minutes_reveal_that_a_username_is_taken(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let questions = AttackSize::from_environment().select(30, 300);
    let mut answered = 0;
    for _ in 0..questions {
        let reply = app
            .new_browser()
            .submit_registration_details(&user_with_username_of(&ann))
            .await;
        if reply.response.text().contains(TAKEN) {
            answered += 1;
        } else {
            assert_eq!(reply.response.status, 429, "{}", reply.response.text());
        }
    }
    print_attack_figures(
        "taken usernames asked from one address",
        &format!("{answered} of {questions} answered"),
    );
    assert_eq!(answered, 5);
    // A free username gets the same refusal. Otherwise the response would reveal whether a username is taken.
    let free = app
        .new_browser()
        .submit_registration_details(&User::with_unique_details())
        .await;
    assert_eq!(free.response.status, 429);
    assert!(free.response.header("retry-after").is_some());
    app.simulator.advance_clock(600).await;
    app.new_browser()
        .submit_registration_details(&User::with_unique_details())
        .await
        .expect_step();
    let reply = app
        .new_browser()
        .submit_registration_details(&user_with_username_of(&ann))
        .await;
    let taken = reply
        .expect_errors()
        .first_problem_of(Field::Username)
        .cloned();
    assert_eq!(taken, Some(Problem::UsernameTaken));
}

/// Tests docs/security.md#enum-02.
async fn five_of_thirty_simultaneous_registrations_learn_that_a_username_is_taken(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut requests = Vec::new();
    for _ in 0..30 {
        let mut browser = app.new_browser();
        let captcha = browser.solve_captcha(Purpose::Registration).await;
        let call = call::submit_registration_details(&user_with_username_of(&ann), &captcha);
        requests.push((app.address, browser.form_request(&call)));
    }
    let answers = wire::send_at_once(requests).await;
    let answered = answers
        .iter()
        .filter(|answer| answer.text().contains(TAKEN));
    assert_eq!(answered.count(), 5);
}

/// Tests docs/security.md#enum-02.
async fn api_and_pages_share_the_limit_of_answers_about_taken_usernames(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    for _ in 0..3 {
        let reply = app
            .new_browser()
            .submit_registration_details(&user_with_username_of(&ann))
            .await;
        assert!(reply.response.text().contains(TAKEN));
    }
    let client = app.new_api_client();
    let mut answered = 0;
    for _ in 0..10 {
        let body = ApiClient::registration_body(&user_with_username_of(&ann));
        let answer = client.post("/v1/register/start", &body).await;
        match answer.status() {
            429 => {}
            _ => answered += 1,
        }
    }
    assert_eq!(answered, 2);
}
