//! Gallery of the dashboard, the profile and the settings pages.

use leptos::prelude::*;

use super::entry::{Section, page};
use super::samples::{
    ALL_FACTORS, EMAIL, NOW, PHONE_ONLY, account, authenticator_code, code_set, countries,
    enrolment, hint, history, last_sign_in, methods, new_codes, other_hint, payments,
    sent_code_with, sessions, step_up, this_session,
};
use crate::http::cookies::Flash;
use crate::web::pages::account_details::AccountDetails;
use crate::web::pages::authenticator::{NewSecret, Stage, authenticator_view};
use crate::web::pages::dashboard::{Overview, dashboard_view};
use crate::web::pages::history::history_view;
use crate::web::pages::page_context::success_notice;
use crate::web::pages::phone::{Stage as PhoneStage, phone_view};
use crate::web::pages::profile::profile_view;
use crate::web::pages::recovery_codes::{new_codes_view, overview_view};
use crate::web::pages::second_factors::SecondFactors;
use crate::web::pages::sessions::sessions_view;
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
        page("dashboard", "everything set up", DASHBOARD, |_| {
            dashboard_view(account(), overview()).into_any()
        }),
        page(
            "dashboard-incomplete",
            "only a phone, no payments",
            DASHBOARD,
            |_| {
                let overview = Overview {
                    factors: PHONE_ONLY,
                    last_sign_in: None,
                    payments: Vec::new(),
                    ..overview()
                };
                dashboard_view(unproven(), overview).into_any()
            },
        ),
        page(
            "dashboard-few-codes",
            "few recovery codes",
            DASHBOARD,
            |_| {
                let factors = SecondFactors {
                    recovery_codes: 2,
                    ..ALL_FACTORS
                };
                dashboard_view(
                    account(),
                    Overview {
                        factors,
                        ..overview()
                    },
                )
                .into_any()
            },
        ),
        page(
            "dashboard-warning",
            "wrong codes before the sign-in",
            DASHBOARD,
            |_| {
                let overview = Overview {
                    failures: Some(4),
                    ..overview()
                };
                dashboard_view(account(), overview).into_any()
            },
        ),
        page("profile", "everything set up", PROFILE, |_| {
            profile_view(account(), ALL_FACTORS, true).into_any()
        }),
        page(
            "profile-unproven",
            "e-mail address not confirmed",
            PROFILE,
            |_| profile_view(unproven(), PHONE_ONLY, true).into_any(),
        ),
        page(
            "profile-without-mail",
            "server without mail",
            PROFILE,
            |_| profile_view(unproven(), PHONE_ONLY, false).into_any(),
        ),
        page(
            "profile-phone-changed",
            "phone number changed",
            PROFILE,
            |_| {
                view! {
                    {success_notice(FlashMessage::PhoneChanged)}
                    {profile_view(account(), ALL_FACTORS, true)}
                }
                .into_any()
            },
        ),
        page("history", "history", PROFILE_HISTORY, |_| {
            history_view(history(), true, Some("1".to_owned())).into_any()
        }),
        page(
            "history-last",
            "history, last page",
            PROFILE_HISTORY,
            |_| history_view(history(), false, None).into_any(),
        ),
        page("sessions", "sessions", PROFILE_SESSIONS, |_| {
            sessions_view(sessions(), NOW).into_any()
        }),
        page("sessions-one", "one session", PROFILE_SESSIONS, |_| {
            view! {
                {success_notice(FlashMessage::SessionsEnded)}
                {sessions_view(vec![this_session()], NOW)}
            }
            .into_any()
        }),
    ],
};

pub const PHONE: Section = Section {
    title: "Phone number",
    signed_in: true,
    entries: &[
        page("phone-new-number", "new number", PROFILE_PHONE, |_| {
            phone(
                PhoneStage::NewNumber(countries("US")),
                FormErrors::default(),
            )
        }),
        page(
            "phone-unchanged",
            "same number as before",
            PROFILE_PHONE,
            |_| {
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneUnchanged);
                phone(PhoneStage::NewNumber(countries("GB")), errors)
            },
        ),
        page("phone-code", "code", PROFILE_PHONE, |_| {
            let step = sent_code_with(Purpose::PhoneChange, |sent| sent.hint = other_hint());
            phone(PhoneStage::InProgress(step), FormErrors::default())
        }),
        page("phone-confirm", "confirmation", PROFILE_PHONE, |_| {
            let step = Step::ConfirmPhone { hint: other_hint() };
            phone(PhoneStage::InProgress(step), FormErrors::default())
        }),
        page("phone-refused", "changed today", PROFILE_PHONE, |_| {
            phone(
                PhoneStage::Refused(Problem::Cooling { secs: 50_000 }),
                FormErrors::default(),
            )
        }),
        page("step-up", "step-up, password", PROFILE_PHONE, |_| {
            phone_step_up(StepUpStage::Password, FormErrors::default())
        }),
        page(
            "step-up-wrong",
            "step-up, wrong password",
            PROFILE_PHONE,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordWrong);
                phone_step_up(StepUpStage::Password, errors)
            },
        ),
        page("step-up-method", "step-up, method", PROFILE_PHONE, |_| {
            let step = Step::ChooseMethod {
                purpose: Purpose::StepUp,
                methods: methods(true),
            };
            phone_step_up(StepUpStage::Factor(step), FormErrors::default())
        }),
        page("step-up-code", "step-up, code", PROFILE_PHONE, |_| {
            let step = authenticator_code(Purpose::StepUp);
            phone_step_up(StepUpStage::Factor(step), FormErrors::default())
        }),
        page(
            "step-up-held",
            "step-up, account held",
            PROFILE_PHONE,
            |_| {
                let held = Problem::FactorHeld { secs: 3_600 };
                phone_step_up(StepUpStage::Held(held), FormErrors::default())
            },
        ),
    ],
};

