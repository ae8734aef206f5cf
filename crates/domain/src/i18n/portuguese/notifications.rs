use super::pages::PAGE_TEXTS;
use super::problems::{format_count, format_day};
use crate::calendar_day::CalendarDay;
use crate::i18n::notification_text::{NotificationText, format_time_of_day};
use crate::notification::{Notification, NotificationPage};

/// Returns the Portuguese texts of a mail or SMS that notifies an account holder.
pub fn notification_text(notification: &Notification) -> NotificationText {
    NotificationText {
        subject: notification_mail_subject(notification),
        short: notification_sms_text(notification),
        long: notification_mail_text(notification),
        advice: select_advice_if_user_did_not_cause_event(notification),
        advice_after_link: select_advice_after_password_link(notification),
        repeats: None,
        link_intro: select_line_before_link_or_code(notification),
        link_label: select_link_label(notification),
        code_page_intro: "Digite-o aqui:",
        link_expiry: None,
        sms_link_intro: select_words_before_sms_link(notification),
        salutation: "Olá,",
    }
}

/// Returns the Portuguese sentence of a notification that says that `repeats` more events of the same kind happened.
pub fn repeated_events_text(repeats: u32) -> String {
    match repeats {
        1 => "E mais 1 vez.".to_owned(),
        _ => format!("E mais {repeats} vezes."),
    }
}

/// Returns the Portuguese sentence with the day and the time until which the link of a mail works.
pub fn link_expiry_text(day: CalendarDay, time: &str) -> String {
    format!("O link vale até {}, {time}.", format_day(day))
}

/// Returns the Portuguese subject line of a notification mail.
const fn notification_mail_subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Tentativa de cadastro com o seu e-mail",
        Notification::TwoFactorSetUp { .. } => "A autenticação em duas etapas está configurada",
        Notification::PhoneChanged { .. } => "Seu número de telefone foi alterado",
        Notification::PhoneRestored { .. } => "Seu número de telefone anterior está de volta",
        Notification::RecoveryRequested => "Confirme que você perdeu seu telefone",
        Notification::RecoveryOpened { .. } => "Seu número de telefone será substituído em breve",
        Notification::RecoveryReminder { .. } => "Lembrete: seu número será substituído em breve",
        Notification::RecoveryCancelled => "Seu número de telefone não será substituído",
        Notification::RecoveryCompleted { .. } => "Seu telefone perdido foi substituído",
        Notification::AuthenticatorAdded => "Um aplicativo autenticador foi adicionado",
        Notification::AuthenticatorRemoved => "Seu aplicativo autenticador foi removido",
        Notification::RecoveryCodesCreated => "Novos códigos de recuperação foram criados",
        Notification::RecoveryCodeUsed { .. } => "Um código de recuperação foi usado",
        Notification::FactorHeld => "Os códigos da sua conta estão suspensos",
        Notification::FactorFailures => "Códigos incorretos digitados para a sua conta",
        Notification::NewDeviceSignIn { .. } => "Login a partir de um novo dispositivo",
        Notification::TwoFactorReset => "A autenticação em duas etapas foi redefinida",
        Notification::PasswordResetRequested => "Escolha uma nova senha",
        Notification::PasswordChanged => "Sua senha foi alterada",
        Notification::EmailProof => "Confirme o seu endereço de e-mail",
        Notification::EmailProofConflict => "Tentativa de uso do seu endereço de e-mail",
        Notification::EmailChangeRequested => "Seu endereço de e-mail vai mudar",
        Notification::EmailChanged { .. } => "Seu endereço de e-mail foi alterado",
        Notification::EmailRestored => "Seu endereço de e-mail anterior está de volta",
        Notification::UsernameChanged => "Seu nome de usuário foi alterado",
        Notification::DeletionRequested { .. } => "Sua conta será excluída",
        Notification::DeletionWithdrawn => "Sua conta não será excluída",
        Notification::AccountErased { .. } => "Sua conta foi excluída",
    }
}

