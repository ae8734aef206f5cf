//! Pages with the brand of an operator: none contains the default name.

use domain::{Problem, Purpose, routes};

use crate::support::brand::{
    NAME, NAME_AS_HTML, assert_response_without_default_name, start_branded_app,
    start_branded_app_with_files,
};
use crate::support::call::{self, Payment};
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, RunningApp, User, on_both_databases, page, wrong_code};

on_both_databases![
    pages_before_a_sign_in_do_not_contain_the_default_name,
    pages_after_a_sign_in_do_not_contain_the_default_name,
];

/// Returns the paths of all pages.
///
/// They are the constants of `domain::routes` except the event stream, which does not end, and the JSON API. Links have
/// an unknown token.
fn list_page_paths() -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/domain/src/routes.rs");
    let source = std::fs::read_to_string(source).expect("source file is read");
    let mut paths = page::texts_between(&source, ": &str = \"", "\"");
    paths.retain(|path| path != routes::VERIFICATION_EVENTS && path != routes::V1);
    assert!(paths.len() > 35, "{paths:?}");
    let id = domain::PaymentId::from_bits(1).to_string();
    let fill = |path: &String| {
        path.replace("{token}", &"a".repeat(43))
            .replace("{id}", &id)
    };
    let mut filled: Vec<String> = paths.iter().map(fill).collect();
    filled.push("/nothing".to_owned());
    filled
}

/// Loads all pages, and the pages `more`, in both languages. Returns the paths that exist.
async fn load_all_pages_and_assert_brand(browser: &mut Browser, more: &[&str]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut paths = list_page_paths();
    paths.extend(more.iter().map(|&path| path.to_owned()));
    for (language, footer) in [("de", "Acme Bank, Berlin"), ("en", "Acme Bank, London")] {
        browser
            .submit_form(&call::choose_language(language, "/"))
            .await;
        for path in &paths {
            let response = browser.load_page(path).await;
            let text = assert_response_without_default_name(path, &response);
            if response.status == 200 && text.contains("<header") {
                let title = format!("– {NAME_AS_HTML}</title>");
                for part in [&title, footer, "href=\"/privacy\""] {
                    assert!(text.contains(part), "{path}: {part} is not in {text}");
                }
                shown.push(path.clone());
            }
        }
    }
    shown
}

/// Asserts that each of these pages was shown in both languages.
#[track_caller]
fn assert_pages_shown_in_both_languages(shown: &[String], paths: &[&str]) {
    for path in paths {
        let times = shown.iter().filter(|shown| shown == path).count();
        assert!(times >= 2, "{path} was shown {times} times: {shown:?}");
    }
}

/// Posts a form without scripts, and checks the page that shows its result.
async fn assert_brand_after_form_post(browser: &Browser, call: &call::FormPost) {
    let mut browser = browser.clone().without_scripts();
    let response = browser.submit_form(call).await.response;
    assert_response_without_default_name(call.path, &response);
    if response.status == 303 {
        let target = response.location().to_owned();
        let page = browser.load_page(&target).await;
        let text = assert_response_without_default_name(&target, &page);
        let complete = page.status != 200 || text.contains(NAME_AS_HTML);
        assert!(complete, "{}: {text}", call.path);
    }
}

