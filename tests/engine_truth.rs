//! The column engine held against Postgres: on one bank with nulls, extremes, empty branches and closed customers, both
//! give the same count, the same sum and the same members for random rules over every kind of leaf, before and after a
//! load has changed some of the customers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "how many rules is said by the environment")]

mod support;

use baton::cli::engine::{leaf_set, load, renew};
use baton::domain::id::{CustomerId, OrgId};
use baton::domain::rule::{Expr, Rule, Vocabulary};
use baton::engine::{Columns, LeafSet, Node, hash};
use baton::store::{attribute, dynamic, segment};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use sqlx::{Connection as _, Executor as _, PgConnection};
use support::Bank;
use support::server::block_on;

const OWNER: &str = "baton_admin";

/// A bank of 3,000 customers whose values repeat at the edges of tiers, of the calendar and of what a column holds.
const BANK: &str = "
set role baton_owner;
select setseed(0.25);
insert into baton.bank (name, as_of, currency, digits, timezone) values ('E', '2026-02-28', 'CNY', 2, 'Asia/Shanghai');
insert into baton.tier (code, zh, en, from_minor) values ('basic', 'b', 'b', null), ('gold', 'g', 'g', 5000000), ('private', 'p', 'p', 600000000);
insert into baton.org_unit (code, parent_id, kind, name, path) values ('HQ', null, 'hq', 'HQ', '{1}'), ('B1', 1, 'branch', 'B1', '{1,2}'),
    ('S11', 2, 'subbranch', 'S11', '{1,2,3}'), ('S12', 2, 'subbranch', 'S12', '{1,2,4}'), ('B2', 1, 'branch', 'B2', '{1,5}'),
    ('S21', 5, 'subbranch', 'S21', '{1,5,6}'), ('EMPTY', 1, 'branch', 'EMPTY', '{1,7}');
insert into baton.staff (code, org_id, name) values ('M1', 3, 'm'), ('M2', 6, 'm');
insert into baton.event_kind (code) values ('login'), ('transfer_out'), ('silence');
insert into baton.attribute (code, type, zh, en, relation, column_name) values ('vip', 'flag', 'v', 'v', 'attr_1', 'vip'),
    ('job', 'category', 'j', 'j', 'attr_1', 'job'), ('score', 'number', 's', 's', 'attr_1', 'score'),
    ('wild', 'number', 'w', 'w', 'attr_2', 'wild'), ('loan', 'money', 'l', 'l', 'attr_2', 'loan'), ('visit', 'date', 'd', 'd', 'attr_2', 'visit');
insert into baton.category_value (attribute, value, customers) values ('job', 'clerk', 1), ('job', 'doctor', 1), ('job', '教师', 1), ('job', 'nobody', 0);
create table baton.attr_1 (customer_id bigint not null primary key, org_id int not null, vip bool, job text, score numeric) partition by list (customer_id);
create table baton.attr_1_0 partition of baton.attr_1 default;
create table baton.attr_2 (customer_id bigint not null primary key, org_id int not null, wild numeric, loan bigint, visit date) partition by list (customer_id);
create table baton.attr_2_0 partition of baton.attr_2 default;
create function pg_temp.one(variadic texts text[]) returns text language sql volatile
    as $$ select case when random() < 0.2 then null else texts[1 + floor(random() * cardinality(texts))::int] end $$;
create function pg_temp.day() returns date language sql volatile
    as $$ select pg_temp.one('1940-06-01', '1960-02-29', '1986-05-04', '1996-02-29', '2000-02-28', '2000-03-01', '2008-02-28', '2008-02-29',
        '2025-11-30', '2026-02-27', '2026-02-28', '2026-03-01', '2031-01-01')::date $$;
