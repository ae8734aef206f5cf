//! Device marks: signed cookies that recognise a browser that has signed in to an account with a second factor.
//!
//! A recognised browser has a separate budget of password attempts for that account.

use std::time::Duration;

use crate::auth::outcome::TokenChange;
use crate::context::{AppState, Caller, RequestContext};
use crate::security::device::DeviceId;
use crate::store::accounts::Account;

/// How long a device mark is valid. Browsers delete cookies after 400 days at the latest.
const DEVICE_MARK_LIFETIME: Duration = Duration::from_hours(400 * 24);

/// Recognises the browser of this request by its device marks. Returns `None` if it has never signed in to this account
/// with a second factor, or if a later change of phone or password revoked its mark.
pub fn find_device(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> Option<DeviceId> {
    app.device_keys
        .find_device(&context.devices, &account.id, account.device_epoch)
}

/// Issues a device mark for this browser and account. Call it after a sign-in with a second factor.
///
/// A browser keeps its marks of other accounts. An API client receives the mark of this account only.
pub fn issue_device_marks(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> TokenChange {
    let (keys, id, epoch) = (&app.device_keys, &account.id, account.device_epoch);
    let device = find_device(app, context, account).unwrap_or_else(DeviceId::generate);
    let others = context.devices.iter().filter(|mark| {
        let mark = std::slice::from_ref(*mark);
        context.caller == Caller::Browser && keys.find_device(mark, id, epoch).is_none()
    });
    let marks = std::iter::once(keys.issue_mark(device, id, epoch)).chain(others.cloned());
    TokenChange::SetDeviceMarks(marks.collect(), app.now() + DEVICE_MARK_LIFETIME)
}
