//! Text that people paste and type, on the pages and over the JSON API.

use domain::{Field, Problem, Purpose, Step};
use serde_json::{Value, json};

use crate::support::call::Payment;
use crate::support::{
    Browser, Database, TestApp, User, call, invalid_code, on_both_databases, page, wrong_code,
};

on_both_databases![
    phone_number_is_accepted_in_the_forms_in_which_it_is_pasted,
    api_accepts_phone_numbers_in_the_forms_in_which_they_are_pasted,
    outdated_and_foreign_phone_numbers_reach_the_number_that_is_meant,
    code_is_found_in_what_was_pasted,
    pasted_text_with_two_codes_costs_no_try,
    wrong_code_sent_twice_costs_one_try,
    wrong_authenticator_and_recovery_codes_sent_twice_cost_one_try,
    recovery_code_is_accepted_in_the_forms_in_which_it_is_pasted,
    text_that_cannot_be_a_recovery_code_costs_no_try,
    international_address_signs_in_in_every_form,
    international_address_belongs_to_one_account,
    identifier_is_accepted_with_invisible_characters,
    amount_is_read_in_the_language_of_the_page,
    null_in_a_request_means_absent,
    malformed_member_is_named,
];

/// The forms in which one American number is pasted.
fn pasted(phone: &str) -> Vec<String> {
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
    ]
}

async fn browser_at_the_credentials(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.browser();
    browser.register_details(user).await.step();
    browser
}

async fn phone_number_is_accepted_in_the_forms_in_which_it_is_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::new();
    for typed in pasted(&ann.phone) {
        let mut browser = browser_at_the_credentials(&app, &User::new()).await;
        let reply = browser
            .call(&call::credentials(&ann.password, &typed))
            .await;
        let Step::SendCode { hint, .. } = reply.step() else {
            panic!("{typed}: {:?}", reply.step());
        };
        assert!(hint.to_string().ends_with(&ann.phone[8..]), "{typed}");
        let stored = "SELECT phone FROM flows WHERE phone <> '' ORDER BY opened_at DESC LIMIT 1";
        assert_eq!(app.probe().await.text(stored).await, ann.phone, "{typed}");
    }
    let mut browser = browser_at_the_credentials(&app, &ann).await;
    for typed in [
        format!("tel:{};ext=12", ann.phone),
        format!("tel:{};isub=1", ann.phone),
        format!("{} x12", ann.phone),
        format!("{0}\n{0}", ann.phone),
        format!("CALL{}", &ann.phone[2..]),
    ] {
        let refused = browser
            .call(&call::credentials(&ann.password, &typed))
            .await;
        let problem = refused.refusal().about(Field::Phone).cloned();
        assert_eq!(problem, Some(Problem::PhoneInvalid), "{typed}");
    }
}

async fn api_accepts_phone_numbers_in_the_forms_in_which_they_are_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let program = app.api_client();
    for form in 0..pasted(&User::new().phone).len() {
        let ann = User::new();
        let typed = pasted(&ann.phone).swap_remove(form);
        let mut body = crate::support::ApiClient::registration(&ann);
        body["phone_number"] = json!(typed);
        let begun = program.post("/v1/register/start", &body).await;
        begun.ok(200);
        app.simulator.phone(&ann.phone).next_code().await;
    }
}

async fn outdated_and_foreign_phone_numbers_reach_the_number_that_is_meant(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::new();
    for (typed, canonical) in [
        ("+52 1 55 4163 7145", "+525541637145"),
        ("00 52 1 222 123 4567", "+522221234567"),
        ("+54 11 15 2345 6789", "+5491123456789"),
        ("+54 9 351 15 234 5678", "+5493512345678"),
        ("+7 8 912 345-67-89", "+79123456789"),
        ("＋８１９０１２３４５６７８", "+819012345678"),
        ("+٩٦٦٥٠١٢٣٤٥٦٧", "+966501234567"),
    ] {
        let mut browser = browser_at_the_credentials(&app, &User::new()).await;
        browser
            .call(&call::credentials(&ann.password, typed))
            .await
            .step();
        let stored = "SELECT phone FROM flows WHERE phone <> '' ORDER BY opened_at DESC LIMIT 1";
        assert_eq!(app.probe().await.text(stored).await, canonical, "{typed}");
    }
}

