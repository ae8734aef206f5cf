//! Device cookies: each contains signed marks that recognise a browser after a two-factor sign-in.
//!
//! A recognised browser has a separate rate limit of password attempts for that account. The account holder is notified
//! of a sign-in with any other browser.

use std::time::Duration;

use crate::auth::outcome::TokenChange;
use crate::context::{AppState, Caller, RequestContext};
use crate::security::device::DeviceId;
use crate::store::accounts::Account;

/// How long a device mark is valid. Browsers delete cookies after 400 days at the latest.
const DEVICE_MARK_LIFETIME: Duration = Duration::from_hours(400 * 24);

/// Finds the device ID of this browser in its device cookie.
///
/// Returns `None` if the cookie is missing or not valid for the account. A browser gets the cookie at a two-factor
/// sign-in. A change of password, phone number or e-mail address revokes the cookie, and so does a reset by an
/// operator.
pub fn find_device_with_valid_cookie(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> Option<DeviceId> {
    app.device_keys
        .find_device_with_valid_mark(&context.devices, &account.id, account.device_epoch)
}

/// Creates the signed device cookie, by which later sign-ins to the account recognise this browser.
///
/// Call it after a two-factor sign-in. The cookie contains one signed mark for each account that has signed in from the
/// browser. Marks of other accounts are kept. An API client receives only the mark of this account.
pub fn issue_device_cookie(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> TokenChange {
    let (keys, id, epoch) = (&app.device_keys, &account.id, account.device_epoch);
    let device =
        find_device_with_valid_cookie(app, context, account).unwrap_or_else(DeviceId::generate);
    let others = context.devices.iter().filter(|mark| {
        let mark = std::slice::from_ref(*mark);
        context.caller == Caller::Browser
            && keys.find_device_with_valid_mark(mark, id, epoch).is_none()
    });
    let marks = std::iter::once(keys.issue_device_mark(device, id, epoch)).chain(others.cloned());
    TokenChange::SetDeviceMarks(marks.collect(), app.now() + DEVICE_MARK_LIFETIME)
}
