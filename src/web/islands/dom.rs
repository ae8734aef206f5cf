//! The few things asked of the browser directly. None of them is called on the server.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Element, Event, EventSource, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement,
    MessageEvent, MouseEvent, UrlSearchParams,
};

use crate::web::server_fns;
use domain::{Language, Purpose};

/// The language the page is in.
pub fn language() -> Language {
    let root = document().document_element();
    root.and_then(|root| Language::from_tag(&root.get_attribute("lang")?))
        .unwrap_or_default()
}

/// The form an event was caught by.
pub fn form_of(event: &Event) -> Option<HtmlFormElement> {
    event.current_target()?.dyn_into().ok()
}

/// What stands in the input of this name.
pub fn value(form: &HtmlFormElement, name: &str) -> String {
    input(form, &format!("[name={name}]"))
        .map(|input| input.value())
        .unwrap_or_default()
}

/// The value of the option that is chosen in the list of this name.
pub fn selected(form: &HtmlFormElement, name: &str) -> String {
    let found = form.query_selector(&format!("select[name={name}]"));
    let list = found.ok().flatten();
    list.and_then(|list| list.dyn_into::<HtmlSelectElement>().ok())
        .map(|list| list.value())
        .unwrap_or_default()
}

/// The value of the checked radio button of this name.
pub fn chosen(form: &HtmlFormElement, name: &str) -> String {
    input(form, &format!("[name={name}]:checked"))
        .map(|input| input.value())
        .unwrap_or_default()
}

fn input(form: &HtmlFormElement, selector: &str) -> Option<HtmlInputElement> {
    form.query_selector(selector).ok()??.dyn_into().ok()
}

/// Whether every required input has something in it.
pub fn is_filled(form: &HtmlFormElement) -> bool {
    let Ok(inputs) = form.query_selector_all("input[required]") else {
        return false;
    };
    (0..inputs.length())
        .filter_map(|index| inputs.item(index)?.dyn_into::<HtmlInputElement>().ok())
        .all(|input| !input.value().trim().is_empty())
}

/// Empties the password fields: whatever else is kept, they are not. The first of them.
pub fn clear_passwords(form: &HtmlFormElement) -> Option<HtmlElement> {
    let input = input(form, "[name=password]")?;
    input.set_value("");
    // As if the person had done it, so that everything that watches the field knows.
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = Event::new_with_event_init_dict("input", &init).ok()?;
    let _ = input.dispatch_event(&event);
    Some(input.into())
}

/// Puts the cursor into the input of this name.
pub fn focus(form: &HtmlFormElement, name: &str) {
    if let Some(input) = input(form, &format!("[name={name}]")) {
        let _ = input.focus();
    }
}

/// Puts the cursor into the first field that has a problem, or else where `otherwise` says.
pub fn focus_first_problem(form: &HtmlFormElement, otherwise: Option<HtmlElement>) {
    let found = form.query_selector("[aria-invalid=true]").ok().flatten();
    let input = found.and_then(|input| input.dyn_into::<HtmlElement>().ok());
    if let Some(input) = input.or(otherwise) {
        let _ = input.focus();
    }
}

/// Leaves for another page of ours.
pub fn go_to(path: &str) {
    let _ = window().location().assign(path);
}

/// The local clock, in milliseconds. Only differences of it are ever used.
pub fn local_now() -> i64 {
    // Whole milliseconds since 1970 fit an i64 for the next 292 million years.
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    let now = js_sys::Date::now() as i64;
    now
}

/// When this page began to load, by the local clock: about when the server rendered it.
pub fn page_started() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    let since = window()
        .performance()
        .map_or(0, |performance| performance.now() as i64);
    local_now() - since
}

/// The address of a link of ours that this click is about to follow in this very tab.
pub fn followed_link(event: &MouseEvent) -> Option<String> {
    let elsewhere = event.button() != 0
        || event.ctrl_key()
        || event.meta_key()
        || event.shift_key()
        || event.alt_key();
    if elsewhere || event.default_prevented() {
        return None;
    }
    let clicked: Element = event.target()?.dyn_into().ok()?;
    let link = clicked.closest("a[href^='/']:not([target])").ok()??;
    link.get_attribute("href")
}

/// Hears what the server sends at `path` under the name "status", until the source is closed.
pub fn hear(path: &str, told: impl Fn(String) + 'static) -> Option<EventSource> {
    let source = EventSource::new(path).ok()?;
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            told(text);
        }
    });
    let listener = heard.as_ref().unchecked_ref();
    let _ = source.add_event_listener_with_callback("status", listener);
    // It lives as long as the page: a page has one source.
    heard.forget();
    Some(source)
}

/// The items of a list, one a line.
pub fn lines_of(list: &str) -> String {
    let Ok(items) = document().query_selector_all(&format!("#{list} > li")) else {
        return String::new();
    };
    (0..items.length())
        .filter_map(|index| items.item(index)?.text_content())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Puts a text on the clipboard; whether the browser let us.
pub async fn copy(text: &str) -> bool {
    let written = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// Opens the browser's dialog for printing.
pub fn print() {
    let _ = window().print();
}

/// Empties a list when its page is left, and redirects a user who comes back to it. Browsers keep
/// whole pages in memory for the Back button.
pub fn empty_on_leaving(list: &'static str, elsewhere: &'static str) {
    let left = StoredValue::new(false);
    let leaving = window_event_listener_untyped("pagehide", move |_| {
        left.set_value(true);
        if let Some(list) = document().get_element_by_id(list) {
            list.set_text_content(None);
        }
    });
    let back = window_event_listener_untyped("pageshow", move |_| {
        if left.get_value() {
            go_to(elsewhere);
        }
    });
    on_cleanup(move || {
        leaving.remove();
        back.remove();
    });
}

/// Cancels a flow while the page is being left: a beacon outlives its page.
pub fn cancel_by_beacon(purpose: Purpose) {
    let Ok(params) = UrlSearchParams::new() else {
        return;
    };
    params.append("purpose", purpose.as_str());
    let url = <server_fns::verification::Cancel as leptos::server_fn::ServerFn>::PATH;
    let navigator = window().navigator();
    let _ = navigator.send_beacon_with_opt_url_search_params(url, Some(&params));
}
