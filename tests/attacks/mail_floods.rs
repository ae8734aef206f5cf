//! Requests that an attacker repeats to fill the mailbox of a user.

use domain::Step;

use crate::support::email_proof::CANCEL_SUBJECT;
use crate::support::lost_phone::REQUESTED_SUBJECT;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    mails_about_a_lost_phone_to_one_mailbox_are_limited_over_all_sources,
    mails_to_the_old_address_about_email_changes_are_limited,
];

async fn mails_about_a_lost_phone_to_one_mailbox_are_limited_over_all_sources(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let ann = app.register_user().await;
    let report = call::begin_recovery(&ann.username, &ann.password);
    for source in 0..12 {
        let address = format!("198.51.100.{source}");
        let mut attacker = app.new_browser().at_address(&address);
        let answer = attacker.submit_form(&report).await;
        if source < 5 {
            assert_eq!(answer.expect_step(), Step::RecoveryRequested);
            app.wait_for_empty_outbox().await;
        } else {
            assert_eq!(answer.response.status, 429);
        }
    }
    assert_eq!(app.count_mails(&ann.email, REQUESTED_SUBJECT).await, 5);
    // No mail about the refused requests follows.
    app.simulator.advance_clock(3600).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&ann.email, REQUESTED_SUBJECT).await, 5);
}

async fn mails_to_the_old_address_about_email_changes_are_limited(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut intruder) = app.sign_in_new_user().await;
    let mut accepted = 0;
    for number in 0..6 {
        let change = call::begin_email_change(&format!("flood{number}@example.net"));
        let begun = intruder.submit_form(&change).await;
        accepted += usize::from(!begun.is_refused());
        app.wait_for_empty_outbox().await;
        app.skip_resend_cooldown().await;
    }
    assert_eq!(accepted, 3);
    assert_eq!(app.count_mails(&ann.email, CANCEL_SUBJECT).await, 3);
}
