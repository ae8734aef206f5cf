use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::history;
use crate::store::recovery_codes;
use crate::web::request::Shared;
use crate::web::shell::{render, words};
use domain::routes;

/// `/dashboard`: only for a session, and a session only comes of a second factor. Decided here,
/// before a byte is rendered (SES-09).
pub async fn dashboard(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let account = signed_in.account;
    let without_codes = match recovery_codes::left(&shared.app.store, &account.id).await {
        Ok(left) => left == 0,
        Err(error) => return failed(error.into()),
    };
    let failures = match history::failures_before_last_sign_in(&shared.app, &account.id).await {
        Ok(failures) => failures,
        Err(error) => return failed(error.into()),
    };
    let phone = account
        .phone
        .map_or_else(String::new, |phone| phone.hint().to_string());
    let page = visit.page(visit.words().dashboard.title);
    let response = render(&shared, request, page, move || {
        let (words, labels) = (words(), &words().shared.labels);
        let offer = without_codes.then(|| {
            view! {
                <div class="notice">
                    {words.dashboard.offer}
                    <a href=routes::PROFILE_RECOVERY_CODES>{words.recovery.create}</a>
                </div>
            }
        });
        let told = failures.map(|failures| {
            view! {
                <div class="notice error" role="alert">
                    {(words.dashboard.failures)(failures)}
                    <a href=routes::PROFILE_HISTORY>{words.history.title}</a>
                </div>
            }
        });
        view! {
            {told}
            {offer}
            <section class="card">
                <h1>{words.dashboard.title}</h1>
                <p class="lead">{(words.dashboard.welcome)(&account.full_name)}</p>
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
                        <dd>{phone.clone()}</dd>
                    </div>
                </dl>
                <p class="actions">
                    <a class="button" href=routes::PAYMENTS_NEW>{words.payments.new}</a>
                </p>
            </section>
        }
    })
    .await;
    Visit::finish(visit.noted(), &shared, response)
}
