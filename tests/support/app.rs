//! A running app with a database, a data directory and a phone simulator of its own.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::Command;

use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;

use super::api_client::ApiClient;
use super::browser::Browser;
use super::command::CommandOutput;
use super::database_probe::{self, DatabaseProbe};
use super::process::Process;
use super::provider::Provider;
use super::simulator::Simulator;
use super::user::User;
use super::{pool, postgres, scratch};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// How an app is to be started.
pub struct Builder {
    database: Database,
    settings: Vec<(String, String)>,
    simulator_beside: bool,
}

impl Builder {
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With the proof of work that most tests do without, to be quick.
    #[must_use]
    pub fn with_captcha(self) -> Self {
        self.with("SALLYPORT_CAPTCHA", "proof_of_work")
    }

    /// The simulator in a process of its own: its clock moves alone, and it outlives the app.
    #[must_use]
    pub const fn with_separate_simulator(mut self) -> Self {
        self.simulator_beside = true;
        self
    }

    pub async fn start(self) -> TestApp {
        let plain = !self.simulator_beside && self.settings.is_empty();
        if plain && let Some(idle) = pool::take(self.database) {
            return idle.emptied().await;
        }
        let data = scratch::directory();
        let database_url = match self.database {
            Database::Sqlite => format!("sqlite://{}", data.path().join("sallyport.db").display()),
            Database::Postgres => postgres::fresh_database().await,
        };
        let mut settings = vec![("DATABASE_URL".to_owned(), database_url.clone())];
        let mut beside = None;
        if self.simulator_beside {
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
                // Nobody can move the app's own time.
                ("SALLYPORT_LIMIT_RESEND_GAP_SECS".to_owned(), "0".to_owned()),
            ]);
            beside = Some((process, simulator));
        }
        settings.extend(self.settings);
        let mut process = run(data.path(), "serve", &settings).await;
        let address = listening(&mut process, "Sallyport").await;
        let (simulator_process, simulator) = if let Some((process, simulator)) = beside {
            (Some(process), simulator)
        } else {
            let address = listening(&mut process, "Phone simulator").await;
            (None, Simulator { address })
        };
        TestApp(Some(Running {
            address,
            simulator,
            process,
            database_url,
            data,
            database: self.database,
            plain,
            settings,
            simulator_process,
        }))
    }
}

/// An app that is this test's alone. One with plain settings goes to another test afterwards,
/// emptied: most of a test would else be spent on starting.
pub struct TestApp(Option<Running>);

impl Deref for TestApp {
    type Target = Running;

    fn deref(&self) -> &Running {
        self.0.as_ref().expect("running until dropped")
    }
}

impl DerefMut for TestApp {
    fn deref_mut(&mut self) -> &mut Running {
        self.0.as_mut().expect("running until dropped")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(running) = self.0.take()
            && running.plain
            && running.process.untouched
            && !std::thread::panicking()
        {
            pool::put_back(running);
        }
    }
}

pub struct Running {
    pub address: SocketAddr,
    pub simulator: Simulator,
    pub process: Process,
    pub database_url: String,
    pub data: TempDir,
    pub(super) database: Database,
    plain: bool,
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
            simulator_beside: false,
        }
    }
}

impl Running {
    /// Forgets everything the last test did.
    async fn emptied(self) -> TestApp {
        self.execute_sql(database_probe::forced_removal(self.database))
            .await;
        for removal in database_probe::REMOVALS {
            self.execute_sql(removal).await;
        }
        self.simulator.reset().await;
        TestApp(Some(self))
    }

    /// A browser nobody has used.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// Another program, which calls the JSON API.
    pub const fn api_client(&self) -> ApiClient {
        ApiClient::new(self.address)
    }

    pub async fn probe(&self) -> DatabaseProbe {
        DatabaseProbe::open(&self.database_url).await
    }

    /// Somebody with an account, to whose phone another code can go right away.
    pub async fn member(&self) -> User {
        let user = User::new();
        self.browser().register(self, &user).await;
        self.skip_resend_cooldown().await;
        user
    }

