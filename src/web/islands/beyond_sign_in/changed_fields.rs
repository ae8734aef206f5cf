//! Answers to a form with fields that the user has changed during the call.

use leptos::prelude::*;

use crate::web::islands::dom;
use crate::web::islands::form::{FormState, go_to_page_of_step};
use crate::web::islands::server_call::ServerCall;
use domain::{Field, ShownAnswer, ShownErrors};

/// Sends the request of a form, and opens the page of the next step or shows the errors.
///
/// Shows no errors of fields that the user has changed during the call.
pub fn submit_form_without_outdated_errors(form: FormState, call: ServerCall) {
    let answer = async move {
        let answer = call.request_answer().await;
        remove_errors_of_changed_fields(answer, form, &call)
    };
    form.run_server_call(answer, go_to_page_of_step, move |_| {
        scroll_to_error_message_in_next_frame(form);
    });
}

/// Scrolls to the error message of a form in the next animation frame, when the page shows it.
///
/// On a small phone, the message above the fields and the submit button do not fit the window together.
pub fn scroll_to_error_message_in_next_frame(form: FormState) {
    if let Some(node) = form.node.try_get_untracked().flatten() {
        request_animation_frame(move || dom::scroll_to_form_error_message(&node));
    }
}

/// Removes the errors of fields that the user has changed since the request `call`. They are about the earlier values.
pub fn remove_errors_of_changed_fields(
    mut answer: Result<ShownAnswer, ShownErrors>,
    form: FormState,
    call: &ServerCall,
) -> Result<ShownAnswer, ShownErrors> {
    let node = form.node.try_get_untracked().flatten();
    if let (Ok(ShownAnswer::Errors(errors)), Some(node)) = (&mut answer, node) {
        let is_changed = |name: &str| {
            // A script fills the CAPTCHA field, and only in the request.
            if name == Field::Captcha.name() {
                return false;
            }
            let sent = call.form_value(name);
            let current = dom::read_field_value(&node, name);
            matches!((sent, current), (Some(sent), Some(current)) if sent.trim() != current)
        };
        errors
            .problems
            .retain(|problem| !is_changed(&problem.field));
    }
    answer
}
