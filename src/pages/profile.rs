use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::visit::{Visit, elsewhere, failed};
use crate::app::{Page, render};
use crate::domain::{Method, PhoneNumber};
use crate::routes;
use crate::server::context::Context;
use crate::server::flows::authenticator;
use crate::server::request::Shared;
use crate::server::store::accounts::Account;
use crate::server::store::{StoreError, recovery_codes};

/// What protects the account beside its password.
#[derive(Clone, Copy)]
struct Protection {
    authenticator: bool,
    recovery_codes: u32,
}

impl Protection {
    async fn of(cx: &Context, account: &Account) -> Result<Self, StoreError> {
        Ok(Self {
            authenticator: authenticator::is_enrolled(cx, &account.id).await?,
            recovery_codes: recovery_codes::left(&cx.store, &account.id).await?,
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
    let (notice, noted) = (visit.flash.notice, visit.noted());
    let page = Page {
        title: "Profile",
        signed_in: true,
    };
    let response = render(&shared, request, page, move || {
        let notice = notice.map(|notice| {
            view! { <div class="notice success" role="status">{notice.text()}</div> }
        });
        view! {
            {notice}
            <section class="card">
                <h1>"Profile"</h1>
                <Facts account=account.clone() />
            </section>
            <section class="card">
                <h2>"Sign-in methods"</h2>
                <Methods account=account.clone() protection />
            </section>
            <section class="card">
                <h2>"Activity"</h2>
                <ul class="settings">
                    <li>
                        <a href=routes::PROFILE_SESSIONS>"Where you're signed in"</a>
                    </li>
                    <li>
                        <a href=routes::PROFILE_HISTORY>"Security history"</a>
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
            {fact("Full name", account.full_name)}
            {fact("Username", account.username)}
            {fact("Email", account.email)}
            {fact("Phone number", masked(account.phone.as_ref()))}
        </dl>
    }
}

#[component]
fn Methods(account: Account, protection: Protection) -> impl IntoView {
    let (app, change_app) = if protection.authenticator {
        ("On", "Manage")
    } else {
        ("Not set up", "Set up")
    };
    let codes = match protection.recovery_codes {
        0 => "None. Without your phone you could not sign in.".to_owned(),
        1 => "1 left".to_owned(),
        left => format!("{left} left"),
    };
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
                <span class="method-name">{Method::Sms.label()}</span>
                <span class="method-detail">{masked(account.phone.as_ref())}</span>
                <a href=routes::PROFILE_PHONE>"Change phone number"</a>
            </li>
            {row(Method::Totp.label(), app.to_owned(), routes::PROFILE_AUTHENTICATOR, change_app)}
            {row("Recovery codes", codes, routes::PROFILE_RECOVERY_CODES, "Manage")}
        </ul>
    }
}

fn masked(phone: Option<&PhoneNumber>) -> String {
    phone.map_or_else(String::new, |phone| phone.hint().to_string())
}
