//! Checks for unsafe values in production. Each error says what to set.

use super::captcha::{CaptchaConfig, CaptchaKind};
use super::keys::{ConfiguredKeys, KEY_HINT};
use super::notifications::NotificationsConfig;
use super::origin::Origin;
use super::phone::PhoneConfig;
use super::provider::ProviderConfig;
use super::provider_kind::{Api, simulator_defaults};
use super::reader::Reader;
use super::server::ServerConfig;
use super::verify_services::VerifyServices;

/// Reports every value that is unsafe in production.
pub(super) fn refuse_unsafe_values(
    read: &mut Reader,
    server: &ServerConfig,
    provider: &ProviderConfig,
    captcha: &CaptchaConfig,
    keys: &ConfiguredKeys,
) {
    refuse_plain_http(read, server);
    refuse_simulator(read, provider);
    refuse_simulators_credentials(read, provider);
    if matches!(captcha.kind, CaptchaKind::None) {
        let remedy = "remove it or set proof_of_work";
        read.fault("SALLYPORT_CAPTCHA", "is none", remedy);
    }
    if keys.secret_key.is_none() {
        let wrong = "is not set, and production generates no key";
        read.fault("SALLYPORT_SECRET_KEY", wrong, KEY_HINT);
    }
}

/// Requires one channel for security notifications to account holders.
pub(super) fn require_notifications(read: &mut Reader, notifications: &NotificationsConfig) {
    const URL: &str = "SALLYPORT_SMTP_URL";
    const SENDERS: [&str; 2] = ["TWILIO_MESSAGING_FROM", "TWILIO_MESSAGING_SERVICE_SID"];
    // A value that is set but invalid has an error of its own.
    let given = read.is_set(URL) || SENDERS.iter().any(|name| read.is_set(name));
    if !given && notifications.sms.is_none() && notifications.mail.is_none() {
        read.fault(
            URL,
            "is not set, and neither is a messaging sender, so no security notification could be sent",
            "set it and SALLYPORT_MAIL_FROM, or TWILIO_MESSAGING_FROM or TWILIO_MESSAGING_SERVICE_SID, or both",
        );
    }
}

fn refuse_plain_http(read: &mut Reader, server: &ServerConfig) {
    const URL: &str = "SALLYPORT_PUBLIC_URL";
    let remedy = "set the https origin that browsers see, such as https://id.example.com";
    if !read.is_set(URL) {
        read.fault(URL, "is not set", remedy);
    } else if server.public_url.fixed().is_some_and(|url| !url.https) {
        read.fault(URL, "is not https", remedy);
    }
    if !server.secure_cookies {
        let remedy = "remove it or set true";
        read.fault("SALLYPORT_SECURE_COOKIES", "is false", remedy);
    }
}

fn refuse_simulator(read: &mut Reader, provider: &ProviderConfig) {
    if provider.kind.is_simulator() {
        read.fault(
            "SALLYPORT_PROVIDER",
            "is the simulator, which sends nothing",
            "set twilio, and TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_VERIFY_SERVICE_SID, \
             or telnyx, and TELNYX_API_KEY, TELNYX_VERIFY_PROFILE_ID, TELNYX_PUBLIC_KEY",
        );
    }
    if provider.simulator.embedded && read.is_set("SALLYPORT_SIMULATOR_EMBEDDED") {
        let wrong = "is true, but the simulator shows all codes";
        read.fault("SALLYPORT_SIMULATOR_EMBEDDED", wrong, "remove it");
    }
    refuse_foreign_base_urls(read, provider);
}

/// Refuses base URLs outside the provider's domain, so that credentials and phone numbers reach the provider only.
fn refuse_foreign_base_urls(read: &mut Reader, provider: &ProviderConfig) {
    let twilio = provider.twilio_url.fixed();
    if read.is_set("TWILIO_BASE_URL") && !twilio.is_some_and(Origin::is_twilio) {
        read.fault(
            "TWILIO_BASE_URL",
            "is not https at verify.twilio.com or another name under twilio.com",
            "remove it or set https://verify.twilio.com",
        );
    }
    let telnyx = provider.telnyx_url.fixed();
    if read.is_set("TELNYX_BASE_URL") && !telnyx.is_some_and(Origin::is_telnyx) {
        read.fault(
            "TELNYX_BASE_URL",
            "is not https at api.telnyx.com or another name under telnyx.com",
            "remove it or set https://api.telnyx.com",
        );
    }
}

