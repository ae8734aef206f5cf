//! What every page does in the browser besides its forms.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlInputElement, UrlSearchParams};

use super::dom;

/// Prefix of the storage key of typed values; the path of their page follows.
const KEY: &str = "typed:";
/// Fields whose values are kept. Passwords and codes are not.
const KEPT: &str = "main input:is([type=text], [type=email], [type=tel])[name]:not([name=code])";

/// Keeps what was typed while the language changes.
#[island]
pub fn PageTools() -> impl IntoView {
    Effect::new(move || {
        restore();
        let submitting = window_event_listener_untyped("submit", |event| {
            let form = event.target().and_then(|target| target.dyn_into().ok());
            if form.is_some_and(|form: web_sys::Element| {
                form.matches("footer form").is_ok_and(|is| is)
            }) {
                keep();
            }
        });
        on_cleanup(move || submitting.remove());
    });
}

fn key() -> String {
    format!(
        "{KEY}{}",
        window().location().pathname().unwrap_or_default()
    )
}

fn fields() -> Vec<HtmlInputElement> {
    let Ok(found) = document().query_selector_all(KEPT) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into().ok())
        .collect()
}

/// Keeps the typed values for this tab.
fn keep() {
    let (Some(storage), Ok(typed)) = (dom::session_storage(), UrlSearchParams::new()) else {
        return;
    };
    for input in fields().iter().filter(|input| !input.value().is_empty()) {
        typed.set(&input.name(), &input.value());
    }
    let _ = storage.set_item(&key(), &String::from(typed.to_string()));
}

/// Fills in the kept values once.
fn restore() {
    let Some(storage) = dom::session_storage() else {
        return;
    };
    let Some(text) = storage.get_item(&key()).ok().flatten() else {
        return;
    };
    let _ = storage.remove_item(&key());
    let Ok(typed) = UrlSearchParams::new_with_str(&text) else {
        return;
    };
    for input in fields() {
        let value = typed.get(&input.name());
        if let Some(value) = value.filter(|_| input.value().is_empty()) {
            input.set_value(&value);
        }
    }
}
