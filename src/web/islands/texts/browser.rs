//! The texts in the browser, where `public/hydrate.js` has loaded those of one language.

use std::sync::OnceLock;

use domain::i18n::{IslandTexts, TextList as _};

/// User interface texts that the browser has loaded, in the language of the page.
static LOADED_TEXTS: OnceLock<IslandTexts> = OnceLock::new();

/// Returns the texts of the islands in the language of the page.
///
/// The WASM contains no texts: `public/hydrate.js` loads those of one language before the islands start.
pub fn texts() -> &'static IslandTexts {
    LOADED_TEXTS
        .get()
        .expect("the texts are set before the islands start")
}

/// Sets the texts of the page from a list in the order of [`TextList`](domain::i18n::TextList).
///
/// Returns `None` if the list has the wrong length, or if the texts are already set.
pub fn set_island_texts(list: Vec<String>) -> Option<()> {
    // The texts stay in memory as long as the page.
    let list: Vec<&'static str> = list.into_iter().map(|text| &*text.leak()).collect();
    LOADED_TEXTS
        .set(IslandTexts::from_texts_in_field_order(&list)?)
        .ok()
}
