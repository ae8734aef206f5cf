//! The e-mail address of the signed-in user: the proof of the first one, and its change.
//!
//! Both are one mechanism: a code is sent to an address, and the right code saves the address as proven. A change needs
//! a step-up before. The proof of the first address needs none, because the address was chosen with the account.

use std::time::Instant;

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::engine::rate_limit;
use crate::auth::entry::password::wait_for_refusal_time;
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::email_proof::{queue_code, save_address};
use crate::auth::session;
use crate::config::EmailVerification;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications::{self, Recipient};
use crate::security::email_code::{EmailCodeHash, parse_email_code};
use crate::security::token::{AccountId, Token};
use crate::store::accounts::Account;
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::email_proofs::{self, EmailProof};
use crate::store::{ReadFrom, StoreError, sessions};
use domain::{EmailAddress, Field, Notification, OneTimeCode, Problem, Step, Timestamp};

/// The digits of a code.
const DIGITS: u8 = 6;

/// The proof that waits for a code; `None` if there is none, or its code has expired or has no attempt left.
pub async fn pending(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<EmailProof>, StoreError> {
    let proof = email_proofs::find_email_proof(ReadFrom::Store(&app.store), account).await?;
    let now = app.now();
    Ok(proof.filter(|proof| now < proof.expires_at && proof.tries < app.limits.tries_per_code))
}

/// When the account may ask for another code.
pub async fn next_code_at(app: &AppState, account: &AccountId) -> Result<Timestamp, StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let limit = app.email_send_account_limit(account);
    let admitted = rate_limit::peek(&mut tx, &limit, now).await?;
    Ok(admitted.map_or_else(|reached| reached.until, |()| now))
}

/// Sends a code to the address that waits for one, or else to the unproven address of the account.
pub async fn send_code(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    let account = signed_in.account;
    let address = match pending(app, &account.id).await? {
        Some(proof) => proof.email,
        None if account.email_verified => return Err(FlowError::on_form(Problem::FlowEnded)),
        None => account.email.clone(),
    };
    let email = EmailAddress::parse(&address)
        .map_err(|problem| FlowError::on_field(Field::Email, problem))?;
    queue_and_wait(app, context, &account, &email, Event::EmailProofRequested).await
}

/// Takes a new address and sends a code to it. The proven address of the account receives a link that cancels the
/// change.
pub async fn begin_change(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let account = step_up::require_recent(app, context).await?.account;
    let email =
        EmailAddress::parse(typed).map_err(|problem| FlowError::on_field(Field::Email, problem))?;
    if account.email_verified {
        if EmailAddress::parse(&account.email).is_ok_and(|old| old.canonical() == email.canonical())
        {
            return Err(FlowError::on_field(Field::Email, Problem::EmailUnchanged));
        }
        // An attacker who has changed the number changes nothing else before its owner is back.
        if let Some(problem) = app.phone_change_cooldown(&account, app.now()) {
            return Err(FlowError::on_form(problem));
        }
    }
    queue_and_wait(app, context, &account, &email, Event::EmailChangeBegun).await
}

