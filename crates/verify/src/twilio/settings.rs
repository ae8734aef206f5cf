//! The settings of the client of Twilio Verify.

use std::fmt;

use reqwest::{RequestBuilder, Url};

use crate::http::parse_base_url;
use crate::identifiers::{ServiceId, is_twilio_sid};
use crate::services::{Services, SettingsError};

/// Settings of the Twilio Verify client.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// The base URL of the API without `/v2`: `https://verify.twilio.com`, or the address of a simulator.
    pub base_url: String,
    pub credentials: TwilioCredentials,
    pub services: Services,
    /// Whether PSD2 is enabled for the payment service, so that it binds codes to amount and payee:
    /// <https://www.twilio.com/docs/verify/verifying-transactions-psd2>.
    pub psd2: bool,
    /// Whether to send the address of the user: as `DeviceIp`, and as `end_user_ip` for a rate limit of that name. Each
    /// service must then define that limit: <https://www.twilio.com/docs/verify/api/programmable-rate-limits>.
    pub rate_limits: bool,
}

impl TwilioSettings {
    /// Returns whether codes of this service are bound to one payment (PSD2 is enabled).
    pub(super) fn does_service_bind_codes_to_payments(&self, service: &ServiceId) -> bool {
        self.psd2 && *service == self.services.payment
    }

    /// Validates all settings and returns the parsed base URL.
    pub(super) fn validate_settings_and_parse_base_url(&self) -> Result<Url, SettingsError> {
        let is_service = |service: &ServiceId| is_twilio_sid(service.as_str(), "VA");
        self.services
            .validate_service_ids(is_service, "`VA` followed by 32 hexadecimal digits")?;
        parse_base_url(&self.base_url).ok_or(SettingsError::BaseUrl("Twilio"))
    }
}

/// Credentials of a Twilio account (<https://www.twilio.com/docs/usage/requests-to-twilio>).
///
/// They are account SID and auth token, or SID and secret of an API key. `Debug` does not print them.
#[derive(Clone)]
pub struct TwilioCredentials {
    sid: String,
    secret: String,
}

impl TwilioCredentials {
    /// Creates credentials from account SID and auth token, or SID and secret of an API key.
    pub fn from_sid_and_secret(sid: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            sid: sid.into(),
            secret: secret.into(),
        }
    }

    /// Adds HTTP Basic authentication to a request. reqwest marks the header as sensitive, so that it is not logged.
    pub(super) fn add_authentication_header(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.sid, Some(&self.secret))
    }
}

impl fmt::Debug for TwilioCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwilioCredentials([redacted])")
    }
}
