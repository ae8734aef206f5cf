//! After an undone change, an attacker may know the password of the account. The new password must be another one.

use domain::Problem;
use serde_json::json;

use super::undo_email::NEW;
use crate::support::password_reset::reset_link_path;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    password_reset_after_an_undo_refuses_the_old_password,
    password_reset_after_an_undo_refuses_the_old_password_over_the_api,
    password_reset_without_an_undo_accepts_the_old_password,
    operator_cannot_set_the_old_password_after_an_undo,
];

async fn password_reset_after_an_undo_refuses_the_old_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_required_reset().await;
    let token = app.request_reset_token(&ann).await;
    let mut browser = app.new_browser();
    let old = call::reset_password(&token, &ann.password);
    let refused = browser.submit_form(&old).await;
    assert_eq!(refused.expect_problem(), Problem::PasswordUnchanged);
    // The refused password does not use up the link.
    let page = browser.load_page(&reset_link_path(&token)).await;
    assert_eq!(page.status, 200);
    let ann = app.reset_password(&ann, NEW).await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn password_reset_after_an_undo_refuses_the_old_password_over_the_api(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_with_required_reset().await;
    let token = app.request_reset_token(&ann).await;
    let client = app.new_api_client();
    let old = json!({ "token": token, "password": ann.password });
    let refused = client.post("/v1/password/reset", &old).await;
    let body = refused.expect_error(400, "invalid_fields");
    assert_eq!(body["errors"][0]["field"], "password");
    assert_eq!(body["errors"][0]["code"], "password_unchanged");
    let new = json!({ "token": token, "password": NEW });
    let begun = client.post("/v1/password/reset", &new).await;
    assert_eq!(begun.expect_status(200)["requires_2fa"], true);
}

async fn password_reset_without_an_undo_accepts_the_old_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let ann = app.reset_password(&ann, &ann.password).await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn operator_cannot_set_the_old_password_after_an_undo(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (
        app.create_user_with_required_reset().await,
        app.register_user().await,
    );
    let set = |user: &User, password: &str| {
        let arguments = ["set-password", &user.username, "--password-stdin"];
        app.run_user_command_with_input(&arguments, password)
    };
    let refused = set(&ann, &ann.password);
    assert_eq!(refused.exit_code, 1, "{refused:?}");
    let text = "password: This is the current password. Choose a different one.";
    assert!(refused.stderr.contains(text), "{refused:?}");
    for done in [set(&ann, NEW), set(&bob, &bob.password)] {
        assert_eq!(done.exit_code, 0, "{done:?}");
    }
    let mut browser = app.new_browser();
    assert!(browser.is_password_accepted(&ann.username, NEW).await);
}
