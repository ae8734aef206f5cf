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
            format!("Sign in to {service} with your password and a code on your phone.")
        },
        skip: "Skip to content",
        account: "Account",
        payments: "Payments",
        profile: "Profile",
        sign_out: "Sign out",
        links: "Help and legal",
        support: "Help",
        imprint: "Imprint",
        privacy: "Privacy",
        terms: "Terms",
        language: "Language",
    },
    not_found: NotFoundTexts {
        title: "Page not found",
        text: "There is nothing at this address.",
        home: |service| format!("Go to {service}"),
    },
    ended_title: "Please start again",
    held_title: "Please try again later",
    register: RegistrationTexts {
        title: "Create your account",
        already: "Already registered? ",
        credentials_title: "Password and phone",
        verify_title: "Verify your phone",
        will_send: PlaceholderText {
            before: "We will send a code by text message to ",
            after: "",
        },
        change_details: "Change your details",
        steps: ["Your details", "Password and phone", "Verify"],
    },
    verify_title: "OTP Verification",
    otp_explanation: Some("OTP means one-time password: a code that is valid once."),
    not_you: "Not you?",
    valid_until: PlaceholderText {
        before: "The code is valid until ",
        after: ".",
    },
    reload_to_resend: PlaceholderText {
        before: "To request another code, reload this page after ",
        after: ".",
    },
    authenticator_prompt: "Enter the code your authenticator app shows.",
    dashboard: DashboardTexts {
        title: "Dashboard",
        welcome: |name| format!("You are signed in, {name}."),
        failures: |count| {
            format!(
                "Before you signed in, {count} wrong codes were entered after your password. Was that you? "
            )
        },
        failures_advice: "If not, change your password. ",
        security: "Security",
        last_sign_in: "Last other sign-in",
        no_other_sign_in: "There was no other sign-in.",
    },
    profile: ProfileTexts {
        title: "Profile",
        methods: "Sign-in methods",
        activity: "Activity",
        on: "On",
        not_set_up: "Not set up",
        running_out: "Running out",
        set_up: "Set up",
        manage: "Manage",
        change_phone: "Change phone number",
        change_password: "Change password",
        phone_country: "Country of the number",
        country_name,
        app_benefit: "An app shows you the codes, even without a signal.",
        codes_left: |left| match left {
            0 => "None. Without your phone you could not sign in.".to_owned(),
            left => format!("{left} left"),
        },
    },
    password_reset: PasswordResetTexts {
        forgot_title: "Forgot your password?",
        forgot_lead: "Enter your username or email. We will email you a link to choose a new password.",
        forgot_without_mail: "This service cannot send email, so it cannot send you a link. Ask your administrator for a new password.",
        link_advice: |minutes| {
            format!("The link works once, for {minutes} minutes. Check your spam folder too.")
        },
        back: "Back to sign in",
        title: "Choose a new password",
        lead: "After that we ask for a code, if your account has a second factor.",
        invalid_title: "This link does not work",
        again: "Request a new link",
        factor: "Confirm with a code that it is you. Then your new password is saved.",
    },
    email: EmailTexts {
        verify_title: "Confirm your email address",
        confirmed: "Confirmed",
        not_confirmed: "Not confirmed",
        will_send: PlaceholderText {
            before: "We send a code to ",
            after: ". Enter it here to confirm that the address is yours.",
        },
        sent_to: PlaceholderText {
            before: "If this address can be used for your account, a code is on its way to ",
            after: ". It works for 15 minutes.",
        },
        code_expired: "The code has expired.",
        other_address: "Use a different address",
        change_title: "Change email address",
        current: "Current email address",
        change_lead: "We send a code to the new address, and a message to the current one.",
        change_lead_unverified: "We send a code to the new address.",
        cancel_title: "Stop the change of your email address?",
        cancel_lead: "Your account keeps its current address, and is signed out on every device.",
        cancel: "Stop the change",
        cancel_not_needed: "If you are changing the address yourself, you need to do nothing.",
        invalid_title: "This link does not work",
        to_sign_in: "Go to sign in",
    },
    name_title: "Change name or username",
    lost_phone: LostPhoneTexts {
        title: "Lost your phone?",
        lead: |hours| {
            match hours {
                0 => "We will email you a link. After you open it and confirm, your password is enough to set up a new number in the same browser, and you keep your account.".to_owned(),
                _ => format!(
                    "We will email you a link. After you open it and confirm, you wait {}. Then your password is enough to set up a new number in the same browser, and you keep your account.",
                    format_count(hours, "hour")
                ),
            }
        },
        other_ways: "A recovery code or your authenticator app works at once: sign in with it, and change your number in your profile.",
        open_title: "Is your phone lost?",
        open_lead: |hours| {
            match hours {
                0 => "We notify your email address and your old number now. After that, sign in with your password in this browser and set up a new number.".to_owned(),
                _ => format!(
                    "We notify your email address and your old number now, and again after half of the waiting time of {}. After the waiting time, sign in with your password in this browser and set up a new number.",
                    format_count(hours, "hour")
                ),
            }
        },
        open: "My phone is lost",
        open_not_needed: "If you still have your phone, you need to do nothing here. If you did not request the email, change your password.",
        other_browser: "You can set up your new number in the browser in which you confirmed that your phone is lost. For this browser, we will email you a new link.",
        move_title: "Set up your new number in this browser?",
        move_lead: |hours| {
            match hours {
                0 => "The waiting time is over. After you confirm, sign in with your password in this browser and set up a new number.".to_owned(),
                _ => format!(
                    "The waiting time ends in {}. Then sign in with your password in this browser and set up a new number.",
                    format_count(hours, "hour")
                ),
            }
        },
        move_here: "Use this browser",
        move_not_needed: "To go on in the earlier browser, you need to do nothing here.",
        cancel_title: "Keep your phone number?",
        cancel_lead: "Your phone was reported lost. Cancel this if you still have it, or if it was not you.",
        cancel: "Cancel and keep my number",
        cancel_not_needed: "If you reported your phone lost yourself, you need to do nothing.",
        question_title: "A recovery is under way. Was it you?",
        question_lead: "Your phone was reported lost, with your password and your email. If you still have it, cancel this. If it was not you, also change your password.",
        not_me: "Cancel it",
        was_me: "It was me, go on with it",
        reported: "Your phone was reported lost. Enter your new number.",
        other_factor: "If you still have your phone, your authenticator app or a recovery code, you can keep your number.",
        keep_number: "Keep my number",
        pending: "Your phone was reported lost.",
        check: "Check this report",
        undo_title: "Undo the change of your phone number?",
        undo_lead: "Your account gets this number back and is signed out everywhere. You will need to reset your password before you sign in again.",
        undo_email_title: "Undo the change of your email address?",
        undo_email_lead: "Your account gets this address back and is signed out everywhere. You will need to reset your password before you sign in again.",
        undo_until: PlaceholderText {
            before: "This link works until ",
            after: ".",
        },
        undo: "Undo the change",
        undo_not_needed: "If you made this change yourself, you need to do nothing.",
        invalid_title: "This link does not work",
        to_sign_in: "Go to sign in",
    },
    export: ExportTexts {
        title: "Download your data",
        lead: "A file with what we store about you: your details, your sessions, your activity and your payments.",
        advice: "The file is in JSON, a format for other programs. Store it where only you can read it.",
        download: "Download",
    },
    deletion: DeletionTexts {
        title: "Your data",
        delete_title: "Delete account",
        delete_lead: |days| {
            format!(
                "Your account will be deleted {} after you confirm. Until then you can sign in to keep it.",
                format_count(days, "day")
            )
        },
        delete_effects: [
            "You are signed out on every device at once, and payments that wait for a code are cancelled.",
            "Then your name, your addresses, your sessions and your history are erased. This cannot be undone.",
            "Amounts and times of executed payments stay in the books, without your name.",
        ],
        keep_title: "Keep your account?",
        keep_lead: PlaceholderText {
            before: "Your account will be deleted on ",
            after: ". Keep it?",
        },
        keep: "Keep my account",
        do_not_keep: "Sign out and let it be deleted",
    },
    phone: PhoneTexts {
        country: "Country",
        invalid: "Enter a valid phone number. Check its digits and its country.",
        sms_risk: "Messages can be intercepted: never share a code.",
        sms_risk_and_alternative: "Messages can be intercepted: never share a code. After signing in you can add an authenticator app instead.",
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
        replace_text: |left| match left {
            0 => "You have used all of your codes.".to_owned(),
            1 => "The code you have left will no longer work.".to_owned(),
            more => format!("The {more} codes you have left will no longer work."),
        },
        create: "Create recovery codes",
        shown_once: "These codes are shown only this once. Save them before you leave this page.",
        keep: "Keep them where only you can reach them. Each works once; earlier codes no longer \
               work.",
        download: "Download",
        done: "Done",
        file_name: |service| format!("{service}-recovery-codes"),
        file_title: |service| format!("{service} recovery codes"),
        file_advice: [
            "Each code works once, in place of a code on your phone.",
            "Keep this file where only you can reach it.",
        ],
    },
    sessions: SessionTexts {
        title: "Where you're signed in",
        intro: "If you do not recognize a device, sign it out, change your password, and tell your administrator.",
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
        by_service: "By this service",
        activity_event: activity_event_text,
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
        day: |day, month, year| format!("{day} {month} {year}"),
        ago: |since| match since {
            TimeAgo::Now => "just now".to_owned(),
            TimeAgo::Minutes(minutes) => format!("{} ago", format_count(minutes, "minute")),
            TimeAgo::Hours(hours) => format!("{} ago", format_count(hours, "hour")),
            TimeAgo::Days(days) => format!("{} ago", format_count(days, "day")),
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
        request_id: "If you contact support, name this ID:",
    },
    flash_message: flash_message_text,
};
