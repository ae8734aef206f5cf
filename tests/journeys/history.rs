//! Tests of the list of account activity.

use domain::Purpose;

use crate::support::call::Payment;
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page, wrong_code};

on_both_databases![
    history_lists_events_newest_first,
    history_shows_no_events_of_other_accounts,
    history_pages_are_complete_while_new_events_are_added,
    history_names_day_time_and_device,
    history_marks_events_that_the_service_caused_itself,
    unknown_page_cursor_shows_the_first_page,
];

const PAGE: &str = "/profile/history";

/// Returns the lines of a page of the history, and the link to the next page.
async fn load_history_lines(browser: &mut Browser, path: &str) -> (Vec<String>, Option<String>) {
    let html = browser.load_page(path).await.text();
    let texts = page::texts_between(&html, "<li><div><strong>", "</strong>");
    let texts = texts.iter().map(|text| page::visible_text(text)).collect();
    let older = page::texts_between(&html, "href=\"/profile/history?", "\"");
    (texts, older.first().map(|query| format!("{PAGE}?{query}")))
}

/// Tests docs/security.md#log-11, docs/security.md#ops-01.
async fn history_lists_events_newest_first(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let password = browser.enter_password(&ann.username, "not her password");
    password.await.expect_errors();
    app.simulator.advance_clock(5).await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.simulator.advance_clock(1).await;
    browser
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await
        .expect_errors();
    app.simulator.advance_clock(1).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    app.simulator.advance_clock(1).await;
    browser.create_recovery_codes().await;

    let html = browser.load_page(PAGE).await.text();
    let (texts, older) = load_history_lines(&mut browser, PAGE).await;
    assert_eq!(
        texts,
        [
            "New recovery codes created",
            "Signed in with a code sent to your phone",
            "Wrong code entered",
            "Code sent",
            "Correct password entered",
            "Wrong password entered",
            "Account created",
        ]
    );
    assert_eq!(older, None);
    let times = page::texts_between(&html, "<time datetime=\"", "\"");
    assert!(
        times.len() == 7 && times.is_sorted_by(|a, b| a >= b),
        "{times:?}"
    );
    assert_eq!(html.matches("127.0.0.1").count(), 7);
    for hidden in [ann.phone.as_str(), "flow_cancelled"] {
        assert!(!html.contains(hidden), "{hidden}");
    }
    assert!(!page::contains_word(&html, &code), "{code}");
}

/// Tests docs/security.md#log-03, docs/security.md#ses-09.
async fn history_shows_no_events_of_other_accounts(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let mut of_bob = app.new_browser();
    of_bob.sign_in(&app, &bob).await;
    let (before, _) = load_history_lines(&mut of_bob, PAGE).await;

    let mut of_ann = app.new_browser();
    of_ann
        .enter_password(&ann.username, "wrong")
        .await
        .expect_errors();
    of_ann
        .enter_password("unknown.user", "wrong")
        .await
        .expect_errors();
    of_ann.sign_in(&app, &ann).await;
    of_ann
        .submit_form(&call::end_other_sessions())
        .await
        .expect_step();
    let (after, _) = load_history_lines(&mut of_bob, PAGE).await;
    assert_eq!(before, after);

    let without_account = "SELECT COUNT(*) FROM audit_events WHERE event = 'password_refused' AND \
                   account_id = ''";
    assert_eq!(
        app.open_database().await.read_number(without_account).await,
        1
    );
    let stranger = app.new_browser().load_page(PAGE).await;
    assert_eq!((stranger.status, stranger.location()), (303, "/login"));
}

