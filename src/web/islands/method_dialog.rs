use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::suggests_call;
use super::dom::{self, FormValues};
use super::field::FieldError;
use super::form::{FormState, PostForm, SubmitButton};
use super::step_dialog::StepDialog;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Channel, Field, FormErrors, Method, MethodOption, Purpose};

/// The dialog for the choice of method, as an island of a page of a signed-in user.
#[island]
pub fn ChooseMethod(
    purpose: Purpose,
    offered: Vec<MethodOption>,
    errors: FormErrors,
) -> impl IntoView {
    let leave = move || dom::go_to(routes::start(purpose));
    view! { <MethodDialog purpose offered errors on_cancel=leave /> }
}

/// The dialog "Choose Verification Method", for use inside an island.
#[component]
pub fn MethodDialog(
    purpose: Purpose,
    offered: Vec<MethodOption>,
    errors: FormErrors,
    on_cancel: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::for_sending(errors));
    let first = offered
        .iter()
        .find(|option| option.enrolled)
        .map(|option| option.method);
    let method = RwSignal::new(first);
    let label = move || match method.get() {
        Some(Method::Totp | Method::Recovery) => texts.actions.go_on,
        Some(Method::Sms) | None => texts.actions.send_otp,
    };
    let chosen = StoredValue::new(String::new());
    let choose = move |channel: Channel| {
        if let Some(node) = form.node.get_untracked() {
            chosen.set_value(FormValues(node).checked_radio("method"));
            let channel = channel.as_str();
            let call = move || {
                server_fns::verification::choose_method(
                    purpose,
                    chosen.get_value(),
                    channel.to_owned(),
                )
            };
            form.call_send(call, |_| ());
        }
    };
    let cancel = move || {
        form.cancel_delayed_send();
        on_cancel();
    };
    let rows = offered
        .into_iter()
        .map(|option| view! { <MethodRow option first method /> })
        .collect_view();

    view! {
        <StepDialog purpose title=texts.methods.title on_cancel=cancel>
            <PostForm
                form
                action=server_fns::verification::ChooseMethod::PATH
                hidden_input=("purpose", purpose.as_str().to_owned())
                on_submit=move |_| choose(Channel::Sms)
            >
                <fieldset class="methods">
                    <legend class="visually-hidden">{texts.methods.legend}</legend>
                    {rows}
                </fieldset>
                <FieldError form field=Field::Method name="method" />
                <SubmitButton form label=Signal::derive(label) ready=first.is_some() />
                <CallInsteadButton form on_call=move || choose(Channel::Call) />
            </PostForm>
        </StepDialog>
    }
}

/// The button that requests a voice call. It appears after a text message could not be sent.
#[component]
pub fn CallInsteadButton(
    form: FormState,
    on_call: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    // A call clears the errors. The button stays while it runs, because it may have the focus.
    let offered = Memo::new(move |was_offered: Option<&bool>| {
        let suggested = suggests_call(&form.errors.read());
        (suggested || (form.pending.get() && was_offered == Some(&true))) && !form.is_waiting()
    });
    view! {
        <button
            type="submit"
            name="channel"
            value=Channel::Call.as_str()
            class="quiet"
            hidden=move || !offered.get()
            aria-disabled=move || form.pending.get().then_some("true")
            on:click=move |event| {
                event.prevent_default();
                on_call();
            }
        >
            {texts().actions.call}
        </button>
    }
}

/// One method with its radio button. A method that is not set up is disabled.
#[component]
fn MethodRow(
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
    let is_number = enrolled && hint.is_some();
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
            <span class="method-detail" class:number=is_number>{detail}</span>
        </label>
    }
}