/// A code as other input methods and messages write it.
fn as_pasted(code: &str) -> [String; 6] {
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

async fn code_is_found_in_what_was_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let program = app.api_client();
    for form in 0..as_pasted("123456").len() {
        let mut browser = app.browser();
        let code = browser.sign_in_up_to_the_code(&app, &ann).await;
        let typed = as_pasted(&code).into_iter().nth(form).expect("a form");
        let step = browser.enter_code(Purpose::SignIn, &typed).await.step();
        assert_eq!(step, Step::Dashboard, "{typed}");
        app.skip_resend_cooldown().await;

        let (flow, code) = program.sign_in_up_to_the_code(&app, &ann).await;
        let typed = as_pasted(&code).into_iter().nth(form).expect("a form");
        program.verify(&flow, &typed).await.token(200);
        app.simulator.advance(3600).await;
    }
}

async fn pasted_text_with_two_codes_costs_no_try(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let checks = app.simulator.calls("check").await.len();
    for typed in [
        format!("{code} or {}", wrong_code(&code)),
        format!("{code},{code}"),
        format!("{code}1"),
        "Sallyport (1/2): use your code to sign in".to_owned(),
    ] {
        let reply = browser.enter_code(Purpose::SignIn, &typed).await;
        assert_eq!(
            reply.problem(),
            Problem::MalformedCode { digits: 6 },
            "{typed}"
        );
    }
    assert_eq!(app.simulator.calls("check").await.len(), checks);
    browser.enter_code(Purpose::SignIn, &code).await.step();
}

async fn wrong_code_sent_twice_costs_one_try(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let checks = app.simulator.calls("check").await.len();
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
        assert_eq!(reply.error_text(), invalid_code(left));
        assert!(reply.refusal().entry.is_some());
    }
    assert_eq!(app.simulator.calls("check").await.len(), checks + 3);
    let failures = "SELECT COUNT(*) FROM audit_events WHERE event = 'code_refused'";
    assert_eq!(app.probe().await.number(failures).await, 3);
    browser.enter_code(Purpose::SignIn, &code).await.step();

    // The code of a later message may be the one that was wrong before.
    app.skip_resend_cooldown().await;
    let program = app.api_client();
    let (flow, code) = program.sign_in_up_to_the_code(&app, &ann).await;
    let other = wrong_code(&code);
    for _ in 0..6 {
        let refused = program.verify(&flow, &other).await;
        assert_eq!(
            refused.refused(401, "invalid_code")["attempts_remaining"],
            4
        );
    }
    program.verify(&flow, &code).await.token(200);
}

async fn wrong_authenticator_and_recovery_codes_sent_twice_cost_one_try(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.member_with_authenticator().await;
    let code = authenticator.code().await;
    let mut browser = app.up_to_the_authenticator(&ann).await;
    let other = wrong_code(&code);
    for (typed, left) in [(&other, 4), (&other, 4), (&wrong_code(&code), 3)] {
        let reply = browser.enter_code(Purpose::SignIn, typed).await;
        assert_eq!(reply.error_text(), invalid_code(left));
    }
    browser.enter_code(Purpose::SignIn, &code).await.step();

    signed_in.step_up(&app, &ann).await;
    let codes = signed_in.make_recovery_codes().await;
    let program = app.api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    let flow = program.post("/v1/login", &login).await.flow(200);
    let unknown = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA";
    for typed in [unknown, "1. aaaa aaaa aaaa aaaa aaaa aaaa", unknown] {
        let refused = program.verify(&flow, typed).await;
        assert_eq!(
            refused.refused(401, "invalid_code")["attempts_remaining"],
            4
        );
    }
    program.verify(&flow, &codes[0]).await.token(200);
}

async fn recovery_code_is_accepted_in_the_forms_in_which_it_is_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut signed_in = app.browser();
    signed_in.sign_in(&app, &ann).await;
    let codes = signed_in.make_recovery_codes().await;
    let forms = [
        format!("1. {}", codes[0]),
        format!("\"{}\"", codes[1]),
        format!("{},", codes[2]),
        format!("10) {}", codes[3].replace('-', " ").to_lowercase()),
        format!(
            "\u{202a}Recovery code: {}\u{202c}",
            codes[4].replace('-', "\u{2011}")
        ),
    ];
    for typed in &forms {
        let mut browser = app.browser();
        browser
            .enter_password(&ann.username, &ann.password)
            .await
            .step();
        browser.call(&call::method("recovery")).await.step();
        let step = browser.enter_code(Purpose::SignIn, typed).await.step();
        assert_eq!(step, Step::Dashboard, "{typed}");
    }
    let program = app.api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    for typed in [format!("6. {}", codes[5]), format!("“{}”;", codes[6])] {
        let flow = program.post("/v1/login", &login).await.flow(200);
        program.verify(&flow, &typed).await.token(200);
    }
}

