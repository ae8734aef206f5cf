//! Wrong passwords of attackers do not lock the owner out, and attackers get few guesses.

use domain::{Problem, ProtectedArea, Purpose, Step};
use serde_json::json;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::{Browser, Database, TestApp, TestAppBuilder, call, on_both_databases};

on_both_databases![
    attacker_who_tries_passwords_for_a_day_does_not_lock_the_user_out,
    signed_in_user_can_complete_a_step_up_while_an_attacker_tries_passwords,
    password_guesses_of_an_attacker_with_many_networks_are_limited,
    username_and_email_of_an_account_share_one_limit_of_wrong_passwords,
    wrong_passwords_for_an_unknown_identifier_and_for_an_account_get_the_same_responses,
    user_at_the_address_of_an_attacker_signs_in_with_a_harder_proof_of_work,
];

const STRANGER: &str = "198.51.100.7";
const OWNER: &str = "203.0.113.5";
pub(super) const WRONG: &str = "not the password at all";

/// Maximum number of password guesses of all attackers for one account in 24 hours (docs/security.md#log-04).
const MOST_GUESSES_A_DAY: i64 = 600;
/// Query that counts the wrong passwords that were evaluated.
pub(super) const EVALUATED: &str =
    "SELECT COUNT(*) FROM audit_events WHERE event = 'password_refused' AND detail = ''";

/// Starts an app that trusts the client address of a proxy.
async fn start_app_behind_proxy(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await
}

/// Returns a builder for an app with the longest delay after five wrong passwords, so that no delay ends during a test.
pub(super) fn with_long_waits(database: Database) -> TestAppBuilder {
    TestApp::builder(database).with_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "900")
}

/// Tries wrong passwords until the account is slowed down.
pub(super) async fn slow_down(stranger: &mut Browser, identifier: &str) {
    for _ in 0..8 {
        let reply = stranger.enter_password(identifier, WRONG).await;
        assert_eq!(reply.expect_problem(), Problem::Credentials);
    }
}

