use super::problems::format_day;
use crate::flash_message::FlashMessage;

/// Returns the Spanish text of a flash message, which the next page shows once.
pub fn flash_message_text(message: FlashMessage) -> String {
    let text = match message {
        FlashMessage::Registered => {
            "Su número de teléfono está verificado. Inicie sesión. Si no funciona, revise su correo o regístrese de nuevo."
        }
        FlashMessage::PhoneAccountLimitReached => {
            "Su número de teléfono está verificado, pero no se creó ninguna cuenta: este número ya tiene todas las cuentas que un número puede tener. Regístrese con otro número."
        }
        FlashMessage::UsernameTaken => {
            "Su número de teléfono está verificado, pero no se creó ninguna cuenta: otra cuenta ha tomado este nombre de usuario entretanto. Regístrese con otro nombre de usuario."
        }
        FlashMessage::SignedOut => "Ha cerrado la sesión.",
        FlashMessage::SignInNeeded => "Su sesión ha terminado. Inicie sesión de nuevo.",
        FlashMessage::AnotherAccountSignedIn => {
            "Ahora hay otra cuenta con la sesión iniciada, así que no se ha hecho nada. Compruebe la cuenta e inténtelo de nuevo."
        }
        FlashMessage::SignInAnswerLost => {
            "Su código era correcto, pero este navegador no recibió la respuesta. Inicie sesión de nuevo."
        }
        FlashMessage::PhoneChangeAnswerLost => {
            "Se ha cambiado su número de teléfono. Inicie sesión de nuevo."
        }
        FlashMessage::ChangeAnswerLost => {
            "Su cambio está guardado, pero este navegador no recibió la respuesta. Inicie sesión de nuevo."
        }
        FlashMessage::PhoneChanged => "Se ha cambiado su número de teléfono.",
        FlashMessage::AuthenticatorAdded => "Su aplicación de autenticación está configurada.",
        FlashMessage::AuthenticatorRemoved => "Se ha eliminado su aplicación de autenticación.",
        FlashMessage::CodesShownOnce => {
            "Sus códigos se crearon y se mostraron una sola vez. Si no los guardó, cree otros nuevos."
        }
        FlashMessage::SessionEnded => "Se ha cerrado la sesión en ese dispositivo.",
        FlashMessage::SessionsEnded => "Se ha cerrado la sesión en todos los demás dispositivos.",
        FlashMessage::ResetRequested => {
            "Si existe una cuenta con ese nombre o esa dirección, un correo con un enlace va de camino a su dirección."
        }
        FlashMessage::EmailVerified => "Su dirección de correo está confirmada.",
        FlashMessage::EmailChanged => {
            "Se ha cambiado su dirección de correo. Se ha cerrado la sesión en todos los demás dispositivos."
        }
        FlashMessage::EmailChangeCancelled => {
            "Se ha detenido el cambio y se ha cerrado la sesión de su cuenta en todas partes. Si usted no pidió el cambio, elija una contraseña nueva."
        }
        FlashMessage::NamesChanged => "Sus cambios están guardados.",
        FlashMessage::PasswordReset => "Su nueva contraseña está guardada. Inicie sesión con ella.",
        FlashMessage::PasswordResetCancelled => {
            "Su contraseña no se ha cambiado. Para cambiarla, solicite otro enlace."
        }
        FlashMessage::DeletionRequested { on } => {
            return format!(
                "Su cuenta se eliminará el {}. Para conservarla, inicie sesión antes de ese día.",
                format_day(on)
            );
        }
        FlashMessage::DeletionWithdrawn => "Su cuenta se queda como está.",
        FlashMessage::CookiesBlocked => {
            "Este navegador bloquea las cookies. Permítalas para este sitio e inténtelo de nuevo."
        }
        FlashMessage::PasswordChanged => {
            "Se ha cambiado su contraseña. Se ha cerrado la sesión en todos los demás dispositivos."
        }
        FlashMessage::RecoveryRequested => "Un correo con un enlace va de camino a su dirección.",
        FlashMessage::RecoveryOpened => {
            "Su teléfono consta como perdido. Le hemos enviado un correo que indica cuándo puede configurar un número nuevo."
        }
        FlashMessage::RecoveryBrowserChanged => {
            "Podrá configurar su número nuevo en este navegador cuando termine el plazo."
        }
        FlashMessage::RecoveryBrowserReady => {
            "Ya puede configurar su número nuevo en este navegador. Inicie sesión."
        }
        FlashMessage::RecoveryCancelled => {
            "Solicitud cancelada: su número de teléfono no cambia. Si usted no declaró perdido su teléfono, cambie su contraseña."
        }
        FlashMessage::EmailChangeUndone => {
            "Su dirección de correo anterior vuelve a estar activa. Elija una contraseña nueva antes de iniciar sesión."
        }
        FlashMessage::PhoneChangeUndone => {
            "Su número de teléfono anterior vuelve a estar activo. Elija una contraseña nueva antes de iniciar sesión."
        }
    };
    text.to_owned()
}
