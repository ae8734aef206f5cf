//! The flow ID and the account in the browser, on all pages except the sign-in page.

use leptos::prelude::document;

/// Returns the ID of the flow that the page shows, from the hidden inputs that the server has rendered.
///
/// Returns `None` on a page without a flow. Ignores closed dialogs: the user may have left the set-up dialog and signed
/// in again on the same page.
pub fn page_flow_id() -> Option<String> {
    find_input_value("input[name=flow_id]:not(dialog:not([open]) *)")
}

/// Returns the identifier of the account that the page shows, from the hidden inputs that the server has rendered.
///
/// Returns `None` on a page without a session.
pub fn page_form_account() -> Option<String> {
    find_input_value("input[name=form_account]")
}

/// Returns the value of the first input that matches a CSS selector, as the server has rendered it.
fn find_input_value(css_selector: &str) -> Option<String> {
    let input = document().query_selector(css_selector).ok()??;
    input.get_attribute("value")
}
