//! The engine held against plain loops and against the evaluator.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use proptest::prelude::*;

use super::bits::{TILE_ROWS, TILE_WORDS};
use super::sliced::Sliced;
use super::*;
use crate::domain::attribute::{Attribute, AttributeType, RelationName};
use crate::domain::bank::{Bank, OrgUnit, Tier};
use crate::domain::id::{CustomerId, OrgId, StaffId};
use crate::domain::money::{Currency, Minor};
use crate::domain::rule::{self, Fact, Facts, Number, Rule, RuleError, Vocabulary};

/// A customer in plain sight.
#[derive(Clone, Debug)]
struct Someone {
    id: i64,
    org: i32,
    aum: Option<i64>,
    born: Option<NaiveDate>,
    score: Option<(i64, u8)>,
    job: Option<&'static str>,
    flag: Option<bool>,
}

const JOBS: [&str; 4] = ["clerk", "doctor", "driver", "教师"];
const AS_OF: &str = "2026-02-28";

fn as_of() -> NaiveDate {
    AS_OF.parse().unwrap()
}

fn someone() -> impl Strategy<Value = Someone> {
    let aum = proptest::option::weighted(
        0.8,
        prop_oneof![0..20_000_000_i64, Just(-5), Just(5_000_000), Just(1 << 59)],
    );
    let born = proptest::option::weighted(
        0.8,
        (700_000..745_000).prop_filter_map("day", NaiveDate::from_num_days_from_ce_opt),
    );
    let score = proptest::option::weighted(0.8, (-300..300_i64, 0..3_u8));
    let job = proptest::option::weighted(0.8, proptest::sample::select(JOBS.to_vec()));
    let flag = proptest::option::weighted(0.8, any::<bool>());
    (1..5_i32, aum, born, score, job, flag).prop_map(|(org, aum, born, score, job, flag)| Someone {
        id: 0,
        org,
        aum,
        born,
        score,
        job,
        flag,
    })
}

