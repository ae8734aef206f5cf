use super::problems::format_day;
use crate::flash_message::FlashMessage;

/// Returns the English text of a flash message, which the next page shows once.
pub fn flash_message_text(message: FlashMessage) -> String {
    let text = match message {
        FlashMessage::Registered => {
            "Phone number verified. Please sign in. If that does not work, check your email or register again."
        }
        FlashMessage::PhoneAccountLimitReached => {
            "Phone number verified, but no account was created: this number already has as many accounts as one number may have. Register with a different number."
        }
        FlashMessage::UsernameTaken => {
            "Phone number verified, but no account was created: another account has taken this username meanwhile. Register with a different username."
        }
        FlashMessage::SignedOut => "You are signed out.",
        FlashMessage::SignInNeeded => "Your session has ended. Please sign in again.",
        FlashMessage::AnotherAccountSignedIn => {
            "Another account is signed in now, so nothing was done. Check the account and try again."
        }
        FlashMessage::SignInAnswerLost => {
            "Your code was right, but this browser did not receive the answer. Please sign in again."
        }
        FlashMessage::PhoneChangeAnswerLost => {
            "Your phone number has been updated. Please sign in again."
        }
        FlashMessage::ChangeAnswerLost => {
            "Your change is saved, but this browser did not receive the answer. Please sign in again."
        }
        FlashMessage::PhoneChanged => "Your phone number has been updated.",
        FlashMessage::AuthenticatorAdded => "Your authenticator app is set up.",
        FlashMessage::AuthenticatorRemoved => "Your authenticator app has been removed.",
        FlashMessage::CodesShownOnce => {
            "Your codes were created and shown once. If you did not save them, create new ones."
        }
        FlashMessage::SessionEnded => "That device is signed out.",
        FlashMessage::SessionsEnded => "You are signed out everywhere else.",
        FlashMessage::ResetRequested => {
            "If there is an account with this name or address, an email with a link is on its way to its email address."
        }
        FlashMessage::EmailVerified => "Your email address is confirmed.",
        FlashMessage::EmailChanged => {
            "Your email address has been changed. You are signed out everywhere else."
        }
        FlashMessage::EmailChangeCancelled => {
            "The change was stopped, and your account is signed out everywhere. If the change was not yours, choose a new password."
        }
        FlashMessage::NamesChanged => "Your changes are saved.",
        FlashMessage::PasswordReset => "Your new password is saved. Please sign in with it.",
        FlashMessage::PasswordResetCancelled => {
            "Your password was not changed. To change it, request another link."
        }
        FlashMessage::DeletionRequested { on } => {
            return format!(
                "Your account will be deleted on {}. To keep it, sign in before that day.",
                format_day(on)
            );
        }
        FlashMessage::DeletionWithdrawn => "Your account stays as it is.",
        FlashMessage::CookiesBlocked => {
            "This browser blocks cookies. Allow them for this site and try again."
        }
        FlashMessage::PasswordChanged => {
            "Your password has been changed. You are signed out everywhere else."
        }
        FlashMessage::RecoveryRequested => "An email with a link is on its way to your address.",
        FlashMessage::RecoveryOpened => {
            "Your phone is reported lost. We have sent you an email that says when you can set up a new number."
        }
        FlashMessage::RecoveryBrowserChanged => {
            "You can set up your new number in this browser when the waiting time is over."
        }
        FlashMessage::RecoveryBrowserReady => {
            "You can set up your new number in this browser now. Please sign in."
        }
        FlashMessage::RecoveryCancelled => {
            "Cancelled: your phone number stays. If you did not report your phone lost, change your password."
        }
        FlashMessage::EmailChangeUndone => {
            "Your earlier email address is back. Choose a new password before you sign in."
        }
        FlashMessage::PhoneChangeUndone => {
            "Your earlier phone number is back. Choose a new password before you sign in."
        }
    };
    text.to_owned()
}
