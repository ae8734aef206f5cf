//! Attacks on the proof and the change of e-mail addresses.

use domain::{Problem, Step};

use crate::support::attack::print_attack_figures;
use crate::support::email_proof::{CODE_SUBJECT, read_code_from_mail};
use crate::support::wire::send_at_once;
use crate::support::{
    Browser, Database, TestApp, User, call, on_both_databases, password_reset, wrong_code,
};

on_both_databases![
    hundred_parallel_uses_of_one_code_change_the_email_address_once,
    simultaneous_proofs_of_one_address_by_two_accounts_leave_one_owner,
    email_code_of_another_account_or_address_is_refused,
    superseded_and_used_email_codes_are_refused,
    wrong_email_codes_are_counted_across_resends_and_addresses,
    wrong_email_codes_for_one_address_are_counted_across_accounts,
    mails_with_codes_to_one_mailbox_are_limited,
    account_with_an_unverified_address_loses_it_to_the_account_that_proves_it,
    registration_without_proof_does_not_take_the_sign_in_name,
];

const VERIFIED: &str = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 1";

pub(super) async fn sign_in_without_cooldown(app: &TestApp, user: &User) -> Browser {
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    app.skip_resend_cooldown().await;
    browser
}

async fn hundred_parallel_uses_of_one_code_change_the_email_address_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_without_cooldown(&app, &ann).await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    let request = browser.form_request(&call::submit_email_code(&code));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("email_changed"));
    assert_eq!(accepted.count(), 1);
    let probe = app.open_database().await;
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_changed'";
    assert_eq!(probe.read_number(audited).await, 1);
    assert_eq!(probe.read_number(VERIFIED).await, 1);
}

async fn simultaneous_proofs_of_one_address_by_two_accounts_leave_one_owner(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let mut requests = Vec::new();
    for user in [&ann, &bob] {
        let mut browser = sign_in_without_cooldown(&app, user).await;
        let code = browser.begin_email_change(&app, "shared@example.net").await;
        requests.push((
            app.address,
            browser.form_request(&call::submit_email_code(&code)),
        ));
    }
    let answers = send_at_once(requests).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("email_changed"));
    assert_eq!(accepted.count(), 1);
    let holders = "SELECT COUNT(*) FROM accounts WHERE email = 'shared@example.net'";
    assert_eq!(app.open_database().await.read_number(holders).await, 1);
}

async fn email_code_of_another_account_or_address_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, eve) = (app.register_user().await, app.register_user().await);
    let mut owner = sign_in_without_cooldown(&app, &ann).await;
    let mut attacker = sign_in_without_cooldown(&app, &eve).await;
    // Owner and attacker have each requested a code to the same address. The attacker cannot read mails to it.
    let of_attacker = attacker.begin_email_change(&app, "one@example.net").await;
    let of_owner = owner.begin_email_change(&app, "one@example.net").await;
    if of_attacker != of_owner {
        assert!(
            attacker
                .submit_form(&call::submit_email_code(&of_owner))
                .await
                .is_refused()
        );
        assert!(
            owner
                .submit_form(&call::submit_email_code(&of_attacker))
                .await
                .is_refused()
        );
    }
    // A code for one address does not prove another.
    app.skip_resend_cooldown().await;
    let other = attacker.begin_email_change(&app, "two@example.net").await;
    if other != of_attacker {
        assert!(
            attacker
                .submit_form(&call::submit_email_code(&of_attacker))
                .await
                .is_refused()
        );
    }
    let stranger = app
        .new_browser()
        .submit_form(&call::submit_email_code(&of_owner))
        .await;
    assert_eq!(stranger.expect_problem(), Problem::FlowEnded);
    assert_eq!(app.open_database().await.read_number(VERIFIED).await, 0);
}

async fn superseded_and_used_email_codes_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_without_cooldown(&app, &ann).await;
    let earlier = browser.begin_email_change(&app, "new@example.net").await;
    app.skip_resend_cooldown().await;
    let latest = browser.request_email_code(&app, "new@example.net").await;
    if earlier != latest {
        let refused = browser
            .submit_form(&call::submit_email_code(&earlier))
            .await
            .expect_problem();
        assert!(
            matches!(refused, Problem::InvalidCode { .. }),
            "{refused:?}"
        );
    }
    browser
        .submit_form(&call::submit_email_code(&latest))
        .await
        .expect_step();
    for old in [&earlier, &latest] {
        let refused = browser
            .submit_form(&call::submit_email_code(old))
            .await
            .expect_problem();
        assert_eq!(refused, Problem::CodeExpired);
    }
    // A change of the password ends the pending change, which an attacker may have begun.
    app.skip_resend_cooldown().await;
    let mut owner = sign_in_without_cooldown(&app, &ann).await;
    let code = owner.begin_email_change(&app, "second@example.net").await;
    let new = "a quite different 88 phrase";
    let change = call::change_password(&ann.password, new);
    owner.submit_form(&change).await.expect_step();
    let refused = owner
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::CodeExpired);
}

/// Tests docs/security.md#email-proof.
async fn wrong_email_codes_are_counted_across_resends_and_addresses(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_without_cooldown(&app, &ann).await;
    for address in ["one@example.net", "two@example.net"] {
        app.skip_resend_cooldown().await;
        let code = browser.begin_email_change(&app, address).await;
        for _ in 0..5 {
            let guess = call::submit_email_code(&wrong_code(&code));
            assert!(browser.submit_form(&guess).await.is_refused());
        }
    }
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(&app, "three@example.net").await;
    let held = browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_problem();
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    assert_eq!(app.open_database().await.read_number(VERIFIED).await, 0);
}

