use super::pages::PAGE_TEXTS;
use super::problems::{format_count, format_day};
use crate::calendar_day::CalendarDay;
use crate::i18n::notification_text::{NotificationText, format_time_of_day};
use crate::notification::{Notification, NotificationPage};

/// Returns the Spanish texts of a mail or SMS that notifies an account holder.
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
        code_page_intro: "Introdúzcalo aquí:",
        link_expiry: None,
        sms_link_intro: select_words_before_sms_link(notification),
        salutation: "Hola:",
    }
}

/// Returns the Spanish sentence of a notification that says that `repeats` more events of the same kind happened.
pub fn repeated_events_text(repeats: u32) -> String {
    match repeats {
        1 => "Y 1 vez más.".to_owned(),
        _ => format!("Y {repeats} veces más."),
    }
}

/// Returns the Spanish sentence with the day and the time until which the link of a mail works.
pub fn link_expiry_text(day: CalendarDay, time: &str) -> String {
    format!("El enlace es válido hasta el {}, {time}.", format_day(day))
}

/// Returns the Spanish subject line of a notification mail.
const fn notification_mail_subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Intento de registro con su dirección de correo",
        Notification::TwoFactorSetUp { .. } => "La autenticación en dos pasos está configurada",
        Notification::PhoneChanged { .. } => "Se ha cambiado su número de teléfono",
        Notification::PhoneRestored { .. } => "Su número de teléfono anterior vuelve a valer",
        Notification::RecoveryRequested => "Confirme que ha perdido su teléfono",
        Notification::RecoveryOpened { .. } => "Su número de teléfono se va a sustituir",
        Notification::RecoveryReminder { .. } => "Recordatorio: su número se va a sustituir",
        Notification::RecoveryCancelled => "Su número de teléfono no se sustituirá",
        Notification::RecoveryCompleted { .. } => "Se ha sustituido su teléfono perdido",
        Notification::AuthenticatorAdded => "Se ha añadido una aplicación de autenticación",
        Notification::AuthenticatorRemoved => "Se ha eliminado su aplicación de autenticación",
        Notification::RecoveryCodesCreated => "Se han creado nuevos códigos de recuperación",
        Notification::RecoveryCodeUsed { .. } => "Se ha usado un código de recuperación",
        Notification::FactorHeld => "Los códigos de su cuenta están suspendidos",
        Notification::FactorFailures => "Códigos incorrectos introducidos para su cuenta",
        Notification::NewDeviceSignIn { .. } => "Inicio de sesión desde un dispositivo nuevo",
        Notification::TwoFactorReset => "Autenticación en dos pasos restablecida",
        Notification::PasswordResetRequested => "Elija una contraseña nueva",
        Notification::PasswordChanged => "Se ha cambiado su contraseña",
        Notification::EmailProof => "Confirme su dirección de correo",
        Notification::EmailProofConflict => "Intento de uso de su dirección de correo",
        Notification::EmailChangeRequested => "Su dirección de correo va a cambiar",
        Notification::EmailChanged { .. } => "Se ha cambiado su dirección de correo",
        Notification::EmailRestored => "Su dirección de correo anterior vuelve a valer",
        Notification::UsernameChanged => "Se ha cambiado su nombre de usuario",
        Notification::DeletionRequested { .. } => "Su cuenta se eliminará",
        Notification::DeletionWithdrawn => "Su cuenta no se eliminará",
        Notification::AccountErased { .. } => "Su cuenta se ha eliminado",
    }
}

