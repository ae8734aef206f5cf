//! Starts an app with an operator's brand, and finds remains of the default product name.

use std::path::Path;

use super::app::{Database, TestApp};
use super::wire::Response;

pub const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
pub const LOGO_DARK: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" fill=\"white\"/>";
pub const NAME: &str = "Acme Bank & Söhne";
pub const ACCENT_LIGHT: &str = "#7a1f5c";
pub const ACCENT_DARK: &str = "#f0a8d8";
pub const NAME_AS_HTML: &str = "Acme Bank &amp; Söhne";

/// Returns the first bytes of a square PNG file with `side` pixels on each side.
pub fn png_header(side: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(side.to_be_bytes());
    file.extend(side.to_be_bytes());
    file
}

/// Starts an app with every brand setting. Writes its images into `folder`.
pub async fn start_branded_app_with_files(folder: &Path, database: Database) -> TestApp {
    let (logo, icon) = (folder.join("logo.svg"), folder.join("icon.png"));
    let dark = folder.join("dark.svg");
    std::fs::write(&dark, LOGO_DARK).expect("image file is written");
    std::fs::write(&logo, LOGO).expect("image file is written");
    std::fs::write(&icon, png_header(512)).expect("image file is written");
    TestApp::builder(database)
        .with_setting("SALLYPORT_BRAND_NAME", NAME)
        .with_setting("SALLYPORT_BRAND_SMS_NAME", "Acme Bank")
        .with_setting("SALLYPORT_BRAND_LOGO", &logo.display().to_string())
        .with_setting("SALLYPORT_BRAND_LOGO_DARK", &dark.display().to_string())
        .with_setting("SALLYPORT_BRAND_ICON", &icon.display().to_string())
        .with_setting("SALLYPORT_BRAND_ACCENT_LIGHT", ACCENT_LIGHT)
        .with_setting("SALLYPORT_BRAND_ACCENT_DARK", ACCENT_DARK)
        .with_setting("SALLYPORT_BRAND_SUPPORT_URL", "mailto:help@acme.example")
        .with_setting(
            "SALLYPORT_BRAND_IMPRINT_URL",
            "https://acme.example/imprint",
        )
        .with_setting("SALLYPORT_BRAND_PRIVACY_URL", "/privacy")
        .with_setting("SALLYPORT_BRAND_TERMS_URL", "https://acme.example/terms")
        .with_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_EN", "Your customer account")
        .with_setting("SALLYPORT_BRAND_SIGN_IN_TEXT_DE", "Ihr Kundenkonto")
        .with_setting("SALLYPORT_BRAND_FOOTER_TEXT_EN", "Acme Bank, London")
        .with_setting("SALLYPORT_BRAND_FOOTER_TEXT_DE", "Acme Bank, Berlin")
        .start()
        .await
}

/// Starts an app with every brand setting.
pub async fn start_branded_app(database: Database) -> TestApp {
    let folder = tempfile::tempdir().expect("temporary directory is created");
    start_branded_app_with_files(folder.path(), database).await
}

/// Panics if the text contains the default product name. `place` appears in the message.
#[track_caller]
pub fn assert_default_name_absent(place: &str, text: &str) {
    let found = text.to_lowercase().contains("sallyport");
    assert!(!found, "{place} contains the default name: {text}");
}

/// Removes scripts, and links to files of the build, whose names contain the default product name.
pub fn strip_build_file_names(html: &str) -> String {
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

/// Panics if the body or the headers of a response contain the default product name. Cookie names and API realms are
/// exempt. Returns the body.
#[track_caller]
pub fn assert_response_without_default_name(place: &str, response: &Response) -> String {
    let text = response.text();
    assert_default_name_absent(place, &strip_build_file_names(&text));
    for (name, value) in &response.headers {
        if name != "set-cookie" && name != "www-authenticate" {
            assert_default_name_absent(&format!("{place}, header {name}"), value);
        }
    }
    text
}
