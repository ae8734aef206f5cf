//! Payments that must not be executed.

use domain::{Amount, Currency, Language, Problem, Purpose, Step};

use crate::support::call::{self, Payment};
use crate::support::lost_phone::change_number;
use crate::support::payment::{
    AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED, COUNT_FAILED, COUNT_UNAUDITED_FAILURES,
};
use crate::support::{Database, TestApp, User, on_both_databases, page, wrong_code};

on_both_databases![
    extra_fields_sent_with_a_code_do_not_change_the_payment,
    code_of_one_payment_is_refused_by_another_payment,
    code_sent_before_a_phone_change_confirms_no_payment,
    recovery_code_confirms_no_payment,
    sixth_attempt_is_refused_even_with_the_correct_payment_code,
    only_the_session_that_initiated_a_payment_confirms_it,
    payment_cannot_be_confirmed_after_a_change_of_its_session_number_or_account,
    every_amount_is_shown_as_it_is_stored,
    service_with_psd2_receives_amount_and_payee,
];

/// Tests docs/security.md#pay-01.
async fn extra_fields_sent_with_a_code_do_not_change_the_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let mut check = call::submit_code(Purpose::Payment, &code);
    for (name, value) in [
        ("amount", "0.01"),
        ("amount_minor", "1"),
        ("quantity", "1000"),
        ("currency", "JPY"),
        ("recipient", "Evil"),
        ("payee", "Evil"),
        ("account", "0123456789abcdef0123456789abcdef"),
        ("payment", "0123456789abcdef0123456789abcdef"),
        ("phone", "+14155550199"),
    ] {
        check.fields.push((name, value.to_owned()));
    }
    browser.submit_form(&check).await.expect_step();
    let probe = app.open_database().await;
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Amount 150.00 USD"), "{shown}");
    let paid = "SELECT amount_minor FROM ledger_entries WHERE currency = 'USD'";
    assert_eq!(probe.read_number(paid).await, 15_000);
    let recipient = probe
        .read_text("SELECT recipient FROM ledger_entries")
        .await;
    assert_eq!(recipient, payment.recipient);
}

/// Tests docs/security.md#pay-02, docs/security.md#otp-10.
async fn code_of_one_payment_is_refused_by_another_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, first) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars("110"))
        .await;
    app.skip_resend_cooldown().await;
    let (_, second) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars("1000"))
        .await;
    assert_ne!(first, second);
    let refused = browser.confirm_payment(&first).await;
    assert!(matches!(
        refused.expect_problem(),
        Problem::InvalidCode { .. }
    ));
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    browser.confirm_payment(&second).await.expect_step();
    let paid = "SELECT amount_minor FROM ledger_entries";
    assert_eq!(probe.read_number(paid).await, 100_000);
}

/// Tests docs/security.md#pay-05, docs/security.md#totp-01.
async fn code_sent_before_a_phone_change_confirms_no_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let probe = app.open_database().await;
    let code = authenticator.current_code().await;
    let mut browser = app.sign_in_until_totp_code(&ann).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let chosen = call::choose_method_for(Purpose::Payment, "totp");
    browser.submit_form(&chosen).await.expect_code_entry();
    let refused = browser.confirm_payment(&code).await;
    assert!(matches!(refused.expect_problem(), Problem::UsedCode { .. }));
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    app.simulator.advance_to_next_totp_step().await;
    let fresh = authenticator.current_code().await;
    browser.confirm_payment(&fresh).await.expect_step();
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    // A used code confirms no second payment.
    browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    browser.submit_form(&chosen).await.expect_code_entry();
    assert!(browser.confirm_payment(&fresh).await.is_refused());
    browser.cancel_flow(Purpose::Payment).await.expect_step();

    app.skip_resend_cooldown().await;
    let (_, paid) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    browser.confirm_payment(&paid).await.expect_step();
    app.skip_resend_cooldown().await;
    let (_, other) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    if other != paid {
        assert!(browser.confirm_payment(&paid).await.is_refused());
    }
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 2);
}

