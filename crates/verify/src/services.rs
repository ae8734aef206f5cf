//! The service at the provider that sends and checks the codes of each purpose.

use crate::identifiers::ServiceId;
use domain::Purpose;

/// Provider services that send and check codes, one for each purpose. Purposes may share a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    pub registration: ServiceId,
    pub sign_in: ServiceId,
    pub set_up: ServiceId,
    pub phone_change: ServiceId,
    pub step_up: ServiceId,
    pub payment: ServiceId,
}

/// Reason why the settings of a provider client are invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "{0}'s base URL is not http:// or https:// with a host and without user, query or fragment"
    )]
    BaseUrl(&'static str),
    #[error("the service ID for `{purpose_name}` must be {expected}", purpose_name = .purpose.as_str())]
    Service {
        purpose: Purpose,
        expected: &'static str,
    },
}

impl Services {
    /// Returns the service that sends and checks the codes of a purpose.
    pub const fn service_for_purpose(&self, purpose: Purpose) -> &ServiceId {
        match purpose {
            Purpose::Registration => &self.registration,
            // A sign-in and a password reset both check the second factor that the account already has.
            Purpose::SignIn | Purpose::PasswordReset => &self.sign_in,
            Purpose::SetUp => &self.set_up,
            Purpose::PhoneChange => &self.phone_change,
            Purpose::StepUp => &self.step_up,
            Purpose::Payment => &self.payment,
        }
    }

    /// Validates the ID of each service, and fails with the first purpose whose ID is invalid.
    ///
    /// `expected` describes the valid format in the error.
    pub(crate) fn validate_service_ids(
        &self,
        is_valid: impl Fn(&ServiceId) -> bool,
        expected: &'static str,
    ) -> Result<(), SettingsError> {
        let invalid = Purpose::ALL
            .into_iter()
            .find(|purpose| !is_valid(self.service_for_purpose(*purpose)));
        invalid.map_or(Ok(()), |purpose| {
            Err(SettingsError::Service { purpose, expected })
        })
    }
}
