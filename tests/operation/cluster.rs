//! Two nodes on one PostgreSQL database.

use std::net::SocketAddr;

use domain::{Problem, Purpose};

use crate::support::call::Payment;
use crate::support::payment::{ABOVE_THRESHOLD, COMPLETED, EXECUTED};
use crate::support::webhook::{by_telnyx, telnyx_event};
use crate::support::wire::race;
use crate::support::{Browser, Database, Process, TestApp, User, call, invalid_code, wrong_code};

struct Nodes {
    app: TestApp,
    _second: Process,
    addresses: [SocketAddr; 2],
    turn: usize,
}

impl Nodes {
    async fn start(gap_secs: &str) -> Self {
        let app = TestApp::on(Database::Postgres)
            .with_separate_simulator()
            .with("SALLYPORT_LIMIT_RESEND_GAP_SECS", gap_secs)
            .start()
            .await;
        let (second, address) = app.second_node().await;
        Self {
            addresses: [app.address, address],
            app,
            _second: second,
            turn: 0,
        }
    }

    /// Sends the next requests of this browser to the other node.
    fn switch_node(&mut self, browser: &mut Browser) {
        self.turn += 1;
        browser.address = self.addresses[self.turn % 2];
    }
}

/// Tests docs/security.md#clu-01, docs/security.md#clu-04, docs/security.md#clu-07.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_may_be_served_by_another_node() {
    let mut nodes = Nodes::start("0").await;
    let ann = User::new();
    let mut browser = nodes.app.browser();
    let mut phone = nodes.app.simulator.phone(&ann.phone);
    browser.register_details(&ann).await.step();
    nodes.switch_node(&mut browser);
    browser.credentials(&ann).await.step();
    nodes.switch_node(&mut browser);
    browser.send_code(Purpose::Registration).await.entry();
    let code = phone.next_code().await;
    nodes.switch_node(&mut browser);
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .step();
    nodes.switch_node(&mut browser);
    browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    nodes.switch_node(&mut browser);
    browser.choose_sms().await.entry();
    let code = phone.next_code().await;
    for left in [4, 3] {
        nodes.switch_node(&mut browser);
        let reply = browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        assert_eq!(reply.error_text(), invalid_code(left));
    }
    nodes.switch_node(&mut browser);
    browser.enter_code(Purpose::SignIn, &code).await.step();
    for _ in 0..2 {
        nodes.switch_node(&mut browser);
        assert!(browser.is_signed_in().await);
    }
    let stolen = browser.clone();
    nodes.switch_node(&mut browser);
    browser.sign_out().await.step();
    for address in nodes.addresses {
        let mut thief = stolen.clone();
        thief.address = address;
        assert!(!thief.is_signed_in().await);
    }
}

/// Tests docs/security.md#clu-01, docs/security.md#res-01.
#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_across_nodes() {
    let mut nodes = Nodes::start("30").await;
    let ann = User::new();
    let mut browser = nodes.app.browser();
    browser.register_up_to_the_code(&nodes.app, &ann).await;
    nodes.switch_node(&mut browser);
    let reply = browser.send_code(Purpose::Registration).await;
    assert!(matches!(reply.problem(), Problem::ResendWait { .. }));

    let mut nodes = Nodes::start("0").await;
    let ann = nodes.app.member().await; // One.
    let mut browser = nodes.app.browser();
    browser.sign_in_up_to_the_code(&nodes.app, &ann).await; // Two.
    for _ in 0..3 {
        nodes.switch_node(&mut browser);
        browser.send_code(Purpose::SignIn).await.entry();
    }
    for _ in 0..2 {
        nodes.switch_node(&mut browser);
        let reply = browser.send_code(Purpose::SignIn).await;
        assert!(matches!(reply.problem(), Problem::ResendWait { .. }));
    }
    let phone = nodes.app.simulator.phone(&ann.phone);
    assert_eq!(phone.code_count().await, 5);
}

