//! Reads what the providers' accounts are called and opened with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use super::origin::{Address, Origin};
use super::provider::{
    Api, ProviderKind, SimulatorConfig, TelnyxConfig, TwilioApiKey, TwilioConfig, VerifyServices,
    simulator_defaults,
};
use super::reader::Reader;
use super::secret::Secret;
use verify::{is_sid, is_uuid};

const TWILIO_HINT: &str = "copy it from the Twilio console";
const TELNYX_HINT: &str = "copy it from the Telnyx portal";

/// Where Twilio and Telnyx answer. The simulator answers for both, so one address of it is enough.
pub(super) fn base_urls(
    read: &mut Reader,
    kind: ProviderKind,
    simulator: &SimulatorConfig,
) -> (Address, Address) {
    const TWILIO: &str = "TWILIO_BASE_URL";
    const TELNYX: &str = "TELNYX_BASE_URL";
    let twilio: Option<Origin> = read.parse(
        TWILIO,
        "set https://verify.twilio.com, or http://address:port of a simulator",
    );
    let telnyx: Option<Origin> = read.parse(
        TELNYX,
        "set https://api.telnyx.com, or http://address:port of a simulator",
    );
    if !kind.is_simulator() {
        return (
            Address::Fixed(twilio.unwrap_or_else(Origin::twilio)),
            Address::Fixed(telnyx.unwrap_or_else(Origin::telnyx)),
        );
    }
    if twilio.as_ref().is_some_and(Origin::is_twilio) {
        let wrong = "is Twilio's although the provider is the simulator";
        read.fault(TWILIO, wrong, "remove it, or set SALLYPORT_PROVIDER=twilio");
    }
    if telnyx.as_ref().is_some_and(Origin::is_telnyx) {
        let wrong = "is Telnyx's although the provider is the simulator";
        read.fault(TELNYX, wrong, "remove it, or set SALLYPORT_PROVIDER=telnyx");
    }
    let given = twilio.is_some() || telnyx.is_some();
    if !given && !simulator.embedded && simulator.listen.port() == 0 {
        let name = match kind.api() {
            Api::Twilio => TWILIO,
            Api::Telnyx => TELNYX,
        };
        read.fault(
            name,
            "is not set, and the simulator's port is not known",
            "set http://address:port of the simulator that runs elsewhere",
        );
    }
    (
        Address::or_listener(twilio.clone().or(telnyx.clone()), simulator.listen),
        Address::or_listener(telnyx.or(twilio), simulator.listen),
    )
}

impl TwilioConfig {
    pub(super) fn read(read: &mut Reader, kind: ProviderKind) -> Option<Self> {
        const SID: &str = "TWILIO_ACCOUNT_SID";
        const TOKEN: &str = "TWILIO_AUTH_TOKEN";
        let account_sid = sid(read, SID, "AC");
        let auth_token = read.secret(TOKEN, 32, TWILIO_HINT);
        let previous_auth_token = read.secret("TWILIO_PREVIOUS_AUTH_TOKEN", 32, TWILIO_HINT);
        let api_key = TwilioApiKey::read(read);
        let account = if kind == ProviderKind::Real(Api::Telnyx) {
            pair(read, SID, account_sid, TOKEN, auth_token)
        } else {
            let account_sid = account_sid.unwrap_or_else(|| {
                stand_in(
                    read,
                    kind,
                    SID,
                    simulator_defaults::ACCOUNT_SID,
                    TWILIO_HINT,
                )
            });
            let auth_token = auth_token.unwrap_or_else(|| {
                let token = simulator_defaults::AUTH_TOKEN;
                Secret::new(stand_in(read, kind, TOKEN, token, TWILIO_HINT))
            });
            Some((account_sid, auth_token))
        };
        account.map(|(account_sid, auth_token)| Self {
            account_sid,
            auth_token,
            previous_auth_token,
            api_key,
        })
    }
}

