use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::{ExitActions, ResendActions, ends_flow};
use super::code_field::{CodeField, CodeFieldState};
use super::countdown::{ServerTime, announcement, clock_face};
use super::dom;
use super::flow_tab::{StatusListener, cancel_on_leave, refresh_when_visible};
use super::form::{self, FormState, PostForm, SubmitButton};
use super::leaving::cancel_when_left;
use super::texts::{SentTo, texts};
use crate::web::server_fns;
use domain::i18n::Actions;
use domain::routes;
use domain::{Channel, CodeEntry, Field, FormErrors, LiveStatus, Problem, Purpose, Step};

/// The code entry of every flow, as an island.
#[island]
pub fn CodeEntryForm(entry: CodeEntry, errors: FormErrors) -> impl IntoView {
    view! { <EnterCode entry errors /> }
}

/// The code entry of every flow: code field, countdown, resend and cancel, for use inside an island.
///
/// For the code of an authenticator app, there is no countdown and no resend.
#[component]
pub fn EnterCode(entry: CodeEntry, errors: FormErrors) -> impl IntoView {
    let purpose = entry.purpose;
    let time = ServerTime::new(&entry);
    let (texts, form) = (texts(), FormState::new(errors, true));
    let code = CodeFieldState::new(entry.length);
    let was_sent = entry.sent.is_some();
    let entry = RwSignal::new(entry);

    let over = Memo::new(move |_| ends_flow(&form.errors.read()));
    let seconds_left = Memo::new(move |_| {
        let expires_at = entry.read().sent.as_ref().map(|sent| sent.expires_at);
        expires_at.map(|moment| time.secs_until(moment))
    });
    let expired = Memo::new(move |_| seconds_left.get() == Some(0));
    let error = move || {
        form.error_text(Field::Code).or_else(|| {
            (expired.get() && !over.get()).then(|| (texts.problem)(&Problem::CodeExpired))
        })
    };

    let on_errors = move |errors: &FormErrors| {
        // The page of the payment shows its end.
        if purpose == Purpose::Payment && ends_flow(errors) {
            dom::go_to(routes::verify(purpose));
        }
        if let Some(current) = &errors.entry {
            time.synchronize(current.now);
            entry.set(current.clone());
        }
        code.select_all();
    };
    let check = move || {
        if let Some(code) = code.read() {
            let call = server_fns::verification::check_code(purpose, code);
            form.call(call, form::go_to_step, on_errors);
        }
    };
    let live_status = RwSignal::new(None);
    let on_sent = move |step| match step {
        Step::EnterCode(current) => {
            form.pending.set(false);
            form.errors.set(FormErrors::default());
            time.synchronize(current.now);
            entry.set(current);
            // The delivery status is that of the last message.
            live_status.set(None);
            code.clear();
        }
        other => form::go_to_step(other),
    };
    let resend = move |channel: Channel| {
        let call = server_fns::verification::send_code(purpose, channel.as_str().to_owned());
        form.call(call, on_sent, move |errors| {
            on_errors(errors);
            code.focus();
        });
    };
    refresh_when_visible(purpose, entry, time);
    let on_status = move |status| on_status_event(status, form, entry, live_status);
    let listener = was_sent.then(|| StatusListener::new(purpose, on_status));
    cancel_on_leave(purpose, move || over.get_untracked(), listener);
    cancel_when_left(purpose, move || over.get_untracked());
    let resend = was_sent.then(|| view! { <ResendActions form time entry over resend /> });

    view! {
        <SentTo entry />
        <PostForm
            form
            action=server_fns::verification::CheckCode::PATH
            hidden_input=("purpose", purpose.as_str().to_owned())
            on_submit=move |_| check()
        >
            <CodeField state=code error disabled=over on_complete=check />
            <Countdown seconds_left expired over />
            <DeliveryStatus live_status over />
            <SubmitButton
                form
                label=submit_label(purpose, &texts.actions)
                ready=Signal::derive(move || !over.get())
            />
        </PostForm>
        {resend}
        <ExitActions purpose over />
    }
}

/// The label of the submit button (docs/product.md#section-2 to 4).
const fn submit_label(purpose: Purpose, texts: &Actions) -> &'static str {
    match purpose {
        Purpose::PhoneChange => texts.verify_otp,
        _ => texts.validate,
    }
}

/// Handles a status that the server sent over the event stream.
fn on_status_event(
    status: LiveStatus,
    form: FormState,
    entry: RwSignal<CodeEntry>,
    live_status: RwSignal<Option<LiveStatus>>,
) {
    live_status.set(Some(status));
    match status {
        LiveStatus::Undelivered => entry.update(|entry| {
            if let Some(sent) = &mut entry.sent {
                sent.offer_call = true;
            }
        }),
        // The flow ended in another tab, unless this tab has just submitted or shown its end.
        LiveStatus::Completed | LiveStatus::Ended
            if !form.pending.get_untracked() && !ends_flow(&form.errors.read_untracked()) =>
        {
            dom::go_to(routes::verify(entry.read_untracked().purpose));
        }
        _ => {}
    }
}

/// The delivery status of the message, once it is known. Screen readers do not announce it.
#[component]
fn DeliveryStatus(live_status: RwSignal<Option<LiveStatus>>, over: Memo<bool>) -> impl IntoView {
    let texts = &texts().code;
    let text = move || match live_status.get()? {
        LiveStatus::Delivered => Some(texts.delivered),
        LiveStatus::Undelivered => Some(texts.undelivered),
        _ => None,
    };
    view! { <p class="muted" hidden=move || text().is_none() || over.get()>{text}</p> }
}

/// The time until the code expires. It is always visible; screen readers announce a few moments.
#[component]
fn Countdown(
    seconds_left: Memo<Option<u64>>,
    expired: Memo<bool>,
    over: Memo<bool>,
) -> impl IntoView {
    let texts = &texts().code;
    let secs = move || seconds_left.get().unwrap_or_default();
    let hidden = move || seconds_left.get().is_none() || expired.get() || over.get();
    view! {
        <p class="countdown" hidden=hidden data-low=move || (secs() <= 30).then_some("true")>
            {move || (texts.expires_in)(&clock_face(secs()))}
        </p>
        <p class="visually-hidden" role="status">
            {move || seconds_left.get().map(|secs| announcement(texts, secs))}
        </p>
    }
}
