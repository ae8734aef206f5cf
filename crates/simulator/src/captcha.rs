//! Simulates the CAPTCHA services Google reCAPTCHA, hCaptcha and Cloudflare Turnstile: it verifies tokens and serves
//! the widget scripts. Sources: <https://developers.google.com/recaptcha/docs/verify>, <https://docs.hcaptcha.com/>,
//! <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>.
//!
//! A token contains its own verification result as a query string: `hostname=127.0.0.1&action=sign_in&score=0.9`. The
//! widget scripts create such tokens. The simulator verifies a token more than once. A test that repeats a token
//! therefore shows whether the application itself refuses it.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::clock::format_rfc3339_secs;
use crate::simulator::Simulator;

const RECAPTCHA: &str = "/recaptcha/api/siteverify";
const HCAPTCHA: &str = "/hcaptcha/siteverify";
const TURNSTILE: &str = "/turnstile/v0/siteverify";
const RECAPTCHA_SCRIPT: &str = "/recaptcha/api.js";
const HCAPTCHA_SCRIPT: &str = "/hcaptcha/1/api.js";
const TURNSTILE_SCRIPT: &str = "/turnstile/v0/api.js";

/// Prefix of the valid CAPTCHA secrets. With such a secret, the token itself describes its verification result.
const SECRET_PREFIX: &str = "simulator-";
const GOOGLE_TEST_SECRET: &str = "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe";
const HCAPTCHA_TEST_SECRET: &str = "0x0000000000000000000000000000000000000000";
/// Tokens of the hCaptcha widgets for the test site keys: one of an ordinary account, and two of an enterprise account.
///
/// The enterprise tokens are for a person and for a bot. All of them pass. Only their scores differ, which Sallyport
/// does not read.
const HCAPTCHA_TEST_TOKENS: [&str; 3] = [
    "10000000-aaaa-bbbb-cccc-000000000001",
    "20000000-aaaa-bbbb-cccc-000000000002",
    "30000000-aaaa-bbbb-cccc-000000000003",
];
const TURNSTILE_PASSES: &str = "1x0000000000000000000000000000000AA";
const TURNSTILE_FAILS: &str = "2x0000000000000000000000000000000AA";
const TURNSTILE_SPENT: &str = "3x0000000000000000000000000000000AA";

/// A CAPTCHA service whose API the simulator implements.
#[derive(Clone, Copy)]
enum CaptchaService {
    Recaptcha,
    Hcaptcha,
    Turnstile,
}

/// Returns the HTTP routes of the simulated CAPTCHA services.
pub(crate) fn create_captcha_service_routes() -> Router<Simulator> {
    let router = Router::new();
    let router = [
        (RECAPTCHA, CaptchaService::Recaptcha),
        (HCAPTCHA, CaptchaService::Hcaptcha),
        (TURNSTILE, CaptchaService::Turnstile),
    ]
    .into_iter()
    .fold(router, |router, (path, service)| {
        let verify = async move |State(simulator): State<Simulator>, body: String| {
            verify_captcha_token(service, &parse_form_fields(&body), simulator.now_millis())
        };
        router.route(path, post(verify))
    });
    [RECAPTCHA_SCRIPT, HCAPTCHA_SCRIPT, TURNSTILE_SCRIPT]
        .into_iter()
        .fold(router, |router, path| {
            router.route(path, get(serve_captcha_widget_script))
        })
}

/// Returns whether a URL path belongs to a simulated CAPTCHA service.
pub(crate) fn is_captcha_service_path(path: &str) -> bool {
    [
        RECAPTCHA,
        HCAPTCHA,
        TURNSTILE,
        RECAPTCHA_SCRIPT,
        HCAPTCHA_SCRIPT,
        TURNSTILE_SCRIPT,
    ]
    .contains(&path)
}

/// Serves the JavaScript file that implements the widget APIs of all three CAPTCHA services.
async fn serve_captcha_widget_script() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, include_str!("captcha/widget.js")).into_response()
}

/// Parses a URL-encoded form body into a map of field names and values.
fn parse_form_fields(text: &str) -> BTreeMap<String, String> {
    let mut url = Url::parse("http://form/").ok();
    if let Some(url) = &mut url {
        url.set_query(Some(text));
    }
    url.iter()
        .flat_map(|url| url.query_pairs().into_owned())
        .collect()
}

