//! Islands of all pages except the sign-in page, and of its set-up dialog. The WASM of the sign-in page does not
//! contain them.

mod account_forms;
mod authenticator;
mod captcha_form;
mod changed_fields;
mod choose_method;
mod code_actions;
mod code_entry;
mod code_field;
mod countdown;
mod credentials_form;
mod deletion_form;
mod delivery_status;
mod digit_boxes;
mod flow_action_form;
mod flow_tab;
mod leaving;
mod lost_phone_form;
mod number_form;
mod password_forms;
mod payment_form;
mod phone_form;
mod recovery_codes;
mod recovery_entry;
mod register_form;
mod send_code;
mod set_up_dialog;
mod step_up_form;
mod text_message_code;

pub use account_forms::{EMAIL_CODE_SENT_TO, EmailCodeForm, NamesForm, NewEmailForm};
pub use authenticator::{ConfirmAuthenticatorForm, RemoveAuthenticatorDialog};
pub use choose_method::ChooseMethod;
pub use code_entry::CodeEntryForm;
pub use credentials_form::CredentialsForm;
pub use deletion_form::DeleteAccountForm;
pub use lost_phone_form::LostPhoneForm;
pub use password_forms::{ChangePasswordForm, ForgotPasswordForm, ResetPasswordForm};
pub use payment_form::PaymentForm;
pub use phone_form::{ConfirmPhoneForm, NewPhoneForm};
pub use recovery_codes::{CODE_LIST_ID, CodeTools, ReplaceCodesDialog};
pub use recovery_entry::RecoveryEntryForm;
pub use register_form::RegisterForm;
pub use send_code::SendCodeForm;
pub use set_up_dialog::{LostPhoneSetUp, SetUpDialog, SetUpStep};
pub use step_up_form::StepUpForm;
