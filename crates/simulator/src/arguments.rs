//! Command line arguments of `verify-simulator` and `sallyport simulator`.

use clap::Args;
use reqwest::Url;

use crate::settings::{Settings, VerifyProfile, VerifyService};

const HELP: &str = "\
Give an official SDK the base URL of the simulator, and change nothing else:

  Twilio   http://127.0.0.1:4010      account AC5a119007000000000000000000000001
                                      token   5a119007000000000000000000000002
                                      service VA5a119007000000000000000000000003
  Telnyx   http://127.0.0.1:4010/v2   key     KEY5A119007
                                      profile 5a119007-0000-4000-8000-000000000004

To use other credentials, set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY_SID,
TWILIO_API_KEY_SECRET and TELNYX_API_KEY in the environment.

  see the phone      open http://127.0.0.1:4010 in a browser
  read a code        curl 'http://127.0.0.1:4010/_simulator/messages?to=%2B14155550142&wait=10'
  advance the clock  curl -H content-type:application/json -d '{\"advance_secs\": 300}' \\
                       http://127.0.0.1:4010/_simulator/clock
  make a create fail send to +1 202 55 and the last five digits of an error code: +12025560410
  make a check fail  send to +1 202 56 and the last five digits of an error code: +12025620404
  drop a connection  curl -X PUT -H content-type:application/json \\
                       -d '[{\"on\": \"check\", \"kind\": \"drop_after\"}]' \\
                       http://127.0.0.1:4010/_simulator/faults
  all controls       curl http://127.0.0.1:4010/_simulator

The simulator starts empty, keeps everything in memory and writes no file.";

/// Serve the provider simulator alone, for the tests of any project.
///
/// It serves Twilio Verify v2 (and message creation of Programmable Messaging) and Telnyx Verify v2
/// at the same time. It sends nothing: messages appear on its phone page, and in JSON for tests.
#[derive(Args, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each field is a flag of the command line"
)]
#[command(after_long_help = HELP)]
pub struct SimulatorArguments {
    /// Address and port for HTTP; port 0 takes a free port and prints it [default: 127.0.0.1:4010]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Address and port for mail by SMTP [default: 127.0.0.1:4025]
    #[arg(long, value_name = "ADDRESS")]
    pub smtp_listen: Option<String>,
    /// Digits of a code with both providers, 4 to 10 [default: 6 with Twilio, 5 with Telnyx]
    #[arg(long, value_name = "DIGITS")]
    pub code_length: Option<String>,
    /// A Verify service of Twilio; repeat it for several services [default: VA5a…03 and VA5a…05]
    #[arg(long = "service", value_name = "VA…", value_parser = VerifyService::from_service_sid)]
    pub services: Vec<VerifyService>,
    /// A Verify service for payments (PSD2), which requires `Amount` and `Payee`
    #[arg(long = "psd2-service", value_name = "VA…", value_parser = VerifyService::from_service_sid)]
    pub psd2_services: Vec<VerifyService>,
    /// A Verify profile of Telnyx; repeat it for several profiles [default: 5a119007-…-04 and -06]
    #[arg(long = "profile", value_name = "UUID", value_parser = VerifyProfile::from_profile_id)]
    pub profiles: Vec<VerifyProfile>,
    /// A host name by which the phone page and the controls may be called, such as the name of a container; repeat it
    /// for several names [default: loopback names and the listening address only]
    #[arg(long = "host", value_name = "NAME", value_parser = parse_host_name)]
    pub hosts: Vec<String>,
    /// The name in messages: "Your NAME verification code is: 123456" [default: Sallyport]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Seconds until a code expires [default: 600 with Twilio, 300 with Telnyx]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub lifetime_secs: Option<u32>,
    /// The URL that receives Twilio's signed events of messages and verifications
    #[arg(long, value_name = "URL", value_parser = parse_webhook_url)]
    pub twilio_webhook: Option<String>,
    /// The URL that receives Telnyx's signed events of messages
    #[arg(long, value_name = "URL", value_parser = parse_webhook_url)]
    pub telnyx_webhook: Option<String>,
    /// Twilio answers a check with 201 instead of 200; its specification declares both
    #[arg(long)]
    pub check_answers_201: bool,
    /// Twilio deletes a verification after five wrong codes instead of answering 60202
    #[arg(long)]
    pub exhausted_is_gone: bool,
    /// Twilio answers 400 instead of 404 to a check of a number with nothing pending
    #[arg(long)]
    pub nothing_pending_is_400: bool,
    /// Twilio writes `SMS` instead of `sms` as the channel of each attempt
    #[arg(long)]
    pub upper_case_channels: bool,
    /// Twilio's `lookup` is `{}` instead of `{"carrier": null}`
    #[arg(long)]
    pub lookup_is_empty: bool,
    /// Twilio omits `sna` and `sna_attempts_error_codes`
    #[arg(long)]
    pub sna_is_absent: bool,
    /// Wrong codes until a Telnyx verification becomes invalid [default: 5]
    #[arg(long, value_name = "TRIES", value_parser = clap::value_parser!(u8).range(1..))]
    pub telnyx_tries: Option<u8>,
    /// Telnyx answers `rejected` instead of `expired` to a code that arrives too late
    #[arg(long)]
    pub expired_is_rejected: bool,
}

