//! Locks rows and tables of PostgreSQL, so that requests of a test wait at a known statement.

use sqlx::AnyConnection;
use tokio::task::JoinHandle;

use super::app::RunningApp;
use super::command::CommandOutput;

/// Locks all accounts until its transaction ends.
pub const LOCK_ACCOUNTS: &str = "BEGIN; UPDATE accounts SET full_name = full_name";
/// Locks all pending e-mail proofs until its transaction ends.
pub const LOCK_EMAIL_PROOFS: &str = "BEGIN; UPDATE email_proofs SET tries = tries";
/// Locks all flows until its transaction ends.
pub const LOCK_FLOWS: &str = "BEGIN; UPDATE flows SET version = version";
/// Locks all notifications until its transaction ends.
pub const LOCK_OUTBOX: &str = "BEGIN; UPDATE outbox SET repeats = repeats";
/// Locks all recoveries until its transaction ends.
pub const LOCK_RECOVERIES: &str = "BEGIN; UPDATE recoveries SET opened_at = opened_at";

impl RunningApp {
    /// Locks all accounts until the returned connection is dropped.
    pub async fn lock_accounts(&self) -> AnyConnection {
        self.execute_and_keep_connection(LOCK_ACCOUNTS).await
    }

    /// Starts two tasks while the statement `lock` has locked the rows that both need. Releases the rows when both
    /// wait, and returns the results.
    ///
    /// PostgreSQL gives the rows to `first`, which began to wait first. A deadlock follows if `second` has already
    /// locked what `first` needs next.
    pub async fn run_while_locked<A, B>(
        &self,
        lock: &'static str,
        first: impl FnOnce() -> JoinHandle<A>,
        second: impl FnOnce() -> JoinHandle<B>,
    ) -> (A, B) {
        self.run_around_action_while_locked(lock, first, async {}, |()| second())
            .await
    }

    /// Starts two tasks in the same way as [`Self::run_while_locked`]. Runs `action` when `first` waits, and passes its
    /// result to `second`.
    pub async fn run_around_action_while_locked<A, B, T>(
        &self,
        lock: &'static str,
        first: impl FnOnce() -> JoinHandle<A>,
        action: impl Future<Output = T>,
        second: impl FnOnce(T) -> JoinHandle<B>,
    ) -> (A, B) {
        let lock = self.execute_and_keep_connection(lock).await;
        let first = first();
        self.wait_for_waiting_transactions(1).await;
        let second = second(action.await);
        self.wait_for_waiting_transactions(2).await;
        drop(lock);
        let first = first.await.expect("the first task ends");
        (first, second.await.expect("the second task ends"))
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
