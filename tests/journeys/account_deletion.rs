//! The deletion of an account: the user requests it on the profile, a sign-in can withdraw it, and the server carries
//! it out.

use domain::{CalendarDay, Field, Problem, ProtectedArea, Purpose, Step, Timestamp};

use crate::support::call::{self, Payment};
use crate::support::lost_phone::wait_for_text_message_with;
use crate::support::password_reset::reset_link_path;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_FAILED, COUNT_PENDING};
use crate::support::{Browser, Database, RunningApp, TestApp, User, on_both_databases};

on_both_databases![
    account_is_deleted_after_step_up_confirmation_and_waiting_time,
    page_after_a_deletion_request_names_the_day_of_the_erasure,
    user_can_keep_the_account_at_a_sign_in_within_the_waiting_time,
    signing_out_without_keeping_the_account_does_not_stop_the_deletion,
    user_who_kept_the_account_in_another_tab_is_not_signed_out_by_letting_it_be_deleted,
    pages_of_the_deletion_work_without_scripts_and_in_german,
];

const TWO_WEEKS: u64 = 14 * 24 * 60 * 60;
const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";
const REQUESTED: &str = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
const LIVE_FLOWS: &str = "SELECT COUNT(*) FROM flows WHERE live = 1";
const PASSWORD_RESETS: &str = "SELECT COUNT(*) FROM password_resets";

impl Browser {
    /// Requests the deletion of the account on the profile page.
    async fn request_deletion(&mut self, user: &User) {
        let reply = self
            .submit_form(&call::delete_account(&user.username))
            .await;
        assert_eq!(reply.expect_step(), Step::DeletionRequested);
    }

    /// Signs in to an account that will be deleted.
    async fn sign_in_to_leaving(&mut self, app: &RunningApp, user: &User) {
        let code = self.sign_in_until_code(app, user).await;
        let step = self.enter_code(Purpose::SignIn, &code).await.expect_step();
        assert_eq!(step, Step::DecideDeletion);
    }
}

async fn account_is_deleted_after_step_up_confirmation_and_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let stranger = app
        .new_browser()
        .submit_form(&call::delete_account(&ann.username))
        .await;
    assert_eq!(stranger.expect_problem(), Problem::FlowEnded);
    let token = app.new_api_client().sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let link = app.request_reset_token(&ann).await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    let late = browser
        .submit_form(&call::delete_account(&ann.username))
        .await;
    assert_eq!(late.expect_problem(), Problem::StepUpNeeded);
    let page = browser.load_page("/profile/delete").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
    let step_up = call::begin_step_up_for("deletion", &ann.password);
    browser.submit_form(&step_up).await.expect_step();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser
        .submit_form(&call::choose_method_for(Purpose::StepUp, "sms"))
        .await
        .expect_step();
    let code = phone.next_code().await;
    let step = browser
        .enter_code(Purpose::StepUp, &code)
        .await
        .expect_step();
    let area = ProtectedArea::Deletion;
    assert_eq!(step, Step::ProtectedAreaOpened { area });
    app.skip_resend_cooldown().await;
    browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;

    for (typed, problem) in [
        ("", Problem::Missing),
        ("somebodyelse", Problem::UsernameMismatch),
        (ann.email.as_str(), Problem::UsernameMismatch),
    ] {
        let refused = browser.submit_form(&call::delete_account(typed)).await;
        assert_eq!(
            refused.expect_errors().first_problem_of(Field::Username),
            Some(&problem)
        );
    }
    phone.skip_received_messages().await;
    browser.request_deletion(&ann).await;

    let probe = app.open_database().await;
    assert_eq!(probe.count_sessions().await, 0);
    assert_eq!(probe.read_number(LIVE_FLOWS).await, 0);
    assert_eq!(probe.read_number(PASSWORD_RESETS).await, 0);
    assert_eq!(probe.read_number(COUNT_PENDING).await, 0);
    assert_eq!(probe.read_number(COUNT_FAILED).await, 1);
    assert!(!browser.is_signed_in().await);
    let me = app.new_api_client().with_token(&token).get("/v1/me").await;
    me.expect_error(401, "invalid_token");
    assert_eq!(browser.load_page(&reset_link_path(&link)).await.status, 410);
    let text = phone.next_notification().await;
    assert!(
        text.contains("your account will be deleted on ") && text.contains(" 20"),
        "{text}"
    );
    let mut inbox = app.simulator.mailbox_of(&ann.email);
    let mut mail = inbox.next_mail().await;
    while mail.subject != "Your account will be deleted" {
        mail = inbox.next_mail().await;
    }
    assert!(mail.text.contains("/login"), "{}", mail.text);

    app.simulator.advance_clock(TWO_WEEKS - 60).await;
    assert_eq!(probe.read_number(REQUESTED).await, 1);
    phone.skip_received_messages().await;
    app.simulator.advance_clock(60).await;
    probe.wait_for_number(ERASED, 1).await;
    let text = phone.next_notification().await;
    assert!(
        text.contains("your account was deleted on ") && text.contains(" 20"),
        "{text}"
    );
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    // Another user can register with the username, e-mail address and number.
    app.skip_resend_cooldown().await;
    let again = User {
        password: "a quite different 88 phrase".to_owned(),
        ..ann
    };
    app.new_browser().register(&app, &again).await;
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &again).await;
}

