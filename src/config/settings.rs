//! Every setting's two names, one line each: the variable and the key in `sallyport.toml`.

/// A value is looked up by its variable's name, whichever source it came from.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub env: &'static str,
    /// The key in `sallyport.toml`: `section.key`.
    pub key: &'static str,
    /// A secret may also be named by a file (`…_FILE`), and `sallyport.toml` may hold only that file's name.
    pub secret: bool,
}

const fn plain(env: &'static str, key: &'static str) -> Setting {
    Setting {
        env,
        key,
        secret: false,
    }
}

const fn secret(env: &'static str, key: &'static str) -> Setting {
    Setting {
        env,
        key,
        secret: true,
    }
}

#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    plain("SALLYPORT_MODE", "mode"),

    plain("SALLYPORT_LISTEN", "server.listen"),
    plain("SALLYPORT_PUBLIC_URL", "server.public_url"),
    plain("SALLYPORT_SECURE_COOKIES", "server.secure_cookies"),
    plain("SALLYPORT_TRUSTED_PROXIES", "server.trusted_proxies"),

    plain("SALLYPORT_DATA_DIR", "store.data_dir"),
    secret("DATABASE_URL", "store.database_url"),

    plain("SALLYPORT_PROVIDER", "provider.kind"),
    plain("SALLYPORT_CODE_LENGTH", "provider.code_length"),
    plain("SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS", "provider.connect_timeout_ms"),
    plain("SALLYPORT_PROVIDER_TIMEOUT_MS", "provider.timeout_ms"),

    plain("SALLYPORT_SIMULATOR_LISTEN", "simulator.listen"),
    plain("SALLYPORT_SIMULATOR_SMTP_LISTEN", "simulator.smtp_listen"),
    plain("SALLYPORT_SIMULATOR_EMBEDDED", "simulator.embedded"),
    plain("SALLYPORT_SIMULATOR_WEBHOOKS", "simulator.webhooks"),

    plain("TWILIO_BASE_URL", "twilio.base_url"),
    plain("TWILIO_ACCOUNT_SID", "twilio.account_sid"),
    secret("TWILIO_AUTH_TOKEN", "twilio.auth_token"),
    secret("TWILIO_PREVIOUS_AUTH_TOKEN", "twilio.previous_auth_token"),
    plain("TWILIO_API_KEY_SID", "twilio.api_key_sid"),
    secret("TWILIO_API_KEY_SECRET", "twilio.api_key_secret"),
    plain("TWILIO_VERIFY_SERVICE_SID", "twilio.verify_service_sid"),
    plain("TWILIO_VERIFY_SERVICE_SID_REGISTRATION", "twilio.verify_service_sid_registration"),
    plain("TWILIO_VERIFY_SERVICE_SID_SIGN_IN", "twilio.verify_service_sid_sign_in"),
    plain("TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE", "twilio.verify_service_sid_phone_change"),
    plain("TWILIO_VERIFY_SERVICE_SID_PAYMENT", "twilio.verify_service_sid_payment"),
    plain("TWILIO_VERIFY_SERVICE_SID_STEP_UP", "twilio.verify_service_sid_step_up"),
    plain("TWILIO_VERIFY_PAYMENT_PSD2", "twilio.verify_payment_psd2"),
    plain("TWILIO_VERIFY_RATE_LIMITS", "twilio.verify_rate_limits"),

    plain("TWILIO_MESSAGING_FROM", "twilio.messaging_from"),
    plain("TWILIO_MESSAGING_SERVICE_SID", "twilio.messaging_service_sid"),

    secret("SALLYPORT_SMTP_URL", "mail.smtp_url"),
    plain("SALLYPORT_MAIL_FROM", "mail.from"),

    plain("TELNYX_BASE_URL", "telnyx.base_url"),
    secret("TELNYX_API_KEY", "telnyx.api_key"),
    plain("TELNYX_VERIFY_PROFILE_ID", "telnyx.verify_profile_id"),
    plain("TELNYX_VERIFY_PROFILE_ID_REGISTRATION", "telnyx.verify_profile_id_registration"),
    plain("TELNYX_VERIFY_PROFILE_ID_SIGN_IN", "telnyx.verify_profile_id_sign_in"),
    plain("TELNYX_VERIFY_PROFILE_ID_PHONE_CHANGE", "telnyx.verify_profile_id_phone_change"),
    plain("TELNYX_VERIFY_PROFILE_ID_PAYMENT", "telnyx.verify_profile_id_payment"),
    plain("TELNYX_VERIFY_PROFILE_ID_STEP_UP", "telnyx.verify_profile_id_step_up"),
    plain("TELNYX_PUBLIC_KEY", "telnyx.public_key"),
    plain("TELNYX_PREVIOUS_PUBLIC_KEY", "telnyx.previous_public_key"),

    plain("SALLYPORT_DEFAULT_COUNTRY", "phone.default_country"),
    plain("SALLYPORT_ALLOWED_COUNTRIES", "phone.allowed_countries"),

    plain("SALLYPORT_PAYMENT_CURRENCY", "payments.currency"),
    plain("SALLYPORT_PAYMENT_THRESHOLD", "payments.threshold"),

    plain("SALLYPORT_CAPTCHA", "captcha.kind"),
    plain("SALLYPORT_CAPTCHA_COST", "captcha.cost"),

    secret("SALLYPORT_SECRET_KEY", "keys.secret_key"),
    secret("SALLYPORT_PREVIOUS_SECRET_KEYS", "keys.previous_secret_keys"),

    plain("SALLYPORT_ARGON2_MEMORY_KIB", "password.argon2_memory_kib"),
    plain("SALLYPORT_ARGON2_ITERATIONS", "password.argon2_iterations"),
    plain("SALLYPORT_ARGON2_PARALLELISM", "password.argon2_parallelism"),
    plain("SALLYPORT_HASH_PERMITS", "password.hash_permits"),
    plain("SALLYPORT_HASH_WAIT_MS", "password.hash_wait_ms"),

    plain("SALLYPORT_SESSION_IDLE_MINUTES", "session.idle_minutes"),
    plain("SALLYPORT_SESSION_ABSOLUTE_HOURS", "session.absolute_hours"),

    plain("SALLYPORT_LIMIT_RESEND_GAP_SECS", "limits.resend_gap_secs"),
    plain("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "limits.sends_per_number_per_hour"),
    plain("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "limits.sends_per_source_per_hour"),
    plain("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "limits.sends_per_account_per_day"),
    plain("SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR", "limits.sends_per_country_per_hour"),
    plain("SALLYPORT_LIMIT_SENDS_PER_MINUTE", "limits.sends_per_minute"),
    plain("SALLYPORT_LIMIT_SENDS_PER_DAY", "limits.sends_per_day"),
    plain("SALLYPORT_LIMIT_TRIES_PER_CODE", "limits.tries_per_code"),
    plain("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "limits.factor_failures_per_day"),
    plain("SALLYPORT_LIMIT_COOLING_HOURS", "limits.cooling_hours"),
    plain("SALLYPORT_LIMIT_PASSWORD_FAILURES", "limits.password_failures"),
    plain("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "limits.password_delay_secs"),
    plain("SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS", "limits.password_delay_max_secs"),
    plain("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "limits.logins_per_source_per_hour"),
    plain("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "limits.registrations_per_source_per_hour"),
    plain("SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR", "limits.payments_per_account_per_hour"),
    plain("SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR", "limits.calls_per_client_per_hour"),

    plain("SALLYPORT_MFA", "accounts.mfa"),
    plain("SALLYPORT_ENUMERATION", "accounts.enumeration"),

    plain("SALLYPORT_API_AUDIENCE", "api.audience"),
    secret("SALLYPORT_API_CLIENTS", "api.clients"),

    plain("SALLYPORT_HTTP_HEADER_TIMEOUT_SECS", "http.header_timeout_secs"),
    plain("SALLYPORT_HTTP_BODY_TIMEOUT_SECS", "http.body_timeout_secs"),
    plain("SALLYPORT_HTTP_REQUEST_DEADLINE_SECS", "http.request_deadline_secs"),
    plain("SALLYPORT_HTTP_MAX_CONNECTIONS", "http.max_connections"),
    plain("SALLYPORT_HTTP_BODY_LIMIT_BYTES", "http.body_limit_bytes"),

    plain("SALLYPORT_LOG", "log.filter"),
    plain("SALLYPORT_LOG_FORMAT", "log.format"),
];

pub(super) fn by_env(env: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.env == env)
}

/// The known name closest to a mistyped one, if any is close enough to be meant.
pub(super) fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (edits(typed, name), name))
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, name)| *edits <= name.len() / 4 + 1)
        .map(|(_, name)| name)
}

/// Levenshtein distance, in bytes.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_listed_once() {
        let names: BTreeSet<_> = SETTINGS.iter().flat_map(|s| [s.env, s.key]).collect();
        assert_eq!(names.len(), SETTINGS.len() * 2);
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_name_and_nonsense_does_not() {
        assert_eq!(edits("kitten", "sitting"), 3);
        let names = || SETTINGS.iter().map(|setting| setting.env);
        assert_eq!(
            nearest("SALLYPORT_LISTN", names()),
            Some("SALLYPORT_LISTEN")
        );
        assert_eq!(nearest("SALLYPORT_TEST_CLOCK_FROZEN", names()), None);
    }
}
