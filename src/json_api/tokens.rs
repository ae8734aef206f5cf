use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::problem::{Failure, Kind};
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::session;
use crate::context::RequestContext;

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    /// The account, for good: a name that is never given to another.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    user_id: String,
    /// A JWT, to be sent as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl")]
    token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the token ends.
    #[schema(example = 86400)]
    expires_in: u64,
}

/// The token of the session that was granted, if one was.
pub async fn granted(
    api: &Api,
    context: &RequestContext,
    outcome: &Outcome,
) -> Result<Option<SignedIn>, Failure> {
    let secret = outcome.grants.iter().find_map(|grant| match grant {
        Grant::Session(token) => Some(token.clone()),
        _ => None,
    });
    let Some(secret) = secret else {
        return Ok(None);
    };
    let holder = context.with_session(secret.clone());
    // Committed a moment ago, so that only an operator can have ended it meanwhile.
    let signed_in = session::current(&api.app, &holder)
        .await?
        .ok_or(Kind::InvalidToken)?;
    Ok(Some(SignedIn {
        user_id: signed_in.account.id.as_str().to_owned(),
        token: api.tokens.issue(&signed_in.session, &secret),
        token_type: "Bearer",
        expires_in: signed_in.session.ends_at.secs_after(api.app.now()),
    }))
}
