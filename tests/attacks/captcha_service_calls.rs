//! Invented tokens of a CAPTCHA service. Each of them would cost the operator a call of the service, and the sender
//! nothing.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use domain::{Problem, Purpose};
use tokio::task::JoinSet;

use super::captcha_services::{SECRET, app_with_captcha_service, sign_in, widget_token};
use crate::support::attack::print_attack_figures;
use crate::support::wire::TIMEOUT;
use crate::support::{Browser, Database, TestApp, on_both_databases};

on_both_databases![
    invented_tokens_of_one_network_use_up_only_the_calls_of_that_network,
    captcha_tokens_of_another_site_key_raise_no_alarm,
    refused_keys_raise_an_alarm_at_most_once_in_ten_seconds_and_use_up_no_calls,
    slow_verifications_of_one_network_leave_calls_for_another,
];

/// The address of a user outside the attacker's network.
const USER: &str = "198.51.100.7";

/// Returns a browser in one of the /64 networks of an attacker who has an IPv6 /48.
fn browser_of_attacker(app: &TestApp, number: usize) -> Browser {
    app.new_browser()
        .at_address(&format!("2001:db8:1:{number:x}::1"))
}

/// Tests docs/security.md#reg-10.
async fn invented_tokens_of_one_network_use_up_only_the_calls_of_that_network(database: Database) {
    const MOST: usize = 20;
    let app = app_with_captcha_service(database, "turnstile", SECRET)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "20")
        .start()
        .await;
    for number in 0..MOST {
        let invented = format!("error=invalid-input-response&id={number}");
        let problem = sign_in(&mut browser_of_attacker(&app, number), &invented).await;
        assert_eq!(problem, Problem::CaptchaFailed);
    }
    // The service would accept this token, but is not called.
    let mut attacker = browser_of_attacker(&app, MOST);
    let token = widget_token("attacker", "");
    assert_eq!(sign_in(&mut attacker, &token).await, Problem::CaptchaFailed);
    // Users in the network of the attacker get a proof of work in place of the service.
    let mut neighbour = browser_of_attacker(&app, MOST + 1);
    let solved = neighbour.solve_captcha(Purpose::SignIn).await;
    assert_eq!(sign_in(&mut neighbour, &solved).await, Problem::Credentials);
    // Other networks are not affected. Accepted tokens do not count.
    for number in 0..MOST + 5 {
        let mut user = app
            .new_browser()
            .at_address(&format!("2001:db8:2:{number:x}::1"));
        let token = widget_token(&format!("user-{number}"), "");
        assert_eq!(sign_in(&mut user, &token).await, Problem::Credentials);
    }
    app.simulator.advance_clock(3_601).await;
    let token = widget_token("an-hour-later", "");
    assert_eq!(sign_in(&mut attacker, &token).await, Problem::Credentials);
}

/// An attacker with an account at the service gets tokens of another site key free of charge.
///
/// Tests docs/security.md#reg-10.
async fn captcha_tokens_of_another_site_key_raise_no_alarm(database: Database) {
    const MOST: usize = 20;
    let mut app = app_with_captcha_service(database, "hcaptcha", SECRET)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "20")
        .start()
        .await;
    for number in 0..MOST {
        let code = match number % 3 {
            0 => "sitekey-secret-mismatch",
            1 => "not-using-dummy-passcode",
            _ => "not-using-dummy-secret",
        };
        let token = format!("error={code}&id={number}");
        let problem = sign_in(&mut browser_of_attacker(&app, number), &token).await;
        assert_eq!(problem, Problem::CaptchaFailed);
    }
    // The service would accept this token, but is not called.
    let mut attacker = browser_of_attacker(&app, MOST);
    let token = widget_token("attacker", "");
    assert_eq!(sign_in(&mut attacker, &token).await, Problem::CaptchaFailed);
    app.process
        .wait_for_output("issued for a site key that does not belong to the secret")
        .await;
    // The last line of the log, so that the lines about all other tokens are read.
    let mut user = app.new_browser().at_address(USER);
    let token = widget_token("user", "hostname=evil.example");
    assert_eq!(sign_in(&mut user, &token).await, Problem::CaptchaFailed);
    app.process.wait_for_output("issued for another host").await;
    let output = app.process.output();
    assert!(!output.contains("ERROR"), "{output}");
}