/// Returns the Spanish SMS text of a notification.
fn notification_sms_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "intento de registro con su correo. No se cambió nada.".to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("autenticación en dos pasos configurada con {phone}.")
        }
        Notification::PhoneChanged { phone, .. } => {
            format!("el número de su cuenta es ahora {phone}.")
        }
        Notification::PhoneRestored { phone } => format!("su número vuelve a ser {phone}."),
        Notification::RecoveryRequested => "su teléfono se ha declarado perdido.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => {
            format!(
                "teléfono dado por perdido: otro número {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryReminder { hours, .. } => {
            format!(
                "recuerde: teléfono perdido, se cambia {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryCancelled => "su número no se sustituirá.".to_owned(),
        Notification::RecoveryCompleted { phone } => {
            format!("teléfono sustituido. Los códigos van a {phone}.")
        }
        Notification::AuthenticatorAdded => {
            "se ha añadido una aplicación de autenticación.".to_owned()
        }
        Notification::AuthenticatorRemoved => {
            "se ha eliminado su aplicación de autenticación.".to_owned()
        }
        Notification::RecoveryCodesCreated => {
            "nuevos códigos de recuperación. Los anteriores no valen.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("código de recuperación usado. Quedan: {left}.")
        }
        Notification::FactorHeld => {
            "demasiados códigos incorrectos. Códigos suspendidos.".to_owned()
        }
        Notification::FactorFailures => {
            "códigos incorrectos tras introducir su contraseña.".to_owned()
        }
        Notification::NewDeviceSignIn { .. } => {
            "inicio de sesión en su cuenta desde un dispositivo nuevo.".to_owned()
        }
        Notification::TwoFactorReset => {
            "un administrador restableció su autenticación en dos pasos.".to_owned()
        }
        Notification::PasswordResetRequested => {
            "se pidió una contraseña nueva para su cuenta.".to_owned()
        }
        Notification::PasswordChanged => "se ha cambiado la contraseña de su cuenta.".to_owned(),
        Notification::EmailProof => "confirme su dirección de correo.".to_owned(),
        Notification::EmailProofConflict => {
            "intento de uso de su correo. No se cambió nada.".to_owned()
        }
        Notification::EmailChangeRequested => {
            "se ha introducido una nueva dirección de correo.".to_owned()
        }
        Notification::EmailChanged { .. } => "se ha cambiado el correo de su cuenta.".to_owned(),
        Notification::EmailRestored => "su correo anterior vuelve a valer.".to_owned(),
        Notification::UsernameChanged => "se ha cambiado su nombre de usuario.".to_owned(),
        Notification::DeletionRequested { on } => {
            format!("su cuenta se eliminará el {}.", format_day(*on))
        }
        Notification::DeletionWithdrawn => "su cuenta no se eliminará.".to_owned(),
        Notification::AccountErased { on } => {
            format!("su cuenta se eliminó el {}.", format_day(*on))
        }
    }
}

