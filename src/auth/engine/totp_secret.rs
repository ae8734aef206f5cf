//! The shared secret of an authenticator app: sealed in the store, opened to check codes.

use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::keyring::{KeyringError, Opened, Plain, Sealed, SealedContents};
use crate::security::token::AccountId;
use crate::security::totp::TotpSecret;
use crate::store::authenticators::{self, PendingAuthenticator};
use crate::store::{ReadFrom, Tx};
use domain::{OneTimeCode, Timestamp};

/// Encrypts a secret for the row of this account.
pub fn seal(
    app: &AppState,
    account: &AccountId,
    secret: &TotpSecret,
) -> Result<Sealed, KeyringError> {
    app.keyring.seal(
        SealedContents::AuthenticatorSecret(account),
        secret.expose(),
    )
}

/// Decrypts the secret that a session is setting up.
pub fn open_pending(
    app: &AppState,
    pending: &PendingAuthenticator,
) -> Result<TotpSecret, KeyringError> {
    let contents = SealedContents::AuthenticatorSecret(&pending.account);
    let opened = app.keyring.open(contents, &pending.secret)?;
    parse(opened.plain())
}

/// Checks a code of the account's authenticator at `now`. A code of an already used time step is wrong, and so is one
/// that [`void_code_of_another_time`] has made invalid.
///
/// A right code is used up in the caller's transaction, together with all earlier time steps; if the
/// transaction is rolled back, the code stays valid. The caller counts failures. `code` must have
/// [`CODE_LENGTH`](crate::security::totp::CODE_LENGTH) digits.
pub async fn check_code(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<bool, FlowError> {
    let Some(authenticator) =
        authenticators::find_authenticator(ReadFrom::Transaction(tx), account).await?
    else {
        return Ok(false);
    };
    let contents = SealedContents::AuthenticatorSecret(account);
    let opened = app.keyring.open(contents, &authenticator.secret)?;
    let Some(step) = parse(opened.plain())?.find_matching_step(code, now) else {
        return Ok(false);
    };
    let void = app.void_totp_code_limit(account, code);
    if rate_limit::peek(tx, &void, now).await?.is_err()
        || !authenticators::consume_time_step(tx, &authenticator, step).await?
    {
        return Ok(false);
    }
    // Sealed with the previous key: seal it again with the current one.
    if let Opened::Previous(plain) = &opened {
        let sealed = app.keyring.seal(contents, plain.expose())?;
        authenticators::replace_sealed_secret(tx, &authenticator, &sealed).await?;
    }
    Ok(true)
}

/// Whether a wrong code belongs to a time up to 10 minutes away, which shows that the clock of the app is wrong.
pub async fn is_code_of_wrong_clock(
    app: &AppState,
    database: ReadFrom<'_>,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<bool, FlowError> {
    let Some(authenticator) = authenticators::find_authenticator(database, account).await? else {
        return Ok(false);
    };
    let contents = SealedContents::AuthenticatorSecret(account);
    let opened = app.keyring.open(contents, &authenticator.secret)?;
    let secret = parse(opened.plain())?;
    Ok(secret.is_code_of_wrong_clock(code, authenticator.last_step, now))
}

/// Makes a wrong code invalid if it belongs to a time up to 10 minutes away. So a guesser who learns it from the answer
/// cannot enter it at that time.
pub async fn void_code_of_another_time(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<(), FlowError> {
    if is_code_of_wrong_clock(app, ReadFrom::Transaction(tx), account, code, now).await? {
        // A code that is void already stays so.
        rate_limit::record(tx, &app.void_totp_code_limit(account, code), now).await?;
    }
    Ok(())
}

fn parse(plain: &Plain) -> Result<TotpSecret, KeyringError> {
    TotpSecret::from_bytes(plain.expose()).ok_or(KeyringError::Damaged)
}
