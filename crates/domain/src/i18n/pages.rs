use crate::{ActivityEvent, FlashMessage};

use super::{Around, Payments, Words};

/// What the pages say around their islands.
pub struct Pages {
    /// What they share with the islands.
    pub shared: &'static Words,
    pub frame: Frame,
    pub not_found: NotFound,
    pub ended_title: &'static str,
    pub register: Register,
    pub verify_title: &'static str,
    pub totp_lead: &'static str,
    pub dashboard: Dashboard,
    pub profile: Profile,
    pub phone: Phone,
    pub authenticator: Authenticator,
    pub recovery: RecoveryPage,
    pub sessions: Sessions,
    pub history: History,
    pub payments: Payments,
    pub step_up: StepUp,
    pub moments: Moments,
    pub refused: Refused,
    pub news: fn(FlashMessage) -> &'static str,
}

/// What stands around every page.
pub struct Frame {
    pub skip: &'static str,
    pub account: &'static str,
    pub profile: &'static str,
    pub sign_out: &'static str,
    pub language: &'static str,
}

pub struct NotFound {
    pub title: &'static str,
    pub text: &'static str,
    pub home: &'static str,
}

pub struct Register {
    pub title: &'static str,
    pub already: &'static str,
    pub credentials_title: &'static str,
    pub verify_title: &'static str,
    pub will_send: Around,
    pub change_number: &'static str,
    pub steps: [&'static str; 3],
}

pub struct Dashboard {
    pub title: &'static str,
    /// With the full name.
    pub welcome: fn(&str) -> String,
    pub offer: &'static str,
    /// How many wrong codes were entered before this sign-in.
    pub failures: fn(usize) -> String,
}

pub struct Profile {
    pub title: &'static str,
    pub methods: &'static str,
    pub activity: &'static str,
    pub on: &'static str,
    pub not_set_up: &'static str,
    pub set_up: &'static str,
    pub manage: &'static str,
    pub change_phone: &'static str,
    /// How many recovery codes are left.
    pub codes_left: fn(u32) -> String,
}

pub struct Phone {
    pub title: &'static str,
    pub current: &'static str,
    pub verified: Around,
}

pub struct Authenticator {
    pub title: &'static str,
    pub lead: &'static str,
    pub set_up: &'static str,
    pub since: &'static str,
    pub new_phone: &'static str,
    pub replace: &'static str,
    pub old_works: &'static str,
    pub scan: &'static str,
    pub qr: &'static str,
    pub open_here: &'static str,
    pub or_type: &'static str,
}

pub struct RecoveryPage {
    pub title: &'static str,
    pub lead: &'static str,
    pub none: &'static str,
    pub left: &'static str,
    pub created: &'static str,
    /// So many of so many.
    pub left_of: fn(u32, usize) -> String,
    pub create: &'static str,
    pub shown_once: &'static str,
    pub keep: &'static str,
    pub download: &'static str,
    pub done: &'static str,
    /// The name of the file, without its ending.
    pub file_name: &'static str,
    pub file_title: &'static str,
    pub file_advice: [&'static str; 2],
}

pub struct Sessions {
    pub title: &'static str,
    pub lead: &'static str,
    pub end_others: &'static str,
    pub this: &'static str,
    pub end: &'static str,
    /// With the device.
    pub end_named: fn(&str) -> String,
    /// A browser and its system.
    pub device: fn(&str, &str) -> String,
    pub unknown_device: &'static str,
    /// A session over the JSON API.
    pub program: &'static str,
    pub signed_in: &'static str,
    pub last_active: &'static str,
}

pub struct History {
    pub title: &'static str,
    pub lead: &'static str,
    pub pages: &'static str,
    pub older: &'static str,
    pub newest: &'static str,
    pub line: fn(ActivityEvent) -> &'static str,
}

pub struct StepUp {
    pub password: &'static str,
    pub factor: &'static str,
}

/// How long something is ago, in the largest whole unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    Now,
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

pub struct Moments {
    /// January first.
    pub months: [&'static str; 12],
    /// Day, month, year and time of day.
    pub exact: fn(i8, &str, i16, &str) -> String,
    pub ago: fn(Since) -> String,
}

/// What is said when a request goes no further.
pub struct Refused {
    pub title: &'static str,
    pub home: &'static str,
    pub cross_site: &'static str,
    pub not_found: &'static str,
    pub too_slow: &'static str,
    pub too_large: &'static str,
    pub too_many: &'static str,
    pub busy: &'static str,
    pub internal: &'static str,
    pub malformed: &'static str,
}
