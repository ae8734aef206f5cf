use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha::{add_captcha_hosts_to_csp, create_captcha_script_renderer};
use super::code_entry::find_flow_that_waits_for_code;
use super::components::{OtpExplanation, add_times_of_code, render_code_form};
use super::country_list::{CountryChoice, CountryField};
use super::ended::remove_token_of_ended_flow;
use super::lost_phone::lost_phone_set_up_texts;
use super::page_context::PageContext;
use super::sign_in_dialog::{Overlay, find_dialog_of_sign_in_page, find_username_of_flow};
use crate::auth::entry::captcha::create_captcha_challenge_of_form;
use crate::auth::entry::lost_phone;
use crate::http::cookies::Flash;
use crate::security::typed_number::TypedNumber;
use crate::web::blocked_cookies::{are_cookies_blocked, set_cookie_for_next_check};
use crate::web::brand::brand_text_above_sign_in_form;
use crate::web::islands::{FlowIdInput, SetUpDialog, SignInForm};
use crate::web::request::WebState;
use crate::web::server_fns::verification::CancelFlow;
use crate::web::shell::{Bundle, page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{Field, FlashMessage, FormErrors, Problem, Purpose};

const PURPOSE: Purpose = Purpose::SignIn;

/// Renders the page `/login` with the password form and, if needed, a dialog for the second factor.
pub async fn render_sign_in_page(
    State(shared): State<WebState>,
    mut page_context: PageContext,
    request: Request,
) -> Response {
    if let Some(response) = page_context.redirect_unless_sign_in_is_live(&shared).await {
        return response;
    }
    let are_cookies_blocked = match are_cookies_blocked(&request, routes::LOGIN) {
        Ok(are_blocked) => are_blocked,
        Err(response) => return response,
    };
    if are_cookies_blocked {
        page_context.flash.message = Some(FlashMessage::CookiesBlocked);
    }
    let overlay = match find_dialog_of_sign_in_page(&shared, &page_context).await {
        Ok(overlay) => overlay,
        Err(response) => return response,
    };
    if matches!(overlay, Overlay::AnswerLost(_)) {
        add_message_of_lost_answer(&mut page_context.flash);
    }
    let ended = overlay.ended_flow();
    let has_message = page_context.flash.message.is_some();
    let overlay = match overlay {
        // The success message is about a later action than the ended flow.
        Overlay::Ended(PURPOSE, Problem::FlowEnded) if has_message => Overlay::None,
        other => other,
    };
    let (flash_message, flash, had_flash_cookie) = (
        page_context.flash_message_renderer(),
        page_context.flash.clone(),
        page_context.had_flash_cookie(),
    );
    let identifier = overlay.username().map_or_else(
        || flash.submitted_value(Field::Identifier),
        ToOwned::to_owned,
    );
    let challenge =
        create_captcha_challenge_of_form(&shared.app, &page_context.request_context, PURPOSE).await;
    let scripts = create_captcha_script_renderer(&shared, challenge.as_ref());
    let mut page = page_context.page_with_title(page_context.texts().shared.sign_in.title);
    if !matches!(overlay, Overlay::SetUp { .. }) {
        page.bundle = Bundle::SignIn;
    }
    let phone = flash.submitted_value(Field::Phone);
    let choice = if overlay.has_phone_field() {
        let country = flash.submitted_value(Field::Country);
        let typed = TypedNumber {
            number: &phone,
            country: &country,
        };
        CountryChoice::with_phone_rules_of_server(&shared, typed)
    } else {
        CountryChoice::default()
    };
    let content = SignInContent {
        identifier,
        challenge,
        lost_phone: lost_phone::recovery_delay_hours(&shared.app).is_some(),
        overlay,
        phone,
        choice,
        errors: flash.errors,
    };
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_sign_in_view(content.clone(), scripts())}
        }
    })
    .await;
    let mut response = add_captcha_hosts_to_csp(&shared, response);
    if are_cookies_blocked {
        response = set_cookie_for_next_check(&shared.cookies, response);
    }
    let response = PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response);
    match ended {
        Some(purpose) => remove_token_of_ended_flow(&shared, response, purpose),
        None => response,
    }
}

/// Adds the message that the code was right, but that this browser has not received the answer.
///
/// Replaces the message that a session has ended: the sign-in began after that. Keeps another message or error, because
/// it is about a later action.
fn add_message_of_lost_answer(flash: &mut Flash) {
    // The form was submitted again after the flow had ended.
    flash.errors = std::mem::take(&mut flash.errors).without_ended_flow();
    let is_replaced = matches!(flash.message, None | Some(FlashMessage::SignInNeeded));
    if is_replaced && flash.errors.problems.is_empty() {
        flash.message = Some(FlashMessage::SignInAnswerLost);
    }
}

/// Content of the sign-in page: form values, CAPTCHA challenge, dialog and errors.
#[derive(Clone, Default)]
pub struct SignInContent {
    pub identifier: String,
    /// The CAPTCHA challenge; `None` if no CAPTCHA is needed.
    pub challenge: Option<String>,
    /// Whether the dialogs that need the phone have a link to the page for a lost phone.
    pub lost_phone: bool,
    pub overlay: Overlay,
    /// The number that the user typed into the set-up dialog.
    pub phone: String,
    /// The countries of the set-up dialog.
    pub choice: CountryChoice,
    /// The errors of the last form.
    pub errors: FormErrors,
}

