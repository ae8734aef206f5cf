//! Settings of API clients, and the account policy of the operator.

use std::time::Duration;

use super::notifications::NotificationsConfig;
use super::reader::{SettingsReader, is_in_quotation_marks};
use super::secret::Secret;
use super::settings::Mode;

/// Minimum length of the secret of an API client, in bytes.
const MIN_SECRET_BYTES: usize = 32;
const CLIENTS_HINT: &str = "set name:secret, several separated by commas, each secret 32 random characters or more, as \
                            `openssl rand -hex 32` prints them";

/// Settings of the JSON API: token audience and API clients.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// `SALLYPORT_API_AUDIENCE`: the `aud` claim of access tokens. `None` means the public origin.
    pub audience: Option<String>,
    /// `SALLYPORT_API_CLIENTS`.
    pub clients: Vec<ApiClient>,
}

/// Configured client of the JSON API that authenticates with name and secret.
///
/// It needs no CAPTCHA and has its own rate limits.
#[derive(Debug, Clone)]
pub struct ApiClient {
    pub name: String,
    pub secret: Secret<String>,
}

impl ApiConfig {
    /// Reads the settings of the JSON API.
    pub(super) fn read_json_api_settings(reader: &mut SettingsReader) -> Self {
        Self {
            audience: reader.read_text("SALLYPORT_API_AUDIENCE"),
            clients: read_api_clients(reader),
        }
    }
}

/// Reads the list of API clients from `SALLYPORT_API_CLIENTS`.
fn read_api_clients(reader: &mut SettingsReader) -> Vec<ApiClient> {
    const NAME: &str = "SALLYPORT_API_CLIENTS";
    let Some(text) = reader.read_secret(NAME, 1, CLIENTS_HINT) else {
        return Vec::new();
    };
    let mut clients: Vec<ApiClient> = Vec::new();
    for (at, item) in text.expose().split(',').enumerate() {
        match parse_api_client(item) {
            Ok(client) if clients.iter().any(|known| known.name == client.name) => {
                reader.report_setting_error(
                    NAME,
                    format!("names {} twice", client.name),
                    CLIENTS_HINT,
                );
            }
            Ok(client) => clients.push(client),
            // The item may contain a secret, so the error contains only its position.
            Err(problem) => {
                reader.report_setting_error(
                    NAME,
                    format!("client {} {problem}", at + 1),
                    CLIENTS_HINT,
                );
            }
        }
    }
    clients
}

/// Parses an API client in the form `name:secret`. The error contains no part of the secret.
fn parse_api_client(item: &str) -> Result<ApiClient, &'static str> {
    let (name, secret) = item.split_once(':').ok_or("is not name:secret")?;
    let named = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !named {
        return Err("has a name that is not 1 to 64 letters, digits, dots, dashes or underscores");
    }
    if secret.len() < MIN_SECRET_BYTES {
        return Err("has a secret shorter than 32 characters");
    }
    if is_in_quotation_marks(secret) {
        return Err("has a secret in quotation marks; remove them");
    }
    Ok(ApiClient {
        name: name.to_owned(),
        secret: Secret::new(secret.to_owned()),
    })
}

/// Account policy: which proofs accounts need, what forms reveal about accounts, and waiting periods.
#[derive(Debug, Clone)]
pub struct AccountsConfig {
    /// `SALLYPORT_MFA`.
    pub mfa: MfaPolicy,
    /// `SALLYPORT_EMAIL_VERIFICATION`.
    pub email_verification: EmailVerification,
    /// `SALLYPORT_ENUMERATION`: whether registration reveals that an e-mail address or number has an account.
    pub enumeration: bool,
    /// `SALLYPORT_RECOVERY`: whether a user with password and mailbox can replace a lost phone. `false` unless both mail
    /// server and SMS sender are configured.
    pub recovery: bool,
    /// `SALLYPORT_RECOVERY_DELAY_HOURS`: how long a recovery waits before it takes effect.
    pub recovery_delay: Duration,
    /// `SALLYPORT_UNDO_DAYS`: how long the user can undo a change of phone number or e-mail address.
    pub undo_life: Duration,
    /// `SALLYPORT_DELETION_DAYS`: the least time between the request to delete an account and its erasure.
    pub deletion_delay: Duration,
}

