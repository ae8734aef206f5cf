//! The response time of a refused password must not show whether an account exists.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom as _;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    imported_hash_of_any_scheme_is_refused_at_the_time_of_an_unknown_user,
    known_and_blocked_accounts_are_refused_at_the_time_of_an_unknown_user,
];

const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash\n";
const TAIL: &str = "$c2l4dGVlbiBzYWx0eSBieQ$Dy7U1UN5zUM6FnIZ4J03Po+4/atg7lvBxOV9VOKy7SE";
const UNKNOWN: &str = "unknown";

async fn start(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_ARGON2_MEMORY_KIB", "19456")
        .with_setting("SALLYPORT_ARGON2_ITERATIONS", "2")
        .start()
        .await
}

/// The response times of a class of requests.
struct Class {
    name: &'static str,
    times: Vec<Duration>,
}

impl Class {
    fn median(&self) -> Duration {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    }

    /// Returns the median; of a few samples the shortest time, which other work of the machine disturbs least.
    fn typical(&self) -> Duration {
        if self.times.len() >= 100 {
            self.median()
        } else {
            self.times.iter().copied().min().unwrap_or_default()
        }
    }

    /// Returns the chance that a request of this class takes longer than one of the other. One half without a
    /// difference.
    fn chance_to_be_slower(&self, other: &Self) -> f64 {
        let pairs = self
            .times
            .iter()
            .flat_map(|mine| other.times.iter().map(move |theirs| mine.cmp(theirs)));
        let halves: u32 = pairs
            .map(|order| match order {
                Ordering::Less => 0,
                Ordering::Equal => 1,
                Ordering::Greater => 2,
            })
            .sum();
        let all = u32::try_from(2 * self.times.len() * other.times.len()).expect("a few");
        f64::from(halves) / f64::from(all)
    }
}

/// Sends one wrong password for each class in turn, `rounds` times. `username` names the account of a class in a round.
///
/// The order of the classes is random, so that no class always has the same place or follows the same class.
async fn measure(
    app: &TestApp,
    classes: &[&'static str],
    rounds: usize,
    username: impl Fn(&str, usize) -> String,
) -> Vec<Class> {
    let mut measured: Vec<Class> = classes
        .iter()
        .map(|name| Class {
            name,
            times: Vec::new(),
        })
        .collect();
    let browser = app.new_browser();
    for round in 0..rounds {
        measured.shuffle(&mut rand::rng());
        for class in &mut measured {
            let name = username(class.name, round);
            let request =
                browser.form_request(&call::submit_password(&name, "a wrong password", ""));
            let began = Instant::now();
            let answer = request.send(app.address).await;
            class.times.push(began.elapsed());
            assert!(answer.text().contains("credentials"), "{}", answer.text());
        }
    }
    measured
}

/// Compares each class with the unknown users. `tolerance` is the accepted difference of the typical times.
///
/// A few samples show a large difference only. With many samples the ranks show the smallest difference: the
/// chance to be slower has a standard deviation of about 1 / √(6 n).
fn assert_indistinguishable(classes: &[Class], tolerance: Duration) {
    let unknown = classes.iter().find(|class| class.name == UNKNOWN);
    let unknown = unknown.expect("measured");
    let samples = u32::try_from(unknown.times.len()).expect("a few");
    let deviation = 1.0 / f64::from(6 * samples).sqrt();
    for class in classes {
        let difference = class.typical().abs_diff(unknown.typical());
        let chance = class.chance_to_be_slower(unknown);
        print_attack_figures(
            "response time of a refused password",
            &format!(
                "{}: {samples} requests, median {:.1} ms, {:.1} ms from unknown, slower with a chance of {chance:.2}",
                class.name,
                class.median().as_secs_f64() * 1000.0,
                difference.as_secs_f64() * 1000.0,
            ),
        );
        assert!(difference <= tolerance, "{}: {difference:?}", class.name);
        if samples >= 100 {
            let far = (chance - 0.5).abs() > 4.0 * deviation;
            assert!(!far, "{}: slower with a chance of {chance}", class.name);
        }
    }
}

/// Tests docs/security.md#log-03.
async fn imported_hash_of_any_scheme_is_refused_at_the_time_of_an_unknown_user(database: Database) {
    let app = start(database).await;
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
    let classes = [
        UNKNOWN, "argon2", "bcrypt10", "bcrypt12", "scrypt", "pbkdf2", "django",
    ];
    let name = |class: &str, round| format!("{class}-{round}");
    let measured = measure(&app, &classes, rounds, name).await;
    assert_indistinguishable(&measured, Duration::from_millis(30));
}

/// Tests docs/security.md#log-03.
async fn known_and_blocked_accounts_are_refused_at_the_time_of_an_unknown_user(database: Database) {
    let app = start(database).await;
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
