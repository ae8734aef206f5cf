//! The flow ID in the WASM of the sign-in page, which has none.

use leptos::prelude::IntoView;

/// Returns `None`, because the sign-in page shows no flow when it loads.
pub const fn page_flow_id() -> Option<String> {
    None
}

/// Returns the form fields unchanged, because the choice of method on the sign-in page has no flow ID.
pub fn with_flow_id_input<V: IntoView + 'static>(fields: V) -> V {
    fields
}
