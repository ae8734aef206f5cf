//! The language in which an account holder receives messages.

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::token::AccountId;
use crate::store::accounts;
use domain::Language;

/// Saves the language that the signed-in user has chosen. Notifications to the user are sent in this language.
pub async fn save_chosen_language(
    app: &AppState,
    account: &AccountId,
    language: Language,
) -> Result<(), FlowError> {
    let mut tx = app.store.begin().await?;
    accounts::set_account_language(&mut tx, account, language).await?;
    tx.commit().await?;
    Ok(())
}
