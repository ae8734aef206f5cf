use crate::calendar_day::CalendarDay;
use crate::name::Username;
use crate::password::MIN_PASSWORD_CHARS;
use crate::payment_status::PaymentStatus;
use crate::problem::Problem;

// Texts that islands need too.
pub(super) const CODE_EXPIRED: &str = "El código ha caducado. Pulse «Reenviar» para recibir otro.";
pub(super) const COULD_NOT_SEND: &str = "No se pudo enviar el código. Inténtelo de nuevo.";
pub(super) const COULD_NOT_VERIFY: &str =
    "No se pudo completar la verificación. Compruebe su conexión e inténtelo de nuevo.";
pub(super) const BAD_REQUEST: &str = "No se pudo entender la solicitud.";
pub(super) const INTERNAL: &str = "Algo ha fallado por nuestra parte. Inténtelo de nuevo.";

/// Returns the Spanish error message for a refused request.
pub fn problem_text(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Missing => "Rellene este campo.".into(),
        P::TooLong => "Es demasiado largo.".into(),
        P::NameInvalid => "Use solo letras, espacios y signos de puntuación.".into(),
        P::UsernameInvalid => format!(
            "Use de {} a {} letras, cifras, puntos, guiones o guiones bajos.",
            Username::MIN_CHARS,
            Username::MAX_CHARS
        ),
        P::UsernameTaken => "Este nombre de usuario ya está en uso.".into(),
        P::EmailInvalid => "Introduzca una dirección de correo como nombre@example.com.".into(),
        P::EmailTaken => "Dirección de correo ya registrada".into(),
        P::EmailUnchanged => "Esta ya es su dirección de correo. Introduzca otra.".into(),
        P::EmailUnproven => "Confirme primero su dirección de correo.".into(),
        P::PhoneTaken => "Número de teléfono ya registrado".into(),
        P::PasswordTooShort => format!("Use al menos {MIN_PASSWORD_CHARS} caracteres."),
        P::PasswordTooLong => "Esta contraseña es demasiado larga. Elija una más corta.".into(),
        P::PasswordCommon => "Esta contraseña es demasiado común. Elija otra.".into(),
        P::PasswordResembles => "No use su nombre, su correo ni su número de teléfono como contraseña.".into(),
        P::PasswordUnchanged => "Esta es la contraseña actual. Elija otra.".into(),
        P::PhoneInvalid => "Introduzca un número de teléfono válido, con el prefijo del país si no es local.".into(),
        P::PhoneUnsupported => "Este tipo de número no puede recibir códigos. Use un número de móvil.".into(),
        P::PhoneCountryUnsupported => "No se aceptan números de este país. Use un número de otro país.".into(),
        P::PhoneUnreachable => "No podemos enviar un código a este número. Compruébelo o use otro.".into(),
        P::CaptchaFailed => "Confirme que no es un robot.".into(),
        P::Credentials => "Nombre de usuario o contraseña incorrectos. Tras varios intentos fallidos, espere unos minutos antes de volver a intentarlo.".into(),
        P::MethodUnavailable => "Este método no está configurado en su cuenta.".into(),
        P::PhoneUnchanged => "Este ya es su número. Introduzca otro.".into(),
        P::PhoneUnavailable => "Este número no se puede usar. Introduzca otro.".into(),
        P::PhoneAccountLimitReached => "Este número de teléfono ya tiene todas las cuentas que un número puede tener. Use otro.".into(),
        P::RecoveryCodeWrong => "Este no es uno de sus códigos de recuperación sin usar.".into(),
        P::RecoveryCodeMalformed => "Introduzca un código de recuperación: 13 letras y cifras, o 24 si el código es más antiguo.".into(),
        P::PasswordWrong => "Contraseña incorrecta. Tras varios intentos fallidos, espere unos minutos antes de volver a intentarlo.".into(),
        P::UsernameMismatch => "Este no es su nombre de usuario.".into(),
        P::ResetLinkInvalid => "Este enlace ha caducado, ya se usó o está incompleto. Solicite otro.".into(),
        P::LinkInvalid => "Este enlace ha caducado, ya se usó o está incompleto.".into(),
        P::ChangeWait { secs } => format!("Ya ha cambiado esto varias veces. Inténtelo de nuevo en {}.", format_waiting_time(*secs)),
        P::ExportWait { secs } => format!("Ya ha descargado sus datos varias veces. Inténtelo de nuevo en {}.", format_waiting_time(*secs)),
        P::RecoveryPending { secs } => format!("Su teléfono ya consta como perdido. En {} bastará su contraseña para configurar un número nuevo.", format_waiting_time(*secs)),
        P::PasswordFromMail => "Ha restablecido su contraseña solo por correo. Para sustituir también un teléfono perdido, póngase en contacto con el administrador.".into(),
        P::AuthenticatorVoided => "Demasiados códigos incorrectos. Configure la aplicación de nuevo, con otra clave.".into(),
        P::OnlyMethod => "Este es el único método de su cuenta. Configure otro primero.".into(),
        P::StepUpNeeded => "Confirme primero que es usted.".into(),
        P::SecondFactorNeeded => "Inicie sesión con un segundo factor para hacer pagos.".into(),
        P::LineInvalid => "Quite los saltos de línea y los caracteres de control.".into(),
        P::AmountInvalid => "Introduzca un importe en cifras, con una coma antes de los decimales, como 1234,50.".into(),
        P::AmountTooFine { decimals: 0 } => "Los importes en esta moneda no tienen decimales.".into(),
        P::AmountTooFine { decimals } => format!("Los importes en esta moneda tienen como máximo {decimals} decimales."),
        P::AmountNotPositive => "Introduzca un importe mayor que cero.".into(),
        P::AmountTooLarge => "Este importe es demasiado grande.".into(),
        P::CurrencyUnknown => "Elija una moneda de la lista.".into(),
        P::PaymentUnknown => "Este pago no existe.".into(),
        P::PaymentSettled { status } => settled_payment_text(*status).into(),
        P::InvalidCode { attempts_remaining } => format!("Código incorrecto. {}.", format_remaining_attempts(*attempts_remaining)),
        P::UsedCode { attempts_remaining } => format!(
            "Este código ya se ha utilizado. Espere el siguiente código de su aplicación. {}.",
            format_remaining_attempts(*attempts_remaining)
        ),
        P::CodeOfAnotherTime { attempts_remaining } => format!(
            "El código es correcto para otro momento. Compruebe que el reloj de su dispositivo se ajusta automáticamente. {}.",
            format_remaining_attempts(*attempts_remaining)
        ),
        P::MalformedCode { digits } => format!("Introduzca las {digits} cifras del código."),
        P::CodeExpired => CODE_EXPIRED.into(),
        P::TooManyAttempts => "Demasiados intentos. Vuelva a iniciar sesión desde el principio.".into(),
        P::AttemptsUsedUp => "Demasiados intentos. Empiece de nuevo.".into(),
        P::CouldNotSend => COULD_NOT_SEND.into(),
        P::CouldNotVerify => COULD_NOT_VERIFY.into(),
        P::ResendWait { secs } => format!("Podrá solicitar otro código en {}.", format_waiting_time(*secs)),
        P::FactorHeld { secs } if *secs > P::LONGEST_TEMPORARY_HOLD_SECS => "Demasiados códigos incorrectos para esta cuenta. Use «¿Ha olvidado su contraseña?» o póngase en contacto con el administrador.".into(),
        P::FactorHeld { secs } => format!("Demasiados códigos incorrectos para esta cuenta. Inténtelo de nuevo en {}.", format_waiting_time(*secs)),
        P::ResetHeld { .. } => "Demasiados códigos incorrectos para esta cuenta. Póngase en contacto con el administrador.".into(),
        P::Cooling { secs } => format!("Su número de teléfono se cambió hace poco. Por su seguridad, esto será posible en {}.", format_waiting_time(*secs)),
        P::Busy => "Todavía se está comprobando lo último que introdujo. Espere un momento.".into(),
        P::FlowEnded => "Este paso ha caducado o se terminó en otro lugar. Empiece de nuevo.".into(),
        P::LimitReached { secs } => format!("Demasiadas solicitudes. Inténtelo de nuevo en {}.", format_waiting_time(*secs)),
        P::Overloaded { secs } => format!("Tenemos mucha actividad. Inténtelo de nuevo en {}.", format_waiting_time(*secs)),
        P::BadRequest => BAD_REQUEST.into(),
        P::Internal => INTERNAL.into(),
    }
}

