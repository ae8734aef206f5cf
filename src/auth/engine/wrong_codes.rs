//! The limit on wrong codes over several flows: which one applies to a flow, and how many attempts it leaves.

use crate::auth::engine::rate_limit;
use crate::context::AppState;
use crate::security::rate_limit::Rule;
use crate::security::token::{AccountId, BucketKey};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx};
use domain::{FieldProblem, FormErrors, Problem, Purpose, Timestamp};

/// Returns the rate limit that counts the wrong codes of a flow over several flows; `None` if none applies.
///
/// An attacker who knows only the password can reach the limit of the account. So it does not apply to the flows with
/// which the owner takes the account back:
///
/// - A mailed link opens a password reset, which has a limit of its own.
/// - The set-up that completes a lost-phone recovery has none. Its code goes to a number that the user has entered, so
///   there is no second factor to guess.
pub fn find_limit_of_wrong_codes(app: &AppState, flow: &Flow) -> Option<(BucketKey, Rule)> {
    let account = flow.account.as_ref()?;
    match (flow.purpose, &flow.data) {
        (Purpose::PasswordReset, _) => Some(app.wrong_code_limit_of_password_resets(account)),
        (
            _,
            FlowData::SetUp {
                recovery: Some(_), ..
            },
        ) => None,
        _ => Some(app.wrong_code_limit_per_account(account)),
    }
}

/// Returns the user-visible error if a limit on wrong codes is reached; `None` if code entry is permitted.
pub async fn find_problem_of_reached_limit(
    app: &AppState,
    limit: &(BucketKey, Rule),
) -> Result<Option<Problem>, StoreError> {
    let left = read_attempts_left_by_limit(app, limit).await?;
    Ok(left.err().map(|secs| Problem::FactorHeld { secs }))
}

/// Returns the number of attempts that the flow and the limit on wrong codes leave: the smaller of both.
pub async fn count_attempts_left(app: &AppState, flow: &Flow) -> Result<u32, StoreError> {
    let left_by_flow = flow
        .verification
        .attempts_left(&app.verification_rules(flow.purpose));
    let Some(limit) = find_limit_of_wrong_codes(app, flow) else {
        return Ok(left_by_flow);
    };
    let left = read_attempts_left_by_limit(app, &limit).await?;
    Ok(left.map_or(0, |left| left.min(left_by_flow)))
}

/// Lowers the remaining attempts in the errors of a wrong code to those that the limit on wrong codes leaves.
///
/// If the code has reached the limit, the errors say for how long no code is accepted. Call it after the commit that
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
    let Some(limit) = find_limit_of_wrong_codes(app, flow).filter(|_| is_wrong_code) else {
        return Ok(errors);
    };
    let left = read_attempts_left_by_limit(app, &limit).await?;
    let problems = errors.problems.into_iter();
    let problems = problems.map(|FieldProblem { field, problem }| FieldProblem {
        field,
        problem: limit_attempts_of_problem(problem, left),
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
    limit: &(BucketKey, Rule),
    problem: Problem,
) -> Result<Problem, StoreError> {
    let left = read_attempts_left_by_limit(app, limit).await?;
    Ok(limit_attempts_of_problem(problem, left))
}

/// Locks the limits that [`update_limits_after_password_reset`] changes, if `flow` is a password reset.
///
/// Call this before the transaction locks flows or the account.
pub async fn lock_limits_that_password_reset_changes(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(account) = find_account_of_password_reset(flow) {
        for limit in [
            app.wrong_code_limit_per_account(account),
            app.bucket_of_completed_password_reset(account),
        ] {
            // Whether the limit is reached does not matter here.
            let _ = rate_limit::lock_and_check_rate_limit(tx, &limit, now).await?;
        }
    }
    Ok(())
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
/// [`lock_limits_that_password_reset_changes`].
pub async fn update_limits_after_password_reset(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (bucket, _) = app.wrong_code_limit_per_account(account);
    rate_limit::clear_rate_limit_bucket(tx, &bucket, now).await?;
    let record = app.bucket_of_completed_password_reset(account);
    rate_limit::count_event_in_bucket(tx, &record, now).await
}

/// Returns the account of a flow that resets a password; `None` for other flows.
fn find_account_of_password_reset(flow: &Flow) -> Option<&AccountId> {
    flow.account
        .as_ref()
        .filter(|_| flow.purpose == Purpose::PasswordReset)
}

/// Reads the number of attempts that a limit on wrong codes leaves.
///
/// If it leaves none, returns the seconds until it permits the next one as the error.
async fn read_attempts_left_by_limit(
    app: &AppState,
    limit: &(BucketKey, Rule),
) -> Result<Result<u32, u64>, StoreError> {
    let now = app.now();
    let left = rate_limit::count_events_left_without_lock(app, limit, now).await?;
    Ok(left
        .map(|left| u32::try_from(left).unwrap_or(u32::MAX))
        .map_err(|reached| reached.until.secs_since(now)))
}

/// Returns whether a problem says that a code was wrong, in a flow that permits another attempt.
const fn is_problem_of_wrong_code(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::InvalidCode { .. }
            | Problem::CodeOfAnotherTime { .. }
            | Problem::RecoveryCodeWrong
    )
}

/// Limits the remaining attempts of a wrong code to `left`, the attempts that the limit leaves.
///
/// If no attempt is left, the problem says for how many seconds no code is accepted. Other problems stay unchanged.
fn limit_attempts_of_problem(problem: Problem, left: Result<u32, u64>) -> Problem {
    match (problem, left) {
        (wrong, Err(secs)) if is_problem_of_wrong_code(&wrong) => Problem::FactorHeld { secs },
        (Problem::InvalidCode { attempts_remaining }, Ok(left)) => Problem::InvalidCode {
            attempts_remaining: attempts_remaining.min(left),
        },
        (Problem::CodeOfAnotherTime { attempts_remaining }, Ok(left)) => {
            Problem::CodeOfAnotherTime {
                attempts_remaining: attempts_remaining.min(left),
            }
        }
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_attempts_are_the_smaller_number_of_flow_and_account() {
        for (of_flow, of_account, shown) in [(4, 9, 4), (4, 1, 1), (2, 2, 2)] {
            let limited = |problem| limit_attempts_of_problem(problem, Ok(of_account));
            let attempts = |attempts_remaining| Problem::InvalidCode { attempts_remaining };
            assert_eq!(limited(attempts(of_flow)), attempts(shown));
            let attempts = |attempts_remaining| Problem::CodeOfAnotherTime { attempts_remaining };
            assert_eq!(limited(attempts(of_flow)), attempts(shown));
            let wrong = Problem::RecoveryCodeWrong;
            assert_eq!(limited(wrong.clone()), wrong);
        }
    }

    #[test]
    fn wrong_code_at_the_account_limit_is_reported_as_a_held_second_factor() {
        let attempts_remaining = 3;
        for wrong in [
            Problem::InvalidCode { attempts_remaining },
            Problem::CodeOfAnotherTime { attempts_remaining },
            Problem::RecoveryCodeWrong,
        ] {
            let held = Problem::FactorHeld { secs: 600 };
            assert_eq!(limit_attempts_of_problem(wrong, Err(600)), held);
        }
        for other in [
            Problem::TooManyAttempts,
            Problem::CodeExpired,
            Problem::Busy,
        ] {
            assert_eq!(limit_attempts_of_problem(other.clone(), Err(600)), other);
        }
    }
}
