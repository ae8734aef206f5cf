//! Telnyx in place of Twilio, and beside it.

use super::super::*;
use super::{assert_says, load, production_with, refusal};

/// What production starts with at Telnyx, in place of Twilio's.
const TELNYX: &[(&str, &str)] = &[
    ("TWILIO_ACCOUNT_SID", ""),
    ("TWILIO_AUTH_TOKEN", ""),
    ("TWILIO_VERIFY_SERVICE_SID", ""),
    ("TWILIO_MESSAGING_SERVICE_SID", ""),
    ("TELNYX_API_KEY", "KEY0123456789ABCDEF"),
    (
        "TELNYX_VERIFY_PROFILE_ID",
        "01234567-89ab-cdef-0123-456789abcdef",
    ),
    (
        "TELNYX_PUBLIC_KEY",
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    ),
];

/// Production's least at Telnyx, with some of it replaced or added.
fn at_telnyx<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> = TELNYX
        .iter()
        .copied()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .collect();
    all.extend_from_slice(changes);
    production_with(&all)
}

#[test]
fn production_at_telnyx_needs_nothing_of_twilio() {
    let config = load(&at_telnyx(&[]));
    assert_eq!(config.provider.kind, ProviderKind::Real(Api::Telnyx));
    assert!(config.provider.twilio.is_none() && config.provider.services.is_none());
    let origin = config.provider.telnyx_origin(None);
    assert_eq!(origin.to_string(), "https://api.telnyx.com");
    let telnyx = config.provider.telnyx.as_ref().expect("an account");
    assert_eq!(telnyx.public_keys.len(), 1);
    assert_says(&config.warnings().join("\n"), &["by mail only"]);
}

/// HOOK-01
#[test]
fn production_at_telnyx_warns_where_no_webhook_can_be_believed() {
    let config = load(&at_telnyx(&[("TELNYX_PUBLIC_KEY", "")]));
    assert_says(
        &config.warnings().join("\n"),
        &["TELNYX_PUBLIC_KEY is not set: webhooks are refused"],
    );
}

#[test]
fn production_calls_nobody_but_telnyx() {
    for elsewhere in [
        "http://127.0.0.1:4010",
        "http://api.telnyx.com",
        "https://api.telnyx.com:8443",
        "https://api.telnyx.com.evil.example",
        "https://eviltelnyx.com",
    ] {
        let report = refusal(&at_telnyx(&[("TELNYX_BASE_URL", elsewhere)]));
        assert_says(&report, &["1 error", "TELNYX_BASE_URL: is not https at"]);
    }
}

#[test]
fn messages_of_twilio_beside_codes_of_telnyx_need_their_account() {
    let sender = ("TWILIO_MESSAGING_FROM", "+14155550142");
    let report = refusal(&at_telnyx(&[sender]));
    assert_says(
        &report,
        &["1 error", "TWILIO_ACCOUNT_SID: is not set although"],
    );
    let sid = ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef");
    let token = ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef");
    let both = at_telnyx(&[sender, sid, token]);
    assert_says(
        &refusal(&both),
        &[
            "1 error",
            "SALLYPORT_PROVIDER: is not set, but the credentials of both",
        ],
    );
    let chosen = at_telnyx(&[sender, sid, token, ("SALLYPORT_PROVIDER", "telnyx")]);
    let config = load(&chosen);
    assert!(config.provider.twilio.is_some() && config.provider.services.is_none());
}

#[test]
fn credentials_of_ones_own_choose_telnyx_and_those_of_both_choose_nobody() {
    let key = ("TELNYX_API_KEY", "KEY0123456789ABCDEF");
    let report = refusal(&[key]);
    assert_says(
        &report,
        &["1 error", "TELNYX_VERIFY_PROFILE_ID: is not set"],
    );
    let upper = "01234567-89AB-CDEF-0123-456789ABCDEF";
    let profile = ("TELNYX_VERIFY_PROFILE_ID", upper);
    let config = load(&[key, profile]);
    assert_eq!(config.provider.kind, ProviderKind::Real(Api::Telnyx));
    let telnyx = config.provider.telnyx.expect("an account");
    assert_eq!(telnyx.profiles.sign_in, upper.to_lowercase());
    let both = production_with(&[key, profile]);
    assert_says(
        &refusal(&both),
        &[
            "1 error",
            "SALLYPORT_PROVIDER: is not set, but the credentials of both Twilio and Telnyx are",
            "set twilio or telnyx",
        ],
    );
    for (chosen, api) in [("twilio", Api::Twilio), ("telnyx", Api::Telnyx)] {
        let chosen = production_with(&[key, profile, ("SALLYPORT_PROVIDER", chosen)]);
        assert_eq!(load(&chosen).provider.kind, ProviderKind::Real(api));
    }
}

