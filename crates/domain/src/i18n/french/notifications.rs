use super::pages::PAGE_TEXTS;
use super::problems::{format_count, format_day};
use crate::calendar_day::CalendarDay;
use crate::i18n::notification_text::{NotificationText, format_time_of_day};
use crate::notification::{Notification, NotificationPage};

/// Returns the French texts of a mail or SMS that notifies an account holder.
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
        code_page_intro: "Saisissez-le ici\u{a0}:",
        link_expiry: None,
        sms_link_intro: select_words_before_sms_link(notification),
        salutation: "Bonjour,",
    }
}

/// Returns the French sentence of a notification that says that `repeats` more events of the same kind happened.
pub fn repeated_events_text(repeats: u32) -> String {
    match repeats {
        1 => "Et encore une fois.".to_owned(),
        _ => format!("Et encore {repeats} fois."),
    }
}

/// Returns the French sentence with the day and the time until which the link of a mail works.
pub fn link_expiry_text(day: CalendarDay, time: &str) -> String {
    format!("Le lien est valable jusqu’au {}, {time}.", format_day(day))
}

/// Returns the French subject line of a notification mail.
const fn notification_mail_subject(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict => "Tentative d’inscription avec votre adresse e-mail",
        Notification::TwoFactorSetUp { .. } => "L’authentification à deux facteurs est configurée",
        Notification::PhoneChanged { .. } => "Votre numéro de téléphone a été modifié",
        Notification::PhoneRestored { .. } => "Votre ancien numéro de téléphone est rétabli",
        Notification::RecoveryRequested => "Confirmez la perte de votre téléphone",
        Notification::RecoveryOpened { .. } => "Votre numéro va bientôt être remplacé",
        Notification::RecoveryReminder { .. } => {
            "Rappel\u{a0}: votre numéro va bientôt être remplacé"
        }
        Notification::RecoveryCancelled => "Votre numéro de téléphone ne sera pas remplacé",
        Notification::RecoveryCompleted { .. } => "Votre téléphone perdu a été remplacé",
        Notification::AuthenticatorAdded => "Application d’authentification ajoutée",
        Notification::AuthenticatorRemoved => "Application d’authentification supprimée",
        Notification::RecoveryCodesCreated => "De nouveaux codes de récupération ont été créés",
        Notification::RecoveryCodeUsed { .. } => "Un code de récupération a été utilisé",
        Notification::FactorHeld => "Les codes de votre compte sont suspendus",
        Notification::FactorFailures => "Codes incorrects saisis pour votre compte",
        Notification::NewDeviceSignIn { .. } => "Connexion depuis un nouvel appareil",
        Notification::TwoFactorReset => "Authentification à deux facteurs réinitialisée",
        Notification::PasswordResetRequested => "Choisissez un nouveau mot de passe",
        Notification::PasswordChanged => "Votre mot de passe a été modifié",
        Notification::EmailProof => "Confirmez votre adresse e-mail",
        Notification::EmailProofConflict => "Tentative d’utilisation de votre adresse e-mail",
        Notification::EmailChangeRequested => "Votre adresse e-mail va changer",
        Notification::EmailChanged { .. } => "Votre adresse e-mail a été modifiée",
        Notification::EmailRestored => "Votre ancienne adresse e-mail est rétablie",
        Notification::UsernameChanged => "Votre nom d’utilisateur a été modifié",
        Notification::DeletionRequested { .. } => "Votre compte sera supprimé",
        Notification::DeletionWithdrawn => "Votre compte ne sera pas supprimé",
        Notification::AccountErased { .. } => "Votre compte a été supprimé",
    }
}

