//! Recoveries and contact changes that the owner cancels or undoes, in every order. No order permits a sign-in with one
//! factor.

use domain::{Problem, Purpose, Step};

use super::contact_orders::assert_one_possession_opens_nothing;
use crate::support::attack::{AttackSize, list_interleavings, print_attack_figures};
use crate::support::call::FormPost;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![no_order_of_changes_and_their_reversals_permits_a_sign_in_with_one_factor];

/// A step of the owner. A link of an earlier message cancels or undoes the change before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnerStep {
    OpenRecovery,
    CancelRecovery,
    ChangePhone,
    UndoPhoneChange,
    ChangeEmail,
    UndoEmailChange,
    /// Begins and cancels a change of the e-mail address.
    CancelledEmailChange,
}

/// The steps that keep their order.
const CHAINS: [&[OwnerStep]; 4] = [
    &[OwnerStep::OpenRecovery, OwnerStep::CancelRecovery],
    &[OwnerStep::ChangePhone, OwnerStep::UndoPhoneChange],
    &[OwnerStep::ChangeEmail, OwnerStep::UndoEmailChange],
    &[OwnerStep::CancelledEmailChange],
];

/// The owner of an account, with the links of the messages.
struct Owner {
    user: User,
    /// Whether the account requires a password reset after an undo.
    needs_reset: bool,
    recovery_link: String,
    is_recovery_open: bool,
    old_phone: String,
    undo_phone_change: String,
    old_email: String,
    undo_email_change: String,
}

impl Owner {
    /// Registers a user who has received no link.
    async fn register(app: &TestApp) -> Self {
        Self {
            user: app.register_user().await,
            needs_reset: false,
            recovery_link: String::new(),
            is_recovery_open: false,
            old_phone: String::new(),
            undo_phone_change: String::new(),
            old_email: String::new(),
            undo_email_change: String::new(),
        }
    }

    /// Resets the password, which the account may require, and ends an open recovery.
    async fn reset_password(&mut self, app: &TestApp) {
        let new = format!("{} again", self.user.password);
        self.user = app.reset_password(&self.user, &new).await;
        (self.needs_reset, self.is_recovery_open) = (false, false);
    }

    /// Uses a link that undoes a change. The account then requires a password reset, and an
    /// open recovery ends.
    async fn undo(&mut self, app: &TestApp, link: &str, expected: Step) {
        let undone = submit(app, &call::undo_change(link)).await;
        assert_eq!(undone, Ok(expected));
        (self.needs_reset, self.is_recovery_open) = (true, false);
    }

    /// Makes a step. Before a step that needs a sign-in, resets a password whose reset is required.
    async fn make_step(&mut self, app: &TestApp, step: OwnerStep) {
        let needs_sign_in = matches!(
            step,
            OwnerStep::OpenRecovery
                | OwnerStep::ChangePhone
                | OwnerStep::ChangeEmail
                | OwnerStep::CancelledEmailChange
        );
        if needs_sign_in && self.needs_reset {
            self.reset_password(app).await;
        }
        match step {
            OwnerStep::OpenRecovery => {
                self.recovery_link = app.open_recovery(&self.user).await;
                self.is_recovery_open = true;
            }
            OwnerStep::CancelRecovery => self.cancel_recovery(app).await,
            OwnerStep::ChangePhone => {
                self.old_phone.clone_from(&self.user.phone);
                let (changed, _, link) = app.change_phone(&self.user).await;
                (self.user, self.undo_phone_change) = (changed, link);
                self.is_recovery_open = false;
            }
            OwnerStep::UndoPhoneChange => {
                let link = self.undo_phone_change.clone();
                self.undo(app, &link, Step::PhoneChangeUndone).await;
                self.user.phone.clone_from(&self.old_phone);
            }
            OwnerStep::ChangeEmail => {
                self.old_email.clone_from(&self.user.email);
                let (changed, _, link) = app.change_email(&self.user).await;
                (self.user, self.undo_email_change) = (changed, link);
                self.is_recovery_open = false;
            }
            OwnerStep::UndoEmailChange => {
                let link = self.undo_email_change.clone();
                self.undo(app, &link, Step::EmailChangeUndone).await;
                self.user.email.clone_from(&self.old_email);
            }
            OwnerStep::CancelledEmailChange => {
                let mut browser = app.new_browser();
                let code = browser.sign_in_until_code(app, &self.user).await;
                let signed_in = browser.enter_code(Purpose::SignIn, &code).await;
                signed_in.expect_step();
                let cancel = app.begin_cancellable_email_change(&mut browser, &self.user);
                let cancelled = submit(app, &call::cancel_email_change(&cancel.await)).await;
                assert_eq!(cancelled, Ok(Step::EmailChangeCancelled));
                assert!(!browser.is_signed_in().await);
            }
        }
    }

    /// Cancels the recovery by its link. The link is invalid if another step has ended the recovery.
    async fn cancel_recovery(&mut self, app: &TestApp) {
        let cancelled = submit(app, &call::cancel_recovery_by_link(&self.recovery_link)).await;
        let expected = if self.is_recovery_open {
            Ok(Step::RecoveryCancelled { signed_in: false })
        } else {
            Err(Problem::LinkInvalid)
        };
        assert_eq!(cancelled, expected);
        self.is_recovery_open = false;
    }
}

/// Submits a form in a new browser. Returns the next step, or the problem.
async fn submit(app: &TestApp, form: &FormPost) -> Result<Step, Problem> {
    let answer = app.new_browser().submit_form(form).await;
    if answer.is_refused() {
        Err(answer.expect_problem())
    } else {
        Ok(answer.expect_step())
    }
}

async fn no_order_of_changes_and_their_reversals_permits_a_sign_in_with_one_factor(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let all = list_interleavings(&CHAINS, CHAINS.concat().len());
    assert_eq!(all.len(), 630);
    // 101 and 630 are coprime, so a short run takes orders from the whole list.
    let tried: Vec<_> = (0..AttackSize::from_environment().select(6, 60))
        .map(|number| &all[number * 101 % all.len()])
        .collect();
    for order in &tried {
        let mut owner = Owner::register(&app).await;
        for (number, step) in order.iter().enumerate() {
            owner.make_step(&app, *step).await;
            let so_far = &order[..=number];
            assert_one_possession_opens_nothing(&app, &owner.user, owner.needs_reset, so_far).await;
            // Seven steps take 28 hours, so no recovery (72 hours) becomes due.
            app.simulator.advance_clock(4 * 3600).await;
        }
        owner.reset_password(&app).await;
        app.new_browser().sign_in(&app, &owner.user).await;
        app.skip_resend_cooldown().await;
    }
    let figures = format!("{} of {} orders, no session", tried.len(), all.len());
    print_attack_figures("changes and their reversals in every order", &figures);
}
