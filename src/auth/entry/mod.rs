//! The operations that a request can call: begin a registration, sign-in or payment, choose a method, send or check a
//! code, cancel, and read the current state. They parse input, check limits, and combine purposes with the engine.
//!
//! No module here depends on HTTP or Leptos. Arguments are plain values, and
//! [`Outcome`](crate::auth::outcome::Outcome) contains the next step.

pub mod account_admin;
pub mod authenticator;
mod cancellation;
pub mod captcha;
pub mod deletion;
pub mod email_proof;
pub mod export;
pub mod history;
pub mod language;
pub mod live_status;
pub mod lost_answer;
pub mod lost_phone;
pub mod lost_phone_link;
mod mailed_link;
pub mod method_choice;
pub mod names_change;
mod new_password;
pub mod paging;
mod password;
mod password_attempt_limits;
pub mod password_change;
pub mod password_reset;
pub mod payment;
pub mod phone_change;
pub mod recovery_codes;
pub mod registration;
mod registration_form;
pub mod registration_state;
pub mod restored_backup;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod step_up;
mod taken_values;
pub mod undo;
pub mod verification;
