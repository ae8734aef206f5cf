use super::pages::PAGE_TEXTS;
use super::problems::format_day;
use crate::calendar_day::CalendarDay;
use crate::i18n::notification_text::{NotificationText, format_time_of_day};
use crate::notification::{Notification, NotificationPage};

/// Returns the German texts of a mail or SMS that notifies an account holder.
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
        code_page_intro: "Geben Sie ihn hier ein:",
        link_expiry: None,
        sms_link_intro: select_words_before_sms_link(notification),
        salutation: "Guten Tag,",
    }
}

/// Returns the German sentence of a notification that says that `repeats` more events of the same kind happened.
pub fn repeated_events_text(repeats: u32) -> String {
    match repeats {
        1 => "Und noch einmal.".to_owned(),
        _ => format!("Und noch {repeats}-mal."),
    }
}

/// Returns the German sentence with the day and the time until which the link of a mail works.
pub fn link_expiry_text(day: CalendarDay, time: &str) -> String {
    format!("Der Link gilt bis {}, {time}.", format_day(day))
}

/// Returns the German subject line of a notification mail.
const fn notification_mail_subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Jemand wollte sich mit Ihrer Adresse registrieren",
        Notification::TwoFactorSetUp { .. } => "Die Zwei-Faktor-Anmeldung ist eingerichtet",
        Notification::PhoneChanged { .. } => "Ihre Telefonnummer wurde geändert",
        Notification::PhoneRestored { .. } => "Ihre frühere Telefonnummer gilt wieder",
        Notification::RecoveryRequested => "Bestätigen Sie den Verlust Ihres Telefons",
        Notification::RecoveryOpened { .. } => "Ihre Telefonnummer wird bald ersetzt",
        Notification::RecoveryReminder { .. } => "Erinnerung: Ihre Telefonnummer wird bald ersetzt",
        Notification::RecoveryCancelled => "Ihre Telefonnummer wird nicht ersetzt",
        Notification::RecoveryCompleted { .. } => "Ihr verlorenes Telefon wurde ersetzt",
        Notification::AuthenticatorAdded => "Eine Authenticator-App wurde hinzugefügt",
        Notification::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt",
        Notification::RecoveryCodesCreated => "Neue Wiederherstellungscodes wurden erzeugt",
        Notification::RecoveryCodeUsed { .. } => "Ein Wiederherstellungscode wurde benutzt",
        Notification::FactorHeld => "Codes sind für Ihr Konto vorerst gesperrt",
        Notification::FactorFailures => "Für Ihr Konto wurden falsche Codes eingegeben",
        Notification::NewDeviceSignIn { .. } => "Anmeldung von einem neuen Gerät",
        Notification::TwoFactorReset => "Die Zwei-Faktor-Anmeldung wurde zurückgesetzt",
        Notification::PasswordResetRequested => "Wählen Sie ein neues Passwort",
        Notification::PasswordChanged => "Ihr Passwort wurde geändert",
        Notification::EmailProof => "Bestätigen Sie Ihre E-Mail-Adresse",
        Notification::EmailProofConflict => "Jemand wollte Ihre E-Mail-Adresse verwenden",
        Notification::EmailChangeRequested => "Ihre E-Mail-Adresse soll geändert werden",
        Notification::EmailChanged { .. } => "Ihre E-Mail-Adresse wurde geändert",
        Notification::EmailRestored => "Ihre frühere E-Mail-Adresse gilt wieder",
        Notification::UsernameChanged => "Ihr Benutzername wurde geändert",
        Notification::DeletionRequested { .. } => "Ihr Konto wird gelöscht",
        Notification::DeletionWithdrawn => "Ihr Konto wird nicht gelöscht",
        Notification::AccountErased { .. } => "Ihr Konto wurde gelöscht",
    }
}

