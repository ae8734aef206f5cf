//! Proves and changes the e-mail address of the signed-in user.
//!
//! In both cases a code is sent to an address, and the correct code saves the address as verified. A change requires a
//! step-up. The proof of the first address requires none, because the user chose the address with the account.

use std::time::Instant;

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{
    FlowSelection, end_locked_flows, end_selected_flows_and_keep_email_proof,
};
use crate::auth::engine::{rate_limit, wrong_codes};
use crate::auth::entry::password::wait_until_fixed_response_time;
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::email_proof::{
    EmailAddressLimits, is_email_address_of_account, lock_flows_ended_by_email_change,
    queue_mail_of_email_proof, require_email_address_of_page, save_verified_email_address,
    start_email_proof_within_limits,
};
use crate::auth::session::{self, SignedIn};
use crate::config::EmailVerification;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications;
use crate::security::email_code::{EmailCodeHash, EmailProofId, parse_email_code};
use crate::security::rate_limit::RateLimit;
use crate::security::token::{AccountId, Token};
use crate::store::accounts::Account;
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::email_proofs::{self, EmailProof};
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError, Tx, sessions};
use domain::{EmailAddress, Field, Notification, OneTimeCode, Problem, Step, Timestamp};

/// The number of digits of a code that is sent by mail.
const EMAIL_CODE_DIGITS: u8 = 6;

/// State of the latest verification of an account's e-mail address by a mailed code.
pub enum EmailProofState {
    /// No code was requested, the address was verified, or the code expired more than 24 hours ago.
    Missing,
    /// The code is accepted.
    Pending(EmailProof),
    /// The code is not accepted any more. The problem is the reason.
    Ended(EmailProof, Problem),
}

/// Finds the latest verification of an account's e-mail address, and whether the mailed code is still accepted.
pub async fn find_email_proof_state(
    app: &AppState,
    account: &AccountId,
) -> Result<EmailProofState, StoreError> {
    let proof = email_proofs::find_email_proof(ReadFrom::Store(&app.store), account).await?;
    Ok(match proof {
        None => EmailProofState::Missing,
        Some(proof) if proof.tries >= app.limits.tries_per_code => {
            EmailProofState::Ended(proof, Problem::AttemptsUsedUp)
        }
        Some(proof) if app.now() >= proof.expires_at => {
            EmailProofState::Ended(proof, Problem::CodeExpired)
        }
        Some(proof) => EmailProofState::Pending(proof),
    })
}

