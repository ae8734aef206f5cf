//! Serves the server functions: reads the request, and converts the outcome of a flow into cookies and an answer.
//!
//! A script gets the answer as JSON. A form that is posted without a script gets a redirect. This module makes that
//! redirect, because Leptos would redirect to the `Referer` and put error texts into that address
//! (`docs/security.md#fact-1`, `docs/security.md#fact-4`). Therefore the request that Leptos sees asks for JSON and has
//! no `Referer`.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{ACCEPT, REFERER, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use leptos::prelude::{provide_context, use_context};
use leptos::server_fn::axum::server_fn_paths;

use crate::auth::entry::verification::{self, CallerFlow};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::context::http_state::{read_request_context, set_cookie};
use crate::context::{RequestContext, SharedAppState};
use crate::event_stream::stream_limit::StreamLimit;
use crate::http::cookies::{Cookies, Flash};
use crate::http::error_response::find_status_of_limit_or_overload;
use crate::store::StoreError;
use crate::web::blocked_cookies::{is_form_of_page_without_cookies, path_with_cookie_check};
use crate::web::flash::create_cookies_of_ended_session;
use crate::web::outcome_message::create_flash_for_outcome;
use crate::web::server_fns::ServerFunctionError;
use domain::routes;
use domain::{Answer, Field, FlashMessage, Problem, Purpose, Reaction, ShownAnswer, StepOrErrors};

/// Shared state of the handlers of all pages and server functions.
#[derive(Clone)]
pub struct WebState {
    pub app: SharedAppState,
    pub cookies: Cookies,
    /// The static files, with the URLs of scripts, style and WASM.
    pub site: crate::http::site::Site,
    /// The limit on open event streams.
    pub stream_limit: StreamLimit,
}

/// Server function call in progress: the request context, and the response parts other than the body.
#[derive(Clone)]
pub struct Call {
    pub app: SharedAppState,
    pub context: RequestContext,
    /// Whether the browser posted a form without a script. Such a browser loads a page after every answer.
    pub reloads_page: bool,
    /// Whether a page of this site has sent the request without any cookie. The browser may block cookies.
    has_no_cookies: bool,
    parts: Arc<Mutex<ResponseParts>>,
}

/// Cookies, status and redirect of a response, collected while a server function runs.
#[derive(Default)]
struct ResponseParts {
    cookies: Vec<TokenChange>,
    flash: Option<Flash>,
    /// Whether the browser loads a page that shows the errors of the flash cookie, with and without a script.
    reloads_page_with_errors: bool,
    /// Error status, and the seconds for the `Retry-After` header.
    status: Option<(StatusCode, u64)>,
    /// Path to which a form post without a script is redirected.
    location: Option<Cow<'static, str>>,
    /// Page of a form that was submitted without a session cookie. The user returns to it after the sign-in.
    page_of_ended_session: Option<Cow<'static, str>>,
}

impl Call {
    /// Returns the server function call that is running. Fails outside a server function.
    pub fn find_running_call() -> Result<Self, ServerFunctionError> {
        use_context::<Self>().ok_or(ServerFunctionError(Problem::Internal))
    }

    /// Locks the cookies, status and redirect of the response.
    fn lock_response_parts(&self) -> MutexGuard<'_, ResponseParts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the response to a report that the browser sends in the background, or the first error.
    pub fn respond_to_report_about_flow_page<T>(
        &self,
        result: Result<T, FlowError>,
    ) -> Result<T, ServerFunctionError> {
        result.map_err(|error| {
            let problems = error.into_form_errors().problems;
            let first = problems.into_iter().next();
            ServerFunctionError(first.map_or(Problem::Internal, |found| found.problem))
        })
    }

