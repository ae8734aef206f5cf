//! Stored password hashes of all supported schemes.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::argon2::Argon2Hash;
use super::bcrypt::{BcryptHash, Prehash};
use super::error::InvalidHash;
use super::firebase::FirebaseHash;
use super::parameters::HashParameters;
use super::pbkdf2::Pbkdf2Hash;
use super::scrypt::ScryptHash;
use super::sha_crypt::ShaCryptHash;

/// Stored password hash of a supported scheme, with accepted cost parameters. `Debug` hides the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    text: String,
    scheme: Scheme,
}

/// Hashing scheme of a stored password hash.
///
/// New hashes use Argon2id. A hash of another scheme is replaced at the next sign-in of the user.
#[derive(Clone, PartialEq, Eq)]
pub enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    /// bcrypt of another hash of the password.
    PrehashedBcrypt(BcryptHash, Prehash),
    Scrypt(ScryptHash),
    Firebase(FirebaseHash),
    Pbkdf2(Pbkdf2Hash),
    ShaCrypt(ShaCryptHash),
}

impl PasswordHash {
    /// The maximum length of a hash in bytes. argon2id needs 97, Firebase about 240.
    const MAX_BYTES: usize = 320;

    /// The maximum cost of an imported bcrypt hash: 4,096 rounds, the usual default.
    const MAX_IMPORTED_BCRYPT_COST: u32 = 12;
    /// The maximum work (N times r times p) of an imported scrypt hash.
    ///
    /// It is the highest recommendation of the OWASP Password Storage Cheat Sheet: N = 2^17, r = 8, p = 1.
    const MAX_IMPORTED_SCRYPT_WORK: u64 = 8 << 17;
    /// The maximum work (KiB times passes) of an imported Argon2 hash.
    ///
    /// The second recommendation of RFC 9106, 64 MiB and 3 passes, is below it.
    const MAX_IMPORTED_ARGON2_WORK: u64 = 4 << 16;

    /// The maximum work of an imported PBKDF2 hash, in rounds of SHA-256.
    ///
    /// Django 6.1 uses 1,500,000 by default, and each release about a fifth more.
    const MAX_IMPORTED_PBKDF2_WORK: u64 = 1_800_000;

    /// Parses a password hash from the database.
    pub fn parse(stored_hash: &str) -> Result<Self, InvalidHash> {
        // PostgreSQL stores no NUL, and no known system writes control characters.
        if stored_hash.len() > Self::MAX_BYTES || stored_hash.contains(char::is_control) {
            return Err(InvalidHash::Malformed);
        }
        let django = parse_django_scheme(stored_hash)?;
        if let Some(scheme) = django.or(parse_werkzeug_scheme(stored_hash)?) {
            let text = stored_hash.to_owned();
            return Ok(Self { text, scheme });
        }
        let named = stored_hash
            .strip_prefix('$')
            .and_then(|rest| rest.split('$').next());
        let scheme = match named {
            Some("argon2id" | "argon2i" | "argon2d") => {
                Scheme::Argon2(Argon2Hash::parse(stored_hash)?)
            }
            Some("2a" | "2b" | "2x" | "2y") => Scheme::Bcrypt(BcryptHash::parse(stored_hash)?),
            Some("pbkdf2" | "pbkdf2-sha1" | "pbkdf2-sha256" | "pbkdf2-sha512") => {
                Scheme::Pbkdf2(Pbkdf2Hash::parse(stored_hash)?)
            }
            Some("scrypt") => Scheme::Scrypt(ScryptHash::parse(stored_hash)?),
            Some("5" | "6") => Scheme::ShaCrypt(ShaCryptHash::parse(stored_hash)?),
            Some("fbscrypt" | "firescrypt") => Scheme::Firebase(FirebaseHash::parse(stored_hash)?),
            Some("bcrypt-sha256") => {
                let (hash, prehash) = BcryptHash::parse_passlib_bcrypt(stored_hash)?;
                Scheme::PrehashedBcrypt(hash, prehash)
            }
            _ => return Err(InvalidHash::UnknownScheme),
        };
        let text = stored_hash.to_owned();
        Ok(Self { text, scheme })
    }