insert into baton.customer (customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact, closed_on)
select case when i % 100 = 0 then -i when i % 97 = 0 then i * 1000000007::bigint else i end,
    (array[1, 3, 3, 4, 6])[1 + floor(random() * 5)::int], pg_temp.one('1', '2')::int, pg_temp.day(), pg_temp.day(), pg_temp.one('F', 'M'),
    pg_temp.one('0', '-1', '4999999', '5000000', '5000001', '599999999', '600000000', '12345', '777777', '4000000000000000')::bigint
        + floor(random() * 2)::int, pg_temp.one('t', 'f')::bool, case when random() < 0.05 then date '2026-01-31' end
from generate_series(1, 3000) i;
insert into baton.attr_1 select customer_id, org_id, pg_temp.one('t', 'f')::bool, pg_temp.one('clerk', 'doctor', '教师'),
    pg_temp.one('0', '-1', '0.1', '-0.125', '30', '30.5', '999999999', '1e6')::numeric from baton.customer where random() < 0.9;
insert into baton.attr_2 select customer_id, org_id, pg_temp.one('0', '1e30', '-0.0000000000000000000001', '7')::numeric,
    pg_temp.one('0', '-5000000000000000000', '100', '99', '4611686018427387904')::bigint, pg_temp.day() from baton.customer where random() < 0.9;
insert into baton.event (customer_id, at, kind, ref, org_id, amount)
select c.customer_id, timestamptz '2026-02-28 23:59:59+08' - random() * interval '100 days' + interval '2 days', 1 + (i % 2), i::text, c.org_id,
    pg_temp.one('100', '50000', '5000000', '-7', '9000000000')::bigint
from baton.customer c cross join generate_series(1, 4) i where random() < 0.4;
insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-02-28', 't', '{}', '{}');
reset role;";

/// What the functions of rules read: holdings, consents, relations, places, lists, snapshots, pushes, and a mart of the
/// bank's own. The pushes are the owner's own making.
const MORE: &str = "
set role baton_owner;
insert into baton.product (code, zh, en, class) values ('fund', 'f', 'f', 'equity'), ('bond', 'b', 'b', 'fixed'), ('cash', 'c', 'c', null);
insert into baton.tier_target (tier, class, share) values ('gold', 'equity', 0.4), ('gold', 'fixed', 0.6), ('private', 'equity', 1);
insert into baton.holding (customer_id, product, day, until, amount, org_id)
select customer_id, p, day, coalesce(lead(day) over (partition by customer_id, p order by day), 'infinity'),
    (array[0, 100, 5000000, 600000000, -5])[1 + floor(random() * 5)::int], 3
from baton.customer cross join generate_series(1, 3) p cross join (values (date '2025-06-30'), ('2025-12-31'), ('2026-01-31'), ('2026-02-27')) d (day)
where random() < 0.3;
insert into baton.consent select customer_id, k, 3, null, random() < 0.5 from baton.customer cross join unnest(array['sms', 'phone']) k where random() < 0.4;
insert into baton.relation select customer_id, 'family', customer_id + 1, 3 from baton.customer where random() < 0.3;
insert into baton.consent_channel values ('sms'), ('phone');
insert into baton.relation_kind values ('family');
update baton.org_unit set lat = 31.2, lon = 121.5 where code = 'S11';
insert into baton.location select customer_id, 31 + random() / 2, 121.5, 3 from baton.customer where random() < 0.5;
insert into baton.list_upload (code, upload, key, file, as_of, read, matched, unmatched, doubled) values ('L', 1, 'k', 'f', '2026-02-28', 0, 0, 0, 0);
insert into baton.list_member select 1, i, 3 from generate_series(2900, 3100) i;
insert into baton.segment_version (code, version, name, rule) values ('SG', 1, 'n', 'vip or aum >= 50000');
insert into baton.snapshot (segment, version, as_of, customers, hash) values ('SG', 1, '2026-02-28', 0, '');
insert into baton.segment_member select 1, customer_id, 3 from baton.customer where random() < 0.1;
insert into baton.strategy_version (code, version, name, segment, deadline_days, control_ppm, seed, product, benefit, script)
    values ('ST', 1, 'n', 'SG', 9, 0, 1, 'p', 'b', 's');
