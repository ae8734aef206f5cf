use crate::i18n::notification_text::NotificationText;
use crate::notification::{Notification, NotificationPage};

pub fn notification_text(notification: &Notification) -> NotificationText {
    NotificationText {
        subject: subject(notification),
        short: short(notification),
        long: long(notification),
        advice: advice(notification),
        repeats: None,
        link_intro: link_intro(notification),
        salutation: "Hello,",
    }
}

pub fn repeats_text(repeats: u32) -> String {
    match repeats {
        1 => "And 1 more time.".to_owned(),
        _ => format!("And {repeats} more times."),
    }
}

const fn subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Someone tried to register with your email address",
        Notification::TwoFactorSetUp { .. } => "Two-factor authentication is set up",
        Notification::PhoneChanged { .. } => "Your phone number was changed",
        Notification::AuthenticatorAdded => "An authenticator app was added",
        Notification::AuthenticatorRemoved => "Your authenticator app was removed",
        Notification::RecoveryCodesCreated => "New recovery codes were created",
        Notification::RecoveryCodeUsed { .. } => "A recovery code was used",
        Notification::FactorHeld => "Verification codes are on hold for your account",
        Notification::FactorFailures => "Wrong codes were entered for your account",
        Notification::TwoFactorReset => "Two-factor authentication was reset",
        Notification::SessionsEnded => "You were signed out everywhere",
        Notification::PasswordResetRequested => "Choose a new password",
        Notification::PasswordChanged => "Your password was changed",
    }
}

fn short(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "someone tried to register with your email. Nothing was changed.".to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("two-factor authentication is set up with {phone}.")
        }
        Notification::PhoneChanged { phone } => {
            format!("the phone number of your account is now {phone}.")
        }
        Notification::AuthenticatorAdded => "an authenticator app was added.".to_owned(),
        Notification::AuthenticatorRemoved => "your authenticator app was removed.".to_owned(),
        Notification::RecoveryCodesCreated => {
            "new recovery codes were created. The old ones no longer work.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("a recovery code was used to sign in. Codes left: {left}.")
        }
        Notification::FactorHeld => {
            "too many wrong codes. Verification is on hold for now.".to_owned()
        }
        Notification::FactorFailures => "wrong codes were entered after your password.".to_owned(),
        Notification::TwoFactorReset => {
            "an administrator reset your two-factor authentication.".to_owned()
        }
        Notification::SessionsEnded => "your account was signed out everywhere.".to_owned(),
        Notification::PasswordResetRequested => {
            "a new password was requested for your account.".to_owned()
        }
        Notification::PasswordChanged => "the password of your account was changed.".to_owned(),
    }
}

fn long(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Someone tried to create an account with this email \
             address. You already have one, so none\nwas created and nothing was changed."
            .to_owned(),
        Notification::TwoFactorSetUp { phone } => format!(
            "Two-factor authentication is now set up for your account. Codes go to the \
             number\n{phone}."
        ),
        Notification::PhoneChanged { phone } => format!(
            "The phone number of your account was changed. Codes now go to the number\n{phone}."
        ),
        Notification::AuthenticatorAdded => "An authenticator app was added to your account. Its \
             codes can now be used to sign in."
            .to_owned(),
        Notification::AuthenticatorRemoved => "The authenticator app of your account was removed. \
             Its codes no longer work."
            .to_owned(),
        Notification::RecoveryCodesCreated => {
            "New recovery codes were created for your account. The \
             old ones no longer work."
                .to_owned()
        }
        Notification::RecoveryCodeUsed { left } => format!(
            "A recovery code was used to sign in to your account. It cannot be used \
             again.\nCodes left: {left}."
        ),
        Notification::FactorHeld => {
            "Someone who knows your password, or reads your mail, entered too many wrong \
             codes. For your\nsafety no code is accepted for your account for the time being, \
             and your password should be\nchanged."
                .to_owned()
        }
        Notification::FactorFailures => {
            "Someone used your password, or a link from your mail, and then\n\
             entered wrong codes. The sign-in failed."
                .to_owned()
        }
        Notification::TwoFactorReset => {
            "An administrator reset two-factor authentication for your \
             account. You will be asked to\nset it up again when you next sign in."
                .to_owned()
        }
        Notification::SessionsEnded => {
            "Your account was signed out on every device. You can sign in \
             again at any time."
                .to_owned()
        }
        Notification::PasswordResetRequested => "Someone asked for a new password for your account. This link works once, for half an hour. It\nasks for a code of your phone or app, too.".to_owned(),
        Notification::PasswordChanged => "The password of your account was changed. All other devices were signed out.".to_owned(),
    }
}

/// The line before the page of [`Notification::page`].
const fn link_intro(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "If it was you, sign in to your account:",
        NotificationPage::ForgotPassword => "If this was not you, choose a new password at once:",
        NotificationPage::ResetLink => "To choose a new password, open:",
    })
}

const fn advice(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => {
            "If this was not you, there is nothing you need to do."
        }
        Notification::TwoFactorSetUp { .. }
        | Notification::PhoneChanged { .. }
        | Notification::AuthenticatorAdded
        | Notification::AuthenticatorRemoved
        | Notification::RecoveryCodesCreated
        | Notification::RecoveryCodeUsed { .. }
        | Notification::FactorHeld
        | Notification::FactorFailures
        | Notification::PasswordChanged
        | Notification::SessionsEnded => "If this was not you, contact your administrator at once.",
        Notification::TwoFactorReset => {
            "If you did not ask for this, contact your administrator at once."
        }
        Notification::PasswordResetRequested => {
            "If this was not you, you need to do nothing. Your password stays as it is."
        }
    }
}