/// Renders the sign-in form and the dialog over the form. `scripts` are the CAPTCHA scripts.
pub fn render_sign_in_view(content: SignInContent, scripts: Option<AnyView>) -> impl IntoView {
    let SignInContent {
        identifier,
        challenge,
        lost_phone,
        overlay,
        phone,
        choice,
        errors,
    } = content;
    let none = FormErrors::default();
    // The topmost form shows the errors. The flow of a dialog is live.
    let (methods, set_up, form_errors, set_up_errors) = match overlay {
        Overlay::None | Overlay::AnswerLost(_) => (None, None, errors, none),
        Overlay::Methods { methods, wait, .. } => {
            let errors = errors.without_ended_flow().or_if_none(wait);
            (Some(methods), None, errors, none)
        }
        Overlay::SetUp {
            step,
            confirms_stored_number,
            needs_stored_number,
            replaces_lost_phone,
            username,
        } => {
            let reports_lost_phone = lost_phone && needs_stored_number;
            let replaced = replaces_lost_phone.then(lost_phone_set_up_texts);
            let errors = errors.without_wait_after_expired_code(step.code_entry());
            let set_up = (
                step,
                confirms_stored_number,
                reports_lost_phone,
                replaced,
                username,
            );
            (None, Some(set_up), none, errors.without_ended_flow())
        }
        // The user has submitted the form again after the end of the flow.
        Overlay::Ended(..) if has_error_of_sign_in_form(&errors) => (None, None, errors, none),
        Overlay::Ended(_, problem) => (None, None, FormErrors::for_form(problem), none),
    };
    let covered = set_up.is_some();
    view! {
        <SignInForm
            lead=brand_text_above_sign_in_form()
            identifier
            challenge
            errors=to_error_texts(&form_errors)
            methods
            covered
            lost_phone
        />
        {scripts}
        {set_up.map(|(step, confirms_stored_number, reports_lost_phone, lost_phone, username)| {
            let times = step.code_entry().and_then(add_times_of_code);
            view! {
                <SetUpDialog
                    step
                    username
                    phone
                    confirms_stored_number
                    reports_lost_phone
                    lost_phone
                    times
                    errors=to_error_texts(&set_up_errors)
                >
                    <CountryField choice hint=page_texts().phone.sms_risk_and_alternative />
                </SetUpDialog>
            }
        })}
    }
}

/// Returns whether the sign-in form shows one of these errors.
fn has_error_of_sign_in_form(errors: &FormErrors) -> bool {
    [
        Field::Form,
        Field::Identifier,
        Field::Password,
        Field::Captcha,
    ]
    .into_iter()
    .any(|field| errors.first_problem_of(field).is_some())
}

/// Renders the page `/login/verify`, which accepts the one-time code of a sign-in.
pub async fn render_sign_in_verify_page(
    State(shared): State<WebState>,
    mut page_context: PageContext,
    request: Request,
) -> Response {
    if let Some(response) = page_context.redirect_unless_sign_in_is_live(&shared).await {
        return response;
    }
    let found = find_flow_that_waits_for_code(&shared, &page_context, request, PURPOSE).await;
    let (flow, step, request) = match found {
        Ok(found) => found,
        Err(response) => return response,
    };
    let username = match find_username_of_flow(&shared, &flow).await {
        Ok(username) => username,
        Err(response) => return response,
    };
    let lost_phone = lost_phone::recovery_delay_hours(&shared.app).is_some();
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().verify_title);
    let response = render_page(&shared, request, page, move || {
        render_sign_in_verify_view(
            render_code_form(step.clone(), &errors),
            username.clone(),
            lost_phone,
        )
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the card with the code entry form of a sign-in.
///
/// `lost_phone` adds a link to the page for a lost phone.
pub fn render_sign_in_verify_view(
    code_entry: AnyView,
    username: Option<String>,
    lost_phone: bool,
) -> impl IntoView {
    view! {
        <section class="card">
            <h1>{page_texts().verify_title}</h1>
            <OtpExplanation />
            {username.map(|username| view! { <SigningInUserLine username /> })}
            {code_entry}
            {lost_phone.then(|| view! {
                <p class="hint until-end">
                    <a href=routes::LOST_PHONE>{page_texts().shared.sign_in.lost_phone}</a>
                </p>
            })}
        </section>
    }
}

/// Line with the username of the account that is signing in, and a button that starts over.
#[component]
fn SigningInUserLine(username: String) -> impl IntoView {
    let signing_in_as = &page_texts().shared.sign_in.signing_in_as;
    view! {
        <form class="row until-end" method="post" action=CancelFlow::PATH>
            <input type="hidden" name="purpose" value=PURPOSE.as_str() />
            <FlowIdInput />
            <span class="muted signing-in">{signing_in_as.fill_placeholder(username)}</span>
            <button type="submit" class="quiet">{page_texts().not_you}</button>
        </form>
    }
}
