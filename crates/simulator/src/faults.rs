//! The fault script: which of the next provider calls and mails fail, and how.
//!
//! Each fault applies to the first calls that match it and is then removed. A fault applies to mail only if its target
//! is `mail`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Maximum number of faults in a fault script.
const MAX_FAULTS: usize = 10_000;
/// Maximum delay of a `delay` fault in milliseconds: 10 minutes.
const MAX_DELAY_MILLIS: u64 = 600_000;

/// Operation of a simulated provider API, such as creating a verification or checking a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Check,
    Update,
    Fetch,
    Message,
}

impl Operation {
    /// Returns the name of the operation in recorded provider calls and in fault scripts.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Check => "check",
            Self::Update => "update",
            Self::Fetch => "fetch",
            Self::Message => "message",
        }
    }
}

/// Selects the provider calls or mails to which a fault applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FaultTarget {
    Create,
    Check,
    Update,
    Fetch,
    Message,
    /// A received mail. `status` is then the SMTP reply code.
    Mail,
    /// Any provider call.
    #[default]
    Any,
}

impl FaultTarget {
    /// Returns whether a fault with this target applies to calls of `operation`.
    fn applies_to_calls_of_operation(self, operation: Operation) -> bool {
        match self {
            Self::Any => true,
            Self::Create => operation == Operation::Create,
            Self::Check => operation == Operation::Check,
            Self::Update => operation == Operation::Update,
            Self::Fetch => operation == Operation::Fetch,
            Self::Message => operation == Operation::Message,
            Self::Mail => false,
        }
    }
}

/// Kind of a fault: how it delays, drops or changes the response to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Executes the call at once and responds `delay_ms` later.
    Delay,
    /// Closes the connection without executing the call.
    DropBefore,
    /// Executes the call, then closes the connection.
    DropAfter,
    /// Responds with `status`, and with `body` or an error of `code` and `message`.
    Status,
    /// Responds with a success status and truncated JSON.
    BadJson,
    /// Responds with a success status and an HTML page.
    Html,
    /// Responds with the correct JSON and the content type `text/plain`.
    WrongContentType,
    /// Responds with a success status and 2 MiB of valid JSON in chunks.
    HugeBody,
    /// Does not respond until the client closes the connection, at most 10 minutes.
    Stall,
    /// Responds with `valid: true` and `status: "pending"`, which is no approval.
    #[serde(rename = "approve_lie")]
    FalseApproval,
    /// Responds with the id of another verification.
    WrongSid,
    /// Responds with another phone number.
    WrongTo,
    /// Responds with the id of another service or profile.
    WrongService,
    /// Responds with an undocumented status.
    UnknownStatus,
    /// Responds with null for every member.
    NullFields,
}

/// One fault of the fault script, as in the JSON of `/_simulator/faults`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Calls or mails to which the fault applies.
    #[serde(default, rename = "on")]
    pub(crate) target: FaultTarget,
    pub(crate) kind: FaultKind,
    /// Number of calls to which the fault still applies, at least 1.
    #[serde(default = "default_calls_per_fault")]
    pub(crate) times: u32,
    /// Whether the call is executed although it fails. Ignored for `delay` and `drop_after`, which
    /// always execute the call, and for `drop_before`, which never does.
    #[serde(default, rename = "act")]
    pub(crate) executes_failed_call: bool,
    /// `delay` only: milliseconds of real time, at most 600,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delay_ms: Option<u64>,
    /// `status` only: 200 to 599.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// `status` only: the error code in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u32>,
    /// `status` only: the error message in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// `status` only: the whole body. A string is sent as plain text, any other value as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    /// `status` only: seconds in `Retry-After`. Default: 1 with status 429, else no header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
}

/// Returns the default number of calls to which a fault applies.
fn default_calls_per_fault() -> u32 {
    1
}

impl Fault {
    /// Returns whether a call with this fault still changes the state of the simulator.
    pub(crate) fn executes_call(&self) -> bool {
        match self.kind {
            FaultKind::Delay | FaultKind::DropAfter => true,
            FaultKind::DropBefore => false,
            _ => self.executes_failed_call,
        }
    }

