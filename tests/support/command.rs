//! Runs a command until it exits.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The exit code and the output of a command.
#[derive(Debug)]
pub struct CommandOutput {
    pub exit_code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl CommandOutput {
    /// Runs a command with `input` as its standard input, and waits until it exits.
    pub(super) fn run(command: &mut Command, input: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("program starts");
        let mut stdin = child.stdin.take().expect("standard input is piped");
        // The command may exit without reading its input.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("program exits");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            exit_code: output
                .status
                .code()
                .expect("program exits without a signal"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
