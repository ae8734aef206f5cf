//! Overload by wrong passwords of many users, which fills the queue of password hashes.

use std::fmt::Write as _;

use super::hash_flood::start_app_with_production_hash_cost;
use crate::support::attack::print_attack_figures;
use crate::support::wire::send_at_once;
use crate::support::{Browser, Database, TestApp, call, on_both_databases};

on_both_databases![overload_refuses_known_and_unknown_users_equally_often];

/// Tests docs/security.md#enum-05. Sends requests in rounds, because a fast machine refuses few of one round.
async fn overload_refuses_known_and_unknown_users_equally_often(database: Database) {
    const USERS_PER_ROUND: usize = 100;
    const ROUNDS: usize = 6;
    let app = start_app_with_production_hash_cost(database).await;
    import_users(&app, USERS_PER_ROUND * ROUNDS);
    let browser = app.new_browser();
    let (mut known, mut unknown, mut users) = (0, 0, 0);
    while known + unknown < USERS_PER_ROUND / 2 {
        assert!(
            users < USERS_PER_ROUND * ROUNDS,
            "{known} known and {unknown} unknown users refused: the queue is not full"
        );
        let round = users..users + USERS_PER_ROUND;
        let [known_in_round, unknown_in_round] =
            count_refused_users(&app, &browser, round.clone()).await;
        known += known_in_round;
        unknown += unknown_in_round;
        users = round.end;
    }
    print_attack_figures(
        "overload by wrong passwords of known and unknown users",
        &format!("{known} of {users} known and {unknown} of {users} unknown users refused"),
    );
    // By chance alone, the variance of the difference is at most half the number of known users. The limit of 35 for
    // one round is five standard deviations.
    let rounds = users / USERS_PER_ROUND;
    assert!(
        known.abs_diff(unknown).pow(2) <= 35 * 35 * rounds,
        "{known} and {unknown}"
    );
}

/// Imports users `known0`, `known1` and so on.
fn import_users(app: &TestApp, number_of_users: usize) {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE";
    let mut rows = "username,email,full_name,phone,phone_verified,password_hash\n".to_owned();
    for number in 0..number_of_users {
        let name = format!("known{number}");
        writeln!(rows, "{name},{name}@example.com,User,,,\"{hash}\"").expect("row is written");
    }
    let import = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(import.exit_code, 0, "{import:?}");
}

/// Sends a wrong password for each known and each unknown user of `round` at once. Returns the numbers of known and of
/// unknown users that were refused with 503.
async fn count_refused_users(
    app: &TestApp,
    browser: &Browser,
    round: std::ops::Range<usize>,
) -> [usize; 2] {
    let classes = ["known", "unknown"];
    let attempts: Vec<(usize, usize)> = round.flat_map(|user| [(user, 0), (user, 1)]).collect();
    // Each request has a separate source, so that only the queue of all sources is full.
    let requests = attempts.iter().map(|&(user, class)| {
        let name = format!("{}{user}", classes[class]);
        let request = browser.form_request(&call::submit_password(&name, "wrong password", ""));
        let source = format!("198.18.{}.{}", user / 100, user % 100 * 2 + class);
        (app.address, request.with_header("X-Forwarded-For", &source))
    });
    let answers = send_at_once(requests.collect()).await;
    let mut refused = [0; 2];
    for ((_, class), answer) in attempts.into_iter().zip(&answers) {
        match answer.status {
            503 => refused[class] += 1,
            _ => assert!(
                answer.text().contains("credentials"),
                "{}: {}",
                answer.text(),
                app.process.output()
            ),
        }
    }
    refused
}