/// Returns the response of a CAPTCHA service to a request that verifies a token. `now_millis` is in Unix milliseconds.
fn verify_captcha_token(
    service: CaptchaService,
    fields: &BTreeMap<String, String>,
    now_millis: i64,
) -> Response {
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let (secret, token) = (field("secret"), field("response"));
    let is_hcaptcha_test_token = HCAPTCHA_TEST_TOKENS.contains(&token);
    let refusal = match (service, secret, token) {
        (_, "", _) => Some("missing-input-secret"),
        (_, _, "") => Some("missing-input-response"),
        (CaptchaService::Recaptcha, GOOGLE_TEST_SECRET, _)
        | (CaptchaService::Turnstile, TURNSTILE_PASSES, _) => {
            return create_success_response_for_test_key(service, now_millis);
        }
        (CaptchaService::Hcaptcha, HCAPTCHA_TEST_SECRET, _) if is_hcaptcha_test_token => {
            return create_success_response_for_test_key(service, now_millis);
        }
        (CaptchaService::Hcaptcha, HCAPTCHA_TEST_SECRET, _) => Some("not-using-dummy-passcode"),
        (CaptchaService::Hcaptcha, _, _) if is_hcaptcha_test_token => {
            Some("not-using-dummy-secret")
        }
        (CaptchaService::Turnstile, TURNSTILE_FAILS, _) => Some("invalid-input-response"),
        (CaptchaService::Turnstile, TURNSTILE_SPENT, _) => Some("timeout-or-duplicate"),
        _ if !secret.starts_with(SECRET_PREFIX) => Some("invalid-input-secret"),
        _ => None,
    };
    match refusal {
        Some(code) => create_captcha_failure_response(code),
        None => build_captcha_response_from_token(service, token, now_millis),
    }
}

/// Returns the response of a CAPTCHA service whose public test secret accepts a token.
fn create_success_response_for_test_key(service: CaptchaService, now_millis: i64) -> Response {
    let hostname = match service {
        CaptchaService::Recaptcha => "testkey.google.com",
        CaptchaService::Hcaptcha => "dummy-key-pass",
        CaptchaService::Turnstile => "example.com",
    };
    let result = Map::from_iter([("hostname".to_owned(), hostname.into())]);
    create_captcha_success_response(result, now_millis, 0)
}

/// Returns the response of a simulated CAPTCHA service that a test token describes.
///
/// The token is a query string. `error` is an error code, and `status` is an HTTP status without a body. `age` is the
/// number of seconds since the challenge was solved.
fn build_captcha_response_from_token(
    service: CaptchaService,
    token: &str,
    now_millis: i64,
) -> Response {
    let stated = parse_form_fields(token);
    if let Some(status) = stated.get("status").and_then(|status| status.parse().ok()) {
        return StatusCode::from_u16(status)
            .unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
            .into_response();
    }
    if let Some(code) = stated.get("error") {
        return create_captcha_failure_response(code);
    }
    let Some(hostname) = stated.get("hostname") else {
        return create_captcha_failure_response("invalid-input-response");
    };
    let mut result = Map::new();
    result.insert("hostname".to_owned(), hostname.as_str().into());
    let action = stated.get("action").map(String::as_str);
    let score = stated
        .get("score")
        .and_then(|score| score.parse::<f64>().ok());
    match service {
        CaptchaService::Hcaptcha => {}
        CaptchaService::Turnstile => {
            result.insert("action".to_owned(), action.into());
        }
        // Version 2 has neither an action nor a score.
        CaptchaService::Recaptcha => {
            if let Some(score) = score {
                result.insert("action".to_owned(), action.into());
                result.insert("score".to_owned(), score.into());
            }
        }
    }
    let age = stated.get("age").and_then(|age| age.parse().ok());
    create_captcha_success_response(result, now_millis, age.unwrap_or(0))
}

/// Returns the response that accepts a CAPTCHA token, whose challenge was solved `age_secs` seconds before
/// `now_millis`.
fn create_captcha_success_response(
    mut result: Map<String, Value>,
    now_millis: i64,
    age_secs: i64,
) -> Response {
    let solved_at = now_millis.saturating_sub(age_secs.saturating_mul(1_000));
    result.insert("success".to_owned(), true.into());
    result.insert(
        "challenge_ts".to_owned(),
        format_rfc3339_secs(solved_at).into(),
    );
    result.insert("error-codes".to_owned(), json!([]));
    axum::Json(result).into_response()
}

/// Returns the response that rejects a CAPTCHA token with this error code.
fn create_captcha_failure_response(error_code: &str) -> Response {
    axum::Json(json!({ "success": false, "error-codes": [error_code] })).into_response()
}