/// Returns the Spanish mail text of a notification.
fn notification_mail_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Se ha intentado crear una cuenta con esta dirección de correo. Usted ya tiene una, así que no\nse creó ninguna y no se cambió nada.".to_owned(),
        Notification::TwoFactorSetUp { phone } => format!("La autenticación en dos pasos está configurada en su cuenta. Los códigos se envían al número\n{phone}."),
        Notification::PhoneChanged { phone, .. } => format!("Se ha cambiado el número de teléfono de su cuenta. Los códigos se envían ahora al número\n{phone}."),
        Notification::PhoneRestored { phone } => format!("Un cambio de su número de teléfono se ha deshecho con el enlace de un mensaje. Su número vuelve\na ser {phone}. Se ha cerrado la sesión en todos los dispositivos, y antes de iniciar\nsesión hace falta una contraseña nueva. Si la cuenta se iba a eliminar, se conserva.\nDespués, revise la aplicación de autenticación y los códigos de recuperación: los recientes se\nhan eliminado."),
        Notification::RecoveryRequested => "Alguien que conoce su contraseña ha declarado perdido su teléfono. Este enlace funciona una\nvez, durante media hora.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => format!("Alguien con su contraseña y acceso a su correo ha declarado perdido su teléfono.\n{} bastará la contraseña para configurar un número nuevo en el navegador que abrió\nnuestro enlace.", format_time_until(*hours)),
        Notification::RecoveryReminder { hours, .. } => format!("Su teléfono se ha declarado perdido. {} bastará la contraseña para\nconfigurar un número nuevo en el navegador que abrió nuestro enlace.", format_time_until(*hours)),
        Notification::RecoveryCancelled => "Su teléfono se declaró perdido y esa solicitud se ha cancelado. Su número no cambia.".to_owned(),
        Notification::RecoveryCompleted { phone } => format!("Tras el tiempo de espera por un teléfono perdido se ha configurado un número nuevo. Los códigos\nse envían ahora al número {phone}. Se ha cerrado la sesión en todos los demás\ndispositivos."),
        Notification::AuthenticatorAdded => "Se ha añadido una aplicación de autenticación a su cuenta. Sus códigos ya sirven para iniciar\nsesión.".to_owned(),
        Notification::AuthenticatorRemoved => "Se ha eliminado la aplicación de autenticación de su cuenta. Sus códigos ya no funcionan.".to_owned(),
        Notification::RecoveryCodesCreated => "Se han creado nuevos códigos de recuperación para su cuenta. Los anteriores ya no funcionan.".to_owned(),
        Notification::RecoveryCodeUsed { left } => format!("Se ha usado un código de recuperación para iniciar sesión en su cuenta. Ya no se puede volver a\nusar. Códigos restantes: {left}."),
        Notification::FactorHeld => "Alguien que conoce su contraseña ha introducido demasiados códigos incorrectos. Por su\nseguridad, por ahora no se acepta ningún código para su cuenta. Una\ncontraseña nueva pone fin a esto de inmediato.".to_owned(),
        Notification::FactorFailures => "Alguien ha usado su contraseña, o un enlace de su correo, y después ha introducido códigos\nincorrectos. El inicio de sesión falló.".to_owned(),
        Notification::NewDeviceSignIn { device, at } => format!(
            "Alguien ha iniciado sesión en su cuenta desde un dispositivo nuevo: {}.\nMomento: {}, {}.",
            PAGE_TEXTS.sessions.device_name_or_unknown(device),
            format_day(CalendarDay::from_timestamp(*at)),
            format_time_of_day(*at)
        ),
        Notification::TwoFactorReset => "Un administrador ha restablecido la autenticación en dos pasos de su cuenta. Tendrá que\nconfigurarla de nuevo la próxima vez que inicie sesión.".to_owned(),
        Notification::PasswordResetRequested => "Se ha solicitado una contraseña nueva para su cuenta. Este enlace funciona una vez, durante\nmedia hora. Si la autenticación en dos pasos está configurada en su cuenta, también se pedirá\nun código.".to_owned(),
        Notification::PasswordChanged => "Se ha cambiado la contraseña de su cuenta. Se ha cerrado la sesión en todos los demás\ndispositivos.".to_owned(),
        Notification::EmailProof => "Se ha introducido esta dirección de correo para una cuenta; lo más probable es que haya sido\nusted. El código de abajo demuestra que la dirección es suya. Funciona una vez, durante un\ncuarto de hora.".to_owned(),
        Notification::EmailProofConflict => "Se ha introducido esta dirección de correo para otra cuenta. Pertenece a la suya, así que no se\ncambió nada.".to_owned(),
        Notification::EmailChangeRequested => "Se ha introducido una nueva dirección de correo para su cuenta. Sustituirá a esta en cuanto se\nintroduzca el código que hemos enviado allí.".to_owned(),
        Notification::EmailChanged { .. } => "Se ha cambiado la dirección de correo de su cuenta. Los mensajes se envían ahora a la nueva\ndirección. Se ha cerrado la sesión en todos los demás dispositivos.".to_owned(),
        Notification::EmailRestored => "Un cambio de su dirección de correo se ha deshecho con el enlace de un correo. Los mensajes\nvuelven a enviarse a la dirección anterior. Se ha cerrado la sesión en todos los dispositivos,\ny antes de iniciar sesión hace falta una contraseña nueva. Si la cuenta se iba a eliminar, se\nconserva.\nDespués, revise la aplicación de autenticación y los códigos de recuperación: los recientes se\nhan eliminado.".to_owned(),
        Notification::UsernameChanged => "Se ha cambiado el nombre de usuario de su cuenta. A partir de ahora, inicie sesión con el\nnuevo.".to_owned(),
        Notification::DeletionRequested { on } => format!("Se ha solicitado eliminar su cuenta. Se eliminará con todos sus datos el {}.\nSe ha cerrado la sesión en todos los dispositivos.", format_day(*on)),
        Notification::DeletionWithdrawn => "Su cuenta se iba a eliminar. La eliminación se ha cancelado y la cuenta se conserva.".to_owned(),
        Notification::AccountErased { on } => format!("Su cuenta y sus datos se eliminaron el {}. Puede volver a registrarse cuando quiera.", format_day(*on)),
    }
}

