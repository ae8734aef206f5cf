use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use crate::api;
use crate::domain::Purpose;

/// A dialog over the page for one step of a flow.
///
/// Rendered open by the server, so that it is there without a script; a script makes it modal,
/// which keeps the focus in it. Escape and "Cancel" cancel the flow.
#[component]
pub fn Sheet(
    purpose: Purpose,
    title: &'static str,
    /// Called once the flow is cancelled, or could not be: the person wants out either way.
    on_cancel: impl Fn() + Copy + Send + Sync + 'static,
    /// Whether the sheet has its own "Cancel", for content that brings none.
    #[prop(default = true)]
    cancel_button: bool,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        }
    });
    let cancel = move || {
        spawn_local(async move {
            let _ = api::verification::cancel(purpose).await;
            on_cancel();
        });
    };
    let cancel_form = cancel_button.then(|| {
        view! {
            <form
                class="actions"
                method="post"
                action=api::verification::Cancel::PATH
                on:submit=move |event| {
                    event.prevent_default();
                    cancel();
                }
            >
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <button type="submit" class="quiet">"Cancel"</button>
            </form>
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
                cancel();
            }
        >
            <h2 id="sheet-title">{title}</h2>
            {children()}
            {cancel_form}
        </dialog>
    }
}
