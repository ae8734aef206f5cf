//! The composition root: from a configuration to a running server.

mod clock;
mod clock_watch;
mod embedded_simulator;
mod mail;
mod provider;
mod router;
mod standalone_simulator;
pub mod telemetry;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::clock::SimulatorClock;
use self::embedded_simulator::EmbeddedSimulator;
pub use self::standalone_simulator::{simulate, simulator_configuration};
use crate::auth::purposes::payment::settle;
use crate::config::{CaptchaKind, Config};
use crate::context::SystemClock;
use crate::context::{AppState, Limits, Policy, SharedAppState};
use crate::http::accept_loop::{self, ConnectionLimits};
use crate::http::site::Site;
use crate::notifications::dispatch;
use crate::payments::{Ledger, Payments};
use crate::security::captcha::{Captcha, Difficulty, NoCaptcha, ProofOfWork};
use crate::security::keyring::Keyring;
use crate::security::password::Hasher;
use crate::security::phone_rules::PhoneRules;
use crate::security::rate_limit::Slowdown;
use crate::store::change_feed::Changes;
use crate::store::{self, Store};
use domain::routes;
use domain::{Clock, CodeLength};

/// Why the server did not start; said to whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the database cannot be opened: {0}")]
    Store(#[from] store::StoreError),
    #[error("the provider client cannot be set up: {0}")]
    Provider(String),
    #[error("the mail client cannot be set up: {0}")]
    Mail(String),
    #[error("the password hasher cannot be set up: {0}")]
    Hasher(String),
    #[error("the CAPTCHA cannot be set up: {0}")]
    Captcha(String),
    #[error("SALLYPORT_DEFAULT_COUNTRY or SALLYPORT_ALLOWED_COUNTRIES: {0}")]
    Phone(String),
}

/// How long a challenge is accepted after its page was rendered (REG-09).
const CAPTCHA_LIFE: Duration = Duration::from_mins(5);
/// How often what nobody needs any more is cleared away.
const CLEAN_EVERY: Duration = Duration::from_mins(5);
/// How often payments that hang, or that nobody confirmed, are looked after.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// How long detached work may take to finish after the last request (DUR-08).
const GRACE: Duration = Duration::from_secs(30);

/// Serves until `stop` is cancelled; what was begun by then is finished.
pub async fn serve(config: Config, site: Site, stop: CancellationToken) -> Result<(), StartError> {
    // Leptos renders on this runtime; a second call would only find it set.
    drop(any_spawner::Executor::init_tokio());
    let listener = bind(config.server.listen).await?;
    let address = listener.local_addr().unwrap_or(config.server.listen);
    let simulator = EmbeddedSimulator::start(&config, address, &stop).await?;
    let transports = mail::transports(&config, simulator.as_ref())?;
    let app = Arc::new(context(&config, simulator.as_ref(), &stop).await?);
    let cleaner = tokio::spawn(keep_clean(SharedAppState::clone(&app), stop.clone()));
    tokio::spawn(clock_watch::watch_clock(
        SharedAppState::clone(&app),
        stop.clone(),
    ));
    tokio::spawn({
        let (app, url) = (
            SharedAppState::clone(&app),
            config.store.url.expose().to_owned(),
        );
        async move { app.change_feed.watch(&url).await }
    });
    let payments = tokio::spawn(keep_paying(SharedAppState::clone(&app), stop.clone()));
    // Not `stop`: requests that are still finishing may tell somebody.
    let idle = CancellationToken::new();
    let dispatcher = tokio::spawn(dispatch(
        SharedAppState::clone(&app),
        transports,
        idle.clone(),
    ));

    announce(&config, address, simulator.as_ref());
    let limits = ConnectionLimits {
        head_timeout: config.http.header_read_timeout,
        max_connections: config.http.max_connections,
        ..ConnectionLimits::default()
    };
    accept_loop::run(
        listener,
        router::app(&config, address, &site, SharedAppState::clone(&app)),
        limits,
        stop,
    )
    .await;

    app.tasks.close();
    let finishing = async {
        app.tasks.wait().await;
        idle.cancel();
        // Its own end is the only thing it could fail at.
        drop(dispatcher.await);
    };
    if tokio::time::timeout(GRACE, finishing).await.is_err() {
        tracing::warn!("stopped with work unfinished");
    }
    cleaner.abort();
    payments.abort();
    app.store.close().await;
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })
}

