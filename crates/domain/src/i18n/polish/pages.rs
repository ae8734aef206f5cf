use super::activity::activity_event_text;
use super::countries::country_name;
use super::flash_messages::flash_message_text;
use super::islands::ISLAND_TEXTS;
use super::payments::PAYMENT_TEXTS;
use super::problems::{format_count, format_hours, problem_text, select_polish_plural_form};
use crate::i18n::islands::PlaceholderText;
use crate::i18n::pages::{
    AuthenticatorTexts, DashboardTexts, DeletionTexts, EmailTexts, ErrorPageTexts, ExportTexts,
    FrameTexts, HistoryTexts, LostPhoneTexts, NotFoundTexts, PageTexts, PasswordResetTexts,
    PhoneTexts, ProfileTexts, RecoveryPageTexts, RegistrationTexts, SessionTexts, StepUpTexts,
    TimeAgo, TimeTexts,
};

pub static PAGE_TEXTS: PageTexts = PageTexts {
    shared: &ISLAND_TEXTS,
    problem: problem_text,
    frame: FrameTexts {
        description: |service| format!("Logowanie do {service} hasłem i kodem z telefonu."),
        skip: "Przejdź do treści",
        account: "Konto",
        profile: "Profil",
        payments: "Płatności",
        sign_out: "Wyloguj",
        links: "Pomoc i informacje prawne",
        support: "Pomoc",
        imprint: "Dane firmy",
        privacy: "Prywatność",
        terms: "Regulamin",
        language: "Język",
    },
    not_found: NotFoundTexts {
        title: "Nie znaleziono strony",
        text: "Pod tym adresem nic nie ma.",
        home: |service| format!("Przejdź do {service}"),
    },
    ended_title: "Proszę zacząć od nowa",
    held_title: "Proszę spróbować później",
    register: RegistrationTexts {
        title: "Utwórz konto",
        already: "Konto już istnieje? ",
        credentials_title: "Hasło i telefon",
        verify_title: "Potwierdź numer telefonu",
        will_send: PlaceholderText {
            before: "Wyślemy kod SMS-em na numer ",
            after: "",
        },
        change_details: "Zmień dane",
        steps: ["Dane", "Hasło i telefon", "Weryfikacja"],
    },
    verify_title: "Wpisz kod",
    otp_explanation: None,
    not_you: "Inna osoba?",
    valid_until: PlaceholderText {
        before: "Kod jest ważny do ",
        after: ".",
    },
    reload_to_resend: PlaceholderText {
        before: "Aby poprosić o kolejny kod, proszę odświeżyć tę stronę po ",
        after: ".",
    },
    authenticator_prompt: "Proszę wpisać kod z aplikacji uwierzytelniającej.",
    dashboard: DashboardTexts {
        title: "Pulpit",
        welcome: |name| format!("Zalogowano jako {name}."),
        failures: |failures| {
            format!(
                "Przed tym logowaniem po prawidłowym haśle wpisano {}. Czy to znane próby? ",
                format_count(
                    failures as u64,
                    ["błędny kod", "błędne kody", "błędnych kodów"]
                )
            )
        },
        failures_advice: "Jeśli nie, proszę zmienić hasło. ",
        security: "Bezpieczeństwo",
        last_sign_in: "Ostatnie inne logowanie",
        no_other_sign_in: "Nie było innych logowań.",
    },
    profile: ProfileTexts {
        title: "Profil",
        methods: "Metody logowania",
        activity: "Aktywność",
        on: "Włączone",
        not_set_up: "Nieskonfigurowane",
        running_out: "Kończą się",
        set_up: "Skonfiguruj",
        manage: "Zarządzaj",
        change_phone: "Zmień numer telefonu",
        change_password: "Zmień hasło",
        phone_country: "Kraj numeru",
        country_name,
        app_benefit: "Aplikacja pokazuje kody, także bez zasięgu.",
        codes_left: |left| match left {
            0 => "Brak. Bez telefonu nie można by się zalogować.".to_owned(),
            left => {
                let left = u64::from(left);
                let verb = select_polish_plural_form(left, ["Pozostał", "Pozostały", "Pozostało"]);
                format!("{verb} {left}")
            }
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Zapomniane hasło?",
        forgot_lead: "Proszę podać nazwę użytkownika lub adres e‑mail. Na adres e‑mail konta wyślemy link, za pomocą którego można wybrać nowe hasło.",
        forgot_without_mail: "Ta usługa nie może wysyłać wiadomości e‑mail, więc nie może wysłać linku. O nowe hasło należy poprosić administratora.",
        link_advice: |minutes| {
            format!(
                "Link działa jeden raz, przez {minutes} minut. Proszę sprawdzić też folder ze spamem."
            )
        },
        back: "Wróć do logowania",
        title: "Wybierz nowe hasło",
        lead: "Potem poprosimy o kod, jeśli konto ma drugi składnik.",
        invalid_title: "Ten link nie działa",
        again: "Poproś o nowy link",
        factor: "Proszę potwierdzić tożsamość kodem. Wtedy nowe hasło zostanie zapisane.",
    },
    email: EmailTexts {
        verify_title: "Potwierdź adres e‑mail",
        confirmed: "Potwierdzony",
        not_confirmed: "Niepotwierdzony",
        will_send: PlaceholderText {
            before: "Wyślemy kod na adres ",
            after: ". Proszę wpisać go tutaj, aby potwierdzić adres.",
        },
        sent_to: PlaceholderText {
            before: "Jeśli tego adresu można użyć dla konta, wysłaliśmy kod na adres ",
            after: ". Kod jest ważny 15 minut.",
        },
        code_expired: "Kod wygasł.",
        other_address: "Użyj innego adresu",
        change_title: "Zmień adres e‑mail",
        current: "Obecny adres e‑mail",
        change_lead: "Wyślemy kod na nowy adres i wiadomość na obecny.",
        change_lead_unverified: "Wyślemy kod na nowy adres.",
        cancel_title: "Zatrzymać zmianę adresu e‑mail?",
        cancel_lead: "Konto zachowa obecny adres i zostanie wylogowane na wszystkich urządzeniach.",
        cancel: "Zatrzymaj zmianę",
        cancel_not_needed: "Jeśli ta zmiana adresu jest zamierzona, nie trzeba nic robić.",
        invalid_title: "Ten link nie działa",
        to_sign_in: "Przejdź do logowania",
    },
    name_title: "Zmień imię i nazwisko lub nazwę użytkownika",
    lost_phone: LostPhoneTexts {
        title: "Telefon utracony?",
        lead: |count| {
            match count {
                0 => "Wyślemy e‑mailem link. Po jego otwarciu i potwierdzeniu do skonfigurowania nowego numeru w tej samej przeglądarce wystarczy hasło, a konto zostanie zachowane.".to_owned(),
                _ => format!(
                    "Wyślemy e‑mailem link. Po jego otwarciu i potwierdzeniu trzeba odczekać {}. Potem do skonfigurowania nowego numeru w tej samej przeglądarce wystarczy hasło, a konto zostanie zachowane.",
                    format_hours(count)
                ),
            }
        },
        other_ways: "Kod zapasowy lub aplikacja uwierzytelniająca działa od razu: wystarczy zalogować się w ten sposób i zmienić numer w profilu.",
        open_title: "Czy telefon jest utracony?",
        open_lead: |count| {
            match count {
                0 => "Powiadomimy teraz adres e‑mail i dotychczasowy numer. Potem będzie można zalogować się hasłem w tej przeglądarce i skonfigurować nowy numer.".to_owned(),
                _ => format!(
                    "Czas oczekiwania trwa {}. Powiadomimy teraz adres e‑mail i dotychczasowy numer, a w połowie tego czasu jeszcze raz. Potem będzie można zalogować się hasłem w tej przeglądarce i skonfigurować nowy numer.",
                    format_hours(count)
                ),
            }
        },
        open: "Zgłaszam utratę telefonu",
        open_not_needed: "Jeśli telefon jest nadal dostępny, nie trzeba tu nic robić. Jeśli ta wiadomość przyszła bez prośby o nią, proszę zmienić hasło.",
        other_browser: "Nowy numer można skonfigurować w przeglądarce, w której potwierdzono utratę telefonu. Dla tej przeglądarki wyślemy e‑mailem nowy link.",
        move_title: "Skonfigurować nowy numer w tej przeglądarce?",
        move_lead: |count| {
            match count {
                0 => "Czas oczekiwania minął. Po potwierdzeniu można zalogować się hasłem w tej przeglądarce i skonfigurować nowy numer.".to_owned(),
                _ => format!(
                    "Czas oczekiwania minie za {}. Potem będzie można zalogować się hasłem w tej przeglądarce i skonfigurować nowy numer.",
                    format_hours(count)
                ),
            }
        },
        move_here: "Użyj tej przeglądarki",
        move_not_needed: "Aby kontynuować w poprzedniej przeglądarce, nie trzeba tu nic robić.",
        cancel_title: "Zachować numer telefonu?",
        cancel_lead: "Zgłoszono utratę telefonu. Jeśli telefon nie zginął lub utraty nie zgłaszano, zgłoszenie należy anulować.",
        cancel: "Anuluj i zachowaj numer",
        cancel_not_needed: "Jeśli to zgłoszenie jest zamierzone, nie trzeba nic robić.",
        question_title: "Zgłoszono utratę telefonu. Czy to prawdziwe zgłoszenie?",
        question_lead: "Utratę zgłoszono z użyciem hasła i poczty e‑mail. Jeśli telefon nie zginął, proszę anulować zgłoszenie. Jeśli zgłoszenie nie jest prawdziwe, proszę też zmienić hasło.",
        not_me: "Anuluj zgłoszenie",
        was_me: "To moje zgłoszenie, kontynuuj",
        reported: "Zgłoszono utratę telefonu. Proszę podać nowy numer.",
        other_factor: "Jeśli telefon, aplikacja uwierzytelniająca lub kod zapasowy są nadal dostępne, można zachować numer.",
        keep_number: "Zachowaj numer",
        pending: "Zgłoszono utratę telefonu.",
        check: "Sprawdź zgłoszenie",
        undo_title: "Cofnąć zmianę numeru telefonu?",
        undo_lead: "Konto odzyska ten numer i zostanie wylogowane na wszystkich urządzeniach. Przed kolejnym logowaniem trzeba będzie zresetować hasło.",
        undo_email_title: "Cofnąć zmianę adresu e‑mail?",
        undo_email_lead: "Konto odzyska ten adres i zostanie wylogowane na wszystkich urządzeniach. Przed kolejnym logowaniem trzeba będzie zresetować hasło.",
        undo_until: PlaceholderText {
            before: "Ten link działa do ",
            after: ".",
        },
        undo: "Cofnij zmianę",
        undo_not_needed: "Jeśli ta zmiana była zamierzona, nie trzeba nic robić.",
        invalid_title: "Ten link nie działa",
        to_sign_in: "Przejdź do logowania",
    },
    export: ExportTexts {
        title: "Pobierz dane",
        lead: "Plik ze wszystkim, co przechowujemy o właścicielu konta: dane, sesje, aktywność i płatności.",
        advice: "Plik ma format JSON, dla innych programów. Proszę przechowywać go tak, aby nikt inny nie mógł go odczytać.",
        download: "Pobierz",
    },
    deletion: DeletionTexts {
        title: "Dane",
        delete_title: "Usuń konto",
        delete_lead: |days| {
            format!(
                "Konto zostanie usunięte {} po potwierdzeniu. Do tego czasu można się zalogować, aby je zachować.",
                format_count(days, ["dzień", "dni", "dni"])
            )
        },
        delete_effects: [
            "Wszystkie urządzenia zostaną od razu wylogowane, a płatności czekające na kod anulowane.",
            "Potem imię i nazwisko, adresy, sesje i historia zostaną usunięte. Tego nie można cofnąć.",
            "Kwoty i czasy wykonanych płatności pozostaną w księgach, bez imienia i nazwiska.",
        ],
        keep_title: "Zachować konto?",
        keep_lead: PlaceholderText {
            before: "Konto zostanie usunięte ",
            after: ". Czy je zachować?",
        },
        keep: "Zachowaj moje konto",
        do_not_keep: "Wyloguj i pozwól usunąć",
    },
    phone: PhoneTexts {
        country: "Kraj",
        invalid: "Proszę podać prawidłowy numer telefonu. Proszę sprawdzić cyfry i kraj.",
        sms_risk: "Wiadomości można przechwycić: kodu nigdy nie należy nikomu podawać.",
        sms_risk_and_alternative: "Wiadomości można przechwycić: kodu nigdy nie należy nikomu podawać. Po zalogowaniu można zamiast tego dodać aplikację uwierzytelniającą.",
        title: "Zmień numer telefonu",
        current: "Obecny numer telefonu",
        verified: PlaceholderText {
            before: "Nowy numer ",
            after: " jest potwierdzony. Proszę zatwierdzić, aby używać go od teraz.",
        },
    },
    authenticator: AuthenticatorTexts {
        title: "Aplikacja uwierzytelniająca",
        intro: "Aplikacja w telefonie pokazuje co 30 sekund nowy kod. Działa bez zasięgu i nie ma wiadomości, którą można by przechwycić.",
        set_up: "Skonfiguruj aplikację uwierzytelniającą",
        since: "Skonfigurowano",
        new_phone: "Nowy telefon? Aplikację można zastąpić: stara działa do potwierdzenia nowej.",
        replace: "Zastąp",
        old_works: "Obecna aplikacja działa do potwierdzenia nowej.",
        scan: "Proszę zeskanować ten kod aplikacją uwierzytelniającą, a potem wpisać 6 cyfr, które pokaże.",
        qr: "Kod QR dla aplikacji uwierzytelniającej",
        open_here: "Otwórz w aplikacji na tym urządzeniu",
        or_type: "Można też wpisać ten klucz w aplikacji:",
    },
    recovery: RecoveryPageTexts {
        title: "Kody zapasowe",
        intro: "Każdy kod zapasowy pozwala zalogować się jeden raz bez telefonu.",
        none: "Nie ma kodów zapasowych.",
        left: "Pozostałe kody",
        created: "Utworzono",
        left_of: |left, all| format!("{left} z {all}"),
        replace_text: |left| match left {
            0 => "Wszystkie kody zostały już użyte.".to_owned(),
            1 => "Pozostały kod przestanie działać.".to_owned(),
            more => {
                let more = u64::from(more);
                let verb =
                    select_polish_plural_form(more, ["przestanie", "przestaną", "przestanie"]);
                let codes = ["pozostały kod", "pozostałe kody", "pozostałych kodów"];
                format!("{} {verb} działać.", format_count(more, codes))
            }
        },
        create: "Utwórz kody zapasowe",
        shown_once: "Te kody są pokazywane tylko ten jeden raz. Proszę je zapisać przed opuszczeniem tej strony.",
        keep: "Proszę przechowywać je w miejscu niedostępnym dla innych. Każdy działa jeden raz; wcześniejsze kody już nie działają.",
        download: "Pobierz",
        done: "Gotowe",
        file_name: |service| format!("{service}-kody-zapasowe"),
        file_title: |service| format!("Kody zapasowe: {service}"),
        file_advice: [
            "Każdy kod działa jeden raz, zamiast kodu z telefonu.",
            "Proszę przechowywać ten plik w miejscu niedostępnym dla innych.",
        ],
    },
    sessions: SessionTexts {
        title: "Zalogowane urządzenia",
        intro: "Nieznane urządzenie proszę wylogować, a następnie zmienić hasło i zawiadomić administratora.",
        end_others: "Wyloguj wszystkie inne urządzenia",
        this: "To urządzenie",
        end: "Wyloguj",
        end_named: |device| format!("Wyloguj: {device}"),
        device: |browser, system| format!("{browser}, {system}"),
        unknown_device: "Nieznane urządzenie",
        program: "Aplikacja lub inna usługa",
        signed_in: "Zalogowano ",
        last_active: "Ostatnia aktywność: ",
    },
    history: HistoryTexts {
        title: "Historia bezpieczeństwa",
        intro: "Co działo się z kontem i skąd.",
        pages: "Strony",
        older: "Starsze",
        newest: "Najnowsze",
        by_service: "Przez tę usługę",
        activity_event: activity_event_text,
    },
    payments: PAYMENT_TEXTS,
    step_up: StepUpTexts {
        password: "Przed kontynuacją proszę potwierdzić tożsamość: najpierw hasłem, potem kodem.",
        factor: "Proszę potwierdzić tożsamość.",
    },
    time: TimeTexts {
        months: [
            "stycznia",
            "lutego",
            "marca",
            "kwietnia",
            "maja",
            "czerwca",
            "lipca",
            "sierpnia",
            "września",
            "października",
            "listopada",
            "grudnia",
        ],
        day: |day, month, year| format!("{day} {month} {year}"),
        exact: |day, month, year, time| format!("{day} {month} {year}, {time} UTC"),
        ago: |since| match since {
            TimeAgo::Now => "przed chwilą".to_owned(),
            TimeAgo::Minutes(minutes) => {
                format!(
                    "{} temu",
                    format_count(minutes, ["minutę", "minuty", "minut"])
                )
            }
            TimeAgo::Hours(count) => format!("{} temu", format_hours(count)),
            TimeAgo::Days(days) => format!("{} temu", format_count(days, ["dzień", "dni", "dni"])),
        },
    },
    error_page: ErrorPageTexts {
        title: "Nie udało się",
        home: "Wróć na początek",
        cross_site: "To żądanie pochodziło z innej witryny i nie zostało wykonane.",
        not_found: "Pod tym adresem nie ma strony.",
        too_slow: "Żądanie docierało zbyt wolno. Proszę spróbować ponownie.",
        too_large: "Żądanie jest zbyt duże.",
        too_many: "Zbyt wiele żądań. Proszę chwilę zaczekać.",
        busy: "Mamy teraz bardzo duży ruch. Proszę spróbować ponownie za chwilę.",
        internal: "Wystąpił błąd po naszej stronie. Proszę spróbować ponownie.",
        malformed: "Nie udało się odczytać żądania.",
        request_id: "W razie kontaktu z pomocą techniczną proszę podać ten identyfikator:",
    },
    flash_message: flash_message_text,
};
