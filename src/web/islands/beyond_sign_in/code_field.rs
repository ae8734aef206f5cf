use core::time::Duration;

use gloo_timers::callback::Interval;
use leptos::html::Input;
use leptos::prelude::*;
use web_sys::{ClipboardEvent, KeyboardEvent};

use super::digit_boxes::{DigitBoxes, Selection};
use crate::web::islands::dom;
use crate::web::islands::texts::texts;
use domain::{CodeEdit, CodeLength, Purpose};

/// Interval in milliseconds at which the digit boxes are compared with the input element.
const SYNC_INTERVAL_MS: u32 = 300;

/// State of the input field for a one-time code.
#[derive(Clone, Copy)]
pub struct CodeFieldState {
    length: CodeLength,
    /// The digits that the boxes show.
    typed: RwSignal<String>,
    /// The selection of the input, which the boxes show.
    selection: RwSignal<Selection>,
    /// The digits that were checked last.
    checked: RwSignal<String>,
    /// The digits that the field had when the user requested another code.
    old: RwSignal<String>,
    /// Whether a complete code was typed during a call to the server, so that it was not checked.
    postponed: RwSignal<bool>,
    /// Whether a text was inserted that has no code in it, or more than one.
    unclear: RwSignal<bool>,
    /// Whether an input method is still changing the text.
    composing: RwSignal<bool>,
    input: NodeRef<Input>,
}

impl CodeFieldState {
    /// Creates the state of an empty code field.
    pub fn new(length: CodeLength) -> Self {
        Self {
            length,
            typed: RwSignal::new(String::new()),
            checked: RwSignal::new(String::new()),
            old: RwSignal::new(String::new()),
            postponed: RwSignal::new(false),
            selection: RwSignal::new(Selection::default()),
            unclear: RwSignal::new(false),
            composing: RwSignal::new(false),
            input: NodeRef::new(),
        }
    }

    /// Returns the digits in the code field for a check of the code.
    ///
    /// Returns `None` during a call to the server (`pending`), or if the inserted text has no code or several codes.
    /// [`Self::take_postponed_check`] says after the call that the code is to be checked. Reads the input element, because
    /// some password managers fill in the element without an event.
    pub fn read_digits_to_check(self, pending: RwSignal<bool>) -> Option<String> {
        self.copy_digits_from_input();
        self.postponed.set(pending.get_untracked());
        if self.unclear.get_untracked() || pending.get_untracked() {
            return None;
        }
        let digits = self.typed.get_untracked();
        self.checked.set(digits.clone());
        Some(digits)
    }

    /// Returns whether the code field contains the digits that were checked last.
    ///
    /// It does not if the user has changed them during the check.
    pub fn is_unchanged_since_check(self) -> bool {
        *self.typed.read() == *self.checked.read()
    }

    /// Selects the digits that were checked last, so that the next typed digit replaces them.
    ///
    /// Selects nothing if the user has changed them during the check.
    pub fn select_checked_digits(self) {
        if untrack(move || self.is_unchanged_since_check()) {
            self.select_all_digits();
        }
    }

    /// Selects all digits of the code field, so that the next typed digit replaces the selected digits.
    fn select_all_digits(self) {
        if let Some(input) = self.input.get_untracked() {
            input.select();
            self.copy_selection_from_input();
        }
    }

    /// Moves the keyboard focus to the code field.
    pub fn focus_code_field(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }

    /// Copies the text selection of the input element into [`CodeFieldState`].
    fn copy_selection_from_input(self) {
        let Some(input) = self.input.get_untracked() else {
            return;
        };
        let position = |found: Result<Option<u32>, _>| found.ok().flatten().unwrap_or(0) as usize;
        let selection = Selection {
            start: position(input.selection_start()),
            end: position(input.selection_end()),
        };
        if self.selection.get_untracked() != selection {
            self.selection.set(selection);
        }
    }

    /// Selects all digits after a click into a full code field, because no further digit fits.
    fn select_all_digits_of_full_field(self) {
        self.copy_selection_from_input();
        let is_full = self.typed.read_untracked().len() == self.length.digit_count();
        if is_full && self.selection.get_untracked().is_empty_selection() {
            self.select_all_digits();
        }
    }

    /// Selects the digits after the caret when the user types into a full code field.
    ///
    /// The typed digit then replaces them.
    fn select_digits_that_typing_replaces(self, event: &KeyboardEvent) {
        let is_digit = matches!(event.key().as_bytes(), [b'0'..=b'9']);
        if !is_digit || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        self.copy_selection_from_input();
        let (selection, all) = (self.selection.get_untracked(), self.length.digit_count());
        let is_full = self.typed.read_untracked().len() == all;
        if is_full
            && selection.is_empty_selection()
            && let Some(input) = self.input.get_untracked()
            && let (Ok(start), Ok(end)) = (selection.start.try_into(), all.try_into())
        {
            let _ = input.set_selection_range(start, end);
        }
    }

