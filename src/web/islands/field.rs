use leptos::prelude::*;

use super::form::FormState;
use super::texts::texts;
use domain::Field;

/// Text input of a form with label, hint and error.
#[component]
pub fn TextField(
    form: FormState,
    field: Field,
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    /// Maximum length in UTF-16 code units, as browsers count.
    maxlength: u16,
    /// The `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    /// Which letters an on-screen keyboard capitalizes: `none`, `words`, `sentences` or `characters`.
    #[prop(default = "none")]
    autocapitalize: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] value: String,
) -> impl IntoView {
    // A screen reader that goes to the field at once would not read the message above the form.
    let end = if autofocus { "-error notice" } else { "-error" };
    let describing_ids = match hint {
        Some(_) => format!("{name}-hint {name}{end}"),
        None => format!("{name}{end}"),
    };
    // A browser may send the text to a spell checker on the web.
    let input = view! {
        <input
            id=name
            name=name
            type=kind
            inputmode=inputmode
            required=required
            autocomplete=autocomplete
            autocapitalize=autocapitalize
            enterkeyhint="go"
            spellcheck="false"
            maxlength=maxlength
            autofocus=autofocus
            value=value
            aria-invalid=form.aria_invalid(field)
            aria-describedby=describing_ids
        />
    };
    let input = match kind {
        "password" => {
            view! { <div class="with-button">{input} <RevealPasswordButton /></div> }.into_any()
        }
        _ => input.into_any(),
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            {input}
            <FieldError form field name />
        </div>
    }
}

/// Button beside a password field that shows and hides the password. `public/hydrate.js` handles the clicks.
///
/// The accessible name of the button is its text, unless `name` is set.
#[component]
pub fn RevealPasswordButton(#[prop(optional)] name: Option<&'static str>) -> impl IntoView {
    let texts = &texts().password;
    view! {
        <button type="button" class="quiet reveal" aria-pressed="false" aria-label=name data-shown=texts.hide>
            {texts.show}
        </button>
    }
}

/// Error text below a form field.
#[component]
pub fn FieldError(form: FormState, field: Field, name: &'static str) -> impl IntoView {
    let text = Signal::derive(move || form.error_text(field));
    view! {
        <p class="error" id=format!("{name}-error") aria-live="polite">
            {text}
        </p>
    }
}

/// Text input for a username or e-mail address.
#[component]
pub fn IdentifierField(form: FormState, value: String) -> impl IntoView {
    view! {
        <TextField
            form
            field=Field::Identifier
            name="identifier"
            label=texts().labels.identifier
            autocomplete="username"
            maxlength=254
            value
        />
    }
}
