//! The flow ID and the account while the server renders a page.

use leptos::prelude::use_context;

/// The flow ID of the page that is being rendered. The server provides it as context.
#[derive(Clone)]
pub struct PageFlowId(pub String);

/// Returns the ID of the flow that the page shows. Returns `None` on a page without a flow.
pub fn page_flow_id() -> Option<String> {
    use_context::<PageFlowId>().map(|PageFlowId(id)| id)
}

/// The identifier of the signed-in account on the page that is being rendered. The server provides it as context.
#[derive(Clone)]
pub struct PageFormAccount(pub String);

/// Returns the identifier of the account that the page shows. Returns `None` on a page without a session.
pub fn page_form_account() -> Option<String> {
    use_context::<PageFormAccount>().map(|PageFormAccount(id)| id)
}
