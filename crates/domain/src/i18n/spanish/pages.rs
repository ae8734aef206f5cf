use super::activity::activity_event_text;
use super::countries::country_name;
use super::flash_messages::flash_message_text;
use super::islands::ISLAND_TEXTS;
use super::payments::PAYMENT_TEXTS;
use super::problems::{format_count, problem_text};
use crate::i18n::islands::PlaceholderText;
use crate::i18n::pages::{
    AuthenticatorTexts, DashboardTexts, DeletionTexts, EmailTexts, ErrorPageTexts, ExportTexts,
    FrameTexts, HistoryTexts, LostPhoneTexts, NotFoundTexts, PageTexts, PasswordResetTexts,
    PhoneTexts, ProfileTexts, RecoveryPageTexts, RegistrationTexts, SessionTexts, StepUpTexts,
    TimeAgo, TimeTexts,
};

pub static PAGE_TEXTS: PageTexts = PageTexts {
    shared: &ISLAND_TEXTS,
    problem: problem_text,
    frame: FrameTexts {
        description: |service| {
            format!("Inicie sesión en {service} con su contraseña y un código en su teléfono.")
        },
        skip: "Ir al contenido",
        account: "Cuenta",
        profile: "Perfil",
        payments: "Pagos",
        sign_out: "Cerrar sesión",
        links: "Ayuda e información legal",
        support: "Ayuda",
        imprint: "Aviso legal",
        privacy: "Privacidad",
        terms: "Condiciones de uso",
        language: "Idioma",
    },
    not_found: NotFoundTexts {
        title: "Página no encontrada",
        text: "No hay nada en esta dirección.",
        home: |service| format!("Ir a {service}"),
    },
    ended_title: "Empiece de nuevo",
    held_title: "Vuelva a intentarlo más tarde",
    register: RegistrationTexts {
        title: "Crear su cuenta",
        already: "¿Ya tiene cuenta? ",
        credentials_title: "Contraseña y teléfono",
        verify_title: "Verificar su teléfono",
        will_send: PlaceholderText {
            before: "Enviaremos un código por SMS al ",
            after: "",
        },
        change_details: "Cambiar sus datos",
        steps: ["Sus datos", "Contraseña y teléfono", "Verificación"],
    },
    verify_title: "Introducir el código",
    otp_explanation: None,
    not_you: "¿No es usted?",
    valid_until: PlaceholderText {
        before: "El código es válido hasta las ",
        after: ".",
    },
    reload_to_resend: PlaceholderText {
        before: "Para solicitar otro código, recargue esta página después de las ",
        after: ".",
    },
    authenticator_prompt: "Introduzca el código que muestra su aplicación de autenticación.",
    dashboard: DashboardTexts {
        title: "Panel",
        welcome: |name| format!("Ha iniciado sesión, {name}."),
        failures: |failures| {
            format!(
                "Antes de su inicio de sesión, {} después de su contraseña. ¿Fue usted? ",
                match failures {
                    1 => "se introdujo 1 código incorrecto".to_owned(),
                    more => format!("se introdujeron {more} códigos incorrectos"),
                }
            )
        },
        failures_advice: "Si no, cambie su contraseña. ",
        security: "Seguridad",
        last_sign_in: "Otro inicio de sesión más reciente",
        no_other_sign_in: "No hubo ningún otro inicio de sesión.",
    },
    profile: ProfileTexts {
        title: "Perfil",
        methods: "Métodos de inicio de sesión",
        activity: "Actividad",
        on: "En uso",
        not_set_up: "Sin configurar",
        running_out: "Quedan pocos",
        set_up: "Configurar",
        manage: "Gestionar",
        change_phone: "Cambiar el número de teléfono",
        change_password: "Cambiar la contraseña",
        phone_country: "País del número",
        country_name,
        app_benefit: "Una aplicación le muestra los códigos, incluso sin cobertura.",
        codes_left: |left| match left {
            0 => "Ninguno. Sin su teléfono no podría iniciar sesión.".to_owned(),
            1 => "Queda 1".to_owned(),
            left => format!("Quedan {left}"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "¿Ha olvidado su contraseña?",
        forgot_lead: "Introduzca su nombre de usuario o su correo. Enviamos a su dirección de correo un enlace con el que elegir una contraseña nueva.",
        forgot_without_mail: "Este servicio no puede enviar correos y, por tanto, no puede enviarle un enlace. Pida una contraseña nueva a su administrador.",
        link_advice: |minutes| {
            format!(
                "El enlace funciona una vez, durante {minutes} minutos. Revise también la carpeta de correo no deseado."
            )
        },
        back: "Volver al inicio de sesión",
        title: "Elegir una contraseña nueva",
        lead: "Después pediremos un código, si su cuenta tiene un segundo factor.",
        invalid_title: "Este enlace no funciona",
        again: "Solicitar otro enlace",
        factor: "Confirme con un código que es usted. Entonces se guardará su nueva contraseña.",
    },
    email: EmailTexts {
        verify_title: "Confirmar su dirección de correo",
        confirmed: "Confirmado",
        not_confirmed: "Sin confirmar",
        will_send: PlaceholderText {
            before: "Enviamos un código a ",
            after: ". Introdúzcalo aquí para confirmar que la dirección es suya.",
        },
        sent_to: PlaceholderText {
            before: "Si esta dirección se puede usar para su cuenta, un código va de camino a ",
            after: ". Es válido durante 15 minutos.",
        },
        code_expired: "El código ha caducado.",
        other_address: "Usar otra dirección",
        change_title: "Cambiar la dirección de correo",
        current: "Dirección de correo actual",
        change_lead: "Enviamos un código a la nueva dirección y un mensaje a la actual.",
        change_lead_unverified: "Enviamos un código a la nueva dirección.",
        cancel_title: "¿Detener el cambio de su dirección de correo?",
        cancel_lead: "Su cuenta conserva la dirección actual y se cierra la sesión en todos los dispositivos.",
        cancel: "Detener el cambio",
        cancel_not_needed: "Si es usted quien cambia la dirección, no tiene que hacer nada.",
        invalid_title: "Este enlace no funciona",
        to_sign_in: "Ir al inicio de sesión",
    },
    name_title: "Cambiar el nombre o el nombre de usuario",
    lost_phone: LostPhoneTexts {
        title: "¿Ha perdido su teléfono?",
        lead: |hours| {
            match hours {
                0 => "Le enviaremos un enlace por correo. Después de abrirlo y confirmar, bastará su contraseña para configurar un número nuevo en el mismo navegador, y conservará su cuenta.".to_owned(),
                _ => format!(
                    "Le enviaremos un enlace por correo. Después de abrirlo y confirmar, deberá esperar {}. Entonces bastará su contraseña para configurar un número nuevo en el mismo navegador, y conservará su cuenta.",
                    format_count(hours, "hora", "horas")
                ),
            }
        },
        other_ways: "Un código de recuperación o su aplicación de autenticación funcionan al momento: inicie sesión así y cambie su número en el perfil.",
        open_title: "¿Está perdido su teléfono?",
        open_lead: |hours| {
            match hours {
                0 => "Avisamos ahora a su dirección de correo y a su número anterior. Después, inicie sesión con su contraseña en este navegador y configure un número nuevo.".to_owned(),
                _ => format!(
                    "Avisamos ahora a su dirección de correo y a su número anterior, y de nuevo a mitad del plazo de espera de {}. Después de ese plazo, inicie sesión con su contraseña en este navegador y configure un número nuevo.",
                    format_count(hours, "hora", "horas")
                ),
            }
        },
        open: "He perdido mi teléfono",
        open_not_needed: "Si todavía tiene su teléfono, no tiene que hacer nada aquí. Si no solicitó el correo, cambie su contraseña.",
        other_browser: "Puede configurar su número nuevo en el navegador en el que confirmó la pérdida de su teléfono. Para este navegador, le enviaremos un enlace nuevo por correo.",
        move_title: "¿Configurar su número nuevo en este navegador?",
        move_lead: |hours| {
            match hours {
                0 => "El plazo ha terminado. Después de confirmar, inicie sesión con su contraseña en este navegador y configure un número nuevo.".to_owned(),
                _ => format!(
                    "El plazo termina en {}. Entonces inicie sesión con su contraseña en este navegador y configure un número nuevo.",
                    format_count(hours, "hora", "horas")
                ),
            }
        },
        move_here: "Usar este navegador",
        move_not_needed: "Para continuar en el navegador anterior, no tiene que hacer nada aquí.",
        cancel_title: "¿Conservar su número de teléfono?",
        cancel_lead: "Su teléfono se ha declarado perdido. Cancele la solicitud si todavía lo tiene o si no fue usted.",
        cancel: "Cancelar y conservar mi número",
        cancel_not_needed: "Si fue usted quien informó de la pérdida, no tiene que hacer nada.",
        question_title: "Su teléfono consta como perdido. ¿Fue usted?",
        question_lead: "Se declaró perdido con su contraseña y su correo. Si todavía lo tiene, cancele la solicitud. Si no fue usted, cambie también su contraseña.",
        not_me: "Cancelar la solicitud",
        was_me: "Fui yo, continuar",
        reported: "Su teléfono se ha declarado perdido. Introduzca su número nuevo.",
        other_factor: "Si todavía tiene su teléfono, su aplicación de autenticación o un código de recuperación, puede conservar su número.",
        keep_number: "Conservar mi número",
        pending: "Su teléfono se ha declarado perdido.",
        check: "Revisar la solicitud",
        undo_title: "¿Deshacer el cambio de su número de teléfono?",
        undo_lead: "Su cuenta recupera este número y se cierra la sesión en todas partes. Antes de iniciar sesión habrá que restablecer la contraseña.",
        undo_email_title: "¿Deshacer el cambio de su dirección de correo?",
        undo_email_lead: "Su cuenta recupera esta dirección y se cierra la sesión en todas partes. Antes de iniciar sesión habrá que restablecer la contraseña.",
        undo_until: PlaceholderText {
            before: "Este enlace es válido hasta el ",
            after: ".",
        },
        undo: "Deshacer el cambio",
        undo_not_needed: "Si fue usted quien hizo este cambio, no tiene que hacer nada.",
        invalid_title: "Este enlace no funciona",
        to_sign_in: "Ir al inicio de sesión",
    },
    export: ExportTexts {
        title: "Descargar sus datos",
        lead: "Un archivo con lo que guardamos sobre usted: sus datos, sus sesiones, su actividad y sus pagos.",
        advice: "Tiene el formato JSON, para otros programas. Guárdelo donde solo usted pueda leerlo.",
        download: "Descargar",
    },
    deletion: DeletionTexts {
        title: "Sus datos",
        delete_title: "Eliminar la cuenta",
        delete_lead: |days| {
            format!(
                "Su cuenta se eliminará {} después de que lo confirme. Hasta entonces puede iniciar sesión para conservarla.",
                format_count(days, "día", "días")
            )
        },
        delete_effects: [
            "Se cierra al momento la sesión en todos los dispositivos y se cancelan los pagos que esperan un código.",
            "Después se borran su nombre, sus direcciones, sus sesiones y su historial. Esto no se puede deshacer.",
            "Los importes y las fechas de los pagos realizados quedan en los libros, sin su nombre.",
        ],
        keep_title: "¿Conservar su cuenta?",
        keep_lead: PlaceholderText {
            before: "Su cuenta se eliminará el ",
            after: ". ¿Quiere conservarla?",
        },
        keep: "Conservar mi cuenta",
        do_not_keep: "Cerrar sesión y dejar que se elimine",
    },
    phone: PhoneTexts {
        country: "País",
        invalid: "Introduzca un número de teléfono válido. Revise las cifras y el país.",
        sms_risk: "Los mensajes se pueden interceptar: nunca comparta un código.",
        sms_risk_and_alternative: "Los mensajes se pueden interceptar: nunca comparta un código. Después de iniciar sesión puede añadir en su lugar una aplicación de autenticación.",
        title: "Cambiar el número de teléfono",
        current: "Número de teléfono actual",
        verified: PlaceholderText {
            before: "Su nuevo número ",
            after: " está verificado. Confirme para usarlo a partir de ahora.",
        },
    },
    authenticator: AuthenticatorTexts {
        title: "Aplicación de autenticación",
        intro: "Una aplicación en su teléfono muestra un código nuevo cada 30 segundos. Funciona sin cobertura y no hay ningún mensaje que se pueda interceptar.",
        set_up: "Configurar la aplicación de autenticación",
        since: "Configurada",
        new_phone: "¿Teléfono nuevo? Sustituya la aplicación: la anterior funciona hasta que se confirme la nueva.",
        replace: "Sustituir",
        old_works: "Su aplicación actual funciona hasta que confirme la nueva.",
        scan: "Escanee esto con su aplicación de autenticación y después introduzca las 6 cifras que muestra.",
        qr: "Código QR para su aplicación de autenticación",
        open_here: "Abrir en una aplicación de este dispositivo",
        or_type: "O escriba esta clave en la aplicación:",
    },
    recovery: RecoveryPageTexts {
        title: "Códigos de recuperación",
        intro: "Con cada código de recuperación puede iniciar sesión una vez cuando no tenga su teléfono.",
        none: "No tiene códigos de recuperación.",
        left: "Códigos restantes",
        created: "Creados",
        left_of: |left, all| format!("{left} de {all}"),
        replace_text: |left| match left {
            0 => "Ha usado todos sus códigos.".to_owned(),
            1 => "El código que le queda dejará de funcionar.".to_owned(),
            more => format!("Los {more} códigos que le quedan dejarán de funcionar."),
        },
        create: "Crear códigos de recuperación",
        shown_once: "Estos códigos se muestran solo esta vez. Guárdelos antes de salir de esta página.",
        keep: "Guárdelos donde solo usted pueda encontrarlos. Cada uno funciona una vez; los códigos anteriores ya no funcionan.",
        download: "Descargar",
        done: "Listo",
        file_name: |service| format!("{service}-codigos-de-recuperacion"),
        file_title: |service| format!("Códigos de recuperación de {service}"),
        file_advice: [
            "Cada código funciona una vez, en lugar de un código en su teléfono.",
            "Guarde este archivo donde solo usted pueda encontrarlo.",
        ],
    },
    sessions: SessionTexts {
        title: "Dónde ha iniciado sesión",
        intro: "Si no reconoce un dispositivo, cierre su sesión, cambie su contraseña y avise a su administrador.",
        end_others: "Cerrar sesión en los demás dispositivos",
        this: "Este dispositivo",
        end: "Cerrar sesión",
        end_named: |device| format!("Cerrar sesión en {device}"),
        device: |browser, system| format!("{browser} en {system}"),
        unknown_device: "Dispositivo desconocido",
        program: "Una aplicación u otro servicio",
        signed_in: "Inicio de sesión: ",
        last_active: "Última actividad: ",
    },
    history: HistoryTexts {
        title: "Historial de seguridad",
        intro: "Qué ocurrió en su cuenta y desde dónde.",
        pages: "Páginas",
        older: "Más antiguos",
        newest: "Más recientes",
        by_service: "Por este servicio",
        activity_event: activity_event_text,
    },
    payments: PAYMENT_TEXTS,
    step_up: StepUpTexts {
        password: "Antes de continuar, confirme que es usted: introduzca su contraseña y después un código.",
        factor: "Confirme que es usted.",
    },
    time: TimeTexts {
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        day: |day, month, year| format!("{day} de {month} de {year}"),
        exact: |day, month, year, time| format!("{day} de {month} de {year}, {time} UTC"),
        ago: |since| match since {
            TimeAgo::Now => "ahora mismo".to_owned(),
            TimeAgo::Minutes(minutes) => {
                format!("hace {}", format_count(minutes, "minuto", "minutos"))
            }
            TimeAgo::Hours(hours) => format!("hace {}", format_count(hours, "hora", "horas")),
            TimeAgo::Days(days) => format!("hace {}", format_count(days, "día", "días")),
        },
    },
    error_page: ErrorPageTexts {
        title: "No ha funcionado",
        home: "Volver al inicio",
        cross_site: "Esta solicitud venía de otro sitio y no se ha ejecutado.",
        not_found: "No hay ninguna página en esta dirección.",
        too_slow: "La solicitud tardó demasiado en llegar. Inténtelo de nuevo.",
        too_large: "La solicitud es demasiado grande.",
        too_many: "Demasiadas solicitudes. Espere un momento.",
        busy: "Tenemos mucha actividad. Inténtelo de nuevo en un momento.",
        internal: "Algo ha fallado por nuestra parte. Inténtelo de nuevo.",
        malformed: "No se pudo entender la solicitud.",
        request_id: "Si se pone en contacto con el servicio de asistencia, indique este identificador:",
    },
    flash_message: flash_message_text,
};