async fn text_that_cannot_be_a_recovery_code_costs_no_try(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut signed_in = app.browser();
    signed_in.sign_in(&app, &ann).await;
    let codes = signed_in.make_recovery_codes().await;
    let mut browser = app.browser();
    browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    browser.call(&call::method("recovery")).await.step();
    let program = app.api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    let flow = program.post("/v1/login", &login).await.flow(200);
    let two = format!("{} {}", codes[0], codes[1]);
    for typed in [
        "",
        "123456",
        "AAAA-BBBB",
        "not a code",
        &codes[0][1..],
        &two,
    ] {
        for _ in 0..3 {
            let refusal = browser.enter_code(Purpose::SignIn, typed).await.refusal();
            let problem = refusal.about(Field::Code);
            assert_eq!(problem, Some(&Problem::RecoveryCodeMalformed), "{typed}");
            program
                .verify(&flow, typed)
                .await
                .refused(400, "malformed_code");
        }
    }
    let failures = "SELECT COUNT(*) FROM audit_events WHERE event = 'code_refused'";
    assert_eq!(app.probe().await.number(failures).await, 0);
    browser.enter_code(Purpose::SignIn, &codes[0]).await.step();
    program.verify(&flow, &codes[1]).await.token(200);
}

fn with_email(email: &str) -> User {
    User {
        email: email.to_owned(),
        ..User::new()
    }
}

async fn international_address_signs_in_in_every_form(database: Database) {
    let app = TestApp::start(database).await;
    let ann = with_email("Joerg@MÜNCHEN.de");
    let mut browser = app.browser();
    browser.register(&app, &ann).await;
    let stored = "SELECT email FROM accounts";
    assert_eq!(app.probe().await.text(stored).await, "Joerg@münchen.de");
    let program = app.api_client();
    for identifier in [
        "Joerg@MÜNCHEN.de",
        "joerg@münchen.de",
        "joerg@mu\u{308}nchen.de",
        "joerg@xn--mnchen-3ya.de",
        "JOERG@XN--MNCHEN-3YA.DE",
        "<joerg@münchen。de>",
    ] {
        let reply = app
            .browser()
            .enter_password(identifier, &ann.password)
            .await;
        assert!(
            matches!(reply.step(), Step::ChooseMethod { .. }),
            "{identifier}"
        );
        // At most five messages an hour go to one number.
        app.simulator.advance(3600).await;
        let login = json!({ "identifier": identifier, "password": ann.password });
        program.post("/v1/login", &login).await.flow(200);
    }
    // Mail servers need not support international domains.
    app.skip_resend_cooldown().await;
    let mut signed_in = app.browser();
    signed_in.sign_in(&app, &ann).await;
    signed_in.make_recovery_codes().await;
    app.simulator.mails("Joerg@xn--mnchen-3ya.de").next().await;
}

async fn international_address_belongs_to_one_account(database: Database) {
    let app = TestApp::on(database)
        .with("SALLYPORT_ENUMERATION", "true")
        .start()
        .await;
    app.browser()
        .register(&app, &with_email("joerg@münchen.de"))
        .await;
    for email in [
        "joerg@xn--mnchen-3ya.de",
        "JOERG@MÜNCHEN.DE",
        "joerg@mün\u{ad}chen.de",
    ] {
        let reply = app.browser().register_details(&with_email(email)).await;
        assert_eq!(reply.problem(), Problem::EmailTaken, "{email}");
    }
    app.browser()
        .register_details(&with_email("joerg@munchen.de"))
        .await
        .step();
    for email in [
        "jörg@münchen.de",
        "joerg@mün chen.de",
        "joerg@-münchen.de",
        "joerg@münchen",
    ] {
        let reply = app.browser().register_details(&with_email(email)).await;
        assert_eq!(reply.problem(), Problem::EmailInvalid, "{email}");
    }
}

async fn identifier_is_accepted_with_invisible_characters(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let program = app.api_client();
    for identifier in [
        format!("\u{202a}{}\u{202c}", ann.username),
        format!("{}\u{200b}", ann.email),
        format!("mailto:{}", ann.email),
        format!("“{}”,", ann.email.to_uppercase()),
    ] {
        let reply = app
            .browser()
            .enter_password(&identifier, &ann.password)
            .await;
        assert!(
            matches!(reply.step(), Step::ChooseMethod { .. }),
            "{identifier}"
        );
        let login = json!({ "identifier": identifier, "password": ann.password });
        program.post("/v1/login", &login).await.flow(200);
        app.skip_resend_cooldown().await;
    }
}

