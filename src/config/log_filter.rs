//! Validates the filter of the log.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The remedy in the error message about a log filter.
pub(super) const LOG_FILTER_HINT: &str = "set a level (error, warn, info, debug, trace or off), or target=level, several \
                                          separated by commas, such as warn,sallyport=debug";

/// Parses a log filter: levels and `target=level`, separated by commas. Returns it without whitespace around the parts.
///
/// The library takes a single word that is no level as the name of a target, and turns every other target off.
/// A mistyped level would therefore turn the log off. So each part must state a level. The error names the wrong part.
pub(super) fn parse_log_filter(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    for part in &parts {
        let (target, level) = match part.rsplit_once('=') {
            Some((target, level)) => (Some(target), level),
            None => (None, *part),
        };
        let has_level = !level.is_empty() && level.parse::<LevelFilter>().is_ok();
        let has_target = target.is_none_or(|target| !target.contains(char::is_whitespace));
        if !has_level || !has_target || EnvFilter::try_new(part).is_err() {
            return Err(format!("`{part}` is neither a level nor target=level"));
        }
    }
    Ok(parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_filter_of_levels_and_targets_is_accepted() {
        for (given, used) in [
            ("info", "info"),
            ("WARN", "WARN"),
            ("off", "off"),
            ("3", "3"),
            ("sallyport=debug", "sallyport=debug"),
            (
                "warn, sallyport::hashing=debug",
                "warn,sallyport::hashing=debug",
            ),
            (
                "info,sallyport[request]=trace",
                "info,sallyport[request]=trace",
            ),
        ] {
            assert_eq!(parse_log_filter(given), Ok(used.to_owned()), "{given}");
        }
    }

    #[test]
    fn part_of_a_log_filter_without_a_level_is_refused() {
        for (given, wrong) in [
            ("inof", "inof"),
            ("WARNING", "WARNING"),
            ("6", "6"),
            ("sallyport", "sallyport"),
            ("[[", "[["),
            ("[[=info", "[[=info"),
            ("=", "="),
            ("=info", "=info"),
            ("sallyport=", "sallyport="),
            ("sallyport=loud", "sallyport=loud"),
            ("sallyport=debug=info", "sallyport=debug=info"),
            ("my target=info", "my target=info"),
            ("info,", ""),
            ("info,verify=dbeug", "verify=dbeug"),
        ] {
            assert_eq!(
                parse_log_filter(given),
                Err(format!("`{wrong}` is neither a level nor target=level")),
                "{given}"
            );
        }
    }
}
