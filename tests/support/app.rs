//! Starts the app for a test, with its own database, data directory and phone simulator.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::api_client::ApiClient;
use super::browser::Browser;
use super::command::CommandOutput;
use super::database_probe::DatabaseProbe;
use super::launch::{
    sallyport_command, start_process, start_separate_simulator, wait_for_address, wrap_in_launcher,
    wrap_in_ulimit,
};
use super::process::Process;
use super::provider::Provider;
use super::simulator::Simulator;
use super::user::User;
use super::{postgres, scratch};

/// The database system that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Configures and starts an app whose settings differ from the defaults of the tests.
pub struct TestAppBuilder {
    database: Database,
    settings: Vec<(String, String)>,
    /// Whether the simulator runs as a separate process.
    separate_simulator: bool,
    /// Arguments of `ulimit` in the shell that starts the app.
    ulimit: Option<&'static str>,
    database_url: Option<String>,
    launcher: Vec<String>,
}

impl TestAppBuilder {
    /// Sets an environment variable of the app.
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Enables the proof of work. Most tests disable it to save time.
    #[must_use]
    pub fn with_captcha(self) -> Self {
        self.with_setting("SALLYPORT_CAPTCHA", "proof_of_work")
    }

    /// Runs the simulator in a separate process. Its clock is independent of the app, and it survives a restart of the
    /// app.
    #[must_use]
    pub const fn with_separate_simulator(mut self) -> Self {
        self.separate_simulator = true;
        self
    }

    /// Limits a resource of the app's process. `arguments` are those of the shell command `ulimit`, for example `-n
    /// 1024`.
    #[must_use]
    pub const fn with_ulimit(mut self, arguments: &'static str) -> Self {
        self.ulimit = Some(arguments);
        self
    }

    /// Uses the existing database at this URL instead of a new one.
    #[must_use]
    pub fn with_database(mut self, url: &str) -> Self {
        self.database_url = Some(url.to_owned());
        self
    }

