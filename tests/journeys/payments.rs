//! Payments in the browser, below and above the threshold.

use domain::{Field, Problem, Purpose, Step};

use crate::support::call::{self, Payment};
use crate::support::lost_phone::change_number;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED};
use crate::support::{Database, TestApp, User, on_both_databases, page, wrong_code};

on_both_databases![
    payment_below_the_threshold_is_executed_without_a_code,
    payment_at_or_above_the_threshold_needs_a_code,
    payment_in_another_currency_needs_a_code,
    payment_threshold_is_configurable,
    invalid_payment_shows_the_error_beside_its_field,
    payment_works_without_scripts,
    history_shows_payments,
    payment_is_refused_in_the_cooldown_after_a_phone_change,
];

async fn payment_below_the_threshold_is_executed_without_a_code(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let messages = app.simulator.list_calls_of("create").await.len();
    let id = browser
        .pay_without_code(&Payment::in_dollars("99.99"))
        .await;
    let shown = browser.read_payment_page_text(&id).await;
    for words in [
        "Amount 99.99 USD",
        "Recipient Acme &amp; Söhne",
        "Description Invoice 4711",
        "Status Completed",
        "The payment was made.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let probe = app.open_database().await;
    let transaction = probe.read_text("SELECT transaction_id FROM payments").await;
    assert_eq!(
        probe.read_text("SELECT id FROM ledger_entries").await,
        transaction
    );
    assert!(
        shown.contains(&format!("Transaction {transaction}")),
        "{shown}"
    );
    assert_eq!(app.simulator.list_calls_of("create").await.len(), messages);
    let events = "SELECT COUNT(*) FROM audit_events WHERE event IN \
                  ('payment_begun', 'payment_completed') AND source <> ''";
    assert_eq!(probe.read_number(events).await, 2);
}

/// Tests docs/security.md#pay-08, docs/security.md#otp-12.
async fn payment_at_or_above_the_threshold_needs_a_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let id = browser.begin_payment(&Payment::in_dollars("100.00")).await;
    let page = browser.load_payment_page(&id).await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let shown = page::visible_text(&page.text());
    for words in [
        "Amount 100.00 USD",
        "Recipient Acme &amp; Söhne",
        "Status Pending",
        "Choose Verification Method",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let sent = browser
        .submit_form(&call::choose_method_for(Purpose::Payment, "sms"))
        .await;
    let entry = sent.expect_code_entry();
    assert_eq!(entry.purpose, Purpose::Payment);
    let shown = browser.read_payment_page_text(&id).await;
    for words in ["Amount 100.00 USD", "One-time code", "Use another method"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);

    let code = phone.next_code().await;
    let refused = browser.confirm_payment(&wrong_code(&code)).await;
    assert_eq!(
        refused.visible_error_text(),
        "Invalid code. 4 attempts remaining."
    );
    let step = browser.confirm_payment(&code).await.expect_step();
    assert_eq!(step, Step::Payment { id: id.clone() });
    assert_eq!(step.path(), format!("/payments/{id}"));
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Completed"), "{shown}");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let paid = "SELECT amount_minor FROM ledger_entries WHERE currency = 'USD'";
    assert_eq!(probe.read_number(paid).await, 10_000);
    let recipient = probe
        .read_text("SELECT recipient FROM ledger_entries")
        .await;
    assert_eq!(recipient, "Acme & Söhne");
}

async fn payment_in_another_currency_needs_a_code(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    for (amount, currency, shown) in [
        ("5", "EUR", "5.00 EUR"),
        ("5", "JPY", "5 JPY"),
        ("0.005", "KWD", "0.005 KWD"),
    ] {
        let id = browser
            .begin_payment(&Payment::in_currency(amount, currency))
            .await;
        let page = browser.read_payment_page_text(&id).await;
        assert!(page.contains(&format!("Amount {shown}")), "{page}");
    }
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        0
    );
}

async fn payment_threshold_is_configurable(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PAYMENT_CURRENCY", "JPY")
        .with_setting("SALLYPORT_PAYMENT_THRESHOLD", "5000")
        .start()
        .await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let form = browser.load_page("/payments/new").await.text();
    assert!(form.contains("value=\"JPY\" selected"), "{form}");
    browser
        .pay_without_code(&Payment::in_currency("4999", "JPY"))
        .await;
    browser
        .begin_payment(&Payment::in_currency("5000", "JPY"))
        .await;
    browser
        .begin_payment(&Payment::in_currency("4999", "USD"))
        .await;
}

