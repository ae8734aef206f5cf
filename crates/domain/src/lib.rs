//! The types that server and browser share: validated values, steps of a flow, problems, routes and texts.
//!
//! Each value is valid once it exists, because only a parser that checks it can make one. The crate compiles natively
//! and to WASM. It does no I/O and contains nothing secret.

mod activity;
mod amount_notation;
mod answer;
mod calendar_day;
mod code;
mod code_edit;
mod code_entry;
mod delivery;
mod device;
mod email;
mod email_text;
mod flash_message;
mod form;
pub mod i18n;
mod language;
mod live_status;
mod mailed_link_token;
mod message_numbers;
mod message_phone_numbers;
mod method;
mod money;
mod name;
mod notification;
mod password;
mod payment;
mod payment_status;
mod phone;
mod problem;
pub mod proof_of_work;
mod protected_area;
mod purpose;
mod record_id;
pub mod routes;
mod step;
mod time;
pub mod typed_text;
mod unicode_punctuation;

pub use activity::ActivityEvent;
pub use answer::{Answer, Reaction, ShownAnswer, ShownErrors, ShownProblem, StepOrErrors};
pub use calendar_day::CalendarDay;
pub use code::{CodeLength, OneTimeCode};
pub use code_edit::CodeEdit;
pub use code_entry::{CodeEntry, MAX_SEND_WAIT_SECS, SentMessage};
pub use delivery::Delivery;
pub use device::Device;
pub use email::{EmailAddress, EmailHint, canonical_identifier};
pub use flash_message::FlashMessage;
pub use form::{Field, FieldProblem, FormErrors};
pub use language::Language;
pub use live_status::LiveStatus;
pub use mailed_link_token::MailedLinkToken;
pub use method::{Channel, Method};
pub use money::{Amount, Currency, UnknownCurrency};
pub use name::{FullName, Username};
pub use notification::{Notification, NotificationPage};
pub use password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Password, Strength};
pub use payment::{Description, PaymentId, Recipient};
pub use payment_status::{PaymentFailure, PaymentStatus};
pub use phone::{PhoneHint, PhoneNumber};
pub use problem::Problem;
pub use protected_area::ProtectedArea;
pub use purpose::Purpose;
pub use record_id::{ChangeId, RecoveryId};
pub use step::{MethodOption, Step};
pub use time::{Clock, Timestamp};

/// Returns whether the code runs in the browser. Used as the condition of serde's `skip_serializing_if`.
///
/// Ignores its argument, the serialised member. The browser never serialises the members with this attribute, so the
/// compiler drops their serialisation code from the WASM.
const fn is_in_browser<T>(_: &T) -> bool {
    cfg!(target_family = "wasm")
}

/// Returns whether `member` is `None`, so that the server leaves it out, or the code runs in the browser.
///
/// See [`is_in_browser`].
#[expect(clippy::ref_option, reason = "serde passes a reference to the member")]
const fn is_none_or_in_browser<T>(member: &Option<T>) -> bool {
    cfg!(target_family = "wasm") || member.is_none()
}
