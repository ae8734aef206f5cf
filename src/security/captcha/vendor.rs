//! CAPTCHAs of external services: the browser gets a token from the service, and the server verifies it there.
//!
//! While the service does not answer, forms require a proof of work instead, if the configuration allows it. The
//! signature of the challenge proves that this installation issued it during the outage.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::siteverify::{ExpectedVerification, SiteVerify};
use super::{
    AcceptedResponse, Action, Captcha, CaptchaFailure, PageSources, ProofOfWork, ServiceCalls,
    ServiceFault, Widget, Work,
};
use crate::config::{Origin, VendorConfig};
use domain::Timestamp;

/// The maximum length of a token, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8_192;
/// How long forms require the fallback after a verification without a response.
const OUTAGE_DURATION: Duration = Duration::from_mins(1);

/// Settings for the client of an external CAPTCHA service.
pub struct VendorSettings {
    pub config: VendorConfig,
    /// The origin of the simulator that replaces the service, if it does.
    pub simulator: Option<Origin>,
    /// The host name of the public URL.
    pub hostname: String,
}

/// CAPTCHA of an external service. During an outage of the service, forms require a proof of work.
pub struct VendorCaptcha {
    settings: VendorSettings,
    service: SiteVerify,
    calls: ServiceCalls,
    fallback: Option<ProofOfWork>,
    /// The end of the current outage in Unix milliseconds. Until then forms require the fallback.
    outage_until: AtomicI64,
}

impl VendorCaptcha {
    /// Creates the CAPTCHA of an external service.
    ///
    /// `fallback` is the proof of work that forms require during an outage of the service.
    pub fn new(
        settings: VendorSettings,
        http: reqwest::Client,
        fallback: Option<ProofOfWork>,
    ) -> Self {
        let facts = settings.config.vendor.vendor_facts();
        let url = facts.captcha_verification_url(settings.simulator.as_ref());
        let secret = settings.config.secret.clone();
        Self {
            service: SiteVerify::new(http, url, secret),
            settings,
            calls: ServiceCalls::default(),
            fallback,
            outage_until: AtomicI64::new(0),
        }
    }