    /// Makes the sign-in page check whether the browser blocks cookies, if the browser may do so.
    ///
    /// Call it for the form of a sign-in dialog, which only a page with the cookie of a sign-in shows. Without the check, the
    /// page would be empty and name no reason.
    fn add_cookie_check_to_page(&self, page: Cow<'static, str>) -> Cow<'static, str> {
        if self.has_no_cookies && page == routes::LOGIN {
            path_with_cookie_check(&page).into()
        } else {
            page
        }
    }

    /// Converts the outcome of a verification flow to the response of a server function.
    ///
    /// If the form was posted without JavaScript, the response redirects to the page of the next step. After errors, it
    /// redirects to `error_page`, which shows the errors and `typed_values`.
    ///
    /// If the request needs a session and has none, the browser goes to the sign-in page, and after the sign-in to
    /// `error_page`. A user whose account will be deleted goes to `/keep-account` instead.
    ///
    /// With the cookie of an ended session, the browser first opens `error_page`, which redirects to the sign-in page,
    /// unless it is the sign-in page.
    /// This response does not remove the cookie: an earlier request of the same form may have renewed the session.
    ///
    /// If the form was rendered for another account than that of the session, the browser loads `error_page` again. That
    /// page says so, and shows no typed values.
    ///
    /// If the verification flow has ended, the browser loads `error_page`, because no form of the open page can be used.
    /// That page says so, unless a concurrent request has ended the flow: the user has cancelled it during this request,
    /// and a script that has left the page ignores the response.
    pub fn convert_flow_outcome_to_answer(
        &self,
        error_page: impl Into<Cow<'static, str>>,
        typed_values: &[(Field, &str)],
        result: Result<Outcome, FlowError>,
    ) -> Result<Answer, ServerFunctionError> {
        let page = error_page.into();
        let was_overtaken = matches!(result, Err(FlowError::Store(StoreError::Raced)));
        let mut answer = self.convert_code_check_to_answer(page.clone(), typed_values, result)?;
        if let (StepOrErrors::Refused(errors), ShownAnswer::Errors(_)) =
            (&answer.content, &answer.shown)
            && errors.has_flow_ended()
        {
            self.lock_response_parts().reloads_page_with_errors = !was_overtaken;
            let page = if was_overtaken {
                page
            } else {
                self.add_cookie_check_to_page(page)
            };
            answer.shown = ShownAnswer::GoTo(page);
        }
        Ok(answer)
    }

    /// Converts the outcome of a code check to the response of a server function.
    ///
    /// Does the same as [`Self::convert_flow_outcome_to_answer`], except after the end of the verification flow: the
    /// code entry form itself then shows the error and the link "Start again".
    pub fn convert_code_check_to_answer(
        &self,
        error_page: impl Into<Cow<'static, str>>,
        typed_values: &[(Field, &str)],
        result: Result<Outcome, FlowError>,
    ) -> Result<Answer, ServerFunctionError> {
        let mut parts = self.lock_response_parts();
        match result {
            Ok(outcome) => {
                parts.location = Some(outcome.step.path());
                parts.flash = create_flash_for_outcome(&outcome);
                parts.cookies = outcome.token_changes;
                Ok(Answer::from_step(outcome.step))
            }
            Err(FlowError::SessionEnded) => {
                let form_page = error_page.into();
                let page = if self.context.session.is_some() && form_page != routes::LOGIN {
                    form_page
                } else {
                    parts.page_of_ended_session = Some(form_page);
                    routes::LOGIN.into()
                };
                parts.location = Some(page.clone());
                Ok(Answer::from_missing_session(page))
            }
            Err(FlowError::DeletionRequested) => {
                parts.location = Some(routes::KEEP_ACCOUNT.into());
                Ok(Answer::from_missing_session(routes::KEEP_ACCOUNT))
            }
            Err(FlowError::AnotherAccount) => {
                let page = error_page.into();
                parts.location = Some(page.clone());
                parts.flash = Some(Flash::from_message(FlashMessage::AnotherAccountSignedIn));
                Ok(Answer::from_missing_session(page))
            }
            Err(error) => {
                let errors = error.into_form_errors();
                let input = typed_values
                    .iter()
                    .map(|(field, text)| (*field, (*text).to_owned()))
                    .collect();
                let page = error_page.into();
                parts.location = Some(page.clone());
                parts.flash = Some(Flash {
                    errors: errors.clone(),
                    input,
                    ..Flash::default()
                });
                parts.status = find_status_of_limit_or_overload(&errors);
                match errors.first_problem_of(Field::Form) {
                    Some(problem @ (Problem::Overloaded { .. } | Problem::Internal)) => {
                        Err(ServerFunctionError(problem.clone()))
                    }
                    _ => Ok(Answer::from_form_errors(
                        errors,
                        page,
                        self.context.language,
                    )),
                }
            }
        }
    }

    /// Removes the flow token of this purpose from the browser if the code entry form shows why the flow has ended.
    ///
    /// `answer` is the response that contains the reason. Without the token, the page behind "Start again" does not
    /// repeat the reason.
    ///
    /// Keeps the token if that page shows no reason. A reload of the code page then shows the reason again. Also keeps
    /// the token of a flow that continues in another tab, for example at the choice of a method.
    pub async fn remove_flow_token_if_end_is_shown(&self, purpose: Purpose, answer: &Answer) {
        let (StepOrErrors::Refused(errors), ShownAnswer::Errors(shown)) =
            (&answer.content, &answer.shown)
        else {
            return;
        };
        let would_repeat_reason = match purpose {
            Purpose::Registration | Purpose::Payment => false,
            // The sign-in form shows no message about used-up attempts, so it would not repeat that reason.
            Purpose::SignIn => errors.has_flow_ended(),
            Purpose::SetUp | Purpose::PhoneChange | Purpose::StepUp | Purpose::PasswordReset => {
                true
            }
        };
        let is_end_shown = !self.reloads_page && shown.reaction == Some(Reaction::EndFlow);
        if !is_end_shown || !would_repeat_reason {
            return;
        }
        let flow =
            verification::find_flow_by_request_token(&self.app, &self.context, purpose).await;
        if matches!(flow, Ok(CallerFlow::Ended(_))) {
            let change = TokenChange::RemoveFlowToken(purpose);
            self.lock_response_parts().cookies.push(change);
        }
    }
}

/// Handles the requests of all server functions.
///
/// The router accepts only POST requests, so that opening a link never calls a server function.
pub async fn serve_server_function(
    State(shared): State<WebState>,
    mut request: Request,
) -> Response {
    // For an unknown path, Leptos would answer with internal details.
    let path = request.uri().path();
    if !server_fn_paths().any(|(known, _)| known == path) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let is_form_post = request
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let context = read_request_context(&shared.cookies, request.headers(), request.extensions());
    let has_no_cookies = is_form_of_page_without_cookies(request.headers());
    request.headers_mut().remove(REFERER);
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));

    let call = Call {
        app: shared.app.clone(),
        context,
        reloads_page: is_form_post,
        has_no_cookies,
        parts: Arc::default(),
    };
    let parts = Arc::clone(&call.parts);
    let response =
        leptos_axum::handle_server_fns_with_context(move || provide_context(call.clone()), request)
            .await
            .into_response();
    let parts = std::mem::take(&mut *parts.lock().unwrap_or_else(PoisonError::into_inner));
    add_status_and_cookies_to_response(&shared.cookies, parts, is_form_post, response)
}

