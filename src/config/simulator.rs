//! The provider simulator.

use std::net::{Ipv4Addr, SocketAddr};

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
    /// `SALLYPORT_SIMULATOR_EMBEDDED`.
    pub embedded: bool,
    /// `SALLYPORT_SIMULATOR_WEBHOOKS`.
    pub webhooks: WebhookTarget,
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
        let embedded = read.flag("SALLYPORT_SIMULATOR_EMBEDDED");
        let embedded = embedded.unwrap_or(kind.is_simulator());
        Self {
            listen: listen.unwrap_or((Ipv4Addr::LOCALHOST, 4010).into()),
            smtp_listen: smtp_listen.unwrap_or((Ipv4Addr::LOCALHOST, 4025).into()),
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
