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
    Widget, Work,
};
use crate::config::{Origin, VendorConfig};
use domain::Timestamp;

/// The maximum length of a token, in bytes.
const MAX_TOKEN_BYTES: usize = 8_192;
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
    /// Creates the CAPTCHA of an external service. `fallback` is the proof of work that forms require during an outage
    /// of the service.
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

    /// Marks the CAPTCHA service as unavailable for [`OUTAGE_DURATION`], and logs the start of an outage. If a fallback
    /// is configured, forms then use the proof of work.
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

    /// Returns whether the CAPTCHA service is marked as unavailable. If a fallback is configured, forms then use the
    /// proof of work.
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

    /// Verifies the token of the CAPTCHA service, or the proof of work that replaces the token while the service is
    /// unavailable.
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
