//! The transports that send notifications to account holders: SMS and mail.

use std::net::SocketAddr;
use std::sync::Arc;

use super::embedded_simulator::EmbeddedSimulator;
use super::provider::select_twilio_credentials;
use super::start_error::StartError;
use crate::config::{Config, SmsSender};
use crate::notifications::{MailTransport, SmsTransport, Smtp, Transports};
use verify::{MessageSender, Messenger, MessengerSettings, build_api_http_client};

/// Builds the SMS and mail clients that send notifications to users.
///
/// `address` is the listening address of this server; `embedded` is the embedded simulator, if it runs.
pub(super) fn build_notification_transports(
    config: &Config,
    address: SocketAddr,
    embedded: Option<&EmbeddedSimulator>,
) -> Result<Transports, StartError> {
    Ok(Transports {
        sms: build_sms_transport(config, embedded)?,
        mail: build_mail_transport(config, embedded)?,
        origin: config.server.public_origin(address).to_string(),
    })
}

/// Builds the client that sends notifications by SMS. Returns `None` if SMS notifications are not configured.
fn build_sms_transport(
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
        base_url: verify.twilio_messaging_api_origin().to_string(),
        account_sid: twilio.account_sid.clone(),
        credentials: select_twilio_credentials(twilio),
        sender: match sender {
            SmsSender::From(from) => MessageSender::From(from.clone()),
            SmsSender::Service(service) => MessageSender::Service(service.clone()),
        },
    };
    let http = build_api_http_client(provider.connect_timeout, provider.timeout)
        .map_err(|e| failed(&e))?;
    let messenger = Messenger::new(http, settings).map_err(|error| failed(&error))?;
    Ok(Some(Arc::new(messenger)))
}

/// Builds the SMTP client that sends notifications by mail. Returns `None` if no mail server is configured.
fn build_mail_transport(
    config: &Config,
    embedded: Option<&EmbeddedSimulator>,
) -> Result<Option<Arc<dyn MailTransport>>, StartError> {
    let Some(mail) = &config.notifications.mail else {
        return Ok(None);
    };
    let listen = config.provider.simulator.smtp_listen;
    let url = mail
        .server
        .resolve_mail_server_url(embedded.map_or(listen, |simulator| simulator.smtp));
    let smtp = Smtp::new(url.expose(), mail.from.clone())
        .map_err(|error| StartError::Mail(error.to_string()))?;
    Ok(Some(Arc::new(smtp)))
}
