//! Prints the output of a command as text, or as one JSON object in each line.

use std::io::{self, Write};

use serde::Serialize;

use super::error::CommandError;

/// Output of a command, written as text or as JSON.
pub(super) struct Report<W> {
    output: W,
    json: bool,
}

impl<W: Write> Report<W> {
    /// Creates a report that writes to `output`, as JSON if `is_json` is set and as text otherwise.
    pub(super) const fn new(output: W, is_json: bool) -> Self {
        Self {
            output,
            json: is_json,
        }
    }

    /// Prints one result: `text`, or `object` if the output format is JSON.
    pub(super) fn print_result(
        &mut self,
        text: impl FnOnce() -> String,
        object: &impl Serialize,
    ) -> Result<(), CommandError> {
        let line = if self.json {
            serde_json::to_string(object)
                .map_err(|error| CommandError::Write(io::Error::other(error)))?
        } else {
            text()
        };
        self.write_output_line(&line)
    }

    /// Prints a heading or remark, unless the output format is JSON.
    pub(super) fn print_unless_json(&mut self, text: &str) -> Result<(), CommandError> {
        if self.json {
            Ok(())
        } else {
            self.write_output_line(text)
        }
    }

    /// Writes one line of output.
    fn write_output_line(&mut self, line: &str) -> Result<(), CommandError> {
        writeln!(self.output, "{line}").map_err(CommandError::Write)
    }
}
