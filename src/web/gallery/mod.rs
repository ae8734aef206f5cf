//! The gallery of development: every page in every state, with sample data. A production server has no route to it.
//!
//! An entry is one line of a table in the modules below. It shows the view of the real page. No entry reads the session
//! or writes to the database. The content security policy of an entry lets its islands load their files but call no
//! server function, and refuses its forms.

mod account_pages;
mod busy_forms;
mod code_pages;
mod entry;
mod help_pages;
mod index;
mod notices;
mod payment_pages;
mod registration;
mod samples;
mod signing_in;
mod table;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::Uri;
use http::header::HOST;
use serde::Deserialize;

use crate::http::error_page::render_sample_error_page;
use crate::http::error_response::{ErrorPageBrand, ErrorResponse};
use crate::http::security_headers::ScriptFetchRestriction;
use crate::security::captcha::{Action, Widget, Work};
use crate::web::pages::captcha::create_captcha_script_renderer;
use crate::web::request::WebState;
use crate::web::shell::{Bundle, Page, render_page};
use domain::{Language, routes};
use entry::{Content, SampleCaptcha};
use table::{GALLERY, find_sample_page};

/// Returns the routes of the gallery of sample pages, for development servers only.
pub fn create_gallery_router() -> Router<WebState> {
    Router::new()
        .route(GALLERY, get(show_gallery_index))
        .route(&format!("{GALLERY}/{{name}}"), get(show_sample_page))
}

/// Query parameters of the gallery's URLs.
#[derive(Default, Deserialize)]
struct GalleryQuery {
    /// The language of the page, `en` without it.
    lang: Option<String>,
}

impl GalleryQuery {
    /// Returns the language in the query; English if there is none.
    fn language_or_english(&self) -> Language {
        let language = self.lang.as_deref().and_then(Language::from_tag);
        language.unwrap_or_default()
    }
}

/// Handles `GET /_gallery`: renders the list of all sample pages.
async fn show_gallery_index(
    State(shared): State<WebState>,
    query: Query<GalleryQuery>,
    request: Request,
) -> Response {
    let language = query.language_or_english();
    let page = Page {
        title: "Gallery",
        language: Language::English,
        signed_in: false,
        bundle: Bundle::Whole,
        flow: None,
        form_account: None,
    };
    render_page(&shared, request, page, move || {
        index::render_gallery_index(language)
    })
    .await
}

/// Handles `GET /_gallery/{name}`: renders one sample page in the language of the query.
async fn show_sample_page(
    State(shared): State<WebState>,
    Path(name): Path<String>,
    query: Query<GalleryQuery>,
    request: Request,
) -> Response {
    let Some((section, entry)) = find_sample_page(&name) else {
        return ErrorResponse::NOT_FOUND.into_response();
    };
    let language = query.language_or_english();
    // The request guard has compared this host with the names of the server.
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let files = ScriptFetchRestriction(format!("{host}{}/", routes::PKG));
    let mut response = match entry.content {
        Content::Error(error) => render_sample_error_page(
            error,
            language,
            &ErrorPageBrand::from_brand_config(&shared.app.brand),
        ),
        Content::View(view) => {
            let challenge = create_sample_captcha_challenge(&shared);
            let scripts = create_captcha_script_renderer(&shared, challenge.as_ref());
            let page = Page {
                title: entry.state,
                language,
                signed_in: section.signed_in,
                bundle: entry.bundle(),
                flow: None,
                form_account: None,
            };
            let request = replace_gallery_path_of_request(request, entry.path);
            let content = move || {
                view(SampleCaptcha {
                    challenge: challenge.clone(),
                    scripts: scripts(),
                })
            };
            render_page(&shared, request, page, content).await
        }
    };
    response.extensions_mut().insert(files);
    response
}

/// Replaces the gallery path of a request by `page_path`, the path of the page that the sample imitates.
///
/// The navigation in the page header then marks the link to that page as current.
fn replace_gallery_path_of_request(mut request: Request, page_path: &'static str) -> Request {
    *request.uri_mut() = Uri::from_static(page_path);
    request
}

/// Creates a proof-of-work challenge for a sample form; `None` if the server uses no proof of work.
fn create_sample_captcha_challenge(shared: &WebState) -> Option<String> {
    let app = &shared.app;
    match app
        .captcha
        .create_challenge(Action::SignIn, Work::Normal, app.now())
    {
        Widget::ProofOfWork { challenge_json } => Some(challenge_json),
        // No widget: it would come from the host of the CAPTCHA service.
        Widget::Vendor { .. } | Widget::None => None,
    }
}
