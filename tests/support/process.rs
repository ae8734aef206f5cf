//! Child processes that cannot outlive the tests: a shell holds each one and watches a pipe whose
//! other end is ours. However this process ends, the pipe closes and the shell cleans up.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::wire::PATIENCE;

/// Starts the command given, says its id, waits for our end of the pipe to close, stops it.
///
/// A signal to the whole group, as Ctrl-C sends it, ends the waiting and not the cleaning up.
const GUARD: &str = r#"
trap : INT TERM HUP
exec 3<&0 </dev/null
signal=$1; litter=$2; shift 2
"$@" 3<&- & child=$!
echo "guard: child $child"
exec >/dev/null 2>&1
cat <&3
kill -s "$signal" "$child"
wait "$child"
[ -z "$litter" ] || rm -rf "$litter"
"#;

/// A running child, with everything it has said.
pub struct Process {
    guard: Child,
    id: u32,
    said: Arc<Mutex<String>>,
    lines: watch::Receiver<usize>,
    /// No signal was sent to it.
    pub untouched: bool,
}

impl Process {
    /// Starts `command`, which ends by `signal` and takes the directory `litter` with it.
    pub async fn start(command: &Command, signal: &str, litter: Option<&Path>) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", GUARD, "guard", signal])
            .arg(litter.unwrap_or(Path::new("")))
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
        let mut guard = shell.spawn().expect("a shell starts");
        let said = Arc::new(Mutex::new(String::new()));
        let (count, lines) = watch::channel(0);
        let count = Arc::new(count);
        listen(guard.stdout.take(), &said, &count);
        listen(guard.stderr.take(), &said, &count);
        drop(count);
        let mut process = Self {
            guard,
            id: 0,
            said,
            lines,
            untouched: true,
        };
        let id = process.says("guard: child ").await;
        process.id = id.parse().expect("a process id");
        process
    }

    /// What follows `words` on the first line that has them; waits for it.
    pub async fn says(&mut self, words: &str) -> String {
        let wait = async {
            loop {
                self.lines.mark_unchanged();
                let found = self
                    .output()
                    .lines()
                    .find_map(|line| Some(line.split_once(words)?.1.to_owned()));
                if let Some(rest) = found {
                    return rest;
                }
                let more = self.lines.changed().await;
                assert!(
                    more.is_ok(),
                    "the process ended without saying {words:?}:\n{}",
                    self.output()
                );
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("{words:?} was not said in time"))
    }

    /// All of standard output and standard error so far.
    pub fn output(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until it has closed its outputs, that is, until it is gone.
    pub async fn gone(&mut self) {
        let gone = async { while self.lines.changed().await.is_ok() {} };
        tokio::time::timeout(PATIENCE, gone)
            .await
            .expect("the process ends in time");
    }

    /// The most memory it ever held.
    #[cfg(target_os = "linux")]
    pub fn peak_memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.expect("a figure").parse().expect("a number")
    }

    /// Sends it a signal.
    pub fn signal(&mut self, signal: &str) {
        self.untouched = false;
        let sent = Command::new("kill")
            .args(["-s", signal, &self.id.to_string()])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill -s {signal}"
        );
    }

    /// `kill -9`, and nothing left of it.
    pub async fn kill(&mut self) {
        self.signal("KILL");
        self.gone().await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn listen(
    pipe: Option<impl Read + Send + 'static>,
    said: &Arc<Mutex<String>>,
    count: &Arc<watch::Sender<usize>>,
) {
    let Some(pipe) = pipe else { return };
    let (said, count) = (Arc::clone(said), Arc::clone(count));
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line) {
            said.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
            count.send_modify(|count| *count += 1);
        }
    });
}
