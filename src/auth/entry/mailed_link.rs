//! Finds the link of a mail or text message by its token. Reading changes nothing, because mail scanners open links too.

use crate::context::AppState;
use crate::security::token::Token;
use crate::store::mailed_links::{self, MailedLink};
use crate::store::{ReadFrom, StoreError};

/// Finds the unused link with this token that has not expired. The caller checks its action and its account.
pub(super) async fn find_live_link(
    app: &AppState,
    token: &str,
) -> Result<Option<MailedLink>, StoreError> {
    let Some(token) = Token::parse(token) else {
        return Ok(None);
    };
    let found = mailed_links::find_mailed_link(ReadFrom::Store(&app.store), &token.hash()).await?;
    Ok(found.filter(|link| app.now() < link.expires_at))
}
