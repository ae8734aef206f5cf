//! Types of the gallery: sections and sample pages.

use leptos::prelude::*;

use crate::http::error_response::ErrorResponse;
use crate::web::shell::Bundle;
use domain::routes;

/// Section of the gallery: sample pages of one kind under a heading.
pub struct Section {
    pub title: &'static str,
    /// Whether the header of the pages has the links of a signed-in user.
    pub signed_in: bool,
    pub entries: &'static [Entry],
}

/// Sample page of the gallery: a page of the application in one of its states.
pub struct Entry {
    /// Unique name of the sample page: the last segment of its URL path.
    pub name: &'static str,
    /// Description of the state that the page is in.
    pub state: &'static str,
    /// The path at which users see the page. The header marks the link to it.
    pub path: &'static str,
    pub content: Content,
}

/// Prefix of the names of the entries with the set-up dialog over the sign-in page.
const SET_UP_PREFIX: &str = "set-up";

impl Entry {
    /// Returns the bundle of script and style that the real page loads.
    ///
    /// The sign-in page has its own bundle, except with the set-up dialog.
    pub fn bundle(&self) -> Bundle {
        if self.path == routes::LOGIN && !self.name.starts_with(SET_UP_PREFIX) {
            Bundle::SignIn
        } else {
            Bundle::Whole
        }
    }
}

/// Content of a sample page: the view of a page, or an error page.
#[derive(Clone, Copy)]
pub enum Content {
    /// The content of a page with header and footer.
    View(fn(SampleCaptcha) -> AnyView),
    /// An error page of the HTTP layer.
    Error(ErrorResponse),
}

/// CAPTCHA challenge and scripts for the form of a sample page.
pub struct SampleCaptcha {
    /// `None` if the server has no CAPTCHA.
    pub challenge: Option<String>,
    pub scripts: Option<AnyView>,
}

/// Creates a gallery entry that shows the view of a page.
pub const fn page_entry(
    name: &'static str,
    state: &'static str,
    path: &'static str,
    view: fn(SampleCaptcha) -> AnyView,
) -> Entry {
    Entry {
        name,
        state,
        path,
        content: Content::View(view),
    }
}
