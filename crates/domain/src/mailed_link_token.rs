use core::fmt;

/// Secret token in a mailed link, for example to reset a password.
///
/// It has 256 random bits in base64url without padding. `Debug` prints only the name of the type.
#[derive(Clone, PartialEq, Eq)]
pub struct MailedLinkToken(String);

impl MailedLinkToken {
    /// Length of a token in characters: 32 bytes in base64url.
    const LENGTH: usize = 43;

    /// Parses the secret token of a mailed link. Returns `None` if the format is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == Self::LENGTH
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        well_formed.then(|| Self(text.to_owned()))
    }

    /// Returns the secret token as text, only for the mailed link and the form on the linked page.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailedLinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailedLinkToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;

    #[test]
    fn mailed_link_token_requires_its_format_and_is_never_printed() {
        let text = "mZ0rS1w6Yk9o5m2gq0Kf3l8rX7tUeJYb1cD4hA9vNnQ";
        let token = MailedLinkToken::parse(text).expect("a token");
        assert_eq!(token.expose(), text);
        assert_eq!(format!("{token:?}"), "MailedLinkToken");
        let link = routes::password_reset_link_path(&token);
        assert_eq!(
            routes::find_page_by_path(&link).as_deref(),
            Some(link.as_str())
        );
        for other in [
            "",
            "verify",
            "x/../login",
            &format!("{text}a"),
            &"ä".repeat(43),
        ] {
            assert_eq!(MailedLinkToken::parse(other), None, "{other}");
            assert_eq!(
                routes::find_page_by_path(&format!("/reset-password/{other}x")),
                None
            );
        }
    }
}
