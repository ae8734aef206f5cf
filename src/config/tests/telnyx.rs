//! Telnyx as the provider, alone and together with Twilio.

use super::super::*;
use super::{assert_contains_all, config_error_text, load_config, production_with};

/// Changes that turn the minimal production configuration from Twilio to Telnyx.
const TELNYX: &[(&str, &str)] = &[
    ("TWILIO_ACCOUNT_SID", ""),
    ("TWILIO_AUTH_TOKEN", ""),
    ("TWILIO_VERIFY_SERVICE_SID", ""),
    ("TWILIO_VERIFY_SERVICE_SID_REGISTRATION", ""),
    ("TWILIO_MESSAGING_SERVICE_SID", ""),
    ("TELNYX_API_KEY", "KEY0123456789ABCDEF"),
    (
        "TELNYX_VERIFY_PROFILE_ID",
        "01234567-89ab-cdef-0123-456789abcdef",
    ),
    REGISTRATION,
    (
        "TELNYX_PUBLIC_KEY",
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    ),
];

/// The profile of registration.
const REGISTRATION: (&str, &str) = (
    "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
    "fedcba98-7654-3210-fedc-ba9876543210",
);

/// Returns the environment variables of a minimal production configuration with Telnyx, with these changes.
fn telnyx_production_with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> = TELNYX
        .iter()
        .copied()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .collect();
    all.extend_from_slice(changes);
    production_with(&all)
}

#[test]
fn production_with_telnyx_needs_no_twilio_setting() {
    let config = load_config(&telnyx_production_with(&[]));
    assert_eq!(config.provider.kind, ProviderKind::Real(Api::Telnyx));
    assert!(config.provider.twilio.is_none() && config.provider.services.is_none());
    let origin = config.provider.telnyx_origin(None);
    assert_eq!(origin.to_string(), "https://api.telnyx.com");
    let telnyx = config
        .provider
        .telnyx
        .as_ref()
        .expect("account is configured");
    assert_eq!(telnyx.public_keys.len(), 1);
    assert_contains_all(
        &config.list_setting_warnings().join("\n"),
        &["by mail only"],
    );
}

#[test]
fn production_with_telnyx_and_no_public_key_causes_a_warning() {
    let config = load_config(&telnyx_production_with(&[("TELNYX_PUBLIC_KEY", "")]));
    assert_contains_all(
        &config.list_setting_warnings().join("\n"),
        &["TELNYX_PUBLIC_KEY is not set: webhooks are refused"],
    );
}

#[test]
fn shared_profile_for_registration_causes_a_warning_in_production() {
    let shared = "01234567-89ab-cdef-0123-456789abcdef";
    for profile in ["", shared] {
        let config = load_config(&telnyx_production_with(&[(
            "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
            profile,
        )]));
        assert_contains_all(
            &config.list_setting_warnings().join("\n"),
            &["TELNYX_VERIFY_PROFILE_ID_REGISTRATION is not a separate service"],
        );
    }
}

#[test]
fn production_refuses_base_urls_outside_telnyx() {
    for other_url in [
        "http://127.0.0.1:4010",
        "http://api.telnyx.com",
        "https://api.telnyx.com:8443",
        "https://api.telnyx.com.evil.example",
        "https://eviltelnyx.com",
    ] {
        let report = config_error_text(&telnyx_production_with(&[("TELNYX_BASE_URL", other_url)]));
        assert_contains_all(&report, &["1 error", "TELNYX_BASE_URL: is not https at"]);
    }
}

#[test]
fn notifications_over_twilio_with_codes_over_telnyx_need_a_twilio_account() {
    let sender = ("TWILIO_MESSAGING_FROM", "+14155550142");
    let report = config_error_text(&telnyx_production_with(&[sender]));
    assert_contains_all(
        &report,
        &["1 error", "TWILIO_ACCOUNT_SID: is not set although"],
    );
    let sid = ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef");
    let token = ("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef");
    let both = telnyx_production_with(&[sender, sid, token]);
    assert_contains_all(
        &config_error_text(&both),
        &[
            "1 error",
            "SALLYPORT_PROVIDER: is not set, but the credentials of both",
        ],
    );
    let chosen = telnyx_production_with(&[sender, sid, token, ("SALLYPORT_PROVIDER", "telnyx")]);
    let config = load_config(&chosen);
    assert!(config.provider.twilio.is_some() && config.provider.services.is_none());
}

