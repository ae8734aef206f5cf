//! Every provider call received, in order of arrival.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// Entries kept; the oldest are forgotten first.
const KEEP: usize = 10_000;

/// One provider call. Credentials are not recorded.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// When it arrived, by the simulator's clock: RFC 3339 with milliseconds.
    pub(super) at: String,
    pub(super) method: String,
    pub(super) path: String,
    /// `create`, `check`, `update`, `fetch`, `message`, or `unknown` for a path that does not exist.
    pub(super) operation: &'static str,
    /// The fields of the form or the JSON, the code included.
    pub(super) params: Value,
    /// The HTTP status answered; null while there is no answer, and for good when the connection
    /// was dropped.
    pub(super) status: Option<u16>,
    /// The provider's own error code.
    pub(super) error_code: Option<u32>,
    pub(super) provider: &'static str,
    /// The verification it concerned.
    pub(super) verification: Option<String>,
    /// The kind of fault it met.
    pub(super) fault: Option<Value>,
}

/// How a call ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) status: Option<u16>,
    pub(super) error_code: Option<u32>,
    pub(super) verification: Option<String>,
}

/// The last 10,000 calls.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: VecDeque<Entry>,
    /// The number of the first entry kept; numbers are never reused.
    first: u64,
}

impl Ledger {
    /// Records an arrival and returns its number.
    pub(super) fn begin(&mut self, entry: Entry) -> u64 {
        if self.entries.len() >= KEEP {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(entry);
        self.first + self.entries.len() as u64 - 1
    }

    /// Completes an entry, unless it is already forgotten.
    pub(super) fn finish(&mut self, number: u64, outcome: Outcome) {
        let entry = number
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok())
            .and_then(|at| self.entries.get_mut(at));
        if let Some(entry) = entry {
            entry.status = outcome.status;
            entry.error_code = outcome.error_code;
            entry.verification = outcome.verification;
        }
    }

    /// All entries, oldest first.
    pub(super) fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// Forgets all entries.
    pub(super) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
    }
}
