//! State that all routes of the simulator share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::faults::FaultScript;
use crate::inbox::Inbox;
use crate::ledger::Ledger;
use crate::settings::Settings;
use crate::telnyx::state::TelnyxVerifications;
use crate::twilio::events::build_verification_expiry_events;
use crate::twilio::state::TwilioVerifications;
use crate::webhooks::Webhooks;

/// Interval between two searches for expired verifications.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);

/// Simulator of Twilio, Telnyx, CAPTCHA services and a mailbox. Clones share their state.
#[derive(Clone, Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
}

/// The state that all clones of a [`Simulator`] share.
#[derive(Debug)]
struct Shared {
    settings: Arc<Settings>,
    clock: Clock,
    inbox: Inbox,
    webhooks: Webhooks,
    state: Mutex<State>,
}

/// State of the provider APIs: verifications, faults and ledger.
///
/// One lock guards all of it, so that each call is atomic.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) verifications: Verifications,
    pub(crate) faults: FaultScript,
    pub(crate) ledger: Ledger,
}

/// Verifications of both simulated providers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verifications {
    pub(crate) twilio: TwilioVerifications,
    pub(crate) telnyx: TelnyxVerifications,
}

impl Simulator {
    /// Creates a simulator without messages and verifications. Its clock shows the system time.
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

    /// Returns the simulated clock. An application in the same process can use it as its own clock.
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// Returns the simulated time in Unix milliseconds.
    pub(crate) fn now_millis(&self) -> i64 {
        self.shared.clock.now_millis()
    }

    /// Returns the settings of the simulator.
    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Returns the inbox with the sent messages and mails.
    pub(crate) fn inbox(&self) -> &Inbox {
        &self.shared.inbox
    }

    /// Returns the sender of webhooks.
    pub(crate) fn webhooks(&self) -> &Webhooks {
        &self.shared.webhooks
    }

    /// Locks the state of the provider APIs.
    ///
    /// The guard must not be held across an await. If a thread has panicked while it held the lock, later calls still
    /// use the state.
    pub(crate) fn lock_provider_state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the webhooks of all verifications that expired since the previous call of this function.
    pub(crate) fn send_webhooks_of_expired_verifications(&self) {
        let mut state = self.lock_provider_state();
        let events = build_verification_expiry_events(
            &self.settings().twilio,
            &mut state.verifications.twilio,
            self.now_millis(),
            &mut rand::rng(),
        );
        self.webhooks().send_events_in_background(events);
    }

    /// Calls [`Self::send_webhooks_of_expired_verifications`] every second until `stop` is cancelled.
    pub(crate) async fn send_expiry_webhooks_until_stopped(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EXPIRY_INTERVAL);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.send_webhooks_of_expired_verifications();
        }
    }

    /// Deletes all state of the simulator, resets the webhook options, and sets the clock to the system time.
    pub(crate) fn delete_simulator_state(&self) {
        let mut state = self.lock_provider_state();
        state.verifications = Verifications::default();
        state.faults = FaultScript::default();
        state.ledger.delete_recorded_calls();
        self.shared.inbox.delete_all_inbox_items();
        self.shared.webhooks.reset_webhook_options_and_attempts();
        self.shared.clock.reset_to_system_time();
    }
}
