//! Connections that one address opens to shut out all others.

use std::time::{Duration, Instant};

use domain::Purpose;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::kept_connection::{ATTACKER, KeptConnection, OTHER_USER};
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    idle_connections_of_one_address_do_not_exclude_other_clients,
    idle_http2_connections_of_one_address_do_not_exclude_other_clients,
    hard_limit_of_open_files_limits_connections,
    soft_limit_of_open_files_is_raised,
    health_check_is_answered_while_all_connections_are_busy,
    trusted_proxy_is_exempt_from_the_connection_limit_per_source,
    browser_is_served_during_the_attack_over_http1_and_http2,
    slow_bodies_of_one_ipv6_site_do_not_refuse_another_user,
];

/// Maximum response time for other users during an attack. The usual time is much shorter, but the attack and other
/// tests keep the machine busy. A user who waits for a silent connection of the attacker waits 10 seconds or more.
const SOON: Duration = Duration::from_secs(9);

/// Requests the health check and the sign-in page on new connections. Returns the longer time of both.
async fn measure_time_of_another_user(app: &TestApp) -> Duration {
    let mut longest = Duration::ZERO;
    for path in ["/healthz", "/login"] {
        let began = Instant::now();
        let connection = KeptConnection::open(OTHER_USER, app.address).await;
        let status = connection
            .expect("server accepts the connection")
            .request_path(path)
            .await;
        assert_eq!(status, Some(200), "{path}");
        longest = longest.max(began.elapsed());
    }
    assert!(longest < SOON, "{longest:?}");
    longest
}

/// Opens more connections than the server accepts, each with a request, while another user loads pages. Waits until the
/// server has closed all but `at_most`.
async fn open_attacker_connections(
    app: &TestApp,
    connections: usize,
    at_most: usize,
) -> Vec<KeptConnection> {
    let mut open = Vec::new();
    let mut longest = Duration::ZERO;
    for n in 0..connections {
        let connection = KeptConnection::open_with_http1_request(ATTACKER, app.address).await;
        open.push(connection.expect("new connection replaces an idle one"));
        if n % (connections / 20) == 0 {
            longest = longest.max(measure_time_of_another_user(app).await);
        }
    }
    KeptConnection::wait_until_closed(&mut open, at_most).await;
    print_attack_figures(
        "idle connections of one address",
        &format!(
            "{connections} opened, {} still open, user served within {} ms",
            open.len(),
            longest.as_millis()
        ),
    );
    open
}

/// Tests docs/security.md#lim-01.
async fn idle_connections_of_one_address_do_not_exclude_other_clients(database: Database) {
    // The test needs as many open files as the server.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let (max, connections) = AttackSize::from_environment().select((100, 120), (10_000, 10_050));
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS", &max.to_string())
        .start()
        .await;
    let mut user = KeptConnection::open_with_http1_request(OTHER_USER, app.address).await;
    let user = user.as_mut().expect("server accepts the connection");
    let open = open_attacker_connections(&app, connections, max / 4).await;
    assert!(open.len() <= max / 4, "{} connections", open.len());
    assert_eq!(
        user.request_path("/login").await,
        Some(200),
        "the connection is open"
    );
}

/// Tests docs/security.md#lim-01.
async fn idle_http2_connections_of_one_address_do_not_exclude_other_clients(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS", "40")
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE", "1000")
        .start()
        .await;
    let mut open = Vec::new();
    for _ in 0..60 {
        let connection = KeptConnection::open_with_http2_request(ATTACKER, app.address).await;
        open.push(connection.expect("new connection replaces an idle one"));
        measure_time_of_another_user(&app).await;
    }
}

/// Tests docs/security.md#lim-01.
async fn hard_limit_of_open_files_limits_connections(database: Database) {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let mut app = TestApp::builder(database)
        .with_ulimit("-n 1024")
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE", "10000")
        .start()
        .await;
    app.process
        .wait_for_output("connection limit reduced")
        .await;
    let open = open_attacker_connections(&app, 800, 799).await;
    assert!(open.len() < 800, "{} connections", open.len());
    let mut user = KeptConnection::open(OTHER_USER, app.address)
        .await
        .expect("server accepts the connection");
    assert_eq!(
        user.request_path("/readyz").await,
        Some(200),
        "the database answers"
    );
}

/// Tests docs/security.md#lim-01.
async fn soft_limit_of_open_files_is_raised(database: Database) {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let app = TestApp::builder(database)
        .with_ulimit("-S -n 512")
        .start()
        .await;
    let mut open = Vec::new();
    for _ in 0..600 {
        open.extend(KeptConnection::open_with_http1_request(ATTACKER, app.address).await);
    }
    KeptConnection::wait_until_closed(&mut open, 600).await;
    assert_eq!(open.len(), 600);
}

