//! Leaving a code page by the Back button, the address bar or closing the tab cancels its verification.
//!
//! Browsers report all of these as `pagehide`, and a reload too. So the page only reports that it was left, and when it
//! was sent. The server cancels some seconds later, unless a page that it sent after that time reports that it is open.
//! `public/hydrate.js` sends this report from every code page, so a reload keeps the verification before the WASM has
//! loaded.
//!
//! A closed tab notifies the other tabs with the same verification. Tabs that stay open then report to the server that
//! they are open. In a tab whose WASM has not loaded, `public/hydrate.js` sends this report.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, Event, HtmlFormElement, MessageEvent};

use crate::web::islands::dom;
use crate::web::islands::server_call::{CallKind, ServerCall, cancel_flow, report_open_flow_page};
use crate::web::server_fns;
use domain::{Purpose, Timestamp, routes};

/// State of a browser history entry that shows a page with a code entry form.
///
/// A reload keeps it. The code entry form in the set-up dialog keeps the state of the history entry of the dialog
/// instead.
const CODE_PAGE: &str = "code-page";

/// Delays in milliseconds after which a tab reports that it is still open after another tab was closed.
///
/// Each report after the first is sent only if the server has accepted none before. A browser that closes both tabs
/// needs less than the first delay. All delays are shorter than the time after which the server cancels an abandoned
/// flow.
const STILL_OPEN_DELAYS_MS: [u32; 4] = [2_000, 3_500, 5_000, 6_500];

/// Messages between the browser tabs of one verification: opened, present and closed.
///
/// Until the WASM runs, `public/hydrate.js` answers `opened` and `closed`.
const OPENED: &str = "opened";
const PRESENT: &str = "present";
const CLOSED: &str = "closed";

/// Tells the server when the user leaves the page with the code entry form.
///
/// The server then cancels the verification flow unless another page of the flow is open. `opened_at` is the server's
/// time when it sent the page. `has_ended` says whether the flow has ended already.
pub fn cancel_flow_when_page_is_left(
    purpose: Purpose,
    opened_at: Timestamp,
    has_ended: impl Fn() -> bool + Copy + 'static,
) {
    Effect::new(move || {
        continue_or_cancel_flow_of_reopened_page(purpose);
        let other_tabs = OtherTabs::announce_tab_and_watch_other_tabs(purpose, opened_at);
        let submitting = window_event_listener_untyped("submit", move |event| {
            if event.default_prevented() {
                return;
            }
            if submit_form_of_set_up_dialog(purpose, &event) {
                event.prevent_default();
            } else {
                dom::record_navigation_start();
            }
        });
        let leaving = window_event_listener_untyped("pagehide", move |_| {
            if dom::has_application_started_navigation() || has_ended() {
                return;
            }
            if !other_tabs.is_flow_open_in_other_tab() {
                record_left_code_page(purpose);
            }
            // Sent even if another tab shows the flow, because the browser may be closing both tabs.
            dom::send_page_left_beacon(purpose, other_tabs.opened_at.get());
            other_tabs.send_to_other_tabs(CLOSED);
        });
        let returning = window_event_listener_untyped("pageshow", move |event| {
            if is_from_back_forward_cache(&event) {
                dom::reload_page();
            }
        });
        // From the set-up dialog, Back leads to a history entry of the same document and fires `popstate`. A link to a
        // part of the page also fires `popstate`, but does not cancel the flow.
        let back = window_event_listener_untyped("popstate", move |_| {
            let is_part_of_page = window()
                .location()
                .hash()
                .is_ok_and(|hash| !hash.is_empty());
            if is_part_of_page || is_code_page_history_entry(purpose) {
                return;
            }
            if has_ended() {
                dom::replace_current_history_entry(routes::start_page(purpose));
            } else {
                cancel_flow_and_open_its_first_page(purpose);
            }
        });
        on_cleanup(move || {
            back.remove();
            submitting.remove();
            leaving.remove();
            returning.remove();
        });
    });
}

/// Continues or cancels a verification flow whose code page has opened again in the same tab.
///
/// A reload continues the flow. The Back or Forward button cancels the flow. If the user opened another address that
/// redirects to this page, the flow is cancelled, except in a registration.
fn continue_or_cancel_flow_of_reopened_page(purpose: Purpose) {
    let was_left = remove_left_code_page_record(purpose);
    let same_entry = is_code_page_history_entry(purpose);
    // In a registration the address of an earlier step leads to the current step.
    let other_address = purpose != Purpose::Registration && dom::is_page_reached_by_redirect();
    if was_left && !same_entry && (dom::is_page_opened_by_back_or_forward() || other_address) {
        cancel_flow_and_open_its_first_page(purpose);
        return;
    }
    if !is_history_entry_of_set_up_dialog(purpose)
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state(&JsValue::from_str(CODE_PAGE), "");
    }
}

/// Returns whether the current entry of the browser history shows a page with a code entry form.
fn is_code_page_history_entry(purpose: Purpose) -> bool {
    let history = window().history().ok();
    let state = history.and_then(|history| history.state().ok());
    state.is_some_and(|state| state.as_string().as_deref() == Some(CODE_PAGE))
        || is_history_entry_of_set_up_dialog(purpose)
}

/// Returns whether the current entry of the browser history belongs to the set-up dialog.
///
/// Below it is an entry of the same page.
pub fn is_history_entry_of_set_up_dialog(purpose: Purpose) -> bool {
    purpose == Purpose::SetUp && dom::is_dialog_history_entry()
}

