use leptos::prelude::*;

use super::words::words;
use domain::i18n::Around;
use domain::{Channel, SentMessage};

/// What a code entry begins with: "A code has been sent to (***) ***-1111"; nothing where no code
/// was sent.
#[component]
pub fn Lead(sent: Option<SentMessage>) -> impl IntoView {
    let words = &words().code;
    sent.map(|sent| {
        let sentence = match sent.channel {
            Channel::Sms => &words.sent_to,
            Channel::Call => &words.called_at,
        };
        view! { <p class="lead">{around(sentence, sent.hint.to_string())}</p> }
    })
}

/// A sentence with something set off in it.
pub fn around(sentence: &'static Around, inner: String) -> impl IntoView {
    view! { {sentence.before} <strong>{inner}</strong> {sentence.after} }
}
