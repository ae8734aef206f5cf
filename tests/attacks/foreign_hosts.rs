//! Requests with the host of another site, or from a page of another site.

use domain::Purpose;

use super::requests::assert_security_headers;
use crate::support::wire::Request;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    foreign_host_header_is_refused,
    own_host_is_accepted_with_default_or_empty_port_and_final_dot,
    own_ipv6_host_is_accepted_in_every_form,
    page_of_another_site_cannot_read_codes_or_advance_the_clock_of_the_simulator,
];

/// Tests docs/security.md#csrf-01.
async fn foreign_host_header_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    for host in [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example",
    ] {
        let answer = Request::get("/login")
            .with_header("Host", host)
            .send(app.address)
            .await;
        assert_eq!(answer.status, 421, "{host}");
        assert_security_headers(&answer, host);
    }
    let localhost = format!("localhost:{}", app.address.port());
    let answer = Request::get("/login")
        .with_header("Host", &localhost)
        .send(app.address)
        .await;
    assert_eq!(answer.status, 200);
}

async fn own_host_is_accepted_with_default_or_empty_port_and_final_dot(database: Database) {
    for (origin, port) in [("http://sally.test", 80), ("https://sally.test", 443)] {
        let app = TestApp::builder(database)
            .with_setting("SALLYPORT_PUBLIC_URL", origin)
            .start()
            .await;
        let get = async |host: &str| {
            let request = Request::get("/login").with_header("Host", host);
            request.send(app.address).await.status
        };
        for host in [
            "sally.test".to_owned(),
            "SALLY.TEST".to_owned(),
            format!("sally.test:{port}"),
            "sally.test.".to_owned(),
            format!("sally.test.:{port}"),
            format!("SALLY.Test.:{port}"),
            "sally.test:".to_owned(),
            "sally.test.:".to_owned(),
        ] {
            assert_eq!(get(&host).await, 200, "{host}");
        }
        for host in [
            format!("sally.test:{}", 523 - port),
            "sally.test:8080".to_owned(),
            "sally.test..".to_owned(),
            "sally.test.evil.example".to_owned(),
            "sally.test::".to_owned(),
            format!("sally.test:{port}:"),
            ".".to_owned(),
            ":".to_owned(),
        ] {
            assert_eq!(get(&host).await, 421, "{host}");
        }
        // A form on a page of the host with a final dot.
        let post = app
            .new_browser()
            .form_request(&call::read_code_entry(Purpose::SignIn))
            .with_header("Host", "sally.test.");
        let own = post
            .clone()
            .without_header("origin")
            .with_header("Origin", &format!("{origin}."));
        assert_eq!(own.send(app.address).await.status, 200);
        let foreign = post
            .without_header("origin")
            .with_header("Origin", "http://evil.test.");
        assert_eq!(foreign.send(app.address).await.status, 403);
    }
}

async fn own_ipv6_host_is_accepted_in_every_form(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_PUBLIC_URL", "http://[2001:db8::a]")
        .start()
        .await;
    for (host, status) in [
        ("[2001:db8::a]", 200),
        ("[2001:DB8::A]", 200),
        ("[2001:db8::a]:80", 200),
        ("[2001:db8::a]:", 200),
        ("[2001:db8::a]:81", 421),
        ("[2001:db8::b]", 421),
    ] {
        let request = Request::get("/login").with_header("Host", host);
        assert_eq!(request.send(app.address).await.status, status, "{host}");
    }
}

/// A page on the internet that reaches the simulator beside the application by DNS rebinding, or that posts to it.
async fn page_of_another_site_cannot_read_codes_or_advance_the_clock_of_the_simulator(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    browser.register_until_code(&app, &ann).await;
    let rebound = format!("attacker.example:{}", app.simulator.address.port());
    for path in [
        "/",
        "/_simulator/messages",
        "/_simulator/events",
        "/_simulator/mails",
    ] {
        let request = Request::get(path).with_header("Host", &rebound);
        assert_eq!(
            request.send(app.simulator.address).await.status,
            421,
            "{path}"
        );
    }
    let before = app.simulator.now_secs().await;
    let advance = |kind| {
        let request = Request::new("POST", "/_simulator/clock");
        request.with_body(kind, r#"{"advance_secs":86400}"#)
    };
    for (request, status) in [
        (
            advance("application/json").with_header("Host", &rebound),
            421,
        ),
        (advance("text/plain"), 415),
        (advance("application/x-www-form-urlencoded"), 415),
        (
            advance("text/plain").with_header("Origin", "https://attacker.example"),
            403,
        ),
        (
            advance("application/json").with_header("Sec-Fetch-Site", "cross-site"),
            403,
        ),
        (
            advance("application/json").with_header("Origin", "null"),
            403,
        ),
    ] {
        let answer = request.send(app.simulator.address).await;
        assert_eq!(answer.status, status, "{request:?}: {}", answer.text());
    }
    let reset = Request::new("DELETE", "/_simulator/state");
    let reset = reset.with_header("Sec-Fetch-Site", "cross-site");
    assert_eq!(reset.send(app.simulator.address).await.status, 403);
    assert!(app.simulator.now_secs().await < before + 3600);
}
