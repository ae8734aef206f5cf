use std::borrow::Cow;
use std::sync::OnceLock;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use leptos::prelude::*;

use super::message_account::is_message_about_another_account;
use super::notice::render_flash_message;
use crate::auth::entry::lost_answer::{self, LostAnswer};
use crate::auth::entry::verification::{self, CallerFlow};
use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::context::http_state::{read_request_context, set_cookie};
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse;
use crate::security::form_account::FormAccountId;
use crate::security::token::FlowId;
use crate::store::StoreError;
use crate::store::accounts::Account;
use crate::store::flows::Flow;
use crate::verification::Ending;
use crate::web::flash::{create_cookie_of_requested_page, create_cookies_of_ended_session};
use crate::web::outcome_message::create_flash_for_outcome;
use crate::web::request::WebState;
use crate::web::shell::{Bundle, Page};
use domain::i18n::PageTexts;
use domain::routes;
use domain::{Field, FlashMessage, Problem, Purpose, Timestamp};

/// Request data for page handlers: the session, and the flash message and form errors of the last request.
///
/// Implements `FromRequestParts`.
pub struct PageContext {
    pub request_context: RequestContext,
    /// The user of the session. `None` if the message of the page is about another account.
    pub signed_in: Option<SignedIn>,
    /// When the account will be erased, for a user who has signed in to an account that will be deleted.
    pub delete_at: Option<Timestamp>,
    /// Whether the submitted form was rendered for another account than that of the session.
    is_form_of_another_account: bool,
    /// The account of the session, for the forms of the page.
    form_account: Option<FormAccountId>,
    /// The flow that has renewed the session while this browser did not receive the answer, with its outcome.
    lost_answer: Option<LostAnswer>,
    /// [`PageContext::delete_flash_cookie_if_shown`] deletes its cookie once the page has shown it.
    pub flash: Flash,
    had_flash_cookie: bool,
    /// The page that the user asked for before the sign-in.
    return_to: Option<Cow<'static, str>>,
    /// The first live flow that the handler has found. The page shows it.
    found_flow: OnceLock<FlowId>,
}

impl FromRequestParts<WebState> for PageContext {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &WebState) -> Result<Self, Response> {
        let request_context =
            read_request_context(&shared.cookies, &parts.headers, &parts.extensions);
        let flash = shared.cookies.read_flash_cookie(&parts.headers);
        let path = parts.uri.path();
        let is_of_page = |account: &Account| {
            !flash
                .as_ref()
                .is_some_and(|flash| is_message_about_another_account(path, flash, &account.id))
        };
        let signed_in =
            session::find_signed_in_user_and_restart_idle_timeout(&shared.app, &request_context)
                .await
                .map_err(|error| error_response(FlowError::from(error)))?
                .filter(|signed_in| is_of_page(&signed_in.account));
        let must_prove_email = signed_in
            .as_ref()
            .is_some_and(|signed_in| shared.app.must_prove_email(&signed_in.account));
        if must_prove_email && does_path_require_verified_email(path) {
            return Err(redirect(routes::VERIFY_EMAIL));
        }
        let leaving = match &signed_in {
            Some(_) => None,
            None => session::find_user_awaiting_deletion(&shared.app, &request_context)
                .await
                .map_err(|error| error_response(FlowError::from(error)))?
                .filter(|leaving| is_of_page(&leaving.account)),
        };
        let is_form_of_another_account =
            session::is_form_of_another_account(&shared.app, &request_context)
                .await
                .map_err(|error| error_response(FlowError::from(error)))?;
        let account = signed_in.as_ref().map(|signed_in| &signed_in.account);
        let form_account = account
            .or_else(|| leaving.as_ref().map(|leaving| &leaving.account))
            .map(|account| FormAccountId::new(&account.id, &shared.app.bucket_key));
        let lost_answer = match &signed_in {
            Some(_) => None,
            None => lost_answer::find_action_with_lost_answer(&shared.app, &request_context)
                .await
                .map_err(|error| error_response(FlowError::from(error)))?,
        };
        Ok(Self {
            request_context,
            signed_in,
            delete_at: leaving.map(|leaving| leaving.delete_at),
            is_form_of_another_account,
            form_account,
            lost_answer,
            return_to: shared
                .cookies
                .read_return_path_after_sign_in(&parts.headers)
                .and_then(|path| routes::find_page_by_path(&path)),
            had_flash_cookie: flash.is_some(),
            flash: flash.unwrap_or_default(),
            found_flow: OnceLock::new(),
        })
    }
}

/// Verification flow of this browser with one purpose: missing, live, blocked or ended.
pub enum BrowserFlow {
    Missing,
    Live(Box<Flow>),
    /// The flow is live, but the account may not enter codes for now. The problem says for how long.
    Blocked(Problem),
    Ended(Ending),
}

