//! What a command prints: text for people, or one JSON object a line for scripts.

use std::io::{self, Write};

use serde::Serialize;

use super::error::OperatorError;

pub(super) struct Report<W> {
    to: W,
    json: bool,
}

impl<W: Write> Report<W> {
    pub(super) const fn new(to: W, json: bool) -> Self {
        Self { to, json }
    }

    /// Prints `text`, or `object` where JSON is wanted.
    pub(super) fn say(
        &mut self,
        text: impl FnOnce() -> String,
        object: &impl Serialize,
    ) -> Result<(), OperatorError> {
        let line = if self.json {
            serde_json::to_string(object)
                .map_err(|error| OperatorError::Write(io::Error::other(error)))?
        } else {
            text()
        };
        self.line(&line)
    }

    /// Prints what only people want to know.
    pub(super) fn remark(&mut self, text: &str) -> Result<(), OperatorError> {
        if self.json { Ok(()) } else { self.line(text) }
    }

    fn line(&mut self, line: &str) -> Result<(), OperatorError> {
        writeln!(self.to, "{line}").map_err(OperatorError::Write)
    }
}
