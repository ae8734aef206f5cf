use crate::activity::ActivityEvent;
use crate::device::Device;
use crate::flash_message::FlashMessage;
use crate::i18n::islands::{IslandTexts, PlaceholderText};
use crate::payment_status::{PaymentFailure, PaymentStatus};
use crate::problem::Problem;

/// User interface texts of the server-rendered pages.
pub struct PageTexts {
    /// The texts that pages share with islands.
    pub shared: &'static IslandTexts,
    /// The error message for a problem.
    pub problem: fn(&Problem) -> String,
    pub frame: FrameTexts,
    pub not_found: NotFoundTexts,
    pub ended_title: &'static str,
    /// The page title while code entry is blocked for the account.
    pub held_title: &'static str,
    pub register: RegistrationTexts,
    pub verify_title: &'static str,
    /// Explanation of the word "OTP" on the pages that accept a code; `None` if these pages do not use the word.
    pub otp_explanation: Option<&'static str>,
    /// The label of the button that cancels the sign-in of another person.
    pub not_you: &'static str,
    /// Sentence for browsers without scripts, with a placeholder for the expiry time of a code.
    pub valid_until: PlaceholderText,
    /// Sentence for browsers without scripts, with a placeholder for the time from which "Resend" works.
    pub reload_to_resend: PlaceholderText,
    pub authenticator_prompt: &'static str,
    pub dashboard: DashboardTexts,
    pub profile: ProfileTexts,
    pub password_reset: PasswordResetTexts,
    pub email: EmailTexts,
    /// The title of the page for name and username, and the label of the link to the page.
    pub name_title: &'static str,
    pub lost_phone: LostPhoneTexts,
    pub export: ExportTexts,
    pub deletion: DeletionTexts,
    pub phone: PhoneTexts,
    pub authenticator: AuthenticatorTexts,
    pub recovery: RecoveryPageTexts,
    pub sessions: SessionTexts,
    pub history: HistoryTexts,
    pub payments: PaymentTexts,
    pub step_up: StepUpTexts,
    pub time: TimeTexts,
    pub error_page: ErrorPageTexts,
    pub flash_message: fn(FlashMessage) -> String,
}

/// Texts of the page header and footer.
pub struct FrameTexts {
    /// Returns the description of the site for search engines and link previews. The argument is the name of the
    /// service.
    pub description: fn(&str) -> String,
    pub skip: &'static str,
    pub account: &'static str,
    pub payments: &'static str,
    pub profile: &'static str,
    pub sign_out: &'static str,
    /// The name of the list of [`support`](Self::support) and the legal pages.
    pub links: &'static str,
    pub support: &'static str,
    pub imprint: &'static str,
    pub privacy: &'static str,
    pub terms: &'static str,
    pub language: &'static str,
}

/// Texts of the page for an unknown path.
pub struct NotFoundTexts {
    pub title: &'static str,
    pub text: &'static str,
    /// Returns the label of the link to the start page. The argument is the name of the service.
    pub home: fn(&str) -> String,
}

