//! Wrappers of browser functions. None of them runs on the server.

use std::cell::Cell;

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, EventSource, HtmlDialogElement, HtmlElement, HtmlFormElement, HtmlInputElement,
    MessageEvent, MouseEvent, ScrollIntoViewOptions, ScrollLogicalPosition, Storage,
    UrlSearchParams,
};

use super::flow_id::page_flow_id;
use crate::web::server_fns;
use domain::{Purpose, Timestamp, routes};

/// Returns the first input of a form that matches a CSS selector; `None` if no input matches.
fn find_input(form: &HtmlFormElement, css_selector: &str) -> Option<HtmlInputElement> {
    form.query_selector(css_selector).ok()??.dyn_into().ok()
}

/// Returns whether every required input of a form has a value.
pub fn are_required_inputs_filled(form: &HtmlFormElement) -> bool {
    let Ok(inputs) = form.query_selector_all("input[required]") else {
        return false;
    };
    (0..inputs.length())
        .filter_map(|index| inputs.item(index)?.dyn_into::<HtmlInputElement>().ok())
        .all(|input| !input.value().trim().is_empty())
}

/// Interval in milliseconds at which form fields are read, in case they were filled in without an event.
const READ_INTERVAL_MS: u32 = 300;

/// Calls `on_possible_change` whenever a form field may have been filled in, until the current Leptos effect ends.
///
/// Some password managers fill in a field without an `input` event. Therefore `on_possible_change` runs after key,
/// `change`, focus and animation events, and also several times a second.
pub fn watch_form_fields(on_possible_change: impl Fn() + Copy + 'static) {
    let events = ["keydown", "change", "focusin", "animationstart"]
        .map(|event| window_event_listener_untyped(event, move |_| on_possible_change()));
    let reading = StoredValue::new_local(Some(Interval::new(READ_INTERVAL_MS, on_possible_change)));
    on_cleanup(move || {
        for event in events {
            event.remove();
        }
        drop(reading.try_update_value(Option::take));
    });
}

/// Clears the password field of a form and returns the field; `None` if the form has none.
pub fn clear_password_field(form: &HtmlFormElement) -> Option<HtmlElement> {
    let input = find_input(form, "[name=password]")?;
    input.set_value("");
    // Notifies the event handlers of the field, as if the user had cleared it.
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = Event::new_with_event_init_dict("input", &init).ok()?;
    let _ = input.dispatch_event(&event);
    Some(input.into())
}

/// Calls `on_change` after each change of the text selection. The listener ends with the current Leptos effect.
pub fn watch_text_selection(on_change: impl Fn() + 'static) {
    const EVENT: &str = "selectionchange";
    let handler = Closure::<dyn Fn()>::new(on_change);
    let _ = document().add_event_listener_with_callback(EVENT, handler.as_ref().unchecked_ref());
    let handler = StoredValue::new_local(Some(handler));
    on_cleanup(move || {
        if let Some(handler) = handler.try_update_value(Option::take).flatten() {
            let listener = handler.as_ref().unchecked_ref();
            let _ = document().remove_event_listener_with_callback(EVENT, listener);
        }
    });
}

/// Returns the form's input with this name; `None` if the form has none.
pub fn find_field(form: &HtmlFormElement, name: &str) -> Option<HtmlElement> {
    find_input(form, &format!("[name={name}]")).map(Into::into)
}

/// Returns the value of the form's input with this name, without spaces around it.
pub fn read_field_value(form: &HtmlFormElement, name: &str) -> Option<String> {
    let input = find_input(form, &format!("[name={name}]"))?;
    Some(input.value().trim().to_owned())
}

/// Moves the keyboard focus to the form's input with this name.
pub fn focus_field(form: &HtmlFormElement, name: &str) {
    if let Some(input) = find_input(form, &format!("[name={name}]")) {
        let _ = input.focus();
    }
}

/// Moves the keyboard focus to `input`, unless another element of the page already has the focus.
pub fn focus_unless_another_element_has_focus(input: &HtmlInputElement) {
    let focused = document().active_element();
    if focused.is_none_or(|focused| focused.tag_name() == "BODY") {
        let _ = input.focus();
    }
}

/// Returns the visible error message of a form; `None` if no message is visible.
fn find_form_error_message(form: &HtmlFormElement) -> Option<Element> {
    form.query_selector("[role=alert][tabindex]:not([hidden])")
        .ok()?
}

/// Moves the keyboard focus to the visible error message of a form.
pub fn focus_form_error_message(form: &HtmlFormElement) {
    let found = find_form_error_message(form);
    if let Some(message) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _ = message.focus();
    }
}

