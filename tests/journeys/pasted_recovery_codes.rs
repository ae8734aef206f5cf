//! Recovery codes that users paste.

use domain::{Field, Problem, Purpose, Step};
use serde_json::json;

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    recovery_code_is_accepted_in_the_forms_in_which_it_is_pasted,
    text_that_cannot_be_a_recovery_code_costs_no_attempt,
];

async fn recovery_code_is_accepted_in_the_forms_in_which_it_is_pasted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut signed_in = app.new_browser();
    signed_in.sign_in(&app, &ann).await;
    let codes = signed_in.create_recovery_codes().await;
    let forms = [
        format!("1. {}", codes[0]),
        format!("\"{}\"", codes[1]),
        format!("{},", codes[2]),
        format!("10) {}", codes[3].replace('-', " ").to_lowercase()),
        format!(
            "\u{202a}Recovery code: {}\u{202c}",
            codes[4].replace('-', "\u{2011}")
        ),
    ];
    for typed in &forms {
        let mut browser = app.sign_in_until_recovery_code(&ann).await;
        let step = browser
            .enter_code(Purpose::SignIn, typed)
            .await
            .expect_step();
        assert_eq!(step, Step::Dashboard, "{typed}");
    }
    let program = app.new_api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    for typed in [format!("6. {}", codes[5]), format!("“{}”;", codes[6])] {
        let flow = program.post("/v1/login", &login).await.flow_token(200);
        program
            .submit_sign_in_code(&flow, &typed)
            .await
            .access_token(200);
    }
}

async fn text_that_cannot_be_a_recovery_code_costs_no_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut signed_in = app.new_browser();
    signed_in.sign_in(&app, &ann).await;
    let codes = signed_in.create_recovery_codes().await;
    let mut browser = app.sign_in_until_recovery_code(&ann).await;
    let program = app.new_api_client();
    let login = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let two = format!("{} {}", codes[0], codes[1]);
    for typed in [
        "",
        "123456",
        "AAAA-BBBB",
        "not a code",
        &codes[0][1..],
        &two,
    ] {
        for _ in 0..3 {
            let refusal = browser
                .enter_code(Purpose::SignIn, typed)
                .await
                .expect_errors();
            let problem = refusal.first_problem_of(Field::Code);
            assert_eq!(problem, Some(&Problem::RecoveryCodeMalformed), "{typed}");
            program
                .submit_sign_in_code(&flow, typed)
                .await
                .expect_error(400, "malformed_code");
        }
    }
    let failures = "SELECT COUNT(*) FROM audit_events WHERE event = 'code_refused'";
    assert_eq!(app.open_database().await.read_number(failures).await, 0);
    browser
        .enter_code(Purpose::SignIn, &codes[0])
        .await
        .expect_step();
    program
        .submit_sign_in_code(&flow, &codes[1])
        .await
        .access_token(200);
}
