use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::visit::{Visit, elsewhere};
use crate::app::{Page, render};
use crate::domain::{Method, PhoneNumber};
use crate::routes;
use crate::server::request::Shared;
use crate::server::store::accounts::Account;

/// `/profile`: who the account belongs to, how it is protected, and where each is changed.
pub async fn profile(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    let account = signed_in.account;
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
                <h2>"Sign-in methods"</h2>
                <ul class="links">
                    <li>
                        <span class="method-name">{Method::Sms.label()}</span>
                        <a href=routes::PROFILE_PHONE>"Change phone number"</a>
                    </li>
                </ul>
                <p class="actions">
                    <a href=routes::DASHBOARD>"Back to the dashboard"</a>
                </p>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

#[component]
fn Facts(account: Account) -> impl IntoView {
    let phone = account.phone.as_ref().map(PhoneNumber::hint);
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
            {fact("Phone number", phone.map_or_else(String::new, |hint| hint.to_string()))}
        </dl>
    }
}
