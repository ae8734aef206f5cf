//! Reads the data of an account from the database for its export.

use super::document::{
    ExportDocument, ExportedAccount, ExportedContact, ExportedData, ExportedEmail, ExportedEvent,
    ExportedFactors, ExportedPayment, ExportedPendingEmail, ExportedPhone, ExportedRecovery,
    ExportedRecoveryCodes, ExportedSession, format_rfc3339,
};
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, Event, StoredAuditEntry};
use crate::store::exports::{self, FormerContact, PaymentRecord, ProofTimes};
use crate::store::payments::PaymentState;
use crate::store::sessions::{self, SessionWithDevice};
use crate::store::{
    PageCursor, ReadFrom, Store, StoreError, authenticators, email_proofs, recoveries,
    recovery_codes,
};
use domain::{Device, Method, Timestamp};

/// The maximum number of events or payments that one query reads.
const MAX_ROWS_PER_QUERY: usize = 1000;

/// Reads all stored data about an account holder. Returns `None` if the account is erased.
///
/// Reads each part by a separate query, so a concurrent change can appear in only one part.
pub async fn read_account_export(
    store: &Store,
    id: &AccountId,
    now: Timestamp,
) -> Result<Option<ExportDocument>, StoreError> {
    let account = accounts::find_account(ReadFrom::Store(store), id).await?;
    let verified = exports::find_contact_proof_times(ReadFrom::Store(store), id).await?;
    let Some((account, verified)) = account.zip(verified) else {
        return Ok(None);
    };
    let former = exports::list_former_contacts_of_account(ReadFrom::Store(store), id).await?;
    let listed = sessions::list_sessions(store, id).await?;
    let data = ExportedData {
        email: export_email_address(store, &account, verified, now).await?,
        phone: export_phone_number(&account, verified),
        former_contacts: former
            .into_iter()
            .filter(|contact| now < contact.undo_until)
            .map(export_former_contact)
            .collect(),
        second_factors: export_second_factors(store, &account).await?,
        lost_phone: export_lost_phone_recovery(store, &account, now).await?,
        sessions: listed.into_iter().map(export_session).collect(),
        payments: export_payments_of_account(store, id, now).await?,
        history: export_audit_events(store, id).await?,
        account: export_account(account),
    };
    Ok(Some(ExportDocument::new(data, now)))
}

/// Converts an account row to the account part of the data export: names, language and status.
fn export_account(account: Account) -> ExportedAccount {
    ExportedAccount {
        id: account.id.as_str().to_owned(),
        name: account.full_name,
        username: account.username,
        language: account.language.language_tag(),
        created_at: format_rfc3339(account.created_at),
        disabled: account.disabled,
        password_reset_required_at: account.password_reset_required_at.map(format_rfc3339),
        delete_at: account.delete_at.map(format_rfc3339),
    }
}

/// Reads the e-mail address of an account for the data export. Includes a new address whose verification is pending.
async fn export_email_address(
    store: &Store,
    account: &Account,
    verified: ProofTimes,
    now: Timestamp,
) -> Result<ExportedEmail, StoreError> {
    let pending = email_proofs::find_email_proof(ReadFrom::Store(store), &account.id).await?;
    let pending = pending.filter(|proof| now < proof.expires_at);
    Ok(ExportedEmail {
        address: account.email.clone(),
        verified: account.email_verified,
        verified_at: verified.email.map(format_rfc3339),
        pending: pending.map(|proof| ExportedPendingEmail {
            address: proof.email,
            expires_at: format_rfc3339(proof.expires_at),
        }),
    })
}

/// Converts the phone number of an account for the data export.
///
/// Returns `None` if the account has no number. `proof_times` contains the time at which the number was verified.
fn export_phone_number(account: &Account, proof_times: ProofTimes) -> Option<ExportedPhone> {
    account.phone.as_ref().map(|number| ExportedPhone {
        number: number.as_e164().to_owned(),
        verified_at: proof_times.phone.map(format_rfc3339),
        changed_at: account.phone_changed_at.map(format_rfc3339),
    })
}

/// Converts a replaced phone number or e-mail address for the data export.
fn export_former_contact(contact: FormerContact) -> ExportedContact {
    ExportedContact {
        kind: contact.kind,
        value: contact.value,
        changed_at: format_rfc3339(contact.changed_at),
        undo_until: format_rfc3339(contact.undo_until),
    }
}

