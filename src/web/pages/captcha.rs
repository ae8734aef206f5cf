//! What a page with a CAPTCHA needs beside its form.

use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::http::security_headers::ExtraCspSources;
use crate::http::site::CAPTCHA_SCRIPT;
use crate::security::captcha::PageSources;
use crate::web::request::WebState;

/// The script that renders the widget of a CAPTCHA service; nothing without a service.
pub fn captcha_script(
    shared: &WebState,
) -> impl Fn() -> Option<AnyView> + Clone + Send + Sync + use<> {
    let is_needed = shared.app.captcha.page_sources() != PageSources::default();
    let url = format!("{CAPTCHA_SCRIPT}?{}", shared.site.build_id());
    move || {
        is_needed
            .then(|| view! { <script src=url.clone() nonce=use_nonce() defer></script> }.into_any())
    }
}

/// Allows this page to load from the hosts of the configured CAPTCHA service.
pub fn allow_captcha_hosts(shared: &WebState, mut response: Response) -> Response {
    let PageSources {
        script,
        style,
        connect,
        frame,
    } = shared.app.captcha.page_sources();
    response.extensions_mut().insert(ExtraCspSources {
        script,
        style,
        connect,
        frame,
    });
    response
}
