//! The provider that the simulator simulates in this run: `SALLYPORT_TEST_PROVIDER` is `twilio` or `telnyx`.
//!
//! The tests are the same for both. A test that depends on a difference between the providers calls
//! [`Provider::configured`].

/// The provider whose API the app calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Twilio,
    Telnyx,
}

impl Provider {
    pub fn configured() -> Self {
        match std::env::var("SALLYPORT_TEST_PROVIDER").as_deref() {
            Ok("telnyx") => Self::Telnyx,
            Ok("twilio") | Err(_) => Self::Twilio,
            Ok(other) => panic!("SALLYPORT_TEST_PROVIDER is {other}"),
        }
    }

    /// The value of `SALLYPORT_PROVIDER` for the simulator with the API of this provider.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Twilio => "simulator",
            Self::Telnyx => "simulator_telnyx",
        }
    }

    /// A number that the provider blocks.
    pub const fn blocked(self) -> &'static str {
        match self {
            Self::Twilio => "+12025560410",
            Self::Telnyx => "+12025540309",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Telnyx => "telnyx",
        }
    }
}
