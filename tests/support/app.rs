//! A running app with its own database, data directory and phone simulator.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use super::api_client::ApiClient;
use super::browser::Browser;
use super::command::CommandOutput;
use super::database_probe::DatabaseProbe;
use super::launch::{
    launched_by, sallyport, separate_simulator, start_process, wait_for_address, with_ulimit,
};
use super::process::Process;
use super::provider::Provider;
use super::simulator::Simulator;
use super::user::User;
use super::wire::{Request, TIMEOUT};
use super::{postgres, scratch};

/// The database of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Starts an app with other settings than the defaults of the tests.
pub struct Builder {
    database: Database,
    settings: Vec<(String, String)>,
    separate_simulator: bool,
    /// Arguments of `ulimit` in the shell that starts the app.
    ulimit: Option<&'static str>,
    database_url: Option<String>,
    launcher: Vec<String>,
}

impl Builder {
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Enables the proof of work, which most tests disable to be fast.
    #[must_use]
    pub fn with_captcha(self) -> Self {
        self.with("SALLYPORT_CAPTCHA", "proof_of_work")
    }

    /// Runs the simulator in a separate process. Its clock is independent, and it survives a restart of the app.
    #[must_use]
    pub const fn with_separate_simulator(mut self) -> Self {
        self.separate_simulator = true;
        self
    }

    /// With a limit of the operating system, in the words of the shell: `-n 1024`.
    #[must_use]
    pub const fn with_ulimit(mut self, arguments: &'static str) -> Self {
        self.ulimit = Some(arguments);
        self
    }

    /// On this database in place of a new one.
    #[must_use]
    pub fn with_database(mut self, url: &str) -> Self {
        self.database_url = Some(url.to_owned());
        self
    }

    /// Started by this command, which receives the command of the server as further arguments. `{data}` stands for the
    /// data directory.
    #[must_use]
    pub fn with_launcher(mut self, launcher: &[&str]) -> Self {
        self.launcher = launcher.iter().map(|&word| word.to_owned()).collect();
        self
    }

    pub async fn start(self) -> TestApp {
        let plain = !self.separate_simulator
            && self.settings.is_empty()
            && self.ulimit.is_none()
            && self.database_url.is_none()
            && self.launcher.is_empty();
        if plain && let Some(idle) = take_idle(self.database) {
            return idle.reset().await;
        }
        let data = scratch::directory();
        let database_url = match self.database {
            _ if self.database_url.is_some() => self.database_url.unwrap_or_default(),
            Database::Sqlite => format!("sqlite://{}", data.path().join("sallyport.db").display()),
            Database::Postgres => postgres::fresh_database().await,
        };
        let mut settings = vec![("DATABASE_URL".to_owned(), database_url.clone())];
        let mut separate = None;
        if self.separate_simulator {
            let (process, simulator, smtp) = separate_simulator(data.path()).await;
            settings.extend([
                (
                    "SALLYPORT_PROVIDER".to_owned(),
                    Provider::configured().setting().to_owned(),
                ),
                (
                    "SALLYPORT_SIMULATOR_EMBEDDED".to_owned(),
                    "false".to_owned(),
                ),
                (
                    "TWILIO_BASE_URL".to_owned(),
                    format!("http://{}", simulator.address),
                ),
                ("SALLYPORT_SMTP_URL".to_owned(), format!("smtp://{smtp}")),
                (
                    "SALLYPORT_MAIL_FROM".to_owned(),
                    "no-reply@example.com".to_owned(),
                ),
                // The tests cannot advance the clock of the app.
                ("SALLYPORT_LIMIT_RESEND_GAP_SECS".to_owned(), "0".to_owned()),
            ]);
            separate = Some((process, simulator));
        }
        settings.extend(self.settings);
        let mut command = sallyport(data.path(), "serve", &settings);
        if let Some(arguments) = self.ulimit {
            command = with_ulimit(&command, arguments);
        }
        let command = launched_by(&self.launcher, data.path(), command);
        let mut process = Process::start(&command, "KILL", None).await;
        let address = wait_for_address(&mut process, "Sallyport").await;
        let (simulator_process, simulator) = if let Some((process, simulator)) = separate {
            (Some(process), simulator)
        } else {
            let address = wait_for_address(&mut process, "Phone simulator").await;
            (None, Simulator { address })
        };
        TestApp(Some(RunningApp {
            address,
            simulator,
            process,
            database_url,
            data,
            database: self.database,
            plain,
            schema_changed: AtomicBool::new(false),
            settings,
            simulator_process,
        }))
    }
}

/// An app that one test uses at a time.
///
/// An app with default settings is reused by a later test after a reset, because starting takes longer than most
/// tests. An app whose database schema a test has changed is not.
pub struct TestApp(Option<RunningApp>);

impl Deref for TestApp {
    type Target = RunningApp;

    fn deref(&self) -> &RunningApp {
        self.0.as_ref().expect("running until dropped")
    }
}

impl DerefMut for TestApp {
    fn deref_mut(&mut self) -> &mut RunningApp {
        self.0.as_mut().expect("running until dropped")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(running) = self.0.take()
            && running.plain
            && !running.process.was_signalled
            && !running.schema_changed.load(Ordering::Relaxed)
            && !std::thread::panicking()
        {
            put_back(running);
        }
    }
}

