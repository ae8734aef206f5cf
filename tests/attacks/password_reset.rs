//! Attacks on the reset of a password.

use domain::{Problem, Purpose, Step};

use crate::support::password_reset::{RESET_SUBJECT, read_reset_token, reset_link_path};
use crate::support::wire::send_at_once;
use crate::support::{
    Database, FormResponse, TestApp, call, invalid_code_text, on_both_databases, page,
};

on_both_databases![
    hundred_parallel_uses_of_one_link_open_one_reset,
    all_invalid_reset_links_get_the_same_response,
    reset_link_of_one_account_cannot_change_another,
    password_reset_requires_the_second_factor,
    wrong_codes_in_password_resets_have_a_separate_limit,
    reset_links_have_the_configured_origin_only,
    reset_mails_to_one_mailbox_are_limited,
];

const PURPOSE: Purpose = Purpose::PasswordReset;
const NEW: &str = "a quite different 88 phrase";
const RESET_FLOWS: &str = "SELECT COUNT(*) FROM flows WHERE purpose = 'password_reset'";

async fn hundred_parallel_uses_of_one_link_open_one_reset(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    let request = app
        .new_browser()
        .form_request(&call::reset_password(&token, NEW));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let answers: Vec<_> = answers.into_iter().map(FormResponse::new).collect();
    let (refused, opened): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.is_refused());
    let step = opened[0].expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    assert_eq!((opened.len(), refused.len()), (1, 99));
    // Every refusal says that the link is invalid. None comes from a rate limit or overload.
    for answer in refused {
        assert_eq!(answer.expect_problem(), Problem::ResetLinkInvalid);
    }
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(RESET_FLOWS).await, 1);
    let begun = "SELECT COUNT(*) FROM audit_events WHERE event = 'password_reset_begun'";
    assert_eq!(probe.read_number(begun).await, 1);
    let late = app
        .new_browser()
        .submit_form(&call::reset_password(&token, NEW))
        .await;
    assert_eq!(late.expect_problem(), Problem::ResetLinkInvalid);
}

/// Returns status and text of the page of a reset link, and the problem when the link is used.
async fn read_refusal(app: &TestApp, token: &str) -> (u16, String, Problem) {
    let mut browser = app.new_browser();
    let page = browser.load_page(&reset_link_path(token)).await;
    let used = browser.submit_form(&call::reset_password(token, NEW)).await;
    let text = page::visible_text(&page.text());
    (page.status, text.replace(token, ""), used.expect_problem())
}

async fn all_invalid_reset_links_get_the_same_response(database: Database) {
    let app = TestApp::start(database).await;
    let never_issued = read_refusal(&app, &"a".repeat(43)).await;
    assert_eq!(
        (never_issued.0, &never_issued.2),
        (410, &Problem::ResetLinkInvalid)
    );
    let malformed = read_refusal(&app, "short").await;
    assert_eq!(malformed, never_issued);

    let ann = app.create_user_by_command();
    let used = app.request_reset_token(&ann).await;
    let older = app.request_reset_token(&ann).await;
    app.new_browser()
        .submit_form(&call::reset_password(&used, NEW))
        .await
        .expect_step();
    assert_eq!(read_refusal(&app, &used).await, never_issued, "used");
    assert_eq!(
        read_refusal(&app, &older).await,
        never_issued,
        "after another reset"
    );

    let bob = app.create_user_by_command();
    let expired = app.request_reset_token(&bob).await;
    app.simulator.advance_clock(30 * 60 - 60).await;
    assert_eq!(
        app.new_browser()
            .load_page(&reset_link_path(&expired))
            .await
            .status,
        200
    );
    app.simulator.advance_clock(120).await;
    assert_eq!(read_refusal(&app, &expired).await, never_issued, "expired");

    let carol = app.create_user_by_command();
    let disabled = app.request_reset_token(&carol).await;
    let done = app.run_user_command(&["disable", &carol.username]);
    assert_eq!(done.exit_code, 0, "{done:?}");
    assert_eq!(
        read_refusal(&app, &disabled).await,
        never_issued,
        "disabled"
    );
}

