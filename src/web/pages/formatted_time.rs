use jiff::Zoned;
use jiff::tz::TimeZone;
use leptos::prelude::*;

use crate::web::shell::texts;
use domain::Timestamp;
use domain::i18n::{TimeAgo, TimeTexts};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A moment as "22 November 2026, 02:13 UTC", exact in its `datetime`.
#[component]
pub fn FormattedTime(at: Timestamp) -> impl IntoView {
    view! { <time datetime=machine(at)>{exact(at, &texts().time)}</time> }
}

/// A moment as "5 minutes ago", exact in its `datetime` and on pointing at it.
#[component]
pub fn TimeSince(at: Timestamp, now: Timestamp) -> impl IntoView {
    let texts = &texts().time;
    view! {
        <time datetime=machine(at) title=exact(at, texts)>
            {(texts.ago)(since(at, now))}
        </time>
    }
}

/// "22 November 2026, 02:13 UTC". Where the reader is, the server does not know.
pub fn exact(at: Timestamp, texts: &TimeTexts) -> String {
    let Some(at) = zoned(at) else {
        return String::new();
    };
    let month = usize::from(at.month().unsigned_abs()) - 1;
    let time = at.strftime("%H:%M").to_string();
    (texts.exact)(at.day(), texts.months[month], at.year(), &time)
}

/// As HTML's `datetime` has it (ISO 8601).
fn machine(at: Timestamp) -> String {
    zoned(at).map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// `None` only beyond the year 9999.
fn zoned(at: Timestamp) -> Option<Zoned> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(TimeZone::UTC))
}

/// Rounded down: what happened 119 seconds ago happened a minute ago.
fn since(at: Timestamp, now: Timestamp) -> TimeAgo {
    let secs = u64::try_from(now.as_millis().saturating_sub(at.as_millis()) / 1000).unwrap_or(0);
    match secs {
        0..MINUTE => TimeAgo::Now,
        MINUTE..HOUR => TimeAgo::Minutes(secs / MINUTE),
        HOUR..DAY => TimeAgo::Hours(secs / HOUR),
        _ => TimeAgo::Days(secs / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language;

    #[test]
    fn how_long_ago_is_said_in_the_largest_whole_unit() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let ago = Language::English.page_texts().time.ago;
        for (secs, texts) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (7200, "2 hours ago"),
            (86_400, "1 day ago"),
            (30 * 86_400, "30 days ago"),
        ] {
            let at = now - core::time::Duration::from_secs(secs);
            assert_eq!(ago(since(at, now)), texts);
        }
        assert_eq!(
            since(now + core::time::Duration::from_secs(5), now),
            TimeAgo::Now
        );
    }

    #[test]
    fn a_moment_is_exact_to_people_and_to_machines() {
        let at = Timestamp::from_millis(1_767_225_723_456);
        let [english, german] =
            Language::ALL.map(|language| exact(at, &language.page_texts().time));
        assert_eq!(english, "1 January 2026, 00:02 UTC");
        assert_eq!(german, "1. Januar 2026, 00:02 UTC");
        assert_eq!(machine(at), "2026-01-01T00:02:03Z");
        assert_eq!(machine(Timestamp::from_millis(i64::MAX)), "");
    }
}
