//! Starts in production with a secret key that cannot decrypt the stored key of the limits.

use domain::Purpose;

use super::configuration::production_settings;
use crate::support::{
    Database, Process, RunningApp, TestApp, on_both_databases, sallyport_command,
};

on_both_databases![
    production_start_with_another_secret_key_is_refused_and_keeps_recovery_codes,
    production_starts_after_the_operator_has_deleted_the_stored_key,
];

const FIRST_KEY: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const STORED_KEY: &str = "SELECT sealed FROM sealed_keys";

/// Starts a server on the database of the app, with the production settings, which have another secret key.
async fn start_production_on_database(app: &RunningApp) -> Process {
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), app.database_url.clone()));
    let mut command = sallyport_command(app.data.path(), "serve", &settings);
    command.env_remove("SALLYPORT_SIMULATOR_LISTEN");
    Process::start(&command, "KILL", None).await
}

/// Tests docs/security.md#dur-05.
async fn production_start_with_another_secret_key_is_refused_and_keeps_recovery_codes(
    database: Database,
) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let codes = browser.create_recovery_codes().await;
    app.process.kill().await;
    let stored = app.open_database().await.read_text(STORED_KEY).await;

    let mut refused = start_production_on_database(&app).await;
    refused.wait_for_exit().await;
    let output = refused.output();
    for part in [
        "cannot be decrypted",
        "Add the earlier secret key to SALLYPORT_PREVIOUS_SECRET_KEYS",
        "DELETE FROM sealed_keys",
    ] {
        assert!(output.contains(part), "{output}");
    }
    let kept = app.open_database().await.read_text(STORED_KEY).await;
    assert_eq!(kept, stored);

    app.restart().await;
    let mut browser = app.sign_in_until_recovery_code(&ann).await;
    browser
        .enter_code(Purpose::SignIn, &codes[0])
        .await
        .expect_step();
}

/// Tests docs/security.md#dur-05.
async fn production_starts_after_the_operator_has_deleted_the_stored_key(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .start()
        .await;
    app.process.kill().await;
    app.execute_sql("DELETE FROM sealed_keys").await;
    let mut started = start_production_on_database(&app).await;
    started
        .wait_for_output("Sallyport is listening on http://")
        .await;
}
