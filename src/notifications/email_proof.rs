//! Makes the code and the cancel link in mails about an e-mail address. Both are made when the mail is sent, so that
//! the outbox never holds them.

use std::time::Duration;

use crate::context::AppState;
use crate::security::email_code::{EmailCodeHash, generate_email_code};
use crate::security::token::Token;
use crate::store::outbox::ClaimedNotification;
use crate::store::{StoreError, email_proofs};
use domain::{EmailAddress, MailedLinkToken, routes};

/// How long the code that proves an e-mail address is valid after its mail was sent.
pub const EMAIL_CODE_LIFE: Duration = Duration::from_mins(15);

/// Generates the code for a mail that verifies an e-mail address, and stores its hash.
///
/// Returns `None` if the verification is completed or expired.
pub(super) async fn create_email_proof_code(
    app: &AppState,
    entry: &ClaimedNotification,
) -> Result<Option<String>, StoreError> {
    let Ok(email) = EmailAddress::parse(&entry.recipient) else {
        return Ok(None);
    };
    let (code, now) = (generate_email_code(), app.now());
    let hash = EmailCodeHash::new(&entry.account, &email, &code, &app.bucket_key);
    let mut tx = app.store.begin().await?;
    let (account, address) = (&entry.account, &entry.recipient);
    let stored = email_proofs::store_email_code_hash(
        &mut tx,
        account,
        address,
        &hash,
        now + EMAIL_CODE_LIFE,
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(stored.then_some(code))
}

/// Creates the link that cancels the pending change of e-mail address, and returns its path.
///
/// Returns `None` if no change is pending.
pub(super) async fn create_email_change_cancel_link(
    app: &AppState,
    entry: &ClaimedNotification,
) -> Result<Option<String>, StoreError> {
    let token = Token::generate();
    let Some(shown) = MailedLinkToken::parse(token.expose()) else {
        return Ok(None);
    };
    let mut tx = app.store.begin().await?;
    let (account, hash) = (&entry.account, token.hash());
    let stored =
        email_proofs::store_email_change_cancel_token(&mut tx, account, &hash, app.now()).await?;
    tx.commit().await?;
    Ok(stored.then(|| routes::email_change_link_path(&shown)))
}
