//! One request to a provider and what came back, read within bounds.

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

use super::{CheckFailure, SendFailure};

/// The most bytes of an answer; real ones have some 1,500 (PRV-01).
const MAX_BODY: usize = 64 * 1024;
/// A longer pause than this is not believed.
const MAX_RETRY_AFTER: u64 = 24 * 60 * 60;

const JSON: &str = "application/json";

/// A body of success and the status it came with.
pub(super) struct Answer<B> {
    pub(super) status: StatusCode,
    pub(super) body: B,
}

/// Why a call brought no answer to go by.
pub(super) enum Trouble {
    /// Not one byte of the request left.
    NotSent { cause: String },
    /// The provider, or something before it, answered with an error.
    Answered(ErrorAnswer),
    /// The request left, and what came back, if anything, is of no use.
    Unclear {
        status: Option<StatusCode>,
        cause: String,
    },
}

/// Any answer without a status of success.
pub(super) struct ErrorAnswer {
    pub(super) status: StatusCode,
    /// The provider's own code: the stable key. Missing when it was not the provider who answered.
    pub(super) code: Option<u32>,
    pub(super) parameter: Option<Parameter>,
    pub(super) retry_after: Option<Duration>,
}

/// What an error's body says, whichever provider's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) code: Option<u32>,
    pub(super) parameter: Option<Parameter>,
}

/// A request's field that the provider finds fault with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    To,
    Code,
    /// One that no person typed.
    Other,
}

impl ErrorAnswer {
    /// Whether the request was turned away. Of a 5xx, a redirect or a 408 nobody can tell.
    pub(super) fn is_refusal(&self) -> bool {
        self.status.is_client_error() && self.status != StatusCode::REQUEST_TIMEOUT
    }
}

/// Makes the call, once. `B` is the body of success, `E` that of an error.
pub(super) async fn exchange<B, E>(call: RequestBuilder) -> Result<Answer<B>, Trouble>
where
    B: DeserializeOwned,
    E: DeserializeOwned + Into<Complaint>,
{
    let response = call.header(ACCEPT, JSON).send().await;
    let response = response.map_err(Trouble::of_transport)?;
    let status = response.status();
    if !status.is_success() {
        return Err(Trouble::Answered(error_answer::<E>(response).await));
    }
    if !is_json(response.headers()) {
        return Err(Trouble::unclear(Some(status), "the answer is not JSON"));
    }
    let bytes = read(response)
        .await
        .map_err(|cause| Trouble::unclear(Some(status), cause))?;
    parse(status, &bytes)
}

/// A body of success, if it is what the documentation says it is.
pub(super) fn parse<B: DeserializeOwned>(
    status: StatusCode,
    bytes: &[u8],
) -> Result<Answer<B>, Trouble> {
    // A field that is passed over is not checked to be text.
    let text = str::from_utf8(bytes).unwrap_or_default();
    serde_json::from_str::<Object<B>>(text)
        .map(|Object(body)| Answer { status, body })
        // The parser's own message may quote what it read.
        .map_err(|error| Trouble::unclear(Some(status), format!("{:?} error", error.classify())))
}

/// A JSON object and nothing else: left to itself the parser takes the fields in a row, without
/// their names, for one, which is not what was promised.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        from.deserialize_map(Members(PhantomData))
    }
}

async fn error_answer<E: DeserializeOwned + Into<Complaint>>(response: Response) -> ErrorAnswer {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = if is_json(response.headers()) {
        read(response).await.unwrap_or_default()
    } else {
        Vec::new()
    };
    // An error without a body to go by is judged by its status alone, as the providers' own libraries do.
    let complaint = serde_json::from_slice::<E>(&body).map(E::into);
    let Complaint { code, parameter } = complaint.unwrap_or_default();
    ErrorAnswer {
        status,
        code,
        parameter,
        retry_after,
    }
}

/// The whole body, or why not.
async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(root_cause)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(format!("the answer has more than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else {
        return false;
    };
    let media = one.to_str().unwrap_or_default().split(';').next();
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case(JSON))
}

/// Whole seconds; a date is not understood, and then the caller's own pause applies.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER)))
}

/// The innermost reason, such as "Connection refused": the outer ones hold the URL.
fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

impl Trouble {
    pub(super) fn unclear(status: Option<StatusCode>, cause: impl Into<String>) -> Self {
        let cause = cause.into();
        Self::Unclear { status, cause }
    }

    fn of_transport(error: reqwest::Error) -> Self {
        // The connector resolves, connects and shakes hands for TLS; a builder's error comes before all that.
        let before_writing = error.is_connect() || error.is_builder();
        let cause = root_cause(error);
        if before_writing {
            return Self::NotSent { cause };
        }
        Self::unclear(None, cause)
    }

    pub(super) fn refusal(&self) -> Option<&ErrorAnswer> {
        match self {
            Self::Answered(error) => Some(error).filter(|error| error.is_refusal()),
            Self::NotSent { .. } | Self::Unclear { .. } => None,
        }
    }

    /// What trouble with a send comes to, told to the operator. `refused` reads the provider's own refusals.
    pub(super) fn of_send(
        &self,
        provider: &'static str,
        refused: fn(&ErrorAnswer) -> SendFailure,
    ) -> SendFailure {
        let failure = match (self, self.refusal()) {
            (Self::NotSent { .. }, _) => SendFailure::NotSent,
            (_, Some(error)) => refused(error),
            (_, None) => SendFailure::Unknown,
        };
        let ours = failure == SendFailure::Configuration;
        self.log(provider, "create", failure.as_str(), ours);
        failure
    }

    /// What trouble with a check, a cancellation or a fetch comes to, once it is no verdict; as [`Self::of_send`].
    pub(super) fn of_check(
        &self,
        provider: &'static str,
        operation: &'static str,
        refused: fn(&ErrorAnswer) -> CheckFailure,
    ) -> CheckFailure {
        let failure = match (self, self.refusal()) {
            (Self::NotSent { .. }, _) => CheckFailure::Unavailable,
            (_, Some(error)) => refused(error),
            (_, None) => CheckFailure::Unknown,
        };
        let ours = failure == CheckFailure::Configuration;
        self.log(provider, operation, failure.as_str(), ours);
        failure
    }

    /// Tells the operator, in fields that hold neither number nor code nor anything secret (LEAK-04).
    pub(super) fn log(
        &self,
        provider: &'static str,
        operation: &'static str,
        outcome: &'static str,
        ours: bool,
    ) {
        let (http_status, provider_code, cause) = match self {
            Self::NotSent { cause } => (None, None, Some(cause.as_str())),
            Self::Answered(error) => (Some(error.status), error.code, None),
            Self::Unclear { status, cause } => (*status, None, Some(cause.as_str())),
        };
        let http_status = http_status.map(|status| status.as_u16());
        if ours {
            error!(
                provider,
                operation,
                http_status,
                provider_code,
                outcome,
                cause,
                "The provider refuses how it is called: check credentials, services and their features"
            );
        } else {
            warn!(
                provider,
                operation,
                http_status,
                provider_code,
                outcome,
                cause,
                "A call to the provider failed"
            );
        }
    }
}
