//! The built site: what browsers load beside the pages, out of this very program.

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

pub use super::asset::Source;
use super::asset::{Asset, short_hex};
use super::refusal::ErrorResponse;

/// Under a build's own address a file never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";
/// While a developer works, every use asks again.
const ASK_AGAIN: &str = "no-cache";

/// Files browsers look for at the root, and their paths in the site.
const AT_ROOT: [&str; 2] = ["/favicon.svg", "/favicon.ico"];

/// The files, and under which address this build serves them.
#[derive(Clone)]
pub struct Site(Arc<Files>);

struct Files {
    source: Box<dyn Source>,
    build_id: String,
    /// Read once; `None` reads each file when it is asked for.
    loaded: Option<BTreeMap<String, Asset>>,
}

impl Site {
    /// The site of these files. A `live` one is read anew at each request and served without the build in its address.
    pub fn of(source: impl Source, live: bool) -> Self {
        let mut paths = source.paths();
        paths.sort();
        if !paths.iter().any(|path| path.starts_with("pkg/")) {
            tracing::warn!("the site has not been built: pages will come without style and script");
        }
        let asset = |path: &String| Some((path.clone(), Asset::load(&source, path)?));
        let loaded = (!live).then(|| paths.iter().filter_map(asset).collect());
        let build_id = build_id(&source, &paths);
        Self(Arc::new(Files {
            source: Box::new(source),
            build_id,
            loaded,
        }))
    }

    /// The same for the same files, another for others.
    pub fn build_id(&self) -> &str {
        &self.0.build_id
    }

    /// The folder pages load from, without a slash before or after. A live site has the bare one, because the
    /// reloading script of development looks for it.
    pub fn pkg_dir(&self) -> String {
        match self.0.loaded {
            Some(_) => format!("pkg/{}", self.0.build_id),
            None => "pkg".to_owned(),
        }
    }

    /// Where pages find a file of the build.
    pub fn pkg_url(&self, file: &str) -> String {
        format!("/{}/{file}", self.pkg_dir())
    }

    /// Answers for the files; to be merged with the pages.
    pub fn router(&self) -> Router {
        let router = Router::new().route("/pkg/{*file}", get(pkg));
        let router = AT_ROOT
            .into_iter()
            .fold(router, |router, path| router.route(path, get(root)));
        router.with_state(self.clone())
    }

    fn respond(&self, path: &str, request: &HeaderMap, cache: &'static str) -> Response<Body> {
        let files = &self.0;
        let found = match &files.loaded {
            Some(loaded) => loaded.get(path).map(Cow::Borrowed),
            None => Asset::load(files.source.as_ref(), path).map(Cow::Owned),
        };
        let cache = if files.loaded.is_some() {
            cache
        } else {
            ASK_AGAIN
        };
        found.map_or_else(
            || ErrorResponse::NOT_FOUND.into_response(),
            |asset| asset.respond(request, cache),
        )
    }

    /// The path in the site that an address below `/pkg/` means.
    fn resolve(&self, uri: &Uri) -> Option<String> {
        let rest = uri.path().strip_prefix("/pkg/")?;
        let own = rest
            .split_once('/')
            .filter(|(id, _)| *id == self.0.build_id);
        let file = match own {
            Some((_, file)) => file,
            None if self.0.loaded.is_none() => rest,
            None => return None,
        };
        Some(format!("pkg/{}", self.stored_name(file)))
    }

    /// Builders disagree on whether the wasm file ends in `_bg`, and pages ask for either.
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

/// Over names, lengths and contents, in the order of the names.
fn build_id(source: &dyn Source, sorted: &[String]) -> String {
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

async fn pkg(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    match site.resolve(&uri) {
        Some(path) => site.respond(&path, &headers, FOREVER),
        None => ErrorResponse::NOT_FOUND.into_response(),
    }
}

async fn root(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    site.respond(uri.path().trim_start_matches('/'), &headers, A_DAY)
}
