//! The embedded simulator of phone provider and mail server. For development, it runs in the process of the app.

use std::net::{Ipv4Addr, SocketAddr};

use domain::routes;
use simulator::{Listeners, Simulator};
use tokio_util::sync::CancellationToken;

use super::start_error::{StartError, bind_tcp_listener};
use crate::config::{Config, Origin, VerifyServices, WebhookTarget};

/// Handle of the phone and mail simulator that runs in the same process as the app, for development.
pub(super) struct EmbeddedSimulator {
    /// The address of its HTTP server.
    pub(super) address: SocketAddr,
    /// The address of its SMTP server.
    pub(super) smtp: SocketAddr,
    pub(super) simulator: Simulator,
}

impl EmbeddedSimulator {
    /// Starts the simulator in this process.
    ///
    /// Returns `None` unless the configuration enables it. `app_address` is the app's listening address, to which the
    /// simulator sends webhooks.
    pub(super) async fn start_embedded_simulator(
        config: &Config,
        app_address: SocketAddr,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, StartError> {
        let simulator_config = &config.provider.simulator;
        if !simulator_config.embedded {
            return Ok(None);
        }
        let listeners = Listeners {
            http: bind_tcp_listener("SALLYPORT_SIMULATOR_LISTEN", simulator_config.listen).await?,
            smtp: bind_tcp_listener(
                "SALLYPORT_SIMULATOR_SMTP_LISTEN",
                simulator_config.smtp_listen,
            )
            .await?,
        };
        let address = listeners
            .http
            .local_addr()
            .unwrap_or(simulator_config.listen);
        let smtp = listeners
            .smtp
            .local_addr()
            .unwrap_or(simulator_config.smtp_listen);
        let simulator = Simulator::new(build_simulator_settings(config, Some(app_address)));
        tokio::spawn(simulator::serve_simulator(
            simulator.clone(),
            listeners,
            stop.clone(),
        ));
        Ok(Some(Self {
            address,
            smtp,
            simulator,
        }))
    }
}

/// Converts the configured provider credentials and services to settings of the simulator.
///
/// `app_address` is the app's listening address, if the app runs in the same process.
pub(super) fn build_simulator_settings(
    config: &Config,
    app_address: Option<SocketAddr>,
) -> simulator::Settings {
    let mut settings = simulator::Settings::default();
    let provider = &config.provider;
    if let Some(twilio) = &provider.twilio {
        settings.twilio.account_sid.clone_from(&twilio.account_sid);
        settings
            .twilio
            .auth_token
            .clone_from(twilio.auth_token.expose());
        settings.twilio.api_key = twilio.api_key.as_ref().map(|key| simulator::ApiKey {
            sid: key.sid.clone(),
            secret: key.secret.expose().clone(),
        });
    }
    if let Some(services) = &provider.services {
        settings.twilio.services =
            create_service_per_distinct_id(services, |sid| simulator::VerifyService {
                psd2: provider.payment_psd2 && sid == services.payment,
                sid,
                code_length: provider.code_digits(),
                friendly_name: config.brand.name.clone(),
                ..simulator::VerifyService::default()
            });
    }
    if let Some(telnyx) = &provider.telnyx {
        settings.telnyx.api_key.clone_from(telnyx.api_key.expose());
        settings.telnyx.profiles =
            create_service_per_distinct_id(&telnyx.profiles, |id| simulator::VerifyProfile {
                id,
                code_length: provider.code_digits(),
                app_name: config.brand.name.clone(),
                ..simulator::VerifyProfile::default()
            });
    }
    settings.webhooks = build_webhook_targets(config, app_address);
    let hosts = provider.simulator.hosts.iter();
    settings.hosts = hosts.map(|name| name.as_str().to_owned()).collect();
    settings
        .hosts
        .extend(app_address.map(|address| config.server.public_origin(address).host));
    settings
}

/// Creates one simulated Verify service for each distinct service ID in the configuration.
fn create_service_per_distinct_id<T>(
    services: &VerifyServices,
    make: impl Fn(String) -> T,
) -> Vec<T> {
    let mut ids = services.list_service_ids().map(str::to_owned).to_vec();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(make).collect()
}

/// Returns the webhook URLs of the app, to which the phone simulator posts delivery reports.
///
/// The URLs contain the public origin, because the signature of a webhook covers the URL.
fn build_webhook_targets(
    config: &Config,
    app_address: Option<SocketAddr>,
) -> simulator::WebhookTargets {
    let at = |origin: &Origin, connect| simulator::WebhookTargets {
        twilio: Some(format!("{origin}{}", routes::WEBHOOKS_TWILIO)),
        telnyx: Some(format!("{origin}{}", routes::WEBHOOKS_TELNYX)),
        connect,
    };
    match (&config.provider.simulator.webhooks, app_address) {
        (WebhookTarget::SameProcess, Some(app)) => {
            let mut reached = app;
            if app.ip().is_unspecified() {
                reached.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            at(&config.server.public_origin(app), Some(reached))
        }
        (WebhookTarget::Origin(origin), _) => at(origin, None),
        (WebhookTarget::Disabled | WebhookTarget::SameProcess, _) => {
            simulator::WebhookTargets::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ed25519_dalek::SigningKey;

    use simulator::settings as simulated;

    use crate::config::simulator_defaults as configured;

    #[test]
    fn app_and_simulator_have_the_same_default_credentials() {
        let key = SigningKey::from_bytes(&simulated::DEFAULT_SIGNING_SEED).verifying_key();
        let public_key = STANDARD.encode(key.as_bytes());
        for (configured, simulated) in [
            (configured::ACCOUNT_SID, simulated::DEFAULT_ACCOUNT_SID),
            (configured::AUTH_TOKEN, simulated::DEFAULT_AUTH_TOKEN),
            (
                configured::VERIFY_SERVICE_SID,
                simulated::DEFAULT_SERVICE_SID,
            ),
            (
                configured::VERIFY_SERVICE_SID_REGISTRATION,
                simulated::DEFAULT_REGISTRATION_SERVICE_SID,
            ),
            (configured::TELNYX_API_KEY, simulated::DEFAULT_TELNYX_KEY),
            (
                configured::TELNYX_VERIFY_PROFILE_ID,
                simulated::DEFAULT_PROFILE_ID,
            ),
            (
                configured::TELNYX_VERIFY_PROFILE_ID_REGISTRATION,
                simulated::DEFAULT_REGISTRATION_PROFILE_ID,
            ),
            (configured::TELNYX_PUBLIC_KEY, public_key.as_str()),
        ] {
            assert_eq!(configured, simulated);
        }
    }
}