/// On a service with PSD2 every code is for a payment (error 60206): any other purpose needs its own.
pub(super) fn payment_psd2(read: &mut Reader, services: Option<&VerifyServices>) -> bool {
    const NAME: &str = "TWILIO_VERIFY_PAYMENT_PSD2";
    let psd2 = read.flag(NAME).unwrap_or(false);
    let uses = |services: &VerifyServices| {
        let all = services.all().into_iter();
        all.filter(|sid| *sid == services.payment).count()
    };
    if psd2 && services.is_some_and(|services| uses(services) > 1) {
        read.fault(
            NAME,
            "is true although the service for payments is used for other purposes too",
            "set TWILIO_VERIFY_SERVICE_SID_PAYMENT to a service of its own, or remove it",
        );
    }
    psd2
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

/// The variables of a provider's services.
struct Names {
    fallback: &'static str,
    registration: &'static str,
    sign_in: &'static str,
    phone_change: &'static str,
    payment: &'static str,
    step_up: &'static str,
}

impl VerifyServices {
    pub(super) fn of_twilio(read: &mut Reader, kind: ProviderKind) -> Option<Self> {
        let names = Names {
            fallback: "TWILIO_VERIFY_SERVICE_SID",
            registration: "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            sign_in: "TWILIO_VERIFY_SERVICE_SID_SIGN_IN",
            phone_change: "TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE",
            payment: "TWILIO_VERIFY_SERVICE_SID_PAYMENT",
            step_up: "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
        };
        let needed = kind != ProviderKind::Real(Api::Telnyx);
        let missing = |read: &mut Reader| {
            needed.then(|| {
                let simulators = simulator_defaults::VERIFY_SERVICE_SID;
                stand_in(read, kind, names.fallback, simulators, TWILIO_HINT)
            })
        };
        Self::read(read, &names, |read, name| sid(read, name, "VA"), missing)
    }

    fn of_telnyx(read: &mut Reader, kind: ProviderKind, needed: bool) -> Option<Self> {
        let names = Names {
            fallback: "TELNYX_VERIFY_PROFILE_ID",
            registration: "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
            sign_in: "TELNYX_VERIFY_PROFILE_ID_SIGN_IN",
            phone_change: "TELNYX_VERIFY_PROFILE_ID_PHONE_CHANGE",
            payment: "TELNYX_VERIFY_PROFILE_ID_PAYMENT",
            step_up: "TELNYX_VERIFY_PROFILE_ID_STEP_UP",
        };
        let missing = |read: &mut Reader| {
            needed.then(|| {
                let simulators = simulator_defaults::TELNYX_VERIFY_PROFILE_ID;
                stand_in(read, kind, names.fallback, simulators, TELNYX_HINT)
            })
        };
        Self::read(read, &names, profile, missing)
    }

    /// The service of each purpose, or of all of them. `missing` says what stands in for one that is neither, if
    /// anything does.
    fn read(
        read: &mut Reader,
        names: &Names,
        parse: impl Fn(&mut Reader, &'static str) -> Option<String>,
        missing: impl Fn(&mut Reader) -> Option<String>,
    ) -> Option<Self> {
        let fallback = parse(read, names.fallback);
        let mut service = |name| {
            parse(read, name)
                .or_else(|| fallback.clone())
                .or_else(|| missing(read))
        };
        // Each is read before any is found missing.
        let registration = service(names.registration);
        let sign_in = service(names.sign_in);
        let phone_change = service(names.phone_change);
        let payment = service(names.payment);
        let step_up = service(names.step_up);
        Some(Self {
            registration: registration?,
            sign_in: sign_in?,
            phone_change: phone_change?,
            payment: payment?,
            step_up: step_up?,
        })
    }

    /// Every name, several times where one serves several purposes.
    pub fn all(&self) -> [&str; 5] {
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
        let needed = kind != ProviderKind::Real(Api::Twilio);
        let api_key = read.secret(KEY, 8, TELNYX_HINT).or_else(|| {
            let key = simulator_defaults::TELNYX_API_KEY;
            needed.then(|| Secret::new(stand_in(read, kind, KEY, key, TELNYX_HINT)))
        });
        let profiles = VerifyServices::of_telnyx(read, kind, needed);
        let public_keys = public_keys(read, kind);
        pair(read, KEY, api_key, PROFILE, profiles).map(|(api_key, profiles)| Self {
            api_key,
            profiles,
            public_keys,
        })
    }
}

/// Today's and the one before it; with the simulator its own as well, the only one it signs with.
fn public_keys(read: &mut Reader, kind: ProviderKind) -> Vec<VerifyingKey> {
    let current = public_key(read, "TELNYX_PUBLIC_KEY");
    let previous = public_key(read, "TELNYX_PREVIOUS_PUBLIC_KEY");
    let simulators = kind
        .is_simulator()
        .then_some(simulator_defaults::TELNYX_PUBLIC_KEY);
    let simulators = simulators.and_then(parse_key);
    [current, previous, simulators]
        .into_iter()
        .flatten()
        .collect()
}

fn public_key(read: &mut Reader, name: &'static str) -> Option<VerifyingKey> {
    let text = read.text(name)?;
    let key = parse_key(&text);
    if key.is_none() {
        let wrong = "is not an Ed25519 public key: 32 bytes in base64";
        read.fault(name, wrong, TELNYX_HINT);
    }
    key
}

/// A weak key would take anybody's signature.
fn parse_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    (!key.is_weak()).then_some(key)
}

/// The simulator's own value, or with a real provider a complaint and a value that nobody will see.
fn stand_in(
    read: &mut Reader,
    kind: ProviderKind,
    name: &'static str,
    simulators: &str,
    hint: &str,
) -> String {
    if kind.is_simulator() {
        return simulators.to_owned();
    }
    read.fault(name, "is not set", hint);
    String::new()
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
    if is_sid(&text, prefix) {
        return Some(text);
    }
    let wrong = format!("is not {prefix} and 32 hexadecimal digits");
    read.fault(name, wrong, TWILIO_HINT);
    None
}

/// A profile's id, spelled as Telnyx spells it in its answers: in lower case.
fn profile(read: &mut Reader, name: &'static str) -> Option<String> {
    let id = read.text(name)?.to_ascii_lowercase();
    if is_uuid(&id) {
        return Some(id);
    }
    read.fault(name, "is not a UUID", TELNYX_HINT);
    None
}