/// Apps of finished tests, for reuse.
static IDLE: Mutex<Vec<RunningApp>> = Mutex::new(Vec::new());

/// Takes an idle app with this database.
fn take_idle(database: Database) -> Option<RunningApp> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let at = idle.iter().position(|app| app.database == database)?;
    Some(idle.swap_remove(at))
}

/// Whether an app with this database waits for reuse.
pub(super) fn is_idle(database_url: &str) -> bool {
    let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    idle.iter().any(|app| app.database_url == database_url)
}

/// Makes an app available to another test.
fn put_back(app: RunningApp) {
    IDLE.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(app);
}

/// A running app with its data.
pub struct RunningApp {
    pub address: SocketAddr,
    pub simulator: Simulator,
    pub process: Process,
    pub database_url: String,
    pub data: TempDir,
    pub(super) database: Database,
    plain: bool,
    /// Whether a test has changed tables, triggers or settings of the database. A reset only deletes rows.
    pub(super) schema_changed: AtomicBool,
    settings: Vec<(String, String)>,
    simulator_process: Option<Process>,
}

impl TestApp {
    pub async fn start(database: Database) -> Self {
        Self::on(database).start().await
    }

    pub const fn on(database: Database) -> Builder {
        Builder {
            database,
            settings: Vec::new(),
            separate_simulator: false,
            ulimit: None,
            database_url: None,
            launcher: Vec::new(),
        }
    }
}

impl RunningApp {
    /// Deletes the data of the last test.
    async fn reset(self) -> TestApp {
        self.delete_all_rows().await;
        self.simulator.reset().await;
        TestApp(Some(self))
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// A client of the JSON API without credentials.
    pub const fn api_client(&self) -> ApiClient {
        ApiClient::new(self.address)
    }

    pub async fn probe(&self) -> DatabaseProbe {
        DatabaseProbe::open(&self.database_url).await
    }

    /// A new user with an account and a second factor. The resend cooldown is over.
    pub async fn member(&self) -> User {
        let user = User::new();
        self.browser().register(self, &user).await;
        self.skip_resend_cooldown().await;
        user
    }

    /// A new user whose account an operator created: the phone number is unverified and there is no second factor.
    pub fn user_without_second_factor(&self) -> User {
        let user = User::new();
        let arguments = [
            "create",
            "--username",
            &user.username,
            "--email",
            &user.email,
            "--full-name",
            &user.full_name,
            "--phone",
            &user.phone,
            "--password-stdin",
        ];
        let output = self.user_with_input(&arguments, &user.password);
        assert_eq!(output.code, 0, "{output:?}");
        user
    }

    /// Runs `sallyport user …` on the database of the app.
    pub fn user(&self, arguments: &[&str]) -> CommandOutput {
        self.user_with_input(arguments, "")
    }

    pub fn user_with_input(&self, arguments: &[&str], input: &str) -> CommandOutput {
        CommandOutput::of(&mut self.user_command(arguments), input)
    }

    pub fn user_command(&self, arguments: &[&str]) -> Command {
        let mut command = sallyport(self.data.path(), "user", &self.settings);
        command.args(arguments);
        command
    }

    /// Changes a setting for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a command of the program beside the app, with its settings.
    pub fn command(&self, name: &str) -> CommandOutput {
        CommandOutput::of(&mut sallyport(self.data.path(), name, &self.settings), "")
    }

    /// Starts on the same data, waits until the process exits with an error, and returns its output.
    pub async fn output_of_failed_start(&self) -> String {
        let command = sallyport(self.data.path(), "serve", &self.settings);
        let mut process = Process::start(&command, "KILL", None).await;
        process.wait_for_exit().await;
        process.output()
    }

    /// Repeats the readiness check until the log contains `text`, and returns the rest of that line.
    pub async fn wait_for_readiness_log(&self, text: &str) -> String {
        let wait = async {
            loop {
                Request::get("/readyz").send(self.address).await;
                let output = self.process.output();
                let mut lines = output.lines();
                if let Some((_, rest)) = lines.find_map(|line| line.split_once(text)) {
                    return rest.to_owned();
                }
            }
        };
        let found = tokio::time::timeout(TIMEOUT, wait).await;
        found.unwrap_or_else(|_| panic!("no log {text:?} in time:\n{}", self.process.output()))
    }

    /// Advances the clock by the shortest time between two messages to one number.
    pub async fn skip_resend_cooldown(&self) {
        if self.simulator_process.is_none() {
            self.simulator.advance(30).await;
        }
    }

    /// Starts the app again on the same data, after [`Process::kill`] or a stop.
    pub async fn restart(&mut self) {
        self.plain = false;
        self.process = start_process(self.data.path(), "serve", &self.settings).await;
        self.address = wait_for_address(&mut self.process, "Sallyport").await;
        if self.simulator_process.is_none() {
            self.simulator.address = wait_for_address(&mut self.process, "Phone simulator").await;
        }
    }

    /// A second process of the app on the same data. Needs a separate simulator.
    pub async fn second_node(&self) -> (Process, SocketAddr) {
        let mut process = start_process(self.data.path(), "serve", &self.settings).await;
        let address = wait_for_address(&mut process, "Sallyport").await;
        (process, address)
    }
}
