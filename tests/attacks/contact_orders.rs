//! Changes of phone number, e-mail address and password in every order. In no order can an attacker who has only the
//! password, the mailbox or the SIM sign in, not even after the waiting time of a recovery.

use std::fmt::Debug;

use domain::{Problem, Purpose, Step};

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![no_order_of_contact_changes_permits_a_sign_in_with_one_factor];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Recovery,
    Phone,
    Email,
    Reset,
    Password,
}

const CHANGES: [Change; 5] = [
    Change::Recovery,
    Change::Phone,
    Change::Email,
    Change::Reset,
    Change::Password,
];

/// Returns every order of these changes.
fn permutations_of_changes(left: &[Change]) -> Vec<Vec<Change>> {
    if left.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (at, first) in left.iter().enumerate() {
        let mut rest = left.to_vec();
        rest.remove(at);
        for mut order in permutations_of_changes(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

/// A user, and the undo links that the old contacts have received.
struct Owner {
    user: User,
    of_old_mailbox: Option<String>,
    of_old_phone: Option<String>,
}

/// Makes one change and updates the owner's details.
async fn make_change(app: &TestApp, owner: &mut Owner, change: Change) {
    let user = owner.user.clone();
    let new = format!("{} again", user.password);
    match change {
        Change::Recovery => drop(app.open_recovery(&user).await),
        Change::Phone => {
            let (changed, _, link) = app.change_phone(&user).await;
            (owner.user, owner.of_old_phone) = (changed, Some(link));
        }
        Change::Email => {
            let (changed, _, link) = app.change_email(&user).await;
            (owner.user, owner.of_old_mailbox) = (changed, Some(link));
        }
        Change::Reset => owner.user = app.reset_password(&user, &new).await,
        Change::Password => {
            let mut browser = app.new_browser();
            let code = browser.sign_in_until_code(app, &user).await;
            browser
                .enter_code(Purpose::SignIn, &code)
                .await
                .expect_step();
            let changed = call::change_password(&user.password, &new);
            browser.submit_form(&changed).await.expect_step();
            owner.user.password = new;
        }
    }
}

/// Asserts that an attacker with only the password, the mailbox or the SIM cannot sign in. An account that requires a
/// password reset refuses its password.
pub(super) async fn assert_one_possession_opens_nothing(
    app: &TestApp,
    ann: &User,
    needs_reset: bool,
    order: &[impl Debug],
) {
    let attackers_number = User::with_unique_details().phone;
    // The password alone: a second factor is asked for, and no number can be set up.
    let mut attacker = app.new_browser();
    let answer = attacker.enter_password(&ann.username, &ann.password).await;
    if needs_reset {
        assert_eq!(answer.expect_problem(), Problem::Credentials, "{order:?}");
    } else {
        let step = answer.expect_step();
        let asks = matches!(
            step,
            Step::ChooseMethod { .. } | Step::RecoveryInOtherBrowser
        );
        assert!(asks, "{order:?}: {step:?}");
    }
    let set_up = attacker
        .submit_form(&call::submit_set_up_phone(&attackers_number))
        .await;
    assert!(set_up.is_refused(), "{order:?}");
    assert!(!attacker.is_signed_in().await, "{order:?}");
    // The mailbox alone: a reset link, without a code of the phone.
    let token = app.request_reset_token(ann).await;
    let mut attacker = app.new_browser();
    let reset = call::reset_password(&token, "words of an attacker 5");
    let step = attacker.submit_form(&reset).await.expect_step();
    let asks = matches!(step, Step::ChooseMethod { .. });
    assert!(asks, "{order:?}: {step:?}");
    let set_up = attacker
        .submit_form(&call::submit_set_up_phone(&attackers_number))
        .await;
    assert!(set_up.is_refused(), "{order:?}");
    assert!(!attacker.is_signed_in().await, "{order:?}");
    // The SIM alone: neither password nor mail.
    let mut attacker = app.new_browser();
    let asked = call::begin_recovery(&ann.username, "a guessed word 99");
    let refused = attacker.submit_form(&asked).await.expect_problem();
    assert_eq!(refused, Problem::Credentials, "{order:?}");
    assert!(
        attacker
            .submit_form(&call::report_lost_phone())
            .await
            .is_refused()
    );
    assert!(
        attacker
            .submit_form(&call::choose_method("sms"))
            .await
            .is_refused()
    );
    assert_eq!(
        app.simulator
            .phone_with_number(&attackers_number)
            .count_codes()
            .await,
        0
    );
}

/// Asserts that the old mailbox and the old SIM each undo their change, and open nothing with that.
async fn assert_old_contacts_open_nothing(
    app: &TestApp,
    owner: Owner,
    before: &User,
    order: &[Change],
) {
    let mut ann = owner.user;
    for (link, is_email) in [(owner.of_old_mailbox, true), (owner.of_old_phone, false)] {
        let link = link.expect("both were changed");
        let mut attacker = app.new_browser();
        attacker
            .submit_form(&call::undo_change(&link))
            .await
            .expect_step();
        assert!(!attacker.is_signed_in().await, "{order:?}");
        if is_email {
            ann.email.clone_from(&before.email);
        } else {
            ann.phone.clone_from(&before.phone);
        }
        assert_one_possession_opens_nothing(app, &ann, true, order).await;
        app.simulator.advance_clock(3600).await;
    }
}

async fn no_order_of_contact_changes_permits_a_sign_in_with_one_factor(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let all = permutations_of_changes(&CHANGES);
    assert_eq!(all.len(), 120);
    // The step has no factor in common with 120, so that the orders of a short run differ in all places.
    let tried: Vec<_> = (0..AttackSize::from_environment().select(12, 120))
        .map(|number| all[number * 7 % all.len()].clone())
        .collect();
    for order in &tried {
        let before = app.register_user().await;
        let mut owner = Owner {
            user: before.clone(),
            of_old_mailbox: None,
            of_old_phone: None,
        };
        for change in order {
            make_change(&app, &mut owner, *change).await;
            assert_one_possession_opens_nothing(&app, &owner.user, false, order).await;
            app.simulator.advance_clock(4 * 3600).await;
        }
        app.simulator
            .advance_clock(RECOVERY_DELAY_SECS - 4 * 3600 - 600)
            .await;
        assert_one_possession_opens_nothing(&app, &owner.user, false, order).await;
        // A recovery that is due belongs to the browser of the owner.
        app.simulator.advance_clock(2 * 3600).await;
        assert_one_possession_opens_nothing(&app, &owner.user, false, order).await;
        assert_old_contacts_open_nothing(&app, owner, &before, order).await;
    }
    let figures = format!("{} of {} orders, no session", tried.len(), all.len());
    print_attack_figures("changes of all proofs in every order", &figures);
    assert_owner_recovers_after_the_delay(&app).await;
}

/// Asserts that a recovery after all other changes works when its waiting time is over.
async fn assert_owner_recovers_after_the_delay(app: &TestApp) {
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
    let step = app
        .browser_that_opened_recovery(&ann)
        .enter_password(&ann.username, &ann.password)
        .await
        .expect_step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
}
