//! Gallery of the messages that a page shows after an action, and of recovery codes outside the sign-in.

use leptos::prelude::*;

use super::entry::{Section, page_entry};
use super::samples::{
    ALL_FACTORS, NOW, sample_account, sample_payment_in_state, sample_phone_hint,
    sample_recovery_code_step, sample_sessions, sample_step_up,
};
use crate::http::cookies::Flash;
use crate::store::payments::PaymentState;
use crate::web::pages::components::render_form_error;
use crate::web::pages::notice::render_flash_message;
use crate::web::pages::payments::{NextPaymentStep, render_payment_view};
use crate::web::pages::phone::{PhoneStage, render_phone_view};
use crate::web::pages::profile::render_profile_view;
use crate::web::pages::sessions::render_sessions_view;
use crate::web::pages::step_up::StepUpStage;
use domain::routes::{PAYMENTS_CURRENT, PROFILE, PROFILE_PHONE, PROFILE_SESSIONS};
use domain::{FlashMessage, FormErrors, Problem, ProtectedArea, Purpose};

pub const NOTICES: Section = Section {
    title: "Messages after an action",
    signed_in: true,
    entries: &[
        page_entry("notice-password", "password changed", PROFILE, |_| {
            render_sample_profile_with_notice(FlashMessage::PasswordChanged)
        }),
        page_entry("notice-email", "e-mail address changed", PROFILE, |_| {
            render_sample_profile_with_notice(FlashMessage::EmailChanged)
        }),
        page_entry(
            "notice-email-proof",
            "e-mail address confirmed",
            PROFILE,
            |_| render_sample_profile_with_notice(FlashMessage::EmailVerified),
        ),
        page_entry("notice-names", "names changed", PROFILE, |_| {
            render_sample_profile_with_notice(FlashMessage::NamesChanged)
        }),
        page_entry("notice-account-kept", "account kept", PROFILE, |_| {
            render_sample_profile_with_notice(FlashMessage::DeletionWithdrawn)
        }),
        page_entry("notice-session", "session ended", PROFILE_SESSIONS, |_| {
            view! {
                {render_flash_message(FlashMessage::SessionEnded)}
                {render_sessions_view(sample_sessions(), NOW)}
            }
            .into_any()
        }),
        page_entry(
            "notice-step-up-over",
            "step-up finished in another tab",
            PROFILE,
            |_| {
                view! {
                    {render_form_error(&FormErrors::for_form(Problem::FlowEnded))}
                    {render_profile_view(sample_account(), ALL_FACTORS, true)}
                }
                .into_any()
            },
        ),
    ],
};

pub const RECOVERY_CODE_ENTRY: Section = Section {
    title: "Recovery codes outside the sign-in",
    signed_in: true,
    entries: &[
        page_entry(
            "step-up-recovery",
            "step-up, recovery code",
            PROFILE_PHONE,
            |_| {
                let stage = StepUpStage::Factor(sample_recovery_code_step(Purpose::StepUp));
                let gate = sample_step_up(ProtectedArea::Phone, stage, FormErrors::default());
                let hint = Some(sample_phone_hint());
                render_phone_view(hint, PhoneStage::StepUp(gate), &Flash::default()).into_any()
            },
        ),
        page_entry(
            "payment-recovery",
            "payment, recovery code",
            PAYMENTS_CURRENT,
            |_| {
                let step = sample_recovery_code_step(Purpose::Payment);
                render_payment_view(
                    sample_payment_in_state(PaymentState::Pending),
                    NextPaymentStep::Step(step),
                    FormErrors::default(),
                )
                .into_any()
            },
        ),
    ],
};

/// Renders the page `/profile` with sample data below a success message.
fn render_sample_profile_with_notice(message: FlashMessage) -> AnyView {
    view! {
        {render_flash_message(message)}
        {render_profile_view(sample_account(), ALL_FACTORS, true)}
    }
    .into_any()
}
