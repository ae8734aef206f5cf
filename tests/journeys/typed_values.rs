//! E-mail addresses, usernames and amounts as people type them, and absent or malformed members of requests.

use domain::{Field, Problem, Step};
use serde_json::{Value, json};

use crate::support::call::Payment;
use crate::support::{Database, TestApp, User, on_both_databases, page};

on_both_databases![
    user_signs_in_with_every_form_of_an_international_email_address,
    forms_of_an_international_email_address_belong_to_one_account,
    sign_in_identifier_is_accepted_with_invisible_characters,
    amount_is_read_in_the_language_of_the_page,
    full_name_is_saved_without_invisible_characters,
    name_without_a_visible_character_is_reported_as_missing,
    error_of_a_sign_in_names_all_missing_members,
    null_in_a_request_counts_as_an_absent_member,
    error_names_the_malformed_member,
];

/// Returns the details of a user with this e-mail address.
fn user_with_email(email: &str) -> User {
    User {
        email: email.to_owned(),
        ..User::with_unique_details()
    }
}

async fn user_signs_in_with_every_form_of_an_international_email_address(database: Database) {
    let app = TestApp::start(database).await;
    let ann = user_with_email("Joerg@MÜNCHEN.de");
    let mut browser = app.new_browser();
    browser.register(&app, &ann).await;
    let stored = "SELECT email FROM accounts";
    assert_eq!(
        app.open_database().await.read_text(stored).await,
        "Joerg@münchen.de"
    );
    let program = app.new_api_client();
    for identifier in [
        "Joerg@MÜNCHEN.de",
        "joerg@münchen.de",
        "joerg@mu\u{308}nchen.de",
        "joerg@xn--mnchen-3ya.de",
        "JOERG@XN--MNCHEN-3YA.DE",
        "<joerg@münchen。de>",
    ] {
        let reply = app
            .new_browser()
            .enter_password(identifier, &ann.password)
            .await;
        assert!(
            matches!(reply.expect_step(), Step::ChooseMethod { .. }),
            "{identifier}"
        );
        // At most five messages an hour go to one number.
        app.simulator.advance_clock(3600).await;
        let login = json!({ "identifier": identifier, "password": ann.password });
        program.post("/v1/login", &login).await.flow_token(200);
    }
    // Mail servers need not support international domains.
    app.skip_resend_cooldown().await;
    let mut signed_in = app.new_browser();
    signed_in.sign_in(&app, &ann).await;
    signed_in.create_recovery_codes().await;
    app.simulator
        .mailbox_of("Joerg@xn--mnchen-3ya.de")
        .next_mail()
        .await;
}

async fn forms_of_an_international_email_address_belong_to_one_account(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_ENUMERATION", "true")
        .start()
        .await;
    app.new_browser()
        .register(&app, &user_with_email("joerg@münchen.de"))
        .await;
    for email in [
        "joerg@xn--mnchen-3ya.de",
        "JOERG@MÜNCHEN.DE",
        "joerg@mün\u{ad}chen.de",
    ] {
        let reply = app
            .new_browser()
            .submit_registration_details(&user_with_email(email))
            .await;
        assert_eq!(reply.expect_problem(), Problem::EmailTaken, "{email}");
    }
    app.new_browser()
        .submit_registration_details(&user_with_email("joerg@munchen.de"))
        .await
        .expect_step();
    for email in [
        "jörg@münchen.de",
        "joerg@mün chen.de",
        "joerg@-münchen.de",
        "joerg@münchen",
    ] {
        let reply = app
            .new_browser()
            .submit_registration_details(&user_with_email(email))
            .await;
        assert_eq!(reply.expect_problem(), Problem::EmailInvalid, "{email}");
    }
}

async fn sign_in_identifier_is_accepted_with_invisible_characters(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let program = app.new_api_client();
    for identifier in [
        format!("\u{202a}{}\u{202c}", ann.username),
        format!("{}\u{200b}", ann.email),
        format!("mailto:{}", ann.email),
        format!("“{}”,", ann.email.to_uppercase()),
    ] {
        let reply = app
            .new_browser()
            .enter_password(&identifier, &ann.password)
            .await;
        assert!(
            matches!(reply.expect_step(), Step::ChooseMethod { .. }),
            "{identifier}"
        );
        let login = json!({ "identifier": identifier, "password": ann.password });
        program.post("/v1/login", &login).await.flow_token(200);
        app.skip_resend_cooldown().await;
    }
}

