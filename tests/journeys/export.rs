//! The export of the user's data: on the profile and over the JSON API.

use domain::{ProtectedArea, Purpose, Step};
use serde_json::Value;

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    data_is_downloaded_as_a_file_after_a_step_up,
    page_of_the_export_works_without_scripts_and_in_german,
    data_is_exported_over_the_api,
    user_must_prove_the_email_address_before_an_export,
];

/// The members of the document, in order.
const MEMBERS: [&str; 12] = [
    "account",
    "email",
    "exported_at",
    "format",
    "former_contacts",
    "history",
    "lost_phone",
    "payments",
    "phone",
    "second_factors",
    "sessions",
    "version",
];

/// Asserts that an export has all members and describes this user.
#[track_caller]
fn assert_document_describes_user(document: &Value, user: &User) {
    let members: Vec<&String> = document
        .as_object()
        .expect("value is an object")
        .keys()
        .collect();
    let mut sorted = members.clone();
    sorted.sort();
    assert_eq!(sorted, MEMBERS);
    assert_eq!(document["format"], "sallyport-account");
    assert_eq!(document["version"], 1);
    assert_eq!(document["account"]["name"], user.full_name);
    assert_eq!(document["account"]["username"], user.username);
    assert_eq!(document["account"]["delete_at"], Value::Null);
    assert_eq!(document["email"]["address"], user.email);
    assert_eq!(document["email"]["verified"], true);
    assert_eq!(document["phone"]["number"], user.phone);
    assert_eq!(document["second_factors"]["set_up"], true);
    assert_eq!(document["second_factors"]["last_used"], "sms");
}

async fn data_is_downloaded_as_a_file_after_a_step_up(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app
        .new_browser()
        .with_user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let stranger = app.new_browser().download_data().await;
    assert_eq!(stranger.location(), "/login");
    browser.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.add_account_data(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    let late = browser.download_data().await;
    assert_eq!(late.location(), "/profile/export");
    let page = browser.load_page("/profile/export").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
    assert!(!page.contains("action=\"/profile/export\""), "{page}");
    complete_step_up_for_export(&app, &mut browser, &ann).await;
    let page = browser.load_page("/profile/export").await.text();
    assert!(page.contains("action=\"/profile/export\""), "{page}");

    let file = browser.download_data().await;
    assert_eq!(file.status, 200, "{}", file.text());
    for (header, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        (
            "content-disposition",
            "attachment; filename=\"account-data.json\"",
        ),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(file.header(header), Some(value), "{header}");
    }
    let document = file.json();
    assert_document_describes_user(&document, &ann);
    let factors = &document["second_factors"];
    assert_eq!(factors["recovery_codes"]["left"], 10);
    assert!(factors["authenticator_added_at"].is_string(), "{factors}");
    let session = &document["sessions"][0];
    assert_eq!(session["browser"], "Firefox");
    assert_eq!(session["system"], "Linux");
    assert_eq!(session["second_factor"], "sms");
    let payments = document["payments"].as_array().expect("value is a list");
    let amounts: Vec<&Value> = payments.iter().map(|payment| &payment["amount"]).collect();
    assert_eq!(amounts, ["5.00", "150.00"]);
    assert!(payments[1]["executed_at"].is_string(), "{payments:?}");
    let history = document["history"].as_array().expect("value is a list");
    assert_eq!(history[0]["event"], "data_exported");
    let first = history.last().expect("an event");
    assert_eq!(first["event"], "registration_opened");
    assert_eq!(first["source"], "127.0.0.1");
    let signed_in = |event: &&Value| event["event"] == "session_started";
    let signed_in = history.iter().find(signed_in).expect("a sign-in");
    assert_eq!(signed_in["device"], "Firefox on Linux");
    let page = browser.load_page("/profile/history").await.text();
    assert!(page.contains("Data of the account downloaded"), "{page}");
}

/// Completes the step-up for the export page.
async fn complete_step_up_for_export(app: &TestApp, browser: &mut Browser, user: &User) {
    let begin = call::begin_step_up_for("export", &user.password);
    browser.submit_form(&begin).await.expect_step();
    let code = browser.request_sms_code(app, Purpose::StepUp, user).await;
    let step = browser
        .enter_code(Purpose::StepUp, &code)
        .await
        .expect_step();
    let area = ProtectedArea::Export;
    assert_eq!(step, Step::ProtectedAreaOpened { area });
}

async fn page_of_the_export_works_without_scripts_and_in_german(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser().with_accept_language("de");
    browser.sign_in(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let profile = browser.load_page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/export\""), "{profile}");
    let page = browser.load_page("/profile/export").await.text();
    assert!(page.contains("Ihre Daten herunterladen"), "{page}");
    for _ in 0..5 {
        assert_eq!(browser.download_data().await.status, 200);
    }
    let sixth = browser.download_data().await;
    assert_eq!(sixth.location(), "/profile/export");
    let page = browser.load_page("/profile/export").await.text();
    assert!(
        page.contains("Sie haben Ihre Daten mehrmals heruntergeladen"),
        "{page}"
    );
    let page = browser.load_page("/profile/export").await.text();
    assert!(!page.contains("mehrmals"), "{page}");
}

async fn data_is_exported_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let without = client.get("/v1/me/export").await;
    without.expect_error(401, "invalid_token");
    let token = client.sign_in(&app, &ann).await;
    let client = client.with_token(&token);
    let exported = client.get("/v1/me/export").await;
    let document = exported.expect_status(200);
    assert_document_describes_user(document, &ann);
    assert_eq!(document["sessions"][0]["kind"], "program");
    let header = exported.response.header("cache-control");
    assert_eq!(header, Some("no-store"));
    // The command exports the same document as the API, except for the time and the export events.
    let mut by_operator = app.export_by_command(&ann);
    let mut by_holder = document.clone();
    for document in [&mut by_operator, &mut by_holder] {
        document["exported_at"] = Value::Null;
        let history = document["history"].as_array_mut().expect("value is a list");
        history.retain(|event| event["event"] != "data_exported");
    }
    assert_eq!(by_operator, by_holder);
    for _ in 0..4 {
        client.get("/v1/me/export").await.expect_status(200);
    }
    let sixth = client.get("/v1/me/export").await;
    sixth.expect_error(429, "too_many_requests");
    app.simulator.advance_clock(3600).await;
    let late = client.get("/v1/me/export").await;
    late.expect_error(403, "second_factor_required");
}

async fn user_must_prove_the_email_address_before_an_export(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    let refused = browser.download_data().await;
    assert_eq!(refused.location(), "/verify-email");
    app.skip_resend_cooldown().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let refused = client.with_token(&token).get("/v1/me/export").await;
    refused.expect_error(403, "email_unproven");
}