    /// Verifies a token at the CAPTCHA service. If the service does not respond, marks it as unavailable.
    async fn verify_token_at_service(
        &self,
        action: Action,
        token: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure> {
        if token.is_empty() {
            return Err(CaptchaFailure::Missing);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(CaptchaFailure::TooLong);
        }
        let config = &self.settings.config;
        let facts = config.vendor.vendor_facts();
        let is_test = facts.is_captcha_test_secret(config.secret.expose());
        let expected = ExpectedVerification {
            facts,
            hostname: &self.settings.hostname,
            action,
            min_score: config.min_score,
            is_test,
        };
        let verified = self
            .service
            .verify_captcha_token(token, &expected, now)
            .await;
        if let Err(CaptchaFailure::ServiceFailed(fault)) = verified {
            self.record_captcha_service_outage(fault, now);
        }
        let expires_at = verified?;
        Ok(AcceptedResponse {
            // The widgets of the test site keys always create the same token.
            single_use_id: (!is_test).then(|| self.hash_captcha_token(token)),
            expires_at,
            work: Work::Normal,
        })
    }

    /// Returns the proof of work that verifies this response. Returns `None` for a token of the service.
    fn find_fallback_for_response(&self, response: &str) -> Option<&ProofOfWork> {
        let fallback = self.fallback.as_ref();
        fallback.filter(|_| ProofOfWork::is_proof_of_work(response))
    }

    /// Returns the SHA-256 hash of a token, which is recorded to prevent its reuse.
    fn hash_captcha_token(&self, token: &str) -> String {
        let name = self.settings.config.vendor.vendor_facts().name;
        hex::encode(Sha256::new_with_prefix(name).chain_update(token).finalize())
    }

    /// Marks the CAPTCHA service as unavailable for [`OUTAGE_DURATION`], and logs the start of an outage.
    ///
    /// If a fallback is configured, forms then use the proof of work.
    fn record_captcha_service_outage(&self, fault: ServiceFault, now: Timestamp) {
        let until = (now + OUTAGE_DURATION).as_millis();
        let before = self.outage_until.fetch_max(until, Ordering::Relaxed);
        if before <= now.as_millis() {
            tracing::warn!(
                service = self.settings.config.vendor.vendor_facts().name,
                fallback = self.fallback.is_some(),
                reason = %fault,
                "the CAPTCHA service does not answer; check its status page and outgoing connections"
            );
        }
    }

    /// Returns whether the CAPTCHA service is marked as unavailable.
    ///
    /// If a fallback is configured, forms then use the proof of work.
    fn is_in_outage(&self, now: Timestamp) -> bool {
        now.as_millis() < self.outage_until.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Captcha for VendorCaptcha {
    fn create_challenge(&self, action: Action, work: Work, now: Timestamp) -> Widget {
        if let Some(fallback) = self.fallback.as_ref().filter(|_| self.is_in_outage(now)) {
            return fallback.create_challenge(action, work, now);
        }
        let (config, simulator) = (&self.settings.config, self.settings.simulator.as_ref());
        let facts = config.vendor.vendor_facts();
        let challenge = json!({
            "vendor": facts.name,
            "site_key": config.site_key,
            "script": facts.captcha_widget_script_url(simulator),
            "action": action.as_str(),
        });
        Widget::Vendor {
            challenge_json: challenge.to_string(),
        }
    }

    fn create_challenge_without_service(
        &self,
        action: Action,
        work: Work,
        now: Timestamp,
    ) -> Option<Widget> {
        let fallback = self.fallback.as_ref()?;
        Some(fallback.create_challenge(action, work, now))
    }

    fn service_calls_for_response(&self, response: &str) -> Option<&ServiceCalls> {
        let is_token = (1..=MAX_TOKEN_BYTES).contains(&response.len());
        (is_token && self.find_fallback_for_response(response).is_none()).then_some(&self.calls)
    }

    fn service_calls(&self) -> Option<&ServiceCalls> {
        Some(&self.calls)
    }

    /// Verifies the token of the CAPTCHA service, or the proof of work that replaces it during an outage.
    async fn verify_response(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure> {
        match self.find_fallback_for_response(response) {
            Some(fallback) => fallback.verify_response(action, response, now).await,
            None => self.verify_token_at_service(action, response, now).await,
        }
    }

    fn page_sources(&self) -> PageSources {
        let facts = self.settings.config.vendor.vendor_facts();
        let of_service = |sources: &str| match &self.settings.simulator {
            Some(simulator) => simulator.to_string(),
            None => sources.to_owned(),
        };
        PageSources {
            script: of_service(facts.csp_script),
            style: of_service(facts.csp_style),
            connect: of_service(facts.csp_connect),
            frame: of_service(facts.csp_frame),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CaptchaKind, Config};

    /// Creates the CAPTCHA of this service, without a simulator and without a fallback.
    fn create_captcha_of_service(name: &str) -> VendorCaptcha {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = [
            ("SALLYPORT_CAPTCHA", name),
            ("SALLYPORT_CAPTCHA_SITE_KEY", "site-key"),
            (
                "SALLYPORT_CAPTCHA_SECRET",
                "secret-of-the-operator-0123456789",
            ),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load_config_without_key_file(settings.into_iter(), folder.path());
        let CaptchaKind::Vendor(config) = config.expect("valid settings").captcha.kind else {
            panic!("{name} is a service");
        };
        let settings = VendorSettings {
            config,
            simulator: None,
            hostname: "id.example.com".to_owned(),
        };
        let timeout = Duration::from_secs(1);
        let http = verify::build_api_http_client(timeout, timeout).expect("an HTTP client");
        VendorCaptcha::new(settings, http, None)
    }

    /// Asserts the URLs and the sources of the content security policy that the documentation of a service names.
    fn assert_urls_and_page_sources(
        name: &str,
        verification: &str,
        script: &str,
        sources: &PageSources,
    ) {
        let captcha = create_captcha_of_service(name);
        let facts = captcha.settings.config.vendor.vendor_facts();
        assert_eq!(facts.captcha_verification_url(None), verification);
        assert_eq!(captcha.page_sources(), *sources, "{name}");
        let challenge =
            captcha.create_challenge(Action::SignIn, Work::Normal, Timestamp::from_millis(0));
        let Widget::Vendor { challenge_json } = challenge else {
            panic!("{name} has a widget");
        };
        let challenge: serde_json::Value =
            serde_json::from_str(&challenge_json).expect("a challenge in JSON");
        assert_eq!(
            challenge,
            json!({ "vendor": name, "site_key": "site-key", "script": script, "action": "sign_in" })
        );
    }

    #[test]
    fn urls_and_page_sources_of_google_recaptcha_are_the_documented_ones() {
        for name in ["recaptcha_v2", "recaptcha_v3"] {
            assert_urls_and_page_sources(
                name,
                "https://www.google.com/recaptcha/api/siteverify",
                "https://www.google.com/recaptcha/api.js",
                &PageSources {
                    script: "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/"
                        .to_owned(),
                    style: String::new(),
                    connect: "https://www.google.com/recaptcha/".to_owned(),
                    frame:
                        "https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/"
                            .to_owned(),
                },
            );
        }
    }

    #[test]
    fn urls_and_page_sources_of_hcaptcha_are_the_documented_ones() {
        let hosts = "https://hcaptcha.com https://*.hcaptcha.com";
        assert_urls_and_page_sources(
            "hcaptcha",
            "https://api.hcaptcha.com/siteverify",
            "https://js.hcaptcha.com/1/api.js",
            &PageSources {
                script: hosts.to_owned(),
                style: hosts.to_owned(),
                connect: hosts.to_owned(),
                frame: hosts.to_owned(),
            },
        );
    }

    #[test]
    fn urls_and_page_sources_of_cloudflare_turnstile_are_the_documented_ones() {
        let host = "https://challenges.cloudflare.com";
        assert_urls_and_page_sources(
            "turnstile",
            "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            "https://challenges.cloudflare.com/turnstile/v0/api.js",
            &PageSources {
                script: host.to_owned(),
                style: String::new(),
                connect: String::new(),
                frame: host.to_owned(),
            },
        );
    }
}
