//! Recoveries of lost phones, and undo links: the links in messages and the actions of a user.

use std::sync::PoisonError;

use domain::{Purpose, Step};

use super::app::RunningApp;
use super::simulator::{Mail, Mailbox, Phone};
use super::user::User;
use super::{Browser, call, page};

/// The subject of the mail with the link that opens a recovery.
pub const REQUESTED_SUBJECT: &str = "Confirm that you lost your phone";
/// The subject of the mail about an opened recovery.
pub const OPENED_SUBJECT: &str = "Your phone number is about to be replaced";
/// The subject of the mail that reminds of an open recovery.
pub const REMINDER_SUBJECT: &str = "Reminder: your phone number is about to be replaced";
/// The subject of the mail about a changed phone number.
pub const PHONE_CHANGED_SUBJECT: &str = "Your phone number was changed";
/// The subject of the mail about a changed e-mail address.
pub const EMAIL_CHANGED_SUBJECT: &str = "Your email address was changed";

/// The waiting time between opening and completing a recovery, in seconds.
pub const RECOVERY_DELAY_SECS: u64 = 72 * 3600;

/// Returns the token of the first link in a text whose path begins with `/folder/`.
pub fn read_link_token(text: &str, folder: &str) -> String {
    let end = format!("{text}\n");
    let tokens = page::texts_between(&end, &format!("/{folder}/"), "\n");
    tokens
        .first()
        .expect("text contains a link")
        .trim()
        .to_owned()
}

impl RunningApp {
    /// Opens the mailbox of a user after all mails received so far.
    pub async fn open_mailbox_after_received_mails(&self, user: &User) -> Mailbox {
        let mut inbox = self.simulator.mailbox_of(&user.email);
        for _ in inbox.list_mails().await {
            inbox.next_mail().await;
        }
        inbox
    }

    /// Requests a recovery with the password. Returns the token of the link in the mail.
    pub async fn request_recovery(&self, user: &User) -> String {
        let mut inbox = self.open_mailbox_after_received_mails(user).await;
        let form = call::begin_recovery(&user.username, &user.password);
        let step = self.new_browser().submit_form(&form).await.expect_step();
        assert_eq!(step, Step::RecoveryRequested);
        read_link_token(
            &wait_for_mail_with_subject(&mut inbox, REQUESTED_SUBJECT)
                .await
                .text,
            "lost-phone",
        )
    }

    /// Requests and opens a recovery. Returns the token of the cancel link in the mail.
    ///
    /// [`Self::browser_that_opened_recovery`] returns the browser that may complete it.
    pub async fn open_recovery(&self, user: &User) -> String {
        let token = self.request_recovery(user).await;
        let mut inbox = self.open_mailbox_after_received_mails(user).await;
        let mut browser = self.new_browser();
        let step = browser
            .submit_form(&call::open_recovery_by_link(&token))
            .await
            .expect_step();
        assert_eq!(step, Step::RecoveryOpened);
        let cookie = browser.cookies[call::RECOVERY_COOKIE].clone();
        self.recovery_cookies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(user.username.clone(), cookie);
        read_link_token(
            &wait_for_mail_with_subject(&mut inbox, OPENED_SUBJECT)
                .await
                .text,
            "recovery",
        )
    }

