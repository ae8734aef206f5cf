//! Recognised devices: a browser that has signed in to an account with a second factor has a separate budget of
//! password tries for it.

use std::time::Duration;

use crate::auth::outcome::Grant;
use crate::context::{AppState, Caller, RequestContext};
use crate::security::device::DeviceId;
use crate::store::accounts::Account;

/// Browsers keep no cookie for longer than 400 days.
const LIFETIME: Duration = Duration::from_hours(400 * 24);

/// The device of this request, if it has signed in to this account before, and no phone change or reset has revoked it.
pub fn find_device(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> Option<DeviceId> {
    app.device_keys
        .find_device(&context.devices, &account.id, account.device_epoch)
}

/// Call after a sign-in with a second factor. Recognises this browser for the account from now on, beside the other
/// accounts that have signed in with it. An API client receives the mark of this account only.
pub fn remember(app: &AppState, context: &RequestContext, account: &Account) -> Grant {
    let (keys, id, epoch) = (&app.device_keys, &account.id, account.device_epoch);
    let device = find_device(app, context, account).unwrap_or_else(DeviceId::generate);
    let others = context.devices.iter().filter(|mark| {
        let mark = std::slice::from_ref(*mark);
        context.caller == Caller::Browser && keys.find_device(mark, id, epoch).is_none()
    });
    let marks = std::iter::once(keys.issue_mark(device, id, epoch)).chain(others.cloned());
    Grant::Devices(marks.collect(), app.now() + LIFETIME)
}
