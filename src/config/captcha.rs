//! What tells people from programs.

use super::Mode;
use super::reader::Reader;

#[derive(Debug, Clone)]
pub struct CaptchaConfig {
    /// `SALLYPORT_CAPTCHA`: `proof_of_work` or `none`. Default `proof_of_work`. Production refuses `none`.
    pub kind: CaptchaKind,
    /// `SALLYPORT_CAPTCHA_COST`: hash iterations of one try at the proof of work.
    /// 1 to 20,000, default 160; at least 100 in production.
    pub cost: u32,
}

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