alter table baton.push disable trigger user, drop constraint push_once_per_plan, drop constraint push_plan_id_fkey, drop constraint push_of_approved_text;
insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis) values
    (1, 'ST', 1, '', 0, '2026-02-10', '2026-03-20', 0, 0, 0, 0), (2, 'ST', 1, '', 0, '2025-12-10', '2025-12-20', 0, 0, 0, 0);
insert into baton.plan_member (home, plan_id, customer_id, org_id, arm, blocked)
select 0, p, customer_id, 3, arm, case when arm is null then 'no_contact' end
from (select p, customer_id, pg_temp.one('treated', 'control') as arm
      from baton.customer cross join generate_series(1, 2) p where random() < 0.2 offset 0) m;
create schema mart;
grant usage on schema mart to baton_operator;
create table mart.m as select customer_id, pg_temp.one('1', '0.25', '-3', 'NaN', 'Infinity')::numeric as points from baton.customer where random() < 0.7;
insert into baton.attribute (code, type, zh, en, schema_name, relation, column_name) values ('points', 'number', 'p', 'p', 'mart', 'm', 'points');
reset role;";

/// A later load: some change in place, some move, some close, some come, some do something.
const CHANGE: &str = "
set role baton_owner;
select setseed(0.5);
insert into baton.import_run (as_of, source, loaded, rejected) values ('2026-02-28', 't', '{}', '{}');
create temp table touched as select customer_id, row_number() over () as n from baton.customer where random() < 0.08;
update baton.customer c set aum = aum + 1000000, birth_date = '1999-09-09' from touched t where t.customer_id = c.customer_id and n % 4 = 0;
update baton.customer c set org_id = 6 from touched t where t.customer_id = c.customer_id and n % 4 = 1;
update baton.customer c set closed_on = case when closed_on is null then date '2026-02-28' end from touched t where t.customer_id = c.customer_id and n % 4 = 2;
update baton.attr_1 a set job = 'nobody', vip = null, score = 1.25 from touched t where t.customer_id = a.customer_id;
insert into baton.customer (customer_id, org_id, aum) select 500000 + i, 4, i * 100000 from generate_series(1, 60) i;
insert into baton.event (customer_id, at, kind, ref, org_id, amount)
select t.customer_id, timestamptz '2026-02-20 12:00+08', 2, 'late', 3, 60000 from touched t where n % 3 = 0;
insert into baton.customer_change (import_run, customer_id, org_id, parts)
select 2, customer_id, 3, case n % 4 when 0 then 3 when 3 then 2 else -1 end | case when n % 3 = 0 then 1::bigint << 61 else 0 end from touched
union all select 2, 500000 + i, 4, -1 from generate_series(1, 60) i;
insert into baton.import_change values (2, true, 300);
reset role;";

/// Conditions of one column, with literals that lie on, beside and far beyond its values.
const LEAVES: [(&str, &[&str], &[&str]); 11] = [
    ("age", ORDER, &["-5", "0", "17", "18", "26", "29.5", "30", "66", "86", "1200"]),
    (
        "aum",
        ORDER,
        &[
            "-0.01",
            "0",
            "49999.99",
            "50000",
            "50000.01",
            "6000000",
            "4000000000000000",
            "90000000000000000",
        ],
    ),
    ("loan", ORDER, &["0", "1", "0.99", "-50000000000000000", "46116860184273879.04"]),
    (
        "score",
        ORDER,
        &["0", "-1", "0.1", "-0.125", "-0.13", "30.25", "999999999.0000001", "1000000"],
    ),
    ("wild", ORDER, &["0", "7", "1000000000000000000000000000000", "-0.0000000000000000000001"]),
    ("birth_date", ORDER, DAYS),
    ("visit", ORDER, DAYS),
    ("tier", ORDER, &["'basic'", "'gold'", "'private'"]),
    ("job", EQUAL, &["'clerk'", "'教师'", "'nobody'"]),
    ("rm", EQUAL, &["'M1'", "'M2'"]),
    ("org", EQUAL, &["'HQ'", "'B1'", "'S11'", "'EMPTY'"]),
];
const ORDER: &[&str] = &["=", "<>", "<", "<=", ">", ">="];
const EQUAL: &[&str] = &["=", "<>"];
const DAYS: &[&str] =
    &["'1960-02-29'", "'1996-02-29'", "'2008-02-28'", "'2026-02-28'", "'2031-01-01'"];
