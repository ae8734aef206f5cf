//! The response time of a refused password must not show whether an account exists.

use std::fmt::Write as _;
use std::time::Duration;

use crate::support::attack::AttackSize;
use crate::support::timing::{TimedClasses, Tolerance};
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    imported_hash_of_any_scheme_is_refused_at_the_time_of_an_unknown_user,
    known_and_blocked_accounts_are_refused_at_the_time_of_an_unknown_user,
];

const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash\n";
const TAIL: &str = "$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE";
const SHA256_CRYPT: &str =
    "$5$rounds=535000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA";
const SHA512_CRYPT: &str = "$6$rounds=656000$aM15713r3Xsvxbi3$0BlwVUfeX2XsU6gEVPH/YUXl7YkcWa.KvWPHNw0YjGv8fPKARIpy4HHlHBNnXtKtLZybs9YTt/7z1xn8RnNcy.";
const UNKNOWN: &str = "unknown";

/// Starts an app with the hash parameters of production.
async fn start_app_with_production_hash_cost(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_ARGON2_MEMORY_KIB", "19456")
        .with_setting("SALLYPORT_ARGON2_ITERATIONS", "2")
        .start()
        .await
}

/// Sends one wrong password for each class in turn, `rounds` times. `username` names the account of a class in a round.
async fn measure(
    app: &TestApp,
    classes: &[&'static str],
    rounds: usize,
    username: impl Fn(&str, usize) -> String,
) -> TimedClasses {
    let mut measured = TimedClasses::new(classes);
    let browser = app.new_browser();
    for round in 0..rounds {
        for class in measured.in_random_order() {
            let name = username(class, round);
            let request =
                browser.form_request(&call::submit_password(&name, "a wrong password", ""));
            let answer = measured.send(class, &request, app.address).await;
            assert!(answer.text().contains("credentials"), "{}", answer.text());
        }
    }
    measured
}

/// Compares each class with the unknown users. `typical` is the accepted difference of the typical times.
fn assert_indistinguishable(measured: &TimedClasses, typical: Duration) {
    let tolerance = Tolerance {
        typical,
        resolution: Duration::ZERO,
    };
    measured.assert_indistinguishable("response time of a refused password", tolerance);
}

/// Tests docs/security.md#log-03.
async fn imported_hash_of_any_scheme_is_refused_at_the_time_of_an_unknown_user(database: Database) {
    let app = start_app_with_production_hash_cost(database).await;
    let rounds: usize = AttackSize::from_environment().select(5, 250);
    let bcrypt =
        |cost: u32| format!("$2b${cost}$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG");
    let django = "pbkdf2_sha1$100000$seasalt12345$x11bi2QD4cUdx0QZZyKzCz6PlcI=";
    let schemes = [
        ("argon2", format!("$argon2id$v=19$m=19456,t=2,p=1{TAIL}")),
        ("bcrypt10", bcrypt(10)),
        ("bcrypt12", bcrypt(12)),
        ("scrypt", format!("$scrypt$ln=16,r=8,p=1{TAIL}")),
        ("pbkdf2", format!("$pbkdf2-sha256$100000{TAIL}")),
        ("django", django.to_owned()),
        ("sha256crypt", SHA256_CRYPT.to_owned()),
        ("sha512crypt", SHA512_CRYPT.to_owned()),
    ];
    let mut rows = HEADER.to_owned();
    for (scheme, hash) in &schemes {
        for round in 0..rounds {
            let name = format!("{scheme}-{round}");
            writeln!(rows, "{name},{name}@example.com,User,,,\"{hash}\"").expect("a String");
        }
    }
    let said = app.run_user_command_with_input(&["import", "--format=csv", "-"], &rows);
    assert_eq!(said.exit_code, 0, "{said:?}");
    let mut classes = vec![UNKNOWN];
    classes.extend(schemes.iter().map(|(scheme, _)| *scheme));
    let name = |class: &str, round| format!("{class}-{round}");
    let measured = measure(&app, &classes, rounds, name).await;
    assert_indistinguishable(&measured, Duration::from_millis(30));
}

/// Tests docs/security.md#log-03.
async fn known_and_blocked_accounts_are_refused_at_the_time_of_an_unknown_user(database: Database) {
    let app = start_app_with_production_hash_cost(database).await;
    let rounds: usize = AttackSize::from_environment().select(15, 250);
    // All hashes were made by this server; none was imported. Wrong passwords block a name, with or without an account.
    let mut users = Vec::new();
    for _ in 0..rounds.div_ceil(5) {
        users.push(app.create_user_by_command());
    }
    let mut browser = app.new_browser();
    for _ in 0..12 {
        browser.enter_password("blocked", "a wrong password").await;
    }
    let classes = [UNKNOWN, "known", "blocked"];
    let measured = measure(&app, &classes, rounds, |class, round| match class {
        "known" => users[round / 5].username.clone(),
        "blocked" => "blocked".to_owned(),
        _ => format!("unknown-{round}"),
    });
    assert_indistinguishable(&measured.await, Duration::from_millis(15));
}
