//! The language in which an account holder receives messages.

use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::AppState;
use crate::store::accounts;
use domain::Language;

/// Saves the language that the signed-in user has chosen. Notifications to the user are sent in this language.
///
/// Saves nothing if the session has ended since the request began.
pub async fn save_chosen_language(
    app: &AppState,
    signed_in: &SignedIn,
    language: Language,
) -> Result<(), FlowError> {
    let mut tx = app.store.begin().await?;
    let account = match session::lock_account_of_signed_in_user(&mut tx, signed_in).await {
        Ok(account) => account,
        Err(error) if error.is_session_missing() => return Ok(()),
        Err(error) => return Err(error),
    };
    accounts::set_account_language(&mut tx, &account.id, language).await?;
    tx.commit().await?;
    Ok(())
}
