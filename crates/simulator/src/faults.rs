//! A script of faults for the next provider calls: each is used up, in order, by the first calls
//! it fits. Mail is no provider's call, and only a fault that names it meets it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Faults waiting at most.
const KEEP: usize = 10_000;
/// The longest delay, 10 minutes.
const MAX_DELAY_MILLIS: u64 = 600_000;

/// What a provider call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Check,
    Update,
    Fetch,
    Message,
}

impl Operation {
    /// The name in the ledger and in fault scripts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Check => "check",
            Self::Update => "update",
            Self::Fetch => "fetch",
            Self::Message => "message",
        }
    }
}

/// The calls a fault waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum On {
    Create,
    Check,
    Update,
    Fetch,
    Message,
    /// A mail, at its end: `status` is then the SMTP reply.
    Mail,
    /// Any provider call.
    #[default]
    Any,
}

impl On {
    fn fits(self, operation: Operation) -> bool {
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

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Acts at once, answers `delay_ms` later.
    Delay,
    /// Closes the connection without acting.
    DropBefore,
    /// Acts, then closes the connection.
    DropAfter,
    /// Answers `status`, with `code` and `message` in an error envelope, or with `body` as it is.
    Status,
    /// A success status and JSON that stops half-way.
    BadJson,
    /// A success status and an HTML page.
    Html,
    /// The right JSON, called `text/plain`.
    WrongContentType,
    /// A success status and 2 MiB of valid JSON, sent in chunks.
    HugeBody,
    /// No answer until the client gives up, or for 10 minutes.
    Stall,
    /// `valid: true` beside `status: "pending"`.
    ApproveLie,
    /// Another verification's SID.
    WrongSid,
    /// Another destination.
    WrongTo,
    /// Another service's SID.
    WrongService,
    /// A status no document names.
    UnknownStatus,
    /// Every member null.
    NullFields,
}

/// One line of the script, as it is read and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    #[serde(default)]
    pub(super) on: On,
    pub(super) kind: Kind,
    /// Calls left for it, at least 1.
    #[serde(default = "once")]
    pub(super) times: u32,
    /// Whether the call takes effect all the same. Without meaning for `delay` and `drop_after`,
    /// which always act, and `drop_before`, which never does.
    #[serde(default)]
    pub(super) act: bool,
    /// `delay` only: milliseconds of real time, at most 600,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) delay_ms: Option<u64>,
    /// `status` only: 200 to 599.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// `status` only: the envelope's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<u32>,
    /// `status` only: the envelope's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    /// `status` only: the whole body; a string goes out as plain text, anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
    /// `status` only: seconds for `Retry-After`; 1 where the status is 429.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after: Option<u32>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Whether the call it meets takes effect.
    pub(super) fn acts(&self) -> bool {
        match self.kind {
            Kind::Delay | Kind::DropAfter => true,
            Kind::DropBefore => false,
            _ => self.act,
        }
    }

    fn validate(&self) -> Result<(), String> {
        if self.times == 0 {
            return Err("\"times\" must be at least 1".to_owned());
        }
        if self.on == On::Mail {
            self.validate_for_mail()?;
        }
        match (self.kind, self.delay_ms, self.status) {
            (Kind::Delay, None, _) => Err("\"delay\" needs \"delay_ms\"".to_owned()),
            (Kind::Delay, Some(millis), _) if millis > MAX_DELAY_MILLIS => {
                Err(format!("\"delay_ms\" must be at most {MAX_DELAY_MILLIS}"))
            }
            (Kind::Status, _, Some(200..=599)) => Ok(()),
            (Kind::Status, _, _) => Err("\"status\" needs \"status\", 200 to 599".to_owned()),
            _ => Ok(()),
        }
    }

    fn validate_for_mail(&self) -> Result<(), String> {
        match (self.kind, self.status) {
            (Kind::Status, Some(400..=599))
            | (Kind::Delay | Kind::DropBefore | Kind::DropAfter | Kind::Stall, _) => Ok(()),
            (Kind::Status, _) => Err("\"status\" of a mail must be 400 to 599".to_owned()),
            _ => Err("a mail can meet delay, drop_before, drop_after, stall and status".to_owned()),
        }
    }
}

/// The script as sent: a list, or an object holding one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Script {
    List(Vec<Value>),
    Object { faults: Vec<Value> },
}

/// Reads a script and says in words what is wrong with it.
pub(super) fn parse(body: &[u8]) -> Result<Vec<Fault>, String> {
    let script: Script = serde_json::from_slice(body)
        .map_err(|_| "expected a JSON array of faults, or {\"faults\": [...]}".to_owned())?;
    let (Script::List(lines) | Script::Object { faults: lines }) = script;
    if lines.len() > KEEP {
        return Err(format!("at most {KEEP} faults"));
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let fault: Fault =
                serde_json::from_value(line).map_err(|e| format!("fault {at}: {e}"))?;
            fault.validate().map_err(|e| format!("fault {at}: {e}"))?;
            Ok(fault)
        })
        .collect()
}

/// The faults not yet used up.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    /// Replaces the script.
    pub(super) fn set(&mut self, script: Vec<Fault>) {
        self.waiting = script;
    }

    /// What is left, in order.
    pub(super) fn left(&self) -> &[Fault] {
        &self.waiting
    }

    /// Uses up one turn of the first fault that fits.
    pub(super) fn take(&mut self, operation: Operation) -> Option<Fault> {
        self.take_first(|on| on.fits(operation))
    }

    /// Uses up one turn of the first fault for mail.
    pub(super) fn take_for_mail(&mut self) -> Option<Fault> {
        self.take_first(|on| on == On::Mail)
    }

    fn take_first(&mut self, fits: impl Fn(On) -> bool) -> Option<Fault> {
        let at = self.waiting.iter().position(|fault| fits(fault.on))?;
        let fault = self.waiting.get_mut(at)?;
        if fault.times > 1 {
            fault.times -= 1;
            return Some(fault.clone());
        }
        Some(self.waiting.remove(at))
    }
}
