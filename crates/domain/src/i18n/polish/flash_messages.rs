use super::problems::format_day;
use crate::flash_message::FlashMessage;

/// Returns the Polish text of a flash message, which the next page shows once.
pub fn flash_message_text(message: FlashMessage) -> String {
    let text = match message {
        FlashMessage::Registered => {
            "Numer telefonu został potwierdzony. Proszę się zalogować. Jeśli to się nie uda, proszę sprawdzić pocztę lub zarejestrować się ponownie."
        }
        FlashMessage::PhoneAccountLimitReached => {
            "Numer telefonu został potwierdzony, ale konta nie utworzono: ten numer ma już tyle kont, ile może mieć jeden numer. Proszę się zarejestrować z innym numerem."
        }
        FlashMessage::UsernameTaken => {
            "Numer telefonu został potwierdzony, ale konta nie utworzono: tę nazwę użytkownika zajęło w międzyczasie inne konto. Proszę się zarejestrować z inną nazwą użytkownika."
        }
        FlashMessage::SignedOut => "Wylogowano.",
        FlashMessage::SignInNeeded => "Sesja się zakończyła. Proszę zalogować się ponownie.",
        FlashMessage::AnotherAccountSignedIn => {
            "Teraz zalogowane jest inne konto, więc nic nie zostało wykonane. Proszę sprawdzić konto i spróbować ponownie."
        }
        FlashMessage::SignInAnswerLost => {
            "Kod był poprawny, ale ta przeglądarka nie otrzymała odpowiedzi. Proszę zalogować się ponownie."
        }
        FlashMessage::PhoneChangeAnswerLost => {
            "Numer telefonu został zmieniony. Proszę zalogować się ponownie."
        }
        FlashMessage::ChangeAnswerLost => {
            "Zmiana została zapisana, ale ta przeglądarka nie otrzymała odpowiedzi. Proszę zalogować się ponownie."
        }
        FlashMessage::PhoneChanged => "Numer telefonu został zmieniony.",
        FlashMessage::AuthenticatorAdded => "Aplikacja uwierzytelniająca jest skonfigurowana.",
        FlashMessage::AuthenticatorRemoved => "Aplikacja uwierzytelniająca została usunięta.",
        FlashMessage::CodesShownOnce => {
            "Kody utworzono i pokazano jeden raz. Jeśli nie zostały zapisane, proszę utworzyć nowe."
        }
        FlashMessage::SessionEnded => "Tamto urządzenie zostało wylogowane.",
        FlashMessage::SessionsEnded => "Wszystkie inne urządzenia zostały wylogowane.",
        FlashMessage::ResetRequested => {
            "Jeśli istnieje konto o tej nazwie lub z tym adresem, na jego adres e‑mail wysłano wiadomość z linkiem."
        }
        FlashMessage::EmailVerified => "Adres e‑mail został potwierdzony.",
        FlashMessage::EmailChanged => {
            "Adres e‑mail został zmieniony. Wszystkie inne urządzenia zostały wylogowane."
        }
        FlashMessage::EmailChangeCancelled => {
            "Zmiana została zatrzymana, a konto wylogowano na wszystkich urządzeniach. Jeśli adres zmieniał ktoś inny, proszę wybrać nowe hasło."
        }
        FlashMessage::NamesChanged => "Zmiany zostały zapisane.",
        FlashMessage::PasswordReset => "Nowe hasło zostało zapisane. Proszę się nim zalogować.",
        FlashMessage::PasswordResetCancelled => {
            "Hasło nie zostało zmienione. Aby je zmienić, proszę poprosić o nowy link."
        }
        FlashMessage::DeletionRequested { on } => {
            return format!(
                "Konto zostanie usunięte {}. Aby je zachować, proszę zalogować się przed tym dniem.",
                format_day(on)
            );
        }
        FlashMessage::DeletionWithdrawn => "Konto pozostaje bez zmian.",
        FlashMessage::CookiesBlocked => {
            "Ta przeglądarka blokuje pliki cookie. Proszę zezwolić na nie w tej witrynie i spróbować ponownie."
        }
        FlashMessage::PasswordChanged => {
            "Hasło zostało zmienione. Wszystkie inne urządzenia zostały wylogowane."
        }
        FlashMessage::RecoveryRequested => "Na adres e‑mail konta wysłano wiadomość z linkiem.",
        FlashMessage::RecoveryOpened => {
            "Zgłoszono utratę telefonu. Wysłaliśmy e‑mail z informacją, kiedy będzie można skonfigurować nowy numer."
        }
        FlashMessage::RecoveryBrowserChanged => {
            "Po upływie czasu oczekiwania można będzie skonfigurować nowy numer w tej przeglądarce."
        }
        FlashMessage::RecoveryBrowserReady => {
            "Nowy numer można teraz skonfigurować w tej przeglądarce. Proszę się zalogować."
        }
        FlashMessage::RecoveryCancelled => {
            "Anulowano: numer telefonu pozostaje bez zmian. Jeśli utraty telefonu nie zgłaszano, proszę zmienić hasło."
        }
        FlashMessage::EmailChangeUndone => {
            "Przywrócono poprzedni adres e‑mail. Przed zalogowaniem proszę wybrać nowe hasło."
        }
        FlashMessage::PhoneChangeUndone => {
            "Przywrócono poprzedni numer telefonu. Przed zalogowaniem proszę wybrać nowe hasło."
        }
    };
    text.to_owned()
}