fn people(rows: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<Someone>> {
    proptest::collection::vec(someone(), rows).prop_map(|mut people| {
        for (i, someone) in people.iter_mut().enumerate() {
            someone.id = i as i64 * 7 % 1009 + 1009 * (i as i64 / 1009);
        }
        people
    })
}

impl Facts for Someone {
    fn column(&self, column: &rule::Column) -> Option<Fact> {
        Some(match column.code() {
            "customer_id" => Fact::Number(self.id.into()),
            "org" => Fact::Unit(OrgId(self.org)),
            "aum" => Fact::Money(Minor(self.aum?)),
            "birth_date" => Fact::Date(self.born?),
            "score" => Fact::Number(decimal(self.score?)),
            "job" => Fact::Category(self.job?.to_owned()),
            "vip" => Fact::Flag(self.flag?),
            _ => return None,
        })
    }
}

fn decimal((digits, behind): (i64, u8)) -> Number {
    let scale = 10_i64.pow(behind.into());
    let text = format!(
        "{}{}.{:0width$}",
        if digits < 0 { "-" } else { "" },
        digits.abs() / scale,
        digits.abs() % scale,
        width = behind.into()
    );
    Number::parse(&text).unwrap()
}

fn vocabulary() -> Vocabulary {
    let unit = |id, code: &str, parent: Option<i32>| OrgUnit {
        id: OrgId(id),
        code: code.into(),
        name: code.into(),
        kind: "branch".into(),
        class: None,
        parent: parent.map(OrgId),
        depth: 0,
    };
    let attribute = |code: &str, kind| Attribute {
        code: code.into(),
        kind,
        zh: code.into(),
        en: code.into(),
        relation: RelationName::own("attr_1"),
        column: code.into(),
        mart_day: None,
    };
    let tier = |code: &str, from: Option<i64>| Tier {
        code: code.into(),
        zh: code.into(),
        en: code.into(),
        from: from.map(Minor),
    };
    let bank = Bank {
        name: "bank".into(),
        as_of: as_of(),
        currency: Currency::from_code("CNY").unwrap(),
        timezone: chrono_tz::Asia::Shanghai,
    };
    let tiers =
        vec![tier("basic", None), tier("gold", Some(5_000_000)), tier("private", Some(15_000_000))];
    let units = vec![
        unit(1, "HQ", None),
        unit(2, "B1", Some(1)),
        unit(3, "S1", Some(2)),
        unit(4, "B2", Some(1)),
        unit(5, "EMPTY", Some(1)),
    ];
    let attributes = vec![
        attribute("score", AttributeType::Number),
        attribute("job", AttributeType::Category),
        attribute("vip", AttributeType::Flag),
    ];
    let values = JOBS.map(|job| ("job".to_owned(), job.to_owned()));
    Vocabulary::new(bank, tiers, units, attributes, values)
        .with_staff([("M1".to_owned(), StaffId(1))])
}

fn specs() -> Vec<Spec> {
    let all = [
        ("aum", AttributeType::Money),
        ("birth_date", AttributeType::Date),
        ("score", AttributeType::Number),
        ("job", AttributeType::Category),
        ("vip", AttributeType::Flag),
    ];
    all.map(|(code, kind)| Spec { code: code.to_owned(), kind }).to_vec()
}

fn put(draft: &mut Draft, place: usize, someone: &Someone) {
    let born = someone.born.map_or(Cell::Null, |day| Cell::Whole(day.num_days_from_ce().into()));
    let cells = [
        someone.aum.map_or(Cell::Null, Cell::Whole),
        born,
        someone.score.map_or(Cell::Null, |(digits, behind)| Cell::Decimal(digits, behind)),
        someone.job.map_or(Cell::Null, Cell::Word),
        someone.flag.map_or(Cell::Null, Cell::Flag),
    ];
    draft.begin(place);
    for (column, cell) in cells.into_iter().enumerate() {
        draft.put(place, column, cell);
    }
}

fn columns(people: &[Someone]) -> Columns {
    let customers: Vec<_> = people.iter().map(|s| (CustomerId(s.id), OrgId(s.org))).collect();
    let (layout, order) = Layout::of(&customers, &ORDER);
    let at = customers.iter().zip(&order).map(|((id, _), place)| (*id, *place));
    let places = Places::at(at);
    // Some columns come by place, some row by row.
    let (mut by_place, mut by_row) = (Draft::new(people.len(), specs()), Draft::new(0, specs()));
    for (row, someone) in people.iter().enumerate() {
        put(&mut by_place, places.find(CustomerId(someone.id)).unwrap(), someone);
        put(&mut by_row, row, someone);
    }
    let columns = by_place.finish();
    assert_eq!(columns, by_row.finish_in(people.len(), &order));
    let version =
        Version { load: 1, loaded_at: 5, as_of: as_of().num_days_from_ce(), dictionary: [7; 32] };
    Parts { version, layout, ids: Parts::ids(&customers, &order), columns, events: Vec::new() }
        .finish()
}

const ORDER: [OrgId; 5] = [OrgId(1), OrgId(2), OrgId(3), OrgId(4), OrgId(5)];

const CONDITIONS: [&str; 43] = [
    "true",
    "vip",
    "not vip",
    "vip is null",
    "aum >= 50000",
    "aum < 0",
    "aum between 50000 and 150000",
    "aum = 50000",
    "aum not between -1 and 49999.99",
    "aum is null",
    "tier = 'gold'",
    "tier <> 'gold'",
    "tier >= 'gold'",
    "tier < 'private'",
    "tier not in ('basic', 'private')",
    "age >= 30",
    "age between 18 and 35",
    "age <> 40",
    "age < 0",
    "age > 20.5",
    "birth_date < '1990-06-15'",
    "score > 1.05",
    "score in (0, 1.5, -0.25)",
    "score = 0.333",
    "score <= -3",
    "job = 'doctor'",
    "job not in ('clerk', '教师')",
    "job in ('doctor', 'driver')",
    "org under 'B1'",
    "org not in ('HQ', 'B2')",
    "org = 'EMPTY'",
    "aum * score >= 50000",
    "aum / 3 < 16666.67",
    "aum / score <> 100",
    "aum - aum * 0.1 between 0 and 49999.5",
    "score * score = 2.25",
    "score / 0.7 > 1",
    "age * 2 - score > 50",
    "today - birth_date > 10000",
    "birth_date + score * 100 < '1990-01-01'",
    "aum / aum = 1",
    "near_tier('gold') * 2 > 1",
    "score - 1 is not null",
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(CONDITIONS.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("not ({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) or ({b})")),
        ]
    })
}

fn no_sets(_: &str) -> Option<LeafSet> {
    None
}

