//! Reset links, read from the mail.

use super::app::RunningApp;
use super::simulator::Mail;
use super::user::User;
use super::{call, page};

/// The subject of the mail with a reset link.
pub const SUBJECT: &str = "Choose a new password";

/// The path of the page of a reset link.
pub fn link_path(token: &str) -> String {
    format!("/reset-password/{token}")
}

/// The token in a mail.
pub fn token_in(mail: &Mail) -> String {
    let tokens = page::between(&mail.text, "/reset-password/", "\n");
    let token = tokens.first().expect("the mail has a link");
    token.trim().to_owned()
}

impl RunningApp {
    /// Asks for a reset link by username, and waits for its mail.
    pub async fn reset_mail(&self, user: &User) -> Mail {
        let mut inbox = self.simulator.mails(&user.email);
        for _ in inbox.all().await {
            inbox.next().await;
        }
        let asked = call::forgot_password(&user.username, "");
        self.browser().call(&asked).await.step();
        loop {
            let mail = inbox.next().await;
            if mail.subject == SUBJECT {
                return mail;
            }
        }
    }

    /// Asks for a reset link, and returns its token.
    pub async fn reset_token(&self, user: &User) -> String {
        token_in(&self.reset_mail(user).await)
    }
}
