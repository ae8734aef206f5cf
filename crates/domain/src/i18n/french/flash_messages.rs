use super::problems::format_day;
use crate::flash_message::FlashMessage;

/// Returns the French text of a flash message, which the next page shows once.
pub fn flash_message_text(message: FlashMessage) -> String {
    let text = match message {
        FlashMessage::Registered => {
            "Votre numéro de téléphone est vérifié. Connectez-vous. Si cela ne fonctionne pas, consultez vos e‑mails ou inscrivez-vous à nouveau."
        }
        FlashMessage::PhoneAccountLimitReached => {
            "Votre numéro de téléphone est vérifié, mais aucun compte n’a été créé\u{a0}: ce numéro a déjà autant de comptes qu’un numéro peut en avoir. Inscrivez-vous avec un autre numéro."
        }
        FlashMessage::UsernameTaken => {
            "Votre numéro de téléphone est vérifié, mais aucun compte n’a été créé\u{a0}: un autre compte a pris ce nom d’utilisateur entre-temps. Inscrivez-vous avec un autre nom d’utilisateur."
        }
        FlashMessage::SignedOut => "Votre session est fermée.",
        FlashMessage::SignInNeeded => "Votre session est terminée. Reconnectez-vous.",
        FlashMessage::AnotherAccountSignedIn => {
            "Un autre compte est maintenant connecté, rien n’a donc été fait. Vérifiez le compte et réessayez."
        }
        FlashMessage::SignInAnswerLost => {
            "Votre code était correct, mais ce navigateur n’a pas reçu la réponse. Reconnectez-vous."
        }
        FlashMessage::PhoneChangeAnswerLost => {
            "Votre numéro de téléphone a été modifié. Reconnectez-vous."
        }
        FlashMessage::ChangeAnswerLost => {
            "Votre modification est enregistrée, mais ce navigateur n’a pas reçu la réponse. Reconnectez-vous."
        }
        FlashMessage::PhoneChanged => "Votre numéro de téléphone a été modifié.",
        FlashMessage::AuthenticatorAdded => "Votre application d’authentification est configurée.",
        FlashMessage::AuthenticatorRemoved => {
            "Votre application d’authentification a été supprimée."
        }
        FlashMessage::CodesShownOnce => {
            "Vos codes ont été créés et affichés une seule fois. Si vous ne les avez pas conservés, créez-en de nouveaux."
        }
        FlashMessage::SessionEnded => "L’autre appareil est déconnecté.",
        FlashMessage::SessionsEnded => "Vos autres sessions sont fermées.",
        FlashMessage::ResetRequested => {
            "S’il existe un compte avec ce nom ou cette adresse, un e‑mail contenant un lien est en route vers son adresse."
        }
        FlashMessage::EmailVerified => "Votre adresse e‑mail est confirmée.",
        FlashMessage::EmailChanged => {
            "Votre adresse e‑mail a été modifiée. Vos autres sessions sont fermées."
        }
        FlashMessage::EmailChangeCancelled => {
            "Le changement a été bloqué et votre compte est déconnecté partout. Si ce changement ne venait pas de vous, choisissez un nouveau mot de passe."
        }
        FlashMessage::NamesChanged => "Vos modifications sont enregistrées.",
        FlashMessage::PasswordReset => {
            "Votre nouveau mot de passe est enregistré. Utilisez-le pour vous connecter."
        }
        FlashMessage::PasswordResetCancelled => {
            "Votre mot de passe n’a pas été modifié. Pour le modifier, demandez un nouveau lien."
        }
        FlashMessage::DeletionRequested { on } => {
            return format!(
                "Votre compte sera supprimé le {}. Pour le garder, connectez-vous avant cette date.",
                format_day(on)
            );
        }
        FlashMessage::DeletionWithdrawn => "Votre compte reste tel quel.",
        FlashMessage::CookiesBlocked => {
            "Ce navigateur bloque les cookies. Autorisez-les pour ce site et réessayez."
        }
        FlashMessage::PasswordChanged => {
            "Votre mot de passe a été modifié. Vos autres sessions sont fermées."
        }
        FlashMessage::RecoveryRequested => {
            "Un e‑mail contenant un lien est en route vers votre adresse."
        }
        FlashMessage::RecoveryOpened => {
            "Votre téléphone est déclaré perdu. Nous vous avons envoyé un e‑mail qui indique quand vous pourrez configurer un nouveau numéro."
        }
        FlashMessage::RecoveryBrowserChanged => {
            "Vous pourrez configurer votre nouveau numéro dans ce navigateur quand le délai sera écoulé."
        }
        FlashMessage::RecoveryBrowserReady => {
            "Vous pouvez maintenant configurer votre nouveau numéro dans ce navigateur. Connectez-vous."
        }
        FlashMessage::RecoveryCancelled => {
            "Demande annulée\u{a0}: votre numéro de téléphone est conservé. Si vous n’avez pas déclaré votre téléphone perdu, changez votre mot de passe."
        }
        FlashMessage::EmailChangeUndone => {
            "Votre ancienne adresse e‑mail est rétablie. Choisissez un nouveau mot de passe avant de vous connecter."
        }
        FlashMessage::PhoneChangeUndone => {
            "Votre ancien numéro de téléphone est rétabli. Choisissez un nouveau mot de passe avant de vous connecter."
        }
    };
    text.to_owned()
}
