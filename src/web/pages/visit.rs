use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use leptos::prelude::*;

use crate::auth::entry::verification::{self, Position};
use crate::auth::error::FlowError;
use crate::auth::session::{self, SignedIn};
use crate::context::RequestContext;
use crate::http::client_ip::ClientIp;
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse as Unavailable;
use crate::web::request::{Shared, context, set_cookie};
use crate::web::shell::Page;
use domain::i18n::Pages;
use domain::{Field, Problem, Purpose};

/// One visit to a page: who comes, with which session, and with what note from the last form.
pub struct Visit {
    pub context: RequestContext,
    pub signed_in: Option<SignedIn>,
    /// Read here, and taken away by [`Visit::finish`] once it was shown.
    pub flash: Flash,
    noted: bool,
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let address = parts.extensions.get::<ClientIp>();
        let context = context(&shared.cookies, &parts.headers, address);
        let signed_in = session::current(&shared.app, &context)
            .await
            .map_err(|error| failed(FlowError::from(error)))?;
        let flash = shared.cookies.flash(&parts.headers);
        Ok(Self {
            context,
            signed_in,
            noted: flash.is_some(),
            flash: flash.unwrap_or_default(),
        })
    }
}

impl Visit {
    /// Where this browser's flow of a purpose stands.
    pub async fn position(&self, shared: &Shared, purpose: Purpose) -> Result<Position, Response> {
        verification::position(&shared.app, &self.context, purpose)
            .await
            .map_err(|error| failed(FlowError::from(error)))
    }

    /// The rendered page, with the shown note taken away.
    pub fn finish(noted: bool, shared: &Shared, mut response: Response) -> Response {
        if noted {
            set_cookie(&mut response, &shared.cookies.clear_flash());
        }
        response
    }

    /// The words for whoever comes.
    pub const fn words(&self) -> &'static Pages {
        self.context.language.pages()
    }

    /// A page of this visit.
    pub const fn page(&self, title: &'static str) -> Page {
        Page {
            title,
            language: self.context.language,
            signed_in: self.signed_in.is_some(),
        }
    }

    /// The good news the last form left, if any.
    pub fn news(&self) -> impl Fn() -> Option<AnyView> + Clone + Send + Sync + use<> {
        let text = self.flash.message.map(self.words().news);
        move || {
            text.map(|text| {
                view! { <div class="notice success" role="status">{text}</div> }.into_any()
            })
        }
    }

    /// Whether there was a note to show.
    pub const fn noted(&self) -> bool {
        self.noted
    }
}

/// Elsewhere: a redirect to one of our own paths.
pub fn elsewhere(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The page could not be made; what was wrong is in the log. The edge finds the words.
pub fn failed(error: FlowError) -> Response {
    match error.into_form_errors().about(Field::Form) {
        Some(Problem::Overloaded { .. }) => Unavailable::OVERLOADED,
        _ => Unavailable::INTERNAL,
    }
    .into_response()
}