/// Returns the German SMS text of a notification.
fn notification_sms_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "Jemand wollte sich mit Ihrer E-Mail-Adresse registrieren. Nichts wurde geändert."
                .to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("Zwei-Faktor-Anmeldung mit {phone} eingerichtet.")
        }
        Notification::PhoneChanged { phone, .. } => {
            format!("Ihr Konto hat jetzt die Nummer {phone}.")
        }
        Notification::PhoneRestored { phone } => {
            format!("Ihre Nummer ist wieder {phone}.")
        }
        Notification::RecoveryRequested => "Ihr Telefon wurde als verloren gemeldet.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => {
            format!(
                "Telefon verloren gemeldet: neue Nummer {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryReminder { hours, .. } => {
            format!(
                "Erinnerung: Telefon verloren, neue Nummer {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryCancelled => "Ihre Nummer wird nicht ersetzt.".to_owned(),
        Notification::RecoveryCompleted { phone } => {
            format!("Telefon ersetzt. Codes gehen an {phone}.")
        }
        Notification::AuthenticatorAdded => "Eine Authenticator-App wurde hinzugefügt.".to_owned(),
        Notification::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt.".to_owned(),
        Notification::RecoveryCodesCreated => {
            "Neue Wiederherstellungscodes. Alte gelten nicht mehr.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("Wiederherstellungscode benutzt. Übrig: {left}.")
        }
        Notification::FactorHeld => {
            "Zu viele falsche Codes. Vorerst wird keiner angenommen.".to_owned()
        }
        Notification::FactorFailures => {
            "Nach Ihrem Passwort wurden falsche Codes eingegeben.".to_owned()
        }
        Notification::NewDeviceSignIn { .. } => {
            "Anmeldung an Ihrem Konto von einem neuen Gerät.".to_owned()
        }
        Notification::TwoFactorReset => {
            "Zwei-Faktor-Anmeldung von der Administration zurückgesetzt.".to_owned()
        }
        Notification::PasswordResetRequested => "Ein neues Passwort wurde angefordert.".to_owned(),
        Notification::PasswordChanged => "Das Passwort Ihres Kontos wurde geändert.".to_owned(),
        Notification::EmailProof => "Bestätigen Sie Ihre E-Mail-Adresse.".to_owned(),
        Notification::EmailProofConflict => {
            "Jemand wollte Ihre E-Mail-Adresse verwenden. Nichts wurde geändert.".to_owned()
        }
        Notification::EmailChangeRequested => {
            "Eine neue E-Mail-Adresse wurde eingegeben.".to_owned()
        }
        Notification::EmailChanged { .. } => {
            "Die E-Mail-Adresse Ihres Kontos wurde geändert.".to_owned()
        }
        Notification::EmailRestored => "Ihre frühere E-Mail-Adresse gilt wieder.".to_owned(),
        Notification::UsernameChanged => "Der Benutzername Ihres Kontos wurde geändert.".to_owned(),
        Notification::DeletionRequested { on } => {
            format!("Ihr Konto wird am {} gelöscht.", format_day(*on))
        }
        Notification::DeletionWithdrawn => "Ihr Konto wird nicht gelöscht.".to_owned(),
        Notification::AccountErased { on } => {
            format!("Ihr Konto wurde am {} gelöscht.", format_day(*on))
        }
    }
}

