use crate::i18n::pages::PaymentTexts;
use crate::payment_status::{PaymentFailure, PaymentStatus};

pub const PAYMENT_TEXTS: PaymentTexts = PaymentTexts {
    title: "Zahlung",
    new: "Neue Zahlung",
    list_title: "Zahlungen",
    list_lead: "Ihre Zahlungen, die neueste zuerst.",
    none: "Noch keine Zahlungen.",
    recent: "Letzte Zahlungen",
    all: "Alle Zahlungen",
    status: "Status",
    transaction: "Transaktion",
    state: |status| match status {
        PaymentStatus::Pending => "Noch nicht bestätigt",
        PaymentStatus::Processing => "In Bearbeitung",
        PaymentStatus::Completed => "Ausgeführt",
        PaymentStatus::Failed => "Fehlgeschlagen",
        PaymentStatus::Expired => "Abgelaufen",
    },
    pending_elsewhere: "Diese Zahlung wartet auf ihren Code, und zwar in dem Browser und der Sitzung, in der sie begonnen wurde.",
    processing: "Die Zahlung wird gerade ausgeführt. Laden Sie diese Seite neu, um das Ergebnis zu sehen.",
    check_again: "Erneut prüfen",
    completed: "Die Zahlung wurde ausgeführt.",
    expired: "Die Zahlung wurde nicht rechtzeitig bestätigt. Es wurde nichts gezahlt.",
    failed: |failure| match failure {
        PaymentFailure::NotSent => {
            "Der Code konnte nicht gesendet werden. Es wurde nichts gezahlt."
        }
        PaymentFailure::Exhausted => {
            "Es wurden zu viele falsche Codes eingegeben. Es wurde nichts gezahlt."
        }
        PaymentFailure::Cancelled => "Die Zahlung wurde abgebrochen. Es wurde nichts gezahlt.",
        PaymentFailure::Superseded => {
            "An ihrer Stelle wurde eine andere Zahlung begonnen. Es wurde nichts gezahlt."
        }
        PaymentFailure::Voided => {
            "Ihr Konto hat sich in der Zwischenzeit geändert. Es wurde nichts gezahlt."
        }
        PaymentFailure::Declined => "Die Zahlung wurde abgelehnt. Es wurde nichts gezahlt.",
    },
    held: "Gesperrt",
    quote: |amount, recipient| format!("{amount} an {recipient}"),
    waiting: |amount, recipient| {
        format!("Ihre Zahlung von {amount} an {recipient} wartet auf ihren Code. ")
    },
    go_on: "Jetzt bestätigen",
    back: "Zurück zur Übersicht",
};
