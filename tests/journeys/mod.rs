//! What people come to do.

mod code_entry;
mod credentials;
mod forms;
mod registration;
mod sessions;
mod sign_in;
