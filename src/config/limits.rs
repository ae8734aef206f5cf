//! How much is allowed: hashing, sessions, sends and tries.

use std::time::Duration;

use super::Mode;
use super::reader::Reader;

/// Argon2id's cost. It must not fall below what OWASP asks for, except to keep tests quick.
#[derive(Debug, Clone)]
pub struct PasswordConfig {
    /// `SALLYPORT_ARGON2_MEMORY_KIB`: KiB. 8 for each lane to 1,048,576, default 19,456; no less in production.
    pub argon2_memory_kib: u32,
    /// `SALLYPORT_ARGON2_ITERATIONS`: passes. 1 to 16, default 2. Production: 1 only with 47,104 KiB or more.
    pub argon2_iterations: u32,
    /// `SALLYPORT_ARGON2_PARALLELISM`: lanes. 1 to 16, default 1.
    pub argon2_parallelism: u32,
    /// `SALLYPORT_HASH_PERMITS`: hashes computed at once. 1 to 1,024, default: the number of cores.
    pub hash_permits: usize,
    /// `SALLYPORT_HASH_WAIT_MS`: how long a request waits for a permit. 0 to 2,000 ms, default 2,000.
    pub hash_wait: Duration,
}

const OWASP_MEMORY_KIB: u32 = 19_456;
const OWASP_MEMORY_KIB_FOR_ONE_PASS: u32 = 47_104;

impl PasswordConfig {
    pub(super) fn read(read: &mut Reader, mode: Mode) -> Self {
        const MEMORY: &str = "SALLYPORT_ARGON2_MEMORY_KIB";
        const ITERATIONS: &str = "SALLYPORT_ARGON2_ITERATIONS";
        let lanes = read.number("SALLYPORT_ARGON2_PARALLELISM", 1, 1..=16);
        let least = mode.pick(8, OWASP_MEMORY_KIB);
        let memory = read.number(MEMORY, OWASP_MEMORY_KIB, least..=1_048_576);
        let passes = read.number(ITERATIONS, 2, 1..=16);
        if memory < 8 * lanes {
            let wrong = format!("is less than 8 KiB for each of {lanes} lanes");
            read.fault(MEMORY, wrong, format!("set {} or more", 8 * lanes));
        }
        if mode == Mode::Production && passes == 1 && memory < OWASP_MEMORY_KIB_FOR_ONE_PASS {
            let remedy = format!("set 2, or {MEMORY} to {OWASP_MEMORY_KIB_FOR_ONE_PASS} or more");
            read.fault(ITERATIONS, "is 1, too few for the memory", remedy);
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            argon2_memory_kib: memory,
            argon2_iterations: passes,
            argon2_parallelism: lanes,
            hash_permits: read.number("SALLYPORT_HASH_PERMITS", cores, 1..=1_024),
            hash_wait: Duration::from_millis(read.number(
                "SALLYPORT_HASH_WAIT_MS",
                2_000,
                0..=2_000,
            )),
        }
    }
}

#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// `SALLYPORT_SESSION_IDLE_MINUTES`: a session ends after this long without use. 1 to 60, default 30.
    pub idle: Duration,
    /// `SALLYPORT_SESSION_ABSOLUTE_HOURS`: a session ends after this long whatever happens. 1 to 24, default 12.
    pub absolute: Duration,
}

impl SessionConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        let idle = read.number("SALLYPORT_SESSION_IDLE_MINUTES", 30, 1..=60);
        let absolute = read.number("SALLYPORT_SESSION_ABSOLUTE_HOURS", 12, 1..=24);
        Self {
            idle: Duration::from_mins(idle),
            absolute: Duration::from_hours(absolute),
        }
    }
}

