use super::activity::activity_event_text;
use super::countries::country_name;
use super::flash_messages::flash_message_text;
use super::islands::ISLAND_TEXTS;
use super::payments::PAYMENT_TEXTS;
use super::problems::{format_count, problem_text};
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
        description: |service| {
            format!("Anmeldung bei {service} mit Passwort und einem Code auf dem Telefon.")
        },
        skip: "Zum Inhalt springen",
        account: "Konto",
        payments: "Zahlungen",
        profile: "Profil",
        sign_out: "Abmelden",
        links: "Hilfe und Rechtliches",
        support: "Hilfe",
        imprint: "Impressum",
        privacy: "Datenschutz",
        terms: "Nutzungsbedingungen",
        language: "Sprache",
    },
    not_found: NotFoundTexts {
        title: "Seite nicht gefunden",
        text: "Unter dieser Adresse gibt es nichts.",
        home: |service| format!("Zu {service}"),
    },
    ended_title: "Bitte beginnen Sie noch einmal",
    held_title: "Bitte versuchen Sie es später noch einmal",
    register: RegistrationTexts {
        title: "Konto anlegen",
        already: "Schon registriert? ",
        credentials_title: "Passwort und Telefon",
        verify_title: "Telefonnummer bestätigen",
        will_send: PlaceholderText {
            before: "Wir senden einen Code per SMS an ",
            after: "",
        },
        change_details: "Angaben ändern",
        steps: ["Ihre Angaben", "Passwort und Telefon", "Bestätigen"],
    },
    verify_title: "Code eingeben",
    otp_explanation: None,
    not_you: "Nicht Sie?",
    valid_until: PlaceholderText {
        before: "Der Code gilt bis ",
        after: ".",
    },
    reload_to_resend: PlaceholderText {
        before: "Für einen weiteren Code laden Sie diese Seite neu, nach ",
        after: ".",
    },
    authenticator_prompt: "Geben Sie den Code ein, den Ihre Authenticator-App zeigt.",
    dashboard: DashboardTexts {
        title: "Übersicht",
        welcome: |name| format!("Sie sind angemeldet, {name}."),
        failures: |count| {
            format!(
                "Vor Ihrer Anmeldung wurden nach Ihrem Passwort {count} falsche Codes eingegeben. Waren Sie das? "
            )
        },
        failures_advice: "Wenn nicht, ändern Sie Ihr Passwort. ",
        security: "Sicherheit",
        last_sign_in: "Letzte andere Anmeldung",
        no_other_sign_in: "Es gab keine andere Anmeldung.",
    },
    profile: ProfileTexts {
        title: "Profil",
        methods: "Anmeldemethoden",
        activity: "Aktivität",
        on: "Ein",
        not_set_up: "Nicht eingerichtet",
        running_out: "Bald aufgebraucht",
        set_up: "Einrichten",
        manage: "Verwalten",
        change_phone: "Telefonnummer ändern",
        change_password: "Passwort ändern",
        phone_country: "Land der Telefonnummer",
        country_name,
        app_benefit: "Eine App zeigt Ihnen die Codes, auch ohne Empfang.",
        codes_left: |left| match left {
            0 => "Keine. Ohne Ihr Telefon könnten Sie sich nicht anmelden.".to_owned(),
            left => format!("noch {left}"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Passwort vergessen?",
        forgot_lead: "Geben Sie Ihren Benutzernamen oder Ihre E‑Mail-Adresse ein. Wir senden Ihnen eine E‑Mail mit einem Link, mit dem Sie ein neues Passwort wählen.",
        forgot_without_mail: "Dieser Dienst kann keine E‑Mails senden und Ihnen daher keinen Link schicken. Bitten Sie Ihre Administration um ein neues Passwort.",
        link_advice: |minutes| {
            format!(
                "Der Link gilt einmal, {minutes} Minuten lang. Sehen Sie auch im Spam-Ordner nach."
            )
        },
        back: "Zurück zur Anmeldung",
        title: "Neues Passwort wählen",
        lead: "Danach fragen wir nach einem Code, wenn Ihr Konto einen zweiten Faktor hat.",
        invalid_title: "Dieser Link funktioniert nicht",
        again: "Neuen Link anfordern",
        factor: "Bestätigen Sie mit einem Code, dass Sie es sind. Dann wird Ihr neues Passwort gespeichert.",
    },
    email: EmailTexts {
        verify_title: "E‑Mail-Adresse bestätigen",
        confirmed: "Bestätigt",
        not_confirmed: "Nicht bestätigt",
        will_send: PlaceholderText {
            before: "Wir senden einen Code an ",
            after: ". Geben Sie ihn hier ein, um die Adresse zu bestätigen.",
        },
        sent_to: PlaceholderText {
            before: "Wenn diese Adresse für Ihr Konto verwendet werden kann, ist ein Code unterwegs an ",
            after: ". Er gilt 15 Minuten lang.",
        },
        code_expired: "Der Code ist abgelaufen.",
        other_address: "Andere Adresse verwenden",
        change_title: "E‑Mail-Adresse ändern",
        current: "Aktuelle E‑Mail-Adresse",
        change_lead: "Wir senden einen Code an die neue Adresse und eine Nachricht an die aktuelle.",
        change_lead_unverified: "Wir senden einen Code an die neue Adresse.",
        cancel_title: "Änderung Ihrer E‑Mail-Adresse verhindern?",
        cancel_lead: "Ihr Konto behält die aktuelle Adresse und wird auf allen Geräten abgemeldet.",
        cancel: "Änderung verhindern",
        cancel_not_needed: "Wenn Sie die Adresse selbst ändern, müssen Sie nichts tun.",
        invalid_title: "Dieser Link funktioniert nicht",
        to_sign_in: "Zur Anmeldung",
    },
    name_title: "Name oder Benutzernamen ändern",
    lost_phone: LostPhoneTexts {
        title: "Telefon verloren?",
        lead: |hours| {
            match hours {
                0 => "Wir senden Ihnen eine E‑Mail mit einem Link. Nachdem Sie ihn geöffnet und bestätigt haben, genügt Ihr Passwort, um in demselben Browser eine neue Nummer einzurichten, und Sie behalten Ihr Konto.".to_owned(),
                _ => format!(
                    "Wir senden Ihnen eine E‑Mail mit einem Link. Nachdem Sie ihn geöffnet und bestätigt haben, warten Sie {}. Dann genügt Ihr Passwort, um in demselben Browser eine neue Nummer einzurichten, und Sie behalten Ihr Konto.",
                    format_count(hours, "Stunde", "Stunden")
                ),
            }
        },
        other_ways: "Ein Wiederherstellungscode oder Ihre Authenticator-App gilt sofort: Melden Sie sich damit an, und ändern Sie Ihre Nummer im Profil.",
        open_title: "Ist Ihr Telefon verloren?",
        open_lead: |hours| {
            match hours {
                0 => "Wir benachrichtigen jetzt Ihre E‑Mail-Adresse und Ihre alte Nummer. Danach melden Sie sich in diesem Browser mit Ihrem Passwort an und richten eine neue Nummer ein.".to_owned(),
                _ => format!(
                    "Wir benachrichtigen jetzt Ihre E‑Mail-Adresse und Ihre alte Nummer, und nach der Hälfte der Wartezeit von {} noch einmal. Nach der Wartezeit melden Sie sich in diesem Browser mit Ihrem Passwort an und richten eine neue Nummer ein.",
                    format_count(hours, "Stunde", "Stunden")
                ),
            }
        },
        open: "Mein Telefon ist verloren",
        open_not_needed: "Wenn Sie Ihr Telefon noch haben, müssen Sie hier nichts tun. Wenn Sie die E‑Mail nicht angefordert haben, ändern Sie Ihr Passwort.",
        other_browser: "Ihre neue Nummer können Sie in dem Browser einrichten, in dem Sie den Verlust Ihres Telefons bestätigt haben. Für diesen Browser senden wir Ihnen einen neuen Link per E‑Mail.",
        move_title: "Neue Nummer in diesem Browser einrichten?",
        move_lead: |hours| {
            match hours {
                0 => "Die Wartezeit ist vorbei. Nachdem Sie bestätigt haben, melden Sie sich in diesem Browser mit Ihrem Passwort an und richten eine neue Nummer ein.".to_owned(),
                _ => format!(
                    "Die Wartezeit endet in {}. Dann melden Sie sich in diesem Browser mit Ihrem Passwort an und richten eine neue Nummer ein.",
                    format_count(hours, "Stunde", "Stunden")
                ),
            }
        },
        move_here: "Diesen Browser verwenden",
        move_not_needed: "Wenn Sie im bisherigen Browser weitermachen, müssen Sie hier nichts tun.",
        cancel_title: "Telefonnummer behalten?",
        cancel_lead: "Ihr Telefon wurde als verloren gemeldet. Ziehen Sie die Meldung zurück, wenn Sie es noch haben oder wenn Sie es nicht waren.",
        cancel: "Meldung zurückziehen und Nummer behalten",
        cancel_not_needed: "Wenn Sie Ihr Telefon selbst als verloren gemeldet haben, müssen Sie nichts tun.",
        question_title: "Ihr Telefon ist als verloren gemeldet. Waren Sie das?",
        question_lead: "Die Meldung wurde mit Ihrem Passwort und Ihren E‑Mails gemacht. Wenn Sie das Telefon noch haben, ziehen Sie die Meldung zurück. Wenn Sie es nicht waren, ändern Sie auch Ihr Passwort.",
        not_me: "Meldung zurückziehen",
        was_me: "Ich war es, fortfahren",
        reported: "Ihr Telefon wurde als verloren gemeldet. Geben Sie Ihre neue Nummer ein.",
        other_factor: "Wenn Sie Ihr Telefon, Ihre Authenticator-App oder einen Wiederherstellungscode noch haben, können Sie Ihre Nummer behalten.",
        keep_number: "Meine Nummer behalten",
        pending: "Ihr Telefon wurde als verloren gemeldet.",
        check: "Meldung prüfen",
        undo_title: "Änderung Ihrer Telefonnummer rückgängig machen?",
        undo_lead: "Ihr Konto bekommt diese Nummer zurück und wird überall abgemeldet. Vor der nächsten Anmeldung muss das Passwort zurückgesetzt werden.",
        undo_email_title: "Änderung Ihrer E‑Mail-Adresse rückgängig machen?",
        undo_email_lead: "Ihr Konto bekommt diese Adresse zurück und wird überall abgemeldet. Vor der nächsten Anmeldung muss das Passwort zurückgesetzt werden.",
        undo_until: PlaceholderText {
            before: "Dieser Link gilt bis ",
            after: ".",
        },
        undo: "Änderung rückgängig machen",
        undo_not_needed: "Wenn Sie die Änderung selbst vorgenommen haben, müssen Sie nichts tun.",
        invalid_title: "Dieser Link funktioniert nicht",
        to_sign_in: "Zur Anmeldung",
    },
    export: ExportTexts {
        title: "Ihre Daten herunterladen",
        lead: "Eine Datei mit dem, was wir über Sie speichern: Ihre Angaben, Ihre Sitzungen, Ihr Verlauf und Ihre Zahlungen.",
        advice: "Die Datei ist im Format JSON, das andere Programme lesen können. Speichern Sie die Datei dort, wo nur Sie sie lesen können.",
        download: "Herunterladen",
    },
    deletion: DeletionTexts {
        title: "Ihre Daten",
        delete_title: "Konto löschen",
        delete_lead: |days| {
            format!(
                "Ihr Konto wird {} nach Ihrer Bestätigung gelöscht. Bis dahin können Sie sich anmelden, um es zu behalten.",
                format_count(days, "Tag", "Tage")
            )
        },
        delete_effects: [
            "Sie werden sofort auf allen Geräten abgemeldet, und Zahlungen, die auf einen Code warten, werden abgebrochen.",
            "Danach werden Ihr Name, Ihre Adressen, Ihre Sitzungen und Ihr Verlauf gelöscht. Das lässt sich nicht rückgängig machen.",
            "Beträge und Zeiten ausgeführter Zahlungen bleiben in den Büchern, ohne Ihren Namen.",
        ],
        keep_title: "Ihr Konto behalten?",
        keep_lead: PlaceholderText {
            before: "Ihr Konto wird am ",
            after: " gelöscht. Möchten Sie es behalten?",
        },
        keep: "Mein Konto behalten",
        do_not_keep: "Abmelden und löschen lassen",
    },
    phone: PhoneTexts {
        country: "Land",
        invalid: "Geben Sie eine gültige Telefonnummer ein. Prüfen Sie Ziffern und Land.",
        sms_risk: "Nachrichten können abgefangen werden: Geben Sie einen Code niemals weiter.",
        sms_risk_and_alternative: "Nachrichten können abgefangen werden: Geben Sie einen Code niemals weiter. Nach der Anmeldung können Sie stattdessen eine Authenticator-App einrichten.",
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
        intro: "Mit jedem Wiederherstellungscode können Sie sich einmal anmelden, wenn Sie \
               Ihr Telefon nicht haben.",
        none: "Sie haben keine Wiederherstellungscodes.",
        left: "Übrige Codes",
        created: "Erzeugt",
        left_of: |left, all| format!("{left} von {all}"),
        replace_text: |left| match left {
            0 => "Sie haben alle Ihre Codes verbraucht.".to_owned(),
            1 => "Der Code, den Sie noch haben, gilt dann nicht mehr.".to_owned(),
            more => format!("Die {more} Codes, die Sie noch haben, gelten dann nicht mehr."),
        },
        create: "Wiederherstellungscodes erzeugen",
        shown_once: "Diese Codes werden nur dieses eine Mal gezeigt. Sichern Sie sie, bevor Sie \
                     diese Seite verlassen.",
        keep: "Bewahren Sie sie dort auf, wo nur Sie sie finden. Jeder gilt einmal; frühere Codes \
               gelten nicht mehr.",
        download: "Herunterladen",
        done: "Fertig",
        file_name: |service| format!("{service}-wiederherstellungscodes"),
        file_title: |service| format!("Wiederherstellungscodes für {service}"),
        file_advice: [
            "Jeder Code gilt einmal, anstelle eines Codes auf Ihrem Telefon.",
            "Bewahren Sie diese Datei dort auf, wo nur Sie sie finden.",
        ],
    },
    sessions: SessionTexts {
        title: "Wo Sie angemeldet sind",
        intro: "Wenn Sie ein Gerät nicht kennen, melden Sie es ab, ändern Sie Ihr Passwort \
               und wenden Sie sich an Ihre Administration.",
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
        by_service: "Durch diesen Dienst",
        activity_event: activity_event_text,
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
        day: |day, month, year| format!("{day}. {month} {year}"),
        ago: |since| match since {
            TimeAgo::Now => "gerade eben".to_owned(),
            TimeAgo::Minutes(minutes) => {
                format!("vor {}", format_count(minutes, "Minute", "Minuten"))
            }
            TimeAgo::Hours(hours) => format!("vor {}", format_count(hours, "Stunde", "Stunden")),
            TimeAgo::Days(days) => format!("vor {}", format_count(days, "Tag", "Tagen")),
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
        request_id: "Wenn Sie sich an den Support wenden, nennen Sie bitte diese Kennung:",
    },
    flash_message: flash_message_text,
};
