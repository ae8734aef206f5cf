//! Warnings about settings that are allowed but risky. The server logs them at start.

use super::{Api, CaptchaKind, Config, MfaPolicy, Mode, Origin, ProviderKind};

impl Config {
    /// Returns one warning for each setting that is permitted but risky.
    pub fn list_setting_warnings(&self) -> Vec<String> {
        let checks = [
            self.exposed_development_server_warning(),
            self.dropped_cookies_warning(),
            self.exposed_simulator_warning(),
            self.exposed_metrics_warning(),
            self.unencrypted_credentials_warning(),
            self.unverifiable_webhooks_warning(),
            self.shared_registration_service_warning(),
            self.missing_trusted_proxies_warning(),
            self.missing_notification_channel_warning(),
            (self.accounts.mfa == MfaPolicy::Optional).then(|| {
                "SALLYPORT_MFA is optional: accounts without a phone sign in over the JSON API with their password alone"
                    .to_owned()
            }),
            self.accounts.enumeration.then(|| {
                "SALLYPORT_ENUMERATION is true: registration reveals which e-mail addresses and numbers have an account".to_owned()
            }),
            matches!(self.captcha.kind, CaptchaKind::None).then(|| {
                "SALLYPORT_CAPTCHA is none: bots can register and cause messages".to_owned()
            }),
        ];
        checks.into_iter().flatten().collect()
    }

    /// Returns whether the configured public URL uses https.
    fn has_https_public_url(&self) -> bool {
        let public = self.server.public_url.origin_known_before_listening();
        public.is_some_and(|url| url.https)
    }

    /// Returns a warning if a development server is reachable from the network over plain http.
    fn exposed_development_server_warning(&self) -> Option<String> {
        let listen = self.server.listen;
        let open = self.mode == Mode::Development && !listen.ip().is_loopback();
        (open && !self.has_https_public_url()).then(|| {
            format!(
                "SALLYPORT_LISTEN={listen} opens a development server to the network in plain http: \
                 listen on 127.0.0.1, or set SALLYPORT_PUBLIC_URL to the https origin of a proxy before it"
            )
        })
    }

    /// Returns a warning if browsers would drop all cookies of the public origin.
    fn dropped_cookies_warning(&self) -> Option<String> {
        let public = self.server.public_url.origin_known_before_listening()?;
        let are_cookies_lost = self.server.secure_cookies && !public.https && !public.is_loopback();
        are_cookies_lost.then(|| {
            format!(
                "browsers drop Secure cookies from {public}: \
                 use https, or in development set SALLYPORT_SECURE_COOKIES=false"
            )
        })
    }

    /// Returns a warning if the simulator, which shows all codes, is reachable from the network.
    fn exposed_simulator_warning(&self) -> Option<String> {
        let simulator = &self.provider.simulator;
        (simulator.embedded && !simulator.listen.ip().is_loopback()).then(|| {
            format!(
                "SALLYPORT_SIMULATOR_LISTEN={} shows every code to the network: listen on 127.0.0.1",
                simulator.listen
            )
        })
    }

    /// Returns a warning if the metrics, which need no password, are reachable from the network.
    fn exposed_metrics_warning(&self) -> Option<String> {
        let address = self.server.metrics_address?;
        (!address.ip().is_loopback()).then(|| {
            format!(
                "SALLYPORT_METRICS_ADDRESS={address} shows the metrics to the network without a password: \
                 listen on 127.0.0.1, or permit only the monitoring server in the firewall"
            )
        })
    }

    /// Returns a warning if a base URL sends provider credentials unencrypted.
    fn unencrypted_credentials_warning(&self) -> Option<String> {
        let provider = &self.provider;
        let open = |name: &str, whose: &str, url: Option<&Origin>| {
            let url = url.filter(|url| !url.https && !url.is_loopback())?;
            Some(format!(
                "{name}={url} sends the {whose} credentials unencrypted over the network: use https"
            ))
        };
        match provider.kind {
            ProviderKind::Simulator(_) => None,
            ProviderKind::Real(Api::Twilio) => open(
                "TWILIO_BASE_URL",
                "Twilio",
                provider.twilio_url.origin_known_before_listening(),
            ),
            ProviderKind::Real(Api::Telnyx) => open(
                "TELNYX_BASE_URL",
                "Telnyx",
                provider.telnyx_url.origin_known_before_listening(),
            ),
        }
    }

    /// Returns a warning if webhooks will be refused because their verification key is missing.
    fn unverifiable_webhooks_warning(&self) -> Option<String> {
        let telnyx = self.provider.telnyx.as_ref()?;
        let has_no_key = telnyx.public_keys.is_empty();
        (has_no_key && self.provider.kind == ProviderKind::Real(Api::Telnyx)).then(|| {
            "TELNYX_PUBLIC_KEY is not set: webhooks are refused, so delivery status stays unknown"
                .to_owned()
        })
    }

    /// Returns a warning if registration shares its Verify service with another purpose.
    ///
    /// A registration then waits while an account holder with the same phone number has a valid code.
    fn shared_registration_service_warning(&self) -> Option<String> {
        // The provider stores one code for each service and number, so a registration with a user's number
        // would invalidate that user's code for a sign-in or payment.
        let provider = &self.provider;
        let (services, name) = match provider.kind.provider_api() {
            Api::Twilio => (
                provider.services.as_ref(),
                "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            ),
            Api::Telnyx => (
                provider.telnyx.as_ref().map(|telnyx| &telnyx.profiles),
                "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
            ),
        };
        services?.does_registration_share_verify_service().then(|| {
            format!(
                "{name} is not a separate service: a registration waits while a code for an account holder \
                 with the same number is valid"
            )
        })
    }

    /// Returns a warning if mail or SMS notifications are not configured.
    fn missing_notification_channel_warning(&self) -> Option<String> {
        let (mail, sms) = (&self.notifications.mail, &self.notifications.sms);
        let warning = match (mail.is_some(), sms.is_some()) {
            (true, true) => return None,
            (true, false) => {
                "TWILIO_MESSAGING_FROM and TWILIO_MESSAGING_SERVICE_SID are not set: notifications are sent by mail only, and users cannot replace a lost phone"
            }
            (false, true) => {
                "SALLYPORT_SMTP_URL is not set: notifications are sent by SMS only, and users can neither reset a forgotten password nor replace a lost phone"
            }
            (false, false) => {
                "neither SALLYPORT_SMTP_URL nor a messaging sender is set: no security notification is sent"
            }
        };
        Some(warning.to_owned())
    }

    /// Returns a warning if no trusted proxy is configured.
    ///
    /// All users behind a reverse proxy would then share one address.
    fn missing_trusted_proxies_warning(&self) -> Option<String> {
        let unknown = self.mode == Mode::Production && self.server.trusted_proxies.is_empty();
        unknown.then(|| {
            "SALLYPORT_TRUSTED_PROXIES is not set: behind a proxy all users share its address and its limits"
                .to_owned()
        })
    }
}
