use gloo_timers::callback::Interval;
use leptos::prelude::*;

use crate::web::islands::dom;
use domain::i18n::CodeEntryTexts;
use domain::{CodeEntry, MAX_SEND_WAIT_SECS, Timestamp};

/// Current server time, as the browser calculates it.
///
/// The value is the time in the last server response plus the time since that response. The browser's clock measures
/// only the difference, so it may be set wrong.
#[derive(Clone, Copy)]
pub struct ServerTime {
    /// The last time received from the server.
    sent: RwSignal<Timestamp>,
    /// Local time when it was received, in milliseconds.
    received_at: RwSignal<i64>,
    now: RwSignal<Timestamp>,
}

impl ServerTime {
    /// Creates an estimate of the server's clock from `entry.now`, the time at which the server rendered the page.
    pub fn new(entry: &CodeEntry) -> Self {
        let time = Self {
            sent: RwSignal::new(entry.now),
            received_at: RwSignal::new(0),
            now: RwSignal::new(entry.now),
        };
        Effect::new(move || {
            time.received_at.set(dom::page_load_start_millis());
            time.update_current_server_time();
            let interval = Interval::new(250, move || time.update_current_server_time());
            let interval = StoredValue::new_local(Some(interval));
            on_cleanup(move || drop(interval.try_update_value(Option::take)));
        });
        time
    }

    /// Sets the server time to `server_now`, the time in a response that has just arrived.
    pub fn synchronize_clock_with_server_time(self, server_now: Timestamp) {
        self.sent.set(server_now);
        self.received_at.set(dom::browser_clock_millis());
        self.update_current_server_time();
    }

    /// Advances the server time by the time that has passed in the browser, at most four times a second.
    fn update_current_server_time(self) {
        let since = (dom::browser_clock_millis() - self.received_at.get_untracked()).max(0);
        let now = Timestamp::from_millis(self.sent.get_untracked().as_millis() + since);
        // Limits updates to four per second.
        let quarter_second = |time: Timestamp| time.as_millis() / 250;
        if quarter_second(now) != quarter_second(self.now.get_untracked()) {
            self.now.set(now);
        }
    }

    /// Returns the seconds from the current server time until `moment`, rounded up; 0 if `moment` has passed.
    pub fn secs_until(self, moment: Timestamp) -> u64 {
        moment.secs_since(self.now.get())
    }
}

/// The times of a sent code that a code entry form shows.
#[derive(Clone, Copy)]
pub struct CodeTimes {
    /// The seconds until the code expires; `None` if no code was sent.
    pub seconds_left: Memo<Option<u64>>,
    pub expired: Memo<bool>,
    /// The seconds until another code can be requested.
    pub wait: Memo<u64>,
    /// Whether a limit on messages is reached.
    pub refused: Memo<bool>,
}

impl CodeTimes {
    /// Creates the times of the code in `entry`, by the clock of the server.
    pub fn new(entry: RwSignal<CodeEntry>, time: ServerTime) -> Self {
        let seconds_left = Memo::new(move |_| {
            let expires_at = entry.read().sent.as_ref().map(|sent| sent.expires_at);
            expires_at.map(|moment| time.secs_until(moment))
        });
        let wait = Memo::new(move |_| {
            let resend_at = entry.read().sent.as_ref().map(|sent| sent.resend_at);
            resend_at.map_or(0, |moment| time.secs_until(moment))
        });
        Self {
            seconds_left,
            expired: Memo::new(move |_| seconds_left.get() == Some(0)),
            wait,
            refused: Memo::new(move |_| wait.get() > MAX_SEND_WAIT_SECS),
        }
    }
}

/// Returns the screen reader text for a code that expires in `secs` seconds. The text changes at 60, 30 and 0 seconds.
pub const fn countdown_announcement(texts: &CodeEntryTexts, secs: u64) -> Option<&'static str> {
    match secs {
        0 => Some(texts.expired),
        1..=30 => Some(texts.half_minute_left),
        31..=60 => Some(texts.minute_left),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language;

    #[test]
    fn countdown_announcement_changes_only_at_60_30_and_0_seconds() {
        let announcement =
            |secs| countdown_announcement(&Language::English.island_texts().code, secs);
        let mut texts: Vec<_> = (0..=300).rev().map(announcement).collect();
        texts.dedup();
        assert_eq!(texts.len(), 4);
        assert_ne!(announcement(61), announcement(60));
        assert_ne!(announcement(31), announcement(30));
        assert_ne!(announcement(1), announcement(0));
    }
}