async fn amount_is_read_in_the_language_of_the_page(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, payer) = app.payer().await;
    let mut german = payer.clone().with_accept_language("de");
    for (typed, amount) in [
        ("12,50", "12.50"),
        ("1.234,50", "1234.50"),
        ("1\u{202f}234,5", "1234.50"),
        ("12.50", "12.50"),
        ("１２，５０", "12.50"),
    ] {
        let reply = german.pay(&Payment::in_currency(typed, "EUR")).await;
        let id = match reply.step() {
            Step::Payment { id } => id,
            _ => german.current_payment().await.expect("it was begun here"),
        };
        let shown = page::visible_text(&german.payment_page(&id).await.text());
        assert!(shown.contains(&format!("{amount} EUR")), "{typed}: {shown}");
    }
    for (language, typed) in [("de", "1.234"), ("en", "12,50"), ("en", "1,234")] {
        let mut browser = payer.clone().with_accept_language(language);
        let reply = browser.pay(&Payment::in_currency(typed, "EUR")).await;
        assert_eq!(reply.problem(), Problem::AmountInvalid, "{typed}");
    }
    app.skip_resend_cooldown().await;
    let program = app.api_client();
    let token = program.sign_in(&app, &ann).await;
    let program = program.with_token(&token);
    for amount in ["12,50", "1.234,50", "1,234.50"] {
        program.pay(amount).await.refused(400, "invalid_fields");
    }
    program.pay("12.50").await.ok(200);
}

async fn null_in_a_request_means_absent(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.api_client(), User::new());
    let mut body = crate::support::ApiClient::registration(&ann);
    body["captcha"] = Value::Null;
    let mut phone = app.simulator.phone(&ann.phone);
    let flow = program.post("/v1/register/start", &body).await.flow(200);
    let code = phone.next_code().await;
    let verify = json!({ "flow": flow, "code": code });
    program.post("/v1/register/verify", &verify).await.ok(201);
    app.skip_resend_cooldown().await;
    let login = json!({
        "identifier": null, "email": ann.email, "password": ann.password, "captcha": null,
        "method": null,
    });
    phone.skip_received_messages().await;
    let flow = program.post("/v1/login", &login).await.flow(200);
    let code = phone.next_code().await;
    let token = program.verify(&flow, &code).await.token(200);
    let program = program.with_token(&token);
    let payment = json!({
        "amount": "1.00", "currency": "USD", "recipient": "Acme", "description": null, "method": null,
    });
    program
        .post("/v1/payments/initiate", &payment)
        .await
        .ok(200);

    // A member that is required is missing, and named.
    for member in ["amount", "recipient"] {
        let mut payment = payment.clone();
        payment[member] = Value::Null;
        let refused = program.post("/v1/payments/initiate", &payment).await;
        let body = refused.refused(400, "invalid_fields");
        let errors = body["errors"].as_array().expect("a list");
        let named = |error: &&Value| error["field"] == member && error["code"] == "missing";
        assert!(errors.iter().any(|error| named(&error)), "{member}: {body}");
    }
    body["password"] = Value::Null;
    let refused = program.post("/v1/register/start", &body).await;
    assert_eq!(
        refused.refused(400, "invalid_fields")["errors"][0]["field"],
        "password"
    );
}

async fn malformed_member_is_named(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.api_client(), User::new());
    for (member, value) in [
        ("captcha", json!(5)),
        ("password", json!(["secret"])),
        ("name", json!({ "first": "Ann" })),
        ("username", json!(true)),
    ] {
        let mut body = crate::support::ApiClient::registration(&ann);
        body[member] = value;
        let refused = program.post("/v1/register/start", &body).await;
        let body = refused.refused(400, "malformed_json");
        let errors = body["errors"].as_array().expect("a list");
        assert_eq!(errors.len(), 1, "{body}");
        assert_eq!(
            (&errors[0]["field"], &errors[0]["code"]),
            (&json!(member), &json!("malformed"))
        );
        assert!(!body.to_string().contains("secret"));
    }
    let login = json!({ "identifier": 7, "password": "x", "method": 1, "unknown": [] });
    let refused = program.post("/v1/login", &login).await;
    let body = refused.refused(400, "malformed_json");
    assert_eq!(body["errors"][0]["field"], "identifier");
    assert_eq!(body["errors"][1]["field"], "method");
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(2));
}
