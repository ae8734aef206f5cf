use super::problems::problem;
use crate::i18n::islands::{
    Actions, CaptchaTexts, CodeEntryTexts, IslandTexts, Labels, MethodTexts, PasswordTexts,
    PlaceholderText, QuestionTexts, RecoveryCodeTexts, SetUpTexts, SignInTexts,
};
use crate::password::Strength;

pub static ISLAND_TEXTS: IslandTexts = IslandTexts {
    labels: Labels {
        full_name: "Full name",
        username: "Username",
        email: "Email",
        password: "Password",
        current_password: "Current password",
        new_password: "New password",
        phone: "Phone number",
        phone_hint: "We send your sign-in codes here by text message. Messages can be intercepted: never share a code. After signing in you can add an authenticator app instead.",
        new_phone: "New phone number",
        identifier: "Username or email",
        code: "One-time code",
        recovery_code: "Recovery code",
        recovery_code_hint: "One of the codes you saved. Each works once.",
        recipient: "Recipient",
        amount: "Amount",
        currency: "Currency",
        description: "Description",
    },
    actions: Actions {
        submit: "Submit",
        go_on: "Continue",
        verify: "Verify",
        validate: "Validate",
        verify_otp: "Verify OTP",
        send_otp: "Send OTP",
        send_verification_code: "Send Verification Code",
        resend: "Resend",
        call: "Call me instead",
        another_method: "Use another method",
        another_number: "Use a different number",
        confirm: "Confirm",
        cancel: "Cancel",
        start_over: "Start over",
        start_again: "Start again",
        remove: "Remove",
        copy: "Copy",
        print: "Print",
        create_new_codes: "Create new codes",
        create_account: "Create an account",
        send_link: "Send link",
        save_password: "Save password",
        back_to_profile: "Back to your profile",
    },
    password: PasswordTexts {
        hint: "At least 8 characters. A few unrelated words work well.",
        show: "Show",
        hide: "Hide",
        show_password: "Show password",
        strength: |strength| match strength {
            Strength::TooShort => "Too short",
            Strength::Weak => "Weak",
            Strength::Fair => "Fair",
            Strength::Good => "Good",
            Strength::Strong => "Strong",
        },
    },
    captcha: CaptchaTexts {
        label: "I'm not a robot",
        working: "Checking…",
        done: "Confirmed",
        failed: "That did not work. Please try again.",
        needs_script: "This check needs JavaScript. Please turn it on to continue.",
    },
    sign_in: SignInTexts {
        title: "Sign in",
        new_here: "New here? ",
        forgot: "Forgot your password?",
    },
    methods: MethodTexts {
        title: "Choose Verification Method",
        legend: "Verification method",
        sms: "Text message (SMS)",
        totp: "Authenticator app (TOTP)",
        recovery: "Recovery code",
        totp_detail: "The code your authenticator app shows",
        recovery_detail: "One of the codes you kept for this",
        not_enrolled: "Not set up. You can add it on your profile after signing in.",
    },
    code: CodeEntryTexts {
        submits_itself: "The code is checked when you enter the last digit.",
        sent_to: PlaceholderText {
            before: "A code has been sent to ",
            after: "",
        },
        called_at: PlaceholderText {
            before: "You are being called with a code at ",
            after: "",
        },
        expires_in: |clock| format!("Code expires in {clock}"),
        resend_in: |secs| format!("in {secs} s"),
        sent_in: |secs| format!("Your code will be sent in {secs} s."),
        minute_left: "The code expires in 1 minute.",
        half_minute_left: "The code expires in 30 seconds.",
        expired: "The code has expired.",
        delivered: "The message has been delivered.",
        undelivered: "The message could not be delivered. We can call you with the code instead.",
        unclear: |digits| {
            format!("There is no code in this text, or more than one. Enter the {digits} digits.")
        },
    },
    set_up: SetUpTexts {
        title: "Set Up Two-Factor Authentication",
        on_file: |hint| {
            format!(
                "Your number on file is {hint}. Enter it below to confirm, or type a different number."
            )
        },
        none_on_file: "Enter the number your sign-in codes should go to.",
        why_on_file: "You entered a different number. To protect your account, first confirm your number on file.",
        old_confirmed: PlaceholderText {
            before: "Your number on file is confirmed. Now confirm the new one: ",
            after: "",
        },
    },
    remove_authenticator: QuestionTexts {
        title: "Remove your authenticator app?",
        text: "Its codes will no longer sign you in, and you will be signed out on your other \
               devices. Text messages go on as before.",
    },
    recovery: RecoveryCodeTexts {
        replace_title: "Create new codes?",
        replace_text: |left| match left {
            0 => "You have used all of your codes.".to_owned(),
            1 => "The code you have left will no longer work.".to_owned(),
            more => format!("The {more} codes you have left will no longer work."),
        },
        copied: "Copied.",
        not_copied: "Your browser did not allow it. Select the codes and copy them.",
    },
    problem,
};
