use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::changed_fields::submit_form_without_outdated_errors;
use super::number_form::PhoneField;
use crate::web::islands::field::{FieldError, RevealPasswordButton};
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, ShownErrors, Strength};

/// Form of the second registration step, which accepts a password and the phone number that will receive codes.
#[island]
pub fn CredentialsForm(
    username: String,
    /// Whether the registration has a password, so that the field may stay empty.
    password_kept: bool,
    phone: String,
    errors: ShownErrors,
    /// The list of countries. The WASM is without the list.
    children: Children,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    let disabled_reason = if password_kept {
        form.disabled_reason_with_optional_fields()
    } else {
        form.submit_disabled_reason()
    };
    view! {
        <PostForm
            form
            action=server_fns::registration::SubmitCredentials::PATH
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FlowIdInput />
            // Password managers read the username of the password from here.
            <input type="text" hidden autocomplete="username" value=username readonly />
            <NewPasswordField form label=texts.labels.password may_stay_empty=password_kept />
            <PhoneField
                form
                label=texts.labels.phone
                hint=texts.labels.phone_hint
                value=phone
                children
            />
            <SubmitButton form label=texts.actions.verify ready=form.filled disabled_reason />
        </PostForm>
    }
}

/// Input field for a new password, with a meter of its strength and a button that shows it.
#[component]
pub fn NewPasswordField(
    form: FormState,
    label: &'static str,
    /// Whether the field may stay empty, to keep a password that was entered before.
    #[prop(optional)]
    may_stay_empty: bool,
) -> impl IntoView {
    let texts = &texts().password;
    let typed = RwSignal::new(String::new());
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move || {
        if let Some(input) = node.get() {
            typed.set(input.value());
        }
    });
    let strength = move || {
        let typed = typed.read();
        (!typed.is_empty()).then(|| Strength::estimate_password_strength(&typed))
    };
    view! {
        <div class="field">
            <label for="password">{label}</label>
            <p class="hint" id="password-hint">{if may_stay_empty { texts.kept } else { texts.hint }}</p>
            <div class="with-button">
                <input
                    id="password"
                    name="password"
                    type="password"
                    required=!may_stay_empty
                    autocomplete="new-password"
                    autocapitalize="none"
                    enterkeyhint="go"
                    spellcheck="false"
                    maxlength="1024"
                    node_ref=node
                    on:input=move |event| typed.set(event_target_value(&event))
                    aria-invalid=form.aria_invalid(Field::Password)
                    aria-describedby="password-hint password-strength password-error"
                />
                <RevealPasswordButton name=texts.show_password />
            </div>
            <div
                class="strength"
                hidden=move || strength().is_none()
                data-score=move || strength().map_or(0, Strength::score_from_0_to_4)
            >
                <span class="bar"></span>
                <span class="bar"></span>
                <span class="bar"></span>
                <span class="bar"></span>
                <output id="password-strength">{move || strength().map(|strength| texts.strength.name_of_password_strength(strength))}</output>
            </div>
            <FieldError form field=Field::Password name="password" />
        </div>
    }
}