/// Reads the enrolled second factors of an account for the data export, without their secrets.
async fn export_second_factors(
    store: &Store,
    account: &Account,
) -> Result<ExportedFactors, StoreError> {
    let authenticator =
        authenticators::find_authenticator(ReadFrom::Store(store), &account.id).await?;
    let codes = recovery_codes::find_recovery_code_set(store, &account.id).await?;
    Ok(ExportedFactors {
        set_up: account.mfa,
        last_used: account.last_method.map(Method::as_str),
        authenticator_added_at: authenticator.map(|found| format_rfc3339(found.confirmed_at)),
        recovery_codes: codes.map(|set| ExportedRecoveryCodes {
            created_at: format_rfc3339(set.made_at),
            left: set.unused,
        }),
    })
}

/// Reads the open lost-phone recovery of an account for the data export.
async fn export_lost_phone_recovery(
    store: &Store,
    account: &Account,
    now: Timestamp,
) -> Result<Option<ExportedRecovery>, StoreError> {
    let found = recoveries::find_lost_phone_recovery(ReadFrom::Store(store), &account.id).await?;
    let open = found.filter(|recovery| recovery.is_recovery_open(account, now));
    Ok(open.map(|recovery| ExportedRecovery {
        opened_at: format_rfc3339(recovery.opened_at),
        due_at: format_rfc3339(recovery.due_at),
        expires_at: format_rfc3339(recovery.expires_at),
    }))
}

/// Converts a session for the data export. Omits the session token.
fn export_session(listed: SessionWithDevice) -> ExportedSession {
    let SessionWithDevice {
        session,
        user_agent,
        source,
    } = listed;
    let device = Device::from_user_agent(&user_agent);
    let confirmed_at = Some(session.stepped_up_at).filter(|at| at.as_millis() > 0);
    ExportedSession {
        kind: session.kind.as_str(),
        browser: device.browser,
        system: device.system,
        user_agent,
        source,
        second_factor: session.method.map(Method::as_str),
        signed_in_at: format_rfc3339(session.created_at),
        confirmed_at: confirmed_at.map(format_rfc3339),
        last_active_at: format_rfc3339(session.last_seen_at),
        ends_at: format_rfc3339(session.ends_at),
    }
}

/// Reads all payments of an account for the data export, oldest first.
async fn export_payments_of_account(
    store: &Store,
    id: &AccountId,
    now: Timestamp,
) -> Result<Vec<ExportedPayment>, StoreError> {
    let max_rows = i64::try_from(MAX_ROWS_PER_QUERY).unwrap_or(i64::MAX);
    let (mut exported, mut last) = (Vec::new(), None);
    loop {
        let database = ReadFrom::Store(store);
        let page = exports::list_payments_after(database, id, last.as_ref(), max_rows).await?;
        last = page.last().map(|record| record.payment.clone());
        let is_full = page.len() == MAX_ROWS_PER_QUERY;
        exported.extend(page.into_iter().map(|record| export_payment(record, now)));
        if !is_full {
            return Ok(exported);
        }
    }
}

/// Converts a payment for the data export, with the payment status at `now`.
fn export_payment(record: PaymentRecord, now: Timestamp) -> ExportedPayment {
    let payment = record.payment.expire_if_overdue(now);
    let (transaction, reason) = match &payment.state {
        PaymentState::Completed { transaction } => (Some(transaction.as_str().to_owned()), None),
        PaymentState::Failed { failure } => (None, Some(failure.as_str())),
        PaymentState::Pending | PaymentState::Processing | PaymentState::Expired => (None, None),
    };
    ExportedPayment {
        id: payment.id.as_str().to_owned(),
        status: payment.state.payment_status().as_str(),
        amount: payment.amount.to_decimal(),
        currency: payment.amount.currency().code(),
        recipient: payment.recipient.as_str().to_owned(),
        description: payment.description.as_str().to_owned(),
        reason,
        transaction_id: transaction,
        source: payment.source,
        created_at: format_rfc3339(payment.created_at),
        expires_at: format_rfc3339(payment.expires_at),
        confirmed_at: record.confirmed_at.map(format_rfc3339),
        executed_at: record.executed_at.map(format_rfc3339),
    }
}

