//! Form component of all islands: error messages, submission, and submit button.

use core::future::Future;
use core::pin::Pin;

use leptos::ev::SubmitEvent;
use leptos::html::Form;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::delayed_send::DelayedSend;
use super::dom;
use super::server_call::{CallKind, ServerCall, is_cancelling_flow};
use super::texts::{format_countdown, texts};
use domain::{Field, ShownAnswer, ShownErrors, ShownProblem};

/// Result of a server call: the response of the application, or the errors of a call that it did not process.
type ServerCallResult = Result<ShownAnswer, ShownErrors>;

/// State of one form: errors, required fields and the running server call.
#[derive(Clone, Copy)]
pub struct FormState {
    pub errors: RwSignal<ShownErrors>,
    /// Whether a call to the server is in progress.
    pub pending: RwSignal<bool>,
    /// Whether all required fields have a value.
    pub filled: RwSignal<bool>,
    pub node: NodeRef<Form>,
    /// Kind of the form's requests, which selects the error message for a missing response.
    pub kind: CallKind,
    /// Repetition of a request for a code; `None` for forms that send no message.
    delayed_send: Option<DelayedSend>,
}

impl FormState {
    /// Creates the state of a form.
    ///
    /// `is_submit_enabled` says whether the submit button is enabled before the WASM has checked the fields.
    pub fn new(errors: ShownErrors, is_submit_enabled: bool) -> Self {
        let state = Self {
            errors: RwSignal::new(errors),
            pending: RwSignal::new(false),
            filled: RwSignal::new(is_submit_enabled),
            node: NodeRef::new(),
            kind: CallKind::Other,
            delayed_send: None,
        };
        // Fields may be filled in before the WASM loads, and later without an event.
        Effect::new(move || {
            if state.node.get().is_some() {
                state.store_whether_required_fields_are_filled();
                dom::watch_form_fields(move || state.store_whether_required_fields_are_filled());
            }
        });
        state
    }

    /// Creates the state of a form that sends a code. It repeats a request that came a few seconds too early.
    pub fn for_form_that_sends_code(errors: ShownErrors) -> Self {
        Self {
            kind: CallKind::SendsCode,
            delayed_send: Some(DelayedSend::new()),
            ..Self::new(errors, true)
        }
    }

    /// Sets the kind of the form's requests, which selects the error message for a missing response.
    pub const fn with_kind(self, kind: CallKind) -> Self {
        Self { kind, ..self }
    }

    /// Checks whether all required fields have a value, and stores the result.
    pub fn store_whether_required_fields_are_filled(self) {
        if let Some(form) = self.node.get_untracked() {
            let filled = dom::are_required_inputs_filled(&form);
            if self.filled.get_untracked() != filled {
                self.filled.set(filled);
            }
        }
    }

