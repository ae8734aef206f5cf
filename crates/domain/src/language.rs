use serde::{Deserialize, Serialize};

/// A language everything a person reads is there in.
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

    /// As HTML's `lang`, a cookie and the store name it (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// By the first part of a tag, so that "de-AT" is German; `None` for a language we do not speak.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// What a browser asks for most that we speak (RFC 9110, section 12.5.4). `None` when it asks
    /// for none of ours, or not at all.
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
            // The first of equals: browsers list the preferred one first.
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_most_that_we_speak_wins() {
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
