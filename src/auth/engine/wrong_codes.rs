//! The limits on wrong codes over several flows: which ones apply to a flow, and how many attempts they leave.
//!
//! Each code counts in a limit of 24 hours and in a ceiling, which a correct code clears. Every transaction locks these
//! limits in the order of their keys, before other limits, flows and account.

use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::context::AppState;
use crate::security::rate_limit::RateLimit;
use crate::security::token::AccountId;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::limits::sort_limits_for_locking;
use crate::store::{StoreError, Tx};
use domain::{FieldProblem, FormErrors, Problem, Purpose, Timestamp};

/// Returns the rate limits that count the wrong codes of a flow over several flows, in the order in which they are
/// locked. Returns none if no such limit applies.
///
/// An attacker who knows only the password can reach the limits of the account. So they do not apply to the flows with
/// which the owner takes the account back:
///
/// - A mailed link opens a password reset, which has separate limits.
/// - The set-up that completes a lost-phone recovery has none. Its code goes to a number that the user has entered, so
///   there is no second factor to guess.
pub fn find_limits_of_wrong_codes(app: &AppState, flow: &Flow) -> Vec<RateLimit> {
    match &flow.account {
        Some(_) if is_set_up_after_recovery(flow) => Vec::new(),
        Some(account) if flow.purpose == Purpose::PasswordReset => {
            limits_of_password_resets(app, account).to_vec()
        }
        Some(account) => limits_of_account(app, account).to_vec(),
        None => Vec::new(),
    }
}

/// Returns the rate limits on wrong codes of one account in all flows except password resets.
pub fn limits_of_account(app: &AppState, account: &AccountId) -> [RateLimit; 2] {
    sorted_for_locking([
        app.wrong_code_ceiling_per_account(account),
        app.wrong_code_limit_per_account(account),
    ])
}

/// Returns the rate limits on wrong codes in the password resets of one account.
pub fn limits_of_password_resets(app: &AppState, account: &AccountId) -> [RateLimit; 2] {
    sorted_for_locking([
        app.wrong_code_ceiling_of_password_resets(account),
        app.wrong_code_limit_of_password_resets(account),
    ])
}

/// Sorts limits into the order in which they are locked.
fn sorted_for_locking<const N: usize>(mut limits: [RateLimit; N]) -> [RateLimit; N] {
    sort_limits_for_locking(&mut limits, |limit| &limit.key);
    limits
}

/// Counts a code in all `limits`, before it is checked.
///
/// If one of them is reached, counts nothing and returns the time from which all of them permit a code.
pub async fn count_code_within_limits(
    tx: &mut Tx,
    limits: &[RateLimit],
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let permitted = lock_and_check_limits(tx, limits, now).await?;
    if permitted.is_ok() {
        for limit in limits {
            rate_limit::count_event_in_bucket(tx, limit, now).await?;
        }
    }
    Ok(permitted)
}

/// Locks all `limits`. If one is reached, returns the time from which all of them permit a code.
pub async fn lock_and_check_limits(
    tx: &mut Tx,
    limits: &[RateLimit],
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let mut latest: Option<Timestamp> = None;
    for limit in limits {
        let checked = rate_limit::lock_and_check_rate_limit(tx, limit, now).await?;
        latest = latest.max(checked.err().map(|reached| reached.until));
    }
    Ok(latest.map_or(Ok(()), |until| Err(LimitReached { until })))
}

/// Locks all limits that [`count_code_within_limits`], [`uncount_right_code`] and
/// [`update_limits_if_password_is_reset`] change for `flow`.
///
/// Call it before a transaction that may call all of them.
pub async fn lock_limits_changed_by_code(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut limits = find_limits_of_wrong_codes(app, flow);
    if let Some(account) = flow.account.as_ref().filter(|_| proves_second_factor(flow)) {
        limits.extend(ceilings_of_account(app, account));
    }
    if let Some(account) = find_account_of_password_reset(flow) {
        limits.push(app.wrong_code_limit_per_account(account));
        limits.push(app.bucket_of_completed_password_reset(account));
    }
    sort_limits_for_locking(&mut limits, |limit| &limit.key);
    // Whether a limit is reached does not matter here.
    let _ = lock_and_check_limits(tx, &limits, now).await?;
    Ok(())
}

/// Removes a code from the limits on wrong codes that count it, because it was not wrong.
///
/// `counted_at` is the time at which it was counted.
pub async fn uncount_code(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    counted_at: Timestamp,
) -> Result<(), StoreError> {
    for limit in find_limits_of_wrong_codes(app, flow) {
        rate_limit::remove_event_from_rate_limit(tx, &limit, counted_at).await?;
    }
    Ok(())
}

