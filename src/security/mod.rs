//! Security primitives: passwords, tokens, encryption at rest, one-time codes, CAPTCHA and rate limits. None of them
//! reads or writes the database.

pub mod api_clients;
pub mod captcha;
pub mod derived_keys;
pub mod derived_username;
pub mod device;
pub mod email_code;
pub mod form_account;
pub mod keyring;
pub mod password;
pub mod phone_countries;
mod phone_dialling;
mod phone_notation;
pub mod phone_rules;
mod phone_text;
pub mod rate_limit;
pub mod recovery_code;
pub mod refused_code;
pub mod request_slot;
pub mod send_limits;
pub mod token;
pub mod totp;
pub mod typed_number;
