//! Journeys of users and API clients.

mod api_account;
mod api_login;
mod api_payments;
mod api_register;
mod api_set_up;
mod authenticator;
mod code_entry;
mod credentials;
mod deliveries;
mod forms;
mod history;
mod language;
mod live_status;
mod lost_phone;
mod notifications;
mod payment_ends;
mod payments;
mod phone_change;
mod recovery_codes;
mod registration;
mod session_list;
mod sessions;
mod set_up;
mod sign_in;
mod step_up;
mod voice;
