//! Whoever a token says, and the end of it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::callers::Bearer;
use super::methods::{Choice, usable};
use super::openapi::{OfTokens, Refusals};
use super::problem::Failure;
use super::reply::optional_hint;
use crate::auth::entry::{method_choice, sign_in};

/// The account of a token, as its holder may see it.
#[derive(Serialize, ToSchema)]
pub struct Me {
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    user_id: String,
    #[schema(example = "Ann Lee")]
    name: String,
    #[schema(example = "ann")]
    username: String,
    #[schema(example = "ann@example.com")]
    email: String,
    /// The number on file, masked, if there is one.
    #[schema(example = "+1******3456")]
    phone_hint: Option<String>,
    /// Whether a second factor is set up.
    mfa: bool,
    /// Those that are, the one used last at the front.
    methods: Vec<Choice>,
    /// Whether this token's session was opened with one. Without, it neither pays nor changes
    /// factors.
    second_factor_used: bool,
    /// Seconds until the token ends.
    #[schema(example = 86400)]
    expires_in: u64,
}

/// Whose token this is.
#[utoipa::path(
    get, path = "/v1/me", tag = "account", security(("token" = [])),
    responses((status = 200, description = "The account.", body = Me), Refusals, OfTokens)
)]
pub async fn me(State(api): State<Api>, bearer: Bearer) -> Result<Json<Me>, Failure> {
    let account = &bearer.signed_in.account;
    let options = method_choice::methods_of_account(&api.app, account).await?;
    Ok(Json(Me {
        user_id: account.id.as_str().to_owned(),
        name: account.full_name.clone(),
        username: account.username.clone(),
        email: account.email.clone(),
        phone_hint: optional_hint(account.phone.as_ref()),
        mfa: account.mfa,
        methods: usable(&options),
        second_factor_used: bearer.signed_in.has_second_factor(),
        expires_in: bearer.signed_in.session.ends_at.secs_after(api.app.now()),
    }))
}

/// Signed out.
#[derive(Serialize, ToSchema)]
pub struct SignedOut {
    #[schema(example = "Signed out")]
    message: &'static str,
}

/// End the session of this token. Whoever checks tokens by the key set alone takes it until it
/// ends by itself.
#[utoipa::path(
    post, path = "/v1/logout", tag = "account", security(("token" = [])),
    responses((status = 200, description = "The token is dead.", body = SignedOut), Refusals, OfTokens)
)]
pub async fn logout(State(api): State<Api>, bearer: Bearer) -> Result<Json<SignedOut>, Failure> {
    sign_in::sign_out(&api.app, &bearer.context).await?;
    let message = "Signed out";
    Ok(Json(SignedOut { message }))
}
