//! The program `verify-simulator`.

use std::process::ExitCode;

use clap::Parser;
use simulator::{
    SimulatorArguments, StandaloneConfig, parse_log_filter, serve_standalone_simulator,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Crates that log request bodies and mails below the level `info`.
const VERBOSE_CRATES: [&str; 5] = ["h2", "hyper", "mailin", "reqwest", "rustls"];

/// The command line of `verify-simulator`.
#[derive(Parser)]
#[command(name = "verify-simulator", version)]
struct CommandLine {
    #[command(flatten)]
    arguments: SimulatorArguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = CommandLine::parse().arguments;
    match run_simulator(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("verify-simulator: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the simulator until SIGINT or SIGTERM.
async fn run_simulator(arguments: &SimulatorArguments) -> Result<(), String> {
    start_logging()?;
    let environment = std::env::vars_os();
    let config = StandaloneConfig::load_arguments_and_environment(arguments, environment)
        .map_err(|error| error.to_string())?;
    serve_standalone_simulator(config, create_shutdown_token_for_signals()?)
        .await
        .map_err(|error| error.to_string())
}

/// Starts logging to standard error.
///
/// The environment variable `SALLYPORT_LOG` sets the filter, such as `simulator=debug,warn`.
fn start_logging() -> Result<(), String> {
    let filter = std::env::var("SALLYPORT_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = parse_log_filter(&filter)?;
    let filter = filter.with_targets(VERBOSE_CRATES.map(|name| (name, LevelFilter::INFO)));
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(filter)
        .init();
    Ok(())
}

/// Returns a cancellation token that the first SIGINT or SIGTERM cancels.
fn create_shutdown_token_for_signals() -> Result<CancellationToken, String> {
    let stop = CancellationToken::new();
    let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    let cancelled = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(stop)
}
