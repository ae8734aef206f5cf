use crate::activity::ActivityEvent;
use crate::method::Method;

/// Returns the Polish text of an event in the account's security history.
pub fn activity_event_text(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Utworzono konto",
        E::AccountDisabled => "Administrator zablokował konto",
        E::AccountEnabled => "Administrator odblokował konto",
        E::MfaReset => "Administrator zresetował uwierzytelnianie dwuskładnikowe",
        E::PasswordAccepted => "Wpisano prawidłowe hasło",
        E::PasswordRefused => "Wpisano błędne hasło",
        E::PasswordResetRequested => "Poproszono o e‑mail z linkiem do nowego hasła",
        E::PasswordResetBegun => "Wpisano nowe hasło, korzystając z linku z e‑maila",
        E::PasswordReset => "Zresetowano hasło przez e‑mail",
        E::DataExported => "Pobrano dane konta",
        E::DeletionRequested => "Zlecono usunięcie konta",
        E::DeletionWithdrawn => "Wycofano usunięcie konta",
        E::Unlocked => "Administrator zniósł ograniczenia konta",
        E::PasswordChanged => "Zmieniono hasło",
        E::EmailVerified => "Potwierdzono adres e‑mail",
        E::EmailCodeWrong => "Wpisano błędny kod dla adresu e‑mail",
        E::EmailChangeBegun => "Rozpoczęto zmianę adresu e‑mail",
        E::EmailChanged => "Zmieniono adres e‑mail",
        E::EmailChangeCancelled => "Zatrzymano zmianę adresu e‑mail linkiem z e‑maila",
        E::NameChanged => "Zmieniono imię i nazwisko",
        E::UsernameChanged => "Zmieniono nazwę użytkownika",
        E::CodeSent => "Wysłano kod",
        E::CodeNotSent => "Nie udało się wysłać kodu",
        E::CodeTooLate => "Kod wpisano za późno",
        E::CodeUnchecked => "Nie udało się sprawdzić kodu",
        E::CodeWrong => "Wpisano błędny kod",
        E::RecoveryCodeWrong => "Wpisano błędny kod zapasowy",
        E::TriesExhausted => "Wpisano zbyt wiele błędnych kodów",
        E::FactorHeld => "Wstrzymano kody po zbyt wielu błędnych",
        E::PasswordResetsHeld => "Wstrzymano resetowanie hasła po zbyt wielu błędnych kodach",
        E::SignedIn(Some(Method::Sms)) => "Zalogowano kodem wysłanym na telefon",
        E::SignedIn(Some(Method::Totp)) => "Zalogowano kodem z aplikacji uwierzytelniającej",
        E::SignedIn(Some(Method::Recovery)) => "Zalogowano kodem zapasowym",
        E::SignedIn(None) => "Zalogowano",
        E::SignedOut => "Wylogowano",
        E::SignedOutElsewhere => "Wylogowano na innym urządzeniu",
        E::SignedOutEverywhereElse => "Wylogowano na wszystkich innych urządzeniach",
        E::SteppedUp => "Potwierdzono tożsamość hasłem i kodem",
        E::SteppedUpByRecoveryCode => "Potwierdzono tożsamość kodem zapasowym",
        E::TwoFactorSetUp => "Skonfigurowano uwierzytelnianie dwuskładnikowe",
        E::PhoneChangeBegun => "Rozpoczęto zmianę numeru telefonu",
        E::PhoneChanged => "Zmieniono numer telefonu",
        E::RecoveryRequested => "Poproszono o e‑mail w sprawie utraconego telefonu",
        E::RecoveryOpened => "Zgłoszono utratę telefonu",
        E::RecoveryBrowserChanged => {
            "Zastąpienie utraconego telefonu przeniesiono do innej przeglądarki"
        }
        E::RecoveryCancelled => "Anulowano zastąpienie utraconego telefonu",
        E::RecoveryCompleted => "Zastąpiono numer utraconego telefonu",
        E::PhoneRestored => "Cofnięto zmianę numeru telefonu linkiem z wiadomości",
        E::EmailRestored => "Cofnięto zmianę adresu e‑mail linkiem z e‑maila",
        E::RecoveryCodesCreated => "Utworzono nowe kody zapasowe",
        E::AuthenticatorBegun => "Rozpoczęto konfigurację aplikacji uwierzytelniającej",
        E::AuthenticatorRefused => {
            "Wpisano błędny kod podczas konfiguracji aplikacji uwierzytelniającej"
        }
        E::AuthenticatorAdded => "Dodano aplikację uwierzytelniającą",
        E::AuthenticatorReplaced => "Zastąpiono aplikację uwierzytelniającą",
        E::AuthenticatorRemoved => "Usunięto aplikację uwierzytelniającą",
        E::PaymentBegun => "Rozpoczęto płatność",
        E::PaymentConfirmed => "Potwierdzono płatność kodem",
        E::PaymentCompleted => "Wykonano płatność",
        E::PaymentFailed => "Płatność nie powiodła się",
        E::PaymentExpired => "Płatności nie potwierdzono na czas",
    }
}
