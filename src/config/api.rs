//! Who may use the JSON API and for whom, and how strict sign-in is about second factors.

use super::reader::Reader;
use super::secret::Secret;

/// The shortest secret a client may have: longer than anybody types, too long to be guessed.
const LEAST_SECRET: usize = 32;
const CLIENTS_HINT: &str = "set name:secret, several separated by commas, each secret 32 random characters or more, as \
                            `openssl rand -hex 32` prints them";

#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// `SALLYPORT_API_AUDIENCE`: the `aud` of access tokens, for back ends that check it. Default: the public origin.
    pub audience: Option<String>,
    /// `SALLYPORT_API_CLIENTS`: a list of `name:secret`: programs that need no CAPTCHA, and whose calls count by their
    /// name in place of their address. Default: none.
    pub clients: Vec<ApiClient>,
}

/// A program we know by a name and a secret.
#[derive(Debug, Clone)]
pub struct ApiClient {
    pub name: String,
    pub secret: Secret<String>,
}

impl ApiConfig {
    pub(super) fn read(read: &mut Reader) -> Self {
        Self {
            audience: read.text("SALLYPORT_API_AUDIENCE"),
            clients: clients(read),
        }
    }
}

fn clients(read: &mut Reader) -> Vec<ApiClient> {
    const NAME: &str = "SALLYPORT_API_CLIENTS";
    let Some(text) = read.secret(NAME, 1, CLIENTS_HINT) else {
        return Vec::new();
    };
    let mut clients: Vec<ApiClient> = Vec::new();
    for (at, item) in text.expose().split(',').enumerate() {
        match client(item) {
            Ok(client) if clients.iter().any(|known| known.name == client.name) => {
                read.fault(NAME, format!("names {} twice", client.name), CLIENTS_HINT);
            }
            Ok(client) => clients.push(client),
            // What stands there may be a secret.
            Err(wrong) => read.fault(NAME, format!("client {} {wrong}", at + 1), CLIENTS_HINT),
        }
    }
    clients
}

fn client(item: &str) -> Result<ApiClient, &'static str> {
    let (name, secret) = item.split_once(':').ok_or("is not name:secret")?;
    let named = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !named {
        return Err("has a name that is not 1 to 64 letters, digits, dots, dashes or underscores");
    }
    if secret.len() < LEAST_SECRET {
        return Err("has a secret shorter than 32 characters");
    }
    Ok(ApiClient {
        name: name.to_owned(),
        secret: Secret::new(secret.to_owned()),
    })
}

/// What an account needs, and what a stranger may learn about it.
#[derive(Debug, Clone)]
pub struct AccountsConfig {
    /// `SALLYPORT_MFA`: `required` or `optional`. With `optional` an account without a phone may sign in over the JSON
    /// API with its password alone; such a session can neither pay nor change a factor. Default `required`.
    pub mfa: MfaPolicy,
    /// `SALLYPORT_ENUMERATION`: whether registration says at once that an e-mail or number has an account, so that
    /// anybody can ask who has one. Default `false`: its holder is told, and nobody else.
    pub enumeration: bool,
}

/// Whether an account without a phone is let in by its password.
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
