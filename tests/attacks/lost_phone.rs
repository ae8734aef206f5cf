//! Attacks on the recovery after a lost phone.

use domain::{Problem, Step};

use crate::support::lost_phone::{
    OPENED_SUBJECT, REMINDER_SUBJECT, REQUESTED_SUBJECT, read_link_token,
    wait_for_mail_with_subject,
};
use crate::support::wire::send_at_once;
use crate::support::{Database, TestApp, call, on_both_databases, page};

on_both_databases![
    hundred_parallel_uses_of_one_link_open_one_recovery,
    hundred_parallel_cancellations_cancel_a_recovery_once,
    all_invalid_recovery_links_get_the_same_response,
    get_request_to_a_recovery_link_changes_nothing,
    recovery_links_have_the_configured_origin_only,
    recovery_mails_to_one_mailbox_are_limited,
    crash_after_the_response_loses_no_notification,
];

const OPEN: &str = "SELECT COUNT(*) FROM recoveries";

async fn hundred_parallel_uses_of_one_link_open_one_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_recovery(&ann).await;
    let request = app
        .new_browser()
        .form_request(&call::open_recovery_by_link(&token));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("recovery_opened"));
    assert_eq!(accepted.count(), 1);
    let opened = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_opened'";
    assert_eq!(app.open_database().await.read_number(opened).await, 1);
    // Two links of one account open one recovery.
    let bob = app.register_user().await;
    let (one, two) = (
        app.request_recovery(&bob).await,
        app.request_recovery(&bob).await,
    );
    let requests = [one, two].map(|token| {
        app.new_browser()
            .form_request(&call::open_recovery_by_link(&token))
    });
    send_at_once(requests.map(|request| (app.address, request)).into()).await;
    assert_eq!(app.open_database().await.read_number(OPEN).await, 2);
}

async fn hundred_parallel_cancellations_cancel_a_recovery_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.open_recovery(&ann).await;
    let request = app
        .new_browser()
        .form_request(&call::cancel_recovery_by_link(&token));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.text().contains("recovery_cancelled"));
    assert_eq!(accepted.count(), 1);
    assert_eq!(app.open_database().await.read_number(OPEN).await, 0);
    let late = app
        .new_browser()
        .submit_form(&call::cancel_recovery_by_link(&token))
        .await;
    assert_eq!(late.expect_problem(), Problem::LinkInvalid);
}

/// Returns status and text of the page of a link, and the problem when the link is used.
async fn read_refusal_of_link(app: &TestApp, folder: &str, token: &str) -> (u16, String, Problem) {
    let mut browser = app.new_browser();
    let page = browser.load_page(&format!("/{folder}/{token}")).await;
    let used = match folder {
        "lost-phone" => call::open_recovery_by_link(token),
        "recovery" => call::cancel_recovery_by_link(token),
        _ => call::undo_change(token),
    };
    let used = browser.submit_form(&used).await;
    let text = page::visible_text(&page.text());
    (page.status, text.replace(token, ""), used.expect_problem())
}

async fn all_invalid_recovery_links_get_the_same_response(database: Database) {
    let app = TestApp::start(database).await;
    let never_issued = read_refusal_of_link(&app, "lost-phone", &"a".repeat(43)).await;
    assert_eq!(
        (never_issued.0, &never_issued.2),
        (410, &Problem::LinkInvalid)
    );
    let ann = app.register_user().await;
    let reset = app.request_reset_token(&ann).await;
    let open = app.request_recovery(&ann).await;
    let cancel = app.open_recovery(&ann).await;
    for folder in ["lost-phone", "recovery", "undo"] {
        for token in ["short", &"a".repeat(43), &reset] {
            let refused = read_refusal_of_link(&app, folder, token).await;
            assert_eq!(refused, never_issued, "{folder}");
        }
    }
    // The token of one kind of link is not valid for another kind.
    assert_eq!(
        read_refusal_of_link(&app, "lost-phone", &cancel).await,
        never_issued
    );
    assert_eq!(
        read_refusal_of_link(&app, "undo", &cancel).await,
        never_issued
    );
    assert_eq!(
        read_refusal_of_link(&app, "recovery", &open).await,
        never_issued
    );
    let as_reset = call::reset_password(&open, "a quite different 88 phrase");
    let refused = app
        .new_browser()
        .submit_form(&as_reset)
        .await
        .expect_problem();
    assert_eq!(refused, Problem::ResetLinkInvalid);

    let bob = app.register_user().await;
    let expired = app.request_recovery(&bob).await;
    app.simulator.advance_clock(30 * 60 + 1).await;
    let refused = read_refusal_of_link(&app, "lost-phone", &expired).await;
    assert_eq!(refused, never_issued, "expired");
    let disabled = app.request_recovery(&bob).await;
    let cancel = app.open_recovery(&bob).await;
    assert_eq!(
        app.run_user_command(&["disable", &bob.username]).exit_code,
        0
    );
    for (folder, token) in [("lost-phone", &disabled), ("recovery", &cancel)] {
        assert_eq!(
            read_refusal_of_link(&app, folder, token).await,
            never_issued
        );
    }
    assert_eq!(
        app.run_user_command(&["enable", &bob.username]).exit_code,
        0
    );
    for (folder, token) in [("lost-phone", &disabled), ("recovery", &cancel)] {
        assert_eq!(
            read_refusal_of_link(&app, folder, token).await,
            never_issued
        );
    }

    let carol = app.register_user().await;
    let links = [
        app.request_recovery(&carol).await,
        app.open_recovery(&carol).await,
    ];
    app.skip_resend_cooldown().await;
    app.change_phone(&carol).await;
    for (folder, token) in ["lost-phone", "recovery"].iter().zip(&links) {
        let refused = read_refusal_of_link(&app, folder, token).await;
        assert_eq!(refused, never_issued, "after a phone change");
    }

    let dan = app.register_user().await;
    let links = [
        app.request_recovery(&dan).await,
        app.open_recovery(&dan).await,
    ];
    let new = "a quite different 88 phrase";
    let done =
        app.run_user_command_with_input(&["set-password", &dan.username, "--password-stdin"], new);
    assert_eq!(done.exit_code, 0, "{done:?}");
    for (folder, token) in ["lost-phone", "recovery"].iter().zip(&links) {
        let refused = read_refusal_of_link(&app, folder, token).await;
        assert_eq!(refused, never_issued, "after a password change");
    }
}