/// Tests docs/security.md#lim-01.
async fn health_check_is_answered_while_all_connections_are_busy(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS", "10")
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE", "10")
        .with_setting("SALLYPORT_PROVIDER_TIMEOUT_MS", "10000")
        .start()
        .await;
    let mut sending = JoinSet::new();
    let mut browsers = Vec::new();
    for _ in 0..10 {
        let mut browser = app.new_browser();
        let user = User::with_unique_details();
        browser.begin_registration(&user).await;
        browsers.push(browser);
    }
    // Long enough for all requests below on a busy machine.
    app.simulator
        .set_faults(json!([{"on": "create", "kind": "delay", "delay_ms": 7_000, "times": 10}]))
        .await;
    for mut browser in browsers {
        sending.spawn(async move {
            browser
                .send_code(Purpose::Registration)
                .await
                .expect_code_entry()
        });
    }
    app.simulator.wait_until_faults_are_used().await;
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/login", 503)] {
        let mut prober = KeptConnection::open(OTHER_USER, app.address)
            .await
            .expect("server accepts the connection");
        assert_eq!(prober.request_path(path).await, Some(status), "{path}");
        assert_eq!(
            prober.request_path(path).await,
            None,
            "the connection is closed"
        );
    }
    while let Some(sent) = sending.join_next().await {
        sent.expect("each busy connection gets its answer");
    }
    measure_time_of_another_user(&app).await;
}

/// Tests docs/security.md#lim-01.
async fn trusted_proxy_is_exempt_from_the_connection_limit_per_source(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE", "5")
        .start()
        .await;
    let mut open = Vec::new();
    let mut limited = Vec::new();
    for _ in 0..30 {
        open.extend(KeptConnection::open_with_http1_request(ATTACKER, app.address).await);
        limited.extend(KeptConnection::open_with_http1_request(OTHER_USER, app.address).await);
    }
    KeptConnection::wait_until_closed(&mut limited, 5).await;
    KeptConnection::wait_until_closed(&mut open, 30).await;
    assert_eq!((open.len(), limited.len()), (30, 5));
}

/// Tests docs/security.md#lim-01, docs/security.md#lim-08.
async fn browser_is_served_during_the_attack_over_http1_and_http2(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_HTTP_MAX_CONNECTIONS", "100")
        .start()
        .await;
    let mut browser = Vec::new();
    for _ in 0..6 {
        browser.extend(KeptConnection::open_with_http1_request(OTHER_USER, app.address).await);
    }
    let http2 = http2_client();
    let url = format!("http://{}/login", app.address);
    for _ in 0..3 {
        open_attacker_connections(&app, 40, 40).await;
        for connection in &mut browser {
            assert_eq!(connection.request_path("/login").await, Some(200));
        }
        let mut streams = JoinSet::new();
        for _ in 0..32 {
            streams.spawn(http2.get(&url).send());
        }
        while let Some(answer) = streams.join_next().await {
            let answer = answer
                .expect("task ends without a panic")
                .expect("an answer");
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        }
    }
    // The server also serves other browsers at the address of the attacker.
    let mut neighbour = app.new_browser();
    assert_eq!(neighbour.load_page("/login").await.status, 200);
    let entry = neighbour
        .submit_form(&call::read_code_entry(Purpose::SignIn))
        .await;
    assert_eq!(entry.response.status, 200);
}

/// An attacker with an IPv6 /48 has 65,536 sources. Each sends one form without its last byte.
///
/// Tests docs/security.md#lim-06.
async fn slow_bodies_of_one_ipv6_site_do_not_refuse_another_user(database: Database) {
    /// Number of slow bodies. It exceeds the number of bodies that the server receives at the same time.
    const BODIES: u32 = 2_100;
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let user = app.register_user().await;
    let mut browser = app.new_browser().at_address("203.0.113.5");
    let attacker = app.new_browser();
    let form = call::submit_password("unknown-user", "not the password", "");
    let mut open = Vec::new();
    for number in 0..BODIES {
        let source = format!("2001:db8:1:{number:x}::1");
        let request = attacker
            .form_request(&form)
            .with_header("X-Forwarded-For", &source);
        let bytes = request.to_bytes(app.address);
        let connection = TcpStream::connect(app.address).await;
        let mut connection = connection.expect("server accepts the connection");
        // The server may have refused the request already.
        let _ = connection.write_all(&bytes[..bytes.len() - 1]).await;
        open.push(connection);
    }
    let began = Instant::now();
    let reply = browser.enter_password(&user.username, &user.password).await;
    print_attack_figures(
        "slow bodies of one IPv6 /48",
        &format!(
            "{BODIES} bodies, another user got {} within {} ms",
            reply.response.status,
            began.elapsed().as_millis()
        ),
    );
    assert_eq!(reply.response.status, 200, "{}", reply.response.text());
}

fn http2_client() -> reqwest::Client {
    // An error means that another test has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .http2_prior_knowledge()
        .local_address(std::net::IpAddr::from(OTHER_USER))
        .build()
        .expect("a client")
}
