//! Changes that are begun and not yet finished. An attacker who has either the password, both SIMs or the mailbox, with
//! all codes and links sent to them, opens no session before the waiting time of a recovery ends.

use std::collections::BTreeSet;

use domain::{Problem, Purpose, Step};

use crate::support::attack::{AttackSize, list_interleavings, print_attack_figures};
use crate::support::call::FormPost;
use crate::support::lost_phone::{RECOVERY_DELAY_SECS, prove_new_number};
use crate::support::wire::send_at_once;
use crate::support::{
    Browser, Database, FormResponse, TestApp, User, call, on_both_databases, page,
};

on_both_databases![
    no_pending_change_permits_a_sign_in_with_one_factor,
    cancelled_recovery_does_not_accept_the_code_of_the_new_number,
    simultaneous_cancellation_and_completion_of_a_recovery_never_both_succeed,
];

/// The first or second half of a recovery, of a phone change or of a password reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Half {
    RequestRecovery,
    OpenRecovery,
    ProveNumber,
    ConfirmNumber,
    UseResetLink,
    EnterResetCode,
}

/// The two halves of each change. The second half never precedes the first one.
const CHANGES: [[Half; 2]; 3] = [
    [Half::RequestRecovery, Half::OpenRecovery],
    [Half::ProveNumber, Half::ConfirmNumber],
    [Half::UseResetLink, Half::EnterResetCode],
];

const OWNERS_PASSWORD: &str = "a quite different 88 phrase";
const ATTACKERS_PASSWORD: &str = "words of an attacker 5";
const PASSWORD_HASH: &str = "SELECT password_hash FROM accounts ORDER BY created_at DESC LIMIT 1";
const PHONE: &str = "SELECT phone FROM accounts ORDER BY created_at DESC LIMIT 1";

/// Lists every sequence of three or more halves, in every interleaving of the changes.
fn list_sequences() -> Vec<Vec<Half>> {
    let [recovery, phone_change, reset] = &CHANGES;
    let changes: [&[Half]; 3] = [recovery, phone_change, reset];
    (3..=CHANGES.as_flattened().len())
        .flat_map(|length| list_interleavings(&changes, length))
        .collect()
}

/// Selects sequences that together contain every possible pair of adjacent halves.
fn select_sequences_with_all_adjacent_pairs(all: &[Vec<Half>]) -> Vec<Vec<Half>> {
    let mut seen = BTreeSet::new();
    let mut selected = Vec::new();
    // 258 is not a multiple of 7, so steps of 7 reach every sequence. Successive sequences then differ in all places.
    for number in 0..all.len() {
        let sequence = &all[number * 7 % all.len()];
        let pairs = sequence.windows(2).map(|pair| (pair[0], pair[1]));
        let before = seen.len();
        seen.extend(pairs);
        if seen.len() > before {
            selected.push(sequence.clone());
        }
    }
    // 6 × 5 pairs, without the three in which the second half of a change precedes its first half.
    assert_eq!(seen.len(), 27);
    selected
}

/// The owner of the account, with the browsers of the pending changes.
struct Owner {
    user: User,
    old_phone: String,
    new_phone: String,
    recovery_link: String,
    changing_phone: Browser,
    resetting: Browser,
}

/// Makes the first or second half of a change. An earlier change can have ended it; it is then refused.
async fn make_half(app: &TestApp, owner: &mut Owner, half: Half) {
    app.skip_resend_cooldown().await;
    match half {
        Half::RequestRecovery => owner.recovery_link = app.request_recovery(&owner.user).await,
        Half::OpenRecovery => {
            let open = call::open_recovery_by_link(&owner.recovery_link);
            app.new_browser().submit_form(&open).await;
        }
        Half::ProveNumber => {
            let browser = &mut owner.changing_phone;
            let code = browser.sign_in_until_code(app, &owner.user).await;
            let signed_in = browser.enter_code(Purpose::SignIn, &code).await;
            signed_in.expect_step();
            prove_new_number(app, browser, &owner.new_phone).await;
        }
        Half::ConfirmNumber => {
            let confirm = call::confirm_phone_change();
            if !owner
                .changing_phone
                .submit_form(&confirm)
                .await
                .is_refused()
            {
                owner.user.phone.clone_from(&owner.new_phone);
            }
        }
        Half::UseResetLink => {
            let token = app.request_reset_token(&owner.user).await;
            let reset = call::reset_password(&token, OWNERS_PASSWORD);
            owner.resetting.submit_form(&reset).await.expect_step();
        }
        Half::EnterResetCode => {
            let mut phone = app.simulator.phone_with_number(&owner.user.phone);
            phone.skip_received_messages().await;
            let chosen = call::choose_method_for(Purpose::PasswordReset, "sms");
            if owner.resetting.submit_form(&chosen).await.is_refused() {
                return;
            }
            let code = phone.next_code().await;
            let done = owner.resetting.enter_code(Purpose::PasswordReset, &code);
            assert_eq!(done.await.expect_step(), Step::PasswordReset);
            OWNERS_PASSWORD.clone_into(&mut owner.user.password);
        }
    }
}

