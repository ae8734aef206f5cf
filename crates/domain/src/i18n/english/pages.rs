use super::countries::country_name;
use super::islands::ISLAND_TEXTS;
use super::payments::PAYMENT_TEXTS;
use super::problems::count;
use crate::activity::ActivityEvent;
use crate::flash_message::FlashMessage;
use crate::i18n::islands::PlaceholderText;
use crate::i18n::pages::{
    AuthenticatorTexts, DashboardTexts, ErrorPageTexts, FrameTexts, HistoryTexts, NotFoundTexts,
    PageTexts, PasswordResetTexts, PhoneTexts, ProfileTexts, RecoveryPageTexts, RegistrationTexts,
    SessionTexts, StepUpTexts, TimeAgo, TimeTexts,
};
use crate::method::Method;

pub static PAGE_TEXTS: PageTexts = PageTexts {
    shared: &ISLAND_TEXTS,
    frame: FrameTexts {
        skip: "Skip to content",
        account: "Account",
        profile: "Profile",
        sign_out: "Sign out",
        language: "Language",
    },
    not_found: NotFoundTexts {
        title: "Page not found",
        text: "There is nothing at this address.",
        home: "Go to Sallyport",
    },
    ended_title: "Please start again",
    register: RegistrationTexts {
        title: "Create your account",
        already: "Already registered? ",
        credentials_title: "Password and phone",
        verify_title: "Verify your phone",
        will_send: PlaceholderText {
            before: "We will send a code by text message to ",
            after: "",
        },
        change_number: "Change number",
        change_details: "Change your details",
        steps: ["Your details", "Password and phone", "Verify"],
    },
    verify_title: "OTP Verification",
    signing_in_as: |name| format!("Signing in as {name}."),
    not_you: "Not you?",
    authenticator_prompt: "Enter the code your authenticator app shows.",
    dashboard: DashboardTexts {
        title: "Dashboard",
        welcome: |name| format!("You are signed in, {name}."),
        failures: |count| {
            format!(
                "Before you signed in, {count} wrong codes were entered after your password. Was that you? "
            )
        },
        offer: "If you lose your phone, a recovery code lets you in. ",
    },
    profile: ProfileTexts {
        title: "Profile",
        methods: "Sign-in methods",
        activity: "Activity",
        on: "On",
        not_set_up: "Not set up",
        set_up: "Set up",
        manage: "Manage",
        change_phone: "Change phone number",
        change_password: "Change password",
        phone_country: "Country of the number",
        country_name,
        codes_left: |left| match left {
            0 => "None. Without your phone you could not sign in.".to_owned(),
            left => format!("{left} left"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Forgot your password?",
        forgot_lead: "Enter your username or email. We send a link to your email address, with which you choose a new password.",
        back: "Back to sign in",
        title: "Choose a new password",
        lead: "After that we ask for a code, if your account has a second factor.",
        invalid_title: "This link does not work",
        again: "Request a new link",
        factor: "Confirm with a code that it is you. Then your new password is saved.",
    },
    phone: PhoneTexts {
        title: "Change Phone Number",
        current: "Current phone number",
        verified: PlaceholderText {
            before: "Your new number ",
            after: " is verified. Confirm to use it from now on.",
        },
    },
    authenticator: AuthenticatorTexts {
        title: "Authenticator app",
        intro: "An app on your phone shows a new code every 30 seconds. It works without a signal, \
               and there is no message to intercept.",
        set_up: "Set up authenticator app",
        since: "Set up",
        new_phone: "Got a new phone? Replace the app: the old one works until the new one is confirmed.",
        replace: "Replace",
        old_works: "Your current app works until you confirm the new one.",
        scan: "Scan this with your authenticator app, then enter the 6 digits it shows.",
        qr: "QR code for your authenticator app",
        open_here: "Open it in an app on this device",
        or_type: "Or type this key into the app:",
    },
    recovery: RecoveryPageTexts {
        title: "Recovery codes",
        intro: "Each recovery code signs you in once when you do not have your phone.",
        none: "You have no recovery codes.",
        left: "Codes left",
        created: "Created",
        left_of: |left, all| format!("{left} of {all}"),
        create: "Create recovery codes",
        shown_once: "These codes are shown only this once. Save them before you leave this page.",
        keep: "Keep them where only you can reach them. Each works once; earlier codes no longer \
               work.",
        download: "Download",
        done: "Done",
        file_name: "sallyport-recovery-codes",
        file_title: "Sallyport recovery codes",
        file_advice: [
            "Each code works once, in place of a code on your phone.",
            "Keep this file where only you can reach it.",
        ],
    },
    sessions: SessionTexts {
        title: "Where you're signed in",
        intro: "If you do not recognize a device, sign it out and tell your administrator.",
        end_others: "Sign out everywhere else",
        this: "This device",
        end: "Sign out",
        end_named: |device| format!("Sign out {device}"),
        device: |browser, system| format!("{browser} on {system}"),
        unknown_device: "Unknown device",
        program: "An app or another service",
        signed_in: "Signed in ",
        last_active: "Last active ",
    },
    history: HistoryTexts {
        title: "Security history",
        intro: "What happened to your account, and from where.",
        pages: "Pages",
        older: "Older",
        newest: "Newest",
        activity_event,
    },
    payments: PAYMENT_TEXTS,
    step_up: StepUpTexts {
        password: "Before you continue, confirm that it is you: enter your password, then a code.",
        factor: "Confirm that it is you.",
    },
    time: TimeTexts {
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        exact: |day, month, year, time| format!("{day} {month} {year}, {time} UTC"),
        ago: |since| match since {
            TimeAgo::Now => "just now".to_owned(),
            TimeAgo::Minutes(minutes) => format!("{} ago", count(minutes, "minute")),
            TimeAgo::Hours(hours) => format!("{} ago", count(hours, "hour")),
            TimeAgo::Days(days) => format!("{} ago", count(days, "day")),
        },
    },
    error_page: ErrorPageTexts {
        title: "That did not work",
        home: "Back to the start",
        cross_site: "This request came from another site, so it was not carried out.",
        not_found: "There is no page at this address.",
        too_slow: "The request took too long to arrive. Please try again.",
        too_large: "The request is too large.",
        too_many: "Too many requests. Please wait a moment.",
        busy: "We are very busy. Please try again in a moment.",
        internal: "Something went wrong on our side. Please try again.",
        malformed: "The request could not be understood.",
    },
    flash_message,
};

fn flash_message(message: FlashMessage) -> &'static str {
    match message {
        FlashMessage::Registered => {
            "Phone number verified. Please sign in. If that does not work, check your email or register again."
        }
        FlashMessage::NumberCrowded => {
            "Phone number verified, but no account was created: this number already has as many accounts as one number may have. Register with a different number."
        }
        FlashMessage::SignedOut => "You are signed out.",
        FlashMessage::SignInNeeded => "Your session has ended. Please sign in again.",
        FlashMessage::PhoneChanged => "Your phone number has been updated.",
        FlashMessage::AuthenticatorAdded => "Your authenticator app is set up.",
        FlashMessage::AuthenticatorRemoved => "Your authenticator app has been removed.",
        FlashMessage::CodesShownOnce => {
            "Your codes were created and shown once. If you did not save them, create new ones."
        }
        FlashMessage::SessionEnded => "That device is signed out.",
        FlashMessage::SessionsEnded => "You are signed out everywhere else.",
        FlashMessage::ResetRequested => {
            "If there is an account with this name or address, a mail with a link is on its way to its email address."
        }
        FlashMessage::PasswordReset => "Your new password is saved. Please sign in with it.",
        FlashMessage::PasswordChanged => {
            "Your password has been changed. You are signed out everywhere else."
        }
    }
}

fn activity_event(event: ActivityEvent) -> &'static str {
    use ActivityEvent as E;
    match event {
        E::AccountCreated => "Account created",
        E::AccountDisabled => "Account disabled by an administrator",
        E::AccountEnabled => "Account enabled by an administrator",
        E::MfaReset => "Two-factor authentication reset by an administrator",
        E::PasswordAccepted => "Correct password entered",
        E::PasswordRefused => "Wrong password entered",
        E::PasswordResetRequested => "New password requested by mail",
        E::PasswordResetBegun => "New password entered with a link from a mail",
        E::PasswordReset => "Password reset by mail",
        E::PasswordChanged => "Password changed",
        E::CodeSent => "Code sent",
        E::CodeNotSent => "A code could not be sent",
        E::CodeTooLate => "Code entered too late",
        E::CodeUnchecked => "A code could not be checked",
        E::CodeWrong => "Wrong code entered",
        E::RecoveryCodeWrong => "Wrong recovery code entered",
        E::TriesExhausted => "Too many wrong codes entered",
        E::FactorHeld => "Codes put on hold after too many wrong ones",
        E::SignedIn(Some(Method::Sms)) => "Signed in with a code sent to your phone",
        E::SignedIn(Some(Method::Totp)) => "Signed in with a code of your authenticator app",
        E::SignedIn(Some(Method::Recovery)) => "Signed in with a recovery code",
        E::SignedIn(None) => "Signed in",
        E::SignedOut => "Signed out",
        E::SignedOutElsewhere => "Signed out on another device",
        E::SignedOutEverywhereElse => "Signed out everywhere else",
        E::SteppedUp => "Identity confirmed with password and code",
        E::SteppedUpByRecoveryCode => "Identity confirmed with a recovery code",
        E::TwoFactorSetUp => "Two-factor authentication set up",
        E::PhoneChangeBegun => "Change of phone number started",
        E::PhoneChanged => "Phone number changed",
        E::RecoveryCodesCreated => "New recovery codes created",
        E::AuthenticatorBegun => "Set-up of an authenticator app started",
        E::AuthenticatorRefused => "Wrong code entered while setting up an authenticator app",
        E::AuthenticatorAdded => "Authenticator app added",
        E::AuthenticatorReplaced => "Authenticator app replaced",
        E::AuthenticatorRemoved => "Authenticator app removed",
        E::PaymentBegun => "Payment started",
        E::PaymentConfirmed => "Payment confirmed with a code",
        E::PaymentCompleted => "Payment completed",
        E::PaymentFailed => "Payment failed",
        E::PaymentExpired => "Payment not confirmed in time",
    }
}
