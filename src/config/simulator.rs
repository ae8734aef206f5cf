//! Settings of the simulator of phone providers and mail server.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use super::origin::Origin;
use super::provider_kind::ProviderKind;
use super::reader::SettingsReader;
use super::server::ADDRESS_HINT;

/// Settings of the simulator: its addresses, and where it sends webhooks.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// `SALLYPORT_SIMULATOR_LISTEN`.
    pub listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_SMTP_LISTEN`.
    pub smtp_listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_HOSTS`: host names by which the simulator's controls may be called.
    pub hosts: Vec<HostName>,
    /// `SALLYPORT_SIMULATOR_EMBEDDED`.
    pub embedded: bool,
    /// `SALLYPORT_SIMULATOR_WEBHOOKS`.
    pub webhooks: WebhookTarget,
}

/// A host name without scheme and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Returns the host name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Error for a text that is not a host name without scheme and port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host name may contain only letters, digits, dots, dashes and underscores")]
pub struct InvalidHostName;

impl FromStr for HostName {
    type Err = InvalidHostName;

    fn from_str(text: &str) -> Result<Self, InvalidHostName> {
        let is_name = !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        is_name
            .then(|| Self(text.to_ascii_lowercase()))
            .ok_or(InvalidHostName)
    }
}

/// Target of the simulator's webhooks about the delivery of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookTarget {
    Disabled,
    /// To the server that runs in the same process.
    SameProcess,
    /// To an application at this origin.
    Origin(Origin),
}

impl SimulatorConfig {
    /// Reads the settings of the simulator. `kind` is the configured provider.
    pub(super) fn read_simulator_settings(reader: &mut SettingsReader, kind: ProviderKind) -> Self {
        let listen = reader.read_parsed("SALLYPORT_SIMULATOR_LISTEN", ADDRESS_HINT);
        let smtp_listen = reader.read_parsed("SALLYPORT_SIMULATOR_SMTP_LISTEN", ADDRESS_HINT);
        let hosts = reader.read_list(
            "SALLYPORT_SIMULATOR_HOSTS",
            "set names such as simulator,dev.test",
        );
        let embedded = reader.read_bool("SALLYPORT_SIMULATOR_EMBEDDED");
        let embedded = embedded.unwrap_or(kind.is_simulator());
        Self {
            listen: listen.unwrap_or((Ipv4Addr::LOCALHOST, 4010).into()),
            smtp_listen: smtp_listen.unwrap_or((Ipv4Addr::LOCALHOST, 4025).into()),
            hosts: hosts.unwrap_or_default(),
            embedded,
            webhooks: WebhookTarget::read_webhook_target(reader, embedded),
        }
    }
}

impl WebhookTarget {
    /// Reads to which application the simulator sends webhooks.
    ///
    /// `is_embedded` says whether the simulator runs in the process of the app.
    fn read_webhook_target(reader: &mut SettingsReader, is_embedded: bool) -> Self {
        const NAME: &str = "SALLYPORT_SIMULATOR_WEBHOOKS";
        match reader.read_text(NAME).as_deref() {
            Some("none") => return Self::Disabled,
            Some("app") => return Self::SameProcess,
            _ => {}
        }
        let hint = "set an application's origin, such as http://127.0.0.1:3000, or app or none";
        match reader.read_parsed(NAME, hint) {
            Some(origin) => Self::Origin(origin),
            None if is_embedded => Self::SameProcess,
            None => Self::Disabled,
        }
    }
}
