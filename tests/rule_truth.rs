//! Rules held against Postgres: what the compiled SQL says of a customer is what the evaluator says, for random rules
//! and customers with nulls, leap days, edges of tiers and birthdays that a change of clocks would move.

#![expect(clippy::disallowed_methods, reason = "the test sends SQL that it made")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write as _;

use baton::domain::attribute::{Attribute, AttributeType, RelationName};
use baton::domain::bank::{Bank, OrgUnit, Tier};
use baton::domain::id::{OrgId, StaffId};
use baton::domain::money::{Currency, Minor};
use baton::domain::rule::{
    Bind, Column, Columns, Compiled, Fact, Number, Reason, Rule, Vocabulary, compile,
};
use baton::store::cluster::INTERNAL;
use baton::store::{Target, connect};
use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use support::server::{Server, block_on};

const CUSTOMERS: usize = 400;
const RULES: usize = 900;

/// A small generator, so that a failure is the same failure tomorrow.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// One in five is null.
    fn or_null(&mut self, all: &[&str]) -> Option<String> {
        (self.below(5) > 0).then(|| self.of(all).to_owned())
    }
}

const DAYS: [&str; 14] = [
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
const AMOUNTS: [&str; 9] = [
    "0",
    "-0.01",
    "49999.99",
    "50000",
    "50000.01",
    "499999.99",
    "500000",
    "6000000",
    "90000000000000",
];
const NUMBERS: [&str; 8] =
    ["0", "-1", "0.1", "0.10000000000000000001", "30", "30.5", "-30.5", "1e2"];
const AGES: [&str; 13] =
    ["0", "1", "-1", "-5", "14", "29", "30", "30.5", "31", "44", "45", "-0.5", "1200"];
const JOBS: [&str; 3] = ["student", "it''s", "教师"];
const TIERS: [&str; 4] = ["basic", "mass", "gold", "private"];
const UNITS: [&str; 4] = ["HQ", "B03", "S031", "S032"];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn vocabulary(as_of: &str) -> Vocabulary {
    let kinds = [
        ("housing", AttributeType::Flag, "attr_1"),
        ("job", AttributeType::Category, "attr_1"),
        ("score", AttributeType::Number, "attr_2"),
        ("loan", AttributeType::Money, "attr_2"),
        ("visit", AttributeType::Date, "attr_2"),
    ];
    let attributes = kinds.map(|(code, kind, relation)| Attribute {
        code: code.into(),
        kind,
        zh: code.into(),
        en: code.into(),
        relation: RelationName::own(relation),
        column: code.into(),
    });
    let tier = |code: &str, from: Option<i64>| Tier {
        code: code.into(),
        zh: code.into(),
        en: code.into(),
        from: from.map(|from| Minor(from * 100)),
    };
    let unit = |id, code: &str, parent: Option<i32>| OrgUnit {
        id: OrgId(id),
        code: code.into(),
        name: code.into(),
        kind: "branch".into(),
        parent: parent.map(OrgId),
        depth: 0,
    };
    Vocabulary::new(
        Bank {
            name: "bank".into(),
            as_of: day(as_of),
            currency: Currency::from_code("CNY").unwrap(),
            timezone: chrono_tz::Asia::Shanghai,
        },
        vec![
            tier("basic", None),
            tier("mass", Some(50_000)),
            tier("gold", Some(500_000)),
            tier("private", Some(6_000_000)),
        ],
        vec![
            unit(1, "HQ", None),
            unit(2, "B03", Some(1)),
            unit(3, "S031", Some(2)),
            unit(4, "S032", Some(1)),
        ],
        attributes.to_vec(),
        JOBS.map(|job| ("job".to_owned(), job.replace("''", "'"))),
    )
    .with_staff([("M1".to_owned(), StaffId(1)), ("M2".to_owned(), StaffId(2))])
}

/// A customer as the texts that Postgres reads, none for null.
struct Customer(Vec<(&'static str, Option<String>)>);

impl Customer {
    fn draw(draw: &mut Draw) -> Self {
        let minor = |text: Option<String>| {
            let cny = Currency::from_code("CNY").unwrap();
            text.map(|t| cny.parse(&t).unwrap().0.to_string())
        };
        Self(vec![
            ("org", Some(draw.of(&["1", "2", "3", "4"]).to_owned())),
            ("rm", draw.or_null(&["1", "2"])),
            ("opened_on", draw.or_null(&DAYS)),
            ("birth_date", draw.or_null(&DAYS)),
            ("gender", draw.or_null(&["F", "M"])),
            ("aum", minor(draw.or_null(&AMOUNTS))),
            ("no_contact", draw.or_null(&["true", "false"])),
            ("housing", draw.or_null(&["true", "false"])),
            ("job", draw.or_null(&JOBS).map(|job| job.replace("''", "'"))),
            ("score", draw.or_null(&NUMBERS[..7])),
            ("loan", minor(draw.or_null(&AMOUNTS))),
            ("visit", draw.or_null(&DAYS)),
        ])
    }

    fn sql(&self, name: &str) -> String {
        let (_, value) = self.0.iter().find(|(known, _)| *known == name).unwrap();
        value.as_ref().map_or("null".into(), |v| format!("'{}'", v.replace('\'', "''")))
    }

    fn fact(&self, column: &Column) -> Option<Fact> {
        let value = self.0.iter().find(|(known, _)| *known == column.code())?.1.clone()?;
        Some(match column.code() {
            "org" => Fact::Unit(OrgId(value.parse().unwrap())),
            "rm" => Fact::Staff(StaffId(value.parse().unwrap())),
            "opened_on" | "birth_date" | "visit" => Fact::Date(day(&value)),
            "aum" | "loan" => Fact::Money(Minor(value.parse().unwrap())),
            "no_contact" | "housing" => Fact::Flag(value == "true"),
            "score" => Fact::Number(Number::parse(&value).unwrap()),
            _ => Fact::Category(value),
        })
    }
}

/// A random condition as text.
fn condition(draw: &mut Draw, depth: usize) -> String {
    match draw.below(if depth == 0 { 4 } else { 8 }) {
        0 => draw.of(&["housing", "no_contact", "true", "false"]).to_owned(),
        4 => format!("not ({})", condition(draw, depth - 1)),
        5 | 6 => format!("({}) and ({})", condition(draw, depth - 1), condition(draw, depth - 1)),
        7 => format!("({}) or ({})", condition(draw, depth - 1), condition(draw, depth - 1)),
        _ => comparison(draw),
    }
}

fn comparison(draw: &mut Draw) -> String {
    let quoted = |text: &str| format!("'{text}'");
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
        "customer_id",
    ]);
    let mut value = || match name {
        "age" => draw.of(&AGES).to_owned(),
        "aum" | "loan" => draw.of(&AMOUNTS).to_owned(),
        "score" => draw.of(&NUMBERS[..7]).to_owned(),
        "tier" => quoted(draw.of(&TIERS)),
        "job" => quoted(draw.of(&JOBS)),
        "gender" => quoted(draw.of(&["F", "M"])),
        "org" => quoted(draw.of(&UNITS)),
        "rm" => quoted(draw.of(&["M1", "M2"])),
        "customer_id" => draw.of(&["1", "200", "17.5"]).to_owned(),
        _ => quoted(draw.of(&DAYS)),
    };
    let (a, b) = (value(), value());
    let ordered = !matches!(name, "job" | "gender" | "org" | "rm");
    let not = draw.of(&["", "not "]);
    match draw.below(5) {
        0 => format!("{name} is {not}null"),
        1 => format!("{name} {not}in ({a}, {b})"),
        2 if name == "org" => format!("org {not}under {a}"),
        2 if ordered => format!("{name} {not}between {a} and {b}"),
        _ if ordered => format!("{name} {} {a}", draw.of(&["=", "<>", "<", "<=", ">", ">="])),
        _ => format!("{name} {} {a}", draw.of(&["=", "<>"])),
    }
}

async fn fill(db: &mut PgConnection, customers: &[Customer]) {
    let mut sql = String::from(
        "create temp table customer (customer_id bigint, org_id int, rm_id int, opened_on date, birth_date date, \
         gender text, aum bigint, no_contact bool);
         create temp table attr_1 (customer_id bigint, housing bool, job text);
         create temp table attr_2 (customer_id bigint, score numeric, loan bigint, visit date);",
    );
    for (id, customer) in customers.iter().enumerate() {
        let of = |name: &str| customer.sql(name);
        let own = ["org", "rm", "opened_on", "birth_date", "gender", "aum", "no_contact"]
            .map(of)
            .join(", ");
        writeln!(sql, "insert into customer values ({id}, {own});").unwrap();
        // Some customers stand in no attribute relation: all of it is unknown, as if null.
        if of("housing") != "null" || of("job") != "null" {
            writeln!(sql, "insert into attr_1 values ({id}, {}, {});", of("housing"), of("job"))
                .unwrap();
        }
        let rest = ["score", "loan", "visit"].map(of).join(", ");
        writeln!(sql, "insert into attr_2 values ({id}, {rest});").unwrap();
    }
    db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

async fn answers(db: &mut PgConnection, compiled: &Compiled) -> Vec<Option<bool>> {
    let joins = compiled.join_sql().replace("join \"baton\".", "join pg_temp.");
    let sql =
        format!("select ({}) from pg_temp.customer c{joins} order by c.customer_id", compiled.sql);
    let query =
        compiled.binds.iter().fold(sqlx::query(AssertSqlSafe(sql)), |q, value| match value {
            Bind::Int(v) => q.bind(*v),
            Bind::IntArray(v) => q.bind(v.clone()),
            Bind::Numeric(v) | Bind::Text(v) => q.bind(v.clone()),
            Bind::NumericArray(v) | Bind::TextArray(v) => q.bind(v.clone()),
            Bind::Date(v) => q.bind(*v),
            Bind::DateArray(v) => q.bind(v.clone()),
            Bind::Instant(v) => q.bind(*v),
        });
    let rows = query.persistent(false).fetch_all(db).await;
    rows.unwrap_or_else(|e| panic!("{}: {e}", compiled.sql)).iter().map(|row| row.get(0)).collect()
}

#[test]
fn postgres_and_the_evaluator_agree_on_every_customer() {
    let target = Server::shared().target("postgres", INTERNAL);
    block_on(agree(&target));
}

async fn agree(target: &Target) {
    let mut db = connect::connect(target, None).await.unwrap();
    // Where clocks once skipped midnight: `age()` of bare dates is a day late there.
    db.execute("set timezone = 'Asia/Shanghai'").await.unwrap();
    let mut draw = Draw(7);
    let customers: Vec<Customer> = (0..CUSTOMERS).map(|_| Customer::draw(&mut draw)).collect();
    fill(&mut db, &customers).await;
    let mut seen = [0_usize; 3];
    for round in 0..RULES {
        let as_of = ["2026-11-20", "2024-02-29", "2023-02-28", "2025-06-01"][round % 4];
        let vocabulary = vocabulary(as_of);
        let text = condition(&mut draw, 3);
        let rule = match Rule::parse(&text, &vocabulary) {
            Ok(rule) => rule,
            // What holds for nobody by construction is refused, and drawn now and then.
            Err(error) => {
                let nobody = matches!(
                    error.reason,
                    Reason::EmptyRange { .. } | Reason::NeverTogether { .. }
                );
                assert!(nobody, "{text}: {error}");
                continue;
            }
        };
        let again = Rule::parse(&rule.canonical(), &vocabulary).unwrap();
        assert_eq!(again, rule, "{text}");
        let said = answers(&mut db, &compile(&rule, 0)).await;
        for (id, (customer, said)) in customers.iter().zip(said).enumerate() {
            let facts = |column: &Column| match column {
                Column::CustomerId => Some(Fact::Number(Number::from(i64::try_from(id).unwrap()))),
                column => customer.fact(column),
            };
            assert_eq!(
                rule.holds(&Columns(facts)),
                said,
                "customer {id} on {as_of}: {}",
                rule.canonical()
            );
            seen[said.map_or(2, usize::from)] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > CUSTOMERS * RULES / 40), "all three answers come: {seen:?}");
    db.close().await.unwrap();
}
