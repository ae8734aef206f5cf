//! The list of countries beside a phone field: the server reads a number without `+` in the chosen country.

use domain::{Field, Problem, Step};
use serde_json::json;

use crate::support::call::FormPost;
use crate::support::{ApiClient, Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    national_number_belongs_to_the_chosen_country,
    unknown_country_is_replaced_by_the_default_country,
    number_with_plus_ignores_the_chosen_country,
    double_zero_before_a_calling_code_is_not_a_carrier_code_of_the_chosen_country,
    number_of_another_country_without_plus_is_no_outdated_number_of_the_chosen_country,
    api_refuses_a_number_of_another_country_without_plus,
    every_form_reads_the_number_in_the_chosen_country,
    error_keeps_the_chosen_country_without_scripts,
    country_that_is_not_allowed_is_not_offered,
    country_list_is_hidden_if_only_one_country_is_allowed,
];

/// Adds the chosen country to a form.
fn with_country(mut form: FormPost, country: &str) -> FormPost {
    form.fields.push(("country", country.to_owned()));
    form
}

/// Begins a registration up to password and phone number.
async fn begin_registration_until_credentials(app: &TestApp) -> Browser {
    let mut browser = app.new_browser();
    browser
        .submit_registration_details(&User::with_unique_details())
        .await
        .expect_step();
    browser
}

/// Submits a phone number in a new registration. Returns the number that the server has stored.
async fn stored_number(app: &TestApp, typed: &str, country: &str) -> String {
    let mut browser = begin_registration_until_credentials(app).await;
    let password = User::with_unique_details().password;
    let form = call::submit_registration_credentials(&password, typed);
    let reply = browser.submit_form(&with_country(form, country)).await;
    let step = reply.expect_step();
    assert!(matches!(step, Step::SendCode { .. }), "{typed}: {step:?}");
    let stored = "SELECT phone FROM flows WHERE phone <> '' ORDER BY opened_at DESC LIMIT 1";
    app.open_database().await.read_text(stored).await
}

/// Returns the codes of the countries that a page offers, and those that are selected.
fn offered_countries(page: &str) -> (Vec<String>, Vec<String>) {
    let options = page::texts_between(page, "<option value=", " +");
    let code = |option: &String| option.chars().take(2).collect();
    let selected = options.iter().filter(|option| option.contains(" selected"));
    (
        options.iter().map(code).collect(),
        selected.map(code).collect(),
    )
}

async fn national_number_belongs_to_the_chosen_country(database: Database) {
    let app = TestApp::start(database).await;
    for typed in ["0151 23456789", "(0151) 2345-6789", "Handy: 0151/23456789"] {
        assert_eq!(stored_number(&app, typed, "DE").await, "+4915123456789");
    }
    assert_eq!(
        stored_number(&app, "06 12 34 56 78", "FR").await,
        "+33612345678"
    );
}

async fn unknown_country_is_replaced_by_the_default_country(database: Database) {
    let app = TestApp::start(database).await;
    for country in ["", "XX", "de", "+49", "<script>"] {
        assert_eq!(
            stored_number(&app, "(415) 555-0132", country).await,
            "+14155550132",
            "{country}"
        );
    }
}

async fn number_with_plus_ignores_the_chosen_country(database: Database) {
    let app = TestApp::start(database).await;
    for country in ["US", "DE", "FR"] {
        for typed in ["+49 1512 3456789", "+49 (0)151 23456789"] {
            assert_eq!(stored_number(&app, typed, country).await, "+4915123456789");
        }
    }
    assert_eq!(
        stored_number(&app, "0049 151 23456789", "FR").await,
        "+4915123456789"
    );
}

async fn double_zero_before_a_calling_code_is_not_a_carrier_code_of_the_chosen_country(
    database: Database,
) {
    let app = TestApp::start(database).await;
    for (typed, country, canonical) in [
        ("0081 90-1234-5678", "KR", "+819012345678"),
        ("0055 51 98765-4321", "BR", "+5551987654321"),
    ] {
        assert_eq!(stored_number(&app, typed, country).await, canonical);
    }
}

/// Texts that can be a number of another country, and an outdated number of the chosen one. Each has its country.
const AMBIGUOUS_NUMBERS: [(&str, &str); 6] = [
    ("MX", "1 415 555 0142"),
    ("MX", "1-415-555-0142"),
    ("MX", "(1) 415 555 0142"),
    ("MX", "US: 1 415 555 0142"),
    ("BR", "47 91 23 45 67"),
    ("BR", "65 8123 4567"),
];

