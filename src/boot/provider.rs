//! The provider that was chosen, and whose webhooks are believed.

use std::net::SocketAddr;
use std::sync::Arc;

use super::StartError;
use crate::config::{Api, Config, Origin, TwilioConfig, VerifyServices};
use crate::context::SharedAppState;
use crate::webhooks::{TelnyxPublicKeys, TwilioAuthTokens, TwilioSignatures, Webhooks};
use domain::Clock;
use verify::{
    CircuitBreaker, ServiceId, Services, Telnyx, TelnyxApiKey, TelnyxSettings, Twilio,
    TwilioCredentials, TwilioSettings, Verifier, http_client,
};

/// The configured provider; `simulator` is the one in this process, if it runs.
pub(super) fn verifier(
    config: &Config,
    simulator: Option<SocketAddr>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Verifier>, StartError> {
    let breaker = CircuitBreaker::new(client(config, simulator)?, clock);
    Ok(Arc::new(breaker))
}

fn client(config: &Config, simulator: Option<SocketAddr>) -> Result<Box<dyn Verifier>, StartError> {
    let wrong = |error: &dyn std::fmt::Display| StartError::Provider(error.to_string());
    let provider = &config.provider;
    let http =
        http_client(provider.connect_timeout, provider.timeout).map_err(|error| wrong(&error))?;
    match provider.kind.api() {
        Api::Twilio => {
            let (Some(twilio), Some(services)) = (&provider.twilio, &provider.services) else {
                return Err(wrong(&"Twilio is not configured"));
            };
            let settings = TwilioSettings {
                base_url: provider.twilio_origin(simulator).to_string(),
                credentials: twilio_credentials(twilio),
                services: per_purpose(services)?,
                psd2: provider.payment_psd2,
                rate_limits: provider.rate_limits,
            };
            let client = Twilio::new(http, settings).map_err(|error| wrong(&error))?;
            Ok(Box::new(client))
        }
        Api::Telnyx => {
            let Some(telnyx) = &provider.telnyx else {
                return Err(wrong(&"Telnyx is not configured"));
            };
            let settings = TelnyxSettings {
                base_url: provider.telnyx_origin(simulator).to_string(),
                api_key: TelnyxApiKey::new(telnyx.api_key.expose()),
                profiles: per_purpose(&telnyx.profiles)?,
            };
            let client = Telnyx::new(http, settings).map_err(|error| wrong(&error))?;
            Ok(Box::new(client))
        }
    }
}

fn per_purpose(names: &VerifyServices) -> Result<Services, StartError> {
    let service = |name: &str| {
        let wrong = || StartError::Provider("the name of a Verify service is malformed".to_owned());
        ServiceId::parse(name).ok_or_else(wrong)
    };
    Ok(Services {
        registration: service(&names.registration)?,
        sign_in: service(&names.sign_in)?,
        // Nobody who has yet to set a factor up is asked for one at sign-in (OTP-02).
        set_up: service(&names.sign_in)?,
        step_up: service(&names.step_up)?,
        phone_change: service(&names.phone_change)?,
        payment: service(&names.payment)?,
    })
}

pub(super) fn twilio_credentials(twilio: &TwilioConfig) -> TwilioCredentials {
    match &twilio.api_key {
        Some(key) => TwilioCredentials::new(&key.sid, key.secret.expose()),
        None => TwilioCredentials::new(&twilio.account_sid, twilio.auth_token.expose()),
    }
}

/// Who signs webhooks, by the accounts that are configured.
pub(super) fn webhooks(config: &Config, origin: &Origin, app: SharedAppState) -> Webhooks {
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
