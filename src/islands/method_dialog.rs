use leptos::ev::SubmitEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::dom;
use super::field::FieldError;
use super::form::{self, FormState};
use super::send_later::{SendLater, SendLaterNote};
use crate::api;
use crate::domain::{Field, Method, MethodOption, Purpose, Refusal};

/// "Choose Verification Method", over the login page.
///
/// Rendered open by the server, so that it is there without a script; a script makes it modal.
#[component]
pub fn MethodDialog(
    offered: Vec<MethodOption>,
    refusal: Refusal,
    on_cancel: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        }
    });
    let first = offered
        .iter()
        .find(|option| option.enrolled)
        .map(|option| option.method);
    let method = RwSignal::new(first);
    let label = move || {
        if method.get() == Some(Method::Totp) {
            "Continue"
        } else {
            "Send OTP"
        }
    };

    let (later, chosen) = (SendLater::new(), StoredValue::new(String::new()));

    let on_submit = move |event: SubmitEvent| {
        if let Some(node) = form::take_over(&event) {
            chosen.set_value(dom::chosen(&node, "method"));
            choose(form, later, chosen);
        }
    };
    let cancel = move || {
        later.secs.set(None);
        spawn_local(async move {
            // Cancelled or not, the person wants to be back at the form.
            let _ = api::verification::cancel(Purpose::SignIn).await;
            on_cancel();
        });
    };

    view! {
        <dialog
            class="sheet"
            open
            node_ref=dialog
            aria-labelledby="method-title"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                cancel();
            }
        >
            <h2 id="method-title">"Choose Verification Method"</h2>
            <form
                class="stack"
                method="post"
                action=api::sign_in::Choose::PATH
                node_ref=form.node
                on:submit=on_submit
            >
                <SendLaterNote form later />
                <fieldset class="methods">
                    <legend class="visually-hidden">"Verification method"</legend>
                    {offered
                        .into_iter()
                        .map(|option| view! { <Choice option first method /> })
                        .collect_view()}
                </fieldset>
                <FieldError form field=Field::Method name="method" />
                <button
                    type="submit"
                    class="primary"
                    disabled=move || form.pending.get() || later.is_waiting() || first.is_none()
                    aria-busy=move || (form.pending.get() || later.is_waiting()).then_some("true")
                >
                    {label}
                </button>
            </form>
            <form
                class="actions"
                method="post"
                action=api::verification::Cancel::PATH
                on:submit=move |event| {
                    event.prevent_default();
                    cancel();
                }
            >
                <input type="hidden" name="purpose" value=Purpose::SignIn.as_str() />
                <button type="submit" class="quiet">"Cancel"</button>
            </form>
        </dialog>
    }
}

fn choose(form: FormState, later: SendLater, method: StoredValue<String>) {
    let again = move || choose(form, later, method);
    form.call(
        api::sign_in::choose(method.get_value()),
        form::go,
        move |refusal| {
            later.takes(refusal, again);
        },
    );
}

#[component]
fn Choice(
    option: MethodOption,
    first: Option<Method>,
    method: RwSignal<Option<Method>>,
) -> impl IntoView {
    let MethodOption {
        method: this,
        enrolled,
        hint,
    } = option;
    let detail = match (&hint, enrolled) {
        (Some(hint), true) => hint.to_string(),
        _ => "Not set up. You can add it on your profile after signing in.".to_owned(),
    };
    view! {
        <label class="method" aria-disabled=(!enrolled).then_some("true")>
            <input
                type="radio"
                name="method"
                value=this.as_str()
                checked=first == Some(this)
                autofocus=first == Some(this)
                disabled=!enrolled
                on:change=move |_| method.set(Some(this))
            />
            <span class="method-name">{this.label()}</span>
            <span class="method-detail">{detail}</span>
        </label>
    }
}
