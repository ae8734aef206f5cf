use super::payments::PAYMENTS;
use super::{WORDS, count};
use crate::i18n::{
    Around, Authenticator, Dashboard, Frame, History, Moments, NotFound, Pages, Phone, Profile,
    RecoveryPage, Refused, Register, Sessions, Since, StepUp,
};
use crate::{ActivityEvent, FlashMessage, Method};

pub static PAGES: Pages = Pages {
    shared: &WORDS,
    frame: Frame {
        skip: "Skip to content",
        account: "Account",
        profile: "Profile",
        sign_out: "Sign out",
        language: "Language",
    },
    not_found: NotFound {
        title: "Page not found",
        text: "There is nothing at this address.",
        home: "Go to Sallyport",
    },
    ended_title: "Please start again",
    register: Register {
        title: "Create your account",
        already: "Already registered? ",
        credentials_title: "Password and phone",
        verify_title: "Verify your phone",
        will_send: Around {
            before: "We will send a code by text message to ",
            after: "",
        },
        change_number: "Change number",
        steps: ["Your details", "Password and phone", "Verify"],
    },
    verify_title: "OTP Verification",
    totp_lead: "Enter the code your authenticator app shows.",
    dashboard: Dashboard {
        title: "Dashboard",
        welcome: |name| format!("You are signed in, {name}."),
        failures: |count| {
            format!(
                "Before you signed in, {count} wrong codes were entered after your password. Was that you? "
            )
        },
        offer: "If you lose your phone, a recovery code lets you in. ",
    },
    profile: Profile {
        title: "Profile",
        methods: "Sign-in methods",
        activity: "Activity",
        on: "On",
        not_set_up: "Not set up",
        set_up: "Set up",
        manage: "Manage",
        change_phone: "Change phone number",
        codes_left: |left| match left {
            0 => "None. Without your phone you could not sign in.".to_owned(),
            left => format!("{left} left"),
        },
    },
    phone: Phone {
        title: "Change Phone Number",
        current: "Current phone number",
        verified: Around {
            before: "Your new number ",
            after: " is verified. Confirm to use it from now on.",
        },
    },
    authenticator: Authenticator {
        title: "Authenticator app",
        lead: "An app on your phone shows a new code every 30 seconds. It works without a signal, \
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
    recovery: RecoveryPage {
        title: "Recovery codes",
        lead: "Each recovery code signs you in once, in place of a code, for the day you do not \
               have your phone.",
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
    sessions: Sessions {
        title: "Where you're signed in",
        lead: "If you do not recognize a device, sign it out and tell your administrator.",
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
    history: History {
        title: "Security history",
        lead: "What happened to your account, and from where.",
        pages: "Pages",
        older: "Older",
        newest: "Newest",
        line,
    },
    payments: PAYMENTS,
    step_up: StepUp {
        password: "To go on, confirm that it is you: first your password, then a code.",
        factor: "Confirm that it is you.",
    },
    moments: Moments {
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
            Since::Now => "just now".to_owned(),
            Since::Minutes(minutes) => format!("{} ago", count(minutes, "minute")),
            Since::Hours(hours) => format!("{} ago", count(hours, "hour")),
            Since::Days(days) => format!("{} ago", count(days, "day")),
        },
    },
    refused: Refused {
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
    news,
};

fn news(news: FlashMessage) -> &'static str {
    match news {
        FlashMessage::Registered => "Phone number verified. Sign in with your new account.",
        FlashMessage::SignedOut => "You are signed out.",
        FlashMessage::PhoneChanged => "Your phone number has been updated.",
        FlashMessage::AuthenticatorAdded => "Your authenticator app is set up.",
        FlashMessage::AuthenticatorRemoved => "Your authenticator app has been removed.",
        FlashMessage::SessionEnded => "That device is signed out.",
        FlashMessage::SessionsEnded => "You are signed out everywhere else.",
    }
}

fn line(what: ActivityEvent) -> &'static str {
    use ActivityEvent as H;
    match what {
        H::AccountCreated => "Account created",
        H::AccountDisabled => "Account disabled by an administrator",
        H::AccountEnabled => "Account enabled by an administrator",
        H::MfaReset => "Two-factor authentication reset by an administrator",
        H::PasswordAccepted => "Right password entered",
        H::PasswordRefused => "Wrong password entered",
        H::CodeSent => "Code sent",
        H::CodeNotSent => "A code could not be sent",
        H::CodeTooLate => "Code entered too late",
        H::CodeUnchecked => "A code could not be checked",
        H::CodeWrong => "Wrong code entered",
        H::RecoveryCodeWrong => "Wrong recovery code entered",
        H::TriesExhausted => "Too many wrong codes entered",
        H::FactorHeld => "Codes put on hold after too many wrong ones",
        H::SignedIn(Some(Method::Sms)) => "Signed in with a code sent to your phone",
        H::SignedIn(Some(Method::Totp)) => "Signed in with a code of your authenticator app",
        H::SignedIn(Some(Method::Recovery)) => "Signed in with a recovery code",
        H::SignedIn(None) => "Signed in",
        H::SignedOut => "Signed out",
        H::SignedOutElsewhere => "Signed out on another device",
        H::SignedOutEverywhereElse => "Signed out everywhere else",
        H::SteppedUp => "Confirmed to be you, with password and code",
        H::SteppedUpByRecoveryCode => "Confirmed to be you, with a recovery code",
        H::TwoFactorSetUp => "Two-factor authentication set up",
        H::PhoneChangeBegun => "Change of phone number begun",
        H::PhoneChanged => "Phone number changed",
        H::RecoveryCodesCreated => "New recovery codes created",
        H::AuthenticatorBegun => "Set-up of an authenticator app begun",
        H::AuthenticatorRefused => "Wrong code entered while setting up an authenticator app",
        H::AuthenticatorAdded => "Authenticator app added",
        H::AuthenticatorReplaced => "Authenticator app replaced",
        H::AuthenticatorRemoved => "Authenticator app removed",
        H::PaymentBegun => "Payment started",
        H::PaymentConfirmed => "Payment confirmed with a code",
        H::PaymentCompleted => "Payment completed",
        H::PaymentFailed => "Payment failed",
        H::PaymentExpired => "Payment not confirmed in time",
    }
}