    /// Somebody an operator made an account for: a number on file that nobody has verified, and
    /// no second factor.
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
        let said = self.user_with_input(&arguments, &user.password);
        assert_eq!(said.code, 0, "{said:?}");
        user
    }

    /// What `sallyport user …` answers beside the running app.
    pub fn user(&self, arguments: &[&str]) -> CommandOutput {
        self.user_with_input(arguments, "")
    }

    pub fn user_with_input(&self, arguments: &[&str], input: &str) -> CommandOutput {
        CommandOutput::by(&mut self.user_command(arguments), input)
    }

    pub fn user_command(&self, arguments: &[&str]) -> Command {
        let mut command = sallyport(self.data.path(), "user", &self.settings);
        command.args(arguments);
        command
    }

    /// Changes a setting of the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Tries to start on the same data and answers what was said on giving up.
    pub async fn does_not_start(&self) -> String {
        let command = sallyport(self.data.path(), "serve", &self.settings);
        let mut process = Process::start(&command, "KILL", None).await;
        process.gone().await;
        process.output()
    }

    /// A connection that has begun this and holds on to it until it is dropped.
    pub async fn hold_transaction(&self, statement: &'static str) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&self.database_url)
            .await
            .expect("the database opens");
        connection
            .execute(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        connection
    }

    /// Changes the database behind the app's back, as an operator might.
    pub async fn execute_sql(&self, statement: &'static str) {
        self.hold_transaction(statement).await;
    }

    /// Lets the gap between two messages to one number pass.
    pub async fn skip_resend_cooldown(&self) {
        if self.simulator_process.is_none() {
            self.simulator.advance(30).await;
        }
    }

    /// Starts the app again on the same data, after [`Process::kill`] or a stop.
    pub async fn restart(&mut self) {
        self.plain = false;
        self.process = run(self.data.path(), "serve", &self.settings).await;
        self.address = listening(&mut self.process, "Sallyport").await;
        if self.simulator_process.is_none() {
            self.simulator.address = listening(&mut self.process, "Phone simulator").await;
        }
    }

    /// A second process of the app on the same data. Needs a separate simulator.
    pub async fn second_node(&self) -> (Process, SocketAddr) {
        let mut process = run(self.data.path(), "serve", &self.settings).await;
        let address = listening(&mut process, "Sallyport").await;
        (process, address)
    }
}

/// A command of the program, with no setting but these.
pub fn sallyport(directory: &Path, command: &str, settings: &[(String, String)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sallyport"));
    program
        .arg(command)
        .current_dir(directory)
        .env_clear()
        .env("SALLYPORT_LISTEN", "127.0.0.1:0")
        .env("SALLYPORT_SIMULATOR_LISTEN", "127.0.0.1:0")
        .env("SALLYPORT_SIMULATOR_SMTP_LISTEN", "127.0.0.1:0")
        .env("SALLYPORT_DATA_DIR", directory)
        .env("SALLYPORT_ARGON2_MEMORY_KIB", "64")
        .env("SALLYPORT_ARGON2_ITERATIONS", "1")
        .env("SALLYPORT_CAPTCHA", "none")
        .env("SALLYPORT_CAPTCHA_COST", "1")
        // Those who test webhooks want them; to all others they would come at any moment.
        .env("SALLYPORT_SIMULATOR_WEBHOOKS", "none");
    if Provider::configured() != Provider::Twilio {
        program.env("SALLYPORT_PROVIDER", Provider::configured().setting());
    }
    program.envs(settings.iter().map(|(name, value)| (name, value)));
    program
}

async fn run(directory: &Path, command: &str, settings: &[(String, String)]) -> Process {
    Process::start(&sallyport(directory, command, settings), "KILL", None).await
}

/// The process, its phones, and where its mailbox takes mail.
async fn separate_simulator(directory: &Path) -> (Process, Simulator, SocketAddr) {
    // As long as the app's, of either provider.
    let length = ("SALLYPORT_CODE_LENGTH".to_owned(), "6".to_owned());
    let mut process = run(directory, "simulator", &[length]).await;
    let smtp = process
        .says("Mail simulator is listening on smtp://")
        .await
        .parse()
        .expect("an address");
    let address = listening(&mut process, "Phone simulator").await;
    (process, Simulator { address }, smtp)
}

async fn listening(process: &mut Process, who: &str) -> SocketAddr {
    let address = process
        .says(&format!("{who} is listening on http://"))
        .await;
    address.parse().expect("an address")
}
