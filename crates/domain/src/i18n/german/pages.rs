use super::countries::country_name;
use super::islands::ISLAND_TEXTS;
use super::payments::PAYMENT_TEXTS;
use super::problems::count;
use crate::activity::ActivityEvent;
use crate::flash_message::FlashMessage;
use crate::i18n::islands::PlaceholderText;
use crate::i18n::pages::{
    AuthenticatorTexts, DashboardTexts, ErrorPageTexts, FrameTexts, HistoryTexts, NotFoundTexts,
    PageTexts, PasswordResetTexts, PhoneTexts, ProfileTexts, RecoveryPageTexts, RegistrationTexts,
    SessionTexts, StepUpTexts, TimeAgo, TimeTexts,
};
use crate::method::Method;

pub static PAGE_TEXTS: PageTexts = PageTexts {
    shared: &ISLAND_TEXTS,
    frame: FrameTexts {
        skip: "Zum Inhalt springen",
        account: "Konto",
        profile: "Profil",
        sign_out: "Abmelden",
        language: "Sprache",
    },
    not_found: NotFoundTexts {
        title: "Seite nicht gefunden",
        text: "Unter dieser Adresse gibt es nichts.",
        home: "Zu Sallyport",
    },
    ended_title: "Bitte beginnen Sie noch einmal",
    register: RegistrationTexts {
        title: "Konto anlegen",
        already: "Schon registriert? ",
        credentials_title: "Passwort und Telefon",
        verify_title: "Telefonnummer bestätigen",
        will_send: PlaceholderText {
            before: "Wir senden einen Code per SMS an ",
            after: "",
        },
        change_number: "Nummer ändern",
        change_details: "Angaben ändern",
        steps: ["Ihre Angaben", "Passwort und Telefon", "Bestätigen"],
    },
    verify_title: "Code eingeben",
    signing_in_as: |name| format!("Anmeldung als {name}."),
    not_you: "Nicht Sie?",
    authenticator_prompt: "Geben Sie den Code ein, den Ihre Authenticator-App zeigt.",
    dashboard: DashboardTexts {
        title: "Übersicht",
        welcome: |name| format!("Sie sind angemeldet, {name}."),
        failures: |count| {
            format!(
                "Vor Ihrer Anmeldung wurden nach Ihrem Passwort {count} falsche Codes eingegeben. Waren Sie das? "
            )
        },
        offer: "Wenn Sie Ihr Telefon verlieren, kommen Sie mit einem Wiederherstellungscode hinein. ",
    },
    profile: ProfileTexts {
        title: "Profil",
        methods: "Anmeldemethoden",
        activity: "Aktivität",
        on: "Ein",
        not_set_up: "Nicht eingerichtet",
        set_up: "Einrichten",
        manage: "Verwalten",
        change_phone: "Telefonnummer ändern",
        change_password: "Passwort ändern",
        phone_country: "Land der Telefonnummer",
        country_name,
        codes_left: |left| match left {
            0 => "Keine. Ohne Ihr Telefon könnten Sie sich nicht anmelden.".to_owned(),
            left => format!("noch {left}"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Passwort vergessen?",
        forgot_lead: "Geben Sie Ihren Benutzernamen oder Ihre E-Mail-Adresse ein. Wir senden Ihnen eine E-Mail mit einem Link, mit dem Sie ein neues Passwort wählen.",
        back: "Zurück zur Anmeldung",
        title: "Neues Passwort wählen",
        lead: "Danach fragen wir nach einem Code, wenn Ihr Konto einen zweiten Faktor hat.",
        invalid_title: "Dieser Link geht nicht",
        again: "Neuen Link anfordern",
        factor: "Bestätigen Sie mit einem Code, dass Sie es sind. Dann wird Ihr neues Passwort gespeichert.",
    },
    phone: PhoneTexts {
        title: "Telefonnummer ändern",
        current: "Aktuelle Telefonnummer",
        verified: PlaceholderText {
            before: "Ihre neue Nummer ",
            after: " ist geprüft. Bestätigen Sie, um sie ab jetzt zu verwenden.",
        },
    },
    authenticator: AuthenticatorTexts {
        title: "Authenticator-App",
        intro: "Eine App auf Ihrem Telefon zeigt alle 30 Sekunden einen neuen Code. Sie \
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
    recovery: RecoveryPageTexts {
        title: "Wiederherstellungscodes",
        intro: "Mit jedem Wiederherstellungscode können Sie sich einmal anmelden, für den Tag, an \
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
    sessions: SessionTexts {
        title: "Wo Sie angemeldet sind",
        intro: "Wenn Sie ein Gerät nicht kennen, melden Sie es ab und wenden Sie sich an Ihre \
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
    history: HistoryTexts {
        title: "Sicherheitsverlauf",
        intro: "Was mit Ihrem Konto geschah, und von wo aus.",
        pages: "Seiten",
        older: "Älter",
        newest: "Neueste",
        activity_event,
    },
    payments: PAYMENT_TEXTS,
    step_up: StepUpTexts {
        password: "Bestätigen Sie zuerst, dass Sie es sind: mit Ihrem Passwort, dann mit einem Code.",
        factor: "Bestätigen Sie, dass Sie es sind.",
    },
    time: TimeTexts {
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
            TimeAgo::Now => "gerade eben".to_owned(),
            TimeAgo::Minutes(minutes) => format!("vor {}", count(minutes, "Minute", "Minuten")),
            TimeAgo::Hours(hours) => format!("vor {}", count(hours, "Stunde", "Stunden")),
            TimeAgo::Days(days) => format!("vor {}", count(days, "Tag", "Tagen")),
        },
    },
    error_page: ErrorPageTexts {
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
    flash_message,
};

fn flash_message(message: FlashMessage) -> &'static str {
    match message {
        FlashMessage::Registered => {
            "Ihre Telefonnummer ist bestätigt. Bitte melden Sie sich an. Gelingt das nicht, sehen Sie in Ihren E-Mails nach oder registrieren Sie sich noch einmal."
        }
        FlashMessage::NumberCrowded => {
            "Ihre Telefonnummer ist bestätigt, aber es wurde kein Konto angelegt: Sie hat schon so viele Konten, wie eine Nummer haben darf. Registrieren Sie sich mit einer anderen Nummer."
        }
        FlashMessage::SignedOut => "Sie sind abgemeldet.",
        FlashMessage::SignInNeeded => "Ihre Sitzung ist beendet. Bitte melden Sie sich wieder an.",
        FlashMessage::PhoneChanged => "Ihre Telefonnummer wurde geändert.",
        FlashMessage::AuthenticatorAdded => "Ihre Authenticator-App ist eingerichtet.",
        FlashMessage::AuthenticatorRemoved => "Ihre Authenticator-App wurde entfernt.",
        FlashMessage::CodesShownOnce => {
            "Ihre Codes wurden erzeugt und einmal gezeigt. Wenn Sie sie nicht aufbewahrt haben, erzeugen Sie neue."
        }
        FlashMessage::SessionEnded => "Dieses Gerät ist abgemeldet.",
        FlashMessage::SessionsEnded => "Sie sind überall sonst abgemeldet.",
        FlashMessage::ResetRequested => {
            "Wenn es ein Konto mit diesem Namen oder dieser Adresse gibt, ist eine E-Mail mit einem Link an seine Adresse unterwegs."
        }
        FlashMessage::PasswordReset => {
            "Ihr neues Passwort ist gespeichert. Bitte melden Sie sich damit an."
        }
        FlashMessage::PasswordChanged => {
            "Ihr Passwort wurde geändert. Sie sind überall sonst abgemeldet."
        }
    }
}

fn activity_event(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Konto angelegt",
        E::AccountDisabled => "Konto von der Administration gesperrt",
        E::AccountEnabled => "Konto von der Administration freigegeben",
        E::MfaReset => "Zwei-Faktor-Anmeldung von der Administration zurückgesetzt",
        E::PasswordAccepted => "Richtiges Passwort eingegeben",
        E::PasswordRefused => "Falsches Passwort eingegeben",
        E::PasswordResetRequested => "Neues Passwort per E-Mail angefordert",
        E::PasswordResetBegun => "Neues Passwort über einen Link aus einer E-Mail eingegeben",
        E::PasswordReset => "Passwort per E-Mail zurückgesetzt",
        E::PasswordChanged => "Passwort geändert",
        E::CodeSent => "Code gesendet",
        E::CodeNotSent => "Ein Code konnte nicht gesendet werden",
        E::CodeTooLate => "Code zu spät eingegeben",
        E::CodeUnchecked => "Ein Code konnte nicht geprüft werden",
        E::CodeWrong => "Falscher Code eingegeben",
        E::RecoveryCodeWrong => "Falscher Wiederherstellungscode eingegeben",
        E::TriesExhausted => "Zu viele falsche Codes eingegeben",
        E::FactorHeld => "Codes nach zu vielen falschen ausgesetzt",
        E::SignedIn(Some(Method::Sms)) => "Mit einem Code auf Ihr Telefon angemeldet",
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
