//! The gallery of development: every page in every state.

use std::collections::BTreeSet;
use std::path::Path;

use domain::Language;

use super::configuration::{PRODUCTION_HOST, start_production};
use crate::support::wire::Request;
use crate::support::{Database, TestApp, page};

/// Returns the names of the entries on the list page of the gallery.
fn entry_names(list: &str) -> Vec<String> {
    page::texts_between(list, "data-entry=\"", "\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_of_the_gallery_is_shown_in_every_language() {
    let app = TestApp::builder(Database::Sqlite).start().await;
    let mut browser = app.new_browser();
    let list = browser.load_page("/_gallery").await;
    assert_eq!(list.status, 200);
    let names = entry_names(&list.text());
    assert!(names.len() > 90, "{names:?}");
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    for language in Language::ALL {
        let tag = language.language_tag();
        let list = browser
            .load_page(&format!("/_gallery?lang={tag}"))
            .await
            .text();
        for name in &names {
            let path = format!("/_gallery/{name}?lang={tag}");
            assert!(list.contains(&path), "{path} is not on the list");
            let response = browser.load_page(&path).await;
            assert_eq!(response.status, 200, "{path}");
            assert!(
                response.text().contains(&format!("<html lang=\"{tag}\"")),
                "{path} has another language"
            );
            assert!(response.header("set-cookie").is_none(), "{path}");
            let policy = response.header("content-security-policy");
            let policy = policy.unwrap_or_default();
            assert!(policy.contains("form-action 'none'"), "{path}: {policy}");
            assert!(!policy.contains("connect-src 'self'"), "{path}: {policy}");
        }
    }
    assert_eq!(browser.load_page("/_gallery/nothing").await.status, 404);
}

/// Returns the names of all islands in the Rust files below `folder`.
fn island_names(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("folder is read") {
        let path = file.expect("folder entry is read").path();
        if path.is_dir() {
            names.extend(island_names(&path));
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("source file is read");
        names.extend(page::texts_between(&source, "#[island]\npub fn ", "("));
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn every_island_is_on_an_entry_of_the_gallery() {
    let app = TestApp::builder(Database::Sqlite).start().await;
    let mut browser = app.new_browser();
    let list = browser.load_page("/_gallery").await.text();
    let mut missing = island_names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/islands"));
    assert!(missing.len() > 20, "{missing:?}");
    for name in entry_names(&list) {
        let entry = browser.load_page(&format!("/_gallery/{name}")).await.text();
        missing.retain(|island| {
            let end_of_name = ['_', '"'];
            let has_island = |end| entry.contains(&format!("data-component=\"{island}{end}"));
            !end_of_name.into_iter().any(has_island)
        });
    }
    assert_eq!(missing, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_the_sign_in_page_load_the_files_of_that_page() {
    let app = TestApp::builder(Database::Sqlite).start().await;
    let mut browser = app.new_browser();
    let mut files_of = async |path: &str| {
        let text = browser.load_page(path).await.text();
        let styles = page::texts_between(&text, "<link rel=\"stylesheet\" href=\"", "\"");
        (page::texts_between(&text, "data-wasm=\"", "\""), styles)
    };
    let sign_in = files_of("/login").await;
    assert_eq!(files_of("/_gallery/sign-in").await, sign_in);
    assert_eq!(files_of("/_gallery/method-dialog").await, sign_in);
    assert_ne!(files_of("/_gallery/set-up").await, sign_in);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_server_has_no_gallery() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let (mut process, address) = start_production(directory.path()).await;
    let get = |path: &str| Request::get(path).with_header("Host", PRODUCTION_HOST);
    for path in ["/_gallery", "/_gallery/sign-in", "/_gallery?lang=de"] {
        assert_eq!(get(path).send(address).await.status, 404, "{path}");
    }
    assert_eq!(get("/login").send(address).await.status, 200);
    process.send_signal("TERM");
    process.wait_for_exit().await;
}
