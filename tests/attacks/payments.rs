//! Payments that must not be executed.

use domain::{Amount, Currency, Language, Problem, Purpose, Step};

use crate::support::call::{self, Payment};
use crate::support::payment::{ABOVE_THRESHOLD, EXECUTED, FAILED, UNAUDITED_FAILURES};
use crate::support::{Database, TestApp, User, on_both_databases, page, wrong_code};

on_both_databases![
    what_is_sent_along_with_a_code_changes_nothing,
    code_of_one_payment_is_refused_by_another_payment,
    code_sent_before_a_phone_change_confirms_no_payment,
    recovery_code_confirms_no_payment,
    sixth_attempt_pays_nothing_even_with_the_correct_code,
    only_the_session_that_initiated_a_payment_confirms_it,
    what_a_payment_stands_on_takes_it_along,
    every_amount_is_shown_as_it_is_stored,
    service_with_psd2_receives_amount_and_payee,
];

/// Tests docs/security.md#pay-01.
async fn what_is_sent_along_with_a_code_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let payment = Payment::of(ABOVE_THRESHOLD);
    let (id, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    let mut check = call::check(Purpose::Payment, &code);
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
    browser.call(&check).await.step();
    let probe = app.probe().await;
    let shown = browser.payment(&id).await;
    assert!(shown.contains("Amount 150.00 USD"), "{shown}");
    let paid = "SELECT amount_minor FROM ledger_entries WHERE currency = 'USD'";
    assert_eq!(probe.number(paid).await, 15_000);
    let recipient = probe.text("SELECT recipient FROM ledger_entries").await;
    assert_eq!(recipient, payment.recipient);
}

/// Tests docs/security.md#pay-02, docs/security.md#otp-10.
async fn code_of_one_payment_is_refused_by_another_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let (_, first) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of("110"))
        .await;
    app.skip_resend_cooldown().await;
    let (_, second) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of("1000"))
        .await;
    assert_ne!(first, second);
    let refused = browser.confirm(&first).await;
    assert!(matches!(refused.problem(), Problem::InvalidCode { .. }));
    let probe = app.probe().await;
    assert_eq!(probe.number(EXECUTED).await, 0);
    browser.confirm(&second).await.step();
    let paid = "SELECT amount_minor FROM ledger_entries";
    assert_eq!(probe.number(paid).await, 100_000);
}

/// Tests docs/security.md#pay-05, docs/security.md#totp-01.
async fn code_sent_before_a_phone_change_confirms_no_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.member_with_authenticator().await;
    let probe = app.probe().await;
    let code = authenticator.code().await;
    let mut browser = app.up_to_the_authenticator(&ann).await;
    browser.enter_code(Purpose::SignIn, &code).await.step();
    browser.begin_payment(&Payment::of(ABOVE_THRESHOLD)).await;
    let chosen = call::method_of(Purpose::Payment, "totp");
    browser.call(&chosen).await.entry();
    let refused = browser.confirm(&code).await;
    assert!(matches!(refused.problem(), Problem::InvalidCode { .. }));
    assert_eq!(probe.number(EXECUTED).await, 0);
    app.simulator.advance_to_next_totp_step().await;
    let fresh = authenticator.code().await;
    browser.confirm(&fresh).await.step();
    assert_eq!(probe.number(EXECUTED).await, 1);
    // A used code confirms no second payment.
    browser.begin_payment(&Payment::of(ABOVE_THRESHOLD)).await;
    browser.call(&chosen).await.entry();
    assert!(browser.confirm(&fresh).await.is_refused());
    browser.cancel(Purpose::Payment).await.step();

    app.skip_resend_cooldown().await;
    let (_, paid) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    browser.confirm(&paid).await.step();
    app.skip_resend_cooldown().await;
    let (_, other) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    if other != paid {
        assert!(browser.confirm(&paid).await.is_refused());
    }
    assert_eq!(probe.number(EXECUTED).await, 2);
}

