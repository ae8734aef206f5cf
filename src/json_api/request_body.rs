//! Request bodies: the JSON extractor, and the `flow` member that several requests share.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::response_body::FLOW_TOKEN_EXAMPLE;
use super::state::Api;
use crate::security::token::Token;
use domain::Purpose;

/// A JSON object as the body of a request. The edge has already checked its content type and size.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, api)
            .await
            .map_err(|_| ApiError::from(ErrorCode::Internal))?;
        // Reports the position only: the text there may be a password.
        let malformed = |line, column| ApiError::from(ErrorCode::MalformedJson { line, column });
        // A derived `Deserialize` would also accept an array of the members in order.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(malformed(1, 1));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| malformed(error.line(), error.column()))
    }
}

/// A request body with the member `flow`.
pub trait FlowBody: DeserializeOwned + Send + Sync {
    fn flow(&self) -> &FlowReference;
}

/// The `flow` member of a request: the flow token from an earlier response. A browser may omit it and send the cookie
/// instead.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct FlowReference(Option<String>);

impl FlowReference {
    /// The flow tokens that the request may refer to, one for each of these purposes: the given token for all of them,
    /// or without one the token from the cookie of each purpose.
    pub fn flow_token_candidates(
        &self,
        request: &AnonymousRequest,
        purposes: &[Purpose],
    ) -> impl Iterator<Item = (Purpose, Token)> {
        purposes.iter().filter_map(move |purpose| {
            let token = match &self.0 {
                Some(text) => Token::parse(text),
                None => request.context.flow_token(*purpose).cloned(),
            };
            token.map(|token| (*purpose, token))
        })
    }
}

impl PartialSchema for FlowReference {
    #[expect(deprecated, reason = "the derive macro of utoipa writes `example` too")]
    fn schema() -> RefOr<Schema> {
        let nullable_string = SchemaType::from_iter([Type::String, Type::Null]);
        ObjectBuilder::new()
            .schema_type(nullable_string)
            .description(Some(
                "The flow token from the response that began the flow. Default: the cookie of the browser.",
            ))
            .example(Some(FLOW_TOKEN_EXAMPLE.into()))
            .into()
    }
}

impl ToSchema for FlowReference {}
