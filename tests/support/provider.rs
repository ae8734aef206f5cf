//! Which provider the simulator plays in this run: `SALLYPORT_TEST_PROVIDER`, `twilio` or `telnyx`.
//!
//! The tests are the same for both. Where the providers differ, so that a test must, it asks here: every use of
//! [`Provider::configured`] is a difference between them.

/// Whose HTTP the app speaks.
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

    /// The setting that has the app speak to the simulator as to this provider.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Twilio => "simulator",
            Self::Telnyx => "simulator_telnyx",
        }
    }

    /// A number it sends nothing to.
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
