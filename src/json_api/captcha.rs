//! The proof of work for programs that nobody vouches for.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::Api;
use super::openapi::Refusals;
use crate::auth::entry::captcha::captcha_challenge;
use crate::http::error_response::ErrorResponse;
use crate::http::problem::ProblemDetails;
use domain::Purpose;

/// A challenge as ALTCHA's authors have it (<https://altcha.org/docs/v2/proof-of-work>), for
/// `register` or `login`. Its solution goes into `captcha`: base64 of
/// `{"challenge": …, "solution": {"counter": …, "derivedKey": "…"}}`, the challenge as it came. It
/// is good once, for five minutes.
#[utoipa::path(
    get, path = "/v1/captcha/{action}", tag = "verification",
    params(("action" = String, Path, description = "`register` or `login`.", example = "login")),
    responses(
        (status = 200, description = "A challenge.", body = Object),
        (status = 204, description = "No CAPTCHA is asked for."),
        Refusals,
        (
            status = 404, description = "There is no such action.",
            body = ProblemDetails, content_type = "application/problem+json"
        )
    )
)]
pub async fn challenge(State(api): State<Api>, Path(action): Path<String>) -> Response {
    let purpose = match action.as_str() {
        "register" => Purpose::Registration,
        "login" => Purpose::SignIn,
        _ => return ErrorResponse::NOT_FOUND.into_response(),
    };
    match captcha_challenge(&api.app, purpose) {
        Some(challenge) => ([(CONTENT_TYPE, "application/json")], challenge).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
