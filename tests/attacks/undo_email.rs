//! Attacks on the link that undoes a change of the e-mail address, and attacks that use it.

use domain::{Problem, Step};

use crate::support::email_proof::{
    CANCEL_SUBJECT, cancel_link_path, read_cancel_token as cancel_token_in,
};
use crate::support::lost_phone::{EMAIL_CHANGED_SUBJECT, wait_for_text_message_with};
use crate::support::wire::send_at_once;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    email_undo_restores_the_address_and_requires_a_password_reset,
    hundred_parallel_uses_of_one_link_undo_the_email_change_once,
    undo_of_an_earlier_change_invalidates_the_links_of_later_changes,
    undo_of_a_later_change_keeps_the_link_of_the_earlier_change,
    undo_does_not_restore_an_address_that_another_account_has_verified_since,
    account_with_the_old_address_unverified_does_not_block_the_undo,
    changes_of_phone_and_email_are_undone_in_every_order,
    undo_ends_a_pending_change_and_its_cancel_link,
    saved_email_change_ends_its_cancel_link_and_starts_its_undo_link,
    simultaneous_undo_and_new_email_change_restore_the_old_address,
    undo_withdraws_the_deletion_of_the_account,
];

pub(super) const NEW: &str = "a quite different 88 phrase";

async fn app_without_cooldown(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await
}

pub(super) async fn read_email(app: &TestApp) -> String {
    app.open_database()
        .await
        .read_text("SELECT email FROM accounts")
        .await
}

pub(super) async fn undo_change(app: &TestApp, token: &str) {
    let step = app
        .new_browser()
        .submit_form(&call::undo_change(token))
        .await
        .expect_step();
    assert!(
        matches!(step, Step::EmailChangeUndone | Step::PhoneChangeUndone),
        "{step:?}"
    );
}

pub(super) async fn assert_link_is_refused(app: &TestApp, token: &str) {
    let mut browser = app.new_browser();
    assert_eq!(
        browser.load_page(&format!("/undo/{token}")).await.status,
        410
    );
    let used = browser.submit_form(&call::undo_change(token)).await;
    assert_eq!(used.expect_problem(), Problem::LinkInvalid);
}

async fn email_undo_restores_the_address_and_requires_a_password_reset(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, mut attacker, token) = app.change_email(&ann).await;
    let access = app.open_database().await.count_sessions().await;
    assert!(access > 0);
    // Only the mail to the old address contains the undo link.
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let text = wait_for_text_message_with(&mut phone, "email address").await;
    assert!(!text.contains("/undo/"), "{text}");
    assert_eq!(
        app.count_mails(&changed.email, EMAIL_CHANGED_SUBJECT).await,
        0
    );
    let mut browser = app.new_browser().without_scripts();
    let shown = browser.load_page(&format!("/undo/{token}")).await.text();
    let hint = format!("{}***@example.com", &ann.email[..1]);
    assert!(
        shown.contains(&hint) && !shown.contains(&ann.email),
        "{shown}"
    );
    let answer = browser.submit_form(&call::undo_change(&token)).await;
    assert_eq!(answer.redirect_path(), "/forgot-password");
    let shown = browser.load_page("/forgot-password").await.text();
    assert!(
        shown.contains("Your earlier email address is back"),
        "{shown}"
    );
    assert!(!attacker.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    // The account refuses the correct password like a wrong one, for every identifier.
    for identifier in [&ann.username, &ann.email, &changed.email] {
        let refused = app
            .new_browser()
            .enter_password(identifier, &ann.password)
            .await;
        assert_eq!(refused.expect_problem(), Problem::Credentials);
    }
    assert_link_is_refused(&app, &token).await;
    for address in [&ann.email, &changed.email] {
        let mail = app.wait_for_mail(address, "Your earlier email address is back");
        assert!(mail.await.text.contains("needs a new password first"));
    }
    let verified = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 1 AND held_at > 0";
    assert_eq!(app.open_database().await.read_number(verified).await, 1);

    app.skip_resend_cooldown().await;
    let ann = app.reset_password(&ann, NEW).await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn hundred_parallel_uses_of_one_link_undo_the_email_change_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_email(&ann).await;
    let request = app.new_browser().form_request(&call::undo_change(&token));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("email_change_undone"));
    assert_eq!(accepted.count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 200));
    let undone = "SELECT COUNT(*) FROM audit_events WHERE event = 'email_restored'";
    assert_eq!(app.open_database().await.read_number(undone).await, 1);
    assert_link_is_refused(&app, &token).await;
}

