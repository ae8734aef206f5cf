//! The provider simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use super::origin::Origin;
use super::provider_kind::ProviderKind;
use super::reader::Reader;
use super::server::ADDRESS_HINT;

/// Where the simulator runs, and where it sends webhooks.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// `SALLYPORT_SIMULATOR_LISTEN`.
    pub listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_SMTP_LISTEN`.
    pub smtp_listen: SocketAddr,
    /// `SALLYPORT_SIMULATOR_HOSTS`: names by which its controls may be called.
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
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The error for a text that is not a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a name without scheme and port")]
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

/// Where the simulator sends webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookTarget {
    Disabled,
    /// The server in the same process.
    SameProcess,
    /// An application at this origin.
    Origin(Origin),
}

impl SimulatorConfig {
    pub(super) fn read(read: &mut Reader, kind: ProviderKind) -> Self {
        let listen = read.parse("SALLYPORT_SIMULATOR_LISTEN", ADDRESS_HINT);
        let smtp_listen = read.parse("SALLYPORT_SIMULATOR_SMTP_LISTEN", ADDRESS_HINT);
        let hosts = read.list(
            "SALLYPORT_SIMULATOR_HOSTS",
            "set names such as simulator,dev.test",
        );
        let embedded = read.flag("SALLYPORT_SIMULATOR_EMBEDDED");
        let embedded = embedded.unwrap_or(kind.is_simulator());
        Self {
            listen: listen.unwrap_or((Ipv4Addr::LOCALHOST, 4010).into()),
            smtp_listen: smtp_listen.unwrap_or((Ipv4Addr::LOCALHOST, 4025).into()),
            hosts: hosts.unwrap_or_default(),
            embedded,
            webhooks: WebhookTarget::read(read, embedded),
        }
    }
}

impl WebhookTarget {
    fn read(read: &mut Reader, embedded: bool) -> Self {
        const NAME: &str = "SALLYPORT_SIMULATOR_WEBHOOKS";
        match read.text(NAME).as_deref() {
            Some("none") => return Self::Disabled,
            Some("app") => return Self::SameProcess,
            _ => {}
        }
        let hint = "set an application's origin, such as http://127.0.0.1:3000, or app or none";
        match read.parse(NAME, hint) {
            Some(origin) => Self::Origin(origin),
            None if embedded => Self::SameProcess,
            None => Self::Disabled,
        }
    }
}
