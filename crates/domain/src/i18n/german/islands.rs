use super::problems::problem;
use crate::i18n::islands::{
    Actions, CaptchaTexts, CodeEntryTexts, IslandTexts, Labels, MethodTexts, PasswordTexts,
    PlaceholderText, QuestionTexts, RecoveryCodeTexts, SetUpTexts, SignInTexts,
};
use crate::password::Strength;

pub static ISLAND_TEXTS: IslandTexts = IslandTexts {
    labels: Labels {
        full_name: "Vor- und Nachname",
        username: "Benutzername",
        email: "E-Mail-Adresse",
        password: "Passwort",
        current_password: "Aktuelles Passwort",
        new_password: "Neues Passwort",
        phone: "Telefonnummer",
        phone_hint: "Hierhin senden wir Ihre Anmeldecodes per SMS. Nachrichten können abgefangen werden: Geben Sie einen Code niemals weiter. Nach der Anmeldung können Sie stattdessen eine Authenticator-App einrichten.",
        new_phone: "Neue Telefonnummer",
        identifier: "Benutzername oder E-Mail-Adresse",
        code: "Einmalcode",
        recovery_code: "Wiederherstellungscode",
        recovery_code_hint: "Einer der Codes, die Sie aufbewahrt haben. Jeder gilt einmal.",
        recipient: "Empfänger",
        amount: "Betrag",
        currency: "Währung",
        description: "Verwendungszweck",
    },
    actions: Actions {
        submit: "Absenden",
        go_on: "Weiter",
        verify: "Weiter zur Prüfung",
        validate: "Prüfen",
        verify_otp: "Code prüfen",
        send_otp: "Code senden",
        send_verification_code: "Bestätigungscode senden",
        resend: "Erneut senden",
        call: "Rufen Sie mich an",
        another_method: "Andere Methode verwenden",
        another_number: "Andere Nummer verwenden",
        confirm: "Bestätigen",
        cancel: "Abbrechen",
        start_over: "Von vorn beginnen",
        start_again: "Noch einmal beginnen",
        remove: "Entfernen",
        copy: "Kopieren",
        print: "Drucken",
        create_new_codes: "Neue Codes erzeugen",
        create_account: "Konto anlegen",
        send_link: "Link senden",
        save_password: "Passwort speichern",
        back_to_profile: "Zurück zum Profil",
    },
    password: PasswordTexts {
        hint: "Mindestens 8 Zeichen. Gut sind ein paar Wörter, die nichts miteinander zu tun haben.",
        show: "Zeigen",
        hide: "Verbergen",
        show_password: "Passwort zeigen",
        strength: |strength| match strength {
            Strength::TooShort => "Zu kurz",
            Strength::Weak => "Schwach",
            Strength::Fair => "Mittel",
            Strength::Good => "Gut",
            Strength::Strong => "Stark",
        },
    },
    captcha: CaptchaTexts {
        label: "Ich bin kein Roboter",
        working: "Wird geprüft …",
        done: "Bestätigt",
        failed: "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
        needs_script: "Diese Prüfung braucht JavaScript. Bitte schalten Sie es ein, um fortzufahren.",
    },
    sign_in: SignInTexts {
        title: "Anmelden",
        new_here: "Neu hier? ",
        forgot: "Passwort vergessen?",
    },
    methods: MethodTexts {
        title: "Bestätigungsmethode wählen",
        legend: "Bestätigungsmethode",
        sms: "Textnachricht (SMS)",
        totp: "Authenticator-App (TOTP)",
        recovery: "Wiederherstellungscode",
        totp_detail: "Der Code, den Ihre Authenticator-App zeigt",
        recovery_detail: "Einer der Codes, die Sie dafür aufbewahrt haben",
        not_enrolled: "Nicht eingerichtet. Das können Sie nach der Anmeldung in Ihrem Profil tun.",
    },
    code: CodeEntryTexts {
        submits_itself: "Der Code wird mit der letzten Ziffer geprüft.",
        sent_to: PlaceholderText {
            before: "Ein Code wurde gesendet an ",
            after: "",
        },
        called_at: PlaceholderText {
            before: "Sie werden mit einem Code angerufen: ",
            after: "",
        },
        expires_in: |clock| format!("Der Code läuft ab in {clock}"),
        resend_in: |secs| format!("in {secs} s"),
        sent_in: |secs| format!("Ihr Code wird in {secs} s gesendet."),
        minute_left: "Der Code läuft in 1 Minute ab.",
        half_minute_left: "Der Code läuft in 30 Sekunden ab.",
        expired: "Der Code ist abgelaufen.",
        delivered: "Die Nachricht wurde zugestellt.",
        undelivered: "Die Nachricht konnte nicht zugestellt werden. Sie können sich stattdessen anrufen lassen.",
        unclear: |digits| {
            format!(
                "In diesem Text ist kein Code zu erkennen, oder mehr als einer. Geben Sie die {digits} Ziffern ein."
            )
        },
    },
    set_up: SetUpTexts {
        title: "Zwei-Faktor-Anmeldung einrichten",
        on_file: |hint| {
            format!(
                "Ihre hinterlegte Nummer ist {hint}. Geben Sie sie unten ein, um sie zu bestätigen, oder geben Sie eine andere ein."
            )
        },
        none_on_file: "Geben Sie die Nummer ein, an die Ihre Anmeldecodes gehen sollen.",
        why_on_file: "Sie haben eine andere Nummer eingegeben. Zum Schutz Ihres Kontos bestätigen Sie zuerst die hinterlegte.",
        old_confirmed: PlaceholderText {
            before: "Ihre hinterlegte Nummer ist bestätigt. Bestätigen Sie nun die neue: ",
            after: "",
        },
    },
    remove_authenticator: QuestionTexts {
        title: "Authenticator-App entfernen?",
        text: "Mit ihren Codes können Sie sich dann nicht mehr anmelden, und auf Ihren anderen \
               Geräten werden Sie abgemeldet. Textnachrichten kommen weiter wie bisher.",
    },
    recovery: RecoveryCodeTexts {
        replace_title: "Neue Codes erzeugen?",
        replace_text: |left| match left {
            0 => "Sie haben alle Ihre Codes verbraucht.".to_owned(),
            1 => "Der Code, den Sie noch haben, gilt dann nicht mehr.".to_owned(),
            more => format!("Die {more} Codes, die Sie noch haben, gelten dann nicht mehr."),
        },
        copied: "Kopiert.",
        not_copied: "Ihr Browser hat es nicht erlaubt. Markieren Sie die Codes und kopieren Sie sie.",
    },
    problem,
};
