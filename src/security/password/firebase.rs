//! Parses password hashes of Firebase Authentication. scrypt derives a key, with which AES-256-CTR encrypts the
//! signer key of the project (<https://github.com/firebase/scrypt>).
//!
//! The formats are those of Supabase Auth and of Ory, because Firebase exports salt and hash without the parameters of
//! the project.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::error::InvalidHash;
use super::scrypt::ScryptHash;

/// Parsed Firebase password hash: a signer key encrypted with a scrypt key of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct FirebaseHash {
    /// The hash that derives the key. Its salt includes the salt separator, and its output is the encrypted signer
    /// key.
    pub scrypt: ScryptHash,
    /// The signer key, which is the same for all accounts of a project.
    pub signer_key: Vec<u8>,
}

impl FirebaseHash {
    /// Parses a Firebase hash in the form of Supabase or of Ory.
    ///
    /// Supabase: `$fbscrypt$v=1,n=MEM_COST,r=ROUNDS,p=1,ss=SALT_SEPARATOR,sk=SIGNER_KEY$SALT$HASH`.
    /// Ory: `$firescrypt$ln=MEM_COST,r=ROUNDS,p=1$SALT$HASH$SALT_SEPARATOR$SIGNER_KEY`. Salt, hash, separator and
    /// signer key are base64.
    pub(super) fn parse(firebase_hash: &str) -> Result<Self, InvalidHash> {
        let fields: Vec<&str> = firebase_hash.split('$').collect();
        match fields.as_slice() {
            ["", "fbscrypt", parameters, salt, hash] => {
                let values: Vec<&str> = parameters.split(',').collect();
                let ["v=1", cost, rounds, runs, separator, signer_key] = values.as_slice() else {
                    return Err(InvalidHash::Malformed);
                };
                let costs = parse_costs("n", [cost, rounds, runs])?;
                let separator = parse_named_value("ss", separator)?;
                let signer_key = parse_named_value("sk", signer_key)?;
                Self::from_text_fields(costs, [salt, separator], signer_key, hash)
            }
            [
                "",
                "firescrypt",
                parameters,
                salt,
                hash,
                separator,
                signer_key,
            ] => {
                let values: Vec<&str> = parameters.split(',').collect();
                let [cost, rounds, runs] = values.as_slice() else {
                    return Err(InvalidHash::Malformed);
                };
                let costs = parse_costs("ln", [cost, rounds, runs])?;
                Self::from_text_fields(costs, [salt, separator], signer_key, hash)
            }
            _ => Err(InvalidHash::Malformed),
        }
    }

    /// Creates a Firebase hash from its cost parameters and base64 texts.
    ///
    /// `costs` are the binary logarithm of N, r and p. `salts` are the salt of the account and the salt separator.
    fn from_text_fields(
        costs: [u32; 3],
        salts: [&str; 2],
        signer_key: &str,
        hash: &str,
    ) -> Result<Self, InvalidHash> {
        let [log_n, block, times] = costs;
        let [salt, separator] = salts;
        let mut salt = decode_base64(salt)?;
        salt.extend(decode_base64(separator)?);
        let signer_key = decode_base64(signer_key)?;
        let output = decode_base64(hash)?;
        if output.len() != signer_key.len() {
            return Err(InvalidHash::Malformed);
        }
        let scrypt = ScryptHash::from_parameters(log_n, block, times, salt, output)?;
        Ok(Self { scrypt, signer_key })
    }
}

/// Parses the cost parameters of a Firebase hash: the binary logarithm of N with the name `log_n_name`, `r` and `p`.
fn parse_costs(log_n_name: &str, parameters: [&str; 3]) -> Result<[u32; 3], InvalidHash> {
    let parse_number = |name: &str, parameter: &str| {
        parse_named_value(name, parameter)?
            .parse::<u32>()
            .map_err(|_| InvalidHash::Malformed)
    };
    let [log_n, block, times] = parameters;
    Ok([
        parse_number(log_n_name, log_n)?,
        parse_number("r", block)?,
        parse_number("p", times)?,
    ])
}

/// Returns the value of a parameter in the form `name=value`.
fn parse_named_value<'a>(name: &str, parameter: &'a str) -> Result<&'a str, InvalidHash> {
    let value = parameter
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('='));
    value.ok_or(InvalidHash::Malformed)
}