async fn number_of_another_country_without_plus_is_no_outdated_number_of_the_chosen_country(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let mut browser = begin_registration_until_credentials(&app).await;
    let password = User::with_unique_details().password;
    for (country, typed) in AMBIGUOUS_NUMBERS {
        let form = call::submit_registration_credentials(&password, typed);
        let refused = browser.submit_form(&with_country(form, country)).await;
        let errors = refused.expect_errors();
        let problem = errors.first_problem_of(Field::Phone);
        assert_eq!(problem, Some(&Problem::PhoneInvalid), "{country}: {typed}");
    }
    assert!(app.simulator.list_messages().await.is_empty());
    assert_eq!(
        stored_number(&app, "521 415 555 0142", "MX").await,
        "+524155550142"
    );
    assert_eq!(
        stored_number(&app, "+1 415 555 0142", "MX").await,
        "+14155550142"
    );
}

async fn api_refuses_a_number_of_another_country_without_plus(database: Database) {
    for default_country in ["MX", "BR"] {
        let app = TestApp::builder(database)
            .with_setting("SALLYPORT_DEFAULT_COUNTRY", default_country)
            .start()
            .await;
        let program = app.new_api_client();
        let of_country = AMBIGUOUS_NUMBERS
            .iter()
            .filter(|(country, _)| *country == default_country);
        for (_, typed) in of_country {
            let mut body = ApiClient::registration_body(&User::with_unique_details());
            body["phone_number"] = json!(typed);
            let refused = program.post("/v1/register/start", &body).await;
            let error = refused.expect_error(400, "invalid_fields");
            assert_eq!(error["errors"][0]["field"], "phone_number", "{typed}");
            assert_eq!(error["errors"][0]["code"], "phone_invalid", "{typed}");
        }
        assert!(app.simulator.list_messages().await.is_empty());
    }
}

async fn every_form_reads_the_number_in_the_chosen_country(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let form = with_country(call::begin_phone_change("0151 23456789"), "DE");
    let step = browser.submit_form(&form).await.expect_step();
    assert!(matches!(step, Step::EnterCode(_)), "{step:?}");
    app.simulator
        .phone_with_number("+4915123456789")
        .next_code()
        .await;
}

async fn error_keeps_the_chosen_country_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let mut browser = begin_registration_until_credentials(&app)
        .await
        .without_scripts();
    let path = "/register/credentials";
    let (offered, selected) = offered_countries(&browser.load_page(path).await.text());
    assert!(offered.len() > 200, "{offered:?}");
    assert_eq!(selected, ["US"]);
    let password = User::with_unique_details().password;
    let form = call::submit_registration_credentials(&password, "0151");
    let reply = browser.submit_form(&with_country(form, "DE")).await;
    assert_eq!(reply.redirect_path(), path);
    let (_, selected) = offered_countries(&browser.load_page(path).await.text());
    assert_eq!(selected, ["DE"]);

    // The number that was accepted selects its country.
    let form = call::submit_registration_credentials("", "0151 23456789");
    let reply = browser.submit_form(&with_country(form, "DE")).await;
    assert_eq!(reply.redirect_path(), "/register/verify");
    let page = browser.load_page(path).await.text();
    assert!(page.contains("+49 1512 3456789"), "{page}");
    assert_eq!(offered_countries(&page).1, ["DE"]);
}

async fn country_that_is_not_allowed_is_not_offered(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_ALLOWED_COUNTRIES", "US,GB,DE")
        .start()
        .await;
    let mut browser = begin_registration_until_credentials(&app).await;
    let page = browser.load_page("/register/credentials").await.text();
    let (offered, selected) = offered_countries(&page);
    assert_eq!(offered, ["DE", "GB", "US"]);
    assert_eq!(selected, ["US"]);
    let password = User::with_unique_details().password;
    let form = call::submit_registration_credentials(&password, "06 12 34 56 78");
    let refused = browser.submit_form(&with_country(form, "FR")).await;
    let errors = refused.expect_errors();
    let problem = errors.first_problem_of(Field::Phone);
    assert_eq!(problem, Some(&Problem::PhoneInvalid));
    let form = call::submit_registration_credentials(&password, "+33612345678");
    let refused = browser.submit_form(&with_country(form, "US")).await;
    let errors = refused.expect_errors();
    let problem = errors.first_problem_of(Field::Phone);
    assert_eq!(problem, Some(&Problem::PhoneCountryUnsupported));
}

async fn country_list_is_hidden_if_only_one_country_is_allowed(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_ALLOWED_COUNTRIES", "US")
        .start()
        .await;
    let mut browser = begin_registration_until_credentials(&app).await;
    let page = browser.load_page("/register/credentials").await.text();
    assert!(!page.contains("for=\"country\""), "{page}");
    let list = page::texts_between(&page, "<select", ">");
    assert_eq!(list.len(), 1);
    assert!(list[0].contains(" hidden"), "{list:?}");
}
