//! Message about the result of the last form.

use leptos::prelude::*;

use crate::web::shell::page_texts;
use domain::FlashMessage;

/// Renders the message about the result of the last form. Its `id` describes a field that has the focus.
pub fn render_flash_message(message: FlashMessage) -> AnyView {
    let text = (page_texts().flash_message)(message);
    view! { <div id="notice" class=notice_class(message) role="status">{text}</div> }.into_any()
}

/// Returns the HTML class of a message, which selects its colours. Only the message of a success is green.
const fn notice_class(message: FlashMessage) -> &'static str {
    use FlashMessage as M;
    match message {
        M::PhoneAccountLimitReached | M::UsernameTaken | M::CookiesBlocked => "notice error",
        M::SignInNeeded
        | M::AnotherAccountSignedIn
        | M::SignInAnswerLost
        | M::PhoneChangeAnswerLost
        | M::ChangeAnswerLost
        | M::CodesShownOnce
        | M::PasswordResetCancelled
        | M::RecoveryOpened
        | M::RecoveryBrowserChanged
        | M::RecoveryBrowserReady
        | M::DeletionRequested { .. } => "notice",
        M::Registered
        | M::SignedOut
        | M::PhoneChanged
        | M::AuthenticatorAdded
        | M::AuthenticatorRemoved
        | M::SessionEnded
        | M::SessionsEnded
        | M::ResetRequested
        | M::PasswordReset
        | M::PasswordChanged
        | M::EmailVerified
        | M::EmailChanged
        | M::EmailChangeCancelled
        | M::NamesChanged
        | M::RecoveryRequested
        | M::RecoveryCancelled
        | M::PhoneChangeUndone
        | M::EmailChangeUndone
        | M::DeletionWithdrawn => "notice success",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_that_no_account_was_created_has_the_colours_of_an_error() {
        for message in [
            FlashMessage::PhoneAccountLimitReached,
            FlashMessage::UsernameTaken,
        ] {
            assert_eq!(notice_class(message), "notice error");
        }
        assert_eq!(notice_class(FlashMessage::Registered), "notice success");
    }

    #[test]
    fn message_that_asks_to_sign_in_again_has_neutral_colours() {
        for message in [
            FlashMessage::SignInNeeded,
            FlashMessage::SignInAnswerLost,
            FlashMessage::PhoneChangeAnswerLost,
            FlashMessage::ChangeAnswerLost,
        ] {
            assert_eq!(notice_class(message), "notice");
        }
    }
}
