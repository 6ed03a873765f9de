//! Random rules in words, of every kind of condition.

/// A small generator, so that a failure is the same failure tomorrow.
pub(crate) struct Draw(pub u64);

impl Draw {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    /// One of all.
    pub(crate) fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// One in five is null.
    pub(crate) fn or_null<'a>(&mut self, all: &[&'a str]) -> Option<&'a str> {
        (self.below(5) > 0).then(|| self.of(all))
    }
}

/// The days for today.
pub(crate) const AS_OF: [&str; 4] = ["2026-11-20", "2024-02-29", "2023-02-28", "2025-06-01"];

/// Days with leap days among them, and days whose midnight a change of clocks skipped.
pub(crate) const DAYS: [&str; 14] = [
    "1940-06-01",
    "1960-02-29",
    "1980-02-28",
    "1980-02-29",
    "1980-03-01",
    "1986-05-04",
    "1994-03-31",
    "1995-11-19",
    "1995-11-20",
    "1995-11-21",
    "1996-02-29",
    "2024-02-29",
    "2025-03-01",
    "2031-01-01",
];
/// Amounts at the bounds of tiers.
pub(crate) const AMOUNTS: [&str; 10] = [
    "0",
    "-0.01",
    "100",
    "49999.99",
    "50000",
    "50000.01",
    "499999.99",
    "500000",
    "6000000",
    "90000000000000",
];
/// Numbers of a column.
pub(crate) const NUMBERS: [&str; 7] =
    ["0", "-1", "0.1", "0.10000000000000000001", "30", "30.5", "-30.5"];
/// A category's values.
pub(crate) const JOBS: [&str; 3] = ["student", "it's", "教师"];

const AGES: [&str; 13] =
    ["0", "1", "-1", "-5", "14", "29", "30", "30.5", "31", "44", "45", "-0.5", "1200"];
const TIERS: [&str; 4] = ["basic", "mass", "gold", "private"];
const UNITS: [&str; 4] = ["HQ", "B03", "S031", "S032"];
const KINDS: [&str; 3] = ["login", "pay", "转出"];
const BALANCES: [&str; 6] = ["aum", "demand", "fund", "gold", "equity", "cash"];
const INTERVALS: [&str; 8] =
    ["1 day", "7 days", "30 days", "90 days", "1 month", "2 months", "1 year 1 day", "100 years"];
const ORDERS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

/// A random condition; `alone` says that nobody else may come in.
pub(crate) fn condition(draw: &mut Draw, depth: usize, alone: bool) -> String {
    match draw.below(if depth == 0 { 5 } else { 9 }) {
        0 => draw.of(&["housing", "no_contact", "true", "false"]).to_owned(),
        1 | 2 => function(draw, alone),
        3 => comparison(draw),
        4 => computed(draw),
        5 => format!("not ({})", condition(draw, depth - 1, alone)),
        6 | 7 => joined(draw, depth, alone, "and"),
        _ => joined(draw, depth, alone, "or"),
    }
}

fn joined(draw: &mut Draw, depth: usize, alone: bool, word: &str) -> String {
    let (a, b) = (condition(draw, depth - 1, alone), condition(draw, depth - 1, alone));
    format!("({a}) {word} ({b})")
}

fn interval(draw: &mut Draw) -> String {
    format!("interval '{}'", draw.of(&INTERVALS))
}

/// What stands in the parentheses of `events(...)`.
fn set(draw: &mut Draw) -> String {
    let mut set = format!("'{}'", draw.of(&KINDS));
    if draw.below(3) > 0 {
        set = format!("{set}, {}", interval(draw));
    }
    if draw.below(2) == 0 { format!("{set}, {}", filter(draw, 2)) } else { set }
}

