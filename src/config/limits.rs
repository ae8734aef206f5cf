//! Settings of password hashing, sessions, and limits on messages and attempts.

use std::time::Duration;

use super::reader::SettingsReader;
use super::settings::Mode;

/// Settings of password hashing with Argon2id: cost and number of concurrent hashes.
///
/// In production, a cost below the [OWASP
/// minimum](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) is rejected.
#[derive(Debug, Clone)]
pub struct PasswordConfig {
    /// `SALLYPORT_ARGON2_MEMORY_KIB`.
    pub argon2_memory_kib: u32,
    /// `SALLYPORT_ARGON2_ITERATIONS`.
    pub argon2_iterations: u32,
    /// `SALLYPORT_ARGON2_PARALLELISM`.
    pub argon2_parallelism: u32,
    /// `SALLYPORT_HASH_PERMITS`: maximum number of hashes computed at the same time.
    pub hash_permits: usize,
    /// `SALLYPORT_HASH_WAIT_MS`: how long a request waits to compute a hash.
    pub hash_wait: Duration,
}

const OWASP_MEMORY_KIB: u32 = 19_456;
const OWASP_MEMORY_KIB_FOR_ONE_PASS: u32 = 47_104;

impl PasswordConfig {
    /// Reads the settings of password hashing.
    pub(super) fn read_password_hash_settings(reader: &mut SettingsReader, mode: Mode) -> Self {
        const MEMORY: &str = "SALLYPORT_ARGON2_MEMORY_KIB";
        const ITERATIONS: &str = "SALLYPORT_ARGON2_ITERATIONS";
        let lanes = reader.read_number("SALLYPORT_ARGON2_PARALLELISM", 1, 1..=16);
        let least = mode.pick_by_mode(8, OWASP_MEMORY_KIB);
        let memory = reader.read_number(MEMORY, OWASP_MEMORY_KIB, least..=1_048_576);
        let passes = reader.read_number(ITERATIONS, 2, 1..=16);
        if memory < 8 * lanes {
            let problem = format!("is less than 8 KiB for each of {lanes} lanes");
            reader.report_setting_error(MEMORY, problem, format!("set {} or more", 8 * lanes));
        }
        if mode == Mode::Production && passes == 1 && memory < OWASP_MEMORY_KIB_FOR_ONE_PASS {
            let remedy = format!("set 2, or {MEMORY} to {OWASP_MEMORY_KIB_FOR_ONE_PASS} or more");
            reader.report_setting_error(ITERATIONS, "is 1, too few for the memory", remedy);
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            argon2_memory_kib: memory,
            argon2_iterations: passes,
            argon2_parallelism: lanes,
            hash_permits: reader.read_number("SALLYPORT_HASH_PERMITS", cores, 1..=1_024),
            hash_wait: Duration::from_millis(reader.read_number(
                "SALLYPORT_HASH_WAIT_MS",
                2_000,
                0..=2_000,
            )),
        }
    }
}

/// Lifetime of user sessions.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// `SALLYPORT_SESSION_IDLE_MINUTES`: lifetime of a session that is not used.
    pub idle: Duration,
    /// `SALLYPORT_SESSION_ABSOLUTE_HOURS`: maximum lifetime of a session, also of one in use.
    pub absolute: Duration,
}

impl SessionConfig {
    /// Reads the lifetime of user sessions.
    pub(super) fn read_session_lifetimes(reader: &mut SettingsReader) -> Self {
        let idle = reader.read_number("SALLYPORT_SESSION_IDLE_MINUTES", 30, 1..=60);
        let absolute = reader.read_number("SALLYPORT_SESSION_ABSOLUTE_HOURS", 12, 1..=24);
        Self {
            idle: Duration::from_mins(idle),
            absolute: Duration::from_hours(absolute),
        }
    }
}

