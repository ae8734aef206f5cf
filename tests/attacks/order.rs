//! Calls out of order: in each state only the next step advances the flow.

use domain::Purpose;

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    out_of_order_calls_do_not_advance_a_registration,
    out_of_order_calls_do_not_advance_a_sign_in,
    reading_pages_writes_nothing_and_sends_nothing,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    None,
    Collecting,
    Ready,
    Awaiting,
    Cancelled,
    Completed,
}

const STATES: [State; 6] = [
    State::None,
    State::Collecting,
    State::Ready,
    State::Awaiting,
    State::Cancelled,
    State::Completed,
];

/// Returns the calls that a flow in this state accepts. All others must be refused.
fn allowed_calls(purpose: Purpose, state: State) -> &'static [&'static str] {
    match (purpose, state) {
        (_, State::None | State::Cancelled | State::Completed) => &[],
        (Purpose::Registration, State::Collecting) => &["credentials"],
        (Purpose::Registration, State::Ready) => &["credentials", "send"],
        (_, State::Collecting | State::Ready) => &["send", "sms", "another"],
        (Purpose::Registration, State::Awaiting) => &["send", "check", "entry"],
        (_, State::Awaiting) => &["send", "check", "entry", "sms", "another"],
    }
}

/// Returns every form post of a flow, with its purpose and its name.
fn every_call(code: &str) -> Vec<(Option<Purpose>, &'static str, call::FormPost)> {
    let mut calls = vec![
        (
            Some(Purpose::Registration),
            "credentials",
            call::submit_registration_credentials("a new long password 77", "+14155559999"),
        ),
        (Some(Purpose::SignIn), "sms", call::choose_method("sms")),
        (None, "totp", call::choose_method("totp")),
        (None, "no method", call::choose_method("")),
        (
            Some(Purpose::SignIn),
            "another",
            call::choose_another_method(),
        ),
    ];
    for purpose in Purpose::ALL {
        calls.push((Some(purpose), "send", call::request_code(purpose)));
        calls.push((Some(purpose), "check", call::submit_code(purpose, code)));
        calls.push((Some(purpose), "entry", call::read_code_entry(purpose)));
    }
    calls
}

/// Creates a browser whose flow is in this state. Returns the browser and the code that was sent, or an invalid code.
pub async fn browser_in_state(app: &TestApp, purpose: Purpose, state: State) -> (Browser, String) {
    let mut browser = app.new_browser();
    let mut code = "123456".to_owned();
    if purpose == Purpose::Registration {
        let ann = User::with_unique_details();
        if state != State::None {
            browser
                .submit_registration_details(&ann)
                .await
                .expect_step();
        }
        if !matches!(state, State::None | State::Collecting) {
            browser
                .submit_registration_credentials(&ann)
                .await
                .expect_step();
        }
        if matches!(state, State::Awaiting | State::Cancelled | State::Completed) {
            browser.send_code(purpose).await.expect_code_entry();
            code = app
                .simulator
                .phone_with_number(&ann.phone)
                .next_code()
                .await;
        }
    } else {
        let ann = app.register_user().await;
        if matches!(state, State::Collecting | State::Ready) {
            browser.begin_sign_in(&ann).await;
        } else if state != State::None {
            code = browser.sign_in_until_code(app, &ann).await;
        }
    }
    // Keeps the cookie of a finished flow on purpose: it must not give access to anything.
    let held = browser.cookies.clone();
    match state {
        State::Cancelled => {
            let cancelled = app.simulator.list_calls_of("update").await.len();
            browser.cancel_flow(purpose).await.expect_step();
            // The app cancels the code at the provider in the background.
            app.simulator.wait_for_cancelled_codes(cancelled + 1).await;
        }
        State::Completed => drop(browser.enter_code(purpose, &code).await.expect_step()),
        _ => {}
    }
    browser.cookies = held;
    (browser, code)
}

async fn out_of_order_calls_do_not_advance_a_flow(database: Database, purpose: Purpose) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    for state in STATES {
        let (browser, code) = browser_in_state(&app, purpose, state).await;
        let before = probe.dump_rows().await;
        let calls = app.simulator.list_calls().await.len();
        for (of, name, call) in every_call(&code) {
            if of == Some(purpose) && allowed_calls(purpose, state).contains(&name) {
                continue;
            }
            let mut browser = browser.clone();
            let reply = browser.submit_form(&call).await;
            assert!(reply.is_refused(), "{state:?} {of:?} {name}");
            let session = reply
                .response
                .header_values("set-cookie")
                .any(|line| line.contains("session="));
            assert!(!session, "{state:?} {of:?} {name}");
            let after = probe.dump_rows().await;
            assert_eq!(
                before, after,
                "{state:?} {of:?} {name} changed the database"
            );
            let now = app.simulator.list_calls().await.len();
            assert_eq!(calls, now, "{state:?} {of:?} {name} asked the provider");
        }
    }
}

/// Tests docs/security.md#sm-02, docs/security.md#sm-03, docs/security.md#sm-06, docs/security.md#reg-01.
async fn out_of_order_calls_do_not_advance_a_registration(database: Database) {
    out_of_order_calls_do_not_advance_a_flow(database, Purpose::Registration).await;
}

/// Tests docs/security.md#sm-02, docs/security.md#sm-03, docs/security.md#sm-06.
async fn out_of_order_calls_do_not_advance_a_sign_in(database: Database) {
    out_of_order_calls_do_not_advance_a_flow(database, Purpose::SignIn).await;
}

/// Tests docs/security.md#sm-16, docs/security.md#csrf-02.
async fn reading_pages_writes_nothing_and_sends_nothing(database: Database) {
    const PAGES: [&str; 10] = [
        "/",
        "/register",
        "/register/credentials",
        "/register/verify",
        "/login",
        "/login/verify",
        "/dashboard",
        "/nowhere",
        "/api/verification/send",
        "/api/login/begin",
    ];
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        for state in STATES {
            let (browser, _) = browser_in_state(&app, purpose, state).await;
            let (before, calls) = (probe.dump_rows().await, app.simulator.list_calls().await);
            for page in PAGES {
                for method in ["GET", "HEAD", "GET", "HEAD", "GET"] {
                    let answer = browser.page_request(method, page).send(app.address).await;
                    assert!(answer.status < 500, "{method} {page}: {}", answer.text());
                }
            }
            assert_eq!(before, probe.dump_rows().await, "{purpose:?} {state:?}");
            let now = app.simulator.list_calls().await;
            assert_eq!(calls.len(), now.len(), "{purpose:?} {state:?}");
        }
    }
}
