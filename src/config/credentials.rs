//! Accounts and credentials of the providers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use super::origin::{Address, Origin};
use super::provider_kind::{Api, ProviderKind, simulator_defaults};
use super::reader::Reader;
use super::secret::Secret;
use super::simulator::SimulatorConfig;
use verify::{is_sid, is_uuid};

const TWILIO_HINT: &str = "copy it from the Twilio console";
const TELNYX_HINT: &str = "copy it from the Telnyx portal";

/// A Twilio account.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// `TWILIO_ACCOUNT_SID`.
    pub account_sid: String,
    /// `TWILIO_AUTH_TOKEN`. Twilio signs webhooks with it.
    pub auth_token: Secret<String>,
    /// `TWILIO_PREVIOUS_AUTH_TOKEN`: verifies webhooks that were signed before a rotation.
    pub previous_auth_token: Option<Secret<String>>,
    /// If set, calls use it in place of the auth token, because a key can be revoked alone.
    pub api_key: Option<TwilioApiKey>,
}

/// An API key of a Twilio account.
#[derive(Debug, Clone)]
pub struct TwilioApiKey {
    /// `TWILIO_API_KEY_SID`.
    pub sid: String,
    /// `TWILIO_API_KEY_SECRET`.
    pub secret: Secret<String>,
}

/// The Verify service (Twilio) or Verify profile (Telnyx) of each purpose: `TWILIO_VERIFY_SERVICE_SID_…` or
/// `TELNYX_VERIFY_PROFILE_ID_…`. The variable without a purpose is the default of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyServices {
    pub registration: String,
    pub sign_in: String,
    pub set_up: String,
    pub phone_change: String,
    pub payment: String,
    pub step_up: String,
}

/// A Telnyx account.
#[derive(Debug, Clone)]
pub struct TelnyxConfig {
    /// `TELNYX_API_KEY`.
    pub api_key: Secret<String>,
    pub profiles: VerifyServices,
    /// `TELNYX_PUBLIC_KEY` and `TELNYX_PREVIOUS_PUBLIC_KEY`. They verify webhooks; without them every webhook is refused.
    pub public_keys: Vec<VerifyingKey>,
}

