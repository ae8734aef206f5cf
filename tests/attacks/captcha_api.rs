//! Tokens of CAPTCHA services in calls of the JSON API.

use serde_json::json;

use super::captcha_services::{SECRET, SERVICES, app_with_captcha_service, widget_token};
use crate::support::{ApiClient, Database, User, on_both_databases};

on_both_databases![
    api_call_accepts_a_captcha_token_once_and_for_its_action_only,
    api_call_accepts_a_proof_of_work_while_the_captcha_service_does_not_answer,
];

/// The calls with a CAPTCHA: their path, the name of the form in the path of the challenge, and the action of the token.
const CALLS: [(&str, &str, &str); 3] = [
    ("/v1/login", "login", "sign_in"),
    ("/v1/register/start", "register", "registration"),
    ("/v1/password/forgot", "password", "password_reset"),
];

/// Calls the API with this CAPTCHA response. Returns whether the response is accepted.
async fn is_captcha_accepted(client: &ApiClient, path: &str, captcha: &str) -> bool {
    let mut body = match path {
        "/v1/register/start" => ApiClient::registration_body(&User::with_unique_details()),
        "/v1/login" => json!({ "identifier": "unknown-user", "password": "not the password" }),
        _ => json!({ "identifier": "unknown-user" }),
    };
    body["captcha"] = json!(captcha);
    let response = client.post(path, &body).await;
    match response.status() {
        400 => {
            response.expect_error(400, "captcha_failed");
            false
        }
        401 => {
            response.expect_error(401, "invalid_credentials");
            true
        }
        _ => {
            response.expect_status(200);
            true
        }
    }
}

/// Tests docs/security.md#reg-09.
async fn api_call_accepts_a_captcha_token_once_and_for_its_action_only(database: Database) {
    for service in SERVICES {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        let client = app.new_api_client();
        for (path, form, action) in CALLS {
            let challenge = client.get(&format!("/v1/captcha/{form}")).await;
            let challenge = challenge.expect_status(200);
            assert_eq!(challenge["vendor"], service, "{path}");
            assert_eq!(challenge["action"], action, "{path}");
            let token = widget_token(&format!("{form}-1"), &format!("action={action}"));
            let is_accepted = is_captcha_accepted(&client, path, &token).await;
            assert!(is_accepted, "{service} {path}");
            let is_repeated_accepted = is_captcha_accepted(&client, path, &token).await;
            assert!(!is_repeated_accepted, "{service} {path}");
            let without_token = is_captcha_accepted(&client, path, "").await;
            assert!(!without_token, "{service} {path}");
            let wrong = widget_token(&format!("{form}-2"), "action=another_form");
            let has_action = matches!(service, "recaptcha_v3" | "turnstile");
            let is_wrong_accepted = is_captcha_accepted(&client, path, &wrong).await;
            assert_eq!(is_wrong_accepted, !has_action, "{service} {path}");
        }
    }
}

/// Tests docs/security.md#prv-08.
async fn api_call_accepts_a_proof_of_work_while_the_captcha_service_does_not_answer(
    database: Database,
) {
    for service in SERVICES {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        let client = app.new_api_client();
        for (path, form, action) in CALLS {
            assert!(!is_captcha_accepted(&client, path, "status=503").await);
            let solved = client.solve_captcha(form).await;
            let is_accepted = is_captcha_accepted(&client, path, &solved).await;
            assert!(is_accepted, "{service} {path}");
            let is_repeated_accepted = is_captcha_accepted(&client, path, &solved).await;
            assert!(!is_repeated_accepted, "{service} {path}");
            app.simulator.advance_clock(61).await;
            let token = widget_token(form, &format!("action={action}"));
            let is_token_accepted = is_captcha_accepted(&client, path, &token).await;
            assert!(is_token_accepted, "{service} {path}");
        }
    }
}