/// Texts of the registration pages.
pub struct RegistrationTexts {
    pub title: &'static str,
    pub already: &'static str,
    pub credentials_title: &'static str,
    pub verify_title: &'static str,
    pub will_send: PlaceholderText,
    pub change_details: &'static str,
    pub steps: [&'static str; 3],
}

/// Texts of the dashboard.
pub struct DashboardTexts {
    pub title: &'static str,
    /// Returns the greeting. The argument is the full name of the user.
    pub welcome: fn(&str) -> String,
    pub security: &'static str,
    pub last_sign_in: &'static str,
    pub no_other_sign_in: &'static str,
    /// Returns the warning after wrong codes. The argument is the number of wrong codes before this sign-in.
    pub failures: fn(usize) -> String,
    /// What to do if the wrong codes were not entered by the user. It follows the warning.
    pub failures_advice: &'static str,
}

/// Texts of the profile page.
pub struct ProfileTexts {
    pub title: &'static str,
    pub methods: &'static str,
    pub activity: &'static str,
    pub on: &'static str,
    pub not_set_up: &'static str,
    /// The status of recovery codes of which few are left.
    pub running_out: &'static str,
    pub set_up: &'static str,
    pub manage: &'static str,
    pub change_phone: &'static str,
    pub change_password: &'static str,
    pub phone_country: &'static str,
    /// Returns the name of a country by its ISO 3166-1 code; `None` for an unknown code.
    pub country_name: fn(&str) -> Option<&'static str>,
    /// Says what an authenticator app does, to users without one.
    pub app_benefit: &'static str,
    /// Returns how many recovery codes are left. The argument is the number of unused codes.
    pub codes_left: fn(u32) -> String,
}

/// Texts of the pages that reset a forgotten password.
pub struct PasswordResetTexts {
    pub forgot_title: &'static str,
    pub forgot_lead: &'static str,
    /// The explanation in place of the form if no mail server is configured.
    pub forgot_without_mail: &'static str,
    pub link_advice: fn(u64) -> String,
    pub back: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    pub invalid_title: &'static str,
    /// The label of the link to request another mail.
    pub again: &'static str,
    pub factor: &'static str,
}

/// Texts of the pages that verify and change an e-mail address.
pub struct EmailTexts {
    pub verify_title: &'static str,
    pub confirmed: &'static str,
    pub not_confirmed: &'static str,
    pub will_send: PlaceholderText,
    pub sent_to: PlaceholderText,
    /// The message that replaces the code field, above a button or link that requests another code.
    pub code_expired: &'static str,
    pub other_address: &'static str,
    pub change_title: &'static str,
    pub current: &'static str,
    pub change_lead: &'static str,
    /// For an unverified current address, which receives no message.
    pub change_lead_unverified: &'static str,
    pub cancel_title: &'static str,
    pub cancel_lead: &'static str,
    pub cancel: &'static str,
    pub cancel_not_needed: &'static str,
    pub invalid_title: &'static str,
    pub to_sign_in: &'static str,
}

/// Texts of the pages after the loss of a phone, and of the page that undoes a contact change.
pub struct LostPhoneTexts {
    pub title: &'static str,
    pub lead: fn(u64) -> String,
    pub other_ways: &'static str,
    pub open_title: &'static str,
    pub open_lead: fn(u64) -> String,
    pub open: &'static str,
    pub open_not_needed: &'static str,
    /// Introduction of the page for a lost phone when another browser can set up the new number.
    pub other_browser: &'static str,
    /// Title of the link page that lets this browser set up the new number.
    pub move_title: &'static str,
    /// Introduction of that page. The argument is the number of hours until a new number can be set up.
    pub move_lead: fn(u64) -> String,
    pub move_here: &'static str,
    pub move_not_needed: &'static str,
    pub cancel_title: &'static str,
    pub cancel_lead: &'static str,
    pub cancel: &'static str,
    pub cancel_not_needed: &'static str,
    pub question_title: &'static str,
    pub question_lead: &'static str,
    pub not_me: &'static str,
    pub was_me: &'static str,
    /// Introduction of the set-up dialog after the waiting time.
    pub reported: &'static str,
    pub other_factor: &'static str,
    pub keep_number: &'static str,
    pub pending: &'static str,
    /// The label of the link next to [`pending`](Self::pending).
    pub check: &'static str,
    pub undo_title: &'static str,
    pub undo_lead: &'static str,
    pub undo_email_title: &'static str,
    pub undo_email_lead: &'static str,
    /// The sentence with the time until which the link works.
    pub undo_until: PlaceholderText,
    pub undo: &'static str,
    pub undo_not_needed: &'static str,
    pub invalid_title: &'static str,
    pub to_sign_in: &'static str,
}

/// Texts of the page on which users download the data of their account.
pub struct ExportTexts {
    pub title: &'static str,
    pub lead: &'static str,
    pub advice: &'static str,
    pub download: &'static str,
}

/// Texts of the pages on which users delete their account.
pub struct DeletionTexts {
    pub title: &'static str,
    pub delete_title: &'static str,
    /// Returns the introduction. The argument is the number of days until the erasure.
    pub delete_lead: fn(u64) -> String,
    pub delete_effects: [&'static str; 3],
    pub keep_title: &'static str,
    /// Introduction with a placeholder for the time of the erasure.
    pub keep_lead: PlaceholderText,
    pub keep: &'static str,
    pub do_not_keep: &'static str,
}

/// Texts of the page that changes the phone number.
pub struct PhoneTexts {
    /// The label of the list of countries beside a phone field.
    pub country: &'static str,
    /// The error message of a phone field in a form. The user has chosen the country, or the server allows only one.
    pub invalid: &'static str,
    /// The risk of codes by text message, beside the field for a new number.
    pub sms_risk: &'static str,
    /// The same risk and the alternative, beside the field for the number of a set-up.
    pub sms_risk_and_alternative: &'static str,
    pub title: &'static str,
    pub current: &'static str,
    pub verified: PlaceholderText,
}

/// Texts of the page that sets up and removes an authenticator app.
pub struct AuthenticatorTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub set_up: &'static str,
    pub since: &'static str,
    pub new_phone: &'static str,
    pub replace: &'static str,
    pub old_works: &'static str,
    pub scan: &'static str,
    pub qr: &'static str,
    pub open_here: &'static str,
    pub or_type: &'static str,
}

/// Texts of the page that shows and creates recovery codes.
pub struct RecoveryPageTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub none: &'static str,
    pub left: &'static str,
    pub created: &'static str,
    /// Returns the number of codes left. The arguments are the number of unused codes and the number of all codes.
    pub left_of: fn(u32, usize) -> String,
    /// Returns what happens to unused codes if new codes are created. The argument is the number of unused codes.
    pub replace_text: fn(u32) -> String,
    pub create: &'static str,
    pub shown_once: &'static str,
    pub keep: &'static str,
    pub download: &'static str,
    pub done: &'static str,
    /// Returns the file name without extension. The argument is the name of the service in lower-case ASCII.
    pub file_name: fn(&str) -> String,
    /// Returns the first line of the file. The argument is the name of the service.
    pub file_title: fn(&str) -> String,
    pub file_advice: [&'static str; 2],
}

/// Texts of the page that lists the sessions of the account.
pub struct SessionTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub end_others: &'static str,
    pub this: &'static str,
    pub end: &'static str,
    /// Returns the button label that names the session. The argument is the name of the device.
    pub end_named: fn(&str) -> String,
    /// Returns the name of a device. The arguments are browser and operating system.
    pub device: fn(&str, &str) -> String,
    pub unknown_device: &'static str,
    /// The name of a session of the JSON API.
    pub program: &'static str,
    pub signed_in: &'static str,
    pub last_active: &'static str,
}