/// An attacker changes the address twice, so that the last link goes to an address of the attacker.
async fn undo_of_an_earlier_change_invalidates_the_links_of_later_changes(database: Database) {
    let app = app_without_cooldown(database).await;
    let ann = app.register_user().await;
    let (first, _, of_owner) = app.change_email(&ann).await;
    let (_, _, of_attacker) = app.change_email(&first).await;
    undo_change(&app, &of_owner).await;
    assert_eq!(read_email(&app).await, ann.email);
    assert_link_is_refused(&app, &of_attacker).await;
    assert_eq!(read_email(&app).await, ann.email);
}

/// The attacker uses the link that went to the attacker's address first.
async fn undo_of_a_later_change_keeps_the_link_of_the_earlier_change(database: Database) {
    let app = app_without_cooldown(database).await;
    let ann = app.register_user().await;
    let (first, _, of_owner) = app.change_email(&ann).await;
    let (_, _, of_attacker) = app.change_email(&first).await;
    undo_change(&app, &of_attacker).await;
    assert_eq!(read_email(&app).await, first.email);
    undo_change(&app, &of_owner).await;
    assert_eq!(read_email(&app).await, ann.email);
}

/// The owner of the old address has verified it for another account.
async fn undo_does_not_restore_an_address_that_another_account_has_verified_since(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, mut browser, token) = app.change_email(&ann).await;
    let other = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &other).await;
    assert_link_is_refused(&app, &token).await;
    assert!(browser.is_signed_in().await);
    let undone = "SELECT COUNT(*) FROM accounts WHERE held_at > 0";
    assert_eq!(app.open_database().await.read_number(undone).await, 0);
    // Both accounts still receive mails at their addresses.
    for user in [&changed, &other] {
        app.request_reset_mail(user).await;
    }
}

async fn account_with_the_old_address_unverified_does_not_block_the_undo(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_email(&ann).await;
    let first_user = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    app.new_browser()
        .register_without_email_proof(&app, &first_user)
        .await;
    undo_change(&app, &token).await;
    let verified = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 0 AND email = \
                  (SELECT email FROM accounts WHERE email_verified_at = 0)";
    assert_eq!(app.open_database().await.read_number(verified).await, 1);
}

/// Changes and undoes e-mail address and phone number in every order. After an undo, the account requires a password
/// reset before its next change.
async fn changes_of_phone_and_email_are_undone_in_every_order(database: Database) {
    let app = app_without_cooldown(database).await;
    for order in ["epEP", "epPE", "peEP", "pePE", "eEpP", "pPeE"] {
        let ann = app.register_user().await;
        let (mut now, mut needs_reset) = (ann.clone(), false);
        let mut links = [const { String::new() }; 2];
        for (at, change) in order.chars().enumerate() {
            if needs_reset && change.is_lowercase() {
                now = app
                    .reset_password(&now, &format!("{NEW} {order}{at}"))
                    .await;
                needs_reset = false;
            }
            match change {
                'e' => (now, _, links[0]) = app.change_email(&now).await,
                'p' => (now, _, links[1]) = app.change_phone(&now).await,
                'E' => {
                    undo_change(&app, &links[0]).await;
                    (now.email, needs_reset) = (ann.email.clone(), true);
                }
                _ => {
                    undo_change(&app, &links[1]).await;
                    (now.phone, needs_reset) = (ann.phone.clone(), true);
                }
            }
            let accepted = app
                .new_browser()
                .is_password_accepted(&now.username, &now.password)
                .await;
            assert_eq!(accepted, !needs_reset, "{order} {at}");
        }
        for link in &links {
            assert_link_is_refused(&app, link).await;
        }
        app.skip_resend_cooldown().await;
        // The owner resets the password with the old address and the old number, and signs in.
        assert_eq!((&now.email, &now.phone), (&ann.email, &ann.phone));
        let ann = app.reset_password(&now, &format!("{NEW} {order}")).await;
        app.new_browser().sign_in(&app, &ann).await;
        app.simulator.advance_clock(3600).await;
    }
}

/// Begins a change, and returns the code and the token of the cancel link in the mail to the current address.
async fn begin_change(app: &TestApp, browser: &mut Browser, user: &User) -> (String, String) {
    app.skip_resend_cooldown().await;
    let code = browser
        .begin_email_change(app, &User::with_unique_details().email)
        .await;
    let mail = app.wait_for_mail(&user.email, CANCEL_SUBJECT).await;
    (code, cancel_token_in(&mail))
}

