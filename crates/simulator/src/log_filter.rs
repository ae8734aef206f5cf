//! Parses the filter of the log.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// Parses the value of `SALLYPORT_LOG`: levels and `target=level`, separated by commas. The error names the wrong part.
///
/// The library takes a single word that is no level as the name of a target, and turns every other target off.
/// A mistyped level would therefore turn the log off. So each part must state a level.
pub fn parse_log_filter(text: &str) -> Result<Targets, String> {
    let invalid = |part: &str| {
        format!(
            "SALLYPORT_LOG: `{part}` is neither a level nor target=level; set a level (error, warn, info, debug, \
             trace or off), such as simulator=debug,warn"
        )
    };
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if let Some(part) = parts.iter().find(|part| !has_valid_level(part)) {
        return Err(invalid(part));
    }
    let filter = parts.join(",");
    filter.parse().map_err(|_| invalid(&filter))
}

/// Returns whether a part of a filter is a level, or a target and a level.
fn has_valid_level(part: &str) -> bool {
    let (target, level) = match part.rsplit_once('=') {
        Some((target, level)) => (Some(target), level),
        None => (None, part),
    };
    let is_name = |target: &str| {
        let is_name_character = |c: char| c.is_ascii_alphanumeric() || "_:-".contains(c);
        !target.is_empty() && target.chars().all(is_name_character)
    };
    !level.is_empty() && level.parse::<LevelFilter>().is_ok() && target.is_none_or(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_filter_of_levels_and_targets_is_accepted() {
        for text in [
            "info",
            "WARN",
            "off",
            "simulator=debug,warn",
            "warn, simulator=debug",
        ] {
            assert!(parse_log_filter(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn part_of_a_log_filter_without_a_level_is_refused() {
        for (text, wrong) in [
            ("inof", "`inof`"),
            ("WARNING", "`WARNING`"),
            ("simulator", "`simulator`"),
            ("[[", "`[[`"),
            ("[[=info", "`[[=info`"),
            ("=", "`=`"),
            ("info,simulator=loud", "`simulator=loud`"),
            ("info,", "``"),
        ] {
            let error = parse_log_filter(text).err().unwrap_or_default();
            assert!(error.contains(wrong), "{text}: {error}");
        }
    }
}