fn filter(draw: &mut Draw, depth: usize) -> String {
    let not = draw.of(&["", "not "]);
    match draw.below(if depth == 0 { 6 } else { 9 }) {
        0 => format!("amount {} {}", draw.of(&ORDERS), draw.of(&AMOUNTS)),
        1 => format!("amount {not}between 0 and {}", draw.of(&["100", "50000"])),
        2 => format!("{} is {not}null", draw.of(&["amount", "detail"])),
        3 => format!("detail {} 'it''s'", draw.of(&["=", "<>"])),
        4 => format!("detail {not}in ('atm', '柜面', 'a\\b')"),
        5 => format!("detail {not}like '{}'", draw.of(&["%t%", "_tm", "a\\b", "100%", "柜%"])),
        6 => format!("not ({})", filter(draw, depth - 1)),
        7 => format!("({}) and ({})", filter(draw, depth - 1), filter(draw, depth - 1)),
        _ => format!("({}) or ({})", filter(draw, depth - 1), filter(draw, depth - 1)),
    }
}

fn function(draw: &mut Draw, alone: bool) -> String {
    match draw.below(if alone { 15 } else { 16 }) {
        0 => {
            let (first, then) = (set(draw), set(draw));
            format!("followed_by(events({first}), events({then}), {})", interval(draw))
        }
        1 => format!(
            "falling('{}', interval '{}')",
            draw.of(&BALANCES),
            draw.of(&["1 month", "2 months", "3 months"])
        ),
        2 => {
            format!("tier_moved('{}', '{}', {})", draw.of(&TIERS), draw.of(&TIERS), interval(draw))
        }
        3 => format!("holds('{}')", draw.of(&BALANCES[1..])),
        4 => format!("consent('{}')", draw.of(&["sms", "phone"])),
        5 => draw.of(&["segment('YOUNG')", "segment('YOUNG', 1)", "segment('RICH')"]).to_owned(),
        6 => draw.of(&["snapshot(17)", "list('VIP')", "list('VIP', 1)"]).to_owned(),
        7 => format!("contacted({})", interval(draw)),
        8 => format!("in_strategy('{}')", draw.of(&["KEEP", "SELL"])),
        9 => format!("sample({})", draw.of(&["0.0001", "10", "33.3333", "50", "100"])),
        10 => {
            let unit = draw.of(&["HQ", "S031", "S032", "B03"]);
            format!("within('{unit}', {})", draw.of(&["0.2", "5", "20", "30000"]))
        }
        11 => format!(
            "events({}) {} {}",
            set(draw),
            draw.of(&ORDERS),
            draw.of(&["0", "1", "2", "2.5"])
        ),
        12 => format!("product_count() {} {}", draw.of(&ORDERS), draw.of(&["0", "1", "2"])),
        13 => format!(
            "drift('{}') {} {}",
            draw.of(&["equity", "cash"]),
            draw.of(&ORDERS),
            draw.of(&["0", "-0.2", "0.133333"])
        ),
        14 => {
            let (of, back) = (draw.of(&BALANCES), interval(draw));
            format!(
                "change('{of}', {back}) {} {}",
                draw.of(&ORDERS),
                draw.of(&["0", "-0.2", "1", "-0.999999"])
            )
        }
        _ => {
            format!("related('{}', {})", draw.of(&["family", "employer"]), condition(draw, 2, true))
        }
    }
}

/// An amount, told by a column, a function or both.
fn money(draw: &mut Draw, depth: usize) -> String {
    match draw.below(if depth == 0 { 5 } else { 9 }) {
        0 => "aum".into(),
        1 => "loan".into(),
        2 => format!("balance('{}')", draw.of(&BALANCES)),
        3 => format!("sum_events({})", set(draw)),
        4 => format!("near_tier('{}')", draw.of(&TIERS[1..])),
        5 => format!("({} + {})", money(draw, depth - 1), money(draw, depth - 1)),
        6 => format!("({} - {})", money(draw, depth - 1), draw.of(&AMOUNTS)),
        7 => format!("({} * {})", money(draw, depth - 1), number(draw, depth - 1)),
        _ => format!("({} / {})", money(draw, depth - 1), number(draw, depth - 1)),
    }
}

