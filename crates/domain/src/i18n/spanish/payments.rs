use crate::i18n::pages::PaymentTexts;
use crate::payment_status::{PaymentFailure, PaymentStatus};

pub const PAYMENT_TEXTS: PaymentTexts = PaymentTexts {
    title: "Pago",
    new: "Nuevo pago",
    list_title: "Pagos",
    list_lead: "Sus pagos, primero el más reciente.",
    none: "Todavía no hay pagos.",
    recent: "Pagos recientes",
    all: "Todos los pagos",
    status: "Estado",
    transaction: "Transacción",
    state: |status| match status {
        PaymentStatus::Pending => "Pendiente de confirmar",
        PaymentStatus::Processing => "En curso",
        PaymentStatus::Completed => "Realizado",
        PaymentStatus::Failed => "Fallido",
        PaymentStatus::Expired => "Caducado",
    },
    pending_elsewhere: "Este pago espera su código en el navegador y la sesión en los que se inició.",
    processing: "El pago está en curso. Vuelva a cargar esta página para ver el resultado.",
    check_again: "Comprobar de nuevo",
    completed: "El pago se ha realizado.",
    expired: "El pago no se confirmó a tiempo. No se ha pagado nada.",
    failed: |failure| match failure {
        PaymentFailure::NotSent => "No se pudo enviar el código. No se ha pagado nada.",
        PaymentFailure::Exhausted => {
            "Se introdujeron demasiados códigos incorrectos. No se ha pagado nada."
        }
        PaymentFailure::Cancelled => "El pago se canceló. No se ha pagado nada.",
        PaymentFailure::Superseded => "Se inició otro pago en su lugar. No se ha pagado nada.",
        PaymentFailure::Voided => "Su cuenta cambió entretanto. No se ha pagado nada.",
        PaymentFailure::Declined => "El pago se rechazó. No se ha pagado nada.",
    },
    held: "Bloqueado",
    quote: |amount, recipient| format!("{amount} a {recipient}"),
    waiting: |amount, recipient| format!("Su pago de {amount} a {recipient} espera su código. "),
    go_on: "Confirmar ahora",
    back: "Volver al panel",
};
