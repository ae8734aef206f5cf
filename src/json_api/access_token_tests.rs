use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};

use super::*;
use crate::store::sessions::SessionKind;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: Duration = Duration::from_hours(24);

/// Creates an issuer of access tokens. Each byte is repeated 32 times to form the seed of a key.
fn create_access_tokens(current_seed_byte: u8, previous_seed_bytes: &[u8]) -> AccessTokens {
    let previous_seeds = previous_seed_bytes.iter().map(|seed| [*seed; 32]);
    let (issuer, audience) = ("https://id.example.org".into(), "the shop".into());
    AccessTokens::from_signing_keys(issuer, audience, &[current_seed_byte; 32], previous_seeds)
}

fn create_session() -> Session {
    Session {
        id: SessionId::generate(),
        token: crate::security::token::Token::generate().hash(),
        kind: SessionKind::ApiClient,
        account: AccountId::generate(),
        method: Some(Method::Sms),
        created_at: NOW,
        last_seen_at: NOW,
        ends_at: NOW + DAY,
        stepped_up_at: NOW,
    }
}

/// Decodes the JSON in one part of a JWT.
fn decode_json(part: &str) -> Value {
    decode_jwt_part(part).expect("JSON in base64url")
}

/// Encodes JSON as one part of a JWT.
fn encode_json(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Splits a JWT into header, claims and signature.
fn split_token(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().expect("token has three parts")
}

/// Signs header and claims with the current key, and returns whether the token is accepted.
fn accepts_token_signed_by_current_key(
    tokens: &AccessTokens,
    header: &Value,
    claims: &Value,
) -> bool {
    let signed = format!("{}.{}", encode_json(header), encode_json(claims));
    let signature = tokens.current.pair.sign(signed.as_bytes());
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    tokens.verify_access_token(&token, NOW).is_some()
}

#[test]
fn access_token_is_valid_until_its_session_expires() {
    let (tokens, session, secret) = (
        create_access_tokens(1, &[]),
        create_session(),
        Token::generate(),
    );
    let token = tokens.issue_token_for_session(&session, &secret, TokenScope::Account);
    let verified = VerifiedToken {
        account: session.account.clone(),
        session: session.id.clone(),
        secret,
        scope: TokenScope::Account,
    };
    assert_eq!(tokens.verify_access_token(&token, NOW), Some(verified));
    let last = NOW + DAY - Duration::from_millis(1);
    assert!(tokens.verify_access_token(&token, last).is_some());
    assert_eq!(tokens.verify_access_token(&token, NOW + DAY), None);
    let [header, claims, _] = split_token(&token);
    assert_eq!(decode_json(header)["alg"], "EdDSA");
    let claims = decode_json(claims);
    assert_eq!(claims["iss"], "https://id.example.org");
    assert_eq!(claims["aud"], "the shop");
    assert_eq!(claims["exp"].as_i64(), Some(1_800_086_400));
    assert_eq!(claims["iat"].as_i64(), Some(1_800_000_000));
    assert_eq!(claims["acr"], "aal2");
    assert_eq!(claims["amr"], json!(["pwd", "sms", "otp", "mfa"]));
}

#[test]
fn access_token_that_only_keeps_an_account_has_a_separate_audience() {
    let tokens = create_access_tokens(1, &[]);
    let token = tokens.issue_token_for_session(
        &create_session(),
        &Token::generate(),
        TokenScope::KeepAccount,
    );
    let verified = tokens
        .verify_access_token(&token, NOW)
        .expect("a token of this server");
    assert_eq!(verified.scope, TokenScope::KeepAccount);
    let claims = decode_json(split_token(&token)[1]);
    assert_eq!(claims["aud"], "the shop#keep-account");
}

#[test]
fn session_without_second_factor_has_assurance_level_1() {
    let mut session = create_session();
    session.method = None;
    let token = create_access_tokens(1, &[]).issue_token_for_session(
        &session,
        &Token::generate(),
        TokenScope::Account,
    );
    let claims = decode_json(split_token(&token)[1]);
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("aal1"), &json!(["pwd"]))
    );
}

/// Required by RFC 8725: <https://www.rfc-editor.org/rfc/rfc8725#section-3.1>
#[test]
fn access_token_with_another_algorithm_is_rejected_with_any_signature() {
    let tokens = create_access_tokens(1, &[]);
    let token =
        tokens.issue_token_for_session(&create_session(), &Token::generate(), TokenScope::Account);
    let [header, claims, signature] = split_token(&token);
    let (header, claims_read) = (decode_json(header), decode_json(claims));
    assert!(accepts_token_signed_by_current_key(
        &tokens,
        &header,
        &claims_read
    ));
    for alg in ["none", "None", "", "HS256", "ES256", "eddsa", "Ed25519"] {
        let mut forged = header.clone();
        forged["alg"] = json!(alg);
        assert!(
            !accepts_token_signed_by_current_key(&tokens, &forged, &claims_read),
            "{alg}"
        );
        for signature in ["", signature] {
            let forged = format!("{}.{claims}.{signature}", encode_json(&forged));
            assert_eq!(tokens.verify_access_token(&forged, NOW), None, "{alg}");
        }
    }
    // Signs with the public key as an HMAC secret, because an attacker knows the public key.
    let mut forged = header.clone();
    forged["alg"] = json!("HS256");
    let signed = format!("{}.{claims}", encode_json(&forged));
    let mac = Hmac::<Sha256>::new_from_slice(tokens.current.pair.verifying_key().as_bytes());
    let mac = mac
        .expect("HMAC accepts any key length")
        .chain_update(&signed)
        .finalize();
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()));
    assert_eq!(tokens.verify_access_token(&forged, NOW), None);
}

