//! The demo bank in the sizes of a bench: made by the database, with sums that agree and the same story. The shape is
//! that of a small one here; what is made of it, and how, is the same.

mod support;

use baton::store::cluster::ADMIN;
use baton::store::demo::size::{Shape, Size};
use baton::store::demo::sized;
use serde_json::Value;
use support::server::block_on;
use support::{Bank, baton};

const SHAPE: Shape = Shape { customers: 6_000, branches: 4, subs: 5, chunk: 2_000 };

/// A bank that calls itself medium.
fn made() -> Bank {
    let bank = Bank::empty();
    block_on(async {
        let mut owner = bank.connect(ADMIN).await;
        let mut steps = Vec::new();
        let loaded = sized::load(&mut owner, Size::Medium, SHAPE, |step| steps.push(step)).await;
        let loaded = loaded.unwrap_or_else(|error| panic!("the bank is made: {error}"));
        let rows: u64 = loaded.iter().map(|(_, rows)| rows).sum();
        assert!(rows > 30_000, "{rows}");
        assert!(steps.iter().enumerate().all(|(n, step)| step.done == n as u64));
        assert_eq!(steps.len() as u64, steps[0].all, "the bar comes to its end");
    });
    bank
}

fn none(bank: &Bank, query: &str) {
    let found = bank.sql("zhao.viewer", query);
    assert!(found.is_empty(), "{query}: {found:?}");
}

#[test]
fn a_sized_bank_agrees_with_itself_and_tells_the_story() {
    let bank = made();
    let sql = |query: &str| bank.sql("zhao.viewer", query).remove(0);
    assert_eq!(
        sql("select (select count(*) from baton.customer where closed_on is null), (select count(*) from baton.org_unit),
             (select count(*) from baton.staff), (select count(*) from baton.attribute where type = 'flag'),
             (select count(*) from baton.attribute where type in ('number', 'money'))"),
        ["6000", "25", "140", "100", "12"]
    );
    none(
        &bank,
        "select c.customer_id from baton.customer c left join
             (select customer_id, sum(amount) as held from baton.holding
              where day <= baton.today() and baton.today() < until group by 1) h using (customer_id)
         left join baton.attr_2 a using (customer_id)
         where c.closed_on is null and (h.held, a.deposit_balance + coalesce(a.fund_balance, 0) + coalesce(a.wmp_balance, 0)) is distinct from (c.aum, c.aum)
            or c.opened_on < c.birth_date",
    );
    none(
        &bank,
        "select h.customer_id from baton.holding h where h.until is distinct from coalesce(
             (select min(n.day) from baton.holding n where n.customer_id = h.customer_id and n.product = h.product and n.day > h.day), 'infinity')",
    );
    none(
        &bank,
        "select u.code from baton.org_unit u join baton.metric_fact f on f.org_id = u.id and f.metric = 'aum' and f.day = baton.today()
         where f.value is distinct from (select sum(c.aum) from baton.customer c where c.org_id = u.id)",
    );
    none(
        &bank,
        "select a.customer_id from baton.attr_2 a left join
             (select e.customer_id, sum(e.amount) as gone from baton.event e join baton.event_kind k on k.id = e.kind
              where k.code = 'transfer_out' and (e.at at time zone 'Asia/Shanghai')::date > baton.today() - 30 group by 1) e using (customer_id)
         where a.outflow_30d is distinct from coalesce(e.gone, 0)",
    );
    let fell = bank.sql(
        "zhao.viewer",
        "select left(u.code, 3), count(*) from baton.org_unit u join baton.metric_fact f on f.org_id = u.id and f.metric = 'aum'
         join baton.metric_fact b on b.org_id = u.id and b.metric = 'aum' and b.day = '2026-09-30'
         where f.day = baton.today() and f.value < 0.99 * b.value group by 1",
    );
    assert_eq!(fell.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["B03"], "{fell:?}");
    let family =
        "select count(*) from baton.relation r where not exists (select from baton.relation o
        where o.customer_id = r.other_id and o.other_id = r.customer_id and o.kind = 'family')";
    assert_eq!(sql(family), ["0"]);
    let count = baton(&bank)
        .args(["segment", "count", "--rule"])
        .args(["payroll and age between 30 and 45 and org under 'B03' and not viewed_fund"])
        .json();
    assert!(count["count"].as_i64().unwrap() > 20, "{count}");
    let by_hand = "select count(*) from baton.attr_1 a join baton.customer c using (customer_id) join baton.org_unit u on u.id = c.org_id
        where a.payroll and not a.viewed_fund and extract(year from age(baton.today(), c.birth_date)) between 30 and 45 and u.code like 'B03%'";
    assert_eq!(vec![count["count"].to_string()], sql(by_hand));
    let tree: Value = baton(&bank).args(["kpi", "tree"]).json();
    assert!(tree.to_string().contains("aum"), "{tree}");
}

