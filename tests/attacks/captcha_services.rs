//! CAPTCHA services of other companies, simulated.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use domain::{Problem, Purpose};
use tokio::task::JoinSet;

use crate::support::{Browser, Database, TestApp, TestAppBuilder, call, on_both_databases};

on_both_databases![
    captcha_token_of_every_service_is_accepted_once,
    captcha_token_for_another_host_or_action_or_with_a_low_score_is_refused,
    form_has_room_for_the_longest_token_in_every_field_of_the_widget,
    proof_of_work_replaces_a_captcha_service_that_does_not_answer,
    captcha_service_that_never_answers_delays_a_form_by_a_few_seconds_only,
    form_is_refused_if_the_captcha_service_does_not_answer_and_there_is_no_fallback,
    only_pages_with_the_captcha_widget_may_load_files_of_the_captcha_service,
];

pub(super) const SERVICES: [&str; 4] = ["recaptcha_v2", "recaptcha_v3", "hcaptcha", "turnstile"];
pub(super) const SECRET: &str = "simulator-secret-of-the-captcha-service";

/// Returns a builder for an app that uses this CAPTCHA service.
pub(super) fn app_with_captcha_service(
    database: Database,
    service: &str,
    secret: &str,
) -> TestAppBuilder {
    TestApp::builder(database)
        .with_setting("SALLYPORT_CAPTCHA", service)
        .with_setting("SALLYPORT_CAPTCHA_SITE_KEY", "site-key")
        .with_setting("SALLYPORT_CAPTCHA_SECRET", secret)
}

/// Returns a token of the simulated widget for a sign-in, with the fields in `changed` replaced.
pub(super) fn widget_token(id: &str, changed: &str) -> String {
    let (name, _) = changed.split_once('=').unwrap_or_default();
    let stated = ["hostname=127.0.0.1", "action=sign_in", "score=0.9"];
    let kept = stated
        .into_iter()
        .filter(|part| !part.starts_with(&format!("{name}=")) || name.is_empty());
    let parts: Vec<&str> = kept
        .chain([changed])
        .filter(|part| !part.is_empty())
        .collect();
    format!("{}&id={id}", parts.join("&"))
}

/// Returns the response to a sign-in with an unknown name: `Credentials` if the CAPTCHA is accepted.
pub(super) async fn sign_in(browser: &mut Browser, captcha: &str) -> Problem {
    let sign_in = call::submit_password("unknown-user", "not the password", captcha);
    browser.submit_form(&sign_in).await.expect_problem()
}

/// Tests docs/security.md#reg-09.
async fn captcha_token_of_every_service_is_accepted_once(database: Database) {
    for service in SERVICES {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        let mut browser = app.new_browser();
        let first = widget_token("1", "");
        assert_eq!(sign_in(&mut browser, &first).await, Problem::Credentials);
        assert_eq!(sign_in(&mut browser, &first).await, Problem::CaptchaFailed);
        let at_host_with_dot = widget_token("5", "hostname=127.0.0.1.");
        let problem = sign_in(&mut browser, &at_host_with_dot).await;
        assert_eq!(problem, Problem::Credentials, "{service}");
        let old = widget_token("2", "age=299");
        assert_eq!(sign_in(&mut browser, &old).await, Problem::Credentials);
        for refused in [
            "",
            "garbage",
            "e30=",
            // The server compares the age with the start of the request, up to 3 seconds before the service answers.
            &widget_token("3", "age=304"),
            &widget_token("4", "age=-62"),
        ] {
            let problem = sign_in(&mut browser, refused).await;
            assert_eq!(problem, Problem::CaptchaFailed, "{service} {refused}");
        }
        let answer = app.new_api_client().get("/v1/captcha/login").await;
        assert_eq!(answer.expect_status(200)["vendor"], service);
    }
}

