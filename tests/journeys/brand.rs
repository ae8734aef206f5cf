//! The brand of an operator: messages, error pages, files and invalid settings.

use crate::support::brand::{
    LOGO, LOGO_DARK, NAME, NAME_AS_HTML, assert_default_name_absent,
    assert_response_without_default_name, png_header, start_branded_app,
    start_branded_app_with_files, strip_build_file_names,
};
use crate::support::wire::{Request, send_bytes};
use crate::support::{Database, TestApp, call, on_both_databases, page};

on_both_databases![
    error_pages_and_api_documents_do_not_contain_the_default_name,
    html_in_the_brand_is_shown_as_text,
    service_without_settings_has_the_default_brand,
    brand_files_are_served_from_the_same_origin,
    url_of_the_logo_changes_with_its_content,
    start_with_an_invalid_brand_fails_with_the_setting_and_an_example,
];

/// Returns requests that the server refuses, each with the name of the part that refuses it.
fn requests_refused_by_the_server() -> Vec<(&'static str, Request)> {
    let form = Request::new("POST", "/api/login").with_form(&[("identifier", "ann")]);
    let large = "a".repeat(20_000);
    vec![
        ("method", Request::new("DELETE", "/login")),
        (
            "host",
            Request::get("/login").with_header("Host", "evil.example"),
        ),
        (
            "origin",
            form.clone().with_header("Origin", "https://evil.example"),
        ),
        ("size", form.clone().with_form(&[("identifier", &large)])),
        ("type", form.with_body("text/plain", "a")),
        ("file", Request::get("/pkg/nothing.js")),
        ("picture", Request::get("/brand/logo-0.svg")),
        ("well-known", Request::get("/.well-known/change-password")),
        ("robots", Request::get("/robots.txt")),
        ("API", Request::get("/v1/nothing")),
        ("account", Request::get("/v1/me")),
    ]
}

async fn error_pages_and_api_documents_do_not_contain_the_default_name(database: Database) {
    let app = start_branded_app(database).await;
    for (place, request) in requests_refused_by_the_server() {
        for accept in ["text/html", "application/json"] {
            for language in ["en", "de"] {
                let request = request.clone().with_header("Accept", accept);
                let request = request.with_header("Accept-Language", language);
                let response = request.send(app.address).await;
                assert!(response.status >= 400, "{place}: {}", response.status);
                let text = response.text().replace("urn:sallyport:problem:", "");
                assert_default_name_absent(place, &strip_build_file_names(&text));
                if text.contains("<title>") {
                    let title = format!("– {NAME_AS_HTML}</title>");
                    assert!(text.contains(&title), "{place}: {text}");
                }
            }
        }
    }
    let refused = Request::new("DELETE", "/login").with_header("Accept", "text/html");
    let text = refused.send(app.address).await.text();
    for part in ["--link:#7a1f5c", "--link:#f0a8d8"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let malformed = send_bytes(app.address, b"GET\r\n\r\n", "GET").await;
    assert_response_without_default_name("malformed request", &malformed);
    for path in [
        "/healthz",
        "/readyz",
        "/.well-known/jwks.json",
        "/favicon.svg",
    ] {
        assert_response_without_default_name(path, &Request::get(path).send(app.address).await);
    }
    let document = Request::get("/v1/openapi.json").send(app.address).await;
    assert_eq!(document.json()["info"]["title"], NAME);
    let names_of_programs = [
        "Sallyport-Device",
        "Sallyport-Flow",
        "urn:sallyport:problem:",
        "sallyport-account",
    ];
    let text = names_of_programs
        .iter()
        .fold(document.text(), |text, name| text.replace(name, ""));
    assert_default_name_absent("OpenAPI document", &text);
}

async fn html_in_the_brand_is_shown_as_text(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_BRAND_NAME", "<b>Acme</b> \"&\" 'Co'")
        .with_setting("SALLYPORT_BRAND_SMS_NAME", "Acme")
        .with_setting(
            "SALLYPORT_BRAND_SIGN_IN_TEXT_EN",
            "<script>alert(1)</script>",
        )
        .with_setting("SALLYPORT_BRAND_FOOTER_TEXT_EN", "</footer><img src=x>")
        .with_setting(
            "SALLYPORT_BRAND_SUPPORT_URL",
            "https://acme.example/?a=1&b=2",
        )
        .start()
        .await;
    let mut browser = app.new_browser();
    let sign_in = browser.load_page("/login").await.text();
    for part in [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;/footer&gt;&lt;img src=x&gt;",
        "– &lt;b&gt;Acme&lt;/b&gt; &quot;&amp;&quot; &#39;Co&#39;</title>",
        "https://acme.example/?a=1&amp;b=2",
    ] {
        assert!(sign_in.contains(part), "{part} is not in {sign_in}");
    }
    let ann = app.register_user().await;
    browser.sign_in(&app, &ann).await;
    let made = browser.submit_form(&call::create_recovery_codes("0")).await;
    let mail = app.simulator.mailbox_of(&ann.email).next_mail().await;
    assert!(
        mail.text.ends_with("\n<b>Acme</b> \"&\" 'Co'\n"),
        "{}",
        mail.text
    );
    let refused = Request::new("DELETE", "/login").with_header("Accept", "text/html");
    let texts = [
        sign_in,
        made.response.text(),
        browser.load_page("/nothing").await.text(),
        refused.send(app.address).await.text(),
        mail.html,
    ];
    for text in texts {
        assert!(text.contains("&lt;b&gt;Acme"), "{text}");
        for part in ["<b>Acme", "<script>alert", "<img src=x"] {
            assert!(!text.contains(part), "{part} is in {text}");
        }
    }
}

