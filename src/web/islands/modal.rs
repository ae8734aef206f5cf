use leptos::html::Dialog;
use leptos::prelude::*;

use super::dom;
use super::texts::texts;

/// Modal dialog with a title.
///
/// The server renders the dialog open, so that it works without a script. The script makes the dialog modal, which
/// keeps the focus inside.
#[component]
pub fn Modal(
    title: &'static str,
    /// Called for the Escape key and equivalent gestures of a device.
    #[prop(into)]
    on_escape: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog
            class="sheet"
            open
            node_ref=dialog
            aria-labelledby="sheet-title"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_escape.run(());
            }
        >
            <h2 id="sheet-title">{title}</h2>
            {children()}
        </dialog>
    }
}

/// Dialog that asks the user to confirm an irreversible action. `children` is the form that starts the action.
///
/// The link "Cancel" has the focus at first.
#[component]
pub fn ConfirmationDialog(
    title: &'static str,
    text: String,
    /// Path of the page that "Cancel" opens.
    cancel_path: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <Modal title on_escape=move || dom::go_to(cancel_path)>
            <p>{text}</p>
            {children()}
            <p class="actions">
                <a href=cancel_path autofocus>{texts().actions.cancel}</a>
            </p>
        </Modal>
    }
}