/// Queues the mails, and answers after the same time whether or not another account has the address.
async fn queue_and_wait(
    app: &SharedAppState,
    context: &RequestContext,
    account: &Account,
    email: &EmailAddress,
    event: Event,
) -> Result<Outcome, FlowError> {
    if app.policy.email == EmailVerification::Unavailable {
        return Err(FlowError::on_form(Problem::MethodUnavailable));
    }
    let (began, now) = (Instant::now(), app.now());
    let mut tx = app.store.begin().await?;
    if let Err(reached) = queue_code(app, &mut tx, account, email, context, now).await? {
        let secs = reached.until.secs_after(now);
        return Err(FlowError::on_form(Problem::ResendWait { secs }));
    }
    if event == Event::EmailChangeBegun && account.email_verified {
        let to = [Recipient::Email(account.email.clone())];
        let notification = Notification::EmailChangeRequested;
        notifications::notify(app, &mut tx, account, &notification, &to, now).await?;
    }
    let entry = AuditEntry::for_account(&account.id, event, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    wait_for_refusal_time(app, began).await?;
    Ok(Outcome::step(Step::EnterEmailCode))
}

/// Checks the code of the pending proof. A right code saves the address.
///
/// One transaction counts the attempt and uses up the code, so that of parallel requests with the right code one
/// succeeds.
pub async fn check_code(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    let malformed = Problem::MalformedCode { digits: DIGITS };
    let code =
        parse_email_code(typed).ok_or_else(|| FlowError::on_field(Field::Code, malformed))?;
    let now = app.now();
    let account = &signed_in.account.id;
    let mut tx = app.store.begin().await?;
    let of_account = app.email_code_account_limit(account);
    if let Err(reached) = rate_limit::reserve(&mut tx, &of_account, now).await? {
        return Err(held(reached.until, now));
    }
    let tries = app.limits.tries_per_code;
    let Some(proof) = email_proofs::count_code_attempt(&mut tx, account, tries, now).await? else {
        // Nothing was compared, so nothing is counted.
        return Err(FlowError::on_field(Field::Code, Problem::CodeExpired));
    };
    let email = EmailAddress::parse(&proof.email)
        .map_err(|problem| FlowError::on_field(Field::Email, problem))?;
    let of_address = app.email_code_address_limit(&email);
    if let Err(reached) = rate_limit::reserve(&mut tx, &of_address, now).await? {
        return Err(held(reached.until, now));
    }
    if !is_right(app, &proof, &email, &code) {
        let entry =
            AuditEntry::for_account(account, Event::EmailCodeRefused, context.audit_origin());
        audit::record_audit_entry(&mut tx, &entry, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let problem = match tries.saturating_sub(proof.tries) {
            0 => Problem::AttemptsUsedUp,
            attempts_remaining => Problem::InvalidCode { attempts_remaining },
        };
        return Err(FlowError::on_field(Field::Code, problem));
    }
    rate_limit::refund(&mut tx, &of_account, now).await?;
    rate_limit::refund(&mut tx, &of_address, now).await?;
    email_proofs::delete_email_proof(&mut tx, account).await?;
    let completion = save_address(app, &mut tx, &signed_in, &proof, context, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    cancel_codes_later(app, completion.retired);
    Ok(completion.outcome)
}

fn is_right(app: &AppState, proof: &EmailProof, email: &EmailAddress, code: &OneTimeCode) -> bool {
    let entered = EmailCodeHash::new(&proof.account, email, code.expose(), &app.bucket_key);
    proof.code.as_ref() == Some(&entered)
}

fn held(until: Timestamp, now: Timestamp) -> FlowError {
    let secs = until.secs_after(now);
    FlowError::on_field(Field::Code, Problem::FactorHeld { secs })
}

/// Whether a cancel link works now. Changes nothing: programs that scan mail open links too.
pub async fn is_cancellable(app: &AppState, token: &str) -> Result<bool, StoreError> {
    let Some(token) = Token::parse(token) else {
        return Ok(false);
    };
    let database = ReadFrom::Store(&app.store);
    let proof = email_proofs::find_email_proof_by_cancel_token(database, &token.hash()).await?;
    Ok(proof.is_some_and(|proof| app.now() < proof.expires_at))
}

/// Cancels the pending change with the link of the mail to the old address, and ends all sessions and flows of the
/// account: the change may have been begun by an attacker.
pub async fn cancel_change(
    app: &SharedAppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::on_form(Problem::LinkInvalid);
    let token = Token::parse(token).ok_or_else(invalid)?.hash();
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let found =
        email_proofs::find_email_proof_by_cancel_token(ReadFrom::Transaction(&mut tx), &token)
            .await?;
    let proof = found.filter(|proof| now < proof.expires_at);
    let account = proof.ok_or_else(invalid)?.account;
    if !email_proofs::delete_email_proof_by_cancel_token(&mut tx, &token).await? {
        return Err(invalid());
    }
    sessions::end_all_sessions(&mut tx, &account).await?;
    let retired = end_flows(&mut tx, &account, FlowSelection::All, now).await?;
    let entry = AuditEntry::for_account(
        &account,
        Event::EmailChangeCancelled,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, retired);
    Ok(Outcome::step(Step::EmailChangeCancelled))
}
