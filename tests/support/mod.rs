//! The test harness: starts the program, calls it over HTTP, and reads its database.

use std::sync::atomic::{AtomicU64, Ordering};

pub mod account_locks;
mod account_states;
mod api_client;
mod app;
mod app_database;
pub mod attack;
pub mod authenticator;
pub mod brand;
mod browser;
pub mod call;
mod command;
pub mod database_faults;
mod database_probe;
pub mod email_proof;
mod export;
#[cfg(target_os = "linux")]
pub mod kept_connection;
mod launch;
pub mod lost_phone;
pub mod metrics;
pub mod page;
pub mod password_reset;
pub mod payment;
mod pgbouncer;
mod phone_change;
pub mod postgres;
mod process;
mod provider;
mod readiness;
mod reply;
mod scratch;
mod simulator;
mod stream;
pub mod timing;
mod user;
pub mod webhook;
pub mod wire;

pub use api_client::{
    ApiClient, ApiResponse, CONFIRM_PATH, INITIATE_PATH, alter_token, assert_countdown,
};
pub use app::{Database, RunningApp, TestApp, TestAppBuilder};
pub use authenticator::Authenticator;
pub use browser::Browser;
pub use database_probe::DatabaseProbe;
pub use launch::sallyport_command;
pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
pub use process::Process;
pub use provider::Provider;
pub use reply::FormResponse;
pub use simulator::{Phone, Simulator};
pub use stream::EventStream;
pub use user::User;

/// Runs each test on SQLite and on PostgreSQL: `on_both_databases![test_name, …]`.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$test(crate::support::Database::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgresql() {
                super::$test(crate::support::Database::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// Returns the error text for a wrong code when `left` attempts remain.
pub fn invalid_code_text(left: u32) -> String {
    let attempts = if left == 1 { "attempt" } else { "attempts" };
    format!("Invalid code. {left} {attempts} remaining.")
}

/// Returns a code that differs from `code`. Each call returns a different one, because repeating the last refused code
/// costs no attempt.
pub fn wrong_code(code: &str) -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let length = code.len();
    let codes = 10_u64.pow(u32::try_from(length).expect("code has few digits"));
    let offset = 1 + CALLS.fetch_add(1, Ordering::Relaxed) % (codes - 1);
    let number: u64 = code.parse().expect("code consists of digits");
    format!("{:0length$}", (number + offset) % codes)
}
