use crate::calendar_day::CalendarDay;
use crate::name::Username;
use crate::password::MIN_PASSWORD_CHARS;
use crate::payment_status::PaymentStatus;
use crate::problem::Problem;

// Texts that islands need too.
pub(super) const CODE_EXPIRED: &str =
    "Le code a expiré. Cliquez sur «\u{a0}Renvoyer\u{a0}» pour en recevoir un nouveau.";
pub(super) const COULD_NOT_SEND: &str = "Le code n’a pas pu être envoyé. Veuillez réessayer.";
pub(super) const COULD_NOT_VERIFY: &str =
    "La vérification n’a pas abouti. Vérifiez votre connexion et réessayez.";
pub(super) const BAD_REQUEST: &str = "La demande n’a pas pu être comprise.";
pub(super) const INTERNAL: &str = "Un problème est survenu de notre côté. Veuillez réessayer.";

/// Returns the French error message for a refused request.
pub fn problem_text(problem: &Problem) -> String {
    use Problem as P;
    match problem {
        P::Missing => "Veuillez remplir ce champ.".into(),
        P::TooLong => "C’est trop long.".into(),
        P::NameInvalid => "N’utilisez que des lettres, des espaces et des signes de ponctuation.".into(),
        P::UsernameInvalid => format!(
            "Utilisez de {} à {} lettres, chiffres, points, tirets ou tirets bas.",
            Username::MIN_CHARS,
            Username::MAX_CHARS
        ),
        P::UsernameTaken => "Ce nom d’utilisateur est déjà pris.".into(),
        P::EmailInvalid => "Saisissez une adresse e‑mail comme nom@example.com.".into(),
        P::EmailTaken => "Adresse e‑mail déjà utilisée".into(),
        P::EmailUnchanged => "C’est déjà votre adresse e‑mail. Saisissez-en une autre.".into(),
        P::EmailUnproven => "Confirmez d’abord votre adresse e‑mail.".into(),
        P::PhoneTaken => "Numéro de téléphone déjà utilisé".into(),
        P::PasswordTooShort => format!("Utilisez au moins {MIN_PASSWORD_CHARS} caractères."),
        P::PasswordTooLong => "Ce mot de passe est trop long. Choisissez-en un plus court.".into(),
        P::PasswordCommon => "Ce mot de passe est trop courant. Choisissez-en un autre.".into(),
        P::PasswordResembles => "N’utilisez pas votre nom, votre e‑mail ou votre numéro de téléphone comme mot de passe.".into(),
        P::PasswordUnchanged => "C’est le mot de passe actuel. Choisissez-en un autre.".into(),
        P::PhoneInvalid => "Saisissez un numéro de téléphone valide, avec l’indicatif du pays s’il n’est pas local.".into(),
        P::PhoneUnsupported => "Ce type de numéro ne peut pas recevoir de codes. Utilisez un numéro de mobile.".into(),
        P::PhoneCountryUnsupported => "Les numéros de ce pays ne sont pas acceptés. Utilisez un numéro d’un autre pays.".into(),
        P::PhoneUnreachable => "Nous ne pouvons pas envoyer de code à ce numéro. Vérifiez-le ou utilisez-en un autre.".into(),
        P::CaptchaFailed => "Veuillez confirmer que vous n’êtes pas un robot.".into(),
        P::Credentials => "Nom d’utilisateur ou mot de passe incorrect. Après plusieurs échecs, attendez quelques minutes avant de réessayer.".into(),
        P::MethodUnavailable => "Cette méthode n’est pas configurée pour votre compte.".into(),
        P::PhoneUnchanged => "C’est déjà votre numéro. Saisissez-en un autre.".into(),
        P::PhoneUnavailable => "Ce numéro ne peut pas être utilisé. Saisissez-en un autre.".into(),
        P::PhoneAccountLimitReached => "Ce numéro de téléphone a déjà autant de comptes qu’un numéro peut en avoir. Utilisez-en un autre.".into(),
        P::RecoveryCodeWrong => "Ce n’est pas l’un de vos codes de récupération inutilisés.".into(),
        P::RecoveryCodeMalformed => "Saisissez un code de récupération\u{a0}: 13 lettres et chiffres, ou 24 si le code est plus ancien.".into(),
        P::PasswordWrong => "Mot de passe incorrect. Après plusieurs échecs, attendez quelques minutes avant de réessayer.".into(),
        P::UsernameMismatch => "Ce n’est pas votre nom d’utilisateur.".into(),
        P::ResetLinkInvalid => "Ce lien a expiré, a déjà servi ou est incomplet. Demandez-en un nouveau.".into(),
        P::LinkInvalid => "Ce lien a expiré, a déjà servi ou est incomplet.".into(),
        P::ChangeWait { secs } => format!("Vous avez fait ce changement plusieurs fois. Réessayez dans {}.", format_waiting_time(*secs)),
        P::ExportWait { secs } => format!("Vous avez téléchargé vos données plusieurs fois. Réessayez dans {}.", format_waiting_time(*secs)),
        P::RecoveryPending { secs } => format!("Votre téléphone est déjà déclaré perdu. Dans {}, votre mot de passe suffira pour configurer un nouveau numéro.", format_waiting_time(*secs)),
        P::PasswordFromMail => "Vous avez réinitialisé votre mot de passe par e‑mail uniquement. Pour remplacer aussi un téléphone perdu, contactez votre administrateur.".into(),
        P::AuthenticatorVoided => "Trop de codes incorrects. Configurez à nouveau l’application, avec une nouvelle clé.".into(),
        P::OnlyMethod => "C’est la seule méthode de votre compte. Configurez-en d’abord une autre.".into(),
        P::StepUpNeeded => "Confirmez d’abord que c’est bien vous.".into(),
        P::SecondFactorNeeded => "Connectez-vous avec un second facteur pour effectuer des paiements.".into(),
        P::LineInvalid => "Supprimez les retours à la ligne et les caractères de contrôle.".into(),
        P::AmountInvalid => "Saisissez un montant en chiffres, avec une virgule avant les décimales, comme 1234,50.".into(),
        P::AmountTooFine { decimals: 0 } => "Les montants dans cette devise n’ont pas de décimales.".into(),
        P::AmountTooFine { decimals } => format!("Les montants dans cette devise ont au plus {decimals} décimales."),
        P::AmountNotPositive => "Saisissez un montant supérieur à zéro.".into(),
        P::AmountTooLarge => "Ce montant est trop élevé.".into(),
        P::CurrencyUnknown => "Choisissez une devise dans la liste.".into(),
        P::PaymentUnknown => "Ce paiement n’existe pas.".into(),
        P::PaymentSettled { status } => settled_payment_text(*status).into(),
        P::InvalidCode { attempts_remaining } => format!(
            "Code incorrect. Il reste {}.",
            format_count(u64::from(*attempts_remaining), "tentative", "tentatives")
        ),
        P::UsedCode { attempts_remaining } => format!(
            "Ce code a déjà été utilisé. Attendez le code suivant de votre application. Il reste {}.",
            format_count(u64::from(*attempts_remaining), "tentative", "tentatives")
        ),
        P::CodeOfAnotherTime { attempts_remaining } => format!(
            "Ce code est valable pour un autre moment. Vérifiez que l’horloge de votre appareil est réglée automatiquement. Il reste {}.",
            format_count(u64::from(*attempts_remaining), "tentative", "tentatives")
        ),
        P::MalformedCode { digits } => format!("Saisissez les {digits} chiffres du code."),
        P::CodeExpired => CODE_EXPIRED.into(),
        P::TooManyAttempts => "Trop de tentatives. Recommencez la connexion depuis le début.".into(),
        P::AttemptsUsedUp => "Trop de tentatives. Recommencez depuis le début.".into(),
        P::CouldNotSend => COULD_NOT_SEND.into(),
        P::CouldNotVerify => COULD_NOT_VERIFY.into(),
        P::ResendWait { secs } => format!("Vous pourrez demander un autre code dans {}.", format_waiting_time(*secs)),
        P::FactorHeld { secs } if *secs > P::LONGEST_TEMPORARY_HOLD_SECS => "Trop de codes incorrects pour ce compte. Utilisez «\u{a0}Mot de passe oublié\u{a0}?\u{a0}» ou contactez votre administrateur.".into(),
        P::FactorHeld { secs } => format!("Trop de codes incorrects pour ce compte. Réessayez dans {}.", format_waiting_time(*secs)),
        P::ResetHeld { .. } => "Trop de codes incorrects pour ce compte. Contactez votre administrateur.".into(),
        P::Cooling { secs } => format!("Votre numéro de téléphone a été modifié récemment. Pour votre sécurité, cette action sera possible dans {}.", format_waiting_time(*secs)),
        P::Busy => "Votre dernière saisie est encore en cours de vérification. Veuillez patienter un instant.".into(),
        P::FlowEnded => "Cette étape a expiré ou a été terminée ailleurs. Veuillez recommencer.".into(),
        P::LimitReached { secs } => format!("Trop de demandes. Réessayez dans {}.", format_waiting_time(*secs)),
        P::Overloaded { secs } => format!("Nous sommes très sollicités. Veuillez réessayer dans {}.", format_waiting_time(*secs)),
        P::BadRequest => BAD_REQUEST.into(),
        P::Internal => INTERNAL.into(),
    }
}

/// Returns the French error message for an action on a payment that already has the final status `status`.
const fn settled_payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Pending => "Le paiement n’est pas encore confirmé",
        PaymentStatus::Processing => "Le paiement est déjà en cours",
        PaymentStatus::Completed => "Le paiement a déjà été effectué",
        PaymentStatus::Failed => "Le paiement a déjà échoué",
        PaymentStatus::Expired => "Le paiement a déjà expiré",
    }
}

/// Formats a waiting time of `secs` seconds in French, rounded up: "30 secondes", "12 minutes", "3 heures".
fn format_waiting_time(secs: u64) -> String {
    match secs {
        0..=90 => format_count(secs.max(1), "seconde", "secondes"),
        91..=5400 => format_count(secs.div_ceil(60), "minute", "minutes"),
        _ => format_count(secs.div_ceil(3600), "heure", "heures"),
    }
}

/// Formats a number with its French unit: "0 jour", "1 jour", "2 jours": zero is singular in French.
pub(super) fn format_count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count < 2 { one } else { many })
}

/// Formats a day in French notation: "31/01/2026".
pub(super) fn format_day(day: CalendarDay) -> String {
    format!("{:02}/{:02}/{:04}", day.day, day.month, day.year)
}