/// Returns the Portuguese SMS text of a notification.
fn notification_sms_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "tentativa de cadastro com o seu e-mail. Nada mudou.".to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("autenticação em duas etapas configurada com {phone}.")
        }
        Notification::PhoneChanged { phone, .. } => {
            format!("o número da sua conta agora é {phone}.")
        }
        Notification::PhoneRestored { phone } => format!("seu número voltou a ser {phone}."),
        Notification::RecoveryRequested => "seu telefone foi informado como perdido.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => {
            format!(
                "telefone dado por perdido: outro número {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryReminder { hours, .. } => {
            format!(
                "lembrete: telefone perdido, novo número {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryCancelled => "seu número não será substituído.".to_owned(),
        Notification::RecoveryCompleted { phone } => {
            format!("telefone substituído. Os códigos vão para {phone}.")
        }
        Notification::AuthenticatorAdded => "um aplicativo autenticador foi adicionado.".to_owned(),
        Notification::AuthenticatorRemoved => {
            "seu aplicativo autenticador foi removido.".to_owned()
        }
        Notification::RecoveryCodesCreated => {
            "novos códigos de recuperação. Os antigos não valem mais.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("código de recuperação usado. Restam: {left}.")
        }
        Notification::FactorHeld => "muitos códigos incorretos. Códigos suspensos.".to_owned(),
        Notification::FactorFailures => "códigos incorretos digitados após a sua senha.".to_owned(),
        Notification::NewDeviceSignIn { .. } => {
            "acesso à sua conta a partir de um novo dispositivo.".to_owned()
        }
        Notification::TwoFactorReset => {
            "um administrador redefiniu sua autenticação em duas etapas.".to_owned()
        }
        Notification::PasswordResetRequested => {
            "uma nova senha foi solicitada para a sua conta.".to_owned()
        }
        Notification::PasswordChanged => "a senha da sua conta foi alterada.".to_owned(),
        Notification::EmailProof => "confirme o seu endereço de e-mail.".to_owned(),
        Notification::EmailProofConflict => {
            "tentativa de uso do seu e-mail. Nada mudou.".to_owned()
        }
        Notification::EmailChangeRequested => "um novo endereço de e-mail foi digitado.".to_owned(),
        Notification::EmailChanged { .. } => "o e-mail da sua conta foi alterado.".to_owned(),
        Notification::EmailRestored => "seu e-mail anterior está de volta.".to_owned(),
        Notification::UsernameChanged => "seu nome de usuário foi alterado.".to_owned(),
        Notification::DeletionRequested { on } => {
            format!("sua conta será excluída em {}.", format_day(*on))
        }
        Notification::DeletionWithdrawn => "sua conta não será excluída.".to_owned(),
        Notification::AccountErased { on } => {
            format!("sua conta foi excluída em {}.", format_day(*on))
        }
    }
}