/// Asserts that a browser without a session cannot enter or change a phone number, and is not signed in.
async fn assert_browser_changes_nothing(attacker: &mut Browser, sequence: &[Half]) {
    let number = User::with_unique_details().phone;
    for form in [
        call::submit_set_up_phone(&number),
        call::begin_phone_change(&number),
        call::confirm_phone_change(),
        call::change_password(ATTACKERS_PASSWORD, ATTACKERS_PASSWORD),
    ] {
        let refused = attacker.submit_form(&form).await.is_refused();
        assert!(refused, "{sequence:?}: {form:?}");
    }
    assert!(!attacker.is_signed_in().await, "{sequence:?}");
}

/// Asserts that an attacker with the password opens no session. `began_before` is the browser of a sign-in that began
/// before all changes.
async fn assert_password_opens_nothing(
    app: &TestApp,
    owner: &Owner,
    began_before: &mut Browser,
    sequence: &[Half],
) {
    let mut attacker = app.new_browser();
    let answer = attacker.enter_password(&owner.user.username, &owner.user.password);
    let answer = answer.await;
    if answer.is_refused() {
        // The account requires a password reset after an undo.
        assert_eq!(answer.expect_problem(), Problem::Credentials);
    } else {
        let step = answer.expect_step();
        let asks = matches!(
            step,
            Step::ChooseMethod { .. } | Step::RecoveryInOtherBrowser
        );
        assert!(asks, "{sequence:?}: {step:?}");
    }
    assert_browser_changes_nothing(&mut attacker, sequence).await;
    assert_browser_changes_nothing(began_before, sequence).await;
}

/// Asserts that an attacker with the old and the new SIM opens no session with their codes and links.
async fn assert_sims_open_nothing(app: &TestApp, owner: &Owner, sequence: &[Half]) {
    let mut attacker = app.new_browser();
    let guess = attacker.is_password_accepted(&owner.user.username, "a guessed word 99");
    assert!(!guess.await);
    for number in [&owner.old_phone, &owner.new_phone] {
        let phone = app.simulator.phone_with_number(number);
        for code in phone.list_codes().await {
            for purpose in [Purpose::SignIn, Purpose::SetUp, Purpose::PasswordReset] {
                let entered = attacker.enter_code(purpose, &code).await;
                assert!(entered.is_refused(), "{sequence:?}: {purpose:?}");
            }
        }
        for text in phone.list_notifications().await {
            use_all_links(&mut attacker, &text).await;
        }
    }
    assert_browser_changes_nothing(&mut attacker, sequence).await;
}

/// Asserts that an attacker with the mailbox opens no session with its links, from the oldest to the newest mail.
async fn assert_mailbox_opens_nothing(app: &TestApp, owner: &Owner, sequence: &[Half]) {
    let mut attacker = app.new_browser();
    for mail in app
        .simulator
        .mailbox_of(&owner.user.email)
        .list_mails()
        .await
    {
        use_all_links(&mut attacker, &mail.text).await;
    }
    // The flow of a reset is no sign-in.
    if let Some(flow) = attacker.flow_token(Purpose::PasswordReset) {
        let sign_in = call::flow_token_cookie(Purpose::SignIn).to_owned();
        attacker.cookies.insert(sign_in, flow);
    }
    for form in [call::report_lost_phone(), call::choose_method("sms")] {
        let refused = attacker.submit_form(&form).await.is_refused();
        assert!(refused, "{sequence:?}: {form:?}");
    }
    assert_browser_changes_nothing(&mut attacker, sequence).await;
}

/// Builds the form that uses a link, from its token.
type FormOfToken<'a> = &'a dyn Fn(&str) -> FormPost;

