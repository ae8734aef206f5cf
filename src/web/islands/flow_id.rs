//! The ID of the flow that a page shows, as a hidden input of each form of the flow.
//!
//! All tabs of a browser share the flow tokens, and another tab can begin a new flow. The server refuses a form whose
//! flow ID is not that of the flow token, so that a form never acts on a flow that its page does not show.
//!
//! A form of the signed-in area has a hidden input with the identifier of the account too. The server refuses the form
//! if another tab has signed in to another account.
//!
//! Each of the three builds finds flow ID and account in a separate module.

#[cfg(not(any(feature = "ssr", feature = "sign-in-bundle")))]
mod browser;
#[cfg(not(feature = "sign-in-bundle"))]
mod input;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "sign-in-bundle")]
mod sign_in_page;

#[cfg(not(any(feature = "ssr", feature = "sign-in-bundle")))]
pub use browser::{page_flow_id, page_form_account};
#[cfg(not(feature = "sign-in-bundle"))]
pub use input::{FlowIdInput, FormAccountInput, with_flow_id_input};
#[cfg(feature = "ssr")]
pub use server::{PageFlowId, PageFormAccount, page_flow_id, page_form_account};
#[cfg(feature = "sign-in-bundle")]
pub use sign_in_page::{page_flow_id, with_flow_id_input};
