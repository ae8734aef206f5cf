//! The notices there are, and their words.

use serde::{Deserialize, Serialize};

use crate::domain::PhoneHint;
use crate::server::store::StoreError;

/// What a holder can be told. Closed on purpose: nothing else is ever written to anybody, and
/// none of it holds a code, a token, a link or a whole number (LEAK-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody tried to register with the e-mail of this account (ENUM-02).
    RegistrationConflict,
    TwoFactorSetUp {
        phone: PhoneHint,
    },
    /// The number on file was replaced, by this one (PHN-04).
    PhoneChanged {
        phone: PhoneHint,
    },
    AuthenticatorAdded,
    AuthenticatorRemoved,
    RecoveryCodesCreated,
    RecoveryCodeUsed {
        /// How many are left.
        left: u32,
    },
    /// No second factor is taken for a day, after too many wrong codes (OTP-07).
    FactorHeld,
    /// Wrong codes after a right password (LOG-11).
    FactorFailures,
    /// An administrator removed the second factor.
    TwoFactorReset,
    /// Every session was ended.
    SessionsEnded,
}

/// The last sentence, where something has to be done about it.
const TELL_THE_ADMINISTRATOR: &str = "If this was not you, contact your administrator at once.";

impl Notice {
    /// The subject line of the mail.
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::RegistrationConflict => "Someone tried to register with your email address",
            Self::TwoFactorSetUp { .. } => "Two-factor authentication is set up",
            Self::PhoneChanged { .. } => "Your phone number was changed",
            Self::AuthenticatorAdded => "An authenticator app was added",
            Self::AuthenticatorRemoved => "Your authenticator app was removed",
            Self::RecoveryCodesCreated => "New recovery codes were created",
            Self::RecoveryCodeUsed { .. } => "A recovery code was used",
            Self::FactorHeld => "Verification codes are on hold for your account",
            Self::FactorFailures => "Wrong codes were entered for your account",
            Self::TwoFactorReset => "Two-factor authentication was reset",
            Self::SessionsEnded => "You were signed out everywhere",
        }
    }

    /// The whole text of the mail, in lines that need no folding (RFC 5322, section 2.1.1).
    pub fn body(&self) -> String {
        format!(
            "Hello,\n\n{}\n\n{}\n\nSallyport\n",
            self.long(),
            self.advice()
        )
    }

    /// The text message: one segment of 160 characters of the GSM alphabet at most
    /// (3GPP TS 23.038).
    pub fn sms(&self) -> String {
        format!("Sallyport: {} {}", self.short(), self.advice())
    }

    fn short(&self) -> String {
        match self {
            Self::RegistrationConflict => {
                "someone tried to register with your email. Nothing was changed.".to_owned()
            }
            Self::TwoFactorSetUp { phone } => {
                format!("two-factor authentication is set up with {phone}.")
            }
            Self::PhoneChanged { phone } => {
                format!("the phone number of your account is now {phone}.")
            }
            Self::AuthenticatorAdded => "an authenticator app was added.".to_owned(),
            Self::AuthenticatorRemoved => "your authenticator app was removed.".to_owned(),
            Self::RecoveryCodesCreated => {
                "new recovery codes were created. The old ones no longer work.".to_owned()
            }
            Self::RecoveryCodeUsed { left } => {
                format!("a recovery code was used to sign in. Codes left: {left}.")
            }
            Self::FactorHeld => "too many wrong codes. Verification is on hold for now.".to_owned(),
            Self::FactorFailures => "wrong codes were entered after your password.".to_owned(),
            Self::TwoFactorReset => {
                "an administrator reset your two-factor authentication.".to_owned()
            }
            Self::SessionsEnded => "your account was signed out everywhere.".to_owned(),
        }
    }

    fn long(&self) -> String {
        match self {
            Self::RegistrationConflict => "Someone tried to create an account with this email \
                 address. You already have one, so none\nwas created and nothing was changed."
                .to_owned(),
            Self::TwoFactorSetUp { phone } => format!(
                "Two-factor authentication is now set up for your account. Codes go to the \
                 number\n{phone}."
            ),
            Self::PhoneChanged { phone } => format!(
                "The phone number of your account was changed. Codes now go to the number\n{phone}."
            ),
            Self::AuthenticatorAdded => "An authenticator app was added to your account. Its \
                 codes can now be used to sign in."
                .to_owned(),
            Self::AuthenticatorRemoved => "The authenticator app of your account was removed. \
                 Its codes no longer work."
                .to_owned(),
            Self::RecoveryCodesCreated => "New recovery codes were created for your account. The \
                 old ones no longer work."
                .to_owned(),
            Self::RecoveryCodeUsed { left } => format!(
                "A recovery code was used to sign in to your account. It cannot be used \
                 again.\nCodes left: {left}."
            ),
            Self::FactorHeld => "Someone who knows your password entered too many wrong codes. \
                 For your safety no code\nis accepted for your account for the time being, and \
                 your password should be changed."
                .to_owned(),
            Self::FactorFailures => "Someone signed in with your password and then entered wrong \
                 codes. Nobody got in."
                .to_owned(),
            Self::TwoFactorReset => "An administrator reset two-factor authentication for your \
                 account. You will be asked to\nset it up again when you next sign in."
                .to_owned(),
            Self::SessionsEnded => "Your account was signed out on every device. You can sign in \
                 again at any time."
                .to_owned(),
        }
    }

    /// What to do if it was somebody else.
    const fn advice(&self) -> &'static str {
        match self {
            Self::RegistrationConflict => "If this was not you, there is nothing you need to do.",
            Self::TwoFactorSetUp { .. }
            | Self::PhoneChanged { .. }
            | Self::AuthenticatorAdded
            | Self::AuthenticatorRemoved
            | Self::RecoveryCodesCreated
            | Self::RecoveryCodeUsed { .. }
            | Self::FactorHeld
            | Self::FactorFailures
            | Self::SessionsEnded => TELL_THE_ADMINISTRATOR,
            Self::TwoFactorReset => {
                "If you did not ask for this, contact your administrator at once."
            }
        }
    }

    /// As the outbox keeps it.
    pub fn stored(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|_| odd())
    }

    /// As the outbox gave it back.
    pub fn from_stored(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|_| odd())
    }
}

