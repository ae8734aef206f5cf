//! The action of each purpose after an approved code. Each action is part of the transaction that uses up the approval,
//! so that code and action are one commit.

pub mod completion;
pub mod email_proof;
pub mod lost_phone;
pub mod password;
pub mod payment;
mod phone_capacity;
pub mod phone_change;
pub mod registration;
pub mod set_up;
mod sign_in;
mod step_up;
mod undoable_change;

use crate::auth::engine::check_code::{Proof, mark_approved_flow_completed};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::store::Tx;
use crate::store::flows::Flow;
use completion::Completion;
use domain::{Purpose, Timestamp};

/// Performs the action of a verification flow whose code was approved, for example opens a session.
///
/// The caller commits `tx` with
/// [`commit_transaction_of_approved_code`](crate::auth::engine::check_code::commit_transaction_of_approved_code).
pub async fn perform_action_authorised_by_code(
    app: &AppState,
    tx: &mut Tx,
    mut flow: Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    match flow.purpose {
        Purpose::Registration => {
            mark_approved_flow_completed(app, tx, &mut flow, now).await?;
            registration::complete_registration(app, tx, &mut flow, proof, context, now).await
        }
        Purpose::SignIn => {
            mark_approved_flow_completed(app, tx, &mut flow, now).await?;
            sign_in::complete_sign_in(app, tx, &flow, proof, context, now).await
        }
        Purpose::SetUp => {
            set_up::continue_or_complete_second_factor_set_up(app, tx, flow, proof, context, now)
                .await
        }
        Purpose::PhoneChange => {
            phone_change::save_phone_change_until_confirmation(tx, flow, now).await
        }
        Purpose::StepUp => {
            mark_approved_flow_completed(app, tx, &mut flow, now).await?;
            step_up::complete_step_up(tx, &flow, proof, context, now).await
        }
        Purpose::Payment => {
            mark_approved_flow_completed(app, tx, &mut flow, now).await?;
            payment::confirm::confirm_payment_after_code_approval(tx, &flow, proof, context, now)
                .await
        }
        Purpose::PasswordReset => {
            mark_approved_flow_completed(app, tx, &mut flow, now).await?;
            password::complete_password_reset(app, tx, &flow, proof, context, now).await
        }
    }
}
