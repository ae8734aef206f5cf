//! The parts of pages that run in the browser. An island shows its props, calls
//! [`crate::web::server_fns`] and shows the result. The server alone decides limits and times.
//!
//! Every island renders HTML forms that work without the WASM.

mod authenticator;
mod captcha;
mod code_actions;
mod code_entry;
mod code_field;
mod countdown;
mod credentials_form;
mod delayed_send;
mod dom;
mod field;
mod flow_tab;
mod form;
mod leaving;
mod method_dialog;
mod modal;
mod number_form;
mod page_tools;
mod password_forms;
mod payment_form;
mod phone_form;
mod recovery_codes;
mod recovery_entry;
mod register_form;
mod send_code;
mod set_up_dialog;
mod sign_in_form;
mod step_dialog;
mod step_up_form;
mod texts;

pub use authenticator::{ConfirmAuthenticatorForm, RemoveAuthenticatorDialog};
pub use code_entry::CodeEntryForm;
pub use credentials_form::CredentialsForm;
pub use method_dialog::ChooseMethod;
pub use page_tools::PageTools;
pub use password_forms::{ChangePasswordForm, ForgotPasswordForm, ResetPasswordForm};
pub use payment_form::PaymentForm;
pub use phone_form::{ConfirmPhoneForm, NewPhoneForm};
pub use recovery_codes::{CODE_LIST, CodeTools, ReplaceCodesDialog};
pub use recovery_entry::RecoveryEntryForm;
pub use register_form::RegisterForm;
pub use send_code::SendCodeForm;
pub use set_up_dialog::SetUpDialog;
pub use sign_in_form::SignInForm;
pub use step_up_form::StepUpForm;
pub use texts::with_value;
