use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::dom;
use super::form::FormState;
use super::script_request::request_answer_from_script;
use super::server_call::ServerCall;
use super::texts::texts;
use crate::web::server_fns;
use domain::{Field, Purpose, Reaction, ShownAnswer, ShownErrors};

/// Age in milliseconds from which a CAPTCHA challenge is replaced before its solution is sent. The server accepts it
/// for 5 minutes.
const MAX_CHALLENGE_AGE_MS: i64 = 240_000;

/// Events to `public/captcha.js`: render the widget unless it is rendered, and request another token.
const RENDER_EVENT: &str = "captcha:render";
const RESET_EVENT: &str = "captcha:reset";
/// Event to `public/proof-of-work.js`, which solves a challenge in a separate thread.
///
/// The answer is the solution. The script may have started to solve the challenge before the WASM was loaded.
const SOLVE_EVENT: &str = "captcha:solve";

/// The CAPTCHA service that rates the visit. Its widget requests tokens without an action of the user.
const SCORE_SERVICE: &str = "recaptcha_v3";

/// Returns the name of the CAPTCHA service whose widget a challenge is for. Returns `None` for a proof of work.
fn captcha_service_of_challenge(challenge_json: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct OfVendor {
        vendor: String,
    }
    let challenge = serde_json::from_str::<OfVendor>(challenge_json).ok()?;
    Some(challenge.vendor)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Working,
    Solved,
    Failed,
}

/// State of the CAPTCHA in a form: a proof of work, or the widget of a CAPTCHA service.
#[derive(Clone, Copy)]
pub struct CaptchaState {
    purpose: Purpose,
    /// The challenge in JSON; `None` if no CAPTCHA is needed.
    challenge: RwSignal<Option<String>>,
    /// The element that the widget of a CAPTCHA service is rendered in.
    widget: NodeRef<leptos::html::Div>,
    /// The element with the checkbox of the proof of work.
    checkbox_area: NodeRef<leptos::html::Div>,
    checked: RwSignal<bool>,
    phase: RwSignal<Phase>,
    solution: RwSignal<String>,
    /// The local time when the challenge arrived, in milliseconds.
    issued_at: RwSignal<i64>,
}

impl CaptchaState {
    /// Creates the state of an unsolved CAPTCHA. If `challenge` is `None`, the form needs no CAPTCHA.
    pub fn new(purpose: Purpose, challenge: Option<String>) -> Self {
        let issued_at = RwSignal::new(0);
        Effect::new(move || issued_at.set(dom::page_load_start_millis()));
        Self {
            purpose,
            challenge: RwSignal::new(challenge),
            widget: NodeRef::new(),
            checkbox_area: NodeRef::new(),
            checked: RwSignal::new(false),
            phase: RwSignal::new(Phase::Idle),
            solution: RwSignal::new(String::new()),
            issued_at,
        }
    }

    /// Returns whether the CAPTCHA is solved or not needed.
    pub fn is_captcha_solved_or_not_needed(self) -> bool {
        let checked = self.checked.get() || self.captcha_service().is_some();
        self.challenge.read().is_none() || (checked && self.phase.get() == Phase::Solved)
    }

    /// Returns the name of the CAPTCHA service of the current challenge. Returns `None` for a proof of work.
    fn captcha_service(self) -> Option<String> {
        let challenge = self.challenge.read();
        challenge.as_deref().and_then(captcha_service_of_challenge)
    }

    /// Returns whether the current challenge is for a CAPTCHA service, without a subscription to later changes.
    fn currently_uses_captcha_service(self) -> bool {
        untrack(|| self.captcha_service().is_some())
    }

    /// Stores the token that the widget of a CAPTCHA service has created. An empty `token` means that the CAPTCHA is
    /// unsolved or the token has expired.
    fn store_widget_token(self, token: String) {
        self.phase.set(if token.is_empty() {
            Phase::Idle
        } else {
            Phase::Solved
        });
        self.solution.set(token);
    }

