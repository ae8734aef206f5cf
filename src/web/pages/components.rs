use leptos::prelude::*;

use crate::web::islands::{CodeEntryForm, RecoveryEntryForm};
use crate::web::shell::texts;
use domain::routes;
use domain::{FormErrors, Step};

/// The entry of a code or recovery code. Empty for any other step.
pub fn code_card(step: Step, errors: FormErrors) -> AnyView {
    match step {
        Step::EnterCode(entry) => {
            let from_app = entry
                .sent
                .is_none()
                .then(|| view! { <p class="lead">{texts().authenticator_prompt}</p> });
            view! {
                {from_app}
                <CodeEntryForm entry errors />
            }
            .into_any()
        }
        Step::EnterRecoveryCode { purpose } => {
            view! { <RecoveryEntryForm purpose errors /> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// The link from a settings page back to the profile.
#[component]
pub fn BackToProfile() -> impl IntoView {
    view! { <a href=routes::PROFILE>{texts().shared.actions.back_to_profile}</a> }
}
