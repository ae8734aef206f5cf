//! The provider that the simulator imitates in this test run: `SALLYPORT_TEST_PROVIDER` is `twilio` or `telnyx`.
//!
//! The tests are the same for both. A test that depends on a difference between the providers calls
//! [`Provider::from_environment`].

/// The provider whose API the app calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Twilio,
    Telnyx,
}

impl Provider {
    /// Reads the provider from `SALLYPORT_TEST_PROVIDER`. The default is Twilio.
    pub fn from_environment() -> Self {
        match std::env::var("SALLYPORT_TEST_PROVIDER").as_deref() {
            Ok("telnyx") => Self::Telnyx,
            Ok("twilio") | Err(_) => Self::Twilio,
            Ok(other) => panic!("SALLYPORT_TEST_PROVIDER is {other}"),
        }
    }

    /// Returns the value of `SALLYPORT_PROVIDER` that selects the simulator of this provider.
    pub const fn setting_value(self) -> &'static str {
        match self {
            Self::Twilio => "simulator",
            Self::Telnyx => "simulator_telnyx",
        }
    }

    /// Returns a phone number to which the provider refuses to send.
    pub const fn blocked_phone(self) -> &'static str {
        match self {
            Self::Twilio => "+12025560410",
            Self::Telnyx => "+12025540309",
        }
    }

    /// Returns the name of the provider in settings and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Telnyx => "telnyx",
        }
    }
}