/// Scrolls the visible error message of a form into the window. Does nothing if the window shows it already.
pub fn scroll_to_form_error_message(form: &HtmlFormElement) {
    if let Some(message) = find_form_error_message(form) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        message.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Moves the keyboard focus to an element in the next animation frame.
///
/// The browser may hide the element until then.
pub fn focus_in_next_frame(element: impl FnOnce() -> Option<HtmlElement> + 'static) {
    request_animation_frame(move || {
        if let Some(element) = element() {
            let _ = element.focus();
        }
    });
}

/// Window event after the user has left the set-up dialog. The form below it then takes the focus.
pub const SET_UP_LEFT: &str = "set-up-left";

/// Closes and removes the open dialog, and dispatches the window event with the name `event_name`.
pub fn close_dialog_and_dispatch_event(event_name: &str) {
    let dialog = document().query_selector("dialog[open]").ok().flatten();
    if let Some(dialog) = dialog.and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) {
        dialog.close();
        dialog.remove();
    }
    if let Ok(event) = Event::new(event_name) {
        let _ = window().dispatch_event(&event);
    }
}

/// Moves the keyboard focus to the form's first invalid field, or to `fallback` if all fields are valid.
pub fn focus_first_invalid_field(form: &HtmlFormElement, fallback: Option<HtmlElement>) {
    let found = form.query_selector("[aria-invalid=true]").ok().flatten();
    let input = found.and_then(|input| input.dyn_into::<HtmlElement>().ok());
    if let Some(input) = input.or(fallback) {
        let _ = input.focus();
    }
}

thread_local! {
    /// Whether the application itself has started a navigation to another page.
    static NAVIGATING: Cell<bool> = const { Cell::new(false) };
}

/// State of the browser history entry of an open dialog. A reload keeps it.
const DIALOG: &str = "dialog";

/// Returns whether the current entry of the browser history belongs to an open dialog.
pub fn is_dialog_history_entry() -> bool {
    let history = window().history().ok();
    let state = history.and_then(|history| history.state().ok());
    state.is_some_and(|state| state.as_string().as_deref() == Some(DIALOG))
}

/// Adds an entry for an open dialog to the browser history.
///
/// The Back button then returns to the page below the dialog. Does nothing if the dialog already has an entry.
///
/// If the user has not interacted with the page before this call, the Back button of Chromium skips the page below the
/// dialog. Submitting a form is such an interaction.
pub fn add_dialog_history_entry() {
    if !is_dialog_history_entry()
        && let Ok(history) = window().history()
    {
        let _ = history.push_state(&JsValue::from_str(DIALOG), "");
    }
}

/// Leaves the browser history entry of a closed dialog. Does nothing if the Back button has already left it.
pub fn leave_dialog_history_entry() {
    if is_dialog_history_entry()
        && let Ok(history) = window().history()
    {
        let _ = history.back();
    }
}

/// Navigates to the page at `path` of this application. The page replaces the history entry of an open dialog.
///
/// All dialogs with a history entry are on the sign-in page. If `path` is that page, it shows the next dialog, to which
/// the history entry then belongs.
pub fn go_to(path: &str) {
    if is_dialog_history_entry() {
        // A reload keeps the state of the history entry.
        if path == routes::LOGIN {
            reload_page();
        } else {
            replace_current_history_entry(path);
        }
        return;
    }
    record_navigation_start();
    let _ = window().location().assign(path);
}

/// Navigates to the page at `path` and replaces the current entry in the browser history.
pub fn replace_current_history_entry(path: &str) {
    record_navigation_start();
    let _ = window().location().replace(path);
}

/// Reloads the current page from the server.
pub fn reload_page() {
    record_navigation_start();
    let _ = window().location().reload();
}

/// Records that the application itself is starting a navigation to another page.
///
/// [`has_application_started_navigation`] then returns `true`.
pub fn record_navigation_start() {
    NAVIGATING.set(true);
}

/// Returns whether the application itself has started a navigation to another page.
pub fn has_application_started_navigation() -> bool {
    NAVIGATING.get()
}

/// Returns whether the user came to this page by the Back or Forward button.
pub fn is_page_opened_by_back_or_forward() -> bool {
    read_navigation_timing_property("type")
        .is_some_and(|kind| kind.as_string().as_deref() == Some("back_forward"))
}

/// Returns whether the server redirected the browser to this page.
pub fn is_page_reached_by_redirect() -> bool {
    let redirects =
        read_navigation_timing_property("redirectCount").and_then(|count| count.as_f64());
    redirects.is_some_and(|count| count > 0.0)
}

