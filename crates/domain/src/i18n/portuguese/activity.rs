use crate::activity::ActivityEvent;
use crate::method::Method;

/// Returns the Portuguese text of an event in the account's security history.
pub fn activity_event_text(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Conta criada",
        E::AccountDisabled => "Conta desativada pela administração",
        E::AccountEnabled => "Conta reativada pela administração",
        E::MfaReset => "Autenticação em duas etapas redefinida pela administração",
        E::PasswordAccepted => "Senha correta digitada",
        E::PasswordRefused => "Senha incorreta digitada",
        E::PasswordResetRequested => "Nova senha solicitada por e‑mail",
        E::PasswordResetBegun => "Nova senha digitada com um link recebido por e‑mail",
        E::PasswordReset => "Senha redefinida por e‑mail",
        E::DataExported => "Dados da conta baixados",
        E::DeletionRequested => "Exclusão da conta solicitada",
        E::DeletionWithdrawn => "Exclusão da conta cancelada",
        E::Unlocked => "Limites da conta removidos pela administração",
        E::PasswordChanged => "Senha alterada",
        E::EmailVerified => "Endereço de e‑mail confirmado",
        E::EmailCodeWrong => "Código incorreto digitado para um endereço de e‑mail",
        E::EmailChangeBegun => "Alteração do endereço de e‑mail iniciada",
        E::EmailChanged => "Endereço de e‑mail alterado",
        E::EmailChangeCancelled => {
            "Alteração do endereço de e‑mail interrompida com o link de um e‑mail"
        }
        E::NameChanged => "Nome alterado",
        E::UsernameChanged => "Nome de usuário alterado",
        E::CodeSent => "Código enviado",
        E::CodeNotSent => "Não foi possível enviar um código",
        E::CodeTooLate => "Código digitado tarde demais",
        E::CodeUnchecked => "Não foi possível verificar um código",
        E::CodeWrong => "Código incorreto digitado",
        E::RecoveryCodeWrong => "Código de recuperação incorreto digitado",
        E::TriesExhausted => "Muitos códigos incorretos digitados",
        E::FactorHeld => "Códigos suspensos após muitas tentativas incorretas",
        E::PasswordResetsHeld => "Redefinição de senha suspensa após muitos códigos incorretos",
        E::SignedIn(Some(Method::Sms)) => "Login com um código enviado ao seu telefone",
        E::SignedIn(Some(Method::Totp)) => "Login com um código do seu aplicativo autenticador",
        E::SignedIn(Some(Method::Recovery)) => "Login com um código de recuperação",
        E::SignedIn(None) => "Login",
        E::SignedOut => "Saída da conta",
        E::SignedOutElsewhere => "Saída da conta em outro dispositivo",
        E::SignedOutEverywhereElse => "Saída da conta em todos os outros dispositivos",
        E::SteppedUp => "Identidade confirmada com senha e código",
        E::SteppedUpByRecoveryCode => "Identidade confirmada com um código de recuperação",
        E::TwoFactorSetUp => "Autenticação em duas etapas configurada",
        E::PhoneChangeBegun => "Alteração do número de telefone iniciada",
        E::PhoneChanged => "Número de telefone alterado",
        E::RecoveryRequested => "E‑mail sobre um telefone perdido solicitado",
        E::RecoveryOpened => "Telefone informado como perdido",
        E::RecoveryBrowserChanged => {
            "Substituição de um telefone perdido transferida para outro navegador"
        }
        E::RecoveryCancelled => "Substituição de um telefone perdido cancelada",
        E::RecoveryCompleted => "Número de um telefone perdido substituído",
        E::PhoneRestored => "Alteração do número de telefone desfeita com o link de uma mensagem",
        E::EmailRestored => "Alteração do endereço de e‑mail desfeita com o link de um e‑mail",
        E::RecoveryCodesCreated => "Novos códigos de recuperação criados",
        E::AuthenticatorBegun => "Configuração de um aplicativo autenticador iniciada",
        E::AuthenticatorRefused => "Código incorreto ao configurar um aplicativo autenticador",
        E::AuthenticatorAdded => "Aplicativo autenticador adicionado",
        E::AuthenticatorReplaced => "Aplicativo autenticador substituído",
        E::AuthenticatorRemoved => "Aplicativo autenticador removido",
        E::PaymentBegun => "Pagamento iniciado",
        E::PaymentConfirmed => "Pagamento confirmado com um código",
        E::PaymentCompleted => "Pagamento realizado",
        E::PaymentFailed => "Falha no pagamento",
        E::PaymentExpired => "Pagamento não confirmado a tempo",
    }
}