/// Cancels a verification flow that waits for a code, and opens the page on which it began.
///
/// From the history entry of the set-up dialog, goes back to the entry below. That fires `popstate`, which cancels the
/// flow. So one Back leaves the page that opens.
pub fn cancel_flow_of_code_page(purpose: Purpose) {
    if is_history_entry_of_set_up_dialog(purpose) {
        dom::leave_dialog_history_entry();
    } else {
        cancel_flow_and_open_its_first_page(purpose);
    }
}

/// Submits a form of the set-up dialog without a new entry in the browser history.
///
/// The form is "Cancel" or "Use a different number". Returns `false` for every other form, and if the dialog has no
/// history entry.
fn submit_form_of_set_up_dialog(purpose: Purpose, event: &Event) -> bool {
    let target = event
        .target()
        .filter(|_| is_history_entry_of_set_up_dialog(purpose));
    let Some(form) = target.and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else {
        return false;
    };
    let action = form.get_attribute("action").unwrap_or_default();
    if action == server_fns::verification::CancelFlow::PATH {
        cancel_flow_of_code_page(purpose);
    } else if action == server_fns::phone::AnotherSetUpNumber::PATH {
        let call = ServerCall::from_form(&form, CallKind::Other);
        spawn_local(async move {
            // After an error too, the page shows the current step.
            let _ = call.request_answer().await;
            dom::go_to(routes::code_entry_page(purpose));
        });
    } else {
        return false;
    }
    true
}

/// Cancels a verification flow. The page on which it began replaces the current one.
fn cancel_flow_and_open_its_first_page(purpose: Purpose) {
    spawn_local(async move {
        cancel_flow(purpose).await;
        dom::replace_current_history_entry(routes::start_page(purpose));
    });
}

/// Returns whether a `pageshow` event shows the page from the browser's back/forward cache.
fn is_from_back_forward_cache(event: &Event) -> bool {
    js_sys::Reflect::get(event, &JsValue::from_str("persisted"))
        .is_ok_and(|persisted| persisted.is_truthy())
}

/// Returns the session storage key that records that the user has left a code page of this purpose.
fn left_code_page_storage_key(purpose: Purpose) -> String {
    format!("left-{}", purpose.as_str())
}

/// Records in the session storage that this tab has left a code page.
fn record_left_code_page(purpose: Purpose) {
    if let Some(storage) = dom::session_storage() {
        let _ = storage.set_item(&left_code_page_storage_key(purpose), "");
    }
}

/// Deletes the record that this tab has left a code page. Returns whether there was one.
fn remove_left_code_page_record(purpose: Purpose) -> bool {
    let (Some(storage), key) = (dom::session_storage(), left_code_page_storage_key(purpose)) else {
        return false;
    };
    let was_left = storage.get_item(&key).ok().flatten().is_some();
    let _ = storage.remove_item(&key);
    was_left
}

/// Detector for other tabs of this browser that show the same verification.
#[derive(Clone)]
struct OtherTabs {
    purpose: Purpose,
    channel: Option<BroadcastChannel>,
    exist: Rc<Cell<bool>>,
    /// The server's time when it sent the page of this tab, or of the last report that the tab is open.
    opened_at: Rc<Cell<Timestamp>>,
}

impl OtherTabs {
    /// Tells the other tabs of this browser that this tab shows the verification flow.
    ///
    /// Receives the same messages from them as long as the page is open.
    fn announce_tab_and_watch_other_tabs(purpose: Purpose, opened_at: Timestamp) -> Self {
        // `public/hydrate.js` opens the channel with the same name.
        let name = format!("verification-{}", purpose.as_str());
        let this = Self {
            purpose,
            channel: BroadcastChannel::new(&name).ok(),
            exist: Rc::new(Cell::new(false)),
            opened_at: Rc::new(Cell::new(opened_at)),
        };
        let Some(channel) = &this.channel else {
            return this;
        };
        let listener = this.clone();
        let receive = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().as_string().as_deref() {
                Some(OPENED) => {
                    listener.exist.set(true);
                    listener.send_to_other_tabs(PRESENT);
                }
                Some(PRESENT) => listener.exist.set(true),
                // Tabs that are still open answer.
                Some(CLOSED) => {
                    listener.exist.set(false);
                    listener.send_to_other_tabs(OPENED);
                    listener.report_soon_that_tab_is_still_open();
                }
                _ => {}
            }
        });
        channel.set_onmessage(Some(receive.as_ref().unchecked_ref()));
        receive.forget();
        this.send_to_other_tabs(OPENED);
        this
    }

    /// Reports to the server that this tab still shows the verification flow, unless this tab is closed soon too.
    ///
    /// Repeats the report up to three times until the server accepts it.
    fn report_soon_that_tab_is_still_open(&self) {
        let is_accepted = Rc::new(Cell::new(false));
        for delay in STILL_OPEN_DELAYS_MS {
            let (purpose, opened_at) = (self.purpose, Rc::clone(&self.opened_at));
            let is_accepted = Rc::clone(&is_accepted);
            spawn_local(async move {
                TimeoutFuture::new(delay).await;
                if is_accepted.get() {
                    return;
                }
                if let Ok(time) = report_open_flow_page(purpose).await {
                    is_accepted.set(true);
                    // The answers of two reports can arrive in any order.
                    if let Some(time) = time {
                        opened_at.set(time.max(opened_at.get()));
                    }
                }
            });
        }
    }

    /// Returns whether another tab of this browser shows the same verification flow.
    fn is_flow_open_in_other_tab(&self) -> bool {
        self.exist.get()
    }

    /// Sends a message to the other tabs.
    fn send_to_other_tabs(&self, message: &str) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&JsValue::from_str(message));
        }
    }
}
