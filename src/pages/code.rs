use leptos::prelude::*;

use crate::domain::{Channel, Refusal, SentMessage, Step};
use crate::islands::{CodeEntryForm, RecoveryEntryForm};

/// The entry of a code, wherever it comes from; nothing for any other step.
pub fn code_card(step: Step, refusal: Refusal) -> AnyView {
    match step {
        Step::EnterCode(entry) => {
            let lead = match &entry.sent {
                Some(sent) => sent_to(sent).into_any(),
                None => "Enter the code your authenticator app shows.".into_any(),
            };
            view! {
                <p class="lead">{lead}</p>
                <CodeEntryForm entry refusal />
            }
            .into_any()
        }
        Step::EnterRecoveryCode { purpose } => {
            view! { <RecoveryEntryForm purpose refusal /> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// "A code has been sent to (***) ***-1111".
pub fn sent_to(sent: &SentMessage) -> impl IntoView + use<> {
    let words = match sent.channel {
        Channel::Sms => "A code has been sent to ",
        Channel::Call => "You are being called with a code at ",
    };
    let hint = sent.hint.to_string();
    view! { {words} <strong>{hint}</strong> }
}
