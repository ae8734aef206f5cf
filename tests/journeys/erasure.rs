//! The erasure of an account: no personal data are left in any column.

use crate::support::call::Payment;
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};
use domain::Step;

on_both_databases![
    erased_account_leaves_no_personal_data,
    every_text_column_is_covered_by_the_erasure,
];

const TWO_WEEKS: u64 = 14 * 24 * 60 * 60;
const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";
/// Notifications that wait, or whose recipient is still stored.
const UNSENT: &str = "SELECT COUNT(*) FROM outbox WHERE recipient <> ''";

/// Every text column of both databases. A new column must be erased in `src/store/deletions.rs` if it can hold personal
/// data, and is added here after that.
const COVERED: &[&str] = &[
    "accounts.email",
    "accounts.email_canonical",
    "accounts.full_name",
    // A random ID, which is never reused.
    "accounts.id",
    "accounts.language",
    "accounts.last_method",
    "accounts.password_hash",
    "accounts.phone",
    "accounts.username",
    "accounts.username_canonical",
    // The erasure keeps IDs and names of events, and clears sources, devices, details and IDs of requests.
    "audit_events.account_id",
    "audit_events.detail",
    "audit_events.device",
    "audit_events.event",
    "audit_events.flow_id",
    "audit_events.id",
    "audit_events.request_id",
    "audit_events.source",
    "authenticators.account_id",
    "authenticators.pending_secret",
    "authenticators.pending_session",
    "authenticators.secret",
    "codes.flow_id",
    "codes.phone",
    "codes.service",
    "codes.verification",
    "contact_changes.account_id",
    "contact_changes.id",
    "contact_changes.kind",
    "contact_changes.old_value",
    // Ids of the provider, deleted after a day.
    "deliveries.event",
    "deliveries.provider",
    "deliveries.status",
    "deliveries.verification",
    "email_proofs.account_id",
    "email_proofs.cancel_hash",
    "email_proofs.code_hash",
    "email_proofs.email",
    "flows.account_id",
    "flows.handle_hash",
    "flows.id",
    "flows.phone",
    "flows.purpose",
    "flows.subject",
    "flows.verification",
    // The account id, amount, currency and time are kept for accounting.
    "ledger_entries.account_id",
    "ledger_entries.currency",
    "ledger_entries.description",
    "ledger_entries.id",
    "ledger_entries.payment_id",
    "ledger_entries.recipient",
    // Keyed hashes and times, deleted a week after the limit has ended.
    "limit_buckets.counts",
    "limit_buckets.events",
    "limit_buckets.key",
    "outbox.account_id",
    "outbox.id",
    "outbox.kind",
    "outbox.notice",
    "outbox.outcome",
    "outbox.recipient",
    "outbox.way",
    "password_resets.account_id",
    "password_resets.email",
    "password_resets.kind",
    "password_resets.password_digest",
    "password_resets.subject",
    "password_resets.token_hash",
    "payments.account_id",
    "payments.currency",
    "payments.description",
    "payments.flow_id",
    "payments.id",
    "payments.reason",
    "payments.recipient",
    // A keyed hash. A copy of the database does not contain its key in plain text.
    "payments.request_key",
    "payments.session_id",
    "payments.source",
    "payments.status",
    "payments.transaction_id",
    "recoveries.account_id",
    "recoveries.browser_token_hash",
    "recoveries.email",
    "recoveries.id",
    "recoveries.phone",
    "recovery_codes.account_id",
    "recovery_codes.code_hash",
    // Contains no data of an account.
    "sealed_keys.name",
    "sealed_keys.sealed",
    "sessions.account_id",
    "sessions.id",
    "sessions.kind",
    "sessions.method",
    "sessions.previous_token_hash",
    "sessions.renewed_for",
    "sessions.source",
    "sessions.token_hash",
    "sessions.user_agent",
    // Random ids.
    "spent_captchas.id",
];

async fn every_text_column_is_covered_by_the_erasure(database: Database) {
    let app = TestApp::start(database).await;
    let columns = app.open_database().await.list_text_columns().await;
    assert_eq!(columns, COVERED);
}

