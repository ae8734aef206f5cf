//! The look of HTML mails: the name and the colours of the brand, in light and dark.

use crate::config::{BrandConfig, DARK, LIGHT, Palette, Theme};

/// The name and the colours of the brand, as HTML mails show them.
#[derive(Debug, Clone)]
pub struct MailLook {
    /// The name of the brand. It is not escaped.
    pub(super) brand_name: String,
    pub(super) light: MailColours,
    pub(super) dark: MailColours,
}

/// The colours of HTML mails in the light or the dark theme, each in the notation `#7a1f5c`.
#[derive(Debug, Clone)]
pub(super) struct MailColours {
    pub(super) page: String,
    pub(super) card: String,
    pub(super) text: String,
    pub(super) line: String,
    pub(super) accent: String,
    pub(super) on_accent: String,
}

/// Colours of one theme that the brand configuration does not contain, equal to those of the style sheet.
struct DefaultColours {
    text: &'static str,
    line: &'static str,
    accent: &'static str,
    on_accent: &'static str,
}

const DEFAULT_LIGHT: DefaultColours = DefaultColours {
    text: "#17202c",
    line: "#d7dde5",
    accent: "#1d4f91",
    on_accent: "#ffffff",
};

const DEFAULT_DARK: DefaultColours = DefaultColours {
    text: "#e7ecf3",
    line: "#2c3645",
    accent: "#90bbf5",
    on_accent: "#0b1728",
};

impl MailLook {
    /// Creates the look of mails from the brand configuration.
    pub fn from_brand_config(brand: &BrandConfig) -> Self {
        Self {
            brand_name: brand.name.clone(),
            light: MailColours::from_theme(&LIGHT, brand.light.as_ref(), &DEFAULT_LIGHT),
            dark: MailColours::from_theme(&DARK, brand.dark.as_ref(), &DEFAULT_DARK),
        }
    }
}

impl MailColours {
    /// Combines the colours of a theme with the accent colour of the brand.
    ///
    /// Uses the default accent if the brand has none.
    fn from_theme(theme: &Theme, palette: Option<&Palette>, defaults: &DefaultColours) -> Self {
        let (accent, on_accent) = palette.map_or_else(
            || (defaults.accent.to_owned(), defaults.on_accent.to_owned()),
            |palette| (palette.accent.to_string(), palette.on_accent.to_string()),
        );
        Self {
            page: theme.page.to_string(),
            card: theme.surface.to_string(),
            text: defaults.text.to_owned(),
            line: defaults.line.to_owned(),
            accent,
            on_accent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_mail_colours_equal_those_of_the_style_sheet() {
        let style = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/style/main.css"));
        let style = style.expect("style sheet is read");
        let (light, dark) = style
            .split_once("@media (prefers-color-scheme: dark)")
            .expect("style sheet has a dark theme");
        for (css, colours) in [(light, DEFAULT_LIGHT), (dark, DEFAULT_DARK)] {
            for (property, value) in [
                ("text", colours.text),
                ("line", colours.line),
                ("accent", colours.accent),
                ("on-accent", colours.on_accent),
            ] {
                let line = format!("--{property}: {value};");
                assert!(css.contains(&line), "{line} is not in the style sheet");
            }
        }
    }
}