async fn recovery_code_confirms_no_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let codes = browser.create_recovery_codes().await;
    let step = browser
        .submit_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await
        .expect_step();
    let Step::ChooseMethod { methods, .. } = step else {
        panic!("{step:?}")
    };
    let offered: Vec<&str> = methods
        .iter()
        .map(|option| option.method.as_str())
        .collect();
    assert_eq!(offered, ["sms", "totp"]);
    let chosen = call::choose_method_for(Purpose::Payment, "recovery");
    let refused = browser.submit_form(&chosen).await;
    assert_eq!(refused.expect_problem(), Problem::MethodUnavailable);
    assert!(browser.confirm_payment(&codes[0]).await.is_refused());
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        0
    );
}

/// Tests docs/security.md#pay-06, docs/security.md#otp-06.
async fn sixth_attempt_is_refused_even_with_the_correct_payment_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    for left in [4, 3] {
        let refused = browser.confirm_payment(&wrong_code(&code)).await;
        assert_eq!(
            refused.expect_problem(),
            Problem::InvalidCode {
                attempts_remaining: left
            }
        );
    }
    // Neither a new code nor another method gives an additional attempt.
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser
        .send_code(Purpose::Payment)
        .await
        .expect_code_entry();
    let code = phone.next_code().await;
    let refused = browser.confirm_payment(&wrong_code(&code)).await;
    let left = Problem::InvalidCode {
        attempts_remaining: 2,
    };
    assert_eq!(refused.expect_problem(), left);
    let back = call::choose_another_method_for(Purpose::Payment);
    browser.submit_form(&back).await.expect_step();
    let chosen = call::choose_method_for(Purpose::Payment, "totp");
    browser.submit_form(&chosen).await.expect_code_entry();
    app.simulator.advance_to_next_totp_step().await;
    let right = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    let refused = browser.confirm_payment(&wrong).await;
    let left = Problem::InvalidCode {
        attempts_remaining: 1,
    };
    assert_eq!(refused.expect_problem(), left);
    let wrong = authenticator.wrong_code().await;
    let refused = browser.confirm_payment(&wrong).await;
    assert_eq!(refused.expect_problem(), Problem::AttemptsUsedUp);
    let refused = browser.confirm_payment(&right).await;
    assert_eq!(refused.visible_error_text(), "Payment already failed");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_FAILED).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
}

