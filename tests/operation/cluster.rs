//! Two nodes on one PostgreSQL database.

use std::net::SocketAddr;

use domain::{Problem, Purpose};

use crate::support::call::Payment;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED};
use crate::support::webhook::{telnyx_event, telnyx_webhook};
use crate::support::wire::send_at_once;
use crate::support::{
    Browser, Database, Process, TestApp, User, call, invalid_code_text, wrong_code,
};

struct Nodes {
    app: TestApp,
    _second: Process,
    addresses: [SocketAddr; 2],
    turn: usize,
}

impl Nodes {
    /// Starts two nodes on one database. `gap_secs` is the resend cooldown in seconds.
    async fn start(gap_secs: &str) -> Self {
        let app = TestApp::builder(Database::Postgres)
            .with_separate_simulator()
            .with_setting("SALLYPORT_LIMIT_RESEND_GAP_SECS", gap_secs)
            .start()
            .await;
        let (second, address) = app.start_second_node().await;
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
    let ann = User::with_unique_details();
    let mut browser = nodes.app.new_browser();
    let mut phone = nodes.app.simulator.phone_with_number(&ann.phone);
    browser
        .submit_registration_details(&ann)
        .await
        .expect_step();
    nodes.switch_node(&mut browser);
    browser
        .submit_registration_credentials(&ann)
        .await
        .expect_step();
    nodes.switch_node(&mut browser);
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    let code = phone.next_code().await;
    nodes.switch_node(&mut browser);
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
    nodes.switch_node(&mut browser);
    browser.begin_sign_in(&ann).await;
    nodes.switch_node(&mut browser);
    browser.choose_sms_method().await.expect_code_entry();
    let code = phone.next_code().await;
    for left in [4, 3] {
        nodes.switch_node(&mut browser);
        let reply = browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
    }
    nodes.switch_node(&mut browser);
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    for _ in 0..2 {
        nodes.switch_node(&mut browser);
        assert!(browser.is_signed_in().await);
    }
    let stolen = browser.clone();
    nodes.switch_node(&mut browser);
    browser.sign_out().await.expect_step();
    for address in nodes.addresses {
        let mut attacker = stolen.clone();
        attacker.address = address;
        assert!(!attacker.is_signed_in().await);
    }
}

/// Tests docs/security.md#clu-01, docs/security.md#res-01.
#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_across_nodes() {
    let mut nodes = Nodes::start("30").await;
    let ann = User::with_unique_details();
    let mut browser = nodes.app.new_browser();
    browser.register_until_code(&nodes.app, &ann).await;
    nodes.switch_node(&mut browser);
    let reply = browser.send_code(Purpose::Registration).await;
    assert!(matches!(reply.expect_problem(), Problem::ResendWait { .. }));

    let mut nodes = Nodes::start("0").await;
    let ann = nodes.app.register_user().await; // One.
    let mut browser = nodes.app.new_browser();
    browser.sign_in_until_code(&nodes.app, &ann).await; // Two.
    for _ in 0..3 {
        nodes.switch_node(&mut browser);
        browser.send_code(Purpose::SignIn).await.expect_code_entry();
    }
    for _ in 0..2 {
        nodes.switch_node(&mut browser);
        let reply = browser.send_code(Purpose::SignIn).await;
        assert!(matches!(reply.expect_problem(), Problem::ResendWait { .. }));
    }
    let phone = nodes.app.simulator.phone_with_number(&ann.phone);
    assert_eq!(phone.count_codes().await, 5);
}

/// Tests docs/security.md#clu-02, docs/security.md#sm-05, docs/security.md#reg-02.
#[tokio::test(flavor = "multi_thread")]
async fn correct_code_at_two_nodes_at_once_succeeds_once() {
    let nodes = Nodes::start("0").await;
    let probe = nodes.app.open_database().await;
    for round in 1..=3 {
        let ann = nodes.app.register_user().await;
        let mut browser = nodes.app.new_browser();
        let code = browser.sign_in_until_code(&nodes.app, &ann).await;
        let requests = (0..20).map(|at| {
            let mut browser = browser.clone();
            browser.address = nodes.addresses[at % 2];
            let request = browser.form_request(&call::submit_code(Purpose::SignIn, &code));
            (browser.address, request)
        });
        let answers = send_at_once(requests.collect()).await;
        assert!(answers.iter().all(|answer| answer.status < 500));
        let won = |answer: &&crate::support::wire::Response| {
            answer.text().contains("\"step\":\"dashboard\"")
        };
        assert_eq!(answers.iter().filter(won).count(), 1);
        assert_eq!(probe.count_sessions().await, round);
    }
}

