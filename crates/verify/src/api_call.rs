//! Sends one request to a provider and reads its response within limits.

use std::error::Error as _;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use tracing::{error, warn};

use crate::outcome::{CheckFailure, SendFailure};

/// Maximum size of a response body, in bytes. Real bodies have about 1,500 bytes.
const MAX_BODY: usize = 64 * 1024;
/// Maximum `Retry-After` in seconds. A longer one is shortened to it.
const MAX_RETRY_AFTER: u64 = 24 * 60 * 60;

const JSON: &str = "application/json";

/// Response with a 2xx status, and its parsed body.
pub(crate) struct SuccessResponse<B> {
    pub(crate) status: StatusCode,
    pub(crate) body: B,
}

/// Reason why a call to the provider's API has no successful response.
pub(crate) enum CallError {
    /// No byte of the request was sent.
    NotSent { cause: String },
    /// The provider, or a proxy in front of it, responded with an error status.
    ErrorStatus(ErrorResponse),
    /// The request was sent, but there was no response or an unusable one.
    NoUsableResponse {
        status: Option<StatusCode>,
        cause: String,
    },
}

/// Response with an error status (any status other than 2xx).
pub(crate) struct ErrorResponse {
    pub(crate) status: StatusCode,
    /// The provider's error code, which is stable. `None` if the response has none, for example because a proxy sent
    /// it.
    pub(crate) code: Option<u32>,
    pub(crate) parameter: Option<Parameter>,
    pub(crate) retry_after: Option<Duration>,
}

/// Error code and invalid parameter, parsed from an error body of Twilio or Telnyx.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorDetails {
    pub(crate) code: Option<u32>,
    pub(crate) parameter: Option<Parameter>,
}

/// Request parameter that the provider reports as wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// The `To` parameter: the phone number.
    To,
    Code,
    /// A parameter that the server sets itself, so that the configuration must be wrong.
    Other,
}

impl ErrorResponse {
    /// Returns whether the provider certainly rejected the request: a 4xx other than 408.
    ///
    /// After any other error status, the provider may have processed the request.
    pub(crate) fn has_provider_rejected_request(&self) -> bool {
        self.status.is_client_error() && self.status != StatusCode::REQUEST_TIMEOUT
    }
}

/// Sends an HTTP request once and parses the response. `B` is the type of a success body, `E` that of an error body.
pub(crate) async fn execute_request<B, E>(
    request: RequestBuilder,
) -> Result<SuccessResponse<B>, CallError>
where
    B: DeserializeOwned,
    E: DeserializeOwned + Into<ErrorDetails>,
{
    let response = request.header(ACCEPT, JSON).send().await;
    let response = response.map_err(CallError::from_http_client_error)?;
    let status = response.status();
    if !status.is_success() {
        return Err(CallError::ErrorStatus(
            read_error_response::<E>(response).await,
        ));
    }
    if !has_json_content_type(response.headers()) {
        return Err(CallError::from_unusable_response(
            Some(status),
            "the response is not JSON",
        ));
    }
    let bytes = read_response_body(response)
        .await
        .map_err(|cause| CallError::from_unusable_response(Some(status), cause))?;
    parse_success_body(status, &bytes)
}

/// Parses the body of a successful response. Fails if it is not a JSON object in UTF-8 with the fields of `B`.
pub(crate) fn parse_success_body<B: DeserializeOwned>(
    status: StatusCode,
    bytes: &[u8],
) -> Result<SuccessResponse<B>, CallError> {
    // serde_json does not validate UTF-8 in members that it ignores.
    let text = str::from_utf8(bytes).unwrap_or_default();
    serde_json::from_str::<JsonObject<B>>(text)
        .map(|JsonObject(body)| SuccessResponse { status, body })
        // The parser's own message may quote the body, which may hold the phone number.
        .map_err(|error| {
            CallError::from_unusable_response(Some(status), format!("{:?} error", error.classify()))
        })
}

/// JSON object deserialised as `T`. Unlike a derived `Deserialize`, rejects an array of the field values.
#[derive(Debug)]
pub(crate) struct JsonObject<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for JsonObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = JsonObject<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<JsonObject<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(JsonObject)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// Reads an error response. If its body cannot be read, the result contains only the HTTP status.
async fn read_error_response<E: DeserializeOwned + Into<ErrorDetails>>(
    response: Response,
) -> ErrorResponse {
    let status = response.status();
    let retry_after = parse_retry_after(response.headers());
    let body = if has_json_content_type(response.headers()) {
        read_response_body(response).await.unwrap_or_default()
    } else {
        Vec::new()
    };
    // Without a readable body the status decides, as in the providers' own libraries.
    let details = serde_json::from_slice::<E>(&body).map(E::into);
    let ErrorDetails { code, parameter } = details.unwrap_or_default();
    ErrorResponse {
        status,
        code,
        parameter,
        retry_after,
    }
}

