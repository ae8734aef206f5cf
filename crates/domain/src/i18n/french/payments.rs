use crate::i18n::pages::PaymentTexts;
use crate::payment_status::{PaymentFailure, PaymentStatus};

pub const PAYMENT_TEXTS: PaymentTexts = PaymentTexts {
    title: "Paiement",
    new: "Nouveau paiement",
    list_title: "Paiements",
    list_lead: "Vos paiements, du plus récent au plus ancien.",
    none: "Aucun paiement pour le moment.",
    recent: "Paiements récents",
    all: "Tous les paiements",
    status: "Statut",
    transaction: "Transaction",
    state: |status| match status {
        PaymentStatus::Pending => "En attente de confirmation",
        PaymentStatus::Processing => "En cours",
        PaymentStatus::Completed => "Effectué",
        PaymentStatus::Failed => "Échoué",
        PaymentStatus::Expired => "Expiré",
    },
    pending_elsewhere: "Ce paiement attend son code, dans le navigateur et la session où il a été commencé.",
    processing: "Le paiement est en cours. Actualisez cette page pour connaître le résultat.",
    check_again: "Vérifier à nouveau",
    completed: "Le paiement a été effectué.",
    expired: "Le paiement n’a pas été confirmé à temps. Rien n’a été payé.",
    failed: |failure| match failure {
        PaymentFailure::NotSent => "Le code n’a pas pu être envoyé. Rien n’a été payé.",
        PaymentFailure::Exhausted => "Trop de codes incorrects ont été saisis. Rien n’a été payé.",
        PaymentFailure::Cancelled => "Le paiement a été annulé. Rien n’a été payé.",
        PaymentFailure::Superseded => {
            "Un autre paiement a été commencé à sa place. Rien n’a été payé."
        }
        PaymentFailure::Voided => "Votre compte a changé entre-temps. Rien n’a été payé.",
        PaymentFailure::Declined => "Le paiement a été refusé. Rien n’a été payé.",
    },
    held: "Bloqué",
    quote: |amount, recipient| format!("{amount} à {recipient}"),
    waiting: |amount, recipient| {
        format!("Votre paiement de {amount} à {recipient} attend son code. ")
    },
    go_on: "Confirmer maintenant",
    back: "Retour au tableau de bord",
};