impl SessionTexts {
    /// Returns the displayed name of a device, such as "Firefox on Linux".
    ///
    /// Returns `None` if browser and system are unknown.
    pub fn device_name(&self, device: &Device) -> Option<String> {
        match (device.browser, device.system) {
            (Some(browser), Some(system)) => Some((self.device)(browser, system)),
            (one, None) | (None, one) => one.map(str::to_owned),
        }
    }

    /// Returns the displayed name of a device, or the text for an unknown device.
    pub fn device_name_or_unknown(&self, device: &Device) -> String {
        self.device_name(device)
            .unwrap_or_else(|| self.unknown_device.to_owned())
    }
}

/// Texts of the page with the security history of the account.
pub struct HistoryTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub pages: &'static str,
    pub older: &'static str,
    pub newest: &'static str,
    /// The text in place of device and address for an event without a request.
    pub by_service: &'static str,
    pub activity_event: fn(ActivityEvent) -> &'static str,
}

/// Texts of the step-up authentication before a sensitive change.
pub struct StepUpTexts {
    pub password: &'static str,
    pub factor: &'static str,
}

/// Time since an event in its largest whole unit, such as 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeAgo {
    Now,
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

/// Names of months, and functions that format times.
pub struct TimeTexts {
    /// The names of the months, from January to December.
    pub months: [&'static str; 12],
    /// Formats date and time. The arguments are day, name of the month, year and time of day.
    pub exact: fn(i8, &str, i16, &str) -> String,
    /// Formats a date. The arguments are day, name of the month and year.
    pub day: fn(i8, &str, i16) -> String,
    pub ago: fn(TimeAgo) -> String,
}

/// Texts of the error page for a rejected request.
pub struct ErrorPageTexts {
    pub title: &'static str,
    pub home: &'static str,
    pub cross_site: &'static str,
    pub not_found: &'static str,
    pub too_slow: &'static str,
    pub too_large: &'static str,
    pub too_many: &'static str,
    pub busy: &'static str,
    pub internal: &'static str,
    pub malformed: &'static str,
    /// Asks users to name the ID of the failed request to support. The ID follows this text.
    pub request_id: &'static str,
}

/// Texts of the payment pages.
pub struct PaymentTexts {
    pub title: &'static str,
    pub new: &'static str,
    pub list_title: &'static str,
    pub list_lead: &'static str,
    /// The text in place of an empty list.
    pub none: &'static str,
    /// The heading of the newest payments on the dashboard.
    pub recent: &'static str,
    /// The label of the link to the list of all payments.
    pub all: &'static str,
    pub status: &'static str,
    pub transaction: &'static str,
    pub state: fn(PaymentStatus) -> &'static str,
    pub pending_elsewhere: &'static str,
    pub processing: &'static str,
    pub check_again: &'static str,
    pub completed: &'static str,
    pub expired: &'static str,
    pub failed: fn(PaymentFailure) -> &'static str,
    /// The status of a pending payment while code entry is blocked for the account.
    pub held: &'static str,
    /// Returns what a code confirms. The arguments are amount and recipient.
    pub quote: fn(&str, &str) -> String,
    /// Returns the notice about a pending payment. The arguments are amount and recipient.
    pub waiting: fn(&str, &str) -> String,
    pub go_on: &'static str,
    pub back: &'static str,
}