pub const FACTORS: Section = Section {
    title: "Authenticator app and recovery codes",
    signed_in: true,
    entries: &[
        page("authenticator", "not set up", PROFILE_AUTHENTICATOR, |_| {
            authenticator_view(Stage::None, FormErrors::default()).into_any()
        }),
        page(
            "authenticator-set-up",
            "set-up",
            PROFILE_AUTHENTICATOR,
            |_| authenticator_view(Stage::Pending(secret(false)), FormErrors::default()).into_any(),
        ),
        page(
            "authenticator-wrong-code",
            "set-up, wrong code",
            PROFILE_AUTHENTICATOR,
            |_| {
                let problem = Problem::InvalidCode {
                    attempts_remaining: 4,
                };
                let errors = FormErrors::for_field(Field::Code, problem);
                authenticator_view(Stage::Pending(secret(false)), errors).into_any()
            },
        ),
        page(
            "authenticator-replace",
            "replacement",
            PROFILE_AUTHENTICATOR,
            |_| authenticator_view(Stage::Pending(secret(true)), FormErrors::default()).into_any(),
        ),
        page("authenticator-on", "set up", PROFILE_AUTHENTICATOR, |_| {
            view! {
                {success_notice(FlashMessage::AuthenticatorAdded)}
                {authenticator_view(enrolled(false), FormErrors::default())}
            }
            .into_any()
        }),
        page(
            "authenticator-remove",
            "removal",
            PROFILE_AUTHENTICATOR,
            |_| authenticator_view(enrolled(true), FormErrors::default()).into_any(),
        ),
        page("recovery-codes", "no codes", PROFILE_RECOVERY_CODES, |_| {
            overview_view(None, None, false, FormErrors::default()).into_any()
        }),
        page(
            "recovery-codes-left",
            "some codes used",
            PROFILE_RECOVERY_CODES,
            |_| overview_view(None, Some(code_set()), false, FormErrors::default()).into_any(),
        ),
        page(
            "recovery-codes-replace",
            "replacement",
            PROFILE_RECOVERY_CODES,
            |_| overview_view(None, Some(code_set()), true, FormErrors::default()).into_any(),
        ),
        page(
            "recovery-codes-new",
            "new codes",
            PROFILE_RECOVERY_CODES,
            |_| new_codes_view(&new_codes()).into_any(),
        ),
    ],
};

/// Returns sample content of the dashboard.
fn overview() -> Overview {
    Overview {
        is_payment_held: false,
        factors: ALL_FACTORS,
        last_sign_in: Some(last_sign_in()),
        failures: None,
        payments: payments(),
        can_prove_email: true,
    }
}

/// Returns a sample account whose e-mail address is not verified.
fn unproven() -> AccountDetails {
    AccountDetails {
        email_verified: false,
        ..account()
    }
}

/// Renders the sample page `/profile/phone` in this stage.
fn phone(stage: PhoneStage, errors: FormErrors) -> AnyView {
    let flash = Flash {
        errors,
        ..Flash::default()
    };
    phone_view(Some(hint()), stage, &flash).into_any()
}

/// Renders the sample page `/profile/phone` with a step-up in place of its content.
fn phone_step_up(stage: StepUpStage, errors: FormErrors) -> AnyView {
    let gate = step_up(ProtectedArea::Phone, stage, errors);
    phone(PhoneStage::StepUp(gate), FormErrors::default())
}

/// Returns a sample secret for an authenticator app. `replaces` says whether the account already has an app.
fn secret(replaces: bool) -> NewSecret {
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
        replaces,
    }
}

/// Returns the page stage of an account with an authenticator app. `removing` opens the removal dialog.
fn enrolled(removing: bool) -> Stage {
    Stage::Enrolled {
        since: enrolment(),
        removing,
    }
}
