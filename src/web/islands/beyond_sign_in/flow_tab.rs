//! Background work of a tab with a code entry form: receives the delivery status, reloads the state when the tab
//! becomes visible, and cancels the verification flow when the user leaves.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::countdown::ServerTime;
use super::leaving::is_history_entry_of_set_up_dialog;
use crate::web::islands::dom;
use crate::web::islands::flow_id::page_flow_id;
use crate::web::islands::server_call::{ServerCall, cancel_flow};
use crate::web::server_fns;
use domain::routes;
use domain::{CodeEntry, LiveStatus, Purpose, ShownAnswer};

/// Opens the page that shows the current state of a flow, in place of a form whose flow has ended.
///
/// For a payment, loads the page again: its address names the payment, and another tab may have begun another one.
pub fn open_page_of_flow(purpose: Purpose) {
    match purpose {
        Purpose::Payment => dom::reload_page(),
        _ => dom::go_to(routes::code_entry_page(purpose)),
    }
}

/// Reloads the state of the code entry form from the server whenever the tab becomes visible again.
///
/// The form stays as it is if `ignores_state` returns `true` before the request or after the answer: it shows the end of
/// the flow, or another call or a cancellation is running. An answer that is older than the form changes nothing.
pub fn refresh_code_entry_when_tab_visible(
    purpose: Purpose,
    entry: RwSignal<CodeEntry>,
    time: ServerTime,
    ignores_state: impl Fn() -> bool + Copy + 'static,
) {
    Effect::new(move || {
        let handle = window_event_listener_untyped("visibilitychange", move |_| {
            let is_visible = document().visibility_state() == web_sys::VisibilityState::Visible;
            if !is_visible || ignores_state() {
                return;
            }
            spawn_local(async move {
                let path = server_fns::verification::CurrentCodeEntry::PATH;
                let answer = ServerCall::new(path, purpose).request_answer().await;
                if ignores_state() {
                    return;
                }
                match answer {
                    Ok(ShownAnswer::EnterCode(current)) => {
                        if current.now >= entry.read_untracked().now {
                            time.synchronize_clock_with_server_time(current.now);
                            entry.set(current);
                        }
                    }
                    // The flow ended or was replaced in another tab. The page of the code entry shows the reason.
                    Ok(_) => open_page_of_flow(purpose),
                    // Without an answer, the code entry stays as it is.
                    Err(_) => {}
                }
            });
        });
        on_cleanup(move || handle.remove());
    });
}

/// Listener for server-sent events with the delivery status of a one-time code.
///
/// An event source must stay on the thread that created it, but a server can drop a rendered page on any thread.
/// Therefore the listener contains only a handle to the event source, which only the browser creates.
#[derive(Clone, Copy)]
pub struct StatusListener(StoredValue<Option<Source>>);

type Source = StoredValue<Option<web_sys::EventSource>, LocalStorage>;

/// Delay in milliseconds after which the listener opens an event source in place of a closed one.
const REOPEN_DELAY_MS: u32 = 5_000;

impl StatusListener {
    /// Creates a listener that passes each status of the sent code to `on_status`.
    ///
    /// It listens from hydration until the user leaves the page.
    pub fn new(purpose: Purpose, on_status: impl Fn(LiveStatus) + Copy + 'static) -> Self {
        let this = Self(StoredValue::new(None));
        Effect::new(move || {
            let source = this.open_source(purpose, on_status);
            this.0.set_value(Some(StoredValue::new_local(source)));
            let leaving = window_event_listener_untyped("beforeunload", move |_| {
                this.pause_listening(purpose, on_status);
            });
            on_cleanup(move || {
                this.stop_listening();
                leaving.remove();
            });
        });
        this
    }

