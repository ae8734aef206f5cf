use crate::i18n::notification_text::NotificationText;
use crate::notification::{Notification, NotificationPage};

pub fn notification_text(notification: &Notification) -> NotificationText {
    NotificationText {
        subject: subject(notification),
        short: short(notification),
        long: long(notification),
        advice: advice(notification),
        repeats: None,
        link_intro: link_intro(notification),
        salutation: "Guten Tag,",
    }
}

pub fn repeats_text(repeats: u32) -> String {
    match repeats {
        1 => "Und noch einmal.".to_owned(),
        _ => format!("Und noch {repeats}-mal."),
    }
}

const fn subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Jemand wollte sich mit Ihrer Adresse registrieren",
        Notification::TwoFactorSetUp { .. } => "Die Zwei-Faktor-Anmeldung ist eingerichtet",
        Notification::PhoneChanged { .. } => "Ihre Telefonnummer wurde geändert",
        Notification::AuthenticatorAdded => "Eine Authenticator-App wurde hinzugefügt",
        Notification::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt",
        Notification::RecoveryCodesCreated => "Neue Wiederherstellungscodes wurden erzeugt",
        Notification::RecoveryCodeUsed { .. } => "Ein Wiederherstellungscode wurde benutzt",
        Notification::FactorHeld => "Codes sind für Ihr Konto ausgesetzt",
        Notification::FactorFailures => "Für Ihr Konto wurden falsche Codes eingegeben",
        Notification::TwoFactorReset => "Die Zwei-Faktor-Anmeldung wurde zurückgesetzt",
        Notification::SessionsEnded => "Sie wurden überall abgemeldet",
        Notification::PasswordResetRequested => "Wählen Sie ein neues Passwort",
        Notification::PasswordChanged => "Ihr Passwort wurde geändert",
    }
}

fn short(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "Jemand wollte sich mit Ihrer E-Mail-Adresse registrieren. Nichts wurde geändert."
                .to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("Zwei-Faktor-Anmeldung mit {phone} eingerichtet.")
        }
        Notification::PhoneChanged { phone } => format!("Ihr Konto hat jetzt die Nummer {phone}."),
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
        Notification::TwoFactorReset => {
            "Ihre Zwei-Faktor-Anmeldung wurde von der Administration zurückgesetzt.".to_owned()
        }
        Notification::SessionsEnded => "Ihr Konto wurde überall abgemeldet.".to_owned(),
        Notification::PasswordResetRequested => {
            "Für Ihr Konto wurde ein neues Passwort angefordert.".to_owned()
        }
        Notification::PasswordChanged => "Das Passwort Ihres Kontos wurde geändert.".to_owned(),
    }
}

fn long(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Jemand wollte mit dieser E-Mail-Adresse ein Konto \
             anlegen. Sie haben schon eines; es wurde\nkeines angelegt und nichts geändert."
            .to_owned(),
        Notification::TwoFactorSetUp { phone } => format!(
            "Die Zwei-Faktor-Anmeldung ist jetzt für Ihr Konto eingerichtet. Codes gehen an die \
             Nummer\n{phone}."
        ),
        Notification::PhoneChanged { phone } => format!(
            "Die Telefonnummer Ihres Kontos wurde geändert. Codes gehen jetzt an die \
             Nummer\n{phone}."
        ),
        Notification::AuthenticatorAdded => {
            "Ihrem Konto wurde eine Authenticator-App hinzugefügt. \
             Ihre Codes gelten jetzt bei der\nAnmeldung."
                .to_owned()
        }
        Notification::AuthenticatorRemoved => "Die Authenticator-App Ihres Kontos wurde entfernt. \
             Ihre Codes gelten nicht mehr."
            .to_owned(),
        Notification::RecoveryCodesCreated => "Für Ihr Konto wurden neue Wiederherstellungscodes \
             erzeugt. Die alten gelten nicht mehr."
            .to_owned(),
        Notification::RecoveryCodeUsed { left } => format!(
            "Mit einem Wiederherstellungscode wurde Ihr Konto geöffnet. Dieser Code gilt nicht \
             mehr.\nÜbrige Codes: {left}."
        ),
        Notification::FactorHeld => "Jemand, der Ihr Passwort kennt oder Ihre E-Mails liest, hat zu viele falsche \
             Codes\neingegeben. Zu Ihrer Sicherheit wird für Ihr Konto vorerst kein Code angenommen,\n\
             und Ihr Passwort sollte geändert werden."
            .to_owned(),
        Notification::FactorFailures => "Jemand hat Ihr Passwort oder einen Link aus Ihren E-Mails \
             benutzt und dann falsche Codes\neingegeben. Die Anmeldung ist nicht gelungen."
            .to_owned(),
        Notification::TwoFactorReset => "Die Zwei-Faktor-Anmeldung Ihres Kontos wurde von der \
             Administration zurückgesetzt. Bei der\nnächsten Anmeldung richten Sie sie neu ein."
            .to_owned(),
        Notification::SessionsEnded => {
            "Ihr Konto wurde auf allen Geräten abgemeldet. Sie können sich \
             jederzeit wieder anmelden."
                .to_owned()
        }
        Notification::PasswordResetRequested => "Jemand hat für Ihr Konto ein neues Passwort angefordert. Dieser Link gilt einmal, eine halbe\nStunde lang. Danach wird auch ein Code Ihres Telefons oder Ihrer App verlangt.".to_owned(),
        Notification::PasswordChanged => "Das Passwort Ihres Kontos wurde geändert. Alle anderen Geräte wurden abgemeldet.".to_owned(),
    }
}

/// The line before the page of [`Notification::page`].
const fn link_intro(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Wenn Sie das waren, melden Sie sich bei Ihrem Konto an:",
        NotificationPage::ForgotPassword => {
            "Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort:"
        }
        NotificationPage::ResetLink => "Ein neues Passwort wählen Sie hier:",
    })
}

const fn advice(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Wenn Sie das nicht waren, ist nichts zu tun.",
        Notification::TwoFactorSetUp { .. }
        | Notification::PhoneChanged { .. }
        | Notification::AuthenticatorAdded
        | Notification::AuthenticatorRemoved
        | Notification::RecoveryCodesCreated
        | Notification::RecoveryCodeUsed { .. }
        | Notification::FactorHeld
        | Notification::FactorFailures
        | Notification::PasswordChanged
        | Notification::SessionsEnded => {
            "Wenn Sie das nicht waren, wenden Sie sich sofort an Ihre Administration."
        }
        Notification::TwoFactorReset => "Nicht von Ihnen gewünscht? Wenden Sie sich sofort an sie.",
        Notification::PasswordResetRequested => {
            "Wenn Sie das nicht waren, ist nichts zu tun. Ihr Passwort bleibt, wie es ist."
        }
    }
}
