//! Computes password hashes. Only [`super::hasher`] calls these functions, for requests that have a permit and a hash
//! slot.

use ::aes::Aes256;
use ::aes::cipher::{KeyIvInit as _, StreamCipher as _};
use ::argon2::password_hash::phc;
use ::argon2::{Algorithm, Argon2, Block, Version};
use ::ctr::Ctr128BE;
use ::pbkdf2::pbkdf2_hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::error::HashError;
use crate::security::password::{
    Argon2Hash, BcryptHash, FirebaseHash, HashParameters, PasswordHash, Pbkdf2Digest, Pbkdf2Hash,
    Prehash, Scheme, ScryptHash,
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

/// Returns whether the first 72 bytes of a password match a stored bcrypt hash. A password that contains a NUL byte
/// never matches.
fn matches_bcrypt_hash(password: &str, stored: &BcryptHash) -> bool {
    // Other systems ignore bytes beyond 72 too, but differ in how they hash a NUL byte. A form cannot contain one.
    let whole = password.bytes().chain([0]);
    let read: Vec<u8> = whole.take(MAX_BYTES_READ_BY_BCRYPT).collect();
    let output = ::bcrypt::bcrypt(stored.cost, stored.salt, &read);
    let same: bool = output[..stored.output.len()].ct_eq(&stored.output).into();
    same && !password.contains('\0')
}

/// Computes the SHA-256 hash or HMAC of a password. Some applications, such as Django and passlib, give it to bcrypt in
/// place of the password.
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

/// Returns whether a password matches a stored Firebase hash. Such a hash is the signer key of the Firebase project,
/// encrypted with a key that scrypt derives from the password.
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

/// Creates the error for a hash computation that failed.
fn hash_computation_error(error: &impl ToString) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses a password hash and returns whether the password matches it.
    fn does_password_match_hash(hash: &str, password: &str) -> bool {
        let stored = PasswordHash::parse(hash).unwrap_or_else(|error| panic!("{hash}: {error}"));
        super::verify_password(password, &stored, &mut HashMemory::default()).expect("computed")
    }

    /// Uses test vectors of the Argon2 reference implementation (`src/test.c`), and three that were computed with it.
    #[test]
    fn every_argon2_variant_and_version_verifies_the_reference_vectors() {
        for text in [
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
            "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
            "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$2gcOV25Q8vOKPIl8vdxsf7QCjocJcf+erntOGHkpXm4",
            "$argon2d$v=16$m=256,t=2,p=1$c29tZXNhbHQ$vUBIaP8AxS51Q8gzLmp3KlckiS1+Mo1c8lO7yOcms3E",
            "$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$JcTui6RIBUtJ78gE5Hi52CO+H5vS6Z9R1uxAB6OhUB8",
        ] {
            assert!(does_password_match_hash(text, "password"), "{text}");
            assert!(!does_password_match_hash(text, "Password"), "{text}");
        }
    }

    /// Uses test vectors of `crypt_blowfish` (`wrapper.c`), and one that was computed with libxcrypt.
    #[test]
    fn published_bcrypt_vectors_verify() {
        for (text, password) in [
            (
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                "U*U",
            ),
            (
                "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
                "U*U*",
            ),
            (
                "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
                "U*U*U",
            ),
            (
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
                "",
            ),
            (
                "$2b$04$7LCcf6rKdtqPJdKeRLEhZeWYg35rISJEj736NEDrmpcVClhLJgr/G",
                "caf\u{e9} au lait",
            ),
        ] {
            assert!(does_password_match_hash(text, password), "{password:?}");
            assert!(
                !does_password_match_hash(text, &format!("{password} ")),
                "{password:?}"
            );
        }
    }

    #[test]
    fn only_the_first_72_bytes_count_for_bcrypt() {
        let text = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
        let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        assert_eq!(head.len(), 72);
        assert!(does_password_match_hash(
            text,
            &format!("{head}chars after 72 are ignored")
        ));
        assert!(does_password_match_hash(text, head));
        assert!(!does_password_match_hash(text, &head[..71]));
    }

    #[test]
    fn password_with_nul_never_matches_bcrypt() {
        let text = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(!does_password_match_hash(text, "U*U\0"));
        assert!(!does_password_match_hash(text, "U*U\0more"));
    }

    #[test]
    fn unused_bits_after_a_bcrypt_salt_are_ignored() {
        let clean = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let dirty = clean.replace("CC.E5", "CC/E5");
        assert!(does_password_match_hash(&dirty, "U*U"));
    }

    /// Uses test vectors of RFC 7914, section 12, and of passlib's documentation, and one computed with Python's
    /// `hashlib.scrypt`.
    #[test]
    fn published_scrypt_vectors_verify() {
        for (text, password) in [
            (
                "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
                "pleaseletmein",
            ),
            (
                "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
                "password",
            ),
            (
                "$scrypt$ln=10,r=3,p=2$c2l4dGVlbiBzYWx0eSBieQ$PrCUi45FfC7KIeMzAObCJEhXl5OrqmFasJ11x+O6dsc",
                "caf\u{e9} au lait",
            ),
        ] {
            assert!(does_password_match_hash(text, password), "{password}");
            assert!(!does_password_match_hash(text, "another"), "{password}");
        }
    }

    /// Uses hashes computed with Python's `hashlib.pbkdf2_hmac` and libxcrypt.
    #[test]
    fn hashes_in_the_formats_of_django_passlib_and_keycloak_verify() {
        for text in [
            "pbkdf2_sha256$1000$seasalt12345$kWJPeDdnm/NP27F7pgljyLNgxAGvEiGCyRYSYCJnhlY=",
            "pbkdf2_sha1$1000$seasalt12345$x11bi2QD4cUdx0QZZyKzCz6PlcI=",
            "$pbkdf2$1000$................AQIDBA$Vr2i0eHLpjCTPcaBrtulJelfxIw",
            "$pbkdf2-sha256$1000$................AQIDBA$tGkHjH1F3FBSdNJmRFapm5ziYt2FW2pYsytdqW4PrTQ",
            "$pbkdf2-sha512$1000$................AQIDBA$5dSqjfXGWMICR46Cf8M.NWXprgLsQzUpWnNT8xdvCqKU2zFnCfBOKX8YD6dT6JkJt9Ga7ihGdrD8HZwPsJqdFg",
            "$pbkdf2-sha512$i=1000,l=64$++++++++++++++++AQIDBA==$5dSqjfXGWMICR46Cf8M+NWXprgLsQzUpWnNT8xdvCqKU2zFnCfBOKX8YD6dT6JkJt9Ga7ihGdrD8HZwPsJqdFg==",
            "$pbkdf2-sha256$i=1000$++++++++++++++++AQIDBA==$tGkHjH1F3FBSdNJmRFapm5ziYt2FW2pYsytdqW4PrTRHxDXeX4An7OWX+TliN6soxqU28Jzbd7ro7e1sqZZAMw==",
            "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuurQ3V7qnTQ4PhCgN7LXqxt0esLa38s8a",
            "bcrypt$$2b$04$abcdefghijklmnopqrstuuHB9CAjWTI9qhpNQhLlMu4TxZtE03Cwa",
            "scrypt$1024$seasalt12345$8$5$Izg4UgAO8Aa1738ewrPTWEhYtamJLkkaOPSyfPvEdTT3Zw/sUJqnImvE1qysN5U15UBDGRDuMFk2uT8QSRpmWg==",
            "$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstuu$//YjslaNQf8KhQDNz5hV8viYYt1.bsq",
            "$bcrypt-sha256$2b,4$abcdefghijklmnopqrstuu$wkU09CDduWiK9DZtGlYF36dcxHuQGC2",
        ] {
            assert!(does_password_match_hash(text, "correct horse 7"), "{text}");
            assert!(!does_password_match_hash(text, "correct horse 8"), "{text}");
        }
        // The example of passlib's documentation.
        let passlib =
            "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2";
        assert!(
            does_password_match_hash(passlib, "password")
                && !does_password_match_hash(passlib, "Password")
        );
        let argon2 = "argon2$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(
            does_password_match_hash(argon2, "password")
                && !does_password_match_hash(argon2, "Password")
        );
    }

    /// Uses the example of <https://github.com/firebase/scrypt>.
    #[test]
    fn published_firebase_vector_verifies() {
        let signer_key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
        let text = format!(
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={signer_key}$42xEC+ixf3L2lw==\
             $lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
        );
        assert!(does_password_match_hash(&text, "user1password"));
        assert!(!does_password_match_hash(&text, "user2password"));
        let other_separator = text.replace("ss=Bw==", "ss=CA==");
        assert!(!does_password_match_hash(&other_separator, "user1password"));
    }
}
