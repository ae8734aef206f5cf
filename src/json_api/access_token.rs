//! Access tokens of the JSON API: JWTs (RFC 7519) signed with Ed25519 (RFC 8037). Other back ends can verify them
//! with the published key set alone.
//!
//! This server also requires the session. The claim `jti` is the secret of the session, so a token becomes invalid at
//! once when the session ends, and a stolen signing key alone opens no session. The `jti` is not valid as a cookie,
//! because the stored session has a kind.
//!
//! Verification accepts one algorithm, which is never taken from the token
//! (<https://www.rfc-editor.org/rfc/rfc8725#section-3.1>), and only the configured keys.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::security::token::{AccountId, SessionId, Token};
use crate::store::sessions::Session;
use domain::{Method, Timestamp};

/// The only accepted signature algorithm.
const ALGORITHM: &str = "EdDSA";
const TYPE: &str = "JWT";
/// The maximum length of an accepted token in bytes. Tokens of this server have about 700 bytes.
const MAX_TOKEN_BYTES: usize = 2048;

/// Issuer and verifier of access tokens. The current key signs; the current and previous keys verify.
pub struct AccessTokens {
    issuer: String,
    audience: String,
    current: Key,
    previous: Vec<Key>,
}

/// Ed25519 signing key with its public key in JWK form.
struct Key {
    pair: SigningKey,
    public: PublicKey,
}

/// Scope of an access token: the operations that it permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenScope {
    /// All operations of the account.
    Account,
    /// Reading and keeping an account that will be deleted, and signing out. Its audience differs, so that no other
    /// service accepts it as the token of a signed-in user.
    KeepAccount,
}

impl TokenScope {
    const ALL: [Self; 2] = [Self::Account, Self::KeepAccount];

    /// Returns the `aud` claim of access tokens with this scope. It begins with the configured audience.
    fn build_audience_claim(self, configured_audience: &str) -> Cow<'_, str> {
        match self {
            Self::Account => configured_audience.into(),
            Self::KeepAccount => format!("{configured_audience}#keep-account").into(),
        }
    }
}

/// Claims of an access token whose signature is valid. The caller must still check that the session exists.
#[derive(Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    pub account: AccountId,
    pub session: SessionId,
    pub secret: Token,
    pub scope: TokenScope,
}

/// Public key in JWK form (RFC 7517; RFC 8037, section 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    /// The thumbprint of the key (RFC 7638). The header of a token contains it.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    #[schema(example = "OKP")]
    kty: &'static str,
    #[schema(example = "Ed25519")]
    crv: &'static str,
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
    #[schema(example = "EdDSA")]
    alg: &'static str,
    #[schema(example = "sig")]
    r#use: &'static str,
}

/// JWK set with the public keys that verify access tokens, the current key first (RFC 7517, section 5).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// JWT header of an access token to be issued.
#[derive(Serialize)]
struct IssuedHeader<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

/// JWT header of a received access token. Parsing fails for unknown members such as `jwk`, `jku` or `crit`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceivedHeader {
    alg: String,
    kid: String,
    typ: String,
}

/// JWT claims of an access token to be issued.
#[derive(Serialize)]
struct IssuedClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    sid: &'a str,
    jti: &'a str,
    iat: i64,
    exp: i64,
    /// The authenticator assurance level (NIST SP 800-63B, section 2).
    acr: &'static str,
    /// The authentication methods (RFC 8176).
    amr: &'static [&'static str],
}

/// JWT claims of a received access token. Unknown claims are ignored.
#[derive(Deserialize)]
struct ReceivedClaims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    exp: i64,
}

impl AccessTokens {
    /// Creates the issuer of access tokens. `current` is the seed of the signing key. The seeds in `previous` are those
    /// of earlier signing keys, which only verify tokens.
    pub fn from_signing_keys(
        issuer: String,
        audience: String,
        current: &[u8; 32],
        previous: impl Iterator<Item = [u8; 32]>,
    ) -> Self {
        Self {
            issuer,
            audience,
            current: Key::from_secret_seed(current),
            previous: previous.map(|seed| Key::from_secret_seed(&seed)).collect(),
        }
    }

