use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::ClipboardEvent;

use domain::OneTimeCode;

/// One real input, drawn as one box a digit.
///
/// Paste, autofill, input methods and screen readers see one field because there is one. Without
/// the WASM the boxes stay hidden and the input is an ordinary one.
#[component]
pub fn CodeBoxes(
    length: usize,
    typed: RwSignal<String>,
    /// The whole content is selected: the next digit replaces it.
    selected: RwSignal<bool>,
    node: NodeRef<Input>,
    #[prop(into)] invalid: Signal<bool>,
    #[prop(into)] disabled: Signal<bool>,
    /// Set once the WASM runs: from then on the boxes show.
    enhanced: RwSignal<bool>,
    on_full: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let take = move |text: &str| {
        let digits: String = digits_of(text).chars().take(length).collect();
        if let Some(input) = node.get_untracked()
            && input.value() != digits
        {
            input.set_value(&digits);
        }
        let full = digits.len() == length;
        selected.set(false);
        typed.set(digits);
        if full {
            on_full();
        }
    };
    Effect::new(move || {
        if let Some(input) = node.get() {
            enhanced.set(true);
            let _ = input.focus();
            // Typed or filled in before the WASM arrived.
            if !input.value().is_empty() {
                take(&input.value());
            }
        }
    });
    let on_paste = move |event: ClipboardEvent| {
        // The field's own length would cut "123 456" before its space could be dropped.
        let text = event
            .clipboard_data()
            .and_then(|data| data.get_data("text").ok());
        if let Some(text) = text {
            event.prevent_default();
            take(&text);
        }
    };
    let boxes = (0..length)
        .map(|index| view! { <DigitBox index length typed selected /> })
        .collect_view();
    view! {
        <div class="code-boxes">
            <input
                id="code"
                class="code-input"
                name="code"
                type="text"
                inputmode="numeric"
                pattern="[0-9]*"
                autocomplete="one-time-code"
                maxlength=length.to_string()
                required
                autofocus
                spellcheck="false"
                node_ref=node
                disabled=disabled
                aria-invalid=move || invalid.get().then_some("true")
                aria-describedby="code-error"
                on:input=move |event| {
                    let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
                    if let Some(input) = input {
                        take(&input.value());
                    }
                }
                on:paste=on_paste
            />
            <div class="boxes" aria-hidden="true">{boxes}</div>
        </div>
    }
}

#[component]
fn DigitBox(
    index: usize,
    length: usize,
    typed: RwSignal<String>,
    selected: RwSignal<bool>,
) -> impl IntoView {
    let digit = move || typed.read().chars().nth(index).map(String::from);
    let caret = move || typed.read().len().min(length - 1) == index;
    view! {
        <span
            class="box"
            data-filled=move || digit().map(|_| "true")
            data-caret=move || caret().then_some("true")
            data-selected=move || (selected.get() && digit().is_some()).then_some("true")
        >
            {digit}
        </span>
    }
}

/// The ASCII digits of a text; everything else is dropped.
fn digits_of(text: &str) -> String {
    OneTimeCode::strip(text)
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_keeps_its_digits_and_nothing_else() {
        assert_eq!(digits_of("012 345"), "012345");
        assert_eq!(digits_of("Your code is: 012-345."), "012345");
        assert_eq!(digits_of("١٢٣"), "");
    }
}
