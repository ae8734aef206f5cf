//! Gallery of the page with the code entry form in its states. The sign-in stands for all purposes.

use core::time::Duration;

use leptos::prelude::*;

use super::entry::{Section, page};
use super::samples::{NOW, USERNAME, authenticator_code, minutes, sent_code, sent_code_with};
use crate::web::pages::components::{code_card, code_card_with_delivery};
use crate::web::pages::ended::ended_view;
use crate::web::pages::login::verify_view;
use domain::routes::LOGIN_VERIFY;
use domain::{Channel, CodeEntry, CodeLength, Delivery, Field, FormErrors, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SignIn;

pub const CODE: Section = Section {
    title: "Code page",
    signed_in: false,
    entries: &[
        page("code-sent", "code just sent", LOGIN_VERIFY, |_| {
            let step = sent_code_with(PURPOSE, |sent| {
                sent.expires_at = NOW + minutes(5);
                sent.resend_at = NOW + Duration::from_secs(30);
            });
            code(step, &FormErrors::default())
        }),
        page(
            "code-resend",
            "another code can be requested",
            LOGIN_VERIFY,
            |_| code(sent(), &FormErrors::default()),
        ),
        page("code-delivered", "message delivered", LOGIN_VERIFY, |_| {
            delivery(sent(), Delivery::Delivered)
        }),
        page(
            "code-undelivered",
            "message not delivered",
            LOGIN_VERIFY,
            |_| {
                let step = sent_code_with(PURPOSE, |sent| sent.offer_call = true);
                delivery(step, Delivery::Undelivered)
            },
        ),
        page("code-call", "voice call", LOGIN_VERIFY, |_| {
            let step = sent_code_with(PURPOSE, |sent| sent.channel = Channel::Call);
            code(step, &FormErrors::default())
        }),
        page("code-wrong", "wrong code", LOGIN_VERIFY, |_| {
            code(
                sent(),
                &on_code(Problem::InvalidCode {
                    attempts_remaining: 3,
                }),
            )
        }),
        page(
            "code-last-attempt",
            "wrong code, one attempt left",
            LOGIN_VERIFY,
            |_| {
                code(
                    sent(),
                    &on_code(Problem::InvalidCode {
                        attempts_remaining: 1,
                    }),
                )
            },
        ),
        page("code-malformed", "too few digits", LOGIN_VERIFY, |_| {
            code(sent(), &on_code(Problem::MalformedCode { digits: 6 }))
        }),
        page(
            "code-too-many",
            "too many wrong codes",
            LOGIN_VERIFY,
            |_| code(sent(), &on_code(Problem::TooManyAttempts)),
        ),
        page(
            "code-low-time",
            "seconds before the end",
            LOGIN_VERIFY,
            |_| {
                let step = sent_code_with(PURPOSE, |sent| {
                    sent.expires_at = NOW + Duration::from_secs(29);
                });
                code(step, &FormErrors::default())
            },
        ),
        page("code-expired", "code expired", LOGIN_VERIFY, |_| {
            code(
                sent_code_with(PURPOSE, |sent| sent.expires_at = NOW),
                &FormErrors::default(),
            )
        }),
        page(
            "code-limit",
            "hourly limit of messages",
            LOGIN_VERIFY,
            |_| {
                let step = sent_code_with(PURPOSE, |sent| sent.resend_at = NOW + minutes(38));
                code(step, &FormErrors::default())
            },
        ),
        page(
            "code-not-checked",
            "provider does not answer",
            LOGIN_VERIFY,
            |_| code(sent(), &FormErrors::for_form(Problem::CouldNotVerify)),
        ),
        page("code-not-sent", "message not sent", LOGIN_VERIFY, |_| {
            code(sent(), &FormErrors::for_form(Problem::CouldNotSend))
        }),
        page(
            "code-ten-digits",
            "code of ten digits",
            LOGIN_VERIFY,
            |_| {
                let entry = CodeEntry {
                    length: CodeLength::new(10).unwrap_or(CodeLength::SIX),
                    ..sent_code(PURPOSE)
                };
                code(Step::EnterCode(entry), &FormErrors::default())
            },
        ),
        page(
            "code-authenticator",
            "authenticator app",
            LOGIN_VERIFY,
            |_| code(authenticator_code(PURPOSE), &FormErrors::default()),
        ),
        page(
            "code-authenticator-clock",
            "authenticator app, wrong clock",
            LOGIN_VERIFY,
            |_| {
                let problem = Problem::CodeOfAnotherTime {
                    attempts_remaining: 3,
                };
                code(authenticator_code(PURPOSE), &on_code(problem))
            },
        ),
        page("code-recovery", "recovery code", LOGIN_VERIFY, |_| {
            code(
                Step::EnterRecoveryCode { purpose: PURPOSE },
                &FormErrors::default(),
            )
        }),
        page(
            "code-recovery-wrong",
            "wrong recovery code",
            LOGIN_VERIFY,
            |_| {
                let step = Step::EnterRecoveryCode { purpose: PURPOSE };
                code(step, &on_code(Problem::RecoveryCodeWrong))
            },
        ),
        page("code-held", "account held", LOGIN_VERIFY, |_| {
            ended_view(&Problem::FactorHeld { secs: 7_200 }, PURPOSE).into_any()
        }),
        page("code-ended", "ended, after a reload", LOGIN_VERIFY, |_| {
            ended_view(&Problem::TooManyAttempts, PURPOSE).into_any()
        }),
        page(
            "code-sign-in-over",
            "sign-in took too long",
            LOGIN_VERIFY,
            |_| ended_view(&Problem::FlowEnded, PURPOSE).into_any(),
        ),
    ],
};

/// Returns the sample step of a code sent by SMS.
fn sent() -> Step {
    sent_code_with(PURPOSE, |_| ())
}

/// Returns form errors with one problem of the code field.
fn on_code(problem: Problem) -> FormErrors {
    FormErrors::for_field(Field::Code, problem)
}

/// Renders the sample page `/login/verify` with this step and these errors.
fn code(step: Step, errors: &FormErrors) -> AnyView {
    verify(code_card(step, errors))
}

/// Renders the sample page `/login/verify` with this delivery status.
fn delivery(step: Step, delivery: Delivery) -> AnyView {
    verify(code_card_with_delivery(
        step,
        &FormErrors::default(),
        Some(delivery),
    ))
}

/// Renders the sample page `/login/verify` around a code entry form.
fn verify(code_entry: AnyView) -> AnyView {
    verify_view(code_entry, Some(USERNAME.to_owned()), true).into_any()
}
