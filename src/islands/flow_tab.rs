//! What a tab with a flow in it does by itself: asks again after a sleep, and cancels when left.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::countdown::ServerTime;
use super::dom;
use crate::api;
use crate::domain::{Answer, CodeEntry, Purpose, Step};
use crate::routes;

/// After a sleep or in a tab long hidden, asks the server where things stand.
pub fn keep_in_step(purpose: Purpose, entry: RwSignal<CodeEntry>, time: ServerTime) {
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
pub fn cancel_on_leaving(purpose: Purpose, over: impl Fn() -> bool + Copy + 'static) {
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