    /// Issues an access token for a session. `secret` is the session token, which becomes the `jti` claim.
    pub fn issue_token_for_session(
        &self,
        session: &Session,
        secret: &Token,
        scope: TokenScope,
    ) -> String {
        let (acr, amr) = assurance_claims(session.method);
        let claims = IssuedClaims {
            iss: &self.issuer,
            aud: &scope.build_audience_claim(&self.audience),
            sub: session.account.as_str(),
            sid: session.id.as_str(),
            jti: secret.expose(),
            iat: to_unix_epoch_secs(session.created_at),
            exp: to_unix_epoch_secs(session.ends_at),
            acr,
            amr,
        };
        let header = IssuedHeader {
            alg: ALGORITHM,
            kid: &self.current.public.kid,
            typ: TYPE,
        };
        let signed = format!("{}.{}", encode_jwt_part(&header), encode_jwt_part(&claims));
        let signature = self.current.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// Verifies format, signature, issuer, audience and expiry of an access token. Returns its claims, or `None` if
    /// any check fails.
    pub fn verify_access_token(&self, text: &str, now: Timestamp) -> Option<VerifiedToken> {
        if text.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: ReceivedHeader = decode_jwt_part(header)?;
        if header.alg != ALGORITHM || header.typ != TYPE {
            return None;
        }
        let key = self
            .current_and_previous_keys()
            .find(|key| key.public.kid == header.kid)?;
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let public = key.pair.verifying_key();
        public.verify_strict(signed.as_bytes(), &signature).ok()?;
        let claims: ReceivedClaims = decode_jwt_part(claims)?;
        if claims.iss != self.issuer || to_unix_epoch_secs(now) >= claims.exp {
            return None;
        }
        let for_audience =
            |scope: &TokenScope| scope.build_audience_claim(&self.audience) == claims.aud;
        Some(VerifiedToken {
            account: AccountId::parse(&claims.sub)?,
            session: SessionId::parse(&claims.sid)?,
            secret: Token::parse(&claims.jti)?,
            scope: TokenScope::ALL.into_iter().find(for_audience)?,
        })
    }

    /// Returns the public keys that clients use to verify access tokens.
    pub fn create_public_key_set(&self) -> KeySet {
        KeySet {
            keys: self
                .current_and_previous_keys()
                .map(|key| key.public.clone())
                .collect(),
        }
    }

    /// Iterates over all keys, the current key first.
    fn current_and_previous_keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessTokens")
    }
}

impl Key {
    /// Derives the key pair from a secret seed.
    fn from_secret_seed(secret_seed: &[u8; 32]) -> Self {
        let pair = SigningKey::from_bytes(secret_seed);
        let public = PublicKey::from_ed25519_key_bytes(pair.verifying_key().as_bytes());
        Self { pair, public }
    }
}

impl PublicKey {
    /// Creates the JWK of an Ed25519 public key from its 32 bytes.
    fn from_ed25519_key_bytes(public_key: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public_key);
        // The required members in alphabetical order and nothing between them (RFC 7638, section
        // 3; RFC 8037, appendix A.3).
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self {
            kid: URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes())),
            kty: "OKP",
            crv: "Ed25519",
            x,
            alg: ALGORITHM,
            r#use: "sig",
        }
    }
}

/// Returns the claims `acr` (assurance level) and `amr` (authentication methods) of a session that used this second
/// factor.
const fn assurance_claims(
    second_factor: Option<Method>,
) -> (&'static str, &'static [&'static str]) {
    match second_factor {
        None => ("aal1", &["pwd"]),
        Some(Method::Sms) => ("aal2", &["pwd", "sms", "otp", "mfa"]),
        Some(Method::Totp) => ("aal2", &["pwd", "otp", "mfa"]),
        Some(Method::Recovery) => ("aal2", &["pwd", "mfa"]),
    }
}

/// Converts a time to whole seconds since the Unix epoch, as JWT claims contain it (RFC 7519, section 2).
const fn to_unix_epoch_secs(time: Timestamp) -> i64 {
    time.as_millis() / 1000
}

/// Encodes JWT header or claims as JSON in base64url.
fn encode_jwt_part(json: &impl Serialize) -> String {
    // Serialising strings and numbers cannot fail.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(json).unwrap_or_default())
}

fn decode_jwt_part<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
#[path = "access_token_tests.rs"]
mod tests;
