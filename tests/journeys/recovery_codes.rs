//! Tests of recovery codes.

use domain::{Problem, Purpose, Step};
use sallyport::security::recovery_code::CODES;

use crate::support::wire::Request;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    recovery_codes_are_shown_once_and_then_only_counted,
    form_posted_twice_creates_one_set_of_recovery_codes,
    new_recovery_codes_need_confirmation_and_replace_the_old_ones,
    recovery_codes_of_24_letters_work_until_they_are_replaced,
    recovery_code_file_is_served_to_its_account_only,
    recovery_codes_are_created_only_with_a_session,
    recovery_codes_need_a_step_up_five_minutes_after_sign_in,
];

const PAGE: &str = "/profile/recovery-codes";

/// Registers a user and signs in.
async fn sign_in_new_user(app: &TestApp) -> (User, Browser) {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &ann).await;
    app.skip_resend_cooldown().await;
    (ann, browser)
}

/// Returns whether a recovery code signs the user in.
async fn can_sign_in_with_recovery_code(app: &TestApp, user: &User, code: &str) -> bool {
    let mut browser = app.sign_in_until_recovery_code(user).await;
    let reply = browser.enter_code(Purpose::SignIn, code).await;
    if reply.is_refused() {
        assert_eq!(reply.expect_problem(), Problem::RecoveryCodeWrong, "{code}");
        return false;
    }
    assert_eq!(reply.expect_step(), Step::Dashboard);
    true
}

/// Tests docs/security.md#ops-09, docs/security.md#hdr-02, docs/security.md#leak-04.
async fn recovery_codes_are_shown_once_and_then_only_counted(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = sign_in_new_user(&app).await;
    let before = page::visible_text(&browser.load_page(PAGE).await.text());
    assert!(before.contains("You have no recovery codes."), "{before}");

    let shown = browser
        .submit_form(&call::create_recovery_codes("0"))
        .await
        .response;
    assert_eq!(
        (shown.status, shown.header("cache-control")),
        (200, Some("no-store"))
    );
    let codes = page::list_items(&shown.text(), "recovery-codes");
    assert_eq!(codes.len(), CODES);
    assert!(codes.iter().all(|code| code.len() == 15), "{codes:?}");

    let after = browser.load_page(PAGE).await.text();
    assert!(
        page::visible_text(&after).contains("Codes left 10 of 10"),
        "{after}"
    );
    let stored = app.open_database().await.dump_rows().await;
    let log = app.process.output();
    for code in &codes {
        let bare = code.replace('-', "");
        for (place, text) in [("page", &after), ("database", &stored), ("log", &log)] {
            assert!(!text.contains(code.as_str()), "{code} in the {place}");
            assert!(!text.contains(&bare), "{code} in the {place}");
        }
    }
    for (spent, code) in codes.iter().enumerate().take(3) {
        let left = CODES - 1 - spent;
        assert!(can_sign_in_with_recovery_code(&app, &ann, code).await);
        let page = page::visible_text(&browser.load_page(PAGE).await.text());
        assert!(
            page.contains(&format!("Codes left {left} of 10")),
            "{}",
            page::visible_text(&page)
        );
    }
}

/// Tests docs/security.md#ops-09.
async fn form_posted_twice_creates_one_set_of_recovery_codes(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = sign_in_new_user(&app).await;
    let codes = browser.create_recovery_codes().await;
    for replacing in ["0", "1", "-1", "9223372036854775807"] {
        let call = call::create_recovery_codes(replacing);
        let again = browser.submit_form(&call).await.response;
        assert_eq!((again.status, again.location()), (303, PAGE));
        let page = browser.load_page(PAGE).await.text();
        assert!(
            page.contains("Your codes were created and shown once."),
            "{}",
            page::visible_text(&page)
        );
    }
    for replacing in ["", "x", "99999999999999999999"] {
        let call = call::create_recovery_codes(replacing);
        let again = browser.submit_form(&call).await.response;
        assert_eq!((again.status, again.location()), (303, PAGE));
    }
    assert!(can_sign_in_with_recovery_code(&app, &ann, &codes[9]).await);
    let made = "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_codes_created'";
    assert_eq!(app.open_database().await.read_number(made).await, 1);
}

/// Tests docs/security.md#ops-09.
async fn new_recovery_codes_need_confirmation_and_replace_the_old_ones(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = sign_in_new_user(&app).await;
    let ask = format!("{PAGE}?replace");
    let nothing_to_replace = browser.load_page(&ask).await.text();
    assert!(!nothing_to_replace.contains("<dialog"));
    let old = browser.create_recovery_codes().await;
    app.skip_resend_cooldown().await;

    let page = browser.load_page(PAGE).await.text();
    assert!(!page.contains("<dialog") && page.contains("href=\"/profile/recovery-codes?replace\""));
    let page_text = page::visible_text(&browser.load_page(&ask).await.text());
    assert!(
        page_text.contains("The 10 codes you have left will no longer work."),
        "{page_text}"
    );
    let new = browser.create_recovery_codes().await;
    assert_eq!(new.len(), CODES);
    // Ten wrong codes would block the second factor.
    for code in &old[..4] {
        assert!(!can_sign_in_with_recovery_code(&app, &ann, code).await);
    }
    assert!(can_sign_in_with_recovery_code(&app, &ann, &new[0]).await);
}

