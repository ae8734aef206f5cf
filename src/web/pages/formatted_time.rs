use jiff::Zoned;
use jiff::tz::TimeZone;
use leptos::prelude::*;

use crate::web::shell::{add_times_script, page_texts};
use domain::Timestamp;
use domain::i18n::{TimeAgo, TimeTexts};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// HTML `time` element with date and time, such as "22 November 2026, 02:13 UTC".
///
/// A script converts the time to the browser's time zone.
#[component]
pub fn FormattedTime(at: Timestamp) -> impl IntoView {
    add_times_script();
    view! { <time datetime=format_datetime_attribute(at) data-exact="">{format_date_and_time(at, &page_texts().time)}</time> }
}

/// HTML `time` element with a time of day, such as "02:13 UTC". A script converts the time to the browser's time zone.
#[component]
pub fn TimeOfDay(at: Timestamp) -> impl IntoView {
    add_times_script();
    let time = to_utc_time(at).map(|at| at.strftime("%H:%M UTC").to_string());
    view! {
        <time datetime=format_datetime_attribute(at) data-time="" title=format_date_and_time(at, &page_texts().time)>
            {time}
        </time>
    }
}

/// HTML `time` element with the time since an event, such as "5 minutes ago".
///
/// The title of the element is the exact time. A script converts it to the browser's time zone.
#[component]
pub fn TimeSince(at: Timestamp, now: Timestamp) -> impl IntoView {
    add_times_script();
    let texts = &page_texts().time;
    view! {
        <time datetime=format_datetime_attribute(at) data-since="" title=format_date_and_time(at, texts)>
            {(texts.ago)(elapsed_time_in_largest_unit(at, now))}
        </time>
    }
}

/// Formats date and time in UTC, such as "22 November 2026, 02:13 UTC".
pub fn format_date_and_time(at: Timestamp, texts: &TimeTexts) -> String {
    let Some(at) = to_utc_time(at) else {
        return String::new();
    };
    let month = usize::from(at.month().unsigned_abs()) - 1;
    let time = at.strftime("%H:%M").to_string();
    (texts.exact)(at.day(), texts.months[month], at.year(), &time)
}

/// Formats a day in UTC, such as "22 November 2026".
pub fn format_day(at: Timestamp, texts: &TimeTexts) -> String {
    let Some(at) = to_utc_time(at) else {
        return String::new();
    };
    let month = usize::from(at.month().unsigned_abs()) - 1;
    (texts.day)(at.day(), texts.months[month], at.year())
}

/// Formats a time of day in UTC, such as "02:13 UTC", rounded up to a minute.
pub fn format_time_of_day(at: Timestamp) -> String {
    let minute = i64::try_from(MINUTE * 1_000).unwrap_or(i64::MAX);
    let rounded = at.as_millis().saturating_add(minute - 1) / minute * minute;
    to_utc_time(Timestamp::from_millis(rounded))
        .map_or_else(String::new, |at| at.strftime("%H:%M UTC").to_string())
}

/// Formats a time for the `datetime` attribute of HTML (ISO 8601).
fn format_datetime_attribute(at: Timestamp) -> String {
    to_utc_time(at).map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// Converts a timestamp to a calendar time in UTC. Returns `None` after the year 9999.
fn to_utc_time(at: Timestamp) -> Option<Zoned> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(TimeZone::UTC))
}

/// Returns the time from `at` to `now` in the largest whole unit.
///
/// The result is rounded down: 119 seconds are 1 minute.
fn elapsed_time_in_largest_unit(at: Timestamp, now: Timestamp) -> TimeAgo {
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
    fn time_of_day_is_rounded_up_to_a_minute() {
        let at = |secs: i64| format_time_of_day(Timestamp::from_millis(secs * 1_000));
        assert_eq!(at(16 * 3_600 + 9 * 60), "16:09 UTC");
        assert_eq!(at(16 * 3_600 + 9 * 60 + 1), "16:10 UTC");
        assert_eq!(at(24 * 3_600 - 1), "00:00 UTC");
    }

    #[test]
    fn time_since_an_event_is_shown_in_the_largest_whole_unit() {
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
            assert_eq!(ago(elapsed_time_in_largest_unit(at, now)), texts);
        }
        assert_eq!(
            elapsed_time_in_largest_unit(now + core::time::Duration::from_secs(5), now),
            TimeAgo::Now
        );
    }

    #[test]
    fn exact_time_is_formatted_for_users_and_for_html() {
        let at = Timestamp::from_millis(1_767_225_723_456);
        for (language, text, day) in [
            (
                Language::English,
                "1 January 2026, 00:02 UTC",
                "1 January 2026",
            ),
            (
                Language::German,
                "1. Januar 2026, 00:02 UTC",
                "1. Januar 2026",
            ),
            (
                Language::French,
                "1er janvier 2026 à 00:02 UTC",
                "1er janvier 2026",
            ),
            (
                Language::Spanish,
                "1 de enero de 2026, 00:02 UTC",
                "1 de enero de 2026",
            ),
            (
                Language::Portuguese,
                "1º de janeiro de 2026 às 00:02 UTC",
                "1º de janeiro de 2026",
            ),
            (
                Language::Polish,
                "1 stycznia 2026, 00:02 UTC",
                "1 stycznia 2026",
            ),
        ] {
            let texts = &language.page_texts().time;
            assert_eq!(format_date_and_time(at, texts), text);
            assert_eq!(format_day(at, texts), day);
        }
        assert_eq!(format_datetime_attribute(at), "2026-01-01T00:02:03Z");
        assert_eq!(
            format_datetime_attribute(Timestamp::from_millis(i64::MAX)),
            ""
        );
    }
}
