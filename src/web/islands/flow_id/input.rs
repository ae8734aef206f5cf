//! The hidden inputs with the flow ID and the account of the page.

use leptos::prelude::*;

use super::{page_flow_id, page_form_account};

/// Hidden input with the flow ID of the page, for every form of a flow.
#[component]
pub fn FlowIdInput() -> impl IntoView {
    page_flow_id().map(|id| view! { <input type="hidden" name="flow_id" value=id /> })
}

/// Hidden input with the account of the page, for every form that acts on the signed-in account.
#[component]
pub fn FormAccountInput() -> impl IntoView {
    page_form_account().map(|id| view! { <input type="hidden" name="form_account" value=id /> })
}

/// Adds the hidden input with the flow ID of the page to form fields.
///
/// For components that the sign-in page uses too. On a page without a flow ID, renders the fields alone, as the WASM of
/// the sign-in page does.
pub fn with_flow_id_input(fields: impl IntoView + 'static) -> AnyView {
    if page_flow_id().is_none() {
        return fields.into_any();
    }
    view! {
        {fields}
        <FlowIdInput />
    }
    .into_any()
}
