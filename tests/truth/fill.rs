//! A small bank whose customers stand on every edge: nulls, leap days, bounds of tiers and of windows.

use std::fmt::Write as _;

use baton::domain::money::Currency;
use chrono::{Days, NaiveDate};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use super::draw::{AMOUNTS, AS_OF, DAYS, Draw, JOBS, NUMBERS};

const CUSTOMERS: usize = 300;

/// The bank without its customers.
const BANK: &str = "
set session_replication_role = replica;
insert into baton.bank (name, as_of, currency, digits, timezone)
    values ('bank', '2026-11-20', 'CNY', 2, 'Asia/Shanghai');
insert into baton.tier (code, zh, en, from_minor) values
    ('basic', 'a', 'a', null), ('mass', 'b', 'b', 5000000), ('gold', 'c', 'c', 50000000),
    ('private', 'd', 'd', 600000000);
insert into baton.org_unit (id, code, parent_id, kind, name, path, lat, lon) overriding system value values
    (1, 'HQ', null, 'hq', 'a', '{1}', 31.2, 121.5), (2, 'B03', 1, 'branch', 'b', '{1,2}', null, null),
    (3, 'S031', 2, 'subbranch', 'c', '{1,2,3}', 31.21, 121.45),
    (4, 'S032', 1, 'subbranch', 'd', '{1,4}', -31.2, -179.9);
insert into baton.staff (id, code, org_id, name) overriding system value values (1, 'M1', 3, 'a'), (2, 'M2', 4, 'b');
insert into baton.attribute (code, type, zh, en, relation, column_name) values
    ('housing', 'flag', 'a', 'a', 'attr_1', 'housing'), ('job', 'category', 'b', 'b', 'attr_1', 'job'),
    ('score', 'number', 'c', 'c', 'attr_2', 'score'), ('loan', 'money', 'd', 'd', 'attr_2', 'loan'),
    ('visit', 'date', 'e', 'e', 'attr_2', 'visit');
create table baton.attr_1 (customer_id bigint primary key, housing bool, job text);
create table baton.attr_2 (customer_id bigint primary key, score numeric, loan bigint, visit date);
insert into baton.category_value (attribute, value) values ('job', 'student'), ('job', 'it''s'), ('job', '教师');
insert into baton.event_kind (id, code) overriding system value values (1, 'login'), (2, 'pay'), (3, '转出');
insert into baton.product (id, code, zh, en, class) overriding system value values
    (1, 'demand', 'a', 'a', 'cash'), (2, 'fund', 'b', 'b', 'equity'), (3, 'stock', 'c', 'c', 'equity'),
    (4, 'gold', 'd', 'd', null);
insert into baton.tier_target (tier, class, share) values
    ('mass', 'equity', 0.2), ('mass', 'cash', 0.8), ('gold', 'equity', 0.333333), ('gold', 'cash', 0.666667),
    ('basic', 'cash', 1);
insert into baton.segment_version (code, version, name, rule) values
    ('YOUNG', 1, 'a', 'age < 30'), ('YOUNG', 2, 'a', 'age < 45 and not housing'),
    ('RICH', 1, 'b', '(aum >= 500000 or holds(''fund'')) and not segment(''YOUNG'', 1)');
insert into baton.snapshot (id, segment, version, as_of, customers, hash) overriding system value
    values (17, 'YOUNG', 1, '2026-11-20', 0, '');
insert into baton.list_upload (list_id, code, upload, key, file, as_of, read, matched, unmatched, doubled)
    overriding system value values
    (1, 'VIP', 1, 'customer_id', 'a', '2026-11-20', 0, 0, 0, 0), (2, 'VIP', 2, 'customer_id', 'a', '2026-11-20', 0, 0, 0, 0);
insert into baton.strategy_version
    (code, version, name, segment, deadline_days, control_ppm, seed, product, benefit, script)
    values ('KEEP', 1, 'a', 'YOUNG', 30, 0, 1, 'a', 'a', 'a'), ('SELL', 1, 'b', 'YOUNG', 30, 0, 1, 'a', 'a', 'a');
insert into baton.push
    (id, plan_id, home, strategy, version, hash, as_of, deadline, customers, treated, control, millis)
    overriding system value values
    (1, 1, 0, 'KEEP', 1, '', '2026-10-21', '2026-11-20', 0, 0, 0, 0),
    (2, 2, 0, 'KEEP', 1, '', '2026-11-20', '2026-11-19', 0, 0, 0, 0),
    (3, 3, 0, 'SELL', 1, '', '2025-05-02', '2025-06-01', 0, 0, 0, 0);
";

/// A text as SQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn or_null(value: Option<&str>) -> String {
    value.map_or("null".into(), quoted)
}

fn minor(text: &str) -> String {
    Currency::from_code("CNY").unwrap().parse(text).unwrap().0.to_string()
}

