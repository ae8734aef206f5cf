use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::{PageContext, error_response};
use crate::auth::entry::authenticator::has_authenticator;
use crate::context::AppState;
use crate::security::phone_rules::country_of;
use crate::store::accounts::Account;
use crate::store::{ReadFrom, StoreError, recovery_codes};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::PhoneNumber;
use domain::routes;

/// The second factors of an account besides its phone.
#[derive(Clone, Copy)]
struct SecondFactors {
    has_authenticator: bool,
    /// The number of unused codes.
    recovery_codes: u32,
}

impl SecondFactors {
    async fn of(app: &AppState, account: &Account) -> Result<Self, StoreError> {
        Ok(Self {
            has_authenticator: has_authenticator(app, &account.id).await?,
            recovery_codes: recovery_codes::left(ReadFrom::Store(&app.store), &account.id).await?,
        })
    }
}

/// `/profile`: the details and second factors of the account, with links to change them.
pub async fn profile_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let account = signed_in.account;
    let factors = match SecondFactors::of(&shared.app, &account).await {
        Ok(factors) => factors,
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
                <AccountDetails account=account.clone() />
                <p class="actions">
                    <a href=routes::PROFILE_PASSWORD>{texts.profile.change_password}</a>
                </p>
            </section>
            <section class="card">
                <h2>{texts.profile.methods}</h2>
                <SecondFactorList account=account.clone() factors />
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
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// The details of the account.
#[component]
fn AccountDetails(account: Account) -> impl IntoView {
    let labels = &texts().shared.labels;
    let country = account.phone.as_ref().map(country_of);
    let country = country.and_then(|code| (texts().profile.country_name)(&code));
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
            <div>
                <dt>{labels.phone}</dt>
                <dd class="number">{masked_number(account.phone.as_ref())}</dd>
            </div>
            {country.map(|name| fact(texts().profile.phone_country, name.to_owned()))}
        </dl>
    }
}

/// The second factors, each with a link to change it.
#[component]
fn SecondFactorList(account: Account, factors: SecondFactors) -> impl IntoView {
    let (methods, recovery) = (&texts().shared.methods, texts().recovery.title);
    let texts = &texts().profile;
    let (app, change_app) = if factors.has_authenticator {
        (texts.on, texts.manage)
    } else {
        (texts.not_set_up, texts.set_up)
    };
    let codes = (texts.codes_left)(factors.recovery_codes);
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
                <span class="method-detail number">{masked_number(account.phone.as_ref())}</span>
                <a href=routes::PROFILE_PHONE>{texts.change_phone}</a>
            </li>
            {row(methods.totp, app.to_owned(), routes::PROFILE_AUTHENTICATOR, change_app)}
            {row(recovery, codes, routes::PROFILE_RECOVERY_CODES, texts.manage)}
        </ul>
    }
}

/// The masked phone number; empty without one.
fn masked_number(phone: Option<&PhoneNumber>) -> String {
    phone.map_or_else(String::new, |phone| phone.hint().to_string())
}