/// Tests docs/security.md#pay-07, docs/security.md#sm-09.
async fn only_the_session_that_initiated_a_payment_confirms_it(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let (_, mut stranger) = app.sign_in_new_user().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let flow_token = browser
        .flow_token(Purpose::Payment)
        .expect("flow token exists");
    let shown = other.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Pending"), "{shown}");
    assert!(!shown.contains("One-time code"), "{shown}");
    let probe = app.open_database().await;
    for attacker in [&mut other, &mut stranger] {
        let cookie = call::flow_token_cookie(Purpose::Payment).to_owned();
        attacker.cookies.insert(cookie, flow_token.clone());
        let refused = attacker.confirm_payment(&code).await;
        assert_eq!(refused.expect_problem(), Problem::FlowEnded);
        assert!(attacker.send_code(Purpose::Payment).await.is_refused());
        attacker.cancel_flow(Purpose::Payment).await.expect_step();
    }
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    browser.confirm_payment(&code).await.expect_step();
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

/// Tests docs/security.md#pay-07, docs/security.md#sm-12.
async fn payment_cannot_be_confirmed_after_a_change_of_its_session_number_or_account(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let probe = app.open_database().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);

    // The user signs out and signs in again.
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let held = browser.cookies.clone();
    browser.sign_out().await.expect_step();
    browser.cookies.clone_from(&held);
    assert!(browser.confirm_payment(&code).await.is_refused());
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let cookie_name = call::flow_token_cookie(Purpose::Payment);
    browser
        .cookies
        .insert(cookie_name.to_owned(), held[cookie_name].clone());
    let refused = browser.confirm_payment(&code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);

    // The session gets a new token by a step-up.
    app.skip_resend_cooldown().await;
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    app.skip_resend_cooldown().await;
    browser.complete_step_up(&app, &ann).await;
    assert!(browser.confirm_payment(&code).await.is_refused());

    // The user changes the phone number.
    app.skip_resend_cooldown().await;
    let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let new = User::with_unique_details().phone;
    change_number(&app, &mut browser, &new).await;
    assert!(browser.confirm_payment(&code).await.is_refused());
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Failed"), "{shown}");

    // The account is disabled after the code was sent and before it is checked.
    let (bob, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser.begin_payment_until_code(&app, &bob, &payment).await;
    let output = app.run_user_command(&["disable", &bob.username]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    assert!(browser.confirm_payment(&code).await.is_refused());
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    assert!(probe.read_number(COUNT_FAILED).await >= 2);
    assert_eq!(
        probe.read_number(COUNT_UNAUDITED_FAILURES).await,
        0,
        "PAY-09"
    );
}

/// Tests docs/security.md#pay-08.
async fn every_amount_is_shown_as_it_is_stored(database: Database) {
    const LANGUAGES: [&str; 5] = ["en-US", "de-DE", "fr-CH", "ar-EG", "hi-IN"];
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    for (at, currency) in Currency::list_currencies_in_use()
        .into_iter()
        .step_by(3)
        .enumerate()
    {
        let minor = 1_234_567 + 89 * i64::try_from(at).expect("number fits the type");
        let amount = Amount::from_minor_units(minor, currency).expect("valid amount");
        let payment = Payment::in_currency(&amount.to_decimal(), currency.code());
        let id = browser.begin_payment(&payment).await;
        let accepted = LANGUAGES[at % LANGUAGES.len()];
        let request = browser
            .page_request("GET", &format!("/payments/{id}"))
            .with_header("Accept-Language", accepted);
        let shown = page::visible_text(&request.send(app.address).await.text());
        let language = Language::negotiate_from_header(accepted).unwrap_or_default();
        let words = amount
            .format_in_language(language)
            .replace(['\u{a0}', '\u{202f}'], " ");
        assert!(shown.contains(&format!(" {words} ")), "{words}: {shown}");
        let digits = words
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>();
        assert_eq!(digits.parse(), Ok(minor), "{words}");
        let stored = "SELECT amount_minor FROM payments WHERE status = 'pending'";
        assert_eq!(probe.read_number(stored).await, minor, "{words}");
    }
    let many = "SELECT COUNT(DISTINCT currency) FROM payments";
    assert!(probe.read_number(many).await >= 50);
}

/// Tests docs/security.md#pay-02. The provider binds the code to amount and payee.
async fn service_with_psd2_receives_amount_and_payee(database: Database) {
    const SERVICE: &str = "VA000000000000000000000000000000d2";
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PROVIDER", "simulator")
        .with_setting("TWILIO_VERIFY_SERVICE_SID_PAYMENT", SERVICE)
        .with_setting("TWILIO_VERIFY_PAYMENT_PSD2", "true")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    // A Verify service with PSD2 permits no voice calls, so the server offers none.
    app.skip_resend_cooldown().await;
    let called = browser
        .submit_form(&call::request_voice_call(Purpose::Payment))
        .await;
    assert_eq!(called.expect_problem(), Problem::MethodUnavailable);
    browser.confirm_payment(&code).await.expect_step();
    let calls = app.simulator.list_calls().await;
    let (theirs, others): (Vec<_>, Vec<_>) = calls
        .into_iter()
        .filter(|call| call["operation"] == "create" || call["operation"] == "check")
        .partition(|call| {
            call["path"]
                .as_str()
                .is_some_and(|path| path.contains(SERVICE))
        });
    assert_eq!(
        theirs.len(),
        2,
        "the provider receives amount and payee with the send and the check"
    );
    for call in theirs {
        assert_eq!(call["params"]["Amount"], "150.00 USD", "{call}");
        assert_eq!(
            call["params"]["Payee"],
            payment.recipient.as_str(),
            "{call}"
        );
    }
    for call in others {
        assert!(call["params"].get("Amount").is_none(), "{call}");
    }
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}
