//! The language of pages: from the browser or chosen on the page.

use domain::{Language, Purpose};
use serde_json::json;

use crate::support::wire::Response;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page, wrong_code};

on_both_databases![
    pages_use_the_language_of_accept_language,
    each_language_is_negotiated_and_chosen_by_its_own_name,
    chosen_language_takes_precedence_over_accept_language,
    language_choice_redirects_only_within_the_application,
    language_choice_on_a_payment_page_returns_to_it,
    error_texts_use_the_language_of_the_browser,
    notifications_use_the_language_of_the_last_sign_in,
    api_sign_in_sets_the_language_only_of_an_account_without_one,
];

/// Asserts that a page has this language tag and shows these words.
fn assert_language(page: &Response, tag: &str, words: &str) {
    let text = page.text();
    assert!(text.contains(&format!("<html lang=\"{tag}\"")), "{text}");
    assert!(text.contains(words), "{words:?} is not on {text}");
}

async fn pages_use_the_language_of_accept_language(database: Database) {
    let app = TestApp::start(database).await;
    for (reads, tag, title) in [
        ("", "en", "Create your account"),
        ("de-CH, it;q=0.9", "de", "Konto anlegen"),
        ("it, en;q=0.8, de;q=0.3", "en", "Create your account"),
        ("de;q=nonsense", "en", "Create your account"),
        ("fr-CA, en;q=0.5", "fr", "Créer votre compte"),
        ("es-MX, en;q=0.5", "es", "Crear su cuenta"),
        ("pt-PT, en;q=0.5", "pt-BR", "Criar sua conta"),
        ("pl-PL, en;q=0.5", "pl", "Utwórz konto"),
    ] {
        let mut browser = app.new_browser().with_accept_language(reads);
        assert_language(&browser.load_page("/register").await, tag, title);
    }
    let missing = app
        .new_browser()
        .with_accept_language("de")
        .load_page("/nowhere")
        .await;
    assert_eq!(missing.status, 404);
    assert_language(&missing, "de", "Seite nicht gefunden");
}

/// Each page offers each language by its own name. A browser gets a language by its preference or by the choice of the
/// user.
async fn each_language_is_negotiated_and_chosen_by_its_own_name(database: Database) {
    let app = TestApp::start(database).await;
    let mut chooser = app.new_browser().without_scripts();
    for language in Language::ALL {
        let (tag, name) = (language.language_tag(), language.name());
        let title = language.page_texts().register.title;
        let mut reader = app.new_browser().with_accept_language(tag);
        let page = reader.load_page("/register").await;
        assert_language(&page, tag, title);
        let own = page::visible_text(&page.text());
        for other in Language::ALL {
            assert!(own.contains(other.name()), "{own}");
        }
        let button = format!("value=\"{tag}\" lang=\"{tag}\" aria-current=\"true\"");
        assert!(page.text().contains(&button), "{name}: {}", page.text());

        let chosen = chooser
            .submit_form(&call::choose_language(tag, "/register"))
            .await;
        assert_eq!(chosen.redirect_path(), "/register");
        assert_language(&chooser.load_page("/register").await, tag, title);
        let missing = chooser.load_page("/nowhere").await;
        assert_eq!(missing.status, 404);
        assert_language(&missing, tag, language.page_texts().not_found.title);
    }
}

async fn chosen_language_takes_precedence_over_accept_language(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app
        .new_browser()
        .without_scripts()
        .with_accept_language("en-GB");
    assert_language(&browser.load_page("/login").await, "en", "Sign in");
    let chosen = browser
        .submit_form(&call::choose_language("de", "/login"))
        .await;
    assert_eq!(chosen.redirect_path(), "/login");
    assert_language(&browser.load_page("/login").await, "de", "Anmelden");
    // An error page of the request guard, which runs before the router.
    let refused = app.new_browser().page_request("PUT", "/login");
    let refused = refused
        .with_header("Accept-Language", "de")
        .send(app.address)
        .await;
    assert_language(&refused, "de", "Die Anfrage war nicht zu verstehen.");
    browser
        .submit_form(&call::choose_language("en", "/login"))
        .await;
    assert_language(&browser.load_page("/login").await, "en", "Sign in");
    let unsupported_language = browser
        .submit_form(&call::choose_language("tlh", "/register"))
        .await;
    assert_eq!(unsupported_language.redirect_path(), "/register");
    assert_language(&browser.load_page("/login").await, "en", "Sign in");
}

