//! The event stream of an open code entry.

use domain::Purpose;
use serde_json::json;

use crate::support::wire::{Request, send_at_once};
use crate::support::{
    ApiClient, Browser, Database, EventStream, TestApp, User, alter_token, call, on_both_databases,
};

const PURPOSE: Purpose = Purpose::Registration;

on_both_databases![
    delivery_status_is_shown_from_sent_to_delivered,
    event_stream_reports_an_undelivered_message,
    event_stream_reports_a_code_entered_in_another_tab_and_ends,
    event_stream_ends_with_its_session,
    events_of_another_browsers_flow_are_not_found,
    third_page_of_a_flow_reads_the_status_and_reconnects_every_five_seconds,
    api_flow_has_at_most_two_event_streams,
    session_has_at_most_five_event_streams,
    address_keeps_its_fifty_newest_event_streams,
    event_stream_reports_expiry_when_it_happens,
    stopping_server_ends_its_event_streams,
    error_of_an_open_flow_contains_its_flow_token,
    api_client_reads_events_of_its_own_flow,
    code_entry_is_in_the_first_html_with_all_its_times,
];

async fn start_with_webhooks(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_SIMULATOR_WEBHOOKS", "app")
        .start()
        .await
}

/// Begins a registration and sends its code.
async fn begin_registration_and_send_code(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser.begin_registration(user).await;
    browser.send_code(PURPOSE).await.expect_code_entry();
    browser
}

