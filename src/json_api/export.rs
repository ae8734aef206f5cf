//! Handler that exports the data of the account.

use axum::Json;
use axum::extract::State;

use super::api_error::ApiError;
use super::authentication::{AuthenticatedRequest, convert_flow_error_of_signed_in_request};
use super::openapi::responses::{AccessTokenErrors, CommonErrors, FlowErrors, StepUpErrors};
use super::state::Api;
use crate::auth::entry::export::{self, ExportDocument};

/// Get everything that is stored about the holder of the account. Needs a sign-in with a second factor at most five
/// minutes ago, and works five times an hour.
#[utoipa::path(
    get, path = "/v1/me/export", operation_id = "me_export", tag = "account", security(("token" = [])),
    responses((status = 200, description = "The data of the account.", body = ExportDocument), CommonErrors, FlowErrors, AccessTokenErrors, StepUpErrors)
)]
pub async fn export_account(
    State(api): State<Api>,
    request: AuthenticatedRequest,
) -> Result<Json<ExportDocument>, ApiError> {
    let document = export::export_signed_in_account(&api.app, &request.context).await;
    Ok(Json(
        document.map_err(convert_flow_error_of_signed_in_request)?,
    ))
}
