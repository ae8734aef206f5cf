//! CAPTCHAs of external services: the browser gets a token from the service, and the server verifies it there.
//!
//! While the service does not answer, forms require a proof of work instead, if the configuration allows it. The
//! signature of the challenge proves that this installation issued it during the outage.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::siteverify::{ExpectedVerification, SiteVerify};
use super::{
    AcceptedResponse, Action, Captcha, CaptchaFailure, PageSources, ProofOfWork, Widget, Work,
};
use crate::config::{Origin, VendorConfig};
use domain::Timestamp;

/// The maximum length of a token, in bytes.
const MAX_TOKEN: usize = 8_192;
/// The maximum number of concurrent verifications. Further ones are refused, so that a slow service does not occupy
/// all request slots.
const MAX_CONCURRENT_VERIFICATIONS: usize = 64;
/// How long forms require the fallback after a verification without a response.
const OUTAGE_DURATION: Duration = Duration::from_mins(1);

/// Settings of the client of a CAPTCHA service.
pub struct VendorSettings {
    pub config: VendorConfig,
    /// The origin of the simulator that replaces the service, if it does.
    pub simulator: Option<Origin>,
    /// The host name of the public URL.
    pub hostname: String,
}

/// CAPTCHA of an external service, with a proof of work as fallback during an outage of the service.
pub struct VendorCaptcha {
    settings: VendorSettings,
    service: SiteVerify,
    calls: Semaphore,
    fallback: Option<ProofOfWork>,
    /// The end of the current outage in Unix milliseconds. Until then forms require the fallback.
    outage_until: AtomicI64,
}

impl VendorCaptcha {
    /// Creates the CAPTCHA of a service. During an outage of the service, forms require the proof of work `fallback`.
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
            calls: Semaphore::new(MAX_CONCURRENT_VERIFICATIONS),
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
        if token.len() > MAX_TOKEN {
            return Err(CaptchaFailure::TooLong);
        }
        let Ok(_call) = self.calls.try_acquire() else {
            return Err(CaptchaFailure::ServiceFailed);
        };
        let config = &self.settings.config;
        let expected = ExpectedVerification {
            facts: config.vendor.vendor_facts(),
            hostname: &self.settings.hostname,
            action,
            min_score: config.min_score,
            is_test: config
                .vendor
                .vendor_facts()
                .is_captcha_test_secret(config.secret.expose()),
        };
        let verified = self
            .service
            .verify_captcha_token(token, &expected, now)
            .await;
        if verified == Err(CaptchaFailure::ServiceFailed) {
            self.record_captcha_service_outage(now);
        }
        let expires_at = verified?;
        Ok(AcceptedResponse {
            single_use_id: Some(self.hash_captcha_token(token)),
            expires_at,
            work: Work::Normal,
        })
    }

    /// Returns the SHA-256 hash of a token, which is recorded to prevent its reuse.
    fn hash_captcha_token(&self, token: &str) -> String {
        let name = self.settings.config.vendor.vendor_facts().name;
        hex::encode(Sha256::new_with_prefix(name).chain_update(token).finalize())
    }

    /// Marks the CAPTCHA service as unavailable for [`OUTAGE_DURATION`], and logs the start of an outage. Forms then
    /// use the proof of work, if it is configured as fallback.
    fn record_captcha_service_outage(&self, now: Timestamp) {
        let until = (now + OUTAGE_DURATION).as_millis();
        let before = self.outage_until.fetch_max(until, Ordering::Relaxed);
        if before <= now.as_millis() {
            tracing::warn!(
                service = self.settings.config.vendor.vendor_facts().name,
                fallback = self.fallback.is_some(),
                "the CAPTCHA service does not answer; check its status page and outgoing connections"
            );
        }
    }

    /// Returns whether the CAPTCHA service is marked as unavailable. Forms then use the proof of work, if it is
    /// configured as fallback.
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

    /// Verifies the token of the CAPTCHA service, or the proof of work that replaces the token while the service is
    /// unavailable.
    async fn verify_response(
        &self,
        action: Action,
        response: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure> {
        if let Some(fallback) = &self.fallback {
            match fallback.verify_response(action, response, now).await {
                // A token of the service.
                Err(CaptchaFailure::Malformed | CaptchaFailure::TooLong) => {}
                checked => return checked,
            }
        }
        self.verify_token_at_service(action, response, now).await
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
