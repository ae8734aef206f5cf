use crate::calendar_day::CalendarDay;
use crate::name::Username;
use crate::password::MIN_PASSWORD_CHARS;
use crate::payment_status::PaymentStatus;
use crate::problem::Problem;

// Texts that islands need too.
pub(super) const CODE_EXPIRED: &str =
    "O código expirou. Clique em “Reenviar” para receber um novo.";
pub(super) const COULD_NOT_SEND: &str = "Não foi possível enviar o código. Tente novamente.";
pub(super) const COULD_NOT_VERIFY: &str =
    "Não foi possível verificar. Confira sua conexão e tente novamente.";
pub(super) const BAD_REQUEST: &str = "Não foi possível entender a solicitação.";
pub(super) const INTERNAL: &str = "Algo deu errado do nosso lado. Tente novamente.";

/// Returns the Portuguese error message for a refused request.
pub fn problem_text(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Missing => "Preencha este campo.".into(),
        P::TooLong => "Isto é longo demais.".into(),
        P::NameInvalid => "Use apenas letras, espaços e sinais de pontuação.".into(),
        P::UsernameInvalid => format!(
            "Use de {} a {} letras, números, pontos, hifens ou sublinhados.",
            Username::MIN_CHARS,
            Username::MAX_CHARS
        ),
        P::UsernameTaken => "Este nome de usuário já está em uso.".into(),
        P::EmailInvalid => "Digite um endereço de e‑mail como nome@example.com.".into(),
        P::EmailTaken => "Endereço de e‑mail já cadastrado".into(),
        P::EmailUnchanged => "Este já é o seu endereço de e‑mail. Digite outro.".into(),
        P::EmailUnproven => "Confirme primeiro o seu endereço de e‑mail.".into(),
        P::PhoneTaken => "Número de telefone já cadastrado".into(),
        P::PasswordTooShort => format!("Use pelo menos {MIN_PASSWORD_CHARS} caracteres."),
        P::PasswordTooLong => "Esta senha é longa demais. Escolha uma mais curta.".into(),
        P::PasswordCommon => "Esta senha é comum demais. Escolha outra.".into(),
        P::PasswordResembles => "Não use seu nome, e‑mail ou número de telefone como senha.".into(),
        P::PasswordUnchanged => "Esta é a senha atual. Escolha outra.".into(),
        P::PhoneInvalid => "Digite um número de telefone válido, com o código do país se não for local.".into(),
        P::PhoneUnsupported => "Este tipo de número não recebe códigos. Use um número de celular.".into(),
        P::PhoneCountryUnsupported => "Não aceitamos números deste país. Use um número de outro país.".into(),
        P::PhoneUnreachable => "Não conseguimos enviar um código para este número. Confira o número ou use outro.".into(),
        P::CaptchaFailed => "Confirme que você não é um robô.".into(),
        P::Credentials => "Nome de usuário ou senha incorretos. Após várias tentativas, espere alguns minutos antes de tentar de novo.".into(),
        P::MethodUnavailable => "Este método não está configurado na sua conta.".into(),
        P::PhoneUnchanged => "Este já é o seu número. Digite outro.".into(),
        P::PhoneUnavailable => "Este número não pode ser usado. Digite outro.".into(),
        P::PhoneAccountLimitReached => "Este número de telefone já tem todas as contas que um número pode ter. Use outro.".into(),
        P::RecoveryCodeWrong => "Este não é um dos seus códigos de recuperação não usados.".into(),
        P::RecoveryCodeMalformed => "Digite um código de recuperação: 13 letras e números, ou 24 se o código for mais antigo.".into(),
        P::PasswordWrong => "Senha incorreta. Após várias tentativas, espere alguns minutos antes de tentar de novo.".into(),
        P::UsernameMismatch => "Este não é o seu nome de usuário.".into(),
        P::ResetLinkInvalid => "Este link expirou, já foi usado ou está incompleto. Solicite um novo.".into(),
        P::LinkInvalid => "Este link expirou, já foi usado ou está incompleto.".into(),
        P::ChangeWait { secs } => format!("Você já fez esta alteração várias vezes. Tente novamente em {}.", format_waiting_time(*secs)),
        P::ExportWait { secs } => format!("Você já baixou seus dados várias vezes. Tente novamente em {}.", format_waiting_time(*secs)),
        P::RecoveryPending { secs } => format!("Seu telefone já foi informado como perdido. Em {}, sua senha bastará para configurar um novo número.", format_waiting_time(*secs)),
        P::PasswordFromMail => "Você redefiniu sua senha apenas por e‑mail. Para substituir também um telefone perdido, fale com o administrador.".into(),
        P::AuthenticatorVoided => "Muitos códigos incorretos. Configure o aplicativo novamente, com uma nova chave.".into(),
        P::OnlyMethod => "Este é o único método da sua conta. Configure outro primeiro.".into(),
        P::StepUpNeeded => "Confirme primeiro que é você.".into(),
        P::SecondFactorNeeded => "Entre com um segundo fator para fazer pagamentos.".into(),
        P::LineInvalid => "Remova quebras de linha e caracteres de controle.".into(),
        P::AmountInvalid => "Digite um valor em números, com vírgula antes dos centavos, como 1234,50.".into(),
        P::AmountTooFine { decimals: 0 } => "Valores nesta moeda não têm casas decimais.".into(),
        P::AmountTooFine { decimals } => format!("Valores nesta moeda têm no máximo {decimals} casas decimais."),
        P::AmountNotPositive => "Digite um valor maior que zero.".into(),
        P::AmountTooLarge => "Este valor é alto demais.".into(),
        P::CurrencyUnknown => "Escolha uma moeda da lista.".into(),
        P::PaymentUnknown => "Este pagamento não existe.".into(),
        P::PaymentSettled { status } => settled_payment_text(*status).into(),
        P::InvalidCode { attempts_remaining } => format!(
            "Código incorreto. {}.",
            format_count(u64::from(*attempts_remaining), "tentativa restante", "tentativas restantes")
        ),
        P::UsedCode { attempts_remaining } => format!(
            "Este código já foi usado. Aguarde o próximo código no seu aplicativo. {}.",
            format_count(u64::from(*attempts_remaining), "tentativa restante", "tentativas restantes")
        ),
        P::CodeOfAnotherTime { attempts_remaining } => format!(
            "O código é correto para outro horário. Confira se o relógio do seu dispositivo é ajustado automaticamente. {}.",
            format_count(u64::from(*attempts_remaining), "tentativa restante", "tentativas restantes")
        ),
        P::MalformedCode { digits } => format!("Digite os {digits} dígitos do código."),
        P::CodeExpired => CODE_EXPIRED.into(),
        P::TooManyAttempts => "Tentativas demais. Comece o login novamente.".into(),
        P::AttemptsUsedUp => "Tentativas demais. Comece novamente.".into(),
        P::CouldNotSend => COULD_NOT_SEND.into(),
        P::CouldNotVerify => COULD_NOT_VERIFY.into(),
        P::ResendWait { secs } => format!("Você poderá solicitar outro código em {}.", format_waiting_time(*secs)),
        P::FactorHeld { secs } if *secs > P::LONGEST_TEMPORARY_HOLD_SECS => "Muitos códigos incorretos para esta conta. Use “Esqueceu a senha?” ou fale com o administrador.".into(),
        P::FactorHeld { secs } => format!("Muitos códigos incorretos para esta conta. Tente novamente em {}.", format_waiting_time(*secs)),
        P::ResetHeld { .. } => "Muitos códigos incorretos para esta conta. Fale com o administrador.".into(),
        P::Cooling { secs } => format!("Seu número de telefone foi alterado recentemente. Para sua segurança, isto será possível em {}.", format_waiting_time(*secs)),
        P::Busy => "O que você digitou por último ainda está sendo verificado. Aguarde um momento.".into(),
        P::FlowEnded => "Esta etapa expirou ou foi concluída em outro lugar. Comece novamente.".into(),
        P::LimitReached { secs } => format!("Solicitações demais. Tente novamente em {}.", format_waiting_time(*secs)),
        P::Overloaded { secs } => format!("Estamos com muito movimento. Tente novamente em {}.", format_waiting_time(*secs)),
        P::BadRequest => BAD_REQUEST.into(),
        P::Internal => INTERNAL.into(),
    }
}

