use super::pages::PAGE_TEXTS;
use super::problems::{format_day, format_hours};
use crate::calendar_day::CalendarDay;
use crate::i18n::notification_text::{NotificationText, format_time_of_day};
use crate::notification::{Notification, NotificationPage};

/// Returns the Polish texts of a mail or SMS that notifies an account holder.
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
        code_page_intro: "Proszę wpisać go tutaj:",
        link_expiry: None,
        sms_link_intro: select_words_before_sms_link(notification),
        salutation: "Dzień dobry,",
    }
}

/// Returns the Polish sentence of a notification that says that `repeats` more events of the same kind happened.
pub fn repeated_events_text(repeats: u32) -> String {
    match repeats {
        1 => "I jeszcze 1 raz.".to_owned(),
        _ => format!("I jeszcze {repeats} razy."),
    }
}

/// Returns the Polish sentence with the day and the time until which the link of a mail works.
pub fn link_expiry_text(day: CalendarDay, time: &str) -> String {
    format!("Link działa do {}, {time}.", format_day(day))
}

/// Returns the Polish subject line of a notification mail.
const fn notification_mail_subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Próba rejestracji z tym adresem e-mail",
        Notification::TwoFactorSetUp { .. } => "Skonfigurowano uwierzytelnianie dwuskładnikowe",
        Notification::PhoneChanged { .. } => "Numer telefonu został zmieniony",
        Notification::PhoneRestored { .. } => "Przywrócono poprzedni numer telefonu",
        Notification::RecoveryRequested => "Proszę potwierdzić utratę telefonu",
        Notification::RecoveryOpened { .. } => "Numer telefonu zostanie wkrótce zastąpiony",
        Notification::RecoveryReminder { .. } => {
            "Przypomnienie: numer telefonu zostanie zastąpiony"
        }
        Notification::RecoveryCancelled => "Numer telefonu nie zostanie zastąpiony",
        Notification::RecoveryCompleted { .. } => "Utracony telefon został zastąpiony",
        Notification::AuthenticatorAdded => "Dodano aplikację uwierzytelniającą",
        Notification::AuthenticatorRemoved => "Usunięto aplikację uwierzytelniającą",
        Notification::RecoveryCodesCreated => "Utworzono nowe kody zapasowe",
        Notification::RecoveryCodeUsed { .. } => "Użyto kodu zapasowego",
        Notification::FactorHeld => "Kody dla konta są wstrzymane",
        Notification::FactorFailures => "Wpisano błędne kody do konta",
        Notification::NewDeviceSignIn { .. } => "Logowanie z nowego urządzenia",
        Notification::TwoFactorReset => "Zresetowano uwierzytelnianie dwuskładnikowe",
        Notification::PasswordResetRequested => "Wybór nowego hasła",
        Notification::PasswordChanged => "Hasło zostało zmienione",
        Notification::EmailProof => "Proszę potwierdzić adres e-mail",
        Notification::EmailProofConflict => "Próba użycia tego adresu e-mail",
        Notification::EmailChangeRequested => "Adres e-mail zostanie zmieniony",
        Notification::EmailChanged { .. } => "Adres e-mail został zmieniony",
        Notification::EmailRestored => "Przywrócono poprzedni adres e-mail",
        Notification::UsernameChanged => "Nazwa użytkownika została zmieniona",
        Notification::DeletionRequested { .. } => "Konto zostanie usunięte",
        Notification::DeletionWithdrawn => "Konto nie zostanie usunięte",
        Notification::AccountErased { .. } => "Konto zostało usunięte",
    }
}

