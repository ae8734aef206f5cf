use super::pages::PAGE_TEXTS;
use super::problems::{format_count, format_day};
use crate::calendar_day::CalendarDay;
use crate::i18n::notification_text::{NotificationText, format_time_of_day};
use crate::notification::{Notification, NotificationPage};

/// Returns the English texts of a mail or SMS that notifies an account holder.
pub fn notification_text(notification: &Notification) -> NotificationText {
    NotificationText {
        subject: notification_mail_subject(notification),
        short: notification_sms_text(notification),
        long: notification_mail_text(notification),
        advice: select_advice_if_user_did_not_cause_event(notification),
        advice_after_link: select_advice_after_password_link(notification),
        repeats: None,
        link_intro: select_line_before_link_or_code(notification),
        link_label: select_link_label(notification),
        code_page_intro: "Enter it here:",
        link_expiry: None,
        sms_link_intro: select_words_before_sms_link(notification),
        salutation: "Hello,",
    }
}

/// Returns the English sentence of a notification that says that `repeats` more events of the same kind happened.
pub fn repeated_events_text(repeats: u32) -> String {
    match repeats {
        1 => "And 1 more time.".to_owned(),
        _ => format!("And {repeats} more times."),
    }
}

/// Returns the English sentence with the day and the time until which the link of a mail works.
pub fn link_expiry_text(day: CalendarDay, time: &str) -> String {
    format!("The link works until {}, {time}.", format_day(day))
}

/// Returns the English subject line of a notification mail.
const fn notification_mail_subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Someone tried to register with your email address",
        Notification::TwoFactorSetUp { .. } => "Two-factor authentication is set up",
        Notification::PhoneChanged { .. } => "Your phone number was changed",
        Notification::PhoneRestored { .. } => "Your earlier phone number is back",
        Notification::RecoveryRequested => "Confirm that you lost your phone",
        Notification::RecoveryOpened { .. } => "Your phone number is about to be replaced",
        Notification::RecoveryReminder { .. } => {
            "Reminder: your phone number is about to be replaced"
        }
        Notification::RecoveryCancelled => "Your phone number will not be replaced",
        Notification::RecoveryCompleted { .. } => "Your lost phone was replaced",
        Notification::AuthenticatorAdded => "An authenticator app was added",
        Notification::AuthenticatorRemoved => "Your authenticator app was removed",
        Notification::RecoveryCodesCreated => "New recovery codes were created",
        Notification::RecoveryCodeUsed { .. } => "A recovery code was used",
        Notification::FactorHeld => "Verification codes are on hold for your account",
        Notification::FactorFailures => "Wrong codes were entered for your account",
        Notification::NewDeviceSignIn { .. } => "Sign-in from a new device",
        Notification::TwoFactorReset => "Two-factor authentication was reset",
        Notification::PasswordResetRequested => "Choose a new password",
        Notification::PasswordChanged => "Your password was changed",
        Notification::EmailProof => "Confirm your email address",
        Notification::EmailProofConflict => "Someone tried to use your email address",
        Notification::EmailChangeRequested => "Your email address is about to change",
        Notification::EmailChanged { .. } => "Your email address was changed",
        Notification::EmailRestored => "Your earlier email address is back",
        Notification::UsernameChanged => "Your username was changed",
        Notification::DeletionRequested { .. } => "Your account will be deleted",
        Notification::DeletionWithdrawn => "Your account will not be deleted",
        Notification::AccountErased { .. } => "Your account was deleted",
    }
}

