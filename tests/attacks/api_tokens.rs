//! Foreign, expired and misused access tokens.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    published_key_verifies_access_tokens_and_changed_ones_are_refused,
    session_cookie_is_refused_by_the_api_and_access_token_by_the_pages,
    access_token_signed_with_a_previous_key_is_valid_while_the_key_is_configured,
    access_token_of_another_server_is_refused,
];

/// Splits a token into header, claims and signature.
fn split_token(token: &str) -> [String; 3] {
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().expect("token has three parts")
}

/// Decodes a base64url part of a token into JSON.
fn decode_token_part(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("valid JSON")
}

/// Encodes JSON as a base64url part of a token.
fn encode_token_part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Returns whether a key of this key set has signed the token. Follows the RFCs, not the server's code.
fn is_signed_by(keys: &Value, token: &str) -> bool {
    let [header, claims, signature] = split_token(token);
    let kid = &decode_token_part(&header)["kid"];
    let keys = keys["keys"].as_array().expect("value is a list");
    let key = keys
        .iter()
        .find(|key| key["kid"] == *kid)
        .expect("key is published");
    assert_eq!(
        (&key["kty"], &key["crv"]),
        (&json!("OKP"), &json!("Ed25519"))
    );
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let public: [u8; 32] = bytes(key["x"].as_str().expect("value is text"))
        .try_into()
        .expect("key has 32 bytes");
    let public = ed25519_dalek::VerifyingKey::from_bytes(&public).expect("a key");
    let signature = ed25519_dalek::Signature::from_slice(&bytes(&signature));
    let signature = signature.expect("signature has 64 bytes");
    let signed = format!("{header}.{claims}");
    public.verify_strict(signed.as_bytes(), &signature).is_ok()
}

/// RFC 8725, sections 3.1 and 3.2
async fn published_key_verifies_access_tokens_and_changed_ones_are_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let program = app.new_api_client();
    let token = program.sign_in(&app, &ann).await;
    let keys = program.get("/.well-known/jwks.json").await;
    let cached = keys.response.header("cache-control");
    assert!(cached.is_some_and(|cached| cached.contains("max-age")));
    assert!(is_signed_by(keys.expect_status(200), &token));
    let [header, claims, signature] = split_token(&token);
    let claims_read = decode_token_part(&claims);
    let origin = format!("http://{}", app.address);
    assert_eq!(
        (&claims_read["iss"], &claims_read["aud"]),
        (&json!(origin), &json!(origin))
    );
    assert_eq!(claims_read["amr"], json!(["pwd", "sms", "otp", "mfa"]));
    let life = claims_read["exp"].as_i64().zip(claims_read["iat"].as_i64());
    assert_eq!(life.map(|(exp, iat)| exp - iat), Some(86_400));

    let mut richer = claims_read.clone();
    richer["acr"] = json!("aal3");
    let mut none = decode_token_part(&header);
    none["alg"] = json!("none");
    let mut hmac = decode_token_part(&header);
    hmac["alg"] = json!("HS256");
    for forged in [
        format!("{header}.{}.{signature}", encode_token_part(&richer)),
        format!("{}.{claims}.", encode_token_part(&none)),
        format!("{}.{claims}.{signature}", encode_token_part(&none)),
        format!("{}.{claims}.{signature}", encode_token_part(&hmac)),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{token}.{signature}"),
        claims_read["jti"]
            .as_str()
            .expect("value is text")
            .to_owned(),
        "\u{e9}".to_owned(),
        String::new(),
    ] {
        let answer = program.clone().with_token(&forged).get("/v1/me").await;
        answer.expect_error(401, "invalid_token");
    }
    program
        .get("/v1/me")
        .await
        .expect_error(401, "invalid_token");
    let twice = program.request("GET", "/v1/me");
    let twice = twice.with_header("Authorization", &format!("Bearer {token}"));
    let twice = twice.with_header("Authorization", &format!("Bearer {token}"));
    program.send(twice).await.expect_error(401, "invalid_token");
    program
        .with_token(&token)
        .get("/v1/me")
        .await
        .expect_status(200);
}

