//! Two secrets of a configuration must not have the same value.

use super::{assert_contains_all, config_error_text, load_config, production_with};

/// The auth token in [`super::PRODUCTION`].
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";

#[test]
fn two_equal_secrets_of_any_settings_are_refused() {
    let api_key = [
        ("TWILIO_API_KEY_SID", "SK0123456789abcdef0123456789abcdef"),
        ("TWILIO_API_KEY_SECRET", TOKEN),
    ];
    let one_client = format!("shop:{TOKEN}");
    let client = [("SALLYPORT_API_CLIENTS", one_client.as_str())];
    let two_clients = format!("shop:{OTHER},bank:{OTHER}");
    let clients = [("SALLYPORT_API_CLIENTS", two_clients.as_str())];
    let encoded = TOKEN.replacen('0', "%30", 1);
    let mail_url = format!("smtps://ann:{encoded}@mail.example.com");
    let mail = [("SALLYPORT_SMTP_URL", mail_url.as_str())];
    let database = [("DATABASE_URL", "postgres://sallyport:mail-password@db/s")];
    for (changes, error) in [
        (
            api_key.as_slice(),
            "TWILIO_API_KEY_SECRET: has the same value as TWILIO_AUTH_TOKEN",
        ),
        (
            client.as_slice(),
            "SALLYPORT_API_CLIENTS: the secret of client 1 has the same value as TWILIO_AUTH_TOKEN",
        ),
        (
            clients.as_slice(),
            "SALLYPORT_API_CLIENTS: the secret of client 2 has the same value as the secret of client 1 in \
             SALLYPORT_API_CLIENTS",
        ),
        (
            mail.as_slice(),
            "SALLYPORT_SMTP_URL: the password has the same value as TWILIO_AUTH_TOKEN",
        ),
        (
            database.as_slice(),
            "SALLYPORT_SMTP_URL: the password has the same value as the password in DATABASE_URL",
        ),
    ] {
        let report = config_error_text(&production_with(changes));
        assert_contains_all(&report, &["1 error ", error]);
        assert!(
            !report.contains(TOKEN) && !report.contains(OTHER),
            "{report}"
        );
    }
}

#[test]
fn different_secrets_of_two_clients_are_accepted() {
    let listed = format!("shop:{OTHER},bank:{OTHER}x");
    let config = load_config(&production_with(&[("SALLYPORT_API_CLIENTS", &listed)]));
    assert_eq!(config.api.clients.len(), 2);
}
