use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::captcha::{CaptchaBox, CaptchaState};
use super::dom;
use super::field::{IdentifierField, TextField};
use super::form::{FormState, PostForm, SubmitButton, go_to_page_of_step};
use super::method_dialog::FactorMethodDialog;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Field, MethodOption, Purpose, ShownAnswer, ShownErrors};

/// Form of the first sign-in step, which accepts username and password.
///
/// After the correct password, the form opens the dialog for the second factor.
#[island]
pub fn SignInForm(
    /// The operator's text below the title.
    lead: Option<String>,
    identifier: String,
    /// The CAPTCHA challenge; `None` if no CAPTCHA is needed.
    challenge: Option<String>,
    errors: ShownErrors,
    /// Second factors to choose from, if the flow is at this step.
    methods: Option<Vec<MethodOption>>,
    /// Whether another dialog of the page covers the form.
    covered: bool,
    /// Whether the choice of method has a link to the page for a lost phone.
    lost_phone: bool,
) -> impl IntoView {
    // The dialog shows the errors of the choice of method.
    let (form_errors, dialog_errors) = match methods {
        Some(_) => (ShownErrors::default(), errors),
        None => (errors, ShownErrors::default()),
    };
    let is_password_next =
        !identifier.is_empty() && form_errors.problems.is_empty() && methods.is_none() && !covered;
    let (texts, form) = (texts(), FormState::new(form_errors, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::SignIn, challenge);
    let methods = RwSignal::new(methods);
    // If the server renders an open dialog, the field contains the username of its sign-in.
    let username = RwSignal::new(Some(identifier.clone()).filter(|name| !name.is_empty()));
    let covered = RwSignal::new(covered);
    Effect::new(move || {
        let left = window_event_listener_untyped(dom::SET_UP_LEFT, move |_| {
            covered.set(false);
            dom::focus_in_next_frame(move || {
                dom::find_field(&form.node.get_untracked()?, "password")
            });
        });
        on_cleanup(move || left.remove());
    });
    let ready =
        Signal::derive(move || form.filled.get() && captcha.is_captcha_solved_or_not_needed());

    let on_submit = move |call| {
        // The user may change the field before the answer.
        let node = form.node.get_untracked();
        let name = node.and_then(|node| dom::read_field_value(&node, "identifier"));
        let on_step = move |step: &ShownAnswer| match step {
            ShownAnswer::ChooseMethod {
                methods: offered, ..
            } => {
                form.pending.set(false);
                form.errors.set(ShownErrors::default());
                username.set(name);
                methods.set(Some(offered.clone()));
            }
            other => {
                // After a reload, the page shows the set-up dialog. The reload keeps the history entry.
                if other.path() == Some(routes::LOGIN) {
                    dom::add_dialog_history_entry();
                }
                go_to_page_of_step(other);
            }
        };
        form.run_server_call(captcha.submit_with_captcha(call), on_step, |_| ());
    };

    let inert = Signal::derive(move || covered.get() || methods.read().is_some());
    view! {
        <section class="card" inert=inert>
            <h1>{texts.sign_in.title}</h1>
            {lead.map(|text| view! { <p class="lead">{text}</p> })}
            <PostForm
                form
                action=server_fns::sign_in::BeginSignIn::PATH
                on_submit
                on:focusin=move |_| captcha.start_proof_of_work()
            >
                <IdentifierField form value=identifier />
                <TextField
                    form
                    field=Field::Password
                    name="password"
                    label=texts.labels.password
                    kind="password"
                    autocomplete="current-password"
                    autofocus=is_password_next
                    maxlength=1024
                />
                <CaptchaBox form captcha />
                <SubmitButton form label=texts.actions.submit ready disabled_reason=captcha.submit_disabled_reason(form) />
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
            methods.get().map(|offered| view! { <FactorMethodDialog purpose=Purpose::SignIn offered username=username.get_untracked() errors lost_phone on_cancel=move || {
                methods.set(None);
                spawn_local(captcha.replace_captcha_challenge());
                // The dialog had the focus.
                request_animation_frame(move || {
                    if let Some(node) = form.node.get_untracked() {
                        dom::focus_field(&node, "identifier");
                    }
                });
            } /> })
        }}
    }
}
