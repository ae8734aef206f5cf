//! Actions beside a code entry form: resend, call, choose another method or number, and cancel.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::code_field::CodeFieldState;
use super::countdown::CodeTimes;
use super::delivery_status::MessageState;
use super::flow_action_form::{FlowActionForm, action_button_class};
use crate::web::islands::dom;
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::form::FormState;
use crate::web::islands::texts::{format_countdown, texts};
use crate::web::server_fns;
use domain::routes;
use domain::{Channel, CodeEntry, Field, LiveStatus, Purpose, Reaction, ShownErrors};

/// Returns whether an error means that the verification flow has ended. The user can then only start again.
pub fn has_error_that_ends_flow(errors: &ShownErrors) -> bool {
    errors.reaction == Some(Reaction::EndFlow)
}

/// Returns a function for the HTML attribute `data-refused` of a form.
///
/// The attribute is set while the code field contains a code that the server has refused. The style sheet then shows
/// the submit button in grey.
pub fn refused_code_attribute(
    form: FormState,
) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync {
    move || {
        let errors = form.errors.read();
        let is_refused = errors.reaction == Some(Reaction::ChangeCode)
            && errors.first_problem_of(Field::Code).is_some();
        is_refused.then_some("true")
    }
}

/// Returns a function like [`refused_code_attribute`] for a form with a field of digits.
///
/// The attribute is not set if the user has changed the code during its check.
pub fn refused_digits_attribute(
    form: FormState,
    code: CodeFieldState,
) -> impl Fn() -> Option<&'static str> + Copy + Send + Sync {
    let refused = refused_code_attribute(form);
    move || refused().filter(|_| code.is_unchanged_since_check())
}

/// Message that replaces the code field after the verification flow has ended or the code has expired.
///
/// The message is empty while the form shows an error that concerns the whole form.
#[component]
pub fn FlowEndMessage(
    form: FormState,
    over: Memo<bool>,
    /// The message of an expired code.
    #[prop(optional)]
    expiry_message: Signal<Option<String>>,
) -> impl IntoView {
    let text = move || {
        let errors = form.errors.read();
        if errors.first_problem_of(Field::Form).is_some() {
            None
        } else if over.get() {
            errors.first_problem_of(Field::Code).map(ToOwned::to_owned)
        } else {
            expiry_message.get()
        }
    };
    view! { <div class="notice error" role="alert" tabindex="-1" hidden=move || text().is_none()>{text}</div> }
}

/// Returns the message of an expired code.
///
/// At a limit on messages, it also says how long to wait for another code. This wait does not count down, because
/// screen readers read each change of the message.
pub fn code_expiry_message(code_times: CodeTimes) -> Signal<Option<String>> {
    let texts = &texts().code;
    Signal::derive(move || {
        if !code_times.expired.get() {
            return None;
        }
        if !code_times.refused.get() {
            return Some(texts.error_expired.to_owned());
        }
        let wait = texts.format_long_wait_for_resend(code_times.wait.get_untracked());
        Some([texts.expired, " ", &wait].concat())
    })
}

/// Returns the first visible button of [`ResendActions`], which is the main action after the code has expired.
fn find_first_visible_action() -> Option<HtmlElement> {
    const BUTTON: &str = ".ways form:not([hidden]) button";
    let found = document().query_selector(BUTTON).ok().flatten()?;
    found.dyn_into().ok()
}

/// Moves the keyboard focus to the error message of a form in the next animation frame. The message is visible then.
pub fn focus_message_in_next_frame(form: FormState) {
    request_animation_frame(move || {
        if let Some(form) = form.node.get_untracked() {
            dom::focus_form_error_message(&form);
        }
    });
}

