//! The link in the mail about a password reset. It is made when the mail is sent, so that the outbox never holds its
//! token.

use std::time::Duration;

use crate::context::AppState;
use crate::security::token::Token;
use crate::store::outbox::OutboxEntry;
use crate::store::password_resets::{self, ResetBasis, ResetLink};
use crate::store::{ReadFrom, StoreError, accounts};
use domain::{ResetToken, routes};

/// How long a link works after its mail was sent.
const LIFE: Duration = Duration::from_mins(30);

/// Makes a link for the account of this mail and stores the hash of its token. Returns the path of the link; `None` if
/// the account is disabled or no longer has the address of the mail.
pub(super) async fn make(
    app: &AppState,
    entry: &OutboxEntry,
) -> Result<Option<String>, StoreError> {
    let account = accounts::find(ReadFrom::Store(&app.store), &entry.account).await?;
    let usable = account.filter(|account| !account.disabled && account.email == entry.recipient);
    let (token, now) = (Token::generate(), app.now());
    let (Some(account), Some(shown)) = (usable, ResetToken::parse(token.expose())) else {
        return Ok(None);
    };
    let link = ResetLink {
        token: token.hash(),
        basis: ResetBasis::of(&account),
        created_at: now,
        expires_at: now + LIFE,
    };
    let mut tx = app.store.begin().await?;
    password_resets::insert(&mut tx, &link).await?;
    tx.commit().await?;
    Ok(Some(routes::reset_link(&shown)))
}