/// Parses a host name without scheme and port.
pub(crate) fn parse_host_name(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    is_name
        .then(|| text.to_ascii_lowercase())
        .ok_or("a host name may contain only letters, digits, dots, dashes and underscores")
}

/// Parses a webhook URL, which must use http or https and contain no credentials and no fragment.
fn parse_webhook_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the URL must begin with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL must not contain a user name or password".to_owned());
    }
    if url.fragment().is_some() {
        return Err("the URL must not contain a fragment".to_owned());
    }
    Ok(url.into())
}

impl SimulatorArguments {
    /// Returns the command line arguments that override environment variables, each with the name of its variable.
    pub fn list_environment_overrides(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let overrides = [
            ("SALLYPORT_SIMULATOR_LISTEN", self.listen.as_deref()),
            (
                "SALLYPORT_SIMULATOR_SMTP_LISTEN",
                self.smtp_listen.as_deref(),
            ),
            ("SALLYPORT_CODE_LENGTH", self.code_length.as_deref()),
        ];
        overrides
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }

    /// Applies the command line arguments to the simulator settings. `code_length` is the number of digits of a code;
    /// `None` keeps the default of each provider.
    #[must_use]
    pub fn apply_arguments_to_settings(
        &self,
        mut settings: Settings,
        code_length: Option<u8>,
    ) -> Settings {
        let (twilio, telnyx) = (&mut settings.twilio, &mut settings.telnyx);
        let psd2 = self.psd2_services.iter().cloned();
        let psd2 = psd2.map(|service| VerifyService {
            psd2: true,
            ..service
        });
        if !self.services.is_empty() {
            twilio.services.clone_from(&self.services);
        }
        twilio.services.extend(psd2);
        if !self.profiles.is_empty() {
            telnyx.profiles.clone_from(&self.profiles);
        }
        for service in &mut twilio.services {
            service.code_length = code_length.unwrap_or(VerifyService::default().code_length);
            service.lifetime_secs = self.lifetime_secs.unwrap_or(service.lifetime_secs);
            if let Some(name) = &self.name {
                service.friendly_name.clone_from(name);
            }
        }
        for profile in &mut telnyx.profiles {
            profile.code_length = code_length.unwrap_or(VerifyProfile::default().code_length);
            profile.timeout_secs = self.lifetime_secs.unwrap_or(profile.timeout_secs);
            if let Some(name) = &self.name {
                profile.app_name.clone_from(name);
            }
        }
        twilio.check_answers_201 = self.check_answers_201;
        twilio.exhausted_is_gone = self.exhausted_is_gone;
        twilio.nothing_pending_is_400 = self.nothing_pending_is_400;
        twilio.upper_case_channels = self.upper_case_channels;
        twilio.lookup_is_empty = self.lookup_is_empty;
        twilio.sna_is_absent = self.sna_is_absent;
        telnyx.expired_is_rejected = self.expired_is_rejected;
        telnyx.max_wrong_checks = self.telnyx_tries.unwrap_or(telnyx.max_wrong_checks);
        settings.hosts.extend(self.hosts.iter().cloned());
        let webhooks = &mut settings.webhooks;
        webhooks.twilio = self.twilio_webhook.clone().or(webhooks.twilio.take());
        webhooks.telnyx = self.telnyx_webhook.clone().or(webhooks.telnyx.take());
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_url_without_credentials_and_fragment_is_accepted() {
        let bare = parse_webhook_url("https://mfa.example.test");
        assert_eq!(bare.as_deref(), Ok("https://mfa.example.test/"));
        for invalid in [
            "ftp://mfa.example.test/",
            "https://ann:secret@mfa.example.test/",
            "https://mfa.example.test/hooks#top",
            "mfa.example.test",
        ] {
            assert!(parse_webhook_url(invalid).is_err(), "{invalid}");
        }
    }
}