/// Tests docs/security.md#clu-02, docs/security.md#sm-05, docs/security.md#reg-02.
#[tokio::test(flavor = "multi_thread")]
async fn correct_code_at_two_nodes_at_once_succeeds_once() {
    let nodes = Nodes::start("0").await;
    let probe = nodes.app.probe().await;
    for round in 1..=3 {
        let ann = nodes.app.member().await;
        let mut browser = nodes.app.browser();
        let code = browser.sign_in_up_to_the_code(&nodes.app, &ann).await;
        let racers = (0..20).map(|at| {
            let mut browser = browser.clone();
            browser.address = nodes.addresses[at % 2];
            let request = browser.request(&call::check(Purpose::SignIn, &code));
            (browser.address, request)
        });
        let answers = race(racers.collect()).await;
        assert!(answers.iter().all(|answer| answer.status < 500));
        let won = |answer: &&crate::support::wire::Response| {
            answer.text().contains("\"step\":\"dashboard\"")
        };
        assert_eq!(answers.iter().filter(won).count(), 1);
        assert_eq!(probe.sessions().await, round);
    }
}

/// Tests docs/security.md#clu-02, docs/security.md#pay-04.
#[tokio::test(flavor = "multi_thread")]
async fn payment_confirmed_at_two_nodes_at_once_is_executed_once() {
    let nodes = Nodes::start("0").await;
    let probe = nodes.app.probe().await;
    let (ann, mut browser) = nodes.app.payer().await;
    for round in 1..=3 {
        let (_, code) = browser
            .initiate_and_read_code(&nodes.app, &ann, &Payment::of(ABOVE_THRESHOLD))
            .await;
        let racers = (0..20).map(|at| {
            let mut browser = browser.clone();
            browser.address = nodes.addresses[at % 2];
            let request = browser.request(&call::check(Purpose::Payment, &code));
            (browser.address, request)
        });
        let answers = race(racers.collect()).await;
        assert!(answers.iter().all(|answer| answer.status < 500));
        let won = |answer: &&crate::support::wire::Response| {
            answer.text().contains("\"step\":\"payment\"")
        };
        assert_eq!(answers.iter().filter(won).count(), 1);
        assert_eq!(probe.number(COMPLETED).await, round);
        assert_eq!(probe.number(EXECUTED).await, round);
    }
}

/// Tests docs/security.md#clu-05.
#[tokio::test(flavor = "multi_thread")]
async fn event_stream_at_one_node_reports_changes_at_the_other() {
    let nodes = Nodes::start("0").await;
    let ann = User::new();
    let mut browser = nodes.app.browser();
    let mut phone = nodes.app.simulator.phone(&ann.phone);
    browser.register_details(&ann).await.step();
    browser.credentials(&ann).await.step();
    browser.send_code(Purpose::Registration).await.entry();
    let [here, there] = nodes.addresses;
    let mut stream = browser.listen("registration", there).await;
    assert_eq!(stream.next().await, "sent");
    browser.address = here;
    browser.cancel(Purpose::Registration).await.step();
    assert_eq!(stream.next().await, "ended");

    // Without its LISTEN connection the node polls.
    let deaf = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    assert!(nodes.app.probe().await.number(deaf).await >= 2);
    browser.register_details(&ann).await.step();
    browser.credentials(&ann).await.step();
    phone.skip_received_messages().await;
    browser.send_code(Purpose::Registration).await.entry();
    let mut stream = browser.listen("registration", there).await;
    assert_eq!(stream.next().await, "sent");
    browser.cancel(Purpose::Registration).await.step();
    assert_eq!(stream.next().await, "ended");
}

/// Tests docs/security.md#clu-01, docs/security.md#clu-02, docs/security.md#hook-03.
#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_webhook_at_two_nodes_at_once_count_once() {
    let nodes = Nodes::start("0").await;
    let event = telnyx_event("evt-1", "verify.delivered", "VE1");
    let copy = by_telnyx(&nodes.app, &event).await;
    let racers = (0..20).map(|at| (nodes.addresses[at % 2], copy.clone()));
    let answers = race(racers.collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 204));
    let probe = nodes.app.probe().await;
    assert_eq!(probe.number("SELECT COUNT(*) FROM deliveries").await, 1);
}
