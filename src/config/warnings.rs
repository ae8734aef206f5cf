//! What is allowed, and still worth a word at the start.

use super::{Api, CaptchaKind, Config, MfaPolicy, Mode, Origin, ProviderKind};

impl Config {
    /// For the log, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let checks = [
            self.open_development(),
            self.lost_cookies(),
            self.open_simulator(),
            self.clear_text_credentials(),
            self.unheard_webhooks(),
            self.nameless_clients(),
            self.untold_holders(),
            (self.accounts.mfa == MfaPolicy::Optional).then(|| {
                "SALLYPORT_MFA is optional: accounts without a phone sign in over the JSON API with their password alone"
                    .to_owned()
            }),
            self.accounts.enumeration.then(|| {
                "SALLYPORT_ENUMERATION is true: anybody can ask which e-mails and numbers have an account".to_owned()
            }),
            (self.captcha.kind == CaptchaKind::None).then(|| {
                "SALLYPORT_CAPTCHA is none: programs can sign up and have messages sent".to_owned()
            }),
        ];
        checks.into_iter().flatten().collect()
    }

    fn public_https(&self) -> bool {
        let public = self.server.public_url.fixed();
        public.is_some_and(|url| url.https)
    }

    fn open_development(&self) -> Option<String> {
        let listen = self.server.listen;
        let open = self.mode == Mode::Development && !listen.ip().is_loopback();
        (open && !self.public_https()).then(|| {
            format!(
                "SALLYPORT_LISTEN={listen} opens a development server to the network in plain http: \
                 listen on 127.0.0.1, or set SALLYPORT_PUBLIC_URL to the https origin of a proxy before it"
            )
        })
    }

    fn lost_cookies(&self) -> Option<String> {
        let public = self.server.public_url.fixed()?;
        let lost = self.server.secure_cookies && !public.https && !public.is_loopback();
        lost.then(|| {
            format!(
                "browsers will not keep Secure cookies from {public}: \
                 use https, or in development set SALLYPORT_SECURE_COOKIES=false"
            )
        })
    }

    fn open_simulator(&self) -> Option<String> {
        let simulator = &self.provider.simulator;
        (simulator.embedded && !simulator.listen.ip().is_loopback()).then(|| {
            format!(
                "SALLYPORT_SIMULATOR_LISTEN={} shows every code to the network: listen on 127.0.0.1",
                simulator.listen
            )
        })
    }

    fn clear_text_credentials(&self) -> Option<String> {
        let provider = &self.provider;
        let open = |name: &str, whose: &str, url: Option<&Origin>| {
            let url = url.filter(|url| !url.https && !url.is_loopback())?;
            Some(format!(
                "{name}={url} takes the {whose} credentials over the network in the clear: use https"
            ))
        };
        match provider.kind {
            ProviderKind::Simulator(_) => None,
            ProviderKind::Real(Api::Twilio) => {
                open("TWILIO_BASE_URL", "Twilio", provider.twilio_url.fixed())
            }
            ProviderKind::Real(Api::Telnyx) => {
                open("TELNYX_BASE_URL", "Telnyx", provider.telnyx_url.fixed())
            }
        }
    }

    fn unheard_webhooks(&self) -> Option<String> {
        let telnyx = self.provider.telnyx.as_ref()?;
        let deaf = telnyx.public_keys.is_empty();
        (deaf && self.provider.kind == ProviderKind::Real(Api::Telnyx)).then(|| {
            "TELNYX_PUBLIC_KEY is not set: webhooks are refused, and nobody learns whether messages arrive"
                .to_owned()
        })
    }

    fn untold_holders(&self) -> Option<String> {
        let (mail, sms) = (&self.notices.mail, &self.notices.sms);
        let said = match (mail.is_some(), sms.is_some()) {
            (true, true) => return None,
            (true, false) => {
                "TWILIO_MESSAGING_FROM and TWILIO_MESSAGING_SERVICE_SID are not set: notices go out by mail alone"
            }
            (false, true) => {
                "SALLYPORT_SMTP_URL is not set: notices go out by SMS alone, and those that are for mail only do not"
            }
            (false, false) => {
                "neither SALLYPORT_SMTP_URL nor a messaging sender is set: nobody is told what happens to their account"
            }
        };
        Some(said.to_owned())
    }

    fn nameless_clients(&self) -> Option<String> {
        let blind = self.mode == Mode::Production && self.server.trusted_proxies.is_empty();
        blind.then(|| {
            "SALLYPORT_TRUSTED_PROXIES is not set: behind a proxy all visitors share its address, and its limits"
                .to_owned()
        })
    }
}
