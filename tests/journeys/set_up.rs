//! Set-up of a second factor in the browser.

use domain::{Problem, Purpose, Step};

use crate::support::lost_phone::enter_set_up_number;
use crate::support::page::visible_text;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

const PURPOSE: Purpose = Purpose::SetUp;

on_both_databases![
    number_on_file_is_confirmed_by_entering_it,
    unverified_number_on_file_can_be_replaced,
    verified_number_is_not_replaced_by_a_code_to_the_new_number_alone,
    no_order_of_calls_bypasses_the_number_on_file,
    cancelled_set_up_changes_nothing,
    only_the_first_of_two_set_ups_to_finish_is_saved,
    set_up_works_without_scripts,
    another_number_can_be_entered_after_a_code_was_sent,
    failed_set_up_is_reported_once,
];

/// Creates a user whose account an operator made with a phone number and without a second factor.
async fn create_imported_user(app: &TestApp, verified: bool) -> User {
    let user = app.register_user().await;
    app.execute_sql(if verified {
        "UPDATE accounts SET mfa = 0"
    } else {
        "UPDATE accounts SET mfa = 0, phone_verified_at = 0"
    })
    .await;
    user
}

/// Signs in with the password. Returns the browser and the first step of the set-up.
async fn begin_set_up(app: &TestApp, user: &User) -> (Browser, Step) {
    let mut browser = app.new_browser();
    let step = browser.begin_sign_in(user).await;
    (browser, step)
}

/// Tests docs/security.md#enr-01, docs/security.md#enr-03.
async fn number_on_file_is_confirmed_by_entering_it(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, true).await;
    let (mut browser, step) = begin_set_up(&app, &ann).await;
    let Step::SetUp { stored_phone } = step else {
        panic!("{step:?}")
    };
    let masked = format!("(***) ***-{}", &ann.phone[ann.phone.len() - 4..]);
    assert_eq!(
        stored_phone.map(|hint| hint.to_string()),
        Some(masked.clone())
    );
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("Set Up Two-Factor Authentication"), "{page}");
    assert!(visible_text(&page).contains(&format!("Your number on file is {masked}")));
    assert!(!browser.is_signed_in().await);

    let code = enter_set_up_number(&app, &mut browser, &ann.phone, &ann.phone).await;
    assert_eq!(
        app.open_database()
            .await
            .read_number("SELECT mfa FROM accounts")
            .await,
        0
    );
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
    assert!(browser.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number("SELECT mfa FROM accounts").await, 1);

    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn unverified_number_on_file_can_be_replaced(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, false).await;
    let other = User::with_unique_details().phone;
    let (mut browser, _) = begin_set_up(&app, &ann).await;
    let code = enter_set_up_number(&app, &mut browser, &other, &other).await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, other);
}

/// Tests docs/security.md#enr-02 for an account with a verified number.
async fn verified_number_is_not_replaced_by_a_code_to_the_new_number_alone(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, true).await;
    let other = User::with_unique_details().phone;
    let (mut browser, _) = begin_set_up(&app, &ann).await;
    let old_code = enter_set_up_number(&app, &mut browser, &other, &ann.phone).await;
    assert_eq!(
        app.simulator.phone_with_number(&other).count_codes().await,
        0
    );

    let step = browser.enter_code(PURPOSE, &old_code).await.expect_step();
    let Step::SendCode { hint, .. } = step else {
        panic!("{step:?}")
    };
    assert!(hint.to_string().ends_with(&other[other.len() - 4..]));
    assert!(!browser.is_signed_in().await);
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("Your number on file is confirmed."), "{page}");

    browser.send_code(PURPOSE).await.expect_step();
    let new_code = app.simulator.phone_with_number(&other).next_code().await;
    if new_code != old_code {
        // The code of the earlier number is not valid for the new one (docs/security.md#phn-07).
        let refused = browser
            .enter_code(PURPOSE, &old_code)
            .await
            .expect_problem();
        assert!(
            matches!(refused, Problem::InvalidCode { .. }),
            "{refused:?}"
        );
    }
    let step = browser.enter_code(PURPOSE, &new_code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, other);
    assert_eq!(probe.read_number("SELECT mfa FROM accounts").await, 1);
}

/// Tests docs/security.md#enr-02. An attacker knows the password and has another phone number.
async fn no_order_of_calls_bypasses_the_number_on_file(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, true).await;
    let new_phone = User::with_unique_details().phone;
    let (mut attacker, _) = begin_set_up(&app, &ann).await;
    let attempts = [
        call::submit_set_up_phone(&new_phone),
        call::request_code(PURPOSE),
        call::correct_set_up_phone(),
        call::submit_set_up_phone(&new_phone),
        call::submit_code(PURPOSE, "000000"),
        call::correct_set_up_phone(),
        call::request_code(PURPOSE),
        call::submit_code(Purpose::SignIn, "000000"),
        call::request_code(Purpose::SignIn),
        call::choose_method("sms"),
        call::begin_phone_change(&new_phone),
        call::confirm_phone_change(),
        call::begin_step_up(&ann.password),
    ];
    for attempt in &attempts {
        attacker.submit_form(attempt).await;
        app.skip_resend_cooldown().await;
    }
    assert_eq!(
        app.simulator
            .phone_with_number(&new_phone)
            .count_codes()
            .await,
        0
    );
    assert!(!attacker.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_text("SELECT phone FROM accounts").await,
        ann.phone
    );
    assert_eq!(probe.read_number("SELECT mfa FROM accounts").await, 0);
    assert_eq!(probe.count_sessions().await, 0);
}