/// Tests docs/security.md#reg-09.
async fn captcha_token_for_another_host_or_action_or_with_a_low_score_is_refused(
    database: Database,
) {
    for service in SERVICES {
        let app = app_with_captcha_service(database, service, SECRET)
            .with_setting("SALLYPORT_CAPTCHA_MIN_SCORE", "0.7")
            .start()
            .await;
        let mut browser = app.new_browser();
        for (changed, is_stated) in [
            ("hostname=evil.example", true),
            ("hostname=testkey.google.com", true),
            (
                "action=registration",
                matches!(service, "recaptcha_v3" | "turnstile"),
            ),
            ("score=0.6", service == "recaptcha_v3"),
        ] {
            let expected = if is_stated {
                Problem::CaptchaFailed
            } else {
                Problem::Credentials
            };
            let problem = sign_in(&mut browser, &widget_token(changed, changed)).await;
            assert_eq!(problem, expected, "{service} {changed}");
        }
    }
}

/// Tests docs/security.md#prv-08.
async fn proof_of_work_replaces_a_captcha_service_that_does_not_answer(database: Database) {
    let app = app_with_captcha_service(database, "turnstile", SECRET)
        .start()
        .await;
    let mut browser = app.new_browser();
    for failure in [
        "status=503",
        "status=429",
        "status=200",
        "status=401",
        "status=404",
        "status=407",
        "status=451",
        "error=internal-error",
    ] {
        assert_eq!(sign_in(&mut browser, failure).await, Problem::CaptchaFailed);
        let solved = browser.solve_captcha(Purpose::SignIn).await;
        assert_eq!(sign_in(&mut browser, &solved).await, Problem::Credentials);
        assert_eq!(sign_in(&mut browser, &solved).await, Problem::CaptchaFailed);
        app.simulator.advance_clock(61).await;
        let answer = app.new_api_client().get("/v1/captcha/login").await;
        assert_eq!(
            answer.expect_status(200)["vendor"],
            "turnstile",
            "{failure}"
        );
    }
    // A token that the service or its firewall refuses must not count as an outage.
    for refusal in ["status=400", "status=403", "status=413", "status=422"] {
        assert_eq!(sign_in(&mut browser, refusal).await, Problem::CaptchaFailed);
        let answer = app.new_api_client().get("/v1/captcha/login").await;
        assert_eq!(
            answer.expect_status(200)["vendor"],
            "turnstile",
            "{refusal}"
        );
    }
}

/// Tests docs/security.md#prv-08.
async fn form_is_refused_if_the_captcha_service_does_not_answer_and_there_is_no_fallback(
    database: Database,
) {
    let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let closed = format!("http://{}", unused.local_addr().expect("an address"));
    drop(unused);
    let app = app_with_captcha_service(database, "recaptcha_v3", SECRET)
        .with_setting("SALLYPORT_CAPTCHA_BASE_URL", &closed)
        .with_setting("SALLYPORT_CAPTCHA_FALLBACK", "none")
        .start()
        .await;
    let mut browser = app.new_browser();
    for id in ["1", "2"] {
        let problem = sign_in(&mut browser, &widget_token(id, "")).await;
        assert_eq!(problem, Problem::CaptchaFailed);
        let answer = app.new_api_client().get("/v1/captcha/login").await;
        assert_eq!(answer.expect_status(200)["vendor"], "recaptcha_v3");
    }
}

/// The widgets of the services repeat their token in form fields, which the server ignores.
async fn form_has_room_for_the_longest_token_in_every_field_of_the_widget(database: Database) {
    const LONGEST: usize = 8_192;
    for (service, fields) in [
        ("recaptcha_v2", &["g-recaptcha-response"][..]),
        ("recaptcha_v3", &[]),
        ("hcaptcha", &["g-recaptcha-response", "h-captcha-response"]),
        ("turnstile", &["cf-turnstile-response"]),
    ] {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        let submit = async |mut browser: Browser, length: usize| {
            let start = widget_token(&length.to_string(), "") + "&padding=";
            let token = start.clone() + &"a".repeat(length - start.len());
            let mut form = call::submit_password("unknown-user", "not the password", &token);
            form.fields
                .extend(fields.iter().map(|name| (*name, token.clone())));
            browser.submit_form(&form).await.expect_problem()
        };
        let browser = app.new_browser();
        let problem = submit(browser.clone(), LONGEST).await;
        assert_eq!(problem, Problem::Credentials, "{service}");
        let problem = submit(browser, LONGEST + 1).await;
        assert_eq!(problem, Problem::CaptchaFailed, "{service}");
    }
}

