use leptos::prelude::*;

use super::dom;
use domain::i18n::{IslandTexts, PlaceholderText};
use domain::{Channel, CodeEntry, Language};

/// The texts in the language of the page. The server provides the language as a context; the browser reads it from
/// the `lang` attribute of the page.
pub fn texts() -> &'static IslandTexts {
    use_context::<Language>()
        .unwrap_or_else(dom::language)
        .island_texts()
}

/// The sentence "A code has been sent to (***) ***-1111", or that a voice call says the code. Empty if no code was sent.
#[component]
pub fn SentTo(entry: RwSignal<CodeEntry>) -> impl IntoView {
    let texts = &texts().code;
    let sent = Memo::new(move |_| {
        let entry = entry.read();
        let sent = entry.sent.as_ref();
        sent.map(|sent| (sent.channel, sent.hint.to_string()))
    });
    let sentence = move || {
        sent.get().map(|(channel, hint)| {
            let text = match channel {
                Channel::Sms => &texts.sent_to,
                Channel::Call => &texts.called_at,
            };
            with_value(text, hint)
        })
    };
    let is_sent = entry.read_untracked().sent.is_some();
    is_sent.then(|| view! { <p class="lead" aria-live="polite">{sentence}</p> })
}

/// A text with the emphasized value at its placeholder.
pub fn with_value(text: &'static PlaceholderText, value: String) -> impl IntoView {
    view! { {text.before} <strong>{value}</strong> {text.after} }
}
