//! Redirects of pages without scripts.

use domain::Purpose;

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    redirect_never_follows_the_referer_header,
    page_of_a_later_step_redirects_to_the_current_step,
];

/// Tests docs/security.md#csrf-04.
async fn redirect_never_follows_the_referer_header(database: Database) {
    const OWN: [&str; 6] = [
        "/",
        "/register",
        "/register/credentials",
        "/register/verify",
        "/login",
        "/login/verify",
    ];
    let app = TestApp::start(database).await;
    let browser = app.new_browser().without_scripts();
    let mut calls = call::posts_with_flow_token(Purpose::Registration, "123456");
    calls.extend(call::posts_with_flow_token(Purpose::SignIn, "123456"));
    calls.push(call::sign_out());
    // Without a session, these lead to the sign-in page.
    calls.extend([call::end_other_sessions(), call::request_email_code()]);
    calls.push(call::submit_password(
        "unknown-user",
        "nothing at all",
        "garbage",
    ));
    calls.push(call::submit_registration_details(
        &User::with_unique_details(),
        "garbage",
    ));
    // A call with arguments that the server cannot parse.
    calls.push(call::FormPost {
        path: "/api/verification/send",
        fields: vec![("purpose", "none".into())],
    });
    calls.push(call::FormPost {
        path: "/api/register/begin",
        fields: Vec::new(),
    });
    for referer in [
        "https://evil.example/x",
        "javascript:alert(1)",
        "//evil.example",
        "/dashboard",
    ] {
        for call in &calls {
            let request = browser.form_request(call).with_header("Referer", referer);
            let answer = request.send(app.address).await;
            assert_eq!(answer.status, 303, "{}", call.path);
            let location = answer.location();
            assert!(OWN.contains(&location), "{}: {location}", call.path);
        }
    }
}

/// Tests docs/security.md#sm-02, docs/security.md#sm-17.
async fn page_of_a_later_step_redirects_to_the_current_step(database: Database) {
    let app = TestApp::start(database).await;
    let leads = async |browser: &mut Browser, from: &str, to: &str| {
        let page = browser.load_page(from).await;
        assert_eq!((page.status, page.location()), (303, to), "{from}");
    };
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    leads(&mut browser, "/register/credentials", "/register").await;
    leads(&mut browser, "/register/verify", "/register").await;
    leads(&mut browser, "/login/verify", "/login").await;
    leads(&mut browser, "/dashboard", "/login").await;
    leads(&mut browser, "/", "/login").await;
    let eve = User::with_unique_details();
    browser
        .submit_registration_details(&eve)
        .await
        .expect_step();
    leads(&mut browser, "/register", "/register/credentials").await;
    leads(&mut browser, "/register/verify", "/register/credentials").await;
    browser
        .submit_registration_credentials(&eve)
        .await
        .expect_step();
    leads(&mut browser, "/register", "/register/verify").await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    leads(&mut browser, "/register/credentials", "/register/verify").await;
    browser.begin_sign_in(&ann).await;
    leads(&mut browser, "/login/verify", "/login").await;
    browser.choose_sms_method().await.expect_code_entry();
    leads(&mut browser, "/login", "/login/verify").await;
    leads(&mut browser, "/dashboard", "/login").await;
    let code = app.simulator.phone_with_number(&ann.phone);
    let mut code = code;
    code.next_code().await;
    let code = code.next_code().await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    leads(&mut browser, "/login", "/dashboard").await;
    leads(&mut browser, "/login/verify", "/dashboard").await;
    leads(&mut browser, "/", "/dashboard").await;
}
