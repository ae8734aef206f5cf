//! Starts the server, serves requests until it is stopped, and shuts it down.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::app_state::build_app_state;
use super::background_tasks::{run_account_erasure, run_database_cleanup, run_payment_sweep};
use super::clock_comparison::watch_difference_to_database_clock;
use super::clock_watch::watch_clock_for_jumps;
use super::core_dumps::disable_core_dumps;
use super::embedded_simulator::EmbeddedSimulator;
use super::metrics_server::MetricsServer;
use super::notification_transports::build_notification_transports;
use super::router::{build_application_router, configured_trusted_proxies};
use super::start_error::{StartError, bind_tcp_listener};
use crate::config::{Config, DatabaseKind, Mode};
use crate::context::SharedAppState;
use crate::http::accept_loop::{self, ConnectionLimits};
use crate::http::open_files::FileBudget;
use crate::http::site::Site;
use crate::notifications::run_dispatcher;
use domain::routes;

/// The maximum time that background tasks may take to finish after the last request.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs the server until `stop` is cancelled, then waits for running requests and background tasks to finish.
///
/// # Errors
///
/// Fails if the listening address is in use, or if the database or a client cannot be set up.
///
/// The future is boxed, so that Cargo compiles its code once, with the library. The compiler would otherwise compile the
/// code of an `async fn` again for each program that awaits it: for the program and for its test harness.
pub fn serve(
    config: Config,
    site: Site,
    stop: CancellationToken,
) -> Pin<Box<dyn Future<Output = Result<(), StartError>>>> {
    Box::pin(serve_until_stopped(config, site, stop))
}

/// Runs the server until `stop` is cancelled. [`serve`] boxes this future.
async fn serve_until_stopped(
    config: Config,
    site: Site,
    stop: CancellationToken,
) -> Result<(), StartError> {
    disable_core_dumps();
    // Leptos renders on this runtime. A second call fails without effect.
    drop(any_spawner::Executor::init_tokio());
    let files = FileBudget::raise_open_file_limit_and_divide_files(config.http.max_connections);
    let listener = bind_tcp_listener("SALLYPORT_LISTEN", config.server.listen).await?;
    let address = listener.local_addr().unwrap_or(config.server.listen);
    let metrics_server = MetricsServer::open_configured_listener(&config).await?;
    let simulator = EmbeddedSimulator::start_embedded_simulator(&config, address, &stop).await?;
    let transports = build_notification_transports(&config, address, simulator.as_ref())?;
    let app = Arc::new(build_app_state(&config, files, simulator.as_ref(), &stop).await?);
    let share = || SharedAppState::clone(&app);

    let cleanup = tokio::spawn(run_database_cleanup(share(), stop.clone()));
    tokio::spawn(watch_clock_for_jumps(share(), stop.clone()));
    tokio::spawn(watch_difference_to_database_clock(share(), stop.clone()));
    tokio::spawn({
        let (app, url) = (share(), config.store.url.expose().to_owned());
        async move { app.change_feed.broadcast_database_changes(&url).await }
    });
    let erasure = tokio::spawn(run_account_erasure(share(), stop.clone()));
    let payment_sweep = tokio::spawn(run_payment_sweep(share(), stop.clone()));
    // The dispatcher does not end at `stop`, because requests that finish later may still add notifications.
    let all_work_done = CancellationToken::new();
    let dispatcher = tokio::spawn(run_dispatcher(share(), transports, all_work_done.clone()));

    print_server_addresses(
        &config,
        address,
        simulator.as_ref(),
        metrics_server.as_ref(),
    );
    log_server_start(&config, address, metrics_server.as_ref());
    tokio::spawn({
        let stop = stop.clone();
        async move {
            stop.cancelled().await;
            tracing::info!(
                "server stopping: it accepts no new connections and finishes running requests"
            );
        }
    });
    let metrics_server =
        metrics_server.map(|server| tokio::spawn(server.serve_metrics(share(), stop.clone())));
    let limits = ConnectionLimits {
        head_timeout: config.http.header_read_timeout,
        max_connections: files.connections,
        max_connections_per_source: config.http.max_connections_per_source(files.connections),
        ..ConnectionLimits::default()
    };
    let router = build_application_router(&config, address, &site, share());
    accept_loop::serve_connections(
        listener,
        router,
        limits,
        configured_trusted_proxies(&config),
        stop,
    )
    .await;

    app.tasks.close();
    let finishing = async {
        app.tasks.wait().await;
        all_work_done.cancel();
        // An error means that the task panicked. The panic is logged where it occurs.
        drop(dispatcher.await);
    };
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, finishing)
        .await
        .is_err()
    {
        tracing::warn!(
            "background tasks did not finish within {SHUTDOWN_TIMEOUT:?} after the last request; they are aborted"
        );
    }
    cleanup.abort();
    erasure.abort();
    payment_sweep.abort();
    if let Some(server) = metrics_server {
        // An error means that the task panicked. The panic is logged where it occurs.
        drop(server.await);
    }
    app.store.close().await;
    tracing::info!("server stopped");
    Ok(())
}

/// Logs that the server has started, with its version, mode, kind of database and addresses.
fn log_server_start(config: &Config, address: SocketAddr, metrics_server: Option<&MetricsServer>) {
    let mode = match config.mode {
        Mode::Development => "development",
        Mode::Production => "production",
    };
    let database = match config.store.database {
        DatabaseKind::Sqlite => "sqlite",
        DatabaseKind::Postgres => "postgresql",
    };
    let metrics_address = metrics_server.map(|server| server.address.to_string());
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        mode,
        database,
        %address,
        metrics_address = metrics_address.as_deref(),
        "server started"
    );
}

/// Prints the URLs of the app, the embedded simulator and the metrics server to the terminal.
///
/// If standard output is closed, the server runs without it.
fn print_server_addresses(
    config: &Config,
    address: SocketAddr,
    embedded: Option<&EmbeddedSimulator>,
    metrics_server: Option<&MetricsServer>,
) {
    let origin = config.server.public_origin(address);
    let mut lines = vec![
        format!("Sallyport is listening on http://{address}"),
        format!("  Create an account   {origin}{}", routes::REGISTER),
        format!("  Sign in             {origin}{}", routes::LOGIN),
    ];
    if let Some(simulator) = embedded {
        lines.extend([
            format!(
                "Phone simulator is listening on http://{}",
                simulator.address
            ),
            "  Every code and mail arrives there: open it beside the app.".to_owned(),
            format!("Mail simulator is listening on smtp://{}", simulator.smtp),
        ]);
    }
    if let Some(server) = metrics_server {
        lines.push(format!(
            "Metrics server is listening on http://{}",
            server.address
        ));
    }
    if let Err(error) = writeln!(io::stdout(), "{}", lines.join("\n")) {
        tracing::warn!(%error, "printing the addresses of the server failed");
    }
}
