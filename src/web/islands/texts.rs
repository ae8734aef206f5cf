use std::sync::OnceLock;

use leptos::prelude::*;

use domain::i18n::{IslandTexts, PlaceholderText, TextList as _};
use domain::{Channel, CodeEntry, Language, PhoneHint};

/// User interface texts that the browser has loaded, in the language of the page.
static LOADED_TEXTS: OnceLock<IslandTexts> = OnceLock::new();

/// Returns the texts of the islands in the language of the page.
///
/// The WASM contains no texts: `public/hydrate.js` loads those of one language before the islands start.
pub fn texts() -> &'static IslandTexts {
    if cfg!(feature = "ssr") {
        let language = use_context::<Language>().unwrap_or_default();
        return language.island_texts();
    }
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

/// Formats seconds as minutes and seconds, such as "4:32".
pub fn format_countdown(secs: u64) -> String {
    format!("{}:{:02}", secs / 60, secs % 60)
}

/// Sentence that names the masked phone number to which a code was sent or spoken. Empty if no code was sent.
#[component]
pub fn CodeRecipientSentence(entry: RwSignal<CodeEntry>) -> impl IntoView {
    let texts = &texts().code;
    let sent = Memo::new(move |_| {
        let entry = entry.read();
        let sent = entry.sent.as_ref();
        sent.map(|sent| (sent.channel, sent.hint.clone()))
    });
    let sentence = move || {
        sent.get().map(|(channel, hint)| {
            let text = match channel {
                Channel::Sms => &texts.sent_to,
                Channel::Call => &texts.called_at,
            };
            render_text_with_emphasised_value(text, view! { <MaskedNumber hint /> })
        })
    };
    let is_sent = entry.read_untracked().sent.is_some();
    is_sent.then(|| view! { <p class="lead" aria-live="polite">{sentence}</p> })
}

/// Masked phone number. Screen readers read only the last digits.
#[component]
pub fn MaskedNumber(hint: PhoneHint) -> impl IntoView {
    let name = texts()
        .labels
        .number_ending
        .fill_placeholder(hint.last_four_digits());
    view! { <bdi class="number" role="img" aria-label=name>{hint.into_text()}</bdi> }
}

/// Renders a text with `value` in place of the placeholder, in strong emphasis.
pub fn render_text_with_emphasised_value(
    text: &'static PlaceholderText,
    value: impl IntoView,
) -> impl IntoView {
    view! { {text.before} <strong><bdi>{value}</bdi></strong> {text.after} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countdown_has_two_digits_of_seconds() {
        assert_eq!(format_countdown(272), "4:32");
        assert_eq!(format_countdown(65), "1:05");
        assert_eq!(format_countdown(60), "1:00");
        assert_eq!(format_countdown(0), "0:00");
    }

    #[test]
    fn countdown_until_a_code_is_sent_has_no_unit_in_any_language() {
        for (language, text) in [
            (Language::English, "Your code will be sent in 0:24."),
            (Language::German, "Ihr Code wird in 0:24 gesendet."),
            (Language::French, "Votre code sera envoyé dans 0:24."),
            (Language::Spanish, "Su código se enviará en 0:24."),
            (Language::Portuguese, "Seu código será enviado em 0:24."),
            (Language::Polish, "Kod zostanie wysłany za 0:24."),
        ] {
            let sent_in = language.island_texts().code.sent_in;
            assert_eq!(sent_in.fill_placeholder(format_countdown(24)), text);
        }
    }
}
