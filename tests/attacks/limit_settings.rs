//! Settings of limits: each of them changes what the server permits.

use domain::Problem;
use sallyport::config::SETTINGS;

use super::passwords::{EVALUATED, WRONG, slow_down, with_long_waits};
use super::sends;
use crate::support::call::Payment;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    sign_ins_from_one_address_stop_at_the_hourly_limit,
    new_passwords_from_one_address_stop_at_twice_the_limit_on_registrations,
    password_delay_begins_after_the_configured_number_of_failures,
    password_delay_has_the_configured_first_and_longest_duration,
    payments_without_a_code_stop_at_the_configured_number,
];

/// Tests docs/security.md#log-01.
async fn sign_ins_from_one_address_stop_at_the_hourly_limit(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR", "3")
        .start()
        .await;
    let ann = app.register_user().await;
    let mut attacker = app.new_browser().at_address("198.51.100.7");
    for number in 0..3 {
        let name = format!("unknown-{number}");
        let refused = attacker.enter_password(&name, WRONG).await;
        assert_eq!(refused.expect_problem(), Problem::Credentials);
    }
    // Above the limit, even the correct password is refused.
    let refused = attacker.enter_password(&ann.username, &ann.password).await;
    assert_eq!(refused.response.status, 429, "{}", refused.response.text());
    let problem = refused.expect_problem();
    assert!(
        matches!(problem, Problem::LimitReached { secs: 1..=3600 }),
        "{problem:?}"
    );
    let mut neighbour = app.new_browser().at_address("198.51.100.8");
    assert!(
        neighbour
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    app.simulator.advance_clock(3600).await;
    assert!(
        attacker
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Registrations and changes of the password share the limit, because each computes a hash.
///
/// Tests docs/security.md#limits.
async fn new_passwords_from_one_address_stop_at_twice_the_limit_on_registrations(
    database: Database,
) {
    const SOURCE: &str = "198.51.100.7";
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1")
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "2")
        .start()
        .await;
    let ann = app.register_user().await;
    let mut signed_in = app.new_browser().at_address(SOURCE);
    signed_in.sign_in(&app, &ann).await;
    for _ in 0..2 {
        let user = User::with_unique_details();
        let mut browser = app.new_browser().at_address(SOURCE);
        browser.begin_registration(&user).await;
        let phone = User::with_unique_details().phone;
        let corrected = User { phone, ..user };
        let reply = browser.submit_registration_credentials(&corrected).await;
        reply.expect_step();
    }
    let change = call::change_password(&ann.password, "a new and long password");
    let refused = signed_in.submit_form(&change).await.expect_problem();
    assert!(
        matches!(refused, Problem::LimitReached { .. }),
        "{refused:?}"
    );
    let mut neighbour = app.new_browser().at_address("198.51.100.8");
    neighbour
        .begin_registration(&User::with_unique_details())
        .await;
    app.simulator.advance_clock(3600).await;
    let mut later = app.new_browser().at_address(SOURCE);
    later.begin_registration(&User::with_unique_details()).await;
}

/// Tests docs/security.md#log-04.
async fn password_delay_begins_after_the_configured_number_of_failures(database: Database) {
    let app = with_long_waits(database)
        .with_setting("SALLYPORT_LIMIT_PASSWORD_FAILURES", "4")
        .start()
        .await;
    let ann = app.register_user().await;
    let mut stranger = app.new_browser();
    slow_down(&mut stranger, &ann.username).await;
    assert_eq!(app.open_database().await.read_number(EVALUATED).await, 4);
    assert!(
        !stranger
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    app.simulator.advance_clock(900).await;
    assert!(
        stranger
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

/// Tests docs/security.md#log-04.
async fn password_delay_has_the_configured_first_and_longest_duration(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "60")
        .with_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS", "60")
        .start()
        .await;
    let ann = app.register_user().await;
    let probe = app.open_database().await;
    let mut stranger = app.new_browser();
    slow_down(&mut stranger, &ann.username).await;
    assert_eq!(probe.read_number(EVALUATED).await, 5);
    // The configured maximum is one minute. Without it, the second delay would be two minutes.
    for evaluated in 6..9 {
        app.simulator.advance_clock(30).await;
        stranger.enter_password(&ann.username, WRONG).await;
        assert_eq!(probe.read_number(EVALUATED).await, evaluated - 1);
        app.simulator.advance_clock(30).await;
        stranger.enter_password(&ann.username, WRONG).await;
        assert_eq!(probe.read_number(EVALUATED).await, evaluated);
    }
}

/// Tests docs/security.md#a8.
async fn payments_without_a_code_stop_at_the_configured_number(database: Database) {
    let small = Payment::in_dollars("0.50");
    for count in [0, 2] {
        let app = TestApp::builder(database)
            .with_setting("SALLYPORT_PAYMENT_CUMULATIVE_COUNT", &count.to_string())
            .start()
            .await;
        let (_, mut browser) = app.sign_in_new_user().await;
        for _ in 0..count {
            browser.pay_without_code(&small).await;
        }
        browser.begin_payment(&small).await;
    }
}

/// A setting and a test that fails if the server ignores it.
struct TestedSetting {
    name: &'static str,
    test: &'static str,
    /// The source of the file with the test.
    source: &'static str,
}

const TESTED_SETTINGS: &[TestedSetting] = &[
    TestedSetting {
        name: "SALLYPORT_PAYMENT_CUMULATIVE_COUNT",
        test: "payments_without_a_code_stop_at_the_configured_number",
        source: include_str!("limit_settings.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT",
        test: "small_payment_is_executed_without_a_code",
        source: include_str!("../journeys/api_payments.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_TRIES_PER_CODE",
        test: "expired_payment_is_not_marked_as_failed",
        source: include_str!("payment_records.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY",
        test: "page_of_a_held_second_factor_has_no_form_and_links_to_the_sign_in_page",
        source: include_str!("../journeys/code_entry_page.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_COOLING_HOURS",
        // The tests set 24 hours. The default in development is 0.
        test: "factors_cannot_be_changed_for_a_day_after_a_phone_change",
        source: include_str!("../journeys/phone_change.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_PASSWORD_FAILURES",
        test: "password_delay_begins_after_the_configured_number_of_failures",
        source: include_str!("limit_settings.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_PASSWORD_DELAY_SECS",
        test: "password_delay_has_the_configured_first_and_longest_duration",
        source: include_str!("limit_settings.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_PASSWORD_DELAY_MAX_SECS",
        test: "password_delay_has_the_configured_first_and_longest_duration",
        source: include_str!("limit_settings.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_LOGINS_PER_SOURCE_PER_HOUR",
        test: "sign_ins_from_one_address_stop_at_the_hourly_limit",
        source: include_str!("limit_settings.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR",
        test: "forged_client_addresses_do_not_evade_the_registration_limit",
        source: include_str!("limits.rs"),
    },
    TestedSetting {
        name: "SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR",
        test: "payments_per_account_are_limited",
        source: include_str!("payment_records.rs"),
    },
];

/// Fails if the setting of a limit has no test. The tests of message limits are in `sends.rs`.
#[test]
fn every_setting_of_a_limit_has_a_test() {
    let names = SETTINGS.iter().map(|setting| setting.env).filter(|name| {
        name.starts_with("SALLYPORT_LIMIT_") || name.starts_with("SALLYPORT_PAYMENT_CUMULATIVE_")
    });
    for name in names.filter(|name| !sends::has_case_for_setting(name)) {
        let tested = TESTED_SETTINGS.iter().find(|tested| tested.name == name);
        let tested = tested.unwrap_or_else(|| panic!("no test observes what {name} changes"));
        let definition = format!("async fn {}(", tested.test);
        assert!(tested.source.contains(&definition), "{name}: {definition}");
    }
}
