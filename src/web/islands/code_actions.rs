//! The actions beside a code entry: resend, call, another method, another number, cancel.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::countdown::ServerTime;
use super::dom;
use super::form::{FlowActionForm, FormState};
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Channel, CodeEntry, Field, FormErrors, Problem, Purpose};

/// Whether the errors end the flow, so that the user can only start again.
pub fn ends_flow(errors: &FormErrors) -> bool {
    errors.problems.iter().any(|found| {
        matches!(
            found.problem,
            Problem::TooManyAttempts
                | Problem::AttemptsUsedUp
                | Problem::FlowEnded
                | Problem::PaymentSettled { .. }
        )
    })
}

/// Whether a text message failed in a way that a voice call may avoid.
pub fn suggests_call(errors: &FormErrors) -> bool {
    matches!(
        errors.about(Field::Form),
        Some(Problem::PhoneUnreachable | Problem::CouldNotSend | Problem::CouldNotVerify)
    )
}

/// The button "Resend" with its countdown. Offers a voice call if text messages seem not to arrive.
#[component]
pub fn ResendActions(
    form: FormState,
    time: ServerTime,
    entry: RwSignal<CodeEntry>,
    over: Memo<bool>,
    resend: impl Fn(Channel) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (texts, purpose) = (texts(), entry.read_untracked().purpose);
    let channel = Memo::new(move |_| {
        let entry = entry.read();
        entry
            .sent
            .as_ref()
            .map_or(Channel::Sms, |sent| sent.channel)
    });
    let wait = Memo::new(move |_| {
        let resend_at = entry.read().sent.as_ref().map(|sent| sent.resend_at);
        resend_at.map_or(0, |moment| time.secs_until(moment))
    });
    let offers_call = move || {
        let offered = entry
            .read()
            .sent
            .as_ref()
            .is_some_and(|sent| sent.offer_call);
        channel.get() == Channel::Sms && (offered || suggests_call(&form.errors.read()))
    };
    let disabled = Signal::derive(move || wait.get() > 0);
    let busy = form.pending;
    view! {
        <div class="actions" hidden=move || over.get()>
            <ResendForm purpose channel label=texts.actions.resend class="secondary" disabled busy resend />
            <span class="muted">{move || (wait.get() > 0).then(|| (texts.code.resend_in)(wait.get()))}</span>
            <ResendForm
                purpose
                channel=Channel::Call
                label=texts.actions.call
                class="quiet"
                hidden=Signal::derive(move || !offers_call())
                disabled
                busy
                resend
            />
        </div>
    }
}

/// A button that sends another code over a channel.
#[component]
fn ResendForm(
    purpose: Purpose,
    #[prop(into)] channel: Signal<Channel>,
    label: &'static str,
    /// The class of the button.
    class: &'static str,
    #[prop(into, default = false.into())] hidden: Signal<bool>,
    disabled: Signal<bool>,
    /// Whether a call to the server is in progress. The button keeps the focus, which a disabled one loses.
    busy: RwSignal<bool>,
    resend: impl Fn(Channel) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <form
            method="post"
            action=server_fns::verification::SendCode::PATH
            hidden=move || hidden.get()
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                resend(channel.get_untracked());
            }
        >
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <input type="hidden" name="channel" value=move || channel.get().as_str() />
            <button
                type="submit"
                class=class
                disabled=move || disabled.get()
                aria-disabled=move || busy.get().then_some("true")
            >
                {label}
            </button>
        </form>
    }
}

/// The buttons "Another method" or "Another number" and "Cancel". After the end of the flow, the link
/// to a new start.
#[component]
pub fn ExitActions(purpose: Purpose, #[prop(into)] over: Signal<bool>) -> impl IntoView {
    let texts = &texts().actions;
    let go_back = match purpose {
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment | Purpose::PasswordReset => Some((
            server_fns::verification::ChooseAnotherMethod::PATH,
            texts.another_method,
        )),
        Purpose::SetUp => Some((
            server_fns::phone::AnotherSetUpNumber::PATH,
            texts.another_number,
        )),
        Purpose::PhoneChange => {
            Some((server_fns::phone::AnotherNumber::PATH, texts.another_number))
        }
        Purpose::Registration => None,
    };
    let go_back = go_back.map(|(action, label)| view! { <FlowActionForm action purpose label /> });
    let cancel = if purpose == Purpose::Registration {
        texts.start_over
    } else {
        texts.cancel
    };
    let start = NodeRef::<leptos::html::A>::new();
    // The code field, which had the focus, is disabled after the end.
    Effect::new(move |was_over: Option<bool>| {
        let over = over.get();
        if over && was_over == Some(false) {
            dom::focus_next_frame(move || start.get_untracked().map(Into::into));
        }
        over
    });
    view! {
        <div class="actions" hidden=move || over.get()>
            {go_back}
            <FlowActionForm action=server_fns::verification::CancelFlow::PATH purpose label=cancel />
        </div>
        <p class="actions" hidden=move || !over.get()>
            <a class="button" node_ref=start href=routes::start(purpose)>{texts.start_again}</a>
        </p>
    }
}
