//! The authenticator app: judging its codes wherever a second factor is asked for.

use crate::domain::{OneTimeCode, Timestamp};
use crate::server::context::Context;
use crate::server::error::FlowError;
use crate::server::keyring::{Contents, KeyringError, Opened, Plain};
use crate::server::store::authenticators;
use crate::server::store::{StoreError, Tx};
use crate::server::token::AccountId;
use crate::server::totp::TotpSecret;

const CONTENTS: Contents = Contents::AuthenticatorSecret;

/// Whether the account has an authenticator app it can be asked for.
pub async fn is_enrolled(cx: &Context, account: &AccountId) -> Result<bool, StoreError> {
    Ok(authenticators::find(&cx.store, account).await?.is_some())
}

/// Whether `code` is one the account's authenticator app shows at `now`, and was not used before.
///
/// A right one is burned in the caller's transaction, with every earlier one: commit it together
/// with whatever it opens, or it opens nothing and stays good (TOTP-01). Failures are the
/// caller's to count (TOTP-04). Parse the code with [`crate::server::totp::CODE_LENGTH`].
pub async fn check(
    cx: &Context,
    tx: &mut Tx,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<bool, FlowError> {
    let Some(authenticator) = authenticators::read(tx, account).await? else {
        return Ok(false);
    };
    let opened = cx.keyring.open(CONTENTS, account, &authenticator.secret)?;
    let Some(step) = secret(opened.plain())?.matching_step(code, now) else {
        return Ok(false);
    };
    if !authenticators::burn_step(tx, &authenticator, step).await? {
        return Ok(false);
    }
    if let Opened::Previous(plain) = &opened {
        let sealed = cx.keyring.seal(CONTENTS, account, plain.expose())?;
        authenticators::reseal(tx, &authenticator, &sealed).await?;
    }
    Ok(true)
}

fn secret(plain: &Plain) -> Result<TotpSecret, KeyringError> {
    TotpSecret::from_bytes(plain.expose()).ok_or(KeyringError::Damaged)
}
