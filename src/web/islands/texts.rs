use leptos::prelude::*;

use super::dom;
use domain::i18n::{IslandTexts, PlaceholderText};
use domain::{Channel, Language, SentMessage};

/// The texts in the language of the page. The server provides the language as a context; the browser reads it from
/// the `lang` attribute of the page.
pub fn texts() -> &'static IslandTexts {
    use_context::<Language>()
        .unwrap_or_else(dom::language)
        .island_texts()
}

/// The sentence "A code has been sent to (***) ***-1111". Empty if no code was sent.
#[component]
pub fn SentTo(sent: Option<SentMessage>) -> impl IntoView {
    let texts = &texts().code;
    sent.map(|sent| {
        let text = match sent.channel {
            Channel::Sms => &texts.sent_to,
            Channel::Call => &texts.called_at,
        };
        view! { <p class="lead">{with_value(text, sent.hint.to_string())}</p> }
    })
}

/// A text with the emphasized value at its placeholder.
pub fn with_value(text: &'static PlaceholderText, value: String) -> impl IntoView {
    view! { {text.before} <strong>{value}</strong> {text.after} }
}
