//! The simulator that runs beside the app in development.

use std::net::{Ipv4Addr, SocketAddr};

use tokio_util::sync::CancellationToken;

use super::{StartError, bind};
use crate::routes;
use crate::server::config::{Config, Origin, VerifyServices, WebhookTarget};
use crate::server::http::serve::{ServeLimits, serve as serve_connections};
use simulator::Simulator;

/// A running simulator.
pub(super) struct Beside {
    pub(super) address: SocketAddr,
    /// Where its mailbox takes mail.
    pub(super) smtp: SocketAddr,
    pub(super) simulator: Simulator,
}

impl Beside {
    /// Starts it, if it is configured to run in this process. `app` is where the app listens.
    pub(super) async fn start(
        config: &Config,
        app: SocketAddr,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, StartError> {
        let wanted = &config.provider.simulator;
        if !wanted.embedded {
            return Ok(None);
        }
        let listener = bind(wanted.listen).await?;
        let address = listener.local_addr().unwrap_or(wanted.listen);
        let mailbox = bind(wanted.smtp_listen).await?;
        let smtp = mailbox.local_addr().unwrap_or(wanted.smtp_listen);
        let simulator = Simulator::new(simulator_settings(config, Some(app)));
        tokio::spawn(serve_connections(
            listener,
            simulator::router(simulator.clone()),
            ServeLimits::default(),
            stop.clone(),
        ));
        tokio::spawn(simulator::receive_mail(
            simulator.clone(),
            mailbox,
            stop.clone(),
        ));
        tokio::spawn(simulator::watch_time(simulator.clone(), stop.clone()));
        Ok(Some(Self {
            address,
            smtp,
            simulator,
        }))
    }
}

/// The simulator with the credentials and services the app was configured with. `app` is where the one beside it
/// listens.
pub(super) fn simulator_settings(config: &Config, app: Option<SocketAddr>) -> simulator::Settings {
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
        settings.twilio.services = distinct(services, |sid| simulator::VerifyService {
            psd2: provider.payment_psd2 && sid == services.payment,
            sid,
            code_length: provider.digits(),
            ..simulator::VerifyService::default()
        });
    }
    if let Some(telnyx) = &provider.telnyx {
        settings.telnyx.api_key.clone_from(telnyx.api_key.expose());
        settings.telnyx.profiles = distinct(&telnyx.profiles, |id| simulator::VerifyProfile {
            id,
            code_length: provider.digits(),
            ..simulator::VerifyProfile::default()
        });
    }
    settings.webhooks = webhooks(config, app);
    settings
}

/// Each name once.
fn distinct<T>(services: &VerifyServices, make: impl Fn(String) -> T) -> Vec<T> {
    let mut names = services.all().map(str::to_owned).to_vec();
    names.sort();
    names.dedup();
    names.into_iter().map(make).collect()
}

/// The app is called by loopback, and by the name it goes by outside, which is what Twilio signs.
fn webhooks(config: &Config, app: Option<SocketAddr>) -> simulator::Webhooks {
    let at = |origin: &Origin, connect| simulator::Webhooks {
        twilio: Some(format!("{origin}{}", routes::WEBHOOKS_TWILIO)),
        telnyx: Some(format!("{origin}{}", routes::WEBHOOKS_TELNYX)),
        connect,
    };
    match (&config.provider.simulator.webhooks, app) {
        (WebhookTarget::Beside, Some(app)) => {
            let mut reached = app;
            if app.ip().is_unspecified() {
                reached.set_ip(Ipv4Addr::LOCALHOST.into());
            }
            at(&config.server.public_origin(app), Some(reached))
        }
        (WebhookTarget::Elsewhere(origin), _) => at(origin, None),
        (WebhookTarget::Nobody | WebhookTarget::Beside, _) => simulator::Webhooks::default(),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ed25519_dalek::SigningKey;

    use crate::server::config::simulator_defaults as configured;
    use simulator::settings as simulated;

    #[test]
    fn the_app_and_the_simulator_agree_on_the_credentials_that_everyone_knows() {
        let key = SigningKey::from_bytes(&simulated::DEFAULT_SIGNING_SEED).verifying_key();
        let public_key = STANDARD.encode(key.as_bytes());
        for (configured, simulated) in [
            (configured::ACCOUNT_SID, simulated::DEFAULT_ACCOUNT_SID),
            (configured::AUTH_TOKEN, simulated::DEFAULT_AUTH_TOKEN),
            (
                configured::VERIFY_SERVICE_SID,
                simulated::DEFAULT_SERVICE_SID,
            ),
            (configured::TELNYX_API_KEY, simulated::DEFAULT_TELNYX_KEY),
            (
                configured::TELNYX_VERIFY_PROFILE_ID,
                simulated::DEFAULT_PROFILE_ID,
            ),
            (configured::TELNYX_PUBLIC_KEY, public_key.as_str()),
        ] {
            assert_eq!(configured, simulated);
        }
    }
}
