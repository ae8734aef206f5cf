//! Temporary pgbouncer servers in front of a temporary PostgreSQL server.

use std::path::PathBuf;
use std::process::Command;

use super::postgres::{Postgres, as_postgres};
use super::process::Process;

/// A temporary pgbouncer. It listens on a Unix socket in the directory of its PostgreSQL server.
pub struct PgBouncer {
    _process: Process,
    directory: PathBuf,
    port: u16,
}

impl PgBouncer {
    /// Starts pgbouncer with `pool_mode` and further settings, one a line. `port` only names the socket; each pgbouncer
    /// of one server has its own.
    pub async fn start(server: &Postgres, port: u16, pool_mode: &str, settings: &str) -> Self {
        let directory = server.directory().to_owned();
        let sockets = directory.display();
        let users = directory.join(format!("users-{port}.txt"));
        std::fs::write(&users, "\"postgres\" \"\"\n").expect("the list of users is written");
        let configuration = directory.join(format!("pgbouncer-{port}.ini"));
        let text = format!(
            "[databases]\n* = host={sockets}\n[pgbouncer]\nlisten_addr =\nlisten_port = {port}\n\
             unix_socket_dir = {sockets}\nauth_type = trust\nauth_file = {}\npool_mode = {pool_mode}\n\
             ignore_startup_parameters = extra_float_digits\n{settings}\n",
            users.display()
        );
        std::fs::write(&configuration, text).expect("the configuration is written");
        let mut command: Command = as_postgres(&program());
        command.arg(&configuration).current_dir(&directory);
        let mut process = Process::start(&command, "INT", None).await;
        process.wait_for_output("process up").await;
        Self {
            _process: process,
            directory,
            port,
        }
    }

    /// The URL of a database through this pgbouncer.
    pub fn url(&self, database: &str) -> String {
        let (sockets, port) = (self.directory.display(), self.port);
        format!("postgres:///{database}?host={sockets}&port={port}&user=postgres")
    }
}

/// Debian installs the program outside the path of users.
fn program() -> PathBuf {
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&in_path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("pgbouncer"))
        .find(|file| file.is_file())
        .expect("these tests need pgbouncer in PATH or /usr/sbin")
}