/// A source is an IPv4 address or an IPv6 /64. Where two defaults are given, the first is development's: one machine
/// plays every user there.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// `SALLYPORT_LIMIT_RESEND_GAP_SECS`: between two sends of a flow or to a number. 0 to 600, default 30;
    /// no less in production.
    pub resend_gap: Duration,
    /// `SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR`: over all flows and users. Default 5; no more in production.
    pub sends_per_number_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR`: to people who are not signed in. Default 1,000 or 10.
    pub sends_per_source_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY`: default 1,000 or 15.
    pub sends_per_account_per_day: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR`: default 100,000 or 500.
    pub sends_per_country_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_MINUTE`: over everything; beyond it no send for a visitor who is not signed in.
    /// Default 100,000 or 100.
    pub sends_per_minute: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_DAY`: as above. Default 1,000,000 or 5,000.
    pub sends_per_day: u32,
    /// `SALLYPORT_LIMIT_TRIES_PER_CODE`: 1 to 5, default 5.
    pub tries_per_code: u32,
    /// `SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY`: wrong second factors of an account before it is held.
    /// 1 to 100, default 10.
    pub factor_failures_per_day: u32,
    /// `SALLYPORT_LIMIT_COOLING_HOURS`: how long after its number changed an account changes no factor and
    /// confirms no payment. 0 to 720, default 24; no less in production.
    pub cooling: Duration,
    /// `SALLYPORT_LIMIT_PASSWORD_FAILURES`: wrong passwords of an account before the next try has to wait.
    /// Default 5; 100 at most in production.
    pub password_failures: u32,
    /// `SALLYPORT_LIMIT_PASSWORD_DELAY_SECS`: the first such wait, doubled by each further failure. 0 to 900, default 1.
    pub password_delay: Duration,
    /// `SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS`: the longest such wait. 1 to 900, default 900.
    pub password_delay_max: Duration,
    /// `SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR`: default 10,000 or 100.
    pub logins_per_source_per_hour: u32,
    /// `SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR`: default 1,000 or 10.
    pub registrations_per_source_per_hour: u32,
    /// `SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR`: payments an account may begin, and refused ones that are
    /// written down. Default 1,000 or 60.
    pub payments_per_account_per_hour: u32,
    /// `SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR`: each of sign-ins, registrations and sends that one client of
    /// `SALLYPORT_API_CLIENTS` may cause, in place of the limits by source. Default 100,000 or 10,000.
    pub calls_per_client_per_hour: u32,
}

impl LimitsConfig {
    #[rustfmt::skip]
    pub(super) fn read(read: &mut Reader, mode: Mode) -> Self {
        /// As good as no limit.
        const ANY: u32 = 1_000_000;
        // A named limit, its default, and how far it may go, in development and in production.
        let mut limit = |name, development, production, most_in_production| {
            let most = mode.pick(ANY, most_in_production);
            read.number(name, mode.pick(development, production), 1..=most)
        };
        let limits = Self {
            sends_per_number_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", 5, 5, 5),
            sends_per_source_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", 1_000, 10, ANY),
            sends_per_account_per_day: limit("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", 1_000, 15, 1_000),
            sends_per_country_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR", 100_000, 500, ANY),
            sends_per_minute: limit("SALLYPORT_LIMIT_SENDS_PER_MINUTE", 100_000, 100, ANY),
            sends_per_day: limit("SALLYPORT_LIMIT_SENDS_PER_DAY", ANY, 5_000, ANY),
            password_failures: limit("SALLYPORT_LIMIT_PASSWORD_FAILURES", 5, 5, 100),
            logins_per_source_per_hour: limit("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", 10_000, 100, ANY),
            registrations_per_source_per_hour: limit("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", 1_000, 10, ANY),
            payments_per_account_per_hour: limit("SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR", 1_000, 60, ANY),
            calls_per_client_per_hour: limit("SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR", 100_000, 10_000, ANY),
            tries_per_code: read.number("SALLYPORT_LIMIT_TRIES_PER_CODE", 5, 1..=5),
            factor_failures_per_day: read.number("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", 10, 1..=100),
            cooling: Duration::from_hours(read.number("SALLYPORT_LIMIT_COOLING_HOURS", 24, mode.pick(0, 24)..=720)),
            resend_gap: Duration::from_secs(read.number("SALLYPORT_LIMIT_RESEND_GAP_SECS", 30, mode.pick(0, 30)..=600)),
            password_delay: Duration::from_secs(read.number("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", 1, mode.pick(0, 1)..=900)),
            password_delay_max: Duration::from_secs(read.number("SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS", 900, 1..=900)),
        };
        if limits.password_delay > limits.password_delay_max {
            read.fault(
                "SALLYPORT_LIMIT_PASSWORD_DELAY_SECS",
                "is longer than SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS",
                "set a first delay no longer than the longest",
            );
        }
        limits
    }
}