/// The origins of the Twilio and Telnyx APIs. The simulator serves both, so one address of it is enough.
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
        let wrong = "is an address of Twilio although the provider is the simulator";
        read.fault(TWILIO, wrong, "remove it, or set SALLYPORT_PROVIDER=twilio");
    }
    if telnyx.as_ref().is_some_and(Origin::is_telnyx) {
        let wrong = "is an address of Telnyx although the provider is the simulator";
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
            "set http://address:port of a separate simulator",
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
            both_or_neither(read, SID, account_sid, TOKEN, auth_token)
        } else {
            let account_sid = account_sid.unwrap_or_else(|| {
                simulator_default_or_error(
                    read,
                    kind,
                    SID,
                    simulator_defaults::ACCOUNT_SID,
                    TWILIO_HINT,
                )
            });
            let auth_token = auth_token.unwrap_or_else(|| {
                let token = simulator_defaults::AUTH_TOKEN;
                Secret::new(simulator_default_or_error(
                    read,
                    kind,
                    TOKEN,
                    token,
                    TWILIO_HINT,
                ))
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

/// Whether PSD2 is enabled for payments. A service with PSD2 requires amount and payee for every code (error 60206),
/// so other purposes need another service.
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
        both_or_neither(read, SID, sid, SECRET, secret).map(|(sid, secret)| Self { sid, secret })
    }
}

/// The environment variables of the services of one provider.
struct Names {
    fallback: &'static str,
    registration: &'static str,
    sign_in: &'static str,
    set_up: &'static str,
    phone_change: &'static str,
    payment: &'static str,
    step_up: &'static str,
}

/// The services of the simulator.
#[derive(Clone, Copy)]
struct SimulatorServices {
    registration: &'static str,
    others: &'static str,
}

impl VerifyServices {
    pub(super) fn of_twilio(read: &mut Reader, kind: ProviderKind) -> Option<Self> {
        let names = Names {
            fallback: "TWILIO_VERIFY_SERVICE_SID",
            registration: "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            sign_in: "TWILIO_VERIFY_SERVICE_SID_SIGN_IN",
            set_up: "TWILIO_VERIFY_SERVICE_SID_SET_UP",
            phone_change: "TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE",
            payment: "TWILIO_VERIFY_SERVICE_SID_PAYMENT",
            step_up: "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
        };
        let needed = kind != ProviderKind::Real(Api::Telnyx);
        let missing = |read: &mut Reader, simulators: &str| {
            needed.then(|| {
                simulator_default_or_error(read, kind, names.fallback, simulators, TWILIO_HINT)
            })
        };
        let defaults = SimulatorServices {
            registration: simulator_defaults::VERIFY_SERVICE_SID_REGISTRATION,
            others: simulator_defaults::VERIFY_SERVICE_SID,
        };
        let parse = |read: &mut Reader, name| sid(read, name, "VA");
        Self::read(read, &names, defaults, parse, missing)
    }

    fn of_telnyx(read: &mut Reader, kind: ProviderKind, needed: bool) -> Option<Self> {
        let names = Names {
            fallback: "TELNYX_VERIFY_PROFILE_ID",
            registration: "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
            sign_in: "TELNYX_VERIFY_PROFILE_ID_SIGN_IN",
            set_up: "TELNYX_VERIFY_PROFILE_ID_SET_UP",
            phone_change: "TELNYX_VERIFY_PROFILE_ID_PHONE_CHANGE",
            payment: "TELNYX_VERIFY_PROFILE_ID_PAYMENT",
            step_up: "TELNYX_VERIFY_PROFILE_ID_STEP_UP",
        };
        let missing = |read: &mut Reader, simulators: &str| {
            needed.then(|| {
                simulator_default_or_error(read, kind, names.fallback, simulators, TELNYX_HINT)
            })
        };
        let defaults = SimulatorServices {
            registration: simulator_defaults::TELNYX_VERIFY_PROFILE_ID_REGISTRATION,
            others: simulator_defaults::TELNYX_VERIFY_PROFILE_ID,
        };
        Self::read(read, &names, defaults, profile, missing)
    }

    /// The service of each purpose: its own, else the fallback, else the result of `missing` for the simulator's
    /// default. Set-up without its own has the service of sign-in.
    fn read(
        read: &mut Reader,
        names: &Names,
        defaults: SimulatorServices,
        parse: impl Fn(&mut Reader, &'static str) -> Option<String>,
        missing: impl Fn(&mut Reader, &str) -> Option<String>,
    ) -> Option<Self> {
        let fallback = parse(read, names.fallback);
        let mut service = |name, default| {
            parse(read, name)
                .or_else(|| fallback.clone())
                .or_else(|| missing(read, default))
        };
        // All are read before a missing one returns, so that every error is reported.
        let registration = service(names.registration, defaults.registration);
        let sign_in = service(names.sign_in, defaults.others);
        let phone_change = service(names.phone_change, defaults.others);
        let payment = service(names.payment, defaults.others);
        let step_up = service(names.step_up, defaults.others);
        let set_up = parse(read, names.set_up).or_else(|| sign_in.clone());
        Some(Self {
            registration: registration?,
            sign_in: sign_in?,
            set_up: set_up?,
            phone_change: phone_change?,
            payment: payment?,
            step_up: step_up?,
        })
    }

    /// Whether the service of registration serves another purpose too.
    pub fn shares_registration(&self) -> bool {
        [
            &self.sign_in,
            &self.set_up,
            &self.phone_change,
            &self.payment,
            &self.step_up,
        ]
        .contains(&&self.registration)
    }

    /// The identifiers of all purposes; one that serves several purposes is repeated.
    pub fn all(&self) -> [&str; 6] {
        [
            &self.registration,
            &self.sign_in,
            &self.set_up,
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
            needed.then(|| {
                Secret::new(simulator_default_or_error(
                    read,
                    kind,
                    KEY,
                    key,
                    TELNYX_HINT,
                ))
            })
        });
        let profiles = VerifyServices::of_telnyx(read, kind, needed);
        let public_keys = public_keys(read, kind);
        both_or_neither(read, KEY, api_key, PROFILE, profiles).map(|(api_key, profiles)| Self {
            api_key,
            profiles,
            public_keys,
        })
    }
}

/// The current and the previous key, and with the simulator its own key.
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

/// Parses an Ed25519 public key. Weak keys are refused, because forged signatures verify under them.
fn parse_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    (!key.is_weak()).then_some(key)
}

/// The default of the simulator. With a real provider, reports that the setting is missing.
fn simulator_default_or_error(
    read: &mut Reader,
    kind: ProviderKind,
    name: &'static str,
    default: &str,
    hint: &str,
) -> String {
    if kind.is_simulator() {
        return default.to_owned();
    }
    read.fault(name, "is not set", hint);
    String::new()
}

/// Two settings that are set together or not at all.
fn both_or_neither<A, B>(
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
    // An invalid value has an error of its own.
    read.fault(
        missing,
        format!("is not set although {present} is"),
        "set both or neither",
    );
    None
}

/// An identifier in Twilio's format. The error does not repeat the value, because it may be a misplaced secret.
pub(super) fn sid(read: &mut Reader, name: &'static str, prefix: &str) -> Option<String> {
    let text = read.text(name)?;
    if is_sid(&text, prefix) {
        return Some(text);
    }
    let wrong = format!("is not {prefix} and 32 hexadecimal digits");
    read.fault(name, wrong, TWILIO_HINT);
    None
}

/// The id of a Verify profile in lower case, as in Telnyx's answers.
fn profile(read: &mut Reader, name: &'static str) -> Option<String> {
    let id = read.text(name)?.to_ascii_lowercase();
    if is_uuid(&id) {
        return Some(id);
    }
    read.fault(name, "is not a UUID", TELNYX_HINT);
    None
}