/// Starts a server that accepts connections and never finishes a response. Without `head` it sends nothing. Returns its
/// URL.
fn start_hanging_server(head: &'static str) -> String {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = server.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut connection, _)) = server.accept() {
            // The client may have left already.
            let _ = connection.write_all(head.as_bytes());
            open.push(connection);
        }
    });
    format!("http://{address}")
}

/// docs/security.md#prv-08
async fn captcha_service_that_never_answers_delays_a_form_by_a_few_seconds_only(
    database: Database,
) {
    // The server waits 3 seconds for the service. Without that limit it would end the request after 15 seconds.
    const BOUND: Duration = Duration::from_secs(13);
    let (silent, half) = (
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"success\": tr",
    );
    for (service, head, fallback) in [
        ("turnstile", silent, "proof_of_work"),
        ("hcaptcha", half, "proof_of_work"),
        ("recaptcha_v2", silent, "none"),
    ] {
        let app = app_with_captcha_service(database, service, SECRET)
            .with_setting("SALLYPORT_CAPTCHA_BASE_URL", &start_hanging_server(head))
            .with_setting("SALLYPORT_CAPTCHA_FALLBACK", fallback)
            .start()
            .await;
        let began = Instant::now();
        let mut attempts = JoinSet::new();
        for id in 0..8 {
            let (mut browser, token) = (app.new_browser(), widget_token(&id.to_string(), ""));
            attempts.spawn(async move { sign_in(&mut browser, &token).await });
        }
        assert_eq!(app.new_browser().load_page("/register").await.status, 200);
        let problems = attempts.join_all().await;
        assert_eq!(problems, vec![Problem::CaptchaFailed; 8]);
        assert!(began.elapsed() < BOUND, "{service}: {:?}", began.elapsed());
        let mut browser = app.new_browser();
        if fallback == "none" {
            let answer = app.new_api_client().get("/v1/captcha/login").await;
            assert_eq!(answer.expect_status(200)["vendor"], service);
            continue;
        }
        let solved = browser.solve_captcha(Purpose::SignIn).await;
        let began = Instant::now();
        assert_eq!(sign_in(&mut browser, &solved).await, Problem::Credentials);
        assert!(began.elapsed() < BOUND, "{service}: {:?}", began.elapsed());
        assert_eq!(sign_in(&mut browser, &solved).await, Problem::CaptchaFailed);
        // After the documented duration of an outage, forms ask for the token of the service again.
        app.simulator.advance_clock(61).await;
        let answer = app.new_api_client().get("/v1/captcha/login").await;
        assert_eq!(answer.expect_status(200)["vendor"], service);
    }
}

/// docs/security.md#hdr-01
async fn only_pages_with_the_captcha_widget_may_load_files_of_the_captcha_service(
    database: Database,
) {
    for service in SERVICES {
        let app = app_with_captcha_service(database, service, SECRET)
            .start()
            .await;
        let origin = format!("http://{}", app.simulator.address);
        let mut browser = app.new_browser();
        for path in ["/login", "/register", "/forgot-password"] {
            let page = browser.load_page(path).await;
            let policy = page.header("content-security-policy").unwrap_or_default();
            assert!(
                policy.contains(&format!("script-src 'self' {origin} ")),
                "{policy}"
            );
            assert!(policy.contains(&format!("frame-src {origin};")), "{policy}");
            assert!(!policy.contains("https:"), "{policy}");
            let text = page.text();
            assert!(text.contains("/captcha.js?"), "{service} {path}");
            assert!(
                text.contains("class=\"captcha-widget\""),
                "{service} {path}"
            );
            assert!(text.contains("name=\"captcha\""), "{service} {path}");
            assert!(
                text.contains("<noscript><p class=\"hint\">"),
                "{service} {path}"
            );
            assert!(text.contains(&origin), "{service} {path}");
            assert!(!text.contains(SECRET), "{service} {path}");
        }
        let home = browser.load_page("/").await;
        let policy = home.header("content-security-policy").unwrap_or_default();
        assert!(!policy.contains(&origin), "{policy}");
    }
    let app = TestApp::builder(database).with_captcha().start().await;
    let page = app.new_browser().load_page("/login").await;
    assert!(!page.text().contains("captcha.js"));
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-src 'none'"), "{policy}");
}
