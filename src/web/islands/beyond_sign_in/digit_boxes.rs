use core::ops::Range;

use leptos::prelude::*;

/// Text selection in the code field: its start and end, counted in digits.
///
/// Both are the caret position if no text is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub start: usize,
    pub end: usize,
}

impl Selection {
    /// Returns whether no digit is selected, so that the selection is only the caret.
    pub const fn is_empty_selection(self) -> bool {
        self.start == self.end
    }

    /// Returns the positions of the selected digits.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns whether the digit at `index` is selected.
    pub const fn contains_digit_at(self, index: usize) -> bool {
        self.start <= index && index < self.end
    }
}

/// One box for each digit of the code field. Screen readers read the field itself.
#[component]
pub fn DigitBoxes(
    /// The number of digits of a code.
    length: usize,
    typed: RwSignal<String>,
    selection: RwSignal<Selection>,
) -> impl IntoView {
    let boxes = (0..length)
        .map(|index| view! { <DigitBox index length typed selection /> })
        .collect_view();
    view! { <div class="boxes" aria-hidden="true">{boxes}</div> }
}

/// Box that shows one digit of the code field, and the caret or selection.
#[component]
fn DigitBox(
    index: usize,
    length: usize,
    typed: RwSignal<String>,
    selection: RwSignal<Selection>,
) -> impl IntoView {
    let digit = move || typed.read().chars().nth(index).map(String::from);
    let caret = move || selection.get().start.min(length - 1) == index;
    view! {
        <span
            class="box"
            data-filled=move || digit().map(|_| "true")
            data-caret=move || caret().then_some("true")
            data-selected=move || selection.get().contains_digit_at(index).then_some("true")
        >
            {digit}
        </span>
    }
}
