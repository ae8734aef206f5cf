use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dom;
use super::form::FormState;
use super::texts::texts;
use crate::web::server_fns;
use domain::proof_of_work::{self, Challenge, Solver};
use domain::{Field, Purpose};

/// How long one slice of work may hold the page; a frame is 16 ms.
const SLICE_MS: i64 = 8;
/// Tries between two looks at the clock: about a millisecond of the default difficulty.
const TRIES: u32 = 8;
/// A solution older than this is computed again before it is sent; the server accepts it for five
/// minutes.
const FRESH_MS: i64 = 240_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Working,
    Solved,
    Failed,
}

/// The state of the box "I'm not a robot".
#[derive(Clone, Copy)]
pub struct CaptchaState {
    purpose: Purpose,
    /// `None`: no CAPTCHA is asked for.
    challenge: RwSignal<Option<String>>,
    ticked: RwSignal<bool>,
    phase: RwSignal<Phase>,
    solution: RwSignal<String>,
    solved_at: RwSignal<i64>,
}

impl CaptchaState {
    pub fn new(purpose: Purpose, challenge: Option<String>) -> Self {
        Self {
            purpose,
            challenge: RwSignal::new(challenge),
            ticked: RwSignal::new(false),
            phase: RwSignal::new(Phase::Idle),
            solution: RwSignal::new(String::new()),
            solved_at: RwSignal::new(0),
        }
    }

    /// Whether the form may be sent as far as this box goes.
    pub fn passed(self) -> bool {
        self.challenge.read().is_none() || (self.ticked.get() && self.phase.get() == Phase::Solved)
    }

    /// Starts working ahead: by the time the box is ticked the answer is usually there.
    pub fn begin(self) {
        if matches!(self.phase.get_untracked(), Phase::Idle | Phase::Failed) {
            spawn_local(async move { self.solve().await });
        }
    }

    /// The solution to send, computed again if it is too old.
    pub async fn token(self) -> String {
        let old = dom::local_now() - self.solved_at.get_untracked() > FRESH_MS;
        if self.challenge.read_untracked().is_some() && old {
            self.renew().await;
        }
        self.solution.get_untracked()
    }

    /// The solution was used up: gets another challenge, and solves it while the person types.
    pub async fn renew(self) {
        if self.challenge.read_untracked().is_none() {
            return;
        }
        self.phase.set(Phase::Working);
        self.solution.set(String::new());
        if let Ok(Some(challenge)) = server_fns::captcha::challenge(self.purpose).await {
            self.challenge.set(Some(challenge));
            self.solve().await;
        } else {
            self.phase.set(Phase::Failed);
            self.ticked.set(false);
        }
    }

    async fn solve(self) {
        let Some(challenge) = self.challenge.get_untracked() else {
            return;
        };
        self.phase.set(Phase::Working);
        if let Some(solution) = work(&challenge).await {
            self.solution.set(solution);
            self.solved_at.set(dom::local_now());
            self.phase.set(Phase::Solved);
        } else {
            self.phase.set(Phase::Failed);
            self.ticked.set(false);
        }
    }
}

/// Solves a challenge in slices, so that no task holds the page for longer than a frame.
async fn work(json: &str) -> Option<String> {
    let challenge: Challenge = serde_json::from_str(json).ok()?;
    let mut solver = Solver::new(&challenge)?;
    loop {
        let pause_at = dom::local_now() + SLICE_MS;
        while dom::local_now() < pause_at {
            if let Some(solution) = solver.step(TRIES) {
                return Some(proof_of_work::payload(json, &solution));
            }
        }
        TimeoutFuture::new(0).await;
    }
}

/// The box itself; nothing where no CAPTCHA is asked for.
#[component]
pub fn CaptchaBox(form: FormState, captcha: CaptchaState) -> impl IntoView {
    let asked = captcha.challenge.read_untracked().is_some();
    asked.then(|| view! { <Asked form captcha /> })
}

#[component]
fn Asked(form: FormState, captcha: CaptchaState) -> impl IntoView {
    let texts = &texts().captcha;
    let tick = NodeRef::<leptos::html::Input>::new();
    let ticked = move || {
        if let Some(input) = tick.get_untracked() {
            captcha.ticked.set(input.checked());
            captcha.begin();
        }
    };
    // Ticked before the WASM arrived.
    Effect::new(move || {
        if tick.get().is_some_and(|input| input.checked()) {
            ticked();
        }
    });
    Effect::new(move || {
        if let Some(input) = tick.get() {
            input.set_checked(captcha.ticked.get());
        }
    });
    let shown = move || {
        if captcha.ticked.get() {
            captcha.phase.get()
        } else {
            Phase::Idle
        }
    };
    let state = move || match shown() {
        Phase::Idle if captcha.phase.get() == Phase::Failed => "failed",
        Phase::Idle => "idle",
        Phase::Working => "working",
        Phase::Solved => "done",
        Phase::Failed => "failed",
    };
    let status = move || match state() {
        "working" => Some(texts.working),
        "done" => Some(texts.done),
        "failed" => Some(texts.failed),
        _ => None,
    };
    view! {
        <div class="field">
            <div class="captcha" data-state=state>
                <label>
                    <input type="checkbox" node_ref=tick on:change=move |_| ticked() aria-describedby="captcha-error" />
                    <span>{texts.label}</span>
                </label>
                <span class="captcha-status" role="status">{status}</span>
            </div>
            <noscript>
                <p class="hint">{texts.needs_script}</p>
            </noscript>
            <super::field::FieldError form field=Field::Captcha name="captcha" />
        </div>
    }
}
