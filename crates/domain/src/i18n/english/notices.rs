use crate::Notice;
use crate::i18n::Letter;

/// What is written to the holder of an account.
pub fn letter(notice: &Notice) -> Letter {
    Letter {
        subject: subject(notice),
        short: short(notice),
        long: long(notice),
        advice: advice(notice),
        salutation: "Hello,",
    }
}

const fn subject(notice: &Notice) -> &'static str {
    match notice {
        Notice::RegistrationConflict => "Someone tried to register with your email address",
        Notice::TwoFactorSetUp { .. } => "Two-factor authentication is set up",
        Notice::PhoneChanged { .. } => "Your phone number was changed",
        Notice::AuthenticatorAdded => "An authenticator app was added",
        Notice::AuthenticatorRemoved => "Your authenticator app was removed",
        Notice::RecoveryCodesCreated => "New recovery codes were created",
        Notice::RecoveryCodeUsed { .. } => "A recovery code was used",
        Notice::FactorHeld => "Verification codes are on hold for your account",
        Notice::FactorFailures => "Wrong codes were entered for your account",
        Notice::TwoFactorReset => "Two-factor authentication was reset",
        Notice::SessionsEnded => "You were signed out everywhere",
    }
}

fn short(notice: &Notice) -> String {
    match notice {
        Notice::RegistrationConflict => {
            "someone tried to register with your email. Nothing was changed.".to_owned()
        }
        Notice::TwoFactorSetUp { phone } => {
            format!("two-factor authentication is set up with {phone}.")
        }
        Notice::PhoneChanged { phone } => {
            format!("the phone number of your account is now {phone}.")
        }
        Notice::AuthenticatorAdded => "an authenticator app was added.".to_owned(),
        Notice::AuthenticatorRemoved => "your authenticator app was removed.".to_owned(),
        Notice::RecoveryCodesCreated => {
            "new recovery codes were created. The old ones no longer work.".to_owned()
        }
        Notice::RecoveryCodeUsed { left } => {
            format!("a recovery code was used to sign in. Codes left: {left}.")
        }
        Notice::FactorHeld => "too many wrong codes. Verification is on hold for now.".to_owned(),
        Notice::FactorFailures => "wrong codes were entered after your password.".to_owned(),
        Notice::TwoFactorReset => {
            "an administrator reset your two-factor authentication.".to_owned()
        }
        Notice::SessionsEnded => "your account was signed out everywhere.".to_owned(),
    }
}

fn long(notice: &Notice) -> String {
    match notice {
        Notice::RegistrationConflict => "Someone tried to create an account with this email \
             address. You already have one, so none\nwas created and nothing was changed."
            .to_owned(),
        Notice::TwoFactorSetUp { phone } => format!(
            "Two-factor authentication is now set up for your account. Codes go to the \
             number\n{phone}."
        ),
        Notice::PhoneChanged { phone } => format!(
            "The phone number of your account was changed. Codes now go to the number\n{phone}."
        ),
        Notice::AuthenticatorAdded => "An authenticator app was added to your account. Its \
             codes can now be used to sign in."
            .to_owned(),
        Notice::AuthenticatorRemoved => "The authenticator app of your account was removed. \
             Its codes no longer work."
            .to_owned(),
        Notice::RecoveryCodesCreated => "New recovery codes were created for your account. The \
             old ones no longer work."
            .to_owned(),
        Notice::RecoveryCodeUsed { left } => format!(
            "A recovery code was used to sign in to your account. It cannot be used \
             again.\nCodes left: {left}."
        ),
        Notice::FactorHeld => "Someone who knows your password entered too many wrong codes. \
             For your safety no code\nis accepted for your account for the time being, and \
             your password should be changed."
            .to_owned(),
        Notice::FactorFailures => "Someone signed in with your password and then entered wrong \
             codes. Nobody got in."
            .to_owned(),
        Notice::TwoFactorReset => "An administrator reset two-factor authentication for your \
             account. You will be asked to\nset it up again when you next sign in."
            .to_owned(),
        Notice::SessionsEnded => "Your account was signed out on every device. You can sign in \
             again at any time."
            .to_owned(),
    }
}

const fn advice(notice: &Notice) -> &'static str {
    match notice {
        Notice::RegistrationConflict => "If this was not you, there is nothing you need to do.",
        Notice::TwoFactorSetUp { .. }
        | Notice::PhoneChanged { .. }
        | Notice::AuthenticatorAdded
        | Notice::AuthenticatorRemoved
        | Notice::RecoveryCodesCreated
        | Notice::RecoveryCodeUsed { .. }
        | Notice::FactorHeld
        | Notice::FactorFailures
        | Notice::SessionsEnded => "If this was not you, contact your administrator at once.",
        Notice::TwoFactorReset => {
            "If you did not ask for this, contact your administrator at once."
        }
    }
}