async fn amount_is_read_in_the_language_of_the_page(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, payer) = app.sign_in_new_user().await;
    let mut german = payer.clone().with_accept_language("de");
    let mut english = payer.clone().with_accept_language("en");
    for (language, typed, amount, quote) in [
        ("de", "12,50", "12,50 EUR", "12,50 € an "),
        ("de", "1.234,50", "1.234,50 EUR", "1.234,50 € an "),
        ("de", "1\u{202f}234,5", "1.234,50 EUR", "1.234,50 € an "),
        ("de", "1.234 €", "1.234,00 EUR", "1.234,00 € an "),
        ("de", "12.50", "12,50 EUR", "12,50 € an "),
        ("de", "１２，５０", "12,50 EUR", "12,50 € an "),
        ("en", "12.50", "12.50 EUR", "€12.50 to "),
        ("en", "1,234", "1,234.00 EUR", "€1,234.00 to "),
        ("en", "€1,234.50", "1,234.50 EUR", "€1,234.50 to "),
        ("en", "1,234.5 EUR", "1,234.50 EUR", "€1,234.50 to "),
    ] {
        let browser = if language == "de" {
            &mut german
        } else {
            &mut english
        };
        let reply = browser
            .submit_payment(&Payment::in_currency(typed, "EUR"))
            .await;
        let id = match reply.expect_step() {
            Step::Payment { id } => id,
            _ => browser
                .current_payment_id()
                .await
                .expect("payment was begun in this browser"),
        };
        let shown = page::visible_text(&browser.load_payment_page(&id).await.text());
        assert!(shown.contains(&format!(" {amount} ")), "{typed}: {shown}");
        assert!(shown.contains(&format!(" {quote}")), "{typed}: {shown}");
    }
    for (language, typed) in [
        ("de", "12.34,5"),
        ("fr", "1.234"),
        ("en", "12,50"),
        ("en", "1,23"),
        ("en", "12,34.5"),
        ("en", "$1,234"),
    ] {
        let mut browser = payer.clone().with_accept_language(language);
        let reply = browser
            .submit_payment(&Payment::in_currency(typed, "EUR"))
            .await;
        assert_eq!(reply.expect_problem(), Problem::AmountInvalid, "{typed}");
    }
    app.skip_resend_cooldown().await;
    let program = app.new_api_client();
    let token = program.sign_in(&app, &ann).await;
    let program = program.with_token(&token);
    for amount in ["12,50", "1.234,50", "1,234.50"] {
        program
            .begin_payment(amount)
            .await
            .expect_error(400, "invalid_fields");
    }
    program.begin_payment("12.50").await.expect_status(200);
}

