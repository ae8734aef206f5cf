//! Temporary PostgreSQL servers that listen on a Unix socket.
//!
//! All tests of a run share one server. A test that restarts its server starts a separate one.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::sync::OnceCell;

use super::process::Process;

/// A temporary PostgreSQL server. Its directory is deleted when the test process ends.
pub struct Postgres {
    /// The processes of all starts; the last one is running. Dropping the first one deletes the directory.
    processes: Vec<Process>,
    /// The directory of data and Unix socket.
    directory: PathBuf,
}

static CLUSTER: OnceCell<Postgres> = OnceCell::const_new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// Creates an empty database on the shared server. Returns its URL.
pub async fn create_database() -> String {
    let cluster = CLUSTER.get_or_init(Postgres::start).await;
    cluster.create_database().await
}

impl Drop for Postgres {
    fn drop(&mut self) {
        while let Some(process) = self.processes.pop() {
            drop(process);
        }
    }
}

impl Postgres {
    /// Creates an empty database on this server. Returns its URL.
    pub async fn create_database(&self) -> String {
        let cluster = self;
        let name = format!("app_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut connection = sqlx::PgConnection::connect(&cluster.database_url("postgres"))
            .await
            .expect("temporary PostgreSQL server accepts connections");
        // Nothing connects to template0. A connection to the default template, such as autovacuum's, can delay the
        // command until it fails.
        connection
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {name} TEMPLATE template0"
            )))
            .await
            .expect("database is created");
        cluster.database_url(&name)
    }

    /// Starts a server that no other test uses.
    pub async fn start() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("sallyport-pg-")
            .tempdir()
            .expect("temporary directory is created")
            .keep();
        let data = directory.join("data");
        if is_root() {
            run_command(Command::new("chown").arg("postgres:").arg(&directory));
        }
        let initdb = command_as_postgres_user(&find_postgres_program("initdb"));
        run_command(with_arguments(initdb, |command| {
            command
                .args(["--no-sync", "--auth=trust", "--username=postgres"])
                .args(["--encoding=UTF8", "--no-locale", "--pgdata"])
                .arg(&data)
        }));
        let mut server = Self {
            processes: Vec::new(),
            directory,
        };
        server.start_server("ready to accept connections").await;
        server
    }

    /// Starts the server process, and waits until it logs the text `ready`.
    async fn start_server(&mut self, ready: &str) {
        let (data, directory) = (self.directory.join("data"), &self.directory);
        let server = with_arguments(
            command_as_postgres_user(&find_postgres_program("postgres")),
            |command| {
                command
                    .arg("-D")
                    .arg(&data)
                    .arg("-k")
                    .arg(directory)
                    .args(["-c", "listen_addresses=", "-c", "fsync=off"])
                    .args(["-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
                    .args(["-c", "max_connections=400", "-c", "shared_buffers=64MB"])
                    .env("LC_ALL", "C")
                    .current_dir(directory)
            },
        );
        // QUIT stops the server and all its backends at once.
        let to_delete = self.processes.is_empty().then_some(directory.as_path());
        let mut process = Process::start(&server, "QUIT", to_delete).await;
        process.wait_for_output(ready).await;
        self.processes.push(process);
    }

    /// Stops the server by a signal and starts it again.
    ///
    /// `INT` closes connections, and `QUIT` stops the server like a crash
    /// (<https://www.postgresql.org/docs/current/server-shutdown.html>).
    pub async fn restart_by_signal(&mut self, signal: &str) {
        let process = self.processes.last_mut().expect("server was started");
        process.send_signal(signal);
        process.wait_for_exit().await;
        self.start_server("ready to accept connections").await;
    }

    /// Restarts the server as a standby, which refuses writes
    /// (<https://www.postgresql.org/docs/current/warm-standby.html>).
    pub async fn restart_as_standby(&mut self) {
        let process = self.processes.last_mut().expect("server was started");
        process.send_signal("INT");
        process.wait_for_exit().await;
        let file = self.directory.join("data/standby.signal");
        std::fs::write(file, "").expect("standby file is written");
        self.start_server("ready to accept read-only connections")
            .await;
    }

    /// Executes statements in a database as the superuser.
    pub async fn execute(&self, database: &str, statements: &str) {
        let mut connection = sqlx::PgConnection::connect(&self.database_url(database))
            .await
            .expect("temporary PostgreSQL server accepts connections");
        connection
            .execute(AssertSqlSafe(statements.to_owned()))
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Stops the server at once, which breaks its connections.
    pub async fn stop(&mut self) {
        let process = self.processes.last_mut().expect("server was started");
        process.send_signal("QUIT");
        process.wait_for_exit().await;
    }

    /// Stops the server at once. Its Unix socket then refuses connections, as the port of a stopped server does.
    pub async fn stop_and_refuse_connections(&mut self) {
        self.stop().await;
        let socket = self.directory.join(".s.PGSQL.5432");
        let _ = std::fs::remove_file(&socket);
        // The file of a closed socket stays.
        drop(UnixListener::bind(&socket).expect("socket is created"));
    }

    /// Creates a database user that authenticates with this password. Returns a database URL for that user.
    pub async fn add_user_with_password(&mut self, user: &str, password: &str) -> String {
        let mut connection = sqlx::PgConnection::connect(&self.database_url("postgres"))
            .await
            .expect("temporary PostgreSQL server accepts connections");
        let create = format!("CREATE USER {user} SUPERUSER PASSWORD '{password}'");
        connection
            .execute(AssertSqlSafe(create))
            .await
            .expect("database user is created");
        drop(connection);
        let rules = format!("local all {user} scram-sha-256\nlocal all all trust\n");
        let file = self.directory.join("data/pg_hba.conf");
        std::fs::write(file, rules).expect("pg_hba.conf is written");
        self.restart_by_signal("INT").await;
        let sockets = self.directory.display();
        format!("postgres:///postgres?host={sockets}&user={user}&password={password}")
    }

    /// Returns the directory of data files and Unix socket.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the URL of a database. The database `postgres` exists from the start.
    pub fn database_url(&self, database: &str) -> String {
        let sockets = self.directory.display();
        format!("postgres:///{database}?host={sockets}&user=postgres")
    }
}

/// Finds a PostgreSQL program in `/usr/lib/postgresql` or `PATH`.
fn find_postgres_program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)));
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = std::env::split_paths(&in_path)
        .map(|folder| folder.join(name))
        .collect();
    versions
        .chain(in_path)
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!(
                "these tests need PostgreSQL: {name} was not found in PATH or /usr/lib/postgresql"
            )
        })
}

/// Builds a command that runs as the operating system user `postgres`, because PostgreSQL refuses to run as root.
pub(super) fn command_as_postgres_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    with_arguments(Command::new("setpriv"), |command| {
        command
            .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
            .arg(program)
    })
}

/// Returns whether the test process runs as root.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Returns the command after `add` has changed it.
fn with_arguments(mut command: Command, add: impl FnOnce(&mut Command) -> &mut Command) -> Command {
    add(&mut command);
    command
}

/// Runs a command. Panics with its error output if it fails.
fn run_command(mut command: impl std::borrow::BorrowMut<Command>) {
    let command = command.borrow_mut();
    let output = command.current_dir("/").output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