async fn service_without_settings_has_the_default_brand(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser();
    let sign_in = browser.load_page("/login").await.text();
    for part in [
        "– Sallyport</title>",
        "<span>Sallyport",
        "href=\"/favicon.svg\"",
        "href=\"/apple-touch-icon.png\"",
    ] {
        assert!(sign_in.contains(part), "{part} is not in {sign_in}");
    }
    let footer = page::texts_between(&sign_in, "<footer", "</footer>").pop();
    let footer = footer.expect("a footer");
    for part in ["<p>", "<nav"] {
        assert!(!footer.contains(part), "{part} is in {footer}");
    }
    assert!(!sign_in.contains("/brand/style"), "{sign_in}");
    assert!(!sign_in.contains("/brand/logo"), "{sign_in}");
}

/// Returns the address in the page that begins with `start`.
fn find_file_address(html: &str, start: &str) -> String {
    let mut rest = page::texts_between(html, start, "\"");
    assert_eq!(rest.len(), 1, "{start} is once in {html}");
    format!("{start}{}", rest.remove(0))
}

async fn brand_files_are_served_from_the_same_origin(database: Database) {
    let app = start_branded_app(database).await;
    let mut browser = app.new_browser();
    let response = browser.load_page("/login").await;
    let policy = response
        .header("content-security-policy")
        .expect("a policy");
    for part in [
        "img-src 'self' data:; ",
        "manifest-src 'self'; ",
        "style-src 'self'; ",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert!(
        !policy.contains("http") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    let sign_in = response.text();
    let form = page::texts_between(&sign_in, "<section class=\"card\"", "</section>").remove(0);
    assert!(form.contains("Your customer account"), "{form}");
    assert!(
        sign_in.contains(&format!("alt=\"{NAME_AS_HTML}\"")),
        "{sign_in}"
    );
    let icon = page::texts_between(&sign_in, "rel=\"icon\" href=\"", "\"").remove(0);
    for (address, media_type, content) in [
        (
            find_file_address(&sign_in, "/brand/logo-"),
            "image/svg+xml",
            LOGO.as_bytes(),
        ),
        (
            page::texts_between(
                &sign_in,
                "<source srcset=\"",
                "\" media=\"(prefers-color-scheme: dark)\"",
            )
            .remove(0),
            "image/svg+xml",
            LOGO_DARK.as_bytes(),
        ),
        (
            find_file_address(&sign_in, "/brand/style-"),
            "text/css; charset=utf-8",
            b"--accent:#7a1f5c;",
        ),
        (
            find_file_address(&sign_in, "/brand/manifest-"),
            "application/manifest+json",
            icon.as_bytes(),
        ),
        (icon.clone(), "image/png", &png_header(512)),
    ] {
        let file = browser.load_page(&address).await;
        let seen = (
            file.status,
            file.header("content-type"),
            file.header("cache-control"),
        );
        let forever = "public, max-age=31536000, immutable";
        assert_eq!(seen, (200, Some(media_type), Some(forever)), "{address}");
        let found = file.body.windows(content.len()).any(|part| part == content);
        assert!(found, "{address}: {}", file.text());
        assert_response_without_default_name(&address, &file);
    }
    for path in ["/favicon.ico", "/apple-touch-icon.png"] {
        assert_eq!(
            browser.load_page(path).await.body,
            png_header(512),
            "{path}"
        );
    }
}

async fn url_of_the_logo_changes_with_its_content(database: Database) {
    let folder = tempfile::tempdir().expect("temporary directory is created");
    let mut app = start_branded_app_with_files(folder.path(), database).await;
    let before = app.new_browser().load_page("/login").await.text();
    app.process.kill().await;
    std::fs::write(folder.path().join("logo.svg"), "<svg></svg>").expect("file is written");
    app.restart().await;
    let mut browser = app.new_browser();
    let after = browser.load_page("/login").await.text();
    let (old, new) = (
        find_file_address(&before, "/brand/logo-"),
        find_file_address(&after, "/brand/logo-"),
    );
    assert_ne!(old, new);
    assert_eq!(browser.load_page(&new).await.text(), "<svg></svg>");
    assert_eq!(browser.load_page(&old).await.status, 404);
    let style = |html: &str| find_file_address(html, "/brand/style-");
    assert_eq!(
        style(&before),
        style(&after),
        "other files keep their address"
    );
}

async fn start_with_an_invalid_brand_fails_with_the_setting_and_an_example(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_BRAND_NAME", "Acme")
        .start()
        .await;
    app.process.kill().await;
    app.change_setting("SALLYPORT_BRAND_ACCENT_LIGHT", "#ffcc00");
    app.change_setting("SALLYPORT_BRAND_LOGO", "missing.svg");
    app.change_setting("SALLYPORT_BRAND_TERMS_URL", "ftp://acme.example");
    let output = app.start_and_read_failure().await;
    for part in [
        "SALLYPORT_BRAND_ACCENT_LIGHT: `#ffcc00` has a contrast of 1.33:1",
        "set #",
        "SALLYPORT_BRAND_LOGO: `missing.svg` cannot be read",
        "such as /etc/sallyport/logo.svg",
        "SALLYPORT_BRAND_TERMS_URL: `ftp://acme.example` does not begin with",
        "such as https://www.example.com/privacy",
    ] {
        assert!(output.contains(part), "{part} is not in {output}");
    }
}
