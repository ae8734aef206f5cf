use std::fmt;

use reqwest::{RequestBuilder, Url};

use super::super::http::plain_url;
use super::super::{ServiceId, Services, SettingsError, is_sid};

/// How Twilio is called.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Where the API answers, without `/v2`: `https://verify.twilio.com`, or a stand-in's address.
    pub base_url: String,
    pub credentials: Credentials,
    pub services: Services,
    /// Whether the service for payments has PSD2 on, which binds its codes to amount and payee:
    /// <https://www.twilio.com/docs/verify/verifying-transactions-psd2>.
    pub psd2: bool,
    /// Whether the browser's address is passed on: as `DeviceIp`, and under `end_user_ip` for a rate limit of
    /// that name, which then has to exist on each service.
    pub rate_limits: bool,
}

impl TwilioSettings {
    /// Whether codes of this service are for one payment each.
    pub(super) fn binds_to_payments(&self, service: &ServiceId) -> bool {
        self.psd2 && *service == self.services.payment
    }

    /// The base URL, once everything about the settings is right.
    pub(super) fn checked(&self) -> Result<Url, SettingsError> {
        let is_service = |service: &ServiceId| is_sid(service.as_str(), "VA");
        self.services
            .check(is_service, "VA and 32 hexadecimal digits")?;
        plain_url(&self.base_url).ok_or(SettingsError::BaseUrl("Twilio"))
    }
}

/// What opens the account: Account SID and auth token, or API key SID and its secret
/// (<https://www.twilio.com/docs/usage/requests-to-twilio>).
#[derive(Clone)]
pub struct Credentials {
    sid: String,
    secret: String,
}

impl Credentials {
    pub fn new(sid: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            sid: sid.into(),
            secret: secret.into(),
        }
    }

    /// HTTP Basic; the header is marked so that no trace prints it.
    pub(super) fn authorise(&self, call: RequestBuilder) -> RequestBuilder {
        call.basic_auth(&self.sid, Some(&self.secret))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}
