//! Delivery status from the provider's webhooks.

use domain::{Delivery, Purpose};
use sallyport::security::token::Token;
use sallyport::store::flows;
use sallyport::store::{ReadFrom, Store, deliveries};
use serde_json::json;

use crate::support::{Browser, Database, Provider, TestApp, User, on_both_databases};

const PURPOSE: Purpose = Purpose::Registration;

on_both_databases![
    event_stream_reports_a_delivered_message,
    undelivered_message_is_shown_and_another_number_can_be_used,
    repeated_and_reordered_webhooks_have_no_effect,
    resent_message_starts_with_status_sent,
];

/// An app that receives the simulator's webhooks.
async fn start_with_webhooks(database: Database) -> TestApp {
    TestApp::on(database)
        .with("SALLYPORT_SIMULATOR_WEBHOOKS", "app")
        .start()
        .await
}

/// Waits until the provider has sent this many webhooks.
async fn wait_for_webhooks(app: &TestApp, count: i64) {
    let probe = app.probe().await;
    probe
        .wait_for_number("SELECT COUNT(*) FROM deliveries", count)
        .await;
}

async fn delivery_status(app: &TestApp, browser: &Browser) -> Option<Delivery> {
    let store = Store::open(&app.database_url)
        .await
        .expect("the database opens");
    let handle = browser.flow_token(PURPOSE).expect("a flow");
    let handle = Token::parse(&handle).expect("a handle").hash();
    let flow = flows::find_flow(ReadFrom::Store(&store), PURPOSE, &handle).await;
    let flow = flow.expect("readable").expect("there");
    deliveries::find_delivery_status(&store, &flow)
        .await
        .expect("readable")
}

async fn registration_after_the_send(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.browser();
    browser.register_details(user).await.step();
    browser.credentials(user).await.step();
    assert_eq!(delivery_status(app, &browser).await, None);
    browser.send_code(PURPOSE).await.entry();
    browser
}

async fn event_stream_reports_a_delivered_message(database: Database) {
    let app = start_with_webhooks(database).await;
    let browser = registration_after_the_send(&app, &User::new()).await;
    wait_for_webhooks(&app, 2).await;
    assert_eq!(
        delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
    let probe = app.probe().await;
    let provider = probe.text("SELECT MIN(provider) FROM deliveries").await;
    assert_eq!(provider, Provider::configured().name());
}

/// Tests docs/security.md#prv-10.
async fn undelivered_message_is_shown_and_another_number_can_be_used(database: Database) {
    let app = start_with_webhooks(database).await;
    let lost = User {
        phone: "+12025530003".into(),
        ..User::new()
    };
    let browser = registration_after_the_send(&app, &lost).await;
    wait_for_webhooks(&app, 2).await;
    assert_eq!(
        delivery_status(&app, &browser).await,
        Some(Delivery::Undelivered)
    );
    let ann = User::new();
    app.browser().register(&app, &ann).await;
}

/// Tests docs/security.md#hook-03.
async fn repeated_and_reordered_webhooks_have_no_effect(database: Database) {
    let app = start_with_webhooks(database).await;
    app.simulator
        .set_webhook_script(json!({ "copies": 3, "reversed": true }))
        .await;
    let browser = registration_after_the_send(&app, &User::new()).await;
    wait_for_webhooks(&app, 2).await;
    assert_eq!(
        delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
}

async fn resent_message_starts_with_status_sent(database: Database) {
    let app = start_with_webhooks(database).await;
    let ann = User::new();
    let mut browser = registration_after_the_send(&app, &ann).await;
    wait_for_webhooks(&app, 2).await;
    app.skip_resend_cooldown().await;
    let script = json!([{ "on": "create", "kind": "drop_before" }]);
    app.simulator.set_faults(script).await;
    browser.send_code(PURPOSE).await.refusal();
    // A webhook about an unknown message changes nothing.
    assert_eq!(delivery_status(&app, &browser).await, Some(Delivery::Sent));
    app.skip_resend_cooldown().await;
    browser.send_code(PURPOSE).await.entry();
    wait_for_webhooks(&app, 4).await;
    assert_eq!(
        delivery_status(&app, &browser).await,
        Some(Delivery::Delivered)
    );
}
