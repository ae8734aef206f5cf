//! Phone numbers, codes and recovery codes that people paste, on the pages and over the JSON API.

use domain::{Field, Problem, Purpose, Step};
use serde_json::json;

use crate::support::call::Payment;
use crate::support::{
    Browser, Database, TestApp, User, call, invalid_code_text, on_both_databases, wrong_code,
};

on_both_databases![
    phone_number_is_accepted_in_the_forms_in_which_it_is_pasted,
    api_accepts_phone_numbers_in_the_forms_in_which_they_are_pasted,
    outdated_and_foreign_forms_of_a_phone_number_are_read_as_the_current_number,
    code_is_found_in_pasted_text,
    code_is_found_in_the_pasted_message_of_a_payment_with_as_many_digits,
    pasted_text_with_two_codes_uses_up_no_attempt,
    wrong_code_sent_twice_costs_one_attempt,
    wrong_authenticator_and_recovery_codes_sent_twice_cost_one_attempt,
];

/// Returns the forms in which users paste an American phone number.
fn pasted_forms_of_phone(phone: &str) -> Vec<String> {
    let (area, office, line) = (&phone[2..5], &phone[5..8], &phone[8..]);
    let with_zero = |zero: u32| -> String {
        let digit = |digit: char| {
            digit
                .to_digit(10)
                .and_then(|value| char::from_u32(zero + value))
        };
        phone.chars().map(|c| digit(c).unwrap_or(c)).collect()
    };
    vec![
        format!("\u{202a}+1 ({area}) {office}-{line}\u{202c}"),
        format!("\u{200e}+1 {area} {office} {line}\u{200e}"),
        format!("\u{2068}+1{area}{office}{line}\u{2069}"),
        format!("+1\u{200b}{area}\u{200b}{office}{line}"),
        format!("\u{feff}{phone}"),
        format!("\u{2066}+1\u{2060}{area}\u{ad}{office}{line}\u{2069}"),
        format!("{area}\t{office}\t{line}"),
        format!("tel:+1-{area}-{office}-{line}"),
        format!("tel:+1-{area}-{office}-{line};phone-context=example.com"),
        format!("Mobile: +1 {area} {office} {line}"),
        format!("“+1 {area} {office} {line}”,"),
        format!("+1 {area} {office} {line} (mobile)"),
        format!("+1{area}－{office}－{line}"),
        format!("+1 {area}\u{2212}{office}\u{2014}{line}"),
        with_zero(0xff10).replace('+', "＋"),
        with_zero(0x660),
        with_zero(0x966),
        format!("001 {area} {office} {line}"),
        format!("Business Phone 2: ({area}) {office}-{line}"),
        format!("Mobile 1: {area} {office} {line}"),
    ]
}

/// Begins a registration up to password and phone number.
async fn begin_registration_until_credentials(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(user)
        .await
        .expect_step();
    browser
}

async fn phone_number_is_accepted_in_the_forms_in_which_it_is_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    for typed in pasted_forms_of_phone(&ann.phone) {
        let mut browser =
            begin_registration_until_credentials(&app, &User::with_unique_details()).await;
        let reply = browser
            .submit_form(&call::submit_registration_credentials(
                &ann.password,
                &typed,
            ))
            .await;
        let Step::SendCode { hint, .. } = reply.expect_step() else {
            panic!("{typed}: {:?}", reply.expect_step());
        };
        assert!(hint.to_string().ends_with(&ann.phone[8..]), "{typed}");
        let stored = "SELECT phone FROM flows WHERE phone <> '' ORDER BY opened_at DESC LIMIT 1";
        assert_eq!(
            app.open_database().await.read_text(stored).await,
            ann.phone,
            "{typed}"
        );
    }
    let mut browser = begin_registration_until_credentials(&app, &ann).await;
    for typed in [
        format!("tel:{};ext=12", ann.phone),
        format!("tel:{};isub=1", ann.phone),
        format!("{} x12", ann.phone),
        format!("{0}\n{0}", ann.phone),
        format!("CALL{}", &ann.phone[2..]),
    ] {
        let refused = browser
            .submit_form(&call::submit_registration_credentials(
                &ann.password,
                &typed,
            ))
            .await;
        let problem = refused
            .expect_errors()
            .first_problem_of(Field::Phone)
            .cloned();
        assert_eq!(problem, Some(Problem::PhoneInvalid), "{typed}");
    }
}