/// Tests docs/security.md#pay-01.
async fn invalid_payment_shows_the_error_beside_its_field(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let dollars = |amount: &str| Payment::in_dollars(amount);
    for (payment, problem) in [
        (dollars("0"), Problem::AmountNotPositive),
        (dollars("0.00"), Problem::AmountNotPositive),
        (dollars("-150"), Problem::AmountNotPositive),
        (dollars(""), Problem::Missing),
        (dollars("1e308"), Problem::AmountInvalid),
        (dollars("1,00.00"), Problem::AmountInvalid),
        (dollars("١٠٠"), Problem::AmountInvalid),
        (dollars("0.001"), Problem::AmountTooFine { decimals: 2 }),
        (dollars("99999999999"), Problem::AmountTooLarge),
        (Payment::in_currency("5", "XAU"), Problem::CurrencyUnknown),
        (Payment::in_currency("5", ""), Problem::Missing),
        (
            Payment {
                recipient: " ".to_owned(),
                ..dollars("5")
            },
            Problem::Missing,
        ),
        (
            Payment {
                recipient: "Acme\nInc.".to_owned(),
                ..dollars("5")
            },
            Problem::LineInvalid,
        ),
        (
            Payment {
                description: "a".repeat(141),
                ..dollars("5")
            },
            Problem::TooLong,
        ),
    ] {
        let refused = browser.submit_payment(&payment).await;
        assert_eq!(refused.expect_problem(), problem, "{payment:?}");
    }
    let empty = Payment {
        currency: String::new(),
        ..dollars("")
    };
    let refused = browser.submit_payment(&empty).await;
    let errors = refused.expect_errors();
    for field in [Field::Amount, Field::Currency] {
        assert_eq!(
            errors.first_problem_of(field),
            Some(&Problem::Missing),
            "{field:?}"
        );
    }
    let probe = app.open_database().await;
    let stored = "SELECT COUNT(*) FROM payments";
    assert_eq!(probe.read_number(stored).await, 0);
    let refused = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused'";
    assert_eq!(probe.read_number(refused).await, 15, "every attempt");
}

async fn payment_works_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, browser) = app.sign_in_new_user().await;
    let mut browser = browser.without_scripts();
    let answer = browser.submit_payment(&Payment::in_dollars("-1")).await;
    assert_eq!(answer.redirect_path(), "/payments/new");
    let form = browser.load_page("/payments/new").await.text();
    assert!(
        form.contains("Enter an amount greater than zero."),
        "{form}"
    );
    assert!(form.contains("value=\"Acme &amp; Söhne\""), "{form}");
    assert!(form.contains("method=\"post\""), "{form}");

    let answer = browser.submit_payment(&Payment::in_dollars("20")).await;
    let shown = browser.load_page(&answer.redirect_path()).await.text();
    assert!(
        page::visible_text(&shown).contains("Status Completed"),
        "{shown}"
    );

    let answer = browser
        .submit_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    assert_eq!(answer.redirect_path(), "/payments/current");
    let id = browser
        .current_payment_id()
        .await
        .expect("payment was begun in this browser");
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Choose Verification Method"), "{shown}");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::choose_method_for(Purpose::Payment, "sms");
    let answer = browser.submit_form(&chosen).await;
    assert_eq!(answer.redirect_path(), "/payments/current");
    let code = phone.next_code().await;
    let answer = browser.confirm_payment(&wrong_code(&code)).await;
    assert_eq!(answer.redirect_path(), "/payments/current");
    let shown = browser.read_payment_page_text(&id).await;
    assert!(
        shown.contains("Invalid code. 4 attempts remaining."),
        "{shown}"
    );
    let answer = browser.confirm_payment(&code).await;
    assert_eq!(answer.redirect_path(), format!("/payments/{id}"));
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Completed"), "{shown}");
}

async fn history_shows_payments(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    browser.confirm_payment(&code).await.expect_step();
    let history = browser.load_page("/profile/history").await.text();
    for words in [
        "Payment started",
        "Payment confirmed with a code",
        "Payment completed",
    ] {
        assert!(history.contains(words), "{words}: {history}");
    }
    assert!(!history.contains("Acme"), "{history}");
    let links = browser.load_page("/dashboard").await.text();
    assert!(links.contains("href=\"/payments/new\""), "{links}");
}

/// Tests docs/security.md#phn-05.
async fn payment_is_refused_in_the_cooldown_after_a_phone_change(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let new = User::with_unique_details().phone;
    change_number(&app, &mut browser, &new).await;

    let problem = browser
        .submit_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await
        .expect_problem();
    assert!(matches!(problem, Problem::Cooling { .. }), "{problem:?}");
    browser.pay_without_code(&Payment::in_dollars("1.00")).await;
    app.simulator.advance_clock(25 * 3600).await;
    let ann = User { phone: new, ..ann };
    browser.sign_in(&app, &ann).await;
    browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
}