/// Tests docs/security.md#csrf-08.
async fn language_choice_redirects_only_within_the_application(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser().without_scripts();
    for elsewhere in [
        "https://example.com/",
        "//example.com/login",
        "/login/../api",
        "/login?next=//example.com",
        "/api/logout",
        "",
    ] {
        let chosen = browser
            .submit_form(&call::choose_language("de", elsewhere))
            .await;
        assert_eq!(chosen.redirect_path(), "/", "{elsewhere}");
    }
}

async fn language_choice_on_a_payment_page_returns_to_it(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = app.new_browser().without_scripts();
    let id = format!("/payments/{}", "0123456789abcdef".repeat(2));
    for page in ["/payments/new", &id] {
        let chosen = browser
            .submit_form(&call::choose_language("de", page))
            .await;
        assert_eq!(chosen.redirect_path(), page);
    }
    for page in ["/payments/", "/payments/x", &format!("{id}/")] {
        let chosen = browser
            .submit_form(&call::choose_language("de", page))
            .await;
        assert_eq!(chosen.redirect_path(), "/", "{page}");
    }
}

/// Begins a sign-in in German. Returns the browser and the code.
async fn begin_german_sign_in_until_code(app: &TestApp, user: &User) -> (Browser, String) {
    let mut browser = app.new_browser().with_accept_language("de");
    let code = browser.register_until_code(app, user).await;
    (browser.without_scripts(), code)
}

async fn error_texts_use_the_language_of_the_browser(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, code) =
        begin_german_sign_in_until_code(&app, &User::with_unique_details()).await;
    let registration = Purpose::Registration;
    for remaining in [
        "Noch 4 Versuche.",
        "Noch 3 Versuche.",
        "Noch 2 Versuche.",
        "Noch 1 Versuch.",
    ] {
        browser.enter_code(registration, &wrong_code(&code)).await;
        assert_language(
            &browser.load_page("/register/verify").await,
            "de",
            remaining,
        );
    }
    browser.enter_code(registration, &wrong_code(&code)).await;
    let ended_page = browser.load_page("/register/verify").await;
    assert_language(&ended_page, "de", "Zu viele Versuche.");
}

async fn notifications_use_the_language_of_the_last_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let (mut browser, code) = begin_german_sign_in_until_code(&app, &ann).await;
    browser.enter_code(Purpose::Registration, &code).await;
    app.mark_email_as_verified(&ann).await;
    let mut mails = app.simulator.mailbox_of(&ann.email);
    let tried = User {
        email: ann.email.clone(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &tried).await;
    let mail = mails.next_mail().await;
    assert_eq!(
        mail.subject,
        "Jemand wollte sich mit Ihrer Adresse registrieren"
    );
    assert!(mail.text.contains("nichts geändert"), "{}", mail.text);

    app.skip_resend_cooldown().await;
    let mut english = app.new_browser();
    english.sign_in(&app, &ann).await;
    app.simulator.advance_clock(3600).await;
    app.new_browser().register(&app, &tried).await;
    let mail = mails.next_mail().await;
    assert_eq!(
        mail.subject,
        "Someone tried to register with your email address"
    );

    // The user chooses the language while signed in.
    english.sign_in(&app, &ann).await;
    english
        .submit_form(&call::choose_language("de", "/profile"))
        .await;
    app.simulator.advance_clock(3600).await;
    app.new_browser().register(&app, &tried).await;
    let mail = mails.next_mail().await;
    assert_eq!(
        mail.subject,
        "Jemand wollte sich mit Ihrer Adresse registrieren"
    );
}

/// A back end may send its own language with every request.
async fn api_sign_in_sets_the_language_only_of_an_account_without_one(database: Database) {
    let app = TestApp::start(database).await;
    let (probe, program) = (app.open_database().await, app.new_api_client());
    let ann = app.create_user_by_command();
    let mut flow = program.submit_password(&ann).await.flow_token(200);
    let number = json!({ "flow": flow, "phone_number": ann.phone });
    let sent = program.post("/v1/login/setup", &number).await;
    sent.expect_status(200);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let mut code = phone.next_code().await;
    for (language, stored) in [("en", ""), ("de", "de"), ("fr", "de")] {
        let body = json!({ "flow": flow, "code": code });
        let request = program.post_request("/v1/login/verify", &body);
        let request = request.with_header("Accept-Language", language);
        program.send(request).await.access_token(200);
        let found = probe.read_text("SELECT language FROM accounts").await;
        assert_eq!(found, stored, "{language}");
        app.skip_resend_cooldown().await;
        (flow, code) = program.sign_in_until_code(&app, &ann).await;
    }
}
