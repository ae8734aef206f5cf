//! The configured transports of notifications: SMS and mail.

use std::net::SocketAddr;
use std::sync::Arc;

use super::embedded_simulator::EmbeddedSimulator;
use super::provider::twilio_credentials;
use super::start_error::StartError;
use crate::config::{Config, SmsSender};
use crate::notifications::{MailTransport, SmsTransport, Smtp, Transports};
use verify::{MessageSender, Messenger, MessengerSettings, http_client};

/// Sets up the configured transports. `address` is that of this server. `embedded` is the simulator in this process,
/// if it runs.
pub(super) fn notification_transports(
    config: &Config,
    address: SocketAddr,
    embedded: Option<&EmbeddedSimulator>,
) -> Result<Transports, StartError> {
    Ok(Transports {
        sms: sms_transport(config, embedded)?,
        mail: mail_transport(config, embedded)?,
        origin: config.server.public_origin(address).to_string(),
    })
}

fn sms_transport(
    config: &Config,
    embedded: Option<&EmbeddedSimulator>,
) -> Result<Option<Arc<dyn SmsTransport>>, StartError> {
    let failed = |error: &dyn std::fmt::Display| StartError::Provider(error.to_string());
    let provider = &config.provider;
    let (Some(sender), Some(twilio)) = (&config.notifications.sms, &provider.twilio) else {
        return Ok(None);
    };
    let verify = provider.twilio_origin(embedded.map(|simulator| simulator.address));
    let settings = MessengerSettings {
        base_url: verify.for_messages().to_string(),
        account_sid: twilio.account_sid.clone(),
        credentials: twilio_credentials(twilio),
        sender: match sender {
            SmsSender::From(from) => MessageSender::From(from.clone()),
            SmsSender::Service(service) => MessageSender::Service(service.clone()),
        },
    };
    let http = http_client(provider.connect_timeout, provider.timeout).map_err(|e| failed(&e))?;
    let messenger = Messenger::new(http, settings).map_err(|error| failed(&error))?;
    Ok(Some(Arc::new(messenger)))
}

fn mail_transport(
    config: &Config,
    embedded: Option<&EmbeddedSimulator>,
) -> Result<Option<Arc<dyn MailTransport>>, StartError> {
    let Some(mail) = &config.notifications.mail else {
        return Ok(None);
    };
    let listen = config.provider.simulator.smtp_listen;
    let url = mail
        .server
        .url(embedded.map_or(listen, |simulator| simulator.smtp));
    let smtp = Smtp::new(url.expose(), mail.from.clone())
        .map_err(|error| StartError::Mail(error.to_string()))?;
    Ok(Some(Arc::new(smtp)))
}
