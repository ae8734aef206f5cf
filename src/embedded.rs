//! The built site, carried in the program: one binary is all there is to install.
//!
//! It belongs to the program and not to the library, so that a new site costs a link and not a
//! build. A debug build reads the folder instead: what was just built shows at once.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use sallyport::http::site::{FileSource, Site};

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Files;

impl FileSource for Files {
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        <Self as RustEmbed>::get(path).map(|file| file.data)
    }

    fn paths(&self) -> Vec<String> {
        Self::iter().map(Cow::into_owned).collect()
    }
}

/// What `make watch` builds: elsewhere, so that the site of the next release is not taken for made.
#[cfg(debug_assertions)]
#[derive(RustEmbed)]
#[folder = "target/watch"]
#[allow_missing = true]
struct Watched;

#[cfg(debug_assertions)]
impl FileSource for Watched {
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        <Self as RustEmbed>::get(path).map(|file| file.data)
    }

    fn paths(&self) -> Vec<String> {
        Self::iter().map(Cow::into_owned).collect()
    }
}

/// The site this program was built with, or the one that is rebuilt while somebody works on it.
pub fn site() -> Site {
    #[cfg(debug_assertions)]
    if std::env::var_os("LEPTOS_WATCH").is_some() {
        return Site::new(Watched, true);
    }
    Site::new(Files, cfg!(debug_assertions))
}