/// Removes a correct code from the limits on wrong codes, and clears the ceilings of the account if the code proves its
/// second factor.
///
/// `counted_at` is the time at which the code was counted. Call it before flows and account are locked, or after
/// [`lock_limits_changed_by_code`].
pub async fn uncount_right_code(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    counted_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(account) = flow.account.as_ref().filter(|_| proves_second_factor(flow)) {
        clear_ceilings(app, tx, account, now).await?;
    }
    uncount_code(app, tx, flow, counted_at).await
}

/// Returns whether a correct code of this flow proves the second factor of the account, or replaces it after a
/// lost-phone recovery.
///
/// A code to a number that the user has just entered proves no second factor. Otherwise an attacker could clear the
/// ceilings with a code to another number.
const fn proves_second_factor(flow: &Flow) -> bool {
    match flow.purpose {
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment | Purpose::PasswordReset => true,
        Purpose::SetUp => is_set_up_after_recovery(flow),
        Purpose::Registration | Purpose::PhoneChange => false,
    }
}

/// Returns whether this flow sets up a new phone number after a lost-phone recovery.
const fn is_set_up_after_recovery(flow: &Flow) -> bool {
    matches!(
        flow.data,
        FlowData::SetUp {
            recovery: Some(_),
            ..
        }
    )
}

/// Returns the ceilings on wrong codes of one account without a correct one.
fn ceilings_of_account(app: &AppState, account: &AccountId) -> [RateLimit; 2] {
    sorted_for_locking([
        app.wrong_code_ceiling_per_account(account),
        app.wrong_code_ceiling_of_password_resets(account),
    ])
}

/// Deletes the wrong codes that the ceilings of an account have counted.
async fn clear_ceilings(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for limit in ceilings_of_account(app, account) {
        rate_limit::clear_rate_limit_bucket(tx, &limit.key, now).await?;
    }
    Ok(())
}

/// Returns the user-visible error if a limit on the wrong codes of flows with this purpose is reached; `None` if code
/// entry is permitted.
pub async fn find_problem_of_reached_limits(
    app: &AppState,
    limits: &[RateLimit],
    purpose: Purpose,
) -> Result<Option<Problem>, StoreError> {
    let left = read_attempts_left_by_limits(app, limits).await?;
    Ok(left.err().map(|secs| Problem::factor_held(purpose, secs)))
}

/// Returns the number of attempts that the flow and the limits on wrong codes leave: the smallest of them.
pub async fn count_attempts_left(app: &AppState, flow: &Flow) -> Result<u32, StoreError> {
    let left_by_flow = flow
        .verification
        .attempts_left(&app.verification_rules(flow.purpose));
    let limits = find_limits_of_wrong_codes(app, flow);
    let left = read_attempts_left_by_limits(app, &limits).await?;
    Ok(left.map_or(0, |left| left.min(left_by_flow)))
}

/// Lowers the remaining attempts in the errors of a wrong code to those that the limits on wrong codes leave.
///
/// If the code has reached a limit, the errors say for how long no code is accepted. Call it after the commit that
/// counts the code.
pub async fn apply_limit_to_attempts_remaining(
    app: &AppState,
    flow: &Flow,
    errors: FormErrors,
) -> Result<FormErrors, StoreError> {
    let is_wrong_code = errors
        .problems
        .iter()
        .any(|found| is_problem_of_wrong_code(&found.problem));
    if !is_wrong_code {
        return Ok(errors);
    }
    let limits = find_limits_of_wrong_codes(app, flow);
    let left = read_attempts_left_by_limits(app, &limits).await?;
    let left = left.map_err(|secs| Problem::factor_held(flow.purpose, secs));
    let problems = errors.problems.into_iter();
    let problems = problems.map(|FieldProblem { field, problem }| FieldProblem {
        field,
        problem: limit_attempts_of_problem(problem, &left),
    });
    Ok(FormErrors {
        problems: problems.collect(),
        entry: errors.entry,
    })
}

/// Lowers the remaining attempts in the problem of a wrong code to those that `limit` leaves.
///
/// If the code has reached the limit, the problem says for how long no code is accepted. Call it after the commit that
/// counts the code.
pub async fn apply_limit_to_problem(
    app: &AppState,
    limit: &RateLimit,
    problem: Problem,
) -> Result<Problem, StoreError> {
    let left = read_attempts_left_by_limits(app, std::slice::from_ref(limit)).await?;
    let left = left.map_err(|secs| Problem::FactorHeld { secs });
    Ok(limit_attempts_of_problem(problem, &left))
}

/// Updates the limits of the account if `flow` is a password reset. Call it after a correct code.
///
/// See [`update_limits_after_password_reset`].
pub async fn update_limits_if_password_is_reset(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    now: Timestamp,
) -> Result<(), StoreError> {
    match find_account_of_password_reset(flow) {
        Some(account) => update_limits_after_password_reset(app, tx, account, now).await,
        None => Ok(()),
    }
}

