use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfile;
use super::page_context::{PageContext, redirect};
use super::step_up::required_step_up;
use crate::web::islands::ChangePasswordForm;
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::ProtectedArea;
use domain::routes;

/// `/profile/password`: the change of the password, after a step-up.
pub async fn password_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    let area = ProtectedArea::Password;
    let gate = match required_step_up(&shared, &page_context, &signed_in, area).await {
        Ok(gate) => gate,
        Err(response) => return response,
    };
    let username = signed_in.account.username;
    let (errors, had_flash) = (page_context.flash.errors.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().profile.change_password);
    let response = render(&shared, request, page, move || {
        let content = match gate.clone() {
            Some(gate) => gate.view(),
            None => view! {
                <ChangePasswordForm username=username.clone() errors=errors.clone() />
                <p class="actions">
                    <BackToProfile />
                </p>
            }
            .into_any(),
        };
        view! {
            <section class="card">
                <h1>{texts().profile.change_password}</h1>
                {content}
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}