/// Returns the German mail text of a notification.
fn notification_mail_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Jemand wollte mit dieser E-Mail-Adresse ein Konto \
             anlegen. Sie haben schon eines; es wurde\nkeines angelegt und nichts geändert."
            .to_owned(),
        Notification::TwoFactorSetUp { phone } => format!(
            "Die Zwei-Faktor-Anmeldung ist jetzt für Ihr Konto eingerichtet. Codes gehen an die \
             Nummer\n{phone}."
        ),
        Notification::PhoneRestored { phone } => format!(
            "Eine Änderung Ihrer Telefonnummer wurde mit dem Link einer Nachricht rückgängig gemacht. Ihre\nNummer ist \
             wieder {phone}. Alle Geräte wurden abgemeldet, und vor der nächsten\nAnmeldung ist ein neues Passwort \
             nötig. Falls das Konto gelöscht werden sollte, bleibt es.\nPrüfen Sie danach Authenticator-App und \
             Wiederherstellungscodes: Kürzlich angelegte wurden\nentfernt."
        ),
        Notification::RecoveryRequested => "Jemand, der Ihr Passwort kennt, hat Ihr Telefon als verloren gemeldet. Dieser Link gilt einmal,\neine halbe Stunde lang."
            .to_owned(),
        Notification::RecoveryOpened { hours, .. } => format!(
            "Jemand mit Ihrem Passwort und Ihren E-Mails hat Ihr Telefon als verloren gemeldet.\n{} \
             genügt das Passwort, um in dem Browser, der unseren Link geöffnet hat, eine\nneue Nummer einzurichten.",
            format_time_until(*hours)
        ),
        Notification::RecoveryReminder { hours, .. } => format!(
            "Ihr Telefon wurde als verloren gemeldet. {} genügt das Passwort, um in \
             dem\nBrowser, der unseren Link geöffnet hat, eine neue Nummer einzurichten.",
            format_time_until(*hours)
        ),
        Notification::RecoveryCancelled => "Ihr Telefon war als verloren gemeldet; die Meldung wurde zurückgezogen.\nIhre Nummer bleibt, wie sie ist.".to_owned(),
        Notification::RecoveryCompleted { phone } => format!(
            "Nach der Wartezeit für ein verlorenes Telefon wurde eine neue Nummer eingerichtet. Codes\ngehen jetzt an \
             {phone}. Alle anderen Geräte wurden abgemeldet."
        ),
        Notification::PhoneChanged { phone, .. } => format!(
            "Die Telefonnummer Ihres Kontos wurde geändert. Codes gehen jetzt an die \
             Nummer\n{phone}."
        ),
        Notification::AuthenticatorAdded => {
            "Ihrem Konto wurde eine Authenticator-App hinzugefügt. \
             Ihre Codes gelten jetzt bei der\nAnmeldung."
                .to_owned()
        }
        Notification::AuthenticatorRemoved => "Die Authenticator-App Ihres Kontos wurde entfernt. Ihre Codes gelten nicht mehr.".to_owned(),
        Notification::RecoveryCodesCreated => "Für Ihr Konto wurden neue Wiederherstellungscodes \
             erzeugt. Die alten gelten nicht mehr."
            .to_owned(),
        Notification::RecoveryCodeUsed { left } => format!(
            "Mit einem Wiederherstellungscode wurde Ihr Konto geöffnet. Dieser Code gilt nicht \
             mehr.\nÜbrige Codes: {left}."
        ),
        Notification::FactorHeld => "Jemand, der Ihr Passwort kennt, hat zu viele falsche Codes eingegeben. Zu Ihrer \
             Sicherheit\nwird für Ihr Konto vorerst kein Code angenommen. Ein neues Passwort\n\
             beendet das sofort."
            .to_owned(),
        Notification::FactorFailures => "Jemand hat Ihr Passwort oder einen Link aus Ihren E-Mails \
             benutzt und dann falsche Codes\neingegeben. Die Anmeldung ist nicht gelungen."
            .to_owned(),
        Notification::NewDeviceSignIn { device, at } => format!(
            "Jemand hat sich von einem neuen Gerät an Ihrem Konto angemeldet: {}.\nZeitpunkt: {}, {}.",
            PAGE_TEXTS.sessions.device_name_or_unknown(device),
            format_day(CalendarDay::from_timestamp(*at)),
            format_time_of_day(*at)
        ),
        Notification::TwoFactorReset => "Die Zwei-Faktor-Anmeldung Ihres Kontos wurde von der Administration zurückgesetzt. Bei der\nnächsten Anmeldung richten Sie sie neu ein.".to_owned(),
        Notification::PasswordResetRequested => "Jemand hat für Ihr Konto ein neues Passwort angefordert. Dieser Link gilt einmal, eine halbe\nStunde lang. Ist für Ihr Konto die Zwei-Faktor-Anmeldung eingerichtet, wird danach auch\nein Code verlangt.".to_owned(),
        Notification::PasswordChanged => "Das Passwort Ihres Kontos wurde geändert. Alle anderen Geräte wurden abgemeldet.".to_owned(),
        Notification::EmailProof => "Jemand hat diese E-Mail-Adresse für ein Konto angegeben, \
             vermutlich Sie. Der Code unten zeigt,\ndass es Ihre Adresse ist. Er gilt einmal, eine \
             Viertelstunde lang."
            .to_owned(),
        Notification::EmailProofConflict => "Jemand hat diese E-Mail-Adresse für ein anderes Konto \
             angegeben. Sie gehört zu Ihrem Konto;\nnichts wurde geändert."
            .to_owned(),
        Notification::EmailChangeRequested => "Für Ihr Konto wurde eine neue E-Mail-Adresse \
             angegeben. Sie ersetzt diese, sobald ein Code\neingegeben wird, den wir dorthin gesendet \
             haben."
            .to_owned(),
        Notification::EmailChanged { .. } => "Die E-Mail-Adresse Ihres Kontos wurde geändert. Nachrichten \
             gehen jetzt an die neue Adresse.\nAlle anderen Geräte wurden abgemeldet."
            .to_owned(),
        Notification::EmailRestored => "Eine Änderung Ihrer E-Mail-Adresse wurde mit dem Link einer E-Mail rückgängig gemacht. Nachrichten\n\
             gehen wieder an die frühere Adresse. Alle Geräte wurden abgemeldet, und vor der nächsten Anmeldung\nist ein \
             neues Passwort nötig. Falls das Konto gelöscht werden sollte, bleibt es.\nPrüfen Sie danach \
             Authenticator-App und Wiederherstellungscodes: Kürzlich angelegte wurden\nentfernt."
            .to_owned(),
        Notification::UsernameChanged => "Der Benutzername Ihres Kontos wurde geändert. Melden Sie \
             sich ab jetzt mit dem neuen an."
            .to_owned(),
        Notification::DeletionRequested { on } => format!(
            "Die Löschung Ihres Kontos wurde verlangt. Es wird am {} mit allen Ihren Daten\ngelöscht. Sie wurden auf allen Geräten abgemeldet.",
            format_day(*on)
        ),
        Notification::DeletionWithdrawn => "Ihr Konto sollte gelöscht werden. Das wurde zurückgenommen, und das Konto bleibt, wie es ist.".to_owned(),
        Notification::AccountErased { on } => format!(
            "Ihr Konto und Ihre Daten wurden am {} gelöscht. Sie können sich jederzeit neu registrieren.",
            format_day(*on)
        ),
    }
}

