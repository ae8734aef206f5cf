//! Settings of API clients, and the policy for accounts.

use super::reader::Reader;
use super::secret::Secret;

/// The minimum length of a client's secret, in bytes.
const MIN_SECRET_BYTES: usize = 32;
const CLIENTS_HINT: &str = "set name:secret, several separated by commas, each secret 32 random characters or more, as \
                            `openssl rand -hex 32` prints them";

/// Settings of the JSON API.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// `SALLYPORT_API_AUDIENCE`: the `aud` claim of access tokens. `None` means the public origin.
    pub audience: Option<String>,
    /// `SALLYPORT_API_CLIENTS`.
    pub clients: Vec<ApiClient>,
}

/// An API client that authenticates with name and secret. It needs no CAPTCHA, and its limits count by name instead of
/// address.
#[derive(Debug, Clone)]
pub struct ApiClient {
    pub name: String,
    pub secret: Secret<String>,
}

impl ApiConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        Self {
            audience: read.text("SALLYPORT_API_AUDIENCE"),
            clients: read_clients(read),
        }
    }
}

fn read_clients(read: &mut Reader) -> Vec<ApiClient> {
    const NAME: &str = "SALLYPORT_API_CLIENTS";
    let Some(text) = read.secret(NAME, 1, CLIENTS_HINT) else {
        return Vec::new();
    };
    let mut clients: Vec<ApiClient> = Vec::new();
    for (at, item) in text.expose().split(',').enumerate() {
        match parse_client(item) {
            Ok(client) if clients.iter().any(|known| known.name == client.name) => {
                read.fault(NAME, format!("names {} twice", client.name), CLIENTS_HINT);
            }
            Ok(client) => clients.push(client),
            // The item may contain a secret, so the error gives its position only.
            Err(wrong) => read.fault(NAME, format!("client {} {wrong}", at + 1), CLIENTS_HINT),
        }
    }
    clients
}

fn parse_client(item: &str) -> Result<ApiClient, &'static str> {
    let (name, secret) = item.split_once(':').ok_or("is not name:secret")?;
    let named = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !named {
        return Err("has a name that is not 1 to 64 letters, digits, dots, dashes or underscores");
    }
    if secret.len() < MIN_SECRET_BYTES {
        return Err("has a secret shorter than 32 characters");
    }
    Ok(ApiClient {
        name: name.to_owned(),
        secret: Secret::new(secret.to_owned()),
    })
}

/// The policy for accounts.
#[derive(Debug, Clone)]
pub struct AccountsConfig {
    /// `SALLYPORT_MFA`.
    pub mfa: MfaPolicy,
    /// `SALLYPORT_ENUMERATION`: whether registration reveals that an e-mail address or number has an account.
    pub enumeration: bool,
}

/// Whether an account without a phone may sign in with its password alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MfaPolicy {
    Required,
    Optional,
}

impl AccountsConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        let policies = [
            ("required", MfaPolicy::Required),
            ("optional", MfaPolicy::Optional),
        ];
        let mfa = read.choice("SALLYPORT_MFA", &policies);
        Self {
            mfa: mfa.unwrap_or(MfaPolicy::Required),
            enumeration: read.flag("SALLYPORT_ENUMERATION").unwrap_or(false),
        }
    }
}
