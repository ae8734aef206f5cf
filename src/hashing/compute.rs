//! Computes password hashes. Only [`super::hasher`] calls these functions, for requests that have a permit and a hash
//! slot.

use ::aes::Aes256;
use ::aes::cipher::{KeyIvInit as _, StreamCipher as _};
use ::argon2::password_hash::phc;
use ::argon2::{Algorithm, Argon2, Block, Version};
use ::ctr::Ctr128BE;
use ::pbkdf2::pbkdf2_hmac;
use ::sha_crypt::{PasswordVerifier as _, ShaCrypt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::error::HashError;
use crate::security::password::{
    Argon2Hash, BcryptHash, FirebaseHash, HashParameters, PasswordHash, Pbkdf2Digest, Pbkdf2Hash,
    Prehash, Scheme, ScryptHash, ShaCryptHash,
};

/// Maximum number of bytes that bcrypt reads, including the NUL byte after the password.
const MAX_BYTES_READ_BY_BCRYPT: usize = 72;

/// Working memory of an Argon2 hash computation, which later computations reuse.
#[derive(Default)]
pub(super) struct HashMemory(Vec<Block>);

impl HashMemory {
    /// Returns `count` memory blocks, allocating more if necessary.
    fn allocate_blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        &mut self.0[..count]
    }

    /// Returns whether this working memory is larger than an Argon2 hash with these parameters needs.
    pub(super) fn is_memory_larger_than_hash_needs(&self, parameters: HashParameters) -> bool {
        self.0.len() > usize::try_from(parameters.memory_kib).unwrap_or(usize::MAX)
    }
}

/// Computes the Argon2id hash of a password with a random salt of 128 bits.
pub(super) fn hash_password(
    password: &str,
    parameters: HashParameters,
    memory: &mut HashMemory,
) -> Result<PasswordHash, HashError> {
    let params = parameters
        .to_argon2_params()
        .ok_or(HashError::Parameters(parameters))?;
    let salt = phc::Salt::generate();
    let mut output = [0; Argon2Hash::OUTPUT];
    let blocks = memory.allocate_blocks(params.block_count());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut output, blocks)
        .map_err(|error| hash_computation_error(&error))?;
    let made = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.into(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(&params)
            .map_err(|error| hash_computation_error(&error))?,
        salt: Some(salt),
        hash: Some(phc::Output::new(&output).map_err(|error| hash_computation_error(&error))?),
    };
    PasswordHash::parse(&made.to_string()).map_err(|error| hash_computation_error(&error))
}

/// Returns whether a password matches a stored hash of any supported scheme.
pub(super) fn verify_password(
    password: &str,
    stored: &PasswordHash,
    memory: &mut HashMemory,
) -> Result<bool, HashError> {
    let text = stored.as_str();
    match stored.scheme() {
        Scheme::Argon2(stored) => matches_argon2_hash(password, stored, memory),
        Scheme::Bcrypt(stored) => Ok(matches_bcrypt_hash(password, stored)),
        Scheme::PrehashedBcrypt(stored, prehash) => Ok(matches_bcrypt_hash(
            &prehash_password(password, prehash)?,
            stored,
        )),
        Scheme::Pbkdf2(stored) => Ok(matches_pbkdf2_hash(password, stored)),
        Scheme::Scrypt(stored) => matches_scrypt_hash(password, stored),
        Scheme::Firebase(stored) => matches_firebase_hash(password, stored),
        Scheme::ShaCrypt(stored) => matches_sha_crypt_hash(password, text, stored),
    }
}

/// Returns whether a password matches a stored Argon2 hash.
fn matches_argon2_hash(
    password: &str,
    stored: &Argon2Hash,
    memory: &mut HashMemory,
) -> Result<bool, HashError> {
    let params = stored
        .parameters
        .to_argon2_params()
        .ok_or(HashError::Parameters(stored.parameters))?;
    let mut output = vec![0; stored.output.len()];
    let blocks = memory.allocate_blocks(params.block_count());
    Argon2::new(stored.algorithm, stored.version, params)
        .hash_password_into_with_memory(password.as_bytes(), &stored.salt, &mut output, blocks)
        .map_err(|error| hash_computation_error(&error))?;
    Ok(output.ct_eq(&stored.output).into())
}

