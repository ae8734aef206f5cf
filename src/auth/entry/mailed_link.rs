//! Finds the link of a mail or text message by its token. Reading changes nothing, because mail scanners open links
//! too.

use crate::context::AppState;
use crate::security::token::Token;
use crate::store::mailed_links::{self, MailedLink};
use crate::store::{ReadFrom, StoreError};

/// Finds the unused, unexpired mailed link with this token. The caller checks the link's action and account.
pub(super) async fn find_unexpired_mailed_link(
    app: &AppState,
    token: &str,
) -> Result<Option<MailedLink>, StoreError> {
    let Some(token) = Token::parse(token) else {
        return Ok(None);
    };
    let found = mailed_links::find_mailed_link(ReadFrom::Store(&app.store), &token.hash()).await?;
    Ok(found.filter(|link| app.now() < link.expires_at))
}
