//! The composition root of the program: builds and runs the server from the configuration.

mod app_state;
mod background_tasks;
mod clock_comparison;
mod clock_watch;
mod core_dumps;
mod embedded_simulator;
mod limit_key;
mod measured_provider;
mod metrics_server;
mod notification_transports;
mod provider;
mod readiness;
mod router;
mod serve;
mod standalone_simulator;
mod start_error;
pub mod telemetry;

pub use self::serve::serve;
pub use self::standalone_simulator::{load_standalone_simulator_config, run_standalone_simulator};
pub use self::start_error::StartError;