/// Rate limits on messages and attempts.
///
/// A source is an IPv4 address or an IPv6 /64; a network is an IPv4 /24 or an IPv6 /48.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    // Several defaults are higher in development, where all test users share one address.
    /// `SALLYPORT_LIMIT_RESEND_GAP_SECS`.
    pub resend_gap: Duration,
    /// `SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR`.
    pub sends_per_number_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY`.
    pub sends_per_number_per_day: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR`.
    pub sends_per_source_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR`.
    pub sends_per_network_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY`.
    pub sends_per_account_per_day: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR`.
    pub sends_per_country_per_hour: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_MINUTE`.
    pub sends_per_minute: u32,
    /// `SALLYPORT_LIMIT_SENDS_PER_DAY`.
    pub sends_per_day: u32,
    /// `SALLYPORT_LIMIT_TRIES_PER_CODE`.
    pub tries_per_code: u32,
    /// `SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY`.
    pub factor_failures_per_day: u32,
    /// `SALLYPORT_LIMIT_COOLING_HOURS`.
    pub cooldown: Duration,
    /// `SALLYPORT_LIMIT_PASSWORD_FAILURES`.
    pub password_failures: u32,
    /// `SALLYPORT_LIMIT_PASSWORD_DELAY_SECS`.
    pub password_delay: Duration,
    /// `SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS`.
    pub password_delay_max: Duration,
    /// `SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR`.
    pub logins_per_source_per_hour: u32,
    /// `SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR`.
    pub registrations_per_source_per_hour: u32,
    /// `SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR`.
    pub payments_per_account_per_hour: u32,
    /// `SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR`.
    pub calls_per_client_per_hour: u32,
}

impl LimitsConfig {
    /// Reads the rate limits.
    #[rustfmt::skip]
    pub(super) fn read_rate_limits(reader: &mut SettingsReader, mode: Mode) -> Self {
        // A maximum that is so high that it limits nothing.
        const ANY: u32 = 1_000_000;
        // Parameters: name, default in development, default in production, maximum in production.
        let mut limit = |name, development, production, most_in_production| {
            let max = mode.pick_by_mode(ANY, most_in_production);
            reader.read_number(name, mode.pick_by_mode(development, production), 1..=max)
        };
        let limits = Self {
            sends_per_number_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", 5, 5, 5),
            sends_per_number_per_day: limit("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", 1_000, 10, 100),
            sends_per_source_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", 1_000, 10, ANY),
            sends_per_network_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR", 10_000, 50, ANY),
            sends_per_account_per_day: limit("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", 1_000, 15, 1_000),
            sends_per_country_per_hour: limit("SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR", 100_000, 500, ANY),
            sends_per_minute: limit("SALLYPORT_LIMIT_SENDS_PER_MINUTE", 100_000, 100, ANY),
            sends_per_day: limit("SALLYPORT_LIMIT_SENDS_PER_DAY", ANY, 5_000, ANY),
            password_failures: limit("SALLYPORT_LIMIT_PASSWORD_FAILURES", 5, 5, 100),
            logins_per_source_per_hour: limit("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", 10_000, 100, ANY),
            registrations_per_source_per_hour: limit("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", 1_000, 10, ANY),
            payments_per_account_per_hour: limit("SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR", 1_000, 60, ANY),
            calls_per_client_per_hour: limit("SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR", 100_000, 10_000, ANY),
            tries_per_code: reader.read_number("SALLYPORT_LIMIT_TRIES_PER_CODE", 5, 1..=5),
            factor_failures_per_day: reader.read_number("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", 10, 1..=100),
            cooldown: Duration::from_hours(reader.read_number("SALLYPORT_LIMIT_COOLING_HOURS", mode.pick_by_mode(0, 24), mode.pick_by_mode(0, 24)..=720)),
            resend_gap: Duration::from_secs(reader.read_number("SALLYPORT_LIMIT_RESEND_GAP_SECS", 30, mode.pick_by_mode(0, 30)..=600)),
            password_delay: Duration::from_secs(reader.read_number("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", 1, mode.pick_by_mode(0, 1)..=900)),
            password_delay_max: Duration::from_secs(reader.read_number("SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS", 900, 1..=900)),
        };
        if limits.password_delay > limits.password_delay_max {
            reader.report_setting_error(
                "SALLYPORT_LIMIT_PASSWORD_DELAY_SECS",
                "is longer than SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS",
                "set a first delay no longer than the longest",
            );
        }
        limits
    }
}
