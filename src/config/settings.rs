//! The table of all settings: names, defaults and meaning. The configuration reference and the example file are
//! printed from it.

/// Mode in which the server runs: development or production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Development: the defaults suit one machine and use the provider simulator.
    Development,
    /// Production: the server refuses unsafe values.
    Production,
}

impl Mode {
    /// Returns one of two values, depending on the mode.
    pub(super) fn pick_by_mode<T>(self, development: T, production: T) -> T {
        match self {
            Self::Development => development,
            Self::Production => production,
        }
    }
}

/// Description of a setting: names, default value and documentation.
#[derive(Debug)]
pub struct Setting {
    /// The name of the environment variable.
    pub env: &'static str,
    /// The key in `sallyport.toml`: `section.key`.
    pub key: &'static str,
    /// Whether the value is secret. A secret may also come from a file (`…_FILE`). `sallyport.toml` may hold only the
    /// name of that file.
    pub secret: bool,
    /// The value when no source sets it.
    pub default: DefaultValue,
    /// What the setting does: one or two sentences for operators, with units and range.
    pub about: &'static str,
}

/// Default value of a setting, as shown in the configuration reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// This text, in the form that an operator would write.
    Value(&'static str),
    /// One text in development and another in production.
    ByMode {
        development: &'static str,
        production: &'static str,
    },
    /// A description of a value that depends on other settings or on the machine.
    Described(&'static str),
    /// The setting has no default.
    Unset,
}

use DefaultValue::{ByMode, Described, Unset, Value};

/// Describes a setting that is not secret.
const fn non_secret_setting(
    env: &'static str,
    key: &'static str,
    default: DefaultValue,
    about: &'static str,
) -> Setting {
    Setting {
        env,
        key,
        secret: false,
        default,
        about,
    }
}

/// Describes a setting whose value is secret.
const fn secret_setting(
    env: &'static str,
    key: &'static str,
    default: DefaultValue,
    about: &'static str,
) -> Setting {
    Setting {
        env,
        key,
        secret: true,
        default,
        about,
    }
}

/// Describes a default value that differs between development and production.
const fn default_by_mode(development: &'static str, production: &'static str) -> DefaultValue {
    ByMode {
        development,
        production,
    }
}

/// The default of the Twilio Verify service of one purpose.
const TWILIO_FALLBACK: DefaultValue = Described("`TWILIO_VERIFY_SERVICE_SID`");
/// The default of the Telnyx Verify profile of one purpose.
const TELNYX_FALLBACK: DefaultValue = Described("`TELNYX_VERIFY_PROFILE_ID`");

/// Every setting, in the order of the configuration reference.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    non_secret_setting("SALLYPORT_MODE", "mode", Value("development"), "`development` or `production`. Production refuses unsafe values and the simulator."),

    non_secret_setting("SALLYPORT_LISTEN", "server.listen", Value("127.0.0.1:3000"), "Address and port of the server. Port 0 takes a free port."),
    non_secret_setting("SALLYPORT_PUBLIC_URL", "server.public_url", Described("`http://` and the listen address"), "The origin that browsers see, with an international domain in its `xn--` form. Production requires it, with https."),
    non_secret_setting("SALLYPORT_SECURE_COOKIES", "server.secure_cookies", Value("true"), "`true` sets `__Host-` cookies with `Secure`. `false` works in development over plain http only."),
    non_secret_setting("SALLYPORT_TRUSTED_PROXIES", "server.trusted_proxies", Unset, "List of the proxies' addresses and CIDR blocks. The server reads the client's address from their `X-Forwarded-For`. Without this list, all users behind a proxy share the limits of one address."),

    non_secret_setting("SALLYPORT_BRAND_NAME", "brand.name", Value("Sallyport"), "Name of the service, up to 40 characters without a colon. Users see it in page titles, the header, mails, authenticator apps and recovery codes; API clients in the title of the API document."),
    non_secret_setting("SALLYPORT_BRAND_SMS_NAME", "brand.sms_name", Described("the name"), "Beginning of notifications by SMS, up to 11 characters of the GSM alphabet. Required when the name does not fit."),
    non_secret_setting("SALLYPORT_BRAND_LOGO", "brand.logo", Unset, "Picture in the header, in place of mark and name. The path of an SVG file without scripts, a PNG or a WebP file, up to 102,400 bytes."),
    non_secret_setting("SALLYPORT_BRAND_LOGO_DARK", "brand.logo_dark", Described("the logo"), "Picture in the header in the dark theme: the path of a file as for the logo, which is required too."),
    non_secret_setting("SALLYPORT_BRAND_ICON", "brand.icon", Unset, "Picture of browser tabs and home screens. The path of a square PNG file with sides of 180 to 1,024 pixels and up to 102,400 bytes."),
    non_secret_setting("SALLYPORT_BRAND_ACCENT_LIGHT", "brand.accent_light", Described("`#1d4f91`"), "Colour of links and main buttons in the light theme, as `#rrggbb`. A contrast below 4.5:1 with text or backgrounds is refused."),
    non_secret_setting("SALLYPORT_BRAND_ACCENT_DARK", "brand.accent_dark", Described("`#90bbf5`, or the nearest shade of the light accent with enough contrast"), "Colour of links and main buttons in the dark theme, as `#rrggbb`. A contrast below 4.5:1 with text or backgrounds is refused."),
    non_secret_setting("SALLYPORT_BRAND_SUPPORT_URL", "brand.support_url", Unset, "Link `Help` at the foot of each page: an https URL, a path of the public origin, or `mailto:` and an address. Development also permits http."),
    non_secret_setting("SALLYPORT_BRAND_IMPRINT_URL", "brand.imprint_url", Unset, "Link `Imprint` at the foot of each page: an https URL, or a path of the public origin. Development also permits http."),
    non_secret_setting("SALLYPORT_BRAND_PRIVACY_URL", "brand.privacy_url", Unset, "Link `Privacy` at the foot of each page: an https URL, or a path of the public origin. Development also permits http."),
    non_secret_setting("SALLYPORT_BRAND_TERMS_URL", "brand.terms_url", Unset, "Link `Terms` at the foot of each page: an https URL, or a path of the public origin. Development also permits http."),
    non_secret_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_EN", "brand.sign_in_text_en", Unset, "Text in the card of the sign-in form in English, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_DE", "brand.sign_in_text_de", Unset, "Text in the card of the sign-in form in German, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_FR", "brand.sign_in_text_fr", Unset, "Text in the card of the sign-in form in French, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_ES", "brand.sign_in_text_es", Unset, "Text in the card of the sign-in form in Spanish, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_PT_BR", "brand.sign_in_text_pt_br", Unset, "Text in the card of the sign-in form in Portuguese (Brazil), up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_PL", "brand.sign_in_text_pl", Unset, "Text in the card of the sign-in form in Polish, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_FOOTER_TEXT_EN", "brand.footer_text_en", Unset, "Text at the foot of each page in English, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_FOOTER_TEXT_DE", "brand.footer_text_de", Unset, "Text at the foot of each page in German, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_FOOTER_TEXT_FR", "brand.footer_text_fr", Unset, "Text at the foot of each page in French, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_FOOTER_TEXT_ES", "brand.footer_text_es", Unset, "Text at the foot of each page in Spanish, up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_FOOTER_TEXT_PT_BR", "brand.footer_text_pt_br", Unset, "Text at the foot of each page in Portuguese (Brazil), up to 300 characters."),
    non_secret_setting("SALLYPORT_BRAND_FOOTER_TEXT_PL", "brand.footer_text_pl", Unset, "Text at the foot of each page in Polish, up to 300 characters."),

    non_secret_setting("SALLYPORT_DATA_DIR", "store.data_dir", Value("data"), "Directory of the SQLite database and of the generated key. The server creates it only when it generates the key, so in production it must exist."),
    secret_setting("DATABASE_URL", "store.database_url", Described("`sallyport.db` in the data directory"), "`sqlite:…` or `postgres://user:password@host/database`; user and password percent-encoded."),

    non_secret_setting("SALLYPORT_PROVIDER", "provider.kind", Described("the provider whose credentials are set, else `simulator`"), "`twilio`, `telnyx`, `simulator` (with Twilio's API) or `simulator_telnyx` (with Telnyx's API). Required when credentials of both providers are set. Production refuses the simulator."),
    non_secret_setting("SALLYPORT_CODE_LENGTH", "provider.code_length", Value("6"), "Digits of a code, 4 to 10. Must equal the setting of the provider's service. The standalone simulator defaults to 5 for Telnyx."),
    non_secret_setting("SALLYPORT_PROVIDER_CONNECT_TIMEOUT_MS", "provider.connect_timeout_ms", Value("3000"), "Milliseconds to connect to the provider, 1 to 3,000."),
    non_secret_setting("SALLYPORT_PROVIDER_TIMEOUT_MS", "provider.timeout_ms", Value("8000"), "Milliseconds for a whole call of the provider, connecting included, 1 to 10,000."),

    non_secret_setting("SALLYPORT_SIMULATOR_LISTEN", "simulator.listen", Value("127.0.0.1:4010"), "Address and port of the simulator. Port 0 takes a free port."),
    non_secret_setting("SALLYPORT_SIMULATOR_SMTP_LISTEN", "simulator.smtp_listen", Value("127.0.0.1:4025"), "Address and port of the simulator's mail server. Port 0 takes a free port."),
    non_secret_setting("SALLYPORT_SIMULATOR_HOSTS", "simulator.hosts", Unset, "List of host names by which the phone page and the controls of the simulator may be called, such as the name of a container. Loopback names, the listening address and the host of the public URL are always allowed."),
    non_secret_setting("SALLYPORT_SIMULATOR_EMBEDDED", "simulator.embedded", Described("`true` if the simulator is the provider"), "Whether the server's process runs the simulator. `false` for one that runs elsewhere, at `TWILIO_BASE_URL` or `TELNYX_BASE_URL`."),
    non_secret_setting("SALLYPORT_SIMULATOR_WEBHOOKS", "simulator.webhooks", Described("`app` if embedded, else `none`"), "Where the simulator sends webhooks: an origin such as `http://127.0.0.1:3000`, `app` for the server in the same process, or `none`."),

    non_secret_setting("TWILIO_BASE_URL", "twilio.base_url", Described("`https://verify.twilio.com`, or the simulator's address"), "Origin of the Verify API. Production requires https at a name under twilio.com."),
    non_secret_setting("TWILIO_ACCOUNT_SID", "twilio.account_sid", Described("the simulator's, else none"), "`AC` and 32 hexadecimal digits."),
    secret_setting("TWILIO_AUTH_TOKEN", "twilio.auth_token", Described("the simulator's, else none"), "At least 32 characters. Also verifies the signature of webhooks."),
    secret_setting("TWILIO_PREVIOUS_AUTH_TOKEN", "twilio.previous_auth_token", Unset, "The token before a rotation. Verifies webhooks that were signed before it."),
    non_secret_setting("TWILIO_API_KEY_SID", "twilio.api_key_sid", Unset, "`SK` and 32 hexadecimal digits. Calls then use the API key in place of the auth token, because a key can be revoked alone."),
    secret_setting("TWILIO_API_KEY_SECRET", "twilio.api_key_secret", Unset, "At least 32 characters. Set together with `TWILIO_API_KEY_SID`."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID", "twilio.verify_service_sid", Described("the simulator's, else none"), "The Verify service for every purpose without its own: `VA` and 32 hexadecimal digits."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID_REGISTRATION", "twilio.verify_service_sid_registration", TWILIO_FALLBACK, "The Verify service for registration. Use one that serves no other purpose. With a shared one a registration waits while a code for the owner of the number is valid, and the start logs a warning."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID_SIGN_IN", "twilio.verify_service_sid_sign_in", TWILIO_FALLBACK, "The Verify service for sign-in and password reset."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID_SET_UP", "twilio.verify_service_sid_set_up", Described("the service for sign-in"), "The Verify service for the set-up of the second factor at a first sign-in."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE", "twilio.verify_service_sid_phone_change", TWILIO_FALLBACK, "The Verify service for a phone change."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID_PAYMENT", "twilio.verify_service_sid_payment", TWILIO_FALLBACK, "The Verify service for payments."),
    non_secret_setting("TWILIO_VERIFY_SERVICE_SID_STEP_UP", "twilio.verify_service_sid_step_up", TWILIO_FALLBACK, "The Verify service for step-up."),
    non_secret_setting("TWILIO_VERIFY_PAYMENT_PSD2", "twilio.verify_payment_psd2", Value("false"), "Whether Twilio has enabled PSD2 on the service for payments. The service then receives amount and payee, and can serve no other purpose."),
    non_secret_setting("TWILIO_VERIFY_RATE_LIMITS", "twilio.verify_rate_limits", Value("false"), "Whether Twilio receives the user's IP address for fraud checks and for a rate limit named `end_user_ip`, which each service must then define."),

    non_secret_setting("TWILIO_MESSAGING_FROM", "twilio.messaging_from", Described("the simulator's, else none"), "Sender of notifications by SMS: a number in E.164, a short code, or an alphanumeric sender of up to 11 characters."),
    non_secret_setting("TWILIO_MESSAGING_SERVICE_SID", "twilio.messaging_service_sid", Unset, "Messaging service for notifications, in place of a sender: `MG` and 32 hexadecimal digits."),

    secret_setting("SALLYPORT_SMTP_URL", "mail.smtp_url", Described("the simulator's mail server, else none"), "`smtp://user:password@host:587` for STARTTLS, `smtps://…` for TLS; user and password percent-encoded. `smtp://` without encryption works on loopback only."),
    non_secret_setting("SALLYPORT_MAIL_FROM", "mail.from", Described("the simulator's, else none"), "Sender of mails: an address, or a name and an address in angle brackets. The part before the `@` is ASCII. Required with `SALLYPORT_SMTP_URL`."),

    non_secret_setting("TELNYX_BASE_URL", "telnyx.base_url", Described("`https://api.telnyx.com`, or the simulator's address"), "Origin of the API. Production requires https at a name under telnyx.com."),
    secret_setting("TELNYX_API_KEY", "telnyx.api_key", Described("the simulator's, else none"), "At least 8 characters."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID", "telnyx.verify_profile_id", Described("the simulator's, else none"), "The Verify profile for every purpose without its own: a UUID."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID_REGISTRATION", "telnyx.verify_profile_id_registration", TELNYX_FALLBACK, "The Verify profile for registration. Use one that serves no other purpose. With a shared one a registration waits while a code for the owner of the number is valid, and the start logs a warning."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID_SIGN_IN", "telnyx.verify_profile_id_sign_in", TELNYX_FALLBACK, "The Verify profile for sign-in and password reset."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID_SET_UP", "telnyx.verify_profile_id_set_up", Described("the profile for sign-in"), "The Verify profile for the set-up of the second factor at a first sign-in."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID_PHONE_CHANGE", "telnyx.verify_profile_id_phone_change", TELNYX_FALLBACK, "The Verify profile for a phone change."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID_PAYMENT", "telnyx.verify_profile_id_payment", TELNYX_FALLBACK, "The Verify profile for payments."),
    non_secret_setting("TELNYX_VERIFY_PROFILE_ID_STEP_UP", "telnyx.verify_profile_id_step_up", TELNYX_FALLBACK, "The Verify profile for step-up."),
    non_secret_setting("TELNYX_PUBLIC_KEY", "telnyx.public_key", Described("the simulator's, else none"), "Ed25519 key that verifies webhooks: 32 bytes in base64. Without it every webhook is refused."),
    non_secret_setting("TELNYX_PREVIOUS_PUBLIC_KEY", "telnyx.previous_public_key", Unset, "The key before a rotation."),

    non_secret_setting("SALLYPORT_DEFAULT_COUNTRY", "phone.default_country", Value("US"), "Country of a number that is typed without `+`, and the one that lists of countries show first: an ISO 3166 code."),
    non_secret_setting("SALLYPORT_ALLOWED_COUNTRIES", "phone.allowed_countries", Described("in development: all countries"), "List of ISO 3166 codes, which phone fields offer. Numbers of other countries are refused before any message is sent. Production requires it."),

    non_secret_setting("SALLYPORT_PAYMENT_CURRENCY", "payments.currency", Value("USD"), "Currency of the threshold, and the one that forms preselect: an ISO 4217 code."),
    non_secret_setting("SALLYPORT_PAYMENT_THRESHOLD", "payments.threshold", Value("100"), "Payments of this amount and more need a code; so does every payment in another currency. The smallest amount makes every payment need a code."),
    non_secret_setting("SALLYPORT_PAYMENT_CUMULATIVE_COUNT", "payments.cumulative_count", Value("5"), "Payments of an account without a code since its last second factor, 0 to 1,000. The next one needs a code."),
    non_secret_setting("SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT", "payments.cumulative_amount", Described("the larger of 100 and the threshold"), "Sum of these payments, in the currency of the threshold. A payment that would exceed it needs a code."),

    non_secret_setting("SALLYPORT_CAPTCHA", "captcha.kind", Value("proof_of_work"), "`proof_of_work`, or the service `recaptcha_v2`, `recaptcha_v3`, `hcaptcha` or `turnstile`, or `none`. Production refuses `none`."),
    non_secret_setting("SALLYPORT_CAPTCHA_SITE_KEY", "captcha.site_key", Unset, "The site key of the account at the CAPTCHA service. It is part of the pages. Production refuses the public keys for tests."),
    secret_setting("SALLYPORT_CAPTCHA_SECRET", "captcha.secret", Unset, "The secret key of the account at the CAPTCHA service, at least 32 characters. Production refuses the public keys for tests."),
    non_secret_setting("SALLYPORT_CAPTCHA_MIN_SCORE", "captcha.min_score", Value("0.5"), "The lowest accepted score of `recaptcha_v3`, 0.1 to 1.0."),
    non_secret_setting("SALLYPORT_CAPTCHA_FALLBACK", "captcha.fallback", Value("proof_of_work"), "What forms ask for while the CAPTCHA service does not answer: `proof_of_work`, or `none` to refuse them."),
    non_secret_setting("SALLYPORT_CAPTCHA_BASE_URL", "captcha.base_url", Described("the service itself, or the simulator's address"), "Origin of a simulator in place of the CAPTCHA service. Production refuses it."),
    non_secret_setting("SALLYPORT_CAPTCHA_COST", "captcha.cost", Value("160"), "Hash iterations of one attempt at the proof of work, 1 to 20,000; at least 100 in production."),

    secret_setting("SALLYPORT_SECRET_KEY", "keys.secret_key", Described("in development: generated and kept in `<data dir>/secret.key`"), "64 random bytes in base64. Encrypts cookies and authenticator secrets, signs CAPTCHA challenges and access tokens. Production requires it."),
    secret_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", "keys.previous_secret_keys", Unset, "List of the keys before rotations. Values encrypted with them stay readable and are encrypted with the current key at the next use."),

    non_secret_setting("SALLYPORT_ARGON2_MEMORY_KIB", "password.argon2_memory_kib", Value("19456"), "Memory of a password hash in KiB, from 8 for each lane to 1,048,576; at least 19,456 in production."),
    non_secret_setting("SALLYPORT_ARGON2_ITERATIONS", "password.argon2_iterations", Value("2"), "Passes of a password hash, 1 to 16. Production accepts 1 only with 47,104 KiB or more."),
    non_secret_setting("SALLYPORT_ARGON2_PARALLELISM", "password.argon2_parallelism", Value("1"), "Lanes of a password hash, 1 to 16."),
    non_secret_setting("SALLYPORT_HASH_PERMITS", "password.hash_permits", Described("the number of CPU cores"), "Password hashes computed at the same time, 1 to 1,024."),
    non_secret_setting("SALLYPORT_HASH_WAIT_MS", "password.hash_wait_ms", Value("2000"), "Milliseconds that a request waits for its turn to compute a hash before it is answered with 503, 0 to 2,000."),

    non_secret_setting("SALLYPORT_SESSION_IDLE_MINUTES", "session.idle_minutes", Value("30"), "A session ends after this many minutes without use, 1 to 60."),
    non_secret_setting("SALLYPORT_SESSION_ABSOLUTE_HOURS", "session.absolute_hours", Value("12"), "A session ends after this many hours in any case, 1 to 24."),

    non_secret_setting("SALLYPORT_LIMIT_RESEND_GAP_SECS", "limits.resend_gap_secs", Value("30"), "Seconds between two messages of a flow or to a number, 0 to 600; at least 30 in production."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "limits.sends_per_number_per_hour", Value("5"), "Messages to one number an hour, over all flows and users, 1 to 1,000,000; at most 5 in production. Flows of users who have not verified the number get at most three fifths of them, and never the last one."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "limits.sends_per_number_per_day", default_by_mode("1000", "10"), "Messages to one number a day, over all flows and users, 1 to 1,000,000; at most 100 in production. Flows of users who have not verified the number get at most two fifths of them, and never the last one. Password resets get two more. Sign-ins in the 24 hours after a reset get four more, those of resets included."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR", "limits.sends_per_source_per_hour", default_by_mode("1000", "10"), "Messages an hour that one source (an IPv4 address or IPv6 /64) may cause without a session, 1 to 1,000,000. Messages to new numbers in a session count too."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR", "limits.sends_per_network_per_hour", default_by_mode("10000", "50"), "Messages an hour to new numbers that one network (an IPv4 /24 or IPv6 /48) may cause in total, 1 to 1,000,000. A new number is one of a registration, or one that the account does not have yet."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "limits.sends_per_account_per_day", default_by_mode("1000", "15"), "Messages a day that one account may cause, 1 to 1,000,000; at most 1,000 in production. New numbers get at most two fifths of them. Password resets get two more. Sign-ins in the 24 hours after a reset get four more, those of resets included."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR", "limits.sends_per_country_per_hour", default_by_mode("100000", "500"), "Messages an hour to one country, 1 to 1,000,000. Messages to new numbers may use 80 % of them, calls to new numbers 20 %, and ordinary notifications 50 %."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_MINUTE", "limits.sends_per_minute", default_by_mode("100000", "100"), "Messages a minute in total, 1 to 1,000,000. Messages to new numbers may use 80 % of them, and ordinary notifications 50 %."),
    non_secret_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "limits.sends_per_day", default_by_mode("1000000", "5000"), "Messages a day in total, 1 to 1,000,000. Messages to new numbers may use 80 % of them, calls to new numbers 20 %, and ordinary notifications 50 %."),
    non_secret_setting("SALLYPORT_LIMIT_TRIES_PER_CODE", "limits.tries_per_code", Value("5"), "Attempts to enter one code, 1 to 5."),
    non_secret_setting("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "limits.factor_failures_per_day", Value("10"), "Wrong second factors of an account in 24 hours before its second factor is held, 1 to 100. A held factor accepts codes only in password resets, which have a separate limit of at most 5 wrong ones, and in the set-up after a lost phone."),
    non_secret_setting("SALLYPORT_LIMIT_COOLING_HOURS", "limits.cooling_hours", default_by_mode("0", "24"), "Hours of the cooldown after a phone change, 0 to 720; at least 24 in production. In it, the account cannot change its number, authenticator or verified e-mail address, and cannot begin a payment that needs a code."),
    non_secret_setting("SALLYPORT_LIMIT_PASSWORD_FAILURES", "limits.password_failures", Value("5"), "Wrong passwords of an account before the next attempt has to wait, 1 to 1,000,000; at most 100 in production."),
    non_secret_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "limits.password_delay_secs", Value("1"), "Seconds of the first such wait, 0 to 900; at least 1 in production. Each further failure doubles it."),
    non_secret_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS", "limits.password_delay_max_secs", Value("900"), "Seconds of the longest such wait, 1 to 900."),
    non_secret_setting("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "limits.logins_per_source_per_hour", default_by_mode("10000", "100"), "Sign-in attempts of one source an hour, 1 to 1,000,000."),
    non_secret_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "limits.registrations_per_source_per_hour", default_by_mode("1000", "10"), "Registrations that one source may begin an hour, 1 to 1,000,000. The same number limits its requests for a reset link, and those for a mail about a lost phone. Twice this number limits its requests with a new password, and those for a code by mail."),
    non_secret_setting("SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR", "limits.payments_per_account_per_hour", default_by_mode("1000", "60"), "Payments that an account may begin an hour, 1 to 1,000,000. The audit trail records as many refused ones."),
    non_secret_setting("SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR", "limits.calls_per_client_per_hour", default_by_mode("100000", "10000"), "Sign-ins, registrations and messages, each, that one client of `SALLYPORT_API_CLIENTS` may cause an hour, 1 to 1,000,000. They replace the limits by source."),

    non_secret_setting("SALLYPORT_MFA", "accounts.mfa", Value("required"), "`required` or `optional`. With `optional` an account without a phone may sign in over the JSON API with its password alone. Such a session can neither pay nor change a factor."),
    non_secret_setting("SALLYPORT_EMAIL_VERIFICATION", "accounts.email_verification", Described("in production with a mail server `required`, else `optional`"), "`required` or `optional`. With `required` a new account proves its e-mail address with a code before the dashboard. With `optional` the dashboard offers it. An unverified address receives nothing but that code and resets no password."),
    non_secret_setting("SALLYPORT_RECOVERY", "accounts.recovery", Value("true"), "Whether a user with password and mailbox can replace a lost phone after a waiting time (`/lost-phone`). Needs a mail server and an SMS sender, so that mailbox and old phone are notified; without them it is `false`."),
    non_secret_setting("SALLYPORT_RECOVERY_DELAY_HOURS", "accounts.recovery_delay_hours", Value("72"), "Hours of this waiting time, 0 to 720; at least 1 in production."),
    non_secret_setting("SALLYPORT_UNDO_DAYS", "accounts.undo_days", Value("7"), "Days in which the link in the message about a change of phone number or e-mail address undoes it, 1 to 30."),
    non_secret_setting("SALLYPORT_ENUMERATION", "accounts.enumeration", Value("false"), "Whether registration says at once that an e-mail address or number has an account. With `false` only the holder is notified."),
    non_secret_setting("SALLYPORT_DELETION_DAYS", "accounts.deletion_days", Value("14"), "Days from the request of a deletion until the account is erased, 1 to 30. A sign-in within them can keep the account. The erasure waits until the last undo link of the account expires (`SALLYPORT_UNDO_DAYS`)."),

    non_secret_setting("SALLYPORT_API_AUDIENCE", "api.audience", Described("the public origin"), "The `aud` claim of access tokens, for back ends that check it."),
    secret_setting("SALLYPORT_API_CLIENTS", "api.clients", Unset, "List of `name:secret`: API clients that need no CAPTCHA and have separate limits. Each secret has at least 32 characters."),

    non_secret_setting("SALLYPORT_HTTP_HEADER_TIMEOUT_SECS", "http.header_timeout_secs", Value("10"), "Seconds to receive a request's header, 1 to 10."),
    non_secret_setting("SALLYPORT_HTTP_BODY_TIMEOUT_SECS", "http.body_timeout_secs", Value("10"), "Seconds to receive a request's body, 1 to 10."),
    non_secret_setting("SALLYPORT_HTTP_REQUEST_DEADLINE_SECS", "http.request_deadline_secs", Value("15"), "Seconds to answer a request, 1 to 15."),
    non_secret_setting("SALLYPORT_HTTP_MAX_CONNECTIONS", "http.max_connections", Value("10000"), "Open connections, 1 to 1,000,000. The hard limit of open files can reduce it."),
    non_secret_setting("SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE", "http.max_connections_per_source", Described("a quarter of the open connections"), "Open connections of one source (an IPv4 address or IPv6 /64), 1 to 1,000,000. Does not apply to `SALLYPORT_TRUSTED_PROXIES`."),
    non_secret_setting("SALLYPORT_HTTP_BODY_LIMIT_BYTES", "http.body_limit_bytes", Value("16384"), "Bytes of a request's body, 1,024 to 16,384. A form with the widget of a CAPTCHA service may have up to 16,384 more."),

    non_secret_setting("SALLYPORT_LOG", "log.filter", Value("info"), "Filter of the log: levels and `target=level`, separated by commas, for example `sallyport=debug,verify=debug,warn`. The levels are `error`, `warn`, `info`, `debug`, `trace` and `off`."),
    non_secret_setting("SALLYPORT_LOG_FORMAT", "log.format", default_by_mode("text", "json"), "`text` or `json`."),

    non_secret_setting("SALLYPORT_METRICS_ADDRESS", "metrics.address", Unset, "Address and port of the metrics server, such as `127.0.0.1:9464`. It serves only `GET /metrics`, without a password. Without this setting there are no metrics. Port 0 takes a free port."),
];

/// Finds the description of a setting by the name of its environment variable.
pub(super) fn find_setting_by_variable(variable_name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.env == variable_name)
}

/// Finds the known name most similar to a mistyped name. Returns `None` if no name is similar enough.
pub(super) fn find_similar_name<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::levenshtein(typed, name), name))
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, name)| *edits <= name.len() / 4 + 1)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn setting_names_are_unique() {
        let names: BTreeSet<_> = SETTINGS.iter().flat_map(|s| [s.env, s.key]).collect();
        assert_eq!(names.len(), SETTINGS.len() * 2);
    }

    #[test]
    fn similar_setting_name_is_found_for_a_mistyped_name() {
        let names = || SETTINGS.iter().map(|setting| setting.env);
        assert_eq!(
            find_similar_name("SALLYPORT_LISTN", names()),
            Some("SALLYPORT_LISTEN")
        );
        assert_eq!(
            find_similar_name("SALLYPORT_TEST_CLOCK_FROZEN", names()),
            None
        );
    }
}