/// Decodes base64 in the standard or the URL-safe alphabet, with or without padding.
fn decode_base64(base64_text: &str) -> Result<Vec<u8>, InvalidHash> {
    let base64_text = base64_text.trim_end_matches('=');
    let base64_text = base64_text.replace('-', "+").replace('_', "/");
    STANDARD_NO_PAD
        .decode(base64_text)
        .map_err(|_| InvalidHash::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNER_KEY: &str = "c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0";

    /// Parses a Firebase hash made of `head`, a valid signer key and `tail`.
    ///
    /// Returns the error, or `None` if the hash is valid.
    fn find_firebase_hash_error(head: &str, tail: &str) -> Option<InvalidHash> {
        FirebaseHash::parse(&format!("$fbscrypt${head},sk={SIGNER_KEY}${tail}")).err()
    }

    #[test]
    fn malformed_or_costly_firebase_hash_is_refused_with_its_reason() {
        let tail = format!("c2FsdA==${SIGNER_KEY}");
        let valid_parameters = "v=1,n=14,r=8,p=1,ss=Bw==";
        assert_eq!(find_firebase_hash_error(valid_parameters, &tail), None);
        assert_eq!(
            find_firebase_hash_error("v=1,n=14,r=8,p=1,ss=", &tail),
            None
        );
        for head in [
            "v=2,n=14,r=8,p=1,ss=Bw==",
            "v=1,n=14,r=8,ss=Bw==",
            "v=1,r=8,n=14,p=1,ss=Bw==",
            "v=1,n=,r=8,p=1,ss=Bw==",
            "v=1,n=14,r=8,p=1,ss=!",
            "v=1,n=0,r=8,p=1,ss=Bw==",
        ] {
            assert_eq!(
                find_firebase_hash_error(head, &tail),
                Some(InvalidHash::Malformed),
                "{head}"
            );
        }
        for tail in ["c2FsdA==", "c2FsdA==$c2FsdA==", "c2FsdA==$", "!$c2FsdA=="] {
            assert_eq!(
                find_firebase_hash_error(valid_parameters, tail),
                Some(InvalidHash::Malformed),
                "{tail}"
            );
        }
        for head in ["v=1,n=21,r=8,p=1,ss=Bw==", "v=1,n=14,r=65,p=1,ss=Bw=="] {
            assert_eq!(
                find_firebase_hash_error(head, &tail),
                Some(InvalidHash::TooCostly),
                "{head}"
            );
        }
    }

    #[test]
    fn firebase_hash_with_either_base64_alphabet_or_without_padding_is_parsed() {
        let standard = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=+/+/+/+/+/+/+/+/+/+/+w==$+/8=$/+/+/+/+/+/+/+/+/+/+/w==";
        let Ok(standard) = FirebaseHash::parse(standard) else {
            panic!("the hash is well-formed");
        };
        let web =
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw,sk=-_-_-_-_-_-_-_-_-_-_-w$-_8$_-_-_-_-_-_-_-_-_-_-_w";
        assert!(FirebaseHash::parse(web).is_ok_and(|read| read == standard));
    }

    /// Uses the format of <https://github.com/ory/kratos/blob/master/hash/hash_comparator.go>.
    #[test]
    fn ory_form_is_the_same_hash_as_the_supabase_form() {
        let supabase =
            format!("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={SIGNER_KEY}$c2FsdA==${SIGNER_KEY}");
        let ory = format!("$firescrypt$ln=14,r=8,p=1$c2FsdA==${SIGNER_KEY}$Bw==${SIGNER_KEY}");
        let supabase = FirebaseHash::parse(&supabase).expect("valid password hash");
        assert!(FirebaseHash::parse(&ory).is_ok_and(|read| read == supabase));
        for (part, replacement, reason) in [
            ("ln=14", "n=14", InvalidHash::Malformed),
            ("ln=14", "ln=", InvalidHash::Malformed),
            ("ln=14", "ln=0", InvalidHash::Malformed),
            (",p=1", "", InvalidHash::Malformed),
            ("$Bw==", "", InvalidHash::Malformed),
            ("$Bw==", "$!", InvalidHash::Malformed),
            ("ln=14", "ln=21", InvalidHash::TooCostly),
        ] {
            let changed = ory.replace(part, replacement);
            let found = FirebaseHash::parse(&changed);
            assert_eq!(found.err(), Some(reason), "{changed}");
        }
    }
}
