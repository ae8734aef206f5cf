//! Reads codes and cancel links for e-mail addresses from received mails.

use serde_json::json;

use super::app::RunningApp;
use super::lost_phone::wait_for_mail_with_subject;
use super::page;
use super::simulator::Mail;
use super::{ApiClient, Browser, User, call};

/// The subject of the mail with a code.
pub const CODE_SUBJECT: &str = "Confirm your email address";
/// The subject of the mail that can cancel an address change.
pub const CANCEL_SUBJECT: &str = "Your email address is about to change";

/// Returns the code in a mail.
pub fn read_code_from_mail(mail: &Mail) -> String {
    let codes = page::texts_between(&mail.text, "Your code:\n", "\n");
    codes
        .first()
        .expect("mail contains a code")
        .trim()
        .to_owned()
}

/// Returns the token of the link that cancels an address change.
pub fn read_cancel_token(mail: &Mail) -> String {
    let tokens = page::texts_between(&mail.text, "/email-change/", "\n");
    tokens
        .first()
        .expect("mail contains a cancel link")
        .trim()
        .to_owned()
}

/// Returns the path of the page that cancels an address change.
pub fn cancel_link_path(token: &str) -> String {
    format!("/email-change/{token}")
}

impl RunningApp {
    /// Registers a user whose e-mail address is unverified, and waits until the resend cooldown is over.
    pub async fn register_user_with_unverified_email(&self) -> User {
        let user = User::with_unique_details();
        self.new_browser()
            .register_without_email_proof(self, &user)
            .await;
        self.skip_resend_cooldown().await;
        user
    }

    /// Waits for a mail to this address with this subject.
    pub async fn wait_for_mail(&self, address: &str, subject: &str) -> Mail {
        let mut inbox = self.simulator.mailbox_of(address);
        loop {
            let mail = inbox.next_mail().await;
            if mail.subject == subject {
                return mail;
            }
        }
    }

    /// Counts the mails to this address with this subject.
    pub async fn count_mails(&self, address: &str, subject: &str) -> usize {
        let mails = self.simulator.mailbox_of(address).list_mails().await;
        mails.iter().filter(|mail| mail.subject == subject).count()
    }

    /// Begins a change of a verified e-mail address. Returns the token of the link that cancels the change.
    pub async fn begin_cancellable_email_change(
        &self,
        browser: &mut Browser,
        user: &User,
    ) -> String {
        let mut inbox = self.open_mailbox_after_received_mails(user).await;
        let new = User::with_unique_details().email;
        browser.begin_email_change(self, &new).await;
        read_cancel_token(&wait_for_mail_with_subject(&mut inbox, CANCEL_SUBJECT).await)
    }

    /// Waits until the outbox is empty.
    pub async fn wait_for_empty_outbox(&self) {
        let waiting = "SELECT COUNT(*) FROM outbox WHERE done_at = 0";
        self.open_database().await.wait_for_number(waiting, 0).await;
    }
}

impl Browser {
    /// Requests a code to the unverified address, and reads it from the latest mail.
    pub async fn request_email_code(&mut self, app: &RunningApp, address: &str) -> String {
        let before = app.count_sent_code_mails(address).await;
        self.submit_form(&call::request_email_code())
            .await
            .expect_step();
        app.wait_for_email_code_after(address, before).await
    }

    /// Begins a change of the e-mail address, and reads the code from the mail to the new address.
    pub async fn begin_email_change(&mut self, app: &RunningApp, address: &str) -> String {
        let before = app.count_sent_code_mails(address).await;
        self.submit_form(&call::begin_email_change(address))
            .await
            .expect_step();
        app.wait_for_email_code_after(address, before).await
    }
}

impl RunningApp {
    /// Begins a change of the e-mail address over the API, and reads the code from the mail to the new address.
    pub async fn begin_email_change_over_the_api(
        &self,
        client: &ApiClient,
        address: &str,
    ) -> String {
        let before = self.count_sent_code_mails(address).await;
        let change = json!({ "email": address });
        client
            .post("/v1/email/send", &change)
            .await
            .expect_status(200);
        self.wait_for_email_code_after(address, before).await
    }

    /// Waits until no mail with a code is on its way, for example that of a registration. Then counts those mails to
    /// this address.
    async fn count_sent_code_mails(&self, address: &str) -> usize {
        let waiting = "SELECT COUNT(*) FROM outbox WHERE done_at = 0 AND kind LIKE 'email_proof%'";
        self.open_database().await.wait_for_number(waiting, 0).await;
        self.count_mails(address, CODE_SUBJECT).await
    }

    /// Waits for the next mail with a code after the first `count` mails. Returns its code.
    async fn wait_for_email_code_after(&self, address: &str, count: usize) -> String {
        let mut inbox = self.simulator.mailbox_of(address);
        let mut seen = 0;
        loop {
            let mail = inbox.next_mail().await;
            if mail.subject == CODE_SUBJECT {
                seen += 1;
                if seen > count {
                    return read_code_from_mail(&mail);
                }
            }
        }
    }
}
