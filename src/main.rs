//! The `sallyport` program: reads the configuration and runs one command.

mod embedded;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use sallyport::boot::{self, StartError, telemetry};
use sallyport::cli::{self, AfterRestoreArguments, CommandError, UserArguments};
use sallyport::config::{BrandConfig, Config, LogFormat, reference};
use sallyport::json_api;
use sallyport::store::Store;
use simulator::SimulatorArguments;
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
    /// Serve the application (the default). Development also serves the provider simulator.
    Serve,
    Simulator(SimulatorArguments),
    /// Create the database if it does not exist, run the pending migrations, and stop.
    Migrate,
    /// Print the OpenAPI document of the JSON API.
    Openapi,
    /// Check the configuration, or print documents about it.
    Config(ConfigArguments),
    /// Create, import, list and change accounts.
    User(UserArguments),
    /// End the sessions, flows, links and codes that a restored backup has made valid again. Run it before `serve`.
    AfterRestore(AfterRestoreArguments),
}

#[derive(Args)]
struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Read the configuration as `serve` does, print its errors and warnings, and stop.
    Check,
    /// Print the configuration reference as Markdown.
    Reference,
    /// Print a configuration file with every setting and its default.
    Example,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command.unwrap_or(Command::Serve);
    match run_command(command).await {
        Ok(code) => code,
        Err(message) => {
            print_error(&message);
            ExitCode::FAILURE
        }
    }
}

/// Runs one command of the program. Returns its exit code, or the error message to print.
async fn run_command(command: Command) -> Result<ExitCode, String> {
    // These commands run without database and log.
    match &command {
        Command::Openapi => {
            let document = json_api::openapi::render_openapi_document(&BrandConfig::default().name);
            print_output(&format!("{document}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config(arguments) => {
            match arguments.command {
                ConfigCommand::Check => check_configuration(&command)?,
                ConfigCommand::Reference => {
                    print_output(&reference::render_configuration_reference())?;
                }
                ConfigCommand::Example => {
                    print_output(&reference::render_example_configuration())?;
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let config = load_config_for_command(&command)?;
    telemetry::start_logging(&config.log);
    for warning in config.list_setting_warnings() {
        tracing::warn!("{warning}");
    }
    // All TLS connections use this implementation. A second call fails without effect.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match command {
        Command::Serve => {
            let format = config.log.format;
            let stop = create_signal_cancellation_token()?;
            if let Err(error) = boot::serve(config, embedded::load_site(), stop).await {
                return report_failed_start(&error, format);
            }
        }
        Command::Simulator(arguments) => {
            boot::run_standalone_simulator(
                &arguments,
                &config,
                create_signal_cancellation_token()?,
            )
            .await
            .map_err(|error| error.to_string())?;
        }
        Command::Migrate => migrate_database(&config).await?,
        Command::Openapi | Command::Config(_) => {}
        // A signal ends this command at once. Committed changes are kept.
        Command::User(arguments) => {
            return cli::run_user_command(arguments, &config)
                .await
                .map_err(|error| error.to_string());
        }
        Command::AfterRestore(arguments) => {
            return cli::run_after_restore_command(arguments, &config)
                .await
                .map_err(|error| error.to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the warnings of a valid configuration. The error lists all errors of an invalid one. Creates no key file.
fn check_configuration(command: &Command) -> Result<(), String> {
    let config = load_config_for_command(command)?;
    for warning in config.list_setting_warnings() {
        print_error(&format!("warning: {warning}"));
    }
    print_output("The configuration can be used.\n")
}

/// Reports that the server did not start: as an event if the log is JSON, otherwise as the error message to print.
fn report_failed_start(error: &StartError, format: LogFormat) -> Result<ExitCode, String> {
    // The filter of the log can exclude the event.
    if format == LogFormat::Json && tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!("the server did not start: {error}");
        return Ok(ExitCode::FAILURE);
    }
    Err(error.to_string())
}

/// Writes a message to standard error. If standard error is closed, the message is lost.
fn print_error(message: &str) {
    let _ = writeln!(io::stderr(), "sallyport: {message}");
}

/// Writes a text to standard output. The error message says why that failed, for example because the pipe is closed.
fn print_output(text: &str) -> Result<(), String> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|error| CommandError::Write(error).to_string())
}

/// Loads the configuration that a command needs from environment variables and `sallyport.toml`.
fn load_config_for_command(command: &Command) -> Result<Config, String> {
    let env = std::env::vars_os();
    let cwd = std::env::current_dir()
        .map_err(|error| format!("the working directory cannot be read: {error}"))?;
    let config = match command {
        Command::Simulator(arguments) => {
            boot::load_standalone_simulator_config(arguments, env, &cwd)
        }
        Command::Config(_) => Config::load_config_without_key_file(env, &cwd),
        _ => Config::load_and_validate_config(env, &cwd),
    };
    config.map_err(|errors| format!("the configuration cannot be used.\n{errors}"))
}

/// Runs the pending database migrations.
async fn migrate_database(config: &Config) -> Result<(), String> {
    let store = Store::open(config.store.url.expose())
        .await
        .map_err(|error| error.to_string())?;
    store.close().await;
    print_output("The database is up to date.\n")
}

/// Returns a token that is cancelled at the first SIGINT or SIGTERM.
fn create_signal_cancellation_token() -> Result<CancellationToken, String> {
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