/// Tests docs/security.md#ops-09: codes that an earlier release made.
async fn recovery_codes_of_24_letters_work_until_they_are_replaced(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = sign_in_new_user(&app).await;
    browser.create_recovery_codes().await;
    // The SHA-256 of the letters.
    app.execute_sql(
        "UPDATE recovery_codes SET code_hash = \
         '29ccd886d929fe050396086d70689724e32c8f9ace972d0f1419883adc9e0ee2' WHERE slot = 0",
    )
    .await;
    let (earlier, other) = (
        "0123-4567-89AB-CDEF-GHJK-MNPQ",
        "0123-4567-89AB-CDEF-GHJK-MNPR",
    );
    assert!(!can_sign_in_with_recovery_code(&app, &ann, other).await);
    assert!(can_sign_in_with_recovery_code(&app, &ann, earlier).await);
    app.skip_resend_cooldown().await;
    let new = browser.create_recovery_codes().await;
    assert!(!can_sign_in_with_recovery_code(&app, &ann, earlier).await);
    assert!(can_sign_in_with_recovery_code(&app, &ann, &new[0]).await);
}

/// Tests docs/security.md#ops-09, docs/security.md#ses-09.
async fn recovery_code_file_is_served_to_its_account_only(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut ann) = sign_in_new_user(&app).await;
    let (_, mut bob) = sign_in_new_user(&app).await;
    let codes = ann.create_recovery_codes().await;
    bob.create_recovery_codes().await;

    let call = call::download_recovery_codes(&codes);
    let file = ann.submit_form(&call).await.response;
    assert_eq!(
        (file.status, file.header("cache-control")),
        (200, Some("no-store"))
    );
    let name = "attachment; filename=\"sallyport-recovery-codes.txt\"";
    assert_eq!(file.header("content-disposition"), Some(name));
    assert_eq!(
        file.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let lines: Vec<String> = file.text().lines().map(str::to_owned).collect();
    assert!(codes.iter().all(|code| lines.contains(code)), "{lines:?}");

    let mut stranger = app.new_browser();
    for (browser, page) in [(&mut bob, PAGE), (&mut stranger, "/login")] {
        let answer = browser.submit_form(&call).await.response;
        assert_eq!((answer.status, answer.location()), (303, page));
    }
    let (mut nine, mut forged) = (codes.clone(), codes.clone());
    nine.pop();
    "0000-0000-00000".clone_into(&mut forged[3]);
    for wrong in [nine, forged, Vec::new(), vec!["<script>".to_owned()]] {
        let call = call::download_recovery_codes(&wrong);
        let answer = ann.submit_form(&call).await.response;
        assert_eq!((answer.status, answer.location()), (303, PAGE));
    }
    // Counts only recovery codes: notifications change the outbox in the background.
    let good = "SELECT COUNT(*) FROM recovery_codes WHERE spent_at = 0";
    assert_eq!(app.open_database().await.read_number(good).await, 20);
    ann.create_recovery_codes().await;
    assert_eq!(ann.submit_form(&call).await.response.status, 303);
}

/// Tests docs/security.md#ses-09, docs/security.md#csrf-01.
async fn recovery_codes_are_created_only_with_a_session(database: Database) {
    let app = TestApp::start(database).await;
    let (_, ann) = sign_in_new_user(&app).await;
    let before = app.open_database().await.dump_rows().await;
    let mut stranger = app.new_browser();
    let page = stranger.load_page(PAGE).await;
    assert_eq!((page.status, page.location()), (303, "/login"));
    let call = call::create_recovery_codes("0");
    let answer = stranger.submit_form(&call).await.response;
    assert_eq!(answer.status, 303);
    assert!(page::list_items(&answer.text(), "recovery-codes").is_empty());

    let evil = |request: Request| {
        let request = request
            .without_header("origin")
            .without_header("sec-fetch-site");
        request
            .with_header("Origin", "https://evil.example")
            .with_header("Sec-Fetch-Site", "cross-site")
    };
    let answer = evil(ann.form_request(&call)).send(app.address).await;
    assert_eq!(answer.status, 403);
    assert_eq!(before, app.open_database().await.dump_rows().await);
}

/// Tests docs/security.md#ses-08, docs/security.md#ops-09.
async fn recovery_codes_need_a_step_up_five_minutes_after_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let codes = browser.create_recovery_codes().await;
    app.simulator.advance_clock(301).await;
    let made = "SELECT MAX(made_at) FROM recovery_codes";
    let (probe, before) = (
        app.open_database().await,
        app.open_database().await.read_number(made).await,
    );
    let call = call::create_recovery_codes(&before.to_string());
    let answer = browser.submit_form(&call).await.response;
    assert_eq!((answer.status, answer.location()), (303, PAGE));
    for path in [PAGE, "/profile/recovery-codes?replace"] {
        let html = browser.load_page(path).await.text();
        let page = page::visible_text(&html);
        assert!(page.contains("Codes left 10 of 10"), "{page}");
        assert!(page.contains("confirm that it is you"), "{page}");
        assert!(!page.contains("Create new codes"), "{page}");
    }
    assert_eq!(probe.read_number(made).await, before);
    // The download of codes that a page shows needs no step-up.
    let call = call::download_recovery_codes(&codes);
    assert_eq!(browser.submit_form(&call).await.response.status, 200);

    let step = call::begin_step_up_for("recovery_codes", &ann.password);
    browser.submit_form(&step).await.expect_step();
    let code = browser.request_sms_code(&app, Purpose::StepUp, &ann).await;
    let step = browser
        .enter_code(Purpose::StepUp, &code)
        .await
        .expect_step();
    assert_eq!(step.path(), PAGE);
    assert_eq!(browser.create_recovery_codes().await.len(), CODES);
    assert!(probe.read_number(made).await > before);
}
