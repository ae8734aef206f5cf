//! A client of the phone provider that counts and times each call in the metrics.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use crate::metrics::{Metrics, ProviderOperation};
use crate::security::phone_rules::find_country_label_of_number;
use domain::Purpose;
use verify::{
    CheckFailure, CheckRequest, SendFailure, SendRequest, Sent, ServiceId, Verdict, VerificationId,
    Verifier,
};

/// Provider client that records the result and the duration of each call in the metrics.
///
/// It is inside the circuit breaker, so calls that fail at once are not counted.
pub(super) struct MeasuredProvider {
    pub(super) provider: Box<dyn Verifier>,
    pub(super) metrics: Arc<Metrics>,
}

impl MeasuredProvider {
    /// Records a call that began at `began` and has ended.
    fn record_call(&self, operation: ProviderOperation, outcome: &'static str, began: Instant) {
        let messages = &self.metrics.messages;
        messages.record_provider_call(operation, outcome, began.elapsed());
    }
}

#[async_trait]
impl Verifier for MeasuredProvider {
    fn service_for_purpose(&self, purpose: Purpose) -> &ServiceId {
        self.provider.service_for_purpose(purpose)
    }

    fn supports_voice_calls(&self, purpose: Purpose) -> bool {
        self.provider.supports_voice_calls(purpose)
    }

    fn is_provider_available(&self) -> bool {
        self.provider.is_provider_available()
    }

    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        let began = Instant::now();
        let sent = self.provider.send_code(request).await;
        let outcome = sent
            .as_ref()
            .map_or_else(SendFailure::as_str, |_| "accepted");
        self.record_call(ProviderOperation::Send, outcome, began);
        self.metrics.messages.count_code_send(
            request.channel.as_str(),
            find_country_label_of_number(request.to),
            outcome,
        );
        sent
    }

    async fn check_code(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let began = Instant::now();
        let checked = self.provider.check_code(check).await;
        let outcome = match &checked {
            Ok(verdict) => verdict.as_str(),
            Err(failure) => failure.as_str(),
        };
        self.record_call(ProviderOperation::Check, outcome, began);
        if matches!(checked, Ok(Verdict::Approved)) {
            let country = find_country_label_of_number(check.to);
            self.metrics.messages.count_approved_sent_code(country);
        }
        checked
    }

    async fn cancel_verification(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure> {
        let began = Instant::now();
        let cancelled = self
            .provider
            .cancel_verification(service, verification)
            .await;
        let outcome = cancelled
            .as_ref()
            .map_or_else(CheckFailure::as_str, |()| "cancelled");
        self.record_call(ProviderOperation::Cancel, outcome, began);
        cancelled
    }
}
