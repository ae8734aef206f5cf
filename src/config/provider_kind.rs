//! Selects the phone provider: Twilio, Telnyx or the simulator.

use super::reader::SettingsReader;

/// Provider API through which codes are sent and checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    Twilio,
    Telnyx,
}

/// Phone provider that sends and checks codes, or the simulator in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// The simulator, called through the API of this company.
    Simulator(Api),
    /// The real service of this company.
    Real(Api),
}

/// The default credentials of the simulator. They are public, so production refuses them.
pub mod simulator_defaults {
    pub const ACCOUNT_SID: &str = "AC5a119007000000000000000000000001";
    pub const AUTH_TOKEN: &str = "5a119007000000000000000000000002";
    pub const VERIFY_SERVICE_SID: &str = "VA5a119007000000000000000000000003";
    pub const VERIFY_SERVICE_SID_REGISTRATION: &str = "VA5a119007000000000000000000000005";
    pub const TELNYX_API_KEY: &str = "KEY5A119007";
    pub const TELNYX_VERIFY_PROFILE_ID: &str = "5a119007-0000-4000-8000-000000000004";
    pub const TELNYX_VERIFY_PROFILE_ID_REGISTRATION: &str = "5a119007-0000-4000-8000-000000000006";
    pub const TELNYX_PUBLIC_KEY: &str = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
}

impl ProviderKind {
    /// Returns the API that the server calls, Twilio or Telnyx.
    ///
    /// The simulator imitates this API if it replaces the real provider.
    pub const fn provider_api(self) -> Api {
        match self {
            Self::Simulator(api) | Self::Real(api) => api,
        }
    }

    /// Returns whether the simulator replaces the real provider.
    pub const fn is_simulator(self) -> bool {
        matches!(self, Self::Simulator(_))
    }

    /// Returns whether codes need the credentials of Twilio, real ones or those of the simulator.
    pub(super) const fn needs_twilio_credentials(self) -> bool {
        match self {
            Self::Simulator(Api::Twilio | Api::Telnyx) | Self::Real(Api::Twilio) => true,
            Self::Real(Api::Telnyx) => false,
        }
    }

    /// Returns whether codes need the credentials of Telnyx, real ones or those of the simulator.
    pub(super) const fn needs_telnyx_credentials(self) -> bool {
        match self {
            Self::Simulator(Api::Twilio | Api::Telnyx) | Self::Real(Api::Telnyx) => true,
            Self::Real(Api::Twilio) => false,
        }
    }

    /// Reads the kind of provider, or infers it from the credentials that are set.
    pub(super) fn read_or_infer_provider_kind(reader: &mut SettingsReader) -> Self {
        const NAME: &str = "SALLYPORT_PROVIDER";
        let kinds = [
            ("twilio", Self::Real(Api::Twilio)),
            ("telnyx", Self::Real(Api::Telnyx)),
            ("simulator", Self::Simulator(Api::Twilio)),
            ("simulator_telnyx", Self::Simulator(Api::Telnyx)),
        ];
        let mut any_real = |settings: &[(&'static str, &str)]| {
            settings.iter().any(|(name, simulators)| {
                reader
                    .read_text(name)
                    .is_some_and(|given| given != *simulators)
            })
        };
        let twilio = any_real(&[
            ("TWILIO_ACCOUNT_SID", simulator_defaults::ACCOUNT_SID),
            ("TWILIO_AUTH_TOKEN", simulator_defaults::AUTH_TOKEN),
            (
                "TWILIO_VERIFY_SERVICE_SID",
                simulator_defaults::VERIFY_SERVICE_SID,
            ),
        ]);
        let telnyx = any_real(&[
            ("TELNYX_API_KEY", simulator_defaults::TELNYX_API_KEY),
            (
                "TELNYX_VERIFY_PROFILE_ID",
                simulator_defaults::TELNYX_VERIFY_PROFILE_ID,
            ),
        ]);
        if twilio && telnyx && !reader.is_set(NAME) {
            let problem = "is not set, but the credentials of both Twilio and Telnyx are";
            reader.report_setting_error(NAME, problem, "set twilio or telnyx");
        }
        reader
            .read_choice(NAME, &kinds)
            .unwrap_or(match (twilio, telnyx) {
                (true, false) => Self::Real(Api::Twilio),
                // If both accounts are set, the Twilio account may be for notifications only.
                (_, true) => Self::Real(Api::Telnyx),
                (false, false) => Self::Simulator(Api::Twilio),
            })
    }
}
