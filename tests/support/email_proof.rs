//! Codes and cancel links of e-mail addresses, read from the mail.

use super::app::RunningApp;
use super::page;
use super::simulator::Mail;
use super::{Browser, User, call};

/// The subject of the mail with a code.
pub const CODE_SUBJECT: &str = "Confirm your email address";
/// The subject of the mail with a cancel link.
pub const CANCEL_SUBJECT: &str = "Your email address is about to change";

/// The code in a mail.
pub fn code_in(mail: &Mail) -> String {
    let codes = page::between(&mail.text, "Your code:\n", "\n");
    codes
        .first()
        .expect("the mail has a code")
        .trim()
        .to_owned()
}

/// The token of the cancel link in a mail.
pub fn token_in(mail: &Mail) -> String {
    let tokens = page::between(&mail.text, "/email-change/", "\n");
    tokens
        .first()
        .expect("the mail has a link")
        .trim()
        .to_owned()
}

/// The path of the page of a cancel link.
pub fn link_path(token: &str) -> String {
    format!("/email-change/{token}")
}

impl RunningApp {
    /// A new user with an account, a second factor and an unproven e-mail address. The resend cooldown is over.
    pub async fn member_with_unproven_email(&self) -> User {
        let user = User::new();
        self.browser()
            .register_without_email_proof(self, &user)
            .await;
        self.skip_resend_cooldown().await;
        user
    }

    /// The next mail to this address with this subject.
    pub async fn mail_with_subject(&self, address: &str, subject: &str) -> Mail {
        let mut inbox = self.simulator.mails(address);
        loop {
            let mail = inbox.next().await;
            if mail.subject == subject {
                return mail;
            }
        }
    }

    /// The number of mails to this address with this subject.
    pub async fn count_mails(&self, address: &str, subject: &str) -> usize {
        let mails = self.simulator.mails(address).all().await;
        mails.iter().filter(|mail| mail.subject == subject).count()
    }

    /// Waits until the outbox is empty.
    pub async fn wait_for_outbox(&self) {
        let waiting = "SELECT COUNT(*) FROM outbox WHERE done_at = 0";
        self.probe().await.wait_for_number(waiting, 0).await;
    }
}

impl Browser {
    /// Asks for a code to the unproven address, and reads it from the latest mail.
    pub async fn request_email_code(&mut self, app: &RunningApp, address: &str) -> String {
        let before = app.count_mails(address, CODE_SUBJECT).await;
        self.call(&call::send_email_code()).await.step();
        app.email_code_after(address, before).await
    }

    /// Begins a change of the address, and reads the code from the mail.
    pub async fn begin_email_change(&mut self, app: &RunningApp, address: &str) -> String {
        let before = app.count_mails(address, CODE_SUBJECT).await;
        self.call(&call::new_email(address)).await.step();
        app.email_code_after(address, before).await
    }
}

impl RunningApp {
    /// The code of the mail that comes after this number of mails with codes.
    async fn email_code_after(&self, address: &str, count: usize) -> String {
        let mut inbox = self.simulator.mails(address);
        let mut seen = 0;
        loop {
            let mail = inbox.next().await;
            if mail.subject == CODE_SUBJECT {
                seen += 1;
                if seen > count {
                    return code_in(&mail);
                }
            }
        }
    }
}
