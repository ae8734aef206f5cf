use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::authenticator::has_authenticator;
use crate::context::AppState;
use crate::store::accounts::Account;
use crate::store::{StoreError, recovery_codes};
use crate::web::request::Shared;
use crate::web::shell::{render, words};
use domain::PhoneNumber;
use domain::routes;

/// What protects the account beside its password.
#[derive(Clone, Copy)]
struct Protection {
    authenticator: bool,
    recovery_codes: u32,
}

impl Protection {
    async fn of(app: &AppState, account: &Account) -> Result<Self, StoreError> {
        Ok(Self {
            authenticator: has_authenticator(app, &account.id).await?,
            recovery_codes: recovery_codes::left(&app.store, &account.id).await?,
        })
    }
}

/// `/profile`: who the account belongs to, how it is protected, and where each is changed.
pub async fn profile(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let account = signed_in.account;
    let protection = match Protection::of(&shared.app, &account).await {
        Ok(protection) => protection,
        Err(error) => return failed(error.into()),
    };
    let (news, noted) = (visit.news(), visit.noted());
    let page = visit.page(visit.words().profile.title);
    let response = render(&shared, request, page, move || {
        let words = words();
        view! {
            {news()}
            <section class="card">
                <h1>{words.profile.title}</h1>
                <Facts account=account.clone() />
            </section>
            <section class="card">
                <h2>{words.profile.methods}</h2>
                <Methods account=account.clone() protection />
            </section>
            <section class="card">
                <h2>{words.profile.activity}</h2>
                <ul class="settings">
                    <li>
                        <a href=routes::PROFILE_SESSIONS>{words.sessions.title}</a>
                    </li>
                    <li>
                        <a href=routes::PROFILE_HISTORY>{words.history.title}</a>
                    </li>
                </ul>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

#[component]
fn Facts(account: Account) -> impl IntoView {
    let labels = &words().shared.labels;
    let fact = |term: &'static str, value: String| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! {
        <dl class="facts">
            {fact(labels.full_name, account.full_name)}
            {fact(labels.username, account.username)}
            {fact(labels.email, account.email)}
            {fact(labels.phone, masked(account.phone.as_ref()))}
        </dl>
    }
}

#[component]
fn Methods(account: Account, protection: Protection) -> impl IntoView {
    let (methods, recovery) = (&words().shared.methods, words().recovery.title);
    let words = &words().profile;
    let (app, change_app) = if protection.authenticator {
        (words.on, words.manage)
    } else {
        (words.not_set_up, words.set_up)
    };
    let codes = (words.codes_left)(protection.recovery_codes);
    let row = |name: &'static str, state: String, path: &'static str, change: &'static str| {
        view! {
            <li>
                <span class="method-name">{name}</span>
                <span class="method-detail">{state}</span>
                <a href=path aria-label=format!("{change}: {name}")>{change}</a>
            </li>
        }
    };
    view! {
        <ul class="settings">
            <li>
                <span class="method-name">{methods.sms}</span>
                <span class="method-detail">{masked(account.phone.as_ref())}</span>
                <a href=routes::PROFILE_PHONE>{words.change_phone}</a>
            </li>
            {row(methods.totp, app.to_owned(), routes::PROFILE_AUTHENTICATOR, change_app)}
            {row(recovery, codes, routes::PROFILE_RECOVERY_CODES, words.manage)}
        </ul>
    }
}

fn masked(phone: Option<&PhoneNumber>) -> String {
    phone.map_or_else(String::new, |phone| phone.hint().to_string())
}
