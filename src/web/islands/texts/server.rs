//! The texts while the server renders a page.

use leptos::prelude::use_context;

use domain::Language;
use domain::i18n::IslandTexts;

/// Returns the texts of the islands in the language of the page.
pub fn texts() -> &'static IslandTexts {
    let language = use_context::<Language>().unwrap_or_default();
    language.island_texts()
}