/// Reads the whole body of a response, up to the size limit. On failure, returns the cause.
async fn read_response_body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(root_cause_of_http_error)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(format!("the response has more than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns whether the response has exactly one `Content-Type` header, and it announces JSON.
fn has_json_content_type(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let media_type = only.to_str().unwrap_or_default().split(';').next();
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(JSON))
}

/// Parses the `Retry-After` header if it is a number of seconds. Returns `None` if it is absent or a date.
fn parse_retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER)))
}

/// Returns the innermost cause of an HTTP client error, such as "Connection refused", without the URL.
fn root_cause_of_http_error(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

impl CallError {
    /// Creates the error for a request that was sent but has no usable response.
    pub(crate) fn from_unusable_response(
        status: Option<StatusCode>,
        cause: impl Into<String>,
    ) -> Self {
        let cause = cause.into();
        Self::NoUsableResponse { status, cause }
    }

    /// Converts an error of the HTTP client, distinguishing requests that were certainly not sent.
    fn from_http_client_error(error: reqwest::Error) -> Self {
        // A connect error covers DNS, TCP and TLS; a builder error precedes all three.
        let before_writing = error.is_connect() || error.is_builder();
        let cause = root_cause_of_http_error(error);
        if before_writing {
            return Self::NotSent { cause };
        }
        Self::from_unusable_response(None, cause)
    }

    /// Returns the error response if it proves that the provider did not process the request.
    pub(crate) fn as_certain_rejection(&self) -> Option<&ErrorResponse> {
        match self {
            Self::ErrorStatus(error) => {
                Some(error).filter(|error| error.has_provider_rejected_request())
            }
            Self::NotSent { .. } | Self::NoUsableResponse { .. } => None,
        }
    }

    /// Logs why a code was not sent, and converts the error to a [`SendFailure`].
    ///
    /// `convert_rejection` converts an error response with which the provider rejects the request.
    pub(crate) fn log_send_failure(
        &self,
        provider: &'static str,
        convert_rejection: fn(&ErrorResponse) -> SendFailure,
    ) -> SendFailure {
        let failure = match (self, self.as_certain_rejection()) {
            (Self::NotSent { .. }, _) => SendFailure::NotSent,
            (_, Some(error)) => convert_rejection(error),
            (_, None) => SendFailure::Unknown,
        };
        let misconfigured = failure == SendFailure::Configuration;
        self.log_provider_call_failure(provider, "create", failure.as_str(), misconfigured);
        failure
    }

    /// Logs why a check or cancellation failed, and converts the error to a [`CheckFailure`].
    ///
    /// `convert_rejection` converts an error response with which the provider rejects the request.
    pub(crate) fn log_check_failure(
        &self,
        provider: &'static str,
        operation: &'static str,
        convert_rejection: fn(&ErrorResponse) -> CheckFailure,
    ) -> CheckFailure {
        let failure = match (self, self.as_certain_rejection()) {
            (Self::NotSent { .. }, _) => CheckFailure::Unavailable,
            (_, Some(error)) => convert_rejection(error),
            (_, None) => CheckFailure::Unknown,
        };
        let misconfigured = failure == CheckFailure::Configuration;
        self.log_provider_call_failure(provider, operation, failure.as_str(), misconfigured);
        failure
    }

    /// Logs the failure of a provider call, without phone number, code or secret.
    pub(crate) fn log_provider_call_failure(
        &self,
        provider: &'static str,
        operation: &'static str,
        outcome: &'static str,
        misconfigured: bool,
    ) {
        let (http_status, provider_code, cause) = match self {
            Self::NotSent { cause } => (None, None, Some(cause.as_str())),
            Self::ErrorStatus(error) => (Some(error.status), error.code, None),
            Self::NoUsableResponse { status, cause } => (*status, None, Some(cause.as_str())),
        };
        let http_status = http_status.map(|status| status.as_u16());
        if misconfigured {
            error!(
                provider,
                operation,
                http_status,
                provider_code,
                outcome,
                cause,
                "the phone provider rejected a request as misconfigured: check the credentials, the service IDs \
                 and the enabled features"
            );
        } else {
            warn!(
                provider,
                operation,
                http_status,
                provider_code,
                outcome,
                cause,
                "a request to the phone provider failed"
            );
        }
    }
}
