//! The second factors of an account, and the methods that a flow offers.

use crate::context::AppState;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError, authenticators, recovery_codes};
use domain::{Method, MethodOption, PhoneNumber, Purpose};

/// Lists the second-factor methods that a verification flow offers, most recently used first. Payments do not offer
/// recovery codes.
pub async fn list_second_factor_methods_of_flow(
    app: &AppState,
    flow: &Flow,
) -> Result<Vec<MethodOption>, StoreError> {
    let Some(account) = &flow.account else {
        return Ok(Vec::new());
    };
    let last = accounts::find_account(ReadFrom::Store(&app.store), account)
        .await?
        .and_then(|account| account.last_method);
    let mut methods =
        create_second_factor_method_options(app, account, flow.verification.state.phone(), last)
            .await?;
    if flow.purpose == Purpose::Payment {
        // A recovery code restores access to an account; it confirms no payment.
        methods.retain(|option| option.method != Method::Recovery);
    }
    Ok(methods)
}

/// Lists the second-factor methods that an account can use to sign in, most recently used first.
pub async fn list_second_factor_methods_of_account(
    app: &AppState,
    account: &Account,
) -> Result<Vec<MethodOption>, StoreError> {
    let phone = account.phone.as_ref().filter(|_| account.mfa);
    create_second_factor_method_options(app, &account.id, phone, account.last_method).await
}

/// Parses a method name from a form. Returns the method if the flow offers it and the account has enrolled it.
pub async fn find_offered_second_factor_method(
    app: &AppState,
    flow: &Flow,
    name: &str,
) -> Result<Option<Method>, StoreError> {
    // The other purposes prove one particular phone number, so there is nothing to choose.
    let choosable = matches!(
        flow.purpose,
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment | Purpose::PasswordReset
    );
    let mut methods = list_second_factor_methods_of_flow(app, flow).await?;
    methods.retain(|option| option.method.as_str() == name && option.enrolled && choosable);
    Ok(methods.first().map(|option| option.method))
}

/// Returns whether the account has enrolled an authenticator app.
pub async fn has_authenticator_app(
    app: &AppState,
    account: &AccountId,
) -> Result<bool, StoreError> {
    Ok(
        authenticators::find_authenticator(ReadFrom::Store(&app.store), account)
            .await?
            .is_some(),
    )
}

/// Lists the second-factor methods of an account, most recently used first.
///
/// SMS and authenticator app are always listed, with whether the account has enrolled them. Recovery codes follow only
/// if unused codes are left.
async fn create_second_factor_method_options(
    app: &AppState,
    account: &AccountId,
    phone: Option<&PhoneNumber>,
    last: Option<Method>,
) -> Result<Vec<MethodOption>, StoreError> {
    let hint = phone.map(PhoneNumber::masked_hint);
    let option = |method, enrolled| MethodOption {
        method,
        enrolled,
        hint: None,
    };
    let sms = MethodOption {
        hint: hint.clone(),
        ..option(Method::Sms, hint.is_some())
    };
    let totp = option(Method::Totp, has_authenticator_app(app, account).await?);
    let mut methods = if last == Some(Method::Totp) && totp.enrolled {
        vec![totp, sms]
    } else {
        vec![sms, totp]
    };
    if recovery_codes::count_unused_recovery_codes(ReadFrom::Store(&app.store), account).await? > 0
    {
        methods.push(option(Method::Recovery, true));
    }
    Ok(methods)
}
