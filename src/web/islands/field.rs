use leptos::prelude::*;

use super::form::FormState;
use domain::Field;

/// A labelled text input with its problem beside it.
#[component]
pub fn TextField(
    form: FormState,
    field: Field,
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    maxlength: u16,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    #[prop(default = true)] required: bool,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] value: String,
) -> impl IntoView {
    let described = match hint {
        Some(_) => format!("{name}-hint {name}-error"),
        None => format!("{name}-error"),
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            <input
                id=name
                name=name
                type=kind
                inputmode=inputmode
                required=required
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                maxlength=maxlength
                value=value
                aria-invalid=move || form.problem(field).map(|_| "true")
                aria-describedby=described
            />
            <FieldError form field name />
        </div>
    }
}

/// The texts beside a field.
#[component]
pub fn FieldError(form: FormState, field: Field, name: &'static str) -> impl IntoView {
    view! {
        <p class="error" id=format!("{name}-error") aria-live="polite">
            {move || form.problem(field)}
        </p>
    }
}