const TERMS: [&str; 33] = [
    "aum * 0.5 - loan",
    "aum - loan * 2",
    "score * score",
    "score / 0.3",
    "age * 12 + score",
    "age + events('login')",
    "aum / 3",
    "loan / score",
    "sum_events('transfer_out') / 7",
    "sum_events('login') - aum",
    "today - birth_date",
    "today - last_event('login')",
    "visit - opened_on",
    "score / 9",
    "events('login') * 1.5 - events('transfer_out')",
    "near_tier('gold') * 2",
    "wild + 1",
    "points",
    "points * score",
    "balance('fund')",
    "balance('equity') - balance('bond')",
    "change('aum', interval '30 days')",
    "product_count()",
    "drift('equity')",
    "drift('fixed') * 100",
    "events('login')",
    "events('transfer_out', interval '30 days')",
    "events('silence', interval '3 months')",
    "events('transfer_out', interval '60 days', amount > 500)",
    "sum_events('transfer_out', interval '1 month')",
    "sum_events('login')",
    "near_tier('private')",
    "aum - loan",
];
const WHOLE: [&str; 46] = [
    "loan / aum >= 0.8",
    "aum / loan < 1.000001",
    "score / age = 0.5",
    "aum > loan",
    "loan <> aum * 2",
    "visit > opened_on",
    "opened_on + score < visit",
    "visit - 30 >= last_event('login')",
    "today - last_event('transfer_out') > 20.5",
    "first_event('login') = last_event('login')",
    "opened_on + age = visit",
    "aum - loan between 0 and 49999.99",
    "aum * 2 not in (0, 100000)",
    "score + 1 in (1, 31, 0.875)",
    "aum / loan is null",
    "opened_on - score is not null",
    "list('L')",
    "snapshot(1)",
    "segment('SG')",
    "contacted(interval '30 days')",
    "contacted(interval '1 year')",
    "in_strategy('ST')",
    "consent('sms')",
    "holds('fund')",
    "falling('aum', interval '2 months')",
    "tier_moved('basic', 'gold', interval '60 days')",
    "related('family', aum >= 50000 or points > 0)",
    "within('S11', 20)",
    "vip",
    "no_contact",
    "true",
    "false",
    "vip is null",
    "aum is not null",
    "age is null",
    "gender = 'F'",
    "job like '%er%'",
    "org under 'B1'",
    "org not under 'B2'",
    "org under 'EMPTY'",
    "sample(10)",
    "last_event('login') >= today - 30",
    "first_event('transfer_out', interval '90 days') is null",
    "last_event('transfer_out') < '2026-02-01'",
    "followed_by('login', 'transfer_out', interval '7 days')",
    "opened_on >= today - interval '3 months'",
];

fn leaf() -> impl Strategy<Value = String> {
    let compared =
        proptest::sample::select(LEAVES.to_vec()).prop_flat_map(|(name, ops, values)| {
            let value = || proptest::sample::select(values.to_vec());
            (Just(name), proptest::sample::select(ops.to_vec()), value(), value(), 0..5_u8)
        });
    let compared = compared.prop_map(|(name, op, a, b, form)| match form {
        0 => format!("{name} in ({a}, {b})"),
        1 => format!("{name} not in ({a}, {b})"),
        2 if op.len() == 1 && name != "job" && name != "rm" && name != "org" => {
            format!("{name} not between {a} and {b}")
        }
        _ => format!("{name} {op} {a}"),
    });
    let terms = (
        proptest::sample::select(TERMS.to_vec()),
        proptest::sample::select(ORDER.to_vec()),
        0..4_usize,
    );
    let terms = terms
        .prop_map(|(term, op, value)| format!("{term} {op} {}", ["0", "1", "2", "50000"][value]));
    let whole = proptest::sample::select(WHOLE.to_vec()).prop_map(str::to_owned);
    prop_oneof![3 => compared, 2 => terms, 2 => whole]
}

