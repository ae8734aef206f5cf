//! What a signed-in user sees first: the security of the account and its payments.

use crate::support::call::Payment;
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, TestApp, on_both_databases, page};

on_both_databases![
    dashboard_lists_the_state_of_each_factor_and_the_way_to_change_it,
    dashboard_names_device_and_time_of_the_last_other_sign_in,
    payments_are_listed_with_their_states_newest_first,
    payment_list_has_no_payments_of_other_accounts,
    pages_of_payments_are_complete_while_payments_are_added,
    unknown_payment_cursor_shows_the_first_page,
];

const LIST: &str = "/payments";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/141.0.0.0 Safari/537.36";

/// Loads a page and returns its visible text.
async fn load_visible_text(browser: &mut Browser, path: &str) -> String {
    let response = browser.load_page(path).await;
    assert_eq!(response.status, 200, "{path}");
    page::visible_text(&response.text())
}

/// Returns the rows of a page of the payment list, and the link to the next page.
async fn load_payment_rows(browser: &mut Browser, path: &str) -> (Vec<String>, Option<String>) {
    let html = browser.load_page(path).await.text();
    let list = page::texts_between(&html, "<ol class=\"records\">", "</ol>").pop();
    let rows = page::texts_between(&list.unwrap_or_default(), "<li>", "</li>");
    let rows = rows.iter().map(|row| page::visible_text(row)).collect();
    let older = page::texts_between(&html, "href=\"/payments?", "\"");
    (rows, older.first().map(|query| format!("{LIST}?{query}")))
}

async fn dashboard_lists_the_state_of_each_factor_and_the_way_to_change_it(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let shown = load_visible_text(&mut browser, "/dashboard").await;
    let masked = format!("(***) ***-{}", &ann.phone[ann.phone.len() - 4..]);
    for row in [
        format!("Text message (SMS) On {masked} Change phone number"),
        "Authenticator app (TOTP) Not set up An app shows you the codes, even without a signal. Set up".to_owned(),
        "Recovery codes Not set up None. Without your phone you could not sign in. Create recovery codes"
            .to_owned(),
        format!("Email Confirmed {} Change email address", ann.email),
        "Last other sign-in There was no other sign-in. Security history".to_owned(),
        "Recent payments No payments yet.".to_owned(),
    ] {
        assert!(shown.contains(&row), "{row}: {shown}");
    }
    browser.create_recovery_codes().await;
    let authenticator = browser.begin_authenticator_set_up(&app).await;
    let code = authenticator.current_code().await;
    browser.confirm_authenticator(&code).await.expect_step();
    let shown = load_visible_text(&mut browser, "/dashboard").await;
    for row in [
        "Authenticator app (TOTP) On The code your authenticator app shows Manage",
        "Recovery codes On 10 left Manage",
    ] {
        assert!(shown.contains(row), "{row}: {shown}");
    }
    app.execute_sql("UPDATE recovery_codes SET spent_at = 1 WHERE slot > 1")
        .await;
    let shown = load_visible_text(&mut browser, "/dashboard").await;
    assert!(
        shown.contains("Recovery codes Running out 2 left Manage"),
        "{shown}"
    );
}

async fn dashboard_names_device_and_time_of_the_last_other_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut first = app.new_browser().with_user_agent(FIREFOX);
    first.sign_in(&app, &ann).await;
    app.simulator.advance_clock(60).await;
    let mut second = app.new_browser().with_user_agent(CHROME);
    second.sign_in(&app, &ann).await;
    let row = |device: &str| format!("Last other sign-in {device}, ");
    let shown = load_visible_text(&mut second, "/dashboard").await;
    assert!(shown.contains(&row("Firefox on Linux")), "{shown}");
    // The first device sees the later sign-in.
    let shown = load_visible_text(&mut first, "/dashboard").await;
    assert!(shown.contains(&row("Chrome on Windows")), "{shown}");
    let mut german = second.with_accept_language("de");
    let shown = load_visible_text(&mut german, "/dashboard").await;
    assert!(shown.contains("Firefox unter Linux, "), "{shown}");
}