/// Returns the Portuguese error message for an action on a payment that already has the final status `status`.
const fn settled_payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending => "O pagamento ainda não foi confirmado",
        PaymentStatus::Processing => "O pagamento já está em andamento",
        PaymentStatus::Completed => "O pagamento já foi realizado",
        PaymentStatus::Failed => "O pagamento já falhou",
        PaymentStatus::Expired => "O pagamento já expirou",
    }
}

/// Formats a waiting time of `secs` seconds in Portuguese, rounded up: "30 segundos", "12 minutos", "3 horas".
fn format_waiting_time(secs: u64) -> String {
    match secs {
        0..=90 => format_count(secs.max(1), "segundo", "segundos"),
        91..=5400 => format_count(secs.div_ceil(60), "minuto", "minutos"),
        _ => format_count(secs.div_ceil(3600), "hora", "horas"),
    }
}

/// Formats a number with its Portuguese unit, such as "1 dia" or "2 dias". Zero takes the singular, "0 dia" (CLDR).
pub(super) fn format_count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count < 2 { one } else { many })
}

/// Formats a day in Portuguese notation: "31/01/2026".
pub(super) fn format_day(day: CalendarDay) -> String {
    format!("{:02}/{:02}/{:04}", day.day, day.month, day.year)
}
