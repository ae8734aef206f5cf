//! What a flow may reach: handed in as one value, so that a test can hand in another.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::config::MfaPolicy;
use crate::context::RequestContext;
use crate::payments::Payments;
use crate::security::captcha::Captcha;
use crate::security::keyring::Keyring;
use crate::security::password::Hasher;
use crate::security::phone_rules::PhoneRules;
use crate::security::rate_limit::{Rule, Slowdown};
use crate::security::token::{AccountId, BucketKey};
use crate::store::Store;
use crate::store::accounts::Account;
use crate::store::change_feed::Changes;
use crate::verification::Rules;
use domain::Clock;
use domain::{CodeLength, PhoneNumber, Problem, Purpose, Timestamp};
use verify::Verifier;

/// Everything the flows work with. Cheap to share; holds no state of its own that another node
/// would have to know.
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
    /// Wakes the dispatcher of notices: call `notify_one` after a commit that told somebody.
    pub notices: Notify,
    /// Wakes whoever waits for a change in the database.
    pub changes: Changes,
    /// Work that must finish whether or not the browser waits for it (SM-15).
    pub tasks: TaskTracker,
    /// Opens and seals what the store holds encrypted.
    pub keyring: Keyring,
    /// Keys the names of limit buckets.
    pub bucket_key: Vec<u8>,
}

/// A context shared by every request.
pub type SharedAppState = Arc<AppState>;

/// The operator's numbers (product.md, section 7; security.md, part C).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub code_length: CodeLength,
    pub tries_per_code: u32,
    pub resend_gap: Duration,
    pub sends_per_number_per_hour: usize,
    pub sends_per_source_per_hour: usize,
    pub sends_per_account_per_day: usize,
    pub factor_failures_per_day: usize,
    pub password_slowdown: Slowdown,
    /// How long after its number changed an account is good for less (PHN-05).
    pub cooling: Duration,
    pub sign_ins_per_source_per_hour: usize,
    pub registrations_per_source_per_hour: usize,
    /// Begun, and apart from them refused and written down.
    pub payments_per_account_per_hour: usize,
    /// Of each kind of call, for a client we know: in place of the limits by source.
    pub calls_per_client_per_hour: usize,
    /// How many accounts one number may serve (REG-12).
    pub accounts_per_phone: i64,
    pub session_idle: Duration,
    pub session_absolute: Duration,
}

/// What the operator decided about accounts.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub mfa: MfaPolicy,
    /// Whether registration says that an e-mail or number has an account (ENUM-02).
    pub enumeration: bool,
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl AppState {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub const fn rules(&self, purpose: Purpose) -> Rules {
        Rules::of(purpose, self.limits.tries_per_code, self.limits.resend_gap)
    }

    /// Sends to one number, over all flows, accounts and nodes (RES-01).
    pub fn number_limit(&self, phone: &PhoneNumber) -> (BucketKey, Rule) {
        let rule =
            Rule::per(HOUR, self.limits.sends_per_number_per_hour).with_gap(self.limits.resend_gap);
        (self.bucket("sms-number", phone.as_e164()), rule)
    }

    /// Sends one address may cause before anybody is signed in (RES-04).
    pub fn send_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.sends_per_source_per_hour;
        self.source_limit(["sms-source", "sms-client"], context, max)
    }

    /// Sends one account may cause (RES-04).
    pub fn send_account_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(DAY, self.limits.sends_per_account_per_day);
        (self.bucket("sms-account", account.as_str()), rule)
    }

    /// Payments one account may begin.
    pub fn payment_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(HOUR, self.limits.payments_per_account_per_hour);
        (self.bucket("payment", account.as_str()), rule)
    }

    /// Refused payments of one account that are written down.
    pub fn payment_refusal_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(HOUR, self.limits.payments_per_account_per_hour);
        (self.bucket("payment-refused", account.as_str()), rule)
    }

    /// Second-factor failures of an account, whatever the flow or method (OTP-06, OTP-07).
    pub fn factor_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let rule = Rule::per(DAY, self.limits.factor_failures_per_day);
        (self.bucket("factor", account.as_str()), rule)
    }

    /// Why the account's factors stay as they are for now: its number has just changed, and whoever
    /// did that may not be its holder (PHN-05).
    pub fn cooling(&self, account: &Account, now: Timestamp) -> Option<Problem> {
        let until = account.phone_changed_at? + self.limits.cooling;
        let secs = until.secs_after(now);
        (secs > 0).then_some(Problem::Cooling { secs })
    }

    /// Notices of wrong codes (LOG-11).
    pub fn failures_notice_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-failures", account.as_str());
        (key, Rule::per(DAY, 1))
    }

    /// Notices of a held second factor (OTP-07).
    pub fn held_notice_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-held", account.as_str());
        (key, Rule::per(DAY, 1))
    }

    /// Notices that somebody tried to register with an account's e-mail (ENUM-02).
    pub fn conflict_notice_limit(&self, account: &AccountId) -> (BucketKey, Rule) {
        let key = self.bucket("notice-conflict", account.as_str());
        (key, Rule::per(HOUR, 1))
    }

    /// Sign-in tries from one address (LOG-01).
    pub fn sign_in_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.sign_ins_per_source_per_hour;
        self.source_limit(["sign-in-source", "sign-in-client"], context, max)
    }

    /// Registrations begun from one address (REG-10).
    pub fn registration_source_limit(&self, context: &RequestContext) -> (BucketKey, Rule) {
        let max = self.limits.registrations_per_source_per_hour;
        self.source_limit(["register-source", "register-client"], context, max)
    }

    /// `max` an hour from one address. Everybody behind a client we know shares its address, so
    /// that its calls count by its name, in a bucket of its own, and not by where it calls from.
    fn source_limit(
        &self,
        [by_source, by_client]: [&'static str; 2],
        context: &RequestContext,
        max: usize,
    ) -> (BucketKey, Rule) {
        match context.caller.client() {
            Some(client) => (
                self.bucket(by_client, client.as_str()),
                Rule::per(HOUR, self.limits.calls_per_client_per_hour),
            ),
            None => (
                self.bucket(by_source, &context.source),
                Rule::per(HOUR, max),
            ),
        }
    }

    /// Wrong passwords for one identifier, whether or not it exists (LOG-01, LOG-03).
    pub fn password_bucket(&self, identifier: &str) -> BucketKey {
        self.bucket("password", identifier)
    }

    fn bucket(&self, kind: &'static str, about: &str) -> BucketKey {
        BucketKey::new(kind, about, &self.bucket_key)
    }
}