async fn api_accepts_phone_numbers_in_the_forms_in_which_they_are_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let program = app.new_api_client();
    for form in 0..pasted_forms_of_phone(&User::with_unique_details().phone).len() {
        let ann = User::with_unique_details();
        let typed = pasted_forms_of_phone(&ann.phone).swap_remove(form);
        let mut body = crate::support::ApiClient::registration_body(&ann);
        body["phone_number"] = json!(typed);
        let begun = program.post("/v1/register/start", &body).await;
        begun.expect_status(200);
        app.simulator
            .phone_with_number(&ann.phone)
            .next_code()
            .await;
    }
}

async fn outdated_and_foreign_forms_of_a_phone_number_are_read_as_the_current_number(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    for (typed, canonical) in [
        ("+52 1 55 4163 7145", "+525541637145"),
        ("00 52 1 222 123 4567", "+522221234567"),
        ("+54 11 15 2345 6789", "+5491123456789"),
        ("+54 9 351 15 234 5678", "+5493512345678"),
        ("+54 9 011 2345-6789", "+5491123456789"),
        ("+52 01 55 4163 7145", "+525541637145"),
        ("+55 (31) 8765-4321", "+5531987654321"),
        ("+993 8 65 123456", "+99365123456"),
        ("+7 8 912 345-67-89", "+79123456789"),
        ("＋８１９０１２３４５６７８", "+819012345678"),
        ("+٩٦٦٥٠١٢٣٤٥٦٧", "+966501234567"),
        ("｢+٩٦٦٥٠١٢٣٤٥٦٧،｣", "+966501234567"),
        (
            "Business Phone 2: +1 415 555 0142, Cell Phone",
            "+14155550142",
        ),
    ] {
        let mut browser =
            begin_registration_until_credentials(&app, &User::with_unique_details()).await;
        browser
            .submit_form(&call::submit_registration_credentials(&ann.password, typed))
            .await
            .expect_step();
        let stored = "SELECT phone FROM flows WHERE phone <> '' ORDER BY opened_at DESC LIMIT 1";
        assert_eq!(
            app.open_database().await.read_text(stored).await,
            canonical,
            "{typed}"
        );
    }
}

/// Returns the forms in which input methods and messages write a code.
fn pasted_forms_of_code(code: &str) -> [String; 6] {
    let with_zero = |zero: u32| -> String {
        let digit = |digit: char| {
            digit
                .to_digit(10)
                .and_then(|value| char::from_u32(zero + value))
        };
        code.chars().filter_map(digit).collect()
    };
    let (first, second) = code.split_at(code.len() / 2);
    [
        with_zero(0x660),
        with_zero(0xff10),
        format!("{first}\u{2011}{second}\u{200b}"),
        format!("Sallyport (1/2): use {code} to sign in"),
        format!("\"{first} {second}\","),
        format!("Ihr Code lautet {first} {second}. Er gilt 10 Minuten."),
    ]
}

async fn code_is_found_in_pasted_text(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let program = app.new_api_client();
    for form in 0..pasted_forms_of_code("123456").len() {
        let mut browser = app.new_browser();
        let code = browser.sign_in_until_code(&app, &ann).await;
        let typed = pasted_forms_of_code(&code)
            .into_iter()
            .nth(form)
            .expect("a form");
        let step = browser
            .enter_code(Purpose::SignIn, &typed)
            .await
            .expect_step();
        assert_eq!(step, Step::Dashboard, "{typed}");
        app.skip_resend_cooldown().await;

        let (flow, code) = program.sign_in_until_code(&app, &ann).await;
        let typed = pasted_forms_of_code(&code)
            .into_iter()
            .nth(form)
            .expect("a form");
        program
            .submit_sign_in_code(&flow, &typed)
            .await
            .access_token(200);
        app.simulator.advance_clock(3600).await;
    }
}

