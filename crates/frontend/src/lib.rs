//! The WASM module of a page. `public/hydrate.js` loads it and calls [`hydrate`].
#![cfg(target_family = "wasm")]

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Sets the user interface texts and hydrates the islands of the page.
///
/// # Errors
///
/// Fails if the texts belong to another version of the program.
#[wasm_bindgen]
pub fn hydrate(interface_texts: Vec<String>) -> Result<(), JsValue> {
    sallyport::web::islands::set_island_texts(interface_texts)
        .ok_or("the texts are not those of this version")?;
    leptos::mount::hydrate_islands();
    Ok(())
}
