//! The Verify service or profile of each purpose.

use super::credential_values::{TELNYX_HINT, TWILIO_HINT, sid, simulator_default_or_error};
use super::provider_kind::{Api, ProviderKind, simulator_defaults};
use super::reader::Reader;
use verify::is_uuid;

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

    pub(super) fn of_telnyx(read: &mut Reader, kind: ProviderKind, needed: bool) -> Option<Self> {
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

/// The id of a Verify profile in lower case, as in Telnyx's answers.
fn profile(read: &mut Reader, name: &'static str) -> Option<String> {
    let id = read.text(name)?.to_ascii_lowercase();
    if is_uuid(&id) {
        return Some(id);
    }
    read.fault(name, "is not a UUID", TELNYX_HINT);
    None
}
