//! The shared secret of an authenticator app. The database stores it encrypted; a check of a code decrypts it.

use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::keyring::{KeyringError, Opened, Plain, Sealed, SealedContents};
use crate::security::token::AccountId;
use crate::security::totp::TotpSecret;
use crate::store::authenticators::{self, UnconfirmedAuthenticator};
use crate::store::{ReadFrom, Tx};
use domain::{OneTimeCode, Timestamp};

/// Why the server rejected a well-formed TOTP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpRejection {
    /// The code belongs to no time step near the server's time, or was invalidated.
    WrongCode,
    /// The code belongs to a time step up to the last used one, and would be correct now if it were unused.
    UsedCode,
    /// The code is correct for a phone whose clock is wrong by up to 10 minutes.
    WrongClock,
}

/// Encrypts an authenticator app secret for storage. The ciphertext is bound to this account.
pub fn encrypt_totp_secret(
    app: &AppState,
    account: &AccountId,
    secret: &TotpSecret,
) -> Result<Sealed, KeyringError> {
    app.keyring.encrypt_value(
        SealedContents::AuthenticatorSecret(account),
        secret.expose(),
    )
}

/// Decrypts the unconfirmed authenticator app secret that a session is setting up.
pub fn decrypt_pending_totp_secret(
    app: &AppState,
    pending: &UnconfirmedAuthenticator,
) -> Result<TotpSecret, KeyringError> {
    let contents = SealedContents::AuthenticatorSecret(&pending.account);
    let opened = app.keyring.decrypt_value(contents, &pending.secret)?;
    parse_totp_secret(opened.decrypted_value())
}

/// Returns whether a code of the account's authenticator app is correct and unused.
///
/// Also returns `false` for a code that [`invalidate_totp_code_from_wrong_clock`] has invalidated. Marks the time step
/// of a correct code as used in the caller's transaction. The caller counts failures. `code` must have
/// [`CODE_LENGTH`](crate::security::totp::CODE_LENGTH) digits.
pub async fn check_totp_code(
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
    let opened = app.keyring.decrypt_value(contents, &authenticator.secret)?;
    let Some(step) =
        parse_totp_secret(opened.decrypted_value())?.find_matching_time_step(code, now)
    else {
        return Ok(false);
    };
    let wrong_time_limit = app.wrong_clock_totp_limit(account, code);
    if rate_limit::lock_and_check_rate_limit(tx, &wrong_time_limit, now)
        .await?
        .is_err()
        || !authenticators::mark_totp_time_step_used(tx, &authenticator, step).await?
    {
        return Ok(false);
    }
    // The secret was encrypted with a previous key. Encrypt it with the current one.
    if let Opened::Previous(plain) = &opened {
        let sealed = app.keyring.encrypt_value(contents, plain.expose())?;
        authenticators::replace_encrypted_totp_secret(tx, &authenticator, &sealed).await?;
    }
    Ok(true)
}

/// Returns the reason why a TOTP code was rejected. [`check_totp_code`] has rejected it.
pub async fn find_reason_of_rejected_totp_code(
    app: &AppState,
    database: ReadFrom<'_>,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<TotpRejection, FlowError> {
    let Some(authenticator) = authenticators::find_authenticator(database, account).await? else {
        return Ok(TotpRejection::WrongCode);
    };
    let contents = SealedContents::AuthenticatorSecret(account);
    let opened = app.keyring.decrypt_value(contents, &authenticator.secret)?;
    let secret = parse_totp_secret(opened.decrypted_value())?;
    let used = authenticator.last_step;
    if secret.is_totp_code_of_used_time_step(code, used, now) {
        return Ok(TotpRejection::UsedCode);
    }
    if secret.is_totp_code_of_device_with_wrong_clock(code, used, now) {
        return Ok(TotpRejection::WrongClock);
    }
    Ok(TotpRejection::WrongCode)
}

/// Invalidates a rejected TOTP code that comes from a phone with a wrong clock.
///
/// The code is correct at a time up to 10 minutes before or after `now`. The server then rejects the code at that time
/// too.
pub async fn invalidate_totp_code_from_wrong_clock(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<(), FlowError> {
    let database = ReadFrom::Transaction(tx);
    let reason = find_reason_of_rejected_totp_code(app, database, account, code, now).await?;
    if reason == TotpRejection::WrongClock {
        rate_limit::count_event_in_bucket(tx, &app.wrong_clock_totp_limit(account, code), now)
            .await?;
    }
    Ok(())
}

/// Parses a decrypted authenticator app secret.
fn parse_totp_secret(plain: &Plain) -> Result<TotpSecret, KeyringError> {
    TotpSecret::from_bytes(plain.expose()).ok_or(KeyringError::Damaged)
}