async fn pages_before_a_sign_in_do_not_contain_the_default_name(database: Database) {
    // The account command reads the pictures too.
    let folder = tempfile::tempdir().expect("temporary directory is created");
    let app = start_branded_app_with_files(folder.path(), database).await;
    let mut browser = app.new_browser();
    let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
    assert_pages_shown_in_both_languages(
        &shown,
        &["/login", "/register", "/forgot-password", "/lost-phone"],
    );
    let sign_in = page::visible_text(&browser.load_page("/login").await.text());
    for text in [
        "Your customer account",
        "Acme Bank, London",
        "Help Imprint Privacy Terms",
    ] {
        assert!(sign_in.contains(text), "{sign_in}");
    }
    assert_brand_after_form_post(
        &browser,
        &call::submit_password("unknown.user", "wrong password", ""),
    )
    .await;
    assert_brand_after_form_post(&browser, &call::request_password_reset("", "")).await;

    let ann = User::with_unique_details();
    assert_brand_after_form_post(&browser, &call::submit_registration_details(&ann, "")).await;
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
    assert_pages_shown_in_both_languages(&shown, &["/register/credentials"]);
    assert_brand_after_form_post(
        &browser,
        &call::submit_registration_credentials("short", "123"),
    )
    .await;
    browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    browser.send_code(Purpose::Registration).await.expect_step();
    let code = phone.next_code().await;
    let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
    assert_pages_shown_in_both_languages(&shown, &["/register/verify"]);
    let wrong = call::submit_code(Purpose::Registration, &wrong_code(&code));
    assert_brand_after_form_post(&browser, &wrong).await;
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
    app.mark_email_as_verified(&ann).await;
    app.skip_resend_cooldown().await;

    let new = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&new).await;
    let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
    assert_pages_shown_in_both_languages(&shown, &["/login"]);
    assert_brand_after_form_post(&browser, &call::submit_set_up_phone("123")).await;

    let link = format!("/reset-password/{}", app.request_reset_token(&ann).await);
    let mut browser = app.new_browser();
    let shown = load_all_pages_and_assert_brand(&mut browser, &[&link]).await;
    assert_pages_shown_in_both_languages(&shown, &[&link]);
    let token = link.rsplit('/').next().unwrap_or_default();
    let password = "another correct horse 77";
    browser
        .submit_form(&call::reset_password(token, password))
        .await
        .expect_step();
    let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
    assert_pages_shown_in_both_languages(&shown, &["/reset-password"]);

    let link = format!("/lost-phone/{}", app.request_recovery(&ann).await);
    let shown = load_all_pages_and_assert_brand(&mut app.new_browser(), &[&link]).await;
    assert_pages_shown_in_both_languages(&shown, &[&link]);
}

async fn pages_after_a_sign_in_do_not_contain_the_default_name(database: Database) {
    let app = start_branded_app(database).await;
    let (ann, mut browser, _) = app.register_user_with_authenticator().await;
    assert_brand_in_recovery_codes(&mut browser, &ann).await;
    let signed_in = [
        "/dashboard",
        "/profile",
        "/profile/sessions",
        "/profile/history",
        "/profile/recovery-codes",
        "/profile/authenticator",
        "/profile/phone",
        "/profile/email",
        "/profile/name",
        "/profile/password",
        "/profile/delete",
        "/payments/new",
    ];
    let more = [
        "/profile/recovery-codes?replace",
        "/profile/authenticator?remove",
    ];
    let shown = load_all_pages_and_assert_brand(&mut browser, &more).await;
    assert_pages_shown_in_both_languages(&shown, &signed_in);
    assert_pages_shown_in_both_languages(&shown, &more);
    assert_brand_in_account_changes(&app, &mut browser, &ann).await;
    assert_brand_in_payments(&app, &mut browser, &ann).await;
    assert_brand_in_sign_ins(&app, &ann).await;
}

/// Checks the page with new recovery codes, and their file.
async fn assert_brand_in_recovery_codes(browser: &mut Browser, user: &User) {
    let made = browser.submit_form(&call::create_recovery_codes("0")).await;
    let text = assert_response_without_default_name("recovery codes", &made.response);
    let printed = format!("{NAME_AS_HTML} recovery codes, {}, ", user.username);
    assert!(text.contains(&printed), "{text}");
    let codes = page::list_items(&text, "recovery-codes");
    let file = browser
        .submit_form(&call::download_recovery_codes(&codes))
        .await;
    let text = assert_response_without_default_name("file of recovery codes", &file.response);
    assert!(text.contains(&format!("{NAME} recovery codes")), "{text}");
    let disposition = file.response.header("content-disposition");
    assert_eq!(
        disposition,
        Some("attachment; filename=\"acme-bank-s-hne-recovery-codes.txt\"")
    );
}

