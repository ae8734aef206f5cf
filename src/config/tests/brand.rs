//! The settings of the brand.

use super::*;
use crate::config::BrandFile;

const NAME: &str = "SALLYPORT_BRAND_NAME";
const SMS_NAME: &str = "SALLYPORT_BRAND_SMS_NAME";
const LOGO: &str = "SALLYPORT_BRAND_LOGO";
const LOGO_DARK: &str = "SALLYPORT_BRAND_LOGO_DARK";
const ICON: &str = "SALLYPORT_BRAND_ICON";
pub(super) const ACCENT_LIGHT: &str = "SALLYPORT_BRAND_ACCENT_LIGHT";
const ACCENT_DARK: &str = "SALLYPORT_BRAND_ACCENT_DARK";
const SUPPORT_URL: &str = "SALLYPORT_BRAND_SUPPORT_URL";
const TERMS_URL: &str = "SALLYPORT_BRAND_TERMS_URL";
const FOOTER_TEXT: &str = "SALLYPORT_BRAND_FOOTER_TEXT_DE";

/// Returns the first bytes of a PNG file with this size in pixels.
pub(super) fn create_png_header(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file
}

/// Returns the CSS text of a style sheet.
fn css_text_of(file: Option<&BrandFile>) -> String {
    let file = file.expect("a style sheet");
    String::from_utf8(file.content.to_vec()).expect("UTF-8")
}

#[test]
fn accent_colour_with_low_contrast_is_refused_with_its_contrast_and_the_nearest_shade() {
    for (setting, accent, figures) in [
        (ACCENT_LIGHT, "#ffcc00", "1.33:1 with the page (#eef1f4)"),
        (ACCENT_LIGHT, "#777777", "with the page (#eef1f4)"),
        (ACCENT_DARK, "#1d4f91", "with a selected option"),
        (ACCENT_DARK, "#000000", ":1 with "),
    ] {
        let errors = config_error_text(&[(setting, accent)]);
        let start = format!("{setting}: `{accent}` has a contrast of ");
        assert_contains_all(&errors, &[&start, figures, "4.5:1 (WCAG 2.2 AA); set #"]);
        let suggested = errors.split("; set ").nth(1).map(|rest| &rest[..7]);
        let suggested = suggested.expect("a suggestion");
        let brand = load_config(&[(setting, suggested)]).brand;
        let palette = if setting == ACCENT_LIGHT {
            brand.light
        } else {
            brand.dark
        };
        assert_eq!(palette.expect("a palette").accent.to_string(), suggested);
    }
    for text in ["blue", "#12345", "7a1f5c", "#7a1f5g"] {
        let errors = config_error_text(&[(ACCENT_LIGHT, text)]);
        assert_contains_all(&errors, &[ACCENT_LIGHT, text, "such as #7a1f5c"]);
    }
}

#[test]
fn dark_accent_colour_is_derived_from_the_light_one() {
    let brand = load_config(&[(ACCENT_LIGHT, "#7a1f5c")]).brand;
    let dark = brand.dark.as_ref().expect("a dark palette");
    let dark = dark.accent.to_string();
    let same = load_config(&[(ACCENT_DARK, &dark)]).brand;
    assert_eq!(same.dark, brand.dark, "it has enough contrast");
    let css = css_text_of(brand.style_sheet.as_ref());
    let dark = format!("(prefers-color-scheme:dark){{:root{{--accent:{dark};");
    assert_contains_all(&css, &[":root{--accent:#7a1f5c;", &dark]);
    assert_eq!(load_config(&[]).brand.style_sheet, None);
}

#[test]
fn logo_must_be_a_small_picture() {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    let large = format!("<svg>{}</svg>", " ".repeat(102_400));
    let folder = create_directory_with_files(&[
        ("logo.svg", svg),
        ("other.svg", "<svg/>"),
        ("page.html", "<html></html>"),
        ("script.svg", "<svg><script/></svg>"),
        ("large.svg", &large),
    ]);
    let logo = |name| {
        let config = load_config_in(folder.path(), &[(LOGO, name)]).expect("a logo");
        config.brand.logo.expect("a logo")
    };
    assert_eq!(logo("logo.svg").media_type, "image/svg+xml");
    assert_eq!(*logo("logo.svg").content, *svg.as_bytes());
    assert_ne!(logo("logo.svg").path, logo("other.svg").path);
    for (name, problem) in [
        ("none.svg", "cannot be read"),
        (".", "is not a file"),
        (
            "page.html",
            "is not an SVG without scripts, a PNG or a WebP",
        ),
        ("script.svg", "is not an SVG without scripts"),
        (
            "large.svg",
            "has 102411 bytes, and at most 102400 are permitted",
        ),
        ("https://cdn.example.com/logo.png", "cannot be read"),
    ] {
        let errors = config_error_text_in(folder.path(), &[(LOGO, name)]);
        let start = format!("{LOGO}: `{name}` {problem}");
        assert_contains_all(&errors, &[&start, "such as /etc/sallyport/logo.svg"]);
    }
}