/// Tests docs/security.md#enr-03, docs/security.md#enr-04.
async fn cancelled_set_up_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, true).await;
    let (mut browser, _) = begin_set_up(&app, &ann).await;
    let code = enter_set_up_number(&app, &mut browser, &ann.phone, &ann.phone).await;
    browser.cancel_flow(PURPOSE).await.expect_step();
    app.simulator.wait_for_cancelled_code().await;
    let refused = browser.enter_code(PURPOSE, &code).await.expect_problem();
    assert_eq!(refused, Problem::FlowEnded);
    assert!(!browser.is_signed_in().await);
    assert_eq!(
        app.open_database()
            .await
            .read_number("SELECT mfa FROM accounts")
            .await,
        0
    );
    app.skip_resend_cooldown().await;
    let (_, step) = begin_set_up(&app, &ann).await;
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
}

/// Tests docs/security.md#enr-06.
async fn only_the_first_of_two_set_ups_to_finish_is_saved(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, false).await;
    let new_phone = User::with_unique_details().phone;
    let (mut first, _) = begin_set_up(&app, &ann).await;
    let (mut second, _) = begin_set_up(&app, &ann).await;
    let first_code = enter_set_up_number(&app, &mut first, &ann.phone, &ann.phone).await;
    let second_code = enter_set_up_number(&app, &mut second, &new_phone, &new_phone).await;
    let step = first.enter_code(PURPOSE, &first_code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
    let refused = second
        .enter_code(PURPOSE, &second_code)
        .await
        .expect_problem();
    assert_eq!(refused, Problem::FlowEnded);
    assert!(!second.is_signed_in().await);
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_text("SELECT phone FROM accounts").await,
        ann.phone
    );
    assert_eq!(probe.count_sessions().await, 1);
}

async fn set_up_works_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, true).await;
    let mut browser = app.new_browser().without_scripts();
    let answer = browser.enter_password(&ann.username, &ann.password).await;
    assert_eq!(answer.redirect_path(), "/login");
    let typo = browser.submit_form(&call::submit_set_up_phone("12")).await;
    assert_eq!(typo.redirect_path(), "/login");
    let page = browser.load_page("/login").await.text();
    assert!(
        page.contains("Enter a valid phone number. Check its digits and its country."),
        "{page}"
    );
    assert!(page.contains("value=\"12\""), "what was typed is kept");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    assert_eq!(
        browser
            .submit_form(&call::submit_set_up_phone(&ann.phone))
            .await
            .redirect_path(),
        "/login"
    );
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("One-time code"), "{page}");
    let code = phone.next_code().await;
    let done = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(done.redirect_path(), "/dashboard");
    assert!(browser.is_signed_in().await);
}

async fn another_number_can_be_entered_after_a_code_was_sent(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, false).await;
    let (typo, right) = (
        User::with_unique_details().phone,
        User::with_unique_details().phone,
    );
    let (mut browser, _) = begin_set_up(&app, &ann).await;
    let code_to_wrong_number = enter_set_up_number(&app, &mut browser, &typo, &typo).await;
    // The number cannot change while a code is valid (docs/security.md#sm-08).
    let refused = browser
        .submit_form(&call::submit_set_up_phone(&right))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::FlowEnded);
    let step = browser
        .submit_form(&call::correct_set_up_phone())
        .await
        .expect_step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    app.simulator.wait_for_cancelled_code().await;
    let code = enter_set_up_number(&app, &mut browser, &right, &right).await;
    if code_to_wrong_number != code {
        let refused = browser
            .enter_code(PURPOSE, &code_to_wrong_number)
            .await
            .expect_problem();
        assert!(
            matches!(refused, Problem::InvalidCode { .. }),
            "{refused:?}"
        );
    }
    browser.enter_code(PURPOSE, &code).await.expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, right);
}

/// Tests docs/security.md#sm-17.
async fn failed_set_up_is_reported_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = create_imported_user(&app, false).await;

    // Ends a set-up with too many wrong codes, without scripts.
    let (browser, _) = begin_set_up(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser
        .submit_form(&call::submit_set_up_phone(&ann.phone))
        .await;
    let code = phone.next_code().await;
    for _ in 0..5 {
        browser.enter_code(Purpose::SetUp, &wrong_code(&code)).await;
    }
    let page = browser.load_page("/login").await.text();
    let words = "Too many attempts. Please start the login process again.";
    assert!(page.contains(words), "{page}");
    assert!(!browser.load_page("/login").await.text().contains(words));

    // The flow expires in an open tab.
    app.skip_resend_cooldown().await;
    let (mut browser, _) = begin_set_up(&app, &ann).await;
    app.simulator.advance_clock(901).await;
    let page = browser.load_page("/login").await.text();
    let words = "This step has expired or was finished elsewhere. Please start again.";
    assert!(page.contains(words), "{page}");
    assert!(!browser.load_page("/login").await.text().contains(words));
}
