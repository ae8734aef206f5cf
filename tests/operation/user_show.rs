//! What operators see of an account.

use domain::{Problem, Purpose};

use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![user_show_lists_every_pending_action_of_an_account];

/// Tests docs/product.md#section-11.
async fn user_show_lists_every_pending_action_of_an_account(database: Database) {
    let app = TestApp::start(database).await;
    let shown = |user: &User| {
        let output = app.run_user_command(&["show", &user.username, "--json"]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        let json: serde_json::Value =
            serde_json::from_str(&output.stdout).expect("output is a JSON document");
        (json, app.run_user_command(&["show", &user.username]).stdout)
    };
    let ann = app.register_user().await;
    let (json, _) = shown(&ann);
    for open in ["held_at", "delete_at", "recovery", "pending_email"] {
        assert!(json[open].is_null(), "{open}: {json}");
    }
    assert_eq!(json["email_verified"], true);

    app.open_recovery(&ann).await;
    let (json, text) = shown(&ann);
    assert!(json["recovery"]["due_at"].is_string(), "{json}");
    assert!(
        text.contains("\nRecovery   of a lost phone since "),
        "{text}"
    );

    let mut browser = app.new_browser();
    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    app.skip_resend_cooldown().await;
    browser.begin_email_change(&app, "new@example.net").await;
    let (json, text) = shown(&ann);
    assert_eq!(json["pending_email"]["email"], "new@example.net");
    assert!(
        text.contains("\nNew email  new@example.net, waits"),
        "{text}"
    );

    let bob = app.register_user().await;
    let (_, mut browser, token) = app.change_email(&bob).await;
    browser
        .submit_form(&call::delete_account(&bob.username))
        .await
        .expect_step();
    let (json, text) = shown(&bob);
    assert!(json["delete_at"].is_string(), "{json}");
    assert!(text.contains("\nDeletion   at "), "{text}");
    app.new_browser()
        .submit_form(&call::undo_change(&token))
        .await
        .expect_step();
    let (json, text) = shown(&bob);
    assert!(
        json["held_at"].is_string() && json["delete_at"].is_null(),
        "{json}"
    );
    assert!(
        text.contains("\nPassword   reset required since "),
        "{text}"
    );

    // The command "unlock" clears limits only. The account still requires a password reset, because an attacker may
    // know the password.
    let unlocked = app.run_user_command(&["unlock", &bob.username]);
    assert!(
        unlocked.stdout.contains("still requires a password reset"),
        "{unlocked:?}"
    );
    let refused = app
        .new_browser()
        .enter_password(&bob.username, &bob.password)
        .await;
    assert_eq!(refused.expect_problem(), Problem::Credentials);
    // The operator can replace the e-mail address and the password of an account that requires a password reset.
    let moved = app.run_user_command(&["set-email", &bob.username, "chosen@example.net"]);
    assert_eq!(moved.exit_code, 0, "{moved:?}");
    assert!(shown(&bob).0["held_at"].is_string());
    let arguments = ["set-password", &bob.username, "--password-stdin"];
    let output = app.run_user_command_with_input(&arguments, "another horse 9 staple");
    assert_eq!(output.exit_code, 0, "{output:?}");
    assert!(shown(&bob).0["held_at"].is_null());
    let bob = User {
        password: "another horse 9 staple".to_owned(),
        ..bob
    };
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &bob).await;
}
