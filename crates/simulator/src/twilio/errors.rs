//! Twilio's errors: contract section 2.8, dictionary at
//! <https://www.twilio.com/docs/verify/api/error-codes>.

use serde_json::{Value, json};

/// One documented error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) code: u32,
    /// Where Twilio's page names no HTTP status: 403 for what is forbidden, be it by a block or for
    /// want of a permission, 400 for the rest.
    pub(super) http: u16,
    /// The message on the wire; the dictionary's title where no message is known.
    pub(super) message: &'static str,
}

pub(super) const fn known(code: u32, http: u16, message: &'static str) -> Known {
    Known {
        code,
        http,
        message,
    }
}

/// Every error of section 2.8. Messages that repeat part of the request are completed by the
/// constructors of [`Refusal`].
pub(super) const ERRORS: &[Known] = &[
    known(20003, 401, "Authenticate"),
    known(20403, 403, "403 Forbidden"),
    known(20404, 404, "The requested resource {path} was not found"),
    known(20429, 429, "Too many requests"),
    known(
        21608,
        400,
        "The number is unverified. Trial accounts may only send messages to verified numbers",
    ),
    known(60001, 400, "Downstream authentication failed"),
    known(60006, 400, "Invalid number for the downstream provider"),
    known(
        60008,
        400,
        "Unsupported carrier for the downstream provider",
    ),
    known(60200, 400, "Invalid parameter `To`: {value}"),
    known(60202, 429, "Max check attempts reached"),
    known(60203, 429, "Max send attempts reached"),
    known(60204, 403, "Service does not support this feature"),
    known(60205, 403, "SMS is not supported by landline phone number"),
    known(60206, 400, "'Amount' & 'Payee' params are required"),
    known(60212, 429, "Too many concurrent requests for phone number"),
    known(60214, 400, "Call channel is not supported when using PSD2"),
    known(60217, 400, "Email channel is not configured"),
    known(60220, 403, "Messages to China require use case vetting"),
    known(60221, 400, "No target verification specified"),
    known(60223, 400, "Delivery channel disabled"),
    known(60238, 403, "Verification creation attempt blocked"),
    known(60243, 400, "CustomMessage is not supported"),
    known(
        60410,
        403,
        "The destination phone number has been temporarily blocked by Twilio due to fraudulent \
         activities. {prefix} prefix is blocked for the SMS channel",
    ),
    known(
        60412,
        403,
        "Verification blocked by fraudulent signup prevention",
    ),
    known(60413, 403, "Verification blocked by device intelligence"),
    known(
        60605,
        403,
        "The destination phone number has been blocked by Verify Geo-Permissions. {country} is \
         blocked for {channel} channel for all services",
    ),
    known(70051, 403, "Authorization Failed"),
    known(575_001, 400, "Verify is not available for trial accounts"),
];

/// Twilio's "method not allowed"; not among the errors an application has to handle.
const METHOD_NOT_ALLOWED: Known = known(20004, 405, "Method not allowed");

/// An error about to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) http: u16,
    pub(super) code: u32,
    pub(super) message: String,
    /// Seconds, sent as `Retry-After`.
    pub(super) retry_after_secs: Option<i64>,
}

impl Refusal {
    /// The error with that code, worded as in the table. An unlisted code becomes a plain 400.
    pub(super) fn of(code: u32) -> Self {
        ERRORS.iter().find(|error| error.code == code).map_or_else(
            || Self::from(known(code, 400, "Bad Request")),
            |error| Self::from(*error),
        )
    }

    pub(super) fn from(error: Known) -> Self {
        Self {
            http: error.http,
            code: error.code,
            message: error.message.to_owned(),
            retry_after_secs: None,
        }
    }

    pub(super) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    pub(super) fn retry_after(mut self, secs: i64) -> Self {
        self.retry_after_secs = Some(secs);
        self
    }

    /// 401 / 20003 with one of its three messages.
    pub(super) fn unauthenticated(message: &'static str) -> Self {
        Self::of(20003).saying(message)
    }

    /// 404 / 20404. Twilio repeats the path, `/v2` included.
    pub(super) fn not_found(path: &str) -> Self {
        Self::of(20404).saying(format!("The requested resource {path} was not found"))
    }

    /// 405 for a path that exists under another method.
    pub(super) fn method_not_allowed() -> Self {
        Self::from(METHOD_NOT_ALLOWED)
    }

    /// 400 / 60200 for any parameter but `To`.
    pub(super) fn invalid(parameter: &str) -> Self {
        Self::of(60200).saying(format!("Invalid parameter: {parameter}"))
    }

    /// 400 / 60200 for `To`, which repeats the value it was given (contract section 5).
    pub(super) fn invalid_to(value: &str) -> Self {
        Self::of(60200).saying(format!("Invalid parameter `To`: {value}"))
    }

    /// Fills in what the message repeats of a create.
    pub(super) fn about(mut self, path: &str, to: &str, channel: &str) -> Self {
        let prefix: String = to.chars().take(4).collect();
        self.message = self
            .message
            .replace("{path}", path)
            .replace("{value}", to)
            .replace("{prefix}", &prefix)
            .replace("{country}", country(to))
            .replace("{channel}", channel);
        self
    }

    /// The error envelope of contract section 2.1.
    pub(super) fn body(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.http,
        })
    }
}

/// Only the magic numbers are ever blocked by country, and they are all North American.
fn country(to: &str) -> &'static str {
    if to.starts_with("+1") { "US" } else { "ZZ" }
}
