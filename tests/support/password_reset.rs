//! Requests password reset links and reads them from the mail.

use domain::{Purpose, Step};

use super::app::RunningApp;
use super::simulator::Mail;
use super::user::User;
use super::{Browser, call, page};

/// The subject of the mail with a reset link.
pub const RESET_SUBJECT: &str = "Choose a new password";

/// Returns the path of the page that a reset link opens.
pub fn reset_link_path(token: &str) -> String {
    format!("/reset-password/{token}")
}

/// Returns the token of the reset link in a mail.
pub fn read_reset_token(mail: &Mail) -> String {
    let tokens = page::texts_between(&mail.text, "/reset-password/", "\n");
    let token = tokens.first().expect("mail contains a reset link");
    token.trim().to_owned()
}

impl RunningApp {
    /// Requests a reset link by username, and waits for its mail.
    pub async fn request_reset_mail(&self, user: &User) -> Mail {
        let mut inbox = self.simulator.mailbox_of(&user.email);
        for _ in inbox.list_mails().await {
            inbox.next_mail().await;
        }
        let form = call::request_password_reset(&user.username, "");
        self.new_browser().submit_form(&form).await.expect_step();
        loop {
            let mail = inbox.next_mail().await;
            if mail.subject == RESET_SUBJECT {
                return mail;
            }
        }
    }

    /// Requests a reset link, and returns its token.
    pub async fn request_reset_token(&self, user: &User) -> String {
        read_reset_token(&self.request_reset_mail(user).await)
    }

    /// Opens a reset link of an account with a second factor, and enters a new password. Returns the browser, which
    /// shows the choice of method.
    pub async fn begin_password_reset(&self, user: &User, new: &str) -> Browser {
        let token = self.request_reset_token(user).await;
        let mut browser = self.new_browser();
        let page = browser.load_page(&reset_link_path(&token)).await;
        assert_eq!(page.status, 200);
        let reset = call::reset_password(&token, new);
        let step = browser.submit_form(&reset).await.expect_step();
        let Step::ChooseMethod { purpose, .. } = step else {
            panic!("{step:?}")
        };
        assert_eq!(purpose, Purpose::PasswordReset);
        browser
    }
}
