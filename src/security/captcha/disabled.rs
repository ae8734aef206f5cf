//! The CAPTCHA for the setting `none`, for closed networks and tests.

use async_trait::async_trait;

use super::{AcceptedResponse, Action, Captcha, CaptchaFailure, Widget, Work};
use domain::Timestamp;

/// Disabled CAPTCHA, which shows nothing and accepts every form.
pub struct NoCaptcha;

#[async_trait]
impl Captcha for NoCaptcha {
    fn create_challenge(&self, _: Action, _: Work, _: Timestamp) -> Widget {
        Widget::None
    }

    /// Accepts every form, even without a CAPTCHA response, because no CAPTCHA is configured.
    async fn verify_response(
        &self,
        _: Action,
        _: &str,
        now: Timestamp,
    ) -> Result<AcceptedResponse, CaptchaFailure> {
        Ok(AcceptedResponse {
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
    async fn disabled_captcha_shows_no_widget() {
        let now = Timestamp::from_millis(1_000);
        assert_eq!(
            NoCaptcha.create_challenge(Action::SignIn, Work::Hard, now),
            Widget::None
        );
        let passed = NoCaptcha.verify_response(Action::SignIn, "", now).await;
        assert_eq!(passed.expect("always").single_use_id, None);
    }
}
