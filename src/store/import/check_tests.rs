use super::*;

fn reader() -> Reader {
    Reader {
        currency: Currency::from_code("CZK").unwrap(),
        timezone: chrono_tz::Europe::Prague,
        as_of: NaiveDate::from_ymd_opt(1998, 12, 31).unwrap(),
        last: NaiveDate::from_ymd_opt(1999, 1, 4).unwrap(),
    }
}

fn written(kind: Type, value: &str) -> Result<String, Reason> {
    let mut line = Line::new();
    reader().write(&mut line, kind, value, &Known::default(), Counted::default())?;
    Ok(String::from_utf8(line.bytes).unwrap().trim_end_matches('\t').to_owned())
}

#[test]
fn money_comes_in_major_units_and_is_kept_in_minor_units() {
    assert_eq!(written(Type::Money, "12.50").unwrap(), "1250");
    assert_eq!(written(Type::Money, "12.505"), Err(Reason::TooManyDecimals(2)));
    assert_eq!(written(Type::Money, "1e3"), Err(Reason::NotMoney));
    assert_eq!(written(Type::Money, "10000000000000.01"), Err(Reason::TooLarge));
    assert_eq!(written(Type::Money, "99999999999999999999"), Err(Reason::TooLarge));
}

#[test]
fn a_plan_of_a_quotient_keeps_every_digit_and_any_other_is_whole() {
    let plan = |value: &str, money, ratio| {
        let mut line = Line::new();
        let counted = Counted { money, ratio };
        reader().write(&mut line, Type::Plan, value, &Known::default(), counted)?;
        Ok(String::from_utf8(line.bytes).unwrap().trim_end_matches('\t').to_owned())
    };
    for (value, kept) in [("0.85", "0.85"), ("1.2345670", "1.2345670"), ("-3", "-3"), (".5", ".5")]
    {
        assert_eq!(plan(value, false, true), Ok(kept.to_owned()));
    }
    for value in ["0.8500001", "85%", "8.5e-1", "1234567890123", "", "."] {
        assert_eq!(plan(value, false, true), Err(Reason::NotQuotient), "{value}");
    }
    assert_eq!(plan("0.85", false, false), Err(Reason::NotInteger));
    assert_eq!(plan("12.5", true, true), Ok("1250".to_owned()));
    assert_eq!(plan("12.505", true, true), Err(Reason::TooManyDecimals(2)));
}

#[test]
fn a_moment_is_kept_in_utc_or_says_what_is_wrong() {
    assert_eq!(written(Type::Moment, "1994-01-31 10:00").unwrap(), "1994-01-31 09:00:00+00");
    assert_eq!(
        written(Type::Moment, "1994-01-31T10:00:00.5Z").unwrap(),
        "1994-01-31 10:00:00.500+00"
    );
    assert_eq!(written(Type::Moment, "1994-03-27 02:30"), Err(Reason::NoSuchMoment));
    assert_eq!(written(Type::Moment, "1994"), Err(Reason::NotMoment));
    assert_eq!(written(Type::PastMoment, "1999-01-04 23:59").unwrap(), "1999-01-04 22:59:00+00");
    assert_eq!(written(Type::PastMoment, "1999-01-05 00:00"), Err(Reason::Future));
}

#[test]
fn a_day_is_written_in_full() {
    assert_eq!(written(Type::Date, "1994-03-31").unwrap(), "1994-03-31");
    assert_eq!(written(Type::Date, "1994-03-31T00:00:00").unwrap(), "1994-03-31");
    for value in ["1994-3-31", "19940331", "infinity", "1994-03-31T10:00:00", "0000-01-01"] {
        assert_eq!(written(Type::Date, value), Err(Reason::NotDate), "{value}");
    }
}

#[test]
fn nobody_was_born_after_the_records_or_long_before() {
    for good in ["1850-01-01", "1998-12-31", "1999-01-01"] {
        assert_eq!(written(Type::LifeDate, good).unwrap(), good);
    }
    for value in ["0001-01-01", "1849-12-31", "1999-01-02", "9999-12-31"] {
        assert_eq!(written(Type::LifeDate, value), Err(Reason::NotLifeDate), "{value}");
    }
    assert_eq!(written(Type::LifeDate, "1999-1-2"), Err(Reason::NotDate));
}

#[test]
fn words_and_numbers_are_taken_or_refused() {
    for (kind, value, result) in [
        (Type::Flag, "1", Ok("t")),
        (Type::Flag, "f", Ok("f")),
        (Type::Flag, "yes", Err(Reason::NotFlag)),
        (Type::Integer, "-3.00", Ok("-3")),
        (Type::Integer, "3.5", Err(Reason::NotInteger)),
        (Type::Integer, "9223372036854775808", Err(Reason::NotInteger)),
        (Type::SmallInteger, "2147483648", Err(Reason::NotInteger)),
        (Type::Number, "-0.125", Ok("-0.125")),
        (Type::Number, "1e5", Ok("1e5")),
        (Type::Number, "NaN", Err(Reason::NotNumber)),
        (Type::Number, "1e999999", Err(Reason::NotNumber)),
        (Type::Gender, "f", Err(Reason::NotGender)),
        (Type::Share, "0.250000", Ok("0.250000")),
        (Type::Share, "1", Ok("1")),
        (Type::Share, "0.2500001", Err(Reason::NotShare)),
        (Type::Share, "1.1", Err(Reason::NotShare)),
        (Type::Share, "-0.1", Err(Reason::NotShare)),
        (Type::Share, "2e-1", Err(Reason::NotShare)),
        (Type::Risk, "3", Ok("3")),
        (Type::Risk, "R5", Ok("5")),
        (Type::Risk, "0", Err(Reason::NotRisk)),
        (Type::Risk, "6", Err(Reason::NotRisk)),
        (Type::Risk, "high", Err(Reason::NotRisk)),
        (Type::Latitude, "-33.8688", Ok("-33.8688")),
        (Type::Latitude, "90.01", Err(Reason::NotLatitude)),
        (Type::Latitude, "NaN", Err(Reason::NotLatitude)),
        (Type::Longitude, "151.2", Ok("151.2")),
        (Type::Longitude, "-181", Err(Reason::NotLongitude)),
        (Type::Tier, "gold", Err(Reason::UnknownTier)),
        (Type::UnitKind, "center", Ok("center")),
        (Type::UnitKind, "shop", Err(Reason::NotUnitKind)),
        (Type::MetricKind, "sum", Err(Reason::NotMetricKind)),
        (Type::Org, "B01", Err(Reason::UnknownOrg)),
        (Type::Staff, "R1", Err(Reason::UnknownStaff)),
        (Type::Metric, "aum", Err(Reason::UnknownMetric)),
        (Type::Customer, "1", Err(Reason::UnknownCustomer)),
        (Type::Outcome, "maybe", Err(Reason::UnknownOutcome)),
        (Type::Outcome, "成交", Ok("sold")),
        (Type::Text, "a\tb\\", Ok("a\\tb\\\\")),
        (Type::Text, "a\0", Err(Reason::ZeroByte)),
        (Type::Category, "L\u{200b}\t8", Ok("L 8")),
        (Type::Category, "\u{200b}", Ok("\\N")),
        (Type::Category, "a\0", Err(Reason::ZeroByte)),
    ] {
        assert_eq!(written(kind, value), result.map(str::to_owned), "{kind:?} {value}");
    }
}
