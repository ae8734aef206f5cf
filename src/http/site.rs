//! The static files that pages load, such as scripts and styles, as built by `make site`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use axum::response::IntoResponse as _;
use axum::routing::get;

use super::error_response::ErrorResponse;
pub use super::static_file::FileSource;
use super::static_file::StaticFile;
use domain::Language;
use domain::i18n::TextList as _;

/// The `Cache-Control` of URLs that contain the hash of the file. Such a file never changes.
pub(super) const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";
/// The `Cache-Control` of URLs without a hash. Browsers revalidate the file after a day.
pub(super) const CACHE_ONE_DAY: &str = "public, max-age=86400";
/// The `Cache-Control` in development. Browsers revalidate the file at each use.
const REVALIDATE: &str = "no-cache";

/// The files that are served at the root: the default icon and the scripts of the folder `public`.
const AT_ROOT: [&str; 7] = [
    "/favicon.svg",
    HYDRATION_SCRIPT,
    TIMES_SCRIPT,
    CAPTCHA_SCRIPT,
    PROOF_OF_WORK_SCRIPT,
    CURRENCY_NAMES_SCRIPT,
    PHONE_FIELD_SCRIPT,
];

/// The icons that browsers request at the root without a link. The icon of the brand replaces them.
pub(super) const ICONS_AT_ROOT: [&str; 2] = ["/favicon.ico", "/apple-touch-icon.png"];

/// The script that loads the WASM. Pages add the hash of the file as query.
pub const HYDRATION_SCRIPT: &str = "/hydrate.js";
/// The script that counts down and shows times in the time zone of the browser. Pages add the hash of the file as query.
pub const TIMES_SCRIPT: &str = "/times.js";
/// The script that renders the widget of a CAPTCHA service. Pages add the hash of the file as query.
pub const CAPTCHA_SCRIPT: &str = "/captcha.js";
/// The script that solves the proof of work. Pages add the hash of the file as query.
pub const PROOF_OF_WORK_SCRIPT: &str = "/proof-of-work.js";
/// The script that names the currencies of a payment. Pages add the hash of the file as query.
pub const CURRENCY_NAMES_SCRIPT: &str = "/currency-names.js";
/// The script that names the countries beside a phone field and groups the typed digits.
///
/// Pages add the hash of the file as query.
pub const PHONE_FIELD_SCRIPT: &str = "/phone-field.js";

/// The static files of the built website (scripts, styles, WASM, icons), and the URLs that serve them.
#[derive(Clone)]
pub struct Site(Arc<Files>);

struct Files {
    source: Box<dyn FileSource>,
    /// The files, read at the start. `None` reads each file at each request.
    loaded: Option<BTreeMap<String, StaticFile>>,
    /// The texts of the islands, two files for each language.
    texts: BTreeMap<String, StaticFile>,
}

impl Site {
    /// Loads the static files of the website from `source`.
    ///
    /// With `reload`, the server reads a file again at each request, and the URLs of the files contain no content hash.
    pub fn load_from_source(source: impl FileSource, reload: bool) -> Self {
        let mut paths = source.list_paths();
        paths.sort();
        if !paths.iter().any(|path| path.starts_with("pkg/")) {
            tracing::warn!(
                "the static files of the site are missing: pages will have no styles and no scripts; run `make site`"
            );
        }
        let load =
            |path: &String| Some((path.clone(), StaticFile::load_static_file(&source, path)?));
        let loaded = (!reload).then(|| paths.iter().filter_map(load).collect());
        Self(Arc::new(Files {
            source: Box::new(source),
            loaded,
            texts: Language::ALL
                .into_iter()
                .flat_map(build_interface_texts_files)
                .collect(),
        }))
    }

    /// Returns the URL of the JSON file with the user interface texts of a language.
    pub fn texts_url(&self, language: Language) -> String {
        self.url_of_file_in_build_folder(&texts_file_path(language))
    }

    /// Returns the URL of the JSON file with the texts of the sign-in page in a language.
    ///
    /// Its list has as many entries as the list of all texts, but the texts of other pages are empty.
    pub fn sign_in_texts_url(&self, language: Language) -> String {
        self.url_of_file_in_build_folder(&sign_in_texts_file_path(language))
    }

    /// Returns the URL of a file in the build folder `pkg`.
    ///
    /// The URL contains the hash of this file, so that browsers can cache the file forever.
    pub fn url_of_file_in_build_folder(&self, file: &str) -> String {
        match self.find_file_hash(&format!("pkg/{}", self.stored_pkg_name(file))) {
            Some(hash) => format!("/pkg/{hash}/{file}"),
            None => format!("/pkg/{file}"),
        }
    }

    /// Returns whether the build folder `pkg` has a file with this name.
    pub fn has_pkg_file(&self, file: &str) -> bool {
        let path = format!("pkg/{file}");
        self.0.loaded.as_ref().map_or_else(
            || self.0.source.list_paths().contains(&path),
            |loaded| loaded.contains_key(&path),
        )
    }

