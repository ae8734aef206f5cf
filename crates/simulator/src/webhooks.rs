//! Sends webhooks to the application, signed as the provider signs them.
//!
//! Failed attempts are repeated. Tests can configure that events are sent several times or in reverse
//! order, because the real providers do not guarantee a single delivery or an order.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HOST};
use reqwest::Client;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, format_rfc3339_millis};
use crate::provider::{Provider, SignedWebhook, WebhookEvent};
use crate::settings::Settings;

/// Maximum number of delivery attempts that the control API lists. A new one replaces the oldest.
const MAX_ATTEMPTS_KEPT: usize = 1_000;
/// Maximum number of copies in which a webhook is sent.
const MAX_COPIES: u32 = 100;
/// Time limit for an application's response to a webhook: that of Twilio (`docs/verify-contract.md#210-webhooks`).
const TIMEOUT: Duration = Duration::from_secs(5);
/// Delays in seconds before each further delivery attempt.
///
/// Both providers retry with growing delays that they do not document.
const RETRY_DELAYS_SECS: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Webhook options of the simulator, set with `PUT /_simulator/webhooks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WebhookOptions {
    /// How many times each event is sent, 1 to 100.
    copies: u32,
    /// Whether the events of one call are sent in reverse order.
    reversed: bool,
}

impl Default for WebhookOptions {
    fn default() -> Self {
        Self {
            copies: 1,
            reversed: false,
        }
    }
}

/// Record of one attempt to deliver a webhook event.
#[derive(Clone, Debug, Serialize)]
struct DeliveryAttempt {
    /// RFC 3339 with milliseconds, by the simulated clock.
    at: String,
    provider: Provider,
    id: String,
    kind: String,
    verification: String,
    /// The number of the attempt, from 1.
    attempt: usize,
    /// The HTTP status of the application; null if it did not answer.
    status: Option<u16>,
}

/// JSON of `GET /_simulator/webhooks`: target URLs, options and delivery attempts.
#[derive(Serialize)]
pub(crate) struct WebhookReport {
    #[serde(flatten)]
    options: WebhookOptions,
    /// The URL that receives Twilio's events; null if there is none.
    twilio: Option<String>,
    /// The URL that receives Telnyx's events; null if there is none.
    telnyx: Option<String>,
    deliveries: VecDeque<DeliveryAttempt>,
}

/// Sender of both providers' webhooks to the application. Clones share their state.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    shared: Arc<Shared>,
}

/// The state that all clones of [`Webhooks`] share.
#[derive(Debug)]
struct Shared {
    settings: Arc<Settings>,
    clock: Clock,
    client: OnceLock<Option<Client>>,
    options: Mutex<WebhookOptions>,
    attempts: Mutex<VecDeque<DeliveryAttempt>>,
    /// Number of resets so far. Events from before the latest reset are no longer sent.
    reset_count: AtomicU64,
}

impl Webhooks {
    /// Creates a webhook sender with default options.
    pub(crate) fn new(settings: Arc<Settings>, clock: Clock) -> Self {
        Self {
            shared: Arc::new(Shared {
                settings,
                clock,
                client: OnceLock::new(),
                options: Mutex::default(),
                attempts: Mutex::default(),
                reset_count: AtomicU64::new(0),
            }),
        }
    }

    /// Sends webhook events one after the other in the background. Drops events that have no target URL.
    pub(crate) fn send_events_in_background(&self, mut events: Vec<WebhookEvent>) {
        events.retain(|event| self.shared.find_webhook_url(event.provider).is_some());
        if events.is_empty() {
            return;
        }
        let options = *lock_ignoring_poison(&self.shared.options);
        if options.reversed {
            events.reverse();
        }
        let shared = Arc::clone(&self.shared);
        let reset_count = shared.reset_count.load(Ordering::SeqCst);
        tokio::spawn(async move {
            for event in events {
                for _ in 0..options.copies {
                    if !shared
                        .attempt_webhook_delivery(&event, reset_count, 1)
                        .await
                    {
                        let retry =
                            Arc::clone(&shared).retry_webhook_delivery(event.clone(), reset_count);
                        tokio::spawn(retry);
                    }
                }
            }
        });
    }

    /// Sets the options for future webhooks. Fails if a value is out of range.
    pub(crate) fn replace_webhook_options(&self, options: WebhookOptions) -> Result<(), String> {
        if !(1..=MAX_COPIES).contains(&options.copies) {
            return Err(format!("\"copies\" must be 1 to {MAX_COPIES}"));
        }
        *lock_ignoring_poison(&self.shared.options) = options;
        Ok(())
    }

    /// Returns the webhook options, the target URLs and the latest delivery attempts.
    pub(crate) fn create_webhook_report(&self) -> WebhookReport {
        let targets = &self.shared.settings.webhooks;
        WebhookReport {
            options: *lock_ignoring_poison(&self.shared.options),
            twilio: targets.twilio.clone(),
            telnyx: targets.telnyx.clone(),
            deliveries: lock_ignoring_poison(&self.shared.attempts).clone(),
        }
    }

    /// Restores the default webhook options, deletes the recorded attempts and cancels pending ones.
    pub(crate) fn reset_webhook_options_and_attempts(&self) {
        self.shared.reset_count.fetch_add(1, Ordering::SeqCst);
        *lock_ignoring_poison(&self.shared.options) = WebhookOptions::default();
        lock_ignoring_poison(&self.shared.attempts).clear();
    }
}

impl Shared {
    /// Returns the application's URL that receives a provider's webhooks; `None` if it is not set.
    fn find_webhook_url(&self, provider: Provider) -> Option<&str> {
        let targets = &self.settings.webhooks;
        match provider {
            Provider::Twilio => targets.twilio.as_deref(),
            Provider::Telnyx => targets.telnyx.as_deref(),
        }
    }

    /// Sends a webhook event once and records the attempt. Returns `false` if another attempt is needed.
    async fn attempt_webhook_delivery(
        &self,
        event: &WebhookEvent,
        reset_count: u64,
        attempt: usize,
    ) -> bool {
        let url = self.find_webhook_url(event.provider);
        let Some(url) = url.filter(|_| !self.has_reset_count_changed_from(reset_count)) else {
            return true;
        };
        // Only an application in this process follows the simulated clock.
        let now_millis = match self.settings.webhooks.connect {
            Some(_) => self.clock.now_millis(),
            None => self.clock.system_time_millis(),
        };
        let signed = match event.provider {
            Provider::Twilio => {
                crate::twilio::events::sign_twilio_webhook_event(&self.settings.twilio, url, event)
            }
            Provider::Telnyx => crate::telnyx::events::sign_telnyx_webhook_event(
                &self.settings.telnyx,
                url,
                event,
                attempt,
                now_millis,
            ),
        };
        let status = self.post_webhook_and_return_status(signed).await;
        let record = DeliveryAttempt {
            at: format_rfc3339_millis(self.clock.now_millis()),
            provider: event.provider,
            id: event.id.clone(),
            kind: event.kind.clone(),
            verification: event.verification.clone(),
            attempt,
            status,
        };
        let mut attempts = lock_ignoring_poison(&self.attempts);
        if self.has_reset_count_changed_from(reset_count) {
            return true;
        }
        if attempts.len() >= MAX_ATTEMPTS_KEPT {
            attempts.pop_front();
        }
        attempts.push_back(record);
        status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Sends a webhook event again, with growing delays, until the application accepts it.
    async fn retry_webhook_delivery(self: Arc<Self>, event: WebhookEvent, reset_count: u64) {
        for (at, delay) in RETRY_DELAYS_SECS.into_iter().enumerate() {
            tokio::time::sleep(Duration::from_secs(delay)).await;
            if self
                .attempt_webhook_delivery(&event, reset_count, at + 2)
                .await
            {
                return;
            }
        }
    }

    /// Returns whether the webhooks were reset again after `earlier_reset_count` was read.
    fn has_reset_count_changed_from(&self, earlier_reset_count: u64) -> bool {
        self.reset_count.load(Ordering::SeqCst) != earlier_reset_count
    }

    /// Sends a webhook by HTTP POST. Returns the HTTP status, or `None` if the application did not respond.
    async fn post_webhook_and_return_status(&self, signed: SignedWebhook) -> Option<u16> {
        let client = self
            .client
            .get_or_init(build_webhook_http_client)
            .as_ref()?;
        let (_, rest) = signed.url.split_once("://")?;
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let url = match self.settings.webhooks.connect {
            Some(address) => format!("http://{address}{path}"),
            None => signed.url.clone(),
        };
        let mut request = client
            .post(url)
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/json")
            .body(signed.body);
        for (name, value) in signed.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.ok()?;
        Some(response.status().as_u16())
    }
}

/// Builds the HTTP client for webhooks, which follows no redirect and uses no proxy.
fn build_webhook_http_client() -> Option<Client> {
    // The client builder panics without a TLS provider. An error means that one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .ok()
}

/// Locks a mutex. A poisoned lock is safe to use, because no panic can leave the value half written.
fn lock_ignoring_poison<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
