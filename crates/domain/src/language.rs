use serde::{Deserialize, Serialize};

/// Language of the user interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
    #[serde(rename = "fr")]
    French,
    #[serde(rename = "es")]
    Spanish,
    #[serde(rename = "pt-BR")]
    Portuguese,
    #[serde(rename = "pl")]
    Polish,
}

impl Language {
    pub const ALL: [Self; 6] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::Polish,
    ];

    /// Returns the language tag (BCP 47), which the `lang` attribute, the cookie and the database contain.
    pub const fn language_tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt-BR",
            Self::Polish => "pl",
        }
    }

    /// Returns the writing direction for the HTML attribute `dir`.
    pub const fn writing_direction(self) -> &'static str {
        match self {
            Self::English
            | Self::German
            | Self::French
            | Self::Spanish
            | Self::Portuguese
            | Self::Polish => "ltr",
        }
    }

    /// Returns the name of the language in the language itself, such as "Deutsch".
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Portuguese => "Português (Brasil)",
            Self::Polish => "Polski",
        }
    }

    /// Returns the decimal separator and the group separator of typed amounts.
    ///
    /// Languages with a decimal comma accept spaces and apostrophes between groups too.
    pub const fn decimal_and_group_separators(self) -> (char, char) {
        match self {
            Self::English => ('.', ','),
            Self::German | Self::French | Self::Spanish | Self::Portuguese | Self::Polish => {
                (',', '.')
            }
        }
    }

    /// Returns the group separator of formatted amounts, and from how many digits on groups are used.
    ///
    /// The number counts the digits before the decimal separator (CLDR, `minimumGroupingDigits`).
    pub const fn group_separator(self) -> (char, usize) {
        match self {
            Self::English => (',', 4),
            Self::German | Self::Portuguese => ('.', 4),
            Self::French => ('\u{202f}', 4),
            Self::Spanish => ('.', 5),
            Self::Polish => ('\u{a0}', 5),
        }
    }

    /// Finds the language by the primary subtag of a language tag, so that "de-AT" gives German.
    ///
    /// Returns `None` for an unsupported language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = primary_subtag(tag);
        Self::ALL
            .into_iter()
            .find(|language| primary_subtag(language.language_tag()).eq_ignore_ascii_case(primary))
    }

    /// Returns the supported language that an `Accept-Language` header prefers (RFC 9110, section 12.5.4).
    ///
    /// Returns `None` if the header names none.
    pub fn negotiate_from_header(accept: &str) -> Option<Self> {
        accept
            .split(',')
            .filter_map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
                let quality = match parameters.trim().strip_prefix("q=") {
                    Some(quality) => quality.parse::<f32>().ok()?,
                    None => 1.0,
                };
                (quality > 0.0).then_some((Self::from_tag(tag.trim())?, quality))
            })
            // On a tie the first language is taken, because browsers list the preferred language first.
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(language, _)| language)
    }
}

/// Returns the primary subtag of a language tag: "de" of "de-AT".
fn primary_subtag(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supported_language_with_the_highest_quality_is_negotiated() {
        for (accept, language) in [
            ("de-AT,de;q=0.9,en;q=0.8", Some(Language::German)),
            ("pl-PL, en;q=0.5", Some(Language::Polish)),
            ("pt-PT, en;q=0.5", Some(Language::Portuguese)),
            ("es-MX, en;q=0.5", Some(Language::Spanish)),
            ("fr-CA, en;q=0.5", Some(Language::French)),
            (
                "it-CH, it;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5",
                Some(Language::English),
            ),
            ("en;q=0.5, DE;q=0.6", Some(Language::German)),
            ("de, en", Some(Language::German)),
            ("de;q=0, en;q=0.1", Some(Language::English)),
            ("it, *;q=0.1", None),
            ("den, enx", None),
            ("de;q=high", None),
            (",;,;;q=", None),
            ("", None),
        ] {
            assert_eq!(
                Language::negotiate_from_header(accept),
                language,
                "{accept}"
            );
        }
    }

    #[test]
    fn language_is_found_by_language_tag() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.language_tag()), Some(language));
        }
    }
}
