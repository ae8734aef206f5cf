//! The page that proves an e-mail address with a mailed code.

use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::{BackToProfileLink, format_code_expiry_and_resend_times};
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::email_proof::{self, EmailProofState};
use crate::auth::purposes::email_proof::create_email_proof_id;
use crate::config::EmailVerification;
use crate::web::islands::{
    EMAIL_CODE_SENT_TO, EmailCodeForm, format_countdown, render_text_with_emphasised_value,
};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{add_times_script, page_texts, render_page, to_error_texts};
use domain::{Field, FormErrors, Problem, Timestamp, routes};

/// Renders the page `/verify-email`, which sends a code to an e-mail address and accepts the code.
///
/// The address is the current or the new address of the account.
pub async fn render_verify_email_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let account = signed_in.account;
    if shared.app.policy.email == EmailVerification::Unavailable {
        return redirect(routes::PROFILE);
    }
    let must_prove = shared.app.must_prove_email(&account);
    let stage = match email_proof::find_email_proof_state(&shared.app, &account.id).await {
        Ok(EmailProofState::Missing) if account.email_verified => {
            return redirect(routes::PROFILE);
        }
        Ok(EmailProofState::Missing) => EmailProofStage::BeforeCode(account.email.clone()),
        Ok(EmailProofState::Pending(proof)) => {
            match email_proof::find_time_of_next_email_code(&shared.app, &account.id).await {
                Ok(resend_at) => EmailProofStage::CodeSent(MailedCode {
                    address: proof.email,
                    now: shared.app.now(),
                    expires_at: proof.expires_at,
                    resend_at,
                }),
                Err(error) => return error_response(error.into()),
            }
        }
        Ok(EmailProofState::Ended(proof, problem)) => EmailProofStage::Ended {
            problem,
            changes_address: account.email_verified || proof.email != account.email,
        },
        Err(error) => return error_response(error.into()),
    };
    let address = match &stage {
        EmailProofStage::BeforeCode(address)
        | EmailProofStage::CodeSent(MailedCode { address, .. }) => address,
        EmailProofStage::Ended { .. } => &account.email,
    };
    let proof_id = create_email_proof_id(&shared.app, &account.id, address)
        .map_or_else(String::new, |id| id.as_str().to_owned());
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let flash_message = page_context.flash_message_renderer();
    let page = page_context.page_with_title(page_context.texts().email.verify_title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_verify_email_view(stage.clone(), &proof_id, must_prove, &errors)}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Stage of the proof of an e-mail address.
#[derive(Clone)]
pub enum EmailProofStage {
    /// No code is pending. The page can send one to this address.
    BeforeCode(String),
    /// A code was sent, and is accepted.
    CodeSent(MailedCode),
    /// The code is not accepted any more.
    Ended {
        /// The code has expired, or too many wrong codes were entered.
        problem: Problem,
        /// Whether the code was sent to an address other than that of the account. The user then begins the change of
        /// the address again; otherwise the page sends another code.
        changes_address: bool,
    },
}

/// Code that was sent by mail. Times are by the server's clock.
#[derive(Clone)]
pub struct MailedCode {
    pub address: String,
    /// The time at which the page is rendered.
    pub now: Timestamp,
    pub expires_at: Timestamp,
    /// The earliest time at which the user can request another code.
    pub resend_at: Timestamp,
}

/// Renders the current stage of the proof of an e-mail address.
///
/// That is the button that sends a code, the form that accepts the code, or the reason why the code is no longer
/// accepted.
///
/// `proof_id` identifies the account and the address in the forms. `must_verify_email` says whether the user must
/// verify an address before other pages open.
pub fn render_verify_email_view(
    stage: EmailProofStage,
    proof_id: &str,
    must_verify_email: bool,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    let (labels, texts) = (&page_texts().shared.actions, &page_texts().email);
    let proof_id = proof_id.to_owned();
    let content = match stage {
        EmailProofStage::CodeSent(code) => view! {
            <p class="lead" id=EMAIL_CODE_SENT_TO>
                {render_text_with_emphasised_value(&texts.sent_to, code.address.clone())}
            </p>
            <EmailCodeForm proof_id=proof_id.clone() errors=to_error_texts(errors) />
            <MailedCodeTimes code proof_id />
            <EmailProofLinks must_verify_email />
        }
        .into_any(),
        EmailProofStage::BeforeCode(address) => view! {
            <p class="lead">{render_text_with_emphasised_value(&texts.will_send, address)}</p>
            {render_first_problem(errors)}
            <EmailCodeRequestForm proof_id />
            <EmailProofLinks must_verify_email />
        }
        .into_any(),
        EmailProofStage::Ended {
            problem,
            changes_address,
        } => {
            let text = text_of_ended_email_proof(&problem, errors);
            let way_on = if changes_address {
                view! {
                    <p class="actions">
                        <a class="button" href=routes::PROFILE_EMAIL autofocus aria-describedby=END>
                            {labels.start_again}
                        </a>
                    </p>
                }
                .into_any()
            } else {
                view! {
                    <EmailCodeRequestForm proof_id after_end=true />
                    <EmailProofLinks must_verify_email />
                }
                .into_any()
            };
            view! {
                <div class="notice error" role="alert" id=END>{text}</div>
                {way_on}
            }
            .into_any()
        }
    };
    view! {
        <section class="card task">
            <h1>{texts.verify_title}</h1>
            {content}
        </section>
    }
}

