use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::{
    AnotherMethodOrNumberButton, CancelOrRestartActions, FlowEndMessage, ResendActions,
    code_expiry_message, focus_message_in_next_frame, has_error_that_ends_flow,
    refused_digits_attribute,
};
use super::code_field::{CodeField, CodeFieldState};
use super::countdown::{CodeTimes, ServerTime};
use super::delivery_status::{CodeAnnouncement, MessageState, SentCodeStatus};
use super::flow_tab::{
    StatusListener, cancel_flow_on_link_click, open_page_of_flow,
    refresh_code_entry_when_tab_visible,
};
use super::leaving::cancel_flow_when_page_is_left;
use super::text_message_code::autofill_codes_of_text_messages;
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton, go_to_page_of_step};
use crate::web::islands::server_call::{CallKind, ServerCall, is_cancelling_flow};
use crate::web::islands::texts::{format_countdown, texts};
use crate::web::server_fns;
use domain::i18n::Actions;
use domain::{Channel, CodeEntry, Delivery, Field, LiveStatus, Purpose, ShownAnswer, ShownErrors};

/// Form that accepts the one-time code of any verification flow, as an island.
#[island]
pub fn CodeEntryForm(
    entry: CodeEntry,
    /// Sentence with the expiry and resend times, for browsers without scripts.
    times: Option<String>,
    errors: ShownErrors,
    /// The delivery status of the message, if it is known when the page is rendered.
    delivery: Option<Delivery>,
    /// Line below the submit button that explains a word on the button.
    explanation: Option<String>,
) -> impl IntoView {
    view! { <OneTimeCodeForm entry times errors delivery explanation /> }
}

/// Form that accepts a one-time code, with a countdown, "Resend" and "Cancel", for use inside an island.
///
/// The form for the code of an authenticator app has neither a countdown nor "Resend". A message replaces the code
/// field once the flow has ended or the code has expired.
#[component]
pub fn OneTimeCodeForm(
    entry: CodeEntry,
    /// Sentence with the expiry and resend times, for browsers without scripts.
    times: Option<String>,
    errors: ShownErrors,
    #[prop(default = None)] delivery: Option<Delivery>,
    /// Line below the submit button that explains a word on the button.
    #[prop(default = None)]
    explanation: Option<String>,
) -> impl IntoView {
    let (purpose, opened_at) = (entry.purpose, entry.now);
    let time = ServerTime::new(&entry);
    let form = FormState::new(errors, true).with_kind(CallKind::ChecksCode);
    let code = CodeFieldState::new(entry.length);
    let was_sent = entry.sent.is_some();
    let entry = RwSignal::new(entry);

    let over = Memo::new(move |_| has_error_that_ends_flow(&form.errors.read()));
    let code_times = CodeTimes::new(entry, time);
    let expired = code_times.expired;
    let closed = Memo::new(move |_| over.get() || expired.get());
    // Once the flow has ended or the code has expired, `FlowEndMessage` shows the error.
    let error = Signal::derive(move || form.error_text(Field::Code).filter(|_| !closed.get()));

    let on_errors = move |errors: &ShownErrors| {
        // The page of the payment shows the final status.
        if purpose == Purpose::Payment && has_error_that_ends_flow(errors) {
            open_page_of_flow(purpose);
        }
        if let Some(current) = &errors.entry {
            time.synchronize_clock_with_server_time(current.now);
            entry.set(current.clone());
        }
        code.select_checked_digits();
    };
    let check = move || {
        if let Some(digits) = code.read_digits_to_check(form.pending) {
            let path = server_fns::verification::CheckCode::PATH;
            let call = ServerCall::new(path, purpose)
                .with_kind(form.kind)
                .with_form_value("code", &digits);
            let answer = async move { call.request_answer().await };
            form.run_server_call(answer, go_to_page_of_step, on_errors);
        }
    };
    check_postponed_codes(form, code, closed, check);
    autofill_codes_of_text_messages(entry, closed, code, check);
    let message = MessageState::new(delivery);
    let on_sent = move |step: &ShownAnswer| match step {
        ShownAnswer::EnterCode(current) => {
            form.pending.set(false);
            form.errors.set(ShownErrors::default());
            time.synchronize_clock_with_server_time(current.now);
            entry.set(current.clone());
            message.record_resent_code(current);
            code.prepare_for_resent_code(purpose);
        }
        other => go_to_page_of_step(other),
    };
    let resend = move |channel: Channel| {
        code.record_digits_of_old_code(form.pending);
        message.prepare_for_resend(form.pending);
        let path = server_fns::verification::SendCode::PATH;
        let call = ServerCall::new(path, purpose)
            .with_kind(CallKind::SendsCode)
            .with_form_value("channel", channel.as_str());
        let on_errors = move |errors: &ShownErrors| {
            on_errors(errors);
            focus_field_or_message(form, code, closed, code_times, errors);
        };
        let answer = async move { call.request_answer().await };
        form.run_server_call(answer, on_sent, on_errors);
    };
    refresh_code_entry_when_tab_visible(purpose, entry, time, move || {
        over.get_untracked() || form.pending.get_untracked() || is_cancelling_flow()
    });
    let on_status = create_status_handler(form, message, purpose);
    let listener = was_sent.then(|| StatusListener::new(purpose, on_status));
    cancel_flow_on_link_click(purpose, move || over.get_untracked(), listener);
    cancel_flow_when_page_is_left(purpose, opened_at, move || over.get_untracked());
    let resend_actions =
        was_sent.then(|| view! { <ResendActions form entry message over code_times resend /> });
    let alone = (!was_sent).then(|| view! { <AnotherMethodOrNumberButton purpose /> });

    view! {
        {was_sent.then(|| view! {
            <SentCodeStatus entry message over closed />
        })}
        <PostForm
            form
            action=server_fns::verification::CheckCode::PATH
            hidden_input=("purpose", purpose.as_str().to_owned())
            on_submit=move |_: ServerCall| check()
        >
            <FlowIdInput />
            <CodeAnnouncement seconds_left=code_times.seconds_left message />
            <FlowEndMessage form over expiry_message=code_expiry_message(code_times) />
            <div class="stack" hidden=move || closed.get() data-refused=refused_digits_attribute(form, code)>
                <CodeField state=code error disabled=over on_complete=check />
                <Countdown seconds_left=code_times.seconds_left expired over />
                <SubmitButton
                    form
                    label=code_submit_label(purpose, &texts().actions)
                    ready=Signal::derive(move || !over.get())
                />
                {explanation.map(|text| view! { <p class="hint">{text}</p> })}
            </div>
        </PostForm>
        {resend_actions}
        {times.map(|times| view! { <p class="hint without-script" hidden=move || closed.get()>{times}</p> })}
        <CancelOrRestartActions purpose over>{alone}</CancelOrRestartActions>
    }
}

