//! The flow ID in the browser, on all pages except the sign-in page.

use leptos::prelude::document;

/// Returns the ID of the flow that the page shows, from the hidden inputs that the server has rendered.
///
/// Returns `None` on a page without a flow. Ignores closed dialogs: the user may have left the set-up dialog and signed
/// in again on the same page.
pub fn page_flow_id() -> Option<String> {
    const INPUT: &str = "input[name=flow_id]:not(dialog:not([open]) *)";
    let input = document().query_selector(INPUT).ok()??;
    input.get_attribute("value")
}
