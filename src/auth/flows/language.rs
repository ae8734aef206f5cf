//! Which language an account's holder is written to in.

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::token::AccountId;
use crate::store::{StoreError, accounts};
use domain::Language;

/// Remembers a choice made while signed in: notices are in the language of the pages.
pub async fn choose(
    app: &AppState,
    account: &AccountId,
    language: Language,
) -> Result<(), FlowError> {
    let mut tx = app.store.begin().await?;
    accounts::set_language(&mut tx, account, language).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(())
}
