//! Basic authentication of the simulated Twilio APIs, with account SID and auth token or with an API key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::{Choice, ConstantTimeEq};

use super::errors::TwilioError;
use crate::settings::TwilioSettings;

/// Checks the Basic `Authorization` header of a Twilio call.
///
/// Compares the user name and password in constant time with those of the account and of the API key.
pub(crate) fn authenticate_twilio_call(
    settings: &TwilioSettings,
    authorization: Option<&str>,
) -> Result<(), TwilioError> {
    let Some((username, password)) = authorization.and_then(parse_basic_credentials) else {
        return Err(TwilioError::authentication_error(
            "Authentication Error - No credentials provided",
        ));
    };
    let account = (&settings.account_sid, &settings.auth_token);
    let key = settings.api_key.as_ref().map(|key| (&key.sid, &key.secret));
    let (mut is_user_known, mut is_secret_correct) = (Choice::from(0), Choice::from(0));
    for (user, secret) in std::iter::once(account).chain(key) {
        let is_user = username.as_bytes().ct_eq(user.as_bytes());
        is_user_known |= is_user;
        is_secret_correct |= is_user & password.as_bytes().ct_eq(secret.as_bytes());
    }
    if !bool::from(is_user_known) {
        return Err(TwilioError::authentication_error(
            "Authentication Error - invalid username",
        ));
    }
    if !bool::from(is_secret_correct) {
        return Err(TwilioError::authentication_error("Authenticate"));
    }
    Ok(())
}

/// Parses user name and password from a Basic `Authorization` header. `None` if it is malformed.
fn parse_basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (username, password) = decoded.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}
