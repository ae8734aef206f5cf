//! The computation of password hashes. Only [`super::hasher`] calls it, for a request that has a permit and a turn.

use ::argon2::password_hash::phc;
use ::argon2::{Algorithm, Argon2, Block, Version};
use ::pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::error::HashError;
use crate::security::password::{
    Argon2Hash, BcryptHash, HashParameters, PasswordHash, Pbkdf2Digest, Pbkdf2Hash, Scheme,
    ScryptHash,
};

/// The number of bytes that bcrypt reads of a password and the NUL behind it.
const BCRYPT_READS: usize = 72;

/// The memory of one Argon2 hash, kept for the next one. An allocator that frees and allocates so much on changing
/// threads holds many times of it in the end.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        &mut self.0[..count]
    }

    /// Whether a hash with these parameters needs all of it.
    pub(super) fn is_within(&self, parameters: HashParameters) -> bool {
        self.0.len() <= usize::try_from(parameters.memory_kib).unwrap_or(usize::MAX)
    }
}

/// Hashes with Argon2id and a random salt of 128 bits.
pub(super) fn hash(
    password: &str,
    parameters: HashParameters,
    memory: &mut Memory,
) -> Result<PasswordHash, HashError> {
    let params = parameters
        .params()
        .ok_or(HashError::Parameters(parameters))?;
    let salt = phc::Salt::generate();
    let mut output = [0; Argon2Hash::OUTPUT];
    let blocks = memory.blocks(params.block_count());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt.as_ref(), &mut output, blocks)
        .map_err(|error| failed(&error))?;
    let made = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.into(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(&params).map_err(|error| failed(&error))?,
        salt: Some(salt),
        hash: Some(phc::Output::new(&output).map_err(|error| failed(&error))?),
    };
    PasswordHash::parse(&made.to_string()).map_err(|error| failed(&error))
}

/// Whether `stored` is the hash of this password.
pub(super) fn matches(
    password: &str,
    stored: &PasswordHash,
    memory: &mut Memory,
) -> Result<bool, HashError> {
    match stored.scheme() {
        Scheme::Argon2(stored) => matches_argon2(password, stored, memory),
        Scheme::Bcrypt(stored) => Ok(matches_bcrypt(password, stored)),
        Scheme::BcryptSha256(stored) => {
            let digest = hex::encode(Sha256::digest(password.as_bytes()));
            Ok(matches_bcrypt(&digest, stored))
        }
        Scheme::Pbkdf2(stored) => Ok(matches_pbkdf2(password, stored)),
        Scheme::Scrypt(stored) => matches_scrypt(password, stored),
    }
}

fn matches_argon2(
    password: &str,
    stored: &Argon2Hash,
    memory: &mut Memory,
) -> Result<bool, HashError> {
    let params = stored
        .parameters
        .params()
        .ok_or(HashError::Parameters(stored.parameters))?;
    let mut output = vec![0; stored.output.len()];
    let blocks = memory.blocks(params.block_count());
    Argon2::new(stored.algorithm, stored.version, params)
        .hash_password_into_with_memory(password.as_bytes(), &stored.salt, &mut output, blocks)
        .map_err(|error| failed(&error))?;
    Ok(output.ct_eq(&stored.output).into())
}

/// Compares like the system that made the hash: bytes beyond 72 do not count.
///
/// A password with NUL never matches, because some systems stop reading there and others do not. A form cannot
/// contain one.
fn matches_bcrypt(password: &str, stored: &BcryptHash) -> bool {
    let whole = password.bytes().chain([0]);
    let read: Vec<u8> = whole.take(BCRYPT_READS).collect();
    let output = ::bcrypt::bcrypt(stored.cost, stored.salt, &read);
    let same: bool = output[..stored.output.len()].ct_eq(&stored.output).into();
    same && !password.contains('\0')
}

fn matches_scrypt(password: &str, stored: &ScryptHash) -> Result<bool, HashError> {
    let params = stored
        .params()
        .ok_or_else(|| HashError::Failed("scrypt parameters".into()))?;
    let mut output = vec![0; stored.output.len()];
    ::scrypt::scrypt(password.as_bytes(), &stored.salt, &params, &mut output)
        .map_err(|error| failed(&error))?;
    Ok(output.ct_eq(&stored.output).into())
}

fn matches_pbkdf2(password: &str, stored: &Pbkdf2Hash) -> bool {
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

fn failed(error: &impl ToString) -> HashError {
    HashError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, password: &str) -> bool {
        let stored = PasswordHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        super::matches(password, &stored, &mut Memory::default()).expect("computed")
    }

    /// Known answers of the reference implementation (`src/test.c`) for "password" and the salt
    /// "somesalt"; the last three were computed with it.
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
            assert!(matches(text, "password"), "{text}");
            assert!(!matches(text, "Password"), "{text}");
        }
    }

    /// Known answers of `crypt_blowfish` (`wrapper.c`), and one computed with libxcrypt.
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
            assert!(matches(text, password), "{password:?}");
            assert!(!matches(text, &format!("{password} ")), "{password:?}");
        }
    }

    #[test]
    fn only_the_first_72_bytes_count_for_bcrypt() {
        let text = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
        let head = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        assert_eq!(head.len(), 72);
        assert!(matches(text, &format!("{head}chars after 72 are ignored")));
        assert!(matches(text, head));
        assert!(!matches(text, &head[..71]));
    }

    #[test]
    fn password_with_nul_never_matches_bcrypt() {
        let text = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(!matches(text, "U*U\0"));
        assert!(!matches(text, "U*U\0more"));
    }

    #[test]
    fn bits_behind_a_bcrypt_salt_change_nothing() {
        let clean = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        let dirty = clean.replace("CC.E5", "CC/E5");
        assert!(matches(&dirty, "U*U"));
    }

    /// The third vector of RFC 7914, section 12; the example of passlib's documentation; and one
    /// with another block size, computed with Python's `hashlib.scrypt`.
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
            assert!(matches(text, password), "{password}");
            assert!(!matches(text, "another"), "{password}");
        }
    }

    /// Computed with Python's `hashlib.pbkdf2_hmac` and libxcrypt, in the forms of Django, passlib and Keycloak.
    #[test]
    fn hashes_in_the_forms_of_django_passlib_and_keycloak_verify() {
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
        ] {
            assert!(matches(text, "correct horse 7"), "{text}");
            assert!(!matches(text, "correct horse 8"), "{text}");
        }
        let argon2 = "argon2$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(matches(argon2, "password") && !matches(argon2, "Password"));
    }
}
