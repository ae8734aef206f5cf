use serde::{Deserialize, Serialize};

/// A language of the user interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language tag (BCP 47), for the `lang` attribute, the cookie and the database.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The name of the language in that language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The character between whole number and decimals, and the one between groups of three digits.
    pub const fn number_separators(self) -> (char, char) {
        match self {
            Self::English => ('.', ','),
            Self::German => (',', '.'),
        }
    }

    /// The language of a tag, by its primary subtag: "de-AT" is German. `None` for any other language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The supported language with the highest quality in an `Accept-Language` header (RFC 9110, section
    /// 12.5.4). `None` if the header names no supported language.
    pub fn negotiate(accept: &str) -> Option<Self> {
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
            // The first one wins a tie: browsers list the preferred language first.
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supported_language_with_the_highest_quality_is_negotiated() {
        for (accept, language) in [
            ("de-AT,de;q=0.9,en;q=0.8", Some(Language::German)),
            (
                "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5",
                Some(Language::English),
            ),
            ("en;q=0.5, DE;q=0.6", Some(Language::German)),
            ("de, en", Some(Language::German)),
            ("de;q=0, en;q=0.1", Some(Language::English)),
            ("fr, *;q=0.1", None),
            ("den, enx", None),
            ("de;q=high", None),
            (",;,;;q=", None),
            ("", None),
        ] {
            assert_eq!(Language::negotiate(accept), language, "{accept}");
        }
    }

    #[test]
    fn a_tag_leads_back_to_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }
}