/// Adds status, cookies and headers to the response of a server function.
///
/// For a form posted without a script, replaces the response by a redirect.
fn add_status_and_cookies_to_response(
    cookies: &Cookies,
    parts: ResponseParts,
    is_form_post: bool,
    answer: Response,
) -> Response {
    let mut response = if is_form_post {
        Redirect::to(parts.location.as_deref().unwrap_or(routes::HOME)).into_response()
    } else {
        answer
    };
    // The function did not run: the arguments could not be parsed.
    if parts.location.is_none() && response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    if !is_form_post && let Some((status, retry_after)) = parts.status {
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(retry_after));
    }
    for grant in &parts.cookies {
        let cookie = match grant {
            TokenChange::SetFlowToken(purpose, token) => {
                cookies.create_flow_token_cookie(*purpose, token)
            }
            TokenChange::RemoveFlowToken(purpose) => {
                cookies.create_flow_token_removal_cookie(*purpose)
            }
            TokenChange::SetSession(token) => cookies.create_session_cookie(token),
            TokenChange::RemoveSession => cookies.create_session_removal_cookie(),
            TokenChange::SetRecovery(token, until) => cookies.create_recovery_cookie(token, *until),
            TokenChange::RemoveRecovery => cookies.create_recovery_removal_cookie(),
            TokenChange::SetDeviceMarks(marks, until) => {
                cookies.create_device_cookie(marks, *until)
            }
        };
        set_cookie(&mut response, &cookie);
    }
    // With scripts, the open page shows most errors. A success message or a form value is shown by the next page, with
    // and without scripts.
    let shows_errors = is_form_post || parts.reloads_page_with_errors;
    let flash = parts
        .flash
        .filter(|flash| shows_errors || flash.errors.problems.is_empty());
    if let Some(cookie) = flash.and_then(|flash| cookies.create_flash_cookie(&flash)) {
        set_cookie(&mut response, &cookie);
    }
    if let Some(page) = &parts.page_of_ended_session {
        for cookie in create_cookies_of_ended_session(cookies, page) {
            set_cookie(&mut response, &cookie);
        }
    }
    if parts
        .cookies
        .iter()
        .any(|grant| matches!(grant, TokenChange::RemoveSession))
    {
        // The value "cookies" would delete the message for the next page.
        response.headers_mut().insert(
            "clear-site-data",
            HeaderValue::from_static("\"cache\", \"storage\""),
        );
    }
    response
}
