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

/// Returns the paths of all pages: the constants of `domain::routes` but the event stream, which does not end, and the
/// JSON API. Links have an unknown token.
fn page_paths() -> Vec<String> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/domain/src/routes.rs");
    let source = std::fs::read_to_string(source).expect("the routes");
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

/// Loads all pages and `more` pages in both languages. Returns the paths that answered with a page.
async fn check_all_pages(browser: &mut Browser, more: &[&str]) -> Vec<String> {
    let mut shown = Vec::new();
    let mut paths = page_paths();
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
fn assert_shown(shown: &[String], paths: &[&str]) {
    for path in paths {
        let times = shown.iter().filter(|shown| shown == path).count();
        assert!(times >= 2, "{path} was shown {times} times: {shown:?}");
    }
}

/// Posts a form without scripts, and checks the page that shows its result.
async fn check_form(browser: &Browser, call: &call::FormPost) {
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
    let folder = tempfile::tempdir().expect("a directory");
    let app = start_branded_app_with_files(folder.path(), database).await;
    let mut browser = app.new_browser();
    let shown = check_all_pages(&mut browser, &[]).await;
    assert_shown(
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
    check_form(
        &browser,
        &call::submit_password("unknown.user", "wrong password", ""),
    )
    .await;
    check_form(&browser, &call::request_password_reset("", "")).await;

    let ann = User::with_unique_details();
    check_form(&browser, &call::submit_registration_details(&ann, "")).await;
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    let shown = check_all_pages(&mut browser, &[]).await;
    assert_shown(&shown, &["/register/credentials"]);
    check_form(
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
    let shown = check_all_pages(&mut browser, &[]).await;
    assert_shown(&shown, &["/register/verify"]);
    let wrong = call::submit_code(Purpose::Registration, &wrong_code(&code));
    check_form(&browser, &wrong).await;
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
    app.mark_email_as_proven(&ann).await;
    app.skip_resend_cooldown().await;

    let new = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser
        .enter_password(&new.username, &new.password)
        .await
        .expect_step();
    let shown = check_all_pages(&mut browser, &[]).await;
    assert_shown(&shown, &["/login"]);
    check_form(&browser, &call::submit_set_up_phone("123")).await;

    let link = format!("/reset-password/{}", app.request_reset_token(&ann).await);
    let mut browser = app.new_browser();
    let shown = check_all_pages(&mut browser, &[&link]).await;
    assert_shown(&shown, &[&link]);
    let token = link.rsplit('/').next().unwrap_or_default();
    let password = "another correct horse 77";
    browser
        .submit_form(&call::reset_password(token, password))
        .await
        .expect_step();
    let shown = check_all_pages(&mut browser, &[]).await;
    assert_shown(&shown, &["/reset-password"]);

    let link = format!("/lost-phone/{}", app.request_recovery(&ann).await);
    let shown = check_all_pages(&mut app.new_browser(), &[&link]).await;
    assert_shown(&shown, &[&link]);
}

async fn pages_after_a_sign_in_do_not_contain_the_default_name(database: Database) {
    let app = start_branded_app(database).await;
    let (ann, mut browser, _) = app.register_user_with_authenticator().await;
    check_recovery_codes(&mut browser, &ann).await;
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
    let shown = check_all_pages(&mut browser, &more).await;
    assert_shown(&shown, &signed_in);
    assert_shown(&shown, &more);
    check_changes(&app, &mut browser, &ann).await;
    check_payments(&app, &mut browser, &ann).await;
    check_sign_ins(&app, &ann).await;
}

/// The page with new recovery codes, which is printed, and their file.
async fn check_recovery_codes(browser: &mut Browser, user: &User) {
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

/// New authenticator app, names, password, phone number and e-mail address.
async fn check_changes(app: &RunningApp, browser: &mut Browser, user: &User) {
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
    check_all_pages(browser, &[]).await;
    check_form(browser, &call::confirm_authenticator("000000")).await;
    check_form(browser, &call::change_names("", "")).await;
    check_form(browser, &call::change_password("wrong", "short")).await;
    let resembling = call::change_password(&user.password, "Acme Bank & Söhne!");
    check_form(browser, &resembling).await;
    let refused = browser.submit_form(&resembling).await;
    assert_eq!(refused.expect_problem(), Problem::PasswordResembles);
    check_form(browser, &call::begin_phone_change("123")).await;
    app.skip_resend_cooldown().await;
    browser
        .submit_form(&call::begin_phone_change(
            &User::with_unique_details().phone,
        ))
        .await
        .expect_step();
    check_all_pages(browser, &[]).await;
    browser.begin_email_change(app, "new@example.com").await;
    check_all_pages(browser, &[]).await;
}

/// Payments with and without code, and the step-up.
async fn check_payments(app: &RunningApp, browser: &mut Browser, user: &User) {
    let done = browser
        .pay_without_code(&Payment::in_dollars("12.50"))
        .await;
    let id = browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let (done, id) = (format!("/payments/{done}"), format!("/payments/{id}"));
    let shown = check_all_pages(browser, &[&done, &id]).await;
    assert_shown(&shown, &[&done, &id]);
    app.skip_resend_cooldown().await;
    let chosen = call::choose_method_for(Purpose::Payment, "sms");
    browser.submit_form(&chosen).await.expect_step();
    check_all_pages(browser, &[&id]).await;
    check_form(browser, &call::submit_code(Purpose::Payment, "000000")).await;

    app.simulator.advance_clock(301).await;
    let shown = check_all_pages(browser, &[]).await;
    assert_shown(&shown, &["/profile/password"]);
    check_form(browser, &call::begin_step_up("wrong password")).await;
    browser
        .submit_form(&call::begin_step_up(&user.password))
        .await
        .expect_step();
    check_all_pages(browser, &[]).await;
}

/// Sign-ins up to the code of each method.
async fn check_sign_ins(app: &RunningApp, user: &User) {
    // Notifications have used up messages to the number.
    app.simulator.advance_clock(3600).await;
    for method in ["totp", "recovery", "sms"] {
        let mut browser = app.new_browser();
        browser
            .enter_password(&user.username, &user.password)
            .await
            .expect_step();
        let shown = check_all_pages(&mut browser, &[]).await;
        assert_shown(&shown, &["/login"]);
        app.skip_resend_cooldown().await;
        browser
            .submit_form(&call::choose_method(method))
            .await
            .expect_step();
        let shown = check_all_pages(&mut browser, &[]).await;
        assert_shown(&shown, &["/login/verify"]);
        check_form(&browser, &call::submit_code(Purpose::SignIn, "000000")).await;
    }
}
