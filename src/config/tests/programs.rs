//! Settings of API clients, account policies and payments.

use std::time::Duration;

use super::super::*;
use super::{PRODUCTION, assert_contains_all, config_error_text, load_config, production_with};

#[test]
fn api_clients_have_names_and_long_secrets_that_errors_do_not_show() {
    const CLIENTS: &str = "SALLYPORT_API_CLIENTS";
    let secret = "0123456789abcdef0123456789abcdef";
    let listed = format!("shop:{secret},bank-2:{secret}:with-a-colon");
    let config = load_config(&[(CLIENTS, &listed)]);
    let names: Vec<&str> = config
        .api
        .clients
        .iter()
        .map(|client| client.name.as_str())
        .collect();
    assert_eq!(names, ["shop", "bank-2"]);
    assert_eq!(config.api.clients[0].secret.expose(), secret);
    assert!(!format!("{config:?}").contains(secret));
    for (listed, wrong) in [
        ("shop".to_owned(), "client 1 is not name:secret"),
        (format!("shop:{secret},"), "client 2 is not name:secret"),
        (format!("the shop:{secret}"), "contains whitespace"),
        (
            format!("shop/1:{secret}"),
            "client 1 has a name that is not",
        ),
        (
            "shop:short".to_owned(),
            "client 1 has a secret shorter than 32",
        ),
        (format!("shop:{secret},shop:{secret}x"), "names shop twice"),
    ] {
        let report = config_error_text(&[(CLIENTS, &listed)]);
        assert_contains_all(&report, &["1 error ", CLIENTS, wrong]);
        assert!(!report.contains(secret), "{report}");
    }
}

#[test]
fn second_factor_is_required_and_enumeration_is_off_by_default() {
    let config = load_config(&[]);
    assert_eq!(config.accounts.mfa, MfaPolicy::Required);
    assert!(!config.accounts.enumeration);
    let lax = load_config(&[
        ("SALLYPORT_MFA", "optional"),
        ("SALLYPORT_ENUMERATION", "true"),
    ]);
    let warned = lax.list_setting_warnings().join("\n");
    assert_contains_all(
        &warned,
        &["SALLYPORT_MFA is optional", "SALLYPORT_ENUMERATION is true"],
    );
    let report = config_error_text(&[("SALLYPORT_MFA", "none")]);
    assert_contains_all(&report, &["set required or optional"]);
}

#[test]
fn payment_threshold_is_an_amount_of_the_configured_currency() {
    for (env, threshold) in [
        (&[][..], "100.00 USD"),
        (&[("SALLYPORT_PAYMENT_CURRENCY", "JPY")], "100 JPY"),
        (&[("SALLYPORT_PAYMENT_CURRENCY", "kwd")], "100.000 KWD"),
        (&[("SALLYPORT_PAYMENT_THRESHOLD", "0.01")], "0.01 USD"),
        (
            &[
                ("SALLYPORT_PAYMENT_CURRENCY", "EUR"),
                ("SALLYPORT_PAYMENT_THRESHOLD", "30"),
            ],
            "30.00 EUR",
        ),
    ] {
        let payments = load_config(env).payments;
        assert_eq!(payments.threshold.to_string(), threshold, "{env:?}");
    }
    let report = config_error_text(&[
        ("SALLYPORT_PAYMENT_CURRENCY", "XAU"),
        ("SALLYPORT_PAYMENT_THRESHOLD", "0"),
    ]);
    assert_contains_all(
        &report,
        &[
            "2 errors",
            "SALLYPORT_PAYMENT_CURRENCY: `XAU`: not the code of a currency in use (ISO 4217); set an",
            "SALLYPORT_PAYMENT_THRESHOLD: `0` is not a payable amount of USD; set one",
        ],
    );
}

