use gloo_timers::callback::Interval;
use leptos::prelude::*;

use super::dom;
use domain::i18n::CodeEntryTexts;
use domain::{CodeEntry, Timestamp};

/// The server's time, carried on locally.
///
/// The local clock only measures how long it has been since the server last said what time it
/// is; that it is set wrong does not matter.
#[derive(Clone, Copy)]
pub struct ServerTime {
    said: RwSignal<Timestamp>,
    heard: RwSignal<i64>,
    now: RwSignal<Timestamp>,
}

impl ServerTime {
    /// `entry.now` is when the page was rendered.
    pub fn new(entry: &CodeEntry) -> Self {
        let time = Self {
            said: RwSignal::new(entry.now),
            heard: RwSignal::new(0),
            now: RwSignal::new(entry.now),
        };
        Effect::new(move || {
            time.heard.set(dom::page_started());
            time.tick();
            let ticking = Interval::new(250, move || time.tick());
            let ticking = StoredValue::new_local(Some(ticking));
            on_cleanup(move || drop(ticking.try_update_value(Option::take)));
        });
        time
    }

    /// The server said its time just now.
    pub fn heard(self, now: Timestamp) {
        self.said.set(now);
        self.heard.set(dom::local_now());
        self.tick();
    }

    fn tick(self) {
        let since = (dom::local_now() - self.heard.get_untracked()).max(0);
        let now = Timestamp::from_millis(self.said.get_untracked().as_millis() + since);
        // Only whole seconds are shown: no signal fires for less.
        let shown = |time: Timestamp| time.as_millis() / 250;
        if shown(now) != shown(self.now.get_untracked()) {
            self.now.set(now);
        }
    }

    pub fn secs_until(self, moment: Timestamp) -> u64 {
        moment.secs_after(self.now.get())
    }
}

/// "4:32".
pub fn clock_face(secs: u64) -> String {
    let (minutes, seconds) = (secs / 60, secs % 60);
    if seconds < 10 {
        format!("{minutes}:0{seconds}")
    } else {
        format!("{minutes}:{seconds}")
    }
}

/// What a screen reader is told: at a minute, at half a minute, at the end, and never between.
pub const fn announcement(texts: &CodeEntryTexts, secs: u64) -> Option<&'static str> {
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
    fn the_clock_face_always_has_two_digits_of_seconds() {
        assert_eq!(clock_face(272), "4:32");
        assert_eq!(clock_face(65), "1:05");
        assert_eq!(clock_face(0), "0:00");
    }

    #[test]
    fn announcements_change_only_at_sixty_thirty_and_nought() {
        let announcement = |secs| announcement(&Language::English.island_texts().code, secs);
        let mut said: Vec<_> = (0..=300).rev().map(announcement).collect();
        said.dedup();
        assert_eq!(said.len(), 4);
        assert_ne!(announcement(61), announcement(60));
        assert_ne!(announcement(31), announcement(30));
        assert_ne!(announcement(1), announcement(0));
    }
}
