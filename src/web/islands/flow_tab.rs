//! What a tab with a flow in it does by itself: listens, asks again after a sleep, and cancels
//! when left.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::countdown::ServerTime;
use super::dom;
use crate::web::server_fns;
use domain::routes;
use domain::{Answer, CodeEntry, LiveStatus, Purpose, Step};

/// After a sleep or in a tab long hidden, asks the server where things stand.
pub fn keep_in_step(purpose: Purpose, entry: RwSignal<CodeEntry>, time: ServerTime) {
    Effect::new(move || {
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            if document().visibility_state() != web_sys::VisibilityState::Visible {
                return;
            }
            spawn_local(async move {
                match server_fns::verification::entry(purpose).await {
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

/// What the server says by itself of the message with the code; silence is no harm.
///
/// What belongs to one thread is made in the browser alone: the server draws a page on one thread
/// and may drop it on another.
#[derive(Clone, Copy)]
pub struct Listening(StoredValue<Option<Source>>);

type Source = StoredValue<Option<web_sys::EventSource>, LocalStorage>;

impl Listening {
    /// Listens from the moment the page is awake until it is being left: what a person does next
    /// ends the flow often enough, and the page they go to says so.
    pub fn new(purpose: Purpose, told: impl Fn(LiveStatus) + Copy + 'static) -> Self {
        let this = Self(StoredValue::new(None));
        Effect::new(move || {
            let path = format!(
                "{}?purpose={}",
                routes::VERIFICATION_EVENTS,
                purpose.as_str()
            );
            let source = dom::hear(&path, move |text| {
                if let Ok(status) = serde_json::from_str::<LiveStatus>(&text) {
                    if status.is_last() {
                        this.stop();
                    }
                    told(status);
                }
            });
            this.0.set_value(Some(StoredValue::new_local(source)));
            let leaving = window_event_listener_untyped("beforeunload", move |_| this.stop());
            on_cleanup(move || {
                this.stop();
                leaving.remove();
            });
        });
        this
    }

    pub fn stop(self) {
        let source = self.0.try_get_value().flatten();
        if let Some(source) = source.and_then(|source| source.try_update_value(Option::take)?) {
            source.close();
        }
    }
}

/// How long a click on a link waits for the cancellation it causes.
const PATIENCE_MS: u32 = 1_500;

/// A link inside the app leaves the flow: the code is of no more use, and is cancelled before
/// the next page asks where the person is. A reload is no link, and nor is another tab.
pub fn cancel_on_leaving(
    purpose: Purpose,
    over: impl Fn() -> bool + Copy + 'static,
    listening: Option<Listening>,
) {
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::click, move |event| {
            let Some(path) = dom::followed_link(&event).filter(|_| !over()) else {
                return;
            };
            event.prevent_default();
            if let Some(listening) = listening {
                listening.stop();
            }
            let target = path.clone();
            Timeout::new(PATIENCE_MS, move || {
                dom::cancel_by_beacon(purpose);
                dom::go_to(&target);
            })
            .forget();
            spawn_local(async move {
                let _ = server_fns::verification::cancel(purpose).await;
                dom::go_to(&path);
            });
        });
        on_cleanup(move || handle.remove());
    });
}