    /// Returns the SHA-256 digest of the password hash in hexadecimal.
    ///
    /// A later replacement of the hash is detected by it.
    pub fn sha256_digest(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_bytes()))
    }

    /// Parses a password hash imported from another system.
    ///
    /// Rejects a hash that could take longer to verify than the fixed response time of refused passwords
    /// (docs/decisions/password-response-time.md).
    pub fn parse_imported_hash(imported_hash: &str) -> Result<Self, InvalidHash> {
        let hash = Self::parse(imported_hash)?;
        let bounded = match &hash.scheme {
            Scheme::Argon2(hash) => hash.parameters.work_factor() <= Self::MAX_IMPORTED_ARGON2_WORK,
            Scheme::Bcrypt(hash) | Scheme::PrehashedBcrypt(hash, _) => {
                hash.cost <= Self::MAX_IMPORTED_BCRYPT_COST
            }
            Scheme::Pbkdf2(hash) => hash.work_factor() <= Self::MAX_IMPORTED_PBKDF2_WORK,
            Scheme::Scrypt(hash) | Scheme::Firebase(FirebaseHash { scrypt: hash, .. }) => {
                hash.work_factor() <= Self::MAX_IMPORTED_SCRYPT_WORK
            }
            // The cost is within the limit, because the parser refuses higher costs.
            Scheme::ShaCrypt(_) => true,
        };
        bounded.then_some(hash).ok_or(InvalidHash::TooCostly)
    }

    /// Returns the password hash as text for the database.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether the password hash has the format of new hashes. A sign-in replaces a hash of another format.
    pub fn has_format_of_new_hashes(&self) -> bool {
        let is_current = matches!(&self.scheme, Scheme::Argon2(hash) if hash.has_format_of_newly_created_hashes());
        is_current && self.has_text_form_of_new_hashes()
    }

    /// Returns whether the text has neither the prefix of Django nor base64 padding.
    fn has_text_form_of_new_hashes(&self) -> bool {
        self.text.starts_with('$') && !self.text.ends_with('=')
    }

    /// Returns whether this hash has the format and cost of a new hash with these parameters.
    pub fn has_format_and_cost_of_new_hash(&self, parameters: HashParameters) -> bool {
        let is_current = matches!(&self.scheme, Scheme::Argon2(hash) if hash.has_format_and_cost_of_newly_created_hashes(parameters));
        is_current && self.has_text_form_of_new_hashes()
    }

    /// Returns whether verifying the hash counts as slow.
    ///
    /// A slow hash has more than twice the work factor of `current`, or a scheme other than Argon2.
    pub fn is_slower_to_verify_than_new_hash(&self, current: HashParameters) -> bool {
        match &self.scheme {
            Scheme::Argon2(hash) => hash.parameters.work_factor() > 2 * current.work_factor(),
            Scheme::Bcrypt(_)
            | Scheme::PrehashedBcrypt(..)
            | Scheme::Scrypt(_)
            | Scheme::Firebase(_)
            | Scheme::Pbkdf2(_)
            | Scheme::ShaCrypt(_) => true,
        }
    }

    /// Returns the memory in KiB that verifying a password against this hash needs.
    pub fn memory_kib(&self) -> u32 {
        match &self.scheme {
            Scheme::Argon2(hash) => hash.parameters.memory_kib,
            Scheme::Bcrypt(_) | Scheme::PrehashedBcrypt(..) => 4,
            Scheme::Pbkdf2(_) | Scheme::ShaCrypt(_) => 1,
            Scheme::Scrypt(hash) | Scheme::Firebase(FirebaseHash { scrypt: hash, .. }) => {
                hash.memory_kib()
            }
        }
    }

    /// Returns the hashing scheme of a password hash, with the parsed parameters.
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }
}

/// Parses a hash in the format of Django, `algorithm$…`. Returns `None` if the text does not have that format.
///
/// Source: <https://docs.djangoproject.com/en/stable/topics/auth/passwords/>.
fn parse_django_scheme(django_hash: &str) -> Result<Option<Scheme>, InvalidHash> {
    let Some((algorithm, rest)) = django_hash.split_once('$') else {
        return Ok(None);
    };
    Ok(Some(match algorithm {
        "pbkdf2_sha256" | "pbkdf2_sha1" => {
            Scheme::Pbkdf2(Pbkdf2Hash::parse_django_pbkdf2(django_hash)?)
        }
        "argon2" => Scheme::Argon2(Argon2Hash::parse(&format!("${rest}"))?),
        "bcrypt" => Scheme::Bcrypt(BcryptHash::parse(rest)?),
        "bcrypt_sha256" => Scheme::PrehashedBcrypt(BcryptHash::parse(rest)?, Prehash::HexSha256),
        "scrypt" => Scheme::Scrypt(ScryptHash::parse_django_scrypt(django_hash)?),
        _ => return Ok(None),
    }))
}

