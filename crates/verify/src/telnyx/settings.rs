//! The settings of the client of Telnyx Verify.

use std::fmt;

use reqwest::{RequestBuilder, Url};

use crate::http::parse_base_url;
use crate::identifiers::{ServiceId, is_lower_case_uuid};
use crate::services::{Services, SettingsError};

/// Settings of the Telnyx Verify client.
#[derive(Clone, Debug)]
pub struct TelnyxSettings {
    /// The base URL of the API without `/v2`: `https://api.telnyx.com`, or the address of a simulator.
    pub base_url: String,
    pub api_key: TelnyxApiKey,
    /// The Verify profile of each purpose: a UUID in lower case.
    pub profiles: Services,
}

impl TelnyxSettings {
    /// Validates all settings and returns the parsed base URL.
    pub(super) fn validate_settings_and_parse_base_url(&self) -> Result<Url, SettingsError> {
        let is_profile = |profile: &ServiceId| is_lower_case_uuid(profile.as_str());
        self.profiles
            .validate_service_ids(is_profile, "a UUID in lower case")?;
        parse_base_url(&self.base_url).ok_or(SettingsError::BaseUrl("Telnyx"))
    }
}

/// API key of a Telnyx account (<https://developers.telnyx.com/api-reference/authentication>).
///
/// `Debug` does not print it.
#[derive(Clone)]
pub struct TelnyxApiKey(String);

impl TelnyxApiKey {
    /// Wraps a Telnyx API key.
    pub fn new(api_key: impl Into<String>) -> Self {
        Self(api_key.into())
    }

    /// Adds the API key to an HTTP request as a bearer token.
    ///
    /// reqwest marks the header as sensitive, so that it is not logged.
    pub(super) fn add_authentication_header(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.0)
    }
}

impl fmt::Debug for TelnyxApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TelnyxApiKey([redacted])")
    }
}