impl BrowserFlow {
    /// Returns why the verification flow has ended, for the page on which the user starts again.
    ///
    /// Returns `None` for a flow that can continue, and for one that the user has completed, cancelled or replaced.
    pub const fn reason_of_end(&self, purpose: Purpose) -> Option<Problem> {
        match self {
            Self::Ended(ending @ (Ending::Expired | Ending::Exhausted | Ending::Voided)) => {
                Some(verification::ended_flow_problem(purpose, *ending))
            }
            Self::Missing | Self::Live(_) | Self::Blocked(_) | Self::Ended(_) => None,
        }
    }
}

impl PageContext {
    /// Finds this browser's verification flow with this purpose: missing, live, blocked or ended.
    ///
    /// Keeps the ID of the first live flow, for the forms of the page.
    pub async fn find_verification_flow_of_browser(
        &self,
        shared: &WebState,
        purpose: Purpose,
    ) -> Result<BrowserFlow, Response> {
        let app = &shared.app;
        let found = async {
            Ok(
                match verification::find_flow_by_request_token(app, &self.request_context, purpose)
                    .await?
                {
                    CallerFlow::Missing if self.is_flow_deleted(purpose) => {
                        BrowserFlow::Ended(Ending::Expired)
                    }
                    CallerFlow::Replaced | CallerFlow::Missing => BrowserFlow::Missing,
                    CallerFlow::Ended(ending) => BrowserFlow::Ended(ending),
                    CallerFlow::Live(flow) => {
                        self.found_flow.get_or_init(|| flow.id.clone());
                        match verification::find_code_entry_block_of_flow(app, &flow).await? {
                            Some(problem) => BrowserFlow::Blocked(problem),
                            None => BrowserFlow::Live(flow),
                        }
                    }
                },
            )
        };
        found
            .await
            .map_err(|error: StoreError| error_response(FlowError::from(error)))
    }

    /// Redirects a user with a session away from the pages of a sign-in. Returns `None` if the page is shown.
    ///
    /// If this browser has a live sign-in or set-up of a second factor, the page continues it and shows nothing of the
    /// session. The user has begun it on a page that was opened before the session, perhaps for another account.
    pub async fn redirect_unless_sign_in_is_live(&mut self, shared: &WebState) -> Option<Response> {
        let page = match (&self.signed_in, self.delete_at) {
            (Some(_), _) => routes::DASHBOARD,
            (None, Some(_)) => routes::KEEP_ACCOUNT,
            (None, None) => return None,
        };
        for purpose in [Purpose::SignIn, Purpose::SetUp] {
            match self
                .find_verification_flow_of_browser(shared, purpose)
                .await
            {
                Err(response) => return Some(response),
                Ok(BrowserFlow::Live(_) | BrowserFlow::Blocked(_)) => {
                    self.signed_in = None;
                    self.delete_at = None;
                    self.form_account = None;
                    return None;
                }
                Ok(BrowserFlow::Ended(_) | BrowserFlow::Missing) => {}
            }
        }
        Some(redirect(page))
    }

    /// Returns whether the cleanup has deleted the flow of this purpose, for which the lookup found no row.
    ///
    /// The browser then still has the flow token. A flow that is bound to a session is not deleted before its session
    /// ends, so its row is there, and the flow belongs to another session.
    fn is_flow_deleted(&self, purpose: Purpose) -> bool {
        !purpose.is_flow_bound_to_session() && self.request_context.flow_token(purpose).is_some()
    }

    /// Redirects a request without a session to the sign-in page. After the sign-in, the user returns to `path`.
    ///
    /// If the browser had a session, the sign-in page says that it has ended. A user whose account will be deleted goes
    /// to `/keep-account` instead.
    pub fn redirect_to_sign_in(&self, shared: &WebState, path: &str) -> Response {
        // A sign-out in another tab removes the session cookie and keeps the device cookie. A message that the browser
        // has not shown yet stays, such as that of the sign-out.
        let had_session = self.request_context.session.is_some()
            || (!self.request_context.devices.is_empty() && !self.had_flash_cookie);
        if !had_session {
            let mut response = redirect(routes::LOGIN);
            if let Some(cookie) = create_cookie_of_requested_page(&shared.cookies, path) {
                set_cookie(&mut response, &cookie);
            }
            return response;
        }
        self.redirect_to_sign_in_with_message_of_ended_session(shared, path)
    }