/// Tests docs/security.md#log-04. The attacker enters a wrong password every 901 s. In an earlier version this refused
/// every correct password.
async fn attacker_who_tries_passwords_for_a_day_does_not_lock_the_user_out(database: Database) {
    let app = start_app_behind_proxy(database).await;
    let ann = app.register_user().await;
    let mut returning = app.new_browser().at_address(STRANGER);
    returning.sign_in(&app, &ann).await;
    returning.sign_out().await.expect_step();
    let mut stranger = app.new_browser().at_address(STRANGER);
    slow_down(&mut stranger, &ann.username).await;
    let api_client = app.new_api_client();
    let (steps, every) = AttackSize::from_environment().select((24 * 4, 8), (24 * 4, 1));
    let (mut tries, mut refused) = (0, 0);
    for step in 0..steps {
        let identifier = if step % 2 == 0 {
            &ann.email
        } else {
            &ann.username
        };
        stranger.enter_password(identifier, WRONG).await;
        if step % every == 0 {
            // A browser that signed in before, from the address of the attacker.
            let mut browser = returning.clone();
            let by_device = browser
                .is_password_accepted(&ann.username, &ann.password)
                .await;
            // A new browser from a separate network.
            let mut browser = app.new_browser().at_address(OWNER);
            let by_network = browser
                .is_password_accepted(&ann.email, &ann.password)
                .await;
            // The owner can also sign in with an API client, which sends no cookie.
            let login = json!({ "identifier": ann.username, "password": ann.password });
            let request = api_client
                .request("POST", "/v1/login")
                .with_header("X-Forwarded-For", OWNER)
                .with_body("application/json", login.to_string());
            let by_api = api_client.send(request).await.status() != 401;
            tries += 3;
            refused += [by_device, by_network, by_api]
                .iter()
                .filter(|ok| !**ok)
                .count();
        }
        app.simulator.advance_clock(901).await;
    }
    print_attack_figures(
        "wrong passwords from one address for 24 h",
        &format!("{refused} of {tries} correct passwords refused"),
    );
    assert_eq!(refused, 0, "of {tries}");
    // The attack has slowed the account down: even the correct password is refused from the address and
    // browser of the attacker.
    slow_down(&mut stranger, &ann.username).await;
    assert!(
        !stranger
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-04.
async fn signed_in_user_can_complete_a_step_up_while_an_attacker_tries_passwords(
    database: Database,
) {
    let app = with_long_waits(database).start().await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &ann).await;
    let mut stranger = app.new_browser();
    slow_down(&mut stranger, &ann.username).await;
    let step = browser
        .submit_form(&call::begin_step_up(&ann.password))
        .await
        .expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    // An attacker with one stolen session slows down only that session.
    for _ in 0..8 {
        let reply = other.submit_form(&call::begin_step_up(WRONG)).await;
        assert_eq!(reply.expect_problem(), Problem::PasswordWrong);
    }
    assert!(
        other
            .submit_form(&call::begin_step_up(&ann.password))
            .await
            .is_refused()
    );
    let area = ProtectedArea::Phone.as_str();
    browser
        .submit_form(&call::begin_step_up_for(area, &ann.password))
        .await
        .expect_step();
}

/// Tests docs/security.md#log-04. The attacker uses a new network for each guess.
async fn password_guesses_of_an_attacker_with_many_networks_are_limited(database: Database) {
    let app = start_app_behind_proxy(database).await;
    let ann = app.register_user().await;
    let mut returning = app.new_browser().at_address(OWNER);
    returning.sign_in(&app, &ann).await;
    let probe = app.open_database().await;
    let a_step = AttackSize::from_environment().select(4, 12);
    let mut tries = 0_u32;
    for _ in 0..24 * 4 {
        for _ in 0..a_step {
            let network = format!("10.{}.{}.1", tries / 256, tries % 256);
            let mut stranger = app.new_browser().at_address(&network);
            stranger.enter_password(&ann.username, WRONG).await;
            tries += 1;
        }
        app.simulator.advance_clock(900).await;
    }
    let evaluated = probe.read_number(EVALUATED).await;
    print_attack_figures(
        "guesses from a new network each, 24 h",
        &format!("{evaluated} of {tries} evaluated, at most {MOST_GUESSES_A_DAY} a day"),
    );
    assert!(
        (240..=MOST_GUESSES_A_DAY).contains(&evaluated),
        "{evaluated}"
    );
    // Uses the remaining attempts of the hour. The browser of the owner has a separate limit.
    for n in 0..24 {
        let mut stranger = app.new_browser().at_address(&format!("10.200.{n}.1"));
        stranger.enter_password(&ann.username, WRONG).await;
    }
    let mut stranger = app.new_browser().at_address("10.201.0.1");
    assert!(
        !stranger
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    assert!(
        returning
            .clone()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-01.
async fn username_and_email_of_an_account_share_one_limit_of_wrong_passwords(database: Database) {
    let app = with_long_waits(database).start().await;
    let ann = app.register_user().await;
    let mut stranger = app.new_browser();
    for n in 0..8 {
        let identifier = if n % 2 == 0 {
            &ann.username
        } else {
            &ann.email
        };
        stranger.enter_password(identifier, WRONG).await;
    }
    for identifier in [&ann.username, &ann.email, &ann.username.to_uppercase()] {
        assert!(
            !stranger
                .is_password_accepted(identifier, &ann.password)
                .await
        );
    }
    assert_eq!(app.open_database().await.read_number(EVALUATED).await, 5);
}

/// Tests docs/security.md#log-03, docs/security.md#enum-01.
async fn wrong_passwords_for_an_unknown_identifier_and_for_an_account_get_the_same_responses(
    database: Database,
) {
    let app = with_long_waits(database).start().await;
    let ann = app.register_user().await;
    let mut answers = Vec::new();
    for identifier in [ann.username.as_str(), "unknown-name", "unknown@example.com"] {
        let mut stranger = app.new_browser();
        let mut seen = Vec::new();
        for _ in 0..12 {
            let response = stranger.enter_password(identifier, WRONG).await.response;
            seen.push((response.status, response.text()));
        }
        answers.push((seen, stranger.cookies.clone()));
        // Both accounts have used the same number of attempts.
        assert_eq!(
            app.open_database().await.read_number(EVALUATED).await,
            5 * i64::try_from(answers.len()).expect("number fits the type")
        );
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

/// Tests docs/security.md#log-04. The user has the IP address of the attacker and a new browser.
async fn user_at_the_address_of_an_attacker_signs_in_with_a_harder_proof_of_work(
    database: Database,
) {
    let app = with_long_waits(database).with_captcha().start().await;
    let ann = app.register_user().await;
    let mut early = app.new_browser();
    let normal_work = early.solve_captcha(Purpose::SignIn).await;
    let mut stranger = app.new_browser();
    let challenges: Vec<String> = {
        let mut solved = Vec::new();
        for _ in 0..8 {
            solved.push(stranger.solve_captcha(Purpose::SignIn).await);
        }
        solved
    };
    for solved in &challenges {
        let refused = stranger
            .submit_form(&call::submit_password(&ann.username, WRONG, solved))
            .await;
        assert_eq!(refused.expect_problem(), Problem::Credentials);
    }
    // The challenge was issued before the attack, with the normal amount of work, so it is refused.
    let with_normal_work = call::submit_password(&ann.username, &ann.password, &normal_work);
    assert_eq!(
        early.submit_form(&with_normal_work).await.expect_problem(),
        Problem::Credentials
    );
    let mut browser = app.new_browser();
    let step = browser.begin_sign_in(&ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    // Ten wrong passwords an hour are checked, and no more.
    for _ in 0..10 {
        stranger.enter_password(&ann.username, WRONG).await;
    }
    let probe = app.open_database().await;
    let evaluated = probe.read_number(EVALUATED).await;
    assert_eq!(evaluated, 5 + 10);
    stranger.enter_password(&ann.username, WRONG).await;
    assert_eq!(probe.read_number(EVALUATED).await, evaluated);
}