/// Uses every link in a message.
async fn use_all_links(attacker: &mut Browser, text: &str) {
    let reset = |token: &str| call::reset_password(token, ATTACKERS_PASSWORD);
    let links: [(&str, FormOfToken<'_>); 4] = [
        ("reset-password", &reset),
        ("lost-phone", &call::open_recovery_by_link),
        ("recovery", &call::cancel_recovery_by_link),
        ("undo", &call::undo_change),
    ];
    let mut forms = Vec::new();
    for (folder, form) in links {
        let tokens = page::texts_between(&format!("{text}\n"), &format!("/{folder}/"), "\n");
        forms.extend(tokens.iter().map(|token| form(token.trim())));
    }
    for form in forms {
        attacker.submit_form(&form).await;
    }
}

/// Makes the halves in this order. The attackers then use everything that they have received.
async fn attack_pending_changes(app: &TestApp, sequence: &[Half], is_mailbox_first: bool) {
    const UNSENT: &str = "SELECT COUNT(*) FROM outbox WHERE done_at = 0 \
                          AND kind NOT LIKE 'recovery_reminder%'";
    let user = app.register_user().await;
    let mut owner = Owner {
        old_phone: user.phone.clone(),
        new_phone: User::with_unique_details().phone,
        recovery_link: String::new(),
        changing_phone: app.new_browser(),
        resetting: app.new_browser(),
        user,
    };
    let mut began_before = app.new_browser();
    let begun = began_before.enter_password(&owner.user.username, &owner.user.password);
    begun.await.expect_step();
    for (at, half) in sequence.iter().enumerate() {
        make_half(app, &mut owner, *half).await;
        let so_far = &sequence[..=at];
        assert_password_opens_nothing(app, &owner, &mut began_before, so_far).await;
    }
    let probe = app.open_database().await;
    probe.wait_for_number(UNSENT, 0).await;
    let password_hash = probe.read_text(PASSWORD_HASH).await;
    if is_mailbox_first {
        assert_mailbox_opens_nothing(app, &owner, sequence).await;
        assert_sims_open_nothing(app, &owner, sequence).await;
    } else {
        assert_sims_open_nothing(app, &owner, sequence).await;
        assert_mailbox_opens_nothing(app, &owner, sequence).await;
    }
    assert_eq!(probe.read_text(PASSWORD_HASH).await, password_hash);
    let phone = probe.read_text(PHONE).await;
    let is_of_owner = phone == owner.old_phone || phone == owner.new_phone;
    assert!(is_of_owner, "{sequence:?}: {phone}");
    app.simulator
        .advance_clock(RECOVERY_DELAY_SECS - 3600)
        .await;
    assert_password_opens_nothing(app, &owner, &mut began_before, sequence).await;
    // A recovery that is due needs the browser that has opened it.
    app.simulator.advance_clock(2 * 3600).await;
    assert_password_opens_nothing(app, &owner, &mut began_before, sequence).await;
    let answer = app.new_api_client().submit_password(&owner.user).await;
    assert!(answer.body["token"].is_null(), "{sequence:?}");
}

async fn no_pending_change_permits_a_sign_in_with_one_factor(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let all = list_sequences();
    assert_eq!(all.len(), 258);
    let tried = AttackSize::from_environment()
        .select(select_sequences_with_all_adjacent_pairs(&all), all.clone());
    for (number, sequence) in tried.iter().enumerate() {
        attack_pending_changes(&app, sequence, number % 2 == 0).await;
    }
    let figures = format!("{} of {} sequences, no session", tried.len(), all.len());
    print_attack_figures("half-finished changes in every order", &figures);
}

async fn cancelled_recovery_does_not_accept_the_code_of_the_new_number(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let cancel = app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
    let (mut attacker, _, code) = app.begin_set_up_after_recovery(&ann).await;
    let cancel = call::cancel_recovery_by_link(&cancel);
    let cancelled = app.new_browser().submit_form(&cancel).await.expect_step();
    assert!(matches!(cancelled, Step::RecoveryCancelled { .. }));
    let refused = attacker.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
    assert!(!attacker.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(probe.read_text(PHONE).await, ann.phone);
    assert_eq!(probe.count_sessions().await, 0);
}

async fn simultaneous_cancellation_and_completion_of_a_recovery_never_both_succeed(
    database: Database,
) {
    let app = TestApp::start(database).await;
    for _ in 0..8 {
        let ann = app.register_user().await;
        let cancel = app.open_recovery(&ann).await;
        app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
        let (mut browser, number, code) = app.begin_set_up_after_recovery(&ann).await;
        let cancel = call::cancel_recovery_by_link(&cancel);
        let requests = vec![
            (app.address, app.new_browser().form_request(&cancel)),
            (
                app.address,
                browser.form_request(&call::submit_code(Purpose::SetUp, &code)),
            ),
        ];
        let answers = send_at_once(requests).await;
        browser.store_cookies(&answers[1]);
        let refused = answers.into_iter().map(FormResponse::new);
        let refused: Vec<_> = refused.map(|answer| answer.is_refused()).collect();
        assert_ne!(refused[0], refused[1], "one of both succeeds");
        assert_eq!(browser.is_signed_in().await, refused[0]);
        let phone = app.open_database().await.read_text(PHONE).await;
        assert_eq!(phone, if refused[0] { number } else { ann.phone });
    }
}
