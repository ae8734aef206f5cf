use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::{ExitActions, Resend, ends_flow};
use super::code_boxes::CodeBoxes;
use super::countdown::{ServerTime, announcement, clock_face};
use super::dom;
use super::flow_tab::{Listening, cancel_on_leaving, keep_in_step};
use super::form::{self, FormMessage, FormState};
use super::texts::texts;
use crate::web::server_fns;
use domain::i18n::Actions;
use domain::routes;
use domain::{Channel, CodeEntry, Field, FormErrors, LiveStatus, Problem, Purpose, Step};

/// The code entry of every flow, as an island of its own.
#[island]
pub fn CodeEntryForm(entry: CodeEntry, refusal: FormErrors) -> impl IntoView {
    view! { <EnterCode entry refusal /> }
}

/// The code entry of every flow: digits, countdown, resend, and the ways out. A code of an
/// authenticator app was not sent, so nothing of it counts down and nothing is sent again.
#[component]
pub fn EnterCode(entry: CodeEntry, refusal: FormErrors) -> impl IntoView {
    let purpose = entry.purpose;
    let time = ServerTime::new(&entry);
    let (texts, form) = (texts(), FormState::new(refusal, true));
    let length = entry.length.digits();
    let was_sent = entry.sent.is_some();
    let entry = RwSignal::new(entry);
    let (typed, selected) = (RwSignal::new(String::new()), RwSignal::new(false));
    let enhanced = RwSignal::new(false);
    let input = NodeRef::<Input>::new();

    let over = Memo::new(move |_| ends_flow(&form.refusal.read()));
    let left = Memo::new(move |_| {
        let expires_at = entry.read().sent.as_ref().map(|sent| sent.expires_at);
        expires_at.map(|moment| time.secs_until(moment))
    });
    let expired = Memo::new(move |_| left.get() == Some(0));
    let problem = move || {
        form.problem(Field::Code).or_else(|| {
            (expired.get() && !over.get()).then(|| (texts.problem)(&Problem::CodeExpired))
        })
    };

    // What the server said about the entry, and the field ready for the next try.
    let told = move |refusal: &FormErrors| {
        if let Some(told) = &refusal.entry {
            time.heard(told.now);
            entry.set(told.clone());
        }
        if let Some(input) = input.get_untracked() {
            input.select();
            selected.set(true);
        }
    };
    let check = move || {
        let code = typed.get_untracked();
        form.call(
            server_fns::verification::check(purpose, code),
            form::go,
            told,
        );
    };
    let on_sent = move |step| match step {
        Step::EnterCode(sent) => {
            form.pending.set(false);
            form.refusal.set(FormErrors::default());
            time.heard(sent.now);
            entry.set(sent);
            typed.set(String::new());
            if let Some(input) = input.get_untracked() {
                input.set_value("");
                let _ = input.focus();
            }
        }
        other => form::go(other),
    };
    let resend = move |channel: Channel| {
        let call = server_fns::verification::send(purpose, channel.as_str().to_owned());
        form.call(call, on_sent, told);
    };
    keep_in_step(purpose, entry, time);
    let live = RwSignal::new(None);
    let heed = move |status| heed(status, form, entry, live);
    let listening = was_sent.then(|| Listening::new(purpose, heed));
    cancel_on_leaving(purpose, move || over.get_untracked(), listening);
    let resend = was_sent.then(|| view! { <Resend form time entry over resend /> });

    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::verification::Check::PATH
            novalidate
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if form::take_over(&event).is_some() {
                    check();
                }
            }
        >
            <FormMessage form />
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <div class="code-entry" class:enhanced=enhanced data-length=length.to_string()>
                <label for="code">{texts.labels.code}</label>
                <CodeBoxes length typed selected enhanced node=input invalid=Signal::derive(move || problem().is_some()) disabled=over on_full=check />
                <p class="error" id="code-error" role="alert">{problem}</p>
            </div>
            <Countdown left expired over />
            <Fate live over />
            <button
                type="submit"
                class="primary"
                disabled=move || form.pending.get() || over.get()
                aria-busy=move || form.pending.get().then_some("true")
            >
                {label(purpose, &texts.actions)}
            </button>
        </form>
        {resend}
        <ExitActions purpose over />
    }
}

/// What the button is called (docs/product.md#section-2 to 4).
const fn label(purpose: Purpose, texts: &Actions) -> &'static str {
    match purpose {
        Purpose::PhoneChange => texts.verify_otp,
        _ => texts.validate,
    }
}

/// Acts on what the server says by itself.
fn heed(
    status: LiveStatus,
    form: FormState,
    entry: RwSignal<CodeEntry>,
    live: RwSignal<Option<LiveStatus>>,
) {
    live.set(Some(status));
    match status {
        LiveStatus::Undelivered => entry.update(|entry| {
            if let Some(sent) = &mut entry.sent {
                sent.offer_call = true;
            }
        }),
        // Elsewhere, unless it is this very tab that is about to go on, or has just been told.
        LiveStatus::Completed | LiveStatus::Ended
            if !form.pending.get_untracked() && !ends_flow(&form.refusal.read_untracked()) =>
        {
            dom::go_to(routes::verify(entry.read_untracked().purpose));
        }
        _ => {}
    }
}

/// The delivery status, once it is known. Screen readers do not announce it.
#[component]
fn Fate(live: RwSignal<Option<LiveStatus>>, over: Memo<bool>) -> impl IntoView {
    let texts = &texts().code;
    let text = move || match live.get()? {
        LiveStatus::Delivered => Some(texts.delivered),
        LiveStatus::Undelivered => Some(texts.undelivered),
        _ => None,
    };
    view! { <p class="muted" hidden=move || text().is_none() || over.get()>{text}</p> }
}

/// How long the code is good for: always to be seen, and said aloud at a few moments only.
#[component]
fn Countdown(left: Memo<Option<u64>>, expired: Memo<bool>, over: Memo<bool>) -> impl IntoView {
    let texts = &texts().code;
    let secs = move || left.get().unwrap_or_default();
    let hidden = move || left.get().is_none() || expired.get() || over.get();
    view! {
        <p class="countdown" hidden=hidden data-low=move || (secs() <= 30).then_some("true")>
            {move || (texts.expires_in)(&clock_face(secs()))}
        </p>
        <p class="visually-hidden" role="status">{move || left.get().map(|secs| announcement(texts, secs))}</p>
    }
}
