use super::problems::format_day;
use crate::flash_message::FlashMessage;

/// Returns the Portuguese text of a flash message, which the next page shows once.
pub fn flash_message_text(message: FlashMessage) -> String {
    let text = match message {
        FlashMessage::Registered => {
            "Seu número de telefone foi verificado. Entre na sua conta. Se não funcionar, confira seus e‑mails ou cadastre-se novamente."
        }
        FlashMessage::PhoneAccountLimitReached => {
            "Seu número de telefone foi verificado, mas nenhuma conta foi criada: este número já tem todas as contas que um número pode ter. Cadastre-se com outro número."
        }
        FlashMessage::UsernameTaken => {
            "Seu número de telefone foi verificado, mas nenhuma conta foi criada: outra conta passou a usar este nome de usuário nesse meio-tempo. Cadastre-se com outro nome de usuário."
        }
        FlashMessage::SignedOut => "Você saiu da sua conta.",
        FlashMessage::SignInNeeded => "Sua sessão terminou. Entre novamente.",
        FlashMessage::AnotherAccountSignedIn => {
            "Agora outra conta está conectada, por isso nada foi feito. Verifique a conta e tente novamente."
        }
        FlashMessage::SignInAnswerLost => {
            "Seu código estava certo, mas este navegador não recebeu a resposta. Entre novamente."
        }
        FlashMessage::PhoneChangeAnswerLost => {
            "Seu número de telefone foi alterado. Entre novamente."
        }
        FlashMessage::ChangeAnswerLost => {
            "Sua alteração foi salva, mas este navegador não recebeu a resposta. Entre novamente."
        }
        FlashMessage::PhoneChanged => "Seu número de telefone foi alterado.",
        FlashMessage::AuthenticatorAdded => "Seu aplicativo autenticador está configurado.",
        FlashMessage::AuthenticatorRemoved => "Seu aplicativo autenticador foi removido.",
        FlashMessage::CodesShownOnce => {
            "Seus códigos foram criados e exibidos uma única vez. Se você não os guardou, crie novos."
        }
        FlashMessage::SessionEnded => "A sessão nesse dispositivo foi encerrada.",
        FlashMessage::SessionsEnded => {
            "As sessões em todos os outros dispositivos foram encerradas."
        }
        FlashMessage::ResetRequested => {
            "Se existir uma conta com esse nome ou endereço, um e‑mail com um link está a caminho do endereço dela."
        }
        FlashMessage::EmailVerified => "Seu endereço de e‑mail está confirmado.",
        FlashMessage::EmailChanged => {
            "Seu endereço de e‑mail foi alterado. As sessões em todos os outros dispositivos foram encerradas."
        }
        FlashMessage::EmailChangeCancelled => {
            "A alteração foi interrompida e todas as sessões da sua conta foram encerradas. Se a alteração não foi sua, escolha uma nova senha."
        }
        FlashMessage::NamesChanged => "Suas alterações foram salvas.",
        FlashMessage::PasswordReset => "Sua nova senha foi salva. Entre com ela.",
        FlashMessage::PasswordResetCancelled => {
            "Sua senha não foi alterada. Para alterá-la, solicite outro link."
        }
        FlashMessage::DeletionRequested { on } => {
            return format!(
                "Sua conta será excluída em {}. Para mantê-la, entre antes desse dia.",
                format_day(on)
            );
        }
        FlashMessage::DeletionWithdrawn => "Sua conta continua como está.",
        FlashMessage::CookiesBlocked => {
            "Este navegador bloqueia cookies. Permita-os para este site e tente novamente."
        }
        FlashMessage::PasswordChanged => {
            "Sua senha foi alterada. As sessões em todos os outros dispositivos foram encerradas."
        }
        FlashMessage::RecoveryRequested => "Um e‑mail com um link está a caminho do seu endereço.",
        FlashMessage::RecoveryOpened => {
            "Seu telefone foi informado como perdido. Enviamos um e‑mail que diz quando você pode configurar um novo número."
        }
        FlashMessage::RecoveryBrowserChanged => {
            "Você poderá configurar o novo número neste navegador quando o prazo terminar."
        }
        FlashMessage::RecoveryBrowserReady => {
            "Você já pode configurar o novo número neste navegador. Entre com sua senha."
        }
        FlashMessage::RecoveryCancelled => {
            "Solicitação cancelada: seu número de telefone continua o mesmo. Se você não informou a perda do telefone, altere sua senha."
        }
        FlashMessage::EmailChangeUndone => {
            "Seu endereço de e‑mail anterior está de volta. Escolha uma nova senha antes de entrar."
        }
        FlashMessage::PhoneChangeUndone => {
            "Seu número de telefone anterior está de volta. Escolha uma nova senha antes de entrar."
        }
    };
    text.to_owned()
}
