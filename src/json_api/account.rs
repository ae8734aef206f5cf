//! Handlers for the account of an access token, signing out, and the public keys of access tokens.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::access_token::KeySet;
use super::api_error::ApiError;
use super::authentication::HolderRequest;
use super::methods::{MethodName, list_enrolled_method_names};
use super::openapi::responses::{AccessTokenErrors, CommonErrors};
use super::response_body::mask_optional_number;
use super::state::Api;
use crate::auth::entry::{lost_phone, method_choice, sign_in};

/// Response body of `GET /v1/me`: the account that the access token belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub struct AccountResponse {
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    user_id: String,
    #[schema(example = "Ann Lee")]
    name: String,
    #[schema(example = "ann")]
    username: String,
    #[schema(example = "ann@example.com")]
    email: String,
    /// Whether the e-mail address is verified. An unverified one receives no notifications.
    email_verified: bool,
    /// The masked phone number of the account; null without one.
    #[schema(required = true, example = "+1******3456")]
    phone_hint: Option<String>,
    /// Whether a second factor is set up.
    mfa: bool,
    /// The enrolled second factors, the last used one first.
    methods: Vec<MethodName>,
    /// Whether the session of this token was opened with a second factor. Payments, the export and the deletion of
    /// the account, and changes of password or e-mail address need one.
    second_factor_used: bool,
    /// Seconds until the token expires.
    #[schema(example = 86400)]
    expires_in: u64,
    /// Seconds until the account is erased; null unless its deletion was requested.
    #[schema(required = true, example = 1_209_600)]
    deletion_in: Option<u64>,
    /// Seconds until the password alone can replace the phone that was reported lost, 0 if it can already; null unless
    /// it was reported. `POST /v1/recovery/cancel` keeps the number.
    #[schema(required = true, example = 259_200)]
    recovery_due_in: Option<u64>,
}

/// Get the account of the access token.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "me", tag = "account", security(("token" = [])),
    responses((status = 200, description = "The account.", body = AccountResponse), CommonErrors, AccessTokenErrors)
)]
pub async fn get_account(
    State(api): State<Api>,
    HolderRequest { holder, .. }: HolderRequest,
) -> Result<Json<AccountResponse>, ApiError> {
    let (account, now) = (&holder.account, api.app.now());
    let options = method_choice::list_second_factor_methods_of_account(&api.app, account).await?;
    Ok(Json(AccountResponse {
        user_id: account.id.as_str().to_owned(),
        name: account.full_name.clone(),
        username: account.username.clone(),
        email: account.email.clone(),
        email_verified: account.email_verified,
        phone_hint: mask_optional_number(account.phone.as_ref()),
        mfa: account.mfa,
        methods: list_enrolled_method_names(&options),
        second_factor_used: holder.has_second_factor(),
        expires_in: holder.session.ends_at.secs_since(now),
        deletion_in: account.delete_at.map(|at| at.secs_since(now)),
        recovery_due_in: lost_phone::find_recovery_waiting_secs(&api.app, account).await?,
    }))
}

/// Response body of `POST /v1/logout`.
#[derive(Serialize, ToSchema)]
pub struct SignedOut {
    #[schema(example = "Signed out")]
    message: &'static str,
}

/// End the session of the access token. A back end that verifies tokens only with the key set still accepts
/// it until it expires.
#[utoipa::path(
    post, path = "/v1/logout", operation_id = "logout", tag = "account", security(("token" = [])),
    responses((status = 200, description = "The session has ended and the token is invalid.", body = SignedOut), CommonErrors, AccessTokenErrors)
)]
pub async fn log_out(
    State(api): State<Api>,
    request: HolderRequest,
) -> Result<Json<SignedOut>, ApiError> {
    sign_in::sign_out(&api.app, &request.context).await?;
    let message = "Signed out";
    Ok(Json(SignedOut { message }))
}

/// The caching of the key set: for five minutes. Clients should fetch it at once for an unknown `kid`.
const KEY_SET_CACHE_CONTROL: &str = "public, max-age=300";

/// Get the public keys that verify access tokens (RFC 7517). Verify the signature, `iss`, `aud` and
/// `exp`. The keys do not show whether the session has ended; `/v1/me` does.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "key_set", tag = "account",
    responses((status = 200, description = "The keys, the current one first.", body = KeySet), CommonErrors)
)]
pub async fn get_key_set(State(api): State<Api>) -> Response {
    let keys = Json(api.access_tokens.create_public_key_set());
    ([(CACHE_CONTROL, KEY_SET_CACHE_CONTROL)], keys).into_response()
}
