//! Reads what the providers' accounts are called and opened with.

use super::origin::{Address, Origin};
use super::provider::{
    ProviderKind, SimulatorConfig, TelnyxConfig, TwilioApiKey, TwilioConfig, VerifyServices,
    simulator_defaults,
};
use super::reader::Reader;
use super::secret::Secret;

const TWILIO_HINT: &str = "copy it from the Twilio console";
const TELNYX_HINT: &str = "copy it from the Telnyx portal";

impl TwilioConfig {
    pub(super) fn read(read: &mut Reader, kind: ProviderKind, simulator: &SimulatorConfig) -> Self {
        const SID: &str = "TWILIO_ACCOUNT_SID";
        const TOKEN: &str = "TWILIO_AUTH_TOKEN";
        let account_sid = sid(read, SID, "AC");
        let auth_token = read.secret(TOKEN, 32, TWILIO_HINT);
        Self {
            base_url: base_url(read, kind, simulator),
            account_sid: account_sid
                .unwrap_or_else(|| stand_in(read, kind, SID, simulator_defaults::ACCOUNT_SID)),
            auth_token: auth_token.unwrap_or_else(|| {
                Secret::new(stand_in(read, kind, TOKEN, simulator_defaults::AUTH_TOKEN))
            }),
            api_key: TwilioApiKey::read(read),
            services: VerifyServices::read(read, kind),
        }
    }
}

fn base_url(read: &mut Reader, kind: ProviderKind, simulator: &SimulatorConfig) -> Address {
    const NAME: &str = "TWILIO_BASE_URL";
    let given: Option<Origin> = read.parse(
        NAME,
        "set https://verify.twilio.com, or http://address:port of a simulator",
    );
    match (kind, given) {
        (ProviderKind::Twilio, given) => Address::Fixed(given.unwrap_or_else(Origin::twilio)),
        (ProviderKind::Simulator, given) => {
            if given.as_ref().is_some_and(Origin::is_twilio) {
                let remedy = "remove it, or set SALLYPORT_PROVIDER=twilio";
                read.fault(
                    NAME,
                    "is Twilio's although the provider is the simulator",
                    remedy,
                );
            }
            if given.is_none() && !simulator.embedded && simulator.listen.port() == 0 {
                read.fault(
                    NAME,
                    "is not set, and the simulator's port is not known",
                    "set http://address:port of the simulator that runs elsewhere",
                );
            }
            Address::or_listener(given, simulator.listen)
        }
    }
}

impl TwilioApiKey {
    fn read(read: &mut Reader) -> Option<Self> {
        const SID: &str = "TWILIO_API_KEY_SID";
        const SECRET: &str = "TWILIO_API_KEY_SECRET";
        let sid = sid(read, SID, "SK");
        let secret = read.secret(SECRET, 32, TWILIO_HINT);
        pair(read, SID, sid, SECRET, secret).map(|(sid, secret)| Self { sid, secret })
    }
}

impl VerifyServices {
    fn read(read: &mut Reader, kind: ProviderKind) -> Self {
        const FALLBACK: &str = "TWILIO_VERIFY_SERVICE_SID";
        let fallback = sid(read, FALLBACK, "VA");
        let mut service = |name| {
            sid(read, name, "VA")
                .or_else(|| fallback.clone())
                .unwrap_or_else(|| {
                    stand_in(read, kind, FALLBACK, simulator_defaults::VERIFY_SERVICE_SID)
                })
        };
        Self {
            registration: service("TWILIO_VERIFY_SERVICE_SID_REGISTRATION"),
            sign_in: service("TWILIO_VERIFY_SERVICE_SID_SIGN_IN"),
            phone_change: service("TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE"),
            payment: service("TWILIO_VERIFY_SERVICE_SID_PAYMENT"),
            step_up: service("TWILIO_VERIFY_SERVICE_SID_STEP_UP"),
        }
    }

    pub(super) fn all(&self) -> [&str; 5] {
        [
            &self.registration,
            &self.sign_in,
            &self.phone_change,
            &self.payment,
            &self.step_up,
        ]
    }
}

impl TelnyxConfig {
    pub(super) fn read(read: &mut Reader, kind: ProviderKind) -> Option<Self> {
        const KEY: &str = "TELNYX_API_KEY";
        const PROFILE: &str = "TELNYX_VERIFY_PROFILE_ID";
        let simulated = |value: &str| (kind == ProviderKind::Simulator).then(|| value.to_owned());
        let api_key = read
            .secret(KEY, 8, TELNYX_HINT)
            .or_else(|| simulated(simulator_defaults::TELNYX_API_KEY).map(Secret::new));
        let profile = read.text(PROFILE);
        if profile.as_ref().is_some_and(|profile| !is_uuid(profile)) {
            read.fault(PROFILE, "is not a UUID", TELNYX_HINT);
        }
        let profile = profile.or_else(|| simulated(simulator_defaults::TELNYX_VERIFY_PROFILE_ID));
        pair(read, KEY, api_key, PROFILE, profile).map(|(api_key, verify_profile_id)| Self {
            api_key,
            verify_profile_id,
        })
    }
}

/// The simulator's own value, or with a real provider a complaint and a value that nobody will see.
fn stand_in(read: &mut Reader, kind: ProviderKind, name: &'static str, simulators: &str) -> String {
    match kind {
        ProviderKind::Simulator => simulators.to_owned(),
        ProviderKind::Twilio => {
            read.fault(name, "is not set", TWILIO_HINT);
            String::new()
        }
    }
}

/// Two settings that only make sense together.
fn pair<A, B>(
    read: &mut Reader,
    first: &'static str,
    a: Option<A>,
    second: &'static str,
    b: Option<B>,
) -> Option<(A, B)> {
    let (missing, present) = match (&a, &b) {
        (Some(_), None) => (second, first),
        (None, Some(_)) => (first, second),
        _ => return a.zip(b),
    };
    // What is there but wrong has its own error already.
    read.fault(
        missing,
        format!("is not set although {present} is"),
        "set both or neither",
    );
    None
}

/// An identifier as Twilio writes them. The value is not repeated, since a secret may have been pasted here.
pub(super) fn sid(read: &mut Reader, name: &'static str, prefix: &str) -> Option<String> {
    let text = read.text(name)?;
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    if digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text);
    }
    let wrong = format!("is not {prefix} and 32 hexadecimal digits");
    read.fault(name, wrong, TWILIO_HINT);
    None
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
