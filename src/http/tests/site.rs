//! The built site, from a folder in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Response};

use super::super::middleware::add_middleware_to_router;
use super::super::site::{FileSource, ICONS_AT_ROOT, Site};
use super::support::{
    create_middleware_settings, get_request, only_header_value, read_body_text, request_status,
    send_request, with_header,
};
use domain::Language;

struct Folder(BTreeMap<String, &'static [u8]>);

impl FileSource for Folder {
    fn read_file(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        self.0.get(path).map(|data| Cow::Borrowed(*data))
    }

    fn list_paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

/// Returns the files of a built site, with this content of its script.
fn create_site_with_script(script: &'static [u8]) -> Folder {
    let files: [(&str, &[u8]); 10] = [
        ("pkg/sallyport.js", script),
        ("pkg/sallyport.js.br", b"br script"),
        ("pkg/sallyport.js.gz", b"gz script"),
        ("pkg/sallyport.wasm", b"\0asm"),
        ("pkg/sallyport.css", b"p{}"),
        ("pkg/sallyport.js.map", b"{}"),
        ("pkg/.env", b"SECRET"),
        ("favicon.svg", b"<svg/>"),
        ("apple-touch-icon.png", b"PNG"),
        ("Cargo.toml", b"[package]"),
    ];
    Folder(files.map(|(path, data)| (path.to_owned(), data)).into())
}

/// Returns the site of the tests, and an app that serves it.
fn site_and_app() -> (Site, Router) {
    let site = Site::load_from_source(create_site_with_script(b"script"), false);
    let app = add_middleware_to_router(
        site.create_static_file_router(),
        create_middleware_settings(),
    );
    (site, app)
}

/// Returns the status, the `Content-Type` and the `Cache-Control` of a response.
fn status_type_and_caching(response: &Response<Body>) -> (u16, &str, &str) {
    let headers = response.headers();
    (
        response.status().as_u16(),
        only_header_value(headers, "content-type"),
        only_header_value(headers, "cache-control"),
    )
}

const FOREVER: &str = "public, max-age=31536000, immutable";

#[tokio::test]
async fn files_of_the_build_have_a_media_type_and_are_cached_for_ever() {
    let (site, app) = site_and_app();
    for (file, kind) in [
        ("sallyport.js", "text/javascript; charset=utf-8"),
        ("sallyport.css", "text/css; charset=utf-8"),
        ("sallyport.wasm", "application/wasm"),
        ("sallyport_bg.wasm", "application/wasm"),
    ] {
        let response =
            send_request(&app, get_request(&site.url_of_file_in_build_folder(file))).await;
        assert_eq!(
            status_type_and_caching(&response),
            (200, kind, FOREVER),
            "{file}"
        );
        assert_eq!(
            only_header_value(response.headers(), "vary"),
            "accept-encoding"
        );
        assert_eq!(
            only_header_value(response.headers(), "x-content-type-options"),
            "nosniff"
        );
    }
}

#[tokio::test]
async fn best_encoding_that_the_browser_accepts_is_sent() {
    let (site, app) = site_and_app();
    let script = || get_request(&site.url_of_file_in_build_folder("sallyport.js"));
    for (accept, encoding, body) in [
        ("gzip, deflate, br, zstd", Some("br"), "br script"),
        ("gzip", Some("gzip"), "gz script"),
        ("br;q=0, gzip;q=0.1", Some("gzip"), "gz script"),
        ("identity", None, "script"),
    ] {
        let response = send_request(&app, with_header(script(), "accept-encoding", accept)).await;
        let sent = response
            .headers()
            .get("content-encoding")
            .map(|value| value.to_str().expect("header value is text"));
        assert_eq!(sent, encoding, "{accept}");
        assert_eq!(read_body_text(response).await, body);
    }
    let plain = with_header(
        get_request(&site.url_of_file_in_build_folder("sallyport.css")),
        "accept-encoding",
        "br",
    );
    assert!(
        !send_request(&app, plain)
            .await
            .headers()
            .contains_key("content-encoding")
    );
}

#[tokio::test]
async fn cached_file_is_answered_with_304() {
    let (site, app) = site_and_app();
    let request = |known: &str| {
        let request = with_header(
            get_request(&site.url_of_file_in_build_folder("sallyport.js")),
            "accept-encoding",
            "br",
        );
        with_header(request, "if-none-match", known)
    };
    let response = send_request(&app, request("\"other\"")).await;
    assert_eq!(response.status(), 200);
    let tag = only_header_value(response.headers(), "etag").to_owned();
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let response = send_request(&app, request(&known)).await;
        assert_eq!(response.status(), 304, "{known}");
        assert_eq!(only_header_value(response.headers(), "etag"), tag);
        assert_eq!(
            only_header_value(response.headers(), "cache-control"),
            FOREVER
        );
        assert!(response.headers().contains_key("content-security-policy"));
        assert_eq!(read_body_text(response).await, "");
    }
    let as_gzip = with_header(request(&tag), "accept-encoding", "gzip");
    assert_eq!(
        request_status(&app, as_gzip).await,
        200,
        "each encoding has a different ETag"
    );
}

#[tokio::test]
async fn path_outside_the_built_site_is_not_found() {
    let (site, app) = site_and_app();
    let url = site.url_of_file_in_build_folder("sallyport.js");
    let id = url.split('/').nth(2).expect("URL contains a hash");
    for path in [
        "/pkg/".to_owned(),
        "/pkg/sallyport.js".to_owned(),
        "/pkg/0000000000000000/sallyport.js".to_owned(),
        format!("/pkg/{id}"),
        format!("/pkg/{id}/"),
        format!("/pkg/{id}/missing.js"),
        format!("/pkg/{id}/sallyport.css"),
        format!("/pkg/{id}/sallyport.js.br"),
        format!("/pkg/{id}/sallyport.js.map"),
        format!("/pkg/{id}/.env"),
        format!("/pkg/{id}/../Cargo.toml"),
        format!("/pkg/{id}/..%2fCargo.toml"),
        format!("/pkg/{id}/%2e%2e/favicon.svg"),
        format!("/pkg/{id}/sallyport.js%00"),
        format!("/pkg/{id}/sallyport%2ejs"),
        format!("/pkg/{id}//sallyport.js"),
        "/favicon.ico".to_owned(),
        "/Cargo.toml".to_owned(),
    ] {
        let response = send_request(&app, get_request(&path)).await;
        assert_eq!(
            status_type_and_caching(&response),
            (404, "text/html; charset=utf-8", "no-store"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn head_request_gets_the_length_without_the_body() {
    let (site, app) = site_and_app();
    let mut request = get_request(&site.url_of_file_in_build_folder("sallyport.js"));
    *request.method_mut() = Method::HEAD;
    let response = send_request(&app, request).await;
    assert_eq!(only_header_value(response.headers(), "content-length"), "6");
    assert_eq!(read_body_text(response).await, "");
}

#[tokio::test]
async fn icon_at_the_root_is_cached_for_a_day() {
    let (_, app) = site_and_app();
    let response = send_request(&app, get_request("/favicon.svg")).await;
    assert_eq!(
        status_type_and_caching(&response),
        (200, "image/svg+xml; charset=utf-8", "public, max-age=86400")
    );
    assert_eq!(read_body_text(response).await, "<svg/>");
}

#[tokio::test]
async fn files_of_a_site_with_reload_are_revalidated_at_each_use() {
    let site = Site::load_from_source(create_site_with_script(b"script"), true);
    let app = add_middleware_to_router(
        site.create_static_file_router(),
        create_middleware_settings(),
    );
    assert_eq!(
        site.url_of_file_in_build_folder("sallyport.css"),
        "/pkg/sallyport.css"
    );
    for path in ["/pkg/sallyport_bg.wasm", "/favicon.svg"] {
        let response = send_request(&app, get_request(path)).await;
        assert_eq!(
            (
                response.status().as_u16(),
                only_header_value(response.headers(), "cache-control")
            ),
            (200, "no-cache")
        );
        to_bytes(response.into_body(), 64)
            .await
            .expect("the body is read");
    }
    for hidden in ["/pkg/.env", "/pkg/..%2fCargo.toml", "/pkg/sallyport.js.map"] {
        assert_eq!(
            request_status(&app, get_request(hidden)).await,
            404,
            "{hidden}"
        );
    }
}

#[test]
fn url_of_a_static_file_changes_only_with_its_content() {
    let urls = |script| {
        let site = Site::load_from_source(create_site_with_script(script), false);
        ["sallyport.js", "sallyport.css", "sallyport_bg.wasm"]
            .map(|file| site.url_of_file_in_build_folder(file))
    };
    let [script, style, wasm] = urls(b"script");
    let [changed_script, same_style, same_wasm] = urls(b"scripT");
    assert_ne!(script, changed_script);
    assert_eq!((style, wasm), (same_style, same_wasm));
}

#[tokio::test]
async fn sign_in_text_file_has_empty_entries_for_other_pages() {
    let (site, app) = site_and_app();
    let mut lists = Vec::new();
    for url in [
        site.texts_url(Language::English),
        site.sign_in_texts_url(Language::English),
    ] {
        let body = read_body_text(send_request(&app, get_request(&url)).await).await;
        lists.push(serde_json::from_str::<Vec<String>>(&body).expect("a list of texts"));
    }
    let [all, sign_in] = lists.try_into().expect("two lists");
    assert_eq!(all.len(), sign_in.len());
    // Each text in the list of the sign-in page equals that in the whole list, or is empty.
    for (text, of_sign_in) in all.iter().zip(&sign_in) {
        assert!(of_sign_in.is_empty() || of_sign_in == text, "{of_sign_in}");
    }
    let sign_in: Vec<&str> = sign_in.iter().map(String::as_str).collect();
    assert!(sign_in.contains(&"Username or email"));
    assert!(!sign_in.contains(&"Create new codes"));
}

#[tokio::test]
async fn text_file_of_each_language_is_a_json_list_with_its_hash_in_the_url() {
    let (site, app) = site_and_app();
    for (language, text) in [
        (Language::English, "\"Full name\""),
        (Language::German, "\"Vor- und Nachname\""),
    ] {
        let url = site.texts_url(language);
        let response = send_request(&app, get_request(&url)).await;
        assert_eq!(
            status_type_and_caching(&response),
            (200, "application/json", FOREVER)
        );
        assert!(
            self::read_body_text(response)
                .await
                .starts_with(&format!("[{text}"))
        );
        let compressed = send_request(
            &app,
            with_header(get_request(&url), "accept-encoding", "gzip"),
        )
        .await;
        assert_eq!(
            only_header_value(compressed.headers(), "content-encoding"),
            "gzip"
        );
    }
    assert_ne!(
        site.texts_url(Language::English).split('/').nth(2),
        site.texts_url(Language::German).split('/').nth(2)
    );
}

#[tokio::test]
async fn root_file_is_cached_for_ever_only_if_the_url_has_its_hash() {
    let (site, app) = site_and_app();
    let url = site.url_of_root_file("/favicon.svg");
    for (url, caching) in [
        (url.as_str(), FOREVER),
        ("/favicon.svg?other", "public, max-age=86400"),
        ("/favicon.svg?", "public, max-age=86400"),
    ] {
        let response = send_request(&app, get_request(url)).await;
        assert_eq!(
            only_header_value(response.headers(), "cache-control"),
            caching,
            "{url}"
        );
    }
}

#[tokio::test]
async fn default_touch_icon_is_served_by_the_router_of_icons_only() {
    const ICON: &str = "/apple-touch-icon.png";
    let (site, app) = site_and_app();
    assert_eq!(request_status(&app, get_request(ICON)).await, 404);
    let icons = add_middleware_to_router(
        site.create_default_browser_icon_router(),
        create_middleware_settings(),
    );
    let response = send_request(&icons, get_request(ICON)).await;
    assert_eq!(
        status_type_and_caching(&response),
        (200, "image/png", "public, max-age=86400")
    );
    let public = concat!(env!("CARGO_MANIFEST_DIR"), "/public");
    for path in ICONS_AT_ROOT {
        assert!(std::fs::exists(format!("{public}{path}")).expect("a folder"));
    }
}
