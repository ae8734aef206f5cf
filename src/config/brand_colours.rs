//! Accent colours of the brand: contrast by WCAG 2.2, and the colours derived from an accent.

use std::fmt;
use std::str::FromStr;

/// The minimum contrast ratio of text (WCAG 2.2, success criterion 1.4.3).
const MIN_CONTRAST: f64 = 4.5;
/// The share of the accent in the colour `--accent-soft`, 0 to 1. The rest is the colour `--surface`.
const SOFT_SHARE: f64 = 0.09;
/// The share of the accent in the colour `--accent-strong`, 0 to 1. The rest is black or white.
const STRONG_SHARE: f64 = 0.75;

/// Colour in the sRGB colour space: red, green and blue as one byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// Error for a text that is not a colour of the form `#7a1f5c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour must be `#` followed by six hexadecimal digits")]
pub struct InvalidColour;

impl Colour {
    /// Returns the relative luminance of the colour as defined by WCAG, from 0 to 1.
    fn relative_luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Returns the WCAG contrast ratio between two colours, from 1 to 21.
    fn contrast_ratio(self, other: Self) -> f64 {
        let (one, two) = (self.relative_luminance(), other.relative_luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Mixes this colour with `other`. `share_of_self` is the proportion of this colour, from 0 to 1.
    fn mix_with(self, share_of_self: f64, other: Self) -> Self {
        let mix = |at: usize| {
            let mixed = f64::from(self.0[at]) * share_of_self
                + f64::from(other.0[at]) * (1.0 - share_of_self);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a mixture of two bytes is between 0 and 255"
            )]
            let channel = mixed.round() as u8;
            channel
        };
        Self([mix(0), mix(1), mix(2)])
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Colour {
    type Err = InvalidColour;

    fn from_str(text: &str) -> Result<Self, InvalidColour> {
        let digits = text.strip_prefix('#').ok_or(InvalidColour)?;
        let bytes = hex::decode(digits).map_err(|_| InvalidColour)?;
        bytes.try_into().map(Self).map_err(|_| InvalidColour)
    }
}

/// Accent colour of the brand with its derived shades, which replace the default accent colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    pub accent: Colour,
    strong: Colour,
    soft: Colour,
    pub on_accent: Colour,
}

impl Palette {
    /// Returns the palette as CSS declarations of custom properties, separated by semicolons.
    pub fn css_declarations(&self) -> String {
        let Self {
            accent,
            strong,
            soft,
            on_accent,
        } = self;
        format!(
            "--accent:{accent};--accent-strong:{strong};--accent-soft:{soft};--on-accent:{on_accent};--focus:{accent}"
        )
    }
}

/// Background and text colours of the light or the dark theme, equal to those in the style sheet.
#[derive(Debug)]
pub struct Theme {
    /// `--page`: the background of the window on wide screens.
    pub page: Colour,
    /// `--surface`: the background of cards, and of the window on narrow screens.
    pub surface: Colour,
    sunken: Colour,
    on_accent: Colour,
    /// Black or white: the one with the higher contrast to the backgrounds.
    far_end: Colour,
}

pub const LIGHT: Theme = Theme {
    page: Colour([0xee, 0xf1, 0xf4]),
    surface: Colour([0xff; 3]),
    sunken: Colour([0xf4, 0xf6, 0xf8]),
    on_accent: Colour([0xff; 3]),
    far_end: Colour([0; 3]),
};

pub const DARK: Theme = Theme {
    page: Colour([0x0e, 0x13, 0x1a]),
    surface: Colour([0x17, 0x1e, 0x28]),
    sunken: Colour([0x10, 0x16, 0x1e]),
    on_accent: Colour([0x0b, 0x17, 0x28]),
    far_end: Colour([0xff; 3]),
};

/// Error for an accent colour whose contrast with another colour is below [`MIN_CONTRAST`].
#[derive(Debug)]
pub(super) struct LowContrast {
    pub(super) ratio: f64,
    /// The other colour and its use, for the error message.
    pub(super) with: String,
}

impl Theme {
    /// Derives the palette of an accent colour. Fails with the lowest contrast if it is below [`MIN_CONTRAST`].
    pub(super) fn derive_palette(&self, accent: Colour) -> Result<Palette, LowContrast> {
        let palette = Palette {
            accent,
            strong: accent.mix_with(STRONG_SHARE, self.far_end),
            soft: accent.mix_with(SOFT_SHARE, self.surface),
            on_accent: self.on_accent,
        };
        let pairs = [
            ("the page", self.page),
            ("a card", self.surface),
            ("a field", self.sunken),
            ("a selected option", palette.soft),
            ("the text of buttons", self.on_accent),
        ];
        let lowest = pairs
            .into_iter()
            .map(|(use_of, other)| LowContrast {
                ratio: accent.contrast_ratio(other),
                with: format!("{use_of} ({other})"),
            })
            .min_by(|one, two| one.ratio.total_cmp(&two.ratio));
        match lowest {
            Some(low) if low.ratio < MIN_CONTRAST => Err(low),
            _ => Ok(palette),
        }
    }