/// Checks a code that was completed during a call to the server, after the answer.
fn check_postponed_codes(
    form: FormState,
    code: CodeFieldState,
    closed: Memo<bool>,
    check: impl Fn() + 'static,
) {
    Effect::new(move || {
        if !form.pending.get() && !closed.get_untracked() && code.take_postponed_check() {
            check();
        }
    });
}

/// Moves the keyboard focus after a refused request for another code.
///
/// The focus goes to the code field, or to the message if the field is hidden. At a limit on messages
/// ([`ResendActions`]), it goes to the main action instead.
fn focus_field_or_message(
    form: FormState,
    code: CodeFieldState,
    closed: Memo<bool>,
    code_times: CodeTimes,
    errors: &ShownErrors,
) {
    if !closed.get_untracked() {
        code.focus_code_field();
    } else if errors.are_code_requests_refused() && !code_times.refused.get_untracked() {
        focus_message_in_next_frame(form);
    }
}

/// Returns the label of the button that submits a one-time code.
const fn code_submit_label(purpose: Purpose, texts: &Actions) -> &'static str {
    match purpose {
        Purpose::PhoneChange => texts.verify_otp,
        _ => texts.validate,
    }
}

/// Creates the function that handles a status event: shows the status, and leaves the page after the last one.
///
/// Also leaves the page after a call during which the last status arrived.
fn create_status_handler(
    form: FormState,
    message: MessageState,
    purpose: Purpose,
) -> impl Fn(LiveStatus) + Copy {
    // The last status can arrive during a call that then gets no answer.
    Effect::new(move || {
        if !form.pending.get()
            && let Some(status) = message.status.get_untracked()
        {
            open_page_of_flow_after_last_status(status, form, purpose);
        }
    });
    move |status| {
        message.record_status(status);
        open_page_of_flow_after_last_status(status, form, purpose);
    }
}

/// Opens the page that shows the current state of a flow after the last status event of the flow.
///
/// The flow ended in another tab, unless this tab has just submitted or shown its end, or is cancelling the flow.
fn open_page_of_flow_after_last_status(status: LiveStatus, form: FormState, purpose: Purpose) {
    if status.is_last_in_event_stream()
        && !form.pending.get_untracked()
        && !is_cancelling_flow()
        && !has_error_that_ends_flow(&form.errors.read_untracked())
    {
        open_page_of_flow(purpose);
    }
}

/// Countdown until the one-time code expires. [`CodeAnnouncement`] announces the time to screen readers.
#[component]
fn Countdown(
    seconds_left: Memo<Option<u64>>,
    expired: Memo<bool>,
    over: Memo<bool>,
) -> impl IntoView {
    let texts = &texts().code;
    let secs = move || seconds_left.get().unwrap_or_default();
    let hidden = move || seconds_left.get().is_none() || expired.get() || over.get();
    let rendered = seconds_left.get_untracked().filter(|secs| *secs > 0);
    view! {
        // `public/times.js` counts down until the WASM does. A translated text would not change any more.
        <p class="countdown" translate="no" hidden=hidden data-clock=rendered data-low=move || (secs() <= 30).then_some("true")>
            {move || texts.expires_in.fill_placeholder(format_countdown(secs()))}
        </p>
    }
}