    /// Returns the URL of a file at the root of the site, with the content hash as query.
    pub fn url_of_root_file(&self, path: &str) -> String {
        match self.find_file_hash(path.trim_start_matches('/')) {
            Some(hash) => format!("{path}?{hash}"),
            None => path.to_owned(),
        }
    }

    /// Returns the content hash of a file.
    ///
    /// Returns `None` for an unknown file, and if files are reloaded at each request.
    fn find_file_hash(&self, path: &str) -> Option<&str> {
        let loaded = self.0.loaded.as_ref()?;
        let file = loaded.get(path).or_else(|| self.0.texts.get(path));
        file.map(StaticFile::short_hash)
    }

    /// Creates a router that serves all static files except the default icons.
    pub fn create_static_file_router(&self) -> Router {
        let router = Router::new().route("/pkg/{*file}", get(serve_pkg_file));
        self.add_routes_of_root_files(router, &AT_ROOT)
    }

    /// Creates a router that serves the default icons, for brands without an icon.
    pub fn create_default_browser_icon_router(&self) -> Router {
        self.add_routes_of_root_files(Router::new(), &ICONS_AT_ROOT)
    }

    /// Adds routes for files at the root of the site, given by their URL paths.
    fn add_routes_of_root_files(&self, router: Router<Self>, paths: &[&str]) -> Router {
        let router = paths.iter().fold(router, |router, path| {
            router.route(path, get(serve_root_file))
        });
        router.with_state(self.clone())
    }

    /// Returns the response with the file at `path`, or the 404 error.
    fn serve_file(
        &self,
        path: &str,
        request: &HeaderMap,
        cache_control: &'static str,
    ) -> Response<Body> {
        let files = &self.0;
        let found = match (files.texts.get(path), &files.loaded) {
            (Some(texts), _) => Some(Cow::Borrowed(texts)),
            (None, Some(loaded)) => loaded.get(path).map(Cow::Borrowed),
            (None, None) => {
                StaticFile::load_static_file(files.source.as_ref(), path).map(Cow::Owned)
            }
        };
        let cache_control = if files.loaded.is_some() {
            cache_control
        } else {
            REVALIDATE
        };
        found.map_or_else(
            || ErrorResponse::NOT_FOUND.into_response(),
            |file| file.build_http_response(request, cache_control),
        )
    }

    /// Converts a URL below `/pkg/` to the path of the file in the site.
    ///
    /// Returns `None` if the hash in the URL is not the hash of that file.
    fn resolve_pkg_path(&self, uri: &Uri) -> Option<String> {
        let rest = uri.path().strip_prefix("/pkg/")?;
        if self.0.loaded.is_none() {
            return Some(format!("pkg/{}", self.stored_pkg_name(rest)));
        }
        let (hash, file) = rest.split_once('/')?;
        let path = format!("pkg/{}", self.stored_pkg_name(file));
        (self.find_file_hash(&path) == Some(hash)).then_some(path)
    }

    /// Returns the name under which a file of `pkg` is stored.
    ///
    /// Some build tools add the suffix `_bg` to the name of the WASM file, so a request may use either name.
    fn stored_pkg_name<'a>(&self, file: &'a str) -> Cow<'a, str> {
        let Some(stem) = file.strip_suffix(".wasm") else {
            return file.into();
        };
        if self.has_pkg_file(file) {
            return file.into();
        }
        match stem.strip_suffix("_bg") {
            Some(stem) => format!("{stem}.wasm").into(),
            None => format!("{stem}_bg.wasm").into(),
        }
    }
}

/// Returns the path in `pkg` of the file with the user interface texts of a language.
fn texts_file_path(language: Language) -> String {
    format!("texts.{}.json", language.language_tag())
}

/// Returns the path in `pkg` of the file with the texts of the sign-in page in a language.
fn sign_in_texts_file_path(language: Language) -> String {
    format!("sign_in_texts.{}.json", language.language_tag())
}

/// Builds the JSON files with the user interface texts of a language, and returns their paths and contents.
///
/// One file has all texts, the other one those of the sign-in page.
fn build_interface_texts_files(language: Language) -> [(String, StaticFile); 2] {
    let all = language.island_texts();
    [
        (texts_file_path(language), *all),
        (
            sign_in_texts_file_path(language),
            all.texts_of_sign_in_page(),
        ),
    ]
    .map(|(path, texts)| {
        let mut list = Vec::new();
        texts.append_texts_of_all_fields(&mut list);
        let file = StaticFile::from_json_text(serde_json::json!(list).to_string());
        (format!("pkg/{path}"), file)
    })
}

/// Request handler that serves a file of the build folder `pkg`.
async fn serve_pkg_file(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    match site.resolve_pkg_path(&uri) {
        Some(path) => site.serve_file(&path, &headers, CACHE_FOREVER),
        None => ErrorResponse::NOT_FOUND.into_response(),
    }
}

/// Request handler that serves a file at the root of the site.
async fn serve_root_file(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    let cache_control = match site.find_file_hash(path) {
        Some(hash) if uri.query() == Some(hash) => CACHE_FOREVER,
        _ => CACHE_ONE_DAY,
    };
    site.serve_file(path, &headers, cache_control)
}