/// Finds the pending verification of an account's e-mail address.
///
/// Returns `None` if the mailed code has expired or has no attempts left.
pub async fn find_pending_email_proof(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<EmailProof>, StoreError> {
    Ok(match find_email_proof_state(app, account).await? {
        EmailProofState::Pending(proof) => Some(proof),
        EmailProofState::Missing | EmailProofState::Ended(..) => None,
    })
}

/// Returns the time at which the account may next request an e-mail code. The result is for display only.
pub async fn find_time_of_next_email_code(
    app: &AppState,
    account: &AccountId,
) -> Result<Timestamp, StoreError> {
    let now = app.now();
    let limit = app.email_code_limit_per_account(account);
    let admitted = rate_limit::check_rate_limit_without_lock(app, &limit, now).await?;
    Ok(admitted.map_or_else(|reached| reached.until, |()| now))
}

/// Mails a code that verifies the e-mail address of the signed-in user.
///
/// Uses the new address whose verification is pending, or else the unverified address of the account. Refuses a page
/// that shows another address: `on_page` is its identifier.
pub async fn send_email_code(
    app: &SharedAppState,
    context: &RequestContext,
    on_page: Option<&EmailProofId>,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    let account = &signed_in.account;
    let address = match find_pending_email_proof(app, &account.id).await? {
        Some(proof) => proof.email,
        None if account.email_verified => {
            return Err(FlowError::from_form_problem(Problem::FlowEnded));
        }
        None => account.email.clone(),
    };
    require_email_address_of_page(app, &account.id, &address, on_page)?;
    let email = EmailAddress::parse(&address)
        .map_err(|problem| FlowError::from_field_problem(Field::Email, problem))?;
    let event = Event::EmailProofRequested;
    queue_email_code_and_wait_fixed_time(app, context, &signed_in, &email, event).await
}

/// Begins a change of e-mail address by mailing a code to the new address.
///
/// The current verified address receives a mail with a link that cancels the change.
pub async fn begin_email_change(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up_even_if_email_unverified(app, context).await?;
    let account = &signed_in.account;
    let email = EmailAddress::parse(typed)
        .map_err(|problem| FlowError::from_field_problem(Field::Email, problem))?;
    if account.email_verified {
        if is_email_address_of_account(account, &email) {
            return Err(FlowError::from_field_problem(
                Field::Email,
                Problem::EmailUnchanged,
            ));
        }
        // An attacker who has changed the number cannot change the address too while the owner can still react.
        if let Some(problem) = app.find_cooldown_problem_after_phone_change(account, app.now()) {
            return Err(FlowError::from_form_problem(problem));
        }
    }
    let event = Event::EmailChangeBegun;
    queue_email_code_and_wait_fixed_time(app, context, &signed_in, &email, event).await
}

/// Queues the mail with the code that verifies an e-mail address, and returns after a fixed time.
///
/// The response time therefore does not reveal whether another account has the address.
async fn queue_email_code_and_wait_fixed_time(
    app: &SharedAppState,
    context: &RequestContext,
    signed_in: &SignedIn,
    email: &EmailAddress,
    event: Event,
) -> Result<Outcome, FlowError> {
    if app.policy.email == EmailVerification::Unavailable {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    let (began, now) = (Instant::now(), app.now());
    let mut tx = app.store.begin().await?;
    let code_mail =
        start_email_proof_within_limits(app, &mut tx, &signed_in.account, email, context, now)
            .await?
            .map_err(|reached| {
                let secs = reached.until.secs_since(now);
                FlowError::from_form_problem(Problem::ResendWait { secs })
            })?;
    // The proof is locked before the account.
    let account = session::lock_account_of_signed_in_user(&mut tx, signed_in).await?;
    queue_mail_of_email_proof(app, &mut tx, &account, email, code_mail, now).await?;
    if event == Event::EmailChangeBegun && account.email_verified {
        let notification = Notification::EmailChangeRequested;
        notifications::notify_email_address_of_account(app, &mut tx, &account, &notification, now)
            .await?;
    }
    let entry = AuditEntry::entry_about_account(&account.id, event, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    wait_until_fixed_response_time(app, began).await?;
    Ok(Outcome::from_step(Step::EnterEmailCode))
}

/// Checks the mailed code that the user has entered. A correct code saves the e-mail address as verified.
///
/// Counts the attempt and uses up the code in one transaction, so that only one of several parallel requests succeeds.
/// Rejects a wrong code that is submitted again and does not count it, because browsers often submit the same code
/// twice. Refuses a page that shows another account or address than the code proves: `on_page` is its identifier.
pub async fn check_email_code(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
    on_page: Option<&EmailProofId>,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    let malformed = Problem::MalformedCode {
        digits: EMAIL_CODE_DIGITS,
    };
    let code = parse_email_code(typed)
        .ok_or_else(|| FlowError::from_field_problem(Field::Code, malformed))?;
    let now = app.now();
    let account = &signed_in.account.id;
    let mut tx = app.store.begin().await?;
    let known = email_proofs::find_email_proof(ReadFrom::Transaction(&mut tx), account)
        .await?
        .ok_or_else(expired_code_error)?;
    require_email_address_of_page(app, account, &known.email, on_page)?;
    let refused_limit = app.wrong_email_code_repetition_limit(&known, &code);
    if rate_limit::lock_and_check_rate_limit(&mut tx, &refused_limit, now)
        .await?
        .is_err()
    {
        drop(tx);
        return Err(create_error_for_repeated_wrong_email_code(app, account).await?);
    }
    let CountedEmailCode {
        limits,
        flows,
        proof,
    } = count_email_code_before_comparison(app, &mut tx, &signed_in.account, &known, now).await?;
    if !is_correct_email_code(app, &proof, &code) {
        // The bucket was empty, so this reserves its only event.
        let _ = rate_limit::count_event_within_limit(&mut tx, &refused_limit, now).await?;
        let entry = AuditEntry::entry_about_account(
            account,
            Event::EmailCodeRefused,
            context.audit_origin(),
        );
        audit::record_audit_entry(&mut tx, &entry, now).await?;
        tx.commit().await?;
        return Err(create_wrong_email_code_error(app, account, proof.tries).await?);
    }
    for limit in &limits {
        rate_limit::remove_event_from_rate_limit(&mut tx, limit, now).await?;
    }
    let retired = end_locked_flows(&mut tx, flows, now).await?;
    email_proofs::delete_email_proof(&mut tx, account).await?;
    let outcome =
        save_verified_email_address(app, &mut tx, &signed_in, &proof, context, now).await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    Ok(outcome)
}

/// An entered mail code that is counted and not compared yet.
struct CountedEmailCode {
    /// The limits on wrong codes that have counted the code.
    limits: [RateLimit; 3],
    /// The flows that a correct code ends. They were locked before `proof`.
    flows: Vec<Flow>,
    /// The locked verification of the e-mail address, which has counted the code.
    proof: EmailProof,
}

/// Counts an entered mail code in all limits, before it is compared with the mailed code.
///
/// Also locks the rows that a correct code changes. `known` is the verification of the e-mail address before the lock.
/// A refusal here is the same for a correct and for a wrong code, and the caller rolls it back.
async fn count_email_code_before_comparison(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    known: &EmailProof,
    now: Timestamp,
) -> Result<CountedEmailCode, FlowError> {
    let account_limit = app.wrong_email_code_limit_per_account(&account.id);
    if let Err(reached) = rate_limit::count_event_within_limit(tx, &account_limit, now).await? {
        return Err(too_many_wrong_codes_error(reached.until, now));
    }
    let email = EmailAddress::parse(&known.email)
        .map_err(|problem| FlowError::from_field_problem(Field::Email, problem))?;
    let address_limits = EmailAddressLimits {
        reserve_limit: app.wrong_email_code_reserve_of_account(&account.id),
        shared_limit: app.wrong_email_code_limit_per_address(&email),
        total_limit: app.total_wrong_email_code_limit_per_address(&email),
    };
    let is_own_address = is_email_address_of_account(account, &email);
    let [first_limit, total_limit] = address_limits
        .count_event_for_address(tx, is_own_address, now)
        .await?
        .map_err(|reached| too_many_wrong_codes_error(reached.until, now))?;
    // Flows are locked before the proof.
    let flows = lock_flows_ended_by_email_change(tx, account, &email).await?;
    let tries = app.limits.tries_per_code;
    let proof = email_proofs::count_email_code_attempt(tx, &account.id, tries, now)
        .await?
        // The limits of another address were counted if another code was requested since.
        .filter(|proof| proof.email == known.email && proof.created_at == known.created_at)
        .ok_or_else(expired_code_error)?;
    Ok(CountedEmailCode {
        limits: [account_limit, first_limit, total_limit],
        flows,
        proof,
    })
}

/// Creates the error for a mailed code that is not accepted any more.
fn expired_code_error() -> FlowError {
    FlowError::from_field_problem(Field::Code, Problem::CodeExpired)
}

/// Creates the error for a wrong mailed code. `tries` is the number of codes that were entered for the mail.
///
/// Shows the smaller number of the attempts that the mailed code and the account have left.
async fn create_wrong_email_code_error(
    app: &AppState,
    account: &AccountId,
    tries: u32,
) -> Result<FlowError, StoreError> {
    let problem = match app.limits.tries_per_code.saturating_sub(tries) {
        0 => Problem::AttemptsUsedUp,
        attempts_remaining => Problem::InvalidCode { attempts_remaining },
    };
    let limit = app.wrong_email_code_limit_per_account(account);
    let problem = wrong_codes::apply_limit_to_problem(app, &limit, problem).await?;
    Ok(FlowError::from_field_problem(Field::Code, problem))
}

/// Creates the error for a wrong mailed code that was submitted again. A repeated code does not count as an attempt.
async fn create_error_for_repeated_wrong_email_code(
    app: &AppState,
    account: &AccountId,
) -> Result<FlowError, FlowError> {
    let problem = match find_email_proof_state(app, account).await? {
        EmailProofState::Pending(proof) => {
            return Ok(create_wrong_email_code_error(app, account, proof.tries).await?);
        }
        EmailProofState::Ended(_, problem) => problem,
        EmailProofState::Missing => Problem::CodeExpired,
    };
    Ok(FlowError::from_field_problem(Field::Code, problem))
}

/// Returns whether the entered code is the one that was mailed to the e-mail address of this proof.
fn is_correct_email_code(app: &AppState, proof: &EmailProof, code: &OneTimeCode) -> bool {
    EmailAddress::parse(&proof.email).is_ok_and(|email| {
        let entered = EmailCodeHash::new(&proof.account, &email, code.expose(), &app.bucket_key);
        proof.code.as_ref() == Some(&entered)
    })
}

/// Creates the error for code entry that is blocked until the time `until` after too many wrong codes.
fn too_many_wrong_codes_error(until: Timestamp, now: Timestamp) -> FlowError {
    let secs = until.secs_since(now);
    FlowError::from_field_problem(Field::Code, Problem::FactorHeld { secs })
}

/// Returns whether the mailed link with this token can cancel a change of e-mail address.
///
/// Changes nothing, because mail scanners open links too.
pub async fn is_email_change_cancellable(app: &AppState, token: &str) -> Result<bool, StoreError> {
    let Some(token) = Token::parse(token) else {
        return Ok(false);
    };
    let database = ReadFrom::Store(&app.store);
    let proof = email_proofs::find_email_proof_by_cancel_token(database, &token.hash()).await?;
    Ok(proof.is_some_and(|proof| app.now() < proof.expires_at))
}

/// Cancels the pending change of an e-mail address by the link in the mail to the old address.
///
/// `token` is the token of the link. Ends all sessions and flows of the account, because an attacker may have begun the
/// change.
pub async fn cancel_email_change(
    app: &SharedAppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::from_form_problem(Problem::LinkInvalid);
    let token = Token::parse(token).ok_or_else(invalid)?.hash();
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let found =
        email_proofs::find_email_proof_by_cancel_token(ReadFrom::Transaction(&mut tx), &token)
            .await?;
    let proof = found.filter(|proof| now < proof.expires_at);
    let account = proof.ok_or_else(invalid)?.account;
    // Flows are locked before the proof.
    let retired =
        end_selected_flows_and_keep_email_proof(&mut tx, &account, FlowSelection::All, now).await?;
    if !email_proofs::delete_email_proof_by_cancel_token(&mut tx, &token).await? {
        return Err(invalid());
    }
    sessions::end_all_sessions(&mut tx, &account).await?;
    let entry = AuditEntry::entry_about_account(
        &account,
        Event::EmailChangeCancelled,
        context.audit_origin(),
    );
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    tx.commit().await?;
    cancel_sent_codes_in_background(app, retired);
    Ok(Outcome::from_step(Step::EmailChangeCancelled))
}
