//! Times as dates.

const DAY_MS: i64 = 86_400_000;

/// A time in ms of the epoch as a date and time of day, UTC.
pub fn utc(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let of_day_ms = ms.rem_euclid(DAY_MS);
    let (hour, minute, second) = (of_day_ms / 3_600_000, of_day_ms / 60_000 % 60, of_day_ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{:03} UTC", of_day_ms % 1000)
}

/// Year, month and day of a number of days since the epoch. Counts in eras of 400 years that begin
/// with 1 March, so that the day that not every year has is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_ERA: i64 = 146_097;
    const DAYS_FROM_0000_03_01: i64 = 719_468;
    let days = days + DAYS_FROM_0000_03_01;
    let (era, of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (ms, date) in [
            (0, "1970-01-01 00:00:00.000 UTC"),
            (-1, "1969-12-31 23:59:59.999 UTC"),
            (951_782_399_999, "2000-02-28 23:59:59.999 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00.000 UTC"),
            (1_700_000_000_123, "2023-11-14 22:13:20.123 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00.000 UTC"),
            (1 << 53, "287396-10-12 08:59:00.992 UTC"),
        ] {
            assert_eq!(utc(ms), date);
        }
    }
}
