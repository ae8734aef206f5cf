//! Links and codes that were mailed before the account changed: each is refused in the same way as a link that was
//! never issued.

use domain::{Problem, Purpose, Step};

use crate::support::call::FormPost;
use crate::support::email_proof::{CANCEL_SUBJECT, cancel_link_path, read_cancel_token};
use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::password_reset::reset_link_path;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    changes_of_an_account_invalidate_the_links_that_were_sent_before,
    cancel_links_expire_and_end_with_the_recovery,
];

const NEW: &str = "a quite different 88 phrase";

/// The kind of a mailed link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkKind {
    Reset,
    OpenRecovery,
    CancelRecovery,
    CancelEmailChange,
}

const LINK_KINDS: [LinkKind; 4] = [
    LinkKind::Reset,
    LinkKind::OpenRecovery,
    LinkKind::CancelRecovery,
    LinkKind::CancelEmailChange,
];

impl LinkKind {
    /// Returns the path of the page that the link opens.
    fn path(self, token: &str) -> String {
        match self {
            Self::Reset => reset_link_path(token),
            Self::OpenRecovery => format!("/lost-phone/{token}"),
            Self::CancelRecovery => format!("/recovery/{token}"),
            Self::CancelEmailChange => cancel_link_path(token),
        }
    }

    /// Returns the form that uses the link.
    fn form(self, token: &str) -> FormPost {
        match self {
            Self::Reset => call::reset_password(token, NEW),
            Self::OpenRecovery => call::open_recovery_by_link(token),
            Self::CancelRecovery => call::cancel_recovery_by_link(token),
            Self::CancelEmailChange => call::cancel_email_change(token),
        }
    }
}

/// Returns status and text of the page of a link, and the problem when the link is used.
async fn read_refusal(app: &TestApp, kind: LinkKind, token: &str) -> (u16, String, Problem) {
    let mut browser = app.new_browser();
    let page = browser.load_page(&kind.path(token)).await;
    let used = browser.submit_form(&kind.form(token)).await;
    let text = page::visible_text(&page.text());
    (page.status, text.replace(token, ""), used.expect_problem())
}

/// Asserts that a link is refused in the same way as one that was never issued.
async fn assert_link_is_unknown(app: &TestApp, kind: LinkKind, token: &str, reason: &str) {
    let never_issued = read_refusal(app, kind, &"a".repeat(43)).await;
    assert_eq!(never_issued.0, 410, "{kind:?}");
    let refused = read_refusal(app, kind, token).await;
    assert_eq!(refused, never_issued, "{kind:?} {reason}");
}

/// A change that a user, an operator or a mailed link makes to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum AccountChange {
    PasswordChange,
    PasswordSetByOperator,
    PasswordReset,
    EmailChange,
    PhoneChange,
    UndoOfEmailChange,
    UndoOfPhoneChange,
    DeletionRequest,
    Erasure,
    Disabling,
}

const ACCOUNT_CHANGES: [AccountChange; 10] = [
    AccountChange::PasswordChange,
    AccountChange::PasswordSetByOperator,
    AccountChange::PasswordReset,
    AccountChange::EmailChange,
    AccountChange::PhoneChange,
    AccountChange::UndoOfEmailChange,
    AccountChange::UndoOfPhoneChange,
    AccountChange::DeletionRequest,
    AccountChange::Erasure,
    AccountChange::Disabling,
];

impl AccountChange {
    /// Returns whether a reset link stays valid: password and e-mail address are those for which it was mailed.
    fn keeps_reset_link(self) -> bool {
        matches!(self, Self::PhoneChange | Self::UndoOfPhoneChange)
    }
}

/// A user, one unused link of each kind, and an unused code for a new e-mail address.
struct SentLinks {
    user: User,
    /// The browser that has begun the change of the e-mail address.
    browser: Browser,
    email_code: String,
    /// The tokens of the links, in the order of [`LINK_KINDS`].
    links: [String; 4],
    /// The token of the link that undoes an earlier change.
    undo: Option<String>,
}

/// Registers a user, makes the earlier change that `change` undoes, and has all links sent.
async fn send_all_links(app: &TestApp, change: AccountChange) -> SentLinks {
    let registered = app.register_user().await;
    let (user, undo) = match change {
        AccountChange::UndoOfEmailChange => {
            let (user, _, undo) = app.change_email(&registered).await;
            (user, Some(undo))
        }
        AccountChange::UndoOfPhoneChange => {
            let (user, _, undo) = app.change_phone(&registered).await;
            (user, Some(undo))
        }
        _ => (registered, None),
    };
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &user).await;
    let address = format!("new-{}@example.net", user.username);
    let email_code = browser.begin_email_change(app, &address).await;
    let cancel = app.wait_for_mail(&user.email, CANCEL_SUBJECT).await;
    let links = [
        app.request_reset_token(&user).await,
        app.request_recovery(&user).await,
        app.open_recovery(&user).await,
        read_cancel_token(&cancel),
    ];
    app.skip_resend_cooldown().await;
    SentLinks {
        user,
        browser,
        email_code,
        links,
        undo,
    }
}

