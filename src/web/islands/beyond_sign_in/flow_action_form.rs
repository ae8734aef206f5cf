use leptos::prelude::*;

use crate::web::islands::flow_id::FlowIdInput;
use domain::Purpose;

/// Form with one button that posts purpose and ID of a verification flow to a server function.
///
/// Works without a script.
#[component]
pub fn FlowActionForm(
    /// The path of the server function.
    action: &'static str,
    purpose: Purpose,
    label: &'static str,
    #[prop(optional)] class: Option<&'static str>,
) -> impl IntoView {
    view! {
        <form class=class method="post" action=action>
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <FlowIdInput />
            <button type="submit" class="quiet">{label}</button>
        </form>
    }
}
