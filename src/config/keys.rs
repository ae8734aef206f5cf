//! The server's own key: set by the operator, or made once for development.

use std::fmt::Display;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::TryRng;
use rand::rngs::SysRng;

use super::error::{ConfigError, ConfigErrors};
use super::reader::Reader;
use super::secret::{Secret, SecretBytes};

const KEY_BYTES: usize = 64;
const FILE_NAME: &str = "secret.key";
pub(super) const KEY_HINT: &str =
    "set 64 random bytes in base64, as `openssl rand -base64 64 | tr -d '\\n'` prints them";

#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// `SALLYPORT_SECRET_KEY`: 64 random bytes in base64. Seals cookies and authenticator secrets, signs CAPTCHA
    /// challenges. Default in development: made once and kept in `<data dir>/secret.key`. Production: must be set.
    pub secret_key: SecretBytes<KEY_BYTES>,
    /// `SALLYPORT_PREVIOUS_SECRET_KEYS`: a list of the keys it replaced. What they sealed in the database can still
    /// be opened, and is sealed anew when it is next used. Default: none.
    pub previous_secret_keys: Vec<SecretBytes<KEY_BYTES>>,
}

/// The keys that were set: the operator's own, if any, and those it replaced.
pub(super) struct ConfiguredKeys {
    pub(super) secret_key: Option<SecretBytes<KEY_BYTES>>,
    previous_secret_keys: Vec<SecretBytes<KEY_BYTES>>,
}

impl ConfiguredKeys {
    pub(super) fn read(read: &mut Reader) -> Self {
        let secret_key = secret_key(read);
        let previous_secret_keys = previous_secret_keys(read, secret_key.as_ref());
        Self {
            secret_key,
            previous_secret_keys,
        }
    }

    /// All of them; development without a key takes the one in the data directory, made now if there is none.
    pub(super) fn complete(self, data_dir: &Path) -> Result<KeysConfig, ConfigErrors> {
        let secret_key = match self.secret_key.clone() {
            Some(key) => key,
            None => generated(data_dir)?,
        };
        Ok(self.with(secret_key))
    }

    /// All of them for a program that keeps nothing: one that is not set lasts as long as the process, and no file is
    /// made of it.
    pub(super) fn passing(self, data_dir: &Path) -> Result<KeysConfig, ConfigErrors> {
        let secret_key = match self.secret_key.clone() {
            Some(key) => key,
            None => Secret::new(random().map_err(|error| unusable(data_dir, &error))?),
        };
        Ok(self.with(secret_key))
    }

    fn with(self, secret_key: SecretBytes<KEY_BYTES>) -> KeysConfig {
        KeysConfig {
            secret_key,
            previous_secret_keys: self.previous_secret_keys,
        }
    }
}

fn random() -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    SysRng.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    Ok(key)
}

fn unusable(path: &Path, wrong: impl Display) -> ConfigErrors {
    ConfigErrors(vec![ConfigError {
        name: path.display().to_string(),
        wrong: wrong.to_string(),
        remedy: "mend or delete the file, or set SALLYPORT_SECRET_KEY".to_owned(),
    }])
}

fn secret_key(read: &mut Reader) -> Option<SecretBytes<KEY_BYTES>> {
    const NAME: &str = "SALLYPORT_SECRET_KEY";
    let text = read.secret(NAME, 1, KEY_HINT)?;
    let key = decoded(text.expose());
    if let Err(wrong) = &key {
        read.fault(NAME, wrong, KEY_HINT);
    }
    key.ok()
}

fn previous_secret_keys(
    read: &mut Reader,
    current: Option<&SecretBytes<KEY_BYTES>>,
) -> Vec<SecretBytes<KEY_BYTES>> {
    const NAME: &str = "SALLYPORT_PREVIOUS_SECRET_KEYS";
    const HINT: &str =
        "set the keys that SALLYPORT_SECRET_KEY had before, separated by commas, or remove it";
    let Some(text) = read.secret(NAME, 1, HINT) else {
        return Vec::new();
    };
    let mut keys = Vec::new();
    for item in text.expose().split(',') {
        match decoded(item) {
            Ok(key) if current.is_some_and(|current| current.expose() == key.expose()) => {
                read.fault(NAME, "holds SALLYPORT_SECRET_KEY itself", HINT);
            }
            Ok(key) => keys.push(key),
            Err(wrong) => read.fault(NAME, format!("holds a key that {wrong}"), HINT),
        }
    }
    keys
}

fn generated(data_dir: &Path) -> Result<SecretBytes<KEY_BYTES>, ConfigErrors> {
    let path = data_dir.join(FILE_NAME);
    let text = stored_or_new(data_dir, &path)
        .map_err(|error| unusable(&path, format!("cannot be used: {error}")))?;
    decoded(text.trim_ascii_end()).map_err(|wrong| unusable(&path, wrong))
}

fn decoded(text: &str) -> Result<SecretBytes<KEY_BYTES>, String> {
    // The decoder's error quotes a byte of the secret.
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| "is not base64".to_owned())?;
    let key: [u8; KEY_BYTES] = bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| format!("holds {} bytes, not {KEY_BYTES}", bytes.len()))?;
    // Zeros, "changeme" over and over: 64 random bytes have about 57 different values.
    let mut values = key.to_vec();
    values.sort_unstable();
    values.dedup();
    if values.len() < KEY_BYTES / 2 {
        return Err("is not random".to_owned());
    }
    Ok(Secret::new(key))
}

fn stored_or_new(data_dir: &Path, path: &Path) -> io::Result<String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(data_dir)?;
            store_new(data_dir, path)?;
        }
        Err(error) => return Err(error),
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            return Err(io::Error::other("others may read it; chmod it to 600"));
        }
        Ok(_) => {}
    }
    fs::read_to_string(path)
}

/// Writes beside and links into place, so that of two processes starting at once one wins and neither reads half a key.
fn store_new(data_dir: &Path, path: &Path) -> io::Result<()> {
    let key = random()?;
    let mut suffix = [0; 8];
    SysRng
        .try_fill_bytes(&mut suffix)
        .map_err(io::Error::other)?;
    let draft = data_dir.join(format!("{FILE_NAME}.{:016x}", u64::from_le_bytes(suffix)));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let stored = writeln!(file, "{}", STANDARD.encode(key))
        .and_then(|()| file.sync_all())
        .and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    fs::remove_file(&draft)?;
    stored
}