/// Tests docs/security.md#clu-02, docs/security.md#pay-04.
#[tokio::test(flavor = "multi_thread")]
async fn payment_confirmed_at_two_nodes_at_once_is_executed_once() {
    let nodes = Nodes::start("0").await;
    let probe = nodes.app.open_database().await;
    let (ann, mut browser) = nodes.app.sign_in_new_user().await;
    for round in 1..=3 {
        let (_, code) = browser
            .begin_payment_until_code(
                &nodes.app,
                &ann,
                &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD),
            )
            .await;
        let requests = (0..20).map(|at| {
            let mut browser = browser.clone();
            browser.address = nodes.addresses[at % 2];
            let request = browser.form_request(&call::submit_code(Purpose::Payment, &code));
            (browser.address, request)
        });
        let answers = send_at_once(requests.collect()).await;
        assert!(answers.iter().all(|answer| answer.status < 500));
        let won = |answer: &&crate::support::wire::Response| {
            answer.text().contains("\"step\":\"payment\"")
        };
        assert_eq!(answers.iter().filter(won).count(), 1);
        assert_eq!(probe.read_number(COUNT_COMPLETED).await, round);
        assert_eq!(probe.read_number(COUNT_EXECUTED).await, round);
    }
}

/// On a busy machine a report can be late, so one of five is enough.
///
/// Tests docs/security.md#clu-05.
#[tokio::test(flavor = "multi_thread")]
async fn event_stream_at_one_node_reports_changes_at_the_other_at_once() {
    let nodes = Nodes::start("0").await;
    let [here, there] = nodes.addresses;
    for _ in 0..5 {
        let mut browser = nodes.app.new_browser();
        browser
            .begin_registration(&User::with_unique_details())
            .await;
        browser
            .send_code(Purpose::Registration)
            .await
            .expect_code_entry();
        let mut stream = browser.open_event_stream("registration", there).await;
        assert_eq!(stream.next_status().await, "sent");
        browser.address = here;
        browser
            .cancel_flow(Purpose::Registration)
            .await
            .expect_step();
        assert_eq!(stream.next_status().await, "ended");
        if stream.has_only_reported_statuses() {
            return;
        }
    }
    panic!("no change at one node was reported to the other");
}

/// Tests docs/security.md#clu-05.
#[tokio::test(flavor = "multi_thread")]
async fn event_stream_at_one_node_reports_changes_at_the_other() {
    let nodes = Nodes::start("0").await;
    let ann = User::with_unique_details();
    let mut browser = nodes.app.new_browser();
    let mut phone = nodes.app.simulator.phone_with_number(&ann.phone);
    browser.begin_registration(&ann).await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    let [here, there] = nodes.addresses;
    let mut stream = browser.open_event_stream("registration", there).await;
    assert_eq!(stream.next_status().await, "sent");
    browser.address = here;
    browser
        .cancel_flow(Purpose::Registration)
        .await
        .expect_step();
    assert_eq!(stream.next_status().await, "ended");

    // Without its LISTEN connection the node polls.
    let probe = nodes.app.open_database().await;
    let two_listen_connections = "SELECT LEAST(COUNT(*), 2) FROM pg_stat_activity \
                WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    probe.wait_for_number(two_listen_connections, 2).await;
    let end_listen_connections = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    assert!(probe.read_number(end_listen_connections).await >= 2);
    browser.begin_registration(&ann).await;
    phone.skip_received_messages().await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    let mut stream = browser.open_event_stream("registration", there).await;
    assert_eq!(stream.next_status().await, "sent");
    browser
        .cancel_flow(Purpose::Registration)
        .await
        .expect_step();
    assert_eq!(stream.next_status().await, "ended");
}

/// Tests docs/security.md#clu-01, docs/security.md#clu-02, docs/security.md#hook-03.
#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_webhook_at_two_nodes_at_once_count_once() {
    let nodes = Nodes::start("0").await;
    let event = telnyx_event("evt-1", "verify.delivered", "VE1");
    let copy = telnyx_webhook(&nodes.app, &event).await;
    let requests = (0..20).map(|at| (nodes.addresses[at % 2], copy.clone()));
    let answers = send_at_once(requests.collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 204));
    let probe = nodes.app.open_database().await;
    assert_eq!(
        probe.read_number("SELECT COUNT(*) FROM deliveries").await,
        1
    );
}
