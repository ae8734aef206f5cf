//! The built site: the files that browsers load beside the pages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use axum::response::IntoResponse as _;
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use super::error_response::ErrorResponse;
pub use super::static_file::FileSource;
use super::static_file::{StaticFile, short_hex};

/// For addresses that contain the build id. Their files never change.
const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";
const CACHE_ONE_DAY: &str = "public, max-age=86400";
/// For development: the browser asks again at every use.
const REVALIDATE: &str = "no-cache";

/// Files at the root: those that browsers look for there, and the script of `public`. Their path in the site is the same.
const AT_ROOT: [&str; 3] = ["/favicon.svg", "/favicon.ico", CAPTCHA_SCRIPT];

/// The script that renders the widget of a CAPTCHA service. Pages add the build id as query.
pub const CAPTCHA_SCRIPT: &str = "/captcha.js";

/// The files of the site and the addresses that serve them.
#[derive(Clone)]
pub struct Site(Arc<Files>);

struct Files {
    source: Box<dyn FileSource>,
    build_id: String,
    /// The files, read once. `None` reads each file at each request.
    loaded: Option<BTreeMap<String, StaticFile>>,
}

impl Site {
    /// Makes a site of the files in `source`.
    ///
    /// With `reload`, files are read at each request and addresses contain no build id.
    pub fn new(source: impl FileSource, reload: bool) -> Self {
        let mut paths = source.paths();
        paths.sort();
        if !paths.iter().any(|path| path.starts_with("pkg/")) {
            tracing::warn!(
                "the site has not been built: pages will have no styles and no scripts; run `make site`"
            );
        }
        let load = |path: &String| Some((path.clone(), StaticFile::load(&source, path)?));
        let loaded = (!reload).then(|| paths.iter().filter_map(load).collect());
        let build_id = build_id(&source, &paths);
        Self(Arc::new(Files {
            source: Box::new(source),
            build_id,
            loaded,
        }))
    }

    /// A hash of the files: equal files have equal ids.
    pub fn build_id(&self) -> &str {
        &self.0.build_id
    }

    /// The folder that pages load from, without slashes around it.
    ///
    /// With `reload` it is `pkg`, because the reload script of `make watch` looks for that name.
    pub fn pkg_dir(&self) -> String {
        match self.0.loaded {
            Some(_) => format!("pkg/{}", self.0.build_id),
            None => "pkg".to_owned(),
        }
    }

    /// The address of a file of the build.
    pub fn pkg_url(&self, file: &str) -> String {
        format!("/{}/{file}", self.pkg_dir())
    }

    /// Routes for all files, to be merged with the router of the pages.
    pub fn router(&self) -> Router {
        let router = Router::new().route("/pkg/{*file}", get(serve_pkg_file));
        let router = AT_ROOT.into_iter().fold(router, |router, path| {
            router.route(path, get(serve_root_file))
        });
        router.with_state(self.clone())
    }

    fn respond(
        &self,
        path: &str,
        request: &HeaderMap,
        cache_control: &'static str,
    ) -> Response<Body> {
        let files = &self.0;
        let found = match &files.loaded {
            Some(loaded) => loaded.get(path).map(Cow::Borrowed),
            None => StaticFile::load(files.source.as_ref(), path).map(Cow::Owned),
        };
        let cache_control = if files.loaded.is_some() {
            cache_control
        } else {
            REVALIDATE
        };
        found.map_or_else(
            || ErrorResponse::NOT_FOUND.into_response(),
            |file| file.respond(request, cache_control),
        )
    }

    /// Returns the path in the site for an address below `/pkg/`.
    fn resolve(&self, uri: &Uri) -> Option<String> {
        let rest = uri.path().strip_prefix("/pkg/")?;
        let this_build = rest
            .split_once('/')
            .filter(|(id, _)| *id == self.0.build_id);
        let file = match this_build {
            Some((_, file)) => file,
            None if self.0.loaded.is_none() => rest,
            None => return None,
        };
        Some(format!("pkg/{}", self.stored_name(file)))
    }

    /// Returns the name under which the build stored `file`. Build tools disagree on whether the name of the wasm file
    /// ends in `_bg`, and pages may ask for either.
    fn stored_name<'a>(&self, file: &'a str) -> Cow<'a, str> {
        let Some(stem) = file.strip_suffix(".wasm") else {
            return file.into();
        };
        let is_stored = |file: &str| {
            let path = format!("pkg/{file}");
            self.0.loaded.as_ref().map_or_else(
                || self.0.source.paths().contains(&path),
                |loaded| loaded.contains_key(&path),
            )
        };
        if is_stored(file) {
            return file.into();
        }
        match stem.strip_suffix("_bg") {
            Some(stem) => format!("{stem}.wasm").into(),
            None => format!("{stem}_bg.wasm").into(),
        }
    }
}

/// Hashes names, lengths and contents of the files in `pkg/`.
fn build_id(source: &dyn FileSource, sorted: &[String]) -> String {
    let mut hash = Sha256::new();
    for path in sorted.iter().filter(|path| path.starts_with("pkg/")) {
        let data = source.get(path).unwrap_or_default();
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(data.len().to_le_bytes());
        hash.update(data);
    }
    short_hex(hash)
}

async fn serve_pkg_file(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    match site.resolve(&uri) {
        Some(path) => site.respond(&path, &headers, CACHE_FOREVER),
        None => ErrorResponse::NOT_FOUND.into_response(),
    }
}

async fn serve_root_file(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    site.respond(uri.path().trim_start_matches('/'), &headers, CACHE_ONE_DAY)
}
