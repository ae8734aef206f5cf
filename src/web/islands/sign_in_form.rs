use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::captcha::{CaptchaBox, CaptchaState};
use super::dom::{self, FormValues};
use super::field::{IdentifierField, TextField};
use super::form::{self, FormState, PostForm, SubmitButton};
use super::method_dialog::MethodDialog;
use super::set_up_dialog::SET_UP_LEFT;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Field, FormErrors, MethodOption, Purpose, Step};

/// The first step of a sign-in: takes identifier and password. Shows the choice of method in a dialog
/// after the correct password.
#[island]
pub fn SignInForm(
    identifier: String,
    /// The CAPTCHA challenge; `None` if no CAPTCHA is needed.
    challenge: Option<String>,
    errors: FormErrors,
    /// The methods to choose from, if the flow is at this step.
    methods: Option<Vec<MethodOption>>,
    /// Whether another dialog of the page covers the form.
    covered: bool,
) -> impl IntoView {
    // The dialog shows the errors of the choice of method.
    let (form_errors, dialog_errors) = match methods {
        Some(_) => (FormErrors::default(), errors),
        None => (errors, FormErrors::default()),
    };
    let (texts, form) = (texts(), FormState::new(form_errors, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::SignIn, challenge);
    let methods = RwSignal::new(methods);
    let covered = RwSignal::new(covered);
    Effect::new(move || {
        let left = window_event_listener_untyped(SET_UP_LEFT, move |_| {
            covered.set(false);
            dom::focus_next_frame(move || dom::field(&form.node.get_untracked()?, "password"));
        });
        on_cleanup(move || left.remove());
    });
    let ready = Signal::derive(move || form.filled.get() && captcha.passed());

    let on_submit = move |values: FormValues| {
        let (identifier, password) = (values.text("identifier"), values.text("password"));
        let call = captcha.submit(move |solution| {
            server_fns::sign_in::begin_sign_in(identifier.clone(), password.clone(), solution)
        });
        let on_step = move |step| match step {
            Step::ChooseMethod {
                methods: offered, ..
            } => {
                form.pending.set(false);
                form.errors.set(FormErrors::default());
                methods.set(Some(offered));
            }
            other => form::go_to_step(other),
        };
        form.call(call, on_step, |_| ());
    };

    view! {
        <section class="card" inert=move || covered.get() || methods.read().is_some()>
            <h1>{texts.sign_in.title}</h1>
            <PostForm
                form
                action=server_fns::sign_in::BeginSignIn::PATH
                on_submit
                on:focusin=move |_| captcha.start_solving()
            >
                <IdentifierField form value=identifier />
                <TextField
                    form
                    field=Field::Password
                    name="password"
                    label=texts.labels.password
                    kind="password"
                    autocomplete="current-password"
                    maxlength=1024
                />
                <CaptchaBox form captcha />
                <SubmitButton form label=texts.actions.submit ready />
            </PostForm>
            <p class="muted">
                <a href=routes::FORGOT_PASSWORD>{texts.sign_in.forgot}</a>
            </p>
            <p class="muted">
                {texts.sign_in.new_here} <a href=routes::REGISTER>{texts.actions.create_account}</a>
            </p>
        </section>
        {move || {
            let errors = dialog_errors.clone();
            methods.get().map(|offered| view! { <MethodDialog purpose=Purpose::SignIn offered errors on_cancel=move || {
                methods.set(None);
                spawn_local(captcha.replace_challenge());
                // The dialog had the focus.
                request_animation_frame(move || {
                    if let Some(node) = form.node.get_untracked() {
                        dom::focus(&node, "identifier");
                    }
                });
            } /> })
        }}
    }
}