    /// Redirects a form that was submitted without a session to the sign-in page.
    ///
    /// That page says that the session has ended. After the sign-in, the user returns to `path`, the page of the form.
    /// The session has ended even if the request has no session cookie: a sign-out in another tab removes the cookie.
    ///
    /// With the cookie of an ended session, the browser first opens `path`, which redirects to the sign-in page. This
    /// response does not remove the cookie: an earlier request of the browser may have renewed the session.
    ///
    /// If the form was rendered for another account than that of the session, redirects to `path` with a message that
    /// says so.
    pub fn redirect_submitted_form_to_sign_in(&self, shared: &WebState, path: &str) -> Response {
        if self.is_form_of_another_account {
            let mut response = redirect(path);
            let flash = Flash::from_message(FlashMessage::AnotherAccountSignedIn);
            if let Some(cookie) = shared.cookies.create_flash_cookie(&flash) {
                set_cookie(&mut response, &cookie);
            }
            return response;
        }
        if self.request_context.session.is_some() && self.delete_at.is_none() {
            return redirect(path);
        }
        self.redirect_to_sign_in_with_message_of_ended_session(shared, path)
    }

    /// Redirects to the sign-in page, which says that the session has ended, and removes the session cookie.
    ///
    /// After the sign-in, the user returns to `path`. A user whose account will be deleted goes to `/keep-account`
    /// instead.
    ///
    /// An action can have renewed the session without an answer to this browser. The sign-in page then says what was
    /// done, and the sign-in leads to the page that the action has opened.
    fn redirect_to_sign_in_with_message_of_ended_session(
        &self,
        shared: &WebState,
        path: &str,
    ) -> Response {
        if self.delete_at.is_some() {
            return redirect(routes::KEEP_ACCOUNT);
        }
        let mut response = redirect(routes::LOGIN);
        let cookies = &shared.cookies;
        if self.request_context.session.is_some() {
            set_cookie(&mut response, &cookies.create_session_removal_cookie());
        }
        match &self.lost_answer {
            None => {
                for cookie in create_cookies_of_ended_session(cookies, path) {
                    set_cookie(&mut response, &cookie);
                }
            }
            Some(LostAnswer { purpose, outcome }) => {
                let removal =
                    purpose.map(|purpose| cookies.create_flow_token_removal_cookie(purpose));
                let message = create_flash_for_outcome(outcome)
                    .and_then(|flash| cookies.create_flash_cookie(&flash));
                let page = create_cookie_of_requested_page(cookies, &outcome.step.path());
                for cookie in [removal, message, page].into_iter().flatten() {
                    set_cookie(&mut response, &cookie);
                }
            }
        }
        response
    }

    /// Redirects to the page that the user requested before the sign-in; `None` if there is none.
    ///
    /// The redirect happens once, because the response deletes the cookie with the path.
    pub fn redirect_to_requested_page(&self, shared: &WebState) -> Option<Response> {
        let mut response = redirect(self.return_to.as_deref()?);
        set_cookie(
            &mut response,
            &shared.cookies.create_return_path_removal_cookie(),
        );
        Some(response)
    }

    /// Deletes the flash cookie if the request carried one, because the response shows the message of the cookie.
    pub fn delete_flash_cookie_if_shown(
        had_flash_cookie: bool,
        shared: &WebState,
        mut response: Response,
    ) -> Response {
        if had_flash_cookie {
            set_cookie(&mut response, &shared.cookies.create_flash_removal_cookie());
        }
        response
    }

    /// Returns the page texts in the language of the user.
    pub const fn texts(&self) -> &'static PageTexts {
        self.request_context.language.page_texts()
    }

    /// Creates the properties of a page with this title, in the language of the user. Call it after
    /// [`Self::find_verification_flow_of_browser`].
    pub fn page_with_title(&self, title: &'static str) -> Page {
        Page {
            title,
            language: self.request_context.language,
            signed_in: self.signed_in.is_some(),
            bundle: Bundle::Whole,
            flow: self.found_flow.get().cloned(),
            form_account: self.form_account.clone(),
        }
    }

    /// Returns a function that renders the message about the result of the last form.
    pub fn flash_message_renderer(
        &self,
    ) -> impl Fn() -> Option<AnyView> + Clone + Send + Sync + use<> {
        let message = self.flash.message;
        move || message.map(render_flash_message)
    }

    /// Returns whether the request carried a flash cookie.
    pub const fn had_flash_cookie(&self) -> bool {
        self.had_flash_cookie
    }
}

/// Returns whether the page at `path` requires a verified e-mail address.
///
/// Applies only if the settings require verification.
fn does_path_require_verified_email(path: &str) -> bool {
    let is_below = |page| {
        path.strip_prefix(page)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    path != routes::PROFILE_EMAIL
        && path != routes::PROFILE_CONFIRM
        && [routes::DASHBOARD, routes::PROFILE, "/payments"]
            .into_iter()
            .any(is_below)
}

/// Creates a redirect to a path of this site.
pub fn redirect(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Creates the error response for a page that cannot be rendered.
///
/// Writes no log entry, because the error is in the log already.
pub fn error_response(error: FlowError) -> Response {
    match error.into_form_errors().first_problem_of(Field::Form) {
        Some(Problem::Overloaded { .. }) => ErrorResponse::OVERLOADED,
        _ => ErrorResponse::INTERNAL,
    }
    .into_response()
}
