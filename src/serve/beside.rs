//! The simulator that runs beside the app in development.

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use super::{StartError, bind};
use crate::server::config::Config;
use crate::server::http::serve::{ServeLimits, serve as serve_connections};
use crate::simulator::{self, Simulator};

/// A running simulator.
pub(super) struct Beside {
    pub(super) address: SocketAddr,
    /// Where its mailbox takes mail.
    pub(super) smtp: SocketAddr,
    pub(super) simulator: Simulator,
}

impl Beside {
    /// Starts it, if it is configured to run in this process.
    pub(super) async fn start(
        config: &Config,
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
        let simulator = Simulator::new(simulator_settings(config));
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
        Ok(Some(Self {
            address,
            smtp,
            simulator,
        }))
    }
}

/// The simulator with the credentials and services the app was configured with.
pub fn simulator_settings(config: &Config) -> simulator::Settings {
    let mut settings = simulator::Settings::default();
    let twilio = &config.provider.twilio;
    settings.twilio.account_sid.clone_from(&twilio.account_sid);
    settings
        .twilio
        .auth_token
        .clone_from(twilio.auth_token.expose());
    let Some(model) = settings.twilio.services.first().cloned() else {
        return settings;
    };
    let services = &twilio.services;
    let mut sids = vec![
        &services.registration,
        &services.sign_in,
        &services.phone_change,
        &services.payment,
        &services.step_up,
    ];
    sids.sort();
    sids.dedup();
    let service = |sid: &String| simulator::VerifyService {
        sid: sid.clone(),
        code_length: config.provider.code_length,
        ..model.clone()
    };
    settings.twilio.services = sids.into_iter().map(service).collect();
    settings
}
