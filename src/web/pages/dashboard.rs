use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::account_details::AccountDetails;
use super::components::render_form_error;
use super::formatted_time::FormattedTime;
use super::lost_phone::render_lost_phone_notice;
use super::page_context::{PageContext, error_response};
use super::payment_list::PaymentRows;
use super::second_factors::{SecondFactorSettingRows, SecondFactors};
use super::settings_list::{SettingLink, SettingRow, Tone};
use crate::auth::entry::history::{self, HistoryEntry};
use crate::auth::entry::{lost_phone, payment};
use crate::auth::session::SignedIn;
use crate::config::EmailVerification;
use crate::context::AppState;
use crate::store::StoreError;
use crate::store::payments::Payment;
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page};
use domain::routes;

/// Number of payments on the dashboard.
const MAX_PAYMENTS_SHOWN: i64 = 5;

/// Data that the dashboard shows besides the account details.
#[derive(Clone)]
pub struct Overview {
    pub factors: SecondFactors,
    pub last_sign_in: Option<HistoryEntry>,
    /// The number of wrong codes before this sign-in, if it is high.
    pub failures: Option<usize>,
    pub payments: Vec<Payment>,
    /// Whether the pending payments cannot be confirmed for now.
    pub is_payment_held: bool,
    /// Whether the user can prove the e-mail address.
    pub can_prove_email: bool,
    /// Whether a lost-phone recovery of the account is open.
    pub is_phone_reported_lost: bool,
}

impl Overview {
    /// Reads from the database what the dashboard shows to the signed-in user.
    async fn read_dashboard_data(app: &AppState, signed_in: &SignedIn) -> Result<Self, StoreError> {
        let account = &signed_in.account;
        let payments = payment::list_newest_payments(app, signed_in, MAX_PAYMENTS_SHOWN).await?;
        Ok(Self {
            factors: SecondFactors::read_second_factors(app, account).await?,
            last_sign_in: history::find_newest_sign_in_except_current_session(app, signed_in)
                .await?,
            failures: history::count_wrong_codes_before_last_sign_in(app, &account.id).await?,
            is_payment_held: payment::are_pending_payments_on_hold(app, &account.id, &payments)
                .await?,
            payments,
            can_prove_email: app.policy.email != EmailVerification::Unavailable,
            is_phone_reported_lost: lost_phone::has_open_lost_phone_recovery(app, account).await?,
        })
    }
}

/// Renders the page `/dashboard`: security of the account, last payments, and a warning after failed sign-ins.
///
/// The session is checked before rendering starts (docs/security.md#ses-09).
pub async fn render_dashboard_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    if let Some(response) = page_context.redirect_to_requested_page(&shared) {
        return response;
    }
    let overview = match Overview::read_dashboard_data(&shared.app, &signed_in).await {
        Ok(overview) => overview,
        Err(error) => return error_response(error.into()),
    };
    let account = AccountDetails::from(&signed_in.account);
    let (flash_message, errors) = (
        page_context.flash_message_renderer(),
        page_context.flash.errors.clone(),
    );
    let page = page_context.page_with_title(page_context.texts().dashboard.title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            // A refused sign-out redirects to the sign-in page, which redirects here.
            {render_form_error(&errors)}
            {render_dashboard_view(account.clone(), overview.clone())}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(page_context.had_flash_cookie(), &shared, response)
}

/// Renders the content of the dashboard.
///
/// It consists of a warning after many wrong codes, an open lost-phone recovery, the security settings, and the last
/// payments.
pub fn render_dashboard_view(account: AccountDetails, overview: Overview) -> impl IntoView {
    let (texts, labels) = (page_texts(), &page_texts().shared.labels);
    let warning = overview.failures.map(|failures| {
        view! {
            <div class="notice error" role="alert">
                {(texts.dashboard.failures)(failures) + texts.dashboard.failures_advice}
                <a href=routes::PROFILE_HISTORY>{texts.history.title}</a>
                <a href=routes::PROFILE_PASSWORD>{texts.profile.change_password}</a>
            </div>
        }
    });
    let payments = overview.payments;
    let all_payments =
        (!payments.is_empty()).then(|| view! { <a href=routes::PAYMENTS>{texts.payments.all}</a> });
    let username = format!("{}: {}", labels.username, account.username);
    view! {
        {warning}
        {overview.is_phone_reported_lost.then(render_lost_phone_notice)}
        <div class="page-heading">
            <h1>{texts.dashboard.title}</h1>
            <p class="lead">{(texts.dashboard.welcome)(&account.full_name)}</p>
            <p class="lead">{username}</p>
        </div>
        <section class="card">
            <h2>{texts.dashboard.security}</h2>
            <ul class="settings">
                <SecondFactorSettingRows phone=account.phone_hint() factors=overview.factors />
                <EmailRow account can_send_code=overview.can_prove_email />
                <LastSignInRow last=overview.last_sign_in />
            </ul>
        </section>
        <section class="card">
            <h2>{texts.payments.recent}</h2>
            <PaymentRows payments is_held=overview.is_payment_held />
            <p class="actions">
                <a class="button" href=routes::PAYMENTS_NEW>{texts.payments.new}</a>
                {all_payments}
            </p>
        </section>
    }
}

/// Row with the account's e-mail address, and links to verify or change it if the server sends mail.
#[component]
fn EmailRow(account: AccountDetails, can_send_code: bool) -> impl IntoView {
    let (texts, email) = (&page_texts().email, page_texts().shared.labels.email);
    let (state, link) = if account.email_verified {
        let link = (routes::PROFILE_EMAIL, texts.change_title);
        (Some((Tone::Good, texts.confirmed)), link)
    } else {
        let link = (routes::VERIFY_EMAIL, texts.verify_title);
        (Some((Tone::Attention, texts.not_confirmed)), link)
    };
    let (path, label) = link;
    let link = can_send_code.then_some(SettingLink {
        path,
        label,
        needs_name: false,
    });
    let state = state.filter(|_| can_send_code || account.email_verified);
    view! { <SettingRow name=email detail=account.email.into_any() state link /> }
}

/// Row with device and time of the previous sign-in.
#[component]
fn LastSignInRow(last: Option<HistoryEntry>) -> impl IntoView {
    let (dashboard, sessions) = (&page_texts().dashboard, &page_texts().sessions);
    let link = SettingLink {
        path: routes::PROFILE_HISTORY,
        label: page_texts().history.title,
        needs_name: false,
    };
    let detail = match last {
        None => dashboard.no_other_sign_in.into_any(),
        Some(line) => {
            let device = sessions.device_name_or_unknown(&line.device);
            view! { {format!("{device}, ")} <FormattedTime at=line.at /> }.into_any()
        }
    };
    view! { <SettingRow name=dashboard.last_sign_in detail state=None link=Some(link) /> }
}
