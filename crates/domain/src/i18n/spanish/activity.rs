use crate::activity::ActivityEvent;
use crate::method::Method;

/// Returns the Spanish text of an event in the account's security history.
pub fn activity_event_text(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Cuenta creada",
        E::AccountDisabled => "Cuenta desactivada por la administración",
        E::AccountEnabled => "Cuenta reactivada por la administración",
        E::MfaReset => "Autenticación en dos pasos restablecida por la administración",
        E::PasswordAccepted => "Contraseña correcta introducida",
        E::PasswordRefused => "Contraseña incorrecta introducida",
        E::PasswordResetRequested => "Nueva contraseña solicitada por correo",
        E::PasswordResetBegun => "Nueva contraseña introducida con un enlace recibido por correo",
        E::PasswordReset => "Contraseña restablecida por correo",
        E::DataExported => "Datos de la cuenta descargados",
        E::DeletionRequested => "Eliminación de la cuenta solicitada",
        E::DeletionWithdrawn => "Eliminación de la cuenta anulada",
        E::Unlocked => "Límites de la cuenta levantados por la administración",
        E::PasswordChanged => "Contraseña cambiada",
        E::EmailVerified => "Dirección de correo confirmada",
        E::EmailCodeWrong => "Código incorrecto introducido para una dirección de correo",
        E::EmailChangeBegun => "Cambio de dirección de correo iniciado",
        E::EmailChanged => "Dirección de correo cambiada",
        E::EmailChangeCancelled => {
            "Cambio de dirección de correo detenido con el enlace de un correo"
        }
        E::NameChanged => "Nombre cambiado",
        E::UsernameChanged => "Nombre de usuario cambiado",
        E::CodeSent => "Código enviado",
        E::CodeNotSent => "No se pudo enviar un código",
        E::CodeTooLate => "Código introducido demasiado tarde",
        E::CodeUnchecked => "No se pudo comprobar un código",
        E::CodeWrong => "Código incorrecto introducido",
        E::RecoveryCodeWrong => "Código de recuperación incorrecto introducido",
        E::TriesExhausted => "Demasiados códigos incorrectos introducidos",
        E::FactorHeld => "Códigos suspendidos tras demasiados códigos incorrectos",
        E::PasswordResetsHeld => {
            "Restablecimiento de la contraseña suspendido tras demasiados códigos incorrectos"
        }
        E::SignedIn(Some(Method::Sms)) => "Inicio de sesión con un código enviado a su teléfono",
        E::SignedIn(Some(Method::Totp)) => {
            "Inicio de sesión con un código de su aplicación de autenticación"
        }
        E::SignedIn(Some(Method::Recovery)) => "Inicio de sesión con un código de recuperación",
        E::SignedIn(None) => "Inicio de sesión",
        E::SignedOut => "Cierre de sesión",
        E::SignedOutElsewhere => "Cierre de sesión en otro dispositivo",
        E::SignedOutEverywhereElse => "Cierre de sesión en los demás dispositivos",
        E::SteppedUp => "Identidad confirmada con contraseña y código",
        E::SteppedUpByRecoveryCode => "Identidad confirmada con un código de recuperación",
        E::TwoFactorSetUp => "Autenticación en dos pasos configurada",
        E::PhoneChangeBegun => "Cambio de número de teléfono iniciado",
        E::PhoneChanged => "Número de teléfono cambiado",
        E::RecoveryRequested => "Correo solicitado por un teléfono perdido",
        E::RecoveryOpened => "Teléfono declarado perdido",
        E::RecoveryBrowserChanged => {
            "Sustitución de un teléfono perdido trasladada a otro navegador"
        }
        E::RecoveryCancelled => "Sustitución de un teléfono perdido cancelada",
        E::RecoveryCompleted => "Número de un teléfono perdido sustituido",
        E::PhoneRestored => "Cambio de número de teléfono deshecho con el enlace de un mensaje",
        E::EmailRestored => "Cambio de dirección de correo deshecho con el enlace de un correo",
        E::RecoveryCodesCreated => "Nuevos códigos de recuperación creados",
        E::AuthenticatorBegun => "Configuración de una aplicación de autenticación iniciada",
        E::AuthenticatorRefused => {
            "Código incorrecto al configurar una aplicación de autenticación"
        }
        E::AuthenticatorAdded => "Aplicación de autenticación añadida",
        E::AuthenticatorReplaced => "Aplicación de autenticación sustituida",
        E::AuthenticatorRemoved => "Aplicación de autenticación eliminada",
        E::PaymentBegun => "Pago iniciado",
        E::PaymentConfirmed => "Pago confirmado con un código",
        E::PaymentCompleted => "Pago realizado",
        E::PaymentFailed => "Pago fallido",
        E::PaymentExpired => "Pago no confirmado a tiempo",
    }
}