/// Deletes the wrong codes of an account whose password is reset, and gives its next sign-ins additional messages.
///
/// The password with which an attacker may have entered the codes and used up the messages is replaced in the same
/// transaction. So the owner can sign in. Call it before flows and account are locked, or after
/// [`lock_limits_changed_by_code`].
pub async fn update_limits_after_password_reset(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    clear_ceilings(app, tx, account, now).await?;
    let limit = app.wrong_code_limit_per_account(account);
    rate_limit::clear_rate_limit_bucket(tx, &limit.key, now).await?;
    let record = app.bucket_of_completed_password_reset(account);
    rate_limit::count_event_in_bucket(tx, &record, now).await
}

/// Returns the account of a flow that resets a password; `None` for other flows.
fn find_account_of_password_reset(flow: &Flow) -> Option<&AccountId> {
    flow.account
        .as_ref()
        .filter(|_| flow.purpose == Purpose::PasswordReset)
}

/// Reads the number of attempts that all `limits` on wrong codes leave.
///
/// If one of them leaves none, returns the seconds until all of them permit the next one as the error.
async fn read_attempts_left_by_limits(
    app: &AppState,
    limits: &[RateLimit],
) -> Result<Result<u32, u64>, StoreError> {
    let now = app.now();
    let mut result = Ok(u32::MAX);
    for limit in limits {
        let left = rate_limit::count_events_left_without_lock(app, limit, now).await?;
        let left = left
            .map(|left| u32::try_from(left).unwrap_or(u32::MAX))
            .map_err(|reached| reached.until.secs_since(now));
        result = lower_attempts_left(result, left);
    }
    Ok(result)
}

/// Combines the attempts that two limits leave: the smaller number, or the longer waiting time.
fn lower_attempts_left(one: Result<u32, u64>, other: Result<u32, u64>) -> Result<u32, u64> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(one.min(other)),
        (Err(one), Err(other)) => Err(one.max(other)),
        (Err(secs), Ok(_)) | (Ok(_), Err(secs)) => Err(secs),
    }
}

/// Returns whether a problem says that a code was wrong, in a flow that permits another attempt.
const fn is_problem_of_wrong_code(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::InvalidCode { .. }
            | Problem::UsedCode { .. }
            | Problem::CodeOfAnotherTime { .. }
            | Problem::RecoveryCodeWrong
    )
}

/// Limits the remaining attempts of a wrong code to `left`, the attempts that the limit leaves.
///
/// If no attempt is left, returns the problem of the reached limit instead. Other problems stay unchanged.
fn limit_attempts_of_problem(mut problem: Problem, left: &Result<u32, Problem>) -> Problem {
    let left = match left {
        Ok(left) => *left,
        Err(held) if is_problem_of_wrong_code(&problem) => return held.clone(),
        Err(_) => return problem,
    };
    if let Problem::InvalidCode { attempts_remaining }
    | Problem::UsedCode { attempts_remaining }
    | Problem::CodeOfAnotherTime { attempts_remaining } = &mut problem
    {
        *attempts_remaining = left.min(*attempts_remaining);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the problems of a wrong code after which this number of attempts remains.
    const fn wrong_code_problems(attempts_remaining: u32) -> [Problem; 4] {
        [
            Problem::InvalidCode { attempts_remaining },
            Problem::UsedCode { attempts_remaining },
            Problem::CodeOfAnotherTime { attempts_remaining },
            Problem::RecoveryCodeWrong,
        ]
    }

    #[test]
    fn remaining_attempts_are_the_smaller_number_of_flow_and_account() {
        for (of_flow, of_account, shown) in [(4, 9, 4), (4, 1, 1), (2, 2, 2)] {
            let limited = wrong_code_problems(of_flow)
                .map(|problem| limit_attempts_of_problem(problem, &Ok(of_account)));
            assert_eq!(limited, wrong_code_problems(shown));
        }
    }

    #[test]
    fn several_limits_leave_the_smallest_number_of_attempts_and_the_longest_waiting_time() {
        assert_eq!(lower_attempts_left(Ok(4), Ok(9)), Ok(4));
        assert_eq!(lower_attempts_left(Ok(4), Err(60)), Err(60));
        assert_eq!(lower_attempts_left(Err(60), Ok(4)), Err(60));
        assert_eq!(lower_attempts_left(Err(60), Err(600)), Err(600));
    }

    #[test]
    fn wrong_code_at_the_account_limit_is_reported_as_a_held_second_factor() {
        let left = Err(Problem::FactorHeld { secs: 600 });
        for wrong in wrong_code_problems(3) {
            assert_eq!(Err(limit_attempts_of_problem(wrong, &left)), left);
        }
        for other in [
            Problem::TooManyAttempts,
            Problem::CodeExpired,
            Problem::Busy,
        ] {
            assert_eq!(limit_attempts_of_problem(other.clone(), &left), other);
        }
    }
}
