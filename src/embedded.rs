//! The built site, embedded in the binary, so that an installation is one file.
//!
//! This module is part of the program and not of the library, so that a changed site does not cause a build of the
//! library. A debug build reads the folder at run time instead.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use sallyport::http::site::{FileSource, Site};

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Files;

impl FileSource for Files {
    fn read_file(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        <Self as RustEmbed>::get(path).map(|file| file.data)
    }

    fn list_paths(&self) -> Vec<String> {
        Self::iter().map(Cow::into_owned).collect()
    }
}

/// The website files that `make watch` builds, in a folder separate from release builds.
#[cfg(debug_assertions)]
#[derive(RustEmbed)]
#[folder = "target/watch"]
#[allow_missing = true]
struct WatchBuildFiles;

#[cfg(debug_assertions)]
impl FileSource for WatchBuildFiles {
    fn read_file(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        <Self as RustEmbed>::get(path).map(|file| file.data)
    }

    fn list_paths(&self) -> Vec<String> {
        Self::iter().map(Cow::into_owned).collect()
    }
}

/// Returns the website embedded in the program, or the folder that `make watch` rebuilds if the environment variable
/// `LEPTOS_WATCH` is set.
pub fn load_site() -> Site {
    #[cfg(debug_assertions)]
    if std::env::var_os("LEPTOS_WATCH").is_some() {
        return Site::load_from_source(WatchBuildFiles, true);
    }
    Site::load_from_source(Files, cfg!(debug_assertions))
}