/// Returns the German line before the URL or one-time code in a notification mail; `None` if the mail contains neither.
const fn select_line_before_link_or_code(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::ForgotPassword if notification.is_new_password_needed() => {
            "Ein neues Passwort wählen Sie hier:"
        }
        NotificationPage::SignIn => "Wenn Sie das waren, melden Sie sich bei Ihrem Konto an:",
        NotificationPage::ForgotPassword => {
            "Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort:"
        }
        NotificationPage::KeepAccount => {
            "Um Ihr Konto zu behalten, melden Sie sich vor diesem Tag an:"
        }
        NotificationPage::ResetLink => "Ein neues Passwort wählen Sie hier:",
        NotificationPage::EmailCode => "Ihr Code:",
        NotificationPage::EmailChangeLink => {
            "Wenn Sie das nicht waren, verhindern Sie die Änderung hier:"
        }
        NotificationPage::RecoveryLink => "Wenn Sie das waren, bestätigen Sie es hier:",
        NotificationPage::CancelRecoveryLink => {
            "Wenn Sie das nicht waren, ziehen Sie die Meldung hier zurück:"
        }
        NotificationPage::UndoLink => {
            "Wenn Sie das nicht waren, machen Sie die Änderung hier rückgängig:"
        }
    })
}

/// Returns the German words of the button in a notification mail; `None` if the mail contains neither link nor code.
const fn select_link_label(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Anmelden",
        NotificationPage::ForgotPassword | NotificationPage::ResetLink => "Neues Passwort wählen",
        NotificationPage::EmailCode => "Code eingeben",
        NotificationPage::EmailChangeLink => "Änderung verhindern",
        NotificationPage::KeepAccount => "Konto behalten",
        NotificationPage::RecoveryLink => "Verlust bestätigen",
        NotificationPage::CancelRecoveryLink => "Nummer behalten",
        NotificationPage::UndoLink => "Änderung rückgängig machen",
    })
}

/// Returns the German words before the URL in a text message.
const fn select_words_before_sms_link(notification: &Notification) -> &'static str {
    if notification.is_new_password_needed() {
        "Neues Passwort:"
    } else {
        "Nicht Sie?"
    }
}

/// Returns the German advice after the link to the page of a new password; `None` if the mail has no such link.
const fn select_advice_after_password_link(notification: &Notification) -> Option<&'static str> {
    match notification.page() {
        Some(NotificationPage::ForgotPassword) => {
            Some("Wenn das nicht gelingt, wenden Sie sich an Ihre Administration.")
        }
        _ => None,
    }
}

/// Returns the German advice for account holders who did not cause the event.
const fn select_advice_if_user_did_not_cause_event(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict | Notification::EmailProofConflict => {
            "Wenn Sie das nicht waren, ist nichts zu tun."
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
            "Wenn Sie das nicht waren, wenden Sie sich sofort an Ihre Administration."
        }
        Notification::TwoFactorReset | Notification::AccountErased { .. } => {
            "Nicht gewünscht? Wenden Sie sich sofort an Ihre Administration."
        }
        Notification::RecoveryRequested => {
            "Nicht Sie? Öffnen Sie den Link nicht, und ändern Sie Ihr Passwort."
        }
        Notification::RecoveryOpened { .. } | Notification::RecoveryReminder { .. } => {
            "Wenn Sie das nicht waren, ändern Sie auch Ihr Passwort."
        }
        Notification::PasswordResetRequested => {
            "Wenn Sie das nicht waren, ist nichts zu tun. Ihr Passwort bleibt, wie es ist."
        }
        Notification::EmailProof => {
            "Wenn Sie das nicht waren, geben Sie den Code nicht weiter. Sonst ist nichts zu tun."
        }
        Notification::DeletionRequested { .. } => {
            "Wenn Sie das nicht waren, melden Sie sich sofort an, um es zu behalten."
        }
    }
}

/// Formats the hours until an event in German, as the beginning of a sentence: "In 72 Stunden", or "Ab jetzt".
fn format_time_until(hours: u32) -> String {
    match hours {
        0 => "Ab jetzt".to_owned(),
        1 => "In 1 Stunde".to_owned(),
        _ => format!("In {hours} Stunden"),
    }
}

/// Formats the hours until an event in short German: "in 72 h", or "jetzt".
fn format_time_until_for_sms(hours: u32) -> String {
    match hours {
        0 => "jetzt".to_owned(),
        _ => format!("in {hours} h"),
    }
}
