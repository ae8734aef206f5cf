//! The client of the phone provider (Twilio or Telnyx), and the keys that verify its webhooks.

use std::net::SocketAddr;
use std::sync::Arc;

use super::measured_provider::MeasuredProvider;
use super::start_error::StartError;
use crate::config::{Api, Config, Origin, TwilioConfig, VerifyServices};
use crate::context::SharedAppState;
use crate::http::open_files::FileBudget;
use crate::metrics::Metrics;
use crate::webhooks::{TelnyxPublicKeys, TwilioAuthTokens, TwilioSignatures, Webhooks};
use domain::Clock;
use verify::{
    CallLimits, CircuitBreaker, ServiceId, Services, Telnyx, TelnyxApiKey, TelnyxSettings, Twilio,
    TwilioCredentials, TwilioSettings, Verifier, build_api_http_client,
};

/// Builds the client of the phone provider, which sends and checks codes, behind a circuit breaker.
///
/// `simulator` is the address of the embedded simulator, if it runs. `file_budget` limits the concurrent provider
/// calls, because each call needs an open file. `metrics` count the calls.
pub(super) fn build_phone_code_verifier(
    config: &Config,
    simulator: Option<SocketAddr>,
    file_budget: FileBudget,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
) -> Result<Arc<dyn Verifier>, StartError> {
    let limits = CallLimits {
        max_sends: file_budget.provider_sends,
        max_checks: file_budget.provider_checks,
        slow_send: config.provider.timeout / 2,
    };
    let provider = build_provider_client(config, simulator)?;
    let provider = Box::new(MeasuredProvider { provider, metrics });
    Ok(Arc::new(CircuitBreaker::new(provider, limits, clock)))
}

/// Builds the client of the configured provider: Twilio, Telnyx or the simulator.
fn build_provider_client(
    config: &Config,
    simulator: Option<SocketAddr>,
) -> Result<Box<dyn Verifier>, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Provider(error.to_string());
    let provider = &config.provider;
    let http = build_api_http_client(provider.connect_timeout, provider.timeout)
        .map_err(|error| failed(&error))?;
    match provider.kind.provider_api() {
        Api::Twilio => {
            let (Some(twilio), Some(services)) = (&provider.twilio, &provider.services) else {
                return Err(failed(&"Twilio is not configured"));
            };
            let settings = TwilioSettings {
                base_url: provider.twilio_origin(simulator).to_string(),
                credentials: select_twilio_credentials(twilio),
                services: parse_verify_service_ids(services)?,
                psd2: provider.payment_psd2,
                rate_limits: provider.rate_limits,
            };
            let client = Twilio::new(http, settings).map_err(|error| failed(&error))?;
            Ok(Box::new(client))
        }
        Api::Telnyx => {
            let Some(telnyx) = &provider.telnyx else {
                return Err(failed(&"Telnyx is not configured"));
            };
            let settings = TelnyxSettings {
                base_url: provider.telnyx_origin(simulator).to_string(),
                api_key: TelnyxApiKey::new(telnyx.api_key.expose()),
                profiles: parse_verify_service_ids(&telnyx.profiles)?,
            };
            let client = Telnyx::new(http, settings).map_err(|error| failed(&error))?;
            Ok(Box::new(client))
        }
    }
}

/// Parses the configured Verify service (Twilio) or Verify profile (Telnyx) IDs. Fails if an ID is malformed.
fn parse_verify_service_ids(service_ids: &VerifyServices) -> Result<Services, StartError> {
    let service = |name: &str| {
        let malformed = || {
            StartError::Provider("the ID of a Verify service or profile is malformed".to_owned())
        };
        ServiceId::parse_provider_id(name).ok_or_else(malformed)
    };
    Ok(Services {
        registration: service(&service_ids.registration)?,
        sign_in: service(&service_ids.sign_in)?,
        set_up: service(&service_ids.set_up)?,
        step_up: service(&service_ids.step_up)?,
        phone_change: service(&service_ids.phone_change)?,
        payment: service(&service_ids.payment)?,
    })
}

/// Returns the configured Twilio API key, or account SID and auth token if there is no API key.
pub(super) fn select_twilio_credentials(twilio: &TwilioConfig) -> TwilioCredentials {
    // An API key can be revoked separately.
    match &twilio.api_key {
        Some(key) => TwilioCredentials::from_sid_and_secret(&key.sid, key.secret.expose()),
        None => {
            TwilioCredentials::from_sid_and_secret(&twilio.account_sid, twilio.auth_token.expose())
        }
    }
}

/// Builds the shared state of the webhook handlers, including the keys that verify webhook signatures.
pub(super) fn build_webhook_handler_state(
    config: &Config,
    origin: &Origin,
    app: SharedAppState,
) -> Webhooks {
    let provider = &config.provider;
    let tokens = provider.twilio.iter().flat_map(|twilio| {
        let previous = twilio.previous_auth_token.iter().cloned();
        std::iter::once(twilio.auth_token.clone()).chain(previous)
    });
    let keys = provider
        .telnyx
        .iter()
        .flat_map(|telnyx| telnyx.public_keys.iter().copied());
    Webhooks {
        app,
        twilio: Arc::new(TwilioSignatures {
            tokens: TwilioAuthTokens(tokens.collect()),
            origin: origin.clone(),
        }),
        telnyx: Arc::new(TelnyxPublicKeys(keys.collect())),
    }
}