/// Returns the Portuguese mail text of a notification.
fn notification_mail_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Houve uma tentativa de criar uma conta com este endereço de e-mail. Você já tem uma; por isso,\nnenhuma conta foi criada e nada foi alterado.".to_owned(),
        Notification::TwoFactorSetUp { phone } => format!("A autenticação em duas etapas está configurada na sua conta. Os códigos são enviados para o\nnúmero {phone}."),
        Notification::PhoneChanged { phone, .. } => format!("O número de telefone da sua conta foi alterado. Os códigos agora são enviados para o número\n{phone}."),
        Notification::PhoneRestored { phone } => format!("Uma alteração do seu número de telefone foi desfeita com o link de uma mensagem. Seu número\nvoltou a ser {phone}. As sessões em todos os dispositivos foram encerradas, e é preciso\ndefinir uma nova senha antes de entrar. Se a conta ia ser excluída, ela permanece.\nDepois, verifique o aplicativo autenticador e os códigos de recuperação: os recentes foram\nremovidos."),
        Notification::RecoveryRequested => "Alguém que conhece a sua senha informou que o seu telefone foi perdido. Este link funciona uma\nvez, durante meia hora.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => format!("Alguém com a sua senha e acesso ao seu e-mail informou que o seu telefone foi perdido.\n{}, a senha bastará para configurar um novo número no navegador que abriu o nosso\nlink.", format_time_until(*hours)),
        Notification::RecoveryReminder { hours, .. } => format!("Seu telefone foi informado como perdido. {}, a senha bastará para configurar\num novo número no navegador que abriu o nosso link.", format_time_until(*hours)),
        Notification::RecoveryCancelled => "Seu telefone tinha sido informado como perdido, e a solicitação foi cancelada. Seu número\ncontinua o mesmo.".to_owned(),
        Notification::RecoveryCompleted { phone } => format!("Após o tempo de espera por um telefone perdido, um novo número foi configurado. Os códigos\nagora são enviados para o número {phone}. As sessões em todos os outros dispositivos\nforam encerradas."),
        Notification::AuthenticatorAdded => "Um aplicativo autenticador foi adicionado à sua conta. Os códigos dele já podem ser usados para\nentrar.".to_owned(),
        Notification::AuthenticatorRemoved => "O aplicativo autenticador da sua conta foi removido. Os códigos dele não funcionam mais.".to_owned(),
        Notification::RecoveryCodesCreated => "Novos códigos de recuperação foram criados para a sua conta. Os antigos não funcionam mais.".to_owned(),
        Notification::RecoveryCodeUsed { left } => format!("Um código de recuperação foi usado para entrar na sua conta. Ele não pode ser usado de novo.\nCódigos restantes: {left}."),
        Notification::FactorHeld => "Alguém que conhece a sua senha digitou muitos códigos incorretos. Para sua segurança, nenhum\ncódigo é aceito para a sua conta por enquanto. Uma nova senha encerra isso imediatamente.".to_owned(),
        Notification::FactorFailures => "Alguém usou a sua senha, ou um link dos seus e-mails, e depois digitou códigos incorretos. O\nlogin falhou.".to_owned(),
        Notification::NewDeviceSignIn { device, at } => format!(
            "Alguém entrou na sua conta a partir de um novo dispositivo: {}.\nMomento do login: {}, {}.",
            PAGE_TEXTS.sessions.device_name_or_unknown(device),
            format_day(CalendarDay::from_timestamp(*at)),
            format_time_of_day(*at)
        ),
        Notification::TwoFactorReset => "Um administrador redefiniu a autenticação em duas etapas da sua conta. Você precisará\nconfigurá-la de novo no próximo login.".to_owned(),
        Notification::PasswordResetRequested => "Uma nova senha foi solicitada para a sua conta. Este link funciona uma vez, durante meia hora.\nSe a autenticação em duas etapas estiver configurada na sua conta, também será pedido um\ncódigo.".to_owned(),
        Notification::PasswordChanged => "A senha da sua conta foi alterada. As sessões em todos os outros dispositivos foram encerradas.".to_owned(),
        Notification::EmailProof => "Este endereço de e-mail foi informado para uma conta, muito provavelmente por você. O código\nabaixo mostra que o endereço é seu. Ele funciona uma vez, durante um quarto de hora.".to_owned(),
        Notification::EmailProofConflict => "Este endereço de e-mail foi informado para outra conta. Ele pertence à sua; por isso, nada foi\nalterado.".to_owned(),
        Notification::EmailChangeRequested => "Um novo endereço de e-mail foi informado para a sua conta. Ele substituirá este assim que for\ndigitado o código que enviamos para lá.".to_owned(),
        Notification::EmailChanged { .. } => "O endereço de e-mail da sua conta foi alterado. As mensagens agora são enviadas para o novo\nendereço. As sessões em todos os outros dispositivos foram encerradas.".to_owned(),
        Notification::EmailRestored => "Uma alteração do seu endereço de e-mail foi desfeita com o link de um e-mail. As mensagens\nvoltam a ser enviadas para o endereço anterior. As sessões em todos os dispositivos foram\nencerradas, e é preciso definir uma nova senha antes de entrar. Se a conta ia ser excluída, ela\npermanece.\nDepois, verifique o aplicativo autenticador e os códigos de recuperação: os recentes foram\nremovidos.".to_owned(),
        Notification::UsernameChanged => "O nome de usuário da sua conta foi alterado. A partir de agora, entre com o novo.".to_owned(),
        Notification::DeletionRequested { on } => format!("A exclusão da sua conta foi solicitada. Ela será excluída com todos os seus dados em\n{}. As sessões em todos os dispositivos foram encerradas.", format_day(*on)),
        Notification::DeletionWithdrawn => "Sua conta ia ser excluída. A exclusão foi cancelada, e a conta continua como está.".to_owned(),
        Notification::AccountErased { on } => format!("Sua conta e seus dados foram excluídos em {}. Você pode se cadastrar de novo quando\nquiser.", format_day(*on)),
    }
}

