//! Second factors of an account, as dashboard and profile list them.

use leptos::prelude::*;

use super::settings_list::{SettingLink, SettingRow, Tone};
use crate::auth::entry::authenticator::has_authenticator_app;
use crate::context::AppState;
use crate::store::accounts::Account;
use crate::store::{ReadFrom, StoreError, recovery_codes};
use crate::web::islands::MaskedNumber;
use crate::web::shell::page_texts;
use domain::{PhoneHint, routes};

/// Number of unused recovery codes from which the page shows no warning.
const ENOUGH_UNUSED_CODES: u32 = 3;

/// Second factors of an account besides the phone number.
#[derive(Clone, Copy)]
pub struct SecondFactors {
    pub has_authenticator: bool,
    /// The number of unused codes.
    pub recovery_codes: u32,
}

impl SecondFactors {
    /// Reads the second factors of an account from the database.
    pub async fn read_second_factors(
        app: &AppState,
        account: &Account,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            has_authenticator: has_authenticator_app(app, &account.id).await?,
            recovery_codes: recovery_codes::count_unused_recovery_codes(
                ReadFrom::Store(&app.store),
                &account.id,
            )
            .await?,
        })
    }
}

/// Rows with the second factors of an account, each with a link to change it.
#[component]
pub fn SecondFactorSettingRows(phone: Option<PhoneHint>, factors: SecondFactors) -> impl IntoView {
    let (methods, recovery) = (&page_texts().shared.methods, &page_texts().recovery);
    let texts = &page_texts().profile;
    let phone_state = match &phone {
        Some(_) => (Tone::Good, texts.on),
        None => (Tone::Attention, texts.not_set_up),
    };
    let phone_link = SettingLink {
        path: routes::PROFILE_PHONE,
        label: texts.change_phone,
        needs_name: false,
    };
    let (app_state, app_label, app_detail) = if factors.has_authenticator {
        ((Tone::Good, texts.on), texts.manage, methods.totp_detail)
    } else {
        let state = (Tone::Neutral, texts.not_set_up);
        (state, texts.set_up, texts.app_benefit)
    };
    let app_link = SettingLink {
        path: routes::PROFILE_AUTHENTICATOR,
        label: app_label,
        needs_name: true,
    };
    let has_codes = factors.recovery_codes > 0;
    let codes_state = match factors.recovery_codes {
        0 => (Tone::Attention, texts.not_set_up),
        1..ENOUGH_UNUSED_CODES => (Tone::Attention, texts.running_out),
        _ => (Tone::Good, texts.on),
    };
    let codes_link = SettingLink {
        path: routes::PROFILE_RECOVERY_CODES,
        label: if has_codes {
            texts.manage
        } else {
            recovery.create
        },
        needs_name: has_codes,
    };
    let number = render_masked_number(phone);
    let codes = (texts.codes_left)(factors.recovery_codes).into_any();
    view! {
        <SettingRow
            name=methods.sms
            detail=number
            state=Some(phone_state)
            link=Some(phone_link)
        />
        <SettingRow
            name=methods.totp
            detail=app_detail.into_any()
            state=Some(app_state)
            link=Some(app_link)
        />
        <SettingRow
            name=recovery.title
            detail=codes
            state=Some(codes_state)
            link=Some(codes_link)
        />
    }
}

/// Renders a masked phone number; nothing without a number. Screen readers read only the last digits.
pub fn render_masked_number(phone: Option<PhoneHint>) -> AnyView {
    phone.map(|hint| view! { <MaskedNumber hint /> }).into_any()
}