    /// Returns the text that says why the submit button of the form is disabled. Empty if the button is enabled, or if
    /// the status of the CAPTCHA shows the reason.
    pub fn submit_disabled_reason(self, form: FormState) -> Signal<&'static str> {
        let (fill_in_fields, texts) = (texts().labels.fill_in_fields, &texts().captcha);
        Signal::derive(move || {
            let service = self.captcha_service();
            let shows_status = match &service {
                Some(service) => service == SCORE_SERVICE,
                None => self.checked.get(),
            };
            if !form.filled.get() {
                fill_in_fields
            } else if shows_status || self.is_captcha_solved_or_not_needed() {
                ""
            } else if service.is_some() {
                texts.complete_check
            } else {
                texts.check_the_box
            }
        })
    }

    /// Starts the proof of work, unless it is running, solved or failed.
    pub fn start_proof_of_work(self) {
        if self.phase.get_untracked() == Phase::Idle && !self.currently_uses_captcha_service() {
            spawn_local(async move { self.solve_challenge().await });
        }
    }

    /// Sends a server call with the CAPTCHA solution.
    ///
    /// Solves a new challenge first if the current one is too old. If the server refuses the solution, solves a new
    /// challenge and sends the call again. After a response with errors, prepares the solution for the next call.
    pub async fn submit_with_captcha(self, call: ServerCall) -> Result<ShownAnswer, ShownErrors> {
        let old =
            dom::browser_clock_millis() - self.issued_at.get_untracked() > MAX_CHALLENGE_AGE_MS;
        if old && !self.currently_uses_captcha_service() {
            self.renew_captcha_challenge().await;
        }
        let call = call.with_form_value("captcha", &self.solution.get_untracked());
        let mut answer = call.request_answer().await;
        let is_stale = matches!(&answer, Ok(ShownAnswer::Errors(errors))
            if errors.reaction == Some(Reaction::RenewChallenge));
        if is_stale && self.renew_captcha_challenge().await {
            let call = call.with_form_value("captcha", &self.solution.get_untracked());
            answer = call.request_answer().await;
        }
        if let Ok(ShownAnswer::Errors(_)) = &answer {
            spawn_local(self.replace_captcha_challenge());
        }
        answer
    }

    /// Replaces the CAPTCHA challenge by a new one and solves it, because each solution is valid only once.
    pub async fn replace_captcha_challenge(self) {
        if self.challenge.read_untracked().is_none() || self.renew_captcha_challenge().await {
            return;
        }
        if self.currently_uses_captcha_service() {
            self.dispatch_event_to_captcha_script(RESET_EVENT);
        } else if self.phase.get_untracked() != Phase::Idle {
            self.solution.set(String::new());
            self.phase.set(Phase::Failed);
            self.checked.set(false);
        }
    }

    /// Requests a new CAPTCHA challenge and solves it without the user. Returns `false` after a failure, or if the user
    /// must solve the widget of a CAPTCHA service.
    async fn renew_captcha_challenge(self) -> bool {
        if self.challenge.read_untracked().is_none() {
            return false;
        }
        let phase = self.phase.get_untracked();
        self.phase.set(Phase::Working);
        let path = server_fns::verification::CaptchaChallenge::PATH;
        let challenge = ServerCall::new(path, self.purpose)
            .send_request_and_read_returned_text()
            .await;
        let Some(challenge) = challenge else {
            self.phase.set(phase);
            return false;
        };
        let (was_vendors, is_vendors) = (
            self.currently_uses_captcha_service(),
            captcha_service_of_challenge(&challenge).is_some(),
        );
        self.challenge.set(Some(challenge));
        self.issued_at.set(dom::browser_clock_millis());
        if was_vendors || is_vendors {
            self.checked.set(false);
        }
        if is_vendors {
            // Only the widget can get another token from the service.
            self.store_widget_token(String::new());
            return false;
        }
        self.solve_challenge().await;
        self.phase.get_untracked() == Phase::Solved
    }

    /// Dispatches an event to the script `public/captcha.js`.
    fn dispatch_event_to_captcha_script(self, event: &str) {
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        let event = web_sys::Event::new_with_event_init_dict(event, &init);
        if let (Some(widget), Ok(event)) = (self.widget.get_untracked(), event) {
            let _ = widget.dispatch_event(&event);
        }
    }

    /// Solves the proof-of-work challenge and stores the solution.
    async fn solve_challenge(self) {
        let area = self.checkbox_area.get_untracked();
        let (Some(challenge), Some(area)) = (self.challenge.get_untracked(), area) else {
            // A checkbox that replaces a widget is not rendered yet. It starts the work itself.
            return self.phase.set(Phase::Idle);
        };
        self.phase.set(Phase::Working);
        let solution = request_answer_from_script(&area, SOLVE_EVENT, &challenge).await;
        if let Some(solution) = solution {
            self.solution.set(solution);
            self.phase.set(Phase::Solved);
        } else {
            self.phase.set(Phase::Failed);
            self.checked.set(false);
        }
    }
}

