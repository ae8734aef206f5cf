//! Basic authentication as Twilio does it: account SID and auth token, or an API key's SID and secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::{Choice, ConstantTimeEq};

use super::super::settings::TwilioSettings;
use super::errors::Refusal;

/// Checks an `Authorization` header. Both halves of every pair are always compared, in constant time,
/// so that the simulator is a fair model in timing tests too. Messages: contract section 2.8.
pub(super) fn authenticate(
    settings: &TwilioSettings,
    authorization: Option<&str>,
) -> Result<(), Refusal> {
    let Some((username, password)) = authorization.and_then(credentials) else {
        return Err(Refusal::unauthenticated(
            "Authentication Error - No credentials provided",
        ));
    };
    let account = (&settings.account_sid, &settings.auth_token);
    let key = settings.api_key.as_ref().map(|key| (&key.sid, &key.secret));
    let (mut known_user, mut right_secret) = (Choice::from(0), Choice::from(0));
    for (user, secret) in std::iter::once(account).chain(key) {
        let is_user = username.as_bytes().ct_eq(user.as_bytes());
        known_user |= is_user;
        right_secret |= is_user & password.as_bytes().ct_eq(secret.as_bytes());
    }
    if !bool::from(known_user) {
        return Err(Refusal::unauthenticated(
            "Authentication Error - invalid username",
        ));
    }
    if !bool::from(right_secret) {
        return Err(Refusal::unauthenticated("Authenticate"));
    }
    Ok(())
}

/// User name and password of a Basic header; a broken header counts as none.
fn credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (username, password) = decoded.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}
