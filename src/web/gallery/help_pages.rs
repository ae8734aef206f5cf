//! Gallery of the pages for a forgotten password, a lost phone, mailed links, other settings, and errors.

use leptos::prelude::*;

use super::entry::{Content, Entry, Section, page_entry};
use super::samples::{
    EMAIL, TOKEN, USERNAME, sample_account, sample_code_step_with, sample_email,
    sample_erasure_time, sample_methods, sample_phone_number,
};
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse;
use crate::store::contact_changes::OldContact;
use crate::web::pages::account_deletion::{
    delete_account_form, delete_account_intro, keep_account_view,
};
use crate::web::pages::components::{code_card, invalid_link_view};
use crate::web::pages::email;
use crate::web::pages::export::{export_form, export_intro};
use crate::web::pages::lost_phone;
use crate::web::pages::names::names_form;
use crate::web::pages::not_found::not_found_view;
use crate::web::pages::page_context::success_notice;
use crate::web::pages::password::password_form;
use crate::web::pages::password_reset;
use crate::web::pages::step_up::task_view;
use crate::web::pages::undo::undo_view;
use crate::web::shell::page_texts;
use domain::routes::{
    FORGOT_PASSWORD, HOME, KEEP_ACCOUNT, LOST_PHONE, PROFILE_DELETE, PROFILE_EMAIL, PROFILE_EXPORT,
    PROFILE_NAME, PROFILE_PASSWORD, RECOVERY, RESET_PASSWORD, RESET_PASSWORD_VERIFY, VERIFY_EMAIL,
};
use domain::{Field, FlashMessage, FormErrors, Problem, Purpose};

/// Sample waiting time of an account recovery, in hours.
const HOURS: u64 = 72;
/// Sample time until a deleted account is erased, in days.
const DAYS: u64 = 30;