/// CAPTCHA of a form: the checkbox "I'm not a robot" or the widget of a CAPTCHA service. Empty if no CAPTCHA is needed.
#[component]
pub fn CaptchaBox(form: FormState, captcha: CaptchaState) -> impl IntoView {
    let is_needed = captcha.challenge.read_untracked().is_some();
    let is_vendors = Memo::new(move |_| captcha.captcha_service().is_some());
    let box_or_widget = move || {
        if is_vendors.get() {
            Either::Left(view! { <CaptchaServiceWidget form captcha /> })
        } else {
            Either::Right(view! { <CaptchaCheckbox form captcha /> })
        }
    };
    is_needed.then_some(box_or_widget)
}

/// Widget of a CAPTCHA service. `public/captcha.js` renders the widget and writes the token into a hidden input, also
/// without WASM.
#[component]
fn CaptchaServiceWidget(form: FormState, captcha: CaptchaState) -> impl IntoView {
    let texts = &texts().captcha;
    let input = NodeRef::<leptos::html::Input>::new();
    let read_token = move || {
        if let Some(input) = input.get_untracked() {
            captcha.store_widget_token(input.value());
        }
    };
    // The user may have solved the CAPTCHA before the WASM loaded.
    Effect::new(move || {
        if input.get().is_some() && captcha.widget.get().is_some() {
            captcha.dispatch_event_to_captcha_script(RENDER_EVENT);
            read_token();
        }
    });
    let challenge = captcha.challenge.get_untracked();
    view! {
        <div class="field">
            <div
                class="captcha-widget"
                node_ref=captcha.widget
                data-challenge=challenge
                role="group"
                aria-label=texts.label
                aria-invalid=form.aria_invalid(Field::Captcha)
                aria-describedby="captcha-error"
            ></div>
            <p class="hint" role="status" data-captcha-status></p>
            <input type="hidden" name="captcha" node_ref=input on:input=move |_| read_token() />
            <noscript>
                <p class="hint">{texts.needs_script}</p>
            </noscript>
            <super::field::FieldError form field=Field::Captcha name="captcha" />
        </div>
    }
}

/// Checkbox "I'm not a robot" with the status of the proof of work.
#[component]
fn CaptchaCheckbox(form: FormState, captcha: CaptchaState) -> impl IntoView {
    let (labels, texts) = (&texts().labels, &texts().captcha);
    let checkbox = NodeRef::<leptos::html::Input>::new();
    let on_change = move || {
        if let Some(input) = checkbox.get_untracked() {
            captcha.checked.set(input.checked());
            if input.checked() && captcha.phase.get_untracked() == Phase::Failed {
                captcha.phase.set(Phase::Idle);
            }
            captcha.start_proof_of_work();
        }
    };
    // Until now the script has handled the form, and the user may have checked the box.
    Effect::new(move || {
        if checkbox.get().is_some() && captcha.checkbox_area.get().is_some() {
            on_change();
        }
    });
    Effect::new(move || {
        if let Some(input) = checkbox.get() {
            input.set_checked(captcha.checked.get());
        }
    });
    let state = move || match (captcha.phase.get(), captcha.checked.get()) {
        (Phase::Failed, _) => "failed",
        (Phase::Working, false) => "preparing",
        (Phase::Working, true) => "working",
        (Phase::Solved, true) => "done",
        _ => "idle",
    };
    let status = move || match state() {
        "preparing" => texts.preparing,
        "working" => texts.working,
        "done" => texts.done,
        "failed" => texts.failed,
        _ => "",
    };
    let challenge = captcha.challenge.get_untracked();
    view! {
        <div class="field">
            <div
                class="captcha"
                node_ref=captcha.checkbox_area
                data-state=state
                data-challenge=challenge
                data-renew=server_fns::verification::CaptchaChallenge::PATH
                data-purpose=captcha.purpose.as_str()
                data-fields=labels.fill_in_fields
                data-box=texts.check_the_box
            >
                <label>
                    <input
                        type="checkbox"
                        node_ref=checkbox
                        on:change=move |_| on_change()
                        aria-invalid=form.aria_invalid(Field::Captcha)
                        aria-describedby="captcha-error"
                    />
                    <span>{texts.label}</span>
                </label>
                // The script writes the same property, so Leptos renders no child of this element.
                <span
                    class="captcha-status"
                    role="status"
                    prop:textContent=status
                    data-preparing=texts.preparing
                    data-working=texts.working
                    data-done=texts.done
                    data-failed=texts.failed
                ></span>
                // The style sheet shows the button after a failure. `public/proof-of-work.js` handles its clicks.
                <button type="button" class="quiet retry">{texts.retry}</button>
            </div>
            <input type="hidden" name="captcha" />
            <noscript>
                <p class="hint">{texts.needs_script}</p>
            </noscript>
            <super::field::FieldError form field=Field::Captcha name="captcha" />
        </div>
    }
}
