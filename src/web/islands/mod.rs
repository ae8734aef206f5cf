//! What the browser runs. Islands are told what to show by their props, call [`crate::web::server_fns`], and
//! decide nothing: every limit and every time is the server's.
//!
//! Each of them is a real form first, with a real action, and works before the WASM arrives.

mod authenticator;
mod captcha;
mod code_actions;
mod code_boxes;
mod code_entry;
mod countdown;
mod credentials_form;
mod dom;
mod field;
mod flow_tab;
mod form;
mod method_dialog;
mod modal;
mod number_form;
mod payment_form;
mod phone_form;
mod recovery_codes;
mod recovery_entry;
mod register_form;
mod send_code;
mod send_later;
mod set_up_dialog;
mod sign_in_form;
mod step_dialog;
mod step_up_form;
mod texts;

pub use authenticator::{ConfirmAuthenticatorForm, RemoveAuthenticatorDialog};
pub use code_entry::CodeEntryForm;
pub use credentials_form::CredentialsForm;
pub use method_dialog::ChooseMethod;
pub use payment_form::PaymentForm;
pub use phone_form::{ConfirmPhoneForm, NewPhoneForm};
pub use recovery_codes::{CODE_LIST, CodeTools, ReplaceCodesDialog};
pub use recovery_entry::RecoveryEntryForm;
pub use register_form::RegisterForm;
pub use send_code::SendCodeForm;
pub use set_up_dialog::SetUpDialog;
pub use sign_in_form::SignInForm;
pub use step_up_form::StepUpForm;
pub use texts::{SentTo, with_value};
