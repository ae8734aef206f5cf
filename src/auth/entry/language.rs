//! The language in which an account's holder receives messages.

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::token::AccountId;
use crate::store::{StoreError, accounts};
use domain::Language;

/// Stores the language that a signed-in user has chosen for the pages.
pub async fn choose(
    app: &AppState,
    account: &AccountId,
    language: Language,
) -> Result<(), FlowError> {
    let mut tx = app.store.begin().await?;
    accounts::set_account_language(&mut tx, account, language).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
