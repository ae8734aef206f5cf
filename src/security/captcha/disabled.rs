//! The setting `none`: for closed networks and for tests.

use async_trait::async_trait;

use super::{Action, Captcha, CaptchaFailure, Passed, Widget, Work};
use domain::Timestamp;

/// Asks for nothing and lets everyone pass.
pub struct NoCaptcha;

#[async_trait]
impl Captcha for NoCaptcha {
    fn challenge(&self, _: Action, _: Work, _: Timestamp) -> Widget {
        Widget::None
    }

    async fn verify(&self, _: Action, _: &str, now: Timestamp) -> Result<Passed, CaptchaFailure> {
        Ok(Passed {
            single_use_id: None,
            expires_at: now,
            work: Work::Normal,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_asked_for_and_nothing_is_to_be_recorded() {
        let now = Timestamp::from_millis(1_000);
        assert_eq!(
            NoCaptcha.challenge(Action::SignIn, Work::Hard, now),
            Widget::None
        );
        let passed = NoCaptcha.verify(Action::SignIn, "", now).await;
        assert_eq!(passed.expect("always").single_use_id, None);
    }
}