/// Tests docs/security.md#ses-04, docs/security.md#csrf-01, docs/security.md#log-12.
async fn session_cookie_is_refused_by_the_api_and_access_token_by_the_pages(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let session = browser.session_token().expect("a session");
    let cookie = format!("{}={session}", call::SESSION_COOKIE);
    let program = app.new_api_client();
    let with_cookie = program
        .request("GET", "/v1/me")
        .with_header("Cookie", &cookie);
    program
        .send(with_cookie)
        .await
        .expect_error(401, "invalid_token");
    let as_token = program.clone().with_token(&session);
    as_token
        .get("/v1/me")
        .await
        .expect_error(401, "invalid_token");

    app.skip_resend_cooldown().await;
    let token = program.sign_in(&app, &ann).await;
    let secret = decode_token_part(&split_token(&token)[1])["jti"]
        .as_str()
        .expect("value is text")
        .to_owned();
    for planted in [token.clone(), secret] {
        let mut attacker = app.new_browser();
        attacker.cookies = BTreeMap::from([(call::SESSION_COOKIE.to_owned(), planted)]);
        assert!(!attacker.is_signed_in().await);
        attacker.sign_out().await;
    }
    let page = app.new_browser().page_request("GET", "/dashboard");
    let page = page.with_header("Authorization", &format!("Bearer {token}"));
    assert_eq!(page.send(app.address).await.status, 303);
    program
        .with_token(&token)
        .get("/v1/me")
        .await
        .expect_status(200);
}

const FIRST: &str =
    "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QA==";
const SECOND: &str =
    "QD8+PTw7Ojk4NzY1NDMyMTAvLi0sKyopKCcmJSQjIiEgHx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQ==";
const THIRD: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

/// Tests docs/security.md#clu-07.
async fn access_token_signed_with_a_previous_key_is_valid_while_the_key_is_configured(
    database: Database,
) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_SECRET_KEY", FIRST)
        // A fixed public URL keeps the issuer of tokens the same after a restart on another port.
        .with_setting("SALLYPORT_PUBLIC_URL", "http://127.0.0.1:9")
        .with_setting("SALLYPORT_API_AUDIENCE", "the-shop")
        .with_separate_simulator()
        .start()
        .await;
    let ann = app.register_user().await;
    let old = app.new_api_client().sign_in(&app, &ann).await;
    assert_eq!(decode_token_part(&split_token(&old)[1])["aud"], "the-shop");
    assert_eq!(
        decode_token_part(&split_token(&old)[1])["iss"],
        "http://127.0.0.1:9"
    );

    app.change_setting("SALLYPORT_SECRET_KEY", SECOND);
    app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", FIRST);
    app.process.kill().await;
    app.restart().await;
    app.new_api_client()
        .with_token(&old)
        .get("/v1/me")
        .await
        .expect_status(200);
    let new = app.new_api_client().sign_in(&app, &ann).await;
    let keys = app.new_api_client().get("/.well-known/jwks.json").await;
    assert_eq!(
        keys.expect_status(200)["keys"]
            .as_array()
            .expect("value is a list")
            .len(),
        2
    );
    assert!(is_signed_by(&keys.body, &old) && is_signed_by(&keys.body, &new));

    app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", THIRD);
    app.process.kill().await;
    app.restart().await;
    let refused = app.new_api_client().with_token(&old).get("/v1/me").await;
    refused.expect_error(401, "invalid_token");
    app.new_api_client()
        .with_token(&new)
        .get("/v1/me")
        .await
        .expect_status(200);
}

async fn access_token_of_another_server_is_refused(database: Database) {
    let (here, there) = (
        TestApp::start(database).await,
        TestApp::start(database).await,
    );
    let ann = here.register_user().await;
    let token = here.new_api_client().sign_in(&here, &ann).await;
    let answer = there
        .new_api_client()
        .with_token(&token)
        .get("/v1/me")
        .await;
    answer.expect_error(401, "invalid_token");
}
