//! Lost phones and undone changes: the links of mails and text messages, and what a user does with them.

use domain::{Purpose, Step};

use super::app::RunningApp;
use super::simulator::{Mail, Mailbox, Phone};
use super::user::User;
use super::{Browser, call, page};

/// The subjects of the mails.
pub const REQUESTED: &str = "Confirm that you lost your phone";
pub const OPENED: &str = "Your phone number is about to be replaced";
pub const REMINDER: &str = "Reminder: your phone number is about to be replaced";
pub const CHANGED: &str = "Your phone number was changed";
pub const EMAIL_CHANGED: &str = "Your email address was changed";

/// The waiting time of a recovery, in seconds.
pub const DELAY_SECS: u64 = 72 * 3600;

/// The token in a text with a link below this folder.
pub fn token_in(text: &str, folder: &str) -> String {
    let end = format!("{text}\n");
    let tokens = page::between(&end, &format!("/{folder}/"), "\n");
    tokens.first().expect("a link").trim().to_owned()
}

impl RunningApp {
    /// The mailbox of a user, with all received mails read.
    pub async fn read_mailbox(&self, user: &User) -> Mailbox {
        let mut inbox = self.simulator.mails(&user.email);
        for _ in inbox.all().await {
            inbox.next().await;
        }
        inbox
    }

    /// Asks for the mail about a lost phone with the password, and returns the token of its link.
    pub async fn recovery_token(&self, user: &User) -> String {
        let mut inbox = self.read_mailbox(user).await;
        let asked = call::begin_recovery(&user.username, &user.password);
        let step = self.browser().call(&asked).await.step();
        assert_eq!(step, Step::RecoveryRequested);
        token_in(&next_with(&mut inbox, REQUESTED).await.text, "lost-phone")
    }

    /// Opens a recovery. Returns the token of the cancel link in the mail.
    pub async fn open_recovery(&self, user: &User) -> String {
        let token = self.recovery_token(user).await;
        let mut inbox = self.read_mailbox(user).await;
        let step = self
            .browser()
            .call(&call::open_recovery(&token))
            .await
            .step();
        assert_eq!(step, Step::RecoveryOpened);
        token_in(&next_with(&mut inbox, OPENED).await.text, "recovery")
    }

    /// Signs in and changes the number. Returns the user with the new number, the browser, and the token of the undo link
    /// in the text message to the old number.
    pub async fn change_number(&self, user: &User) -> (User, Browser, String) {
        let mut browser = self.browser();
        let code = browser.sign_in_up_to_the_code(self, user).await;
        browser.enter_code(Purpose::SignIn, &code).await.step();
        let new = User::new().phone;
        browser.call(&call::new_phone(&new)).await.step();
        let code = self.simulator.phone(&new).next_code().await;
        browser.enter_code(Purpose::PhoneChange, &code).await.step();
        let mut old = self.simulator.phone(&user.phone);
        old.skip_received_messages().await;
        browser.call(&call::confirm_phone()).await.step();
        let text = next_text_with(&mut old, "/undo/").await;
        self.skip_resend_cooldown().await;
        let changed = User {
            phone: new,
            ..user.clone()
        };
        (changed, browser, token_in(&text, "undo"))
    }

    /// Signs in and changes the proven e-mail address. Returns the user with the new address, the browser, and the token
    /// of the undo link in the mail to the old address.
    pub async fn change_email(&self, user: &User) -> (User, Browser, String) {
        self.skip_resend_cooldown().await;
        let mut browser = self.browser();
        let code = browser.sign_in_up_to_the_code(self, user).await;
        browser.enter_code(Purpose::SignIn, &code).await.step();
        let new = User::new().email;
        let code = browser.begin_email_change(self, &new).await;
        let mut old = self.read_mailbox(user).await;
        let step = browser.call(&call::email_code(&code)).await.step();
        assert_eq!(step, Step::EmailChanged);
        let mail = next_with(&mut old, EMAIL_CHANGED).await;
        self.skip_resend_cooldown().await;
        let changed = User {
            email: new,
            ..user.clone()
        };
        (changed, browser, token_in(&mail.text, "undo"))
    }

    /// Resets the password with a link of the mail and a code of the phone.
    pub async fn reset_password(&self, user: &User, new: &str) -> User {
        let token = self.reset_token(user).await;
        let mut browser = self.browser();
        browser
            .call(&call::reset_password(&token, new))
            .await
            .step();
        let mut phone = self.simulator.phone(&user.phone);
        phone.skip_received_messages().await;
        let chosen = call::method_of(Purpose::PasswordReset, "sms");
        browser.call(&chosen).await.entry();
        let code = phone.next_code().await;
        let done = browser.enter_code(Purpose::PasswordReset, &code).await;
        assert_eq!(done.step(), Step::PasswordReset);
        self.skip_resend_cooldown().await;
        User {
            password: new.to_owned(),
            ..user.clone()
        }
    }
}

/// The next text message without a code that contains these words.
pub async fn next_text_with(phone: &mut Phone, words: &str) -> String {
    loop {
        let text = phone.next_notification().await;
        if text.contains(words) {
            return text;
        }
    }
}

/// The next mail with this subject.
pub async fn next_with(inbox: &mut Mailbox, subject: &str) -> Mail {
    loop {
        let mail = inbox.next().await;
        if mail.subject == subject {
            return mail;
        }
    }
}
