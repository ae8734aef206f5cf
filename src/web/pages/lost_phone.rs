use axum::extract::{Path, Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha::{add_captcha_hosts_to_csp, create_captcha_script_renderer};
use super::components::{render_form_error, render_invalid_link_page, render_link_form};
use super::not_found::render_not_found_page;
use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use crate::auth::entry::captcha::create_captcha_challenge_of_form;
use crate::auth::entry::lost_phone;
use crate::auth::entry::lost_phone_link::{self, LostPhoneLinkEffect};
use crate::http::cookies::Flash;
use crate::web::islands::{FlowIdInput, FormAccountInput, LostPhoneForm, LostPhoneSetUp};
use crate::web::request::WebState;
use crate::web::server_fns::lost_phone::{
    CancelRecovery, OpenRecovery, ReportLostPhone, StopRecovery,
};
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{Field, FormErrors, Purpose};

const PURPOSE: Purpose = Purpose::SignIn;

/// Returns the texts of the set-up dialog after a lost phone.
pub(super) fn lost_phone_set_up_texts() -> LostPhoneSetUp {
    let texts = &page_texts().lost_phone;
    LostPhoneSetUp {
        lead: texts.reported.to_owned(),
        hint: texts.other_factor.to_owned(),
        keep_number: texts.keep_number.to_owned(),
    }
}

/// Renders the page `/lost-phone`, which requests the mail that starts an account recovery.
///
/// A user who has entered the correct password in a sign-in or set-up sees only a button. Other users enter username and
/// password. If another browser can replace the lost phone now, the page says so.
pub async fn render_lost_phone_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(hours) = lost_phone::recovery_delay_hours(&shared.app) else {
        return render_not_found_page(State(shared), page_context, request).await;
    };
    let mut has_password = false;
    for purpose in [Purpose::SignIn, Purpose::SetUp] {
        match page_context
            .find_verification_flow_of_browser(&shared, purpose)
            .await
        {
            Ok(BrowserFlow::Live(_) | BrowserFlow::Blocked(_)) => has_password = true,
            Ok(BrowserFlow::Ended(_) | BrowserFlow::Missing) => {}
            Err(response) => return response,
        }
    }
    let context = &page_context.request_context;
    let is_due_elsewhere =
        match lost_phone::is_recovery_due_in_other_browser(&shared.app, context).await {
            Ok(is_due_elsewhere) => is_due_elsewhere,
            Err(error) => return error_response(error.into()),
        };
    let (flash_message, flash, had_flash_cookie) = (
        page_context.flash_message_renderer(),
        page_context.flash.clone(),
        page_context.had_flash_cookie(),
    );
    let challenge =
        create_captcha_challenge_of_form(&shared.app, &page_context.request_context, PURPOSE).await;
    let scripts = create_captcha_script_renderer(&shared, challenge.as_ref());
    let page = page_context.page_with_title(page_context.texts().lost_phone.title);
    let response = render_page(&shared, request, page, move || {
        let form = if has_password {
            render_send_recovery_mail_form(&flash.errors)
        } else {
            render_lost_phone_form(&flash, challenge.clone(), scripts())
        };
        let view = if is_due_elsewhere {
            render_recovery_in_other_browser_view(form).into_any()
        } else {
            render_lost_phone_view(hours, form).into_any()
        };
        view! {
            {flash_message()}
            {view}
        }
    })
    .await;
    let response = add_captcha_hosts_to_csp(&shared, response);
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the explanation of the account recovery above `form`, which requests the recovery.
///
/// `waiting_hours` is the waiting time of a recovery.
pub fn render_lost_phone_view(waiting_hours: u64, form: AnyView) -> impl IntoView {
    let own = &page_texts().lost_phone;
    view! {
        <section class="card">
            <h1>{own.title}</h1>
            <p class="lead">{(own.lead)(waiting_hours)}</p>
            <p class="muted">{own.other_ways}</p>
            {form}
            <p class="actions">
                <a href=routes::LOGIN>{page_texts().password_reset.back}</a>
            </p>
        </section>
    }
}

/// Renders the page for a lost phone when another browser can set up the new number now.
///
/// `form` sends a mail whose link lets this browser set up the number. A link leads back to the sign-in, which accepts
/// the earlier second factor.
pub fn render_recovery_in_other_browser_view(form: AnyView) -> impl IntoView {
    let texts = &page_texts().lost_phone;
    view! {
        <section class="card">
            <h1>{texts.title}</h1>
            <p class="lead">{texts.other_browser}</p>
            {form}
            <p class="muted">{texts.other_factor}</p>
            <p class="actions">
                <a href=routes::LOGIN>{texts.keep_number}</a>
            </p>
        </section>
    }
}

/// Renders the button that sends the recovery mail, for a user who has entered the password.
pub fn render_send_recovery_mail_form(errors: &FormErrors) -> AnyView {
    view! {
        {render_form_error(errors)}
        <form method="post" action=ReportLostPhone::PATH>
            <FlowIdInput />
            <button type="submit" class="primary">{page_texts().shared.actions.send_mail}</button>
        </form>
    }
    .into_any()
}

/// Renders the recovery form with username and password. `scripts` are the CAPTCHA scripts.
pub fn render_lost_phone_form(
    flash: &Flash,
    challenge: Option<String>,
    scripts: Option<AnyView>,
) -> AnyView {
    view! {
        <LostPhoneForm
            identifier=flash.submitted_value(Field::Identifier)
            challenge
            errors=to_error_texts(&flash.errors)
        />
        {scripts}
    }
    .into_any()
}

/// Renders the page `/lost-phone/{token}`, which the link in the recovery mail opens.
///
/// A button on the page starts the account recovery, or lets this browser complete an open one. Opening the page changes
/// nothing.
pub async fn render_recovery_link_page(
    State(shared): State<WebState>,
    Path(token): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let effect = match lost_phone_link::find_effect_of_lost_phone_link(&shared.app, &token).await {
        Ok(Some(effect)) => effect,
        Ok(None) => return render_invalid_link_page(&shared, &page_context, request).await,
        Err(error) => return error_response(error.into()),
    };
    let hours = lost_phone::recovery_delay_hours(&shared.app).unwrap_or_default();
    let texts = &page_context.texts().lost_phone;
    let title = match effect {
        LostPhoneLinkEffect::OpensRecovery => texts.open_title,
        LostPhoneLinkEffect::ChangesBrowser { .. } => texts.move_title,
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(title);
    let response = render_page(&shared, request, page, move || match effect {
        LostPhoneLinkEffect::OpensRecovery => {
            render_recovery_link_view(hours, &token, &errors).into_any()
        }
        LostPhoneLinkEffect::ChangesBrowser { waiting_secs } => {
            render_recovery_browser_view(waiting_secs, &token, &errors).into_any()
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the button that starts the account recovery.
///
/// `waiting_hours` is the waiting time of the recovery, `token` the secret of the mailed link.
pub fn render_recovery_link_view(
    waiting_hours: u64,
    token: &str,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    let texts = &page_texts().lost_phone;
    view! {
        <section class="card">
            <h1>{texts.open_title}</h1>
            <p class="lead">{(texts.open_lead)(waiting_hours)}</p>
            {render_form_error(errors)}
            {render_link_form(OpenRecovery::PATH, token, texts.open, texts.open_not_needed)}
        </section>
    }
}

/// Renders the button that lets this browser complete an open account recovery.
///
/// `waiting_secs` is the remaining waiting time of the recovery, `token` the secret of the mailed link.
pub fn render_recovery_browser_view(
    waiting_secs: u64,
    token: &str,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    let texts = &page_texts().lost_phone;
    view! {
        <section class="card">
            <h1>{texts.move_title}</h1>
            <p class="lead">{(texts.move_lead)(waiting_secs.div_ceil(3600))}</p>
            {render_form_error(errors)}
            {render_link_form(OpenRecovery::PATH, token, texts.move_here, texts.move_not_needed)}
        </section>
    }
}

/// Renders the page `/recovery/{token}`, with a button that cancels an account recovery without a session.
///
/// Notifications about the recovery contain the link. Opening the link changes nothing.
pub async fn render_cancel_recovery_page(
    State(shared): State<WebState>,
    Path(token): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    match lost_phone::is_recovery_cancellation_link_usable(&shared.app, &token).await {
        Ok(true) => {}
        Ok(false) => return render_invalid_link_page(&shared, &page_context, request).await,
        Err(error) => return error_response(error.into()),
    }
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().lost_phone.cancel_title);
    let response = render_page(&shared, request, page, move || {
        render_cancel_recovery_view(&token, &errors)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the button that cancels an account recovery. `token` is the secret of the link.
pub fn render_cancel_recovery_view(token: &str, errors: &FormErrors) -> impl IntoView + use<> {
    let texts = &page_texts().lost_phone;
    view! {
        <section class="card">
            <h1>{texts.cancel_title}</h1>
            <p class="lead">{texts.cancel_lead}</p>
            {render_form_error(errors)}
            {render_link_form(CancelRecovery::PATH, token, texts.cancel, texts.cancel_not_needed)}
        </section>
    }
}

/// Renders the notice for a signed-in user that a lost-phone recovery is open.
///
/// The notice links to the page that can cancel the recovery.
pub fn render_lost_phone_notice() -> impl IntoView {
    let texts = &page_texts().lost_phone;
    view! {
        <div class="notice attention">
            {texts.pending}
            <a href=routes::RECOVERY>{texts.check}</a>
        </div>
    }
}

/// Renders the page `/recovery`, which asks a signed-in user: "A recovery is under way. Was it you?"
///
/// The user has signed in with the second factor that the recovery would replace.
pub async fn render_open_recovery_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    match lost_phone::has_open_lost_phone_recovery(&shared.app, &signed_in.account).await {
        Ok(true) => {}
        Ok(false) => return redirect(routes::DASHBOARD),
        Err(error) => return error_response(error.into()),
    }
    let flash_message = page_context.flash_message_renderer();
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().lost_phone.question_title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_open_recovery_view(&errors)}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the question whether the user has requested the account recovery, with two buttons.
pub fn render_open_recovery_view(errors: &FormErrors) -> impl IntoView + use<> {
    let texts = &page_texts().lost_phone;
    view! {
        <section class="card">
            <h1>{texts.question_title}</h1>
            <p class="lead">{texts.question_lead}</p>
            {render_form_error(errors)}
            <div class="actions">
                <form method="post" action=StopRecovery::PATH>
                    <FormAccountInput />
                    <button type="submit" class="primary">{texts.not_me}</button>
                </form>
                <a href=routes::DASHBOARD>{texts.was_me}</a>
                <a href=routes::PROFILE_PASSWORD>{page_texts().profile.change_password}</a>
            </div>
        </section>
    }
}