/// Returns the English SMS text of a notification.
fn notification_sms_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "someone tried to register with your email. Nothing was changed.".to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("two-factor authentication is set up with {phone}.")
        }
        Notification::PhoneChanged { phone, .. } => {
            format!("the phone number of your account is now {phone}.")
        }
        Notification::PhoneRestored { phone } => {
            format!("your number is {phone} again. Choose a new password now.")
        }
        Notification::RecoveryRequested => "your phone was reported lost.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => {
            format!(
                "phone reported lost: new number {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryReminder { hours, .. } => {
            format!(
                "reminder: phone lost, new number {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryCancelled => {
            "the request to replace your number was cancelled.".to_owned()
        }
        Notification::RecoveryCompleted { phone } => {
            format!("your lost phone was replaced. Codes now go to {phone}.")
        }
        Notification::AuthenticatorAdded => "an authenticator app was added.".to_owned(),
        Notification::AuthenticatorRemoved => "your authenticator app was removed.".to_owned(),
        Notification::RecoveryCodesCreated => {
            "new recovery codes were created. The old ones no longer work.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("a recovery code was used to sign in. Codes left: {left}.")
        }
        Notification::FactorHeld => {
            "too many wrong codes. Verification is on hold for now.".to_owned()
        }
        Notification::FactorFailures => "wrong codes were entered after your password.".to_owned(),
        Notification::NewDeviceSignIn { .. } => {
            "someone signed in to your account from a new device.".to_owned()
        }
        Notification::TwoFactorReset => {
            "an administrator reset your two-factor authentication.".to_owned()
        }
        Notification::PasswordResetRequested => {
            "a new password was requested for your account.".to_owned()
        }
        Notification::PasswordChanged => "the password of your account was changed.".to_owned(),
        Notification::EmailProof => "confirm your email address.".to_owned(),
        Notification::EmailProofConflict => {
            "someone tried to use your email. Nothing was changed.".to_owned()
        }
        Notification::EmailChangeRequested => "a new email address was entered.".to_owned(),
        Notification::EmailChanged { .. } => {
            "the email address of your account was changed.".to_owned()
        }
        Notification::EmailRestored => {
            "your earlier email address is back. Choose a new password now.".to_owned()
        }
        Notification::UsernameChanged => "the username of your account was changed.".to_owned(),
        Notification::DeletionRequested { on } => {
            format!("your account will be deleted on {}.", format_day(*on))
        }
        Notification::DeletionWithdrawn => "your account will not be deleted.".to_owned(),
        Notification::AccountErased { on } => {
            format!("your account was deleted on {}.", format_day(*on))
        }
    }
}

