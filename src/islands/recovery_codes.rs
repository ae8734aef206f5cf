use leptos::html::Dialog;
use leptos::prelude::*;

use super::dom;
use crate::domain::Timestamp;
use crate::routes;

/// Where a page shows the codes that were just made.
pub const CODE_LIST: &str = "recovery-codes";

/// "Replace your recovery codes?", over the page of the codes.
///
/// Rendered open by the server, so that it is there without a script; a script makes it modal.
#[island]
pub fn ReplaceCodesDialog(
    /// When the codes that would be replaced were made.
    replacing: Timestamp,
    left: u32,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        }
    });
    let what = match left {
        0 => "You have used all of your codes.".to_owned(),
        1 => "The code you have left will no longer work.".to_owned(),
        more => format!("The {more} codes you have left will no longer work."),
    };
    view! {
        <dialog
            class="sheet"
            open
            node_ref=dialog
            aria-labelledby="replace-title"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                dom::go_to(routes::PROFILE_RECOVERY_CODES);
            }
        >
            <h2 id="replace-title">"Create new codes?"</h2>
            <p>{what}</p>
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <input type="hidden" name="replacing" value=replacing.as_millis().to_string() />
                <button type="submit" class="primary" autofocus>
                    "Create new codes"
                </button>
            </form>
            <div class="actions">
                <a href=routes::PROFILE_RECOVERY_CODES>"Cancel"</a>
            </div>
        </dialog>
    }
}

/// "Copy" and "Print", beside the codes; and no codes for whoever comes back to the page later.
#[island]
pub fn CodeTools() -> impl IntoView {
    let copied = RwSignal::new(None);
    Effect::new(move || dom::empty_on_leaving(CODE_LIST, routes::PROFILE_RECOVERY_CODES));
    let copy = move |_| {
        let text = dom::lines_of(CODE_LIST);
        leptos::task::spawn_local(async move {
            copied.set(Some(dom::copy(&text).await));
        });
    };
    let said = move || match copied.get() {
        None => "",
        Some(true) => "Copied.",
        Some(false) => "Your browser did not allow it. Select the codes and copy them.",
    };
    view! {
        <button type="button" class="secondary needs-script" on:click=copy>
            "Copy"
        </button>
        <button type="button" class="secondary needs-script" on:click=move |_| dom::print()>
            "Print"
        </button>
        <p class="muted" role="status">
            {said}
        </p>
    }
}