/// Returns the French SMS text of a notification.
fn notification_sms_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => {
            "tentative d’inscription avec votre e-mail. Rien n’a changé.".to_owned()
        }
        Notification::TwoFactorSetUp { phone } => {
            format!("double authentification configurée avec {phone}.")
        }
        Notification::PhoneChanged { phone, .. } => {
            format!("votre compte a maintenant le numéro {phone}.")
        }
        Notification::PhoneRestored { phone } => {
            format!("votre numéro est à nouveau {phone}.")
        }
        Notification::RecoveryRequested => "votre téléphone a été déclaré perdu.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => {
            format!(
                "téléphone déclaré perdu\u{a0}: autre numéro {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryReminder { hours, .. } => {
            format!(
                "rappel\u{a0}: téléphone perdu, autre numéro {}.",
                format_time_until_for_sms(*hours)
            )
        }
        Notification::RecoveryCancelled => "votre numéro ne sera pas remplacé.".to_owned(),
        Notification::RecoveryCompleted { phone } => {
            format!("téléphone remplacé. Les codes vont au {phone}.")
        }
        Notification::AuthenticatorAdded => {
            "une application d’authentification a été ajoutée.".to_owned()
        }
        Notification::AuthenticatorRemoved => {
            "votre application d’authentification a été supprimée.".to_owned()
        }
        Notification::RecoveryCodesCreated => {
            "nouveaux codes de récupération. Les anciens sont annulés.".to_owned()
        }
        Notification::RecoveryCodeUsed { left } => {
            format!("code de récupération utilisé. Codes restants\u{a0}: {left}.")
        }
        Notification::FactorHeld => "trop de codes incorrects. Codes suspendus.".to_owned(),
        Notification::FactorFailures => {
            "codes incorrects saisis après votre mot de passe.".to_owned()
        }
        Notification::NewDeviceSignIn { .. } => {
            "connexion à votre compte depuis un nouvel appareil.".to_owned()
        }
        Notification::TwoFactorReset => {
            "un administrateur a réinitialisé votre double authentification.".to_owned()
        }
        Notification::PasswordResetRequested => "un nouveau mot de passe a été demandé.".to_owned(),
        Notification::PasswordChanged => {
            "le mot de passe de votre compte a été modifié.".to_owned()
        }
        Notification::EmailProof => "confirmez votre adresse e-mail.".to_owned(),
        Notification::EmailProofConflict => {
            "tentative d’utilisation de votre e-mail. Rien n’a changé.".to_owned()
        }
        Notification::EmailChangeRequested => {
            "une nouvelle adresse e-mail a été saisie.".to_owned()
        }
        Notification::EmailChanged { .. } => "votre adresse e-mail a été modifiée.".to_owned(),
        Notification::EmailRestored => "votre ancienne adresse e-mail est rétablie.".to_owned(),
        Notification::UsernameChanged => "votre nom d’utilisateur a été modifié.".to_owned(),
        Notification::DeletionRequested { on } => {
            format!("votre compte sera supprimé le {}.", format_day(*on))
        }
        Notification::DeletionWithdrawn => "votre compte ne sera pas supprimé.".to_owned(),
        Notification::AccountErased { on } => {
            format!("votre compte a été supprimé le {}.", format_day(*on))
        }
    }
}

