//! Rejects settings that are unsafe in production. Each error contains the remedy.

use super::captcha::{CaptchaConfig, CaptchaKind};
use super::keys::{ConfiguredKeys, KEY_HINT};
use super::notifications::NotificationsConfig;
use super::origin::Origin;
use super::phone::PhoneConfig;
use super::provider::ProviderConfig;
use super::provider_kind::{Api, simulator_defaults};
use super::reader::SettingsReader;
use super::server::ServerConfig;
use super::verify_services::VerifyServices;

/// Reports an error for each setting whose value is unsafe in production.
pub(super) fn refuse_settings_unsafe_in_production(
    reader: &mut SettingsReader,
    server: &ServerConfig,
    provider: &ProviderConfig,
    captcha: &CaptchaConfig,
    keys: &ConfiguredKeys,
) {
    refuse_plain_http(reader, server);
    refuse_simulator_in_production(reader, provider);
    refuse_simulator_credentials_in_production(reader, provider);
    if matches!(captcha.kind, CaptchaKind::None) {
        let remedy = "remove it or set proof_of_work";
        reader.report_setting_error("SALLYPORT_CAPTCHA", "is none", remedy);
    }
    if keys.secret_key.is_none() {
        let problem = "is not set, and production generates no key";
        reader.report_setting_error("SALLYPORT_SECRET_KEY", problem, KEY_HINT);
    }
}

/// Reports an error if neither mail nor SMS is configured for security notifications to users.
pub(super) fn require_notification_channel(
    reader: &mut SettingsReader,
    notifications: &NotificationsConfig,
) {
    const URL: &str = "SALLYPORT_SMTP_URL";
    const SENDERS: [&str; 2] = ["TWILIO_MESSAGING_FROM", "TWILIO_MESSAGING_SERVICE_SID"];
    // A value that is set but invalid already has its own error.
    let is_any_set = reader.is_set(URL) || SENDERS.iter().any(|name| reader.is_set(name));
    if !is_any_set && notifications.sms.is_none() && notifications.mail.is_none() {
        reader.report_setting_error(
            URL,
            "is not set, and neither is a messaging sender, so no security notification could be sent",
            "set it and SALLYPORT_MAIL_FROM, or TWILIO_MESSAGING_FROM or TWILIO_MESSAGING_SERVICE_SID, or both",
        );
    }
}

/// Reports an error if browsers reach the server over plain http.
fn refuse_plain_http(reader: &mut SettingsReader, server: &ServerConfig) {
    const URL: &str = "SALLYPORT_PUBLIC_URL";
    let remedy = "set the https origin that browsers see, such as https://id.example.com";
    if !reader.is_set(URL) {
        reader.report_setting_error(URL, "is not set", remedy);
    } else if server
        .public_url
        .origin_known_before_listening()
        .is_some_and(|url| !url.https)
    {
        reader.report_setting_error(URL, "is not https", remedy);
    }
    if !server.secure_cookies {
        let remedy = "remove it or set true";
        reader.report_setting_error("SALLYPORT_SECURE_COOKIES", "is false", remedy);
    }
}

/// Reports an error if the simulator is the provider, because it sends no messages and shows all codes.
///
/// Called only in production mode.
fn refuse_simulator_in_production(reader: &mut SettingsReader, provider: &ProviderConfig) {
    if provider.kind.is_simulator() {
        reader.report_setting_error(
            "SALLYPORT_PROVIDER",
            "is the simulator, which sends nothing",
            "set twilio, and TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_VERIFY_SERVICE_SID, \
             or telnyx, and TELNYX_API_KEY, TELNYX_VERIFY_PROFILE_ID, TELNYX_PUBLIC_KEY",
        );
    }
    if provider.simulator.embedded && reader.is_set("SALLYPORT_SIMULATOR_EMBEDDED") {
        let problem = "is true, but the simulator shows all codes";
        reader.report_setting_error("SALLYPORT_SIMULATOR_EMBEDDED", problem, "remove it");
    }
    refuse_base_urls_outside_provider_domain(reader, provider);
}

/// Reports an error if a base URL is outside the domain of its provider.
///
/// The server would send credentials and phone numbers to that URL.
fn refuse_base_urls_outside_provider_domain(
    reader: &mut SettingsReader,
    provider: &ProviderConfig,
) {
    let twilio = provider.twilio_url.origin_known_before_listening();
    if reader.is_set("TWILIO_BASE_URL") && !twilio.is_some_and(Origin::is_twilio_origin) {
        reader.report_setting_error(
            "TWILIO_BASE_URL",
            "is not https at verify.twilio.com or another name under twilio.com",
            "remove it or set https://verify.twilio.com",
        );
    }
    let telnyx = provider.telnyx_url.origin_known_before_listening();
    if reader.is_set("TELNYX_BASE_URL") && !telnyx.is_some_and(Origin::is_telnyx_origin) {
        reader.report_setting_error(
            "TELNYX_BASE_URL",
            "is not https at api.telnyx.com or another name under telnyx.com",
            "remove it or set https://api.telnyx.com",
        );
    }
}

/// Reports an error if no list of accepted countries is set.
///
/// Without the list, an attacker could make the server send messages to expensive countries.
pub(super) fn require_allowed_countries(reader: &mut SettingsReader, phone: &PhoneConfig) {
    const NAME: &str = "SALLYPORT_ALLOWED_COUNTRIES";
    // A value that is set but invalid already has its own error.
    if phone.allowed_countries.is_none() && !reader.is_set(NAME) {
        reader.report_setting_error(
            NAME,
            "is not set, so numbers of all countries would receive messages",
            "set the ISO 3166 codes of the countries that your users have numbers of, such as US,GB",
        );
    }
}

/// Reports an error for credentials that are the public defaults of the simulator. Called only in production mode.
fn refuse_simulator_credentials_in_production(
    reader: &mut SettingsReader,
    provider: &ProviderConfig,
) {
    use simulator_defaults as default;
    let twilio = provider.twilio.as_ref();
    let services = provider
        .services
        .as_ref()
        .map(VerifyServices::list_service_ids);
    let telnyx = provider.telnyx.as_ref();
    let profiles = telnyx.map(|telnyx| telnyx.profiles.list_service_ids());
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
            has_simulator_public_key(reader, "TELNYX_PUBLIC_KEY"),
        ),
        (
            Api::Telnyx,
            "TELNYX_PREVIOUS_PUBLIC_KEY",
            has_simulator_public_key(reader, "TELNYX_PREVIOUS_PUBLIC_KEY"),
        ),
    ];
    for (api, name, is_default) in credentials {
        let is_configured = reader.is_set(name);
        if is_default && (is_configured || api == provider.kind.provider_api()) {
            let problem = if is_configured {
                "is the public value of the simulator"
            } else {
                "is not set"
            };
            reader.report_setting_error(name, problem, "set the value of your own account");
        }
    }
}

/// Returns whether a setting contains the simulator's public key.
fn has_simulator_public_key(reader: &mut SettingsReader, name: &'static str) -> bool {
    reader
        .read_text(name)
        .is_some_and(|key| key == simulator_defaults::TELNYX_PUBLIC_KEY)
}
