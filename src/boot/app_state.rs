//! Builds [`AppState`] from the configuration.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock_comparison::require_clock_near_database_clock;
use super::embedded_simulator::EmbeddedSimulator;
use super::limit_key::load_or_create_rate_limit_key;
use super::provider;
use super::start_error::StartError;
use crate::config::{CaptchaKind, Config, Mode, VendorConfig};
use crate::context::{
    ACCOUNTS_PER_PHONE, AppState, ClockHealth, DeliveryHealth, Limits, Policy, SystemClock,
};
use crate::hashing::Hasher;
use crate::http::open_files::FileBudget;
use crate::metrics::Metrics;
use crate::payments::{CumulativeLimit, Ledger, Payments};
use crate::security::captcha::{
    Captcha, Difficulty, NoCaptcha, ProofOfWork, VendorCaptcha, VendorSettings,
};
use crate::security::derived_keys::{self, derive_key, derive_previous_keys};
use crate::security::device::DeviceKeys;
use crate::security::phone_rules::PhoneRules;
use crate::security::rate_limit::Slowdown;
use crate::store::change_feed::ChangeFeed;
use crate::store::{Access, Store};
use domain::{Clock, CodeLength, Timestamp};
use verify::build_api_http_client;

/// How long a CAPTCHA challenge is accepted after its page was rendered.
const CAPTCHA_LIFETIME: Duration = Duration::from_mins(5);

/// How long a request to the CAPTCHA service that checks a user's solution may take.
const CAPTCHA_TIMEOUT: Duration = Duration::from_secs(3);

/// The labels of keys that are derived from the secret key. Each use has a different label, so its key differs.
const DEVICES: &[u8] = b"devices";
const PAYMENTS: &[u8] = b"payments";
const CAPTCHA: &[u8] = b"captcha";

/// Builds the application state shared by all requests: opens the database and creates the clients of other services.
///
/// `file_budget` contains the maximum number of concurrent calls to the phone provider. Cancelling `stop` ends the
/// subscription to database changes.
pub(super) async fn build_app_state(
    config: &Config,
    file_budget: FileBudget,
    embedded: Option<&EmbeddedSimulator>,
    stop: &CancellationToken,
) -> Result<AppState, StartError> {
    let clock: Arc<dyn Clock> = match embedded {
        // App and simulator use one clock, so a test that advances it affects both.
        Some(embedded) => Arc::new(SimulatorClock(embedded.simulator.clock())),
        None => Arc::new(SystemClock),
    };
    let metrics: Arc<Metrics> = Arc::default();
    let hasher = Hasher::from_config(&config.password, Arc::clone(&metrics))
        .map_err(|error| StartError::Hasher(error.to_string()))?;
    let phone_rules = PhoneRules::from_config(&config.phone)
        .map_err(|error| StartError::Phone(error.to_string()))?;
    let access = Access::Serve {
        create: config.mode == Mode::Development,
    };
    let store = Store::open_with_access(config.store.url.expose(), access).await?;
    require_clock_near_database_clock(&store).await?;
    let store = store.with_metrics(Arc::clone(&metrics));
    let keyring = derived_keys::derive_keyring(&config.keys);
    let bucket_key = match load_or_create_rate_limit_key(&store, &keyring, config).await {
        Err(StartError::Query(error)) => {
            let explanation = store.location().explain_database_error(&error).await;
            return Err(StartError::Database(explanation));
        }
        loaded => loaded?,
    };
    Ok(AppState {
        payments: Payments {
            threshold: config.payments.threshold,
            processor: Arc::new(Ledger::new(store.clone())),
            flow_token_keys: std::iter::once(derive_key(&config.keys, PAYMENTS))
                .chain(derive_previous_keys(&config.keys, PAYMENTS))
                .collect(),
            without_code: CumulativeLimit {
                max_count: config.payments.cumulative_count,
                max_sum: config.payments.cumulative_amount,
            },
        },
        store,
        verifier: provider::build_phone_code_verifier(
            config,
            embedded.map(|simulator| simulator.address),
            file_budget,
            Arc::clone(&clock),
            Arc::clone(&metrics),
        )?,
        clock,
        captcha: build_configured_captcha(config, embedded.map(|simulator| simulator.address))?,
        hasher,
        phone_rules,
        brand: Arc::new(config.brand.clone()),
        limits: convert_config_to_limits(config),
        policy: Policy {
            mfa: config.accounts.mfa,
            email: config.accounts.email_verification,
            enumeration: config.accounts.enumeration,
            recovery_delay: (config.accounts.recovery).then_some(config.accounts.recovery_delay),
            undo_life: config.accounts.undo_life,
            deletion_delay: config.accounts.deletion_delay,
        },
        outbox_wake: Notify::new(),
        delivery_health: DeliveryHealth::default(),
        clock_health: ClockHealth::default(),
        metrics,
        change_feed: ChangeFeed::new(stop.clone()),
        tasks: TaskTracker::new(),
        bucket_key,
        device_keys: DeviceKeys::new(
            derive_key(&config.keys, DEVICES),
            derive_previous_keys(&config.keys, DEVICES),
        ),
        keyring,
    })
}

