//! What the form for a lost phone reveals about accounts.

use std::time::{Duration, Instant};

use crate::support::attack::print_attack_figures;
use crate::support::wire::Response;
use crate::support::{Database, TestApp, User, call, on_both_databases, page};

on_both_databases![lost_phone_form_reveals_no_account];

/// What an attacker sees of an answer: status, body, and the names and lengths of the headers.
type Visible = (u16, String, Vec<(String, usize)>);

/// Returns the parts of a response that a client can see, without the typed name.
fn visible_parts(answer: &Response, name: &str) -> Visible {
    let headers = answer.headers.iter();
    // The encrypted cookie with the message contains the typed name.
    let headers = headers.map(|(name, value)| (name.clone(), value.len()));
    (
        answer.status,
        answer.text().replace(name, ""),
        headers.collect(),
    )
}

/// docs/security.md#enum-01: by text, status, size and time. Accounts with a pending recovery, held and disabled
/// accounts and those with an unproven address are accounts too.
async fn lost_phone_form_reveals_no_account(database: Database) {
    const ROUNDS: usize = 200;
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "1000")
        .start()
        .await;
    let mut users: Vec<User> = (0..16).map(|_| app.create_user_by_command()).collect();
    let reported = app.register_user().await;
    app.open_recovery(&reported).await;
    let held = app.register_user().await;
    let (_, _, link) = app.change_phone(&held).await;
    app.new_browser()
        .submit_form(&call::undo_change(&link))
        .await
        .expect_step();
    let disabled = app.register_user().await;
    assert_eq!(
        app.run_user_command(&["disable", &disabled.username])
            .exit_code,
        0
    );
    let unproven = app.register_user_with_unproven_email().await;
    users.extend([reported, held, disabled, unproven]);

    let mut seen: Option<Visible> = None;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let user = &users[round % users.len()];
        let known = [&user.username, &user.email][round / users.len() % 2];
        // As long as the known one: the answer repeats what was typed.
        let unknown = format!("{}{known}", ["x", "y"][round % 2]);
        let unknown = &unknown[..known.len()];
        for (class, name) in [known.as_str(), unknown].into_iter().enumerate() {
            // Without their budgets, an account and a source are refused after some wrong passwords.
            app.execute_sql("DELETE FROM limit_buckets").await;
            let asked = call::begin_recovery(name, "a guessed word 99");
            let request = app.new_browser().form_request(&asked);
            let began = Instant::now();
            let answer = request.send(app.address).await;
            times[class].push(began.elapsed());
            let mut answer = visible_parts(&answer, name);
            assert_eq!(answer.0, 200);
            answer.2.retain(|(header, _)| header != "content-length");
            assert_eq!(
                seen.get_or_insert_with(|| answer.clone()),
                &answer,
                "{name}"
            );
        }
    }
    let [known, unknown] = times.map(|times| times.into_iter().min().unwrap_or_default());
    let difference = known.abs_diff(unknown);
    print_attack_figures(
        "report of a lost phone with a wrong password, known and unknown account",
        &format!("{ROUNDS} requests each, shortest {known:.1?} and {unknown:.1?}"),
    );
    assert!(difference <= Duration::from_millis(5), "{difference:?}");
    // The page itself takes no name.
    let shown = app.new_browser().load_page("/lost-phone").await.text();
    assert!(page::visible_text(&shown).contains("Lost your phone?"));
}
