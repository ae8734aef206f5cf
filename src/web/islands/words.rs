use leptos::prelude::*;

use super::dom;
use domain::Language;
use domain::i18n::Words;

/// The words of the page this is drawn in: on the server as it was told, in the browser as the
/// page itself says.
pub fn words() -> &'static Words {
    use_context::<Language>()
        .unwrap_or_else(dom::language)
        .words()
}