/// Returns the Spanish line before the URL or one-time code in a notification mail.
///
/// Returns `None` if the mail contains neither.
const fn select_line_before_link_or_code(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::ForgotPassword if notification.is_new_password_needed() => {
            "Para elegir una contraseña nueva, abra:"
        }
        NotificationPage::SignIn => "Si fue usted, inicie sesión en su cuenta:",
        NotificationPage::ForgotPassword => {
            "Si no fue usted, elija enseguida una contraseña nueva:"
        }
        NotificationPage::KeepAccount => {
            "Para conservar su cuenta, inicie sesión antes de ese día:"
        }
        NotificationPage::ResetLink => "Para elegir una contraseña nueva, abra:",
        NotificationPage::EmailCode => "Su código:",
        NotificationPage::EmailChangeLink => "Si no fue usted, detenga el cambio aquí:",
        NotificationPage::RecoveryLink => "Si fue usted, confírmelo aquí:",
        NotificationPage::CancelRecoveryLink => "Si no fue usted, cancele la solicitud aquí:",
        NotificationPage::UndoLink => "Si no fue usted, deshaga el cambio aquí:",
    })
}

/// Returns the Spanish words of the button in a notification mail; `None` if the mail contains neither link nor code.
const fn select_link_label(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Iniciar sesión",
        NotificationPage::ForgotPassword | NotificationPage::ResetLink => {
            "Elegir una contraseña nueva"
        }
        NotificationPage::EmailCode => "Introducir el código",
        NotificationPage::EmailChangeLink => "Detener el cambio",
        NotificationPage::KeepAccount => "Conservar mi cuenta",
        NotificationPage::RecoveryLink => "Confirmar la pérdida",
        NotificationPage::CancelRecoveryLink => "Conservar mi número",
        NotificationPage::UndoLink => "Deshacer el cambio",
    })
}

/// Returns the Spanish words before the URL in a text message.
const fn select_words_before_sms_link(notification: &Notification) -> &'static str {
    if notification.is_new_password_needed() {
        "Contraseña nueva:"
    } else {
        "¿No fue usted?"
    }
}

/// Returns the Spanish advice after the link to the page of a new password; `None` if the mail has no such link.
const fn select_advice_after_password_link(notification: &Notification) -> Option<&'static str> {
    match notification.page() {
        Some(NotificationPage::ForgotPassword) => Some("Si no funciona, avise a su administrador."),
        _ => None,
    }
}

/// Returns the Spanish advice for account holders who did not cause the event.
const fn select_advice_if_user_did_not_cause_event(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict | Notification::EmailProofConflict => {
            "Si no fue usted, no tiene que hacer nada."
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
        | Notification::DeletionWithdrawn => "Si no fue usted, avise enseguida a su administrador.",
        Notification::TwoFactorReset | Notification::AccountErased { .. } => {
            "Si usted no lo pidió, avise enseguida a su administrador."
        }
        Notification::RecoveryRequested => {
            "Si no fue usted, no abra el enlace y cambie su contraseña."
        }
        Notification::RecoveryOpened { .. } | Notification::RecoveryReminder { .. } => {
            "Si no fue usted, cambie también su contraseña."
        }
        Notification::PasswordResetRequested => {
            "Si no fue usted, no haga nada. Su contraseña sigue siendo la misma."
        }
        Notification::EmailProof => {
            "Si no fue usted, no comparta el código. No tiene que hacer nada más."
        }
        Notification::DeletionRequested { .. } => {
            "Si no fue usted, inicie sesión enseguida para conservarla."
        }
    }
}

/// Formats the hours until an event in Spanish, as the beginning of a sentence: "En 72 horas", or "Desde ahora".
fn format_time_until(hours: u32) -> String {
    match hours {
        0 => "Desde ahora".to_owned(),
        _ => format!("En {}", format_count(u64::from(hours), "hora", "horas")),
    }
}

/// Formats the hours until an event in short Spanish: "en 72 h", or "ya".
fn format_time_until_for_sms(hours: u32) -> String {
    match hours {
        0 => "ya".to_owned(),
        _ => format!("en {hours} h"),
    }
}