async fn payments_are_listed_with_their_states_newest_first(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let stranger = app.new_browser().load_page(LIST).await;
    assert_eq!((stranger.status, stranger.location()), (303, "/login"));
    assert!(
        load_visible_text(&mut browser, LIST)
            .await
            .contains("No payments yet.")
    );
    browser
        .pay_without_code(&Payment::in_dollars("12.50"))
        .await;
    app.simulator.advance_clock(1).await;
    let above = Payment {
        recipient: "<b>Blue</b> Bakery".to_owned(),
        ..Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD)
    };
    let (id, _) = browser.begin_payment_until_code(&app, &ann, &above).await;
    let (shown, older) = load_payment_rows(&mut browser, LIST).await;
    assert_eq!(older, None);
    assert_eq!(shown.len(), 2, "{shown:?}");
    let pending = &shown[0];
    assert!(
        pending.starts_with("&lt;b&gt;Blue&lt;/b&gt; Bakery ")
            && pending.ends_with(" UTC 150.00 USD Pending"),
        "{pending}"
    );
    assert!(shown[1].starts_with("Acme &amp; Söhne "), "{shown:?}");
    assert!(shown[1].ends_with(" UTC 12.50 USD Completed"), "{shown:?}");
    let html = browser.load_page(LIST).await.text();
    assert!(html.contains(&format!("href=\"/payments/{id}\"")), "{html}");
    let dashboard = load_visible_text(&mut browser, "/dashboard").await;
    for part in ["150.00 USD Pending", "12.50 USD Completed", "All payments"] {
        assert!(dashboard.contains(part), "{part}: {dashboard}");
    }
    app.simulator.advance_clock(301).await;
    let (shown, _) = load_payment_rows(&mut browser, LIST).await;
    assert!(shown[0].ends_with("150.00 USD Expired"), "{shown:?}");
}

async fn payment_list_has_no_payments_of_other_accounts(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut of_ann) = app.sign_in_new_user().await;
    let (_, mut of_bob) = app.sign_in_new_user().await;
    of_ann.pay_without_code(&Payment::in_dollars("12.50")).await;
    assert_eq!(load_payment_rows(&mut of_ann, LIST).await.0.len(), 1);
    assert!(load_payment_rows(&mut of_bob, LIST).await.0.is_empty());
    let dashboard = load_visible_text(&mut of_bob, "/dashboard").await;
    assert!(dashboard.contains("No payments yet."), "{dashboard}");
}

async fn pages_of_payments_are_complete_while_payments_are_added(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    // Several payments in the same millisecond.
    app.execute_sql(
        "INSERT INTO payments (id, account_id, session_id, source, request_key, flow_id, recipient, \
         amount_minor, currency, description, status, reason, transaction_id, created_at, expires_at, \
         confirmed_at) \
         WITH RECURSIVE numbers (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM numbers WHERE n < 159) \
         SELECT '00000000000000000000000000000' || n, accounts.id, '', '', 'key' || n, '', 'number-' || n, \
         100, 'USD', '', 'expired', '', '', 1000 + n / 8, 2000, 0 FROM numbers CROSS JOIN accounts",
    )
    .await;
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut next = Some(LIST.to_owned());
    while let Some(path) = next {
        let html = browser.load_page(&path).await.text();
        let (shown, older) = load_payment_rows(&mut browser, &path).await;
        assert!(shown.len() == 25 || older.is_none(), "{shown:?}");
        found.extend(page::texts_between(&html, "number-", "<"));
        pages += 1;
        next = older;
        browser.pay_without_code(&Payment::in_dollars("1.00")).await;
    }
    let expected: Vec<String> = (100..160).rev().map(|n| n.to_string()).collect();
    assert_eq!(found, expected);
    assert_eq!(pages, 3);
}

async fn unknown_payment_cursor_shows_the_first_page(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    browser.pay_without_code(&Payment::in_dollars("1.00")).await;
    let first = load_payment_rows(&mut browser, LIST).await;
    for query in page::INVALID_CURSORS {
        let found = load_payment_rows(&mut browser, &format!("{LIST}?{query}")).await;
        assert_eq!(found, first, "{query}");
    }
    let oldest = format!("{LIST}?before=0-{}", "0".repeat(32));
    assert!(load_payment_rows(&mut browser, &oldest).await.0.is_empty());
}
