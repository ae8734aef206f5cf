//! Gallery of the page with the code entry form in its states. The sign-in stands for all purposes.

use core::time::Duration;

use leptos::prelude::*;

use super::entry::{Section, page_entry};
use super::samples::{
    NOW, USERNAME, duration_of_minutes, sample_authenticator_step, sample_code_entry,
    sample_code_step_with_sent_message, sample_recovery_code_step,
};
use crate::web::pages::components::{render_code_form, render_code_form_with_delivery_status};
use crate::web::pages::ended::render_ended_flow_view;
use crate::web::pages::login::render_sign_in_verify_view;
use domain::routes::LOGIN_VERIFY;
use domain::{Channel, CodeEntry, CodeLength, Delivery, Field, FormErrors, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SignIn;

pub const CODE: Section = Section {
    title: "Code page",
    signed_in: false,
    entries: &[
        page_entry("code-sent", "code just sent", LOGIN_VERIFY, |_| {
            let step = sample_code_step_with_sent_message(PURPOSE, |sent| {
                sent.expires_at = NOW + duration_of_minutes(5);
                sent.resend_at = NOW + Duration::from_secs(30);
            });
            render_sample_code_step(step, &FormErrors::default())
        }),
        page_entry(
            "code-resend",
            "another code can be requested",
            LOGIN_VERIFY,
            |_| render_sample_code_step(sample_step_after_code_was_sent(), &FormErrors::default()),
        ),
        page_entry("code-delivered", "message delivered", LOGIN_VERIFY, |_| {
            render_sample_delivery_status(sample_step_after_code_was_sent(), Delivery::Delivered)
        }),
        page_entry(
            "code-undelivered",
            "message not delivered",
            LOGIN_VERIFY,
            |_| {
                let step =
                    sample_code_step_with_sent_message(PURPOSE, |sent| sent.offer_call = true);
                render_sample_delivery_status(step, Delivery::Undelivered)
            },
        ),
        page_entry("code-call", "voice call", LOGIN_VERIFY, |_| {
            let step =
                sample_code_step_with_sent_message(PURPOSE, |sent| sent.channel = Channel::Call);
            render_sample_code_step(step, &FormErrors::default())
        }),
        page_entry("code-wrong", "wrong code", LOGIN_VERIFY, |_| {
            render_sample_code_step(
                sample_step_after_code_was_sent(),
                &code_field_errors(Problem::InvalidCode {
                    attempts_remaining: 3,
                }),
            )
        }),
        page_entry(
            "code-last-attempt",
            "wrong code, one attempt left",
            LOGIN_VERIFY,
            |_| {
                render_sample_code_step(
                    sample_step_after_code_was_sent(),
                    &code_field_errors(Problem::InvalidCode {
                        attempts_remaining: 1,
                    }),
                )
            },
        ),
        page_entry("code-malformed", "too few digits", LOGIN_VERIFY, |_| {
            render_sample_code_step(
                sample_step_after_code_was_sent(),
                &code_field_errors(Problem::MalformedCode { digits: 6 }),
            )
        }),
        page_entry(
            "code-too-many",
            "too many wrong codes",
            LOGIN_VERIFY,
            |_| {
                render_sample_code_step(
                    sample_step_after_code_was_sent(),
                    &code_field_errors(Problem::TooManyAttempts),
                )
            },
        ),
        page_entry(
            "code-low-time",
            "seconds before the end",
            LOGIN_VERIFY,
            |_| {
                let step = sample_code_step_with_sent_message(PURPOSE, |sent| {
                    sent.expires_at = NOW + Duration::from_secs(29);
                });
                render_sample_code_step(step, &FormErrors::default())
            },
        ),
        page_entry("code-expired", "code expired", LOGIN_VERIFY, |_| {
            render_sample_code_step(
                sample_code_step_with_sent_message(PURPOSE, |sent| sent.expires_at = NOW),
                &FormErrors::default(),
            )
        }),
        page_entry(
            "code-limit",
            "hourly limit of messages",
            LOGIN_VERIFY,
            |_| {
                let step = sample_code_step_with_sent_message(PURPOSE, |sent| {
                    sent.resend_at = NOW + duration_of_minutes(38);
                });
                render_sample_code_step(step, &FormErrors::default())
            },
        ),
        page_entry(
            "code-not-checked",
            "provider does not answer",
            LOGIN_VERIFY,
            |_| {
                render_sample_code_step(
                    sample_step_after_code_was_sent(),
                    &FormErrors::for_form(Problem::CouldNotVerify),
                )
            },
        ),
        page_entry("code-not-sent", "message not sent", LOGIN_VERIFY, |_| {
            render_sample_code_step(
                sample_step_after_code_was_sent(),
                &FormErrors::for_form(Problem::CouldNotSend),
            )
        }),
        page_entry(
            "code-ten-digits",
            "code of ten digits",
            LOGIN_VERIFY,
            |_| {
                let entry = CodeEntry {
                    length: CodeLength::new(10).unwrap_or(CodeLength::SIX),
                    ..sample_code_entry(PURPOSE)
                };
                render_sample_code_step(Step::EnterCode(entry), &FormErrors::default())
            },
        ),
        page_entry(
            "code-authenticator",
            "authenticator app",
            LOGIN_VERIFY,
            |_| render_sample_code_step(sample_authenticator_step(PURPOSE), &FormErrors::default()),
        ),
        page_entry(
            "code-authenticator-clock",
            "authenticator app, wrong clock",
            LOGIN_VERIFY,
            |_| {
                let problem = Problem::CodeOfAnotherTime {
                    attempts_remaining: 3,
                };
                render_sample_code_step(
                    sample_authenticator_step(PURPOSE),
                    &code_field_errors(problem),
                )
            },
        ),
        page_entry("code-recovery", "recovery code", LOGIN_VERIFY, |_| {
            render_sample_code_step(sample_recovery_code_step(PURPOSE), &FormErrors::default())
        }),
        page_entry(
            "code-recovery-wrong",
            "wrong recovery code",
            LOGIN_VERIFY,
            |_| {
                let step = sample_recovery_code_step(PURPOSE);
                render_sample_code_step(step, &code_field_errors(Problem::RecoveryCodeWrong))
            },
        ),
        page_entry("code-held", "second factor held", LOGIN_VERIFY, |_| {
            render_ended_flow_view(&Problem::FactorHeld { secs: 7_200 }, PURPOSE).into_any()
        }),
        page_entry("code-ended", "ended, after a reload", LOGIN_VERIFY, |_| {
            render_ended_flow_view(&Problem::TooManyAttempts, PURPOSE).into_any()
        }),
        page_entry(
            "code-sign-in-over",
            "sign-in took too long",
            LOGIN_VERIFY,
            |_| render_ended_flow_view(&Problem::FlowEnded, PURPOSE).into_any(),
        ),
    ],
};

/// Returns the step of a sample sign-in in which the user enters an SMS code.
fn sample_step_after_code_was_sent() -> Step {
    sample_code_step_with_sent_message(PURPOSE, |_| ())
}

/// Returns form errors that show this problem at the code field.
fn code_field_errors(problem: Problem) -> FormErrors {
    FormErrors::for_field(Field::Code, problem)
}

/// Renders the page `/login/verify` with sample data, the form for this step, and these errors.
fn render_sample_code_step(step: Step, errors: &FormErrors) -> AnyView {
    render_sample_code_page(render_code_form(step, errors))
}

/// Renders the page `/login/verify` with sample data and this delivery status of the code.
fn render_sample_delivery_status(step: Step, delivery: Delivery) -> AnyView {
    render_sample_code_page(render_code_form_with_delivery_status(
        step,
        &FormErrors::default(),
        Some(delivery),
    ))
}

/// Renders the page `/login/verify` with sample data around a code entry form.
fn render_sample_code_page(code_entry: AnyView) -> AnyView {
    render_sign_in_verify_view(code_entry, Some(USERNAME.to_owned()), true).into_any()
}
