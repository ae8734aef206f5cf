use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha::{add_captcha_hosts_to_csp, create_captcha_script_renderer};
use super::components::render_code_form;
use super::country_list::{CountryChoice, CountryField};
use super::ended::{
    redirect_to_outcome_of_completed_flow, redirect_with_reason_of_ended_flow,
    render_ended_flow_page,
};
use super::notice::render_flash_message;
use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use crate::auth::entry::captcha::create_captcha_challenge_of_form;
use crate::auth::entry::registration_state;
use crate::auth::entry::verification;
use crate::security::typed_number::TypedNumber;
use crate::verification::Ending;
use crate::web::blocked_cookies::{
    are_cookies_blocked, set_cookie_for_next_check, start_page_of_missing_registration,
};
use crate::web::islands::{
    CredentialsForm, FlowIdInput, MaskedNumber, RegisterForm, SendCodeForm,
    render_text_with_emphasised_value,
};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{Field, FlashMessage, FormErrors, PhoneHint, Purpose, Step};

const PURPOSE: Purpose = Purpose::Registration;

/// Query of the URL that opens the first registration step again, to correct its details.
const CORRECTION_QUERY: &str = "change";

/// Returns the path that reopens the first registration step for corrections.
fn path_to_correct_registration_details() -> String {
    format!("{}?{CORRECTION_QUERY}", routes::REGISTER)
}

/// Renders the page `/register`, the first registration step with full name, username and e-mail address.
pub async fn render_registration_details_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let are_cookies_blocked = match are_cookies_blocked(&request, routes::REGISTER) {
        Ok(are_blocked) => are_blocked,
        Err(response) => return response,
    };
    let names = match page_context
        .find_verification_flow_of_browser(&shared, PURPOSE)
        .await
    {
        Err(response) => return response,
        Ok(BrowserFlow::Live(flow)) => {
            match registration_state::current_step_of_registration(&shared.app, &flow) {
                Ok(Step::Credentials | Step::SendCode { .. })
                    if request.uri().query() == Some(CORRECTION_QUERY) =>
                {
                    registration_state::find_entered_registration_details(&flow)
                }
                Ok(step) => return redirect(&step.path()),
                Err(error) => return error_response(error),
            }
        }
        Ok(BrowserFlow::Ended(Ending::Completed)) => {
            return redirect_to_outcome_of_completed_flow(&shared, &page_context, PURPOSE).await;
        }
        Ok(BrowserFlow::Ended(_) | BrowserFlow::Blocked(_) | BrowserFlow::Missing) => None,
    };
    let (flash, had_flash_cookie) = (page_context.flash.clone(), page_context.had_flash_cookie());
    let challenge =
        create_captcha_challenge_of_form(&shared.app, &page_context.request_context, PURPOSE).await;
    let scripts = create_captcha_script_renderer(&shared, challenge.as_ref());
    let page = page_context.page_with_title(page_context.texts().register.title);
    let names = names.unwrap_or_else(|| {
        [Field::FullName, Field::Username, Field::Email].map(|field| flash.submitted_value(field))
    });
    let response = render_page(&shared, request, page, move || {
        view! {
            {are_cookies_blocked.then(|| render_flash_message(FlashMessage::CookiesBlocked))}
            {render_registration_details_view(names.clone(), challenge.clone(), scripts(), &flash.errors)}
        }
    })
    .await;
    let mut response = add_captcha_hosts_to_csp(&shared, response);
    if are_cookies_blocked {
        response = set_cookie_for_next_check(&shared.cookies, response);
    }
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the form of the first registration step.
///
/// `details` are full name, username and e-mail address. `scripts` are the CAPTCHA scripts.
pub fn render_registration_details_view(
    details: [String; 3],
    challenge: Option<String>,
    scripts: Option<AnyView>,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    let texts = page_texts();
    let [full_name, username, email] = details;
    view! {
        <section class="card">
            <h1>{texts.register.title}</h1>
            <RegistrationStepList current=0 />
            <RegisterForm full_name username email challenge errors=to_error_texts(errors) />
            {scripts}
            <p class="muted">
                {texts.register.already} <a href=routes::LOGIN>{texts.shared.sign_in.title}</a>
            </p>
        </section>
    }
}

