use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::request::Parts;

use crate::domain::Purpose;
use crate::server::cookies::Flash;
use crate::server::error::FlowError;
use crate::server::flows::verification::{self, Position};
use crate::server::http::client_ip::ClientIp;
use crate::server::request::{Shared, set_cookie, visitor};
use crate::server::session::{self, SignedIn};
use crate::server::visitor::Visitor;

/// One visit to a page: who comes, with which session, and with what note from the last form.
pub struct Visit {
    pub visitor: Visitor,
    pub signed_in: Option<SignedIn>,
    /// Read here, and taken away by [`Visit::finish`] once it was shown.
    pub flash: Flash,
    noted: bool,
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        let address = parts.extensions.get::<ClientIp>();
        let visitor = visitor(&shared.cookies, &parts.headers, address);
        let signed_in = session::current(&shared.app, &visitor)
            .await
            .map_err(|error| failed(FlowError::from(error)))?;
        let flash = shared.cookies.flash(&parts.headers);
        Ok(Self {
            visitor,
            signed_in,
            noted: flash.is_some(),
            flash: flash.unwrap_or_default(),
        })
    }
}

impl Visit {
    /// Where this browser's flow of a purpose stands.
    pub async fn position(&self, shared: &Shared, purpose: Purpose) -> Result<Position, Response> {
        verification::position(&shared.app, &self.visitor, purpose)
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

    /// Whether there was a note to show.
    pub const fn noted(&self) -> bool {
        self.noted
    }
}

/// Elsewhere: a redirect to one of our own fixed paths.
pub fn elsewhere(path: &'static str) -> Response {
    Redirect::to(path).into_response()
}

/// The page could not be made; what was wrong is in the log.
pub fn failed(error: FlowError) -> Response {
    let refusal = error.into_refusal();
    let text = refusal
        .problems
        .first()
        .map(|found| found.problem.text())
        .unwrap_or_default();
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(http::header::RETRY_AFTER, "2")],
        text,
    )
        .into_response()
}