/// Returns whether the first 72 bytes of a password match a stored bcrypt hash.
///
/// A password that contains a NUL byte never matches.
fn matches_bcrypt_hash(password: &str, stored: &BcryptHash) -> bool {
    // Other systems ignore bytes beyond 72 too, but differ in how they hash a NUL byte. A form cannot contain one.
    let password_with_nul = password.bytes().chain([0]);
    let read: Vec<u8> = password_with_nul.take(MAX_BYTES_READ_BY_BCRYPT).collect();
    let output = ::bcrypt::bcrypt(stored.cost, stored.salt, &read);
    let is_equal: bool = output[..stored.output.len()].ct_eq(&stored.output).into();
    is_equal && !password.contains('\0')
}

/// Computes the SHA-256 hash or HMAC of a password.
///
/// Some applications, such as Django and passlib, give it to bcrypt in place of the password.
fn prehash_password(password: &str, prehash: &Prehash) -> Result<String, HashError> {
    let password = password.as_bytes();
    Ok(match prehash {
        Prehash::HexSha256 => hex::encode(Sha256::digest(password)),
        Prehash::Base64Sha256 => STANDARD.encode(Sha256::digest(password)),
        Prehash::Base64HmacSha256 { salt } => {
            let mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes());
            let mac = mac.map_err(|error| hash_computation_error(&error))?;
            STANDARD.encode(mac.chain_update(password).finalize().into_bytes())
        }
    })
}

/// Returns whether a password matches a stored scrypt hash.
fn matches_scrypt_hash(password: &str, stored: &ScryptHash) -> Result<bool, HashError> {
    let mut output = vec![0; stored.output.len()];
    derive_scrypt_key(password, stored, &mut output)?;
    Ok(output.ct_eq(&stored.output).into())
}

/// Returns whether a password matches a stored Firebase hash.
///
/// Such a hash is the signer key of the Firebase project, encrypted with a key that scrypt derives from the password.
fn matches_firebase_hash(password: &str, stored: &FirebaseHash) -> Result<bool, HashError> {
    let mut key = [0; 32];
    derive_scrypt_key(password, &stored.scrypt, &mut key)?;
    let mut output = stored.signer_key.clone();
    Ctr128BE::<Aes256>::new(&key.into(), &[0; 16].into()).apply_keystream(&mut output);
    Ok(output.ct_eq(&stored.scrypt.output).into())
}

/// Derives a key from a password with scrypt, and writes it to `output`.
fn derive_scrypt_key(
    password: &str,
    stored: &ScryptHash,
    output: &mut [u8],
) -> Result<(), HashError> {
    let params = stored
        .to_scrypt_params()
        .ok_or_else(|| HashError::Failed("scrypt parameters".into()))?;
    ::scrypt::scrypt(password.as_bytes(), &stored.salt, &params, output)
        .map_err(|error| hash_computation_error(&error))
}

/// Returns whether a password matches a stored PBKDF2 hash.
fn matches_pbkdf2_hash(password: &str, stored: &Pbkdf2Hash) -> bool {
    let compute = match stored.digest {
        Pbkdf2Digest::Sha1 => pbkdf2_hmac::<Sha1>,
        Pbkdf2Digest::Sha256 => pbkdf2_hmac::<Sha256>,
        Pbkdf2Digest::Sha512 => pbkdf2_hmac::<Sha512>,
    };
    let mut output = vec![0; stored.output.len()];
    compute(
        password.as_bytes(),
        &stored.salt,
        stored.rounds,
        &mut output,
    );
    output.ct_eq(&stored.output).into()
}

/// Returns whether a password matches the SHA-crypt hash `text`.
///
/// A password that would take too long to hash never matches.
fn matches_sha_crypt_hash(
    password: &str,
    text: &str,
    stored: &ShaCryptHash,
) -> Result<bool, HashError> {
    if !stored.is_password_short_enough(password.len()) {
        return Ok(false);
    }
    match ShaCrypt::default().verify_password(password.as_bytes(), text) {
        Ok(()) => Ok(true),
        Err(::sha_crypt::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(hash_computation_error(&error)),
    }
}

/// Creates the error for a hash computation that failed.
fn hash_computation_error(error: &impl ToString) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
#[path = "compute_tests.rs"]
mod tests;
