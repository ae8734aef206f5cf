//! The `sallyport` program: reads the configuration and runs one command.

mod embedded;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sallyport::api_v1;
use sallyport::operator::{self, UserArguments};
use sallyport::serve;
use sallyport::server::config::Config;
use sallyport::server::store::Store;
use sallyport::server::telemetry;
use sallyport::simulator;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Self-hosted sign-in with mandatory phone verification.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the application (the default); in development with the provider simulator beside it.
    Serve,
    /// Serve the provider simulator alone, for any project's tests.
    Simulator,
    /// Bring the database up to date and stop.
    Migrate,
    /// Print the OpenAPI document of the JSON API.
    Openapi,
    /// Make, import, list and change accounts.
    User(UserArguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Serve);
    match run(command).await {
        Ok(code) => code,
        Err(message) => {
            eprintln!("sallyport: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, String> {
    if let Command::Openapi = command {
        // The same whatever is configured.
        println!("{}", api_v1::openapi::json());
        return Ok(ExitCode::SUCCESS);
    }
    let config = load()?;
    telemetry::start(&config.log);
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    // One TLS implementation for everything; a second call would only find it set.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match command {
        Command::Serve => serve::serve(config, embedded::site(), stop_on_signal()?)
            .await
            .map_err(|error| error.to_string())?,
        Command::Simulator => simulate(&config, stop_on_signal()?).await?,
        Command::Migrate => migrate(&config).await?,
        Command::Openapi => {}
        // A signal ends it at once, as it does any tool: what was committed by then stays.
        Command::User(arguments) => {
            return operator::run(arguments, &config)
                .await
                .map_err(|error| error.to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn load() -> Result<Config, String> {
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let here = std::env::current_dir().map_err(|error| format!("no working directory: {error}"))?;
    Config::load(env, &here)
        .map_err(|errors| format!("the configuration cannot be used.\n{errors}"))
}

async fn simulate(config: &Config, stop: CancellationToken) -> Result<(), String> {
    let address: SocketAddr = config.provider.simulator.listen;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let bound = listener.local_addr().unwrap_or(address);
    println!("Phone simulator is listening on http://{bound}");
    let smtp = config.provider.simulator.smtp_listen;
    let mailbox = tokio::net::TcpListener::bind(smtp)
        .await
        .map_err(|error| format!("cannot listen on {smtp}: {error}"))?;
    let smtp = mailbox.local_addr().unwrap_or(smtp);
    println!("Mail simulator is listening on smtp://{smtp}");
    let simulator = simulator::Simulator::new(serve::simulator_settings(config, None));
    tokio::spawn(simulator::receive_mail(
        simulator.clone(),
        mailbox,
        stop.clone(),
    ));
    let router = simulator::router(simulator);
    let limits = sallyport::server::http::serve::ServeLimits::default();
    sallyport::server::http::serve::serve(listener, router, limits, stop).await;
    Ok(())
}

async fn migrate(config: &Config) -> Result<(), String> {
    let store = Store::open(config.store.url.expose())
        .await
        .map_err(|error| error.to_string())?;
    store.close().await;
    println!("The database is up to date.");
    Ok(())
}

/// A token that is cancelled by the first SIGINT or SIGTERM.
fn stop_on_signal() -> Result<CancellationToken, String> {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stopping.cancel();
    });
    Ok(stop)
}