/// Returns the Polish SMS text of a notification.
fn notification_sms_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "próba rejestracji z tym e-mailem. Nic nie zmieniono.".to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("ustawiono logowanie dwuskładnikowe z numerem {phone}.")
        }
        Notification::PhoneChanged { phone, .. } => format!("konto ma teraz numer {phone}."),
        Notification::PhoneRestored { phone } => format!("konto ma znów numer {phone}."),
        Notification::RecoveryRequested => "zgłoszono utratę telefonu.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => {
            format!(
                "zgłoszono utratę telefonu, zmiana numeru {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryReminder { hours, .. } => {
            format!(
                "przypomnienie: utrata telefonu, nowy numer {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryCancelled => "numer nie zostanie zmieniony.".to_owned(),
        Notification::RecoveryCompleted { phone } => {
            format!("zastąpiono telefon. Kody wysyłamy na {phone}.")
        }
        Notification::AuthenticatorAdded => "dodano aplikację uwierzytelniającą.".to_owned(),
        Notification::AuthenticatorRemoved => "usunięto aplikację uwierzytelniającą.".to_owned(),
        Notification::RecoveryCodesCreated => {
            "utworzono nowe kody zapasowe. Stare nie działają.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("użyto kodu zapasowego. Pozostało kodów: {left}.")
        }
        Notification::FactorHeld => "zbyt wiele błędnych kodów. Kody wstrzymano.".to_owned(),
        Notification::FactorFailures => "po haśle wpisano błędne kody.".to_owned(),
        Notification::NewDeviceSignIn { .. } => {
            "zalogowano się na konto z nowego urządzenia.".to_owned()
        }
        Notification::TwoFactorReset => {
            "administrator zresetował logowanie dwuskładnikowe.".to_owned()
        }
        Notification::PasswordResetRequested => "poproszono o nowe hasło do konta.".to_owned(),
        Notification::PasswordChanged => "zmieniono hasło do konta.".to_owned(),
        Notification::EmailProof => "proszę potwierdzić adres e-mail.".to_owned(),
        Notification::EmailProofConflict => {
            "próba użycia tego e-maila. Nic nie zmieniono.".to_owned()
        }
        Notification::EmailChangeRequested => "podano nowy adres e-mail.".to_owned(),
        Notification::EmailChanged { .. } => "zmieniono adres e-mail konta.".to_owned(),
        Notification::EmailRestored => "przywrócono poprzedni adres e-mail.".to_owned(),
        Notification::UsernameChanged => "zmieniono nazwę użytkownika konta.".to_owned(),
        Notification::DeletionRequested { on } => {
            format!("konto zostanie usunięte {}.", format_day(*on))
        }
        Notification::DeletionWithdrawn => "konto nie zostanie usunięte.".to_owned(),
        Notification::AccountErased { on } => format!("konto usunięto {}.", format_day(*on)),
    }
}