/// Tests docs/security.md#prv-08.
async fn refused_keys_raise_an_alarm_at_most_once_in_ten_seconds_and_use_up_no_calls(
    database: Database,
) {
    const MOST: usize = 20;
    for code in [
        "invalid-input-secret",
        "invalid-widget-id",
        "invalid-parsed-secret",
    ] {
        let mut app = app_with_captcha_service(database, "turnstile", SECRET)
            .with_setting("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "20")
            .start()
            .await;
        let mut browser = app.new_browser();
        let began = Instant::now();
        for number in 0..=MOST {
            let token = format!("error={code}&id={number}");
            assert_eq!(sign_in(&mut browser, &token).await, Problem::CaptchaFailed);
        }
        let most_alarms = 1 + usize::try_from(began.elapsed().as_secs() / 10).expect("a number");
        let token = widget_token("user", "");
        assert_eq!(sign_in(&mut browser, &token).await, Problem::Credentials);
        // The last line of the log, so that the lines about all other tokens are read.
        let token = widget_token("last", "hostname=evil.example");
        assert_eq!(sign_in(&mut browser, &token).await, Problem::CaptchaFailed);
        app.process.wait_for_output("issued for another host").await;
        let output = app.process.output();
        let alarms = output
            .lines()
            .filter(|line| line.contains("the CAPTCHA service refuses the configured keys"));
        let alarms: Vec<&str> = alarms.collect();
        assert!((1..=most_alarms).contains(&alarms.len()), "{output}");
        for alarm in alarms {
            assert!(alarm.contains("ERROR") && alarm.contains(code), "{alarm}");
        }
        assert!(!output.contains(SECRET), "{output}");
    }
}

/// A CAPTCHA service that reads requests and never responds.
struct SilentService {
    url: String,
    received: Arc<Mutex<String>>,
}

impl SilentService {
    /// Starts the service on a free port.
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(String::new()));
        let all = Arc::clone(&received);
        std::thread::spawn(move || {
            while let Ok((mut connection, _)) = listener.accept() {
                let all = Arc::clone(&all);
                std::thread::spawn(move || {
                    let mut chunk = [0; 4096];
                    while let Ok(count @ 1..) = connection.read(&mut chunk) {
                        let text = String::from_utf8_lossy(&chunk[..count]);
                        all.lock().expect("no panic").push_str(&text);
                    }
                });
            }
        });
        Self { url, received }
    }

    /// Returns the number of tokens that the service has received.
    fn count_tokens(&self) -> usize {
        let received = self.received.lock().expect("no panic");
        received.matches("response=").count()
    }

    /// Returns whether the service has received this token.
    fn has_received_token(&self, token: &str) -> bool {
        let received = self.received.lock().expect("no panic");
        received.contains(&format!("response={token}"))
    }
}

/// Tests docs/security.md#prv-08.
async fn slow_verifications_of_one_network_leave_calls_for_another(database: Database) {
    const ATTEMPTS: usize = 80;
    let service = SilentService::start();
    let app = app_with_captcha_service(database, "hcaptcha", SECRET)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_CAPTCHA_BASE_URL", &service.url)
        .with_setting("SALLYPORT_CAPTCHA_FALLBACK", "none")
        .start()
        .await;
    let answered = Arc::new(AtomicUsize::new(0));
    let mut attempts = JoinSet::new();
    for number in 0..ATTEMPTS {
        // One address has few requests at work, so the attacker uses many addresses of one IPv4 /24.
        let address = format!("203.0.113.{number}");
        let mut browser = app.new_browser().at_address(&address);
        let answered = Arc::clone(&answered);
        attempts.spawn(async move {
            let problem = sign_in(&mut browser, &format!("attacker-{number}")).await;
            answered.fetch_add(1, Ordering::Relaxed);
            problem
        });
    }
    // Waits until each attempt is at the service or refused.
    let all_begun = async {
        while service.count_tokens() + answered.load(Ordering::Relaxed) < ATTEMPTS {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(TIMEOUT, all_begun).await;
    waited.expect("each attempt is at the service or refused");
    let at_service = service.count_tokens();
    let mut user = app.new_browser().at_address(USER);
    let problem = sign_in(&mut user, "user-token").await;
    print_attack_figures(
        "verifications of one IPv4 /24 at a slow CAPTCHA service",
        &format!("{at_service} of {ATTEMPTS} at the service"),
    );
    assert!(service.has_received_token("user-token"), "{at_service}");
    assert_eq!(problem, Problem::CaptchaFailed, "the service is silent");
    let problems = attempts.join_all().await;
    assert_eq!(problems, vec![Problem::CaptchaFailed; ATTEMPTS]);
}
