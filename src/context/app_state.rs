//! The state shared by all requests: services, limits and policies.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::config::MfaPolicy;
use crate::hashing::Hasher;
use crate::payments::Payments;
use crate::security::captcha::Captcha;
use crate::security::device::DeviceKeys;
use crate::security::keyring::Keyring;
use crate::security::phone_rules::PhoneRules;
use crate::security::rate_limit::Slowdown;
use crate::security::refused_code::RefusedCode;
use crate::store::Store;
use crate::store::accounts::Account;
use crate::store::change_feed::ChangeFeed;
use crate::verification::Rules;
use domain::{Clock, CodeLength, Problem, Purpose, Timestamp};
use verify::Verifier;

/// The services and settings that all requests share. State that other nodes need is in the database.
pub struct AppState {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub verifier: Arc<dyn Verifier>,
    pub captcha: Arc<dyn Captcha>,
    pub hasher: Hasher,
    pub phone_rules: PhoneRules,
    pub payments: Payments,
    pub limits: Limits,
    pub policy: Policy,
    /// Wakes the outbox dispatcher. Call `notify_one` after a commit that stored notifications.
    pub outbox_wake: Notify,
    /// Reports changes in the database to event streams.
    pub change_feed: ChangeFeed,
    /// Work that must finish even if the client disconnects.
    pub tasks: TaskTracker,
    /// Encrypts and decrypts secrets in the store.
    pub keyring: Keyring,
    /// Key for hashing the names of rate limit buckets. It outlives a rotation of the secret key.
    pub bucket_key: Vec<u8>,
    /// Make and verify device cookies.
    pub device_keys: DeviceKeys,
}

/// A shared reference to the state, as every request has it.
pub type SharedAppState = Arc<AppState>;

/// How many accounts may have the same phone number: families share phones.
pub const ACCOUNTS_PER_PHONE: i64 = 5;

/// The limits that an operator can configure.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub code_length: CodeLength,
    pub tries_per_code: u32,
    /// Shortest time between two messages to one number.
    pub resend_gap: Duration,
    pub sends_per_number_per_hour: usize,
    pub sends_per_number_per_day: usize,
    pub sends_per_source_per_hour: usize,
    /// Messages that registrations from one network (IPv4 /24 or IPv6 /48) may cause.
    pub sends_per_network_per_hour: usize,
    pub sends_per_account_per_day: usize,
    pub sends_per_country_per_hour: usize,
    pub sends_per_minute: usize,
    pub sends_per_day: usize,
    pub factor_failures_per_day: usize,
    pub password_slowdown: Slowdown,
    /// The time after a number change in which an account can neither change factors nor begin a payment that needs
    /// a code.
    pub phone_change_cooldown: Duration,
    pub sign_ins_per_source_per_hour: usize,
    pub registrations_per_source_per_hour: usize,
    /// Limit on new payments, and separately on audit events about refused payments.
    pub payments_per_account_per_hour: usize,
    /// Limit on requests of each kind by an authenticated API client. It replaces the limits per address.
    pub calls_per_client_per_hour: usize,
    /// Maximum number of accounts with the same phone number.
    pub accounts_per_phone: i64,
    pub session_idle: Duration,
    pub session_absolute: Duration,
}

/// The account policies that an operator can configure.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub mfa: MfaPolicy,
    /// Whether registration reveals that an e-mail address or number has an account.
    pub enumeration: bool,
}

impl AppState {
    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The rules of a verification with this purpose.
    pub const fn rules(&self, purpose: Purpose) -> Rules {
        Rules::of(purpose, self.limits.tries_per_code, self.limits.resend_gap)
    }

    /// The memory of a refused code; see [`RefusedCode::new`].
    pub fn refused_code(&self, scope: &str, code: &str) -> RefusedCode {
        RefusedCode::new(scope, code, &self.bucket_key)
    }

    /// The problem to show if the account is in the cooldown after a number change; otherwise `None`.
    ///
    /// The cooldown limits the damage if an attacker changed the number.
    pub fn phone_change_cooldown(&self, account: &Account, now: Timestamp) -> Option<Problem> {
        let until = account.phone_changed_at? + self.limits.phone_change_cooldown;
        let secs = until.secs_after(now);
        (secs > 0).then_some(Problem::Cooling { secs })
    }
}

/// The clock of the operating system. Other code uses the clock of [`AppState`], which tests can advance.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system time"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
