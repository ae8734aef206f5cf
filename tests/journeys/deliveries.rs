//! Delivery status from the provider's webhooks.

use domain::{Delivery, Purpose};
use sallyport::security::token::Token;
use sallyport::store::flows;
use sallyport::store::{ReadFrom, Store, deliveries};
use serde_json::json;

use crate::support::metrics::{Metrics, start_app_with_metrics_and_settings};
use crate::support::{Browser, Database, Provider, TestApp, User, on_both_databases};

const PURPOSE: Purpose = Purpose::Registration;

on_both_databases![
    event_stream_reports_a_delivered_message,
    undelivered_message_is_shown_and_another_number_can_be_used,
    repeated_and_reordered_webhooks_have_no_effect,
    each_delivery_is_counted_once_and_a_failed_one_is_logged_with_its_reason,
    resent_message_starts_with_status_sent,
    event_stream_reports_the_status_of_each_message,
];

/// Starts an app that receives the webhooks of the simulator.
async fn start_with_webhooks(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_SIMULATOR_WEBHOOKS", "app")
        .start()
        .await
}

/// Waits until the provider has sent this many webhooks.
async fn wait_for_webhooks(app: &TestApp, count: i64) {
    let probe = app.open_database().await;
    probe
        .wait_for_number("SELECT COUNT(*) FROM deliveries", count)
        .await;
}

/// Returns the delivery status of the current code in the database.
async fn read_delivery_status(app: &TestApp, browser: &Browser) -> Option<Delivery> {
    let store = Store::open(&app.database_url)
        .await
        .expect("database is opened");
    let flow_token = browser.flow_token(PURPOSE).expect("flow token exists");
    let token_hash = Token::parse(&flow_token).expect("valid flow token").hash();
    let flow = flows::find_flow(ReadFrom::Store(&store), PURPOSE, &token_hash).await;
    let flow = flow.expect("row is read").expect("flow exists");
    deliveries::find_delivery_status(&store, &flow)
        .await
        .expect("row is read")
}

/// Begins a registration and sends its code.
async fn begin_registration_and_send_code(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser.begin_registration(user).await;
    assert_eq!(read_delivery_status(app, &browser).await, None);
    browser.send_code(PURPOSE).await.expect_code_entry();
    browser
}

async fn event_stream_reports_a_delivered_message(database: Database) {
    let app = start_with_webhooks(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    wait_for_webhooks(&app, 2).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
    let probe = app.open_database().await;
    let provider = probe
        .read_text("SELECT MIN(provider) FROM deliveries")
        .await;
    assert_eq!(provider, Provider::from_environment().name());
}

/// Tests docs/security.md#prv-10.
async fn undelivered_message_is_shown_and_another_number_can_be_used(database: Database) {
    let app = start_with_webhooks(database).await;
    let lost = User {
        phone: "+12025530003".into(),
        ..User::with_unique_details()
    };
    let browser = begin_registration_and_send_code(&app, &lost).await;
    wait_for_webhooks(&app, 2).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Undelivered)
    );
    let ann = User::with_unique_details();
    app.new_browser().register(&app, &ann).await;
}

/// Tests docs/security.md#hook-03.
async fn repeated_and_reordered_webhooks_have_no_effect(database: Database) {
    let app = start_with_webhooks(database).await;
    app.simulator
        .set_webhook_script(json!({ "copies": 3, "reversed": true }))
        .await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    wait_for_webhooks(&app, 2).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
}

/// Tests docs/security.md#ops-02.
async fn each_delivery_is_counted_once_and_a_failed_one_is_logged_with_its_reason(
    database: Database,
) {
    let (mut app, metrics_server) =
        start_app_with_metrics_and_settings(database, &[("SALLYPORT_SIMULATOR_WEBHOOKS", "app")])
            .await;
    app.simulator
        .set_webhook_script(json!({ "copies": 3 }))
        .await;
    let lost = User {
        phone: "+12025530003".into(),
        ..User::with_unique_details()
    };
    begin_registration_and_send_code(&app, &lost).await;
    let name = "sallyport_delivery_reports_total";
    let provider = Provider::from_environment().name();
    let undelivered = [("provider", provider), ("outcome", "undelivered")];
    Metrics::wait_for(metrics_server, |metrics| {
        metrics.text.contains("outcome=\"undelivered\"")
    })
    .await;
    let line = app
        .process
        .wait_for_output("a message with a code was not delivered")
        .await;
    let has_reason = line.contains("30003");
    assert_eq!(has_reason, provider == "twilio", "{line}");
    let ann = User::with_unique_details();
    app.new_browser().register(&app, &ann).await;
    let delivered = [("provider", provider), ("outcome", "delivered")];
    Metrics::wait_for(metrics_server, |metrics| {
        metrics.text.contains("outcome=\"delivered\"")
    })
    .await;
    let metrics = Metrics::read(metrics_server).await;
    for outcome in [undelivered, delivered] {
        assert_eq!(metrics.sum(name, &outcome), 1, "{outcome:?}");
    }
}

async fn resent_message_starts_with_status_sent(database: Database) {
    let app = start_with_webhooks(database).await;
    let ann = User::with_unique_details();
    let mut browser = begin_registration_and_send_code(&app, &ann).await;
    wait_for_webhooks(&app, 2).await;
    app.skip_resend_cooldown().await;
    let script = json!([{ "on": "create", "kind": "drop_before" }]);
    app.simulator.set_faults(script).await;
    browser.send_code(PURPOSE).await.expect_errors();
    // A webhook about an unknown message changes nothing.
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Sent)
    );
    app.skip_resend_cooldown().await;
    browser.send_code(PURPOSE).await.expect_code_entry();
    wait_for_webhooks(&app, 4).await;
    assert_eq!(
        read_delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
}

/// Covers docs/product.md#section-6-4.
async fn event_stream_reports_the_status_of_each_message(database: Database) {
    let app = start_with_webhooks(database).await;
    let ann = User::with_unique_details();
    let mut browser = begin_registration_and_send_code(&app, &ann).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    assert_eq!(stream.next_status_after_sent().await, "delivered");
    app.skip_resend_cooldown().await;
    browser.send_code(PURPOSE).await.expect_code_entry();
    assert_eq!(stream.next_status_after_sent().await, "delivered");
}
