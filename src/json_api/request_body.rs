//! Request bodies: the extractor of JSON objects, and the member `flow` that several requests share.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::api_error::{ApiError, ErrorCode};
use super::authentication::AnonymousRequest;
use super::response_body::FLOW_TOKEN_EXAMPLE;
use super::state::Api;
use crate::security::token::Token;
use domain::Purpose;

/// Extractor that parses the request body as a JSON object. The middleware has checked its content type and size.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, api)
            .await
            .map_err(|_| ApiError::from(ErrorCode::Internal))?;
        parse_json_object(&bytes).map(Self)
    }
}

/// Parses a JSON object. Errors contain positions and member names but no values, which may be passwords.
fn parse_json_object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let malformed = |line, column| ApiError::from(ErrorCode::MalformedJson { line, column });
    // A derived `Deserialize` would also accept an array of the members in order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(malformed(1, 1));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let members = list_malformed_members::<T>(bytes);
        malformed(error.line(), error.column()).with_malformed_json_members(members)
    })
}

/// Returns the names of the members that have the wrong type or occur twice. Returns an empty list if the body is not a
/// JSON object.
fn list_malformed_members<T: DeserializeOwned>(bytes: &[u8]) -> Vec<String> {
    let Ok(Members(members)) = serde_json::from_slice(bytes) else {
        return Vec::new();
    };
    members
        .into_iter()
        .filter(|(name, values)| {
            let name = serde_json::Value::from(name.as_str());
            let members: Vec<String> = values
                .iter()
                .map(|value| format!("{name}:{value}"))
                .collect();
            serde_json::from_str::<T>(&format!("{{{}}}", members.join(","))).is_err()
        })
        .map(|(name, _)| name)
        .collect()
}

/// Members of a JSON object with their unparsed values. A member that occurs twice has two values.
struct Members(BTreeMap<String, Vec<Box<RawValue>>>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::<String, Vec<Box<RawValue>>>::new();
                while let Some((name, value)) = map.next_entry()? {
                    members.entry(name).or_default().push(value);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Deserialises `null` as an empty string, like an absent member. Use it with `#[serde(default, deserialize_with =
/// "null_as_absent")]`.
pub fn null_as_absent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Returns the text of an optional request member. An empty text counts as absent.
pub fn text_or_absent(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// A request body with the member `flow`.
pub trait FlowBody: DeserializeOwned + Send + Sync {
    /// Returns the reference to the flow in this request body.
    fn flow_reference(&self) -> &FlowReference;
}

/// Request member `flow`: the flow token from an earlier response. A browser may omit it and send the flow cookie
/// instead.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct FlowReference(Option<String>);

impl FlowReference {
    /// Creates a reference to the flow with this token, which may be malformed.
    pub fn from_flow_token(token: &str) -> Self {
        Self(Some(token.to_owned()))
    }

    /// Returns pairs of purpose and flow token to try. A token in the request is paired with every purpose. Without
    /// one, each purpose is paired with the token in the cookie of that purpose.
    pub fn list_candidate_flow_tokens(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "null_as_absent")]
        code: String,
        #[serde(default)]
        method: Option<String>,
    }

    #[test]
    fn null_is_parsed_like_an_absent_member() {
        for json in ["{}", r#"{"code":null,"method":null}"#, r#"{"code":null}"#] {
            let body: Body = parse_json_object(json.as_bytes()).expect(json);
            assert_eq!((body.code.as_str(), body.method), ("", None), "{json}");
        }
    }

    #[test]
    fn names_of_malformed_request_members_are_listed() {
        let named = |json: &str| list_malformed_members::<Body>(json.as_bytes());
        assert_eq!(named(r#"{"code":5,"method":"sms"}"#), ["code"]);
        assert_eq!(
            named(r#"{"method":[],"code":{},"other":7}"#),
            ["code", "method"]
        );
        assert_eq!(named(r#"{"code":"1","code":"2"}"#), ["code"]);
        assert_eq!(named(r#"{"co\u0064e":true}"#), ["code"]);
        for json in [
            "{",
            r#"{"code":}"#,
            "[5]",
            r#"{"code":"1"}"#,
            r#"{"other":1,"other":2}"#,
        ] {
            assert!(named(json).is_empty(), "{json}");
        }
    }
}
