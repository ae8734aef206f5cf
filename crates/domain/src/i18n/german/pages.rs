use super::payments::PAYMENTS;
use super::{WORDS, count};
use crate::i18n::{
    Around, Authenticator, Dashboard, Frame, History, Moments, NotFound, Pages, Phone, Profile,
    RecoveryPage, Refused, Register, Sessions, Since, StepUp,
};
use crate::{ActivityEvent, FlashMessage, Method};

pub static PAGES: Pages = Pages {
    shared: &WORDS,
    frame: Frame {
        skip: "Zum Inhalt springen",
        account: "Konto",
        profile: "Profil",
        sign_out: "Abmelden",
        language: "Sprache",
    },
    not_found: NotFound {
        title: "Seite nicht gefunden",
        text: "Unter dieser Adresse gibt es nichts.",
        home: "Zu Sallyport",
    },
    ended_title: "Bitte beginnen Sie noch einmal",
    register: Register {
        title: "Konto anlegen",
        already: "Schon registriert? ",
        credentials_title: "Passwort und Telefon",
        verify_title: "Telefonnummer bestätigen",
        will_send: Around {
            before: "Wir senden einen Code per SMS an ",
            after: "",
        },
        change_number: "Nummer ändern",
        steps: ["Ihre Angaben", "Passwort und Telefon", "Bestätigen"],
    },
    verify_title: "Code eingeben",
    totp_lead: "Geben Sie den Code ein, den Ihre Authenticator-App zeigt.",
    dashboard: Dashboard {
        title: "Übersicht",
        welcome: |name| format!("Sie sind angemeldet, {name}."),
        failures: |count| {
            format!(
                "Vor Ihrer Anmeldung wurden nach Ihrem Passwort {count} falsche Codes eingegeben. Waren Sie das? "
            )
        },
        offer: "Wenn Sie Ihr Telefon verlieren, kommen Sie mit einem Wiederherstellungscode hinein. ",
    },
    profile: Profile {
        title: "Profil",
        methods: "Anmeldemethoden",
        activity: "Aktivität",
        on: "Ein",
        not_set_up: "Nicht eingerichtet",
        set_up: "Einrichten",
        manage: "Verwalten",
        change_phone: "Telefonnummer ändern",
        codes_left: |left| match left {
            0 => "Keine. Ohne Ihr Telefon könnten Sie sich nicht anmelden.".to_owned(),
            left => format!("noch {left}"),
        },
    },
    phone: Phone {
        title: "Telefonnummer ändern",
        current: "Aktuelle Telefonnummer",
        verified: Around {
            before: "Ihre neue Nummer ",
            after: " ist geprüft. Bestätigen Sie, um sie ab jetzt zu verwenden.",
        },
    },
    authenticator: Authenticator {
        title: "Authenticator-App",
        lead: "Eine App auf Ihrem Telefon zeigt alle 30 Sekunden einen neuen Code. Sie \
               funktioniert ohne Empfang, und es gibt keine Nachricht, die jemand abfangen könnte.",
        set_up: "Authenticator-App einrichten",
        since: "Eingerichtet",
        new_phone: "Neues Telefon? Ersetzen Sie die App: Die alte gilt, bis die neue bestätigt ist.",
        replace: "Ersetzen",
        old_works: "Ihre bisherige App gilt, bis Sie die neue bestätigen.",
        scan: "Scannen Sie dies mit Ihrer Authenticator-App und geben Sie dann die 6 Ziffern ein, \
               die sie zeigt.",
        qr: "QR-Code für Ihre Authenticator-App",
        open_here: "In einer App auf diesem Gerät öffnen",
        or_type: "Oder geben Sie diesen Schlüssel in der App ein:",
    },
    recovery: RecoveryPage {
        title: "Wiederherstellungscodes",
        lead: "Mit jedem Wiederherstellungscode können Sie sich einmal anmelden, für den Tag, an \
               dem Sie Ihr Telefon nicht haben.",
        none: "Sie haben keine Wiederherstellungscodes.",
        left: "Übrige Codes",
        created: "Erzeugt",
        left_of: |left, all| format!("{left} von {all}"),
        create: "Wiederherstellungscodes erzeugen",
        shown_once: "Diese Codes werden nur dieses eine Mal gezeigt. Sichern Sie sie, bevor Sie \
                     diese Seite verlassen.",
        keep: "Bewahren Sie sie dort auf, wo nur Sie sie finden. Jeder gilt einmal; frühere Codes \
               gelten nicht mehr.",
        download: "Herunterladen",
        done: "Fertig",
        file_name: "sallyport-wiederherstellungscodes",
        file_title: "Wiederherstellungscodes für Sallyport",
        file_advice: [
            "Jeder Code gilt einmal, anstelle eines Codes auf Ihrem Telefon.",
            "Bewahren Sie diese Datei dort auf, wo nur Sie sie finden.",
        ],
    },
    sessions: Sessions {
        title: "Wo Sie angemeldet sind",
        lead: "Wenn Sie ein Gerät nicht kennen, melden Sie es ab und wenden Sie sich an Ihre \
               Administration.",
        end_others: "Überall sonst abmelden",
        this: "Dieses Gerät",
        end: "Abmelden",
        end_named: |device| format!("{device} abmelden"),
        device: |browser, system| format!("{browser} unter {system}"),
        unknown_device: "Unbekanntes Gerät",
        program: "Eine App oder ein anderer Dienst",
        signed_in: "Angemeldet ",
        last_active: "Zuletzt aktiv ",
    },
    history: History {
        title: "Sicherheitsverlauf",
        lead: "Was mit Ihrem Konto geschah, und von wo aus.",
        pages: "Seiten",
        older: "Älter",
        newest: "Neueste",
        line,
    },
    payments: PAYMENTS,
    step_up: StepUp {
        password: "Bestätigen Sie zuerst, dass Sie es sind: mit Ihrem Passwort, dann mit einem Code.",
        factor: "Bestätigen Sie, dass Sie es sind.",
    },
    moments: Moments {
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        exact: |day, month, year, time| format!("{day}. {month} {year}, {time} UTC"),
        ago: |since| match since {
            Since::Now => "gerade eben".to_owned(),
            Since::Minutes(minutes) => format!("vor {}", count(minutes, "Minute", "Minuten")),
            Since::Hours(hours) => format!("vor {}", count(hours, "Stunde", "Stunden")),
            Since::Days(days) => format!("vor {}", count(days, "Tag", "Tagen")),
        },
    },
    refused: Refused {
        title: "Das hat nicht geklappt",
        home: "Zurück zum Anfang",
        cross_site: "Diese Anfrage kam von einer anderen Seite und wurde nicht ausgeführt.",
        not_found: "Unter dieser Adresse gibt es keine Seite.",
        too_slow: "Die Anfrage kam zu langsam an. Bitte versuchen Sie es noch einmal.",
        too_large: "Die Anfrage ist zu groß.",
        too_many: "Zu viele Anfragen. Bitte warten Sie einen Moment.",
        busy: "Gerade ist sehr viel los. Bitte versuchen Sie es gleich noch einmal.",
        internal: "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.",
        malformed: "Die Anfrage war nicht zu verstehen.",
    },
    news,
};

