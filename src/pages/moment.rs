use leptos::prelude::*;

use crate::domain::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A moment as "22 November 2026, 02:13 UTC", exact in its `datetime`.
#[component]
pub fn Moment(at: Timestamp) -> impl IntoView {
    view! { <time datetime=machine(at)>{exact(at)}</time> }
}

/// A moment as "5 minutes ago", exact in its `datetime` and on pointing at it.
#[component]
pub fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time datetime=machine(at) title=exact(at)>
            {ago(at, now)}
        </time>
    }
}

/// "22 November 2026, 02:13 UTC". Where the reader is, the server does not know.
pub fn exact(at: Timestamp) -> String {
    written(at, "%-d %B %Y, %H:%M UTC")
}

/// As HTML's `datetime` has it (ISO 8601).
fn machine(at: Timestamp) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

fn written(at: Timestamp, format: &str) -> String {
    // Out of range only beyond the year 9999.
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map(|at| at.strftime(format).to_string())
        .unwrap_or_default()
}

/// Rounded down: what happened 119 seconds ago happened a minute ago.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let secs = u64::try_from(now.as_millis().saturating_sub(at.as_millis()) / 1000).unwrap_or(0);
    let (count, unit) = match secs {
        0..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => (secs / MINUTE, "minute"),
        HOUR..DAY => (secs / HOUR, "hour"),
        _ => (secs / DAY, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_in_the_largest_whole_unit() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        for (secs, words) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (7200, "2 hours ago"),
            (86_400, "1 day ago"),
            (30 * 86_400, "30 days ago"),
        ] {
            let at = now - core::time::Duration::from_secs(secs);
            assert_eq!(ago(at, now), words);
        }
        assert_eq!(
            ago(now + core::time::Duration::from_secs(5), now),
            "just now"
        );
    }

    #[test]
    fn a_moment_is_exact_to_people_and_to_machines() {
        let at = Timestamp::from_millis(1_767_225_723_456);
        assert_eq!(exact(at), "1 January 2026, 00:02 UTC");
        assert_eq!(machine(at), "2026-01-01T00:02:03Z");
        assert_eq!(exact(Timestamp::from_millis(i64::MAX)), "");
    }
}
