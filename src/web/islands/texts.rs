//! The texts of the islands, and components that show them. Server and browser find the texts in a module each.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

use leptos::prelude::*;

#[cfg(not(feature = "ssr"))]
pub use browser::{set_island_texts, texts};
#[cfg(feature = "ssr")]
pub use server::texts;

use domain::i18n::PlaceholderText;
use domain::{Channel, CodeEntry, PhoneHint, SentMessage};

/// Formats seconds as minutes and seconds, such as "4:32".
pub fn format_countdown(secs: u64) -> String {
    format!("{}:{:02}", secs / 60, secs % 60)
}

/// Sentence that names the masked phone number to which a code was sent or spoken. Empty if no code was sent.
#[component]
pub fn CodeRecipientSentence(entry: RwSignal<CodeEntry>) -> impl IntoView {
    let sent = Memo::new(move |_| {
        let entry = entry.read();
        let sent = entry.sent.as_ref();
        sent.map(|sent| (sent.channel, sent.hint.clone()))
    });
    let sentence = move || {
        sent.get().map(|(channel, hint)| {
            let text = recipient_text(channel);
            render_text_with_emphasised_value(text, view! { <MaskedNumber hint /> })
        })
    };
    let is_sent = entry.read_untracked().sent.is_some();
    // `format_recipient_sentence` is announced instead, also if the sentence stays the same.
    is_sent.then(|| view! { <p class="lead" aria-live="off">{sentence}</p> })
}

/// Returns the text of the sentence that names the phone number to which a code was sent or spoken.
fn recipient_text(channel: Channel) -> &'static PlaceholderText {
    let texts = &texts().code;
    match channel {
        Channel::Sms => &texts.sent_to,
        Channel::Call => &texts.called_at,
    }
}

/// Formats [`CodeRecipientSentence`] for screen readers.
pub fn format_recipient_sentence(sent: &SentMessage) -> String {
    recipient_text(sent.channel).fill_placeholder(name_of_masked_number(&sent.hint))
}

/// Masked phone number. Screen readers read only the last digits.
#[component]
pub fn MaskedNumber(hint: PhoneHint) -> impl IntoView {
    let name = name_of_masked_number(&hint);
    view! { <bdi class="number" role="img" aria-label=name>{hint.into_text()}</bdi> }
}

/// Returns the name of a masked phone number for screen readers.
fn name_of_masked_number(hint: &PhoneHint) -> String {
    let text = &texts().labels.number_ending;
    text.fill_placeholder(hint.last_four_digits())
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
    use domain::Language;

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
