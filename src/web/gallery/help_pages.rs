//! Gallery of the pages for a forgotten password, a lost phone, mailed links, other settings, and errors.

use core::time::Duration;

use leptos::prelude::*;

use super::entry::{Content, Entry, Section, page_entry};
use super::samples::{
    EMAIL, NOW, TOKEN, USERNAME, sample_account, sample_code_step_with_sent_message, sample_email,
    sample_erasure_time, sample_factor_methods, sample_phone_number, sample_recovery_code_step,
};
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse;
use crate::store::contact_changes::OldContact;
use crate::web::pages::account_deletion::{
    render_delete_account_form, render_delete_account_intro, render_keep_or_delete_account_view,
};
use crate::web::pages::components::{render_code_form, render_invalid_link_view};
use crate::web::pages::email::{self, EmailProofStage, MailedCode};
use crate::web::pages::email_change;
use crate::web::pages::export::{render_data_export_form, render_data_export_intro};
use crate::web::pages::lost_phone;
use crate::web::pages::names::render_full_name_and_username_form;
use crate::web::pages::not_found::render_not_found_view;
use crate::web::pages::notice::render_flash_message;
use crate::web::pages::password::render_password_form;
use crate::web::pages::password_reset;
use crate::web::pages::step_up::render_settings_page_card;
use crate::web::pages::undo::render_undo_contact_change_view;
use crate::web::shell::page_texts;
use domain::routes::{
    FORGOT_PASSWORD, HOME, KEEP_ACCOUNT, LOST_PHONE, PROFILE_DELETE, PROFILE_EMAIL, PROFILE_EXPORT,
    PROFILE_NAME, PROFILE_PASSWORD, RECOVERY, RESET_PASSWORD, RESET_PASSWORD_VERIFY, VERIFY_EMAIL,
};
use domain::{Field, FlashMessage, FormErrors, Problem, Purpose};

/// Sample waiting time of an account recovery, in hours.
const RECOVERY_WAIT_HOURS: u64 = 72;
/// Sample time until a deleted account is erased, in days.
const DAYS_UNTIL_ERASURE: u64 = 30;

