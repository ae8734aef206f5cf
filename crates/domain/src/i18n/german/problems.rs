use crate::calendar_day::CalendarDay;
use crate::name::Username;
use crate::password::MIN_PASSWORD_CHARS;
use crate::payment_status::PaymentStatus;
use crate::problem::Problem;

// Texts that islands need too.
pub(super) const CODE_EXPIRED: &str =
    "Der Code ist abgelaufen. Fordern Sie mit „Erneut senden“ einen neuen an.";
pub(super) const COULD_NOT_SEND: &str =
    "Der Code konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.";
pub(super) const COULD_NOT_VERIFY: &str =
    "Die Prüfung ist nicht gelungen. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.";
pub(super) const BAD_REQUEST: &str = "Die Anfrage war nicht zu verstehen.";
pub(super) const INTERNAL: &str =
    "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.";

/// Returns the German error message for a refused request.
pub fn problem_text(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Missing => "Bitte füllen Sie dieses Feld aus.".into(),
        P::TooLong => "Das ist zu lang.".into(),
        P::NameInvalid => "Bitte verwenden Sie nur Buchstaben, Leer- und Satzzeichen.".into(),
        P::UsernameInvalid => format!(
            "Verwenden Sie {} bis {} Buchstaben, Ziffern, Punkte, Binde- oder Unterstriche.",
            Username::MIN_CHARS,
            Username::MAX_CHARS
        ),
        P::UsernameTaken => "Dieser Benutzername ist schon vergeben.".into(),
        P::EmailInvalid => "Geben Sie eine E‑Mail-Adresse wie name@example.com ein.".into(),
        P::EmailTaken => "E‑Mail-Adresse schon registriert".into(),
        P::EmailUnchanged => "Das ist bereits Ihre E‑Mail-Adresse. Geben Sie eine andere ein.".into(),
        P::EmailUnproven => "Bestätigen Sie zuerst Ihre E‑Mail-Adresse.".into(),
        P::PhoneTaken => "Telefonnummer schon registriert".into(),
        P::PasswordTooShort => format!("Verwenden Sie mindestens {MIN_PASSWORD_CHARS} Zeichen."),
        P::PasswordTooLong => "Dieses Passwort ist zu lang. Wählen Sie ein kürzeres.".into(),
        P::PasswordCommon => "Dieses Passwort ist zu verbreitet. Wählen Sie ein anderes.".into(),
        P::PasswordResembles => "Verwenden Sie nicht Ihren Namen, Ihre E‑Mail-Adresse oder Ihre Telefonnummer als Passwort.".into(),
        P::PasswordUnchanged => "Das ist das bisherige Passwort. Wählen Sie ein anderes.".into(),
        P::PhoneInvalid => "Geben Sie eine gültige Telefonnummer ein, mit Ländervorwahl, wenn sie nicht von hier ist.".into(),
        P::PhoneUnsupported => "Eine Nummer dieser Art kann keine Codes empfangen. Verwenden Sie eine Mobilnummer.".into(),
        P::PhoneCountryUnsupported => "Telefonnummern dieses Landes werden nicht angenommen. Verwenden Sie eine Nummer eines anderen Landes.".into(),
        P::PhoneUnreachable => "An diese Nummer können wir keinen Code senden. Prüfen Sie sie, oder verwenden Sie eine andere.".into(),
        P::CaptchaFailed => "Bitte bestätigen Sie, dass Sie kein Roboter sind.".into(),
        P::Credentials => "Benutzername oder Passwort ist falsch. Warten Sie nach mehreren Fehlversuchen einige Minuten, bevor Sie es wieder versuchen.".into(),
        P::MethodUnavailable => "Diese Methode ist für Ihr Konto nicht eingerichtet.".into(),
        P::PhoneUnchanged => "Das ist bereits Ihre Nummer. Geben Sie eine andere ein.".into(),
        P::PhoneUnavailable => "Diese Nummer kann nicht verwendet werden. Geben Sie eine andere ein.".into(),
        P::PhoneAccountLimitReached => "Diese Telefonnummer hat schon so viele Konten, wie eine Nummer haben darf. Verwenden Sie eine andere.".into(),
        P::RecoveryCodeWrong => "Das ist keiner Ihrer unbenutzten Wiederherstellungscodes.".into(),
        P::RecoveryCodeMalformed => "Geben Sie einen Wiederherstellungscode ein: 13 Buchstaben und Ziffern, bei älteren Codes 24.".into(),
        P::PasswordWrong => "Das Passwort ist falsch. Warten Sie nach mehreren Fehlversuchen einige Minuten, bevor Sie es wieder versuchen.".into(),
        P::UsernameMismatch => "Das ist nicht Ihr Benutzername.".into(),
        P::ResetLinkInvalid => "Dieser Link ist abgelaufen, schon benutzt oder unvollständig. Fordern Sie einen neuen an.".into(),
        P::LinkInvalid => "Dieser Link ist abgelaufen, schon benutzt oder unvollständig.".into(),
        P::ChangeWait { secs } => format!("Sie haben das mehrmals geändert. Versuchen Sie es in {} wieder.", format_waiting_time(*secs)),
        P::ExportWait { secs } => format!("Sie haben Ihre Daten mehrmals heruntergeladen. Versuchen Sie es in {} wieder.", format_waiting_time(*secs)),
        P::RecoveryPending { secs } => format!("Ihr Telefon ist schon als verloren gemeldet. In {} genügt Ihr Passwort, um eine neue Nummer einzurichten.", format_waiting_time(*secs)),
        P::PasswordFromMail => "Sie haben Ihr Passwort allein über E‑Mail zurückgesetzt. Um auch ein verlorenes Telefon zu ersetzen, wenden Sie sich an Ihre Administration.".into(),
        P::AuthenticatorVoided => "Zu viele falsche Codes. Bitte richten Sie die App mit einem neuen Schlüssel noch einmal ein.".into(),
        P::OnlyMethod => "Das ist die einzige Methode Ihres Kontos. Richten Sie zuerst eine andere ein.".into(),
        P::StepUpNeeded => "Bitte bestätigen Sie zuerst, dass Sie es sind.".into(),
        P::SecondFactorNeeded => "Melden Sie sich mit einem zweiten Faktor an, um Zahlungen zu machen.".into(),
        P::LineInvalid => "Bitte lassen Sie Zeilenumbrüche und Steuerzeichen weg.".into(),
        P::AmountInvalid => "Geben Sie den Betrag in Ziffern ein, mit einem Komma vor den Nachkommastellen, wie 1234,50.".into(),
        P::AmountTooFine { decimals: 0 } => "Beträge in dieser Währung haben keine Nachkommastellen.".into(),
        P::AmountTooFine { decimals } => format!("Beträge in dieser Währung haben höchstens {decimals} Nachkommastellen."),
        P::AmountNotPositive => "Geben Sie einen Betrag größer als null ein.".into(),
        P::AmountTooLarge => "Dieser Betrag ist zu groß.".into(),
        P::CurrencyUnknown => "Wählen Sie eine Währung aus der Liste.".into(),
        P::PaymentUnknown => "Diese Zahlung gibt es nicht.".into(),
        P::PaymentSettled { status } => settled_payment_text(*status).into(),
        P::InvalidCode { attempts_remaining } => format!("Ungültiger Code. {}", format_remaining_attempts(*attempts_remaining)),
        P::UsedCode { attempts_remaining } => format!(
            "Dieser Code wurde schon benutzt. Warten Sie auf den nächsten Code in Ihrer App. {}",
            format_remaining_attempts(*attempts_remaining)
        ),
        P::CodeOfAnotherTime { attempts_remaining } => format!(
            "Der Code gilt für eine andere Zeit. Prüfen Sie, ob die Uhr Ihres Geräts automatisch gestellt wird. {}",
            format_remaining_attempts(*attempts_remaining)
        ),
        P::MalformedCode { digits } => format!("Geben Sie die {digits} Ziffern des Codes ein."),
        P::CodeExpired => CODE_EXPIRED.into(),
        P::TooManyAttempts => "Zu viele Versuche. Bitte beginnen Sie die Anmeldung von vorn.".into(),
        P::AttemptsUsedUp => "Zu viele Versuche. Bitte beginnen Sie von vorn.".into(),
        P::CouldNotSend => COULD_NOT_SEND.into(),
        P::CouldNotVerify => COULD_NOT_VERIFY.into(),
        P::ResendWait { secs } => format!("In {} können Sie einen neuen Code anfordern.", format_waiting_time(*secs)),
        P::FactorHeld { secs } if *secs > P::LONGEST_TEMPORARY_HOLD_SECS => "Zu viele falsche Codes für dieses Konto. Nutzen Sie „Passwort vergessen?“, oder wenden Sie sich an Ihre Administration.".into(),
        P::FactorHeld { secs } => format!("Zu viele falsche Codes für dieses Konto. Versuchen Sie es in {} wieder.", format_waiting_time(*secs)),
        P::ResetHeld { .. } => "Zu viele falsche Codes für dieses Konto. Wenden Sie sich an Ihre Administration.".into(),
        P::Cooling { secs } => format!("Ihre Telefonnummer wurde vor Kurzem geändert. Zu Ihrer Sicherheit geht das erst in {}.", format_waiting_time(*secs)),
        P::Busy => "Ihre letzte Eingabe wird noch geprüft. Bitte warten Sie einen Moment.".into(),
        P::FlowEnded => "Dieser Schritt ist abgelaufen oder wurde anderswo abgeschlossen. Bitte beginnen Sie von vorn.".into(),
        P::LimitReached { secs } => format!("Zu viele Anfragen. Versuchen Sie es in {} wieder.", format_waiting_time(*secs)),
        P::Overloaded { secs } => format!("Gerade ist sehr viel los. Bitte versuchen Sie es in {} wieder.", format_waiting_time(*secs)),
        P::BadRequest => BAD_REQUEST.into(),
        P::Internal => INTERNAL.into(),
    }
}

