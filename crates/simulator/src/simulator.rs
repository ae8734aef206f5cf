//! The state that all routes of the simulator share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::faults::FaultScript;
use crate::inbox::Inbox;
use crate::ledger::Ledger;
use crate::settings::Settings;
use crate::telnyx::state::TelnyxVerifications;
use crate::twilio::events::expiry_events;
use crate::twilio::state::TwilioVerifications;
use crate::webhooks::Webhooks;

/// The interval between two searches for expired verifications.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);

/// A simulator. Cloning is cheap, and all clones share their state.
#[derive(Clone, Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Arc<Settings>,
    clock: Clock,
    inbox: Inbox,
    webhooks: Webhooks,
    state: Mutex<State>,
}

/// What provider calls read and change. One lock guards all of it, so that each call is atomic.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) verifications: Verifications,
    pub(crate) faults: FaultScript,
    pub(crate) ledger: Ledger,
}

/// The verifications of both providers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verifications {
    pub(crate) twilio: TwilioVerifications,
    pub(crate) telnyx: TelnyxVerifications,
}

impl Simulator {
    /// Creates a simulator without messages and verifications, whose clock is the system clock.
    pub fn new(settings: Settings) -> Self {
        let (settings, clock) = (Arc::new(settings), Clock::default());
        Self {
            shared: Arc::new(Shared {
                webhooks: Webhooks::new(Arc::clone(&settings), clock.clone()),
                settings,
                clock,
                inbox: Inbox::default(),
                state: Mutex::default(),
            }),
        }
    }

    /// Returns the clock of the simulator. An application in the same process can use it as its own.
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// The simulated time, Unix milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.shared.clock.now_millis()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.shared.inbox
    }

    pub(crate) fn webhooks(&self) -> &Webhooks {
        &self.shared.webhooks
    }

    /// Locks the state. The guard must not be held across an await. A poisoned lock is safe to use,
    /// because each change of the state only moves owned values.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the webhooks of all verifications that have expired since the previous call.
    pub(crate) fn report_expired(&self) {
        let mut state = self.state();
        let events = expiry_events(
            &self.settings().twilio,
            &mut state.verifications.twilio,
            self.now(),
            &mut rand::rng(),
        );
        self.webhooks().send(events);
    }

    /// Calls [`Self::report_expired`] every second until `stop` is cancelled.
    pub(crate) async fn watch_expiry(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EXPIRY_INTERVAL);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.report_expired();
        }
    }

    /// Deletes verifications, messages, mails, ledger and faults, resets the webhook options and
    /// sets the clock to the system time.
    pub(crate) fn reset(&self) {
        let mut state = self.state();
        state.verifications = Verifications::default();
        state.faults = FaultScript::default();
        state.ledger.clear();
        self.shared.inbox.clear();
        self.shared.webhooks.reset();
        self.shared.clock.reset();
    }
}
