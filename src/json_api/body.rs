use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::Api;
use super::problem::{Failure, Kind};

/// The body of a call. That it is JSON by name, small and complete is seen to at the edge.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let bytes = Bytes::from_request(request, api)
            .await
            .map_err(|_| Failure::from(Kind::Internal))?;
        // Where it went wrong and not what was found there: it may be a password.
        let malformed = |line, column| Failure::from(Kind::MalformedJson { line, column });
        // The parser would take a list for the members of an object, in their order.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(malformed(1, 1));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| malformed(error.line(), error.column()))
    }
}