/// Runs `sallyport user …` with the new password as standard input.
fn run_operator_command(app: &TestApp, arguments: &[&str]) {
    let output = app.run_user_command_with_input(arguments, NEW);
    assert_eq!(output.exit_code, 0, "{output:?}");
}

/// Makes the change to the account of the user.
async fn apply_change(app: &TestApp, change: AccountChange, sent: &mut SentLinks) {
    let user = sent.user.clone();
    let form = match change {
        AccountChange::PasswordChange => call::change_password(&user.password, NEW),
        AccountChange::EmailChange => call::submit_email_code(&sent.email_code),
        AccountChange::DeletionRequest => call::delete_account(&user.username),
        AccountChange::UndoOfEmailChange | AccountChange::UndoOfPhoneChange => {
            let undo = call::undo_change(sent.undo.as_deref().expect("an undo link"));
            let undone = app.new_browser().submit_form(&undo).await;
            undone.expect_step();
            return;
        }
        AccountChange::PasswordReset => return drop(app.reset_password(&user, NEW).await),
        AccountChange::PhoneChange => return drop(app.change_phone(&user).await),
        AccountChange::PasswordSetByOperator => {
            let arguments = ["set-password", &user.username, "--password-stdin"];
            return run_operator_command(app, &arguments);
        }
        AccountChange::Erasure => {
            return run_operator_command(app, &["delete", &user.username, "--now", "--yes"]);
        }
        AccountChange::Disabling => return run_operator_command(app, &["disable", &user.username]),
    };
    sent.browser.submit_form(&form).await.expect_step();
}

async fn changes_of_an_account_invalidate_the_links_that_were_sent_before(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    for change in ACCOUNT_CHANGES {
        let mut sent = send_all_links(&app, change).await;
        for (kind, token) in LINK_KINDS.iter().zip(&sent.links) {
            let page = app.new_browser().load_page(&kind.path(token)).await;
            assert_eq!(page.status, 200, "{kind:?} before {change:?}");
        }
        apply_change(&app, change, &mut sent).await;
        for (kind, token) in LINK_KINDS.iter().zip(&sent.links) {
            if *kind == LinkKind::Reset && change.keeps_reset_link() {
                assert_reset_requires_second_factor(&app, token).await;
            } else {
                let reason = format!("after {change:?}");
                assert_link_is_unknown(&app, *kind, token, &reason).await;
            }
        }
        let code = call::submit_email_code(&sent.email_code);
        let used = sent.browser.submit_form(&code).await;
        assert!(used.is_refused(), "{change:?}");
        let verified = "SELECT COUNT(*) FROM accounts WHERE email LIKE 'new-%@example.net'";
        // The account that completed its e-mail change keeps the new address in later rounds.
        let expected = i64::from(change >= AccountChange::EmailChange);
        let probe = app.open_database().await;
        assert_eq!(probe.read_number(verified).await, expected, "{change:?}");
    }
}

/// Asserts that a reset link is valid, and that its use leads to the choice of a second factor.
async fn assert_reset_requires_second_factor(app: &TestApp, token: &str) {
    let mut browser = app.new_browser();
    let page = browser.load_page(&LinkKind::Reset.path(token)).await;
    assert_eq!(page.status, 200);
    let used = browser.submit_form(&LinkKind::Reset.form(token)).await;
    let step = used.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    let resets = "SELECT COUNT(*) FROM audit_events WHERE event = 'password_reset' \
                  AND detail = 'mail'";
    assert_eq!(app.open_database().await.read_number(resets).await, 0);
}

async fn cancel_links_expire_and_end_with_the_recovery(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.begin_email_change(&app, "new@example.net").await;
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let cancel_change = read_cancel_token(&mail);
    app.simulator.advance_clock(15 * 60 + 1).await;
    let kind = LinkKind::CancelEmailChange;
    assert_link_is_unknown(&app, kind, &cancel_change, "after 15 minutes").await;

    let (expired, completed) = (app.register_user().await, app.register_user().await);
    let of_expired = app.open_recovery(&expired).await;
    let of_completed = app.open_recovery(&completed).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
    let path = LinkKind::CancelRecovery.path(&of_completed);
    assert_eq!(app.new_browser().load_page(&path).await.status, 200);
    let (mut browser, _, code) = app.begin_set_up_after_recovery(&completed).await;
    let done = browser.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    let kind = LinkKind::CancelRecovery;
    assert_link_is_unknown(&app, kind, &of_completed, "after the completion").await;
    app.simulator.advance_clock(7 * 24 * 3600).await;
    assert_link_is_unknown(&app, kind, &of_expired, "after its expiry").await;
}