fn rule() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 12, 3, |inner| {
        let some = proptest::collection::vec(inner.clone(), 2..4);
        let join = |word: &'static str| move |parts: Vec<String>| format!("({})", parts.join(word));
        prop_oneof![
            inner.prop_map(|part| format!("not ({part})")),
            some.clone().prop_map(join(" and ")),
            some.prop_map(join(" or ")),
        ]
    })
}

/// What SQL says of conditions that columns do not hold, as the engine takes it.
async fn sets(
    db: &mut PgConnection,
    columns: &Columns,
    words: &Vocabulary,
    leaves: &[String],
) -> Vec<(String, LeafSet)> {
    let mut sets = Vec::new();
    for text in leaves {
        let rule = Rule::parse_part(text, words).unwrap();
        sets.push((text.clone(), leaf_set(db, columns, &rule).await.unwrap()));
    }
    sets
}

async fn ids(db: &mut PgConnection, rule: &Rule) -> Vec<CustomerId> {
    let intake = "00000000-0000-0000-0000-000000000000";
    let mut tx = db.begin().await.unwrap();
    let taken = dynamic::take_members(&mut tx, intake, rule).await;
    taken.unwrap_or_else(|e| panic!("{}: {e}", rule.canonical()));
    let ids = sqlx::query_scalar::<_, i64>(
        "select unnest(members) from baton.member_part where intake = $1::text::uuid order by 1",
    );
    let ids = ids.bind(intake).fetch_all(&mut *tx).await.unwrap();
    tx.rollback().await.unwrap();
    ids.into_iter().map(CustomerId).collect()
}

/// Counts of what was asked.
#[derive(Debug, Default)]
struct Seen {
    rules: usize,
    by_columns_alone: usize,
    with_members: usize,
    with_unknown: usize,
}

async fn agree(
    db: &mut PgConnection,
    columns: &Columns,
    words: &Vocabulary,
    text: &str,
    seen: &mut Seen,
) {
    // What the language does not read yet is no question for either.
    let Ok(rule) = Rule::parse(text, words) else { return };
    let plan = columns.plan(&rule, &|_| None);
    let told = match &plan {
        Ok(_) => Vec::new(),
        Err(unable) => sets(db, columns, words, &unable.leaves).await,
    };
    let told =
        |text: &str| told.iter().find(|(known, _)| known == text).map(|(_, set)| set.clone());
    let holds = columns.plan(&rule, &told).unwrap();
    let fails = columns.plan_not(&rule, &told).unwrap();
    let answer = columns.count(&holds, &[], &[]);
    let sql = segment::count(db, &rule, true).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(answer.count, sql.count.cast_unsigned(), "{text}");
    assert_eq!(answer.aum, i128::from(sql.aum.0), "{text}");
    assert_eq!(columns.customers(), sql.of.cast_unsigned());
    let mut parts: Vec<_> = answer.by_org.iter().map(|part| (part.count, part.aum)).collect();
    let mut by_sql: Vec<_> = sql
        .by_org
        .unwrap()
        .iter()
        .map(|part| (part.count.cast_unsigned(), i128::from(part.aum.0)))
        .collect();
    parts.sort_unstable();
    by_sql.sort_unstable();
    assert_eq!(parts, by_sql, "{text}");
    let members = columns.members(&holds);
    assert_eq!(hash(&members), hash(&ids(db, &rule).await), "{text}");
    let not = columns.count(&fails, &[], &[]).count;
    // |P| + |not P| + |P is unknown| = all, where SQL says who is unknown by being in neither.
    // Of nobody by construction the one or the other may be, and is asked all the same.
    let no = Rule::parse_part(&format!("not ({text})"), words).unwrap();
    assert_eq!(
        not,
        segment::count(db, &no, false).await.unwrap().count.cast_unsigned(),
        "not {text}"
    );
    // A branch operator's answer is that of his units.
    let units = unit_and_below(words, "B1");
    let own = columns.count(&Node::all(vec![columns.of_units(&units), holds]), &[], &[]);
    match Rule::parse(&format!("({text}) and org under 'B1'"), words) {
        Ok(of_branch) => {
            let of_branch = segment::count(db, &of_branch, false).await.unwrap();
            assert_eq!(own.count, of_branch.count.cast_unsigned(), "{text}");
            assert_eq!(own.aum, i128::from(of_branch.aum.0), "{text}");
        }
        // What is refused as nobody has nobody.
        Err(error) => assert!(error.reason.is_nobody() && own.count == 0, "{text}: {error:?}"),
    }
    seen.rules += 1;
    seen.by_columns_alone += usize::from(plan.is_ok());
    seen.with_members += usize::from(answer.count > 0);
    seen.with_unknown += usize::from(answer.count + not < columns.customers());
}