#[test]
fn telnyx_credentials_select_telnyx_and_credentials_of_both_need_a_choice() {
    let key = ("TELNYX_API_KEY", "KEY0123456789ABCDEF");
    let report = config_error_text(&[key]);
    assert_contains_all(
        &report,
        &["1 error", "TELNYX_VERIFY_PROFILE_ID: is not set"],
    );
    let upper = "01234567-89AB-CDEF-0123-456789ABCDEF";
    let profile = ("TELNYX_VERIFY_PROFILE_ID", upper);
    let config = load_config(&[key, profile]);
    assert_eq!(config.provider.kind, ProviderKind::Real(Api::Telnyx));
    let telnyx = config.provider.telnyx.expect("account is configured");
    assert_eq!(telnyx.profiles.sign_in, upper.to_lowercase());
    let both = production_with(&[key, profile, REGISTRATION]);
    assert_contains_all(
        &config_error_text(&both),
        &[
            "1 error",
            "SALLYPORT_PROVIDER: is not set, but the credentials of both Twilio and Telnyx are",
            "set twilio or telnyx",
        ],
    );
    for (chosen, api) in [("twilio", Api::Twilio), ("telnyx", Api::Telnyx)] {
        let provider = ("SALLYPORT_PROVIDER", chosen);
        let chosen = production_with(&[key, profile, REGISTRATION, provider]);
        assert_eq!(load_config(&chosen).provider.kind, ProviderKind::Real(api));
    }
}

#[test]
fn each_purpose_may_have_its_own_profile() {
    let payment = "ffffffff-ffff-4fff-8fff-ffffffffffff";
    let config = load_config(&[
        ("SALLYPORT_PROVIDER", "simulator_telnyx"),
        ("TELNYX_VERIFY_PROFILE_ID_PAYMENT", payment),
    ]);
    let profiles = config
        .provider
        .telnyx
        .expect("account is configured")
        .profiles;
    assert_eq!(profiles.payment, payment);
    assert_eq!(
        profiles.sign_in,
        simulator_defaults::TELNYX_VERIFY_PROFILE_ID
    );
    let report = config_error_text(&[
        ("SALLYPORT_PROVIDER", "simulator_telnyx"),
        ("TELNYX_VERIFY_PROFILE_ID", "5a119007"),
    ]);
    assert_contains_all(
        &report,
        &["1 error", "TELNYX_VERIFY_PROFILE_ID: is not a UUID"],
    );
}

#[test]
fn malformed_or_weak_public_key_is_refused() {
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for name in ["TELNYX_PUBLIC_KEY", "TELNYX_PREVIOUS_PUBLIC_KEY"] {
        for value in ["AAAA", "not base64", zeros] {
            let report = config_error_text(&[(name, value)]);
            assert_contains_all(&report, &["1 error", name, "is not an Ed25519 public key"]);
        }
        let config = load_config(&[(name, "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]);
        let keys = config
            .provider
            .telnyx
            .expect("account is configured")
            .public_keys;
        // The simulator signs with its own key, which is always accepted in addition.
        let simulators = load_config(&[])
            .provider
            .telnyx
            .expect("account is configured")
            .public_keys;
        assert_eq!((keys.len(), &keys[1..]), (2, &simulators[..]));
    }
}

#[test]
fn telnyx_needs_an_api_key_and_a_profile() {
    let report = config_error_text(&production_with(&[
        ("SALLYPORT_PROVIDER", "twilio"),
        ("TELNYX_API_KEY", "KEY0123456789abcdef"),
    ]));
    assert_contains_all(
        &report,
        &["1 error ", "TELNYX_VERIFY_PROFILE_ID: is not set although"],
    );
    let report = config_error_text(&[("TELNYX_VERIFY_PROFILE_ID", "1234")]);
    assert_contains_all(
        &report,
        &[
            "2 errors",
            "TELNYX_API_KEY: is not set",
            "TELNYX_VERIFY_PROFILE_ID: is not a UUID",
        ],
    );
}

#[test]
fn base_url_of_one_provider_applies_to_both_with_the_simulator() {
    for (provider, name) in [
        ("simulator", "TELNYX_BASE_URL"),
        ("simulator_telnyx", "TWILIO_BASE_URL"),
    ] {
        let config = load_config(&[
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
fn webhooks_of_the_simulator_go_to_the_configured_target() {
    let target = |value| {
        let config = load_config(&[("SALLYPORT_SIMULATOR_WEBHOOKS", value)]);
        config.provider.simulator.webhooks
    };
    assert_eq!(target("none"), WebhookTarget::Disabled);
    assert_eq!(target("app"), WebhookTarget::SameProcess);
    let other_origin = "http://127.0.0.1:3999".parse().expect("an origin");
    assert_eq!(
        target("http://127.0.0.1:3999"),
        WebhookTarget::Origin(other_origin)
    );
    let report = config_error_text(&[("SALLYPORT_SIMULATOR_WEBHOOKS", "yes")]);
    assert_contains_all(
        &report,
        &[
            "1 error",
            "SALLYPORT_SIMULATOR_WEBHOOKS: `yes`",
            "app or none",
        ],
    );
}

#[test]
fn production_with_telnyx_refuses_the_credentials_of_the_simulator() {
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
        let report = config_error_text(&telnyx_production_with(&[(name, value)]));
        assert_contains_all(
            &report,
            &[
                "1 error",
                name,
                "is the public value of the simulator",
                "the value of your own account",
            ],
        );
    }
}