const fn odd() -> StoreError {
    StoreError::Inconsistent {
        table: "outbox",
        column: "notice",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhoneNumber;

    /// The basic character set of 3GPP TS 23.038, as far as it is ASCII: one septet each.
    fn is_gsm(c: char) -> bool {
        c.is_ascii_alphanumeric() || " @$\n!\"#%&'()*+,-./:;<=>?_".contains(c)
    }

    fn all() -> Vec<Notice> {
        let phone = PhoneNumber::from_e164("+447700906053")
            .expect("E.164")
            .hint();
        vec![
            Notice::RegistrationConflict,
            Notice::TwoFactorSetUp {
                phone: phone.clone(),
            },
            Notice::PhoneChanged { phone },
            Notice::AuthenticatorAdded,
            Notice::AuthenticatorRemoved,
            Notice::RecoveryCodesCreated,
            Notice::RecoveryCodeUsed { left: u32::MAX },
            Notice::FactorHeld,
            Notice::FactorFailures,
            Notice::TwoFactorReset,
            Notice::SessionsEnded,
        ]
    }

    #[test]
    fn a_text_message_is_one_segment_and_says_who_writes() {
        for notice in all() {
            let text = notice.sms();
            assert!(text.starts_with("Sallyport: "), "{text}");
            assert!(text.chars().all(is_gsm), "{text}");
            assert!(text.len() < 160, "{} characters: {text}", text.len());
        }
    }

    #[test]
    fn every_notice_ends_by_saying_what_to_do_if_it_was_somebody_else() {
        for notice in all() {
            let (text, body) = (notice.sms(), notice.body());
            assert!(text.contains(" If ") && text.contains(" not "), "{text}");
            assert!(text.ends_with(notice.advice()), "{text}");
            assert!(
                body.ends_with(&format!("{}\n\nSallyport\n", notice.advice())),
                "{body}"
            );
        }
    }

    /// OTP-11, LEAK-04
    #[test]
    fn of_a_number_only_the_mask_is_told_and_nothing_can_be_followed_or_entered() {
        for notice in all() {
            for text in [notice.subject().to_owned(), notice.sms(), notice.body()] {
                let shown = text
                    .replace("(***) ***-6053", "")
                    .replace(&u32::MAX.to_string(), "");
                assert!(!shown.bytes().any(|b| b.is_ascii_digit()), "{text}");
                assert!(!text.contains("http") && !text.contains("www"), "{text}");
            }
        }
    }

    #[test]
    fn a_mail_is_plain_text_in_short_lines() {
        for notice in all() {
            let lines_fit = notice.body().lines().all(|line| line.len() <= 100);
            assert!(notice.body().is_ascii() && lines_fit, "{}", notice.body());
            assert!(notice.subject().len() <= 60, "{}", notice.subject());
        }
    }

    #[test]
    fn a_stored_notice_comes_back_as_it_was() {
        for notice in all() {
            let stored = notice.stored().expect("serialises");
            assert_eq!(Notice::from_stored(&stored).expect("as stored"), notice);
        }
        assert!(Notice::from_stored("{\"notice\":\"unheard_of\"}").is_err());
    }
}
