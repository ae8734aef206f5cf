//! The types of the exported JSON document. `docs/data-export.md` describes its members.

use serde::Serialize;
use utoipa::ToSchema;

use domain::Timestamp;

/// The name of the export format.
const EXPORT_FORMAT_NAME: &str = "sallyport-account";

/// The version of the export format. It increases when a member changes or is removed, but not when one is added.
const EXPORT_FORMAT_VERSION: u32 = 1;

/// The data export of an account: all stored data about the account holder as a JSON document.
///
/// It contains no secrets and no data of other persons. Times are RFC 3339 in UTC. A time that is null means "never".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountExport)]
pub struct ExportDocument {
    #[schema(example = "sallyport-account")]
    format: &'static str,
    /// The version of the format.
    #[schema(example = 1)]
    version: u32,
    #[schema(format = DateTime, example = "2026-11-28T09:00:00Z")]
    exported_at: String,
    #[serde(flatten)]
    pub(super) data: ExportedData,
}

impl ExportDocument {
    /// Creates an export document in the current format version.
    pub(super) fn new(data: ExportedData, exported_at: Timestamp) -> Self {
        Self {
            format: EXPORT_FORMAT_NAME,
            version: EXPORT_FORMAT_VERSION,
            exported_at: format_rfc3339(exported_at),
            data,
        }
    }

    /// Serialises the export document as indented JSON that ends with a line break.
    pub fn to_indented_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// The content of a data export: one member for each part of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedData {
    pub account: ExportedAccount,
    pub email: ExportedEmail,
    /// The phone number of the account; null if it has none.
    #[schema(required = true)]
    pub phone: Option<ExportedPhone>,
    /// Replaced phone numbers and e-mail addresses that can still be restored.
    pub former_contacts: Vec<ExportedContact>,
    pub second_factors: ExportedFactors,
    /// The open request to replace the number of a lost phone; null without one.
    #[schema(required = true)]
    pub lost_phone: Option<ExportedRecovery>,
    /// The stored sessions, the most recently used first.
    pub sessions: Vec<ExportedSession>,
    /// The payments, the oldest first.
    pub payments: Vec<ExportedPayment>,
    /// The recorded events, the newest first.
    pub history: Vec<ExportedEvent>,
}

/// The account in the data export: names, language, creation time and status.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedAccount {
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    pub id: String,
    #[schema(example = "Ann Lee")]
    pub name: String,
    #[schema(example = "ann")]
    pub username: String,
    /// The language of notifications.
    #[schema(example = "en")]
    pub language: &'static str,
    #[schema(format = DateTime, example = "2026-01-05T08:00:00Z")]
    pub created_at: String,
    /// Whether an operator has disabled the account.
    pub disabled: bool,
    /// Since when the account requires a password reset after an undone contact change; null if it requires none.
    #[serde(rename = "held_at")]
    #[schema(required = true, format = DateTime)]
    pub password_reset_required_at: Option<String>,
    /// When the account will be erased; null unless its deletion was requested.
    #[schema(required = true, format = DateTime)]
    pub delete_at: Option<String>,
}

/// The e-mail address of the account in the data export, and when the user proved it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedEmail {
    #[schema(example = "ann@example.com")]
    pub address: String,
    pub verified: bool,
    /// When the user proved the address; null if that was before this time was stored.
    #[schema(required = true, format = DateTime, example = "2026-01-05T08:01:00Z")]
    pub verified_at: Option<String>,
    /// The new address that waits for its mailed code; null without one.
    #[schema(required = true)]
    pub pending: Option<ExportedPendingEmail>,
}

/// A new e-mail address in the data export, not yet confirmed with the mailed code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedPendingEmail {
    #[schema(example = "ann@example.net")]
    pub address: String,
    #[schema(format = DateTime, example = "2026-11-28T09:10:00Z")]
    pub expires_at: String,
}

/// The phone number of the account in the data export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedPhone {
    #[schema(example = "+14155550142")]
    pub number: String,
    #[schema(required = true, format = DateTime, example = "2026-01-05T08:00:00Z")]
    pub verified_at: Option<String>,
    /// When this number replaced an earlier number.
    #[schema(required = true, format = DateTime)]
    pub changed_at: Option<String>,
}

/// A replaced phone number or e-mail address in the data export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedContact {
    /// `phone` or `email`.
    #[schema(example = "phone")]
    pub kind: String,
    #[schema(example = "+14155550199")]
    pub value: String,
    #[schema(format = DateTime, example = "2026-11-20T09:00:00Z")]
    pub changed_at: String,
    #[schema(format = DateTime, example = "2026-11-27T09:00:00Z")]
    pub undo_until: String,
}

