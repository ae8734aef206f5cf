use subtle::ConstantTimeEq;

use super::super::settings::TelnyxSettings;
use super::errors::Refusal;

/// Checks an `Authorization` header: a bearer token, compared in constant time, so that the
/// simulator is a fair model in timing tests too.
pub(super) fn authenticate(
    settings: &TelnyxSettings,
    authorization: Option<&str>,
) -> Result<(), Refusal> {
    let token = authorization
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let right = token.is_some_and(|token| {
        let key = settings.api_key.as_bytes();
        bool::from(token.as_bytes().ct_eq(key))
    });
    if right {
        Ok(())
    } else {
        Err(Refusal::of(10009))
    }
}