/// Tests docs/security.md#ops-01.
async fn history_pages_are_complete_while_new_events_are_added(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    // Several events in the same millisecond, and events that are not shown.
    app.execute_sql(
        "INSERT INTO audit_events (id, at, event, account_id, flow_id, source, detail) \
         WITH RECURSIVE numbers (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM numbers WHERE n < 199) \
         SELECT '00000000000000000000000000000' || n, 1000 + n / 8, \
         CASE WHEN n % 5 = 0 THEN 'flow_cancelled' ELSE 'session_ended' END, accounts.id, '', \
         'number-' || n, '' FROM numbers CROSS JOIN accounts",
    )
    .await;
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut next = Some(PAGE.to_owned());
    while let Some(path) = next {
        let html = browser.load_page(&path).await.text();
        let (texts, older) = load_history_lines(&mut browser, &path).await;
        assert!(texts.len() == 25 || older.is_none(), "{texts:?}");
        found.extend(page::texts_between(&html, "number-", "<"));
        pages += 1;
        next = older;
        // Adds a new event at the top of the list.
        let mut other = app.new_browser();
        other
            .enter_password(&ann.username, "wrong")
            .await
            .expect_errors();
    }
    let shown: Vec<String> = (100..200)
        .rev()
        .filter(|n| n % 5 != 0)
        .map(|n| n.to_string())
        .collect();
    assert_eq!(found, shown);
    // Four events of the sign-in and the account come first.
    assert_eq!(pages, 4);
}

async fn history_names_day_time_and_device(database: Database) {
    let app = TestApp::start(database).await;
    app.simulator.advance_to_noon().await;
    let ann = app.register_user().await;
    let at = |user_agent| app.new_browser().with_user_agent(user_agent);
    let mut other =
        at("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/26.0 Safari/604.1");
    other
        .enter_password(&ann.username, "wrong")
        .await
        .expect_errors();
    // The next day.
    app.simulator.advance_clock(24 * 60 * 60).await;
    let mut browser = at("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
    browser.sign_in(&app, &ann).await;
    let html = browser.load_page(PAGE).await.text();
    let days = page::texts_between(&html, "<section><h2>", "</section>");
    assert_eq!(days.len(), 2, "{html}");
    let days: Vec<String> = days.iter().map(|day| page::visible_text(day)).collect();
    let is_day = |text: &str| {
        text.split(' ')
            .nth(2)
            .is_some_and(|year| year.parse::<u16>().is_ok())
    };
    assert!(days.iter().all(|day| is_day(day)), "{days:?}");
    assert!(
        days[0].contains(" UTC Firefox on Linux 127.0.0.1 Code sent "),
        "{days:?}"
    );
    assert!(!days[0].contains("iPhone"), "{days:?}");
    assert!(days[1].contains("Wrong password entered "), "{days:?}");
    assert!(
        days[1].contains(" UTC Safari on iPhone 127.0.0.1"),
        "{days:?}"
    );
    let mut german = browser.with_accept_language("de");
    let html = german.load_page(PAGE).await.text();
    assert!(html.contains("Firefox unter Linux"), "{html}");
}

async fn history_marks_events_that_the_service_caused_itself(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    browser.pay_without_code(&Payment::in_dollars("5")).await;
    browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    browser.cancel_flow(Purpose::Payment).await.expect_step();
    let html = browser.load_page(PAGE).await.text();
    let rows = page::texts_between(&html, "<li><div>", "</div></li>");
    let rows: Vec<String> = rows.iter().map(|row| page::visible_text(row)).collect();
    let origin = |event: &str| {
        let row = rows.iter().find(|row| row.starts_with(event));
        let row = row.unwrap_or_else(|| panic!("no {event}: {rows:?}"));
        row.split_once(" UTC ").map(|(_, origin)| origin)
    };
    assert_eq!(origin("Payment completed"), Some("By this service"));
    // The user cancelled the payment, so the event has the address of the user.
    assert_eq!(origin("Payment failed"), Some("127.0.0.1"));
    assert_eq!(origin("Payment started"), Some("127.0.0.1"));
}

/// Tests docs/security.md#lim-03.
async fn unknown_page_cursor_shows_the_first_page(database: Database) {
    let app = TestApp::start(database).await;
    let ann: User = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let first = load_history_lines(&mut browser, PAGE).await;
    for query in page::INVALID_CURSORS {
        let found = load_history_lines(&mut browser, &format!("{PAGE}?{query}")).await;
        assert_eq!(found, first, "{query}");
    }
    let oldest = format!("{PAGE}?before=0-{}", "0".repeat(32));
    assert!(load_history_lines(&mut browser, &oldest).await.0.is_empty());
}
