//! Settings of phone numbers: the countries whose numbers are accepted.

use std::fmt;
use std::str::FromStr;

use super::reader::SettingsReader;

/// Settings of phone numbers: the accepted countries, and the country of numbers without a country code.
#[derive(Debug, Clone)]
pub struct PhoneConfig {
    /// `SALLYPORT_DEFAULT_COUNTRY`: the country of a number that is typed without `+`.
    pub default_country: Country,
    /// `SALLYPORT_ALLOWED_COUNTRIES`. `None` allows all countries; production requires a list.
    pub allowed_countries: Option<Vec<Country>>,
}

impl PhoneConfig {
    /// Reads the settings of phone numbers.
    pub(super) fn read_phone_number_settings(reader: &mut SettingsReader) -> Self {
        const CODES: &str = "set ISO 3166 codes of two letters, such as US or GB";
        let allowed: Option<Vec<Country>> = reader.read_list("SALLYPORT_ALLOWED_COUNTRIES", CODES);
        let default_country = reader.read_parsed("SALLYPORT_DEFAULT_COUNTRY", CODES);
        let default_country = default_country.unwrap_or(Country(*b"US"));
        if let Some(allowed) = &allowed
            && !allowed.contains(&default_country)
        {
            reader.report_setting_error(
                "SALLYPORT_DEFAULT_COUNTRY",
                format!("{default_country} is not in SALLYPORT_ALLOWED_COUNTRIES"),
                "set one of the allowed countries as the default",
            );
        }
        Self {
            default_country,
            allowed_countries: allowed,
        }
    }
}

/// Country, given by its ISO 3166-1 alpha-2 code in capitals.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Returns the two-letter country code in capitals.
    pub fn as_str(&self) -> &str {
        // The constructor accepts only two ASCII letters.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Error for a text that is not a known country code of ISO 3166-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not an ISO 3166-1 country code")]
pub struct InvalidCountry;

impl FromStr for Country {
    type Err = InvalidCountry;

    fn from_str(text: &str) -> Result<Self, InvalidCountry> {
        let code = text.to_ascii_uppercase();
        match code.as_bytes() {
            [first, second] if COUNTRIES.split(' ').any(|known| known == code) => {
                Ok(Self([*first, *second]))
            }
            _ => Err(InvalidCountry),
        }
    }
}

/// The country codes of ISO 3166-1, and three others that have calling codes.
///
/// These are Ascension, Tristan da Cunha and Kosovo.
const COUNTRIES: &str = "\
    AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO \
    BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK \
    DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR \
    GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM \
    KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP \
    MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL \
    PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST \
    SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE \
    VG VI VN VU WF WS XK YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_code_is_case_insensitive_and_must_exist() {
        let parse_country = |text: &str| text.parse().map(|country: Country| country.to_string());
        assert_eq!(parse_country("us"), Ok("US".to_owned()));
        assert_eq!(parse_country("XK"), Ok("XK".to_owned()));
        for invalid in ["UK", "USA", "U", "", "  ", "1 "] {
            assert_eq!(parse_country(invalid), Err(InvalidCountry), "{invalid}");
        }
        assert_eq!(COUNTRIES.split(' ').count(), 249 + 3);
    }
}
