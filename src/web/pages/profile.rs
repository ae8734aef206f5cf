use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::account_details::AccountDetails;
use super::components::{PageHeading, render_form_error};
use super::lost_phone::render_lost_phone_notice;
use super::page_context::{PageContext, error_response};
use super::second_factors::{SecondFactorSettingRows, SecondFactors, render_masked_number};
use super::settings_list::{StatusBadge, Tone};
use crate::auth::entry::lost_phone;
use crate::config::EmailVerification;
use crate::security::phone_rules::find_country_code_of_number;
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page};
use domain::routes;

/// Renders the page `/profile` with the details and second factors of the account, and links to change them.
pub async fn render_profile_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let factors = match SecondFactors::read_second_factors(&shared.app, &signed_in.account).await {
        Ok(factors) => factors,
        Err(error) => return error_response(error.into()),
    };
    let recovery = lost_phone::has_open_lost_phone_recovery(&shared.app, &signed_in.account).await;
    let is_phone_reported_lost = match recovery {
        Ok(is_open) => is_open,
        Err(error) => return error_response(error.into()),
    };
    let account = AccountDetails::from(&signed_in.account);
    let can_send_mail = shared.app.policy.email != EmailVerification::Unavailable;
    let (flash_message, errors, had_flash_cookie) = (
        page_context.flash_message_renderer(),
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().profile.title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_form_error(&errors)}
            {is_phone_reported_lost.then(render_lost_phone_notice)}
            {render_profile_view(account.clone(), factors, can_send_mail)}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the details and second factors of the account.
///
/// `can_send_mail` says whether the server sends mail, so that the user can verify or change the e-mail address.
pub fn render_profile_view(
    account: AccountDetails,
    factors: SecondFactors,
    can_send_mail: bool,
) -> impl IntoView {
    let texts = page_texts();
    let phone = account.phone_hint();
    view! {
        <PageHeading title=texts.profile.title />
        <section class="card">
            <AccountDetailList account can_send_mail />
        </section>
        <section class="card">
            <h2>{texts.profile.methods}</h2>
            <ul class="settings">
                <SecondFactorSettingRows phone factors />
            </ul>
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
        <section class="card">
            <h2>{texts.deletion.title}</h2>
            <ul class="settings">
                <li>
                    <a href=routes::PROFILE_EXPORT>{texts.export.title}</a>
                </li>
                <li>
                    <a class="danger" href=routes::PROFILE_DELETE>{texts.deletion.delete_title}</a>
                </li>
            </ul>
        </section>
    }
}

/// List of account details with links to change them.
#[component]
fn AccountDetailList(account: AccountDetails, can_send_mail: bool) -> impl IntoView {
    let (texts, labels) = (page_texts(), &page_texts().shared.labels);
    let country = account.phone.as_ref().map(find_country_code_of_number);
    let country = country.and_then(|code| (texts.profile.country_name)(&code));
    let fact = |term: AnyView, value: AnyView, links: &[(&'static str, &'static str)]| {
        let change = (!links.is_empty()).then(|| {
            let links = links
                .iter()
                .map(|&(path, label)| view! { <a href=path>{label}</a> })
                .collect_view();
            view! { <dd class="change">{links}</dd> }
        });
        view! {
            <div>
                <dt>{term}</dt>
                <dd>
                    <bdi>{value}</bdi>
                </dd>
                {change}
            </div>
        }
    };
    let state = match (account.email_verified, can_send_mail) {
        (true, _) => Some((Tone::Good, texts.email.confirmed)),
        (false, true) => Some((Tone::Attention, texts.email.not_confirmed)),
        (false, false) => None,
    };
    let state = state.map(|(tone, text)| view! { " " <StatusBadge tone text /> });
    let email = view! { {labels.email} {state} }.into_any();
    let number = render_masked_number(account.phone_hint());
    let hidden = view! { <span aria-hidden="true">"••••••••"</span> }.into_any();
    let names = (routes::PROFILE_NAME, texts.name_title);
    let verify_email = (routes::VERIFY_EMAIL, texts.email.verify_title);
    let change_email = (routes::PROFILE_EMAIL, texts.email.change_title);
    let email_links: &[_] = match (account.email_verified, can_send_mail) {
        (_, false) => &[],
        (true, true) => &[change_email],
        (false, true) => &[verify_email, change_email],
    };
    let change_password = (routes::PROFILE_PASSWORD, texts.profile.change_password);
    view! {
        <dl class="facts">
            {fact(labels.full_name.into_any(), account.full_name.into_any(), &[names])}
            {fact(labels.username.into_any(), account.username.into_any(), &[])}
            {fact(email, account.email.into_any(), email_links)}
            {fact(labels.phone.into_any(), number, &[])}
            {country.map(|name| fact(texts.profile.phone_country.into_any(), name.into_any(), &[]))}
            {fact(labels.password.into_any(), hidden, &[change_password])}
        </dl>
    }
}
