//! Messages that many users cause together: limits in total, by country and by network, and their alarms.

use std::collections::BTreeSet;

use domain::{Problem, Purpose};

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::{ApiClient, Browser, Database, TestApp, User, call, on_both_databases, wire};

on_both_databases![
    registrations_stop_at_their_part_of_the_total_limits_and_users_still_get_codes,
    registrations_from_one_network_share_a_limit,
    every_send_setting_changes_how_many_messages_are_sent,
    total_send_limits_raise_one_alarm_at_each_threshold,
];

/// Creates a browser whose IP address is in the network with this number.
fn browser_in_network(app: &TestApp, network: usize) -> Browser {
    let (high, low) = (network / 256, network % 256);
    app.new_browser().at_address(&format!("10.{high}.{low}.1"))
}

/// Registers a user up to the request for a code. Returns the browser.
async fn register_until_code_request(mut browser: Browser, user: &User) -> Browser {
    browser.begin_registration(user).await;
    browser
}

/// Registers new users at the same moment, each from another network. Returns the number of codes sent.
async fn register_at_once(app: &TestApp, size: usize, round: usize) -> usize {
    let mut requests = Vec::new();
    for at in 0..size {
        let browser = browser_in_network(app, round * size + at);
        let browser = register_until_code_request(browser, &User::with_unique_details()).await;
        let send = browser.form_request(&call::request_code(Purpose::Registration));
        requests.push((app.address, send));
    }
    let before = app.simulator.list_calls_of("create").await.len();
    for answer in wire::send_at_once(requests).await {
        assert!(answer.status < 500, "{}", answer.text());
    }
    app.simulator.list_calls_of("create").await.len() - before
}

/// Tests docs/security.md#res-04, docs/security.md#reg-10.
async fn registrations_stop_at_their_part_of_the_total_limits_and_users_still_get_codes(
    database: Database,
) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_MINUTE", "5")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR", "10")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "25")
        .start()
        .await;
    let owner = app.register_user().await;
    app.simulator.advance_clock(24 * 3600).await;
    let size = AttackSize::from_environment().select(10, 150);
    let (mut attempts, mut sent) = (0, Vec::new());
    for hour in 0..4 {
        let mut sent_this_hour = 0;
        for minute in 0..3 {
            let round = hour * 3 + minute;
            let sent_this_minute = register_at_once(&app, size, round).await;
            assert!(sent_this_minute <= 4, "{sent_this_minute} in a minute");
            sent_this_hour += sent_this_minute;
            attempts += size;
            app.simulator.advance_clock(60).await;
        }
        assert!(sent_this_hour <= 8, "{sent_this_hour} in an hour");
        sent.push(sent_this_hour);
        // An existing user with a number of the same country still gets a code.
        app.new_browser().sign_in(&app, &owner).await;
        app.simulator.advance_clock(3600 - 180).await;
    }
    // In the second hour, the message to the existing user counts too.
    assert_eq!(sent[..2], [8, 7], "registrations use their whole share");
    let all: usize = sent.iter().sum();
    // Registrations may use 20 of the 25 messages a day, which include messages to existing users.
    assert!(all <= 20, "{all} in a day");
    // A number of another country is refused too, because the daily limit counts all countries.
    let british = User {
        phone: "+447700900123".to_owned(),
        ..User::with_unique_details()
    };
    let mut browser = register_until_code_request(browser_in_network(&app, 60_000), &british).await;
    let refused = browser
        .send_code(Purpose::Registration)
        .await
        .expect_problem();
    assert_eq!(refused, Problem::ResendWait { secs: 30 });
    print_attack_figures(
        "registrations from many networks",
        &format!(
            "{database:?}: {all} of {attempts} messages sent in 4 hours, 4 of 4 members signed in"
        ),
    );
}

