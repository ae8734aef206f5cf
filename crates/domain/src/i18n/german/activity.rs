use crate::activity::ActivityEvent;
use crate::method::Method;

/// Returns the German text of an event in the account's security history.
pub fn activity_event_text(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Konto angelegt",
        E::AccountDisabled => "Konto von der Administration gesperrt",
        E::AccountEnabled => "Konto von der Administration freigegeben",
        E::MfaReset => "Zwei-Faktor-Anmeldung von der Administration zurückgesetzt",
        E::PasswordAccepted => "Richtiges Passwort eingegeben",
        E::PasswordRefused => "Falsches Passwort eingegeben",
        E::PasswordResetRequested => "Neues Passwort per E‑Mail angefordert",
        E::PasswordResetBegun => "Neues Passwort über einen Link aus einer E‑Mail eingegeben",
        E::PasswordReset => "Passwort per E‑Mail zurückgesetzt",
        E::DataExported => "Daten des Kontos heruntergeladen",
        E::DeletionRequested => "Löschung des Kontos verlangt",
        E::DeletionWithdrawn => "Löschung des Kontos zurückgenommen",
        E::Unlocked => "Sperren des Kontos von der Administration aufgehoben",
        E::PasswordChanged => "Passwort geändert",
        E::EmailVerified => "E‑Mail-Adresse bestätigt",
        E::EmailCodeWrong => "Falscher Code für eine E‑Mail-Adresse eingegeben",
        E::EmailChangeBegun => "Änderung der E‑Mail-Adresse begonnen",
        E::EmailChanged => "E‑Mail-Adresse geändert",
        E::EmailChangeCancelled => {
            "Änderung der E‑Mail-Adresse mit dem Link einer E‑Mail verhindert"
        }
        E::NameChanged => "Name geändert",
        E::UsernameChanged => "Benutzername geändert",
        E::CodeSent => "Code gesendet",
        E::CodeNotSent => "Ein Code konnte nicht gesendet werden",
        E::CodeTooLate => "Code zu spät eingegeben",
        E::CodeUnchecked => "Ein Code konnte nicht geprüft werden",
        E::CodeWrong => "Falscher Code eingegeben",
        E::RecoveryCodeWrong => "Falscher Wiederherstellungscode eingegeben",
        E::TriesExhausted => "Zu viele falsche Codes eingegeben",
        E::FactorHeld => "Codes nach zu vielen falschen Eingaben gesperrt",
        E::PasswordResetsHeld => {
            "Zurücksetzen des Passworts nach zu vielen falschen Codes gesperrt"
        }
        E::SignedIn(Some(Method::Sms)) => "Mit einem an Ihr Telefon gesendeten Code angemeldet",
        E::SignedIn(Some(Method::Totp)) => "Mit einem Code Ihrer Authenticator-App angemeldet",
        E::SignedIn(Some(Method::Recovery)) => "Mit einem Wiederherstellungscode angemeldet",
        E::SignedIn(None) => "Angemeldet",
        E::SignedOut => "Abgemeldet",
        E::SignedOutElsewhere => "Auf einem anderen Gerät abgemeldet",
        E::SignedOutEverywhereElse => "Überall sonst abgemeldet",
        E::SteppedUp => "Mit Passwort und Code bestätigt, dass Sie es sind",
        E::SteppedUpByRecoveryCode => {
            "Mit einem Wiederherstellungscode bestätigt, dass Sie es sind"
        }
        E::TwoFactorSetUp => "Zwei-Faktor-Anmeldung eingerichtet",
        E::PhoneChangeBegun => "Änderung der Telefonnummer begonnen",
        E::PhoneChanged => "Telefonnummer geändert",
        E::RecoveryRequested => "E‑Mail zu verlorenem Telefon angefordert",
        E::RecoveryOpened => "Telefon als verloren gemeldet",
        E::RecoveryBrowserChanged => {
            "Ersatz eines verlorenen Telefons in einen anderen Browser verlegt"
        }
        E::RecoveryCancelled => "Ersatz für ein verlorenes Telefon abgebrochen",
        E::RecoveryCompleted => "Nummer eines verlorenen Telefons ersetzt",
        E::PhoneRestored => {
            "Änderung der Telefonnummer mit dem Link einer Nachricht rückgängig gemacht"
        }
        E::EmailRestored => {
            "Änderung der E‑Mail-Adresse mit dem Link einer E‑Mail rückgängig gemacht"
        }
        E::RecoveryCodesCreated => "Neue Wiederherstellungscodes erzeugt",
        E::AuthenticatorBegun => "Einrichtung einer Authenticator-App begonnen",
        E::AuthenticatorRefused => "Falscher Code beim Einrichten einer Authenticator-App",
        E::AuthenticatorAdded => "Authenticator-App hinzugefügt",
        E::AuthenticatorReplaced => "Authenticator-App ersetzt",
        E::AuthenticatorRemoved => "Authenticator-App entfernt",
        E::PaymentBegun => "Zahlung begonnen",
        E::PaymentConfirmed => "Zahlung mit einem Code bestätigt",
        E::PaymentCompleted => "Zahlung ausgeführt",
        E::PaymentFailed => "Zahlung fehlgeschlagen",
        E::PaymentExpired => "Zahlung nicht rechtzeitig bestätigt",
    }
}