/// Returns the Spanish error message for an action on a payment that already has the final status `status`.
const fn settled_payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending => "El pago aún no está confirmado",
        PaymentStatus::Processing => "El pago ya está en curso",
        PaymentStatus::Completed => "El pago ya se realizó",
        PaymentStatus::Failed => "El pago ya falló",
        PaymentStatus::Expired => "El pago ya caducó",
    }
}

/// Formats a waiting time of `secs` seconds in Spanish, rounded up: "30 segundos", "12 minutos", "3 horas".
fn format_waiting_time(secs: u64) -> String {
    match secs {
        0..=90 => format_count(secs.max(1), "segundo", "segundos"),
        91..=5400 => format_count(secs.div_ceil(60), "minuto", "minutos"),
        _ => format_count(secs.div_ceil(3600), "hora", "horas"),
    }
}

/// Formats the number of remaining attempts in Spanish: "Queda 1 intento", "Quedan 2 intentos".
fn format_remaining_attempts(left: u32) -> String {
    match left {
        1 => "Queda 1 intento".into(),
        more => format!("Quedan {more} intentos"),
    }
}

/// Formats a number with its Spanish unit: "1 día", "2 días".
pub(super) fn format_count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Formats a day in Spanish notation: "31/01/2026".
pub(super) fn format_day(day: CalendarDay) -> String {
    format!("{:02}/{:02}/{:04}", day.day, day.month, day.year)
}
