//! What the providers tell an application about its messages: signed as each of them signs, tried
//! again when it is not taken, and on request twice or in the wrong order, as happens.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HOST};
use reqwest::Client;
use serde::{Deserialize, Serialize};

use super::clock::rfc3339_millis;
use super::settings::{self, Settings};
use super::{Simulator, telnyx, twilio};

/// Deliveries kept for whoever looks; the oldest are forgotten first.
const KEEP: usize = 1_000;
/// The most copies of one event.
const MAX_COPIES: u32 = 100;
/// An answer that takes longer is none: Twilio's limit (contract section 2.10).
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds before each further try. Both providers try again with growing delays and neither says
/// with which (contract sections 2.10 and 3.8).
const PAUSES: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Something a provider tells.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) provider: &'static str,
    /// The same in every copy and every try.
    pub(super) id: String,
    /// The provider's name of what happened.
    pub(super) kind: String,
    pub(super) verification: String,
    /// The event alone, without what changes from try to try.
    pub(super) body: serde_json::Value,
}

/// A webhook as it goes out.
pub(super) struct Signed {
    /// Whole, query included.
    pub(super) url: String,
    pub(super) body: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// How events are sent; set through the controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Script {
    /// How often each event goes out.
    copies: u32,
    /// The last event of a message first.
    reversed: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            copies: 1,
            reversed: false,
        }
    }
}

/// One try of one event.
#[derive(Clone, Debug, Serialize)]
struct Delivery {
    /// RFC 3339 with milliseconds, by the simulator's clock.
    at: String,
    provider: &'static str,
    id: String,
    kind: String,
    verification: String,
    /// 1 for the first.
    attempt: usize,
    /// What the application answered; null where it did not.
    status: Option<u16>,
}

/// What the controls show.
#[derive(Serialize)]
pub(super) struct View {
    #[serde(flatten)]
    script: Script,
    /// Where Twilio's go; null where nobody wants them.
    twilio: Option<String>,
    /// Where Telnyx's go.
    telnyx: Option<String>,
    deliveries: VecDeque<Delivery>,
}

/// The simulated providers' senders.
#[derive(Debug)]
pub(super) struct Webhooks {
    target: settings::Webhooks,
    client: OnceLock<Option<Client>>,
    script: Mutex<Script>,
    log: Arc<Mutex<VecDeque<Delivery>>>,
    /// Grows when everything is forgotten, and with it every try still due.
    age: AtomicU64,
}

impl Webhooks {
    pub(super) fn new(target: settings::Webhooks) -> Self {
        Self {
            target,
            client: OnceLock::new(),
            script: Mutex::default(),
            log: Arc::default(),
            age: AtomicU64::new(0),
        }
    }

    /// Sends these events in the background, each after the one before it was answered.
    pub(super) fn tell(&self, simulator: &Simulator, mut events: Vec<Event>) {
        events.retain(|event| self.url(event).is_some());
        if events.is_empty() {
            return;
        }
        let script = *locked(&self.script);
        if script.reversed {
            events.reverse();
        }
        let simulator = simulator.clone();
        let age = self.age.load(Ordering::SeqCst);
        tokio::spawn(async move {
            for event in events {
                for _ in 0..script.copies {
                    let webhooks = simulator.webhooks();
                    if !webhooks.attempt(&simulator, &event, age, 1).await {
                        tokio::spawn(insist(simulator.clone(), event.clone(), age));
                    }
                }
            }
        });
    }

    /// Where this event goes, if anybody wants it.
    fn url(&self, event: &Event) -> Option<&str> {
        let url = if event.provider == telnyx::PROVIDER {
            &self.target.telnyx
        } else {
            &self.target.twilio
        };
        url.as_deref()
    }

    /// Whether there is nothing left to do: the application took it, or it is forgotten.
    async fn attempt(
        &self,
        simulator: &Simulator,
        event: &Event,
        age: u64,
        attempt: usize,
    ) -> bool {
        let Some(url) = self.url(event).filter(|_| !self.has_forgotten(age)) else {
            return true;
        };
        // Only the application in this process knows that time was moved.
        let now = match self.target.connect {
            Some(_) => simulator.now(),
            None => simulator.clock().system_millis(),
        };
        let signed = sign(simulator.settings(), url, event, attempt, now);
        let status = self.post(signed).await;
        let delivery = Delivery {
            at: rfc3339_millis(simulator.now()),
            provider: event.provider,
            id: event.id.clone(),
            kind: event.kind.clone(),
            verification: event.verification.clone(),
            attempt,
            status,
        };
        let mut log = locked(&self.log);
        if self.has_forgotten(age) {
            return true;
        }
        if log.len() >= KEEP {
            log.pop_front();
        }
        log.push_back(delivery);
        status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether what was to be told at that age is forgotten by now.
    fn has_forgotten(&self, age: u64) -> bool {
        self.age.load(Ordering::SeqCst) != age
    }

    async fn post(&self, signed: Signed) -> Option<u16> {
        let client = self.client.get_or_init(client).as_ref()?;
        let (_, rest) = signed.url.split_once("://")?;
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let reached = match self.target.connect {
            Some(address) => format!("http://{address}{path}"),
            None => signed.url.clone(),
        };
        let mut request = client
            .post(reached)
            .header(HOST, host)
            .header(CONTENT_TYPE, "application/json")
            .body(signed.body);
        for (name, value) in signed.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.ok()?;
        Some(response.status().as_u16())
    }

    /// Sets how events are sent from now on.
    pub(super) fn follow(&self, script: Script) -> Result<(), String> {
        if !(1..=MAX_COPIES).contains(&script.copies) {
            return Err(format!("\"copies\" must be 1 to {MAX_COPIES}"));
        }
        *locked(&self.script) = script;
        Ok(())
    }

    pub(super) fn view(&self) -> View {
        View {
            script: *locked(&self.script),
            twilio: self.target.twilio.clone(),
            telnyx: self.target.telnyx.clone(),
            deliveries: locked(&self.log).clone(),
        }
    }

    /// As configured, nothing sent and nothing due.
    pub(super) fn reset(&self) {
        self.age.fetch_add(1, Ordering::SeqCst);
        *locked(&self.script) = Script::default();
        locked(&self.log).clear();
    }
}

/// Tries again, each time after a longer pause.
async fn insist(simulator: Simulator, event: Event, age: u64) {
    let webhooks = simulator.webhooks();
    for (at, pause) in PAUSES.into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        if webhooks.attempt(&simulator, &event, age, at + 2).await {
            return;
        }
    }
}

fn sign(settings: &Settings, url: &str, event: &Event, attempt: usize, now: i64) -> Signed {
    if event.provider == telnyx::PROVIDER {
        telnyx::sign(&settings.telnyx, url, event, attempt, now)
    } else {
        twilio::sign(&settings.twilio, url, event)
    }
}

/// Answers are not followed anywhere, and nobody waits for ever.
fn client() -> Option<Client> {
    // The builder would panic without one; whoever was first has set it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .ok()
}

/// A panic elsewhere leaves what is behind these locks whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