/// Programs that scan mail open the links in it.
async fn get_request_to_a_recovery_link_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_recovery(&ann).await;
    let probe = app.open_database().await;
    for method in ["GET", "HEAD"] {
        let path = format!("/lost-phone/{token}");
        app.new_browser()
            .page_request(method, &path)
            .send(app.address)
            .await;
    }
    assert_eq!(probe.read_number(OPEN).await, 0);
    let mut inbox = app.open_mailbox_after_received_mails(&ann).await;
    app.new_browser()
        .submit_form(&call::open_recovery_by_link(&token))
        .await
        .expect_step();
    let token = read_link_token(
        &wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT)
            .await
            .text,
        "recovery",
    );
    for method in ["GET", "HEAD"] {
        let path = format!("/recovery/{token}");
        app.new_browser()
            .page_request(method, &path)
            .send(app.address)
            .await;
    }
    assert_eq!(probe.read_number(OPEN).await, 1);
}

async fn recovery_links_have_the_configured_origin_only(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let asked = call::begin_recovery(&ann.username, &ann.password);
    let asked = app.new_browser().form_request(&asked);
    let poisoned = asked.clone().with_header("Host", "evil.example");
    assert_ne!(poisoned.send(app.address).await.status, 200);
    let forwarded = asked
        .with_header("X-Forwarded-Host", "evil.example")
        .with_header("Forwarded", "host=evil.example;proto=https");
    forwarded.send(app.address).await;
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    let mail = wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT).await;
    let token = read_link_token(&mail.text, "lost-phone");
    let link = format!("http://{}/lost-phone/{token}", app.address);
    assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
    // The database does not contain the token.
    assert!(!app.open_database().await.dump_rows().await.contains(&token));
}

async fn recovery_mails_to_one_mailbox_are_limited(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let asked = call::begin_recovery(&ann.username, &ann.password);
    let mut accepted = 0;
    for _ in 0..12 {
        let answer = app.new_browser().submit_form(&asked).await;
        if answer.response.status == 200 {
            assert_eq!(answer.expect_step(), Step::RecoveryRequested);
            accepted += 1;
        } else {
            assert_eq!(answer.response.status, 429);
            assert_eq!(
                answer.visible_error_text(),
                "Too many requests. Try again in 24 hours."
            );
        }
    }
    assert_eq!(accepted, 5);
    let counted = "SELECT CAST(COUNT(*) + SUM(repeats) AS BIGINT) FROM outbox \
                   WHERE kind = 'recovery_requested'";
    assert_eq!(app.open_database().await.read_number(counted).await, 5);
}

async fn crash_after_the_response_loses_no_notification(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let token = app.request_recovery(&ann).await;
    let opened = app
        .new_browser()
        .submit_form(&call::open_recovery_by_link(&token))
        .await;
    assert_eq!(opened.expect_step(), Step::RecoveryOpened);
    app.process.kill().await;
    let waiting =
        "SELECT COUNT(*) FROM outbox WHERE kind LIKE 'recovery_reminder %' AND done_at = 0";
    assert_eq!(
        app.open_database().await.read_number(waiting).await,
        2,
        "{REMINDER_SUBJECT}"
    );
    // The claims of the process that was killed expire.
    app.execute_sql(
        "UPDATE outbox SET due_at = 1 WHERE done_at = 0 AND kind LIKE 'recovery_opened %'",
    )
    .await;
    app.restart().await;
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT).await;
    let text = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_notification()
        .await;
    assert!(text.contains("phone reported lost"), "{text}");
}