/// The second factors of the account in the data export, without secrets.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedFactors {
    /// Whether a second factor is set up.
    pub set_up: bool,
    /// The second factor that was used last: `sms`, `totp` or null.
    #[schema(required = true, example = "sms")]
    pub last_used: Option<&'static str>,
    /// When the authenticator app was added; null without one.
    #[schema(required = true, format = DateTime)]
    pub authenticator_added_at: Option<String>,
    /// The recovery codes of the account; null if it has none.
    #[schema(required = true)]
    pub recovery_codes: Option<ExportedRecoveryCodes>,
}

/// The recovery codes of the account in the data export: their creation time and number, without the codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedRecoveryCodes {
    #[schema(format = DateTime, example = "2026-02-01T12:00:00Z")]
    pub created_at: String,
    /// The number of unused codes.
    #[schema(example = 9)]
    pub left: u32,
}

/// An open request in the data export to replace the number of a lost phone.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
pub struct ExportedRecovery {
    #[schema(format = DateTime, example = "2026-11-25T09:00:00Z")]
    pub opened_at: String,
    /// When the waiting time ends: the password is then enough to set up a new number.
    #[schema(format = DateTime, example = "2026-11-28T09:00:00Z")]
    pub due_at: String,
    #[schema(format = DateTime, example = "2026-12-05T09:00:00Z")]
    pub expires_at: String,
}

/// A session of the account in the data export, without its token.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedSession {
    /// `browser`, or `program` for a client of the JSON API.
    #[schema(example = "browser")]
    pub kind: &'static str,
    /// The name of the browser; null if it is unknown.
    #[schema(required = true, example = "Firefox")]
    pub browser: Option<&'static str>,
    /// The name of the operating system; null if it is unknown.
    #[schema(required = true, example = "Linux")]
    pub system: Option<&'static str>,
    /// The `User-Agent` header that the browser sent at the sign-in.
    pub user_agent: String,
    /// The network address of the sign-in.
    #[schema(example = "203.0.113.7")]
    pub source: String,
    /// The second factor of the sign-in: `sms`, `totp`, `recovery` or null.
    #[schema(required = true, example = "sms")]
    pub second_factor: Option<&'static str>,
    #[schema(format = DateTime, example = "2026-11-28T08:59:00Z")]
    pub signed_in_at: String,
    /// When password and second factor were last given; null if the password was enough.
    #[schema(required = true, format = DateTime, example = "2026-11-28T08:59:00Z")]
    pub confirmed_at: Option<String>,
    #[schema(format = DateTime, example = "2026-11-28T09:00:00Z")]
    pub last_active_at: String,
    #[schema(format = DateTime, example = "2026-12-28T08:59:00Z")]
    pub ends_at: String,
}

/// A payment of the account in the data export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedPayment {
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    pub id: String,
    #[schema(example = "completed")]
    pub status: &'static str,
    #[schema(example = "150.00")]
    pub amount: String,
    #[schema(example = "USD")]
    pub currency: &'static str,
    #[schema(example = "Acme Inc.")]
    pub recipient: String,
    #[schema(example = "Invoice 4711")]
    pub description: String,
    /// Why the payment failed; null if it did not fail.
    #[schema(required = true)]
    pub reason: Option<&'static str>,
    /// The ID of the executed transaction; null until the payment is executed.
    #[schema(required = true)]
    pub transaction_id: Option<String>,
    /// The network address of the request.
    #[schema(example = "203.0.113.7")]
    pub source: String,
    #[schema(format = DateTime, example = "2026-11-28T09:00:00Z")]
    pub created_at: String,
    #[schema(format = DateTime, example = "2026-11-28T09:05:00Z")]
    pub expires_at: String,
    #[schema(required = true, format = DateTime)]
    pub confirmed_at: Option<String>,
    #[schema(required = true, format = DateTime)]
    pub executed_at: Option<String>,
}

/// An audit event of the account in the data export.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedEvent {
    #[schema(format = DateTime, example = "2026-11-28T08:59:00Z")]
    pub at: String,
    /// The name of the event in the audit trail.
    #[schema(example = "session_started")]
    pub event: &'static str,
    /// A detail of the event: a method, an outcome or an id; null without one.
    #[schema(required = true, example = "sms")]
    pub detail: Option<String>,
    /// The network address of the account holder, or `operator`. Null for events that other people can cause too, such
    /// as a wrong password.
    #[schema(required = true, example = "203.0.113.7")]
    pub source: Option<String>,
    /// The browser and operating system of the account holder; null if unknown, or if `source` is null.
    #[schema(required = true, example = "Firefox on Linux")]
    pub device: Option<String>,
}

/// Formats a time in UTC as RFC 3339. Falls back to Unix milliseconds for a time outside the calendar's range.
pub fn format_rfc3339(time: Timestamp) -> String {
    let millis = time.as_millis();
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |time| time.to_string())
}
