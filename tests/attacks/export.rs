//! Attacks on the export of an account's data.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Purpose, Step};
use serde_json::Value;

use crate::support::wire::{Request, Response, send_at_once};
use crate::support::{
    ApiClient, Browser, Database, RunningApp, TestApp, User, call, on_both_databases,
};

on_both_databases![
    no_identifier_in_a_request_selects_the_data_of_another_account,
    export_does_not_contain_the_ip_address_of_an_unauthenticated_client,
    session_and_access_token_from_before_a_password_change_cannot_export_data,
    five_of_fifty_parallel_exports_succeed,
    account_that_will_be_deleted_is_exported_only_by_an_operator,
    account_that_requires_a_password_reset_is_exported_only_by_an_operator,
    export_is_sent_only_to_pages_of_this_site,
];

const EXPORTS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'data_exported'";

/// Creates a signed-in user with payments and factors. Returns the user, the browser and a client of the JSON API.
async fn create_account_with_data(app: &RunningApp) -> (User, Browser, ApiClient, String) {
    let user = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &user).await;
    app.skip_resend_cooldown().await;
    browser.add_account_data(app, &user).await;
    app.skip_resend_cooldown().await;
    let client = app.new_api_client();
    let token = client.sign_in(app, &user).await;
    app.skip_resend_cooldown().await;
    (user, browser, client.with_token(&token), token)
}

/// Returns the texts in a document that belong to one account: names, contacts and ids.
fn personal_texts(document: &Value) -> Vec<String> {
    let mut texts: Vec<&Value> = vec![
        &document["account"]["id"],
        &document["account"]["name"],
        &document["account"]["username"],
        &document["email"]["address"],
        &document["phone"]["number"],
    ];
    for payment in document["payments"].as_array().expect("value is a list") {
        texts.extend([&payment["id"], &payment["transaction_id"]]);
    }
    let text = |value: &Value| value.as_str().expect("value is text").to_owned();
    texts.into_iter().map(text).collect()
}

/// Returns the claims of a token with other values. The signature is the one of the original.
fn with_claims(token: &str, changes: &[(&str, &str)]) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
    let mut claims: Value = serde_json::from_slice(&claims).expect("valid JSON");
    for (claim, value) in changes {
        claims[*claim] = (*value).into();
    }
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    [parts[0], &claims, parts[2]].join(".")
}

async fn no_identifier_in_a_request_selects_the_data_of_another_account(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _, anns_token) = create_account_with_data(&app).await;
    let (bob, mut browser, client, token) = create_account_with_data(&app).await;
    let anns = personal_texts(&app.export_by_command(&ann));
    let id = anns[0].as_str();
    let mut received = Vec::new();
    for query in ["account", "account_id", "user_id", "username", "sub", "id"] {
        for value in [id, &ann.username, &ann.email] {
            let path = format!("/v1/me/export?{query}={value}");
            let request = client.request("GET", &path).send(app.address).await;
            received.push(request);
            let form: Vec<(&str, &str)> = vec![(query, value)];
            let request = browser.form_request(&call::export_data()).with_form(&form);
            received.push(request.send(app.address).await);
        }
        app.simulator.advance_clock(3601).await;
        // An export needs a recent sign-in, so the user signs in again.
        browser.sign_in(&app, &bob).await;
        app.skip_resend_cooldown().await;
    }
    let opened = received.iter().filter(|reply| reply.status == 200).count();
    assert!(opened >= 5, "{opened} exports");
    for path in [
        format!("/v1/me/export/{id}"),
        format!("/v1/accounts/{id}/export"),
        format!("/profile/export/{id}"),
    ] {
        let reply = client.request("GET", &path).send(app.address).await;
        assert_eq!(reply.status, 404, "{path}");
        received.push(reply);
    }
    // Access tokens with the claims of another account are invalid, because the claims are signed.
    let own = app.export_by_command(&bob)["account"]["id"].clone();
    let own = own.as_str().expect("value is text");
    for forged in [
        with_claims(&token, &[("sub", id)]),
        with_claims(&anns_token, &[("sub", own)]),
        with_claims(&token, &[("sid", id)]),
    ] {
        let client = app.new_api_client().with_token(&forged);
        let reply = client.get("/v1/me/export").await;
        reply.expect_error(401, "invalid_token");
        received.push(reply.response);
    }
    for reply in &received {
        let text = reply.text();
        for personal in &anns {
            // Searches with quotes, because the name of one user can begin with that of another.
            let quoted = format!("\"{personal}\"");
            assert!(!text.contains(&quoted), "{personal}: {text}");
        }
    }
}

async fn export_does_not_contain_the_ip_address_of_an_unauthenticated_client(database: Database) {
    const HOME: &str = "203.0.113.7";
    const STRANGER: &str = "198.51.100.66";
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let ann = User::with_unique_details();
    app.new_browser()
        .at_address(HOME)
        .register(&app, &ann)
        .await;
    app.skip_resend_cooldown().await;
    let mut stranger = app
        .new_browser()
        .at_address(STRANGER)
        .with_user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
    stranger.enter_password(&ann.username, "wrong").await;
    stranger
        .submit_form(&call::request_password_reset(&ann.username, ""))
        .await;
    // The attacker knows the password and does not have the second factor.
    let code = stranger.sign_in_until_code(&app, &ann).await;
    let guess = crate::support::wrong_code(&code);
    stranger.enter_code(Purpose::SignIn, &guess).await;
    stranger.cancel_flow(Purpose::SignIn).await;
    stranger
        .submit_form(&call::begin_recovery(&ann.username, &ann.password))
        .await;
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser().at_address(HOME);
    browser.sign_in(&app, &ann).await;
    let file = browser.download_data().await;
    let document = file.json();
    let text = file.text();
    assert!(text.contains(HOME), "{text}");
    assert!(!text.contains(STRANGER), "{text}");
    let history = document["history"].as_array().expect("value is a list");
    for event in [
        "password_refused",
        "password_accepted",
        "password_reset_requested",
        "code_refused",
        "recovery_requested",
    ] {
        let found: Vec<&Value> = history
            .iter()
            .filter(|entry| entry["event"] == event)
            .collect();
        assert!(!found.is_empty(), "{event}: {text}");
        assert!(
            found
                .iter()
                .all(|entry| entry["source"].is_null() && entry["device"].is_null()),
            "{text}"
        );
    }
}

