//! Temporary pgbouncer servers in front of a temporary PostgreSQL server.

use std::path::PathBuf;
use std::process::Command;

use tokio::net::UnixListener;

use super::postgres::{Postgres, command_as_postgres_user};
use super::process::Process;
use super::wire::TIMEOUT;

/// A temporary pgbouncer that listens on a Unix socket in the directory of its PostgreSQL server.
pub struct PgBouncer {
    _process: Process,
    directory: PathBuf,
    port: u16,
}

impl PgBouncer {
    /// Starts pgbouncer with `pool_mode` and further settings, one per line.
    ///
    /// `port` only names the socket. Each pgbouncer of one server needs a different one. A setting in
    /// `settings` replaces the default of the same name.
    pub async fn start(server: &Postgres, port: u16, pool_mode: &str, settings: &str) -> Self {
        let directory = server.directory().to_owned();
        let sockets = directory.display();
        let users = directory.join(format!("users-{port}.txt"));
        std::fs::write(&users, "\"postgres\" \"\"\n").expect("user list is written");
        let configuration = directory.join(format!("pgbouncer-{port}.ini"));
        let text = format!(
            "[databases]\n* = host={sockets}\n[pgbouncer]\nlisten_addr =\nlisten_port = {port}\n\
             unix_socket_dir = {sockets}\nauth_type = trust\nauth_file = {}\npool_mode = {pool_mode}\n\
             ignore_startup_parameters = extra_float_digits\n{settings}\n",
            users.display()
        );
        std::fs::write(&configuration, text).expect("configuration is written");
        let mut command: Command = command_as_postgres_user(&find_pgbouncer());
        command.arg(&configuration).current_dir(&directory);
        let mut process = Process::start(&command, "INT", None).await;
        process.wait_for_output("process up").await;
        Self {
            _process: process,
            directory,
            port,
        }
    }

    /// Returns the URL of a database through this pgbouncer.
    pub fn database_url(&self, database: &str) -> String {
        self.database_url_with_port(database, self.port)
    }

    /// Returns the URL of a database through the socket with this port.
    fn database_url_with_port(&self, database: &str, port: u16) -> String {
        let sockets = self.directory.display();
        format!("postgres:///{database}?host={sockets}&port={port}&user=postgres")
    }

    /// Returns the path of the socket with this port.
    fn socket_path(&self, port: u16) -> PathBuf {
        self.directory.join(format!(".s.PGSQL.{port}"))
    }

    /// Opens a socket at which this pgbouncer starts to accept connections later. Each socket needs a different `port`.
    pub fn open_late_socket(&self, port: u16) -> LateSocket<'_> {
        let listener = UnixListener::bind(self.socket_path(port)).expect("socket is created");
        LateSocket {
            pooler: self,
            port,
            listener,
        }
    }
}

/// A Unix socket at which pgbouncer starts to accept connections during the test.
pub struct LateSocket<'a> {
    pooler: &'a PgBouncer,
    port: u16,
    listener: UnixListener,
}

impl LateSocket<'_> {
    /// Returns the URL of a database through this socket.
    pub fn database_url(&self, database: &str) -> String {
        self.pooler.database_url_with_port(database, self.port)
    }

    /// Closes the first connection without an answer. All later connections reach pgbouncer.
    pub async fn refuse_first_connection(self) {
        let accepted = tokio::time::timeout(TIMEOUT, self.listener.accept()).await;
        let (first, _) = accepted
            .expect("connection arrives in time")
            .expect("connection is accepted");
        let socket = self.pooler.socket_path(self.port);
        let link = socket.with_extension("link");
        std::os::unix::fs::symlink(self.pooler.socket_path(self.pooler.port), &link)
            .expect("link is created");
        std::fs::rename(&link, &socket).expect("link replaces the socket");
        drop(first);
    }
}

/// Finds the pgbouncer program in `PATH` or in `/usr/sbin`, where Debian installs it.
fn find_pgbouncer() -> PathBuf {
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&in_path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("pgbouncer"))
        .find(|file| file.is_file())
        .expect("pgbouncer is in PATH or /usr/sbin; install it")
}
