use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};

use super::Api;
use super::openapi::Refusals;
use crate::json_api::access_token::KeySet;

/// Fetched anew this often, a replaced key is known everywhere soon; and whoever meets a token of
/// an unknown `kid` should fetch at once.
const CACHED: &str = "public, max-age=300";

/// The keys that tokens are signed with (RFC 7517): check signature, `iss`, `aud` and `exp`. A
/// session that was ended here is not told by them; ask `/v1/me` where that matters.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "account",
    responses((status = 200, description = "The keys, today's first.", body = KeySet), Refusals)
)]
pub async fn key_set(State(api): State<Api>) -> Response {
    let keys = Json(api.tokens.key_set());
    ([(CACHE_CONTROL, CACHED)], keys).into_response()
}