async fn undo_ends_a_pending_change_and_its_cancel_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, mut browser, token) = app.change_email(&ann).await;
    let (code, cancel) = begin_change(&app, &mut browser, &changed).await;
    undo_change(&app, &token).await;
    let late = browser.submit_form(&call::submit_email_code(&code)).await;
    assert_eq!(late.expect_problem(), Problem::FlowEnded);
    let cancelled = app
        .new_browser()
        .submit_form(&call::cancel_email_change(&cancel))
        .await;
    assert_eq!(cancelled.expect_problem(), Problem::LinkInvalid);
    assert_eq!(read_email(&app).await, ann.email);
    let left = "SELECT COUNT(*) FROM email_proofs";
    assert_eq!(app.open_database().await.read_number(left).await, 0);
}

async fn saved_email_change_ends_its_cancel_link_and_starts_its_undo_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let (code, cancel) = begin_change(&app, &mut browser, &ann).await;
    // A cancel link cannot undo a saved change.
    assert_link_is_refused(&app, &cancel).await;
    browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    let page = app
        .new_browser()
        .load_page(&cancel_link_path(&cancel))
        .await;
    assert_eq!(page.status, 410);
    let late = app
        .new_browser()
        .submit_form(&call::cancel_email_change(&cancel))
        .await;
    assert_eq!(late.expect_problem(), Problem::LinkInvalid);
    let mail = app.wait_for_mail(&ann.email, EMAIL_CHANGED_SUBJECT).await;
    let token = crate::support::lost_phone::read_link_token(&mail.text, "undo");
    let as_cancel = app
        .new_browser()
        .submit_form(&call::cancel_email_change(&token))
        .await;
    assert_eq!(as_cancel.expect_problem(), Problem::LinkInvalid);
    undo_change(&app, &token).await;
    assert_eq!(read_email(&app).await, ann.email);
}

/// The attacker saves a second change at the same time as the undo.
async fn simultaneous_undo_and_new_email_change_restore_the_old_address(database: Database) {
    let app = app_without_cooldown(database).await;
    for round in 0..10 {
        let ann = app.register_user().await;
        let (changed, mut browser, token) = app.change_email(&ann).await;
        let (code, _) = begin_change(&app, &mut browser, &changed).await;
        let save = browser.form_request(&call::submit_email_code(&code));
        let undo = app.new_browser().form_request(&call::undo_change(&token));
        let mut requests = vec![(app.address, save), (app.address, undo)];
        if round % 2 == 0 {
            requests.reverse();
        }
        let answers = send_at_once(requests).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        for answer in &answers {
            browser.store_cookies(answer);
        }
        let undone = answers
            .iter()
            .filter(|answer| answer.text().contains("email_change_undone"));
        assert_eq!(undone.count(), 1);
        let probe = app.open_database().await;
        let left = "SELECT COUNT(*) FROM contact_changes";
        assert_eq!(
            probe.read_number(left).await,
            0,
            "no link to a later address"
        );
        let free = "SELECT COUNT(*) FROM accounts WHERE held_at = 0";
        assert_eq!(probe.read_number(free).await, 0);
        assert!(!browser.is_signed_in().await);
        assert_eq!(app.request_reset_mail(&ann).await.to, ann.email);
        app.execute_sql("DELETE FROM limit_buckets").await;
    }
}

/// The attacker has changed the phone number or the e-mail address, and requested the deletion of the account.
async fn undo_withdraws_the_deletion_of_the_account(database: Database) {
    let app = app_without_cooldown(database).await;
    for by_phone in [false, true] {
        let ann = app.register_user().await;
        let (_, mut browser, token) = if by_phone {
            app.change_phone(&ann).await
        } else {
            app.change_email(&ann).await
        };
        let reply = browser
            .submit_form(&call::delete_account(&ann.username))
            .await;
        assert_eq!(reply.expect_step(), Step::DeletionRequested);
        app.simulator.advance_clock(6 * 24 * 3600).await;
        undo_change(&app, &token).await;
        let leaving = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
        assert_eq!(app.open_database().await.read_number(leaving).await, 0);
        let ann = app.reset_password(&ann, NEW).await;
        app.new_browser().sign_in(&app, &ann).await;
    }
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_withdrawn'";
    assert_eq!(app.open_database().await.read_number(audited).await, 2);
}