/// Returns the Polish mail text of a notification.
fn notification_mail_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Ktoś próbował utworzyć konto z tym adresem e-mail. Konto z tym adresem już istnieje, więc\nnowego nie utworzono i niczego nie zmieniono.".to_owned(),
        Notification::TwoFactorSetUp { phone } => format!("Dla konta skonfigurowano uwierzytelnianie dwuskładnikowe. Kody są wysyłane na numer\n{phone}."),
        Notification::PhoneChanged { phone, .. } => format!("Numer telefonu konta został zmieniony. Kody są teraz wysyłane na numer {phone}."),
        Notification::PhoneRestored { phone } => format!("Zmianę numeru telefonu cofnięto linkiem z wiadomości. Konto ma znów numer {phone}.\nWszystkie urządzenia zostały wylogowane, a przed kolejnym logowaniem potrzebne jest nowe hasło.\nJeśli konto miało zostać usunięte, pozostanie.\nNastępnie należy sprawdzić aplikację uwierzytelniającą i kody zapasowe: niedawno dodane\nusunięto."),
        Notification::RecoveryRequested => "Ktoś, kto zna hasło, zgłosił utratę telefonu. Ten link działa jeden raz, przez pół godziny.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => format!("Ktoś, kto zna hasło i ma dostęp do poczty, zgłosił utratę telefonu. {} do\nskonfigurowania nowego numeru wystarczy hasło w przeglądarce, w której otwarto nasz link.", format_time_until(*hours)),
        Notification::RecoveryReminder { hours, .. } => format!("Zgłoszono utratę telefonu. {} do skonfigurowania nowego numeru wystarczy\nhasło w przeglądarce, w której otwarto nasz link.", format_time_until(*hours)),
        Notification::RecoveryCancelled => "Zgłoszono utratę telefonu, ale zgłoszenie anulowano. Numer pozostaje bez zmian.".to_owned(),
        Notification::RecoveryCompleted { phone } => format!("Po czasie oczekiwania na zastąpienie utraconego telefonu skonfigurowano nowy numer. Kody są\nteraz wysyłane na numer {phone}. Wszystkie inne urządzenia zostały wylogowane."),
        Notification::AuthenticatorAdded => "Do konta dodano aplikację uwierzytelniającą. Jej kodami można się teraz logować.".to_owned(),
        Notification::AuthenticatorRemoved => "Z konta usunięto aplikację uwierzytelniającą. Jej kody już nie działają.".to_owned(),
        Notification::RecoveryCodesCreated => "Dla konta utworzono nowe kody zapasowe. Stare już nie działają.".to_owned(),
        Notification::RecoveryCodeUsed { left } => format!("Do zalogowania na konto użyto kodu zapasowego. Nie można go użyć ponownie. Pozostało kodów:\n{left}."),
        Notification::FactorHeld => "Ktoś, kto zna hasło, wpisał zbyt wiele błędnych kodów. Ze względów bezpieczeństwa na\nrazie żaden kod nie jest przyjmowany. Ustawienie nowego hasła\nod razu znosi tę blokadę.".to_owned(),
        Notification::FactorFailures => "Ktoś użył hasła lub linku z poczty, a potem wpisał błędne kody. Logowanie się nie powiodło.".to_owned(),
        Notification::NewDeviceSignIn { device, at } => format!(
            "Ktoś zalogował się na konto z nowego urządzenia: {}.\nCzas logowania: {}, {}.",
            PAGE_TEXTS.sessions.device_name_or_unknown(device),
            format_day(CalendarDay::from_timestamp(*at)),
            format_time_of_day(*at)
        ),
        Notification::TwoFactorReset => "Administrator zresetował uwierzytelnianie dwuskładnikowe konta. Przy następnym logowaniu trzeba\nbędzie skonfigurować je ponownie.".to_owned(),
        Notification::PasswordResetRequested => "Ktoś poprosił o nowe hasło do konta. Ten link działa jeden raz, przez pół godziny. Jeśli dla\nkonta skonfigurowano uwierzytelnianie dwuskładnikowe, potrzebny będzie też kod.".to_owned(),
        Notification::PasswordChanged => "Hasło do konta zostało zmienione. Wszystkie inne urządzenia zostały wylogowane.".to_owned(),
        Notification::EmailProof => "Ktoś podał ten adres e-mail dla konta, najprawdopodobniej jego właściciel. Poniższy kod\npotwierdza, że adres należy do osoby, która go podała. Działa jeden raz, przez kwadrans.".to_owned(),
        Notification::EmailProofConflict => "Ten adres e-mail podano dla innego konta. Należy już do konta odbiorcy, więc niczego nie\nzmieniono.".to_owned(),
        Notification::EmailChangeRequested => "Dla konta podano nowy adres e-mail. Zastąpi on ten adres, gdy tylko zostanie wpisany kod, który\ntam wysłaliśmy.".to_owned(),
        Notification::EmailChanged { .. } => "Adres e-mail konta został zmieniony. Wiadomości są teraz wysyłane na nowy adres. Wszystkie inne\nurządzenia zostały wylogowane.".to_owned(),
        Notification::EmailRestored => "Zmianę adresu e-mail cofnięto linkiem z wiadomości. Wiadomości są znów wysyłane na poprzedni\nadres. Wszystkie urządzenia zostały wylogowane, a przed kolejnym logowaniem potrzebne jest nowe\nhasło. Jeśli konto miało zostać usunięte, pozostanie.\nNastępnie należy sprawdzić aplikację uwierzytelniającą i kody zapasowe: niedawno dodane\nusunięto.".to_owned(),
        Notification::UsernameChanged => "Nazwa użytkownika konta została zmieniona. Od teraz proszę logować się nową.".to_owned(),
        Notification::DeletionRequested { on } => format!("Zlecono usunięcie konta. Zostanie ono usunięte wraz ze wszystkimi danymi {}. Wszystkie\nurządzenia zostały wylogowane.", format_day(*on)),
        Notification::DeletionWithdrawn => "Konto miało zostać usunięte. Usunięcie cofnięto i konto pozostaje bez zmian.".to_owned(),
        Notification::AccountErased { on } => format!("Konto i jego dane usunięto {}. W każdej chwili można zarejestrować się ponownie.", format_day(*on)),
    }
}

