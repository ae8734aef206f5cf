use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::dom;
use super::flow_id::with_flow_id_input;
use super::modal::Modal;
use super::server_call::{cancel_flow, end_cancellation};
use super::texts::texts;
use crate::web::server_fns;
use domain::Purpose;

/// Dialog for one step of a verification flow, such as a sign-in. Escape and "Cancel" cancel the flow.
#[component]
pub fn FlowStepDialog(
    purpose: Purpose,
    title: &'static str,
    /// The username or e-mail address of the user who is signing in. The dialog shows it below the title.
    #[prop(default = None)]
    username: Option<String>,
    /// Whether the Back button closes the dialog and the page below it stays.
    #[prop(default = false)]
    closes_on_back: bool,
    /// Called after the attempt to cancel the flow, also if the server did not answer within 1.5 seconds.
    #[prop(into)]
    on_cancel: Callback<()>,
    /// Called for Escape if the content of the dialog cancels the flow itself.
    #[prop(default = None)]
    on_escape: Option<Callback<()>>,
    /// Whether to add a "Cancel" button. `false` if the content has one.
    #[prop(default = true)]
    cancel_button: bool,
    children: Children,
) -> impl IntoView {
    let is_closing = RwSignal::new(false);
    let cancel = move || {
        // The first call leaves the history entry of the dialog. That fires `popstate`, which calls this closure again.
        if closes_on_back && is_closing.get_untracked() {
            return;
        }
        is_closing.set(true);
        spawn_local(async move {
            cancel_flow(purpose).await;
            if closes_on_back {
                dom::leave_dialog_history_entry();
                end_cancellation();
            }
            on_cancel.run(());
        });
    };
    if closes_on_back {
        Effect::new(move || {
            dom::add_dialog_history_entry();
            let back = window_event_listener_untyped("popstate", move |_| cancel());
            on_cleanup(move || back.remove());
        });
    }
    let cancel_form = cancel_button.then(|| {
        view! {
            <form
                class="actions"
                method="post"
                action=server_fns::verification::CancelFlow::PATH
                on:submit=move |event| {
                    event.prevent_default();
                    cancel();
                }
            >
                {with_flow_id_input(view! { <input type="hidden" name="purpose" value=purpose.as_str() /> })}
                <button type="submit" class="quiet">{texts().actions.cancel}</button>
            </form>
        }
    });
    let on_escape = on_escape.unwrap_or_else(|| Callback::new(move |()| cancel()));
    let signing_in_as = &texts().sign_in.signing_in_as;
    view! {
        <Modal title on_escape>
            {username.map(|name| view! { <p class="muted signing-in">{signing_in_as.fill_placeholder(name)}</p> })}
            {children()}
            {cancel_form}
        </Modal>
    }
}