/// Requires the list of countries that receive messages. Without one, an attacker can choose the most expensive.
pub(super) fn require_countries(read: &mut Reader, phone: &PhoneConfig) {
    const NAME: &str = "SALLYPORT_ALLOWED_COUNTRIES";
    // A value that is set but invalid has an error of its own.
    if phone.allowed_countries.is_none() && !read.is_set(NAME) {
        read.fault(
            NAME,
            "is not set, so numbers of all countries would receive messages",
            "set the ISO 3166 codes of the countries that your users have numbers of, such as US,GB",
        );
    }
}

/// Refuses the simulator's credentials, which are public.
fn refuse_simulators_credentials(read: &mut Reader, provider: &ProviderConfig) {
    use simulator_defaults as default;
    let twilio = provider.twilio.as_ref();
    let services = provider.services.as_ref().map(VerifyServices::all);
    let telnyx = provider.telnyx.as_ref();
    let profiles = telnyx.map(|telnyx| telnyx.profiles.all());
    let credentials = [
        (
            Api::Twilio,
            "TWILIO_ACCOUNT_SID",
            twilio.is_some_and(|twilio| twilio.account_sid == default::ACCOUNT_SID),
        ),
        (
            Api::Twilio,
            "TWILIO_AUTH_TOKEN",
            twilio.is_some_and(|twilio| twilio.auth_token.expose() == default::AUTH_TOKEN),
        ),
        (
            Api::Twilio,
            "TWILIO_PREVIOUS_AUTH_TOKEN",
            twilio
                .and_then(|twilio| twilio.previous_auth_token.as_ref())
                .is_some_and(|token| token.expose() == default::AUTH_TOKEN),
        ),
        (
            Api::Twilio,
            "TWILIO_VERIFY_SERVICE_SID",
            services.is_some_and(|services| services.contains(&default::VERIFY_SERVICE_SID)),
        ),
        (
            Api::Twilio,
            "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            services.is_some_and(|services| {
                services.contains(&default::VERIFY_SERVICE_SID_REGISTRATION)
            }),
        ),
        (
            Api::Telnyx,
            "TELNYX_API_KEY",
            telnyx.is_some_and(|telnyx| telnyx.api_key.expose() == default::TELNYX_API_KEY),
        ),
        (
            Api::Telnyx,
            "TELNYX_VERIFY_PROFILE_ID",
            profiles.is_some_and(|ids| ids.contains(&default::TELNYX_VERIFY_PROFILE_ID)),
        ),
        (
            Api::Telnyx,
            "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
            profiles
                .is_some_and(|ids| ids.contains(&default::TELNYX_VERIFY_PROFILE_ID_REGISTRATION)),
        ),
        (
            Api::Telnyx,
            "TELNYX_PUBLIC_KEY",
            is_simulators_key(read, "TELNYX_PUBLIC_KEY"),
        ),
        (
            Api::Telnyx,
            "TELNYX_PREVIOUS_PUBLIC_KEY",
            is_simulators_key(read, "TELNYX_PREVIOUS_PUBLIC_KEY"),
        ),
    ];
    for (api, name, is_default) in credentials {
        let given = read.is_set(name);
        if is_default && (given || api == provider.kind.api()) {
            let wrong = if given {
                "is the public value of the simulator"
            } else {
                "is not set"
            };
            read.fault(name, wrong, "set the value of your own account");
        }
    }
}

fn is_simulators_key(read: &mut Reader, name: &'static str) -> bool {
    read.text(name)
        .is_some_and(|key| key == simulator_defaults::TELNYX_PUBLIC_KEY)
}