/// What a rule says of people, person by person.
fn agree(columns: &Columns, people: &[Someone], text: &str) -> Result<(), TestCaseError> {
    // One that can never hold is refused where it is read.
    let rule = match Rule::parse(text, &vocabulary()) {
        Ok(rule) => rule,
        Err(RuleError { reason, .. }) if reason.is_nobody() => return Ok(()),
        Err(error) => panic!("{text}: {error:?}"),
    };
    let said = |truth: Option<bool>| {
        let mut ids: Vec<_> = people.iter().filter(|s| rule.holds(*s) == truth).collect();
        ids.sort_by_key(|s| s.id);
        ids
    };
    let plan = columns.plan(&rule, &no_sets).unwrap();
    let holds = said(Some(true));
    let answer = columns.count(&plan, std::slice::from_ref(&plan), &[]);
    prop_assert_eq!(answer.count, holds.len() as u64, "{}", text);
    prop_assert_eq!(
        answer.aum,
        holds.iter().filter_map(|s| s.aum).map(i128::from).sum::<i128>(),
        "{}",
        text
    );
    prop_assert_eq!(answer.leaves, [answer.count]);
    let parts: Vec<_> =
        rule.parts().iter().map(|part| columns.plan_leaf(&rule, part, &no_sets).unwrap()).collect();
    let removes = columns.count(&plan, &[], &parts).removes;
    for (at, removes) in removes.iter().enumerate() {
        let others = rule.without_leaf(at).unwrap();
        let more = people.iter().filter(|s| others.holds(*s) == Some(true)).count() - holds.len();
        prop_assert_eq!(*removes, more as u64, "{} without {}", text, at);
    }
    for part in &answer.by_org {
        let here = holds.iter().filter(|s| s.org == part.org.0);
        prop_assert_eq!(
            (part.count, part.aum),
            (here.clone().count() as u64, here.filter_map(|s| s.aum).map(i128::from).sum::<i128>())
        );
    }
    prop_assert_eq!(answer.by_org.iter().map(|part| part.count).sum::<u64>(), answer.count);
    prop_assert_eq!(
        columns.members(&plan),
        holds.iter().map(|s| CustomerId(s.id)).collect::<Vec<_>>()
    );
    let fails = columns.count(&columns.plan_not(&rule, &no_sets).unwrap(), &[], &[]);
    prop_assert_eq!(fails.count, said(Some(false)).len() as u64, "not {}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_columns_say_what_the_evaluator_says(
        people in people(0..1200), rules in proptest::collection::vec(condition(), 30)
    ) {
        let columns = columns(&people);
        prop_assert_eq!(columns.customers(), people.len() as u64);
        let mut bytes = Vec::new();
        file::write(&columns, &mut bytes).unwrap();
        let again = file::read(&mut &*bytes, bytes.len() as u64).unwrap();
        for text in &rules {
            agree(&columns, &people, text)?;
            agree(&again, &people, text)?;
        }
    }

    #[test]
    fn a_merged_delta_is_as_good_as_a_build(
        mut people in people(1..900), changed in proptest::collection::vec((0..1100_usize, someone(), 0..4_u8), 1..60),
        rules in proptest::collection::vec(condition(), 12)
    ) {
        let columns = columns(&people);
        let mut now: HashMap<i64, Option<Someone>> = HashMap::new();
        for (at, mut new, what) in changed {
            let old = people.get(at).cloned();
            new.id = old.as_ref().map_or(50_000 + at as i64, |old| old.id);
            if let Some(old) = old.filter(|_| what < 2) {
                new.org = old.org;
            }
            now.insert(new.id, (what < 3).then_some(new));
        }
        people.retain(|someone| !now.contains_key(&someone.id));
        people.extend(now.values().flatten().cloned());
        let given: Vec<_> = now.into_iter().collect();
        let mut draft = Draft::new(given.len(), specs());
        for (row, (_, someone)) in given.iter().enumerate() {
            if let Some(someone) = someone {
                put(&mut draft, row, someone);
            }
        }
        let customers = given.iter().map(|(id, someone)| (CustomerId(*id), someone.as_ref().map(|s| OrgId(s.org))));
        let (rows, active) = (Bits::first(given.len()), Bits::first(given.len()));
        let parts = vec![DeltaPart { rows, columns: draft.finish() }];
        let delta = Delta { version: Version { load: 2, ..columns.version.clone() }, customers: customers.collect(), parts, active, events: Vec::new() };
        let (was, before) = (columns.count(&Node::Const(true), &[], &[]), columns.clone());
        if let Ok(merged) = columns.merge(&delta, &ORDER) {
            prop_assert_eq!(before.count(&Node::Const(true), &[], &[]), was, "the old ones stand");
            let columns = merged;
            prop_assert_eq!(columns.version.load, 2);
            for text in &rules {
                agree(&columns, &people, text)?;
            }
        }
    }

    #[test]
    fn slices_hold_what_they_were_given(values in proptest::collection::vec(proptest::option::of(-(1_i64 << 62)..(1 << 62)), 1..300), narrow in 0..62_u32) {
        let cut = |value: i64| value >> narrow;
        let (mut all, mut known) = (vec![i64::MIN; values.len()], Bits::none(values.len()));
        for (row, value) in values.iter().enumerate() {
            if let Some(value) = value {
                all[row] = cut(*value);
                known.set(row, true);
            }
        }
        let sliced = Sliced::of(&all, Some(&known));
        for (row, value) in values.iter().enumerate() {
            if let Some(value) = value {
                prop_assert_eq!(sliced.get(row), cut(*value));
            }
        }
    }
}

