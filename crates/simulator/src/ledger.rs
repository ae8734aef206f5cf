//! Ledger of every received provider call, in order of arrival.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::provider::Provider;

/// Maximum number of recorded provider calls. A new one replaces the oldest.
const MAX_ENTRIES: usize = 10_000;

/// Record of one call to a simulated provider, without the credentials of the call.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LedgerEntry {
    /// Arrival by the simulated clock: RFC 3339 with milliseconds.
    pub(crate) at: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// `create`, `check`, `update`, `fetch`, `message`, or `unknown` for an unknown path.
    pub(crate) operation: &'static str,
    /// The members of the form or JSON body, including the code.
    pub(crate) params: Value,
    /// The HTTP status of the response. Null before the response, and after a dropped connection.
    pub(crate) status: Option<u16>,
    /// The error code of the provider.
    pub(crate) error_code: Option<u32>,
    pub(crate) provider: Provider,
    /// The id of the verification that the call concerned.
    pub(crate) verification: Option<String>,
    /// The kind of the fault that applied.
    pub(crate) fault: Option<Value>,
}

/// Result of a call to a simulated provider, as the simulator records it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallResult {
    pub(crate) status: Option<u16>,
    pub(crate) error_code: Option<u32>,
    pub(crate) verification: Option<String>,
}

/// Ledger of the last 10,000 provider calls.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: VecDeque<LedgerEntry>,
    /// The number of the first kept entry. Numbers are never reused.
    first: u64,
}

impl Ledger {
    /// Records a provider call and returns its number.
    pub(crate) fn record_call(&mut self, entry: LedgerEntry) -> u64 {
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(entry);
        self.first + self.entries.len() as u64 - 1
    }

    /// Adds the result to the recorded call with this number. Does nothing if the ledger no longer contains the call.
    pub(crate) fn record_call_result(&mut self, call_number: u64, result: CallResult) {
        let entry = call_number
            .checked_sub(self.first)
            .and_then(|at| usize::try_from(at).ok())
            .and_then(|at| self.entries.get_mut(at));
        if let Some(entry) = entry {
            entry.status = result.status;
            entry.error_code = result.error_code;
            entry.verification = result.verification;
        }
    }

    /// Returns all recorded provider calls, oldest first.
    pub(crate) fn recorded_calls(&self) -> &VecDeque<LedgerEntry> {
        &self.entries
    }

    /// Deletes all recorded provider calls.
    pub(crate) fn delete_recorded_calls(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
    }
}