    /// Returns why the submit button of a form with required fields only is disabled; empty if all have a value.
    pub fn submit_disabled_reason(self) -> Signal<&'static str> {
        self.text_unless_filled(texts().labels.fill_in_fields)
    }

    /// Returns why the submit button of a form with one field is disabled; empty if the field has a value.
    pub fn disabled_reason_with_one_field(self) -> Signal<&'static str> {
        self.text_unless_filled(texts().labels.fill_in_field)
    }

    /// Returns why the submit button of a form with optional fields is disabled; empty if all others have a value.
    pub fn disabled_reason_with_optional_fields(self) -> Signal<&'static str> {
        self.text_unless_filled(texts().labels.fill_in_required_fields)
    }

    /// Returns `text` while a required field is empty, otherwise an empty text.
    fn text_unless_filled(self, text: &'static str) -> Signal<&'static str> {
        Signal::derive(move || if self.filled.get() { "" } else { text })
    }

    /// Clears the errors of a field, and of the form as a whole, when the user edits the field. Cancels a scheduled
    /// request for a code, because it has the earlier values.
    fn clear_errors_of_edited_field(self, event: &Event) {
        self.cancel_scheduled_code_request();
        self.store_whether_required_fields_are_filled();
        // Skips events of password fields that this program has cleared: browsers do not mark them as trusted.
        let target = event.target().filter(|_| event.is_trusted());
        let input = target.and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(name) = input.and_then(|input| input.get_attribute("name")) {
            self.clear_errors_of_field_and_form(&name);
        }
    }

    /// Clears the errors of the field with this `name` attribute and of the form as a whole.
    pub fn clear_errors_of_field_and_form(self, name: &str) {
        let whole = Field::Form.name();
        let is_of_field = |found: &ShownProblem| found.field == whole || found.field == name;
        if self
            .errors
            .read_untracked()
            .problems
            .iter()
            .any(is_of_field)
        {
            self.errors
                .update(|errors| errors.problems.retain(|found| !is_of_field(found)));
        }
    }

    /// Returns the error text of a field, or of the form as a whole; `None` without an error.
    pub fn error_text(self, field: Field) -> Option<String> {
        self.errors
            .read()
            .first_problem_of(field)
            .map(ToOwned::to_owned)
    }

    /// Returns the value of the attribute `aria-invalid` of a field: "true" while the field has an error.
    pub fn aria_invalid(self, field: Field) -> Signal<Option<&'static str>> {
        Signal::derive(move || self.error_text(field).map(|_| "true"))
    }

    /// Returns whether the form will request a code again after a delay.
    pub fn is_code_request_scheduled(self) -> bool {
        self.delayed_send
            .is_some_and(DelayedSend::is_code_request_scheduled)
    }

    /// Returns whether the next code is more than a minute away, so that the form repeats no request.
    pub fn is_next_code_over_a_minute_away(self) -> bool {
        let errors = self.errors.read();
        !errors.problems.is_empty() && errors.are_code_requests_refused()
    }

    /// Cancels a scheduled request for a code.
    pub fn cancel_scheduled_code_request(self) {
        if let Some(send) = self.delayed_send {
            send.cancel_scheduled_request();
        }
    }

    /// Returns whether the user has closed the dialog with this form, or has begun to cancel its flow.
    fn is_closed(self) -> bool {
        match self.node.try_get_untracked() {
            Some(node) => is_cancelling_flow() || node.is_some_and(|form| !form.is_connected()),
            None => true,
        }
    }

    /// Returns whether a server call is running or scheduled.
    pub fn is_call_running_or_scheduled(self) -> bool {
        self.pending.get() || self.is_code_request_scheduled()
    }

    /// Sends a server call and navigates to the page of the next step, or shows the errors.
    pub fn submit_and_open_next_step(self, call: ServerCall) {
        self.run_server_call(
            async move { call.request_answer().await },
            go_to_page_of_step,
            |_| (),
        );
    }

    /// Runs a server call, unless another call is running.
    ///
    /// Passes the next step to `on_step`, or shows the errors and passes them to `on_errors`. Ignores the response if the
    /// user has closed the dialog with the form.
    pub fn run_server_call(
        self,
        call: impl Future<Output = ServerCallResult> + 'static,
        on_step: impl FnOnce(&ShownAnswer) + 'static,
        on_errors: impl FnOnce(&ShownErrors) + 'static,
    ) {
        self.run_boxed_server_call(Box::pin(call), Box::new(on_step), Box::new(on_errors));
    }

    /// Implements [`Self::run_server_call`] with boxed arguments, so that the WASM contains the code only once.
    fn run_boxed_server_call(
        self,
        call: Pin<Box<dyn Future<Output = ServerCallResult>>>,
        on_step: Box<dyn FnOnce(&ShownAnswer)>,
        on_errors: Box<dyn FnOnce(&ShownErrors)>,
    ) {
        if self.is_closed()
            || self.pending.get_untracked()
            || untrack(move || self.is_code_request_scheduled())
        {
            return;
        }
        self.pending.set(true);
        // Errors of the last call are outdated. Screen readers announce an error that comes back.
        if !self.errors.read_untracked().problems.is_empty() {
            self.errors.update(|errors| errors.problems.clear());
        }
        spawn_local(async move {
            let result = call.await;
            if self.is_closed() {
                return;
            }
            let (errors, was_processed) = match result {
                Ok(ShownAnswer::Errors(errors)) => (errors, true),
                // The form stays pending while the browser loads the page of the next step.
                Ok(step) => return on_step(&step),
                // The server did not process the call, so the typed password is kept.
                Err(errors) => (errors, false),
            };
            self.pending.set(false);
            on_errors(&errors);
            // The password stays if only another field is wrong.
            let clears_password = was_processed
                && [Field::Password, Field::Form]
                    .into_iter()
                    .any(|field| errors.first_problem_of(field).is_some());
            let are_code_requests_refused = errors.are_code_requests_refused();
            self.errors.set(errors);
            if let Some(form) = self.node.get_untracked() {
                request_animation_frame(move || {
                    // The button that had the focus is disabled.
                    if are_code_requests_refused && self.delayed_send.is_some() {
                        return dom::focus_form_error_message(&form);
                    }
                    let cleared = clears_password
                        .then(|| dom::clear_password_field(&form))
                        .flatten();
                    dom::focus_first_invalid_field(&form, cleared);
                });
            }
        });
    }

    /// Requests a one-time code from the server and navigates to the page of the next step.
    ///
    /// Waits and repeats the request if it came a few seconds too early.
    pub fn submit_code_request(self, call: ServerCall) {
        let first = call.clone();
        self.run_server_call(
            async move { first.request_answer().await },
            go_to_page_of_step,
            move |errors| {
                if let Some(send) = self.delayed_send {
                    send.schedule_repeated_code_request(errors, move || {
                        self.submit_code_request(call);
                    });
                }
            },
        );
    }
}

