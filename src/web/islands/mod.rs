//! The parts of pages that run in the browser. An island shows its props, calls
//! [`crate::web::server_fns`] and shows the result. The server alone decides limits and times.
//!
//! Every island renders HTML forms that work without the WASM.
//!
//! With the feature `sign-in-bundle`, only the islands of the sign-in page are compiled: see
//! `docs/decisions/islands.md`.

mod captcha;
mod delayed_send;
mod dom;
mod field;
mod flow_id;
mod form;
mod method_dialog;
mod modal;
mod script_request;
mod server_call;
mod sign_in_form;
mod step_dialog;
mod texts;

// Pages and the gallery have forms and countdowns that are not islands.
#[cfg(feature = "ssr")]
pub(crate) use self::{
    field::{IdentifierField, TextField},
    flow_id::{FlowIdInput, FormAccountInput, PageFlowId, PageFormAccount},
    form::{FormState, PostForm, SubmitButton},
    texts::format_countdown,
};
pub use sign_in_form::SignInForm;
#[cfg(not(feature = "ssr"))]
pub use texts::set_island_texts;
pub use texts::{MaskedNumber, render_text_with_emphasised_value};

#[cfg(not(feature = "sign-in-bundle"))]
mod beyond_sign_in;
#[cfg(not(feature = "sign-in-bundle"))]
pub use beyond_sign_in::*;
