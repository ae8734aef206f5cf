//! Between HTTP and the flows: reads a request into plain values, and turns what a flow answers
//! into cookies, a typed answer for scripts, or a redirect for forms.
//!
//! Leptos answers a plain form post by redirecting to the caller's Referer and by putting errors
//! into that address (security.md, facts 1 and 4). So it never learns of one: the request it
//! sees asks for JSON and has no Referer, and the redirect to a fixed path of ours is made here.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use cookie::Cookie;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, REFERER, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use leptos::prelude::{provide_context, use_context};
use leptos::server_fn::axum::server_fn_paths;

use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::context::SharedAppState;
use crate::context::{Caller, RequestContext};
use crate::event_stream::stream_limit::StreamLimit;
use crate::http::client_ip::{ClientIp, SourceKey};
use crate::http::cookies::{Cookies, Flash};
use crate::web::server_fns::ApiError;
use domain::routes;
use domain::{Answer, Field, FlashMessage, Language, Problem, Purpose, Step};

/// What every request handler shares.
#[derive(Clone)]
pub struct Shared {
    pub app: SharedAppState,
    pub cookies: Cookies,
    /// How pages refer to the built site.
    pub site: crate::http::assets::Site,
    /// The limit on open event streams.
    pub stream_limit: StreamLimit,
}

/// Reads who is asking.
pub fn context(
    cookies: &Cookies,
    headers: &HeaderMap,
    address: Option<&ClientIp>,
) -> RequestContext {
    let text = |name| {
        headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
            .unwrap_or_default()
    };
    RequestContext {
        caller: Caller::Browser,
        source: address.map_or_else(String::new, |ip| SourceKey::from(*ip).to_string()),
        ip: address.map(|ip| ip.0),
        user_agent: text(USER_AGENT).chars().take(256).collect(),
        language: language(cookies, headers),
        session: cookies.session(headers),
        flow_tokens: Purpose::ALL
            .into_iter()
            .filter_map(|purpose| {
                cookies
                    .handle(headers, purpose)
                    .map(|handle| (purpose, handle))
            })
            .collect(),
    }
}

/// The language chosen with this browser, or else the one it asks for.
pub fn language(cookies: &Cookies, headers: &HeaderMap) -> Language {
    let asked = || Language::negotiate(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
    cookies.language(headers).or_else(asked).unwrap_or_default()
}

/// One call of a server function: its context, and what the answer will carry beside the body.
#[derive(Clone)]
pub struct Call {
    pub app: SharedAppState,
    pub context: RequestContext,
    reply: Arc<Mutex<Reply>>,
}

#[derive(Default)]
struct Reply {
    cookies: Vec<Grant>,
    flash: Option<Flash>,
    status: Option<(StatusCode, u64)>,
    location: Option<Cow<'static, str>>,
}

impl Call {
    /// The call this server function is answering.
    pub fn current() -> Result<Self, ApiError> {
        use_context::<Self>().ok_or(ApiError(Problem::Internal))
    }

    /// Answers with what the flow said. A form without a script goes to the next step's page, or
    /// back to `page` with what was wrong and what was typed (`kept`).
    pub fn answer(
        &self,
        page: &'static str,
        kept: &[(Field, &str)],
        result: Result<Outcome, FlowError>,
    ) -> Result<Answer, ApiError> {
        let mut reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(outcome) => {
                reply.location = Some(outcome.step.path());
                reply.flash = note(&outcome).map(Flash::news);
                reply.cookies = outcome.grants;
                Ok(Answer::Step(outcome.step))
            }
            Err(error) => {
                let refusal = error.into_form_errors();
                let kept = kept
                    .iter()
                    .map(|(field, text)| (*field, (*text).to_owned()))
                    .collect();
                reply.location = Some(page.into());
                reply.flash = Some(Flash {
                    news: None,
                    refusal: refusal.clone(),
                    kept,
                });
                match refusal.about(Field::Form) {
                    Some(problem @ Problem::Overloaded { secs }) => {
                        reply.status = Some((StatusCode::SERVICE_UNAVAILABLE, *secs));
                        Err(ApiError(problem.clone()))
                    }
                    Some(problem @ Problem::Internal) => Err(ApiError(problem.clone())),
                    _ => Ok(Answer::Refused(refusal)),
                }
            }
        }
    }
}

/// What the page after this step should say.
fn note(outcome: &Outcome) -> Option<FlashMessage> {
    match outcome.step {
        Step::Registered => Some(FlashMessage::Registered),
        Step::PhoneChanged => Some(FlashMessage::PhoneChanged),
        Step::AuthenticatorAdded => Some(FlashMessage::AuthenticatorAdded),
        Step::AuthenticatorRemoved => Some(FlashMessage::AuthenticatorRemoved),
        Step::SessionEnded => Some(FlashMessage::SessionEnded),
        Step::SessionsEnded => Some(FlashMessage::SessionsEnded),
        _ if outcome
            .grants
            .iter()
            .any(|grant| matches!(grant, Grant::NoSession)) =>
        {
            Some(FlashMessage::SignedOut)
        }
        _ => None,
    }
}

/// Serves every server function. Only POST is routed here (CSRF-02).
pub async fn serve_function(State(shared): State<Shared>, mut request: Request) -> Response {
    // Leptos would answer with a hint to the developer (LEAK-07).
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
    let context = context(&shared.cookies, request.headers(), address);
    request.headers_mut().remove(REFERER);
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));

    let call = Call {
        app: shared.app.clone(),
        context,
        reply: Arc::default(),
    };
    let reply = Arc::clone(&call.reply);
    let answered =
        leptos_axum::handle_server_fns_with_context(move || provide_context(call.clone()), request)
            .await
            .into_response();
    let reply = std::mem::take(&mut *reply.lock().unwrap_or_else(PoisonError::into_inner));
    finish(&shared.cookies, reply, form_post, answered)
}

fn finish(cookies: &Cookies, reply: Reply, form_post: bool, answered: Response) -> Response {
    let mut response = if form_post {
        Redirect::to(reply.location.as_deref().unwrap_or(routes::HOME)).into_response()
    } else {
        answered
    };
    // No answer was given: the arguments could not be read, and that is the caller's mistake.
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
            Grant::FlowToken(purpose, token) => cookies.set_handle(*purpose, token),
            Grant::NoFlowToken(purpose) => cookies.clear_handle(*purpose),
            Grant::Session(token) => cookies.set_session(token),
            Grant::NoSession => cookies.clear_session(),
        };
        set_cookie(&mut response, &cookie);
    }
    // A script shows a refusal itself; good news waits for the page it goes to next.
    let flash = reply
        .flash
        .filter(|flash| form_post || flash.news.is_some());
    if let Some(cookie) = flash.and_then(|flash| cookies.set_flash(&flash)) {
        set_cookie(&mut response, &cookie);
    }
    if reply
        .cookies
        .iter()
        .any(|grant| matches!(grant, Grant::NoSession))
    {
        // Not "cookies": that would take the note along (SES-10).
        response.headers_mut().insert(
            "clear-site-data",
            HeaderValue::from_static("\"cache\", \"storage\""),
        );
    }
    response
}

/// Adds one `Set-Cookie` line.
pub fn set_cookie(response: &mut Response<Body>, cookie: &Cookie<'_>) {
    if let Ok(line) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, line);
    }
}
