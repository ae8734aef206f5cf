//! Resets a forgotten password: a mail with a link, then a new password and a second factor.
//!
//! For an account with a second factor, the link alone is not enough. The flow keeps the hash of the new password, and
//! the account receives it when the second factor is correct.

use std::time::Instant;

use crate::auth::engine::background::{cancel_sent_codes_in_background, run_in_detached_task};
use crate::auth::engine::persistence::{
    FlowSelection, end_selected_flows_of_account, open_verification_flow, record_flow_audit_event,
};
use crate::auth::engine::position::find_flow_to_replace;
use crate::auth::engine::{rate_limit, wrong_codes};
use crate::auth::entry::mailed_link::find_unexpired_mailed_link;
use crate::auth::entry::new_password::parse_new_password_of_account;
use crate::auth::entry::password::wait_until_fixed_response_time;
use crate::auth::entry::password_attempt_limits::error_for_refused_password_hash;
use crate::auth::entry::sign_in::MAX_IDENTIFIER;
use crate::auth::entry::{captcha, method_choice};
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::password::{
    VerifiedReset, completed_password_reset_outcome, save_password_reset,
};
use crate::config::EmailVerification;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::hashing::{CountedForSubject, HashError, HashPermit};
use crate::notifications;
use crate::security::captcha::Action;
use crate::security::password::PasswordHash;
use crate::security::rate_limit::RateLimit;
use crate::security::request_slot::release_concurrency_slot_of_request;
use crate::security::token::{FlowId, TokenHash};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::mailed_links::{self, LinkAction, MailedLink};
use crate::store::password_resets::ResetBasis;
use crate::store::{ReadFrom, StoreError};
use crate::verification::Verification;
use domain::{
    Field, Notification, Password, PhoneNumber, Problem, Purpose, Step, Timestamp,
    canonical_identifier,
};

const PURPOSE: Purpose = Purpose::PasswordReset;

/// Returns whether users can reset a forgotten password: whether a mail server is configured.
pub fn can_mail_reset_links(app: &AppState) -> bool {
    app.policy.email != EmailVerification::Unavailable
}

