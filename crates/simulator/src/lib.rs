//! Stands in for the phone providers: the same HTTP, no messages, no bills.
//!
//! An application is pointed at it by base URL alone and cannot tell the difference: credentials,
//! forms, statuses, error codes, lifetimes and limits follow the provider's published contract,
//! and each behaviour is a small pure state machine underneath. What only a simulator can do,
//! reading the codes, moving time, scripting faults, lives under `/_simulator/`, a path no
//! provider uses, and on the page at `/`, which looks like a phone.
//!
//! | module | what is in it |
//! |---|---|
//! | [`settings`] | accounts, services, switches |
//! | [`clock`] | time that can be moved |
//! | `twilio` | Twilio Verify v2 and messages: routes, state machine, errors, magic numbers, events |
//! | `telnyx` | Telnyx Verify v2, in the same way |
//! | `provider`, `answer`, `forge` | a call on its way through: ledger, fault, effect, answer |
//! | `webhooks` | what the providers tell the application of its messages |
//! | `mailbox` | the mail server that keeps what it gets |
//! | `magic` | numbers that fail on purpose |
//! | `codes` | what both providers make and spell alike |
//! | `faults`, `ledger`, `messages` | what the controls show and set, for every provider |
//! | `control` | `/_simulator/*` |
//! | `phone` | the page |
//!
//! It shares no code with the clients it is there to test, and imports nothing of the project.

mod answer;
pub mod clock;
mod codes;
mod control;
mod faults;
mod forge;
mod ledger;
mod magic;
mod mailbox;
mod messages;
mod phone;
mod provider;
pub mod settings;
mod telnyx;
mod twilio;
mod webhooks;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

pub use clock::Clock;
pub use mailbox::receive_mail;
pub use settings::{
    ApiKey, Settings, TelnyxSettings, TwilioSettings, VerifyProfile, VerifyService, Webhooks,
};

/// How often codes are looked for that ran out while nobody called.
const TICK: Duration = Duration::from_secs(1);

/// A running simulator's state. Cheap to clone; all clones share it.
#[derive(Clone, Debug)]
pub struct Simulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    clock: Clock,
    inbox: messages::Inbox,
    webhooks: webhooks::Webhooks,
    world: Mutex<World>,
}

/// What provider calls read and change, under one lock, so that each call is one step.
#[derive(Debug, Default)]
struct World {
    accounts: Accounts,
    faults: faults::Faults,
    ledger: ledger::Ledger,
}

/// What each provider knows.
#[derive(Clone, Debug, Default)]
struct Accounts {
    twilio: twilio::Verifications,
    telnyx: telnyx::Verifications,
}

impl Simulator {
    /// A simulator that has seen nothing yet, on the system's time.
    pub fn new(settings: Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                webhooks: webhooks::Webhooks::new(settings.webhooks.clone()),
                settings,
                clock: Clock::default(),
                inbox: messages::Inbox::default(),
                world: Mutex::default(),
            }),
        }
    }

    /// The clock it runs on, for an application in the same process to follow.
    pub fn clock(&self) -> Clock {
        self.inner.clock.clone()
    }

    fn now(&self) -> i64 {
        self.inner.clock.now_millis()
    }

    fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    fn inbox(&self) -> &messages::Inbox {
        &self.inner.inbox
    }

    fn webhooks(&self) -> &webhooks::Webhooks {
        &self.inner.webhooks
    }

    /// Never held across an await. After a panic elsewhere the state is still whole: every change
    /// to it is a few moves of owned values.
    fn world(&self) -> MutexGuard<'_, World> {
        self.inner
            .world
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of the codes that ran out since this was last called.
    fn notice_the_time(&self) {
        let settings = &self.settings().twilio;
        let mut world = self.world();
        let (accounts, now) = (&mut world.accounts, self.now());
        let events = twilio::of_time(settings, &mut accounts.twilio, now, &mut rand::rng());
        self.webhooks().tell(self, events);
    }

    /// Back to the start: no verifications, messages, mails, calls or
    /// faults, webhooks as configured, and the system's time.
    fn forget_everything(&self) {
        let mut world = self.world();
        world.accounts = Accounts::default();
        world.faults = faults::Faults::default();
        world.ledger.clear();
        self.inner.inbox.clear();
        self.inner.webhooks.reset();
        self.inner.clock.reset();
    }
}

/// Tells of codes that run out while nobody calls, until `stop` is cancelled.
pub async fn watch_time(simulator: Simulator, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        simulator.notice_the_time();
    }
}

/// Everything the simulator serves: the provider's paths, `/_simulator/*`, the phone page at `/`
/// and `/healthz`.
pub fn router(simulator: Simulator) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(twilio::routes())
        .merge(telnyx::routes())
        .merge(control::routes())
        .merge(phone::routes())
        .method_not_allowed_fallback(wrong_method)
        .fallback(missing)
        .with_state(simulator)
}

async fn missing(State(simulator): State<Simulator>, request: Request) -> Response {
    refuse(&simulator, &request, false)
}

async fn wrong_method(State(simulator): State<Simulator>, request: Request) -> Response {
    refuse(&simulator, &request, true)
}

fn refuse(simulator: &Simulator, request: &Request, exists: bool) -> Response {
    if twilio::owns(request.uri().path()) {
        return twilio::refuse(simulator, request, exists);
    }
    if telnyx::owns(request.uri().path()) {
        return telnyx::refuse(simulator, request);
    }
    control::refuse(exists)
}