/// Formats the number of remaining attempts in German: "Noch 1 Versuch.", "Noch 2 Versuche.".
fn format_remaining_attempts(left: u32) -> String {
    match left {
        1 => "Noch 1 Versuch.".into(),
        more => format!("Noch {more} Versuche."),
    }
}

/// Returns the German error message for an action on a payment that already has the final status `status`.
const fn settled_payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending => "Die Zahlung ist noch nicht bestätigt",
        PaymentStatus::Processing => "Die Zahlung wird schon ausgeführt",
        PaymentStatus::Completed => "Die Zahlung ist bereits ausgeführt",
        PaymentStatus::Failed => "Die Zahlung ist bereits fehlgeschlagen",
        PaymentStatus::Expired => "Die Zahlung ist bereits abgelaufen",
    }
}

/// Formats a waiting time of `secs` seconds in German, rounded up: "30 Sekunden", "12 Minuten", "3 Stunden".
fn format_waiting_time(secs: u64) -> String {
    match secs {
        0..=90 => format_count(secs.max(1), "Sekunde", "Sekunden"),
        91..=5400 => format_count(secs.div_ceil(60), "Minute", "Minuten"),
        _ => format_count(secs.div_ceil(3600), "Stunde", "Stunden"),
    }
}

/// Formats a number with its German unit in the dative: "1 Tag", "2 Tagen".
///
/// The dative follows "in" and "vor".
pub(super) fn format_count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Formats a day in German notation: "31.01.2026".
pub(super) fn format_day(day: CalendarDay) -> String {
    format!("{:02}.{:02}.{:04}", day.day, day.month, day.year)
}
