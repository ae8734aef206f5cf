//! Errors of the JSON API after the phone provider has not sent a code.

use serde_json::json;

use crate::support::{ApiClient, Database, TestApp, User, assert_countdown, on_both_databases};

on_both_databases![failed_send_returns_an_error_and_the_time_until_a_resend];

/// Tests docs/product.md#section-9.
async fn failed_send_returns_an_error_and_the_time_until_a_resend(database: Database) {
    let app = TestApp::start(database).await;
    let api_client = app.new_api_client();
    for fault in [
        json!({ "on": "create", "kind": "drop_before", "times": 2 }),
        json!({ "on": "create", "kind": "drop_after", "times": 2 }),
        json!({ "on": "create", "kind": "bad_json", "times": 2 }),
        json!({ "on": "create", "kind": "status", "status": 503, "times": 2 }),
    ] {
        let ann = app.register_user().await;
        let new_user = ApiClient::registration_body(&User::with_unique_details());
        app.skip_resend_cooldown().await;
        app.simulator.set_faults(json!([fault])).await;
        let sign_in = api_client.submit_password(&ann).await;
        let registration = api_client.post("/v1/register/start", &new_user).await;
        app.simulator.clear_faults().await;
        let mut resends = Vec::new();
        for (failed, path) in [
            (sign_in, "/v1/login/resend"),
            (registration, "/v1/register/resend"),
        ] {
            let body = failed.expect_error(503, "could_not_verify");
            assert_eq!(body["error"], "Failed to send verification code", "{fault}");
            assert_countdown(&body["retry_after"], 30);
            let resend = json!({ "flow": failed.flow_token(503) });
            let early = api_client.post(path, &resend).await;
            let wait = early.expect_error(429, "resend_wait")["retry_after"].as_u64();
            assert!(wait <= body["retry_after"].as_u64(), "{path}: {fault}");
            resends.push((path, resend));
        }
        app.skip_resend_cooldown().await;
        for (path, resend) in resends {
            api_client.post(path, &resend).await.expect_status(200);
        }
    }
}
