//! The ID of the flow that a page shows, as a hidden input of each form of the flow.
//!
//! All tabs of a browser share the flow tokens, and another tab can begin a new flow. The server refuses a form whose
//! flow ID is not that of the flow token, so that a form never acts on a flow that its page does not show.

use leptos::prelude::*;

/// The flow ID of the page that is being rendered. The server provides it as context.
#[derive(Clone)]
pub struct PageFlowId(pub String);

/// Returns the ID of the flow that the page shows.
///
/// Returns `None` on a page without a flow, and in the WASM of the sign-in page.
pub fn page_flow_id() -> Option<String> {
    if cfg!(feature = "sign-in-bundle") {
        return None;
    }
    if cfg!(feature = "ssr") {
        return use_context::<PageFlowId>().map(|PageFlowId(id)| id);
    }
    read_rendered_flow_id()
}

/// Returns the flow ID in the hidden inputs that the server has rendered.
///
/// Ignores closed dialogs: the user may have left the set-up dialog and signed in again on the same page.
fn read_rendered_flow_id() -> Option<String> {
    const INPUT: &str = "input[name=flow_id]:not(dialog:not([open]) *)";
    let input = document().query_selector(INPUT).ok()??;
    input.get_attribute("value")
}

/// Hidden input with the flow ID of the page, for every form of a flow.
#[component]
pub fn FlowIdInput() -> impl IntoView {
    page_flow_id().map(|id| view! { <input type="hidden" name="flow_id" value=id /> })
}

/// Adds the hidden input with the flow ID of the page to form fields.
///
/// For components that the sign-in page uses too. On a page without a flow ID, renders the fields alone, as the WASM of
/// the sign-in page does.
#[cfg(not(feature = "sign-in-bundle"))]
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

/// Returns the form fields unchanged, because the choice of method on the sign-in page has no flow ID.
#[cfg(feature = "sign-in-bundle")]
pub fn with_flow_id_input<V: IntoView + 'static>(fields: V) -> V {
    fields
}
