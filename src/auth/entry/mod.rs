//! What a request asks for: begin a registration, sign-in or payment, choose a method, send or check a code,
//! cancel, and read the current state. Parses input, checks limits, and combines purposes with the engine.
//!
//! Nothing here knows HTTP or Leptos: requests arrive as plain values, and
//! [`Outcome`](crate::auth::outcome::Outcome) says what is next.

pub mod account_admin;
pub mod authenticator;
pub mod captcha;
pub mod history;
pub mod language;
pub mod live_status;
pub mod method_choice;
mod new_password;
mod password;
mod password_budget;
pub mod password_change;
pub mod password_reset;
pub mod payment;
pub mod phone_change;
pub mod recovery_codes;
pub mod registration;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod step_up;
mod taken_values;
pub mod verification;
