//! Metrics of the phone provider, its webhooks, and notifications.

use std::time::Duration;

use prometheus_client::registry::Registry;

use super::family::{
    Counters, Histograms, create_duration_histogram, create_series_at_zero, observe_duration,
    register_metric,
};
use super::labels::ProviderOperation;

/// The providers whose webhooks the server accepts.
const WEBHOOK_PROVIDERS: [&str; 2] = ["telnyx", "twilio"];

/// Counters of messages and provider calls, and the durations of these calls.
#[derive(Debug)]
pub struct MessageMetrics {
    code_sends: Counters<3>,
    sent_codes_approved: Counters<1>,
    delivery_reports: Counters<2>,
    provider_calls: Counters<2>,
    provider_call_duration: Histograms<1>,
    notifications: Counters<2>,
    webhooks_rejected: Counters<1>,
}

impl MessageMetrics {
    /// Creates the metrics and adds them to the registry.
    pub(super) fn register_metrics(registry: &mut Registry) -> Self {
        let providers = WEBHOOK_PROVIDERS.map(|provider| [("provider", provider)]);
        let operations = ProviderOperation::ALL.iter();
        let operations = operations.map(|operation| [("operation", operation.as_str())]);
        let durations = Histograms::<1>::new_with_constructor(create_duration_histogram);
        Self {
            code_sends: register_metric(
                registry,
                "code_sends",
                "Requests to the phone provider to send a code",
                Counters::<3>::default(),
            ),
            sent_codes_approved: register_metric(
                registry,
                "sent_codes_approved",
                "Codes that the phone provider has approved",
                Counters::<1>::default(),
            ),
            delivery_reports: register_metric(
                registry,
                "delivery_reports",
                "Reports of the phone provider on the delivery of a message with a code",
                Counters::<2>::default(),
            ),
            provider_calls: register_metric(
                registry,
                "provider_calls",
                "Calls to the API of the phone provider",
                Counters::<2>::default(),
            ),
            provider_call_duration: register_metric(
                registry,
                "provider_call_duration_seconds",
                "Durations of calls to the API of the phone provider",
                create_series_at_zero(durations, operations),
            ),
            notifications: register_metric(
                registry,
                "notifications",
                "Attempts to send a notification",
                Counters::<2>::default(),
            ),
            webhooks_rejected: register_metric(
                registry,
                "webhooks_rejected",
                "Webhook requests without a valid signature",
                create_series_at_zero(Counters::<1>::default(), providers),
            ),
        }
    }

    /// Counts a call to the API of the phone provider that has ended.
    pub fn record_provider_call(
        &self,
        operation: ProviderOperation,
        outcome: &'static str,
        duration: Duration,
    ) {
        let operation = ("operation", operation.as_str());
        self.provider_calls
            .get_or_create(&[operation, ("outcome", outcome)])
            .inc();
        let durations = self.provider_call_duration.get_or_create(&[operation]);
        observe_duration(&durations, duration);
    }

    /// Counts a request to send a code to a number of this country.
    pub fn count_code_send(
        &self,
        channel: &'static str,
        country: &'static str,
        outcome: &'static str,
    ) {
        let labels = [
            ("channel", channel),
            ("country", country),
            ("outcome", outcome),
        ];
        self.code_sends.get_or_create(&labels).inc();
        // The rate of approvals of a country without approvals is 0, not missing.
        drop(
            self.sent_codes_approved
                .get_or_create(&[("country", country)]),
        );
    }

    /// Counts a code to a number of this country that the phone provider has approved.
    pub fn count_approved_sent_code(&self, country: &'static str) {
        self.sent_codes_approved
            .get_or_create(&[("country", country)])
            .inc();
    }

    /// Counts a report of the phone provider on the delivery of a message with a code.
    pub fn count_delivery_report(&self, provider: &'static str, outcome: &'static str) {
        self.delivery_reports
            .get_or_create(&[("provider", provider), ("outcome", outcome)])
            .inc();
    }

    /// Counts an attempt to send a notification.
    pub fn count_notification(&self, channel: &'static str, outcome: &'static str) {
        self.notifications
            .get_or_create(&[("channel", channel), ("outcome", outcome)])
            .inc();
    }

    /// Counts a webhook request whose signature could not be verified.
    pub fn count_rejected_webhook(&self, provider: &'static str) {
        self.webhooks_rejected
            .get_or_create(&[("provider", provider)])
            .inc();
    }
}