pub const HELP: Section = Section {
    title: "Forgotten password, lost phone, links of mails",
    signed_in: false,
    entries: &[
        page_entry("forgot-password", "request", FORGOT_PASSWORD, |captcha| {
            password_reset::forgot_password_view(
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
                    {success_notice(FlashMessage::ResetRequested)}
                    {password_reset::forgot_password_view(&flash, captcha.challenge, captcha.scripts)}
                }
                .into_any()
            },
        ),
        page_entry("new-password", "new password", RESET_PASSWORD, |_| {
            password_reset::new_password_view(TOKEN.to_owned(), &FormErrors::default()).into_any()
        }),
        page_entry(
            "new-password-short",
            "new password, too short",
            RESET_PASSWORD,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordTooShort);
                password_reset::new_password_view(TOKEN.to_owned(), &errors).into_any()
            },
        ),
        page_entry(
            "new-password-method",
            "choice of method",
            RESET_PASSWORD,
            |_| {
                password_reset::reset_method_view(sample_methods(true), &FormErrors::default())
                    .into_any()
            },
        ),
        page_entry("new-password-code", "code", RESET_PASSWORD_VERIFY, |_| {
            let step = sample_code_step_with(Purpose::PasswordReset, |_| ());
            password_reset::reset_verify_view(code_card(step, &FormErrors::default())).into_any()
        }),
        page_entry(
            "new-password-invalid-link",
            "link does not work",
            RESET_PASSWORD,
            |_| password_reset::invalid_reset_link_view().into_any(),
        ),
        page_entry("lost-phone", "lost phone", LOST_PHONE, |captcha| {
            let flash = Flash::default();
            let form = lost_phone::lost_phone_form(&flash, captcha.challenge, captcha.scripts);
            lost_phone::lost_phone_view(HOURS, form).into_any()
        }),
        page_entry(
            "lost-phone-after-password",
            "lost phone, after the password",
            LOST_PHONE,
            |_| {
                let form = lost_phone::send_recovery_mail_form(&FormErrors::default());
                lost_phone::lost_phone_view(HOURS, form).into_any()
            },
        ),
        page_entry(
            "lost-phone-open",
            "link that opens a recovery",
            LOST_PHONE,
            |_| lost_phone::recovery_link_view(HOURS, TOKEN, &FormErrors::default()).into_any(),
        ),
        page_entry(
            "recovery-cancel",
            "link that cancels a recovery",
            RECOVERY,
            |_| lost_phone::cancel_recovery_view(TOKEN, &FormErrors::default()).into_any(),
        ),
        page_entry(
            "undo-phone",
            "link that restores a phone number",
            HOME,
            |_| {
                undo_view(
                    &OldContact::Phone(sample_phone_number()),
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
                undo_view(
                    &OldContact::Email(sample_email()),
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
            |_| email::cancel_email_change_view(TOKEN).into_any(),
        ),
        page_entry("invalid-link", "link does not work", HOME, |_| {
            invalid_link_view().into_any()
        }),
        page_entry(
            "keep-account",
            "account that will be deleted",
            KEEP_ACCOUNT,
            |_| keep_account_view(sample_erasure_time()).into_any(),
        ),
    ],
};

pub const SETTINGS: Section = Section {
    title: "Other settings",
    signed_in: true,
    entries: &[
        page_entry("recovery-question", "recovery under way", RECOVERY, |_| {
            lost_phone::recovery_question_view(&FormErrors::default()).into_any()
        }),
        page_entry(
            "verify-email",
            "e-mail address, before the code",
            VERIFY_EMAIL,
            |_| {
                email::verify_email_view(EMAIL.to_owned(), false, &FormErrors::default()).into_any()
            },
        ),
        page_entry(
            "verify-email-code",
            "e-mail address, code",
            VERIFY_EMAIL,
            |_| email::verify_email_view(EMAIL.to_owned(), true, &FormErrors::default()).into_any(),
        ),
        page_entry("change-email", "new e-mail address", PROFILE_EMAIL, |_| {
            let form = email::change_email_form(&Flash::default(), false).into_any();
            let intro = email::change_email_intro(EMAIL.to_owned());
            task_view(page_texts().email.change_title, intro, form).into_any()
        }),
        page_entry("change-name", "name and username", PROFILE_NAME, |_| {
            let form = names_form(&sample_account(), &Flash::default()).into_any();
            task_view(page_texts().name_title, (), form).into_any()
        }),
        page_entry("change-password", "password", PROFILE_PASSWORD, |_| {
            let form = password_form(USERNAME.to_owned(), &FormErrors::default()).into_any();
            task_view(page_texts().profile.change_password, (), form).into_any()
        }),
        page_entry(
            "change-password-wrong",
            "password, wrong current one",
            PROFILE_PASSWORD,
            |_| {
                let errors = FormErrors::for_field(Field::CurrentPassword, Problem::PasswordWrong);
                let form = password_form(USERNAME.to_owned(), &errors).into_any();
                task_view(page_texts().profile.change_password, (), form).into_any()
            },
        ),
        page_entry("export", "download of the data", PROFILE_EXPORT, |_| {
            let form = export_form(&FormErrors::default()).into_any();
            task_view(page_texts().export.title, export_intro(), form).into_any()
        }),
        page_entry(
            "export-limit",
            "download of the data, hourly limit",
            PROFILE_EXPORT,
            |_| {
                let errors = FormErrors::for_form(Problem::ExportWait { secs: 1_800 });
                let form = export_form(&errors).into_any();
                task_view(page_texts().export.title, export_intro(), form).into_any()
            },
        ),
        page_entry(
            "delete-account",
            "deletion of the account",
            PROFILE_DELETE,
            |_| {
                let form = delete_account_form(&FormErrors::default()).into_any();
                task_view(
                    page_texts().deletion.delete_title,
                    delete_account_intro(DAYS),
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
                let form = delete_account_form(&errors).into_any();
                task_view(
                    page_texts().deletion.delete_title,
                    delete_account_intro(DAYS),
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
            not_found_view().into_any()
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

/// Creates a gallery entry that shows an error page.
const fn error_page_entry(name: &'static str, state: &'static str, error: ErrorResponse) -> Entry {
    Entry {
        name,
        state,
        path: HOME,
        content: Content::Error(error),
    }
}
