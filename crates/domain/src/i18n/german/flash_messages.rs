use super::problems::format_day;
use crate::flash_message::FlashMessage;

/// Returns the German text of a flash message, which the next page shows once.
pub fn flash_message_text(message: FlashMessage) -> String {
    let text = match message {
        FlashMessage::Registered => {
            "Ihre Telefonnummer ist bestätigt. Bitte melden Sie sich an. Gelingt das nicht, sehen Sie in Ihren E‑Mails nach oder registrieren Sie sich noch einmal."
        }
        FlashMessage::PhoneAccountLimitReached => {
            "Ihre Telefonnummer ist bestätigt, aber es wurde kein Konto angelegt: Sie hat schon so viele Konten, wie eine Nummer haben darf. Registrieren Sie sich mit einer anderen Nummer."
        }
        FlashMessage::UsernameTaken => {
            "Ihre Telefonnummer ist bestätigt, aber es wurde kein Konto angelegt: Der Benutzername wurde inzwischen von einem anderen Konto belegt. Registrieren Sie sich mit einem anderen Benutzernamen."
        }
        FlashMessage::SignedOut => "Sie sind abgemeldet.",
        FlashMessage::SignInNeeded => "Ihre Sitzung ist beendet. Bitte melden Sie sich wieder an.",
        FlashMessage::AnotherAccountSignedIn => {
            "Inzwischen ist ein anderes Konto angemeldet, deshalb wurde nichts ausgeführt. Prüfen Sie das Konto und versuchen Sie es noch einmal."
        }
        FlashMessage::SignInAnswerLost => {
            "Ihr Code war richtig, aber dieser Browser hat die Antwort nicht erhalten. Bitte melden Sie sich noch einmal an."
        }
        FlashMessage::PhoneChangeAnswerLost => {
            "Ihre Telefonnummer wurde geändert. Bitte melden Sie sich wieder an."
        }
        FlashMessage::ChangeAnswerLost => {
            "Ihre Änderung ist gespeichert, aber dieser Browser hat die Antwort nicht erhalten. Bitte melden Sie sich wieder an."
        }
        FlashMessage::PhoneChanged => "Ihre Telefonnummer wurde geändert.",
        FlashMessage::AuthenticatorAdded => "Ihre Authenticator-App ist eingerichtet.",
        FlashMessage::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt.",
        FlashMessage::CodesShownOnce => {
            "Ihre Codes wurden erzeugt und einmal gezeigt. Wenn Sie sie nicht aufbewahrt haben, erzeugen Sie neue."
        }
        FlashMessage::SessionEnded => "Das andere Gerät ist abgemeldet.",
        FlashMessage::SessionsEnded => "Sie sind überall sonst abgemeldet.",
        FlashMessage::ResetRequested => {
            "Wenn es ein Konto mit diesem Namen oder dieser Adresse gibt, ist eine E‑Mail mit einem Link an seine Adresse unterwegs."
        }
        FlashMessage::EmailVerified => "Ihre E‑Mail-Adresse ist bestätigt.",
        FlashMessage::EmailChanged => {
            "Ihre E‑Mail-Adresse wurde geändert. Überall sonst sind Sie abgemeldet."
        }
        FlashMessage::EmailChangeCancelled => {
            "Die Änderung wurde verhindert, und Ihr Konto ist überall abgemeldet. Wenn die Änderung nicht von Ihnen kam, wählen Sie ein neues Passwort."
        }
        FlashMessage::NamesChanged => "Ihre Änderungen sind gespeichert.",
        FlashMessage::PasswordReset => {
            "Ihr neues Passwort ist gespeichert. Bitte melden Sie sich damit an."
        }
        FlashMessage::PasswordResetCancelled => {
            "Ihr Passwort wurde nicht geändert. Um es zu ändern, fordern Sie einen neuen Link an."
        }
        FlashMessage::DeletionRequested { on } => {
            return format!(
                "Ihr Konto wird am {} gelöscht. Um es zu behalten, melden Sie sich vor diesem Tag an.",
                format_day(on)
            );
        }
        FlashMessage::DeletionWithdrawn => "Ihr Konto bleibt, wie es ist.",
        FlashMessage::CookiesBlocked => {
            "Dieser Browser blockiert Cookies. Erlauben Sie sie für diese Website und versuchen Sie es noch einmal."
        }
        FlashMessage::PasswordChanged => {
            "Ihr Passwort wurde geändert. Sie sind überall sonst abgemeldet."
        }
        FlashMessage::RecoveryRequested => {
            "Eine E‑Mail mit einem Link ist an Ihre Adresse unterwegs."
        }
        FlashMessage::RecoveryOpened => {
            "Ihr Telefon ist als verloren gemeldet. In einer E‑Mail steht, wann Sie eine neue Nummer einrichten können."
        }
        FlashMessage::RecoveryBrowserChanged => {
            "Sie können Ihre neue Nummer in diesem Browser einrichten, sobald die Wartezeit vorbei ist."
        }
        FlashMessage::RecoveryBrowserReady => {
            "Sie können Ihre neue Nummer jetzt in diesem Browser einrichten. Bitte melden Sie sich an."
        }
        FlashMessage::RecoveryCancelled => {
            "Meldung zurückgezogen: Ihre Telefonnummer bleibt. Wenn Sie Ihr Telefon nicht als verloren gemeldet haben, ändern Sie Ihr Passwort."
        }
        FlashMessage::EmailChangeUndone => {
            "Ihre frühere E‑Mail-Adresse gilt wieder. Wählen Sie ein neues Passwort, bevor Sie sich anmelden."
        }
        FlashMessage::PhoneChangeUndone => {
            "Ihre frühere Telefonnummer gilt wieder. Wählen Sie ein neues Passwort, bevor Sie sich anmelden."
        }
    };
    text.to_owned()
}
