use crate::calendar_day::CalendarDay;
use crate::name::Username;
use crate::password::MIN_PASSWORD_CHARS;
use crate::payment_status::PaymentStatus;
use crate::problem::Problem;

// Texts that islands need too.
pub(super) const CODE_EXPIRED: &str =
    "Kod wygasł. Nowy kod można otrzymać, klikając „Wyślij ponownie”.";
pub(super) const COULD_NOT_SEND: &str = "Nie udało się wysłać kodu. Proszę spróbować ponownie.";
pub(super) const COULD_NOT_VERIFY: &str =
    "Nie udało się sprawdzić. Proszę sprawdzić połączenie i spróbować ponownie.";
pub(super) const BAD_REQUEST: &str = "Nie udało się odczytać żądania.";
pub(super) const INTERNAL: &str = "Wystąpił błąd po naszej stronie. Proszę spróbować ponownie.";

/// Returns the Polish error message for a refused request.
pub fn problem_text(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Missing => "Proszę wypełnić to pole.".into(),
        P::TooLong => "To jest zbyt długie.".into(),
        P::NameInvalid => "Dozwolone są tylko litery, spacje i znaki interpunkcyjne.".into(),
        P::UsernameInvalid => format!(
            "Dozwolone jest od {} do {} znaków: litery, cyfry, kropki, myślniki i podkreślenia.",
            Username::MIN_CHARS,
            Username::MAX_CHARS
        ),
        P::UsernameTaken => "Ta nazwa użytkownika jest już zajęta.".into(),
        P::EmailInvalid => "Proszę podać adres e‑mail w postaci nazwa@example.com.".into(),
        P::EmailTaken => "Adres e‑mail jest już zarejestrowany".into(),
        P::EmailUnchanged => "To jest obecny adres e‑mail. Proszę podać inny.".into(),
        P::EmailUnproven => "Najpierw proszę potwierdzić adres e‑mail.".into(),
        P::PhoneTaken => "Numer telefonu jest już zarejestrowany".into(),
        P::PasswordTooShort => format!(
            "Hasło musi mieć co najmniej {}.",
            format_count(MIN_PASSWORD_CHARS as u64, ["znak", "znaki", "znaków"])
        ),
        P::PasswordTooLong => "To hasło jest zbyt długie. Proszę wybrać krótsze.".into(),
        P::PasswordCommon => "To hasło jest zbyt popularne. Proszę wybrać inne.".into(),
        P::PasswordResembles => "Hasłem nie może być imię i nazwisko, adres e‑mail ani numer telefonu.".into(),
        P::PasswordUnchanged => "To jest obecne hasło. Proszę wybrać inne.".into(),
        P::PhoneInvalid => "Proszę podać prawidłowy numer telefonu, z numerem kierunkowym kraju, jeśli nie jest lokalny.".into(),
        P::PhoneUnsupported => "Numer tego rodzaju nie może odbierać kodów. Proszę podać numer komórkowy.".into(),
        P::PhoneCountryUnsupported => "Numery z tego kraju nie są przyjmowane. Proszę podać numer z innego kraju.".into(),
        P::PhoneUnreachable => "Nie możemy wysłać kodu na ten numer. Proszę go sprawdzić lub podać inny.".into(),
        P::CaptchaFailed => "Proszę potwierdzić, że nie jest to robot.".into(),
        P::Credentials => "Błędna nazwa użytkownika lub hasło. Po kilku nieudanych próbach proszę odczekać kilka minut.".into(),
        P::MethodUnavailable => "Ta metoda nie jest skonfigurowana dla tego konta.".into(),
        P::PhoneUnchanged => "To jest obecny numer. Proszę podać inny.".into(),
        P::PhoneUnavailable => "Tego numeru nie można użyć. Proszę podać inny.".into(),
        P::PhoneAccountLimitReached => "Ten numer telefonu ma już tyle kont, ile może mieć jeden numer. Proszę użyć innego.".into(),
        P::RecoveryCodeWrong => "To nie jest żaden z niewykorzystanych kodów zapasowych.".into(),
        P::RecoveryCodeMalformed => "Proszę wpisać kod zapasowy: 13 liter i cyfr, a w przypadku starszego kodu 24.".into(),
        P::PasswordWrong => "Błędne hasło. Po kilku nieudanych próbach proszę odczekać kilka minut.".into(),
        P::UsernameMismatch => "To nie jest nazwa użytkownika tego konta.".into(),
        P::ResetLinkInvalid => "Ten link wygasł, został już użyty lub jest niepełny. Proszę poprosić o nowy.".into(),
        P::LinkInvalid => "Ten link wygasł, został już użyty lub jest niepełny.".into(),
        P::ChangeWait { secs } => format!("Tę zmianę wykonano już kilka razy. Proszę spróbować ponownie za {}.", format_waiting_time(*secs)),
        P::ExportWait { secs } => format!("Dane pobrano już kilka razy. Proszę spróbować ponownie za {}.", format_waiting_time(*secs)),
        P::RecoveryPending { secs } => format!("Utratę telefonu już zgłoszono. Za {} do skonfigurowania nowego numeru wystarczy hasło.", format_waiting_time(*secs)),
        P::PasswordFromMail => "Hasło zresetowano wyłącznie przez e‑mail. Aby zastąpić także utracony telefon, proszę skontaktować się z administratorem.".into(),
        P::AuthenticatorVoided => "Zbyt wiele błędnych kodów. Proszę skonfigurować aplikację ponownie, z nowym kluczem.".into(),
        P::OnlyMethod => "To jedyna metoda tego konta. Najpierw proszę skonfigurować inną.".into(),
        P::StepUpNeeded => "Najpierw proszę potwierdzić tożsamość.".into(),
        P::SecondFactorNeeded => "Aby wykonywać płatności, proszę zalogować się z drugim składnikiem.".into(),
        P::LineInvalid => "Proszę usunąć znaki nowego wiersza i znaki sterujące.".into(),
        P::AmountInvalid => "Proszę podać kwotę cyframi, z przecinkiem przed miejscami dziesiętnymi, na przykład 1234,50.".into(),
        P::AmountTooFine { decimals: 0 } => "Kwoty w tej walucie nie mają miejsc dziesiętnych.".into(),
        P::AmountTooFine { decimals } => format!("Kwoty w tej walucie mają najwyżej {decimals} miejsca dziesiętne."),
        P::AmountNotPositive => "Proszę podać kwotę większą od zera.".into(),
        P::AmountTooLarge => "Ta kwota jest zbyt duża.".into(),
        P::CurrencyUnknown => "Proszę wybrać walutę z listy.".into(),
        P::PaymentUnknown => "Nie ma takiej płatności.".into(),
        P::PaymentSettled { status } => settled_payment_text(*status).into(),
        P::InvalidCode { attempts_remaining } => format!("Błędny kod. {}", format_remaining_attempts(*attempts_remaining)),
        P::UsedCode { attempts_remaining } => format!(
            "Ten kod został już użyty. Proszę poczekać na następny kod w aplikacji. {}",
            format_remaining_attempts(*attempts_remaining)
        ),
        P::CodeOfAnotherTime { attempts_remaining } => format!(
            "Ten kod jest prawidłowy dla innego czasu. Proszę sprawdzić, czy zegar urządzenia ustawia się automatycznie. {}",
            format_remaining_attempts(*attempts_remaining)
        ),
        P::MalformedCode { digits } => format!("Proszę wpisać cały kod. Liczba cyfr: {digits}."),
        P::CodeExpired => CODE_EXPIRED.into(),
        P::TooManyAttempts => "Zbyt wiele prób. Proszę rozpocząć logowanie od nowa.".into(),
        P::AttemptsUsedUp => "Zbyt wiele prób. Proszę zacząć od nowa.".into(),
        P::CouldNotSend => COULD_NOT_SEND.into(),
        P::CouldNotVerify => COULD_NOT_VERIFY.into(),
        P::ResendWait { secs } => format!("O kolejny kod będzie można poprosić za {}.", format_waiting_time(*secs)),
        P::FactorHeld { secs } if *secs > P::LONGEST_TEMPORARY_HOLD_SECS => "Zbyt wiele błędnych kodów dla tego konta. Proszę użyć „Zapomniane hasło?” lub skontaktować się z administratorem.".into(),
        P::FactorHeld { secs } => format!("Zbyt wiele błędnych kodów dla tego konta. Proszę spróbować ponownie za {}.", format_waiting_time(*secs)),
        P::ResetHeld { .. } => "Zbyt wiele błędnych kodów dla tego konta. Proszę skontaktować się z administratorem.".into(),
        P::Cooling { secs } => format!("Numer telefonu niedawno zmieniono. Ze względów bezpieczeństwa będzie to możliwe za {}.", format_waiting_time(*secs)),
        P::Busy => "Ostatni wpis jest jeszcze sprawdzany. Proszę chwilę zaczekać.".into(),
        P::FlowEnded => "Ten krok wygasł lub został ukończony gdzie indziej. Proszę zacząć od nowa.".into(),
        P::LimitReached { secs } => format!("Zbyt wiele żądań. Proszę spróbować ponownie za {}.", format_waiting_time(*secs)),
        P::Overloaded { secs } => format!("Mamy teraz bardzo duży ruch. Proszę spróbować ponownie za {}.", format_waiting_time(*secs)),
        P::BadRequest => BAD_REQUEST.into(),
        P::Internal => INTERNAL.into(),
    }
}