/// Returns the Portuguese line before the URL or one-time code in a notification mail.
///
/// Returns `None` if the mail contains neither.
const fn select_line_before_link_or_code(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::ForgotPassword if notification.is_new_password_needed() => {
            "Para escolher uma nova senha, abra:"
        }
        NotificationPage::SignIn => "Se foi você, entre na sua conta:",
        NotificationPage::ForgotPassword => "Se não foi você, escolha já uma nova senha:",
        NotificationPage::KeepAccount => "Para manter a sua conta, entre antes desse dia:",
        NotificationPage::ResetLink => "Para escolher uma nova senha, abra:",
        NotificationPage::EmailCode => "Seu código:",
        NotificationPage::EmailChangeLink => "Se não foi você, interrompa a alteração aqui:",
        NotificationPage::RecoveryLink => "Se foi você, confirme aqui:",
        NotificationPage::CancelRecoveryLink => "Se não foi você, cancele a solicitação aqui:",
        NotificationPage::UndoLink => "Se não foi você, desfaça a alteração aqui:",
    })
}

/// Returns the Portuguese words of the button in a notification mail.
///
/// Returns `None` if the mail contains neither link nor code.
const fn select_link_label(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Entrar",
        NotificationPage::ForgotPassword | NotificationPage::ResetLink => "Escolher uma nova senha",
        NotificationPage::EmailCode => "Digitar o código",
        NotificationPage::EmailChangeLink => "Interromper a alteração",
        NotificationPage::KeepAccount => "Manter minha conta",
        NotificationPage::RecoveryLink => "Confirmar a perda",
        NotificationPage::CancelRecoveryLink => "Manter meu número",
        NotificationPage::UndoLink => "Desfazer a alteração",
    })
}

/// Returns the Portuguese words before the URL in a text message.
const fn select_words_before_sms_link(notification: &Notification) -> &'static str {
    if notification.is_new_password_needed() {
        "Nova senha:"
    } else {
        "Não foi você?"
    }
}

/// Returns the Portuguese advice after the link to the page of a new password; `None` if the mail has no such link.
const fn select_advice_after_password_link(notification: &Notification) -> Option<&'static str> {
    match notification.page() {
        Some(NotificationPage::ForgotPassword) => {
            Some("Se não funcionar, avise o seu administrador.")
        }
        _ => None,
    }
}

/// Returns the Portuguese advice for account holders who did not cause the event.
const fn select_advice_if_user_did_not_cause_event(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict | Notification::EmailProofConflict => {
            "Se não foi você, não é preciso fazer nada."
        }
        Notification::TwoFactorSetUp { .. }
        | Notification::PhoneChanged { .. }
        | Notification::PhoneRestored { .. }
        | Notification::RecoveryCancelled
        | Notification::RecoveryCompleted { .. }
        | Notification::AuthenticatorAdded
        | Notification::AuthenticatorRemoved
        | Notification::RecoveryCodesCreated
        | Notification::RecoveryCodeUsed { .. }
        | Notification::FactorHeld
        | Notification::FactorFailures
        | Notification::NewDeviceSignIn { .. }
        | Notification::PasswordChanged
        | Notification::EmailChangeRequested
        | Notification::EmailChanged { .. }
        | Notification::EmailRestored
        | Notification::UsernameChanged
        | Notification::DeletionWithdrawn => "Se não foi você, avise logo o seu administrador.",
        Notification::TwoFactorReset | Notification::AccountErased { .. } => {
            "Se você não pediu isso, avise logo o seu administrador."
        }
        Notification::RecoveryRequested => "Se não foi você, não abra o link e altere a sua senha.",
        Notification::RecoveryOpened { .. } | Notification::RecoveryReminder { .. } => {
            "Se não foi você, altere também a sua senha."
        }
        Notification::PasswordResetRequested => {
            "Se não foi você, não faça nada. Sua senha continua a mesma."
        }
        Notification::EmailProof => {
            "Se não foi você, não passe o código adiante. Não é preciso fazer mais nada."
        }
        Notification::DeletionRequested { .. } => {
            "Se não foi você, entre logo na sua conta para mantê-la."
        }
    }
}

/// Formats the hours until an event in Portuguese, as the beginning of a sentence: "Em 72 horas", or "A partir de
/// agora".
fn format_time_until(hours: u32) -> String {
    match hours {
        0 => "A partir de agora".to_owned(),
        _ => format!("Em {}", format_count(u64::from(hours), "hora", "horas")),
    }
}

/// Formats the hours until an event in short Portuguese: "em 72 h", or "agora".
fn format_time_until_for_sms(hours: u32) -> String {
    match hours {
        0 => "agora".to_owned(),
        _ => format!("em {hours} h"),
    }
}