/// Mails a password reset link to the account with this identifier if the e-mail address of the account is verified.
///
/// Response and response time are the same for every identifier. Refused if no mail server is configured.
pub async fn request_password_reset_link(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    if !can_mail_reset_links(app) {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    captcha::require_solved_captcha(app, context, Action::PasswordReset, captcha).await?;
    let began = Instant::now();
    let identifier = canonical_identifier(identifier);
    if identifier.is_empty() {
        return Err(FlowError::from_field_problem(
            Field::Identifier,
            Problem::Missing,
        ));
    }
    // No identifier contains NUL, and PostgreSQL rejects text that contains it.
    let account = if identifier.len() <= MAX_IDENTIFIER && !identifier.contains('\0') {
        accounts::find_account_by_identifier(ReadFrom::Store(&app.store), &identifier).await?
    } else {
        None
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let limit = app.password_reset_limit_per_source(context);
    if let Err(wait) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        let secs = wait.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    if let Some(account) = account.filter(|account| !account.disabled && account.email_verified) {
        let notification = Notification::PasswordResetRequested;
        notifications::notify_email_address_of_account(app, &mut tx, &account, &notification, now)
            .await?;
        let event = Event::PasswordResetRequested;
        let entry = AuditEntry::entry_about_account(&account.id, event, context.audit_origin());
        audit::record_audit_entry(&mut tx, &entry, now).await?;
    }
    tx.commit().await?;
    // Wakes the dispatcher even without a new mail, so that the work is the same for every identifier.
    app.outbox_wake.notify_one();
    wait_until_fixed_response_time(app, began).await?;
    Ok(Outcome::from_step(Step::ResetRequested))
}

/// Returns whether the password reset link with this token is valid now.
///
/// Changes nothing, because mail scanners open links too.
pub async fn is_reset_link_usable(app: &AppState, token: &str) -> Result<bool, StoreError> {
    Ok(find_usable_reset_link(app, token).await?.is_some())
}

/// Returns the choice of the second factor if this browser has begun a password reset that waits for it.
///
/// The link of that reset is used up. But the browser may have lost the answer to the new password, and the user then
/// opens the link or submits its form again.
pub async fn find_step_of_begun_reset(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<Step>, FlowError> {
    let flow = find_flow_to_replace(app, context, PURPOSE).await?;
    match flow.filter(|flow| app.now() < flow.verification.ends_at) {
        Some(flow) => method_choice::find_second_factor_step(app, &flow)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// Finds an unused password reset link and the account of the link.
///
/// Returns `None` if the link has expired or the account has changed.
async fn find_usable_reset_link(
    app: &AppState,
    token: &str,
) -> Result<Option<(MailedLink, ResetBasis, Account)>, StoreError> {
    let Some(link) = find_unexpired_mailed_link(app, token).await? else {
        return Ok(None);
    };
    let LinkAction::ResetPassword(basis) = &link.action else {
        return Ok(None);
    };
    let basis = basis.clone();
    let account = accounts::find_account(ReadFrom::Store(&app.store), &basis.account).await?;
    let usable = account.filter(|account| basis.is_valid_for(account));
    Ok(usable.map(|account| (link, basis, account)))
}

/// Submits the new password of a password reset. Hashes the password, then uses up the mailed link.
///
/// If the account has a second factor, the user chooses the second-factor method next. Otherwise the password is saved
/// at once. The commit of either also uses up the link, so the form can be sent again after an error.
pub async fn submit_new_password(
    app: &SharedAppState,
    context: &RequestContext,
    token: &str,
    password: String,
) -> Result<Outcome, FlowError> {
    let unusable = || FlowError::from_form_problem(Problem::ResetLinkInvalid);
    let Some((link, basis, account)) = find_usable_reset_link(app, token).await? else {
        let begun = find_step_of_begun_reset(app, context).await?;
        return begun.map(Outcome::from_step).ok_or_else(unusable);
    };
    let mut problems = FormProblems::default();
    let Some(password) =
        parse_new_password_of_account(&app.brand.name, password, &account, &mut problems)
    else {
        return Err(problems.into_flow_error());
    };
    // The MFA flag without a number is inconsistent; refuse instead of skipping the second factor.
    if account.mfa && account.phone.is_none() {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    }
    // Checked before the link is used up, so that the link still works if the limit ends before the link expires.
    if account.mfa {
        let limits = wrong_codes::limits_of_password_resets(app, &account.id);
        let found = wrong_codes::find_problem_of_reached_limits(app, &limits, PURPOSE).await?;
        if let Some(problem) = found {
            return Err(FlowError::from_form_problem(problem));
        }
    }
    let replaced = find_flow_to_replace(app, context, PURPOSE).await?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let link_limit = app.password_hash_limit_per_reset_link(&link.token);
    let counted =
        CountedForSubject::count_password_hash_in_rate_limit(tx, &link_limit, now).await?;
    let counted = counted.map_err(|_| unusable())?;
    let limit = app.new_password_limit_per_source(context);
    let permit = HashPermit::acquire_hash_permit_within_rate_limit(
        counted,
        &limit,
        context.password_hash_queue(),
        now,
    )
    .await?
    .map_err(|refused| error_for_refused_password_hash(refused, now))?;
    release_concurrency_slot_of_request();
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    run_in_detached_task(app, async move {
        let submitted = SubmittedReset {
            link: link.token,
            link_limit,
            counted_at: now,
            basis,
            account,
        };
        submitted
            .hash_password_and_continue_reset(&shared, &context, permit, &password, replaced)
            .await
    })
    .await?
}

/// A password reset link with which a new password was submitted, and the account of the link.
struct SubmittedReset {
    link: TokenHash,
    /// The limit that has counted the hash of the new password at `counted_at`.
    link_limit: RateLimit,
    counted_at: Timestamp,
    basis: ResetBasis,
    account: Account,
}

impl SubmittedReset {
    /// Hashes the new password.
    ///
    /// If the account has a second factor, opens the flow that checks it; otherwise saves the hash.
    async fn hash_password_and_continue_reset(
        self,
        app: &SharedAppState,
        context: &RequestContext,
        permit: HashPermit,
        password: &Password,
        replaced: Option<Flow>,
    ) -> Result<Outcome, FlowError> {
        let hash = match self.hash_new_password(app, permit, password).await {
            Ok(Some(hash)) => hash,
            Ok(None) => {
                let unchanged = Problem::PasswordUnchanged;
                return Err(FlowError::from_field_problem(Field::Password, unchanged));
            }
            Err(error) => {
                // No hash was computed, so the link permits another one.
                let mut tx = app.store.begin().await?;
                rate_limit::remove_event_from_rate_limit(
                    &mut tx,
                    &self.link_limit,
                    self.counted_at,
                )
                .await?;
                tx.commit().await?;
                return Err(error.into());
            }
        };
        match self.account.phone.clone().filter(|_| self.account.mfa) {
            Some(phone) => {
                self.open_password_reset_flow(app, context, phone, &hash, replaced)
                    .await
            }
            None => {
                self.save_password_of_account_without_mfa(app, context, &hash)
                    .await
            }
        }
    }

    /// Computes the hash of the new password.
    ///
    /// After an undone contact change, an attacker may know the old password. So returns `None` if the account requires
    /// a password reset and the new password is the old one.
    async fn hash_new_password(
        &self,
        app: &AppState,
        permit: HashPermit,
        password: &Password,
    ) -> Result<Option<PasswordHash>, HashError> {
        let hasher = &app.hasher;
        if self.account.password_reset_required_at.is_some() {
            let old = &self.account.password_hash;
            hasher.hash_password_other_than(permit, password, old).await
        } else {
            hasher.hash_password(permit, password).await.map(Some)
        }
    }

    /// Opens the verification flow that verifies the second factor of a password reset, and stores the new password
    /// hash in it.
    async fn open_password_reset_flow(
        self,
        app: &SharedAppState,
        context: &RequestContext,
        phone: PhoneNumber,
        hash: &PasswordHash,
        replaced: Option<Flow>,
    ) -> Result<Outcome, FlowError> {
        let now = app.now();
        let account = self.account.id;
        let data = FlowData::PasswordReset {
            basis: self.basis,
            password_hash: hash.as_str().to_owned(),
        };
        let verification =
            Verification::start_verification_of_phone(phone, &app.verification_rules(PURPOSE), now);
        let id = FlowId::generate();
        let flow = Flow::new(id, PURPOSE, Some(account.clone()), verification, data);
        let step = method_choice::find_second_factor_step(app, &flow).await?;
        let mut tx = app.store.begin().await?;
        // Of several resets of one account, only the last one can finish.
        let others = FlowSelection::OfPurposeExcept(PURPOSE, &flow.id);
        let mut retired = end_selected_flows_of_account(&mut tx, &account, others, now).await?;
        let (token, replaced_code) = open_verification_flow(&mut tx, &flow, replaced).await?;
        retired.extend(replaced_code);
        // Of simultaneous requests with one link, one deletes it. Links are locked after flows.
        if !mailed_links::use_up_mailed_link(&mut tx, &self.link).await? {
            return Err(FlowError::from_form_problem(Problem::ResetLinkInvalid));
        }
        let event = Event::PasswordResetBegun;
        record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
        tx.commit().await?;
        cancel_sent_codes_in_background(app, retired);
        Ok(Outcome::from_step(step).with_token_change(TokenChange::SetFlowToken(PURPOSE, token)))
    }

    /// Saves the new password of an account without a second factor.
    async fn save_password_of_account_without_mfa(
        self,
        app: &SharedAppState,
        context: &RequestContext,
        hash: &PasswordHash,
    ) -> Result<Outcome, FlowError> {
        let now: Timestamp = app.now();
        let mut tx = app.store.begin().await?;
        // Limits are locked before flows and account. An error rolls the change back.
        let account = &self.basis.account;
        wrong_codes::update_limits_after_password_reset(app, &mut tx, account, now).await?;
        let reset = VerifiedReset {
            basis: &self.basis,
            hash,
            factor: None,
            flow: None,
            link: Some(&self.link),
            reset_required_before: self.account.password_reset_required_at.is_some(),
        };
        let retired = save_password_reset(app, &mut tx, &reset, context, now).await?;
        tx.commit().await?;
        app.outbox_wake.notify_one();
        cancel_sent_codes_in_background(app, retired);
        Ok(completed_password_reset_outcome())
    }
}
