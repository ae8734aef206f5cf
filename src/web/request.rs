//! Serves the server functions: reads the request, and converts the outcome of a flow into cookies and an answer.
//!
//! A script gets the typed answer. A form without a script gets a redirect, made here. Leptos would redirect to the
//! `Referer` and put error texts into that address (`docs/security.md#fact-1`, `docs/security.md#fact-4`).
//! Therefore the request that Leptos sees asks for JSON and has no `Referer`.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{ACCEPT, REFERER, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use leptos::prelude::{provide_context, use_context};
use leptos::server_fn::axum::server_fn_paths;

use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::context::http_state::{read_request_context, set_cookie};
use crate::context::{RequestContext, SharedAppState};
use crate::event_stream::stream_limit::StreamLimit;
use crate::http::client_ip::ClientIp;
use crate::http::cookies::{Cookies, Flash};
use crate::web::server_fns::ServerFunctionError;
use domain::routes;
use domain::{Answer, Field, FlashMessage, Problem, Step};

/// The state that all pages and server functions share.
#[derive(Clone)]
pub struct WebState {
    pub app: SharedAppState,
    pub cookies: Cookies,
    /// The paths of script, style and WASM.
    pub site: crate::http::site::Site,
    /// The limit on open event streams.
    pub stream_limit: StreamLimit,
}

/// One call of a server function: its context, and what the response needs besides the body.
#[derive(Clone)]
pub struct Call {
    pub app: SharedAppState,
    pub context: RequestContext,
    /// Whether the browser posted a form without a script, so that it loads the next page in any case.
    pub reloads_page: bool,
    reply: Arc<Mutex<Reply>>,
}

#[derive(Default)]
struct Reply {
    cookies: Vec<TokenChange>,
    flash: Option<Flash>,
    status: Option<(StatusCode, u64)>,
    location: Option<Cow<'static, str>>,
}

impl Call {
    /// The call that the current server function answers.
    pub fn current() -> Result<Self, ServerFunctionError> {
        use_context::<Self>().ok_or(ServerFunctionError(Problem::Internal))
    }

    /// The answer to a report of the browser, which has no next step.
    pub fn done(&self, result: Result<(), FlowError>) -> Result<(), ServerFunctionError> {
        result.map_err(|error| {
            let problems = error.into_form_errors().problems;
            let first = problems.into_iter().next();
            ServerFunctionError(first.map_or(Problem::Internal, |found| found.problem))
        })
    }

    /// Converts the outcome of a flow into the answer.
    ///
    /// Without a script, the browser goes to the page of the next step. After errors it goes back to `page`, which
    /// shows the errors and the typed values in `kept`.
    pub fn answer(
        &self,
        page: impl Into<Cow<'static, str>>,
        kept: &[(Field, &str)],
        result: Result<Outcome, FlowError>,
    ) -> Result<Answer, ServerFunctionError> {
        let mut reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(outcome) => {
                reply.location = Some(outcome.step.path());
                reply.flash = flash_message(&outcome).map(Flash::from_message);
                reply.cookies = outcome.token_changes;
                Ok(Answer::from_step(outcome.step))
            }
            Err(error) => {
                let errors = error.into_form_errors();
                let kept = kept
                    .iter()
                    .map(|(field, text)| (*field, (*text).to_owned()))
                    .collect();
                let page = page.into();
                reply.location = Some(page.clone());
                reply.flash = Some(Flash {
                    message: None,
                    errors: errors.clone(),
                    input: kept,
                });
                match errors.first_problem_of(Field::Form) {
                    Some(problem @ Problem::Overloaded { secs }) => {
                        reply.status = Some((StatusCode::SERVICE_UNAVAILABLE, *secs));
                        Err(ServerFunctionError(problem.clone()))
                    }
                    Some(problem @ Problem::Internal) => Err(ServerFunctionError(problem.clone())),
                    _ => Ok(Answer::from_errors(errors, page, self.context.language)),
                }
            }
        }
    }
}

