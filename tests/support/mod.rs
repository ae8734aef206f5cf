//! The test harness: real processes, real HTTP, real databases.

mod app;
pub mod authenticator;
mod browser;
pub mod call;
mod command;
pub mod page;
pub mod payment;
mod person;
mod pool;
mod postgres;
mod probe;
mod process;
mod program;
mod provider;
mod reply;
mod scratch;
mod simulator;
mod stream;
pub mod webhook;
pub mod wire;

pub use app::{Database, TestApp, sallyport};
pub use authenticator::Authenticator;
pub use browser::Browser;
pub use person::Person;
pub use probe::Probe;
pub use process::Process;
pub use program::{Answer, CONFIRM, INITIATE, Program};
pub use provider::Provider;
pub use reply::Reply;
pub use simulator::{Phone, Simulator};
pub use stream::Stream;

/// Runs each of these tests on SQLite and on PostgreSQL: `on_both_databases![name, …]`.
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

/// A code that is certainly not this one.
pub fn wrong(code: &str) -> String {
    let other = |digit| if digit == '7' { '3' } else { '7' };
    code.chars().map(other).collect()
}
