//! Settings of the Verify services (Twilio) or Verify profiles (Telnyx), one for each purpose of a code.

use super::credential_values::{
    TELNYX_HINT, TWILIO_HINT, read_twilio_sid, use_default_or_report_missing_setting,
};
use super::provider_kind::{ProviderKind, simulator_defaults};
use super::reader::SettingsReader;
use verify::is_lower_case_uuid;

/// Verify service (Twilio) or Verify profile (Telnyx) that sends the codes of each purpose, such as registration or
/// payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyServices {
    pub registration: String,
    pub sign_in: String,
    pub set_up: String,
    pub phone_change: String,
    pub payment: String,
    pub step_up: String,
}

/// Names of the environment variables with the Verify service IDs of one provider.
///
/// Each purpose has a variable, and one variable is the fallback for all purposes.
struct VariableNames {
    fallback: &'static str,
    registration: &'static str,
    sign_in: &'static str,
    set_up: &'static str,
    phone_change: &'static str,
    payment: &'static str,
    step_up: &'static str,
}

/// Default Verify service IDs of the simulator: one for registrations, and one for all other purposes.
#[derive(Clone, Copy)]
struct SimulatorServices {
    registration: &'static str,
    others: &'static str,
}

impl VerifyServices {
    /// Reads the ID of the Twilio Verify service for each purpose.
    pub(super) fn read_twilio_services(
        reader: &mut SettingsReader,
        kind: ProviderKind,
    ) -> Option<Self> {
        let names = VariableNames {
            fallback: "TWILIO_VERIFY_SERVICE_SID",
            registration: "TWILIO_VERIFY_SERVICE_SID_REGISTRATION",
            sign_in: "TWILIO_VERIFY_SERVICE_SID_SIGN_IN",
            set_up: "TWILIO_VERIFY_SERVICE_SID_SET_UP",
            phone_change: "TWILIO_VERIFY_SERVICE_SID_PHONE_CHANGE",
            payment: "TWILIO_VERIFY_SERVICE_SID_PAYMENT",
            step_up: "TWILIO_VERIFY_SERVICE_SID_STEP_UP",
        };
        let needed = kind.needs_twilio_credentials();
        let missing = |reader: &mut SettingsReader, simulators: &str| {
            needed.then(|| {
                use_default_or_report_missing_setting(
                    reader,
                    kind,
                    names.fallback,
                    simulators,
                    TWILIO_HINT,
                )
            })
        };
        let defaults = SimulatorServices {
            registration: simulator_defaults::VERIFY_SERVICE_SID_REGISTRATION,
            others: simulator_defaults::VERIFY_SERVICE_SID,
        };
        let parse = |reader: &mut SettingsReader, name| read_twilio_sid(reader, name, "VA");
        Self::read_verify_service_ids(reader, &names, defaults, parse, missing)
    }

    /// Reads the ID of the Telnyx Verify profile for each purpose.
    pub(super) fn read_telnyx_profiles(
        reader: &mut SettingsReader,
        kind: ProviderKind,
        needed: bool,
    ) -> Option<Self> {
        let names = VariableNames {
            fallback: "TELNYX_VERIFY_PROFILE_ID",
            registration: "TELNYX_VERIFY_PROFILE_ID_REGISTRATION",
            sign_in: "TELNYX_VERIFY_PROFILE_ID_SIGN_IN",
            set_up: "TELNYX_VERIFY_PROFILE_ID_SET_UP",
            phone_change: "TELNYX_VERIFY_PROFILE_ID_PHONE_CHANGE",
            payment: "TELNYX_VERIFY_PROFILE_ID_PAYMENT",
            step_up: "TELNYX_VERIFY_PROFILE_ID_STEP_UP",
        };
        let missing = |reader: &mut SettingsReader, simulators: &str| {
            needed.then(|| {
                use_default_or_report_missing_setting(
                    reader,
                    kind,
                    names.fallback,
                    simulators,
                    TELNYX_HINT,
                )
            })
        };
        let defaults = SimulatorServices {
            registration: simulator_defaults::TELNYX_VERIFY_PROFILE_ID_REGISTRATION,
            others: simulator_defaults::TELNYX_VERIFY_PROFILE_ID,
        };
        Self::read_verify_service_ids(reader, &names, defaults, read_telnyx_profile_id, missing)
    }

    /// Reads the Verify service ID of each purpose.
    ///
    /// The default is the ID set for all purposes. If neither is set, calls `missing`, which returns the simulator's ID
    /// or reports an error.
    fn read_verify_service_ids(
        reader: &mut SettingsReader,
        names: &VariableNames,
        defaults: SimulatorServices,
        parse: impl Fn(&mut SettingsReader, &'static str) -> Option<String>,
        missing: impl Fn(&mut SettingsReader, &str) -> Option<String>,
    ) -> Option<Self> {
        let fallback = parse(reader, names.fallback);
        let mut service = |name, default| {
            parse(reader, name)
                .or_else(|| fallback.clone())
                .or_else(|| missing(reader, default))
        };
        // Reads all services before it returns for a missing one, so that every error is reported.
        let registration = service(names.registration, defaults.registration);
        let sign_in = service(names.sign_in, defaults.others);
        let phone_change = service(names.phone_change, defaults.others);
        let payment = service(names.payment, defaults.others);
        let step_up = service(names.step_up, defaults.others);
        let set_up = parse(reader, names.set_up).or_else(|| sign_in.clone());
        Some(Self {
            registration: registration?,
            sign_in: sign_in?,
            set_up: set_up?,
            phone_change: phone_change?,
            payment: payment?,
            step_up: step_up?,
        })
    }

    /// Returns whether registration uses the same Verify service as another purpose, for example sign-in.
    pub fn does_registration_share_verify_service(&self) -> bool {
        [
            &self.sign_in,
            &self.set_up,
            &self.phone_change,
            &self.payment,
            &self.step_up,
        ]
        .contains(&&self.registration)
    }

    /// Returns the Verify service IDs of the six purposes, including duplicates.
    pub fn list_service_ids(&self) -> [&str; 6] {
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

/// Reads whether Twilio has enabled PSD2 on the payment service.
///
/// Reports an error if another purpose shares that service, because PSD2 requires an amount and payee for every code
/// (Twilio error 60206).
pub(super) fn read_payment_psd2_setting(
    reader: &mut SettingsReader,
    services: Option<&VerifyServices>,
) -> bool {
    const NAME: &str = "TWILIO_VERIFY_PAYMENT_PSD2";
    let psd2 = reader.read_bool(NAME).unwrap_or(false);
    let uses = |services: &VerifyServices| {
        let all = services.list_service_ids().into_iter();
        all.filter(|sid| *sid == services.payment).count()
    };
    if psd2 && services.is_some_and(|services| uses(services) > 1) {
        reader.report_setting_error(
            NAME,
            "is true although the service for payments is used for other purposes too",
            "set TWILIO_VERIFY_SERVICE_SID_PAYMENT to a separate service, or remove it",
        );
    }
    psd2
}

/// Reads the UUID of a Telnyx Verify profile and converts it to lower case.
fn read_telnyx_profile_id(reader: &mut SettingsReader, name: &'static str) -> Option<String> {
    let id = reader.read_text(name)?.to_ascii_lowercase();
    if is_lower_case_uuid(&id) {
        return Some(id);
    }
    reader.report_setting_error(name, "is not a UUID", TELNYX_HINT);
    None
}
