//! Gallery of forms during their request.
//!
//! The forms are not islands. The call of an island in the gallery fails at once, so its button is busy only for a
//! moment.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::entry::{Section, page_entry};
use super::samples::USERNAME;
use crate::web::islands::{FormState, IdentifierField, PostForm, SubmitButton, TextField};
use crate::web::server_fns::sign_in::BeginSignIn;
use crate::web::shell::page_texts;
use domain::routes::LOGIN;
use domain::{Field, ShownErrors};

pub const BUSY_FORMS: Section = Section {
    title: "Forms during their request",
    signed_in: false,
    entries: &[page_entry("busy-form", "sign-in", LOGIN, |_| {
        render_sample_busy_sign_in_form()
    })],
};

/// Renders the sign-in form with the busy button that it has while the server checks the password.
fn render_sample_busy_sign_in_form() -> AnyView {
    let texts = page_texts().shared;
    let form = FormState::new(ShownErrors::default(), true);
    form.pending.set(true);
    view! {
        <section class="card">
            <h1>{texts.sign_in.title}</h1>
            <PostForm form action=BeginSignIn::PATH>
                <IdentifierField form value=USERNAME.to_owned() />
                <TextField
                    form
                    field=Field::Password
                    name="password"
                    label=texts.labels.password
                    kind="password"
                    autocomplete="current-password"
                    maxlength=1024
                />
                <SubmitButton form label=texts.actions.submit ready=form.filled />
            </PostForm>
        </section>
    }
    .into_any()
}
