use gloo_timers::callback::Timeout;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::code_boxes::CodeBoxes;
use super::countdown::{ServerTime, announcement, clock_face};
use super::dom;
use super::form::{self, FormMessage, FormState};
use crate::api;
use crate::domain::{Answer, CodeEntry, Field, Problem, Purpose, Refusal, Step};
use crate::routes;

/// The code entry of every flow: digits, countdown, resend, and the ways out.
#[island]
pub fn CodeEntryForm(entry: CodeEntry, refusal: Refusal) -> impl IntoView {
    let purpose = entry.purpose;
    let time = ServerTime::new(&entry);
    let form = FormState::new(refusal, true);
    let length = entry.length.digits();
    let entry = RwSignal::new(entry);
    let (typed, selected) = (RwSignal::new(String::new()), RwSignal::new(false));
    let enhanced = RwSignal::new(false);
    let input = NodeRef::<Input>::new();

    let over = Memo::new(move |_| ends_the_flow(&form.refusal.read()));
    let left = Memo::new(move |_| time.secs_until(entry.read().expires_at));
    let expired = Memo::new(move |_| left.get() == 0);
    let problem = move || {
        form.problem(Field::Code)
            .or_else(|| (expired.get() && !over.get()).then(|| Problem::CodeExpired.text()))
    };

    // What the server said about the entry, and the field ready for the next try.
    let told = move |refusal: &Refusal| {
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
        form.call(api::verification::check(purpose, code), form::go, told);
    };
    let on_sent = move |step| match step {
        Step::EnterCode(sent) => {
            form.pending.set(false);
            form.refusal.set(Refusal::default());
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
    let resend = move || form.call(api::verification::send(purpose), on_sent, told);
    keep_in_step(purpose, entry, time);
    cancel_on_leaving(purpose, move || over.get_untracked());

    view! {
        <form
            class="stack"
            method="post"
            action=api::verification::Check::PATH
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
                <label for="code">"One-time code"</label>
                <CodeBoxes length typed selected enhanced node=input invalid=Signal::derive(move || problem().is_some()) disabled=over on_full=check />
                <p class="error" id="code-error" role="alert">{problem}</p>
            </div>
            <p class="countdown" hidden=move || expired.get() || over.get() data-low=move || (left.get() <= 30).then_some("true")>
                {move || format!("Code expires in {}", clock_face(left.get()))}
            </p>
            <p class="visually-hidden" role="status">{move || announcement(left.get())}</p>
            <button
                type="submit"
                class="primary"
                disabled=move || form.pending.get() || over.get()
                aria-busy=move || form.pending.get().then_some("true")
            >
                "Validate"
            </button>
        </form>
        <Resend form purpose time resend_at=Signal::derive(move || entry.read().resend_at) over resend />
        <WaysOut purpose over />
    }
}

/// Whether there is nothing more to enter: the only way on is a new start.
fn ends_the_flow(refusal: &Refusal) -> bool {
    refusal
        .problems
        .iter()
        .any(|found| matches!(found.problem, Problem::TooManyAttempts | Problem::FlowEnded))
}

#[component]
fn Resend(
    form: FormState,
    purpose: Purpose,
    time: ServerTime,
    resend_at: Signal<crate::domain::Timestamp>,
    over: Memo<bool>,
    resend: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let wait = Memo::new(move |_| time.secs_until(resend_at.get()));
    view! {
        <form
            class="actions"
            method="post"
            action=api::verification::SendCode::PATH
            hidden=move || over.get()
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                resend();
            }
        >
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <button type="submit" class="secondary" disabled=move || { wait.get() > 0 || form.pending.get() }>
                "Resend"
            </button>
            <span class="muted">{move || (wait.get() > 0).then(|| format!("in {} s", wait.get()))}</span>
        </form>
    }
}

#[component]
fn WaysOut(purpose: Purpose, over: Memo<bool>) -> impl IntoView {
    let another = (purpose == Purpose::SignIn).then(|| {
        view! {
            <form method="post" action=api::sign_in::AnotherMethod::PATH>
                <button type="submit" class="quiet">"Use another method"</button>
            </form>
        }
    });
    let cancel = if purpose == Purpose::Registration {
        "Start over"
    } else {
        "Cancel"
    };
    view! {
        <div class="actions" hidden=move || over.get()>
            {another}
            <form method="post" action=api::verification::Cancel::PATH>
                <input type="hidden" name="purpose" value=purpose.as_str() />
                <button type="submit" class="quiet">{cancel}</button>
            </form>
        </div>
        <p class="actions" hidden=move || !over.get()>
            <a class="button" href=routes::start(purpose)>"Start again"</a>
        </p>
    }
}

/// After a sleep or in a tab long hidden, asks the server where things stand.
fn keep_in_step(purpose: Purpose, entry: RwSignal<CodeEntry>, time: ServerTime) {
    Effect::new(move || {
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            if document().visibility_state() != web_sys::VisibilityState::Visible {
                return;
            }
            spawn_local(async move {
                match api::verification::entry(purpose).await {
                    Ok(Answer::Step(Step::EnterCode(told))) => {
                        time.heard(told.now);
                        entry.set(told);
                    }
                    // Finished or cancelled elsewhere: the page there says what happened.
                    Ok(_) => dom::go_to(routes::verify(purpose)),
                    // No answer now is no reason to lose the step.
                    Err(_) => {}
                }
            });
        });
        on_cleanup(move || handle.remove());
    });
}

/// How long a click on a link waits for the cancellation it causes.
const PATIENCE_MS: u32 = 1_500;

/// A link inside the app leaves the flow: the code is of no more use, and is cancelled before
/// the next page asks where the person is. A reload is no link, and nor is another tab.
fn cancel_on_leaving(purpose: Purpose, over: impl Fn() -> bool + Copy + 'static) {
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::click, move |event| {
            let Some(path) = dom::followed_link(&event).filter(|_| !over()) else {
                return;
            };
            event.prevent_default();
            let target = path.clone();
            Timeout::new(PATIENCE_MS, move || {
                dom::cancel_by_beacon(purpose);
                dom::go_to(&target);
            })
            .forget();
            spawn_local(async move {
                let _ = api::verification::cancel(purpose).await;
                dom::go_to(&path);
            });
        });
        on_cleanup(move || handle.remove());
    });
}
