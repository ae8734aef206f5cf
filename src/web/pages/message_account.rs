//! Decides whether the message of a page is about another account than that of the browser's session.

use crate::http::cookies::Flash;
use crate::security::token::AccountId;
use domain::{FlashMessage, routes};

/// Returns whether a page is shown without the session of `account`, because its message is about another account.
///
/// For example, a user opens the mailed link of one account in a browser that is signed in to another one. On a page of
/// that session, the message would seem to be about the wrong account.
pub(super) fn is_message_about_another_account(
    path: &str,
    flash: &Flash,
    account: &AccountId,
) -> bool {
    is_page_after_action_without_session(path)
        && flash.message.is_some_and(needs_no_session)
        && flash.account.as_deref() != Some(account.as_str())
}

/// Returns whether the page is one to which actions without a session lead.
fn is_page_after_action_without_session(path: &str) -> bool {
    [routes::LOGIN, routes::FORGOT_PASSWORD, routes::LOST_PHONE].contains(&path)
}

/// Returns whether the action of a message needs no session, so that any browser can cause it.
const fn needs_no_session(message: FlashMessage) -> bool {
    use FlashMessage as M;
    match message {
        M::Registered
        | M::PhoneAccountLimitReached
        | M::UsernameTaken
        | M::ResetRequested
        | M::PasswordReset
        | M::PasswordResetCancelled
        | M::EmailChangeCancelled
        | M::RecoveryRequested
        | M::RecoveryOpened
        | M::RecoveryBrowserChanged
        | M::RecoveryBrowserReady
        | M::RecoveryCancelled
        | M::PhoneChangeUndone
        | M::EmailChangeUndone => true,
        M::SignedOut
        | M::SignInNeeded
        | M::AnotherAccountSignedIn
        | M::SignInAnswerLost
        | M::PhoneChangeAnswerLost
        | M::ChangeAnswerLost
        | M::PhoneChanged
        | M::AuthenticatorAdded
        | M::AuthenticatorRemoved
        | M::CodesShownOnce
        | M::SessionEnded
        | M::SessionsEnded
        | M::PasswordChanged
        | M::EmailVerified
        | M::EmailChanged
        | M::NamesChanged
        | M::DeletionRequested { .. }
        | M::DeletionWithdrawn
        | M::CookiesBlocked => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_of_a_mailed_link_is_about_another_account_than_that_of_the_session() {
        let account = AccountId::from_stored("a".to_owned());
        let other = Flash::from_message(FlashMessage::RecoveryOpened);
        let own = Flash {
            account: Some("a".to_owned()),
            ..other.clone()
        };
        let session_message = Flash::from_message(FlashMessage::SignedOut);
        for (path, flash, expected) in [
            (routes::LOGIN, &other, true),
            (routes::LOGIN, &own, false),
            (routes::LOGIN, &session_message, false),
            (routes::DASHBOARD, &other, false),
            (routes::LOGIN, &Flash::default(), false),
        ] {
            let is_about_another = is_message_about_another_account(path, flash, &account);
            assert_eq!(is_about_another, expected, "{path}: {flash:?}");
        }
    }
}