#[test]
fn logo_for_the_dark_theme_requires_a_logo() {
    let folder =
        create_directory_with_files(&[("logo.svg", "<svg/>"), ("dark.svg", "<svg></svg>")]);
    let both = [(LOGO, "logo.svg"), (LOGO_DARK, "dark.svg")];
    let brand = load_config_in(folder.path(), &both)
        .expect("two logos")
        .brand;
    let paths = [&brand.logo, &brand.logo_dark].map(|file| file.clone().expect("a logo").path);
    assert_ne!(paths[0], paths[1]);
    assert!(brand.list_brand_files().any(|file| file.path == paths[1]));
    let same = load_config_in(folder.path(), &[(LOGO, "logo.svg")])
        .expect("a logo")
        .brand;
    assert_eq!(same.logo_dark, None);
    for (settings, problem) in [
        (
            vec![(LOGO_DARK, "dark.svg")],
            "is set without SALLYPORT_BRAND_LOGO",
        ),
        (
            vec![(LOGO, "logo.svg"), (LOGO_DARK, "none.svg")],
            "`none.svg` cannot be read",
        ),
    ] {
        let errors = config_error_text_in(folder.path(), &settings);
        assert_contains_all(&errors, &[&format!("{LOGO_DARK}: {problem}")]);
    }
}

#[test]
fn icon_must_be_a_square_png_and_is_listed_in_the_manifest() {
    let folder = create_directory_with_files(&[("logo.svg", "<svg/>")]);
    for (name, content) in [
        ("icon.png", create_png_header(512, 512)),
        ("wide.png", create_png_header(512, 256)),
        ("small.png", create_png_header(64, 64)),
        ("large.png", create_png_header(2_048, 2_048)),
    ] {
        fs::write(folder.path().join(name), content).expect("file is written");
    }
    let brand = load_config_in(folder.path(), &[(ICON, "icon.png"), (NAME, "Acme Bank")]);
    let brand = brand.expect("an icon").brand;
    let manifest = serde_json::from_slice::<serde_json::Value>(&brand.manifest.content);
    let manifest = manifest.expect("valid JSON");
    assert_eq!(manifest["name"], "Acme Bank");
    assert_eq!(
        manifest["icons"][0]["src"],
        brand.icon.expect("an icon").path
    );
    assert_eq!(manifest["icons"][0]["sizes"], "512x512");
    for (name, problem) in [
        ("logo.svg", "is not a PNG"),
        (
            "wide.png",
            "has 512 x 256 pixels, and a square of 180 to 1024",
        ),
        ("small.png", "has 64 x 64 pixels"),
        ("large.png", "has 2048 x 2048 pixels"),
        ("none.png", "cannot be read"),
    ] {
        let errors = config_error_text_in(folder.path(), &[(ICON, name)]);
        let start = format!("{ICON}: `{name}` {problem}");
        assert_contains_all(&errors, &[&start, "such as /etc/sallyport/icon.png"]);
    }
}

#[test]
fn brand_name_too_long_for_a_text_message_requires_a_short_form() {
    for name in ["Acme Bank of London", "\u{160}koda", "银行", "<b>Acme</b>"] {
        let errors = config_error_text(&[(NAME, name)]);
        assert_contains_all(
            &errors,
            &[
                SMS_NAME,
                "does not fit into a text message",
                "such as Acme Bank",
            ],
        );
        let brand = load_config(&[(NAME, name), (SMS_NAME, "Acme Bank")]).brand;
        let names = (brand.name.as_str(), brand.sms_name.as_str());
        assert_eq!(names, (name, "Acme Bank"));
    }
    assert_eq!(
        load_config(&[(NAME, "Müller & Co")]).brand.sms_name,
        "Müller & Co"
    );
    for sms_name in ["Acme Bank PLC", "Acme\nBank", "€urobank", "&.-"] {
        assert_contains_all(
            &config_error_text(&[(SMS_NAME, sms_name)]),
            &[SMS_NAME, "does not fit"],
        );
    }
}

