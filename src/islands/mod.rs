//! What the browser runs. Islands are told what to show by their props, call [`crate::api`], and
//! decide nothing: every limit and every time is the server's.
//!
//! Each of them is a real form first, with a real action, and works before the WASM arrives.

mod captcha;
mod code_boxes;
mod code_entry;
mod countdown;
mod credentials_form;
mod dom;
mod field;
mod form;
mod method_dialog;
mod register_form;
mod send_code;
mod send_later;
mod sign_in_form;

pub use code_entry::CodeEntryForm;
pub use credentials_form::CredentialsForm;
pub use register_form::RegisterForm;
pub use send_code::SendCodeForm;
pub use sign_in_form::SignInForm;
