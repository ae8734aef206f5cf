//! Selects the message and the form values that the next page shows after the outcome of a request.

use crate::auth::outcome::{Outcome, TokenChange};
use crate::http::cookies::Flash;
use domain::{Field, FlashMessage, Step};

/// Returns the content of the flash cookie after this outcome, for the next page.
///
/// It contains the success message, and values for the form of the next page. Returns `None` if there is neither.
pub fn create_flash_for_outcome(outcome: &Outcome) -> Option<Flash> {
    let message = select_flash_message(outcome);
    let mut input = outcome.form_values.clone();
    if let Some(name) = &outcome.sign_in_name {
        input.push((Field::Identifier, name.clone()));
    }
    if message.is_none() && input.is_empty() {
        return None;
    }
    let account = outcome.message_account.as_ref();
    Some(Flash {
        message,
        input,
        account: account.map(|id| id.as_str().to_owned()),
        ..Flash::default()
    })
}

/// Returns the success message of this outcome, which the next page shows.
///
/// Returns `None` if the outcome has no message.
fn select_flash_message(outcome: &Outcome) -> Option<FlashMessage> {
    if outcome.message.is_some() {
        return outcome.message;
    }
    match outcome.step {
        Step::Registered => Some(FlashMessage::Registered),
        Step::PhoneChanged => Some(FlashMessage::PhoneChanged),
        Step::ResetRequested => Some(FlashMessage::ResetRequested),
        Step::PasswordReset => Some(FlashMessage::PasswordReset),
        Step::PasswordChanged => Some(FlashMessage::PasswordChanged),
        Step::EmailVerified => Some(FlashMessage::EmailVerified),
        Step::EmailChanged => Some(FlashMessage::EmailChanged),
        Step::EmailChangeCancelled => Some(FlashMessage::EmailChangeCancelled),
        Step::NamesChanged => Some(FlashMessage::NamesChanged),
        Step::RecoveryRequested => Some(FlashMessage::RecoveryRequested),
        Step::RecoveryOpened => Some(FlashMessage::RecoveryOpened),
        Step::RecoveryCancelled { .. } => Some(FlashMessage::RecoveryCancelled),
        Step::PhoneChangeUndone => Some(FlashMessage::PhoneChangeUndone),
        Step::EmailChangeUndone => Some(FlashMessage::EmailChangeUndone),
        Step::DeletionWithdrawn => Some(FlashMessage::DeletionWithdrawn),
        Step::AuthenticatorAdded => Some(FlashMessage::AuthenticatorAdded),
        Step::AuthenticatorRemoved => Some(FlashMessage::AuthenticatorRemoved),
        Step::SessionEnded => Some(FlashMessage::SessionEnded),
        Step::SessionsEnded => Some(FlashMessage::SessionsEnded),
        _ if outcome
            .token_changes
            .iter()
            .any(|grant| matches!(grant, TokenChange::RemoveSession)) =>
        {
            Some(FlashMessage::SignedOut)
        }
        _ => None,
    }
}
