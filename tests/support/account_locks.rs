//! Locks rows and tables of PostgreSQL, so that requests of a test wait at a known statement.

use sqlx::AnyConnection;
use tokio::task::JoinHandle;

use super::app::RunningApp;
use super::command::CommandOutput;

impl RunningApp {
    /// Locks all accounts until the returned connection is dropped.
    pub async fn lock_accounts(&self) -> AnyConnection {
        self.execute_and_keep_connection("BEGIN; UPDATE accounts SET full_name = full_name")
            .await
    }

    /// Locks all rate limits until the returned connection is dropped. A password attempt then waits after it has read
    /// its account.
    pub async fn lock_rate_limits(&self) -> AnyConnection {
        self.execute_and_keep_connection("BEGIN; LOCK TABLE limit_buckets IN EXCLUSIVE MODE")
            .await
    }

    /// Waits until this number of transactions waits for a lock.
    pub async fn wait_for_waiting_transactions(&self, count: usize) {
        const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity \
                               WHERE wait_event_type = 'Lock' AND datname = current_database()";
        let count = i64::try_from(count).expect("number fits the type");
        let probe = self.open_database().await;
        probe.wait_for_number(WAITING, count).await;
    }

    /// Starts `sallyport user …` with this text as standard input, and does not wait until it exits.
    pub fn start_user_command(&self, arguments: &[&str], input: &str) -> JoinHandle<CommandOutput> {
        let (mut command, input) = (self.user_command(arguments), input.to_owned());
        tokio::task::spawn_blocking(move || CommandOutput::run(&mut command, &input))
    }
}