/// Line with actions for a user who has not received the code.
///
/// The actions are "Resend" with its countdown, a voice call, and the choice of another method or number. The voice
/// call is offered if text messages do not seem to arrive. Once the code has expired, "Resend" becomes the main button.
/// At a limit on messages, the choice of another method or number does.
#[component]
pub fn ResendActions(
    form: FormState,
    entry: RwSignal<CodeEntry>,
    message: MessageState,
    over: Memo<bool>,
    code_times: CodeTimes,
    #[prop(into)] resend: Callback<(Channel,)>,
) -> impl IntoView {
    let CodeTimes {
        expired,
        wait,
        refused,
        ..
    } = code_times;
    let (texts, purpose) = (texts(), entry.read_untracked().purpose);
    let channel = Memo::new(move |_| {
        let entry = entry.read();
        entry
            .sent
            .as_ref()
            .map_or(Channel::Sms, |sent| sent.channel)
    });
    let offers_call = move || {
        let offered = entry
            .read()
            .sent
            .as_ref()
            .is_some_and(|sent| sent.offer_call);
        channel.get() == Channel::Sms
            && (offered
                || message.status.get() == Some(LiveStatus::Undelivered)
                || form.errors.read().reaction == Some(Reaction::OfferCall))
    };
    let disabled = Signal::derive(move || wait.get() > 0);
    let is_wait_in_message =
        move || expired.get() || form.errors.read().first_problem_of(Field::Form).is_some();
    let note = move || match wait.get() {
        0 => None,
        _ if refused.get() => {
            (!is_wait_in_message()).then(|| texts.code.format_long_wait_for_resend(wait.get()))
        }
        secs => Some(
            texts
                .code
                .resend_in
                .fill_placeholder(format_countdown(secs)),
        ),
    };
    let class = Signal::derive(move || action_button_class(expired.get()));
    let is_resend_replaced = Signal::derive(move || expired.get() && refused.get());
    let busy = form.pending;
    let rendered_wait = Some(wait.get_untracked()).filter(|secs| *secs > 0);
    // The code field, which had the focus, is hidden after the expiry.
    Effect::new(move || {
        if !expired.get() || over.get_untracked() {
            return;
        }
        if refused.get() {
            // The message of the expired code states the wait too.
            form.errors.update(|errors| errors.problems.clear());
        }
        dom::focus_in_next_frame(find_first_visible_action);
    });
    view! {
        <div class="actions ways" hidden=move || over.get()>
            <span class="muted" hidden=move || expired.get() || refused.get()>{texts.code.not_arrived}</span>
            <div class="row">
                <ResendForm
                    purpose
                    channel
                    label=texts.actions.resend
                    class
                    hidden=refused
                    disabled
                    busy
                    resend
                    autofocus=expired.get_untracked() && !refused.get_untracked()
                />
                // `public/times.js` counts down until the WASM does. A translated text would not change any more.
                <span class="muted" translate="no" data-wait=rendered_wait>
                    {note}
                </span>
            </div>
            <ResendForm
                purpose
                channel=Channel::Call
                label=texts.actions.call
                class="quiet"
                hidden=Signal::derive(move || !offers_call() || refused.get())
                disabled
                busy
                resend
            />
            <AnotherMethodOrNumberButton purpose is_main=is_resend_replaced />
        </div>
    }
}

/// Form with one button that sends another code over `channel`.
#[component]
fn ResendForm(
    purpose: Purpose,
    #[prop(into)] channel: Signal<Channel>,
    label: &'static str,
    /// The class of the button.
    #[prop(into)]
    class: Signal<&'static str>,
    #[prop(into)] hidden: Signal<bool>,
    disabled: Signal<bool>,
    /// Whether a call to the server is in progress. The button keeps the focus, which a disabled one loses.
    busy: RwSignal<bool>,
    #[prop(into)] resend: Callback<(Channel,)>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <form
            method="post"
            action=server_fns::verification::SendCode::PATH
            hidden=move || hidden.get()
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                resend.run((channel.get_untracked(),));
            }
        >
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <FlowIdInput />
            <input type="hidden" name="channel" value=move || channel.get().as_str() />
            <button
                type="submit"
                class=move || class.get()
                autofocus=autofocus
                disabled=move || disabled.get()
                aria-disabled=move || busy.get().then_some("true")
            >
                {label}
            </button>
        </form>
    }
}

/// Button that leads back to the choice of the second factor or of the phone number.
#[component]
pub fn AnotherMethodOrNumberButton(
    purpose: Purpose,
    /// Whether the button is the main action of the page.
    #[prop(optional, into)]
    is_main: Signal<bool>,
) -> impl IntoView {
    let texts = &texts().actions;
    let (action, label) = match purpose {
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment | Purpose::PasswordReset => (
            server_fns::verification::ChooseAnotherMethod::PATH,
            texts.another_method,
        ),
        Purpose::SetUp => (
            server_fns::phone::AnotherSetUpNumber::PATH,
            texts.another_number,
        ),
        Purpose::PhoneChange => (server_fns::phone::AnotherNumber::PATH, texts.another_number),
        Purpose::Registration => (
            server_fns::registration::AnotherRegistrationNumber::PATH,
            texts.change_number,
        ),
    };
    view! { <FlowActionForm action purpose label is_main /> }
}

/// Row with `children` and the button "Cancel".
///
/// After the verification flow has ended, the row contains only a link to start again.
#[component]
pub fn CancelOrRestartActions(
    purpose: Purpose,
    #[prop(into)] over: Signal<bool>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let texts = &texts().actions;
    let cancel = if purpose == Purpose::Registration {
        texts.start_over
    } else {
        texts.cancel
    };
    let start_page = match purpose {
        // The form is on the settings page that requires the step-up.
        Purpose::StepUp => "",
        _ => routes::start_page(purpose),
    };
    let start = NodeRef::<leptos::html::A>::new();
    // The code field, which had the focus, is disabled after the end.
    Effect::new(move |was_over: Option<bool>| {
        let over = over.get();
        if over && was_over == Some(false) {
            dom::focus_in_next_frame(move || start.get_untracked().map(Into::into));
        }
        over
    });
    view! {
        <div class="actions ways" hidden=move || over.get()>
            {children.map(|children| children())}
            <FlowActionForm action=server_fns::verification::CancelFlow::PATH purpose label=cancel />
        </div>
        <p class="actions flow-over" hidden=move || !over.get()>
            <a class="button" node_ref=start href=start_page>{texts.start_again}</a>
        </p>
    }
}