async fn recovery_code_confirms_no_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.payer().await;
    let codes = browser.make_recovery_codes().await;
    let step = browser.pay(&Payment::of(ABOVE_THRESHOLD)).await.step();
    let Step::ChooseMethod { methods, .. } = step else {
        panic!("{step:?}")
    };
    let offered: Vec<&str> = methods
        .iter()
        .map(|option| option.method.as_str())
        .collect();
    assert_eq!(offered, ["sms", "totp"]);
    let chosen = call::method_of(Purpose::Payment, "recovery");
    let refused = browser.call(&chosen).await;
    assert_eq!(refused.problem(), Problem::MethodUnavailable);
    assert!(browser.confirm(&codes[0]).await.is_refused());
    assert_eq!(app.probe().await.number(EXECUTED).await, 0);
}

/// Tests docs/security.md#pay-06, docs/security.md#otp-06.
async fn sixth_attempt_pays_nothing_even_with_the_correct_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.member_with_authenticator().await;
    let (_, code) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    for left in [4, 3] {
        let refused = browser.confirm(&wrong_code(&code)).await;
        assert_eq!(
            refused.problem(),
            Problem::InvalidCode {
                attempts_remaining: left
            }
        );
    }
    // Neither a new code nor another method gives a further attempt.
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    browser.send_code(Purpose::Payment).await.entry();
    let code = phone.next_code().await;
    let refused = browser.confirm(&wrong_code(&code)).await;
    let left = Problem::InvalidCode {
        attempts_remaining: 2,
    };
    assert_eq!(refused.problem(), left);
    let back = call::another_method_of(Purpose::Payment);
    browser.call(&back).await.step();
    let chosen = call::method_of(Purpose::Payment, "totp");
    browser.call(&chosen).await.entry();
    app.simulator.advance_to_next_totp_step().await;
    let right = authenticator.code().await;
    let refused = browser.confirm(&wrong_code(&right)).await;
    let left = Problem::InvalidCode {
        attempts_remaining: 1,
    };
    assert_eq!(refused.problem(), left);
    let refused = browser.confirm(&wrong_code(&right)).await;
    assert_eq!(refused.problem(), Problem::AttemptsUsedUp);
    let refused = browser.confirm(&right).await;
    assert_eq!(refused.error_text(), "Payment already failed");
    let probe = app.probe().await;
    assert_eq!(probe.number(FAILED).await, 1);
    assert_eq!(probe.number(EXECUTED).await, 0);
}

/// Tests docs/security.md#pay-07, docs/security.md#sm-09.
async fn only_the_session_that_initiated_a_payment_confirms_it(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let mut other = app.browser();
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let (_, mut stranger) = app.payer().await;
    let (id, code) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    let handle = browser.flow_token(Purpose::Payment).expect("a handle");
    let shown = other.payment(&id).await;
    assert!(shown.contains("Status Pending"), "{shown}");
    assert!(!shown.contains("One-time code"), "{shown}");
    let probe = app.probe().await;
    for thief in [&mut other, &mut stranger] {
        let cookie = call::flow_token_cookie(Purpose::Payment).to_owned();
        thief.cookies.insert(cookie, handle.clone());
        let refused = thief.confirm(&code).await;
        assert_eq!(refused.problem(), Problem::FlowEnded);
        assert!(thief.send_code(Purpose::Payment).await.is_refused());
        thief.cancel(Purpose::Payment).await.step();
    }
    assert_eq!(probe.number(EXECUTED).await, 0);
    browser.confirm(&code).await.step();
    assert_eq!(probe.number(EXECUTED).await, 1);
}

