//! The simulator on its own: `sallyport simulator`, for any project's tests.

use std::net::SocketAddr;
use std::path::Path;

use clap::Args;
use reqwest::Url;
use tokio_util::sync::CancellationToken;

use super::{StartError, bind, simulator_settings};
use crate::server::config::{Config, ConfigErrors};
use crate::server::http::serve::{ServeLimits, serve as serve_connections};
use simulator::{Settings, Simulator, VerifyProfile, VerifyService};

const HELP: &str = "\
Point an official SDK at it by base URL, and change nothing else:

  Twilio   http://127.0.0.1:4010      account AC5a119007000000000000000000000001
                                      token   5a119007000000000000000000000002
                                      service VA5a119007000000000000000000000003
  Telnyx   http://127.0.0.1:4010/v2   key     KEY5A119007
                                      profile 5a119007-0000-4000-8000-000000000004

Other credentials: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET
and TELNYX_API_KEY in the environment.

  see the phone      open http://127.0.0.1:4010 in a browser
  read a code        curl 'http://127.0.0.1:4010/_simulator/messages?to=%2B14155550142&wait=10'
  let time pass      curl -d '{\"advance_secs\": 300}' http://127.0.0.1:4010/_simulator/clock
  fail on purpose    send to +1 202 55 and the last five digits of an error: +12025560410;
                     with 56 in place of 55 it is the check that fails: +12025620404
  break the line     curl -X PUT -d '[{\"on\": \"check\", \"kind\": \"drop_after\"}]' \\
                       http://127.0.0.1:4010/_simulator/faults
  all controls       curl http://127.0.0.1:4010/_simulator

Nothing is kept: it starts empty, and writes no file.";

/// Serve the provider simulator alone, for any project's tests.
///
/// It speaks Twilio Verify v2 (and Programmable Messaging's create) and Telnyx Verify v2, both at
/// once, and sends nothing to anybody: messages are on its page, and in JSON for tests.
#[derive(Args, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(after_long_help = HELP)]
pub struct SimulatorArguments {
    /// Address and port; port 0 takes a free one, and it is printed [default: 127.0.0.1:4010]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where its mailbox takes mail by SMTP [default: 127.0.0.1:4025]
    #[arg(long, value_name = "ADDRESS")]
    smtp_listen: Option<String>,
    /// Digits in a code, 4 to 10, of both providers [default: 6 of Twilio's, 5 of Telnyx's]
    #[arg(long, value_name = "DIGITS")]
    code_length: Option<String>,
    /// A Verify service of Twilio's; may be given several times [default: VA5a…03]
    #[arg(long = "service", value_name = "VA…", value_parser = VerifyService::named)]
    services: Vec<VerifyService>,
    /// A Verify service whose codes are for payments (PSD2): `Amount` and `Payee` are mandatory
    #[arg(long = "psd2-service", value_name = "VA…", value_parser = VerifyService::named)]
    psd2_services: Vec<VerifyService>,
    /// A Verify profile of Telnyx's; may be given several times [default: 5a119007-…-04]
    #[arg(long = "profile", value_name = "UUID", value_parser = VerifyProfile::named)]
    profiles: Vec<VerifyProfile>,
    /// The name in messages: "Your NAME verification code is: 123456" [default: Sallyport]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Seconds a code lives [default: 600 for Twilio's, 300 for Telnyx's]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    lifetime_secs: Option<u32>,
    /// Where Twilio's events of messages and verifications are sent, signed
    #[arg(long, value_name = "URL", value_parser = web_address)]
    twilio_webhook: Option<String>,
    /// Where Telnyx's events of messages are sent, signed
    #[arg(long, value_name = "URL", value_parser = web_address)]
    telnyx_webhook: Option<String>,
    /// Twilio answers a check with 201 in place of 200: its specification knows both
    #[arg(long)]
    check_answers_201: bool,
    /// Twilio forgets a verification after five wrong codes in place of answering 60202
    #[arg(long)]
    exhausted_is_gone: bool,
    /// Twilio answers 400 in place of 404 to the check of a number with nothing pending
    #[arg(long)]
    nothing_pending_is_400: bool,
    /// Twilio writes `SMS` in place of `sms` beside each attempt
    #[arg(long)]
    upper_case_channels: bool,
    /// Twilio's `lookup` is `{}` in place of `{"carrier": null}`
    #[arg(long)]
    lookup_is_empty: bool,
    /// Twilio leaves out `sna` and `sna_attempts_error_codes`
    #[arg(long)]
    sna_is_absent: bool,
    /// Wrong codes that a verification of Telnyx's takes [default: 5]
    #[arg(long, value_name = "TRIES", value_parser = clap::value_parser!(u8).range(1..))]
    telnyx_tries: Option<u8>,
    /// Telnyx answers `rejected` in place of `expired` to a code that comes too late
    #[arg(long)]
    expired_is_rejected: bool,
}

fn web_address(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins with neither https:// nor http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user in it, whom nobody would be told of".to_owned());
    }
    if url.fragment().is_some() {
        return Err("it has a fragment, which nobody is sent".to_owned());
    }
    // With the slash that a bare origin is called by: the URL is signed as it is called.
    Ok(url.into())
}