/// Returns the Polish line before the URL or one-time code in a notification mail; `None` if the mail contains neither.
const fn select_line_before_link_or_code(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::ForgotPassword if notification.is_new_password_needed() => {
            "Nowe hasło można wybrać tutaj:"
        }
        NotificationPage::SignIn => "Jeśli to własna próba, proszę zalogować się na konto:",
        NotificationPage::ForgotPassword => {
            "Jeśli zrobił to ktoś inny, proszę od razu wybrać nowe hasło:"
        }
        NotificationPage::KeepAccount => {
            "Aby zachować konto, proszę zalogować się przed tym dniem:"
        }
        NotificationPage::ResetLink => "Nowe hasło można wybrać tutaj:",
        NotificationPage::EmailCode => "Kod:",
        NotificationPage::EmailChangeLink => {
            "Jeśli adres zmienia ktoś inny, można to zatrzymać tutaj:"
        }
        NotificationPage::RecoveryLink => {
            "Jeśli zgłoszenie jest prawdziwe, proszę je potwierdzić tutaj:"
        }
        NotificationPage::CancelRecoveryLink => {
            "Jeśli zgłoszenie nie jest prawdziwe, można je anulować tutaj:"
        }
        NotificationPage::UndoLink => "Jeśli zmienił to ktoś inny, można to cofnąć tutaj:",
    })
}

/// Returns the Polish words of the button in a notification mail; `None` if the mail contains neither link nor code.
const fn select_link_label(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Zaloguj się",
        NotificationPage::ForgotPassword | NotificationPage::ResetLink => "Wybierz nowe hasło",
        NotificationPage::EmailCode => "Wpisz kod",
        NotificationPage::EmailChangeLink => "Zatrzymaj zmianę",
        NotificationPage::KeepAccount => "Zachowaj konto",
        NotificationPage::RecoveryLink => "Potwierdź utratę",
        NotificationPage::CancelRecoveryLink => "Zachowaj numer",
        NotificationPage::UndoLink => "Cofnij zmianę",
    })
}

/// Returns the Polish words before the URL in a text message.
const fn select_words_before_sms_link(notification: &Notification) -> &'static str {
    if notification.is_new_password_needed() {
        "Nowe hasło:"
    } else {
        "Ktoś inny?"
    }
}

/// Returns the Polish advice after the link to the page of a new password; `None` if the mail has no such link.
const fn select_advice_after_password_link(notification: &Notification) -> Option<&'static str> {
    match notification.page() {
        Some(NotificationPage::ForgotPassword) => {
            Some("Jeśli to się nie uda, proszę zawiadomić administratora.")
        }
        _ => None,
    }
}

/// Returns the Polish advice for account holders who did not cause the event.
const fn select_advice_if_user_did_not_cause_event(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict | Notification::EmailProofConflict => {
            "Jeśli zrobił to ktoś inny, nie trzeba nic robić."
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
            "Zrobił to ktoś inny? Proszę od razu zawiadomić administratora."
        }
        Notification::TwoFactorReset | Notification::AccountErased { .. } => {
            "Jeśli o to nie proszono, proszę od razu zawiadomić administratora."
        }
        Notification::RecoveryRequested => {
            "Jeśli utraty nie zgłaszano, proszę nie otwierać linku i zmienić hasło."
        }
        Notification::RecoveryOpened { .. } | Notification::RecoveryReminder { .. } => {
            "Jeśli utraty nie zgłaszano, proszę też zmienić hasło."
        }
        Notification::PasswordResetRequested => {
            "Jeśli o to nie proszono, nie trzeba nic robić. Hasło się nie zmienia."
        }
        Notification::EmailProof => {
            "Jeśli adresu nie podawano, proszę nie przekazywać kodu. Nie trzeba robić nic więcej."
        }
        Notification::DeletionRequested { .. } => {
            "Jeśli zrobił to ktoś inny, proszę zalogować się od razu, aby zachować konto."
        }
    }
}

/// Formats the hours until an event in Polish, as the beginning of a sentence: "Za 72 godziny", or "Od teraz".
fn format_time_until(hours: u32) -> String {
    match hours {
        0 => "Od teraz".to_owned(),
        _ => format!("Za {}", format_hours(u64::from(hours))),
    }
}

/// Formats the hours until an event in short Polish: "za 72 h", or "od teraz".
fn format_time_until_for_sms(hours: u32) -> String {
    match hours {
        0 => "od teraz".to_owned(),
        _ => format!("za {hours} h"),
    }
}
