//! The frame around every page, and rendering a page into a response.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use leptos::config::LeptosOptions;
use leptos::nonce::Nonce;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::http::security_headers::CspNonce;
use crate::web::islands::PageTools;
use crate::web::request::WebState;
use domain::Language;
use domain::i18n::PageTexts;
use domain::routes;

/// Title, language and header state of a page.
#[derive(Clone)]
pub struct Page {
    pub title: &'static str,
    pub language: Language,
    pub signed_in: bool,
}

/// The texts in the language of the page that is being rendered.
pub fn texts() -> &'static PageTexts {
    use_context::<Language>().unwrap_or_default().page_texts()
}

/// Renders the whole page before the response starts, so that status, cookies and redirects can still
/// change (docs/security.md#fact-10).
pub async fn render<V: IntoView + 'static>(
    shared: &WebState,
    request: Request<Body>,
    page: Page,
    content: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Response {
    let nonce = request
        .extensions()
        .get::<CspNonce>()
        .map(|nonce| nonce.0.clone());
    let options = LeptosOptions::builder()
        .output_name("sallyport")
        .site_pkg_dir(shared.site.pkg_dir())
        .reload_port(3001)
        .build();
    // The response to a form post has no address that the language links could return to.
    let path = (request.method() == Method::GET).then(|| request.uri().path().to_owned());
    let view = move || {
        provide_context(page.language);
        if let Some(nonce) = &nonce {
            provide_context(Nonce::from_value(nonce.clone()));
        }
        let (options, page, path, content) =
            (options.clone(), page.clone(), path.clone(), content.clone());
        view! { <Shell options page path>{content()}</Shell> }
    };
    leptos_axum::render_app_async_with_context(|| (), view)(request).await
}

/// The HTML document around the content of a page.
#[component]
fn Shell(
    options: LeptosOptions,
    page: Page,
    /// The path that the language links return to.
    path: Option<String>,
    children: Children,
) -> impl IntoView {
    let style = format!("/{}/sallyport.css", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang=page.language.tag()>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#171e28" />
                <title inner_html=document_title(page.title)></title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=style />
                <AutoReload options=options.clone() />
                <HydrationScripts options islands=true />
            </head>
            <body>
                <a class="skip" href="#main">{texts().frame.skip}</a>
                <Header signed_in=page.signed_in />
                <main class="narrow" id="main">{children()}</main>
                <PageTools />
                <footer class="site">{path.map(|path| view! { <LanguageChoice path /> })}</footer>
            </body>
        </html>
    }
}

/// The title of the browser window as HTML. A text child of `title` would be followed by a hydration marker, which
/// browsers show as text.
fn document_title(page: &str) -> String {
    let escaped = page.replace('&', "&amp;").replace('<', "&lt;");
    format!("{escaped} – Sallyport")
}

/// The header of every page. For a signed-in user, it has the profile link and "Sign out".
#[component]
fn Header(signed_in: bool) -> impl IntoView {
    let texts = &texts().frame;
    let account_links = signed_in.then(|| {
        view! {
            <a href=routes::PROFILE>{texts.profile}</a>
            <form method="post" action=crate::web::server_fns::sign_in::SignOut::PATH>
                <button type="submit" class="quiet">{texts.sign_out}</button>
            </form>
        }
    });
    view! {
        <header class="site">
            <a class="brand" href=routes::HOME>
                <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                    <path d="M2 15V8a6 6 0 0 1 12 0v7" fill="none" stroke="currentColor" stroke-width="2" />
                    <path d="M5 15V8a3 3 0 0 1 6 0v7z" fill="currentColor" />
                </svg>
                <span>"Sallyport"</span>
            </a>
            <nav aria-label=texts.account>{account_links}</nav>
        </header>
    }
}

/// The buttons that show the same page in another language.
#[component]
fn LanguageChoice(path: String) -> impl IntoView {
    let current = use_context::<Language>().unwrap_or_default();
    let choices = Language::ALL
        .into_iter()
        .map(|language| {
            let (tag, here) = (language.tag(), language == current);
            view! {
                <button
                    type="submit"
                    class="quiet"
                    name="language"
                    value=tag
                    lang=tag
                    aria-current=here.then_some("true")
                >
                    {language.name()}
                </button>
            }
        })
        .collect_view();
    view! {
        <form method="post" action=routes::LANGUAGE>
            <input type="hidden" name="page" value=path />
            <div role="group" aria-label=texts().frame.language>{choices}</div>
        </form>
    }
}
