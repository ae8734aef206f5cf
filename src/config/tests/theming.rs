//! The theming page and the style sheet.

use super::brand::{ACCENT_LIGHT, create_png_header};
use super::*;

#[test]
fn example_of_the_theming_page_is_a_configuration() {
    let page = read_theming_page();
    let (_, example) = page
        .split_once("```toml\n")
        .expect("page contains an example");
    let (example, _) = example.split_once("```").expect("code block ends");
    let folder =
        create_directory_with_files(&[("sallyport.toml", example), ("logo.svg", "<svg/>")]);
    fs::write(folder.path().join("icon.png"), create_png_header(512, 512))
        .expect("file is written");
    let brand = load_config_in(folder.path(), &[])
        .expect("valid configuration")
        .brand;
    assert_eq!(brand.name, "Acme Bank");
    assert!(brand.logo.is_some() && brand.icon.is_some() && brand.light.is_some());
    let used = example.lines().filter(|line| line.contains(" = "));
    assert_eq!(
        used.count(),
        12,
        "all settings but the dark accent and the terms"
    );
}

#[test]
fn theming_page_shows_the_error_of_a_pale_accent() {
    let page = read_theming_page();
    let errors = config_error_text(&[(ACCENT_LIGHT, "#ffcc00")]);
    let line = errors.lines().find(|line| line.contains(ACCENT_LIGHT));
    let line = line.expect("page contains an error").trim();
    assert!(page.contains(line), "{line} is not on the page");
}

/// Returns the text of the page `docs/theming.md`.
fn read_theming_page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/theming.md");
    fs::read_to_string(path).expect("page is read")
}

/// Compares the table of style variables in the documentation with the style sheet.
#[test]
fn theming_page_lists_every_style_variable_with_its_values() {
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("style/main.css");
    let style = fs::read_to_string(style).expect("style sheet is read");
    let page = read_theming_page();
    let light = read_css_properties_after(&style, ":root {\n");
    let dark =
        read_css_properties_after(&style, "@media (prefers-color-scheme: dark) {\n  :root {\n");
    let expected: Vec<String> = light
        .iter()
        .map(|(name, value)| {
            let other = dark.iter().find(|(of, _)| of == name);
            let other = other.map_or("the same".to_owned(), |(_, value)| format!("`{value}`"));
            format!("| `--{name}` | `{value}` | {other} |")
        })
        .collect();
    assert!(expected.len() > 25, "{expected:?}");
    let rows = page.lines().filter(|line| line.starts_with("| `--"));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(&expected) {
        assert!(row.starts_with(expected), "{row} is not {expected}");
    }
}

/// Returns names and values of the CSS custom properties in the block that begins with `start`.
fn read_css_properties_after<'a>(style: &'a str, start: &str) -> Vec<(&'a str, &'a str)> {
    let (_, block) = style.split_once(start).expect("style sheet has the block");
    let block = block
        .lines()
        .take_while(|line| !line.trim().starts_with('}'));
    block
        .filter_map(|line| line.trim().strip_prefix("--"))
        .filter_map(|line| line.split(';').next()?.split_once(": "))
        .collect()
}

/// Checks that the style sheet uses `start` and `end`, because pages in right-to-left languages are mirrored.
#[test]
fn style_sheet_has_no_property_for_left_or_right() {
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("style/main.css");
    let style = std::fs::read_to_string(style).expect("style sheet is read");
    let sides = ["left", "right"];
    for line in style.lines() {
        let Some((property, value)) = line.trim().split_once(':') else {
            continue;
        };
        let names_side = |text: &str| {
            let mut words = text.split(|c: char| !c.is_alphanumeric());
            words.any(|word| sides.contains(&word))
        };
        assert!(!names_side(property), "{line}");
        assert!(
            !["text-align", "float", "clear"].contains(&property) || !names_side(value),
            "{line}"
        );
        // Four values: top, right, bottom, left. A value with brackets in it would be several words.
        let values: Vec<&str> = value.trim_end_matches(';').split_whitespace().collect();
        let has_sides = ["margin", "padding", "inset", "border-width"].contains(&property);
        if let (true, false, [_, right, _, left]) = (has_sides, value.contains(", "), &*values) {
            assert_eq!(right, left, "{line}");
        }
    }
}
