use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::authenticator::has_authenticator;
use crate::context::AppState;
use crate::store::accounts::Account;
use crate::store::{StoreError, recovery_codes};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
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
pub async fn profile(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    let account = signed_in.account;
    let protection = match Protection::of(&shared.app, &account).await {
        Ok(protection) => protection,
        Err(error) => return error_response(error.into()),
    };
    let (flash_message, had_flash) = (page_context.flash_message(), page_context.had_flash());
    let page = page_context.page(page_context.texts().profile.title);
    let response = render(&shared, request, page, move || {
        let texts = texts();
        view! {
            {flash_message()}
            <section class="card">
                <h1>{texts.profile.title}</h1>
                <Facts account=account.clone() />
            </section>
            <section class="card">
                <h2>{texts.profile.methods}</h2>
                <Methods account=account.clone() protection />
            </section>
            <section class="card">
                <h2>{texts.profile.activity}</h2>
                <ul class="settings">
                    <li>
                        <a href=routes::PROFILE_SESSIONS>{texts.sessions.title}</a>
                    </li>
                    <li>
                        <a href=routes::PROFILE_HISTORY>{texts.history.title}</a>
                    </li>
                </ul>
            </section>
        }
    })
    .await;
    PageContext::finish(had_flash, &shared, response)
}

#[component]
fn Facts(account: Account) -> impl IntoView {
    let labels = &texts().shared.labels;
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
    let (methods, recovery) = (&texts().shared.methods, texts().recovery.title);
    let texts = &texts().profile;
    let (app, change_app) = if protection.authenticator {
        (texts.on, texts.manage)
    } else {
        (texts.not_set_up, texts.set_up)
    };
    let codes = (texts.codes_left)(protection.recovery_codes);
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
                <a href=routes::PROFILE_PHONE>{texts.change_phone}</a>
            </li>
            {row(methods.totp, app.to_owned(), routes::PROFILE_AUTHENTICATOR, change_app)}
            {row(recovery, codes, routes::PROFILE_RECOVERY_CODES, texts.manage)}
        </ul>
    }
}

fn masked(phone: Option<&PhoneNumber>) -> String {
    phone.map_or_else(String::new, |phone| phone.hint().to_string())
}