async fn context(
    config: &Config,
    embedded: Option<&EmbeddedSimulator>,
    stop: &CancellationToken,
) -> Result<AppState, StartError> {
    let clock: Arc<dyn Clock> = match embedded {
        // One clock for both, so that moving time in development moves it everywhere.
        Some(embedded) => Arc::new(SimulatorClock(embedded.simulator.clock())),
        None => Arc::new(SystemClock),
    };
    let hasher = Hasher::configured(&config.password)
        .map_err(|error| StartError::Hasher(error.to_string()))?;
    let phone_rules = PhoneRules::configured(&config.phone)
        .map_err(|error| StartError::Phone(error.to_string()))?;
    let store = Store::open(config.store.url.expose()).await?;
    Ok(AppState {
        payments: Payments {
            threshold: config.payments.threshold,
            processor: Arc::new(Ledger::new(store.clone())),
            flow_token_key: subkey(config, b"payments").to_vec(),
        },
        store,
        verifier: provider::verifier(
            config,
            embedded.map(|simulator| simulator.address),
            Arc::clone(&clock),
        )?,
        clock,
        captcha: captcha(config)?,
        hasher,
        phone_rules,
        limits: limits(config),
        policy: Policy {
            mfa: config.accounts.mfa,
            enumeration: config.accounts.enumeration,
        },
        outbox_wake: Notify::new(),
        change_feed: Changes::new(stop.clone()),
        tasks: TaskTracker::new(),
        keyring: keyring(config),
        bucket_key: subkey(config, b"limits").to_vec(),
    })
}

fn captcha(config: &Config) -> Result<Arc<dyn Captcha>, StartError> {
    match config.captcha.kind {
        CaptchaKind::ProofOfWork => {
            let difficulty = Difficulty {
                cost: config.captcha.cost,
                ..Difficulty::default()
            };
            let key = subkey(config, b"captcha");
            let captcha = ProofOfWork::new(&key, difficulty, CAPTCHA_LIFE)
                .map_err(|error| StartError::Captcha(error.to_string()))?;
            Ok(Arc::new(captcha))
        }
        CaptchaKind::None => Ok(Arc::new(NoCaptcha)),
    }
}

/// A key of its own for each use of the one secret (NIST SP 800-108: a keyed hash of a label).
fn subkey(config: &Config, label: &[u8]) -> [u8; 32] {
    derived(config.keys.secret_key.expose(), label)
}

fn derived(secret: &[u8], label: &[u8]) -> [u8; 32] {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    // HMAC takes keys of any length; this cannot fail.
    Hmac::<sha2::Sha256>::new_from_slice(secret)
        .map(|mac| mac.chain_update(label).finalize().into_bytes().into())
        .unwrap_or_default()
}

/// The keys for what is sealed in the database: today's, and those it replaced.
fn keyring(config: &Config) -> Keyring {
    let key = |secret: &[u8]| derived(secret, b"at rest");
    let previous = config.keys.previous_secret_keys.iter();
    Keyring::new(
        &key(config.keys.secret_key.expose()),
        previous.map(|secret| key(secret.expose())),
    )
}

fn limits(config: &Config) -> Limits {
    let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let limits = &config.limits;
    Limits {
        code_length: CodeLength::new(config.provider.digits()).unwrap_or(CodeLength::SIX),
        tries_per_code: limits.tries_per_code,
        resend_gap: limits.resend_gap,
        sends_per_number_per_hour: count(limits.sends_per_number_per_hour),
        sends_per_source_per_hour: count(limits.sends_per_source_per_hour),
        sends_per_account_per_day: count(limits.sends_per_account_per_day),
        factor_failures_per_day: count(limits.factor_failures_per_day),
        phone_change_cooldown: limits.cooldown,
        password_slowdown: Slowdown {
            free: count(limits.password_failures),
            first: limits.password_delay,
            longest: limits.password_delay_max,
        },
        sign_ins_per_source_per_hour: count(limits.logins_per_source_per_hour),
        registrations_per_source_per_hour: count(limits.registrations_per_source_per_hour),
        payments_per_account_per_hour: count(limits.payments_per_account_per_hour),
        calls_per_client_per_hour: count(limits.calls_per_client_per_hour),
        accounts_per_phone: 5,
        session_idle: config.session.idle,
        session_absolute: config.session.absolute,
    }
}

async fn keep_clean(app: SharedAppState, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(CLEAN_EVERY) => {}
        }
        if let Err(error) = store::clean(&app.store, app.now()).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old rows could not be cleared away"
            );
        }
    }
}

/// Finishes the payments a process that is gone left open, then looks after them for good.
async fn keep_paying(app: SharedAppState, stop: CancellationToken) {
    let mut looked = settle::resume(&app).await;
    loop {
        if let Err(error) = looked {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "payments could not be looked after"
            );
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
        looked = settle::sweep(&app).await;
    }
}

/// Says on standard output where to click.
#[expect(
    clippy::print_stdout,
    reason = "this is the program's answer to whoever started it"
)]
fn announce(config: &Config, address: SocketAddr, embedded: Option<&EmbeddedSimulator>) {
    let origin = config.server.public_origin(address);
    println!("Sallyport is listening on http://{address}");
    println!("  Create an account   {origin}{}", routes::REGISTER);
    println!("  Sign in             {origin}{}", routes::LOGIN);
    if let Some(simulator) = embedded {
        println!(
            "Phone simulator is listening on http://{}",
            simulator.address
        );
        println!("  Every code and mail arrives there: open it beside the app.");
        println!("Mail simulator is listening on smtp://{}", simulator.smtp);
    }
}
