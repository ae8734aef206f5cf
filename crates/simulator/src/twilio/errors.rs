//! Error responses of Twilio Verify: <https://www.twilio.com/docs/verify/api/error-codes>.

use serde_json::{Value, json};

/// Entry in the table of documented Twilio errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorSpec {
    pub(crate) code: u32,
    /// The HTTP status. Where Twilio documents none: 403 for blocked destinations and missing
    /// permissions, 400 otherwise.
    pub(crate) http: u16,
    /// The error message, or the documented title where no message is known.
    pub(crate) message: &'static str,
}

/// Creates an entry in the table of Twilio errors.
pub(crate) const fn error_table_entry(
    error_code: u32,
    http_status: u16,
    message: &'static str,
) -> ErrorSpec {
    ErrorSpec {
        code: error_code,
        http: http_status,
        message,
    }
}

/// Documented Twilio errors that an application has to handle.
///
/// [`TwilioError::with_request_details`] fills the placeholders in the messages.
pub(crate) const ERRORS: &[ErrorSpec] = &[
    error_table_entry(20003, 401, "Authenticate"),
    error_table_entry(20403, 403, "403 Forbidden"),
    error_table_entry(20404, 404, "The requested resource {path} was not found"),
    error_table_entry(20429, 429, "Too many requests"),
    error_table_entry(
        21608,
        400,
        "The number is unverified. Trial accounts may only send messages to verified numbers",
    ),
    error_table_entry(60001, 400, "Downstream authentication failed"),
    error_table_entry(60006, 400, "Invalid number for the downstream provider"),
    error_table_entry(
        60008,
        400,
        "Unsupported carrier for the downstream provider",
    ),
    error_table_entry(60200, 400, "Invalid parameter `To`: {value}"),
    error_table_entry(60202, 429, "Max check attempts reached"),
    error_table_entry(60203, 429, "Max send attempts reached"),
    error_table_entry(60204, 403, "Service does not support this feature"),
    error_table_entry(60205, 403, "SMS is not supported by landline phone number"),
    error_table_entry(60206, 400, "'Amount' & 'Payee' params are required"),
    error_table_entry(60212, 429, "Too many concurrent requests for phone number"),
    error_table_entry(60214, 400, "Call channel is not supported when using PSD2"),
    error_table_entry(60217, 400, "Email channel is not configured"),
    error_table_entry(60220, 403, "Messages to China require use case vetting"),
    error_table_entry(60221, 400, "No target verification specified"),
    error_table_entry(60223, 400, "Delivery channel disabled"),
    error_table_entry(60238, 403, "Verification creation attempt blocked"),
    error_table_entry(60243, 400, "CustomMessage is not supported"),
    error_table_entry(
        60410,
        403,
        "The destination phone number has been temporarily blocked by Twilio due to fraudulent \
         activities. {prefix} prefix is blocked for the SMS channel",
    ),
    error_table_entry(
        60412,
        403,
        "Verification blocked by fraudulent signup prevention",
    ),
    error_table_entry(60413, 403, "Verification blocked by device intelligence"),
    error_table_entry(
        60605,
        403,
        "The destination phone number has been blocked by Verify Geo-Permissions. {country} is \
         blocked for {channel} channel for all services",
    ),
    error_table_entry(70051, 403, "Authorization Failed"),
    error_table_entry(575_001, 400, "Verify is not available for trial accounts"),
];

/// Twilio error for a known path with another method. Applications do not have to handle it.
const METHOD_NOT_ALLOWED: ErrorSpec = error_table_entry(20004, 405, "Method not allowed");

/// Twilio error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TwilioError {
    pub(crate) http: u16,
    pub(crate) code: u32,
    pub(crate) message: String,
    /// Seconds in the `Retry-After` header.
    pub(crate) retry_after_secs: Option<i64>,
}

impl TwilioError {
    /// Creates the Twilio error with this code. A code that is not in [`ERRORS`] gets HTTP status 400.
    pub(crate) fn from_error_code(error_code: u32) -> Self {
        let listed = ERRORS.iter().find(|error| error.code == error_code);
        listed.map_or_else(
            || Self::from_error_table_entry(error_table_entry(error_code, 400, "Bad Request")),
            |error| Self::from_error_table_entry(*error),
        )
    }

    /// Creates a Twilio error response from an entry of the error table.
    pub(crate) fn from_error_table_entry(error: ErrorSpec) -> Self {
        Self {
            http: error.http,
            code: error.code,
            message: error.message.to_owned(),
            retry_after_secs: None,
        }
    }

    /// Replaces the message of the Twilio error.
    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Sets the response header `Retry-After` to `secs` seconds.
    pub(crate) fn with_retry_after_secs(mut self, secs: i64) -> Self {
        self.retry_after_secs = Some(secs);
        self
    }

    /// Creates Twilio's authentication error (HTTP 401, code 20003).
    ///
    /// `message` is one of the three messages that Twilio sends with this error.
    pub(crate) fn authentication_error(message: &'static str) -> Self {
        Self::from_error_code(20003).with_message(message)
    }

    /// Creates Twilio's "resource not found" error (HTTP 404, code 20404).
    ///
    /// Its message contains the URL path, including `/v2`.
    pub(crate) fn resource_not_found(path: &str) -> Self {
        Self::from_error_code(20404)
            .with_message(format!("The requested resource {path} was not found"))
    }

    /// Creates Twilio's HTTP 405 error for a path that exists with another method.
    pub(crate) fn method_not_allowed_error() -> Self {
        Self::from_error_table_entry(METHOD_NOT_ALLOWED)
    }

    /// Creates Twilio's error for an invalid parameter other than `To` (HTTP 400, code 60200).
    pub(crate) fn invalid_parameter_error(parameter: &str) -> Self {
        Self::from_error_code(60200).with_message(format!("Invalid parameter: {parameter}"))
    }

    /// Creates Twilio's error for an invalid `To` parameter (HTTP 400, code 60200). Its message contains the value.
    pub(crate) fn invalid_phone_number_error(value: &str) -> Self {
        Self::from_error_code(60200).with_message(format!("Invalid parameter `To`: {value}"))
    }

    /// Inserts URL path, phone number and channel of the request into the placeholders of the error message.
    pub(crate) fn with_request_details(mut self, path: &str, to: &str, channel: &str) -> Self {
        let prefix: String = to.chars().take(4).collect();
        self.message = self
            .message
            .replace("{path}", path)
            .replace("{value}", to)
            .replace("{prefix}", &prefix)
            .replace("{country}", country_code_of_phone_number(to))
            .replace("{channel}", channel);
        self
    }

    /// Returns the JSON body of the Twilio error response.
    pub(crate) fn to_json_body(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.http,
        })
    }
}

/// Returns the ISO country code of a phone number for errors about blocked countries.
///
/// Only magic numbers (phone numbers that fail on purpose) cause these errors, and all magic numbers begin with +1.
fn country_code_of_phone_number(phone_number: &str) -> &'static str {
    if phone_number.starts_with("+1") {
        "US"
    } else {
        "ZZ"
    }
}
