//! Moments as files write them. One reader for all files, so that the same text is the same moment everywhere.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use chrono::{TimeZone as _, Utc};
use chrono_tz::Tz;

/// Why a text is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentFault {
    /// Neither an ISO date nor an ISO time, or no year that the database keeps.
    NotAMoment,
    /// A time that the clocks of the zone passed over.
    PassedOver,
}

/// The moment at which the clocks of `zone` show `at`, the earlier one where they were put back; what they passed over, and nobody has
/// seen there, is taken for UTC's.
#[must_use]
pub fn of_local(at: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&at).earliest().map_or_else(|| at.and_utc(), |at| at.to_utc())
}

/// Reads an ISO date or time; without an offset it is `zone`'s. A date is the first moment of its day. Where the clocks
/// were put back, the earlier of the two moments is meant; a time that they passed over is refused, not guessed.
///
/// # Errors
/// [`MomentFault`].
pub fn parse(text: &str, zone: Tz) -> Result<DateTime<Utc>, MomentFault> {
    let (day, rest) = text.split_at_checked(10).ok_or(MomentFault::NotAMoment)?;
    if !day.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Err(MomentFault::NotAMoment);
    }
    let day: NaiveDate = day.parse().map_err(|_| MomentFault::NotAMoment)?;
    let at = if rest.is_empty() { first_of(day, zone)? } else { timed(day, rest, zone)? };
    if (1..=9999).contains(&at.year()) { Ok(at) } else { Err(MomentFault::NotAMoment) }
}

/// The day's first moment: clocks that are put forward at midnight leave out its first hour.
fn first_of(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, MomentFault> {
    let quarters = (0..24 * 4).filter_map(|q| day.and_hms_opt(q / 4, q % 4 * 15, 0));
    let mut moments = quarters.filter_map(|time| zone.from_local_datetime(&time).earliest());
    moments.next().map(|at| at.to_utc()).ok_or(MomentFault::PassedOver)
}

fn timed(day: NaiveDate, rest: &str, zone: Tz) -> Result<DateTime<Utc>, MomentFault> {
    let rest = rest.strip_prefix(['T', ' ']).ok_or(MomentFault::NotAMoment)?;
    let end = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, offset) = (rest[..end].trim_end(), &rest[end..]);
    let time = ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(time, format).ok())
        .ok_or(MomentFault::NotAMoment)?;
    let local = NaiveDateTime::new(day, time);
    if offset.is_empty() {
        let found = zone.from_local_datetime(&local).earliest();
        return found.map(|at| at.to_utc()).ok_or(MomentFault::PassedOver);
    }
    let offset = if offset == "Z" { "+00" } else { offset };
    let padded = if offset.len() == 3 { format!("{offset}:00") } else { offset.to_owned() };
    let offset: FixedOffset = padded.parse().map_err(|_| MomentFault::NotAMoment)?;
    let found = local.and_local_timezone(offset).single();
    found.map(|at| at.to_utc()).ok_or(MomentFault::NotAMoment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<String, MomentFault> {
        parse(text, chrono_tz::Europe::Prague).map(|at| at.to_rfc3339())
    }

    #[test]
    fn a_time_without_an_offset_is_the_banks() {
        for (text, utc) in [
            ("1994-04-01", "1994-03-31T22:00:00+00:00"),
            ("1994-01-01", "1993-12-31T23:00:00+00:00"),
            ("1994-04-01T10:30", "1994-04-01T08:30:00+00:00"),
            ("1994-04-01 10:30:15", "1994-04-01T08:30:15+00:00"),
            ("1994-04-01T10:30:15Z", "1994-04-01T10:30:15+00:00"),
            ("1994-04-01 10:30+08:00", "1994-04-01T02:30:00+00:00"),
            ("1994-04-01 10:30:00 +08", "1994-04-01T02:30:00+00:00"),
            ("1994-04-01 10:30:00-05:30", "1994-04-01T16:00:00+00:00"),
            ("1994-04-01T10:30:15.5+0800", "1994-04-01T02:30:15.500+00:00"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(utc), "{text}");
        }
        for text in [
            "",
            "soon",
            "1994",
            "1994-02-30",
            "01.04.1994",
            "1994-04-01T25:00",
            "1994-04-01x10:00",
            "1994-04-01T10:00+25:00",
            "99999-01-01",
            "0001-01-01",
            "今天是一个好日子",
        ] {
            assert_eq!(at(text), Err(MomentFault::NotAMoment), "{text}");
        }
    }

    #[test]
    fn a_time_that_the_clocks_passed_over_is_refused_and_the_earlier_of_two_is_meant() {
        assert_eq!(at("1994-03-27T02:30"), Err(MomentFault::PassedOver));
        assert_eq!(at("1994-03-27T03:00").as_deref(), Ok("1994-03-27T01:00:00+00:00"));
        assert_eq!(at("1994-09-25T02:30").as_deref(), Ok("1994-09-25T00:30:00+00:00"));
    }

    #[test]
    fn a_day_whose_midnight_was_passed_over_begins_later() {
        // Shanghai put its clocks forward at midnight of 1 June 1940.
        let first = parse("1940-06-01", chrono_tz::Asia::Shanghai).map(|at| at.to_rfc3339());
        assert_eq!(first.as_deref(), Ok("1940-05-31T16:00:00+00:00"));
    }
}