impl SimulatorArguments {
    /// The configuration these arguments and the environment come to. What is said of the application and of real
    /// providers does not matter here, so that a shell set up for them is no hindrance.
    pub fn configuration(
        &self,
        env: impl Iterator<Item = (String, String)>,
        cwd: &Path,
    ) -> Result<Config, ConfigErrors> {
        let said = [
            ("SALLYPORT_SIMULATOR_LISTEN", self.listen.as_deref()),
            (
                "SALLYPORT_SIMULATOR_SMTP_LISTEN",
                self.smtp_listen.as_deref(),
            ),
            ("SALLYPORT_CODE_LENGTH", self.code_length.as_deref()),
            ("SALLYPORT_PROVIDER", Some("simulator")),
            ("SALLYPORT_SIMULATOR_EMBEDDED", Some("true")),
            ("SALLYPORT_LISTEN", Some("127.0.0.1:0")),
        ];
        let said = said.map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        // The later of two of a name counts.
        let env = env
            .filter(|(name, _)| !name.ends_with("_BASE_URL"))
            .chain(said.into_iter().flatten());
        Config::load_passing(env, cwd)
    }

    /// What to simulate.
    fn settings(&self, config: &Config) -> Settings {
        let mut settings = simulator_settings(config, None);
        let (twilio, telnyx) = (&mut settings.twilio, &mut settings.telnyx);
        let digits = config.provider.code_length;
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
            service.code_length = digits.unwrap_or(VerifyService::default().code_length);
            service.lifetime_secs = self.lifetime_secs.unwrap_or(service.lifetime_secs);
            if let Some(name) = &self.name {
                service.friendly_name.clone_from(name);
            }
        }
        for profile in &mut telnyx.profiles {
            profile.code_length = digits.unwrap_or(VerifyProfile::default().code_length);
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
        let webhooks = &mut settings.webhooks;
        webhooks.twilio = self.twilio_webhook.clone().or(webhooks.twilio.take());
        webhooks.telnyx = self.telnyx_webhook.clone().or(webhooks.telnyx.take());
        settings
    }
}

/// Serves the simulator and its mailbox until `stop` is cancelled.
#[expect(
    clippy::print_stdout,
    reason = "this is the program's answer to whoever started it"
)]
pub async fn simulate(
    arguments: &SimulatorArguments,
    config: &Config,
    stop: CancellationToken,
) -> Result<(), StartError> {
    let wanted = &config.provider.simulator;
    let (listener, address) = listening(wanted.listen).await?;
    println!("Phone simulator is listening on http://{address}");
    let (mailbox, smtp) = listening(wanted.smtp_listen).await?;
    println!("Mail simulator is listening on smtp://{smtp}");
    let simulator = Simulator::new(arguments.settings(config));
    let mail = simulator::receive_mail(simulator.clone(), mailbox, stop.clone());
    tokio::spawn(mail);
    tokio::spawn(simulator::watch_time(simulator.clone(), stop.clone()));
    let router = simulator::router(simulator);
    serve_connections(listener, router, ServeLimits::default(), stop).await;
    Ok(())
}

async fn listening(
    wanted: SocketAddr,
) -> Result<(tokio::net::TcpListener, SocketAddr), StartError> {
    let listener = bind(wanted).await?;
    let address = listener.local_addr().unwrap_or(wanted);
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulated(arguments: &SimulatorArguments, env: &[(&str, &str)]) -> Settings {
        let env = env.iter();
        let env = env.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let nowhere = tempfile::tempdir().expect("a directory");
        let config = arguments.configuration(env, nowhere.path());
        arguments.settings(&config.expect("a configuration"))
    }

    #[test]
    fn each_provider_has_its_own_length_of_code_until_it_is_told() {
        let told = SimulatorArguments {
            code_length: Some("8".to_owned()),
            ..SimulatorArguments::default()
        };
        let untold = SimulatorArguments::default();
        for (arguments, env, twilio, telnyx) in [
            (&untold, &[][..], 6, 5),
            (&untold, &[("SALLYPORT_CODE_LENGTH", "7")], 7, 7),
            (&told, &[("SALLYPORT_CODE_LENGTH", "7")], 8, 8),
        ] {
            let settings = simulated(arguments, env);
            assert_eq!(settings.twilio.services[0].code_length, twilio);
            assert_eq!(settings.telnyx.profiles[0].code_length, telnyx);
        }
    }

    #[test]
    fn an_api_key_of_the_environment_is_taken_too() {
        let sid = "SK0123456789abcdef0123456789abcdef";
        let secret = "abcdef0123456789abcdef0123456789";
        let env = [
            ("TWILIO_API_KEY_SID", sid),
            ("TWILIO_API_KEY_SECRET", secret),
        ];
        let settings = simulated(&SimulatorArguments::default(), &env);
        let key = settings.twilio.api_key.expect("a key");
        assert_eq!((key.sid.as_str(), key.secret.as_str()), (sid, secret));
    }

    #[test]
    fn a_webhooks_address_is_one_that_can_be_signed_as_it_is_called() {
        let bare = web_address("https://mfa.example.test");
        assert_eq!(bare.as_deref(), Ok("https://mfa.example.test/"));
        for odd in [
            "ftp://mfa.example.test/",
            "https://ann:secret@mfa.example.test/",
            "https://mfa.example.test/hooks#top",
            "mfa.example.test",
        ] {
            assert!(web_address(odd).is_err(), "{odd}");
        }
    }
}
