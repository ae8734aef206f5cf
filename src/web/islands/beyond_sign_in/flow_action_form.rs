use leptos::prelude::*;

use crate::web::islands::flow_id::FlowIdInput;
use domain::Purpose;

/// Returns the CSS class of a button beside a code entry form.
pub const fn action_button_class(is_main: bool) -> &'static str {
    if is_main { "primary" } else { "quiet" }
}

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
    /// Whether the button is the main action of the page.
    #[prop(optional, into)]
    is_main: Signal<bool>,
) -> impl IntoView {
    view! {
        <form class=class method="post" action=action>
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <FlowIdInput />
            <button type="submit" class=move || action_button_class(is_main.get()) autofocus=is_main.get_untracked()>
                {label}
            </button>
        </form>
    }
}