/// Returns the French mail text of a notification.
fn notification_mail_text(notification: &Notification) -> String {
    match notification {
        Notification::RegistrationConflict => "Quelqu’un a essayé de créer un compte avec cette adresse e-mail. Vous en avez déjà un\u{a0}: aucun\ncompte n’a été créé et rien n’a été modifié.".to_owned(),
        Notification::TwoFactorSetUp { phone } => format!("L’authentification à deux facteurs est maintenant configurée pour votre compte. Les codes sont\nenvoyés au numéro {phone}."),
        Notification::PhoneRestored { phone } => format!("Un changement de votre numéro de téléphone a été annulé avec le lien d’un message. Votre numéro\nest à nouveau {phone}. Tous les appareils ont été déconnectés, et un nouveau mot de\npasse est nécessaire avant la prochaine connexion. Si le compte devait être supprimé, il est\nconservé.\nVérifiez ensuite l’application d’authentification et les codes de récupération\u{a0}: les\nrécents ont été supprimés."),
        Notification::RecoveryRequested => "Quelqu’un qui connaît votre mot de passe a déclaré votre téléphone perdu. Ce lien fonctionne\nune fois, pendant une demi-heure.".to_owned(),
        Notification::RecoveryOpened { hours, .. } => format!("Quelqu’un qui a votre mot de passe et accès à vos e-mails a déclaré votre téléphone perdu.\n{}, le mot de passe suffira pour configurer un nouveau numéro dans le navigateur\nqui a ouvert notre lien.", format_time_until(*hours)),
        Notification::RecoveryReminder { hours, .. } => format!("Votre téléphone a été déclaré perdu. {}, le mot de passe suffira pour configurer\nun nouveau numéro dans le navigateur qui a ouvert notre lien.", format_time_until(*hours)),
        Notification::RecoveryCancelled => "Votre téléphone avait été déclaré perdu, et cette demande a été annulée. Votre numéro ne change\npas.".to_owned(),
        Notification::RecoveryCompleted { phone } => format!("Après le délai d’attente pour un téléphone perdu, un nouveau numéro a été configuré. Les codes\nsont maintenant envoyés au numéro {phone}. Tous les autres appareils ont été\ndéconnectés."),
        Notification::PhoneChanged { phone, .. } => format!("Le numéro de téléphone de votre compte a été modifié. Les codes sont maintenant envoyés au\nnuméro {phone}."),
        Notification::AuthenticatorAdded => "Une application d’authentification a été ajoutée à votre compte. Ses codes peuvent maintenant\nservir à la connexion.".to_owned(),
        Notification::AuthenticatorRemoved => "L’application d’authentification de votre compte a été supprimée. Ses codes ne fonctionnent\nplus.".to_owned(),
        Notification::RecoveryCodesCreated => "De nouveaux codes de récupération ont été créés pour votre compte. Les anciens ne fonctionnent\nplus.".to_owned(),
        Notification::RecoveryCodeUsed { left } => format!("Un code de récupération a servi à se connecter à votre compte. Il ne peut plus être utilisé.\nCodes restants\u{a0}: {left}."),
        Notification::FactorHeld => "Quelqu’un qui connaît votre mot de passe a saisi trop de codes incorrects. Pour votre sécurité,\naucun code n’est accepté pour votre compte pour le moment. Un nouveau mot de passe\ny met fin immédiatement.".to_owned(),
        Notification::FactorFailures => "Quelqu’un a utilisé votre mot de passe, ou un lien de vos e-mails, puis a saisi des codes\nincorrects. La connexion a échoué.".to_owned(),
        Notification::NewDeviceSignIn { device, at } => format!(
            "Quelqu’un s’est connecté à votre compte depuis un nouvel appareil\u{a0}: {}.\nHeure de la connexion\u{a0}: {}, {}.",
            PAGE_TEXTS.sessions.device_name_or_unknown(device),
            format_day(CalendarDay::from_timestamp(*at)),
            format_time_of_day(*at)
        ),
        Notification::TwoFactorReset => "Un administrateur a réinitialisé l’authentification à deux facteurs de votre compte. Vous\ndevrez la configurer à nouveau à votre prochaine connexion.".to_owned(),
        Notification::PasswordResetRequested => "Quelqu’un a demandé un nouveau mot de passe pour votre compte. Ce lien fonctionne une fois,\npendant une demi-heure. Si l’authentification à deux facteurs est configurée pour votre\ncompte, un code sera aussi demandé.".to_owned(),
        Notification::PasswordChanged => "Le mot de passe de votre compte a été modifié. Tous les autres appareils ont été déconnectés.".to_owned(),
        Notification::EmailProof => "Quelqu’un a saisi cette adresse e-mail pour un compte, très probablement vous. Le code\nci-dessous montre que l’adresse est à vous. Il fonctionne une fois, pendant un quart d’heure.".to_owned(),
        Notification::EmailProofConflict => "Quelqu’un a saisi cette adresse e-mail pour un autre compte. Elle appartient au vôtre\u{a0}: rien\nn’a été modifié.".to_owned(),
        Notification::EmailChangeRequested => "Une nouvelle adresse e-mail a été saisie pour votre compte. Elle remplacera celle-ci dès que le\ncode que nous y avons envoyé aura été saisi.".to_owned(),
        Notification::EmailChanged { .. } => "L’adresse e-mail de votre compte a été modifiée. Les messages sont maintenant envoyés à la\nnouvelle adresse. Tous les autres appareils ont été déconnectés.".to_owned(),
        Notification::EmailRestored => "Un changement de votre adresse e-mail a été annulé avec le lien reçu par e-mail. Les messages\nsont à nouveau envoyés à l’ancienne adresse. Tous les appareils ont été déconnectés, et un\nnouveau mot de passe est nécessaire avant la prochaine connexion. Si le compte devait être\nsupprimé, il est conservé.\nVérifiez ensuite l’application d’authentification et les codes de récupération\u{a0}: les\nrécents ont été supprimés.".to_owned(),
        Notification::UsernameChanged => "Le nom d’utilisateur de votre compte a été modifié. Connectez-vous désormais avec le nouveau.".to_owned(),
        Notification::DeletionRequested { on } => format!("La suppression de votre compte a été demandée. Il sera supprimé avec toutes vos données le\n{}. Toutes vos sessions ont été fermées.", format_day(*on)),
        Notification::DeletionWithdrawn => "Votre compte devait être supprimé. La suppression a été annulée, et le compte reste tel quel.".to_owned(),
        Notification::AccountErased { on } => format!("Votre compte et vos données ont été supprimés le {}. Vous pouvez vous réinscrire à\ntout moment.", format_day(*on)),
    }
}