/// Tests docs/security.md#sse-04.
async fn delivery_status_is_shown_from_sent_to_delivered(database: Database) {
    let app = TestApp::start(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    let head = stream.response_head().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for line in ["content-type: text/event-stream", "cache-control: no-store"] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert!(!head.contains("access-control"), "{head}");
    assert!(!head.contains("content-encoding"), "{head}");
    assert_eq!(stream.next_status().await, "sent");

    // A second code, with webhooks of the provider.
    let app = start_with_webhooks(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    let mut status = stream.next_status().await;
    if status == "sent" {
        status = stream.next_status().await;
    }
    assert_eq!(status, "delivered");
}

/// Tests docs/security.md#prv-10.
async fn event_stream_reports_an_undelivered_message(database: Database) {
    let app = start_with_webhooks(database).await;
    let lost = User {
        phone: "+12025530003".into(),
        ..User::with_unique_details()
    };
    let browser = begin_registration_and_send_code(&app, &lost).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    let mut status = stream.next_status().await;
    if status == "sent" {
        status = stream.next_status().await;
    }
    assert_eq!(status, "undelivered");
}

/// Tests docs/security.md#sse-02, docs/security.md#sse-05.
async fn event_stream_reports_a_code_entered_in_another_tab_and_ends(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = begin_registration_and_send_code(&app, &ann).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    assert_eq!(stream.next_status().await, "sent");
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let later = browser.clone();
    browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(stream.next_status().await, "completed");
    stream.wait_for_end().await;
    // A client that reconnects receives the same status.
    let mut stream = later.open_event_stream("registration", app.address).await;
    assert_eq!(stream.next_status().await, "completed");
    stream.wait_for_end().await;
}

/// Tests docs/security.md#sse-02, docs/security.md#phn-04.
async fn event_stream_ends_with_its_session(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let number = User::with_unique_details().phone;
    browser
        .submit_form(&call::begin_phone_change(&number))
        .await
        .expect_code_entry();
    let mut stream = browser.open_event_stream("phone_change", app.address).await;
    assert_eq!(stream.next_status().await, "sent");
    browser.clone().sign_out().await;
    assert_eq!(stream.next_status().await, "ended");
    stream.wait_for_end().await;
}

/// Tests docs/security.md#sse-01, docs/security.md#sse-04.
async fn events_of_another_browsers_flow_are_not_found(database: Database) {
    let app = TestApp::start(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    // A flow token of one purpose is not valid for another.
    for (whose, purpose) in [
        (app.new_browser(), "registration"),
        (browser.clone(), "sign_in"),
    ] {
        let mut stream = whose.open_event_stream(purpose, app.address).await;
        assert_eq!(stream.next_status().await, "ended");
        stream.wait_for_end().await;
    }
    let path = "/verification/events?purpose=registration";
    for wrong in ["/verification/events", "/verification/events?purpose=x"] {
        let answer = browser.page_request("GET", wrong).send(app.address).await;
        assert_eq!(answer.status, 404, "{wrong}");
    }
    let foreign = browser
        .page_request("GET", path)
        .without_header("Sec-Fetch-Site")
        .with_header("Sec-Fetch-Site", "cross-site")
        .with_header("Sec-Fetch-Mode", "cors")
        .send(app.address)
        .await;
    assert_eq!(foreign.status, 403);
}

/// The delay after which a page reconnects if its flow or session has the maximum number of event streams.
const RECONNECT_DELAY_AT_LIMIT_MILLIS: u64 = 5_000;

/// Returns whether the page got only the current status, because its flow or session has the maximum number of event
/// streams.
async fn is_only_current_status(stream: &mut EventStream) -> bool {
    assert!(is_stream_open(stream), "{}", stream.response_head());
    assert_eq!(stream.next_status().await, "sent");
    stream.reconnect_delay_millis() == Some(RECONNECT_DELAY_AT_LIMIT_MILLIS)
}

/// Tests docs/security.md#sse-03.
async fn third_page_of_a_flow_reads_the_status_and_reconnects_every_five_seconds(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    let open_stream = || browser.open_event_stream("registration", app.address);
    let (mut one, mut two, mut three) = (
        open_stream().await,
        open_stream().await,
        open_stream().await,
    );
    assert!(is_only_current_status(&mut three).await);
    three.wait_for_end().await;
    for stream in [&mut one, &mut two] {
        assert!(!is_only_current_status(stream).await);
    }
    drop(one);
    // The limit admits another stream when the server has noticed the disconnection.
    while is_only_current_status(&mut open_stream().await).await {
        tokio::task::yield_now().await;
    }
}

/// Tests docs/security.md#sse-03.
async fn api_flow_has_at_most_two_event_streams(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_API_CLIENTS", ApiClient::CLIENT_SETTING)
        .start()
        .await;
    let registration = ApiClient::registration_body(&User::with_unique_details());
    let program = app.new_api_client();
    let begun = program.post("/v1/register/start", &registration).await;
    let events = Request::get(&format!("/v1/events?flow={}", begun.flow_token(200)));
    let _one = EventStream::open(&events, app.address).await;
    let _two = EventStream::open(&events, app.address).await;
    let answer = events.send(app.address).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), Some("5"));
}

/// Returns whether the server accepted the event stream.
fn is_stream_open(stream: &EventStream) -> bool {
    stream.response_head().starts_with("HTTP/1.1 200")
}

/// Tests docs/security.md#sse-03.
async fn session_has_at_most_five_event_streams(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let cookie_name = call::flow_token_cookie(PURPOSE).to_owned();
    let mut streams = Vec::new();
    for _ in 0..3 {
        let flow = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
        let flow = flow.flow_token(PURPOSE).expect("flow token exists");
        browser.cookies.insert(cookie_name.clone(), flow);
        for _ in 0..2 {
            streams.push(browser.open_event_stream("registration", app.address).await);
        }
    }
    let mut sixth = streams.pop().expect("list is not empty");
    for stream in &mut streams {
        assert!(!is_only_current_status(stream).await);
    }
    assert!(is_only_current_status(&mut sixth).await);
    // The limit of the flow is not reached.
    browser.cookies.remove(call::SESSION_COOKIE);
    let mut of_flow = browser.open_event_stream("registration", app.address).await;
    assert!(!is_only_current_status(&mut of_flow).await);
}

/// Tests docs/security.md#sse-03.
async fn address_keeps_its_fifty_newest_event_streams(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_API_CLIENTS", ApiClient::CLIENT_SETTING)
        .start()
        .await;
    let program = app.new_api_client();
    let mut streams = Vec::new();
    let mut last = None;
    for _ in 0..26 {
        let registration = ApiClient::registration_body(&User::with_unique_details());
        let begun = program.post("/v1/register/start", &registration).await;
        let events = Request::get(&format!("/v1/events?flow={}", begun.flow_token(200)));
        for _ in 0..2 {
            streams.push(EventStream::open(&events, app.address).await);
        }
        last = Some(events);
    }
    assert!(streams.iter().all(is_stream_open));
    let mut newest = streams.split_off(2);
    for mut oldest in streams {
        assert_eq!(oldest.next_status().await, "sent");
        oldest.wait_for_end().await;
    }
    for stream in &mut newest {
        assert_eq!(stream.next_status().await, "sent");
    }
    // The streams of an API client do not count for its address.
    drop(newest.pop());
    let known = last
        .expect("list is not empty")
        .with_header("Authorization", ApiClient::BASIC_CREDENTIALS);
    loop {
        // Waits until the server has noticed that the flow has one stream less.
        let stream = EventStream::open(&known, app.address).await;
        if is_stream_open(&stream) {
            break;
        }
        tokio::task::yield_now().await;
    }
    let mut kept = newest.remove(0);
    app.simulator.advance_clock(900).await;
    assert_ne!(kept.next_status().await, "sent", "it still reports changes");
}

/// Tests docs/security.md#sse-02.
async fn event_stream_reports_expiry_when_it_happens(database: Database) {
    let app = TestApp::start(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    // The code expires in less than a second, so a busy machine has most of the five seconds left.
    app.simulator.advance_clock(599).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    let mut status = stream.next_status().await;
    if status == "sent" {
        status = stream.next_status().await;
        assert!(stream.has_only_reported_statuses());
    }
    assert_eq!(status, "expired");
    app.simulator.advance_clock(300).await;
    assert_eq!(stream.next_status().await, "ended");
    stream.wait_for_end().await;
}

/// Tests docs/security.md#sse-01.
async fn error_of_an_open_flow_contains_its_flow_token(database: Database) {
    let app = TestApp::start(database).await;
    let (program, bob) = (app.new_api_client(), app.register_user().await);
    let (ended_flow, _) = program
        .register_until_code(&app, &User::with_unique_details())
        .await;
    app.simulator.advance_clock(900).await;
    let (live, _) = program.sign_in_until_code(&app, &bob).await;
    let ended_flow = format!("{}={ended_flow}", call::flow_token_cookie(PURPOSE));
    let live = format!("{}={live}", call::flow_token_cookie(Purpose::SignIn));
    for (cookies, status) in [
        (format!("{ended_flow}; {live}"), "sent"),
        (ended_flow, "ended"),
    ] {
        let events = Request::get("/v1/events").with_header("Cookie", &cookies);
        let mut stream = EventStream::open(&events, app.address).await;
        assert_eq!(stream.next_status().await, status, "{cookies}");
    }
}

/// Tests docs/security.md#dur-08.
async fn stopping_server_ends_its_event_streams(database: Database) {
    let mut app = TestApp::start(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    let mut stream = browser.open_event_stream("registration", app.address).await;
    assert_eq!(stream.next_status().await, "sent");
    app.process.send_signal("TERM");
    stream.wait_for_end().await;
    app.process.wait_for_exit().await;
}

/// Tests docs/security.md#sse-01, docs/security.md#sse-02.
async fn api_client_reads_events_of_its_own_flow(database: Database) {
    let app = start_with_webhooks(database).await;
    let (program, ann) = (app.new_api_client(), app.register_user().await);
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let login = json!({ "email": ann.email, "password": ann.password });
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let events = |flow: &str| Request::get(&format!("/v1/events?flow={flow}"));
    let mut stream = EventStream::open(&events(&flow), app.address).await;
    let mut status = stream.next_status().await;
    if status == "sent" {
        status = stream.next_status().await;
    }
    assert_eq!(status, "delivered");
    let code = phone.next_code().await;
    program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    assert_eq!(stream.next_status().await, "completed");
    stream.wait_for_end().await;

    for unknown in ["", "x", &alter_token(&flow)] {
        let answer = events(unknown).send(app.address).await;
        assert_eq!(answer.status, 404, "{unknown}");
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/problem+json"));
    }
}

/// Sends many requests, because the server may render a page on one thread and drop it on another.
async fn code_entry_is_in_the_first_html_with_all_its_times(database: Database) {
    let app = TestApp::start(database).await;
    let browser = begin_registration_and_send_code(&app, &User::with_unique_details()).await;
    for _ in 0..10 {
        let page = browser.page_request("GET", "/register/verify");
        let requests = (0..40).map(|_| (app.address, page.clone())).collect();
        for answer in send_at_once(requests).await {
            assert_eq!(answer.status, 200);
        }
    }
}
