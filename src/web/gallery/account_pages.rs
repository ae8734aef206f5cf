//! Gallery of the dashboard, the profile and the settings pages.

use leptos::prelude::*;

use super::entry::{Section, page_entry};
use super::samples::{
    ALL_FACTORS, EMAIL, NOW, PHONE_ONLY, sample_account, sample_authenticator_step,
    sample_code_step_with_sent_message, sample_country_choice, sample_current_session,
    sample_enrolment_time, sample_factor_methods, sample_history, sample_last_sign_in,
    sample_new_recovery_codes, sample_payments, sample_phone_hint, sample_recovery_code_set,
    sample_sessions, sample_step_up, second_sample_phone_hint,
};
use crate::http::cookies::Flash;
use crate::web::pages::account_details::AccountDetails;
use crate::web::pages::authenticator::{AuthenticatorStage, NewSecret, render_authenticator_view};
use crate::web::pages::dashboard::{Overview, render_dashboard_view};
use crate::web::pages::history::render_history_view;
use crate::web::pages::notice::render_flash_message;
use crate::web::pages::phone::{PhoneStage, render_phone_view};
use crate::web::pages::profile::render_profile_view;
use crate::web::pages::recovery_codes::{
    render_new_recovery_codes_view, render_recovery_codes_view,
};
use crate::web::pages::second_factors::SecondFactors;
use crate::web::pages::sessions::render_sessions_view;
use crate::web::pages::step_up::StepUpStage;
use domain::routes::{
    DASHBOARD, PROFILE, PROFILE_AUTHENTICATOR, PROFILE_HISTORY, PROFILE_PHONE,
    PROFILE_RECOVERY_CODES, PROFILE_SESSIONS,
};
use domain::{Field, FlashMessage, FormErrors, Problem, ProtectedArea, Purpose, Step};

pub const ACCOUNT: Section = Section {
    title: "Account",
    signed_in: true,
    entries: &[
        page_entry("dashboard", "everything set up", DASHBOARD, |_| {
            render_dashboard_view(sample_account(), sample_dashboard_overview()).into_any()
        }),
        page_entry(
            "dashboard-incomplete",
            "only a phone, no payments",
            DASHBOARD,
            |_| {
                let overview = Overview {
                    factors: PHONE_ONLY,
                    last_sign_in: None,
                    payments: Vec::new(),
                    ..sample_dashboard_overview()
                };
                render_dashboard_view(sample_account_with_unverified_email(), overview).into_any()
            },
        ),
        page_entry(
            "dashboard-few-codes",
            "few recovery codes",
            DASHBOARD,
            |_| {
                let factors = SecondFactors {
                    recovery_codes: 2,
                    ..ALL_FACTORS
                };
                render_dashboard_view(
                    sample_account(),
                    Overview {
                        factors,
                        ..sample_dashboard_overview()
                    },
                )
                .into_any()
            },
        ),
        page_entry(
            "dashboard-warning",
            "wrong codes before the sign-in",
            DASHBOARD,
            |_| {
                let overview = Overview {
                    failures: Some(4),
                    ..sample_dashboard_overview()
                };
                render_dashboard_view(sample_account(), overview).into_any()
            },
        ),
        page_entry(
            "dashboard-lost-phone",
            "phone reported lost",
            DASHBOARD,
            |_| {
                let overview = Overview {
                    is_phone_reported_lost: true,
                    ..sample_dashboard_overview()
                };
                render_dashboard_view(sample_account(), overview).into_any()
            },
        ),
        page_entry("profile", "everything set up", PROFILE, |_| {
            render_profile_view(sample_account(), ALL_FACTORS, true).into_any()
        }),
        page_entry(
            "profile-unverified",
            "e-mail address not confirmed",
            PROFILE,
            |_| {
                render_profile_view(sample_account_with_unverified_email(), PHONE_ONLY, true)
                    .into_any()
            },
        ),
        page_entry(
            "profile-without-mail",
            "server without mail",
            PROFILE,
            |_| {
                render_profile_view(sample_account_with_unverified_email(), PHONE_ONLY, false)
                    .into_any()
            },
        ),
        page_entry(
            "profile-phone-changed",
            "phone number changed",
            PROFILE,
            |_| {
                view! {
                    {render_flash_message(FlashMessage::PhoneChanged)}
                    {render_profile_view(sample_account(), ALL_FACTORS, true)}
                }
                .into_any()
            },
        ),
        page_entry("history", "history", PROFILE_HISTORY, |_| {
            render_history_view(sample_history(), true, Some("1".to_owned())).into_any()
        }),
        page_entry(
            "history-last",
            "history, last page",
            PROFILE_HISTORY,
            |_| render_history_view(sample_history(), false, None).into_any(),
        ),
        page_entry("sessions", "sessions", PROFILE_SESSIONS, |_| {
            render_sessions_view(sample_sessions(), NOW).into_any()
        }),
        page_entry("sessions-one", "one session", PROFILE_SESSIONS, |_| {
            view! {
                {render_flash_message(FlashMessage::SessionsEnded)}
                {render_sessions_view(vec![sample_current_session()], NOW)}
            }
            .into_any()
        }),
    ],
};