#[test]
fn each_purpose_may_have_its_own_profile() {
    let payment = "ffffffff-ffff-4fff-8fff-ffffffffffff";
    let config = load(&[
        ("SALLYPORT_PROVIDER", "simulator_telnyx"),
        ("TELNYX_VERIFY_PROFILE_ID_PAYMENT", payment),
    ]);
    let profiles = config.provider.telnyx.expect("an account").profiles;
    assert_eq!(profiles.payment, payment);
    assert_eq!(
        profiles.sign_in,
        simulator_defaults::TELNYX_VERIFY_PROFILE_ID
    );
    let report = refusal(&[
        ("SALLYPORT_PROVIDER", "simulator_telnyx"),
        ("TELNYX_VERIFY_PROFILE_ID", "5a119007"),
    ]);
    assert_says(
        &report,
        &["1 error", "TELNYX_VERIFY_PROFILE_ID: is not a UUID"],
    );
}

/// HOOK-01
#[test]
fn a_public_key_is_one_and_no_weak_one() {
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for name in ["TELNYX_PUBLIC_KEY", "TELNYX_PREVIOUS_PUBLIC_KEY"] {
        for value in ["AAAA", "not base64", zeros] {
            let report = refusal(&[(name, value)]);
            assert_says(&report, &["1 error", name, "is not an Ed25519 public key"]);
        }
        let config = load(&[(name, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]);
        let keys = config.provider.telnyx.expect("an account").public_keys;
        // The simulator signs with its own, whatever the account's is.
        let simulators = load(&[]).provider.telnyx.expect("an account").public_keys;
        assert_eq!((keys.len(), &keys[1..]), (2, &simulators[..]));
    }
}

#[test]
fn telnyx_needs_key_and_profile() {
    let report = refusal(&production_with(&[
        ("SALLYPORT_PROVIDER", "twilio"),
        ("TELNYX_API_KEY", "KEY0123456789abcdef"),
    ]));
    assert_says(
        &report,
        &["1 error ", "TELNYX_VERIFY_PROFILE_ID: is not set although"],
    );
    let report = refusal(&[("TELNYX_VERIFY_PROFILE_ID", "1234")]);
    assert_says(
        &report,
        &[
            "2 errors",
            "TELNYX_API_KEY: is not set",
            "TELNYX_VERIFY_PROFILE_ID: is not a UUID",
        ],
    );
}

#[test]
fn a_simulator_elsewhere_answers_for_both_providers_at_one_address() {
    for (provider, name) in [
        ("simulator", "TELNYX_BASE_URL"),
        ("simulator_telnyx", "TWILIO_BASE_URL"),
    ] {
        let config = load(&[
            ("SALLYPORT_PROVIDER", provider),
            ("SALLYPORT_SIMULATOR_EMBEDDED", "false"),
            (name, "http://127.0.0.1:5999"),
        ]);
        let provider = &config.provider;
        for origin in [provider.twilio_origin(None), provider.telnyx_origin(None)] {
            assert_eq!(origin.to_string(), "http://127.0.0.1:5999");
        }
    }
}

#[test]
fn the_simulators_webhooks_go_where_they_are_told() {
    let target = |value| {
        let config = load(&[("SALLYPORT_SIMULATOR_WEBHOOKS", value)]);
        config.provider.simulator.webhooks
    };
    assert_eq!(target("none"), WebhookTarget::Disabled);
    assert_eq!(target("app"), WebhookTarget::SameProcess);
    let elsewhere = "http://127.0.0.1:3999".parse().expect("an origin");
    assert_eq!(
        target("http://127.0.0.1:3999"),
        WebhookTarget::Origin(elsewhere)
    );
    let report = refusal(&[("SALLYPORT_SIMULATOR_WEBHOOKS", "yes")]);
    assert_says(
        &report,
        &[
            "1 error",
            "SALLYPORT_SIMULATOR_WEBHOOKS: `yes`",
            "app or none",
        ],
    );
}

#[test]
fn production_at_telnyx_refuses_the_simulators_credentials() {
    for (name, value) in [
        ("TELNYX_API_KEY", simulator_defaults::TELNYX_API_KEY),
        (
            "TELNYX_VERIFY_PROFILE_ID",
            simulator_defaults::TELNYX_VERIFY_PROFILE_ID,
        ),
        ("TELNYX_PUBLIC_KEY", simulator_defaults::TELNYX_PUBLIC_KEY),
        (
            "TELNYX_PREVIOUS_PUBLIC_KEY",
            simulator_defaults::TELNYX_PUBLIC_KEY,
        ),
    ] {
        let report = refusal(&at_telnyx(&[(name, value)]));
        assert_says(
            &report,
            &[
                "1 error",
                name,
                "is the public value of the simulator",
                "your account's own",
            ],
        );
    }
}
