use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::suggests_call;
use super::dom;
use super::field::FieldError;
use super::form::{self, FormState};
use super::send_later::{SendLater, SendLaterNote};
use super::step_dialog::StepDialog;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Channel, Field, FormErrors, Method, MethodOption, Purpose};

/// The choice of method as an island of its own, over a page of a signed-in user.
#[island]
pub fn ChooseMethod(
    purpose: Purpose,
    offered: Vec<MethodOption>,
    refusal: FormErrors,
) -> impl IntoView {
    let leave = move || dom::go_to(routes::start(purpose));
    view! { <MethodDialog purpose offered refusal on_cancel=leave /> }
}

/// "Choose Verification Method", over the page that asked for the password.
#[component]
pub fn MethodDialog(
    purpose: Purpose,
    offered: Vec<MethodOption>,
    refusal: FormErrors,
    on_cancel: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(refusal, true));
    let first = offered
        .iter()
        .find(|option| option.enrolled)
        .map(|option| option.method);
    let method = RwSignal::new(first);
    let label = move || match method.get() {
        Some(Method::Totp | Method::Recovery) => texts.actions.go_on,
        Some(Method::Sms) | None => texts.actions.send_otp,
    };
    let (later, chosen) = (SendLater::new(), StoredValue::new(String::new()));
    let choose = move |channel: Channel| {
        if let Some(node) = form.node.get_untracked() {
            chosen.set_value(dom::chosen(&node, "method"));
            choose(form, later, purpose, chosen, channel);
        }
    };
    let stop = move || {
        later.secs.set(None);
        on_cancel();
    };
    let rows = offered
        .into_iter()
        .map(|option| view! { <Choice option first method /> })
        .collect_view();

    view! {
        <StepDialog purpose title=texts.methods.title on_cancel=stop>
            <form
                class="stack"
                method="post"
                action=server_fns::verification::Choose::PATH
                node_ref=form.node
                on:submit=move |event: SubmitEvent| {
                    event.prevent_default();
                    choose(Channel::Sms);
                }
            >
                <SendLaterNote form later />
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <fieldset class="methods">
                    <legend class="visually-hidden">{texts.methods.legend}</legend>
                    {rows}
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
                <CallInstead form later on_call=move || choose(Channel::Call) />
            </form>
        </StepDialog>
    }
}

fn choose(
    form: FormState,
    later: SendLater,
    purpose: Purpose,
    method: StoredValue<String>,
    channel: Channel,
) {
    let again = move || choose(form, later, purpose, method, channel);
    let call =
        server_fns::verification::choose(purpose, method.get_value(), channel.as_str().to_owned());
    form.call(call, form::go, move |refusal| {
        later.takes(refusal, again);
    });
}

/// Shown once a text message could not be sent: the same form, with a call asked for.
#[component]
pub fn CallInstead(
    form: FormState,
    later: SendLater,
    on_call: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let offered = move || suggests_call(&form.refusal.read()) && !later.is_waiting();
    view! {
        <button
            type="submit"
            name="channel"
            value=Channel::Call.as_str()
            class="quiet"
            hidden=move || !offered()
            disabled=move || form.pending.get()
            on:click=move |event| {
                event.prevent_default();
                on_call();
            }
        >
            {texts().actions.call}
        </button>
    }
}

#[component]
fn Choice(
    option: MethodOption,
    first: Option<Method>,
    method: RwSignal<Option<Method>>,
) -> impl IntoView {
    let texts = &texts().methods;
    let MethodOption {
        method: this,
        enrolled,
        hint,
    } = option;
    let detail = match (this, &hint, enrolled) {
        (_, _, false) => texts.not_enrolled.to_owned(),
        (Method::Sms, Some(hint), true) => hint.to_string(),
        (Method::Sms, None, true) => String::new(),
        (Method::Totp, _, true) => texts.totp_detail.to_owned(),
        (Method::Recovery, _, true) => texts.recovery_detail.to_owned(),
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
            <span class="method-name">{texts.name(this)}</span>
            <span class="method-detail">{detail}</span>
        </label>
    }
}