async fn session_and_access_token_from_before_a_password_change_cannot_export_data(
    database: Database,
) {
    const NEW: &str = "a quite different 88 phrase";
    let app = TestApp::start(database).await;
    let (ann, mut old_browser) = app.sign_in_new_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let old_client = client.with_token(&token);
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let before_change = browser.clone();
    let change = call::change_password(&ann.password, NEW);
    browser.submit_form(&change).await.expect_step();
    assert_eq!(old_browser.path_after_refused_download().await, "/login");
    // The password change gives the session a new token. The earlier token is invalid.
    let mut stolen = before_change;
    assert_eq!(stolen.path_after_refused_download().await, "/login");
    let refused = old_client.get("/v1/me/export").await;
    refused.expect_error(401, "invalid_token");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(EXPORTS).await, 0);
    assert_eq!(browser.download_data().await.status, 200);
    assert_eq!(probe.read_number(EXPORTS).await, 1);
}

async fn five_of_fifty_parallel_exports_succeed(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, browser, client, _) = create_account_with_data(&app).await;
    let requests = (0..50).map(|number| {
        let request: Request = if number % 2 == 0 {
            browser.form_request(&call::export_data())
        } else {
            client.request("GET", "/v1/me/export")
        };
        (app.address, request)
    });
    let replies: Vec<Response> = send_at_once(requests.collect()).await;
    let (documents, refused): (Vec<&Response>, Vec<&Response>) =
        replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(documents.len(), 5);
    for reply in documents {
        assert_eq!(reply.json()["account"]["username"], ann.username);
    }
    for reply in refused {
        match reply.status {
            303 => assert_eq!(reply.location(), "/profile/export"),
            429 => assert_eq!(reply.json()["code"], "too_many_requests"),
            other => panic!("{other}: {}", reply.text()),
        }
    }
    assert_eq!(app.open_database().await.read_number(EXPORTS).await, 5);
}

async fn account_that_will_be_deleted_is_exported_only_by_an_operator(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let client = client.with_token(&token);
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut before = browser.clone();
    let delete = call::delete_account(&ann.username);
    browser.submit_form(&delete).await.expect_step();
    assert_eq!(before.path_after_refused_download().await, "/login");
    let refused = client.get("/v1/me/export").await;
    refused.expect_error(401, "invalid_token");
    app.skip_resend_cooldown().await;
    let mut leaving = app.new_browser();
    let code = leaving.sign_in_until_code(&app, &ann).await;
    let step = leaving
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::DecideDeletion);
    assert_eq!(leaving.download_data().await.location(), "/keep-account");
    assert_eq!(app.open_database().await.read_number(EXPORTS).await, 0);
    let document = app.export_by_command(&ann);
    assert!(document["account"]["delete_at"].is_string(), "{document}");
    leaving
        .submit_form(&call::cancel_account_deletion())
        .await
        .expect_step();
    assert_eq!(leaving.download_data().await.status, 200);
    let erased = app.run_user_command(&["delete", &ann.username, "--now", "--yes"]);
    assert_eq!(erased.exit_code, 0, "{erased:?}");
    assert_eq!(leaving.path_after_refused_download().await, "/login");
    let output = app.run_user_command(&["export", &ann.username]);
    assert_eq!(
        (output.exit_code, output.stdout.as_str()),
        (1, ""),
        "{output:?}"
    );
}

async fn account_that_requires_a_password_reset_is_exported_only_by_an_operator(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let client = app.new_api_client();
    let (changed, mut browser, undo) = app.change_phone(&ann).await;
    let token = client.sign_in(&app, &changed).await;
    let client = client.with_token(&token);
    client.get("/v1/me/export").await.expect_status(200);
    let undone = app
        .new_browser()
        .submit_form(&call::undo_change(&undo))
        .await;
    assert_eq!(undone.expect_step(), Step::PhoneChangeUndone);
    assert_eq!(browser.path_after_refused_download().await, "/login");
    let refused = client.get("/v1/me/export").await;
    refused.expect_error(401, "invalid_token");
    let document = app.export_by_command(&ann);
    assert!(document["account"]["held_at"].is_string(), "{document}");
    assert_eq!(document["phone"]["number"], ann.phone);
}

async fn export_is_sent_only_to_pages_of_this_site(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let request = browser.form_request(&call::export_data());
    for (header, value) in [
        ("Origin", "https://attacker.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let foreign = request
            .clone()
            .without_header(header)
            .with_header(header, value);
        let reply = foreign.send(app.address).await;
        assert_eq!(reply.status, 403, "{header}: {value}: {}", reply.text());
    }
    // A link opens the page and exports nothing.
    let page = browser.load_page("/profile/export").await;
    assert!(!page.text().contains(&ann.phone));
    assert_eq!(app.open_database().await.read_number(EXPORTS).await, 0);
}