/// Parses a hash in the format of Werkzeug, `method:parameters$…`, which Flask applications store.
///
/// Returns `None` if the text does not have that format.
fn parse_werkzeug_scheme(werkzeug_hash: &str) -> Result<Option<Scheme>, InvalidHash> {
    Ok(match werkzeug_hash.split_once(':') {
        Some(("pbkdf2", _)) => Some(Scheme::Pbkdf2(Pbkdf2Hash::parse_werkzeug_pbkdf2(
            werkzeug_hash,
        )?)),
        Some(("scrypt", _)) => Some(Scheme::Scrypt(ScryptHash::parse_werkzeug_scrypt(
            werkzeug_hash,
        )?)),
        _ => None,
    })
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "c2FsdHNhbHRzYWx0c2FsdA";
    const OUTPUT: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI";

    /// Returns a sample password hash in PHC format. `prefix` contains algorithm and parameters.
    fn create_phc_hash_with_prefix(prefix: &str) -> String {
        format!("${prefix}${SALT}${OUTPUT}")
    }

    #[test]
    fn stored_password_hash_is_parsed_and_not_in_debug_output() {
        let text = create_phc_hash_with_prefix("argon2id$v=19$m=19456,t=2,p=1");
        let hash = PasswordHash::parse(&text).expect("valid password hash");
        assert_eq!(hash.as_str(), text);
        assert_eq!(format!("{hash:?}"), "PasswordHash");
    }

    #[test]
    fn excessive_hash_parameters_are_refused_before_any_computation() {
        for head in [
            "argon2id$v=19$m=4294967295,t=2,p=1",
            "argon2id$v=19$m=1048577,t=2,p=1",
            "argon2id$v=19$m=19456,t=4294967295,p=1",
            "argon2id$v=19$m=19456,t=33,p=1",
            "argon2id$v=19$m=1048576,t=17,p=1",
            "argon2id$v=19$m=19456,t=2,p=16777215",
            "argon2id$v=19$m=19456,t=2,p=17",
            "argon2id$v=19$m=19456,t=0,p=1",
            "argon2id$v=19$m=19456,t=2,p=0",
            "argon2id$v=19$m=7,t=2,p=1",
            "argon2id$v=19$m=63,t=2,p=8",
            "argon2id$v=19$m=99999999999999,t=2,p=1",
            "argon2id$v=19$m=-1,t=2,p=1",
        ] {
            assert!(
                PasswordHash::parse(&create_phc_hash_with_prefix(head)).is_err(),
                "{head}"
            );
        }
    }

    #[test]
    fn unknown_schemes_and_malformed_password_hashes_are_refused() {
        let valid_head = create_phc_hash_with_prefix("argon2id$v=19$m=19456,t=2,p=1");
        for text in [
            String::new(),
            "hunter22".into(),
            "$".into(),
            "$argon2id".into(),
            create_phc_hash_with_prefix("argon2$v=19$m=19456,t=2,p=1"),
            create_phc_hash_with_prefix("argon2id$v=18$m=19456,t=2,p=1"),
            create_phc_hash_with_prefix("pbkdf2-sha256$i=600000,l=31"),
            create_phc_hash_with_prefix("pbkdf2-md5$600000"),
            "pbkdf2_md5$1000$salt$MTIzNDU2Nzg5MDEyMzQ1Ng==".into(),
            format!("argon2{valid_head}$more"),
            "argon2$".into(),
            "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuu".into(),
            "$bcrypt-sha256$v=3,t=2b,r=12$abcdefghijklmnopqrstuu$vBE4z5MXygw9u8mmLzNOA2dGHOqCnjq"
                .into(),
            "$bcrypt-sha256$v=2,r=12,t=2b$abcdefghijklmnopqrstuu$vBE4z5MXygw9u8mmLzNOA2dGHOqCnjq"
                .into(),
            "$bcrypt-sha256$2b,4$abcdefghijklmnopqrstuu".into(),
            format!("scrypt$16383$salt$8$1${OUTPUT}="),
            format!("scrypt$16384$salt$8${OUTPUT}="),
            "scrypt$16384$salt$8$1$c2hvcnQ=".into(),
            format!("sha512$salt${OUTPUT}"),
            create_phc_hash_with_prefix("7$ln=14,r=8,p=1"),
            create_phc_hash_with_prefix("argon2id$v=19"),
            create_phc_hash_with_prefix("argon2id$v=19$m=19456,t=2"),
            create_phc_hash_with_prefix("argon2id$v=19$m=19456,t=2,p=1,keyid=AAAA"),
            "$1$abcdefgh$ABCDEFGHIJKLMNOPQRSTUV".into(),
            format!("scrypt:16383:8:1$salt${}", "00".repeat(64)),
            format!("scrypt:16384:8$salt${}", "00".repeat(64)),
            "scrypt:16384:8:1$salt$00".into(),
            format!("scrypt:16384:8:1$salt${OUTPUT}="),
            format!("sha256$salt${}", "00".repeat(32)),
            "bcrypt$$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234=".into(),
            format!("{valid_head}$more"),
            format!(" {valid_head}"),
            format!("{valid_head}{}", "A".repeat(300)),
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${OUTPUT}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$MTIzNA"),
        ] {
            assert!(PasswordHash::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn import_refuses_hashes_slower_than_the_fixed_response_time() {
        let bcrypt = |cost: u32| {
            format!("$2b${cost:02}$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG")
        };
        for accepted in [
            bcrypt(12),
            create_phc_hash_with_prefix("scrypt$ln=17,r=8,p=1"),
            create_phc_hash_with_prefix("scrypt$ln=15,r=8,p=3"),
            create_phc_hash_with_prefix("argon2id$v=19$m=65536,t=3,p=4"),
            create_phc_hash_with_prefix("argon2i$v=19$m=65536,t=4,p=1"),
            create_phc_hash_with_prefix("pbkdf2-sha256$1800000"),
            create_phc_hash_with_prefix("pbkdf2-sha512$600000"),
            format!("pbkdf2_sha256$1500000$salt${OUTPUT}="),
            format!("scrypt$16384$salt$8$5${OUTPUT}="),
            format!("scrypt:32768:8:1$salt${}", "00".repeat(64)),
            format!("pbkdf2:sha256:1000000$salt${}", "00".repeat(32)),
            format!("$5$rounds=535000$salt${}", ".".repeat(43)),
            format!("$6$rounds=656000$salt${}", ".".repeat(86)),
            "$bcrypt-sha256$v=2,t=2b,r=12$abcdefghijklmnopqrstuu$vBE4z5MXygw9u8mmLzNOA2dGHOqCnjq"
                .into(),
            format!(
                "argon2{}",
                create_phc_hash_with_prefix("argon2id$v=19$m=102400,t=2,p=8")
            ),
            format!("bcrypt_sha256${}", bcrypt(12)),
        ] {
            assert!(
                PasswordHash::parse_imported_hash(&accepted).is_ok(),
                "{accepted}"
            );
        }
        for costly in [
            bcrypt(13),
            bcrypt(16),
            create_phc_hash_with_prefix("scrypt$ln=17,r=8,p=2"),
            create_phc_hash_with_prefix("scrypt$ln=18,r=8,p=1"),
            create_phc_hash_with_prefix("argon2id$v=19$m=65536,t=5,p=4"),
            create_phc_hash_with_prefix("pbkdf2-sha256$1800001"),
            create_phc_hash_with_prefix("pbkdf2-sha512$600001"),
            format!("pbkdf2_sha256$1800001$salt${OUTPUT}="),
            format!("scrypt$131072$salt$8$2${OUTPUT}="),
            format!("scrypt:131072:8:2$salt${}", "00".repeat(64)),
            format!("pbkdf2:sha256:1800001$salt${}", "00".repeat(32)),
            format!("pbkdf2:sha512:600001$salt${}", "00".repeat(64)),
            "$bcrypt-sha256$v=2,t=2b,r=13$abcdefghijklmnopqrstuu$vBE4z5MXygw9u8mmLzNOA2dGHOqCnjq"
                .into(),
            format!("$fbscrypt$v=1,n=18,r=8,p=1,ss=Bw==,sk={OUTPUT}$c2FsdA==${OUTPUT}"),
            format!("bcrypt_sha256${}", bcrypt(13)),
            format!("bcrypt${}", bcrypt(13)),
            create_phc_hash_with_prefix("argon2id$v=19$m=1048576,t=1,p=1"),
        ] {
            let refused = PasswordHash::parse_imported_hash(&costly);
            assert_eq!(refused.err(), Some(InvalidHash::TooCostly), "{costly}");
            assert!(PasswordHash::parse(&costly).is_ok(), "{costly}");
        }
    }

    #[test]
    fn only_argon2id_version_19_hashes_have_the_format_of_newly_created_hashes() {
        let is_ours =
            |text: &str| PasswordHash::parse(text).map(|hash| hash.has_format_of_new_hashes());
        assert_eq!(
            is_ours(&create_phc_hash_with_prefix("argon2id$v=19$m=64,t=1,p=1")),
            Ok(true)
        );
        for other in [
            create_phc_hash_with_prefix("argon2i$v=19$m=64,t=1,p=1"),
            create_phc_hash_with_prefix("argon2d$v=19$m=64,t=1,p=1"),
            create_phc_hash_with_prefix("argon2id$v=16$m=64,t=1,p=1"),
            create_phc_hash_with_prefix("argon2id$m=64,t=1,p=1"),
            create_phc_hash_with_prefix("argon2id$v=19$m=64,t=1,p=1") + "=",
            create_phc_hash_with_prefix("scrypt$ln=14,r=8,p=1"),
            create_phc_hash_with_prefix("pbkdf2-sha256$1000"),
            format!(
                "argon2{}",
                create_phc_hash_with_prefix("argon2id$v=19$m=64,t=1,p=1")
            ),
            "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234".into(),
        ] {
            assert_eq!(is_ours(&other), Ok(false), "{other}");
        }
    }
}
