use crate::Notice;
use crate::i18n::Letter;

/// What is written to the holder of an account.
pub fn letter(notice: &Notice) -> Letter {
    Letter {
        subject: subject(notice),
        short: short(notice),
        long: long(notice),
        advice: advice(notice),
        salutation: "Guten Tag,",
    }
}

const fn subject(notice: &Notice) -> &'static str {
    match notice {
        Notice::RegistrationConflict => "Jemand wollte sich mit Ihrer Adresse registrieren",
        Notice::TwoFactorSetUp { .. } => "Die Zwei-Faktor-Anmeldung ist eingerichtet",
        Notice::PhoneChanged { .. } => "Ihre Telefonnummer wurde geändert",
        Notice::AuthenticatorAdded => "Eine Authenticator-App wurde hinzugefügt",
        Notice::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt",
        Notice::RecoveryCodesCreated => "Neue Wiederherstellungscodes wurden erzeugt",
        Notice::RecoveryCodeUsed { .. } => "Ein Wiederherstellungscode wurde benutzt",
        Notice::FactorHeld => "Codes sind für Ihr Konto ausgesetzt",
        Notice::FactorFailures => "Für Ihr Konto wurden falsche Codes eingegeben",
        Notice::TwoFactorReset => "Die Zwei-Faktor-Anmeldung wurde zurückgesetzt",
        Notice::SessionsEnded => "Sie wurden überall abgemeldet",
    }
}

fn short(notice: &Notice) -> String {
    match notice {
        Notice::RegistrationConflict => {
            "Jemand wollte sich mit Ihrer E-Mail-Adresse registrieren. Nichts wurde geändert."
                .to_owned()
        }
        Notice::TwoFactorSetUp { phone } => {
            format!("Zwei-Faktor-Anmeldung mit {phone} eingerichtet.")
        }
        Notice::PhoneChanged { phone } => format!("Ihr Konto hat jetzt die Nummer {phone}."),
        Notice::AuthenticatorAdded => "Eine Authenticator-App wurde hinzugefügt.".to_owned(),
        Notice::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt.".to_owned(),
        Notice::RecoveryCodesCreated => {
            "Neue Wiederherstellungscodes erzeugt. Die alten gelten nicht mehr.".to_owned()
        }
        Notice::RecoveryCodeUsed { left } => {
            format!("Wiederherstellungscode benutzt. Übrig: {left}.")
        }
        Notice::FactorHeld => "Zu viele falsche Codes. Vorerst wird keiner angenommen.".to_owned(),
        Notice::FactorFailures => "Nach Ihrem Passwort wurden falsche Codes eingegeben.".to_owned(),
        Notice::TwoFactorReset => {
            "Ihre Zwei-Faktor-Anmeldung wurde von der Administration zurückgesetzt.".to_owned()
        }
        Notice::SessionsEnded => "Ihr Konto wurde überall abgemeldet.".to_owned(),
    }
}

fn long(notice: &Notice) -> String {
    match notice {
        Notice::RegistrationConflict => "Jemand wollte mit dieser E-Mail-Adresse ein Konto \
             anlegen. Sie haben schon eines; es wurde\nkeines angelegt und nichts geändert."
            .to_owned(),
        Notice::TwoFactorSetUp { phone } => format!(
            "Die Zwei-Faktor-Anmeldung ist jetzt für Ihr Konto eingerichtet. Codes gehen an die \
             Nummer\n{phone}."
        ),
        Notice::PhoneChanged { phone } => format!(
            "Die Telefonnummer Ihres Kontos wurde geändert. Codes gehen jetzt an die \
             Nummer\n{phone}."
        ),
        Notice::AuthenticatorAdded => "Ihrem Konto wurde eine Authenticator-App hinzugefügt. \
             Ihre Codes gelten jetzt bei der\nAnmeldung."
            .to_owned(),
        Notice::AuthenticatorRemoved => "Die Authenticator-App Ihres Kontos wurde entfernt. \
             Ihre Codes gelten nicht mehr."
            .to_owned(),
        Notice::RecoveryCodesCreated => "Für Ihr Konto wurden neue Wiederherstellungscodes \
             erzeugt. Die alten gelten nicht mehr."
            .to_owned(),
        Notice::RecoveryCodeUsed { left } => format!(
            "Mit einem Wiederherstellungscode wurde Ihr Konto geöffnet. Dieser Code gilt nicht \
             mehr.\nÜbrige Codes: {left}."
        ),
        Notice::FactorHeld => "Jemand, der Ihr Passwort kennt, hat zu viele falsche Codes \
             eingegeben. Zu Ihrer\nSicherheit wird für Ihr Konto vorerst kein Code angenommen, \
             und Ihr Passwort sollte\ngeändert werden."
            .to_owned(),
        Notice::FactorFailures => "Jemand hat sich mit Ihrem Passwort angemeldet und dann \
             falsche Codes eingegeben. Niemand\nkam hinein."
            .to_owned(),
        Notice::TwoFactorReset => "Die Zwei-Faktor-Anmeldung Ihres Kontos wurde von der \
             Administration zurückgesetzt. Bei der\nnächsten Anmeldung richten Sie sie neu ein."
            .to_owned(),
        Notice::SessionsEnded => "Ihr Konto wurde auf allen Geräten abgemeldet. Sie können sich \
             jederzeit wieder anmelden."
            .to_owned(),
    }
}

const fn advice(notice: &Notice) -> &'static str {
    match notice {
        Notice::RegistrationConflict => "Wenn Sie das nicht waren, ist nichts zu tun.",
        Notice::TwoFactorSetUp { .. }
        | Notice::PhoneChanged { .. }
        | Notice::AuthenticatorAdded
        | Notice::AuthenticatorRemoved
        | Notice::RecoveryCodesCreated
        | Notice::RecoveryCodeUsed { .. }
        | Notice::FactorHeld
        | Notice::FactorFailures
        | Notice::SessionsEnded => {
            "Wenn Sie das nicht waren, wenden Sie sich sofort an Ihre Administration."
        }
        Notice::TwoFactorReset => "Nicht von Ihnen gewünscht? Wenden Sie sich sofort an sie.",
    }
}
