//! The test harness. It starts the program, calls it over HTTP, and reads its database.

mod api_client;
mod app;
pub mod attack;
pub mod authenticator;
mod browser;
pub mod call;
mod command;
mod database_probe;
pub mod page;
pub mod payment;
mod postgres;
mod process;
mod provider;
mod reply;
mod scratch;
mod simulator;
mod stream;
mod user;
pub mod webhook;
pub mod wire;

pub use api_client::{Answer, ApiClient, CONFIRM, INITIATE};
pub use app::{Database, TestApp, sallyport};
pub use authenticator::Authenticator;
pub use browser::Browser;
pub use database_probe::DatabaseProbe;
pub use process::Process;
pub use provider::Provider;
pub use reply::Reply;
pub use simulator::{Phone, Simulator};
pub use stream::Stream;
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

/// A code that differs from `code` in every digit.
pub fn wrong_code(code: &str) -> String {
    let other_digit = |digit| if digit == '7' { '3' } else { '7' };
    code.chars().map(other_digit).collect()
}
