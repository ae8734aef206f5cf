use leptos::prelude::*;

use super::dom;
use crate::domain::Language;
use crate::words::Words;

/// The words of the page this is drawn in: on the server as it was told, in the browser as the
/// page itself says.
pub fn words() -> &'static Words {
    use_context::<Language>()
        .unwrap_or_else(dom::language)
        .words()
}
