//! Tests of attacks by web pages of other sites, as a browser on the same machine sends them.

use http::header::{HOST, ORIGIN};

use super::harness::*;

const ATTACKER: &str = "attacker.example:4010";
const CLOCK: &str = "/_simulator/clock";
const ADVANCE: &str = r#"{"advance_secs":301}"#;

/// Sends a request with these headers and returns the HTTP status.
async fn send_request_with_headers(
    client: &TestClient,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> StatusCode {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let request = request
        .body(Body::from(body.to_owned()))
        .expect("valid request");
    client.send(request).await.status
}

/// Returns how many seconds the simulated clock is ahead of the system time.
async fn clock_offset_secs(client: &TestClient) -> i64 {
    let clock = client.call_control_api(Method::GET, CLOCK, "").await.json();
    clock["ahead_secs"].as_i64().expect("number of seconds")
}

#[tokio::test]
async fn page_with_dns_rebinding_cannot_read_codes_or_advance_the_clock() {
    let client = TestClient::new();
    client.create_sms().await;
    let host = (HOST.as_str(), ATTACKER);
    for path in [
        "/",
        "/_simulator",
        "/_simulator/messages?to=%2B14155550142",
        "/_simulator/mails",
        "/_simulator/events",
        "/_simulator/ledger",
        "/_simulator/assets/phone.js",
        "/no-such-path",
    ] {
        let status = send_request_with_headers(&client, Method::GET, path, &[host], "").await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    let origin = "http://attacker.example:4010";
    let headers = [
        host,
        (ORIGIN.as_str(), origin),
        (CONTENT_TYPE.as_str(), "application/json"),
    ];
    for (method, path, body) in [
        (Method::POST, CLOCK, ADVANCE),
        (Method::PUT, "/_simulator/faults", r#"[{"kind":"stall"}]"#),
        (Method::DELETE, "/_simulator/state", ""),
        (Method::POST, &*service_path("Verifications"), ""),
    ] {
        let status = send_request_with_headers(&client, method, path, &headers, body).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    assert_eq!(clock_offset_secs(&client).await, 0);
    client.newest_code_in_inbox().await;
}

#[tokio::test]
async fn cross_site_page_cannot_advance_the_clock() {
    let client = TestClient::new();
    let host = (HOST.as_str(), "127.0.0.1:4010");
    let content_type = |value| (CONTENT_TYPE.as_str(), value);
    let foreign = (ORIGIN.as_str(), "https://attacker.example");
    for headers in [
        &[host, content_type("text/plain")][..],
        &[host, content_type("text/plain;charset=UTF-8"), foreign],
        &[host, content_type(FORM)],
        &[host, content_type("multipart/form-data; boundary=x")],
        &[host, ("content-length", "20")],
    ] {
        let status =
            send_request_with_headers(&client, Method::POST, CLOCK, headers, ADVANCE).await;
        assert!(
            matches!(
                status,
                StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::FORBIDDEN
            ),
            "{headers:?}: {status}"
        );
    }
    let json = content_type("application/json");
    for headers in [
        &[host, json, foreign][..],
        &[host, json, (ORIGIN.as_str(), "null")],
        &[host, json, (ORIGIN.as_str(), "http://127.0.0.1:3000")],
        &[host, json, ("sec-fetch-site", "cross-site")],
        &[host, json, ("sec-fetch-site", "same-site")],
        &[
            host,
            json,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ],
    ] {
        for (method, path) in [(Method::POST, CLOCK), (Method::DELETE, "/_simulator/state")] {
            let status = send_request_with_headers(&client, method, path, headers, ADVANCE).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
        }
    }
    assert_eq!(clock_offset_secs(&client).await, 0);
}

#[tokio::test]
async fn cross_site_page_cannot_read_but_can_link_to_the_phone_page() {
    let client = TestClient::new();
    let host = (HOST.as_str(), "localhost:4010");
    let site = ("sec-fetch-site", "cross-site");
    let mode = |value| ("sec-fetch-mode", value);
    for mode in [mode("no-cors"), mode("cors")] {
        let headers = [host, site, mode];
        let status =
            send_request_with_headers(&client, Method::GET, "/_simulator/messages", &headers, "")
                .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let headers = [host, site, mode("navigate")];
    assert_eq!(
        send_request_with_headers(&client, Method::GET, "/", &headers, "").await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn requests_of_phone_page_programs_and_containers_are_accepted() {
    let client = TestClient::with_settings(Settings {
        hosts: vec!["simulator".to_owned()],
        ..Settings::default()
    });
    let json = (CONTENT_TYPE.as_str(), "application/json; charset=utf-8");
    for headers in [
        &[
            (HOST.as_str(), "127.0.0.1:4010"),
            (ORIGIN.as_str(), "http://127.0.0.1:4010"),
            ("sec-fetch-site", "same-origin"),
            json,
        ][..],
        &[
            (HOST.as_str(), "localhost:4010"),
            ("sec-fetch-mode", "cors"),
            json,
        ],
        &[(HOST.as_str(), "simulator:4010"), json],
        &[json],
    ] {
        let status =
            send_request_with_headers(&client, Method::POST, CLOCK, headers, ADVANCE).await;
        assert_eq!(status, StatusCode::OK, "{headers:?}");
    }
    let headers = [(HOST.as_str(), "localhost:4010")];
    let cleared =
        send_request_with_headers(&client, Method::DELETE, "/_simulator/faults", &headers, "")
            .await;
    assert_eq!(cleared, StatusCode::NO_CONTENT);
    assert_eq!(clock_offset_secs(&client).await, 4 * 301);

    // An SDK in a container uses the name of the service as host. Provider calls accept every host name; only the
    // control API needs the setting.
    let unnamed = TestClient::new();
    let authorization = basic_auth_header(DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN);
    let headers = [
        (HOST.as_str(), "phone-simulator:4010"),
        (AUTHORIZATION.as_str(), &*authorization),
        (CONTENT_TYPE.as_str(), FORM),
    ];
    let body = encode_form(&[("To", TO), ("Channel", "sms")]);
    let created = send_request_with_headers(
        &unnamed,
        Method::POST,
        &service_path("Verifications"),
        &headers,
        &body,
    )
    .await;
    assert_eq!(created, StatusCode::CREATED);
    let read = send_request_with_headers(
        &unnamed,
        Method::GET,
        "/_simulator/messages",
        &headers[..1],
        "",
    )
    .await;
    assert_eq!(read, StatusCode::MISDIRECTED_REQUEST);
}