    /// Returns whether the field has a complete code that was typed during the last call, and is not checked yet.
    pub fn take_postponed_check(self) -> bool {
        let is_full = self.typed.read_untracked().len() == self.length.digit_count();
        let was_postponed = self.postponed.try_update(core::mem::take) == Some(true);
        was_postponed && is_full && !untrack(move || self.is_unchanged_since_check())
    }

    /// Records the digits of an older code when the user requests another one, unless a call is running (`pending`).
    pub fn record_digits_of_old_code(self, pending: RwSignal<bool>) {
        if !pending.get_untracked() {
            self.copy_digits_from_input();
            self.old.set(self.typed.get_untracked());
        }
    }

    /// Clears the digits of an older code from the code field, and moves the keyboard focus to the field.
    ///
    /// Keeps digits that the user has typed since the request for another code. In a payment, does not check them by
    /// itself: another code replaces the earlier one, and the digits can be of either.
    pub fn prepare_for_resent_code(self, purpose: Purpose) {
        self.copy_digits_from_input();
        let is_payment = purpose == Purpose::Payment;
        self.postponed.update(|check| *check &= !is_payment);
        let has_old_digits = *self.typed.read_untracked() == *self.old.read_untracked();
        if has_old_digits {
            self.unclear.set(false);
            self.typed.set(String::new());
        }
        if let Some(input) = self.input.get_untracked() {
            if has_old_digits {
                input.set_value("");
            }
            // The code field is hidden until the page shows the new code entry.
            dom::focus_in_next_frame(move || Some(input.into()));
        }
    }

    /// Returns the error text for an inserted text that contains no code or several codes.
    fn error_text_of_inserted_text(self) -> Option<String> {
        let text = &texts().code.unclear;
        self.unclear
            .get()
            .then(|| text.fill_placeholder(self.length.digit_count()))
    }

    /// Copies the content of the input element into the state.
    ///
    /// Returns whether the field now contains a new complete code. The content can change without an `input` event.
    fn copy_digits_from_input(self) -> bool {
        let Some(input) = self.input.get_untracked() else {
            return false;
        };
        let content = input.value();
        content != *self.typed.read_untracked() && self.update_code_from_field_content(&content)
    }

    /// Copies the content of the input element into the state, because it can change without an `input` event.
    ///
    /// Calls `on_complete` if the field now contains a new complete code.
    fn copy_digits_from_input_and_call_on_complete(self, on_complete: Callback<()>) {
        if self.copy_digits_from_input() {
            on_complete.run(());
        }
    }

    /// Updates the state after the content of the code field changed to `content`.
    ///
    /// Returns whether the field now contains a new complete code.
    fn update_code_from_field_content(self, content: &str) -> bool {
        let held = self.typed.get_untracked();
        let edit = CodeEdit::from_field_content(&held, content, self.length);
        self.unclear.set(edit == CodeEdit::Unclear);
        let digits = match edit {
            CodeEdit::Digits(digits) => digits,
            CodeEdit::Unclear => held.clone(),
        };
        if let Some(input) = self.input.get_untracked()
            && input.value() != digits
        {
            input.set_value(&digits);
        }
        self.copy_selection_from_input();
        let is_new_code = digits != held && digits.len() == self.length.digit_count();
        self.typed.set(digits);
        is_new_code
    }

    /// Enters a pasted text, or the code of a text message, into the code field.
    ///
    /// Returns whether the code is complete. A text without a code and without digits that fit changes no digit.
    pub fn apply_inserted_text(self, text: &str) -> bool {
        self.copy_digits_from_input();
        self.copy_selection_from_input();
        let (held, selection) = (self.typed.get_untracked(), self.selection.get_untracked());
        let edit = CodeEdit::from_inserted_text(&held, selection.range(), text, self.length);
        self.unclear.set(edit == CodeEdit::Unclear);
        let CodeEdit::Digits(digits) = edit else {
            return false;
        };
        let is_complete = digits.len() == self.length.digit_count();
        let caret = (digits.len() + selection.end).saturating_sub(held.len());
        if let Some(input) = self.input.get_untracked() {
            input.set_value(&digits);
            if !is_complete && let Ok(caret) = caret.try_into() {
                let _ = input.set_selection_range(caret, caret);
            }
        }
        self.copy_selection_from_input();
        self.typed.set(digits);
        is_complete
    }

