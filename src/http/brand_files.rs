//! Serves the files of the operator's brand: images, colours and manifest.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

use super::site::{CACHE_FOREVER, CACHE_ONE_DAY, ICONS_AT_ROOT};
use super::static_file::StaticFile;
use crate::config::BrandConfig;

/// Creates a router that serves the files of the operator's brand, such as logo and icon.
pub fn create_brand_file_router(brand: &BrandConfig) -> Router {
    let router = brand
        .list_brand_files()
        .fold(Router::new(), |router, file| {
            let served = StaticFile::from_bytes(file.media_type, file.content.to_vec());
            add_brand_file_route(router, &file.path, served, CACHE_FOREVER)
        });
    let Some(icon) = &brand.icon else {
        return router;
    };
    let served = StaticFile::from_bytes(icon.media_type, icon.content.to_vec());
    ICONS_AT_ROOT.into_iter().fold(router, |router, path| {
        add_brand_file_route(router, path, served.clone(), CACHE_ONE_DAY)
    })
}

/// Adds the route of one brand file to `router`.
fn add_brand_file_route(
    router: Router,
    path: &str,
    file: StaticFile,
    cache_control: &'static str,
) -> Router {
    let respond =
        move |headers: HeaderMap| async move { file.build_http_response(&headers, cache_control) };
    router.route(path, get(respond))
}
