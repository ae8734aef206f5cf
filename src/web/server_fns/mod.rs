//! Server functions: the calls that pages and islands can make. Each one reads the request context,
//! calls one function of `auth::entry` and answers.
//!
//! Every call is a POST request with URL-encoded text arguments, so that a plain form and a script
//! make the same request. Every user can see what a server function returns.

pub mod authenticator;
pub mod deletion;
pub mod email;
pub mod lost_phone;
pub mod names;
pub mod password;
pub mod payments;
pub mod phone;
pub mod registration;
pub mod sign_in;
pub mod verification;

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

use domain::Problem;

/// Error of a server function that returned no regular response.
///
/// The network failed, an argument was invalid, or the server was overloaded or had an internal error. Errors of the
/// framework are converted to a [`Problem`], without the error text of the framework, which can reveal internal details
/// (docs/security.md#leak-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerFunctionError(pub Problem);

impl FromServerFnError for ServerFunctionError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self(Problem::BadRequest)
            }
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Response(_) => Self(Problem::Internal),
            // In the browser: no answer, or an answer that is not from this application.
            ServerFnErrorErr::UnsupportedRequestMethod(_)
            | ServerFnErrorErr::Request(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::Serialization(_) => Self(Problem::CouldNotVerify),
        }
    }
}