/// Fills an empty bank.
pub(crate) async fn fill(db: &mut PgConnection, draw: &mut Draw) {
    let mut sql = BANK.to_owned();
    sql.push_str("insert into baton.consent_channel values ('sms'), ('phone');\n");
    sql.push_str("insert into baton.relation_kind values ('family'), ('employer');\n");
    for id in 0..CUSTOMERS {
        customer(&mut sql, draw, id);
        events(&mut sql, draw, id);
        holdings(&mut sql, draw, id);
        lists(&mut sql, draw, id);
    }
    sql.push_str("analyze;");
    db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

fn customer(sql: &mut String, draw: &mut Draw, id: usize) {
    let job = draw.or_null(&JOBS);
    let amounts = [draw.or_null(&AMOUNTS), draw.or_null(&AMOUNTS)];
    let [aum, loan] = amounts.map(|amount| amount.map_or("null".into(), minor));
    writeln!(
        sql,
        "insert into baton.customer (customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact, closed_on)
         values ({id}, {}, {}, {}, {}, {}, {aum}, {}, {});",
        draw.of(&["1", "2", "3", "4"]),
        or_null(draw.or_null(&["1", "2"])),
        or_null(draw.or_null(&DAYS)),
        or_null(draw.or_null(&DAYS)),
        or_null(draw.or_null(&["F", "M"])),
        or_null(draw.or_null(&["true", "false"])),
        if draw.below(10) == 0 { "'2020-01-01'" } else { "null" },
    )
    .unwrap();
    // Some stand in no attribute relation: all of it is unknown, as if null.
    if draw.below(6) > 0 {
        let housing = or_null(draw.or_null(&["true", "false"]));
        writeln!(sql, "insert into baton.attr_1 values ({id}, {housing}, {});", or_null(job))
            .unwrap();
    }
    let (score, visit) = (or_null(draw.or_null(&NUMBERS)), or_null(draw.or_null(&DAYS)));
    writeln!(sql, "insert into baton.attr_2 values ({id}, {score}, {loan}, {visit});").unwrap();
    if draw.below(4) > 0 {
        let north = draw.of(&["31.2", "31.201", "31.25", "-31.2", "90"]);
        let east = draw.of(&["121.5", "121.45", "179.95", "-179.95"]);
        writeln!(sql, "insert into baton.location values ({id}, {north}, {east}, 1);").unwrap();
    }
}

/// A day near one that matters.
fn near(draw: &mut Draw) -> NaiveDate {
    let today: NaiveDate = draw.of(&AS_OF).parse().unwrap();
    let back = [0, 0, 1, 6, 7, 8, 28, 29, 30, 31, 59, 60, 61, 89, 90, 92, 365, 366, 800];
    let day = today - Days::new(back[draw.below(back.len())]);
    if draw.below(12) == 0 { today + Days::new(1) } else { day }
}

fn events(sql: &mut String, draw: &mut Draw, id: usize) {
    for n in 0..draw.below(14) {
        let (day, kind) = (near(draw), draw.of(&["1", "2", "3"]));
        let time = draw.of(&[
            "00:00:00",
            "00:00:00",
            "23:59:59.999999",
            "12:00:00",
            "07:59:59",
            "08:00:00",
        ]);
        let amount = draw.or_null(&AMOUNTS).map_or("null".into(), minor);
        let detail = or_null(draw.or_null(&["atm", "it's", "柜面", "a\\b", "100%"]));
        writeln!(
            sql,
            "insert into baton.event (customer_id, at, kind, ref, org_id, amount, detail)
             values ({id}, '{day} {time}+08', {kind}, '{n}', 1, {amount}, {detail});"
        )
        .unwrap();
    }
}

fn holdings(sql: &mut String, draw: &mut Draw, id: usize) {
    if draw.below(4) == 0 {
        return;
    }
    for product in 1..=4 {
        let mut days: Vec<NaiveDate> = (0..draw.below(6)).map(|_| near(draw)).collect();
        days.sort_unstable();
        days.dedup();
        for (i, day) in days.iter().enumerate() {
            let until = days.get(i + 1).map_or("infinity".into(), NaiveDate::to_string);
            let amount = minor(draw.of(&[
                "0",
                "-0.01",
                "0.03",
                "100",
                "49900",
                "499999.99",
                "500000",
                "6000000",
            ]));
            writeln!(
                sql,
                "insert into baton.holding (customer_id, amount, day, until, org_id, product)
                 values ({id}, {amount}, '{day}', '{until}', 1, {product});"
            )
            .unwrap();
        }
    }
}

fn lists(sql: &mut String, draw: &mut Draw, id: usize) {
    for channel in ["sms", "phone"] {
        if let Some(given) = draw.or_null(&["true", "false"]) {
            writeln!(sql, "insert into baton.consent (customer_id, channel, org_id, given) values ({id}, '{channel}', 1, {given});").unwrap();
        }
    }
    for kind in ["family", "employer"] {
        let other = draw.below(CUSTOMERS);
        if other != id && draw.below(2) == 0 {
            writeln!(sql, "insert into baton.relation (customer_id, kind, other_id, org_id) values ({id}, '{kind}', {other}, 1);").unwrap();
        }
    }
    for push in 1..=3 {
        let arm = draw.of(&["'treated'", "'control'", "null"]);
        if draw.below(2) == 0 {
            writeln!(sql, "insert into baton.plan_member (home, plan_id, customer_id, org_id, arm, blocked) values (0, {push}, {id}, 1, {arm}, case when {arm} is null then 'no_contact' end);").unwrap();
        }
    }
    for (relation, list) in [("segment_member", 17), ("list_member", 1), ("list_member", 2)] {
        if draw.below(3) == 0 {
            writeln!(sql, "insert into baton.{relation} values ({list}, {id}, 1);").unwrap();
        }
    }
}