/// Returns the Polish error message for an action on a payment that already has the final status `status`.
const fn settled_payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending => "Płatność nie jest jeszcze potwierdzona",
        PaymentStatus::Processing => "Płatność jest już w toku",
        PaymentStatus::Completed => "Płatność została już wykonana",
        PaymentStatus::Failed => "Płatność zakończyła się już niepowodzeniem",
        PaymentStatus::Expired => "Płatność już wygasła",
    }
}

/// Formats a waiting time of `secs` seconds in Polish, rounded up: "30 sekund", "12 minut", "3 godziny".
fn format_waiting_time(secs: u64) -> String {
    match secs {
        0..=90 => format_count(secs.max(1), ["sekundę", "sekundy", "sekund"]),
        91..=5400 => format_count(secs.div_ceil(60), ["minutę", "minuty", "minut"]),
        _ => format_hours(secs.div_ceil(3600)),
    }
}

/// Formats the number of remaining attempts in Polish: "Pozostała 1 próba.", "Pozostały 2 próby.", "Pozostało 5 prób.".
fn format_remaining_attempts(left: u32) -> String {
    let left = u64::from(left);
    let verb = select_polish_plural_form(left, ["Pozostała", "Pozostały", "Pozostało"]);
    format!("{verb} {}.", format_count(left, ["próba", "próby", "prób"]))
}

/// Formats a number of hours in Polish: "1 godzinę", "2 godziny", "5 godzin".
pub(super) fn format_hours(hours: u64) -> String {
    format_count(hours, ["godzinę", "godziny", "godzin"])
}

/// Formats a number with its Polish unit: "1 próba", "2 próby", "5 prób", "22 próby" (see
/// [`select_polish_plural_form`]).
pub(super) fn format_count(count: u64, forms: [&str; 3]) -> String {
    format!("{count} {}", select_polish_plural_form(count, forms))
}

/// Returns the Polish word form for a number (CLDR).
///
/// The forms are one, few (2 to 4, but not 12 to 14) and many.
pub(super) const fn select_polish_plural_form(count: u64, [one, few, many]: [&str; 3]) -> &str {
    match (count, count % 10, count % 100) {
        (1, _, _) => one,
        (_, _, 12..=14) => many,
        (_, 2..=4, _) => few,
        _ => many,
    }
}

/// Formats a day in Polish notation: "31.01.2026".
pub(super) fn format_day(day: CalendarDay) -> String {
    format!("{:02}.{:02}.{:04}", day.day, day.month, day.year)
}
