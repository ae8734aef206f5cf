use core::fmt;

use crate::problem::Problem;

/// An e-mail address: trimmed, domain in lower case, ASCII only.
///
/// The local part keeps its case for display. Addresses that differ only in case belong to the same account:
/// [`EmailAddress::canonical`] is unique.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The limit of RFC 5321, section 4.5.3.1.3, without the angle brackets.
    pub const MAX_BYTES: usize = 254;

    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Problem::Missing);
        }
        if typed.len() > Self::MAX_BYTES {
            return Err(Problem::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(Problem::EmailInvalid)?;
        if !(is_local_part(local) && is_domain(domain)) {
            return Err(Problem::EmailInvalid);
        }
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// The lower-case form, for comparison and uniqueness.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `local` is a dot-atom (RFC 5322, section 3.2.3). Quoted local parts and comments are refused.
fn is_local_part(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    local.len() <= 64 && local.split('.').all(atom)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_differ_in_case_or_spaces_are_equal() {
        let one = EmailAddress::parse(" Ann.Lee@Example.COM ").expect("valid");
        let two = EmailAddress::parse("ann.lee@example.com").expect("valid");
        assert_eq!(one.as_str(), "Ann.Lee@example.com");
        assert_eq!(one.canonical(), two.canonical());
    }

    #[test]
    fn malformed_and_look_alike_addresses_are_refused() {
        for typed in [
            "a",
            "a@",
            "@x.com",
            "a@x",
            "a b@x.com",
            "a＠x.com",
            "аnn@x.com",
            "a@x.com.",
            "a@-x.com",
            "a..b@x.com",
            ".a@x.com",
            "a@x\u{200b}.com",
            "\"a\"@x.com",
            "a@x.com\r\nBcc: b@x.com",
        ] {
            assert_eq!(
                EmailAddress::parse(typed),
                Err(Problem::EmailInvalid),
                "{typed}"
            );
        }
    }

    #[test]
    fn an_overlong_address_is_refused_before_any_parsing() {
        let typed = format!("{}@x.com", "a".repeat(300));
        assert_eq!(EmailAddress::parse(&typed), Err(Problem::TooLong));
    }
}
