use crate::activity::ActivityEvent;
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
    /// The title of the page of an account that may not enter codes for now.
    pub held_title: &'static str,
    pub register: RegistrationTexts,
    pub verify_title: &'static str,
    /// The button that cancels the sign-in of another person.
    pub not_you: &'static str,
    /// Takes the time until which a code is valid, for a page without scripts.
    pub valid_until: PlaceholderText,
    /// Takes the time from which "Resend" works, for a page without scripts.
    pub reload_to_resend: PlaceholderText,
    pub authenticator_prompt: &'static str,
    pub dashboard: DashboardTexts,
    pub profile: ProfileTexts,
    pub password_reset: PasswordResetTexts,
    pub email: EmailTexts,
    /// The title of the page for name and username, and the link to it.
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
    pub flash_message: fn(FlashMessage) -> &'static str,
}

/// Texts of the page header and footer.
pub struct FrameTexts {
    /// The description of the site for search engines and link previews. Takes the name of the service.
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

pub struct NotFoundTexts {
    pub title: &'static str,
    pub text: &'static str,
    /// Takes the name of the service.
    pub home: fn(&str) -> String,
}

pub struct RegistrationTexts {
    pub title: &'static str,
    pub already: &'static str,
    pub credentials_title: &'static str,
    pub verify_title: &'static str,
    pub will_send: PlaceholderText,
    pub change_details: &'static str,
    pub steps: [&'static str; 3],
}

pub struct DashboardTexts {
    pub title: &'static str,
    /// Takes the full name.
    pub welcome: fn(&str) -> String,
    pub security: &'static str,
    pub last_sign_in: &'static str,
    pub no_other_sign_in: &'static str,
    /// Takes the number of wrong codes entered before this sign-in.
    pub failures: fn(usize) -> String,
}

pub struct ProfileTexts {
    pub title: &'static str,
    pub methods: &'static str,
    pub activity: &'static str,
    pub on: &'static str,
    pub not_set_up: &'static str,
    /// Few recovery codes are left.
    pub running_out: &'static str,
    pub set_up: &'static str,
    pub manage: &'static str,
    pub change_phone: &'static str,
    pub change_password: &'static str,
    pub phone_country: &'static str,
    /// The name of a country by its ISO 3166-1 code; `None` if the code is unknown.
    pub country_name: fn(&str) -> Option<&'static str>,
    /// Takes the number of unused recovery codes.
    pub codes_left: fn(u32) -> String,
}

/// Texts of the pages that reset a forgotten password.
pub struct PasswordResetTexts {
    pub forgot_title: &'static str,
    pub forgot_lead: &'static str,
    pub back: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    pub invalid_title: &'static str,
    /// The link to a new request.
    pub again: &'static str,
    pub factor: &'static str,
}

/// Texts of the pages that verify and change an e-mail address.
pub struct EmailTexts {
    pub verify_title: &'static str,
    pub unproven: &'static str,
    pub confirmed: &'static str,
    pub not_confirmed: &'static str,
    pub will_send: PlaceholderText,
    pub sent_to: PlaceholderText,
    /// Replaces the code field. Below it is a button or link that gets another code.
    pub code_expired: &'static str,
    pub other_address: &'static str,
    pub change_title: &'static str,
    pub current: &'static str,
    pub change_lead: &'static str,
    pub cancel_title: &'static str,
    pub cancel_lead: &'static str,
    pub cancel: &'static str,
    pub invalid_title: &'static str,
    pub to_sign_in: &'static str,
}

/// Texts of the pages for users who lost their phone, and of the page that undoes a contact change.
pub struct LostPhoneTexts {
    pub title: &'static str,
    pub lead: fn(u64) -> String,
    pub other_ways: &'static str,
    pub open_title: &'static str,
    pub open_lead: fn(u64) -> String,
    pub open: &'static str,
    pub cancel_title: &'static str,
    pub cancel_lead: &'static str,
    pub cancel: &'static str,
    pub question_title: &'static str,
    pub question_lead: &'static str,
    pub not_me: &'static str,
    pub was_me: &'static str,
    pub undo_title: &'static str,
    pub undo_lead: &'static str,
    pub undo_email_title: &'static str,
    pub undo_email_lead: &'static str,
    pub undo: &'static str,
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
    /// Takes the number of days until the erasure.
    pub delete_lead: fn(u64) -> String,
    pub delete_effects: [&'static str; 3],
    pub keep_title: &'static str,
    /// Surrounds the time of the erasure.
    pub keep_lead: PlaceholderText,
    pub keep: &'static str,
    pub do_not_keep: &'static str,
}

pub struct PhoneTexts {
    /// The label of the list of countries beside a phone field.
    pub country: &'static str,
    pub title: &'static str,
    pub current: &'static str,
    pub verified: PlaceholderText,
}

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

pub struct RecoveryPageTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub none: &'static str,
    pub left: &'static str,
    pub created: &'static str,
    /// Takes the number of unused codes and the number of all codes.
    pub left_of: fn(u32, usize) -> String,
    /// What happens to the unused codes when new ones are created. Takes their number.
    pub replace_text: fn(u32) -> String,
    pub create: &'static str,
    pub shown_once: &'static str,
    pub keep: &'static str,
    pub download: &'static str,
    pub done: &'static str,
    /// The name of the file without its extension. Takes the name of the service in lower-case ASCII.
    pub file_name: fn(&str) -> String,
    /// Takes the name of the service.
    pub file_title: fn(&str) -> String,
    pub file_advice: [&'static str; 2],
}

pub struct SessionTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub end_others: &'static str,
    pub this: &'static str,
    pub end: &'static str,
    /// Takes the name of the device.
    pub end_named: fn(&str) -> String,
    /// Takes the browser and the operating system.
    pub device: fn(&str, &str) -> String,
    pub unknown_device: &'static str,
    /// Names a session of the JSON API.
    pub program: &'static str,
    pub signed_in: &'static str,
    pub last_active: &'static str,
}

pub struct HistoryTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub pages: &'static str,
    pub older: &'static str,
    pub newest: &'static str,
    /// Stands in place of device and address for an event that no request has caused.
    pub by_service: &'static str,
    pub activity_event: fn(ActivityEvent) -> &'static str,
}

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

pub struct TimeTexts {
    /// January first.
    pub months: [&'static str; 12],
    /// Takes day, month, year and time of day.
    pub exact: fn(i8, &str, i16, &str) -> String,
    /// Takes day, month and year.
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
}

pub struct PaymentTexts {
    pub title: &'static str,
    pub new: &'static str,
    pub list_title: &'static str,
    pub list_lead: &'static str,
    /// Instead of an empty list.
    pub none: &'static str,
    /// The heading of the newest payments on the dashboard.
    pub recent: &'static str,
    /// The link to the whole list.
    pub all: &'static str,
    pub status: &'static str,
    pub transaction: &'static str,
    pub state: fn(PaymentStatus) -> &'static str,
    pub pending_elsewhere: &'static str,
    pub processing: &'static str,
    pub completed: &'static str,
    pub expired: &'static str,
    pub failed: fn(PaymentFailure) -> &'static str,
    /// The status of a pending payment whose account may not enter codes for now.
    pub held: &'static str,
    /// What a code confirms. Takes amount and recipient.
    pub quote: fn(&str, &str) -> String,
    /// Takes amount and recipient.
    pub waiting: fn(&str, &str) -> String,
    pub go_on: &'static str,
    pub back: &'static str,
}