async fn page_after_a_deletion_request_names_the_day_of_the_erasure(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.request_deletion(&ann).await;
    let page = browser.load_page("/login").await.text();
    let probe = app.open_database().await;
    let delete_at = probe.read_number("SELECT delete_at FROM accounts").await;
    let day = CalendarDay::from_timestamp(Timestamp::from_millis(delete_at));
    assert!(
        page.contains(&format!("Your account will be deleted on {} ", day.day)),
        "{page}"
    );
    assert!(
        page.contains(&format!(
            " {}. To keep it, sign in before that day.",
            day.year
        )),
        "{page}"
    );
    // Not every account receives a mail.
    assert!(!page.contains("our email"), "{page}");
}

async fn user_can_keep_the_account_at_a_sign_in_within_the_waiting_time(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.request_deletion(&ann).await;
    app.simulator.advance_clock(TWO_WEEKS - 3600).await;
    browser.sign_in_to_leaving(&app, &ann).await;
    // Until the user decides, the session gives access to no other page.
    assert!(!browser.is_signed_in().await);
    for page in [
        "/dashboard",
        "/profile",
        "/payments/new",
        "/profile/sessions",
        "/login",
    ] {
        assert_eq!(
            browser.load_page(page).await.location(),
            "/keep-account",
            "{page}"
        );
    }
    let pay = browser
        .submit_form(&call::submit_payment(&Payment::in_dollars("1.00")))
        .await;
    assert!(pay.is_refused());
    let page = browser.load_page("/keep-account").await.text();
    assert!(page.contains("Your account will be deleted on"), "{page}");
    assert!(page.contains("Keep my account"), "{page}");
    let before = browser.session_token();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let kept = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.expect_step(), Step::DeletionWithdrawn);
    assert_ne!(
        browser.session_token(),
        before,
        "the session has a new token"
    );
    assert!(browser.is_signed_in().await);
    wait_for_text_message_with(&mut phone, "will not be deleted").await;
    let again = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(again.expect_problem(), Problem::FlowEnded);
    let history = browser.load_page("/profile/history").await.text();
    assert!(
        history.contains("Deletion of the account withdrawn"),
        "{history}"
    );
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(REQUESTED).await, 0);
}

async fn signing_out_without_keeping_the_account_does_not_stop_the_deletion(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.request_deletion(&ann).await;
    app.skip_resend_cooldown().await;
    browser.sign_in_to_leaving(&app, &ann).await;
    let page = browser.load_page("/keep-account").await.text();
    assert!(
        page.contains("action=\"/api/account/let-delete\""),
        "{page}"
    );
    let left = browser.submit_form(&call::let_account_be_deleted()).await;
    assert_eq!(left.expect_step(), Step::SignIn);
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("You are signed out."), "{page}");
    let probe = app.open_database().await;
    assert_eq!(probe.count_sessions().await, 0);
    let late = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(late.expect_problem(), Problem::FlowEnded);
    app.simulator.advance_clock(TWO_WEEKS).await;
    probe.wait_for_number(ERASED, 1).await;
}

async fn user_who_kept_the_account_in_another_tab_is_not_signed_out_by_letting_it_be_deleted(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.request_deletion(&ann).await;
    app.skip_resend_cooldown().await;
    browser.sign_in_to_leaving(&app, &ann).await;
    // The first tab keeps the account. The page of the second tab still asks.
    browser
        .submit_form(&call::cancel_account_deletion())
        .await
        .expect_step();
    let mut browser = browser.without_scripts();
    browser.load_page("/profile").await;
    let late = browser.submit_form(&call::let_account_be_deleted()).await;
    assert_eq!(late.redirect_path(), "/profile");
    let page = browser.load_page("/profile").await.text();
    assert!(page.contains("Your account stays as it is."), "{page}");
    assert!(browser.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(REQUESTED).await, 0);
}

async fn pages_of_the_deletion_work_without_scripts_and_in_german(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser().with_accept_language("de");
    browser.sign_in(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let profile = browser.load_page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/delete\""), "{profile}");
    let page = browser.load_page("/profile/delete").await.text();
    assert!(
        page.contains("14 Tage nach Ihrer Bestätigung gelöscht"),
        "{page}"
    );
    let wrong = browser.submit_form(&call::delete_account("wrong")).await;
    assert_eq!(wrong.redirect_path(), "/profile/delete");
    let page = browser.load_page("/profile/delete").await.text();
    assert!(page.contains("Das ist nicht Ihr Benutzername"), "{page}");
    let done = browser
        .submit_form(&call::delete_account(&ann.username))
        .await;
    assert_eq!(done.redirect_path(), "/login");
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("Ihr Konto wird am "), "{page}");
    app.skip_resend_cooldown().await;
    let mut again = app.new_browser().with_accept_language("de");
    again.sign_in_to_leaving(&app, &ann).await;
    let mut again = again.without_scripts();
    let page = again.load_page("/keep-account").await.text();
    assert!(page.contains("Mein Konto behalten"), "{page}");
    let kept = again.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.redirect_path(), "/profile");
    let page = again.load_page("/profile").await.text();
    assert!(page.contains("Ihr Konto bleibt, wie es ist"), "{page}");
}
