use core::future::Future;

use leptos::ev::SubmitEvent;
use leptos::html::Form;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement};

use super::dom;
use super::texts::texts;
use crate::web::server_fns::ServerFunctionError;
use domain::{Answer, Field, FieldProblem, FormErrors, Step};

/// What every form here has: what was refused, whether a call is under way, whether all fields
/// are filled.
#[derive(Clone, Copy)]
pub struct FormState {
    pub refusal: RwSignal<FormErrors>,
    pub pending: RwSignal<bool>,
    pub filled: RwSignal<bool>,
    pub node: NodeRef<Form>,
}

impl FormState {
    /// `filled` is what the server renders: `true` lets the form be sent without a script.
    pub fn new(refusal: FormErrors, filled: bool) -> Self {
        let state = Self {
            refusal: RwSignal::new(refusal),
            pending: RwSignal::new(false),
            filled: RwSignal::new(filled),
            node: NodeRef::new(),
        };
        // Whatever was typed, or filled in by the browser, before the WASM arrived.
        Effect::new(move || state.look());
        state
    }

    /// Looks whether all fields are filled.
    pub fn look(self) {
        if let Some(form) = self.node.get() {
            self.filled.set(dom::is_filled(&form));
        }
    }

    /// Clears the error of a field when its value changes.
    pub fn edited(self, event: &Event) {
        self.look();
        // Emptying a field ourselves is no correction.
        let typed_in = event.target().filter(|_| event.is_trusted());
        let Some(input) = typed_in.and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let name = input.name();
        let about = |found: &FieldProblem| found.field.name() == name;
        if self.refusal.read_untracked().problems.iter().any(about) {
            self.refusal
                .update(|refusal| refusal.problems.retain(|found| !about(found)));
        }
    }

    /// The texts beside `field`, if something is wrong with it.
    pub fn problem(self, field: Field) -> Option<String> {
        self.refusal.read().about(field).map(texts().problem)
    }

    /// Makes one call at a time. A step is `on_step`'s; a refusal is shown and `on_refused` told.
    pub fn call(
        self,
        call: impl Future<Output = Result<Answer, ServerFunctionError>> + 'static,
        on_step: impl FnOnce(Step) + 'static,
        on_refused: impl FnOnce(&FormErrors) + 'static,
    ) {
        if self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        spawn_local(async move {
            let (refusal, judged) = match call.await {
                // Still pending: the page is on its way to the next step.
                Ok(Answer::Step(step)) => return on_step(step),
                Ok(Answer::Refused(refusal)) => (refusal, true),
                // It never got through: nothing typed is lost.
                Err(ServerFunctionError(problem)) => (FormErrors::whole(problem), false),
            };
            self.pending.set(false);
            on_refused(&refusal);
            self.refusal.set(refusal);
            if let Some(form) = self.node.get_untracked() {
                request_animation_frame(move || {
                    let cleared = judged.then(|| dom::clear_passwords(&form)).flatten();
                    dom::focus_first_problem(&form, cleared);
                });
            }
        });
    }
}

/// Takes the submission over from the browser; the form to read it from.
pub fn take_over(event: &SubmitEvent) -> Option<web_sys::HtmlFormElement> {
    event.prevent_default();
    dom::form_of(event)
}

/// Goes to where the step is.
#[expect(clippy::needless_pass_by_value, reason = "a callback owns its step")]
pub fn go(step: Step) {
    dom::go_to(&step.path());
}

/// The form's own message, above its fields.
#[component]
pub fn FormMessage(form: FormState) -> impl IntoView {
    let text = move || form.problem(Field::Form);
    view! { <div class="notice error" role="alert" hidden=move || text().is_none()>{text}</div> }
}

/// The button that sends the form: disabled until `ready`, busy while a call is under way.
#[component]
pub fn SubmitButton(
    form: FormState,
    label: &'static str,
    #[prop(into)] ready: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class="primary"
            disabled=move || !ready.get() || form.pending.get()
            aria-busy=move || form.pending.get().then_some("true")
        >
            {label}
        </button>
    }
}