async fn reset_link_of_one_account_cannot_change_another(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let token = app.request_reset_token(&bob).await;
    // The browser holds the flow of Ann's reset when it uses the link of Bob.
    let mut browser = app.new_browser();
    let of_ann = app.request_reset_token(&ann).await;
    browser
        .submit_form(&call::reset_password(&of_ann, NEW))
        .await
        .expect_step();
    browser
        .submit_form(&call::reset_password(&token, NEW))
        .await
        .expect_step();
    let code = browser.request_sms_code(&app, PURPOSE, &bob).await;
    assert_eq!(
        browser.enter_code(PURPOSE, &code).await.expect_step(),
        Step::PasswordReset
    );
    assert!(
        app.new_browser()
            .is_password_accepted(&bob.username, NEW)
            .await
    );
    assert!(
        app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#sm-03. The attacker can read the mailbox, and has no second factor.
async fn password_reset_requires_the_second_factor(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut attacker = app.begin_password_reset(&ann, NEW).await;
    for attempt in [
        call::submit_code(PURPOSE, "000000"),
        call::choose_method_for(PURPOSE, "totp"),
        call::choose_method_for(PURPOSE, "recovery"),
        call::submit_code(PURPOSE, "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"),
        call::submit_set_up_phone("+14155559876"),
        call::begin_phone_change("+14155559876"),
        call::confirm_phone_change(),
        call::submit_code(Purpose::SignIn, "000000"),
        call::change_password(NEW, NEW),
        call::begin_authenticator(),
        call::report_lost_phone(),
    ] {
        attacker.submit_form(&attempt).await;
    }
    // The flow token of a reset is not valid for a sign-in.
    let flow = attacker.flow_token(PURPOSE).expect("flow token exists");
    for purpose in [Purpose::SignIn, Purpose::SetUp, Purpose::StepUp] {
        let name = call::flow_token_cookie(purpose);
        attacker.cookies.insert(name.to_owned(), flow.clone());
        let sent = attacker
            .submit_form(&call::choose_method_for(purpose, "sms"))
            .await;
        assert!(sent.is_refused(), "{purpose:?}");
    }
    let reported = attacker.submit_form(&call::report_lost_phone()).await;
    assert!(reported.is_refused());
    assert!(!attacker.is_signed_in().await);
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, NEW)
            .await
    );
    assert!(
        app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    // The code goes to the stored number.
    let code = attacker.request_sms_code(&app, PURPOSE, &ann).await;
    // The code of the reset opens no session.
    let mut signing_in = app.new_browser();
    signing_in.begin_sign_in(&ann).await;
    let used = signing_in.enter_code(Purpose::SignIn, &code).await;
    assert!(used.is_refused());
    assert!(!signing_in.is_signed_in().await);
}

/// Tests docs/security.md#otp-07.
async fn wrong_codes_in_password_resets_have_a_separate_limit(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let mut attacker = app.begin_password_reset(&ann, NEW).await;
    attacker
        .submit_form(&call::choose_method_for(PURPOSE, "totp"))
        .await
        .expect_code_entry();
    let code = authenticator.current_code().await;
    // The answer to the last wrong code removes the flow token. The attacker keeps it.
    let mut with_token = attacker.clone();
    for left in (1..=4).rev() {
        let wrong = authenticator.wrong_code().await;
        let reply = attacker.enter_code(PURPOSE, &wrong).await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
    }
    let wrong = authenticator.wrong_code().await;
    let last = attacker.enter_code(PURPOSE, &wrong).await;
    assert_eq!(last.expect_problem(), Problem::AttemptsUsedUp);
    let problem = with_token.enter_code(PURPOSE, &code).await.expect_problem();
    assert_eq!(problem, Problem::AttemptsUsedUp);
    let held = "SELECT detail FROM audit_events WHERE event = 'factor_held'";
    let probe = app.open_database().await;
    assert_eq!(probe.read_text(held).await, "password_reset");

    // Five wrong codes a day are the limit of all resets. A refused submission does not use up the link.
    let token = app.request_reset_token(&ann).await;
    let reset = call::reset_password(&token, NEW);
    for _ in 0..2 {
        let held = attacker.submit_form(&reset).await.expect_problem();
        assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    }
    let page = attacker.load_page(&reset_link_path(&token)).await;
    assert_eq!(page.status, 200);
    assert_eq!(probe.read_number(RESET_FLOWS).await, 1);
    // Sign-ins count wrong codes separately.
    app.simulator.advance_to_next_totp_step().await;
    let code = authenticator.current_code().await;
    let reply = app.sign_in_with_totp_code(&ann, &code).await;
    assert_eq!(reply.expect_step(), Step::Dashboard);

    app.simulator.advance_clock(24 * 3600).await;
    app.reset_password(&ann, NEW).await;
}

async fn reset_links_have_the_configured_origin_only(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let request = app
        .new_browser()
        .form_request(&call::request_password_reset(&ann.username, ""));
    let poisoned = request.clone().with_header("Host", "evil.example");
    assert_ne!(poisoned.send(app.address).await.status, 200);
    let forwarded = request
        .with_header("X-Forwarded-Host", "evil.example")
        .with_header("Forwarded", "host=evil.example;proto=https")
        .with_header("X-Original-Host", "evil.example");
    forwarded.send(app.address).await;
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    let mut mail = inbox.next_mail().await;
    while mail.subject != RESET_SUBJECT {
        mail = inbox.next_mail().await;
    }
    assert!(!mail.text.contains("evil.example"), "{}", mail.text);
    let link = format!(
        "http://{}{}",
        app.address,
        reset_link_path(&read_reset_token(&mail))
    );
    assert!(mail.text.lines().any(|line| line == link), "{}", mail.text);
    // The database does not contain the token.
    let dump = app.open_database().await.dump_rows().await;
    assert!(!dump.contains(&read_reset_token(&mail)));
}

async fn reset_mails_to_one_mailbox_are_limited(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "10")
        .start()
        .await;
    let ann = app.create_user_by_command();
    for source in 0..60 {
        let address = format!("198.51.100.{source}");
        let mut attacker = app.new_browser().at_address(&address);
        let name = [&ann.username, &ann.email][source % 2];
        let reply = attacker
            .submit_form(&call::request_password_reset(name, ""))
            .await;
        assert_eq!(reply.expect_step(), Step::ResetRequested);
    }
    let probe = app.open_database().await;
    let sent = "SELECT COUNT(*) FROM outbox WHERE done_at > 0";
    probe.wait_for_number(sent, 3).await;
    assert_eq!(
        app.simulator
            .mailbox_of(&ann.email)
            .list_mails()
            .await
            .len(),
        3
    );
    app.simulator.advance_clock(3600).await;
    probe.wait_for_number(sent, 4).await;
    let mails = app.simulator.mailbox_of(&ann.email).list_mails().await;
    assert_eq!(mails.len(), 4);
    assert!(mails[3].text.contains("more times."), "{}", mails[3].text);
    // Every request is counted in some mail.
    let counted = "SELECT CAST(COUNT(*) + SUM(repeats) AS BIGINT) FROM outbox";
    assert_eq!(probe.read_number(counted).await, 60);
    // The limit of a source applies to all identifiers together.
    let mut attacker = app.new_browser().at_address("203.0.113.7");
    for round in 0..10 {
        let call = call::request_password_reset(&format!("unknown{round}"), "");
        attacker.submit_form(&call).await.expect_step();
    }
    let stopped = attacker
        .submit_form(&call::request_password_reset("unknown", ""))
        .await;
    assert_eq!(stopped.response.status, 429);
}
