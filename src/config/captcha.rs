//! Settings of the CAPTCHA.

use super::reader::Reader;
use super::settings::Mode;

/// The CAPTCHA of forms, and its difficulty.
#[derive(Debug, Clone)]
pub struct CaptchaConfig {
    /// `SALLYPORT_CAPTCHA`.
    pub kind: CaptchaKind,
    /// `SALLYPORT_CAPTCHA_COST`: hash iterations of one attempt at the proof of work.
    pub cost: u32,
}

/// The supported CAPTCHAs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptchaKind {
    ProofOfWork,
    None,
}

impl CaptchaConfig {
    pub(super) fn read(read: &mut Reader, mode: Mode) -> Self {
        let kinds = [
            ("proof_of_work", CaptchaKind::ProofOfWork),
            ("none", CaptchaKind::None),
        ];
        let kind = read.choice("SALLYPORT_CAPTCHA", &kinds);
        let least = mode.pick(1, 100);
        Self {
            kind: kind.unwrap_or(CaptchaKind::ProofOfWork),
            cost: read.number("SALLYPORT_CAPTCHA_COST", 160, least..=20_000),
        }
    }
}
