use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::form::FormState;
use super::texts::texts;
use domain::{Field, FormErrors, Problem};

/// A send that came a little too early is made as soon as it may be, instead of asking the
/// person to click again: they have said what they want.
#[derive(Clone, Copy)]
pub struct SendLater {
    /// Seconds until the send is made; `None` when none is waiting.
    pub secs: RwSignal<Option<u64>>,
}

/// Longer waits are the hourly limit's: those are told, not sat out.
const LONGEST: u64 = 60;

impl SendLater {
    pub fn new() -> Self {
        Self {
            secs: RwSignal::new(None),
        }
    }

    /// Looks at a refusal; if all it asks for is a short wait, waits and then calls `send`.
    /// Whether it does.
    pub fn takes(self, refusal: &FormErrors, send: impl Fn() + Copy + 'static) -> bool {
        match refusal.about(Field::Form) {
            Some(Problem::ResendWait { secs }) if *secs <= LONGEST => {
                self.secs.set(Some(*secs));
                self.tick(send);
                true
            }
            _ => false,
        }
    }

    fn tick(self, send: impl Fn() + Copy + 'static) {
        Timeout::new(1_000, move || {
            match self.secs.try_get_untracked().flatten() {
                Some(secs) if secs > 1 => {
                    self.secs.set(Some(secs - 1));
                    self.tick(send);
                }
                Some(_) => {
                    self.secs.set(None);
                    send();
                }
                // The dialog was left meanwhile.
                None => {}
            }
        })
        .forget();
    }

    pub fn is_waiting(self) -> bool {
        self.secs.get().is_some()
    }
}

/// What is being waited for.
#[component]
pub fn SendLaterNote(form: FormState, later: SendLater) -> impl IntoView {
    let text = move || {
        let secs = later.secs.get()?;
        Some((texts().code.sent_in)(secs))
    };
    let failed = move || form.problem(Field::Form).filter(|_| !later.is_waiting());
    view! {
        <div class="notice" role="status" hidden=move || text().is_none()>{text}</div>
        <div class="notice error" role="alert" hidden=move || failed().is_none()>{failed}</div>
    }
}
