//! Child processes that end with the tests.
//!
//! A shell starts each child and reads from a pipe of the test process. When the test process ends for any reason, the
//! pipe closes and the shell stops the child.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::wire::TIMEOUT;

/// Shell script that starts a command, prints its process id, waits until the pipe closes, and stops the command.
///
/// Ctrl-C sends a signal to the whole process group. The traps let the shell clean up nevertheless.
const GUARD: &str = r#"
trap : INT TERM HUP
exec 3<&0 </dev/null
signal=$1; directory=$2; shift 2
"$@" 3<&- & child=$!
echo "guard: child $child"
exec >/dev/null 2>&1
cat <&3
kill -s "$signal" "$child"
wait "$child"
[ -z "$directory" ] || rm -rf "$directory"
"#;

/// A running child process with its output.
pub struct Process {
    guard: Child,
    id: u32,
    output: Arc<Mutex<String>>,
    /// The number of output lines so far.
    lines: watch::Receiver<usize>,
    /// Whether a test has sent a signal to the process.
    pub was_signalled: bool,
}

impl Process {
    /// Starts `command`. When the value is dropped, `signal` stops the process, and the directory `remove` is deleted.
    pub async fn start(command: &Command, signal: &str, remove: Option<&Path>) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", GUARD, "guard", signal])
            .arg(remove.unwrap_or(Path::new("")))
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"))
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = command.get_current_dir() {
            shell.current_dir(directory);
        }
        let mut guard = shell.spawn().expect("shell starts");
        let output = Arc::new(Mutex::new(String::new()));
        let (count, lines) = watch::channel(0);
        let count = Arc::new(count);
        read_lines(guard.stdout.take(), &output, &count);
        read_lines(guard.stderr.take(), &output, &count);
        drop(count);
        let mut process = Self {
            guard,
            id: 0,
            output,
            lines,
            was_signalled: false,
        };
        let id = process.wait_for_output("guard: child ").await;
        process.id = id.parse().expect("shell prints a process id");
        process
    }

    /// Waits for an output line that contains `text`. Returns the rest of that line.
    pub async fn wait_for_output(&mut self, text: &str) -> String {
        let wait = async {
            loop {
                self.lines.mark_unchanged();
                let found = self
                    .output()
                    .lines()
                    .find_map(|line| Some(line.split_once(text)?.1.to_owned()));
                if let Some(rest) = found {
                    return rest;
                }
                let more = self.lines.changed().await;
                assert!(
                    more.is_ok(),
                    "the process ended without the output {text:?}:\n{}",
                    self.output()
                );
            }
        };
        let found = tokio::time::timeout(TIMEOUT, wait).await;
        found.unwrap_or_else(|_| {
            panic!("output {text:?} did not appear in time:\n{}", self.output())
        })
    }

    /// Returns standard output and standard error so far.
    pub fn output(&self) -> String {
        self.output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Prints the last 40 lines of the output, for the report of a failed test.
    pub fn print_end_of_output(&self) {
        let output = self.output();
        let lines: Vec<&str> = output.lines().collect();
        let end = lines[lines.len().saturating_sub(40)..].join("\n");
        println!("The process wrote at last:\n{end}");
    }

    /// Lists the percentages of the alarms about one send limit, in the order of the log. `setting` is the name of its
    /// setting. The log must be in JSON.
    ///
    /// Asserts that an alarm at 100 % is an error, and every other alarm a warning.
    pub fn list_send_alarms(&self, setting: &str) -> Vec<u64> {
        let log = self.output();
        let events = log
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let alarms = events.filter_map(|event| {
            let fields = event.get("fields").unwrap_or(&event);
            let is_alarm =
                event["target"] == "sallyport::send_limits" && fields["setting"] == setting;
            let percent = fields["percent"].as_u64().filter(|_| is_alarm)?;
            let level = if percent == 100 { "ERROR" } else { "WARN" };
            assert_eq!(event["level"], level, "{event}");
            Some(percent)
        });
        alarms.collect()
    }

    /// Returns the process id of the child.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Waits until the process has exited.
    pub async fn wait_for_exit(&mut self) {
        let exit = async { while self.lines.changed().await.is_ok() {} };
        tokio::time::timeout(TIMEOUT, exit)
            .await
            .expect("process exits in time");
    }

    /// Returns the peak resident memory of the process in KiB.
    #[cfg(target_os = "linux")]
    pub fn peak_memory_kib(&self) -> u64 {
        self.read_status_kib("VmHWM:")
    }

    /// Returns the current resident memory of the process in KiB.
    #[cfg(target_os = "linux")]
    pub fn current_memory_kib(&self) -> u64 {
        self.read_status_kib("VmRSS:")
    }

    /// Reads a number in KiB from `/proc/PID/status`.
    #[cfg(target_os = "linux")]
    fn read_status_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id));
        let status = status.expect("process is running");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .expect("status file has this line")
            .parse()
            .expect("status value is a number")
    }

    /// Sends a signal to the process, for example `TERM`.
    pub fn send_signal(&mut self, signal: &str) {
        self.was_signalled = true;
        let sent = Command::new("kill")
            .args(["-s", signal, &self.id.to_string()])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill -s {signal}"
        );
    }

    /// Kills the process and waits until it has exited.
    pub async fn kill(&mut self) {
        self.send_signal("KILL");
        self.wait_for_exit().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Starts a thread that appends the lines of a pipe to the output.
fn read_lines(
    pipe: Option<impl Read + Send + 'static>,
    output: &Arc<Mutex<String>>,
    count: &Arc<watch::Sender<usize>>,
) {
    let Some(pipe) = pipe else { return };
    let (output, count) = (Arc::clone(output), Arc::clone(count));
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line) {
            output
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
            count.send_modify(|count| *count += 1);
        }
    });
}
