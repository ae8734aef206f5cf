//! The state that all requests share: clients of other services, limits and policies.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::clock_health::ClockHealth;
use super::delivery_health::DeliveryHealth;
use crate::config::{BrandConfig, EmailVerification, MfaPolicy};
use crate::hashing::Hasher;
use crate::metrics::Metrics;
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

/// Application state: the services, keys and settings that all requests of this node share.
///
/// Data that other nodes need is in the database.
pub struct AppState {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub verifier: Arc<dyn Verifier>,
    pub captcha: Arc<dyn Captcha>,
    pub hasher: Hasher,
    pub phone_rules: PhoneRules,
    pub payments: Payments,
    pub brand: Arc<BrandConfig>,
    pub limits: Limits,
    pub policy: Policy,
    /// Wakes the task that sends queued notifications. Call `notify_one` after a commit that queued notifications.
    pub outbox_wake: Notify,
    /// Whether mail server and SMS service accept notifications.
    pub delivery_health: DeliveryHealth,
    /// Whether the clock of this node agrees with the clock of the database.
    pub clock_health: ClockHealth,
    /// Counts events of this node for operators.
    pub metrics: Arc<Metrics>,
    /// Sends a notification to the event streams of this node after each change in the database.
    pub change_feed: ChangeFeed,
    /// Tasks that must finish even if the client of the request disconnects.
    pub tasks: TaskTracker,
    /// The keys that encrypt and decrypt the secrets in the database.
    pub keyring: Keyring,
    /// The key that hashes the names of rate limit buckets. It stays the same when the secret key is rotated.
    pub bucket_key: Vec<u8>,
    /// The keys that make and verify device marks, which recognise a browser that has signed in before.
    pub device_keys: DeviceKeys,
}

/// Shared reference to the application state, which every request handler receives.
pub type SharedAppState = Arc<AppState>;

/// The maximum number of accounts with the same phone number. It is more than one, because families share phones.
pub const ACCOUNTS_PER_PHONE: i64 = 5;

/// The configurable limits on codes, messages, passwords and sessions.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub code_length: CodeLength,
    pub tries_per_code: u32,
    /// Shortest time between two messages to one phone number.
    pub resend_gap: Duration,
    pub sends_per_number_per_hour: usize,
    pub sends_per_number_per_day: usize,
    pub sends_per_source_per_hour: usize,
    /// Maximum number of messages to new numbers that one network (IPv4 /24 or IPv6 /48) may cause.
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
    /// Maximum number of new payments, and separately of audit events about refused payments.
    pub payments_per_account_per_hour: usize,
    /// Maximum number of requests of each kind by an authenticated API client. It replaces the limits per address.
    pub calls_per_client_per_hour: usize,
    /// Maximum number of accounts with the same phone number.
    pub accounts_per_phone: i64,
    pub session_idle: Duration,
    pub session_absolute: Duration,
}

/// The configurable account policies, for example whether a second factor is required.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub mfa: MfaPolicy,
    pub email: EmailVerification,
    /// Whether registration reveals that an e-mail address or number has an account.
    pub enumeration: bool,
    /// The waiting time of a recovery after a lost phone. `None` if recoveries are turned off, or if mail server or SMS
    /// sender is missing.
    pub recovery_delay: Option<Duration>,
    /// How long the user can undo a change of the phone number or e-mail address.
    pub undo_life: Duration,
    /// The time between the request to delete an account and its erasure.
    pub deletion_delay: Duration,
}

impl AppState {
    /// Returns the current time of the application clock, which tests can advance.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the verification limits for this purpose: attempts, lifetimes and resend cooldown.
    pub const fn verification_rules(&self, purpose: Purpose) -> Rules {
        Rules::verification_limits_for_purpose(
            purpose,
            self.limits.tries_per_code,
            self.limits.resend_gap,
        )
    }

    /// Hashes a rejected code for storage, so that the server detects a second submission of the same code.
    ///
    /// `refused_by` identifies the verification or time step that has refused the code; see [`RefusedCode::new`].
    pub fn hash_refused_code(&self, refused_by: &str, code: &str) -> RefusedCode {
        RefusedCode::new(refused_by, code, &self.bucket_key)
    }

    /// Returns whether the user must prove the e-mail address of the account before the account can be used.
    pub fn must_prove_email(&self, account: &Account) -> bool {
        self.policy.email == EmailVerification::Required && !account.email_verified
    }

    /// Returns the user-visible error during the cooldown after a change of the account's phone number.
    ///
    /// Returns `None` after the cooldown. During the cooldown, the account can neither change second factors nor begin
    /// a payment that needs a code. This limits the damage if an attacker changed the number.
    pub fn find_cooldown_problem_after_phone_change(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Option<Problem> {
        let until = account.phone_changed_at? + self.limits.phone_change_cooldown;
        let secs = until.secs_since(now);
        (secs > 0).then_some(Problem::Cooling { secs })
    }
}

/// The clock of the operating system.
///
/// All other code reads the application clock of [`AppState`], which tests can advance.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "only this function reads the system time"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
