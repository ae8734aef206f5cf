use leptos::prelude::*;

use crate::web::islands::dom;
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::modal::ConfirmationDialog;
use crate::web::islands::texts::texts;
use domain::Timestamp;
use domain::routes;

/// HTML `id` of the list of new recovery codes.
pub const CODE_LIST_ID: &str = "recovery-codes";

/// Dialog that asks before new recovery codes replace the old ones.
#[island]
pub fn ReplaceCodesDialog(
    /// When the current codes were created. The server replaces only this set.
    replacing: Timestamp,
    /// What happens to the unused recovery codes.
    text: String,
) -> impl IntoView {
    let texts = texts();
    view! {
        <ConfirmationDialog
            title=texts.recovery.replace_title
            text
            cancel_path=routes::PROFILE_RECOVERY_CODES
        >
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <FormAccountInput />
                <input type="hidden" name="replacing" value=replacing.as_millis().to_string() />
                <button type="submit" class="primary">
                    {texts.actions.create_new_codes}
                </button>
            </form>
        </ConfirmationDialog>
    }
}

/// Buttons that copy and print new recovery codes. Removes the codes from the page when the user leaves the page.
#[island]
pub fn CodeTools() -> impl IntoView {
    let (texts, copied) = (texts(), RwSignal::new(None));
    Effect::new(move || {
        dom::clear_list_when_page_is_left(CODE_LIST_ID, routes::PROFILE_RECOVERY_CODES);
    });
    let copy = move |_| {
        let text = dom::join_list_items_into_lines(CODE_LIST_ID);
        leptos::task::spawn_local(async move {
            copied.set(Some(dom::copy_to_clipboard(&text).await));
        });
    };
    let status = move || match copied.get() {
        None => "",
        Some(true) => texts.recovery.copied,
        Some(false) => texts.recovery.not_copied,
    };
    view! {
        <button type="button" class="secondary needs-script" on:click=copy>
            {texts.actions.copy}
        </button>
        <button type="button" class="secondary needs-script" on:click=move |_| dom::open_print_dialog()>
            {texts.actions.print}
        </button>
        <p class="muted" role="status">
            {status}
        </p>
    }
}