/// Tests docs/security.md#res-04. A customer of an Internet provider can have an IPv6 /48, which contains 65,536 /64
/// networks.
async fn registrations_from_one_network_share_a_limit(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR", "5")
        .start()
        .await;
    let size = AttackSize::from_environment().select(8, 120);
    for hour in 0..3 {
        for addresses in ["2001:db8:7:{n}::1", "203.0.113.{n}"] {
            let mut sent = 0;
            for at in 0..size {
                let address = addresses.replace("{n}", &at.to_string());
                let browser = app.new_browser().at_address(&address);
                let mut browser =
                    register_until_code_request(browser, &User::with_unique_details()).await;
                let reply = browser.send_code(Purpose::Registration).await;
                sent += usize::from(!reply.is_refused());
            }
            assert_eq!(sent, 5, "{addresses} in hour {hour}");
        }
        for neighbour in ["2001:db8:8::1", "203.0.112.1"] {
            let browser = app.new_browser().at_address(neighbour);
            let mut browser =
                register_until_code_request(browser, &User::with_unique_details()).await;
            browser
                .send_code(Purpose::Registration)
                .await
                .expect_code_entry();
        }
        app.simulator.advance_clock(3600).await;
    }
    print_attack_figures(
        "registrations from one /48 and one /24",
        &format!("{database:?}: 5 of {size} messages sent an hour from each network"),
    );
}

/// Users and clients that cause the messages of a [`Case`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Senders {
    /// Registrations of different users, each from another network.
    ManyNetworks,
    /// Registrations of different users from different addresses of one network.
    OneNetwork,
    /// Registrations of different users from one address.
    OneAddress,
    /// Registrations of different users through an authenticated API client.
    OneApiClient,
    /// Sign-ins of one account, a minute apart.
    OneAccount,
    /// A sign-in and a resend of its code after 30 seconds.
    OneFlow,
}

const ATTEMPTS: usize = 4;

/// Makes four attempts to cause a message. Returns the number of messages sent.
async fn count_sent_messages(app: &TestApp, senders: Senders) -> usize {
    match senders {
        Senders::OneAccount | Senders::OneFlow => {
            return count_messages_of_existing_user(app, senders).await;
        }
        Senders::OneApiClient => {
            let client = app
                .new_api_client()
                .with_authorization(ApiClient::BASIC_CREDENTIALS);
            for _ in 0..ATTEMPTS {
                let registration = ApiClient::registration_body(&User::with_unique_details());
                client.post("/v1/register/start", &registration).await;
            }
        }
        Senders::ManyNetworks | Senders::OneNetwork | Senders::OneAddress => {
            for at in 0..ATTEMPTS {
                let browser = match senders {
                    Senders::ManyNetworks => browser_in_network(app, at),
                    Senders::OneNetwork => app
                        .new_browser()
                        .at_address(&format!("198.51.100.{}", at + 1)),
                    _ => app.new_browser().at_address("198.51.100.1"),
                };
                let mut browser =
                    register_until_code_request(browser, &User::with_unique_details()).await;
                browser.send_code(Purpose::Registration).await;
            }
        }
    }
    app.simulator.list_calls_of("create").await.len()
}

/// Lets an existing user cause messages, and returns their number without the message of the registration.
async fn count_messages_of_existing_user(app: &TestApp, senders: Senders) -> usize {
    let owner = app.register_user().await;
    app.simulator.advance_clock(60).await;
    let before = app.simulator.list_calls_of("create").await.len();
    let mut browser = app.new_browser();
    for _ in 0..ATTEMPTS {
        if senders == Senders::OneAccount {
            browser = app.new_browser();
            browser.begin_sign_in(&owner).await;
            browser.choose_sms_method().await;
            app.simulator.advance_clock(60).await;
        }
    }
    if senders == Senders::OneFlow {
        browser.begin_sign_in(&owner).await;
        browser.choose_sms_method().await;
        app.simulator.advance_clock(30).await;
        browser.send_code(Purpose::SignIn).await;
    }
    app.simulator.list_calls_of("create").await.len() - before
}

/// A setting with the value that limits its senders, and the messages that are then sent.
struct Case {
    setting: &'static str,
    value: &'static str,
    senders: Senders,
    sent: usize,
}

/// Returns how many messages the senders send if no limit is configured.
const fn messages_without_limits(senders: Senders) -> usize {
    match senders {
        Senders::OneFlow => 2,
        _ => ATTEMPTS,
    }
}