/// Reads all audit events of an account for the data export, newest first.
///
/// The events of the registration follow at the end.
async fn export_audit_events(
    store: &Store,
    id: &AccountId,
) -> Result<Vec<ExportedEvent>, StoreError> {
    let max_rows = i64::try_from(MAX_ROWS_PER_QUERY).unwrap_or(i64::MAX);
    let (mut exported, mut oldest) = (Vec::new(), None);
    loop {
        let page =
            audit::list_audit_entries_of_account(store, id, Event::ALL, oldest.as_ref(), max_rows)
                .await?;
        oldest = page.last().map(|last| PageCursor {
            at: last.at,
            id: last.id.clone(),
        });
        let is_full = page.len() == MAX_ROWS_PER_QUERY;
        exported.extend(page.into_iter().map(|recorded| {
            let is_own = recorded.source == OPERATOR_SOURCE
                || is_caused_only_by_account_holder(recorded.event);
            export_audit_event(recorded, is_own)
        }));
        if !is_full {
            break;
        }
    }
    let registration = audit::list_audit_entries_of_registration(store, id).await?;
    exported.extend(
        registration
            .into_iter()
            .map(|recorded| export_audit_event(recorded, true)),
    );
    Ok(exported)
}

/// The source of an audit event that an operator caused.
const OPERATOR_SOURCE: &str = "operator";

/// Converts an audit event for the data export.
///
/// Includes network address and device of the request only if `includes_origin` is set, because they may belong to
/// another person.
fn export_audit_event(recorded: StoredAuditEntry, includes_origin: bool) -> ExportedEvent {
    let StoredAuditEntry {
        event,
        source,
        device,
        detail,
        at,
        ..
    } = recorded;
    ExportedEvent {
        at: format_rfc3339(at),
        event: event.as_str(),
        detail: Some(detail).filter(|detail| !detail.is_empty()),
        source: Some(source).filter(|source| includes_origin && !source.is_empty()),
        device: Some(device.stored_name()).filter(|name| includes_origin && !name.is_empty()),
    }
}

/// Returns whether only the account holder can cause an audit event.
///
/// Such an event requires a session or second factor. The export omits the network address of other events, because it
/// may belong to another person.
const fn is_caused_only_by_account_holder(event: Event) -> bool {
    match event {
        Event::AccountCreated
        | Event::PasswordReset
        | Event::PasswordChanged
        | Event::EmailProofRequested
        | Event::EmailVerified
        | Event::EmailCodeRefused
        | Event::EmailChangeBegun
        | Event::EmailChanged
        | Event::NameChanged
        | Event::UsernameChanged
        | Event::DataExported
        | Event::DeletionRequested
        | Event::DeletionWithdrawn
        | Event::SessionStarted
        | Event::SessionEnded
        | Event::SessionsEnded
        | Event::TwoFactorSetUp
        | Event::PhoneChangeBegun
        | Event::PhoneChanged
        | Event::SteppedUp
        | Event::RecoveryCodesCreated
        | Event::AuthenticatorBegun
        | Event::AuthenticatorRefused
        | Event::AuthenticatorAdded
        | Event::AuthenticatorRemoved
        | Event::PaymentBegun
        | Event::PaymentRefused
        | Event::PaymentConfirmed
        | Event::PaymentCompleted
        | Event::PaymentFailed
        | Event::PaymentExpired => true,
        // These events require only a username, a password or a link in a mail.
        Event::RegistrationOpened
        | Event::RegistrationConflict
        | Event::PasswordAccepted
        | Event::PasswordRefused
        | Event::PasswordResetRequested
        | Event::PasswordResetBegun
        | Event::EmailChangeCancelled
        | Event::CodeRequested
        | Event::CodeSent
        | Event::CodeNotSent
        | Event::CodeApproved
        | Event::CodeRefused
        | Event::TriesExhausted
        | Event::FactorHeld
        | Event::FlowCancelled
        | Event::RecoveryRequested
        | Event::RecoveryOpened
        | Event::RecoveryBrowserChanged
        | Event::RecoveryCancelled
        | Event::RecoveryCompleted
        | Event::PhoneRestored
        | Event::EmailRestored
        // Operators or the server cause these events.
        | Event::AccountErased
        | Event::AccountUnlocked
        | Event::AccountImported
        | Event::AccountDisabled
        | Event::AccountEnabled
        | Event::MfaReset
        | Event::BackupRestored => false,
    }
}