async fn wrong_email_codes_for_one_address_are_counted_across_accounts(database: Database) {
    let app = TestApp::start(database).await;
    let mut guesses = 0;
    let mut held = 0;
    for _ in 0..5 {
        let eve = app.register_user().await;
        let mut attacker = sign_in_without_cooldown(&app, &eve).await;
        let code = attacker
            .begin_email_change(&app, "victim@example.net")
            .await;
        for _ in 0..5 {
            let guess = call::submit_email_code(&wrong_code(&code));
            match attacker.submit_form(&guess).await.expect_problem() {
                Problem::FactorHeld { .. } => held += 1,
                _ => guesses += 1,
            }
        }
    }
    assert_eq!((guesses, held), (20, 5));
}

async fn mails_with_codes_to_one_mailbox_are_limited(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "4")
        .start()
        .await;
    let victim = "victim@example.net";
    // Each account may send 3 mails with codes an hour, to any address.
    let mut attackers = Vec::new();
    for number in 0..5 {
        let eve = User::with_unique_details();
        let address = format!("198.51.100.{number}");
        app.new_browser()
            .at_address(&address)
            .register(&app, &eve)
            .await;
        attackers.push((eve, address));
    }
    app.skip_resend_cooldown().await;
    let mut sent = 0;
    for (eve, address) in &attackers {
        let mut attacker = app.new_browser().at_address(address);
        attacker.sign_in(&app, eve).await;
        for _ in 0..3 {
            app.skip_resend_cooldown().await;
            let step = attacker
                .submit_form(&call::begin_email_change(victim))
                .await
                .expect_step();
            assert_eq!(step, Step::EnterEmailCode);
            sent += 1;
            // Each mail is sent before the next request, because a waiting mail would combine both.
            app.wait_for_empty_outbox().await;
        }
        app.skip_resend_cooldown().await;
        let stopped = attacker
            .submit_form(&call::begin_email_change(victim))
            .await
            .expect_problem();
        assert!(matches!(stopped, Problem::ResendWait { .. }), "{stopped:?}");
    }
    app.wait_for_empty_outbox().await;
    let received = app.count_mails(victim, CODE_SUBJECT).await;
    print_attack_figures(
        "flood of one mailbox with codes",
        &format!(
            "{sent} requests of {} accounts, {received} mails",
            attackers.len()
        ),
    );
    assert_eq!(received, 5);
    // Each source may send 8 mails with codes an hour, for any account and address.
    app.simulator.advance_clock(3600).await;
    let mut accepted = 0;
    for (eve, _) in attackers.iter().take(4) {
        let mut attacker = app.new_browser().at_address("203.0.113.7");
        attacker.sign_in(&app, eve).await;
        for number in 0..3 {
            app.skip_resend_cooldown().await;
            let address = format!("{}.{number}@example.org", eve.username);
            let reply = attacker
                .submit_form(&call::begin_email_change(&address))
                .await;
            accepted += u32::from(!reply.is_refused());
        }
    }
    assert_eq!(accepted, 8);
}

async fn account_with_an_unverified_address_loses_it_to_the_account_that_proves_it(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let first_user = app.register_user_with_unverified_email().await;
    let mut attacker = sign_in_without_cooldown(&app, &first_user).await;
    let old = read_code_from_mail(&app.wait_for_mail(&first_user.email, CODE_SUBJECT).await);
    let owner = User {
        email: first_user.email.clone(),
        ..User::with_unique_details()
    };
    app.new_browser()
        .register_without_email_proof(&app, &owner)
        .await;
    app.skip_resend_cooldown().await;
    // Before the proof, the address signs in the account that was registered first.
    let mut by_email = app.new_browser();
    assert!(
        !by_email
            .is_password_accepted(&owner.email, &owner.password)
            .await
    );
    let mut browser = sign_in_without_cooldown(&app, &owner).await;
    let code = browser.request_email_code(&app, &owner.email).await;
    browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    assert!(
        by_email
            .is_password_accepted(&owner.email, &owner.password)
            .await
    );
    // Neither an old nor a new code proves the address for the other account.
    attacker
        .submit_form(&call::submit_email_code(&old))
        .await
        .expect_errors();
    attacker
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_errors();
    assert_eq!(attacker.load_page("/dashboard").await.status, 303);
    let form = call::request_password_reset(&first_user.username, "");
    app.new_browser().submit_form(&form).await.expect_step();
    app.wait_for_empty_outbox().await;
    let subject = password_reset::RESET_SUBJECT;
    assert_eq!(app.count_mails(&owner.email, subject).await, 0);
    let holders = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 0";
    assert_eq!(app.open_database().await.read_number(holders).await, 1);
}

/// The registration has verified only a phone number. Any user can enter the address of another person.
async fn registration_without_proof_does_not_take_the_sign_in_name(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let ann = app.register_user_with_unverified_email().await;
    let eve = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    app.new_browser()
        .register_without_email_proof(&app, &eve)
        .await;
    app.skip_resend_cooldown().await;
    for (identifier, password, is_accepted) in [
        (&ann.email, &ann.password, true),
        (&ann.email, &eve.password, false),
        (&eve.username, &eve.password, true),
    ] {
        let mut browser = app.new_browser();
        let answer = browser.is_password_accepted(identifier, password).await;
        assert_eq!(answer, is_accepted, "{identifier} {password}");
    }
    // The owner still proves the address.
    let mut owner = sign_in_without_cooldown(&app, &ann).await;
    let code = owner.request_email_code(&app, &ann.email).await;
    let verified = owner.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(verified.expect_step(), Step::EmailVerified);
}
