//! HTML document around every page, and rendering of a page into a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use leptos::config::LeptosOptions;
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::http::html::escape_html;
use crate::http::security_headers::CspNonce;
use crate::http::site::{HYDRATION_SCRIPT, Site, TIMES_SCRIPT};
use crate::security::form_account::FormAccountId;
use crate::security::token::FlowId;
use crate::web::brand::{
    BrandFooter, BrandHeadTags, BrandMark, BrandStyle, configured_service_name,
};
use crate::web::islands::{PageFlowId, PageFormAccount};
use crate::web::request::WebState;
use domain::i18n::PageTexts;
use domain::routes;
use domain::{FormErrors, Language, ShownErrors};

/// Properties of the HTML document of a page: title, language, header and scripts.
#[derive(Clone)]
pub struct Page {
    pub title: &'static str,
    pub language: Language,
    pub signed_in: bool,
    pub bundle: Bundle,
    /// The flow that the page shows. Each form of the flow contains its ID.
    pub flow: Option<FlowId>,
    /// The account of the session. Each form that acts on the account contains it.
    pub form_account: Option<FormAccountId>,
}

/// Files that a page loads: one of two WASM builds, and the style sheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bundle {
    /// The islands of the sign-in form and of the choice of method, which a first visitor needs.
    SignIn,
    /// All islands.
    #[default]
    Whole,
}

impl Bundle {
    /// Returns the URLs of the bundle's WASM and of the JavaScript that loads it, JavaScript first.
    ///
    /// `make watch` builds only the bundle with all islands, so every page then loads that one.
    fn javascript_and_wasm_urls(self, site: &Site) -> (String, String) {
        let name = if self.has_sign_in_islands_only(site) {
            "sign_in"
        } else {
            "sallyport"
        };
        let url = |ending| site.url_of_file_in_build_folder(&format!("{name}{ending}"));
        (url(".js"), url("_bg.wasm"))
    }

    /// Returns the URL of the texts of the bundle's islands.
    fn texts_url(self, site: &Site, language: Language) -> String {
        if self.has_sign_in_islands_only(site) {
            site.sign_in_texts_url(language)
        } else {
            site.texts_url(language)
        }
    }

    /// Returns whether the page loads only the islands of the sign-in page.
    ///
    /// Always `false` if the site was built without this bundle.
    fn has_sign_in_islands_only(self, site: &Site) -> bool {
        self == Self::SignIn && site.has_pkg_file("sign_in.js")
    }

    /// Returns the URLs of the bundle's style sheets. The sign-in page needs only the first one.
    ///
    /// `make watch` builds a single style sheet, so every page then loads that one.
    fn style_urls(self, site: &Site) -> Vec<String> {
        let files: &[&str] = match self {
            Self::Whole if site.has_pkg_file("other_pages.css") => {
                &["sallyport.css", "other_pages.css"]
            }
            Self::SignIn | Self::Whole => &["sallyport.css"],
        };
        files
            .iter()
            .map(|file| site.url_of_file_in_build_folder(file))
            .collect()
    }
}

/// Whether the page that is being rendered shows a time or a countdown, and so loads `public/times.js`.
#[derive(Clone, Default)]
struct PageShowsTimes(Arc<AtomicBool>);

/// Adds `public/times.js` to the page that is being rendered.
pub fn add_times_script() {
    if let Some(PageShowsTimes(shows_times)) = use_context() {
        shows_times.store(true, Ordering::Relaxed);
    }
}

/// Renders the tag of `public/times.js`, if the content of the page has called [`add_times_script`].
///
/// The content must have been rendered before.
#[component]
fn TimesScript(url: String) -> impl IntoView {
    let shows_times = use_context()
        .is_some_and(|PageShowsTimes(shows_times)| shows_times.load(Ordering::Relaxed));
    shows_times.then(|| view! { <script src=url nonce=use_nonce() defer></script> })
}

/// Returns the language of the page that is being rendered.
pub fn page_language() -> Language {
    use_context::<Language>().unwrap_or_default()
}

/// Returns the page texts in the language of the page that is being rendered.
pub fn page_texts() -> &'static PageTexts {
    page_language().page_texts()
}

/// Converts form errors to error texts in the language of the page that is being rendered.
pub fn to_error_texts(errors: &FormErrors) -> ShownErrors {
    errors.to_shown_errors(page_language())
}

/// Renders the HTML document of a page with `content` into a response.
///
/// The page is complete before the response starts, so that status, cookies and redirects can still change
/// (docs/security.md#fact-10).
pub async fn render_page<V: IntoView + 'static>(
    shared: &WebState,
    request: Request<Body>,
    page: Page,
    content: impl Fn() -> V + Send + Sync + 'static,
) -> Response {
    render_document(
        shared,
        request,
        page,
        Arc::new(move || content().into_any()),
    )
    .await
}

