//! Bearer authentication of the simulated Telnyx API.

use subtle::ConstantTimeEq;

use super::errors::TelnyxError;
use crate::settings::TelnyxSettings;

/// Checks the bearer token of a Telnyx call. Compares it in constant time.
pub(crate) fn authenticate_telnyx_call(
    settings: &TelnyxSettings,
    authorization: Option<&str>,
) -> Result<(), TelnyxError> {
    let token = authorization
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let is_correct = token.is_some_and(|token| {
        let key = settings.api_key.as_bytes();
        bool::from(token.as_bytes().ct_eq(key))
    });
    if is_correct {
        Ok(())
    } else {
        Err(TelnyxError::from_error_code(10009))
    }
}