#[test]
fn cumulative_limits_on_payments_default_to_five_and_at_least_the_threshold() {
    const CURRENCY: (&str, &str) = ("SALLYPORT_PAYMENT_CURRENCY", "JPY");
    const COUNT: (&str, &str) = ("SALLYPORT_PAYMENT_CUMULATIVE_COUNT", "0");
    const AMOUNT: (&str, &str) = ("SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT", "30.50");
    for (env, count, amount) in [
        (&[][..], 5, "100.00 USD"),
        (&[("SALLYPORT_PAYMENT_THRESHOLD", "30")], 5, "100.00 USD"),
        (
            &[CURRENCY, ("SALLYPORT_PAYMENT_THRESHOLD", "5000")],
            5,
            "5000 JPY",
        ),
        (&[COUNT, AMOUNT], 0, "30.50 USD"),
    ] {
        let payments = load_config(env).payments;
        assert_eq!(payments.cumulative_count, count, "{env:?}");
        assert_eq!(payments.cumulative_amount.to_string(), amount, "{env:?}");
    }
    let report = config_error_text(&[CURRENCY, AMOUNT]);
    let wrong =
        "SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT: `30.50` is not a payable amount of JPY; set one";
    assert_contains_all(&report, &[wrong]);
}

#[test]
fn psd2_service_serves_payments_only() {
    const OWN: (&str, &str) = (
        "TWILIO_VERIFY_SERVICE_SID_PAYMENT",
        "VA00000000000000000000000000000009",
    );
    const PSD2: (&str, &str) = ("TWILIO_VERIFY_PAYMENT_PSD2", "true");
    assert!(load_config(&[OWN, PSD2]).provider.payment_psd2);
    assert!(!load_config(&[OWN]).provider.payment_psd2);
    let report = config_error_text(&[PSD2]);
    assert_contains_all(
        &report,
        &[
            "1 error ",
            "TWILIO_VERIFY_PAYMENT_PSD2: is true although the service for payments is used for",
            "set TWILIO_VERIFY_SERVICE_SID_PAYMENT to a separate service",
        ],
    );
}

#[test]
fn email_verification_is_required_in_production_with_a_mail_server() {
    const NAME: &str = "SALLYPORT_EMAIL_VERIFICATION";
    let of = |env: &[super::Variable]| load_config(env).accounts.email_verification;
    assert_eq!(of(&[]), EmailVerification::Optional);
    assert_eq!(of(&[(NAME, "required")]), EmailVerification::Required);
    assert_eq!(of(PRODUCTION), EmailVerification::Required);
    let optional = production_with(&[(NAME, "optional")]);
    assert_eq!(of(&optional), EmailVerification::Optional);
    let without_mail = [("SALLYPORT_SMTP_URL", ""), ("SALLYPORT_MAIL_FROM", "")];
    let production = production_with(&without_mail);
    assert_eq!(of(&production), EmailVerification::Unavailable);
    let required = [without_mail.as_slice(), &[(NAME, "required")]].concat();
    let report = config_error_text(&production_with(&required));
    assert_contains_all(&report, &["1 error", NAME, "no mail server is configured"]);
    let report = config_error_text(&[(NAME, "none")]);
    assert_contains_all(&report, &["set required or optional"]);
}

#[test]
fn changes_can_be_undone_and_deletions_wait_for_1_to_30_days() {
    let days = |undo: &str, deletion: &str| {
        let accounts = load_config(&[
            ("SALLYPORT_UNDO_DAYS", undo),
            ("SALLYPORT_DELETION_DAYS", deletion),
        ])
        .accounts;
        let days = |period: Duration| period.as_secs() / (24 * 60 * 60);
        (days(accounts.undo_life), days(accounts.deletion_delay))
    };
    assert_eq!(days("1", "30"), (1, 30));
    assert_eq!(days("30", "1"), (30, 1));
    let accounts = load_config(&[]).accounts;
    assert_eq!(accounts.undo_life, Duration::from_hours(7 * 24));
    assert_eq!(accounts.deletion_delay, Duration::from_hours(14 * 24));
    for setting in ["SALLYPORT_UNDO_DAYS", "SALLYPORT_DELETION_DAYS"] {
        for wrong in ["0", "31", "-1", "1.5"] {
            let report = config_error_text(&[(setting, wrong)]);
            let expected = format!("{setting}: `{wrong}` is not a whole number from 1 to 30");
            assert_contains_all(&report, &["1 error", &expected]);
        }
    }
}