#[test]
fn who_has_left_a_sized_bank_is_there_with_his_day_and_nothing_else() {
    let bank = made();
    let sql = |query: &str| bank.sql("zhao.viewer", query).remove(0);
    assert_eq!(
        sql("select count(*), count(distinct closed_on) > 50, count(*) filter (where closed_on <= opened_on or closed_on > baton.today()),
             count(rm_id), sum(aum) from baton.customer where closed_on is not null"),
        ["135", "t", "0", "0", "0"]
    );
    for relation in ["event", "holding", "consent", "relation", "location"] {
        none(
            &bank,
            &format!(
                "select x.customer_id from baton.{relation} x join baton.customer c using (customer_id) where c.closed_on is not null"
            ),
        );
    }
    // On each day of the facts the customers are those who had come and had not left.
    none(
        &bank,
        "select u.code, f.day, f.value from baton.metric_fact f join baton.org_unit u on u.id = f.org_id
         where f.metric = 'customers' and f.value is distinct from (select count(*) from baton.customer c
             where c.org_id = u.id and c.opened_on <= f.day and (c.closed_on is null or c.closed_on > f.day))",
    );
    none(
        &bank,
        "select u.code, f.day, f.value from baton.metric_fact f join baton.org_unit u on u.id = f.org_id
         where f.metric = 'new_customers' and f.value is distinct from (select count(*) from baton.customer c
             where c.org_id = u.id and c.opened_on = f.day)",
    );
    let split = baton(&bank)
        .args([
            "kpi",
            "explain",
            "customers",
            "--from",
            "2026-07-31",
            "--to",
            "2026-10-31",
            "--by",
            "attribute:gender",
        ])
        .json();
    assert_eq!(split["residual"], 0, "{split}");
}

#[test]
fn it_is_the_same_each_time_and_has_the_keys_of_every_bank() {
    let content = |bank: &Bank| {
        ["customer", "attr_1", "attr_2", "event", "holding", "consent", "relation", "location", "target"].map(|table| {
            let columns = if table == "customer" { "(customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact)" } else { "t" };
            bank.sql("zhao.viewer", &format!("select md5(string_agg({columns}::text, ';' order by {columns}::text)) from baton.{table} t")).remove(0)
        })
    };
    let keys = |bank: &Bank| {
        bank.sql("zhao.viewer", "select indrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
            where c.relnamespace = 'baton'::regnamespace and not c.relispartition order by 1, 2")
    };
    let (one, two, empty) = (made(), made(), Bank::empty());
    assert_eq!(content(&one), content(&two));
    let of_all = keys(&empty);
    assert!(of_all.iter().all(|key| keys(&one).contains(key)), "{of_all:?}");
}

#[test]
fn a_bank_of_another_size_is_left_alone() {
    let bank = made();
    for (lang, says) in [
        ("en", "the demo bank of size medium stands in this database"),
        ("zh-CN", "medium 规模的演示银行"),
    ] {
        for size in ["small", "large"] {
            let said = bank
                .program(ADMIN)
                .args(["--lang", lang, "demo", "--no-console", "--size", size])
                .refused();
            assert!(said.contains(says) && said.contains(&format!("--size {size}")), "{said}");
        }
    }
    let answer = bank.program(ADMIN).args(["demo", "--no-console", "--size", "medium"]).json();
    assert_eq!(answer["made"], false);
}
