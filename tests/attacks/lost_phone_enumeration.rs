//! What the form for a lost phone reveals about accounts.

use crate::support::timing::{TimedClasses, Tolerance, select_rounds};
use crate::support::{Database, TestApp, call, on_both_databases, page};

on_both_databases![lost_phone_form_reveals_no_account];

const UNKNOWN: &str = "unknown account";
const KNOWN: &str = "known account";

/// Tests docs/security.md#enum-01: text, status, size and time of the responses are equal. The accounts include
/// disabled ones, and ones with a required password reset, a pending recovery or an unverified address.
async fn lost_phone_form_reveals_no_account(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "1000")
        .start()
        .await;
    let users = app.create_accounts_in_every_state().await;
    let mut measured = TimedClasses::new(&[UNKNOWN, KNOWN]);
    for round in 0..select_rounds() {
        let user = &users[round % users.len()];
        let known = [&user.username, &user.email][round / users.len() % 2];
        // Both identifiers have the same length, because the response repeats what was typed.
        let unknown = format!("{}{known}", ["x", "y"][round % 2]);
        let unknown = &unknown[..known.len()];
        for class in measured.in_random_order() {
            let name = if class == KNOWN { known } else { unknown };
            // Deletes the rate limits, which would refuse the account and the source after some wrong passwords.
            app.execute_sql("DELETE FROM limit_buckets").await;
            let form = call::begin_recovery(name, "a guessed word 99");
            let request = app.new_browser().form_request(&form);
            let seen = measured.send_and_compare(class, &request, name, app.address);
            assert_eq!(seen.await.status, 200);
        }
    }
    let attack = "report of a lost phone with a wrong password";
    measured.assert_indistinguishable(attack, Tolerance::FIXED_TIME);
    // The page has no parameter for a username.
    let shown = app.new_browser().load_page("/lost-phone").await.text();
    assert!(page::visible_text(&shown).contains("Lost your phone?"));
}