/// The message that the page after this step shows.
fn flash_message(outcome: &Outcome) -> Option<FlashMessage> {
    if outcome.message.is_some() {
        return outcome.message;
    }
    match outcome.step {
        Step::Registered => Some(FlashMessage::Registered),
        Step::PhoneChanged => Some(FlashMessage::PhoneChanged),
        Step::ResetRequested => Some(FlashMessage::ResetRequested),
        Step::PasswordReset => Some(FlashMessage::PasswordReset),
        Step::PasswordChanged => Some(FlashMessage::PasswordChanged),
        Step::EmailVerified => Some(FlashMessage::EmailVerified),
        Step::EmailChanged => Some(FlashMessage::EmailChanged),
        Step::EmailChangeCancelled => Some(FlashMessage::EmailChangeCancelled),
        Step::NamesChanged => Some(FlashMessage::NamesChanged),
        Step::RecoveryRequested => Some(FlashMessage::RecoveryRequested),
        Step::RecoveryOpened => Some(FlashMessage::RecoveryOpened),
        Step::RecoveryCancelled { .. } => Some(FlashMessage::RecoveryCancelled),
        Step::ChangeUndone => Some(FlashMessage::ChangeUndone),
        Step::EmailChangeUndone => Some(FlashMessage::EmailChangeUndone),
        Step::DeletionRequested => Some(FlashMessage::DeletionRequested),
        Step::DeletionWithdrawn => Some(FlashMessage::DeletionWithdrawn),
        Step::AuthenticatorAdded => Some(FlashMessage::AuthenticatorAdded),
        Step::AuthenticatorRemoved => Some(FlashMessage::AuthenticatorRemoved),
        Step::SessionEnded => Some(FlashMessage::SessionEnded),
        Step::SessionsEnded => Some(FlashMessage::SessionsEnded),
        _ if outcome
            .token_changes
            .iter()
            .any(|grant| matches!(grant, TokenChange::RemoveSession)) =>
        {
            Some(FlashMessage::SignedOut)
        }
        _ => None,
    }
}

/// Serves all server functions. Only POST is routed here, so that a link cannot call one.
pub async fn serve_function(State(shared): State<WebState>, mut request: Request) -> Response {
    // For an unknown path, Leptos would answer with internal details.
    let path = request.uri().path();
    if !server_fn_paths().any(|(known, _)| known == path) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let form_post = request
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let address = request.extensions().get::<ClientIp>();
    let context = read_request_context(&shared.cookies, request.headers(), address);
    request.headers_mut().remove(REFERER);
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));

    let call = Call {
        app: shared.app.clone(),
        context,
        reloads_page: form_post,
        reply: Arc::default(),
    };
    let reply = Arc::clone(&call.reply);
    let response =
        leptos_axum::handle_server_fns_with_context(move || provide_context(call.clone()), request)
            .await
            .into_response();
    let reply = std::mem::take(&mut *reply.lock().unwrap_or_else(PoisonError::into_inner));
    finish_response(&shared.cookies, reply, form_post, response)
}

/// Adds status, cookies and headers. A form post without a script gets a redirect instead of the answer.
fn finish_response(cookies: &Cookies, reply: Reply, form_post: bool, answer: Response) -> Response {
    let mut response = if form_post {
        Redirect::to(reply.location.as_deref().unwrap_or(routes::HOME)).into_response()
    } else {
        answer
    };
    // The function did not run: the arguments could not be parsed.
    if reply.location.is_none() && response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    if !form_post && let Some((status, retry_after)) = reply.status {
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(retry_after));
    }
    for grant in &reply.cookies {
        let cookie = match grant {
            TokenChange::SetFlowToken(purpose, token) => cookies.set_flow_token(*purpose, token),
            TokenChange::RemoveFlowToken(purpose) => cookies.clear_flow_token(*purpose),
            TokenChange::SetSession(token) => cookies.set_session(token),
            TokenChange::RemoveSession => cookies.clear_session(),
            TokenChange::SetDeviceMarks(marks, until) => cookies.set_devices(marks, *until),
        };
        set_cookie(&mut response, &cookie);
    }
    // A script shows errors itself. A success message is for the next page in both cases.
    let flash = reply
        .flash
        .filter(|flash| form_post || flash.message.is_some());
    if let Some(cookie) = flash.and_then(|flash| cookies.set_flash(&flash)) {
        set_cookie(&mut response, &cookie);
    }
    if reply
        .cookies
        .iter()
        .any(|grant| matches!(grant, TokenChange::RemoveSession))
    {
        // Without "cookies": that would delete the message for the next page.
        response.headers_mut().insert(
            "clear-site-data",
            HeaderValue::from_static("\"cache\", \"storage\""),
        );
    }
    response
}
