//! Attacks on the deletion of accounts over the JSON API, and on both surfaces together.

use domain::{Purpose, Step};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::wire::{Request, send_at_once};
use crate::support::{
    ApiClient, Browser, Database, RunningApp, TestApp, User, call, on_both_databases,
};

on_both_databases![
    parallel_requests_over_the_api_request_and_withdraw_a_deletion_once,
    access_token_for_keeping_one_account_cannot_keep_another,
    access_token_for_keeping_an_account_is_invalid_once_another_session_has_kept_it,
    simultaneous_requests_to_delete_and_to_keep_over_api_and_pages_leave_one_state,
];

const REQUESTS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_requested'";
const WITHDRAWALS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_withdrawn'";
const REQUESTED: &str = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";

/// Signs in over the JSON API. Returns a client with the access token.
async fn sign_in_api_client(app: &RunningApp, user: &User) -> ApiClient {
    let token = app.new_api_client().sign_in(app, user).await;
    app.skip_resend_cooldown().await;
    app.new_api_client().with_token(&token)
}

/// Signs in to an account that will be deleted. Returns the browser.
async fn sign_in_during_deletion_period(app: &RunningApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, user).await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::DecideDeletion);
    app.skip_resend_cooldown().await;
    browser
}

/// Builds a POST request with a JSON body.
fn post_request(client: &ApiClient, path: &str, body: &Value) -> Request {
    client
        .request("POST", path)
        .with_body("application/json", body.to_string())
}

async fn parallel_requests_over_the_api_request_and_withdraw_a_deletion_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = sign_in_api_client(&app, &ann).await;
    let probe = app.open_database().await;
    let confirmed = json!({ "username": ann.username });
    for (path, body, count) in [
        ("/v1/me/delete", confirmed, REQUESTS),
        ("/v1/me/keep", json!({}), WITHDRAWALS),
    ] {
        let client = if path == "/v1/me/keep" {
            sign_in_api_client(&app, &ann).await
        } else {
            client.clone()
        };
        let requests = (0..50).map(|_| (app.address, post_request(&client, path, &body)));
        let mut won = 0;
        for reply in send_at_once(requests.collect()).await {
            match reply.status {
                200 => won += 1,
                401 => assert_eq!(reply.json()["code"], "invalid_token"),
                409 => assert_eq!(reply.json()["code"], "deletion_not_requested"),
                other => panic!("{path}: {other}: {}", reply.text()),
            }
        }
        assert_eq!(won, 1, "{path}");
        assert_eq!(probe.read_number(count).await, 1, "{path}");
        app.skip_resend_cooldown().await;
    }
    assert_eq!(probe.read_number(REQUESTED).await, 0);
    assert_eq!(probe.count_sessions().await, 1);
}

async fn access_token_for_keeping_one_account_cannot_keep_another(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    for user in [&ann, &bob] {
        let client = sign_in_api_client(&app, user).await;
        // The username of another account does not confirm a deletion.
        let other = if user.username == ann.username {
            &bob
        } else {
            &ann
        };
        let wrong =
            json!({ "username": other.username, "user_id": "x", "account": other.username });
        let refused = client.post("/v1/me/delete", &wrong).await;
        refused.expect_error(400, "invalid_fields");
        let confirmed = json!({ "username": user.username });
        client
            .post("/v1/me/delete", &confirmed)
            .await
            .expect_status(200);
    }
    let client = sign_in_api_client(&app, &ann).await;
    let me = client.get("/v1/me").await;
    assert_eq!(me.expect_status(200)["username"], ann.username);
    let body = json!({ "username": bob.username, "user_id": bob.username });
    client.post("/v1/me/keep", &body).await.expect_status(200);
    let kept = "SELECT username FROM accounts WHERE delete_at = 0";
    assert_eq!(
        app.open_database().await.read_text(kept).await,
        ann.username
    );
}

async fn access_token_for_keeping_an_account_is_invalid_once_another_session_has_kept_it(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = sign_in_api_client(&app, &ann).await;
    let confirmed = json!({ "username": ann.username });
    client
        .post("/v1/me/delete", &confirmed)
        .await
        .expect_status(200);
    app.skip_resend_cooldown().await;
    let early = sign_in_api_client(&app, &ann).await;
    let mut browser = sign_in_during_deletion_period(&app, &ann).await;
    browser
        .submit_form(&call::cancel_account_deletion())
        .await
        .expect_step();
    // The access token only permits keeping the account, and is invalid now.
    for (path, body) in [
        ("/v1/me/keep", json!({})),
        ("/v1/me/delete", confirmed),
        ("/v1/logout", json!({})),
    ] {
        let refused = early.post(path, &body).await;
        refused.expect_error(401, "invalid_token");
    }
    for path in ["/v1/me", "/v1/me/export"] {
        early.get(path).await.expect_error(401, "invalid_token");
    }
    assert!(browser.is_signed_in().await);
}

/// An account that will be deleted has two sessions. One keeps the account again and again, and the other requests the
/// deletion again.
async fn simultaneous_requests_to_delete_and_to_keep_over_api_and_pages_leave_one_state(
    database: Database,
) {
    const ROUNDS: usize = 5;
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "100")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "100")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "100")
        .start()
        .await;
    let ann = app.register_user().await;
    let probe = app.open_database().await;
    let confirmed = json!({ "username": ann.username });
    for _ in 0..ROUNDS {
        let client = sign_in_api_client(&app, &ann).await;
        if probe.read_number(REQUESTED).await == 0 {
            client
                .post("/v1/me/delete", &confirmed)
                .await
                .expect_status(200);
        }
        let by_api = sign_in_api_client(&app, &ann).await;
        let (first, second) = (
            sign_in_during_deletion_period(&app, &ann).await,
            sign_in_during_deletion_period(&app, &ann).await,
        );
        let mut racing = JoinSet::new();
        for number in 0..30 {
            let (mut first, mut second) = (first.clone(), second.clone());
            let (by_api, ann, confirmed) = (by_api.clone(), ann.clone(), confirmed.clone());
            racing.spawn(async move {
                match number % 4 {
                    0 => drop(first.submit_form(&call::cancel_account_deletion()).await),
                    1 => drop(
                        second
                            .submit_form(&call::delete_account(&ann.username))
                            .await,
                    ),
                    2 => drop(by_api.post("/v1/me/keep", &json!({})).await),
                    _ => drop(by_api.post("/v1/me/delete", &confirmed).await),
                }
            });
        }
        racing.join_all().await;
        let (requests, withdrawals) = (
            probe.read_number(REQUESTS).await,
            probe.read_number(WITHDRAWALS).await,
        );
        let requested = probe.read_number(REQUESTED).await;
        // Each deletion request has at most one withdrawal.
        assert_eq!(requests - withdrawals, requested);
        if requested == 1 {
            // The last change was a deletion request, which ends every session.
            assert_eq!(probe.count_sessions().await, 0);
        }
    }
}