/// Required by RFC 8725: <https://www.rfc-editor.org/rfc/rfc8725#section-3.8>
#[test]
fn access_token_for_another_issuer_audience_or_type_is_rejected() {
    let tokens = create_access_tokens(1, &[]);
    let token =
        tokens.issue_token_for_session(&create_session(), &Token::generate(), TokenScope::Account);
    let [header, claims, _] = split_token(&token).map(str::to_owned);
    let (header, claims) = (decode_json(&header), decode_json(&claims));
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("the bank")),
        ("aud", json!(["the shop"])),
        ("sub", json!("ann")),
        ("sid", json!(7)),
        ("jti", json!("short")),
        ("exp", json!("1800086400")),
        ("exp", json!(1_800_000_000)),
        ("exp", json!(null)),
    ] {
        let mut forged = claims.clone();
        forged[name] = value.clone();
        assert!(
            !accepts_token_signed_by_current_key(&tokens, &header, &forged),
            "{name}: {value}"
        );
        forged
            .as_object_mut()
            .expect("value is an object")
            .remove(name);
        assert!(
            !accepts_token_signed_by_current_key(&tokens, &header, &forged),
            "no {name}"
        );
    }
    for (name, value) in [
        ("typ", json!("at+jwt")),
        ("kid", json!("another")),
        ("crit", json!(["exp"])),
        ("jwk", json!({ "kty": "OKP" })),
        ("jku", json!("https://evil.example/jwks.json")),
    ] {
        let mut forged = header.clone();
        forged[name] = value;
        assert!(
            !accepts_token_signed_by_current_key(&tokens, &forged, &claims),
            "{name}"
        );
    }
}

#[test]
fn changed_access_token_is_rejected() {
    let tokens = create_access_tokens(1, &[]);
    let token =
        tokens.issue_token_for_session(&create_session(), &Token::generate(), TokenScope::Account);
    for at in 0..token.len() {
        let other = if token.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        assert_eq!(tokens.verify_access_token(&changed, NOW), None, "{at}");
        assert_eq!(
            tokens.verify_access_token(&token[..at], NOW),
            None,
            "cut at {at}"
        );
    }
    for malformed in [
        format!("{token}."),
        format!(".{token}"),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}.{token}"),
        "..".into(),
        String::new(),
        "a".repeat(1 << 20),
    ] {
        assert_eq!(tokens.verify_access_token(&malformed, NOW), None);
    }
}

#[test]
fn previous_key_verifies_old_access_tokens_and_signs_no_new_ones() {
    let old = create_access_tokens(1, &[]).issue_token_for_session(
        &create_session(),
        &Token::generate(),
        TokenScope::Account,
    );
    let rotated = create_access_tokens(2, &[1]);
    assert!(rotated.verify_access_token(&old, NOW).is_some());
    assert_eq!(
        create_access_tokens(2, &[]).verify_access_token(&old, NOW),
        None
    );
    let new =
        rotated.issue_token_for_session(&create_session(), &Token::generate(), TokenScope::Account);
    assert_eq!(
        create_access_tokens(1, &[]).verify_access_token(&new, NOW),
        None
    );
    let kids: Vec<String> = rotated
        .create_public_key_set()
        .keys
        .into_iter()
        .map(|key| key.kid)
        .collect();
    assert_eq!(kids.len(), 2);
    assert_eq!(decode_json(split_token(&new)[0])["kid"], json!(kids[0]));
    assert_eq!(decode_json(split_token(&old)[0])["kid"], json!(kids[1]));
}

/// Compares with the example key of RFC 8037, appendix A.
#[test]
fn published_key_has_the_format_of_rfc_8037() {
    let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let seed: [u8; 32] = seed
        .expect("base64url")
        .try_into()
        .expect("key has 32 bytes");
    let key = Key::from_secret_seed(&seed);
    assert_eq!(key.public.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(
        key.public.kid,
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    let written = serde_json::to_value(&key.public).expect("value is serialised");
    assert_eq!(written["kty"], "OKP");
    assert_eq!(written["crv"], "Ed25519");
    assert!(written.get("d").is_none());
}