/// Returns the English mail text of a notification.
fn notification_mail_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Someone tried to create an account with this email \
             address. You already have one, so none\nwas created and nothing was changed."
            .to_owned(),
        Notification::TwoFactorSetUp { phone } => format!(
            "Two-factor authentication is now set up for your account. Codes go to the \
             number\n{phone}."
        ),
        Notification::PhoneRestored { phone } => format!(
            "A change of your phone number was undone with the link in a message. Your number is\n{phone} \
             again. All devices were signed out, and signing in needs a new password first.\nIf the account was going to be deleted, it stays.\n\
             Then check your authenticator app and recovery codes: recent ones were removed."
        ),
        Notification::RecoveryRequested => "Someone who knows your password reported that your phone is lost. This link works once, for half\nan hour."
            .to_owned(),
        Notification::RecoveryOpened { hours, .. } => format!(
            "Someone with your password and your email reported that your phone is lost. {} the\n\
             password is enough to set up a new number in the browser that opened our link.",
            format_time_until(*hours)
        ),
        Notification::RecoveryReminder { hours, .. } => format!(
            "Your phone was reported lost. {} the password is enough to set up a new number\nin the browser that opened our link.",
            format_time_until(*hours)
        ),
        Notification::RecoveryCancelled => "Your phone was reported lost, and this was cancelled. Your number stays as it is.".to_owned(),
        Notification::RecoveryCompleted { phone } => format!(
            "After the waiting time for a lost phone a new number was set up. Codes now go to the\nnumber {phone}. All \
             other devices were signed out."
        ),
        Notification::PhoneChanged { phone, .. } => format!(
            "The phone number of your account was changed. Codes now go to the number\n{phone}."
        ),
        Notification::AuthenticatorAdded => "An authenticator app was added to your account. Its \
             codes can now be used to sign in."
            .to_owned(),
        Notification::AuthenticatorRemoved => "The authenticator app of your account was removed. Its codes no longer work.".to_owned(),
        Notification::RecoveryCodesCreated => "New recovery codes were created for your account. The old ones no longer work.".to_owned(),
        Notification::RecoveryCodeUsed { left } => format!(
            "A recovery code was used to sign in to your account. It cannot be used \
             again.\nCodes left: {left}."
        ),
        Notification::FactorHeld => {
            "Someone who knows your password entered too many wrong codes. For your safety no \
             code is\naccepted for your account for now. A new password ends this at once."
                .to_owned()
        }
        Notification::FactorFailures => {
            "Someone used your password, or a link from your email, and then\n\
             entered wrong codes. The sign-in failed."
                .to_owned()
        }
        Notification::NewDeviceSignIn { device, at } => format!(
            "Someone signed in to your account from a new device: {}.\nTime of the sign-in: {}, {}.",
            PAGE_TEXTS.sessions.device_name_or_unknown(device),
            format_day(CalendarDay::from_timestamp(*at)),
            format_time_of_day(*at)
        ),
        Notification::TwoFactorReset => {
            "An administrator reset two-factor authentication for your \
             account. You will be asked to\nset it up again when you next sign in."
                .to_owned()
        }
        Notification::PasswordResetRequested => "Someone asked for a new password for your account. This link works once, for half an hour. If\ntwo-factor authentication is set up for your account, its page asks for a code, too.".to_owned(),
        Notification::PasswordChanged => "The password of your account was changed. All other devices were signed out.".to_owned(),
        Notification::EmailProof => "Someone entered this email address for an account, most likely \
             you. The code below shows that\nthe address is yours. It works once, for 15 minutes."
            .to_owned(),
        Notification::EmailProofConflict => "Someone entered this email address for another account. \
             It belongs to your account, so nothing\nwas changed."
            .to_owned(),
        Notification::EmailChangeRequested => "A new email address was entered for your account. It \
             replaces this one as soon as a code that\nwe sent there is entered."
            .to_owned(),
        Notification::EmailChanged { .. } => "The email address of your account was changed. Messages now \
             go to the new address. All other\ndevices were signed out."
            .to_owned(),
        Notification::EmailRestored => "A change of your email address was undone with the link in an email. Messages go to the earlier\naddress \
             again. All devices were signed out, and signing in needs a new password first. If the\naccount was going to be \
             deleted, it stays.\nThen check your authenticator app and recovery codes: recent ones were removed."
            .to_owned(),
        Notification::UsernameChanged => {
            "The username of your account was changed. Sign in with the new one from now on.".to_owned()
        }
        Notification::DeletionRequested { on } => format!(
            "The deletion of your account was requested. Your account and your personal data\nwill be deleted on {}. You were signed out on every device.",
            format_day(*on)
        ),
        Notification::DeletionWithdrawn => "Your account was going to be deleted. This was withdrawn, so the account stays as it is.".to_owned(),
        Notification::AccountErased { on } => format!(
            "Your account and your data were deleted on {}. You can register again at any time.",
            format_day(*on)
        ),
    }
}

/// Returns the English line before the URL or one-time code in a notification mail.
///
/// Returns `None` if the mail contains neither.
const fn select_line_before_link_or_code(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::ForgotPassword if notification.is_new_password_needed() => {
            "To choose a new password, open:"
        }
        NotificationPage::SignIn => "If it was you, sign in to your account:",
        NotificationPage::ForgotPassword => "If this was not you, choose a new password at once:",
        NotificationPage::KeepAccount => "To keep your account, sign in before that day:",
        NotificationPage::ResetLink => "To choose a new password, open:",
        NotificationPage::EmailCode => "Your code:",
        NotificationPage::EmailChangeLink => "If this was not you, stop the change here:",
        NotificationPage::RecoveryLink => "If it was you, confirm it here:",
        NotificationPage::CancelRecoveryLink => "If this was not you, cancel it here:",
        NotificationPage::UndoLink => "If this was not you, undo the change here:",
    })
}

