use super::ServiceId;
use domain::Purpose;

/// One service of the provider's for each purpose; the same one may serve several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    pub registration: ServiceId,
    pub sign_in: ServiceId,
    pub set_up: ServiceId,
    pub phone_change: ServiceId,
    pub step_up: ServiceId,
    pub payment: ServiceId,
}

/// What is wrong with a provider's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "{0}'s base URL is not http:// or https:// with a host and without user, query or fragment"
    )]
    BaseUrl(&'static str),
    #[error("the service for {} is not {wanted}", .purpose.as_str())]
    Service {
        purpose: Purpose,
        wanted: &'static str,
    },
}

impl Services {
    pub const fn of(&self, purpose: Purpose) -> &ServiceId {
        match purpose {
            Purpose::Registration => &self.registration,
            Purpose::SignIn => &self.sign_in,
            Purpose::SetUp => &self.set_up,
            Purpose::PhoneChange => &self.phone_change,
            Purpose::StepUp => &self.step_up,
            Purpose::Payment => &self.payment,
        }
    }

    /// Refuses names that are not spelled as the provider spells them.
    pub(super) fn check(
        &self,
        spelled: impl Fn(&ServiceId) -> bool,
        wanted: &'static str,
    ) -> Result<(), SettingsError> {
        let odd = Purpose::ALL
            .into_iter()
            .find(|purpose| !spelled(self.of(*purpose)));
        odd.map_or(Ok(()), |purpose| {
            Err(SettingsError::Service { purpose, wanted })
        })
    }
}