fn news(news: FlashMessage) -> &'static str {
    match news {
        FlashMessage::Registered => {
            "Ihre Telefonnummer ist bestätigt. Melden Sie sich mit Ihrem neuen Konto an."
        }
        FlashMessage::SignedOut => "Sie sind abgemeldet.",
        FlashMessage::PhoneChanged => "Ihre Telefonnummer wurde geändert.",
        FlashMessage::AuthenticatorAdded => "Ihre Authenticator-App ist eingerichtet.",
        FlashMessage::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt.",
        FlashMessage::SessionEnded => "Dieses Gerät ist abgemeldet.",
        FlashMessage::SessionsEnded => "Sie sind überall sonst abgemeldet.",
    }
}

fn line(what: ActivityEvent) -> &'static str {
    use ActivityEvent as H;
    match what {
        H::AccountCreated => "Konto angelegt",
        H::AccountDisabled => "Konto von der Administration gesperrt",
        H::AccountEnabled => "Konto von der Administration freigegeben",
        H::MfaReset => "Zwei-Faktor-Anmeldung von der Administration zurückgesetzt",
        H::PasswordAccepted => "Richtiges Passwort eingegeben",
        H::PasswordRefused => "Falsches Passwort eingegeben",
        H::CodeSent => "Code gesendet",
        H::CodeNotSent => "Ein Code konnte nicht gesendet werden",
        H::CodeTooLate => "Code zu spät eingegeben",
        H::CodeUnchecked => "Ein Code konnte nicht geprüft werden",
        H::CodeWrong => "Falscher Code eingegeben",
        H::RecoveryCodeWrong => "Falscher Wiederherstellungscode eingegeben",
        H::TriesExhausted => "Zu viele falsche Codes eingegeben",
        H::FactorHeld => "Codes nach zu vielen falschen ausgesetzt",
        H::SignedIn(Some(Method::Sms)) => "Mit einem Code auf Ihr Telefon angemeldet",
        H::SignedIn(Some(Method::Totp)) => "Mit einem Code Ihrer Authenticator-App angemeldet",
        H::SignedIn(Some(Method::Recovery)) => "Mit einem Wiederherstellungscode angemeldet",
        H::SignedIn(None) => "Angemeldet",
        H::SignedOut => "Abgemeldet",
        H::SignedOutElsewhere => "Auf einem anderen Gerät abgemeldet",
        H::SignedOutEverywhereElse => "Überall sonst abgemeldet",
        H::SteppedUp => "Mit Passwort und Code bestätigt, dass Sie es sind",
        H::SteppedUpByRecoveryCode => {
            "Mit einem Wiederherstellungscode bestätigt, dass Sie es sind"
        }
        H::TwoFactorSetUp => "Zwei-Faktor-Anmeldung eingerichtet",
        H::PhoneChangeBegun => "Änderung der Telefonnummer begonnen",
        H::PhoneChanged => "Telefonnummer geändert",
        H::RecoveryCodesCreated => "Neue Wiederherstellungscodes erzeugt",
        H::AuthenticatorBegun => "Einrichtung einer Authenticator-App begonnen",
        H::AuthenticatorRefused => "Falscher Code beim Einrichten einer Authenticator-App",
        H::AuthenticatorAdded => "Authenticator-App hinzugefügt",
        H::AuthenticatorReplaced => "Authenticator-App ersetzt",
        H::AuthenticatorRemoved => "Authenticator-App entfernt",
        H::PaymentBegun => "Zahlung begonnen",
        H::PaymentConfirmed => "Zahlung mit einem Code bestätigt",
        H::PaymentCompleted => "Zahlung ausgeführt",
        H::PaymentFailed => "Zahlung fehlgeschlagen",
        H::PaymentExpired => "Zahlung nicht rechtzeitig bestätigt",
    }
}