    /// Finds the shade nearest to `accent` that has sufficient contrast, and derives the palette of that shade.
    ///
    /// Shades are mixtures with black in the light theme, and with white in the dark theme.
    pub(super) fn derive_palette_of_shade_nearest_to_accent(&self, accent: Colour) -> Palette {
        let nearest = (0..=100_u8).rev().find_map(|percent| {
            let share = f64::from(percent) / 100.0;
            self.derive_palette(accent.mix_with(share, self.far_end))
                .ok()
        });
        nearest.unwrap_or(Palette {
            accent: self.far_end,
            strong: self.far_end,
            soft: self.surface,
            on_accent: self.on_accent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_colour(text: &str) -> Colour {
        text.parse().expect("a colour")
    }

    /// Compares contrast ratios with results of the `WebAIM` contrast checker.
    #[test]
    fn contrast_ratio_follows_wcag() {
        for (one, two, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#777777", "#ffffff", 4.48),
            ("#0000ff", "#ffffff", 8.59),
            ("#ff0000", "#ffffff", 4.0),
        ] {
            let found = parse_colour(one).contrast_ratio(parse_colour(two));
            assert!((found - ratio).abs() < 0.01, "{one} on {two}: {found}");
        }
    }

    #[test]
    fn shade_nearest_to_any_accent_colour_has_sufficient_contrast() {
        for accent in [
            "#ffffff", "#000000", "#ffcc00", "#ff0000", "#00ff88", "#7f7f7f", "#1d4f91",
        ] {
            for theme in [&LIGHT, &DARK] {
                let near = theme.derive_palette_of_shade_nearest_to_accent(parse_colour(accent));
                assert!(
                    theme.derive_palette(near.accent).is_ok(),
                    "{accent}: {near:?}"
                );
                if let Ok(same) = theme.derive_palette(parse_colour(accent)) {
                    assert_eq!(near, same, "a sufficient colour stays");
                }
            }
        }
    }

    #[test]
    fn theme_colours_equal_those_of_the_style_sheet() {
        let style = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/style/main.css"));
        let style = style.expect("style sheet is read");
        let (light, dark) = style
            .split_once("@media (prefers-color-scheme: dark)")
            .expect("style sheet has a dark theme");
        for (css, theme) in [(light, LIGHT), (dark, DARK)] {
            for (property, value) in [
                ("page", theme.page),
                ("surface", theme.surface),
                ("sunken", theme.sunken),
                ("on-accent", theme.on_accent),
            ] {
                let line = format!("--{property}: {value};");
                assert!(css.contains(&line), "{line} is not in the style sheet");
            }
        }
    }

    #[test]
    fn malformed_colour_is_refused() {
        for text in [
            "1d4f91",
            "#1d4f9",
            "#1d4f911",
            "blue",
            "#gggggg",
            "#\u{e9}aaaa",
            "",
        ] {
            assert_eq!(text.parse::<Colour>(), Err(InvalidColour), "{text}");
        }
    }
}
