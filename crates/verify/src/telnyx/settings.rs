use std::fmt;

use reqwest::{RequestBuilder, Url};

use super::super::http::plain_url;
use super::super::{ServiceId, Services, SettingsError, is_uuid};

/// How Telnyx is called.
#[derive(Clone, Debug)]
pub struct TelnyxSettings {
    /// Where the API answers, without `/v2`: `https://api.telnyx.com`, or a stand-in's address.
    pub base_url: String,
    pub api_key: ApiKey,
    /// The Verify profile of each purpose, spelled as Telnyx does: in lower case.
    pub profiles: Services,
}

impl TelnyxSettings {
    /// The base URL, once everything about the settings is right.
    pub(super) fn checked(&self) -> Result<Url, SettingsError> {
        let is_profile = |profile: &ServiceId| is_uuid(profile.as_str());
        self.profiles.check(is_profile, "a UUID in lower case")?;
        plain_url(&self.base_url).ok_or(SettingsError::BaseUrl("Telnyx"))
    }
}

/// What opens the account (<https://developers.telnyx.com/api-reference/authentication>).
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// A bearer token; the header is marked so that no trace prints it.
    pub(super) fn authorise(&self, call: RequestBuilder) -> RequestBuilder {
        call.bearer_auth(&self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}
