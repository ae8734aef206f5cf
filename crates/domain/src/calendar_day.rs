use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// Day of the Gregorian calendar in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    pub year: i64,
    /// The month, 1 to 12.
    pub month: i64,
    /// The day of the month, 1 to 31.
    pub day: i64,
}

impl CalendarDay {
    /// Returns the UTC day of a timestamp.
    ///
    /// Uses `civil_from_days` of <https://howardhinnant.github.io/date_algorithms.html>.
    pub const fn from_timestamp(at: Timestamp) -> Self {
        let days = at.as_millis().div_euclid(MILLIS_PER_DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        Self {
            year: year_of_era + era * 400 + if month <= 2 { 1 } else { 0 },
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_day_of_a_timestamp_is_its_utc_date() {
        for (millis, (year, month, day)) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (951_782_400_000, (2000, 2, 29)),
            (1_767_225_599_999, (2025, 12, 31)),
            (1_767_225_600_000, (2026, 1, 1)),
            (1_835_395_200_000, (2028, 2, 29)),
            (4_107_542_400_000, (2100, 3, 1)),
        ] {
            let expected = CalendarDay { year, month, day };
            assert_eq!(
                CalendarDay::from_timestamp(Timestamp::from_millis(millis)),
                expected
            );
        }
    }
}
