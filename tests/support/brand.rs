//! An app with the brand of an operator, and the search for the default name.

use std::path::Path;

use super::app::{Database, TestApp};
use super::wire::Response;

pub const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
pub const LOGO_DARK: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" fill=\"white\"/>";
pub const NAME: &str = "Acme Bank & Söhne";
pub const NAME_AS_HTML: &str = "Acme Bank &amp; Söhne";

pub fn png(side: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(side.to_be_bytes());
    file.extend(side.to_be_bytes());
    file
}

/// An app with every setting of the brand. Its pictures are in `folder`.
pub async fn branded_app_with(folder: &Path, database: Database) -> TestApp {
    let (logo, icon) = (folder.join("logo.svg"), folder.join("icon.png"));
    let dark = folder.join("dark.svg");
    std::fs::write(&dark, LOGO_DARK).expect("a file");
    std::fs::write(&logo, LOGO).expect("a file");
    std::fs::write(&icon, png(512)).expect("a file");
    TestApp::on(database)
        .with("SALLYPORT_BRAND_NAME", NAME)
        .with("SALLYPORT_BRAND_SMS_NAME", "Acme Bank")
        .with("SALLYPORT_BRAND_LOGO", &logo.display().to_string())
        .with("SALLYPORT_BRAND_LOGO_DARK", &dark.display().to_string())
        .with("SALLYPORT_BRAND_ICON", &icon.display().to_string())
        .with("SALLYPORT_BRAND_ACCENT_LIGHT", "#7a1f5c")
        .with("SALLYPORT_BRAND_ACCENT_DARK", "#f0a8d8")
        .with("SALLYPORT_BRAND_SUPPORT_URL", "mailto:help@acme.example")
        .with(
            "SALLYPORT_BRAND_IMPRINT_URL",
            "https://acme.example/imprint",
        )
        .with("SALLYPORT_BRAND_PRIVACY_URL", "/privacy")
        .with("SALLYPORT_BRAND_TERMS_URL", "https://acme.example/terms")
        .with("SALLYPORT_BRAND_SIGN_IN_TEXT_EN", "Your customer account")
        .with("SALLYPORT_BRAND_SIGN_IN_TEXT_DE", "Ihr Kundenkonto")
        .with("SALLYPORT_BRAND_FOOTER_TEXT_EN", "Acme Bank, London")
        .with("SALLYPORT_BRAND_FOOTER_TEXT_DE", "Acme Bank, Berlin")
        .start()
        .await
}

pub async fn branded_app(database: Database) -> TestApp {
    let folder = tempfile::tempdir().expect("a directory");
    branded_app_with(folder.path(), database).await
}

#[track_caller]
pub fn assert_branded(place: &str, text: &str) {
    let found = text.to_lowercase().contains("sallyport");
    assert!(!found, "{place} contains the default name: {text}");
}

/// The HTML without scripts, which name the files of the build, and without links to these files.
pub fn without_file_names(html: &str) -> String {
    let mut shown = String::new();
    for part in html.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        let names_files = tag.starts_with("link") && tag.contains("\"/pkg/");
        if tag.starts_with("script") {
            continue;
        }
        shown += if names_files { "" } else { tag };
        shown += " ";
        shown += text;
    }
    shown
}

/// Checks the body of a response and its headers. Names of cookies and realms of the API are for programs.
#[track_caller]
pub fn assert_response_branded(place: &str, response: &Response) -> String {
    let text = response.text();
    assert_branded(place, &without_file_names(&text));
    for (name, value) in &response.headers {
        if name != "set-cookie" && name != "www-authenticate" {
            assert_branded(&format!("{place}, header {name}"), value);
        }
    }
    text
}
