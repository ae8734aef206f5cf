use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;

use super::captcha::{CaptchaBox, CaptchaState};
use super::dom;
use super::field::TextField;
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Field, FormErrors, Purpose};

/// The first step of registering.
#[island]
pub fn RegisterForm(
    full_name: String,
    username: String,
    email: String,
    challenge: Option<String>,
    refusal: FormErrors,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(refusal, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::Registration, challenge);
    let ready = Signal::derive(move || form.filled.get() && captcha.passed());

    let on_submit = move |event: SubmitEvent| {
        let Some(node) = form::take_over(&event) else {
            return;
        };
        let value = |name| dom::value(&node, name);
        let (full_name, username, email) = (value("full_name"), value("username"), value("email"));
        let call = async move {
            server_fns::registration::begin(full_name, username, email, captcha.token().await).await
        };
        form.call(call, form::go, move |_| spawn_local(captcha.renew()));
    };

    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::registration::Begin::PATH
            novalidate
            node_ref=form.node
            on:submit=on_submit
            on:input=move |event| form.edited(&event)
            on:focusin=move |_| captcha.begin()
        >
            <FormMessage form />
            <TextField
                form
                field=Field::FullName
                name="full_name"
                label=texts.labels.full_name
                autocomplete="name"
                maxlength=100
                value=full_name
            />
            <TextField
                form
                field=Field::Username
                name="username"
                label=texts.labels.username
                autocomplete="username"
                maxlength=64
                value=username
            />
            <TextField
                form
                field=Field::Email
                name="email"
                label=texts.labels.email
                kind="email"
                autocomplete="email"
                maxlength=254
                value=email
            />
            <CaptchaBox form captcha />
            <SubmitButton form label=texts.actions.submit ready />
        </form>
    }
}