const CASES: &[Case] = &[
    Case {
        setting: "SALLYPORT_LIMIT_RESEND_GAP_SECS",
        value: "60",
        senders: Senders::OneFlow,
        sent: 1,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR",
        value: "3",
        senders: Senders::OneAccount,
        // One of the three messages was for the registration of the account.
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY",
        value: "3",
        senders: Senders::OneAccount,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_SOURCE_PER_HOUR",
        value: "2",
        senders: Senders::OneAddress,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_NETWORK_PER_HOUR",
        value: "2",
        senders: Senders::OneNetwork,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY",
        value: "2",
        senders: Senders::OneAccount,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_COUNTRY_PER_HOUR",
        value: "3",
        senders: Senders::ManyNetworks,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_MINUTE",
        value: "3",
        senders: Senders::ManyNetworks,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_SENDS_PER_DAY",
        value: "3",
        senders: Senders::ManyNetworks,
        sent: 2,
    },
    Case {
        setting: "SALLYPORT_LIMIT_CALLS_PER_CLIENT_PER_HOUR",
        value: "3",
        senders: Senders::OneApiClient,
        sent: 3,
    },
];

/// Returns whether a [`Case`] shows what this setting changes.
pub(super) fn has_case_for_setting(name: &str) -> bool {
    CASES.iter().any(|case| case.setting == name)
}

/// Tests docs/security.md#res-04.
async fn every_send_setting_changes_how_many_messages_are_sent(database: Database) {
    let app = || {
        TestApp::builder(database)
            .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
            .with_setting("SALLYPORT_API_CLIENTS", ApiClient::CLIENT_SETTING)
    };
    let senders: BTreeSet<Senders> = CASES.iter().map(|case| case.senders).collect();
    for senders in senders {
        let sent = count_sent_messages(&app().start().await, senders).await;
        assert_eq!(sent, messages_without_limits(senders), "{senders:?}");
    }
    for case in CASES {
        let app = app().with_setting(case.setting, case.value).start().await;
        let sent = count_sent_messages(&app, case.senders).await;
        assert_eq!(sent, case.sent, "{}={}", case.setting, case.value);
    }
}

/// Tests docs/security.md#res-04.
async fn total_send_limits_raise_one_alarm_at_each_threshold(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_MINUTE", "10")
        .with_setting("SALLYPORT_LOG_FORMAT", "json")
        .start()
        .await;
    let members = [app.register_user().await, app.register_user().await];
    app.simulator.advance_clock(3600).await;
    for window in 1..=3 {
        assert_eq!(register_at_once(&app, 12, window).await, 8);
        for member in &members {
            app.new_browser().sign_in(&app, member).await;
        }
        // Existing users reach the limit too.
        let mut browser = app.new_browser();
        let (name, password) = (&members[0].username, &members[0].password);
        browser.enter_password(name, password).await.expect_step();
        assert!(browser.choose_sms_method().await.is_refused());
        // Simultaneous sends log their alarms in any order.
        let mut thresholds = [50, 80, 100].repeat(window);
        thresholds.sort_unstable();
        let mut alarms = app
            .process
            .list_send_alarms("SALLYPORT_LIMIT_SENDS_PER_MINUTE");
        alarms.sort_unstable();
        assert_eq!(alarms, thresholds);
        app.simulator.advance_clock(60).await;
    }
}

/// Tests docs/security.md#res-04, docs/security.md#clu-01.
#[tokio::test(flavor = "multi_thread")]
async fn total_send_limits_hold_across_nodes() {
    let app = TestApp::builder(Database::Postgres)
        .with_separate_simulator()
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_DAY", "10")
        .start()
        .await;
    let (_second, address) = app.start_second_node().await;
    let mut requests = Vec::new();
    for at in 0..AttackSize::from_environment().select(20, 200) {
        let browser =
            register_until_code_request(app.new_browser(), &User::with_unique_details()).await;
        let send = browser.form_request(&call::request_code(Purpose::Registration));
        let node = if at % 2 == 0 { app.address } else { address };
        requests.push((node, send));
    }
    for answer in wire::send_at_once(requests).await {
        assert!(answer.status < 500, "{}", answer.text());
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), 8);
}