/// HTML `id` of the message that the mailed code is not accepted any more.
const END: &str = "end";

/// Returns the message that replaces the code field after the code has ended.
///
/// After a refused request for another code, the message says why the server refused.
fn text_of_ended_email_proof(problem: &Problem, errors: &FormErrors) -> String {
    let texts = page_texts();
    match errors.first_problem_of(Field::Form) {
        Some(refused) => (texts.problem)(refused),
        None if *problem == Problem::CodeExpired => texts.email.code_expired.to_owned(),
        None => (texts.problem)(problem),
    }
}

/// Time left of a mailed code, and "Resend" with the time until it can be pressed.
///
/// `public/times.js` counts down, and reloads the page when the code expires. Without scripts, a sentence states the
/// times.
#[component]
fn MailedCodeTimes(
    code: MailedCode,
    /// Identifies the account and the address that the page shows.
    proof_id: String,
) -> impl IntoView {
    add_times_script();
    let (texts, actions) = (&page_texts().shared.code, &page_texts().shared.actions);
    let left = code.expires_at.secs_since(code.now);
    let wait = Some(code.resend_at.secs_since(code.now)).filter(|secs| *secs > 0);
    let note = wait.map(|secs| texts.resend_in.fill_placeholder(format_countdown(secs)));
    let times = format_code_expiry_and_resend_times(code.now, code.expires_at, code.resend_at);
    view! {
        <p class="countdown" translate="no" data-clock=left>
            {texts.expires_in.fill_placeholder(format_countdown(left))}
        </p>
        <div class="actions ways">
            <span class="muted">{texts.not_arrived}</span>
            <div class="row">
                <form method="post" action=server_fns::email::SendEmailCode::PATH>
                    <input type="hidden" name="proof_id" value=proof_id />
                    <button type="submit" class="quiet" disabled=wait.is_some()>
                        {actions.resend}
                    </button>
                </form>
                <span class="muted" translate="no" data-wait=wait>
                    {note}
                </span>
            </div>
        </div>
        <p class="hint without-script">{times}</p>
    }
}

/// Form with one button that sends a code to the e-mail address.
#[component]
fn EmailCodeRequestForm(
    /// Identifies the account and the address that the page shows.
    proof_id: String,
    /// Whether the button follows the message that the code is not accepted any more. It then has the focus.
    #[prop(optional)]
    after_end: bool,
) -> impl IntoView {
    let described_by = after_end.then_some(END);
    view! {
        <form class="actions" method="post" action=server_fns::email::SendEmailCode::PATH>
            <input type="hidden" name="proof_id" value=proof_id />
            <button type="submit" class="primary" autofocus=after_end aria-describedby=described_by>
                {page_texts().shared.actions.send_verification_code}
            </button>
        </form>
    }
}

/// Links to the page on which the user enters another e-mail address, and to the profile if that page is open.
#[component]
fn EmailProofLinks(must_verify_email: bool) -> impl IntoView {
    view! {
        <p class="actions">
            <a href=routes::PROFILE_EMAIL>{page_texts().email.other_address}</a>
            {(!must_verify_email).then(|| view! { <BackToProfileLink /> })}
        </p>
    }
}

/// Renders the first error of a form that has no input fields.
fn render_first_problem(errors: &FormErrors) -> Option<AnyView> {
    let problem = &errors.problems.first()?.problem;
    let text = (page_texts().problem)(problem);
    Some(view! { <div class="notice error" role="alert">{text}</div> }.into_any())
}
