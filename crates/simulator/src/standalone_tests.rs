use std::os::unix::ffi::OsStringExt as _;

use super::*;

/// Loads the configuration from environment variables without command line arguments.
fn load_from_variables(variables: &[(&str, &str)]) -> Result<StandaloneConfig, InvalidSetting> {
    load_from_arguments_and_variables(&SimulatorArguments::default(), variables)
}

/// Loads the configuration from command line arguments and environment variables.
fn load_from_arguments_and_variables(
    arguments: &SimulatorArguments,
    variables: &[(&str, &str)],
) -> Result<StandaloneConfig, InvalidSetting> {
    let variables = variables.iter();
    let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    StandaloneConfig::load_arguments_and_environment(arguments, variables)
}

#[test]
fn simulator_starts_without_any_setting() {
    let config = load_from_variables(&[]).expect("valid configuration");
    assert_eq!(config.listen.to_string(), "127.0.0.1:4010");
    assert_eq!(config.smtp_listen.to_string(), "127.0.0.1:4025");
    let services = config.settings.twilio.services.iter();
    let services: Vec<_> = services.map(|service| service.sid.as_str()).collect();
    assert_eq!(
        services,
        [DEFAULT_SERVICE_SID, DEFAULT_REGISTRATION_SERVICE_SID]
    );
    assert_eq!(config.settings.telnyx.profiles.len(), 2);
}

#[test]
fn value_that_is_not_utf8_is_refused_with_the_name_of_its_variable() {
    for (name, is_refused) in [
        ("SALLYPORT_CODE_LENGTH", true),
        ("TWILIO_AUTH_TOKEN_FILE", true),
        ("LESSOPEN", false),
    ] {
        let variables = [(name, OsString::from_vec(vec![b'8', 0xa0]))];
        let loaded = StandaloneConfig::load_arguments_and_environment(
            &SimulatorArguments::default(),
            variables.into_iter(),
        );
        let expected =
            format!("invalid simulator setting: `{name}` is not UTF-8; write the value in UTF-8");
        let error = loaded.err().map(|error| error.to_string());
        assert_eq!(error, is_refused.then_some(expected));
    }
}

#[test]
fn code_length_argument_overrides_the_variable_and_the_default_of_each_provider() {
    let eight = SimulatorArguments {
        code_length: Some("8".to_owned()),
        ..SimulatorArguments::default()
    };
    let none = SimulatorArguments::default();
    for (arguments, variables, twilio, telnyx) in [
        (&none, &[][..], 6, 5),
        (&none, &[("SALLYPORT_CODE_LENGTH", "7")], 7, 7),
        (&eight, &[("SALLYPORT_CODE_LENGTH", "7")], 8, 8),
    ] {
        let config =
            load_from_arguments_and_variables(arguments, variables).expect("valid configuration");
        assert_eq!(config.settings.twilio.services[0].code_length, twilio);
        assert_eq!(config.settings.telnyx.profiles[0].code_length, telnyx);
    }
}

#[test]
fn api_key_is_read_from_the_environment() {
    let (sid, secret) = (
        "SK0123456789abcdef0123456789abcdef",
        "abcdef0123456789abcdef0123456789",
    );
    let sid_only = [("TWILIO_API_KEY_SID", sid)];
    let error = load_from_variables(&sid_only).expect_err("incomplete API key is refused");
    assert_eq!(error.name, "TWILIO_API_KEY_SECRET");
    let both = [sid_only[0], ("TWILIO_API_KEY_SECRET", secret)];
    let config = load_from_variables(&both).expect("valid configuration");
    let key = config.settings.twilio.api_key.expect("a key");
    assert_eq!((key.sid.as_str(), key.secret.as_str()), (sid, secret));
}

#[test]
fn secret_in_a_file_has_no_byte_order_mark_and_no_line_ending() {
    for text in ["secret", "secret\n", "\u{feff}secret\r\n"] {
        assert_eq!(secret_in_file_text(text), "secret");
    }
}

#[test]
fn separate_payment_service_requires_amount_and_payee() {
    let payment = "VA0123456789abcdef0123456789abcdef";
    let config = load_from_variables(&[
        ("TWILIO_VERIFY_SERVICE_SID_PAYMENT", payment),
        ("TWILIO_VERIFY_PAYMENT_PSD2", "true"),
    ]);
    let config = config.expect("valid configuration");
    let services = config.settings.twilio.services.iter();
    let services: Vec<_> = services.map(|one| (one.sid.as_str(), one.psd2)).collect();
    let expected = [
        (payment, true),
        (DEFAULT_SERVICE_SID, false),
        (DEFAULT_REGISTRATION_SERVICE_SID, false),
    ];
    assert_eq!(services, expected);
}

#[test]
fn invalid_environment_variables_are_named_in_the_error() {
    for (name, value) in [
        ("SALLYPORT_SIMULATOR_LISTEN", "4010"),
        ("SALLYPORT_CODE_LENGTH", "11"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "short"),
        ("TWILIO_VERIFY_PAYMENT_PSD2", "yes"),
        ("TELNYX_VERIFY_PROFILE_ID_PAYMENT", "5a119007"),
        ("TELNYX_API_KEY_FILE", "/no/such/file"),
    ] {
        let error = load_from_variables(&[(name, value)]).expect_err(name);
        assert_eq!(error.name, name);
    }
}