/// Clock of the embedded phone simulator. The app uses it too, so that codes expire at the same time in both.
struct SimulatorClock(simulator::Clock);

impl Clock for SimulatorClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_millis())
    }
}

/// Builds the configured CAPTCHA. `simulator` is the listening address of the embedded simulator, if it runs.
fn build_configured_captcha(
    config: &Config,
    simulator: Option<SocketAddr>,
) -> Result<Arc<dyn Captcha>, StartError> {
    Ok(match &config.captcha.kind {
        CaptchaKind::ProofOfWork => Arc::new(build_proof_of_work(config)?),
        CaptchaKind::Vendor(vendor) => {
            Arc::new(build_captcha_service_client(config, vendor, simulator)?)
        }
        CaptchaKind::None => Arc::new(NoCaptcha),
    })
}

/// Builds the CAPTCHA that makes the browser compute a proof of work.
fn build_proof_of_work(config: &Config) -> Result<ProofOfWork, StartError> {
    let difficulty = Difficulty {
        cost: config.captcha.cost,
        ..Difficulty::default()
    };
    let key = derive_key(&config.keys, CAPTCHA);
    let captcha = ProofOfWork::new(&key, difficulty, CAPTCHA_LIFETIME)
        .map_err(|error| StartError::Captcha(error.to_string()))?;
    let previous = derive_previous_keys(&config.keys, CAPTCHA);
    Ok(captcha.with_previous_keys(previous))
}

/// Builds the client of an external CAPTCHA service, with a proof of work as fallback if configured.
fn build_captcha_service_client(
    config: &Config,
    vendor: &VendorConfig,
    simulator: Option<SocketAddr>,
) -> Result<VendorCaptcha, StartError> {
    let http = build_api_http_client(CAPTCHA_TIMEOUT, CAPTCHA_TIMEOUT)
        .map_err(|error| StartError::Captcha(error.to_string()))?;
    let fallback = vendor.falls_back.then(|| build_proof_of_work(config));
    let public_url = config
        .server
        .public_url
        .origin_for_listener(config.server.listen);
    let simulator_address = simulator.unwrap_or(config.provider.simulator.listen);
    let settings = VendorSettings {
        config: vendor.clone(),
        simulator: vendor.simulator_origin(simulator_address),
        hostname: public_url.host,
    };
    Ok(VendorCaptcha::new(settings, http, fallback.transpose()?))
}

/// Converts the configured limits of requests, messages, codes and sessions to [`Limits`].
fn convert_config_to_limits(config: &Config) -> Limits {
    let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let limits = &config.limits;
    Limits {
        code_length: CodeLength::new(config.provider.code_digits()).unwrap_or(CodeLength::SIX),
        tries_per_code: limits.tries_per_code,
        resend_gap: limits.resend_gap,
        sends_per_number_per_hour: count(limits.sends_per_number_per_hour),
        sends_per_number_per_day: count(limits.sends_per_number_per_day),
        sends_per_source_per_hour: count(limits.sends_per_source_per_hour),
        sends_per_network_per_hour: count(limits.sends_per_network_per_hour),
        sends_per_account_per_day: count(limits.sends_per_account_per_day),
        sends_per_country_per_hour: count(limits.sends_per_country_per_hour),
        sends_per_minute: count(limits.sends_per_minute),
        sends_per_day: count(limits.sends_per_day),
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
        accounts_per_phone: ACCOUNTS_PER_PHONE,
        session_idle: config.session.idle,
        session_absolute: config.session.absolute,
    }
}
