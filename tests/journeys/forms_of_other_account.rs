//! Forms of the signed-in area that are submitted after another tab has signed in to another account.

use domain::{Problem, Purpose, Step};

use crate::support::call::{self, FormPost, Payment};
use crate::support::{Browser, Database, RunningApp, TestApp, User, on_both_databases, page};

on_both_databases![
    form_of_another_account_changes_nothing_and_its_page_says_so,
    form_of_another_account_creates_no_recovery_codes_and_exports_no_data,
    step_up_form_of_another_account_checks_no_password,
    form_of_another_account_is_refused_without_scripts,
    form_of_another_account_does_not_keep_an_account_that_will_be_deleted,
    form_that_was_opened_before_a_new_sign_in_of_its_account_is_accepted,
];

const MESSAGE: &str =
    "Another account is signed in now, so nothing was done. Check the account and try again.";

/// A form post, and the path of the page with the form.
type FormOfPage = (&'static str, FormPost);

/// Loads the page of each form. Returns the posts of the forms, with the account that their pages contain.
async fn open_forms<const N: usize>(
    browser: &mut Browser,
    forms: [FormOfPage; N],
) -> Vec<FormOfPage> {
    let mut opened = Vec::new();
    for (path, form) in forms {
        let html = browser.load_page(path).await.text();
        let typed: Vec<(&'static str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let post = page::flow_form_post(&html, form.path, &typed);
        let names_account = post.fields.iter().any(|(name, _)| *name == "form_account");
        assert!(names_account, "{path}: {html}");
        opened.push((path, post));
    }
    opened
}

/// Signs out and signs in to another account, as in another tab of the browser.
async fn switch_account(app: &RunningApp, browser: &mut Browser, user: &User) {
    browser.sign_out().await.expect_step();
    browser.sign_in(app, user).await;
    app.wait_for_empty_outbox().await;
}

/// Asserts that the page says once that another account is signed in.
async fn assert_message_is_shown_once(browser: &mut Browser, path: &str) {
    let shown = browser.load_page(path).await.text();
    assert!(shown.contains(MESSAGE), "{path}: {shown}");
    let again = browser.load_page(path).await.text();
    assert!(!again.contains(MESSAGE), "{path}: {again}");
}

async fn form_of_another_account_changes_nothing_and_its_page_says_so(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    // The page of the sessions has a button only if there is another session.
    let mut other_device = app.new_browser();
    other_device.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let free_number = User::with_unique_details().phone;
    let forms = [
        ("/profile/phone", call::begin_phone_change(&free_number)),
        (
            "/payments/new",
            call::submit_payment(&Payment::in_dollars("12.50")),
        ),
        (
            "/profile/name",
            call::change_names("Ann Other", "ann.other"),
        ),
        (
            "/profile/email",
            call::begin_email_change("new@example.net"),
        ),
        ("/profile/authenticator", call::begin_authenticator()),
        (
            "/profile/password",
            call::change_password(&ann.password, "a quite different 88 phrase"),
        ),
        ("/profile/delete", call::delete_account(&ann.username)),
        ("/profile/sessions", call::end_other_sessions()),
    ];
    let posts = open_forms(&mut browser, forms).await;
    switch_account(&app, &mut browser, &bob).await;
    let probe = app.open_database().await;
    for (path, post) in posts {
        let before = probe.dump_rows().await;
        let refused = browser.submit_form(&post).await;
        assert_eq!(refused.expect_problem(), Problem::FlowEnded, "{path}");
        assert_eq!(refused.page_after_refusal().as_deref(), Some(path));
        assert_eq!(before, probe.dump_rows().await, "{path}");
        assert_message_is_shown_once(&mut browser, path).await;
    }
    // The form of the account that is signed in now works.
    let change = call::change_names("Bob Other", &bob.username);
    let posts = open_forms(&mut browser, [("/profile/name", change)]).await;
    let changed = browser.submit_form(&posts[0].1).await;
    assert_eq!(changed.expect_step(), Step::NamesChanged);
}

async fn form_of_another_account_creates_no_recovery_codes_and_exports_no_data(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let forms = [
        ("/profile/recovery-codes", call::create_recovery_codes("0")),
        ("/profile/export", call::export_data()),
    ];
    let posts = open_forms(&mut browser, forms).await;
    switch_account(&app, &mut browser, &bob).await;
    let probe = app.open_database().await;
    for (path, post) in posts {
        let before = probe.dump_rows().await;
        let refused = browser.submit_form(&post).await;
        assert_eq!(refused.redirect_path(), path);
        assert_eq!(before, probe.dump_rows().await, "{path}");
        assert_message_is_shown_once(&mut browser, path).await;
    }
    assert!(browser.is_signed_in().await);
}

async fn step_up_form_of_another_account_checks_no_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    let form = call::begin_step_up(&ann.password);
    let posts = open_forms(&mut browser, [("/profile/phone", form)]).await;
    switch_account(&app, &mut browser, &bob).await;
    let probe = app.open_database().await;
    let before = probe.dump_rows().await;
    let refused = browser.submit_form(&posts[0].1).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    assert_eq!(before, probe.dump_rows().await);
    assert_message_is_shown_once(&mut browser, "/profile/phone").await;
}

async fn form_of_another_account_is_refused_without_scripts(database: Database) {
    const PAGE: &str = "/profile/name";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let form = call::change_names("Ann Other", "ann.other");
    let posts = open_forms(&mut browser, [(PAGE, form)]).await;
    switch_account(&app, &mut browser, &bob).await;
    let mut browser = browser.without_scripts();
    let refused = browser.submit_form(&posts[0].1).await;
    assert_eq!(refused.redirect_path(), PAGE);
    let shown = browser.load_page(PAGE).await.text();
    assert!(shown.contains(MESSAGE), "{shown}");
    // The values that were typed for the other account are not shown.
    assert!(!shown.contains("Ann Other"), "{shown}");
    assert!(shown.contains(&bob.full_name), "{shown}");
}

async fn form_of_another_account_does_not_keep_an_account_that_will_be_deleted(database: Database) {
    const PAGE: &str = "/keep-account";
    const REQUESTED: &str = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = app.new_browser();
    for user in [&ann, &bob] {
        browser.sign_in(&app, user).await;
        let request = call::delete_account(&user.username);
        let step = browser.submit_form(&request).await.expect_step();
        assert_eq!(step, Step::DeletionRequested);
    }
    app.skip_resend_cooldown().await;
    let mut posts = Vec::new();
    for user in [&ann, &bob] {
        let code = browser.sign_in_until_code(&app, user).await;
        let entered = browser.enter_code(Purpose::SignIn, &code).await;
        assert_eq!(entered.expect_step(), Step::DecideDeletion);
        let keep = (PAGE, call::cancel_account_deletion());
        let let_delete = (PAGE, call::let_account_be_deleted());
        posts.push(open_forms(&mut browser, [keep, let_delete]).await);
    }
    let probe = app.open_database().await;
    for (_, post) in &posts[0] {
        let refused = browser.submit_form(post).await;
        assert_eq!(refused.expect_problem(), Problem::FlowEnded);
        assert_eq!(probe.read_number(REQUESTED).await, 2);
        assert_eq!(browser.load_page("/login").await.location(), PAGE);
        assert_message_is_shown_once(&mut browser, PAGE).await;
    }
    browser.submit_form(&posts[1][0].1).await.expect_step();
    assert_eq!(probe.read_number(REQUESTED).await, 1);
}

async fn form_that_was_opened_before_a_new_sign_in_of_its_account_is_accepted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let form = call::change_names("Ann Other", &ann.username);
    let posts = open_forms(&mut browser, [("/profile/name", form)]).await;
    app.skip_resend_cooldown().await;
    switch_account(&app, &mut browser, &ann).await;
    let changed = browser.submit_form(&posts[0].1).await;
    assert_eq!(changed.expect_step(), Step::NamesChanged);
}