/// Returns the French line before the URL or one-time code in a notification mail; `None` if the mail contains neither.
const fn select_line_before_link_or_code(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::ForgotPassword if notification.is_new_password_needed() => {
            "Pour choisir un nouveau mot de passe, ouvrez\u{a0}:"
        }
        NotificationPage::SignIn => "Si c’était vous, connectez-vous à votre compte\u{a0}:",
        NotificationPage::ForgotPassword => {
            "Si ce n’était pas vous, choisissez tout de suite un nouveau mot de passe\u{a0}:"
        }
        NotificationPage::KeepAccount => {
            "Pour garder votre compte, connectez-vous avant cette date\u{a0}:"
        }
        NotificationPage::ResetLink => "Pour choisir un nouveau mot de passe, ouvrez\u{a0}:",
        NotificationPage::EmailCode => "Votre code\u{a0}:",
        NotificationPage::EmailChangeLink => {
            "Si ce n’était pas vous, bloquez le changement ici\u{a0}:"
        }
        NotificationPage::RecoveryLink => "Si c’était vous, confirmez ici\u{a0}:",
        NotificationPage::CancelRecoveryLink => {
            "Si ce n’était pas vous, annulez la demande ici\u{a0}:"
        }
        NotificationPage::UndoLink => "Si ce n’était pas vous, annulez le changement ici\u{a0}:",
    })
}

/// Returns the French words of the button in a notification mail; `None` if the mail contains neither link nor code.
const fn select_link_label(notification: &Notification) -> Option<&'static str> {
    let Some(page) = notification.page() else {
        return None;
    };
    Some(match page {
        NotificationPage::SignIn => "Se connecter",
        NotificationPage::ForgotPassword | NotificationPage::ResetLink => {
            "Choisir un nouveau mot de passe"
        }
        NotificationPage::EmailCode => "Saisir le code",
        NotificationPage::EmailChangeLink => "Bloquer le changement",
        NotificationPage::KeepAccount => "Garder mon compte",
        NotificationPage::RecoveryLink => "Confirmer la perte",
        NotificationPage::CancelRecoveryLink => "Garder mon numéro",
        NotificationPage::UndoLink => "Annuler le changement",
    })
}

/// Returns the French words before the URL in a text message.
const fn select_words_before_sms_link(notification: &Notification) -> &'static str {
    if notification.is_new_password_needed() {
        "Nouveau mot de passe\u{a0}:"
    } else {
        "Pas vous\u{a0}?"
    }
}

/// Returns the French advice after the link to the page of a new password; `None` if the mail has no such link.
const fn select_advice_after_password_link(notification: &Notification) -> Option<&'static str> {
    match notification.page() {
        Some(NotificationPage::ForgotPassword) => {
            Some("Si cela ne fonctionne pas, prévenez votre administrateur.")
        }
        _ => None,
    }
}

/// Returns the French advice for account holders who did not cause the event.
const fn select_advice_if_user_did_not_cause_event(notification: &Notification) -> &'static str {
    match notification {
        Notification::RegistrationConflict | Notification::EmailProofConflict => {
            "Si ce n’était pas vous, vous n’avez rien à faire."
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
        | Notification::DeletionWithdrawn => {
            "Si ce n’était pas vous, prévenez aussitôt votre administrateur."
        }
        Notification::TwoFactorReset | Notification::AccountErased { .. } => {
            "Pas à votre demande\u{a0}? Prévenez aussitôt votre administrateur."
        }
        Notification::RecoveryRequested => {
            "Si ce n’était pas vous, n’ouvrez pas le lien et changez votre mot de passe."
        }
        Notification::RecoveryOpened { .. } | Notification::RecoveryReminder { .. } => {
            "Si ce n’était pas vous, changez aussi votre mot de passe."
        }
        Notification::PasswordResetRequested => {
            "Si ce n’était pas vous, ne faites rien. Votre mot de passe reste le même."
        }
        Notification::EmailProof => {
            "Si ce n’était pas vous, ne transmettez pas le code. Vous n’avez rien d’autre à faire."
        }
        Notification::DeletionRequested { .. } => {
            "Si ce n’était pas vous, connectez-vous aussitôt pour le garder."
        }
    }
}

/// Formats the hours until an event in French, as the beginning of a sentence: "Dans 72 heures", or "Dès maintenant".
fn format_time_until(hours: u32) -> String {
    match hours {
        0 => "Dès maintenant".to_owned(),
        _ => format!("Dans {}", format_count(u64::from(hours), "heure", "heures")),
    }
}

/// Formats the hours until an event in short French: "dans 72 h", or "maintenant".
fn format_time_until_for_sms(hours: u32) -> String {
    match hours {
        0 => "maintenant".to_owned(),
        _ => format!("dans {hours} h"),
    }
}
