use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::ClipboardEvent;

use super::texts::texts;
use domain::OneTimeCode;

/// The state of a code field.
#[derive(Clone, Copy)]
pub struct CodeFieldState {
    /// The digits in the field.
    pub typed: RwSignal<String>,
    /// Whether the whole content is selected, so that the next digit replaces it.
    selected: RwSignal<bool>,
    input: NodeRef<Input>,
}

impl CodeFieldState {
    pub fn new() -> Self {
        Self {
            typed: RwSignal::new(String::new()),
            selected: RwSignal::new(false),
            input: NodeRef::new(),
        }
    }

    /// Selects the content, so that the next digit replaces it.
    pub fn select_all(self) {
        if let Some(input) = self.input.get_untracked() {
            input.select();
            self.selected.set(true);
        }
    }

    /// Clears the field and focuses it.
    pub fn clear(self) {
        self.typed.set(String::new());
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
            let _ = input.focus();
        }
    }
}

/// The field for a one-time code with its label and error: one input, drawn as one box per digit.
///
/// Paste, autofill, input methods and screen readers work with one input. Without the WASM, the
/// boxes are hidden and the input looks like any other.
#[component]
pub fn CodeField(
    state: CodeFieldState,
    /// The number of digits.
    length: usize,
    error: impl Fn() -> Option<String> + Copy + Send + Sync + 'static,
    #[prop(into)] disabled: Signal<bool>,
    /// Called when the last digit is typed or pasted.
    on_complete: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let CodeFieldState {
        typed,
        selected,
        input: node,
    } = state;
    // The style sheet shows the boxes once the WASM runs.
    let enhanced = RwSignal::new(false);
    let set_digits = move |text: &str| {
        let digits: String = ascii_digits(text).chars().take(length).collect();
        if let Some(input) = node.get_untracked()
            && input.value() != digits
        {
            input.set_value(&digits);
        }
        let full = digits.len() == length;
        selected.set(false);
        typed.set(digits);
        if full {
            on_complete();
        }
    };
    Effect::new(move || {
        if let Some(input) = node.get() {
            enhanced.set(true);
            let _ = input.focus();
            // The user or the browser may have filled it in before the WASM loaded.
            if !input.value().is_empty() {
                set_digits(&input.value());
            }
        }
    });
    let on_paste = move |event: ClipboardEvent| {
        // `maxlength` would truncate "123 456" before the space is removed.
        let text = event
            .clipboard_data()
            .and_then(|data| data.get_data("text").ok());
        if let Some(text) = text {
            event.prevent_default();
            set_digits(&text);
        }
    };
    let boxes = (0..length)
        .map(|index| view! { <DigitBox index length typed selected /> })
        .collect_view();
    view! {
        <div class="code-entry" class:enhanced=enhanced data-length=length.to_string()>
            <label for="code">{texts().labels.code}</label>
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
                aria-invalid=move || error().map(|_| "true")
                aria-describedby="code-error"
                on:input=move |event| {
                    let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
                    if let Some(input) = input {
                        set_digits(&input.value());
                    }
                }
                on:paste=on_paste
            />
            <div class="boxes" aria-hidden="true">{boxes}</div>
            </div>
            <p class="error" id="code-error" role="alert">{error}</p>
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

/// The ASCII digits of a text, without all other characters.
fn ascii_digits(text: &str) -> String {
    OneTimeCode::strip(text)
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digits_of_a_pasted_text_are_kept() {
        assert_eq!(ascii_digits("012 345"), "012345");
        assert_eq!(ascii_digits("Your code is: 012-345."), "012345");
        assert_eq!(ascii_digits("١٢٣"), "");
    }
}