pub const PHONE: Section = Section {
    title: "Phone number",
    signed_in: true,
    entries: &[
        page_entry("phone-new-number", "new number", PROFILE_PHONE, |_| {
            render_sample_phone_page(
                PhoneStage::NewNumber(sample_country_choice("US")),
                FormErrors::default(),
            )
        }),
        page_entry(
            "phone-unchanged",
            "same number as before",
            PROFILE_PHONE,
            |_| {
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneUnchanged);
                render_sample_phone_page(PhoneStage::NewNumber(sample_country_choice("GB")), errors)
            },
        ),
        page_entry("phone-code", "code", PROFILE_PHONE, |_| {
            let step = sample_code_step_with_sent_message(Purpose::PhoneChange, |sent| {
                sent.hint = second_sample_phone_hint();
            });
            render_sample_phone_page(PhoneStage::InProgress(step), FormErrors::default())
        }),
        page_entry("phone-confirm", "confirmation", PROFILE_PHONE, |_| {
            let step = Step::ConfirmPhone {
                hint: second_sample_phone_hint(),
            };
            render_sample_phone_page(PhoneStage::InProgress(step), FormErrors::default())
        }),
        page_entry("phone-refused", "changed today", PROFILE_PHONE, |_| {
            render_sample_phone_page(
                PhoneStage::Refused(Problem::Cooling { secs: 50_000 }),
                FormErrors::default(),
            )
        }),
        page_entry("step-up", "step-up, password", PROFILE_PHONE, |_| {
            render_sample_phone_page_with_step_up(StepUpStage::Password, FormErrors::default())
        }),
        page_entry(
            "step-up-wrong",
            "step-up, wrong password",
            PROFILE_PHONE,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordWrong);
                render_sample_phone_page_with_step_up(StepUpStage::Password, errors)
            },
        ),
        page_entry("step-up-over", "step-up, expired", PROFILE_PHONE, |_| {
            let errors = FormErrors::for_form(Problem::FlowEnded);
            render_sample_phone_page_with_step_up(StepUpStage::Password, errors)
        }),
        page_entry("step-up-method", "step-up, method", PROFILE_PHONE, |_| {
            let step = Step::ChooseMethod {
                purpose: Purpose::StepUp,
                methods: sample_factor_methods(true),
            };
            render_sample_phone_page_with_step_up(StepUpStage::Factor(step), FormErrors::default())
        }),
        page_entry("step-up-code", "step-up, code", PROFILE_PHONE, |_| {
            let step = sample_authenticator_step(Purpose::StepUp);
            render_sample_phone_page_with_step_up(StepUpStage::Factor(step), FormErrors::default())
        }),
        page_entry(
            "step-up-held",
            "step-up, second factor held",
            PROFILE_PHONE,
            |_| {
                let held = Problem::FactorHeld { secs: 3_600 };
                render_sample_phone_page_with_step_up(
                    StepUpStage::Held(held),
                    FormErrors::default(),
                )
            },
        ),
    ],
};