fn number(draw: &mut Draw, depth: usize) -> String {
    match draw.below(if depth == 0 { 4 } else { 9 }) {
        0 => "age".into(),
        1 => "score".into(),
        2 => format!("events({})", set(draw)),
        3 => "product_count()".into(),
        4 => format!("({} - {})", number(draw, depth - 1), number(draw, depth - 1)),
        5 => format!("({} / {})", number(draw, depth - 1), number(draw, depth - 1)),
        6 => format!("({} * {})", number(draw, depth - 1), draw.of(&NUMBERS)),
        7 => format!("({} / {})", money(draw, depth - 1), money(draw, depth - 1)),
        _ => format!("({} - {})", date(draw), date(draw)),
    }
}

fn date(draw: &mut Draw) -> String {
    match draw.below(6) {
        0 => "birth_date".into(),
        1 => "visit".into(),
        2 => format!("first_event({})", set(draw)),
        3 => format!("last_event({})", set(draw)),
        4 => format!("(opened_on + {})", draw.of(&["30", "-1", "score", "age"])),
        _ => format!("(visit - {})", draw.of(&["0", "365"])),
    }
}

fn computed(draw: &mut Draw) -> String {
    let op = draw.of(&ORDERS);
    match draw.below(6) {
        0 => format!("{} {op} {}", money(draw, 2), draw.of(&AMOUNTS)),
        1 => format!("{} {op} {}", money(draw, 1), money(draw, 1)),
        2 => format!("{} {op} {}", number(draw, 2), draw.of(&NUMBERS)),
        3 => {
            let day = draw.of(&[
                "today - 60",
                "month_start",
                "year_start - interval '2 years'",
                "'2024-02-28'",
            ]);
            format!("{} {op} {day}", date(draw))
        }
        4 => format!("{} {op} {}", date(draw), date(draw)),
        _ => {
            let term = match draw.below(3) {
                0 => money(draw, 1),
                1 => number(draw, 1),
                _ => date(draw),
            };
            format!("{term} is {}null", draw.of(&["", "not "]))
        }
    }
}

fn comparison(draw: &mut Draw) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let name = draw.of(&[
        "age",
        "age",
        "aum",
        "loan",
        "score",
        "birth_date",
        "opened_on",
        "visit",
        "tier",
        "tier",
        "job",
        "gender",
        "org",
        "rm",
    ]);
    let mut value = || match name {
        "age" => draw.of(&AGES).to_owned(),
        "aum" | "loan" => draw.of(&AMOUNTS).to_owned(),
        "score" => draw.of(&NUMBERS).to_owned(),
        "tier" => quoted(draw.of(&TIERS)),
        "job" => quoted(draw.of(&JOBS)),
        "gender" => quoted(draw.of(&["F", "M"])),
        "org" => quoted(draw.of(&UNITS)),
        "rm" => quoted(draw.of(&["M1", "M2"])),
        _ => quoted(draw.of(&DAYS)),
    };
    let (a, b) = (value(), value());
    let ordered = !matches!(name, "job" | "gender" | "org" | "rm");
    let not = draw.of(&["", "not "]);
    match draw.below(5) {
        0 => format!("{name} is {not}null"),
        1 => format!("{name} {not}in ({a}, {b})"),
        2 if name == "org" => format!("org {not}under {a}"),
        2 if name == "job" => {
            format!("job {not}like '{}'", draw.of(&["%t%", "s______", "%''s", "教_"]))
        }
        2 if ordered => format!("{name} {not}between {a} and {b}"),
        _ if ordered => format!("{name} {} {a}", draw.of(&ORDERS)),
        _ => format!("{name} {} {a}", draw.of(&["=", "<>"])),
    }
}
