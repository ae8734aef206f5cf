//! The gallery of development: every page in every state.

use std::collections::BTreeSet;

use domain::Language;

use super::configuration::{PRODUCTION_HOST, start_production};
use crate::support::wire::Request;
use crate::support::{Database, TestApp, page};

/// The names of the entries on the list.
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

#[tokio::test(flavor = "multi_thread")]
async fn production_server_has_no_gallery() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (mut process, address) = start_production(directory.path()).await;
    let get = |path: &str| Request::get(path).with_header("Host", PRODUCTION_HOST);
    for path in ["/_gallery", "/_gallery/sign-in", "/_gallery?lang=de"] {
        assert_eq!(get(path).send(address).await.status, 404, "{path}");
    }
    assert_eq!(get("/login").send(address).await.status, 200);
    process.send_signal("TERM");
    process.wait_for_exit().await;
}