async fn full_name_is_saved_without_invisible_characters(database: Database) {
    let app = TestApp::start(database).await;
    let pasted = User {
        full_name: "\u{2068}Ann Lee\u{2069}\u{200e}".to_owned(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &pasted).await;
    let probe = app.open_database().await;
    let stored = probe.read_text("SELECT full_name FROM accounts").await;
    assert_eq!(stored, "Ann Lee");
}

async fn name_without_a_visible_character_is_reported_as_missing(database: Database) {
    let app = TestApp::start(database).await;
    for name in ["\u{200b}", "\u{3164}\u{2800}", "\u{2066}\u{2069}"] {
        let mut body = crate::support::ApiClient::registration_body(&User::with_unique_details());
        body["name"] = json!(name);
        let refused = app.new_api_client().post("/v1/register/start", &body).await;
        let body = refused.expect_error(400, "invalid_fields");
        let (error, problem) = (&body["error"], &body["errors"][0]["code"]);
        assert_eq!(
            (error, problem),
            (&json!("All fields required"), &json!("missing")),
            "{name:?}"
        );
    }
    let (_, mut payer) = app.sign_in_new_user().await;
    let payment = Payment {
        recipient: "\u{3164}".to_owned(),
        ..Payment::in_currency("5", "USD")
    };
    let refusal = payer.submit_payment(&payment).await.expect_errors();
    assert_eq!(
        refusal.first_problem_of(Field::Recipient),
        Some(&Problem::Missing)
    );
}

async fn error_of_a_sign_in_names_all_missing_members(database: Database) {
    let app = TestApp::start(database).await;
    let program = app.new_api_client();
    for (login, missing) in [
        (json!({}), vec!["identifier", "password"]),
        (
            json!({ "identifier": "\u{200b}", "password": "" }),
            vec!["identifier", "password"],
        ),
        (json!({ "identifier": "ann" }), vec!["password"]),
        (
            json!({ "email": null, "password": "correct horse" }),
            vec!["identifier"],
        ),
        (
            json!({ "identifier": "", "email": "ann@example.com" }),
            vec!["password"],
        ),
    ] {
        let refused = program.post("/v1/login", &login).await;
        let body = refused.expect_error(400, "invalid_fields");
        let errors = body["errors"].as_array().expect("value is a list");
        let named: Vec<_> = errors.iter().map(|error| &error["field"]).collect();
        assert_eq!(named, missing, "{body}");
        assert_eq!(body["error"], "All fields required");
    }
}

async fn null_in_a_request_counts_as_an_absent_member(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    let mut body = crate::support::ApiClient::registration_body(&ann);
    body["captcha"] = Value::Null;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let flow = program
        .post("/v1/register/start", &body)
        .await
        .flow_token(200);
    let code = phone.next_code().await;
    let verify = json!({ "flow": flow, "code": code });
    program
        .post("/v1/register/verify", &verify)
        .await
        .expect_status(201);
    app.skip_resend_cooldown().await;
    let login = json!({
        "identifier": null, "email": ann.email, "password": ann.password, "captcha": null,
        "method": null,
    });
    phone.skip_received_messages().await;
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let code = phone.next_code().await;
    let token = program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    let program = program.with_token(&token);
    let payment = json!({
        "amount": "1.00", "currency": "USD", "recipient": "Acme", "description": null, "method": null,
    });
    program
        .post("/v1/payments/initiate", &payment)
        .await
        .expect_status(200);

    // The error names the required member that is missing.
    for member in ["amount", "recipient"] {
        let mut payment = payment.clone();
        payment[member] = Value::Null;
        let refused = program.post("/v1/payments/initiate", &payment).await;
        let body = refused.expect_error(400, "invalid_fields");
        let errors = body["errors"].as_array().expect("value is a list");
        let named = |error: &&Value| error["field"] == member && error["code"] == "missing";
        assert!(errors.iter().any(|error| named(&error)), "{member}: {body}");
    }
    body["password"] = Value::Null;
    let refused = program.post("/v1/register/start", &body).await;
    assert_eq!(
        refused.expect_error(400, "invalid_fields")["errors"][0]["field"],
        "password"
    );
}

async fn error_names_the_malformed_member(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), User::with_unique_details());
    for (member, value) in [
        ("captcha", json!(5)),
        ("password", json!(["secret"])),
        ("name", json!({ "first": "Ann" })),
        ("username", json!(true)),
    ] {
        let mut body = crate::support::ApiClient::registration_body(&ann);
        body[member] = value;
        let refused = program.post("/v1/register/start", &body).await;
        let body = refused.expect_error(400, "malformed_json");
        let errors = body["errors"].as_array().expect("value is a list");
        assert_eq!(errors.len(), 1, "{body}");
        assert_eq!(
            (&errors[0]["field"], &errors[0]["code"]),
            (&json!(member), &json!("malformed"))
        );
        assert!(!body.to_string().contains("secret"));
    }
    let login = json!({ "identifier": 7, "password": "x", "method": 1, "unknown": [] });
    let refused = program.post("/v1/login", &login).await;
    let body = refused.expect_error(400, "malformed_json");
    assert_eq!(body["errors"][0]["field"], "identifier");
    assert_eq!(body["errors"][1]["field"], "method");
    assert_eq!(body["errors"].as_array().map(Vec::len), Some(2));
}