#[test]
fn unusable_brand_name_is_refused() {
    let long = "A".repeat(41);
    for (name, problem) in [
        ("Acme: Bank", "has a colon"),
        ("A\u{7}", "has control characters or invisible characters"),
        ("Acme\nBank", "has control characters"),
        ("Acme\u{202e}knaB", "has control characters or invisible"),
        (&long, "has 41 characters, and at most 40 are permitted"),
    ] {
        let errors = config_error_text(&[(NAME, name), (SMS_NAME, "Acme")]);
        assert_contains_all(&errors, &[NAME, problem, "such as Acme Bank"]);
    }
}

#[test]
fn brand_link_must_be_an_https_url_or_a_path() {
    for link in [
        "https://acme.example/help?a=1#b",
        "/help",
        "mailto:help@acme.example",
    ] {
        let brand = load_config_in(
            create_empty_directory().path(),
            &production_with(&[(SUPPORT_URL, link)]),
        );
        let brand = brand.expect("a link").brand;
        assert_eq!(brand.links.support.as_deref(), Some(link));
    }
    let in_development = load_config(&[(TERMS_URL, "http://127.0.0.1:8080/terms")]).brand;
    assert!(in_development.links.terms.is_some());
    for (setting, link, problem) in [
        (
            SUPPORT_URL,
            "http://acme.example",
            "does not begin with / or https:// or mailto:",
        ),
        (SUPPORT_URL, "javascript:alert(1)", "does not begin with"),
        (SUPPORT_URL, "//acme.example", "does not begin with"),
        (SUPPORT_URL, "/\\acme.example", "is not a valid URL"),
        (SUPPORT_URL, "help", "does not begin with"),
        (SUPPORT_URL, "https://", "is not a valid URL"),
        (
            SUPPORT_URL,
            "https://a:b@acme.example",
            "is not a valid URL",
        ),
        (
            SUPPORT_URL,
            "https://acme.example/\"onclick=\"",
            "is not a valid URL",
        ),
        (SUPPORT_URL, "mailto:help", "is not a valid URL"),
        (
            TERMS_URL,
            "mailto:help@acme.example",
            "does not begin with / or https://",
        ),
    ] {
        let errors = config_error_text(&production_with(&[(setting, link)]));
        let start = format!("{setting}: `{link}` {problem}");
        assert_contains_all(&errors, &[&start, "such as https://www.example.com/"]);
    }
}

#[test]
fn brand_text_must_be_one_short_line_in_a_known_language() {
    let long = "ä".repeat(301);
    for (text, problem) in [
        (
            long.as_str(),
            "has 301 characters, and at most 300 are permitted",
        ),
        ("one\ntwo", "has line breaks"),
        ("one\u{2028}two", "has line breaks"),
        ("one\u{1b}[31m", "control characters"),
        ("one\u{200b}two", "invisible characters"),
    ] {
        let errors = config_error_text(&[(FOOTER_TEXT, text)]);
        assert_contains_all(&errors, &[FOOTER_TEXT, problem, "such as Acme Bank"]);
    }
    let markup = "<b>Acme</b> & \"Co\"";
    let brand = load_config(&[(FOOTER_TEXT, markup)]).brand;
    assert_eq!(
        brand.footer_text.text_in_language(domain::Language::German),
        Some(markup)
    );
    assert_eq!(
        brand
            .footer_text
            .text_in_language(domain::Language::English),
        None
    );
    for unknown in [
        "SALLYPORT_BRAND_FOOTER_TEXT_IT",
        "SALLYPORT_BRAND_FOOTER_TEXT",
    ] {
        let errors = config_error_text(&[(unknown, "Acme")]);
        assert_contains_all(
            &errors,
            &[
                unknown,
                "is not a variable",
                "did you mean SALLYPORT_BRAND_FOOTER_TEXT_",
            ],
        );
    }
}

#[test]
fn sender_of_mails_to_the_simulator_has_the_name_of_the_brand() {
    let mail = load_config(&[(NAME, "Acme Bank")]).notifications.mail;
    let from = mail.expect("mail is configured").from;
    assert_eq!(from.name.as_deref(), Some("Acme Bank"));
}
