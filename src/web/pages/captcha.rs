//! Scripts and content security policy of pages with a CAPTCHA.

use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::http::security_headers::ExtraCspSources;
use crate::http::site::{CAPTCHA_SCRIPT, PROOF_OF_WORK_SCRIPT};
use crate::security::captcha::PageSources;
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::page_texts;

/// Returns a function that renders the CAPTCHA scripts for a form with this challenge.
///
/// Without a challenge, the function renders nothing. The caller places the scripts after the form. The proof-of-work
/// script has no `defer`, so that it runs before the WASM starts. The WASM asks this script to solve the challenge. If
/// a CAPTCHA service is configured, the proof of work is the fallback.
pub fn create_captcha_script_renderer(
    shared: &WebState,
    challenge: Option<&String>,
) -> impl Fn() -> Option<AnyView> + Clone + Send + Sync + use<> {
    let is_needed = challenge.is_some();
    let has_service = shared.app.captcha.page_sources() != PageSources::default();
    let work = shared.site.url_of_root_file(PROOF_OF_WORK_SCRIPT);
    let service = shared.site.url_of_root_file(CAPTCHA_SCRIPT);
    move || {
        let service = service.clone();
        let service = has_service.then(|| render_captcha_service_script(service));
        let work = work.clone();
        is_needed
            .then(|| view! { {service} <script src=work nonce=use_nonce()></script> }.into_any())
    }
}

/// Renders the script element of `public/captcha.js`, which has the URL `url`.
///
/// The script reads its texts from the attributes.
pub fn render_captcha_service_script(url: String) -> impl IntoView {
    let (labels, texts) = (&page_texts().shared.labels, &page_texts().shared.captcha);
    view! {
        <script
            src=url
            nonce=use_nonce()
            defer
            data-preparing=texts.preparing
            data-working=texts.working
            data-done=texts.done
            data-failed=texts.failed
            data-retry=texts.retry
            data-incomplete=texts.complete_check
            data-fields=labels.fill_in_fields
        ></script>
    }
}

/// Extends the response's content security policy by the hosts of the configured CAPTCHA service.
pub fn add_captcha_hosts_to_csp(shared: &WebState, mut response: Response) -> Response {
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

/// Returns whether `path` is the action of a form with a CAPTCHA.
pub fn is_form_with_captcha(path: &str) -> bool {
    [
        server_fns::sign_in::BeginSignIn::PATH,
        server_fns::registration::BeginRegistration::PATH,
        server_fns::password::RequestResetLink::PATH,
        server_fns::lost_phone::BeginRecovery::PATH,
    ]
    .contains(&path)
}