/// Whether every account must have a second factor.
///
/// Otherwise a user may sign in with the password alone until a phone number is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MfaPolicy {
    Required,
    Optional,
}

/// Whether users must prove their e-mail address with a mailed code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailVerification {
    /// An account must prove its address before it can use the dashboard.
    Required,
    Optional,
    /// No mail server is configured, so no code can be sent.
    Unavailable,
}

impl EmailVerification {
    /// Reads whether users must verify their e-mail address.
    ///
    /// Reports an error if verification is required but no mail server is configured.
    fn read_email_verification_policy(
        reader: &mut SettingsReader,
        mode: Mode,
        notifications: &NotificationsConfig,
    ) -> Self {
        const NAME: &str = "SALLYPORT_EMAIL_VERIFICATION";
        let choices = [("required", Self::Required), ("optional", Self::Optional)];
        let chosen = reader.read_choice(NAME, &choices);
        if notifications.mail.is_some() {
            return chosen.unwrap_or_else(|| mode.pick_by_mode(Self::Optional, Self::Required));
        }
        if chosen == Some(Self::Required) {
            let remedy = "set SALLYPORT_SMTP_URL and SALLYPORT_MAIL_FROM, or set optional";
            reader.report_setting_error(
                NAME,
                "is required, but no mail server is configured",
                remedy,
            );
        }
        Self::Unavailable
    }
}

impl AccountsConfig {
    /// Reads the account policy: which proofs accounts need, what forms reveal about accounts, and waiting periods.
    pub(super) fn read_account_policy(
        reader: &mut SettingsReader,
        mode: Mode,
        notifications: &NotificationsConfig,
    ) -> Self {
        let policies = [
            ("required", MfaPolicy::Required),
            ("optional", MfaPolicy::Optional),
        ];
        let mfa = reader.read_choice("SALLYPORT_MFA", &policies);
        Self {
            mfa: mfa.unwrap_or(MfaPolicy::Required),
            email_verification: EmailVerification::read_email_verification_policy(
                reader,
                mode,
                notifications,
            ),
            enumeration: reader.read_bool("SALLYPORT_ENUMERATION").unwrap_or(false),
            recovery: read_recovery_policy(reader, notifications),
            recovery_delay: Duration::from_hours(reader.read_number(
                "SALLYPORT_RECOVERY_DELAY_HOURS",
                72,
                mode.pick_by_mode(0, 1)..=720,
            )),
            undo_life: Duration::from_hours(
                24 * reader.read_number("SALLYPORT_UNDO_DAYS", 7, 1..=30),
            ),
            deletion_delay: Duration::from_hours(
                24 * reader.read_number("SALLYPORT_DELETION_DAYS", 14, 1..=30),
            ),
        }
    }
}

/// Reads whether users can replace a lost phone.
///
/// Returns `false` if the mail server or the SMS sender is missing, and reports an error if the setting is then
/// explicitly `true`. Both the mailbox and the old phone must receive the notifications of a recovery. An attacker who
/// knows the password and reads the mailbox could otherwise wait until the time is over without a notification to the
/// account holder.
fn read_recovery_policy(reader: &mut SettingsReader, notifications: &NotificationsConfig) -> bool {
    const NAME: &str = "SALLYPORT_RECOVERY";
    let chosen = reader.read_bool(NAME);
    let (problem, remedy) = match (&notifications.mail, &notifications.sms) {
        (Some(_), Some(_)) => return chosen.unwrap_or(true),
        (None, _) => (
            "is true, but no mail server is configured for the link that opens a recovery",
            "set SALLYPORT_SMTP_URL and SALLYPORT_MAIL_FROM, or set false",
        ),
        (Some(_), None) => (
            "is true, but no SMS sender is configured, so the old phone would not be notified of a recovery",
            "set TWILIO_MESSAGING_FROM or TWILIO_MESSAGING_SERVICE_SID, or set false",
        ),
    };
    if chosen == Some(true) {
        reader.report_setting_error(NAME, problem, remedy);
    }
    false
}
