use std::fmt;

use reqwest::{RequestBuilder, Url};

use super::super::ServiceId;
use super::answer::is_sid;
use crate::domain::Purpose;

/// How Twilio is called.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// Where the API answers, without `/v2`: `https://verify.twilio.com`, or a stand-in's address.
    pub base_url: String,
    pub credentials: Credentials,
    pub services: Services,
    /// Whether the browser's address is passed on: as `DeviceIp`, and under `end_user_ip` for a rate limit of
    /// that name, which then has to exist on each service.
    pub rate_limits: bool,
}

/// What is wrong with [`TwilioSettings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "Twilio's base URL is not http:// or https:// with a host and without user, query or fragment"
    )]
    BaseUrl,
    #[error("the service for {} is not VA and 32 hexadecimal digits", .0.as_str())]
    Service(Purpose),
}

impl TwilioSettings {
    /// The base URL, once everything about the settings is right.
    pub(super) fn checked(&self) -> Result<Url, SettingsError> {
        let odd = |purpose: &Purpose| !is_sid(self.services.of(*purpose).as_str(), "VA");
        if let Some(purpose) = Purpose::ALL.into_iter().find(odd) {
            return Err(SettingsError::Service(purpose));
        }
        plain_url(&self.base_url).ok_or(SettingsError::BaseUrl)
    }
}

/// The URL, if there is nothing in it but a scheme of HTTP, host, port and path.
pub(super) fn plain_url(text: &str) -> Option<Url> {
    let base = Url::parse(text).ok()?;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none();
    plain.then_some(base)
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

/// One Verify service for each purpose; the same one may serve several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    pub registration: ServiceId,
    pub sign_in: ServiceId,
    pub set_up: ServiceId,
    pub phone_change: ServiceId,
    pub step_up: ServiceId,
    pub payment: ServiceId,
}

impl Services {
    pub const fn of(&self, purpose: Purpose) -> &ServiceId {
        match purpose {
            Purpose::Registration => &self.registration,
            Purpose::SignIn => &self.sign_in,
            Purpose::SetUp => &self.set_up,
            Purpose::PhoneChange => &self.phone_change,
            Purpose::StepUp => &self.step_up,
            Purpose::Payment => &self.payment,
        }
    }
}
