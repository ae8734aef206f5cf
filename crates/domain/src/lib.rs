//! The vocabulary both sides share: values that are right by construction. The words for them
//! are [`crate::i18n`]. No I/O, no framework, nothing that must stay on the server.

mod area;
mod code;
mod delivery;
mod device;
mod email;
mod form;
mod happening;
pub mod i18n;
mod language;
mod live;
mod method;
mod money;
mod name;
mod news;
mod notice;
mod password;
mod payment;
mod phone;
mod problem;
pub mod proof_of_work;
mod purpose;
pub mod routes;
mod step;
mod time;

pub use area::ProtectedArea;
pub use code::{CodeLength, OneTimeCode};
pub use delivery::Delivery;
pub use device::Device;
pub use email::EmailAddress;
pub use form::{Field, FieldProblem, FormErrors};
pub use happening::ActivityEvent;
pub use language::Language;
pub use live::LiveStatus;
pub use method::{Channel, Method};
pub use money::{Amount, Currency, UnknownCurrency};
pub use name::{FullName, Username};
pub use news::FlashMessage;
pub use notice::Notification;
pub use password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS, Password, Strength};
pub use payment::{Description, PaymentFailure, PaymentId, PaymentStatus, Recipient};
pub use phone::{PhoneHint, PhoneNumber};
pub use problem::Problem;
pub use purpose::Purpose;
pub use step::{Answer, CodeEntry, MethodOption, SentMessage, Step};
pub use time::{Clock, Timestamp};
