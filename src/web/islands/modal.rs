use leptos::html::Dialog;
use leptos::prelude::*;

use super::dom;
use super::texts::texts;

/// A dialog over its page.
///
/// Rendered open by the server, so that it is there without a script; a script makes it modal,
/// which keeps the focus in it.
#[component]
pub fn Modal(
    title: &'static str,
    /// Escape, and whatever else a device has for "no".
    on_escape: impl Fn() + Copy + Send + Sync + 'static,
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
                on_escape();
            }
        >
            <h2 id="sheet-title">{title}</h2>
            {children()}
        </dialog>
    }
}

/// A question before something that cannot be undone: the children are the form that does it.
#[component]
pub fn Question(
    title: &'static str,
    text: String,
    /// The page behind the dialog, for users who cancel.
    back: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <Modal title on_escape=move || dom::go_to(back)>
            <p>{text}</p>
            {children()}
            <p class="actions">
                <a href=back>{texts().actions.cancel}</a>
            </p>
        </Modal>
    }
}
