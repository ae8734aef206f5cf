//! Gallery of the pages for a forgotten password, a lost phone, mailed links, other settings, and errors.

use leptos::prelude::*;

use super::entry::{Content, Entry, Section, page};
use super::samples::{
    EMAIL, TOKEN, USERNAME, account, email, erasure, methods, number, sent_code_with,
};
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse;
use crate::store::contact_changes::OldContact;
use crate::web::pages::account_deletion::{delete_form, delete_intro, keep_view};
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
use crate::web::shell::texts;
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
        page("forgot-password", "request", FORGOT_PASSWORD, |captcha| {
            password_reset::forgot_view(&Flash::default(), captcha.challenge, captcha.scripts)
                .into_any()
        }),
        page(
            "forgot-password-sent",
            "mail requested",
            FORGOT_PASSWORD,
            |captcha| {
                let flash = Flash::default();
                view! {
                    {success_notice(FlashMessage::ResetRequested)}
                    {password_reset::forgot_view(&flash, captcha.challenge, captcha.scripts)}
                }
                .into_any()
            },
        ),
        page("new-password", "new password", RESET_PASSWORD, |_| {
            password_reset::new_password_view(TOKEN.to_owned(), &FormErrors::default()).into_any()
        }),
        page(
            "new-password-short",
            "new password, too short",
            RESET_PASSWORD,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordTooShort);
                password_reset::new_password_view(TOKEN.to_owned(), &errors).into_any()
            },
        ),
        page(
            "new-password-method",
            "choice of method",
            RESET_PASSWORD,
            |_| password_reset::method_view(methods(true), &FormErrors::default()).into_any(),
        ),
        page("new-password-code", "code", RESET_PASSWORD_VERIFY, |_| {
            let step = sent_code_with(Purpose::PasswordReset, |_| ());
            password_reset::verify_view(code_card(step, &FormErrors::default())).into_any()
        }),
        page(
            "new-password-invalid-link",
            "link does not work",
            RESET_PASSWORD,
            |_| password_reset::invalid_link_view().into_any(),
        ),
        page("lost-phone", "lost phone", LOST_PHONE, |captcha| {
            let flash = Flash::default();
            let form = lost_phone::identifier_form(&flash, captcha.challenge, captcha.scripts);
            lost_phone::lost_phone_view(HOURS, form).into_any()
        }),
        page(
            "lost-phone-after-password",
            "lost phone, after the password",
            LOST_PHONE,
            |_| {
                let form = lost_phone::send_mail_form(&FormErrors::default());
                lost_phone::lost_phone_view(HOURS, form).into_any()
            },
        ),
        page(
            "lost-phone-open",
            "link that opens a recovery",
            LOST_PHONE,
            |_| lost_phone::open_view(HOURS, TOKEN, &FormErrors::default()).into_any(),
        ),
        page(
            "recovery-cancel",
            "link that cancels a recovery",
            RECOVERY,
            |_| lost_phone::cancel_view(TOKEN, &FormErrors::default()).into_any(),
        ),
        page(
            "undo-phone",
            "link that restores a phone number",
            HOME,
            |_| undo_view(&OldContact::Phone(number()), TOKEN, &FormErrors::default()).into_any(),
        ),
        page(
            "undo-email",
            "link that restores an e-mail address",
            HOME,
            |_| undo_view(&OldContact::Email(email()), TOKEN, &FormErrors::default()).into_any(),
        ),
        page(
            "email-change-cancel",
            "link that cancels a change of address",
            HOME,
            |_| email::cancel_view(TOKEN).into_any(),
        ),
        page("invalid-link", "link does not work", HOME, |_| {
            invalid_link_view().into_any()
        }),
        page(
            "keep-account",
            "account that will be deleted",
            KEEP_ACCOUNT,
            |_| keep_view(erasure()).into_any(),
        ),
    ],
};

pub const SETTINGS: Section = Section {
    title: "Other settings",
    signed_in: true,
    entries: &[
        page("recovery-question", "recovery under way", RECOVERY, |_| {
            lost_phone::question_view(&FormErrors::default()).into_any()
        }),
        page(
            "verify-email",
            "e-mail address, before the code",
            VERIFY_EMAIL,
            |_| email::verify_view(EMAIL.to_owned(), false, &FormErrors::default()).into_any(),
        ),
        page(
            "verify-email-code",
            "e-mail address, code",
            VERIFY_EMAIL,
            |_| email::verify_view(EMAIL.to_owned(), true, &FormErrors::default()).into_any(),
        ),
        page("change-email", "new e-mail address", PROFILE_EMAIL, |_| {
            let form = email::change_form(&Flash::default(), false).into_any();
            let intro = email::change_intro(EMAIL.to_owned());
            task_view(texts().email.change_title, intro, form).into_any()
        }),
        page("change-name", "name and username", PROFILE_NAME, |_| {
            let form = names_form(&account(), &Flash::default()).into_any();
            task_view(texts().name_title, (), form).into_any()
        }),
        page("change-password", "password", PROFILE_PASSWORD, |_| {
            let form = password_form(USERNAME.to_owned(), &FormErrors::default()).into_any();
            task_view(texts().profile.change_password, (), form).into_any()
        }),
        page(
            "change-password-wrong",
            "password, wrong current one",
            PROFILE_PASSWORD,
            |_| {
                let errors = FormErrors::for_field(Field::CurrentPassword, Problem::PasswordWrong);
                let form = password_form(USERNAME.to_owned(), &errors).into_any();
                task_view(texts().profile.change_password, (), form).into_any()
            },
        ),
        page("export", "download of the data", PROFILE_EXPORT, |_| {
            let form = export_form(&FormErrors::default()).into_any();
            task_view(texts().export.title, export_intro(), form).into_any()
        }),
        page(
            "export-limit",
            "download of the data, hourly limit",
            PROFILE_EXPORT,
            |_| {
                let errors = FormErrors::for_form(Problem::ExportWait { secs: 1_800 });
                let form = export_form(&errors).into_any();
                task_view(texts().export.title, export_intro(), form).into_any()
            },
        ),
        page(
            "delete-account",
            "deletion of the account",
            PROFILE_DELETE,
            |_| {
                let form = delete_form(&FormErrors::default()).into_any();
                task_view(texts().deletion.delete_title, delete_intro(DAYS), form).into_any()
            },
        ),
        page(
            "delete-account-mismatch",
            "deletion, wrong username",
            PROFILE_DELETE,
            |_| {
                let errors = FormErrors::for_field(Field::Username, Problem::UsernameMismatch);
                let form = delete_form(&errors).into_any();
                task_view(texts().deletion.delete_title, delete_intro(DAYS), form).into_any()
            },
        ),
    ],
};

pub const ERRORS: Section = Section {
    title: "Errors",
    signed_in: false,
    entries: &[
        page("not-found", "page not found", HOME, |_| {
            not_found_view().into_any()
        }),
        error("error-internal", "internal error", ErrorResponse::INTERNAL),
        error(
            "error-overloaded",
            "server overloaded",
            ErrorResponse::OVERLOADED,
        ),
        error(
            "error-cross-site",
            "form of another site",
            ErrorResponse::CROSS_SITE,
        ),
        error(
            "error-too-large",
            "form too large",
            ErrorResponse::BODY_TOO_LARGE,
        ),
    ],
};

/// Creates a gallery entry that shows an error page.
const fn error(name: &'static str, state: &'static str, error: ErrorResponse) -> Entry {
    Entry {
        name,
        state,
        path: HOME,
        content: Content::Error(error),
    }
}