pub const FACTORS: Section = Section {
    title: "Authenticator app and recovery codes",
    signed_in: true,
    entries: &[
        page_entry("authenticator", "not set up", PROFILE_AUTHENTICATOR, |_| {
            render_authenticator_view(AuthenticatorStage::None, FormErrors::default()).into_any()
        }),
        page_entry(
            "authenticator-set-up",
            "set-up",
            PROFILE_AUTHENTICATOR,
            |_| {
                render_authenticator_view(
                    AuthenticatorStage::Pending(sample_authenticator_secret(false)),
                    FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry(
            "authenticator-wrong-code",
            "set-up, wrong code",
            PROFILE_AUTHENTICATOR,
            |_| {
                let problem = Problem::InvalidCode {
                    attempts_remaining: 4,
                };
                let errors = FormErrors::for_field(Field::Code, problem);
                render_authenticator_view(
                    AuthenticatorStage::Pending(sample_authenticator_secret(false)),
                    errors,
                )
                .into_any()
            },
        ),
        page_entry(
            "authenticator-replace",
            "replacement",
            PROFILE_AUTHENTICATOR,
            |_| {
                render_authenticator_view(
                    AuthenticatorStage::Pending(sample_authenticator_secret(true)),
                    FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry("authenticator-on", "set up", PROFILE_AUTHENTICATOR, |_| {
            view! {
                {render_flash_message(FlashMessage::AuthenticatorAdded)}
                {render_authenticator_view(sample_existing_app_stage(false), FormErrors::default())}
            }
            .into_any()
        }),
        page_entry(
            "authenticator-remove",
            "removal",
            PROFILE_AUTHENTICATOR,
            |_| {
                render_authenticator_view(sample_existing_app_stage(true), FormErrors::default())
                    .into_any()
            },
        ),
        page_entry("recovery-codes", "no codes", PROFILE_RECOVERY_CODES, |_| {
            render_recovery_codes_view(None, None, false, FormErrors::default()).into_any()
        }),
        page_entry(
            "recovery-codes-left",
            "some codes used",
            PROFILE_RECOVERY_CODES,
            |_| {
                render_recovery_codes_view(
                    None,
                    Some(sample_recovery_code_set()),
                    false,
                    FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry(
            "recovery-codes-replace",
            "replacement",
            PROFILE_RECOVERY_CODES,
            |_| {
                render_recovery_codes_view(
                    None,
                    Some(sample_recovery_code_set()),
                    true,
                    FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry(
            "recovery-codes-new",
            "new codes",
            PROFILE_RECOVERY_CODES,
            |_| render_new_recovery_codes_view(&sample_new_recovery_codes()).into_any(),
        ),
    ],
};

/// Returns sample content of the dashboard.
fn sample_dashboard_overview() -> Overview {
    Overview {
        is_payment_held: false,
        factors: ALL_FACTORS,
        last_sign_in: Some(sample_last_sign_in()),
        failures: None,
        payments: sample_payments(),
        can_prove_email: true,
        is_phone_reported_lost: false,
    }
}

/// Returns a sample account whose e-mail address is not verified.
fn sample_account_with_unverified_email() -> AccountDetails {
    AccountDetails {
        email_verified: false,
        ..sample_account()
    }
}

/// Renders the page `/profile/phone` with sample data, at one stage of a phone change.
fn render_sample_phone_page(stage: PhoneStage, errors: FormErrors) -> AnyView {
    let flash = Flash {
        errors,
        ..Flash::default()
    };
    render_phone_view(Some(sample_phone_hint()), stage, &flash).into_any()
}

/// Renders the page `/profile/phone` with sample data and the step-up authentication.
fn render_sample_phone_page_with_step_up(stage: StepUpStage, errors: FormErrors) -> AnyView {
    let gate = sample_step_up(ProtectedArea::Phone, stage, errors);
    render_sample_phone_page(PhoneStage::StepUp(gate), FormErrors::default())
}

/// Returns a sample secret for an authenticator app.
///
/// `replaces_existing_app` says whether the account already has an app.
fn sample_authenticator_secret(replaces_existing_app: bool) -> NewSecret {
    const SECRET: &str = "SAMPLESECRETSAMPLESECRETSAMPLESE";
    let groups: Vec<&str> = (0..SECRET.len())
        .step_by(4)
        .map(|at| &SECRET[at..at + 4])
        .collect();
    NewSecret {
        uri: format!(
            "otpauth://totp/Sallyport:{EMAIL}?secret={SECRET}&issuer=Sallyport&algorithm=SHA1&digits=6&period=30"
        ),
        key: groups.join(" "),
        replaces: replaces_existing_app,
    }
}

/// Returns the stage of the sample authenticator page for an account with an authenticator app.
///
/// `is_removal_dialog_open` says whether the dialog that removes the app is open.
fn sample_existing_app_stage(is_removal_dialog_open: bool) -> AuthenticatorStage {
    AuthenticatorStage::Enrolled {
        since: sample_enrolment_time(),
        removing: is_removal_dialog_open,
    }
}