/// Renders the page `/register/credentials`, the second registration step with password and phone number.
///
/// The page stays available until a code is sent, so that the user can correct a mistyped number.
pub async fn render_registration_credentials_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let flow = match page_context
        .find_verification_flow_of_browser(&shared, PURPOSE)
        .await
    {
        Err(response) => return response,
        Ok(flow) => flow,
    };
    if let Some(problem) = flow.reason_of_end(PURPOSE) {
        return redirect_with_reason_of_ended_flow(&shared, routes::REGISTER, problem, PURPOSE);
    }
    let (username, password_kept, number) = match flow {
        BrowserFlow::Ended(Ending::Completed) => {
            return redirect_to_outcome_of_completed_flow(&shared, &page_context, PURPOSE).await;
        }
        BrowserFlow::Ended(_) | BrowserFlow::Blocked(_) | BrowserFlow::Missing => {
            return redirect(&start_page_of_missing_registration(request.headers()));
        }
        BrowserFlow::Live(flow) => {
            match registration_state::current_step_of_registration(&shared.app, &flow) {
                Ok(Step::Credentials | Step::SendCode { .. }) => (
                    registration_state::username_of_registration_flow(&flow),
                    registration_state::has_registration_password_hash(&flow),
                    registration_state::find_phone_number_if_no_code_was_sent(&flow)
                        .unwrap_or_default(),
                ),
                Ok(step) => return redirect(&step.path()),
                Err(error) => return error_response(error),
            }
        }
    };
    let (flash, had_flash_cookie) = (page_context.flash.clone(), page_context.had_flash_cookie());
    let page = page_context.page_with_title(page_context.texts().register.credentials_title);
    let phone = match flash.submitted_value(Field::Phone) {
        typed if typed.is_empty() => number,
        typed => typed,
    };
    let typed = TypedNumber {
        number: &phone,
        country: &flash.submitted_value(Field::Country),
    };
    let choice = CountryChoice::with_phone_rules_of_server(&shared, typed);
    let response = render_page(&shared, request, page, move || {
        render_registration_credentials_view(
            username.clone(),
            password_kept,
            phone.clone(),
            choice.clone(),
            &flash.errors,
        )
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the form of the second registration step. `password_kept` says whether the flow already has a password.
pub fn render_registration_credentials_view(
    username: String,
    password_kept: bool,
    phone: String,
    choice: CountryChoice,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    view! {
        <section class="card">
            <h1>{page_texts().register.credentials_title}</h1>
            <RegistrationStepList current=1 />
            <CredentialsForm username password_kept phone errors=to_error_texts(errors)>
                <CountryField choice has_hint=true />
            </CredentialsForm>
            <div class="actions">
                <a href=path_to_correct_registration_details()>{page_texts().register.change_details}</a>
                <StartOverButton />
            </div>
        </section>
    }
}

/// Renders the page `/register/verify`, which sends a code to the phone number and then accepts the code.
pub async fn render_registration_verify_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let (step, number) = match page_context
        .find_verification_flow_of_browser(&shared, PURPOSE)
        .await
    {
        Err(response) => return response,
        Ok(BrowserFlow::Live(flow)) => {
            match registration_state::current_step_of_registration(&shared.app, &flow) {
                Ok(step @ (Step::SendCode { .. } | Step::EnterCode(_))) => (
                    step,
                    registration_state::find_phone_number_if_no_code_was_sent(&flow),
                ),
                Ok(step) => return redirect(&step.path()),
                Err(error) => return error_response(error),
            }
        }
        Ok(BrowserFlow::Blocked(problem)) => {
            return render_ended_flow_page(&shared, &page_context, request, problem, PURPOSE).await;
        }
        Ok(BrowserFlow::Ended(Ending::Completed)) => {
            return redirect_to_outcome_of_completed_flow(&shared, &page_context, PURPOSE).await;
        }
        Ok(BrowserFlow::Ended(ending)) => {
            let problem = verification::ended_flow_problem(PURPOSE, ending);
            return render_ended_flow_page(&shared, &page_context, request, problem, PURPOSE).await;
        }
        Ok(BrowserFlow::Missing) => {
            return redirect(&start_page_of_missing_registration(request.headers()));
        }
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().register.verify_title);
    let response = render_page(&shared, request, page, move || {
        let step = match step.clone() {
            Step::SendCode { hint, .. } => render_send_code_view(hint, number.clone(), &errors),
            step => render_code_form(step, &errors),
        };
        render_registration_verify_view(step)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the card of the third registration step.
///
/// `step` is the content of the card: the button that sends the code, or the code entry form.
pub fn render_registration_verify_view(step: AnyView) -> impl IntoView {
    view! {
        <section class="card">
            <h1>{page_texts().register.verify_title}</h1>
            <RegistrationStepList current=2 />
            {step}
        </section>
    }
}

/// Renders the button that sends the first code of a registration.
///
/// `full_number` is the unmasked phone number; `None` once a code was sent. The page then shows `hint`, the masked
/// number.
pub fn render_send_code_view(
    hint: PhoneHint,
    full_number: Option<String>,
    errors: &FormErrors,
) -> AnyView {
    let texts = page_texts();
    view! {
        <p class="lead">{render_text_with_emphasised_value(&texts.register.will_send, render_full_or_masked_phone_number(full_number, hint))}</p>
        <SendCodeForm purpose=PURPOSE errors=to_error_texts(errors) />
        <p class="hint">{texts.shared.methods.otp_hint}</p>
        <div class="actions">
            <a href=routes::REGISTER_CREDENTIALS>{texts.shared.actions.change_number}</a>
            <StartOverButton />
        </div>
    }
    .into_any()
}

/// Renders the full phone number before the first message is sent, and the masked number afterwards.
fn render_full_or_masked_phone_number(full_number: Option<String>, hint: PhoneHint) -> AnyView {
    match full_number {
        Some(number) => view! { <span class="number">{number}</span> }.into_any(),
        None => view! { <MaskedNumber hint /> }.into_any(),
    }
}

/// List of the registration steps, with the current one marked.
#[component]
fn RegistrationStepList(current: usize) -> impl IntoView {
    let items = page_texts()
        .register
        .steps
        .into_iter()
        .enumerate()
        .map(|(index, label)| view! { <li aria-current=(index == current).then_some("step")>{label}</li> })
        .collect_view();
    view! { <ol class="steps">{items}</ol> }
}

/// Button that cancels the registration.
#[component]
fn StartOverButton() -> impl IntoView {
    view! {
        <form method="post" action=server_fns::verification::CancelFlow::PATH>
            <input type="hidden" name="purpose" value=PURPOSE.as_str() />
            <FlowIdInput />
            <button type="submit" class="quiet">{page_texts().shared.actions.start_over}</button>
        </form>
    }
}
