//! The secret key of the server, set by the operator, or generated once in development.

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
use super::reader::SettingsReader;
use super::secret::{Secret, SecretBytes};
use domain::typed_text::without_byte_order_mark;

const KEY_BYTES: usize = 64;
const FILE_NAME: &str = "secret.key";
pub(super) const KEY_HINT: &str =
    "set 64 random bytes in base64, as `openssl rand -base64 64 | tr -d '\\n'` prints them";

/// Secret keys of the server: the current one, and previous ones that only decrypt.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// `SALLYPORT_SECRET_KEY`, or in development the key in `<data dir>/secret.key`.
    pub secret_key: SecretBytes<KEY_BYTES>,
    /// `SALLYPORT_PREVIOUS_SECRET_KEYS`: keys before a rotation. They only decrypt; the current key encrypts.
    pub previous_secret_keys: Vec<SecretBytes<KEY_BYTES>>,
}

/// Secret keys that the operator has set.
///
/// If the current key is not set, a development server reads or generates a key file, and a production server reports
/// an error.
pub(super) struct ConfiguredKeys {
    pub(super) secret_key: Option<SecretBytes<KEY_BYTES>>,
    previous_secret_keys: Vec<SecretBytes<KEY_BYTES>>,
}

impl ConfiguredKeys {
    /// Reads the secret keys from the settings.
    pub(super) fn read_secret_keys(reader: &mut SettingsReader) -> Self {
        let secret_key = read_secret_key(reader);
        let previous_secret_keys = read_previous_secret_keys(reader);
        Self {
            secret_key,
            previous_secret_keys,
        }
    }

    /// Adds the secret key from the file `secret.key` if the operator has set none.
    ///
    /// Creates the file in `data_dir` if necessary.
    pub(super) fn with_secret_key_from_file(
        self,
        data_dir: &Path,
    ) -> Result<KeysConfig, ConfigErrors> {
        let secret_key = match self.secret_key.clone() {
            Some(key) => key,
            None => load_or_create_key_file(data_dir)?,
        };
        Ok(self.with_current_key(secret_key))
    }

    /// Adds a random secret key if the operator has set none.
    ///
    /// The key exists only in memory; `data_dir` is used only in the error message.
    pub(super) fn with_temporary_secret_key(
        self,
        data_dir: &Path,
    ) -> Result<KeysConfig, ConfigErrors> {
        let secret_key = match self.secret_key.clone() {
            Some(key) => key,
            None => Secret::new(
                generate_secret_key().map_err(|error| create_key_file_error(data_dir, &error))?,
            ),
        };
        Ok(self.with_current_key(secret_key))
    }

    /// Combines the previous keys with `secret_key` as the current key.
    fn with_current_key(self, secret_key: SecretBytes<KEY_BYTES>) -> KeysConfig {
        KeysConfig {
            secret_key,
            previous_secret_keys: self.previous_secret_keys,
        }
    }
}

/// Generates 64 random bytes as a secret key.
fn generate_secret_key() -> io::Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    SysRng.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    Ok(key)
}

/// Creates the error for a key file that cannot be used.
fn create_key_file_error(path: &Path, problem: impl Display) -> ConfigErrors {
    ConfigErrors(vec![ConfigError {
        name: path.display().to_string(),
        problem: problem.to_string(),
        remedy: "fix or delete the file, or set SALLYPORT_SECRET_KEY".to_owned(),
    }])
}

/// Reads the current secret key from `SALLYPORT_SECRET_KEY`.
fn read_secret_key(reader: &mut SettingsReader) -> Option<SecretBytes<KEY_BYTES>> {
    const NAME: &str = "SALLYPORT_SECRET_KEY";
    let text = reader.read_secret(NAME, 1, KEY_HINT)?;
    let key = decode_secret_key(text.expose());
    if let Err(problem) = &key {
        reader.report_setting_error(NAME, problem, KEY_HINT);
    }
    key.ok()
}

/// Reads the previous secret keys.
fn read_previous_secret_keys(reader: &mut SettingsReader) -> Vec<SecretBytes<KEY_BYTES>> {
    const NAME: &str = "SALLYPORT_PREVIOUS_SECRET_KEYS";
    const HINT: &str =
        "set the keys that SALLYPORT_SECRET_KEY had before, separated by commas, or remove it";
    let Some(text) = reader.read_secret(NAME, 1, HINT) else {
        return Vec::new();
    };
    let mut keys = Vec::new();
    for item in text.expose().split(',') {
        match decode_secret_key(item) {
            Ok(key) => keys.push(key),
            Err(problem) => {
                reader.report_setting_error(NAME, format!("holds a key that {problem}"), HINT);
            }
        }
    }
    keys
}

/// Reads the secret key from the file `secret.key` in `data_dir`, after creating it if it does not exist.
fn load_or_create_key_file(data_dir: &Path) -> Result<SecretBytes<KEY_BYTES>, ConfigErrors> {
    let path = data_dir.join(FILE_NAME);
    let text = read_or_create_key_text(data_dir, &path)
        .map_err(|error| create_key_file_error(&path, format!("cannot be used: {error}")))?;
    decode_secret_key(without_byte_order_mark(&text).trim_ascii_end())
        .map_err(|problem| create_key_file_error(&path, problem))
}

/// Decodes a secret key from base64.
///
/// Fails if the key is not 64 bytes long, or has so few different bytes that it cannot be random.
fn decode_secret_key(text: &str) -> Result<SecretBytes<KEY_BYTES>, String> {
    // The error of the decoder quotes a byte of the secret, so it is not shown.
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| "is not base64".to_owned())?;
    let key: [u8; KEY_BYTES] = bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| format!("holds {} bytes, not {KEY_BYTES}", bytes.len()))?;
    // Rejects zeros and repeated words: 64 random bytes have about 57 different values.
    let mut values = key.to_vec();
    values.sort_unstable();
    values.dedup();
    if values.len() < KEY_BYTES / 2 {
        return Err("is not random".to_owned());
    }
    Ok(Secret::new(key))
}

/// Reads the text of the key file at `path`, after creating the file if it does not exist.
///
/// Fails if other users of the machine can read it.
fn read_or_create_key_text(data_dir: &Path, path: &Path) -> io::Result<String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(data_dir)?;
            create_key_file(data_dir, path)?;
        }
        Err(error) => return Err(error),
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            return Err(io::Error::other("others may read it; chmod it to 600"));
        }
        Ok(_) => {}
    }
    fs::read_to_string(path)
}

/// Creates the key file with a random key. If two processes do this at the same time, both use the same key.
fn create_key_file(data_dir: &Path, path: &Path) -> io::Result<()> {
    // The key is written to a temporary file and linked to its final path, so that no process reads an incomplete
    // file.
    let key = generate_secret_key()?;
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