pub const HELP: Section = Section {
    title: "Forgotten password, lost phone, links of mails",
    signed_in: false,
    entries: &[
        page_entry("forgot-password", "request", FORGOT_PASSWORD, |captcha| {
            password_reset::render_forgot_password_view(
                &Flash::default(),
                captcha.challenge,
                captcha.scripts,
            )
            .into_any()
        }),
        page_entry(
            "forgot-password-sent",
            "mail requested",
            FORGOT_PASSWORD,
            |captcha| {
                let flash = Flash::default();
                view! {
                    {render_flash_message(FlashMessage::ResetRequested)}
                    {password_reset::render_reset_link_advice()}
                    {password_reset::render_forgot_password_view(&flash, captcha.challenge, captcha.scripts)}
                }
                .into_any()
            },
        ),
        page_entry(
            "forgot-password-no-mail",
            "no mail server",
            FORGOT_PASSWORD,
            |_| password_reset::render_password_reset_unavailable_view().into_any(),
        ),
        page_entry("new-password", "new password", RESET_PASSWORD, |_| {
            password_reset::render_new_password_view(TOKEN.to_owned(), &FormErrors::default())
                .into_any()
        }),
        page_entry(
            "new-password-short",
            "new password, too short",
            RESET_PASSWORD,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordTooShort);
                password_reset::render_new_password_view(TOKEN.to_owned(), &errors).into_any()
            },
        ),
        page_entry(
            "new-password-method",
            "choice of method",
            RESET_PASSWORD,
            |_| {
                password_reset::render_password_reset_method_view(
                    sample_factor_methods(true),
                    &FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry("new-password-code", "code", RESET_PASSWORD_VERIFY, |_| {
            let step = sample_code_step_with_sent_message(Purpose::PasswordReset, |_| ());
            password_reset::render_password_reset_code_view(render_code_form(
                step,
                &FormErrors::default(),
            ))
            .into_any()
        }),
        page_entry(
            "new-password-recovery",
            "recovery code",
            RESET_PASSWORD_VERIFY,
            |_| {
                let step = sample_recovery_code_step(Purpose::PasswordReset);
                let form = render_code_form(step, &FormErrors::default());
                password_reset::render_password_reset_code_view(form).into_any()
            },
        ),
        page_entry(
            "new-password-invalid-link",
            "link does not work",
            RESET_PASSWORD,
            |_| password_reset::render_invalid_password_reset_link_view().into_any(),
        ),
        page_entry("lost-phone", "lost phone", LOST_PHONE, |captcha| {
            let flash = Flash::default();
            let form =
                lost_phone::render_lost_phone_form(&flash, captcha.challenge, captcha.scripts);
            lost_phone::render_lost_phone_view(RECOVERY_WAIT_HOURS, form).into_any()
        }),
        page_entry(
            "lost-phone-after-password",
            "lost phone, after the password",
            LOST_PHONE,
            |_| {
                let form = lost_phone::render_send_recovery_mail_form(&FormErrors::default());
                lost_phone::render_lost_phone_view(RECOVERY_WAIT_HOURS, form).into_any()
            },
        ),
        page_entry(
            "lost-phone-open",
            "link that opens a recovery",
            LOST_PHONE,
            |_| {
                lost_phone::render_recovery_link_view(
                    RECOVERY_WAIT_HOURS,
                    TOKEN,
                    &FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry(
            "lost-phone-other-browser",
            "lost phone, replaced in another browser",
            LOST_PHONE,
            |_| {
                let form = lost_phone::render_send_recovery_mail_form(&FormErrors::default());
                lost_phone::render_recovery_in_other_browser_view(form).into_any()
            },
        ),
        page_entry(
            "lost-phone-browser",
            "link that lets this browser replace the phone",
            LOST_PHONE,
            |_| {
                lost_phone::render_recovery_browser_view(3600, TOKEN, &FormErrors::default())
                    .into_any()
            },
        ),
        page_entry(
            "recovery-cancel",
            "link that cancels a recovery",
            RECOVERY,
            |_| lost_phone::render_cancel_recovery_view(TOKEN, &FormErrors::default()).into_any(),
        ),
        page_entry(
            "undo-phone",
            "link that restores a phone number",
            HOME,
            |_| {
                render_undo_contact_change_view(
                    &OldContact::Phone(sample_phone_number()),
                    NOW,
                    TOKEN,
                    &FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry(
            "undo-email",
            "link that restores an e-mail address",
            HOME,
            |_| {
                render_undo_contact_change_view(
                    &OldContact::Email(sample_email()),
                    NOW,
                    TOKEN,
                    &FormErrors::default(),
                )
                .into_any()
            },
        ),
        page_entry(
            "email-change-cancel",
            "link that cancels a change of address",
            HOME,
            |_| {
                email_change::render_cancel_email_change_view(TOKEN, &FormErrors::default())
                    .into_any()
            },
        ),
        page_entry("invalid-link", "link does not work", HOME, |_| {
            render_invalid_link_view().into_any()
        }),
        page_entry(
            "keep-account",
            "account that will be deleted",
            KEEP_ACCOUNT,
            |_| render_keep_or_delete_account_view(sample_erasure_time()).into_any(),
        ),
    ],
};

pub const SETTINGS: Section = Section {
    title: "Other settings",
    signed_in: true,
    entries: &[
        page_entry("recovery-question", "recovery under way", RECOVERY, |_| {
            lost_phone::render_open_recovery_view(&FormErrors::default()).into_any()
        }),
        page_entry(
            "verify-email",
            "e-mail address, before the code",
            VERIFY_EMAIL,
            |_| {
                let stage = EmailProofStage::BeforeCode(EMAIL.to_owned());
                email::render_verify_email_view(stage, "", false, &FormErrors::default()).into_any()
            },
        ),
        page_entry(
            "verify-email-code",
            "e-mail address, code",
            VERIFY_EMAIL,
            |_| {
                let stage = EmailProofStage::CodeSent(MailedCode {
                    address: EMAIL.to_owned(),
                    now: NOW,
                    expires_at: NOW + Duration::from_secs(875),
                    resend_at: NOW + Duration::from_secs(5),
                });
                email::render_verify_email_view(stage, "", false, &FormErrors::default()).into_any()
            },
        ),
        page_entry(
            "verify-email-expired",
            "e-mail address, code expired",
            VERIFY_EMAIL,
            |_| render_ended_email_proof(Problem::CodeExpired, false),
        ),
        page_entry(
            "verify-email-ended",
            "e-mail address, too many wrong codes",
            VERIFY_EMAIL,
            |_| render_ended_email_proof(Problem::AttemptsUsedUp, false),
        ),
        page_entry(
            "change-email-expired",
            "new e-mail address, code expired",
            VERIFY_EMAIL,
            |_| render_ended_email_proof(Problem::CodeExpired, true),
        ),
        page_entry("change-email", "new e-mail address", PROFILE_EMAIL, |_| {
            let form = email_change::render_change_email_form(&Flash::default(), false, None, true)
                .into_any();
            let intro = email_change::render_change_email_intro(EMAIL.to_owned());
            render_settings_page_card(page_texts().email.change_title, intro, form).into_any()
        }),
        page_entry("change-name", "name and username", PROFILE_NAME, |_| {
            let form =
                render_full_name_and_username_form(&sample_account(), &Flash::default()).into_any();
            render_settings_page_card(page_texts().name_title, (), form).into_any()
        }),
        page_entry("change-password", "password", PROFILE_PASSWORD, |_| {
            let form = render_password_form(USERNAME.to_owned(), &FormErrors::default()).into_any();
            render_settings_page_card(page_texts().profile.change_password, (), form).into_any()
        }),
        page_entry(
            "change-password-wrong",
            "password, wrong current one",
            PROFILE_PASSWORD,
            |_| {
                let errors = FormErrors::for_field(Field::CurrentPassword, Problem::PasswordWrong);
                let form = render_password_form(USERNAME.to_owned(), &errors).into_any();
                render_settings_page_card(page_texts().profile.change_password, (), form).into_any()
            },
        ),
        page_entry("export", "download of the data", PROFILE_EXPORT, |_| {
            let form = render_data_export_form(&FormErrors::default()).into_any();
            render_settings_page_card(page_texts().export.title, render_data_export_intro(), form)
                .into_any()
        }),
        page_entry(
            "export-limit",
            "download of the data, hourly limit",
            PROFILE_EXPORT,
            |_| {
                let errors = FormErrors::for_form(Problem::ExportWait { secs: 1_800 });
                let form = render_data_export_form(&errors).into_any();
                render_settings_page_card(
                    page_texts().export.title,
                    render_data_export_intro(),
                    form,
                )
                .into_any()
            },
        ),
        page_entry(
            "delete-account",
            "deletion of the account",
            PROFILE_DELETE,
            |_| {
                let form = render_delete_account_form(&FormErrors::default()).into_any();
                render_settings_page_card(
                    page_texts().deletion.delete_title,
                    render_delete_account_intro(DAYS_UNTIL_ERASURE),
                    form,
                )
                .into_any()
            },
        ),
        page_entry(
            "delete-account-mismatch",
            "deletion, wrong username",
            PROFILE_DELETE,
            |_| {
                let errors = FormErrors::for_field(Field::Username, Problem::UsernameMismatch);
                let form = render_delete_account_form(&errors).into_any();
                render_settings_page_card(
                    page_texts().deletion.delete_title,
                    render_delete_account_intro(DAYS_UNTIL_ERASURE),
                    form,
                )
                .into_any()
            },
        ),
    ],
};

pub const ERRORS: Section = Section {
    title: "Errors",
    signed_in: false,
    entries: &[
        page_entry("not-found", "page not found", HOME, |_| {
            render_not_found_view().into_any()
        }),
        error_page_entry("error-internal", "internal error", ErrorResponse::INTERNAL),
        error_page_entry(
            "error-overloaded",
            "server overloaded",
            ErrorResponse::OVERLOADED,
        ),
        error_page_entry(
            "error-cross-site",
            "form of another site",
            ErrorResponse::CROSS_SITE,
        ),
        error_page_entry(
            "error-too-large",
            "form too large",
            ErrorResponse::BODY_TOO_LARGE,
        ),
    ],
};

/// Renders the page `/verify-email` with sample data, after the code has expired or was invalidated.
fn render_ended_email_proof(problem: Problem, changes_address: bool) -> AnyView {
    let stage = EmailProofStage::Ended {
        problem,
        changes_address,
    };
    email::render_verify_email_view(stage, "", false, &FormErrors::default()).into_any()
}

/// Creates a gallery entry that shows an error page.
const fn error_page_entry(name: &'static str, state: &'static str, error: ErrorResponse) -> Entry {
    Entry {
        name,
        state,
        path: HOME,
        content: Content::Error(error),
    }
}