/// Returns a property of the navigation timing entry of this page: <https://www.w3.org/TR/navigation-timing-2/>.
fn read_navigation_timing_property(property: &str) -> Option<JsValue> {
    let entries = window().performance()?.get_entries_by_type("navigation");
    js_sys::Reflect::get(&entries.get(0), &JsValue::from_str(property)).ok()
}

/// Returns the time of the browser's clock in Unix milliseconds.
///
/// Only differences are reliable, because the clock may be wrong.
pub fn browser_clock_millis() -> i64 {
    // Whole milliseconds since 1970 fit an i64 for the next 292 million years.
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    let now = js_sys::Date::now() as i64;
    now
}

/// Returns when the page began to load, in Unix milliseconds of the browser's clock.
pub fn page_load_start_millis() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    let since = window()
        .performance()
        .map_or(0, |performance| performance.now() as i64);
    browser_clock_millis() - since
}

/// Returns the path of a clicked link within this application.
///
/// Returns `None` if the click opens another site, tab or window.
pub fn path_of_clicked_link(event: &MouseEvent) -> Option<String> {
    let opens_elsewhere = event.button() != 0
        || event.ctrl_key()
        || event.meta_key()
        || event.shift_key()
        || event.alt_key();
    if opens_elsewhere || event.default_prevented() {
        return None;
    }
    let clicked: Element = event.target()?.dyn_into().ok()?;
    let link = clicked.closest("a[href^='/']:not([target])").ok()??;
    link.get_attribute("href")
}

/// Opens an event source at `path` that passes each server-sent event named "status" to `on_status`.
///
/// `on_closed` is called if the browser gives the source up, for example because a proxy answered 502: a browser
/// reconnects by itself only after a network error or the end of a stream.
pub fn open_status_stream(
    path: &str,
    on_status: impl Fn(String) + 'static,
    on_closed: impl Fn() + 'static,
) -> Option<EventSource> {
    let source = EventSource::new(path).ok()?;
    let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            on_status(text);
        }
    });
    let listener = handler.as_ref().unchecked_ref();
    let _ = source.add_event_listener_with_callback("status", listener);
    let failed = source.clone();
    let error_handler = Closure::<dyn Fn()>::new(move || {
        if failed.ready_state() == EventSource::CLOSED {
            on_closed();
        }
    });
    source.set_onerror(Some(error_handler.as_ref().unchecked_ref()));
    // The handlers stay until the page is left. A page has few sources: one, and another after each failure.
    handler.forget();
    error_handler.forget();
    Some(source)
}

/// Returns the session storage of this browser tab; `None` if the browser denies access.
pub fn session_storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Returns the text of each item in the HTML list with the ID `list_id`, one item per line.
pub fn join_list_items_into_lines(list_id: &str) -> String {
    let Ok(items) = document().query_selector_all(&format!("#{list_id} > li")) else {
        return String::new();
    };
    (0..items.length())
        .filter_map(|index| items.item(index)?.text_content())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Copies a text to the clipboard. Returns `false` if the browser refuses access to the clipboard.
pub async fn copy_to_clipboard(text: &str) -> bool {
    let written = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// Opens the print dialog of the browser.
pub fn open_print_dialog() {
    let _ = window().print();
}

/// Empties the HTML list with the ID `list_id` when the user leaves the page.
///
/// Otherwise the Back button would show the list again, because browsers keep whole pages in memory. If the user
/// returns, navigates to the path `redirect_to`.
pub fn clear_list_when_page_is_left(list_id: &'static str, redirect_to: &'static str) {
    let left = StoredValue::new(false);
    let leaving = window_event_listener_untyped("pagehide", move |_| {
        left.set_value(true);
        if let Some(list) = document().get_element_by_id(list_id) {
            list.set_text_content(None);
        }
    });
    let back = window_event_listener_untyped("pageshow", move |_| {
        if left.get_value() {
            go_to(redirect_to);
        }
    });
    on_cleanup(move || {
        leaving.remove();
        back.remove();
    });
}

/// Reports with a beacon, which outlives the page, that the user is leaving a page of a verification flow.
///
/// `opened_at` is the server's time when the page was opened.
pub fn send_page_left_beacon(purpose: Purpose, opened_at: Timestamp) {
    // A browser that cannot encode a form sends no report.
    let Ok(params) = UrlSearchParams::new() else {
        return;
    };
    params.append("purpose", purpose.as_str());
    if let Some(id) = page_flow_id() {
        params.append("flow_id", &id);
    }
    params.append("page", &opened_at.as_millis().to_string());
    let navigator = window().navigator();
    let path = server_fns::verification::Leave::PATH;
    let _ = navigator.send_beacon_with_opt_url_search_params(path, Some(&params));
}
