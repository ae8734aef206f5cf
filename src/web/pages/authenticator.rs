use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::BackToProfileLink;
use super::formatted_time::FormattedTime;
use super::page_context::{PageContext, error_response};
use super::qr::render_qr_code;
use super::step_up::{ProtectedPage, StepUpGate};
use crate::auth::entry::authenticator::{self, AuthenticatorStatus};
use crate::web::islands::{ConfirmAuthenticatorForm, FormAccountInput, RemoveAuthenticatorDialog};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{Field, FormErrors, ProtectedArea, Timestamp};

/// Query of the URL that opens the dialog "Remove your authenticator app?".
const REMOVE_DIALOG_QUERY: &str = "remove";

/// Stage of the page `/profile/authenticator`: step-up, no app, set-up or existing app.
#[derive(Clone)]
pub enum AuthenticatorStage {
    StepUp(StepUpGate),
    /// The account has no authenticator app.
    None,
    /// A new secret waits for its first code.
    Pending(NewSecret),
    Enrolled {
        since: Timestamp,
        removing: bool,
    },
}

/// Secret of a new authenticator app, as QR code content and as text.
#[derive(Clone)]
pub struct NewSecret {
    /// The content of the QR code.
    pub uri: String,
    /// The secret for manual entry.
    pub key: String,
    /// Whether the account already has an authenticator app.
    pub replaces: bool,
}

/// Renders the page `/profile/authenticator`, which sets up, replaces and removes the authenticator app.
pub async fn render_authenticator_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    let area = ProtectedArea::Authenticator;
    let ProtectedPage {
        signed_in,
        gate,
        page_context,
    } = ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
        .await?;
    let stage = if let Some(gate) = gate {
        AuthenticatorStage::StepUp(gate)
    } else {
        let status = authenticator::read_authenticator_status(&shared.app, &signed_in)
            .await
            .map_err(error_response)?;
        let removing = request.uri().query() == Some(REMOVE_DIALOG_QUERY);
        let username = &signed_in.account.username;
        choose_stage_of_authenticator_page(&status, username, &shared.app.brand.name, removing)
    };
    let (flash_message, flash, had_flash_cookie) = (
        page_context.flash_message_renderer(),
        page_context.flash.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().authenticator.title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_authenticator_view(stage.clone(), flash.errors.clone())}
        }
    })
    .await;
    Ok(PageContext::delete_flash_cookie_if_shown(
        had_flash_cookie,
        &shared,
        response,
    ))
}

/// Renders the card of the authenticator page, and on request the dialog that removes the app.
pub fn render_authenticator_view(stage: AuthenticatorStage, errors: FormErrors) -> impl IntoView {
    let dialog = matches!(stage, AuthenticatorStage::Enrolled { removing: true, .. })
        .then(|| view! { <RemoveAuthenticatorDialog /> });
    view! {
        <section class="card task">
            <h1>{page_texts().authenticator.title}</h1>
            {render_authenticator_stage(stage, errors)}
        </section>
        {dialog}
    }
}

/// Returns what the authenticator page shows: no app, the set-up of a new app, or the existing app.
///
/// `status` is the state of the account's authenticator app. `removing` says whether the page opens the dialog that
/// removes the app.
fn choose_stage_of_authenticator_page(
    status: &AuthenticatorStatus,
    username: &str,
    service: &str,
    removing: bool,
) -> AuthenticatorStage {
    match (&status.pending, status.since) {
        (Some(secret), since) => AuthenticatorStage::Pending(NewSecret {
            uri: secret.provisioning_uri(username, service),
            key: secret.format_key_for_manual_entry(),
            replaces: since.is_some(),
        }),
        (None, Some(since)) => AuthenticatorStage::Enrolled { since, removing },
        (None, None) => AuthenticatorStage::None,
    }
}

/// Renders the content of the page `/profile/authenticator` for this stage.
fn render_authenticator_stage(stage: AuthenticatorStage, errors: FormErrors) -> AnyView {
    let (texts, actions) = (&page_texts().authenticator, &page_texts().shared.actions);
    match stage {
        AuthenticatorStage::StepUp(gate) => gate.render_step_up_stage(),
        AuthenticatorStage::None => view! {
            <FormErrorMessage errors />
            <p class="lead">{texts.intro}</p>
            <BeginAuthenticatorSetUpButton label=texts.set_up class="primary" />
            <p class="actions">
                <BackToProfileLink />
            </p>
        }
        .into_any(),
        AuthenticatorStage::Pending(secret) => view! { <AuthenticatorSetUp secret errors /> }.into_any(),
        AuthenticatorStage::Enrolled { since, .. } => view! {
            <FormErrorMessage errors />
            <dl class="facts">
                <div>
                    <dt>{texts.since}</dt>
                    <dd><FormattedTime at=since /></dd>
                </div>
            </dl>
            <p class="muted">{texts.new_phone}</p>
            <div class="actions">
                <BeginAuthenticatorSetUpButton label=texts.replace class="secondary" />
                <a class="button secondary danger" href=format!("{}?{REMOVE_DIALOG_QUERY}", routes::PROFILE_AUTHENTICATOR)>
                    {actions.remove}
                </a>
            </div>
            <p class="actions">
                <BackToProfileLink />
            </p>
        }
        .into_any(),
    }
}

/// Set-up of an authenticator app: QR code, key for manual entry, and the form for the first code.
#[component]
fn AuthenticatorSetUp(secret: NewSecret, errors: FormErrors) -> impl IntoView {
    let (texts, actions) = (&page_texts().authenticator, &page_texts().shared.actions);
    let replaces = secret
        .replaces
        .then(|| view! { <p class="muted">{texts.old_works}</p> });
    view! {
        <p class="lead">{texts.scan}</p>
        {render_qr_code(&secret.uri, texts.qr)}
        // A phone cannot scan its own screen.
        <p class="on-touch">
            <a href=secret.uri>{texts.open_here}</a>
        </p>
        <p>{texts.or_type}</p>
        <p class="key">{secret.key}</p>
        {replaces}
        <ConfirmAuthenticatorForm errors=to_error_texts(&errors) />
        <form class="actions" method="post" action=server_fns::authenticator::CancelAuthenticator::PATH>
            <FormAccountInput />
            <button type="submit" class="quiet">{actions.cancel}</button>
        </form>
    }
}

/// Form with one button that creates a new secret for an authenticator app.
#[component]
fn BeginAuthenticatorSetUpButton(label: &'static str, class: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=server_fns::authenticator::BeginAuthenticator::PATH>
            <FormAccountInput />
            <button type="submit" class=class>{label}</button>
        </form>
    }
}

/// Error message for the whole form that the user submitted last.
#[component]
fn FormErrorMessage(errors: FormErrors) -> impl IntoView {
    let text = errors
        .first_problem_of(Field::Form)
        .map(page_texts().problem);
    text.map(|text| view! { <div class="notice error" role="alert">{text}</div> })
}