    /// Opens an event source, which calls `on_status` with each status.
    ///
    /// If the browser gives the source up, another is opened after [`REOPEN_DELAY_MS`].
    fn open_source(
        self,
        purpose: Purpose,
        on_status: impl Fn(LiveStatus) + Copy + 'static,
    ) -> Option<web_sys::EventSource> {
        let path = format!(
            "{}?purpose={}&flow_id={}",
            routes::VERIFICATION_EVENTS,
            purpose.as_str(),
            page_flow_id().unwrap_or_default()
        );
        let on_event = move |text: String| {
            if let Some(status) = parse_status_event(&text) {
                if status.is_last_in_event_stream() {
                    self.stop_listening();
                }
                on_status(status);
            }
        };
        let on_closed = move || self.replace_source_later(purpose, on_status);
        dom::open_status_stream(&path, on_event, on_closed)
    }

    /// Closes the event source, because an event must not interrupt the navigation to another page.
    ///
    /// Opens another after [`REOPEN_DELAY_MS`] if the page is still open: a link to a mail program and a download fire
    /// `beforeunload` too.
    fn pause_listening(self, purpose: Purpose, on_status: impl Fn(LiveStatus) + Copy + 'static) {
        if let Some((_, open)) = self.find_source() {
            open.close();
            self.replace_source_later(purpose, on_status);
        }
    }

    /// Opens an event source in place of the closed one after [`REOPEN_DELAY_MS`], unless the listener was stopped.
    fn replace_source_later(
        self,
        purpose: Purpose,
        on_status: impl Fn(LiveStatus) + Copy + 'static,
    ) {
        Timeout::new(REOPEN_DELAY_MS, move || {
            if let Some((place, closed)) = self.find_source() {
                // Another failure may have replaced the source already.
                closed.close();
                place.set_value(self.open_source(purpose, on_status));
            }
        })
        .forget();
    }

    /// Returns the event source and where it is stored; `None` if the listener was stopped.
    fn find_source(self) -> Option<(Source, web_sys::EventSource)> {
        let place = self.0.try_get_value().flatten()?;
        let source = place.try_get_value().flatten()?;
        Some((place, source))
    }

    /// Closes the event source of the listener.
    pub fn stop_listening(self) {
        let source = self.0.try_get_value().flatten();
        if let Some(source) = source.and_then(|source| source.try_update_value(Option::take)?) {
            source.close();
        }
    }
}

/// Parses the JSON data of a status event.
fn parse_status_event(data: &str) -> Option<LiveStatus> {
    let data = js_sys::JSON::parse(data).ok()?;
    let name = js_sys::Reflect::get(&data, &JsValue::from_str("status")).ok()?;
    LiveStatus::from_name(&name.as_string()?)
}

/// Cancels the verification flow when the user clicks a link within the application, before the next page loads.
///
/// The link waits at most 1.5 seconds. A reload or a link in another tab does not cancel the flow. `has_ended` says
/// whether the flow has ended already.
pub fn cancel_flow_on_link_click(
    purpose: Purpose,
    has_ended: impl Fn() -> bool + Copy + 'static,
    listener: Option<StatusListener>,
) {
    Effect::new(move || {
        let handle = window_event_listener(leptos::ev::click, move |event| {
            let Some(path) = dom::path_of_clicked_link(&event) else {
                return;
            };
            if has_ended() {
                // "Start again" in the set-up dialog: one Back leaves the page that opens.
                if path == routes::start_page(purpose) && is_history_entry_of_set_up_dialog(purpose)
                {
                    event.prevent_default();
                    dom::leave_dialog_history_entry();
                }
                return;
            }
            event.prevent_default();
            if let Some(listener) = listener {
                listener.stop_listening();
            }
            // The page for a lost phone uses the password of this sign-in or set-up.
            if matches!(purpose, Purpose::SignIn | Purpose::SetUp) && path == routes::LOST_PHONE {
                dom::go_to(&path);
                return;
            }
            spawn_local(async move {
                cancel_flow(purpose).await;
                dom::go_to(&path);
            });
        });
        on_cleanup(move || handle.remove());
    });
}