    /// Starts the app through another program, which receives the app's command line as further arguments. `{data}` in
    /// an argument is replaced by the data directory.
    #[must_use]
    pub fn with_launcher(mut self, launcher: &[&str]) -> Self {
        self.launcher = launcher.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Starts the app and waits until it accepts requests. Reuses an idle app if all settings are defaults.
    pub async fn start(self) -> TestApp {
        let plain = !self.separate_simulator
            && self.settings.is_empty()
            && self.ulimit.is_none()
            && self.database_url.is_none()
            && self.launcher.is_empty();
        if plain
            && let Some(idle) = take_idle_app(self.database)
            && idle.stop_notifications().await
        {
            return idle.delete_data().await;
        }
        let data = scratch::create_temporary_directory();
        let database_url = match self.database {
            _ if self.database_url.is_some() => self.database_url.unwrap_or_default(),
            Database::Sqlite => format!("sqlite://{}", data.path().join("sallyport.db").display()),
            Database::Postgres => postgres::create_database().await,
        };
        let mut settings = vec![("DATABASE_URL".to_owned(), database_url.clone())];
        let mut separate = None;
        if self.separate_simulator {
            let (process, simulator, smtp) = start_separate_simulator(data.path()).await;
            settings.extend([
                (
                    "SALLYPORT_PROVIDER".to_owned(),
                    Provider::from_environment().setting_value().to_owned(),
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
        let mut command = sallyport_command(data.path(), "serve", &settings);
        if let Some(arguments) = self.ulimit {
            command = wrap_in_ulimit(&command, arguments);
        }
        let command = wrap_in_launcher(&self.launcher, data.path(), command);
        let mut process = Process::start(&command, "KILL", None).await;
        let address = wait_for_address(&mut process, "Sallyport").await;
        let (simulator_process, simulator) = if let Some((process, simulator)) = separate {
            (Some(process), simulator)
        } else {
            let address = wait_for_address(&mut process, "Phone simulator").await;
            (None, Simulator { address })
        };
        TestApp(Some(RunningApp {
            started: Instant::now(),
            address,
            simulator,
            process,
            database_url,
            data,
            database: self.database,
            plain,
            schema_changed: AtomicBool::new(false),
            settings,
            launcher: self.launcher,
            simulator_process,
            recovery_cookies: Mutex::default(),
        }))
    }
}

/// An app that one test uses at a time.
///
/// An app with default settings is reused by later tests after its data is deleted, because a start takes longer than
/// most tests. Not reused: an app whose schema a test has changed, or that is older than [`MAX_REUSED_AGE`].
pub struct TestApp(Option<RunningApp>);

impl Deref for TestApp {
    type Target = RunningApp;

    fn deref(&self) -> &RunningApp {
        self.0.as_ref().expect("app runs until it is dropped")
    }
}

impl DerefMut for TestApp {
    fn deref_mut(&mut self) -> &mut RunningApp {
        self.0.as_mut().expect("app runs until it is dropped")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let Some(running) = self.0.take() else {
            return;
        };
        if std::thread::panicking() {
            running.process.print_end_of_output();
            return;
        }
        // A panic of a background task changes no response.
        let output = running.process.output();
        assert!(!output.contains("panicked at"), "{output}");
        if running.plain
            && !running.process.was_signalled
            && !running.schema_changed.load(Ordering::Relaxed)
        {
            keep_for_reuse(running);
        }
    }
}

/// The apps of finished tests that later tests can use.
static IDLE: Mutex<Vec<RunningApp>> = Mutex::new(Vec::new());

/// The maximum age of an app that a test reuses. The app deletes expired rows every 5 minutes, which
/// would break a test that compares all rows.
const MAX_REUSED_AGE: Duration = Duration::from_mins(2);

/// Removes and returns an idle app that uses this database system. Stops the apps that are too old for reuse.
fn take_idle_app(database: Database) -> Option<RunningApp> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    idle.retain(|app| app.started.elapsed() < MAX_REUSED_AGE);
    let at = idle.iter().position(|app| app.database == database)?;
    Some(idle.swap_remove(at))
}

/// Returns whether an app with this database URL is available for reuse.
pub(super) fn is_app_idle(database_url: &str) -> bool {
    let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    idle.iter().any(|app| app.database_url == database_url)
}

/// Makes the app of a finished test available to later tests.
fn keep_for_reuse(app: RunningApp) {
    IDLE.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(app);
}

/// A running app with its simulator, process and database.
pub struct RunningApp {
    started: Instant,
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
    launcher: Vec<String>,
    simulator_process: Option<Process>,
    /// The recovery cookie of the browser in which a user has opened a recovery last, by username.
    pub(super) recovery_cookies: Mutex<BTreeMap<String, String>>,
}

impl TestApp {
    /// Starts an app with default settings, or reuses an idle one.
    pub async fn start(database: Database) -> Self {
        Self::builder(database).start().await
    }

    /// Returns a builder for an app on this database system.
    pub const fn builder(database: Database) -> TestAppBuilder {
        TestAppBuilder {
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
    /// Deletes all data in the database and the simulator, so that the next test can use the app.
    async fn delete_data(self) -> TestApp {
        self.delete_all_rows().await;
        self.simulator.delete_state().await;
        TestApp(Some(self))
    }

    /// Creates a browser without cookies that calls this app.
    pub fn new_browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// Creates a JSON API client without credentials.
    pub const fn new_api_client(&self) -> ApiClient {
        ApiClient::new(self.address)
    }

    /// Opens a connection that reads the database of the app.
    pub async fn open_database(&self) -> DatabaseProbe {
        DatabaseProbe::open(&self.database_url).await
    }

    /// Registers a new user with a second factor, and waits until the resend cooldown is over.
    pub async fn register_user(&self) -> User {
        let user = User::with_unique_details();
        self.new_browser().register(self, &user).await;
        self.skip_resend_cooldown().await;
        user
    }

    /// Runs `sallyport user …` on the database of the app.
    pub fn run_user_command(&self, arguments: &[&str]) -> CommandOutput {
        self.run_user_command_with_input(arguments, "")
    }

    /// Runs `sallyport user …` with this text as standard input.
    pub fn run_user_command_with_input(&self, arguments: &[&str], input: &str) -> CommandOutput {
        CommandOutput::run(&mut self.user_command(arguments), input)
    }

    /// Builds the command `sallyport user …` with the settings of the app.
    pub fn user_command(&self, arguments: &[&str]) -> Command {
        let mut command = sallyport_command(self.data.path(), "user", &self.settings);
        command.args(arguments);
        command
    }

    /// Sets an environment variable for the next start of the app.
    pub fn change_setting(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Runs a command of the program while the app is running, with the same settings.
    pub fn run_command(&self, name: &str) -> CommandOutput {
        self.run_command_with_arguments(name, &[])
    }

    /// Runs a command of the program with these arguments, and with the settings of the app.
    pub fn run_command_with_arguments(&self, name: &str, arguments: &[&str]) -> CommandOutput {
        let mut command = sallyport_command(self.data.path(), name, &self.settings);
        CommandOutput::run(command.args(arguments), "")
    }

    /// Starts a process on the same data that fails to start. Waits until it exits, and returns its output.
    pub async fn start_and_read_failure(&self) -> String {
        let command = sallyport_command(self.data.path(), "serve", &self.settings);
        let mut process = Process::start(&command, "KILL", None).await;
        process.wait_for_exit().await;
        process.output()
    }

    /// Advances the clock by 30 seconds, the shortest time between two messages to one number.
    pub async fn skip_resend_cooldown(&self) {
        if self.simulator_process.is_none() {
            self.simulator.advance_clock(30).await;
        }
    }

    /// Starts the app again on the same data after [`Process::kill`] or another stop.
    pub async fn restart(&mut self) {
        self.plain = false;
        let command = sallyport_command(self.data.path(), "serve", &self.settings);
        let command = wrap_in_launcher(&self.launcher, self.data.path(), command);
        self.process = Process::start(&command, "KILL", None).await;
        self.address = wait_for_address(&mut self.process, "Sallyport").await;
        if self.simulator_process.is_none() {
            self.simulator.address = wait_for_address(&mut self.process, "Phone simulator").await;
        }
    }

    /// Kills the app, and starts it again at another address, which the browser uses then.
    pub async fn kill_and_restart(&mut self, browser: &mut Browser) {
        self.process.kill().await;
        self.restart().await;
        browser.address = self.address;
    }

    /// Starts a second process of the app on the same data. Needs a separate simulator.
    pub async fn start_second_node(&self) -> (Process, SocketAddr) {
        let mut process = start_process(self.data.path(), "serve", &self.settings).await;
        let address = wait_for_address(&mut process, "Sallyport").await;
        (process, address)
    }
}