/// Tests docs/security.md#pay-07, docs/security.md#sm-12.
async fn what_a_payment_stands_on_takes_it_along(database: Database) {
    let app = TestApp::on(database)
        .with("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let probe = app.probe().await;
    let payment = Payment::of(ABOVE_THRESHOLD);

    // The user signs out and signs in again.
    let (ann, mut browser) = app.payer().await;
    let (_, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    let held = browser.cookies.clone();
    browser.sign_out().await.step();
    browser.cookies.clone_from(&held);
    assert!(browser.confirm(&code).await.is_refused());
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let handle = call::flow_token_cookie(Purpose::Payment);
    browser
        .cookies
        .insert(handle.to_owned(), held[handle].clone());
    let refused = browser.confirm(&code).await;
    assert_eq!(refused.problem(), Problem::FlowEnded);

    // A new token for the session, as after a step-up.
    app.skip_resend_cooldown().await;
    let (_, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    app.skip_resend_cooldown().await;
    browser.step_up(&app, &ann).await;
    assert!(browser.confirm(&code).await.is_refused());

    // The user changes the phone number.
    app.skip_resend_cooldown().await;
    let (id, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    let new = User::new().phone;
    let mut phone = app.simulator.phone(&new);
    browser.call(&call::new_phone(&new)).await.step();
    let proof = phone.next_code().await;
    browser
        .enter_code(Purpose::PhoneChange, &proof)
        .await
        .step();
    browser.call(&call::confirm_phone()).await.step();
    assert!(browser.confirm(&code).await.is_refused());
    let shown = browser.payment(&id).await;
    assert!(shown.contains("Status Failed"), "{shown}");

    // The account is disabled after the code was sent and before it is checked.
    let (bob, mut browser) = app.payer().await;
    let (_, code) = browser.initiate_and_read_code(&app, &bob, &payment).await;
    let said = app.user(&["disable", &bob.username]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(browser.confirm(&code).await.is_refused());
    assert_eq!(probe.number(EXECUTED).await, 0);
    assert!(probe.number(FAILED).await >= 2);
    assert_eq!(probe.number(UNAUDITED_FAILURES).await, 0, "PAY-09");
}

/// Tests docs/security.md#pay-08.
async fn every_amount_is_shown_as_it_is_stored(database: Database) {
    const LANGUAGES: [&str; 5] = ["en-US", "de-DE", "fr-CH", "ar-EG", "hi-IN"];
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.payer().await;
    let probe = app.probe().await;
    for (at, currency) in Currency::list_in_use().into_iter().step_by(3).enumerate() {
        let minor = 1_234_567 + 89 * i64::try_from(at).expect("few");
        let amount = Amount::from_minor(minor, currency).expect("in range");
        let payment = Payment::in_currency(&amount.to_decimal(), currency.code());
        let id = browser.begin_payment(&payment).await;
        let accepted = LANGUAGES[at % LANGUAGES.len()];
        let request = browser
            .page_request("GET", &format!("/payments/{id}"))
            .with("Accept-Language", accepted);
        let shown = page::visible_text(&request.send(app.address).await.text());
        let language = Language::negotiate(accepted).unwrap_or_default();
        let words = amount
            .written_in(language)
            .replace(['\u{a0}', '\u{202f}'], " ");
        assert!(shown.contains(&format!(" {words} ")), "{words}: {shown}");
        let digits = words
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>();
        assert_eq!(digits.parse(), Ok(minor), "{words}");
        let stored = "SELECT amount_minor FROM payments WHERE status = 'pending'";
        assert_eq!(probe.number(stored).await, minor, "{words}");
    }
    let many = "SELECT COUNT(DISTINCT currency) FROM payments";
    assert!(probe.number(many).await >= 50);
}

/// docs/security.md#pay-02: with the provider's own binding.
async fn service_with_psd2_receives_amount_and_payee(database: Database) {
    const SERVICE: &str = "VA000000000000000000000000000000d2";
    let app = TestApp::on(database)
        .with("SALLYPORT_PROVIDER", "simulator")
        .with("TWILIO_VERIFY_SERVICE_SID_PAYMENT", SERVICE)
        .with("TWILIO_VERIFY_PAYMENT_PSD2", "true")
        .start()
        .await;
    let (ann, mut browser) = app.payer().await;
    let payment = Payment::of(ABOVE_THRESHOLD);
    let (_, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    // A Verify service with PSD2 permits no voice calls.
    app.skip_resend_cooldown().await;
    let called = browser
        .call(&call::request_voice_call(Purpose::Payment))
        .await;
    assert_eq!(called.problem(), Problem::MethodUnavailable);
    browser.confirm(&code).await.step();
    let calls = app.simulator.ledger().await;
    let (theirs, others): (Vec<_>, Vec<_>) = calls
        .into_iter()
        .filter(|call| call["operation"] == "create" || call["operation"] == "check")
        .partition(|call| {
            call["path"]
                .as_str()
                .is_some_and(|path| path.contains(SERVICE))
        });
    assert_eq!(theirs.len(), 2, "a send and a check");
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
    assert_eq!(app.probe().await.number(EXECUTED).await, 1);
}
