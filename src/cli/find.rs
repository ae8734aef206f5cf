use super::Desk;
use super::error::OperatorError;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};

/// The account that was meant by a username, an e-mail address or an id.
pub(super) async fn find(desk: &Desk<'_>, who: &str) -> Result<Account, OperatorError> {
    let who = who.trim();
    let named = accounts::find_by_identifier(&desk.store, &who.to_lowercase()).await?;
    let of_id = accounts::find(&desk.store, &AccountId::from_stored(who.to_owned())).await?;
    match (named, of_id) {
        // Somebody could take another's id for a username.
        (Some(named), Some(of_id)) if named.id != of_id.id => Err(OperatorError::Ambiguous),
        (Some(account), _) | (None, Some(account)) => Ok(account),
        (None, None) => Err(OperatorError::NoSuchAccount),
    }
}
