use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use leptos::prelude::*;

use crate::auth::entry::verification::{self, Position};
use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::context::http_state::{read_request_context, set_cookie};
use crate::http::client_ip::ClientIp;
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse;
use crate::web::request::WebState;
use crate::web::shell::Page;
use domain::i18n::PageTexts;
use domain::{Field, Problem, Purpose};

/// What a page handler knows about the request: the session, and the message from the last form.
pub struct PageContext {
    pub request_context: RequestContext,
    pub signed_in: Option<SignedIn>,
    /// [`PageContext::clear_shown_flash`] deletes its cookie once the page has shown it.
    pub flash: Flash,
    had_flash: bool,
}

impl FromRequestParts<WebState> for PageContext {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &WebState) -> Result<Self, Response> {
        let address = parts.extensions.get::<ClientIp>();
        let request_context = read_request_context(&shared.cookies, &parts.headers, address);
        let signed_in = session::current(&shared.app, &request_context)
            .await
            .map_err(|error| error_response(FlowError::from(error)))?;
        let flash = shared.cookies.flash(&parts.headers);
        Ok(Self {
            request_context,
            signed_in,
            had_flash: flash.is_some(),
            flash: flash.unwrap_or_default(),
        })
    }
}

impl PageContext {
    /// The state of this browser's flow for a purpose.
    pub async fn flow_position(
        &self,
        shared: &WebState,
        purpose: Purpose,
    ) -> Result<Position, Response> {
        verification::position(&shared.app, &self.request_context, purpose)
            .await
            .map_err(|error| error_response(FlowError::from(error)))
    }

    /// Deletes the flash cookie from a response that has shown it.
    pub fn clear_shown_flash(
        had_flash: bool,
        shared: &WebState,
        mut response: Response,
    ) -> Response {
        if had_flash {
            set_cookie(&mut response, &shared.cookies.clear_flash());
        }
        response
    }

    /// The texts in the language of the user.
    pub const fn texts(&self) -> &'static PageTexts {
        self.request_context.language.page_texts()
    }

    /// The title, language and header of the page.
    pub const fn page(&self, title: &'static str) -> Page {
        Page {
            title,
            language: self.request_context.language,
            signed_in: self.signed_in.is_some(),
        }
    }

    /// Renders the success message of the last form.
    pub fn flash_message(&self) -> impl Fn() -> Option<AnyView> + Clone + Send + Sync + use<> {
        let text = self.flash.message.map(self.texts().flash_message);
        move || {
            text.map(|text| {
                view! { <div class="notice success" role="status">{text}</div> }.into_any()
            })
        }
    }

    /// Whether the request carried a flash cookie.
    pub const fn had_flash(&self) -> bool {
        self.had_flash
    }
}

/// Redirects to a path of this site.
pub fn redirect(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The response when a page cannot be rendered. The error is already in the log; the edge adds the text.
pub fn error_response(error: FlowError) -> Response {
    match error.into_form_errors().about(Field::Form) {
        Some(Problem::Overloaded { .. }) => ErrorResponse::OVERLOADED,
        _ => ErrorResponse::INTERNAL,
    }
    .into_response()
}
