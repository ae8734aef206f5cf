//! The configuration reference states what the code does.

use std::ops::RangeInclusive;

use super::*;
use crate::config::settings::DefaultValue;
use crate::config::{SETTINGS, reference};

/// Checks that a generated file is up to date. On failure, names the command that regenerates it.
fn assert_up_to_date(file: &str, printed: &str, command: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == printed,
        "{file} is out of date: run `{command} > {file}`"
    );
}

#[test]
fn reference_page_lists_the_settings_of_the_code() {
    assert_up_to_date(
        "docs/configuration.md",
        &reference::render_configuration_reference(),
        "sallyport config reference",
    );
}

#[test]
fn example_file_lists_the_settings_of_the_code() {
    assert_up_to_date(
        "sallyport.example.toml",
        &reference::render_example_configuration(),
        "sallyport config example",
    );
}

#[test]
fn example_file_is_valid_and_changes_nothing() {
    let folder = create_directory_with_files(&[(
        "sallyport.toml",
        &reference::render_example_configuration(),
    )]);
    let with = load_config_in(folder.path(), &[]).expect("valid configuration");
    let without = create_empty_directory();
    let without = load_config_in(without.path(), &[]).expect("valid configuration");
    assert_eq!(with.limits.resend_gap, without.limits.resend_gap);
    assert_eq!(with.server.listen, without.server.listen);
}

/// Returns the `Debug` output of a configuration, without the paths of its directory.
fn debug_output(folder: &Path, env: &[Variable]) -> String {
    let config = load_config_in(folder, env).unwrap_or_else(|errors| panic!("{env:?}: {errors}"));
    format!("{config:?}")
}

#[test]
fn stated_default_is_the_value_of_an_unset_setting() {
    let folder = create_empty_directory();
    for (mode, base) in [
        ("development", vec![("SALLYPORT_MODE", "development")]),
        ("production", production_with(&[])),
    ] {
        let unset = debug_output(folder.path(), &base);
        for setting in SETTINGS {
            let stated = match setting.default {
                DefaultValue::Value(value) => value,
                DefaultValue::ByMode { development, .. } if mode == "development" => development,
                DefaultValue::ByMode { production, .. } => production,
                DefaultValue::Described(_) | DefaultValue::Unset => continue,
            };
            // For these two, the configuration differs between an unset value and the default that is set explicitly.
            let is_kept_apart = ["SALLYPORT_MODE", "SALLYPORT_CODE_LENGTH"].contains(&setting.env);
            if is_kept_apart || base.iter().any(|(name, _)| *name == setting.env) {
                continue;
            }
            let mut env = base.clone();
            env.push((setting.env, stated));
            assert_eq!(
                debug_output(folder.path(), &env),
                unset,
                "{} in {mode}",
                setting.env
            );
        }
    }
}

/// Parses a word such as `1,000;` as a whole number.
fn parse_number(word: &str) -> Option<u64> {
    let digits = word.trim_end_matches([',', '.', ';']).replace(',', "");
    digits.parse().ok()
}

/// Returns the range that the description of a setting states, such as `0 to 900; at least 1 in production`.
fn stated_range(about: &str, is_production: bool) -> Option<RangeInclusive<u64>> {
    let words: Vec<&str> = about.split(' ').collect();
    let range = words.windows(3).find_map(|words| match words {
        [min, "to", max] => Some((parse_number(min)?, parse_number(max)?)),
        _ => None,
    });
    let (mut min, mut max) = range?;
    for words in words.windows(5).filter(|_| is_production) {
        match words {
            ["at", "least", bound, "in", "production."] => min = parse_number(bound)?,
            ["at", "most", bound, "in", "production."] => max = parse_number(bound)?,
            _ => {}
        }
    }
    Some(min..=max)
}

#[test]
fn both_ends_of_a_stated_range_are_accepted_and_the_numbers_beyond_are_refused() {
    // These descriptions have a condition: the size of a picture, and the memory of a single pass.
    let conditional = ["SALLYPORT_BRAND_ICON", "SALLYPORT_ARGON2_ITERATIONS"];
    let folder = create_empty_directory();
    let mut tried = 0;
    for setting in SETTINGS {
        if conditional.contains(&setting.env) {
            continue;
        }
        for is_production in [false, true] {
            let Some(range) = stated_range(setting.about, is_production) else {
                let is_limit = setting.env.starts_with("SALLYPORT_LIMIT_");
                assert!(!is_limit, "{} states no range", setting.env);
                continue;
            };
            let below = range.start().checked_sub(1);
            let beyond = [below, range.end().checked_add(1)];
            let ends = [Some(*range.start()), Some(*range.end())];
            for number in ends.into_iter().chain(beyond).flatten() {
                let value = number.to_string();
                let change = (setting.env, value.as_str());
                let env = if is_production {
                    production_with(&[change])
                } else {
                    vec![change]
                };
                let loaded = load_config_in(folder.path(), &env);
                let is_expected = loaded.is_ok() == range.contains(&number);
                assert!(is_expected, "{change:?} {is_production}: {loaded:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried} numbers tried");
}
