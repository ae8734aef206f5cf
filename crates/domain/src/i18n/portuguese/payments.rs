use crate::i18n::pages::PaymentTexts;
use crate::payment_status::{PaymentFailure, PaymentStatus};

pub const PAYMENT_TEXTS: PaymentTexts = PaymentTexts {
    title: "Pagamento",
    new: "Novo pagamento",
    list_title: "Pagamentos",
    list_lead: "Seus pagamentos, do mais recente ao mais antigo.",
    none: "Ainda não há pagamentos.",
    recent: "Pagamentos recentes",
    all: "Todos os pagamentos",
    status: "Situação",
    transaction: "Transação",
    state: |status| match status {
        PaymentStatus::Pending => "Aguardando confirmação",
        PaymentStatus::Processing => "Em andamento",
        PaymentStatus::Completed => "Realizado",
        PaymentStatus::Failed => "Falhou",
        PaymentStatus::Expired => "Expirado",
    },
    pending_elsewhere: "Este pagamento aguarda o código no navegador e na sessão em que foi iniciado.",
    processing: "O pagamento está em andamento. Recarregue esta página para ver o resultado.",
    check_again: "Verificar novamente",
    completed: "O pagamento foi realizado.",
    expired: "O pagamento não foi confirmado a tempo. Nada foi pago.",
    failed: |failure| match failure {
        PaymentFailure::NotSent => "Não foi possível enviar o código. Nada foi pago.",
        PaymentFailure::Exhausted => "Foram digitados muitos códigos incorretos. Nada foi pago.",
        PaymentFailure::Cancelled => "O pagamento foi cancelado. Nada foi pago.",
        PaymentFailure::Superseded => "Outro pagamento foi iniciado no lugar deste. Nada foi pago.",
        PaymentFailure::Voided => "Sua conta mudou nesse meio-tempo. Nada foi pago.",
        PaymentFailure::Declined => "O pagamento foi recusado. Nada foi pago.",
    },
    held: "Bloqueado",
    quote: |amount, recipient| format!("{amount} para {recipient}"),
    waiting: |amount, recipient| {
        format!("Seu pagamento de {amount} para {recipient} aguarda o código. ")
    },
    go_on: "Confirmar agora",
    back: "Voltar ao painel",
};