/// Checks the pages that change authenticator app, names, password, phone number and e-mail address.
async fn assert_brand_in_account_changes(app: &RunningApp, browser: &mut Browser, user: &User) {
    browser.begin_authenticator_set_up(app).await;
    let text = browser.load_page("/profile/authenticator").await.text();
    let label = format!(
        "otpauth://totp/Acme%20Bank%20%26%20S%C3%B6hne:{}?",
        user.username
    );
    assert!(text.contains(&label), "{label} is not in {text}");
    assert!(
        text.contains("issuer=Acme%20Bank%20%26%20S%C3%B6hne"),
        "{text}"
    );
    load_all_pages_and_assert_brand(browser, &[]).await;
    assert_brand_after_form_post(browser, &call::confirm_authenticator("000000")).await;
    assert_brand_after_form_post(browser, &call::change_names("", "")).await;
    assert_brand_after_form_post(browser, &call::change_password("wrong", "short")).await;
    let resembling = call::change_password(&user.password, "Acme Bank & Söhne!");
    assert_brand_after_form_post(browser, &resembling).await;
    let refused = browser.submit_form(&resembling).await;
    assert_eq!(refused.expect_problem(), Problem::PasswordResembles);
    assert_brand_after_form_post(browser, &call::begin_phone_change("123")).await;
    app.skip_resend_cooldown().await;
    browser
        .submit_form(&call::begin_phone_change(
            &User::with_unique_details().phone,
        ))
        .await
        .expect_step();
    load_all_pages_and_assert_brand(browser, &[]).await;
    browser.begin_email_change(app, "new@example.com").await;
    load_all_pages_and_assert_brand(browser, &[]).await;
}

/// Checks the pages of payments with and without code, and of the step-up.
async fn assert_brand_in_payments(app: &RunningApp, browser: &mut Browser, user: &User) {
    let done = browser
        .pay_without_code(&Payment::in_dollars("12.50"))
        .await;
    let id = browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let (done, id) = (format!("/payments/{done}"), format!("/payments/{id}"));
    let shown = load_all_pages_and_assert_brand(browser, &[&done, &id]).await;
    assert_pages_shown_in_both_languages(&shown, &[&done, &id]);
    app.skip_resend_cooldown().await;
    let chosen = call::choose_method_for(Purpose::Payment, "sms");
    browser.submit_form(&chosen).await.expect_step();
    load_all_pages_and_assert_brand(browser, &[&id]).await;
    assert_brand_after_form_post(browser, &call::submit_code(Purpose::Payment, "000000")).await;

    app.simulator.advance_clock(301).await;
    let shown = load_all_pages_and_assert_brand(browser, &[]).await;
    assert_pages_shown_in_both_languages(&shown, &["/profile/password"]);
    assert_brand_after_form_post(browser, &call::begin_step_up("wrong password")).await;
    browser
        .submit_form(&call::begin_step_up(&user.password))
        .await
        .expect_step();
    load_all_pages_and_assert_brand(browser, &[]).await;
}

/// Checks the pages of a sign-in with each verification method.
async fn assert_brand_in_sign_ins(app: &RunningApp, user: &User) {
    // Notifications have used up messages to the number.
    app.simulator.advance_clock(3600).await;
    for method in ["totp", "recovery", "sms"] {
        let mut browser = app.new_browser();
        browser.begin_sign_in(user).await;
        let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
        assert_pages_shown_in_both_languages(&shown, &["/login"]);
        app.skip_resend_cooldown().await;
        browser
            .submit_form(&call::choose_method(method))
            .await
            .expect_step();
        let shown = load_all_pages_and_assert_brand(&mut browser, &[]).await;
        assert_pages_shown_in_both_languages(&shown, &["/login/verify"]);
        assert_brand_after_form_post(&browser, &call::submit_code(Purpose::SignIn, "000000")).await;
    }
}