    /// Creates a browser with the recovery cookie of the browser in which [`Self::open_recovery`] has opened the last
    /// recovery of a user. Without a recovery it has no cookies.
    pub fn browser_that_opened_recovery(&self, user: &User) -> Browser {
        let mut browser = self.new_browser();
        let cookie = self
            .recovery_cookies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&user.username)
            .cloned();
        let name = call::RECOVERY_COOKIE.to_owned();
        browser.cookies.extend(cookie.map(|cookie| (name, cookie)));
        browser
    }

    /// Enters the password in the browser of the recovery, or in a new one. Returns the browser, which shows the dialog
    /// for the set-up of a number.
    pub async fn sign_in_until_set_up(&self, user: &User) -> Browser {
        let mut browser = self.browser_that_opened_recovery(user);
        let step = browser.begin_sign_in(user).await;
        assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
        browser
    }

    /// Signs in after the waiting time of a recovery, and enters a new phone number. Returns the browser, the number and
    /// its code.
    pub async fn begin_set_up_after_recovery(&self, user: &User) -> (Browser, String, String) {
        let mut browser = self.sign_in_until_set_up(user).await;
        let number = User::with_unique_details().phone;
        let entered = call::submit_set_up_phone(&number);
        browser.submit_form(&entered).await.expect_code_entry();
        let code = self.simulator.phone_with_number(&number).next_code().await;
        (browser, number, code)
    }

    /// Signs in and changes the phone number.
    ///
    /// Returns the user with the new number, the browser, and the token of the undo link in the text message to the old
    /// number.
    pub async fn change_phone(&self, user: &User) -> (User, Browser, String) {
        let mut browser = self.new_browser();
        let code = browser.sign_in_until_code(self, user).await;
        browser
            .enter_code(Purpose::SignIn, &code)
            .await
            .expect_step();
        let new = User::with_unique_details().phone;
        prove_new_number(self, &mut browser, &new).await;
        let mut old = self.simulator.phone_with_number(&user.phone);
        old.skip_received_messages().await;
        browser
            .submit_form(&call::confirm_phone_change())
            .await
            .expect_step();
        let text = wait_for_text_message_with(&mut old, "/undo/").await;
        self.skip_resend_cooldown().await;
        let changed = User {
            phone: new,
            ..user.clone()
        };
        (changed, browser, read_link_token(&text, "undo"))
    }

    /// Signs in and changes a verified e-mail address.
    ///
    /// Returns the user with the new address, the browser, and the token of the undo link in the mail to the old
    /// address.
    pub async fn change_email(&self, user: &User) -> (User, Browser, String) {
        self.skip_resend_cooldown().await;
        let mut browser = self.new_browser();
        let code = browser.sign_in_until_code(self, user).await;
        browser
            .enter_code(Purpose::SignIn, &code)
            .await
            .expect_step();
        let new = User::with_unique_details().email;
        let code = browser.begin_email_change(self, &new).await;
        let mut old = self.open_mailbox_after_received_mails(user).await;
        let step = browser
            .submit_form(&call::submit_email_code(&code))
            .await
            .expect_step();
        assert_eq!(step, Step::EmailChanged);
        let mail = wait_for_mail_with_subject(&mut old, EMAIL_CHANGED_SUBJECT).await;
        self.skip_resend_cooldown().await;
        let changed = User {
            email: new,
            ..user.clone()
        };
        (changed, browser, read_link_token(&mail.text, "undo"))
    }

    /// Resets the password with the mailed link and a code by text message.
    pub async fn reset_password(&self, user: &User, new: &str) -> User {
        let mut browser = self.begin_password_reset(user, new).await;
        let code = browser
            .request_sms_code(self, Purpose::PasswordReset, user)
            .await;
        let done = browser.enter_code(Purpose::PasswordReset, &code).await;
        assert_eq!(done.expect_step(), Step::PasswordReset);
        self.skip_resend_cooldown().await;
        User {
            password: new.to_owned(),
            ..user.clone()
        }
    }
}

/// Begins a change of phone number and enters the code. [`call::confirm_phone_change`] then saves the number.
pub async fn prove_new_number(app: &RunningApp, browser: &mut Browser, number: &str) {
    let code = browser.begin_phone_change_until_code(app, number).await;
    let verified = browser.enter_code(Purpose::PhoneChange, &code).await;
    assert!(matches!(verified.expect_step(), Step::ConfirmPhone { .. }));
}

/// Changes the phone number of the signed-in user.
pub async fn change_number(app: &RunningApp, browser: &mut Browser, number: &str) {
    prove_new_number(app, browser, number).await;
    let confirmed = browser.submit_form(&call::confirm_phone_change()).await;
    assert_eq!(confirmed.expect_step(), Step::PhoneChanged);
}

/// Chooses in the set-up dialog to keep the number.
pub async fn keep_number(browser: &mut Browser) {
    let step = browser
        .submit_form(&call::keep_phone_number())
        .await
        .expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

/// Signs in with a text message to the old number. Returns the step after the sign-in.
pub async fn sign_in_with_old_phone(app: &RunningApp, browser: &mut Browser, user: &User) -> Step {
    let mut phone = app.simulator.phone_with_number(&user.phone);
    phone.skip_received_messages().await;
    browser.choose_sms_method().await.expect_code_entry();
    let code = phone.next_code().await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    reply.expect_step()
}

/// Enters a phone number in the set-up dialog. Returns the code that the number `receiver` gets.
pub async fn enter_set_up_number(
    app: &RunningApp,
    browser: &mut Browser,
    typed: &str,
    receiver: &str,
) -> String {
    let mut phone = app.simulator.phone_with_number(receiver);
    phone.skip_received_messages().await;
    browser
        .submit_form(&call::submit_set_up_phone(typed))
        .await
        .expect_code_entry();
    phone.next_code().await
}

/// Waits for a text message without a code that contains these words.
pub async fn wait_for_text_message_with(phone: &mut Phone, words: &str) -> String {
    loop {
        let text = phone.next_notification().await;
        if text.contains(words) {
            return text;
        }
    }
}

/// Waits for the next mail with this subject.
pub async fn wait_for_mail_with_subject(inbox: &mut Mailbox, subject: &str) -> Mail {
    loop {
        let mail = inbox.next_mail().await;
        if mail.subject == subject {
            return mail;
        }
    }
}
