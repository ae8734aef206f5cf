//! What else a code entry offers: another code, a call, another method, another number, the exit.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::countdown::ServerTime;
use super::form::FormState;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Channel, CodeEntry, Field, FormErrors, Problem, Purpose};

/// Whether there is nothing more to enter: the only way on is a new start.
pub fn ends_flow(refusal: &FormErrors) -> bool {
    refusal.problems.iter().any(|found| {
        matches!(
            found.problem,
            Problem::TooManyAttempts | Problem::FlowEnded | Problem::PaymentSettled { .. }
        )
    })
}

/// Whether a send failed in a way a call may get around: blocked, or not taken.
pub fn suggests_call(refusal: &FormErrors) -> bool {
    matches!(
        refusal.about(Field::Form),
        Some(Problem::PhoneUnreachable | Problem::CouldNotVerify)
    )
}

/// "Resend", with the wait until it may be used, and a call once messages do not seem to arrive.
#[component]
pub fn Resend(
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
    let offer_call = move || {
        let offered = entry
            .read()
            .sent
            .as_ref()
            .is_some_and(|sent| sent.offer_call);
        channel.get() == Channel::Sms && (offered || suggests_call(&form.refusal.read()))
    };
    view! {
        <div class="actions" hidden=move || over.get()>
            <form
                method="post"
                action=server_fns::verification::SendCode::PATH
                on:submit=move |event: SubmitEvent| {
                    event.prevent_default();
                    resend(channel.get_untracked());
                }
            >
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <input type="hidden" name="channel" value=move || channel.get().as_str() />
                <button type="submit" class="secondary" disabled=move || { wait.get() > 0 || form.pending.get() }>
                    {texts.actions.resend}
                </button>
            </form>
            <span class="muted">{move || (wait.get() > 0).then(|| (texts.code.resend_in)(wait.get()))}</span>
            <form
                method="post"
                action=server_fns::verification::SendCode::PATH
                hidden=move || !offer_call()
                on:submit=move |event: SubmitEvent| {
                    event.prevent_default();
                    resend(Channel::Call);
                }
            >
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <input type="hidden" name="channel" value=Channel::Call.as_str() />
                <button type="submit" class="quiet" disabled=move || { wait.get() > 0 || form.pending.get() }>
                    {texts.actions.call}
                </button>
            </form>
        </div>
    }
}

/// Another method or number where the flow has one, and the way out.
#[component]
pub fn ExitActions(purpose: Purpose, #[prop(into)] over: Signal<bool>) -> impl IntoView {
    let texts = &texts().actions;
    let another = match purpose {
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment => Some((
            server_fns::verification::AnotherMethod::PATH,
            texts.another_method,
        )),
        Purpose::SetUp => Some((
            server_fns::set_up::AnotherNumber::PATH,
            texts.another_number,
        )),
        Purpose::PhoneChange => Some((
            server_fns::phone_change::AnotherNumber::PATH,
            texts.another_number,
        )),
        Purpose::Registration => None,
    };
    let another = another.map(|(action, label)| {
        view! {
            <form method="post" action=action>
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <button type="submit" class="quiet">{label}</button>
            </form>
        }
    });
    let cancel = if purpose == Purpose::Registration {
        texts.start_over
    } else {
        texts.cancel
    };
    view! {
        <div class="actions" hidden=move || over.get()>
            {another}
            <form method="post" action=server_fns::verification::Cancel::PATH>
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <button type="submit" class="quiet">{cancel}</button>
            </form>
        </div>
        <p class="actions" hidden=move || !over.get()>
            <a class="button" href=routes::start(purpose)>{texts.start_again}</a>
        </p>
    }
}
