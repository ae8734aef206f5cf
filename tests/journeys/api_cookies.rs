//! Calls of the JSON API with cookies, from a page and from a client.

use serde_json::{Value, json};

use crate::support::wire::Request;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    page_may_call_the_api_and_keeps_its_flow_in_a_cookie,
    api_client_may_send_the_cookie_of_another_flow,
];

/// Builds a request of a script on a page of this application.
pub(super) fn request_from_page(app: &TestApp, path: &str, body: &Value, cookies: &str) -> Request {
    let request = Request::new("POST", path)
        .with_header("Origin", &format!("http://{}", app.address))
        .with_header("Sec-Fetch-Site", "same-origin")
        .with_body("application/json", body.to_string());
    if cookies.is_empty() {
        request
    } else {
        request.with_header("Cookie", cookies)
    }
}

/// Tests docs/security.md#csrf-01, docs/security.md#sm-10, docs/security.md#ses-02.
async fn page_may_call_the_api_and_keeps_its_flow_in_a_cookie(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    let login = json!({ "identifier": ann.username, "password": ann.password });
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let begun = program
        .send(request_from_page(&app, "/v1/login", &login, ""))
        .await;
    let line = begun.response.header("set-cookie").expect("a cookie");
    assert!(line.starts_with("__Host-sallyport-sign-in=") && line.contains("HttpOnly"));
    let cookie = line
        .split(';')
        .next()
        .expect("cookie has a value")
        .to_owned();
    let code = phone.next_code().await;
    let foreign = request_from_page(&app, "/v1/login/verify", &json!({ "code": code }), &cookie)
        .without_header("origin")
        .without_header("sec-fetch-site")
        .with_header("Origin", "https://evil.example")
        .with_header("Sec-Fetch-Site", "cross-site");
    program.send(foreign).await.expect_error(403, "cross_site");
    let verify = request_from_page(&app, "/v1/login/verify", &json!({ "code": code }), &cookie);
    let done = program.send(verify).await;
    done.access_token(200);
    let lines: Vec<&str> = done.response.header_values("set-cookie").collect();
    assert_eq!(
        lines.len(),
        1,
        "only the flow token cookie is deleted: {lines:?}"
    );
    assert!(!lines[0].starts_with(call::SESSION_COOKIE));

    app.skip_resend_cooldown().await;
    let first = program
        .send(request_from_page(&app, "/v1/login", &login, ""))
        .await;
    app.skip_resend_cooldown().await;
    let line = first.response.header("set-cookie").expect("a cookie");
    let cookie = line
        .split(';')
        .next()
        .expect("cookie has a value")
        .to_owned();
    program
        .send(request_from_page(&app, "/v1/login", &login, &cookie))
        .await
        .expect_status(200);
    let superseded = program
        .submit_sign_in_code(&first.flow_token(200), &code)
        .await;
    superseded.expect_error(400, "no_pending");
}

async fn api_client_may_send_the_cookie_of_another_flow(database: Database) {
    let app = TestApp::start(database).await;
    let (program, ann, bob) = (
        app.new_api_client(),
        app.register_user().await,
        app.register_user().await,
    );
    let (flow, code) = program.sign_in_until_code(&app, &ann).await;
    let jar = format!(
        "{}={flow}",
        call::flow_token_cookie(domain::Purpose::SignIn)
    );
    let login = json!({ "identifier": bob.username, "password": bob.password });
    let request = program
        .request("POST", "/v1/login")
        .with_header("Cookie", &jar);
    let request = request.with_body("application/json", login.to_string());
    program.send(request).await.expect_status(200);
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
}
