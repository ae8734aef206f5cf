use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::{PageContext, error_response};
use crate::auth::entry::history;
use crate::store::{ReadFrom, recovery_codes};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;

/// `/dashboard`: the account, and a warning after failed sign-ins. The session is checked before
/// rendering starts (docs/security.md#ses-09).
pub async fn dashboard_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    if let Some(response) = page_context.redirect_to_asked_page(&shared) {
        return response;
    }
    let account = signed_in.account;
    let has_no_codes =
        match recovery_codes::left(ReadFrom::Store(&shared.app.store), &account.id).await {
            Ok(left) => left == 0,
            Err(error) => return error_response(error.into()),
        };
    let failures = match history::failures_before_last_sign_in(&shared.app, &account.id).await {
        Ok(failures) => failures,
        Err(error) => return error_response(error.into()),
    };
    let phone = account
        .phone
        .map_or_else(String::new, |phone| phone.hint().to_string());
    let page = page_context.page(page_context.texts().dashboard.title);
    let response = render(&shared, request, page, move || {
        let (texts, labels) = (texts(), &texts().shared.labels);
        let offer = has_no_codes.then(|| {
            view! {
                <div class="notice">
                    {texts.dashboard.offer}
                    <a href=routes::PROFILE_RECOVERY_CODES>{texts.recovery.create}</a>
                </div>
            }
        });
        let warning = failures.map(|failures| {
            view! {
                <div class="notice error" role="alert">
                    {(texts.dashboard.failures)(failures)}
                    <a href=routes::PROFILE_HISTORY>{texts.history.title}</a>
                </div>
            }
        });
        view! {
            {warning}
            {offer}
            <section class="card">
                <h1>{texts.dashboard.title}</h1>
                <p class="lead">{(texts.dashboard.welcome)(&account.full_name)}</p>
                <dl class="facts">
                    <div>
                        <dt>{labels.username}</dt>
                        <dd>{account.username.clone()}</dd>
                    </div>
                    <div>
                        <dt>{labels.email}</dt>
                        <dd>{account.email.clone()}</dd>
                    </div>
                    <div>
                        <dt>{labels.phone}</dt>
                        <dd class="number">{phone.clone()}</dd>
                    </div>
                </dl>
                <p class="actions">
                    <a class="button" href=routes::PAYMENTS_NEW>{texts.payments.new}</a>
                </p>
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(page_context.had_flash(), &shared, response)
}
