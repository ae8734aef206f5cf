use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::field::FieldError;
use super::flow_id::with_flow_id_input;
use super::form::{FormState, PostForm, SubmitButton};
use super::server_call::{CallKind, ServerCall};
use super::step_dialog::FlowStepDialog;
use super::texts::{MaskedNumber, texts};
use crate::web::server_fns;
use domain::routes;
use domain::{Channel, Field, Method, MethodOption, Purpose, Reaction, ShownErrors};

/// Dialog "Choose Verification Method" for the second factor, for use inside an island.
#[component]
pub fn FactorMethodDialog(
    purpose: Purpose,
    offered: Vec<MethodOption>,
    /// The username or e-mail address of the user who is signing in.
    #[prop(default = None)]
    username: Option<String>,
    /// What the code will confirm, such as the amount and the recipient of a payment.
    #[prop(default = None)]
    quote: Option<String>,
    errors: ShownErrors,
    /// Whether the dialog has a link to the page for a lost phone.
    #[prop(default = false)]
    lost_phone: bool,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::for_form_that_sends_code(errors));
    let first = offered
        .iter()
        .find(|option| option.enrolled)
        .map(|option| option.method);
    let method = RwSignal::new(first);
    let label = move || match method.get() {
        Some(Method::Totp | Method::Recovery) => texts.actions.go_on,
        Some(Method::Sms) | None => texts.actions.send_otp,
    };
    let ready = Signal::derive(move || {
        first.is_some()
            && !(form.is_next_code_over_a_minute_away() && method.get() == Some(Method::Sms))
    });
    let cancel = move || {
        form.cancel_scheduled_code_request();
        on_cancel.run(());
    };
    let submit = move |call: ServerCall| {
        let sends_code = method.get_untracked() == Some(Method::Sms);
        let kind = if sends_code {
            CallKind::SendsCode
        } else {
            CallKind::Other
        };
        form.submit_code_request(call.with_kind(kind));
    };
    let rows = offered
        .into_iter()
        .map(|option| view! { <FactorMethodRow option first method /> })
        .collect_view();

    view! {
        <FlowStepDialog
            purpose
            title=texts.methods.title
            username
            closes_on_back=purpose == Purpose::SignIn
            on_cancel=cancel
        >
            {quote.map(|quote| view! { <p class="quote">{quote}</p> })}
            <PostForm
                form
                action=server_fns::verification::ChooseMethod::PATH
                hidden_input=("purpose", purpose.as_str().to_owned())
                on_submit=submit
            >
                <fieldset class="methods">
                    <legend class="visually-hidden">{texts.methods.legend}</legend>
                    {with_flow_id_input(rows)}
                </fieldset>
                <FieldError form field=Field::Method name="method" />
                <SubmitButton form label=Signal::derive(label) ready />
                <VoiceCallButton form />
                <p class="hint otp">{texts.methods.otp_hint}</p>
            </PostForm>
            {lost_phone.then(|| view! {
                <p class="muted">
                    <a href=routes::LOST_PHONE>{texts.sign_in.lost_phone}</a>
                </p>
            })}
        </FlowStepDialog>
    }
}

/// Button that requests a voice call after a text message could not be sent. It submits the form again.
#[component]
pub fn VoiceCallButton(form: FormState) -> impl IntoView {
    let channel = Channel::Call.as_str();
    // A call clears the errors. The button stays after it, because it may have the focus.
    let offered = Memo::new(move |was_offered: Option<&bool>| {
        was_offered == Some(&true) || form.errors.read().reaction == Some(Reaction::OfferCall)
    });
    let hidden = Signal::derive(move || !offered.get());
    let pending = Signal::derive(move || form.is_call_running_or_scheduled().then_some("true"));
    view! {
        <button
            type="submit"
            name="channel"
            value=channel
            class="secondary"
            hidden=hidden
            aria-disabled=pending
            on:click=move |event| {
                event.prevent_default();
                if let Some(node) = form.node.get_untracked() {
                    form.submit_code_request(ServerCall::from_form(&node, form.kind).with_form_value("channel", channel));
                }
            }
        >
            {texts().actions.call}
        </button>
    }
}

/// Radio button for one second factor, disabled if the factor is not set up.
#[component]
fn FactorMethodRow(
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
    let detail = match (this, hint, enrolled) {
        (_, _, false) => texts.not_enrolled.into_any(),
        (Method::Sms, hint, true) => hint.map(|hint| view! { <MaskedNumber hint /> }).into_any(),
        (Method::Totp, _, true) => texts.totp_detail.into_any(),
        (Method::Recovery, _, true) => texts.recovery_detail.into_any(),
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
            <span class="method-name">{texts.name_of_method(this)}</span>
            <span class="method-detail">{detail}</span>
        </label>
    }
}
