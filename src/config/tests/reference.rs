//! The configuration reference states what the code does.

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