/// Runs of events, with windows and amounts, against a plain loop.
#[test]
fn windows_count_what_a_loop_counts() {
    use super::events::{Fold, Runs, Window};
    use super::ranges::{Point, Ranges};
    let rows = TILE_ROWS + 100;
    let happened = |i: usize| Happened {
        place: (i * 7919 % rows) as u32,
        day: (i % 40) as i32,
        amount: (!i.is_multiple_of(3))
            .then(|| if i.is_multiple_of(101) { 1 << 40 } else { i as i64 % 50 }),
    };
    let events: Vec<Happened> = (0..40_000).map(happened).collect();
    let runs = Runs::of(events.clone(), rows).unwrap();
    let window = Window { kind: Some(0), from: 10, to: 30, amounts: None };
    let wanted = Ranges::below(Point::at(3)).not();
    for (fold, tile) in [(Fold::Count, 0), (Fold::Sum, 0), (Fold::First, 0), (Fold::Last, 1)] {
        let (mut inside, mut unknown) = ([0; TILE_WORDS], [0; TILE_WORDS]);
        window.tile(Some(&runs), tile, fold, &wanted, &mut inside, &mut unknown);
        for row in 0..if tile == 0 { TILE_ROWS } else { 100 } {
            let place = (tile * TILE_ROWS + row) as u32;
            let mine: Vec<_> =
                events.iter().filter(|e| e.place == place && (10..=30).contains(&e.day)).collect();
            let value = match fold {
                Fold::Count => Some(mine.len() as i128),
                Fold::Sum => Some(mine.iter().filter_map(|e| e.amount).map(i128::from).sum()),
                Fold::First => mine.iter().map(|e| i128::from(e.day)).min(),
                Fold::Last => mine.iter().map(|e| i128::from(e.day)).max(),
            };
            let bit = |set: &[u64]| set[row / 64] >> (row % 64) & 1 == 1;
            assert_eq!(bit(&unknown), value.is_none(), "{fold:?} {row}");
            assert_eq!(
                bit(&inside) && !bit(&unknown),
                value.is_some_and(|v| v >= 3),
                "{fold:?} {row}"
            );
        }
    }
}

#[test]
fn what_columns_do_not_hold_is_asked_of_sql() {
    let someone = Someone {
        id: 1,
        org: 3,
        aum: Some(1),
        born: None,
        score: None,
        job: None,
        flag: Some(true),
    };
    let columns = columns(&[someone]);
    let rule = Rule::parse("vip and rm is null", &vocabulary()).unwrap();
    let unable = columns.plan(&rule, &no_sets).unwrap_err();
    assert_eq!(unable.leaves, ["rm is null"]);
    let all = LeafSet { holds: Arc::new(Bits::first(1)), fails: Arc::new(Bits::none(1)) };
    let sets = |text: &str| (text == "rm is null").then(|| all.clone());
    assert_eq!(columns.count(&columns.plan(&rule, &sets).unwrap(), &[], &[]).count, 1);
    assert_eq!(columns.count(&columns.plan_not(&rule, &sets).unwrap(), &[], &[]).count, 0);
}

#[test]
fn a_file_that_is_not_whole_is_refused() {
    let someone = Someone {
        id: 1,
        org: 3,
        aum: Some(1),
        born: None,
        score: None,
        job: None,
        flag: Some(true),
    };
    let mut bytes = Vec::new();
    file::write(&columns(&[someone]), &mut bytes).unwrap();
    let read = |bytes: &[u8]| file::read(&mut &*bytes, bytes.len() as u64);
    assert!(read(&bytes).is_ok());
    for (fault, bytes) in [
        (file::FileFault::Damaged, bytes[..bytes.len() - 1].to_vec()),
        (file::FileFault::Damaged, {
            let mut b = bytes.clone();
            b[100] ^= 1;
            b
        }),
        (file::FileFault::Foreign, {
            let mut b = bytes.clone();
            b[8] = 9;
            b
        }),
        (file::FileFault::Foreign, b"BATON".to_vec()),
        (file::FileFault::Foreign, b"something else that is long enough".to_vec()),
    ] {
        assert_eq!(read(&bytes).unwrap_err(), fault);
    }
}

#[test]
fn members_have_the_hash_of_a_snapshot() {
    assert_eq!(
        hash(&[]).to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(
        hash(&[CustomerId(1)]).to_string(),
        "cd2662154e6d76b2b2b92e70c0cac3ccf534f9b74eb5b89819ec509083d00a50"
    );
}
