//! Prints the configuration reference and the example file from the table of settings.

use std::fmt::Write as _;

use super::settings::{DefaultValue, SETTINGS, Setting};

/// Renders the configuration reference as a Markdown page.
pub fn render_configuration_reference() -> String {
    let mut page = "# Configuration reference\n\n\
        `sallyport config reference` prints this page. [Sources of the configuration](configuration-sources.md) describes \
        files, precedence and secrets.\n\n\
        A secret may also come from a file: `NAME_FILE` names it. A list is separated by commas.\n"
        .to_owned();
    let mut last = None;
    for setting in SETTINGS {
        let section = toml_section(setting);
        if last != Some(section) {
            last = Some(section);
            let title = if section.is_empty() { "mode" } else { section };
            // Writing to a String cannot fail.
            let _ = write!(
                page,
                "\n## `{title}`\n\n| Variable | Key | Default | Meaning |\n| --- | --- | --- | --- |\n"
            );
        }
        let kind = if setting.secret { " (secret)" } else { "" };
        let _ = writeln!(
            page,
            "| `{}`{kind} | `{}` | {} | {} |",
            setting.env,
            setting.key,
            render_default_cell(setting.default),
            setting.about
        );
    }
    page
}

/// Renders an example `sallyport.toml` in which every setting is commented out.
pub fn render_example_configuration() -> String {
    let mut file = "# Every setting of Sallyport with its default, printed by `sallyport config example`.\n\
        # Copy it to sallyport.toml and remove the # in front of what you change. The environment takes precedence.\n"
        .to_owned();
    let mut last = "";
    for setting in SETTINGS {
        let section = toml_section(setting);
        if section != last {
            last = section;
            let _ = write!(file, "\n[{section}]\n");
        }
        let _ = writeln!(file, "\n# {}", setting.about);
        let key = setting.key.rsplit('.').next().unwrap_or(setting.key);
        if setting.secret {
            let _ = writeln!(file, "#{key}_file = \"/run/secrets/{key}\"");
            continue;
        }
        match setting.default {
            DefaultValue::Value(value) => {
                let _ = writeln!(file, "#{key} = {}", render_toml_value(value));
            }
            DefaultValue::ByMode {
                development,
                production,
            } => {
                let _ = writeln!(
                    file,
                    "#{key} = {} # in development: {}",
                    render_toml_value(production),
                    render_toml_value(development)
                );
            }
            DefaultValue::Described(text) => {
                let _ = writeln!(file, "# Default: {text}.\n#{key} = \"\"");
            }
            DefaultValue::Unset => {
                let _ = writeln!(file, "#{key} = \"\"");
            }
        }
    }
    file
}

/// Returns the name of the TOML table that contains a setting.
///
/// The name is empty for a setting at the top level of the file.
fn toml_section(setting: &Setting) -> &'static str {
    setting
        .key
        .split_once('.')
        .map_or("", |(section, _)| section)
}

/// Renders the default value of a setting for the Markdown table of the reference.
fn render_default_cell(default: DefaultValue) -> String {
    match default {
        DefaultValue::Value(value) => format!("`{value}`"),
        DefaultValue::ByMode {
            development,
            production,
        } => format!("`{production}`; in development `{development}`"),
        DefaultValue::Described(text) => text.to_owned(),
        DefaultValue::Unset => "none".to_owned(),
    }
}

/// Renders a setting's value in TOML syntax: numbers and booleans unquoted, all other values as strings.
fn render_toml_value(value: &str) -> String {
    if value.parse::<u64>().is_ok() || matches!(value, "true" | "false") {
        value.to_owned()
    } else {
        format!("\"{value}\"")
    }
}
