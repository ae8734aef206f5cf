use leptos::prelude::*;

use crate::web::islands::{CodeEntryForm, Lead, RecoveryEntryForm};
use crate::web::shell::words;
use domain::{FormErrors, Step};

/// The entry of a code, wherever it comes from; nothing for any other step.
pub fn code_card(step: Step, refusal: FormErrors) -> AnyView {
    match step {
        Step::EnterCode(entry) => {
            let from_app = entry
                .sent
                .is_none()
                .then(|| view! { <p class="lead">{words().totp_lead}</p> });
            view! {
                {from_app}
                <Lead sent=entry.sent.clone() />
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