    /// Updates the code field after an `input` event. Returns whether to submit the code.
    ///
    /// Returns `true` also if autofill enters the same complete code again. Ignores content with characters other than
    /// digits while an input method composes text.
    fn update_digits_after_input_event(self) -> bool {
        let Some(input) = self.input.get_untracked() else {
            return false;
        };
        let content = input.value();
        let is_plain = content.bytes().all(|b| b.is_ascii_digit());
        if self.composing.get_untracked() && !is_plain {
            return false;
        }
        let is_same_code =
            content.len() == self.length.digit_count() && content == *self.typed.read_untracked();
        is_same_code || self.update_code_from_field_content(&content)
    }

    /// Sets the attribute `maxlength` of the code field, or removes it.
    fn set_or_remove_maxlength_attribute(self, is_limited: bool) {
        if let Some(input) = self.input.get_untracked() {
            let _ = if is_limited {
                input.set_attribute("maxlength", &self.length.digit_count().to_string())
            } else {
                input.remove_attribute("maxlength")
            };
        }
    }
}

/// Input field for a one-time code with label and error, drawn as one box per digit.
///
/// The field is a single HTML input, for paste, autofill and screen readers. Without WASM, the input has neither boxes
/// nor a maximum length, and the server finds the code in the text.
#[component]
pub fn CodeField(
    state: CodeFieldState,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(into)] disabled: Signal<bool>,
    /// Called when the last digit is typed or pasted.
    #[prop(into)]
    on_complete: Callback<()>,
) -> impl IntoView {
    let CodeFieldState {
        length,
        typed,
        selection,
        input: node,
        ..
    } = state;
    let length = length.digit_count();
    let error = Signal::derive(move || state.error_text_of_inserted_text().or_else(|| error.get()));
    // An error of an older code is shown, but does not mark the digits that were typed since.
    let is_invalid =
        move || error.read().is_some() && (state.unclear.get() || state.is_unchanged_since_check());
    // The style sheet shows the boxes once the WASM runs.
    let enhanced = RwSignal::new(false);
    let on_input = move || {
        if state.update_digits_after_input_event() {
            on_complete.run(());
        }
    };
    Effect::new(move || {
        if let Some(input) = node.get() {
            enhanced.set(true);
            dom::focus_unless_another_element_has_focus(&input);
            // The user or the browser may have filled it in before the WASM loaded.
            if !input.value().is_empty() && state.update_code_from_field_content(&input.value()) {
                on_complete.run(());
            }
        }
    });
    Effect::new(move || dom::watch_text_selection(move || state.copy_selection_from_input()));
    // Shows digits that were filled in without an event. The user submits them.
    Effect::new(move || {
        let syncing = Interval::new(SYNC_INTERVAL_MS, move || {
            if !state.composing.get_untracked() {
                state.copy_digits_from_input();
            }
        });
        let syncing = StoredValue::new_local(Some(syncing));
        on_cleanup(move || drop(syncing.try_update_value(Option::take)));
    });
    let on_paste = move |event: ClipboardEvent| {
        if let Some(data) = event.clipboard_data()
            && let Ok(text) = data.get_data("text")
        {
            event.prevent_default();
            if state.apply_inserted_text(&text) {
                on_complete.run(());
            }
        }
    };
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
                enterkeyhint="done"
                maxlength=move || enhanced.get().then(|| length.to_string())
                required
                autofocus
                spellcheck="false"
                node_ref=node
                disabled=disabled
                aria-invalid=move || is_invalid().then_some("true")
                aria-describedby="code-hint code-error"
                on:beforeinput=move |event| {
                    // `maxlength` would truncate an inserted "123 456" before the space is removed.
                    if event.data().is_none_or(|data| data.chars().count() > 1) {
                        state.set_or_remove_maxlength_attribute(false);
                    }
                }
                on:input=move |_| {
                    state.set_or_remove_maxlength_attribute(true);
                    on_input();
                }
                on:keydown=move |event| state.select_digits_that_typing_replaces(&event)
                on:click=move |_| {
                    // Browsers place the caret after this event if the click was on selected text.
                    set_timeout(move || state.select_all_digits_of_full_field(), Duration::ZERO);
                }
                on:compositionstart=move |_| state.composing.set(true)
                on:compositionend=move |_| {
                    state.composing.set(false);
                    // If the text was plain digits, the preceding `input` event has submitted them already.
                    state.copy_digits_from_input_and_call_on_complete(on_complete);
                }
                on:change=move |_| state.copy_digits_from_input_and_call_on_complete(on_complete)
                on:paste=on_paste
            />
            <DigitBoxes length typed selection />
            </div>
            <p class="hint" id="code-hint" hidden=move || !enhanced.get()>{texts().code.submits_itself}</p>
            <p class="error" id="code-error" role="alert">{error}</p>
        </div>
    }
}
