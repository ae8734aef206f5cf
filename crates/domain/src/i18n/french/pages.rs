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
            format!("Connexion à {service} avec votre mot de passe et un code sur votre téléphone.")
        },
        skip: "Aller au contenu",
        account: "Compte",
        profile: "Profil",
        payments: "Paiements",
        sign_out: "Déconnexion",
        links: "Aide et mentions légales",
        support: "Aide",
        imprint: "Mentions légales",
        privacy: "Confidentialité",
        terms: "Conditions d’utilisation",
        language: "Langue",
    },
    not_found: NotFoundTexts {
        title: "Page introuvable",
        text: "Il n’y a rien à cette adresse.",
        home: |service| format!("Aller sur {service}"),
    },
    ended_title: "Veuillez recommencer",
    held_title: "Veuillez réessayer plus tard",
    register: RegistrationTexts {
        title: "Créer votre compte",
        already: "Vous avez déjà un compte\u{a0}? ",
        credentials_title: "Mot de passe et téléphone",
        verify_title: "Vérifier votre téléphone",
        will_send: PlaceholderText {
            before: "Nous enverrons un code par SMS au ",
            after: "",
        },
        change_details: "Modifier vos informations",
        steps: ["Identité", "Mot de passe et téléphone", "Vérification"],
    },
    verify_title: "Saisir le code",
    otp_explanation: None,
    not_you: "Ce n’est pas vous\u{a0}?",
    valid_until: PlaceholderText {
        before: "Le code est valable jusqu’à ",
        after: ".",
    },
    reload_to_resend: PlaceholderText {
        before: "Pour demander un autre code, rechargez cette page après ",
        after: ".",
    },
    authenticator_prompt: "Saisissez le code affiché par votre application d’authentification.",
    dashboard: DashboardTexts {
        title: "Tableau de bord",
        welcome: |name| format!("Bonjour {name}, votre session est ouverte."),
        failures: |failures| {
            format!(
                "Avant votre connexion, {} après votre mot de passe. Était-ce vous\u{a0}? ",
                format_count(
                    failures as u64,
                    "code incorrect a été saisi",
                    "codes incorrects ont été saisis"
                )
            )
        },
        failures_advice: "Sinon, changez de mot de passe. ",
        security: "Sécurité",
        last_sign_in: "Dernière autre connexion",
        no_other_sign_in: "Il n’y a eu aucune autre connexion.",
    },
    profile: ProfileTexts {
        title: "Profil",
        methods: "Méthodes de connexion",
        activity: "Activité",
        on: "En service",
        not_set_up: "À configurer",
        running_out: "Bientôt épuisés",
        set_up: "Configurer",
        manage: "Gérer",
        change_phone: "Changer de numéro de téléphone",
        change_password: "Changer de mot de passe",
        phone_country: "Pays du numéro",
        country_name,
        app_benefit: "Une application vous affiche les codes, même sans réseau.",
        codes_left: |left| match left {
            0 => "Aucun. Sans votre téléphone, vous ne pourriez pas vous connecter.".to_owned(),
            left => format_count(u64::from(left), "code restant", "codes restants"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Mot de passe oublié\u{a0}?",
        forgot_lead: "Saisissez votre nom d’utilisateur ou votre adresse e‑mail. Nous vous envoyons par e‑mail un lien pour choisir un nouveau mot de passe.",
        forgot_without_mail: "Ce service ne peut pas envoyer d’e‑mails et ne peut donc pas vous envoyer de lien. Demandez un nouveau mot de passe à votre administrateur.",
        link_advice: |minutes| {
            format!(
                "Le lien fonctionne une seule fois, pendant {minutes} minutes. Vérifiez aussi votre dossier de courrier indésirable."
            )
        },
        back: "Retour à la connexion",
        title: "Choisir un nouveau mot de passe",
        lead: "Nous demanderons ensuite un code, si votre compte a un second facteur.",
        invalid_title: "Ce lien ne fonctionne pas",
        again: "Demander un nouveau lien",
        factor: "Confirmez avec un code que c’est bien vous. Votre nouveau mot de passe sera alors enregistré.",
    },
    email: EmailTexts {
        verify_title: "Confirmer votre adresse e‑mail",
        confirmed: "Confirmée",
        not_confirmed: "Non confirmée",
        will_send: PlaceholderText {
            before: "Nous envoyons un code à ",
            after: ". Saisissez-le ici pour confirmer que l’adresse est à vous.",
        },
        sent_to: PlaceholderText {
            before: "Si cette adresse peut être utilisée pour votre compte, un code est en route vers ",
            after: ". Il est valable 15 minutes.",
        },
        code_expired: "Le code a expiré.",
        other_address: "Utiliser une autre adresse",
        change_title: "Changer d’adresse e‑mail",
        current: "Adresse e‑mail actuelle",
        change_lead: "Nous envoyons un code à la nouvelle adresse et un message à l’adresse actuelle.",
        change_lead_unverified: "Nous envoyons un code à la nouvelle adresse.",
        cancel_title: "Bloquer le changement de votre adresse e‑mail\u{a0}?",
        cancel_lead: "Votre compte garde son adresse actuelle et sera déconnecté sur tous les appareils.",
        cancel: "Bloquer le changement",
        cancel_not_needed: "Si vous changez l’adresse vous-même, vous n’avez rien à faire.",
        invalid_title: "Ce lien ne fonctionne pas",
        to_sign_in: "Aller à la connexion",
    },
    name_title: "Modifier le nom ou le nom d’utilisateur",
    lost_phone: LostPhoneTexts {
        title: "Téléphone perdu\u{a0}?",
        lead: |hours| {
            match hours {
                0 => "Nous vous enverrons un lien par e‑mail. Après l’avoir ouvert et confirmé, votre mot de passe suffit pour configurer un nouveau numéro dans le même navigateur, et vous gardez votre compte.".to_owned(),
                _ => format!(
                    "Nous vous enverrons un lien par e‑mail. Après l’avoir ouvert et confirmé, vous attendrez {}. Ensuite, votre mot de passe suffit pour configurer un nouveau numéro dans le même navigateur, et vous gardez votre compte.",
                    format_count(hours, "heure", "heures")
                ),
            }
        },
        other_ways: "Un code de récupération ou votre application d’authentification fonctionne immédiatement\u{a0}: connectez-vous ainsi, puis changez votre numéro dans votre profil.",
        open_title: "Votre téléphone est-il perdu\u{a0}?",
        open_lead: |hours| {
            match hours {
                0 => "Nous prévenons maintenant votre adresse e‑mail et votre ancien numéro. Ensuite, connectez-vous avec votre mot de passe dans ce navigateur et configurez un nouveau numéro.".to_owned(),
                _ => format!(
                    "Nous prévenons maintenant votre adresse e‑mail et votre ancien numéro, puis de nouveau à la moitié du délai d’attente de {}. Après ce délai, connectez-vous avec votre mot de passe dans ce navigateur et configurez un nouveau numéro.",
                    format_count(hours, "heure", "heures")
                ),
            }
        },
        open: "Mon téléphone est perdu",
        open_not_needed: "Si vous avez encore votre téléphone, vous n’avez rien à faire ici. Si vous n’avez pas demandé cet e‑mail, changez de mot de passe.",
        other_browser: "Vous pouvez configurer votre nouveau numéro dans le navigateur où vous avez confirmé la perte de votre téléphone. Pour ce navigateur-ci, nous vous enverrons un nouveau lien par e‑mail.",
        move_title: "Configurer votre nouveau numéro dans ce navigateur\u{a0}?",
        move_lead: |hours| {
            match hours {
                0 => "Le délai est écoulé. Après confirmation, connectez-vous avec votre mot de passe dans ce navigateur et configurez un nouveau numéro.".to_owned(),
                _ => format!(
                    "Le délai se termine dans {}. Connectez-vous alors avec votre mot de passe dans ce navigateur et configurez un nouveau numéro.",
                    format_count(hours, "heure", "heures")
                ),
            }
        },
        move_here: "Utiliser ce navigateur",
        move_not_needed: "Pour continuer dans le navigateur précédent, vous n’avez rien à faire ici.",
        cancel_title: "Garder votre numéro de téléphone\u{a0}?",
        cancel_lead: "Votre téléphone a été déclaré perdu. Annulez cette demande si vous l’avez encore, ou si elle ne vient pas de vous.",
        cancel: "Annuler et garder mon numéro",
        cancel_not_needed: "Si vous avez déclaré la perte vous-même, vous n’avez rien à faire.",
        question_title: "Votre téléphone est déclaré perdu. Était-ce vous\u{a0}?",
        question_lead: "Cette demande a été faite avec votre mot de passe et vos e‑mails. Si vous avez encore votre téléphone, annulez-la. Si ce n’était pas vous, changez aussi votre mot de passe.",
        not_me: "Annuler la demande",
        was_me: "C’était moi, continuer",
        reported: "Votre téléphone a été déclaré perdu. Saisissez votre nouveau numéro.",
        other_factor: "Si vous avez encore votre téléphone, votre application d’authentification ou un code de récupération, vous pouvez garder votre numéro.",
        keep_number: "Garder mon numéro",
        pending: "Votre téléphone a été déclaré perdu.",
        check: "Vérifier cette déclaration",
        undo_title: "Annuler le changement de votre numéro de téléphone\u{a0}?",
        undo_lead: "Votre compte retrouve ce numéro et sera déconnecté partout. Le mot de passe devra être réinitialisé avant la prochaine connexion.",
        undo_email_title: "Annuler le changement de votre adresse e‑mail\u{a0}?",
        undo_email_lead: "Votre compte retrouve cette adresse et sera déconnecté partout. Le mot de passe devra être réinitialisé avant la prochaine connexion.",
        undo_until: PlaceholderText {
            before: "Ce lien est valable jusqu’au ",
            after: ".",
        },
        undo: "Annuler le changement",
        undo_not_needed: "Si vous avez fait ce changement vous-même, vous n’avez rien à faire.",
        invalid_title: "Ce lien ne fonctionne pas",
        to_sign_in: "Aller à la connexion",
    },
    export: ExportTexts {
        title: "Télécharger vos données",
        lead: "Un fichier avec ce que nous conservons à votre sujet\u{a0}: vos informations, vos sessions, votre activité et vos paiements.",
        advice: "Il est au format JSON, pour d’autres programmes. Conservez-le dans un endroit accessible uniquement à vous.",
        download: "Télécharger",
    },
    deletion: DeletionTexts {
        title: "Vos données",
        delete_title: "Supprimer le compte",
        delete_lead: |days| {
            format!(
                "Votre compte sera supprimé {} après votre confirmation. D’ici là, vous pouvez vous connecter pour le garder.",
                format_count(days, "jour", "jours")
            )
        },
        delete_effects: [
            "Vos sessions sont aussitôt fermées sur tous les appareils, et les paiements qui attendent un code sont annulés.",
            "Ensuite, votre nom, vos adresses, vos sessions et votre historique sont effacés. C’est irréversible.",
            "Les montants et les dates des paiements effectués restent dans les livres, sans votre nom.",
        ],
        keep_title: "Garder votre compte\u{a0}?",
        keep_lead: PlaceholderText {
            before: "Votre compte sera supprimé le ",
            after: ". Voulez-vous le garder\u{a0}?",
        },
        keep: "Garder mon compte",
        do_not_keep: "Se déconnecter et laisser supprimer",
    },
    phone: PhoneTexts {
        country: "Pays",
        invalid: "Saisissez un numéro de téléphone valide. Vérifiez les chiffres et le pays.",
        sms_risk: "Les messages peuvent être interceptés\u{a0}: ne communiquez jamais un code.",
        sms_risk_and_alternative: "Les messages peuvent être interceptés\u{a0}: ne communiquez jamais un code. Après la connexion, vous pourrez ajouter une application d’authentification à la place.",
        title: "Changer de numéro de téléphone",
        current: "Numéro de téléphone actuel",
        verified: PlaceholderText {
            before: "Votre nouveau numéro ",
            after: " est vérifié. Confirmez pour l’utiliser dès maintenant.",
        },
    },
    authenticator: AuthenticatorTexts {
        title: "Application d’authentification",
        intro: "Une application sur votre téléphone affiche un nouveau code toutes les 30 secondes. Elle fonctionne sans réseau, et il n’y a aucun message à intercepter.",
        set_up: "Configurer l’application d’authentification",
        since: "Configurée",
        new_phone: "Nouveau téléphone\u{a0}? Remplacez l’application\u{a0}: l’ancienne fonctionne jusqu’à ce que la nouvelle soit confirmée.",
        replace: "Remplacer",
        old_works: "Votre application actuelle fonctionne jusqu’à ce que vous confirmiez la nouvelle.",
        scan: "Scannez ce code avec votre application d’authentification, puis saisissez les 6 chiffres qu’elle affiche.",
        qr: "Code QR pour votre application d’authentification",
        open_here: "Ouvrir dans une application sur cet appareil",
        or_type: "Ou saisissez cette clé dans l’application\u{a0}:",
    },
    recovery: RecoveryPageTexts {
        title: "Codes de récupération",
        intro: "Chaque code de récupération vous permet de vous connecter une fois, quand vous n’avez pas votre téléphone.",
        none: "Vous n’avez aucun code de récupération.",
        left: "Codes restants",
        created: "Créés",
        left_of: |left, all| format!("{left} sur {all}"),
        replace_text: |left| match left {
            0 => "Vous avez utilisé tous vos codes.".to_owned(),
            1 => "Le code qui vous reste ne fonctionnera plus.".to_owned(),
            more => format!("Les {more} codes qui vous restent ne fonctionneront plus."),
        },
        create: "Créer des codes de récupération",
        shown_once: "Ces codes ne sont affichés que cette fois. Enregistrez-les avant de quitter cette page.",
        keep: "Conservez-les dans un endroit accessible uniquement à vous. Chacun fonctionne une fois\u{a0}; les codes précédents ne fonctionnent plus.",
        download: "Télécharger",
        done: "Terminé",
        file_name: |service| format!("{service}-codes-de-recuperation"),
        file_title: |service| format!("Codes de récupération pour {service}"),
        file_advice: [
            "Chaque code fonctionne une fois, à la place d’un code sur votre téléphone.",
            "Conservez ce fichier dans un endroit accessible uniquement à vous.",
        ],
    },
    sessions: SessionTexts {
        title: "Vos connexions actives",
        intro: "Si vous ne reconnaissez pas un appareil, déconnectez-le, changez de mot de passe et prévenez votre administrateur.",
        end_others: "Se déconnecter partout ailleurs",
        this: "Cet appareil",
        end: "Déconnecter",
        end_named: |device| format!("Déconnecter {device}"),
        device: |browser, system| format!("{browser} sous {system}"),
        unknown_device: "Appareil inconnu",
        program: "Une application ou un autre service",
        signed_in: "Connexion\u{a0}: ",
        last_active: "Dernière activité\u{a0}: ",
    },
    history: HistoryTexts {
        title: "Historique de sécurité",
        intro: "Ce qui s’est passé sur votre compte, et d’où.",
        pages: "Pages",
        older: "Plus anciens",
        newest: "Plus récents",
        by_service: "Par ce service",
        activity_event: activity_event_text,
    },
    payments: PAYMENT_TEXTS,
    step_up: StepUpTexts {
        password: "Avant de continuer, confirmez que c’est bien vous\u{a0}: saisissez votre mot de passe, puis un code.",
        factor: "Confirmez que c’est bien vous.",
    },
    time: TimeTexts {
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        day: |day, month, year| match day {
            1 => format!("1er {month} {year}"),
            day => format!("{day} {month} {year}"),
        },
        exact: |day, month, year, time| match day {
            1 => format!("1er {month} {year} à {time} UTC"),
            day => format!("{day} {month} {year} à {time} UTC"),
        },
        ago: |since| match since {
            TimeAgo::Now => "à l’instant".to_owned(),
            TimeAgo::Minutes(minutes) => {
                format!("il y a {}", format_count(minutes, "minute", "minutes"))
            }
            TimeAgo::Hours(hours) => format!("il y a {}", format_count(hours, "heure", "heures")),
            TimeAgo::Days(days) => format!("il y a {}", format_count(days, "jour", "jours")),
        },
    },
    error_page: ErrorPageTexts {
        title: "Cela n’a pas fonctionné",
        home: "Retour à l’accueil",
        cross_site: "Cette demande venait d’un autre site et n’a pas été exécutée.",
        not_found: "Il n’y a pas de page à cette adresse.",
        too_slow: "La demande a mis trop de temps à arriver. Veuillez réessayer.",
        too_large: "La demande est trop volumineuse.",
        too_many: "Trop de demandes. Veuillez patienter un instant.",
        busy: "Nous sommes très sollicités. Veuillez réessayer dans un instant.",
        internal: "Un problème est survenu de notre côté. Veuillez réessayer.",
        malformed: "La demande n’a pas pu être comprise.",
        request_id: "Si vous contactez l’assistance, indiquez cet identifiant\u{a0}:",
    },
    flash_message: flash_message_text,
};
