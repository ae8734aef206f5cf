//! Usernames in the form of an account ID, with which an attacker makes the ID of another account ambiguous for the
//! commands of operators.

use domain::{Field, Problem, Step};

use crate::support::{ApiClient, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    id_of_another_account_is_refused_as_username,
    account_that_has_an_id_as_username_keeps_it,
];

async fn id_of_another_account_is_refused_as_username(database: Database) {
    const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG";
    let app = TestApp::start(database).await;
    let (ann, mut signed_in) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let id = probe.read_text("SELECT id FROM accounts").await;
    for username in [id.clone(), id.to_uppercase()] {
        let user = User {
            username: username.clone(),
            ..User::with_unique_details()
        };
        let mut browser = app.new_browser();
        let registration = browser.submit_registration_details(&user).await;
        let change = call::change_names("Ann Other", &username);
        let change = signed_in.submit_form(&change).await;
        for reply in [registration, change] {
            let errors = reply.expect_errors();
            let problem = errors.first_problem_of(Field::Username);
            assert_eq!(problem, Some(&Problem::UsernameInvalid));
        }
        let body = ApiClient::registration_body(&user);
        let over_api = app.new_api_client().post("/v1/register/start", &body).await;
        let errors = &over_api.expect_status(400)["errors"];
        assert_eq!(errors[0]["field"], "username", "{errors}");
        let create = [
            "create",
            "--username",
            &username,
            "--email",
            &user.email,
            "--full-name",
            &user.full_name,
            "--password-stdin",
        ];
        let created = app.run_user_command_with_input(&create, &user.password);
        assert_eq!(created.exit_code, 1, "{created:?}");
        assert!(created.stderr.contains("username: "), "{created:?}");
        let file = format!(
            "username,email,full_name,password_hash\n{username},{},{},{HASH}\n",
            user.email, user.full_name
        );
        let imported = app.run_user_command_with_input(&["import", "--format=csv", "-"], &file);
        assert_eq!(imported.exit_code, 2, "{imported:?}");
    }
    assert_eq!(probe.count_accounts().await, 1);
    let shown = app.run_user_command(&["show", &id]);
    assert_eq!(shown.exit_code, 0, "{shown:?}");
    assert!(shown.stdout.contains(&ann.username), "{shown:?}");
}

/// Earlier versions permitted such usernames.
async fn account_that_has_an_id_as_username_keeps_it(database: Database) {
    const USERNAME: &str = "9F3C07B2D41E8A65C0F7319BE2D84A56";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.execute_sql(
        "UPDATE accounts SET username = '9F3C07B2D41E8A65C0F7319BE2D84A56', \
         username_canonical = '9f3c07b2d41e8a65c0f7319be2d84a56'",
    )
    .await;
    let ann = User {
        username: USERNAME.to_owned(),
        ..ann
    };
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let change = call::change_names("Ann Other", USERNAME);
    let changed = browser.submit_form(&change).await;
    assert_eq!(changed.expect_step(), Step::NamesChanged);
    let set_password = ["set-password", USERNAME, "--password-stdin"];
    let refused = app.run_user_command_with_input(&set_password, USERNAME);
    assert_eq!(refused.exit_code, 1, "{refused:?}");
    assert!(refused.stderr.contains("password: "), "{refused:?}");
    let shown = app.run_user_command(&["show", USERNAME]);
    assert_eq!(shown.exit_code, 0, "{shown:?}");
}