    /// Validates the fault. The error text names the invalid member.
    fn validate_fault(&self) -> Result<(), String> {
        if self.times == 0 {
            return Err("\"times\" must be at least 1".to_owned());
        }
        if self.target == FaultTarget::Mail {
            self.validate_mail_fault()?;
        }
        match (self.kind, self.delay_ms, self.status) {
            (FaultKind::Delay, None, _) => {
                Err("kind \"delay\" requires the member \"delay_ms\"".to_owned())
            }
            (FaultKind::Delay, Some(millis), _) if millis > MAX_DELAY_MILLIS => {
                Err(format!("\"delay_ms\" must be at most {MAX_DELAY_MILLIS}"))
            }
            (FaultKind::Status, _, Some(200..=599)) => Ok(()),
            (FaultKind::Status, _, _) => Err(
                "kind \"status\" requires the member \"status\" with a value from 200 to 599"
                    .to_owned(),
            ),
            _ => Ok(()),
        }
    }

    /// Validates a fault that applies to mail.
    fn validate_mail_fault(&self) -> Result<(), String> {
        match (self.kind, self.status) {
            (FaultKind::Status, Some(400..=599))
            | (
                FaultKind::Delay | FaultKind::DropBefore | FaultKind::DropAfter | FaultKind::Stall,
                _,
            ) => Ok(()),
            (FaultKind::Status, _) => Err(
                "kind \"status\" of a mail requires the member \"status\" with a value from 400 to 599"
                    .to_owned(),
            ),
            _ => Err(
                "a fault of mail must be delay, drop_before, drop_after, stall or status"
                    .to_owned(),
            ),
        }
    }
}

/// JSON body of `PUT /_simulator/faults`: a list of faults, or an object that contains the list.
#[derive(Deserialize)]
#[serde(untagged)]
enum ScriptBody {
    List(Vec<Value>),
    Object { faults: Vec<Value> },
}

/// Parses and validates a fault script in JSON.
///
/// The error text names the position of the first invalid fault and its defect.
pub(crate) fn parse_fault_script(body: &[u8]) -> Result<Vec<Fault>, String> {
    let script: ScriptBody = serde_json::from_slice(body)
        .map_err(|_| "expected a JSON array of faults, or {\"faults\": [...]}".to_owned())?;
    let (ScriptBody::List(faults) | ScriptBody::Object { faults }) = script;
    if faults.len() > MAX_FAULTS {
        return Err(format!("a script has at most {MAX_FAULTS} faults"));
    }
    faults
        .into_iter()
        .enumerate()
        .map(|(index, fault)| {
            let fault: Fault =
                serde_json::from_value(fault).map_err(|e| format!("fault {index}: {e}"))?;
            fault
                .validate_fault()
                .map_err(|e| format!("fault {index}: {e}"))?;
            Ok(fault)
        })
        .collect()
}

/// Fault script: the faults that still apply to future calls, in order.
#[derive(Debug, Default)]
pub(crate) struct FaultScript {
    faults: Vec<Fault>,
}

impl FaultScript {
    /// Replaces the remaining faults by the faults of a new script.
    pub(crate) fn replace_fault_script(&mut self, script: Vec<Fault>) {
        self.faults = script;
    }

    /// Returns the faults that still apply to future calls, in order.
    pub(crate) fn remaining_faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns the first fault that applies to `operation`.
    ///
    /// Each fault has a number of uses and is removed after the last one.
    pub(crate) fn take_fault_for_call(&mut self, operation: Operation) -> Option<Fault> {
        self.take_first_fault_with_target(|target| target.applies_to_calls_of_operation(operation))
    }

    /// Returns the first fault that applies to a received mail.
    ///
    /// Each fault has a number of uses and is removed after the last one.
    pub(crate) fn take_fault_for_mail(&mut self) -> Option<Fault> {
        self.take_first_fault_with_target(|target| target == FaultTarget::Mail)
    }

    /// Returns the first fault whose target (the affected calls or mails) satisfies `matches`.
    ///
    /// Each fault has a number of uses and is removed after the last one.
    fn take_first_fault_with_target(
        &mut self,
        matches: impl Fn(FaultTarget) -> bool,
    ) -> Option<Fault> {
        let index = self.faults.iter().position(|fault| matches(fault.target))?;
        let fault = self.faults.get_mut(index)?;
        if fault.times > 1 {
            fault.times -= 1;
            return Some(fault.clone());
        }
        Some(self.faults.remove(index))
    }
}
