use leptos::prelude::*;

use super::dom;
use super::modal::Question;
use super::texts::texts;
use domain::Timestamp;
use domain::routes;

/// Where a page shows the codes that were just made.
pub const CODE_LIST: &str = "recovery-codes";

/// "Create new codes?", over the page of the codes.
#[island]
pub fn ReplaceCodesDialog(
    /// When the codes that would be replaced were made.
    replacing: Timestamp,
    left: u32,
) -> impl IntoView {
    let texts = texts();
    view! {
        <Question
            title=texts.recovery.replace_title
            text=(texts.recovery.replace_text)(left)
            back=routes::PROFILE_RECOVERY_CODES
        >
            <form class="stack" method="post" action=routes::PROFILE_RECOVERY_CODES>
                <input type="hidden" name="replacing" value=replacing.as_millis().to_string() />
                <button type="submit" class="primary" autofocus>
                    {texts.actions.create_new_codes}
                </button>
            </form>
        </Question>
    }
}

/// "Copy" and "Print" beside the codes. The codes are removed when the user leaves the page.
#[island]
pub fn CodeTools() -> impl IntoView {
    let (texts, copied) = (texts(), RwSignal::new(None));
    Effect::new(move || dom::empty_on_leaving(CODE_LIST, routes::PROFILE_RECOVERY_CODES));
    let copy = move |_| {
        let text = dom::lines_of(CODE_LIST);
        leptos::task::spawn_local(async move {
            copied.set(Some(dom::copy(&text).await));
        });
    };
    let said = move || match copied.get() {
        None => "",
        Some(true) => texts.recovery.copied,
        Some(false) => texts.recovery.not_copied,
    };
    view! {
        <button type="button" class="secondary needs-script" on:click=copy>
            {texts.actions.copy}
        </button>
        <button type="button" class="secondary needs-script" on:click=move |_| dom::print()>
            {texts.actions.print}
        </button>
        <p class="muted" role="status">
            {said}
        </p>
    }
}