async fn code_is_found_in_the_pasted_message_of_a_payment_with_as_many_digits(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PROVIDER", "simulator")
        .with_setting(
            "TWILIO_VERIFY_SERVICE_SID_PAYMENT",
            "VA000000000000000000000000000000d2",
        )
        .with_setting("TWILIO_VERIFY_PAYMENT_PSD2", "true")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    for currency in ["JPY", "KRW"] {
        let payment = Payment {
            recipient: "Acme Inc. 2000".to_owned(),
            ..Payment::in_currency("150000", currency)
        };
        let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
        let messages = app.simulator.list_messages().await;
        let message = messages
            .iter()
            .find(|message| message["code"] == code.as_str())
            .and_then(|message| message["body"].as_str())
            .expect("message with the code");
        assert!(message.contains(&format!("150000 {currency}")), "{message}");
        let step = browser.confirm_payment(message).await.expect_step();
        assert_eq!(step, Step::Payment { id }, "{message}");
        app.skip_resend_cooldown().await;
    }
}

async fn pasted_text_with_two_codes_uses_up_no_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let checks = app.simulator.list_calls_of("check").await.len();
    for typed in [
        format!("{code} or {}", wrong_code(&code)),
        format!("{code},{code}"),
        format!("{code}1"),
        "Sallyport (1/2): use your code to sign in".to_owned(),
    ] {
        let reply = browser.enter_code(Purpose::SignIn, &typed).await;
        assert_eq!(
            reply.expect_problem(),
            Problem::MalformedCode { digits: 6 },
            "{typed}"
        );
    }
    assert_eq!(app.simulator.list_calls_of("check").await.len(), checks);
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
}

async fn wrong_code_sent_twice_costs_one_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let checks = app.simulator.list_calls_of("check").await.len();
    let (first, second) = (wrong_code(&code), wrong_code(&code));
    let spaced = format!("{} {}", &second[..3], &second[3..]);
    for (typed, left) in [
        (&first, 4),
        (&first, 4),
        (&second, 3),
        (&spaced, 3),
        (&second, 3),
        (&first, 2),
    ] {
        let reply = browser.enter_code(Purpose::SignIn, typed).await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
        assert!(reply.expect_errors().entry.is_some());
    }
    assert_eq!(app.simulator.list_calls_of("check").await.len(), checks + 3);
    let failures = "SELECT COUNT(*) FROM audit_events WHERE event = 'code_refused'";
    assert_eq!(app.open_database().await.read_number(failures).await, 3);
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();

    // A code that was wrong for one message can be the correct code of a later message.
    app.skip_resend_cooldown().await;
    let program = app.new_api_client();
    let (flow, code) = program.sign_in_until_code(&app, &ann).await;
    let other = wrong_code(&code);
    for _ in 0..6 {
        let refused = program.submit_sign_in_code(&flow, &other).await;
        assert_eq!(
            refused.expect_error(401, "invalid_code")["attempts_remaining"],
            4
        );
    }
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
}

async fn wrong_authenticator_and_recovery_codes_sent_twice_cost_one_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.register_user_with_authenticator().await;
    let code = authenticator.current_code().await;
    let mut browser = app.sign_in_until_totp_code(&ann).await;
    let [first, second] = [
        authenticator.wrong_code().await,
        authenticator.wrong_code().await,
    ];
    for (typed, left) in [(&first, 4), (&first, 4), (&second, 3)] {
        let reply = browser.enter_code(Purpose::SignIn, typed).await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
    }
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();

    signed_in.complete_step_up(&app, &ann).await;
    let codes = signed_in.create_recovery_codes().await;
    let program = app.new_api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let unknown = "AAAA-AAAA-AAAAA";
    for typed in [unknown, "1. aaaa aaaa aaaaa", unknown] {
        let refused = program.submit_sign_in_code(&flow, typed).await;
        assert_eq!(
            refused.expect_error(401, "invalid_code")["attempts_remaining"],
            4
        );
    }
    program
        .submit_sign_in_code(&flow, &codes[0])
        .await
        .access_token(200);
}