fn unit_and_below(words: &Vocabulary, code: &str) -> Vec<OrgId> {
    match Rule::parse(&format!("org under '{code}'"), words).unwrap().expr {
        Expr::Under { subtree, .. } => subtree,
        _ => Vec::new(),
    }
}

fn compare(rules: usize) {
    let bank = Bank::empty();
    block_on(compare_in(&bank, rules));
}

async fn compare_in(bank: &Bank, rules: usize) {
    let mut db = bank.connect(OWNER).await;
    db.execute(sqlx::raw_sql(BANK)).await.unwrap();
    db.execute(sqlx::raw_sql(MORE)).await.unwrap();
    let words = attribute::vocabulary(&mut db).await.unwrap();
    for leaf in WHOLE {
        assert!(Rule::parse(leaf, &words).is_ok(), "{leaf}: {:?}", Rule::parse(leaf, &words));
    }
    for term in TERMS {
        assert!(Rule::parse(&format!("{term} > 1"), &words).is_ok(), "{term}");
    }
    let beside = Some(bank.connect(OWNER).await);
    let mut columns = load(&mut db, beside).await.unwrap_or_else(|failure| panic!("{failure:?}"));
    let mut runner = TestRunner::new(Config {
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..Config::default()
    });
    let mut seen = Seen::default();
    for round in 0..rules {
        if round == rules / 2 {
            db.execute(sqlx::raw_sql(CHANGE)).await.unwrap();
            let twin = Some(bank.connect(OWNER).await);
            let renewed = renew(&mut db, twin, &columns)
                .await
                .unwrap_or_else(|failure| panic!("{failure:?}"));
            columns = renewed.expect("a small change is merged");
        }
        let text = rule().new_tree(&mut runner).unwrap().current();
        agree(&mut db, &columns, &words, &text, &mut seen).await;
    }
    assert!(seen.rules > rules / 4 && seen.by_columns_alone > rules / 8, "{seen:?}");
    assert!(seen.with_members > rules / 10 && seen.with_unknown > rules / 10, "{seen:?}");
}

#[test]
fn columns_and_sql_agree_on_random_rules() {
    compare(300);
}

/// Some minutes; `cargo test --test engine_truth -- --ignored`, with `BATON_RULES` for another number of rules.
#[test]
#[ignore = "slow: ten thousand rules"]
fn columns_and_sql_agree_on_ten_thousand_random_rules() {
    let rules = std::env::var("BATON_RULES").ok().and_then(|rules| rules.parse().ok());
    compare(rules.unwrap_or(10_000));
}
