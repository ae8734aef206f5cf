use crate::activity::ActivityEvent;
use crate::method::Method;

/// Returns the French text of an event in the account's security history.
pub fn activity_event_text(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Compte créé",
        E::AccountDisabled => "Compte désactivé par l’administration",
        E::AccountEnabled => "Compte réactivé par l’administration",
        E::MfaReset => "Authentification à deux facteurs réinitialisée par l’administration",
        E::PasswordAccepted => "Mot de passe correct saisi",
        E::PasswordRefused => "Mot de passe incorrect saisi",
        E::PasswordResetRequested => "Nouveau mot de passe demandé par e‑mail",
        E::PasswordResetBegun => "Nouveau mot de passe saisi à partir d’un lien reçu par e‑mail",
        E::PasswordReset => "Mot de passe réinitialisé par e‑mail",
        E::DataExported => "Données du compte téléchargées",
        E::DeletionRequested => "Suppression du compte demandée",
        E::DeletionWithdrawn => "Suppression du compte annulée",
        E::Unlocked => "Limites du compte levées par l’administration",
        E::PasswordChanged => "Mot de passe modifié",
        E::EmailVerified => "Adresse e‑mail confirmée",
        E::EmailCodeWrong => "Code incorrect saisi pour une adresse e‑mail",
        E::EmailChangeBegun => "Changement d’adresse e‑mail commencé",
        E::EmailChanged => "Adresse e‑mail modifiée",
        E::EmailChangeCancelled => {
            "Changement d’adresse e‑mail bloqué avec le lien reçu par e‑mail"
        }
        E::NameChanged => "Nom modifié",
        E::UsernameChanged => "Nom d’utilisateur modifié",
        E::CodeSent => "Code envoyé",
        E::CodeNotSent => "Un code n’a pas pu être envoyé",
        E::CodeTooLate => "Code saisi trop tard",
        E::CodeUnchecked => "Un code n’a pas pu être vérifié",
        E::CodeWrong => "Code incorrect saisi",
        E::RecoveryCodeWrong => "Code de récupération incorrect saisi",
        E::TriesExhausted => "Trop de codes incorrects saisis",
        E::FactorHeld => "Codes suspendus après trop de saisies incorrectes",
        E::PasswordResetsHeld => {
            "Réinitialisation du mot de passe suspendue après trop de codes incorrects"
        }
        E::SignedIn(Some(Method::Sms)) => "Connexion avec un code envoyé sur votre téléphone",
        E::SignedIn(Some(Method::Totp)) => {
            "Connexion avec un code de votre application d’authentification"
        }
        E::SignedIn(Some(Method::Recovery)) => "Connexion avec un code de récupération",
        E::SignedIn(None) => "Connexion",
        E::SignedOut => "Déconnexion",
        E::SignedOutElsewhere => "Déconnexion sur un autre appareil",
        E::SignedOutEverywhereElse => "Déconnexion partout ailleurs",
        E::SteppedUp => "Identité confirmée par mot de passe et code",
        E::SteppedUpByRecoveryCode => "Identité confirmée par un code de récupération",
        E::TwoFactorSetUp => "Authentification à deux facteurs configurée",
        E::PhoneChangeBegun => "Changement de numéro de téléphone commencé",
        E::PhoneChanged => "Numéro de téléphone modifié",
        E::RecoveryRequested => "E‑mail demandé pour un téléphone perdu",
        E::RecoveryOpened => "Téléphone déclaré perdu",
        E::RecoveryBrowserChanged => {
            "Remplacement d’un téléphone perdu transféré vers un autre navigateur"
        }
        E::RecoveryCancelled => "Remplacement d’un téléphone perdu annulé",
        E::RecoveryCompleted => "Numéro d’un téléphone perdu remplacé",
        E::PhoneRestored => "Changement de numéro annulé avec le lien d’un message",
        E::EmailRestored => "Changement d’adresse e‑mail annulé avec le lien reçu par e‑mail",
        E::RecoveryCodesCreated => "Nouveaux codes de récupération créés",
        E::AuthenticatorBegun => "Configuration d’une application d’authentification commencée",
        E::AuthenticatorRefused => {
            "Code incorrect saisi en configurant une application d’authentification"
        }
        E::AuthenticatorAdded => "Application d’authentification ajoutée",
        E::AuthenticatorReplaced => "Application d’authentification remplacée",
        E::AuthenticatorRemoved => "Application d’authentification supprimée",
        E::PaymentBegun => "Paiement commencé",
        E::PaymentConfirmed => "Paiement confirmé par un code",
        E::PaymentCompleted => "Paiement effectué",
        E::PaymentFailed => "Paiement échoué",
        E::PaymentExpired => "Paiement non confirmé à temps",
    }
}
