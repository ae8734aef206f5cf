use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::captcha::{CaptchaBox, CaptchaState};
use super::dom;
use super::field::TextField;
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::method_dialog::MethodDialog;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Field, FormErrors, MethodOption, Purpose, Step};

/// The first step of signing in, and over it the choice of method once the password was right.
#[island]
pub fn SignInForm(
    identifier: String,
    challenge: Option<String>,
    refusal: FormErrors,
    /// The choice the flow is at, when it is past the password.
    methods: Option<Vec<MethodOption>>,
    /// Whether another dialog of this page is over the form.
    behind: bool,
) -> impl IntoView {
    // A refusal while choosing is the dialog's to show.
    let (mine, dialogs) = match methods {
        Some(_) => (FormErrors::default(), refusal),
        None => (refusal, FormErrors::default()),
    };
    let (texts, form) = (texts(), FormState::new(mine, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::SignIn, challenge);
    let methods = RwSignal::new(methods);
    let ready = Signal::derive(move || form.filled.get() && captcha.passed());

    let on_submit = move |event: SubmitEvent| {
        let Some(node) = form::take_over(&event) else {
            return;
        };
        let (identifier, password) = (
            dom::value(&node, "identifier"),
            dom::value(&node, "password"),
        );
        let call = async move {
            server_fns::sign_in::begin(identifier, password, captcha.token().await).await
        };
        let on_step = move |step| match step {
            Step::ChooseMethod {
                methods: offered, ..
            } => {
                form.pending.set(false);
                form.refusal.set(FormErrors::default());
                methods.set(Some(offered));
            }
            other => form::go(other),
        };
        form.call(call, on_step, move |_| spawn_local(captcha.renew()));
    };

    view! {
        <section class="card" inert=move || behind || methods.read().is_some()>
            <h1>{texts.sign_in.title}</h1>
            <form
                class="stack"
                method="post"
                action=server_fns::sign_in::Begin::PATH
                novalidate
                node_ref=form.node
                on:submit=on_submit
                on:input=move |event| form.edited(&event)
                on:focusin=move |_| captcha.begin()
            >
                <FormMessage form />
                <TextField
                    form
                    field=Field::Identifier
                    name="identifier"
                    label=texts.labels.identifier
                    autocomplete="username"
                    maxlength=254
                    value=identifier
                />
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
            </form>
            <p class="muted">
                {texts.sign_in.new_here} <a href=routes::REGISTER>{texts.actions.create_account}</a>
            </p>
        </section>
        {move || {
            let dialogs = dialogs.clone();
            methods.get().map(|offered| view! { <MethodDialog purpose=Purpose::SignIn offered refusal=dialogs on_cancel=move || {
                methods.set(None);
                spawn_local(captcha.renew());
                // The dialog took the focus; the form gets it back.
                request_animation_frame(move || {
                    if let Some(node) = form.node.get_untracked() {
                        dom::focus(&node, "identifier");
                    }
                });
            } /> })
        }}
    }
}
