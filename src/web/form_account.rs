//! Reads the account of a submitted form.
//!
//! All tabs of a browser share the session, so another tab can have signed in to another account since the page was
//! rendered. Each form of the signed-in area therefore contains the account of its page.

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest as _, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use serde::Deserialize;

use crate::http::error_response::ErrorResponse;
use crate::security::form_account::FormAccountId;

/// Form data that names the account. Ignores all other fields.
#[derive(Deserialize)]
struct AccountOfForm {
    form_account: String,
}

/// Middleware that adds the [`FormAccountId`] of a submitted form to the extensions of the request.
///
/// Adds nothing for a form without the field: a script may have posted it, or the page is from a node of an older
/// version. Posts of other sites are refused by the request guard, which also limits the size of the body.
pub async fn add_account_of_form_to_request(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return ErrorResponse::MALFORMED.into_response();
    };
    let form = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let form = Form::<AccountOfForm>::from_request(form, &()).await.ok();
    let account = form.and_then(|Form(form)| FormAccountId::from_form(&form.form_account));
    let mut request = Request::from_parts(parts, Body::from(body));
    if let Some(account) = account {
        request.extensions_mut().insert(account);
    }
    next.run(request).await
}