/// Renders the HTML document of a page. Unlike [`render_page`] it is compiled once, not once per page: the code that
/// Leptos runs for a document is large.
async fn render_document(
    shared: &WebState,
    request: Request<Body>,
    page: Page,
    content: Arc<dyn Fn() -> AnyView + Send + Sync>,
) -> Response {
    let nonce = request
        .extensions()
        .get::<CspNonce>()
        .map(|nonce| nonce.0.clone());
    let options = LeptosOptions::builder()
        .output_name("sallyport")
        .reload_port(3001)
        .build();
    let (glue, wasm) = page.bundle.javascript_and_wasm_urls(&shared.site);
    let files = PageFiles {
        styles: page.bundle.style_urls(&shared.site),
        hydration: shared.site.url_of_root_file(HYDRATION_SCRIPT),
        times: shared.site.url_of_root_file(TIMES_SCRIPT),
        glue,
        wasm,
        texts: page.bundle.texts_url(&shared.site, page.language),
    };
    // The response to a form post has no address that the language links could return to.
    let path = (request.method() == Method::GET).then(|| request.uri().path().to_owned());
    let brand = Arc::clone(&shared.app.brand);
    // The islands of the sign-in page have neither a flow ID nor an account.
    let is_whole = page.bundle == Bundle::Whole;
    let flow = page.flow.clone().filter(|_| is_whole);
    let account = page.form_account.clone().filter(|_| is_whole);
    let view = move || {
        provide_context(page.language);
        provide_context(PageShowsTimes::default());
        if let Some(id) = &flow {
            provide_context(PageFlowId(id.as_str().to_owned()));
        }
        if let Some(id) = &account {
            provide_context(PageFormAccount(id.as_str().to_owned()));
        }
        provide_context(Arc::clone(&brand));
        if let Some(nonce) = &nonce {
            provide_context(Nonce::from_value(nonce.clone()));
        }
        let (options, page, path, content) = (
            options.clone(),
            page.clone(),
            path.clone(),
            Arc::clone(&content),
        );
        let files = files.clone();
        view! { <PageDocument options files page path>{content()}</PageDocument> }
    };
    leptos_axum::render_app_async_with_context(|| (), view)(request).await
}

/// URLs of the script and style files of a page.
#[derive(Clone)]
struct PageFiles {
    styles: Vec<String>,
    /// The script that loads glue and WASM.
    hydration: String,
    /// The script that shows times and countdowns. Only pages with [`PageShowsTimes`] load it.
    times: String,
    /// The script that `wasm-bindgen` has generated.
    glue: String,
    wasm: String,
    /// The texts of the islands.
    texts: String,
}

/// HTML document around the content of a page.
#[component]
fn PageDocument(
    options: LeptosOptions,
    files: PageFiles,
    page: Page,
    /// The path that the language links return to.
    path: Option<String>,
    children: Children,
) -> impl IntoView {
    let content = children();
    view! {
        <!DOCTYPE html>
        <html lang=page.language.language_tag() dir=page.language.writing_direction()>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <title inner_html=window_title_as_html(page.title)></title>
                <BrandHeadTags />
                {files.styles.into_iter().map(|style| view! { <link rel="stylesheet" href=style /> }).collect_view()}
                <BrandStyle />
                <AutoReload options />
                // The script of Leptos preloads the WASM, which then competes with the style for the connection.
                <script
                    src=files.hydration
                    nonce=use_nonce()
                    data-glue=files.glue
                    data-wasm=files.wasm
                    data-texts=files.texts
                    defer
                ></script>
            </head>
            <body>
                <a class="skip" href="#main">{page_texts().frame.skip}</a>
                <PageHeader signed_in=page.signed_in path=path.clone() />
                <main class=if page.signed_in { "wide" } else { "narrow" } id="main">{content}</main>
                <footer class="site">
                    <BrandFooter />
                    {path.map(|path| view! { <LanguageButtons path /> })}
                </footer>
                <TimesScript url=files.times />
            </body>
        </html>
    }
}

/// Returns the window title as escaped HTML: the title of the page and the name of the service.
///
/// Leptos would add a hydration marker (an HTML comment) to a text node, and browsers show the marker in a title.
fn window_title_as_html(page_title: &str) -> String {
    escape_html(&format!("{page_title} – {}", configured_service_name()))
}

/// Header of every page, with links to payments, profile and "Sign out" for a signed-in user.
#[component]
fn PageHeader(
    signed_in: bool,
    /// The path of the page. The link to it is marked as the current one.
    path: Option<String>,
) -> impl IntoView {
    let texts = &page_texts().frame;
    let link = move |target: &'static str, label: &'static str| {
        let here = path.as_deref() == Some(target);
        view! { <a href=target aria-current=here.then_some("page")>{label}</a> }
    };
    let account_links = signed_in.then(|| {
        view! {
            <nav aria-label=texts.account>
                {link(routes::PAYMENTS, texts.payments)}
                {link(routes::PROFILE, texts.profile)}
                <form method="post" action=crate::web::server_fns::sign_in::SignOut::PATH>
                    <button type="submit" class="quiet">{texts.sign_out}</button>
                </form>
            </nav>
        }
    });
    view! {
        <header class="site">
            <a class="brand" href=routes::HOME title=configured_service_name()>
                <BrandMark />
            </a>
            {account_links}
        </header>
    }
}

/// Buttons that show the same page in another language.
#[component]
fn LanguageButtons(path: String) -> impl IntoView {
    let current = page_language();
    let choices = Language::ALL
        .into_iter()
        .map(|language| {
            let (tag, here) = (language.language_tag(), language == current);
            view! {
                <button
                    type="submit"
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
            <div role="group" aria-label=page_texts().frame.language>{choices}</div>
        </form>
    }
}