/// Returns the English words of the button in a notification mail; `None` if the mail contains neither link nor code.
const fn select_link_label(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Sign in",
        NotificationPage::ForgotPassword | NotificationPage::ResetLink => "Choose a new password",
        NotificationPage::EmailCode => "Enter the code",
        NotificationPage::EmailChangeLink => "Stop the change",
        NotificationPage::KeepAccount => "Keep my account",
        NotificationPage::RecoveryLink => "Confirm the loss",
        NotificationPage::CancelRecoveryLink => "Keep my number",
        NotificationPage::UndoLink => "Undo the change",
    })
}

/// Returns the English words before the URL in a text message.
const fn select_words_before_sms_link(notification: &Notification) -> &'static str {
    if notification.is_new_password_needed() {
        "New password:"
    } else {
        "Not you?"
    }
}

/// Returns the English advice after the link to the page of a new password; `None` if the mail has no such link.
const fn select_advice_after_password_link(notification: &Notification) -> Option<&'static str> {
    match notification.page() {
        Some(NotificationPage::ForgotPassword) => {
            Some("If that does not work, contact your administrator.")
        }
        _ => None,
    }
}

/// Returns the English advice for account holders who did not cause the event.
const fn select_advice_if_user_did_not_cause_event(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict | Notification::EmailProofConflict => {
            "If this was not you, there is nothing you need to do."
        }
        Notification::TwoFactorSetUp { .. }
        | Notification::PhoneChanged { .. }
        | Notification::PhoneRestored { .. }
        | Notification::RecoveryCancelled
        | Notification::RecoveryCompleted { .. }
        | Notification::AuthenticatorAdded
        | Notification::AuthenticatorRemoved
        | Notification::RecoveryCodesCreated
        | Notification::RecoveryCodeUsed { .. }
        | Notification::FactorHeld
        | Notification::FactorFailures
        | Notification::NewDeviceSignIn { .. }
        | Notification::PasswordChanged
        | Notification::EmailChangeRequested
        | Notification::EmailChanged { .. }
        | Notification::EmailRestored
        | Notification::UsernameChanged
        | Notification::DeletionWithdrawn => {
            "If this was not you, contact your administrator at once."
        }
        Notification::TwoFactorReset | Notification::AccountErased { .. } => {
            "If you did not ask for this, contact your administrator at once."
        }
        Notification::RecoveryRequested => {
            "If this was not you, do not open the link, and change your password."
        }
        Notification::RecoveryOpened { .. } | Notification::RecoveryReminder { .. } => {
            "If this was not you, also change your password."
        }
        Notification::PasswordResetRequested => {
            "If this was not you, you need to do nothing. Your password stays as it is."
        }
        Notification::EmailProof => {
            "If this was not you, do not pass the code on. There is nothing else you need to do."
        }
        Notification::DeletionRequested { .. } => {
            "If this was not you, sign in at once to keep it."
        }
    }
}

/// Formats the hours until an event in English, as the beginning of a sentence: "In 72 hours", or "From now on".
fn format_time_until(hours: u32) -> String {
    match hours {
        0 => "From now on".to_owned(),
        _ => format!("In {}", format_count(u64::from(hours), "hour")),
    }
}

/// Formats the hours until an event in English, inside a sentence: "in 72 hours", or "now".
fn format_time_until_for_sms(hours: u32) -> String {
    match hours {
        0 => "now".to_owned(),
        _ => format!("in {}", format_count(u64::from(hours), "hour")),
    }
}
