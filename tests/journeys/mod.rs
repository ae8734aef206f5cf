//! What people come to do.

mod code_entry;
mod credentials;
mod forms;
mod phone_change;
mod registration;
mod sessions;
mod set_up;
mod sign_in;
mod step_up;
mod voice;