/// Navigates to the page of the next step. Does nothing if `answer` contains errors.
pub fn go_to_page_of_step(answer: &ShownAnswer) {
    if let Some(path) = answer.path() {
        dom::go_to(path);
    }
}

/// HTML form with an error message, an optional hidden input, and the fields in `children`.
///
/// Without a script, the browser posts the form to `action`. With a script, the form passes the same request to
/// `on_submit`; without `on_submit`, it sends the request and navigates to the next step.
#[component]
pub fn PostForm(
    form: FormState,
    /// The path of the server function.
    action: &'static str,
    /// Name and value of a hidden input.
    #[prop(optional)]
    hidden_input: Option<(&'static str, String)>,
    #[prop(optional, into)] on_submit: Option<Callback<(ServerCall,)>>,
    children: Children,
) -> impl IntoView {
    let hidden_input =
        hidden_input.map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form
            class="stack"
            method="post"
            action=action
            novalidate
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                let Some(node) = form.node.get_untracked() else { return };
                let call = ServerCall::from_form(&node, form.kind);
                match on_submit {
                    Some(on_submit) => on_submit.run((call,)),
                    None => form.submit_and_open_next_step(call),
                }
            }
            on:input=move |event| form.clear_errors_of_edited_field(&event)
        >
            <FormMessage form />
            {hidden_input}
            {children()}
        </form>
    }
}

/// Error message that concerns the whole form.
///
/// While the form waits to request a code again, a countdown replaces the message.
#[component]
fn FormMessage(form: FormState) -> impl IntoView {
    let countdown = form.delayed_send.map(|send| {
        let sent_in = &texts().code.sent_in;
        let text = Signal::derive(move || {
            send.seconds_left()
                .map(|secs| sent_in.fill_placeholder(format_countdown(secs)))
        });
        // Does not count down. Screen readers may read "0:24" as a time of day.
        let announcement = Signal::derive(move || {
            send.scheduled_delay_secs()
                .map(|secs| sent_in.fill_placeholder(secs.to_string() + " s"))
        });
        let hidden = Signal::derive(move || text.read().is_none());
        view! {
            <div class="notice" hidden=hidden>{text}</div>
            <p class="visually-hidden" role="status">{announcement}</p>
        }
    });
    let error = Signal::derive(move || {
        form.error_text(Field::Form)
            .filter(|_| !form.is_code_request_scheduled())
    });
    let hidden = Signal::derive(move || error.read().is_none());
    view! {
        {countdown}
        <div class="notice error" role="alert" tabindex="-1" hidden=hidden>{error}</div>
    }
}

/// Submit button of a form, disabled until `ready` and marked as busy during a server call.
///
/// A line above the button says why it is disabled. A busy button keeps the keyboard focus, which a disabled one loses.
#[component]
pub fn SubmitButton(
    form: FormState,
    #[prop(into)] label: Signal<&'static str>,
    #[prop(into)] ready: Signal<bool>,
    /// Why the button is disabled, for the line above the button. Forms without required fields have no such line.
    #[prop(optional)]
    disabled_reason: Option<Signal<&'static str>>,
    /// HTML `id` of the line above the button. Two forms on one page need different values.
    #[prop(default = "missing")]
    disabled_reason_id: &'static str,
    #[prop(default = "primary")] class: &'static str,
) -> impl IntoView {
    let line = disabled_reason.map(|reason| {
        view! {
            // The plain scripts write the same property, so Leptos renders no child of this element.
            <p
                class="hint"
                id=disabled_reason_id
                aria-live="polite"
                data-missing
                prop:textContent=move || reason.get()
            ></p>
        }
    });
    let described_by = disabled_reason.map(|_| disabled_reason_id);
    // Signals rather than closures: the WASM has the code of an attribute once for each type of its value.
    let disabled = Signal::derive(move || !ready.get() && !form.is_call_running_or_scheduled());
    let busy = Signal::derive(move || form.is_call_running_or_scheduled().then_some("true"));
    view! {
        {line}
        <button
            type="submit"
            class=class
            disabled=disabled
            aria-disabled=busy
            aria-busy=busy
            aria-describedby=described_by
        >
            {label}
        </button>
    }
}
