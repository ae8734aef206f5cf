//! Temporary PostgreSQL servers. Each listens on a Unix socket and is deleted with the test process. One serves all
//! tests of a run; a test that restarts its server has one of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::sync::OnceCell;

use super::process::Process;

/// A temporary PostgreSQL server.
pub struct Postgres {
    /// The running server last. The first one deletes the directory when it is dropped.
    processes: Vec<Process>,
    /// The directory of data and Unix socket.
    directory: PathBuf,
}

static CLUSTER: OnceCell<Postgres> = OnceCell::const_new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// Creates an empty database and returns its URL.
pub async fn fresh_database() -> String {
    let cluster = CLUSTER.get_or_init(Postgres::start).await;
    cluster.new_database().await
}

impl Drop for Postgres {
    fn drop(&mut self) {
        while let Some(process) = self.processes.pop() {
            drop(process);
        }
    }
}

impl Postgres {
    /// The URL of a new, empty database.
    pub async fn new_database(&self) -> String {
        let cluster = self;
        let name = format!("app_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut connection = sqlx::PgConnection::connect(&cluster.url("postgres"))
            .await
            .expect("the temporary server accepts connections");
        // Nothing connects to template0. A connection to the default template, such as autovacuum's, can delay the
        // command until it fails.
        connection
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {name} TEMPLATE template0"
            )))
            .await
            .expect("a database is created");
        cluster.url(&name)
    }

    /// A server of its own.
    pub async fn start() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("sallyport-pg-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let data = directory.join("data");
        if is_root() {
            run(Command::new("chown").arg("postgres:").arg(&directory));
        }
        let initdb = as_postgres(&postgres_program("initdb"));
        run(with(initdb, |command| {
            command
                .args(["--no-sync", "--auth=trust", "--username=postgres"])
                .args(["--encoding=UTF8", "--no-locale", "--pgdata"])
                .arg(&data)
        }));
        let mut server = Self {
            processes: Vec::new(),
            directory,
        };
        server.serve("ready to accept connections").await;
        server
    }

    /// Starts a server on the data, and waits until it reports `ready`.
    async fn serve(&mut self, ready: &str) {
        let (data, directory) = (self.directory.join("data"), &self.directory);
        let server = with(as_postgres(&postgres_program("postgres")), |command| {
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
        });
        // QUIT stops the server and all its backends at once.
        let to_delete = self.processes.is_empty().then_some(directory.as_path());
        let mut process = Process::start(&server, "QUIT", to_delete).await;
        process.wait_for_output(ready).await;
        self.processes.push(process);
    }

    /// Stops the server by a signal and starts it again: `INT` closes connections, `QUIT` ends like a crash
    /// (<https://www.postgresql.org/docs/current/server-shutdown.html>).
    pub async fn restart(&mut self, signal: &str) {
        let process = self.processes.last_mut().expect("a server runs");
        process.signal(signal);
        process.wait_for_exit().await;
        self.serve("ready to accept connections").await;
    }

    /// Starts the server again as a standby, which accepts no writes
    /// (<https://www.postgresql.org/docs/current/warm-standby.html>).
    pub async fn become_standby(&mut self) {
        let process = self.processes.last_mut().expect("a server runs");
        process.signal("INT");
        process.wait_for_exit().await;
        let file = self.directory.join("data/standby.signal");
        std::fs::write(file, "").expect("the file is written");
        self.serve("ready to accept read-only connections").await;
    }

    /// Executes statements on a database, as its superuser.
    pub async fn execute(&self, database: &str, statements: &str) {
        let mut connection = sqlx::PgConnection::connect(&self.url(database))
            .await
            .expect("the temporary server accepts connections");
        connection
            .execute(AssertSqlSafe(statements.to_owned()))
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Stops the server at once; its connections break.
    pub async fn stop(&mut self) {
        let process = self.processes.last_mut().expect("a server runs");
        process.signal("QUIT");
        process.wait_for_exit().await;
    }

    /// Creates a user that has to authenticate with this password, and returns its URL of a database.
    pub async fn add_user_with_password(&mut self, user: &str, password: &str) -> String {
        let mut connection = sqlx::PgConnection::connect(&self.url("postgres"))
            .await
            .expect("the temporary server accepts connections");
        let create = format!("CREATE USER {user} SUPERUSER PASSWORD '{password}'");
        connection
            .execute(AssertSqlSafe(create))
            .await
            .expect("a user is created");
        drop(connection);
        let rules = format!("local all {user} scram-sha-256\nlocal all all trust\n");
        let file = self.directory.join("data/pg_hba.conf");
        std::fs::write(file, rules).expect("the rules are written");
        self.restart("INT").await;
        let sockets = self.directory.display();
        format!("postgres:///postgres?host={sockets}&user={user}&password={password}")
    }

    /// The directory of data and Unix socket.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The URL of a database; `postgres` exists from the start.
    pub fn url(&self, database: &str) -> String {
        let sockets = self.directory.display();
        format!("postgres:///{database}?host={sockets}&user=postgres")
    }
}

/// The path of a PostgreSQL program.
fn postgres_program(name: &str) -> PathBuf {
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

/// A command that runs as the user `postgres`, because PostgreSQL refuses to run as root.
pub(super) fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    with(Command::new("setpriv"), |command| {
        command
            .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
            .arg(program)
    })
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn with(mut command: Command, add: impl FnOnce(&mut Command) -> &mut Command) -> Command {
    add(&mut command);
    command
}

fn run(mut command: impl std::borrow::BorrowMut<Command>) {
    let command = command.borrow_mut();
    let output = command.current_dir("/").output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
