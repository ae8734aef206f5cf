//! The secret key of the server: set by the operator, or generated once in development.

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

/// The secret keys.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// `SALLYPORT_SECRET_KEY`, or in development the key in `<data dir>/secret.key`.
    pub secret_key: SecretBytes<KEY_BYTES>,
    /// `SALLYPORT_PREVIOUS_SECRET_KEYS`. They decrypt; only the current key encrypts.
    pub previous_secret_keys: Vec<SecretBytes<KEY_BYTES>>,
}

/// The keys that the operator set.
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

    /// Adds the key of the data directory if the operator set none. Creates the file if it does not exist.
    pub(super) fn or_key_file(self, data_dir: &Path) -> Result<KeysConfig, ConfigErrors> {
        let secret_key = match self.secret_key.clone() {
            Some(key) => key,
            None => key_file(data_dir)?,
        };
        Ok(self.with(secret_key))
    }

    /// Adds a random key that lasts as long as the process if the operator set none. Creates no file.
    pub(super) fn or_temporary_key(self, data_dir: &Path) -> Result<KeysConfig, ConfigErrors> {
        let secret_key = match self.secret_key.clone() {
            Some(key) => key,
            None => Secret::new(random().map_err(|error| key_file_error(data_dir, &error))?),
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

fn key_file_error(path: &Path, wrong: impl Display) -> ConfigErrors {
    ConfigErrors(vec![ConfigError {
        name: path.display().to_string(),
        wrong: wrong.to_string(),
        remedy: "fix or delete the file, or set SALLYPORT_SECRET_KEY".to_owned(),
    }])
}

fn secret_key(read: &mut Reader) -> Option<SecretBytes<KEY_BYTES>> {
    const NAME: &str = "SALLYPORT_SECRET_KEY";
    let text = read.secret(NAME, 1, KEY_HINT)?;
    let key = decode(text.expose());
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
        match decode(item) {
            Ok(key) if current.is_some_and(|current| current.expose() == key.expose()) => {
                read.fault(NAME, "holds SALLYPORT_SECRET_KEY itself", HINT);
            }
            Ok(key) => keys.push(key),
            Err(wrong) => read.fault(NAME, format!("holds a key that {wrong}"), HINT),
        }
    }
    keys
}

fn key_file(data_dir: &Path) -> Result<SecretBytes<KEY_BYTES>, ConfigErrors> {
    let path = data_dir.join(FILE_NAME);
    let text = stored_or_new(data_dir, &path)
        .map_err(|error| key_file_error(&path, format!("cannot be used: {error}")))?;
    decode(text.trim_ascii_end()).map_err(|wrong| key_file_error(&path, wrong))
}

fn decode(text: &str) -> Result<SecretBytes<KEY_BYTES>, String> {
    // The error of the decoder quotes a byte of the secret, so it is not shown.
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| "is not base64".to_owned())?;
    let key: [u8; KEY_BYTES] = bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| format!("holds {} bytes, not {KEY_BYTES}", bytes.len()))?;
    // Refuses zeros and repeated words: 64 random bytes have about 57 different values.
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

/// Writes the key to a temporary file and links it into place. Of two processes that start at the same time one wins,
/// and neither reads half a key.
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