/// Makes payments whose recipient and description name the user in several forms, and one that needs a code. The user
/// changes the name between two of them.
async fn make_payments_that_name_the_user(app: &TestApp, browser: &mut Browser, user: &User) {
    let national = user.phone.trim_start_matches("+1");
    let number = format!(
        "({}) {} {}",
        &national[..3],
        &national[3..6],
        &national[6..]
    );
    for (recipient, description) in [
        ("Zerlina Quattlebaum", "to myself"),
        ("Quattlebaum, Zerlina", ""),
        (number.as_str(), ""),
        ("Acme", "from Zerlina Quattlebaum"),
        ("Wilhelmina Ironside", "under the new name"),
    ] {
        if recipient == "Wilhelmina Ironside" {
            let change = call::change_names(recipient, &user.username);
            let step = browser.submit_form(&change).await.expect_step();
            assert_eq!(step, Step::NamesChanged);
        }
        let payment = Payment {
            recipient: recipient.to_owned(),
            description: description.to_owned(),
            ..Payment::in_dollars("5.00")
        };
        browser.pay_without_code(&payment).await;
    }
    let above = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (_, code) = browser.begin_payment_until_code(app, user, &above).await;
    browser.confirm_payment(&code).await.expect_step();
}

async fn erased_account_leaves_no_personal_data(database: Database) {
    const ADDRESS: &str = "203.0.113.77";
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let user = User {
        full_name: "Zerlina Quattlebaum".to_owned(),
        username: "zerlinaq".to_owned(),
        email: "zq@quattlebaum.example".to_owned(),
        ..User::with_unique_details()
    };
    let personal = [
        "zerlina",
        "quattlebaum",
        "wilhelmina",
        ADDRESS,
        "DistinctAgent",
        "Firefox on Linux",
        user.phone.trim_start_matches('+'),
    ]
    .map(str::to_lowercase);
    let at_home = || {
        app.new_browser()
            .at_address(ADDRESS)
            .with_user_agent("DistinctAgent (X11; Linux) Firefox/145.0")
    };
    // The erasure changes nothing in another account with the same number.
    let relative = User {
        phone: user.phone.clone(),
        ..User::with_unique_details()
    };
    app.new_browser().register(&app, &relative).await;
    app.skip_resend_cooldown().await;
    at_home().register(&app, &user).await;
    app.skip_resend_cooldown().await;
    let mut browser = at_home();
    browser.sign_in(&app, &user).await;
    app.skip_resend_cooldown().await;
    browser.create_recovery_codes().await;
    let authenticator = browser.begin_authenticator_set_up(&app).await;
    let code = authenticator.current_code().await;
    browser.confirm_authenticator(&code).await.expect_step();
    make_payments_that_name_the_user(&app, &mut browser, &user).await;
    at_home().enter_password(&user.username, "wrong").await;
    app.request_reset_token(&user).await;
    let probe = app.open_database().await;
    let columns = probe.list_text_columns().await;
    let found = |lines: Vec<String>| -> Vec<String> {
        let names = |line: &String| {
            let line = line.to_lowercase();
            personal.iter().any(|text| line.contains(text))
        };
        lines.into_iter().filter(names).collect()
    };
    let before = found(probe.read_column_values(&columns).await);
    for table in [
        "accounts",
        "audit_events",
        "flows",
        "ledger_entries",
        "outbox",
        "payments",
        "sessions",
    ] {
        let has = |line: &String| line.starts_with(table);
        assert!(
            table == "outbox" || before.iter().any(has),
            "{table}: {before:?}"
        );
    }
    let delete = call::delete_account(&user.username);
    let step = browser.submit_form(&delete).await.expect_step();
    assert_eq!(step, Step::DeletionRequested);
    app.simulator.advance_clock(TWO_WEEKS).await;
    probe.wait_for_number(ERASED, 1).await;
    probe.wait_for_number(UNSENT, 0).await;
    let mut after = found(probe.read_column_values(&columns).await);
    // The number of the other account is not erased.
    let number = format!("accounts.phone: {}", user.phone);
    assert_eq!(after.iter().filter(|line| **line == number).count(), 1);
    after.retain(|line| *line != number && *line != format!("codes.phone: {}", user.phone));
    assert_eq!(after, Vec::<String>::new());
    // Amounts, times and ids stay.
    let kept = "SELECT COUNT(*) FROM ledger_entries WHERE amount_minor > 0 AND at > 0 AND account_id IN \
                (SELECT id FROM accounts WHERE erased_at > 0)";
    assert_eq!(probe.read_number(kept).await, 6);
    let requests = "SELECT COUNT(*) FROM audit_events WHERE request_id <> '' AND account_id IN \
                    (SELECT id FROM accounts WHERE erased_at > 0)";
    assert_eq!(probe.read_number(requests).await, 0);
    let texts = "SELECT COUNT(*) FROM ledger_entries WHERE recipient <> '' OR description <> ''";
    assert_eq!(probe.read_number(texts).await, 0);
    assert!(
        app.new_browser()
            .is_password_accepted(&relative.username, &relative.password)
            .await
    );
}
