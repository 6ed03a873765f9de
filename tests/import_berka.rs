//! The real bank of 1994, imported whole by the rules of its README, against figures taken from the files.
#![expect(clippy::disallowed_methods, reason = "tests read files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use baton::store::cluster::INTERNAL;
use support::bank::berka_files;
use support::{Bank, baton};

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/berka").join(name)
}

/// The records of a file, split without any of Baton's code.
fn records(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(berka_files().unwrap().join(name)).unwrap();
    let lines = text.lines().skip(1);
    lines.map(|l| l.split(';').map(|f| f.trim_matches('"').to_owned()).collect()).collect()
}

fn fen(amount: &str) -> i64 {
    let (whole, decimals) = amount.split_once('.').unwrap_or((amount, "00"));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().unwrap() * 100 + sign * format!("{decimals:0<2}").parse::<i64>().unwrap()
}

#[test]
fn the_figures_are_those_of_the_readme() {
    let Some(bank) = Bank::berka() else { return };
    let one = |sql: &str| bank.sql(INTERNAL, sql)[0].clone();
    assert_eq!(one("select count(*) from baton.org_unit"), ["86"]);
    assert_eq!(one("select count(*) filter (where kind = 'branch') from baton.org_unit"), ["8"]);
    assert_eq!(one("select count(*), sum(aum) from baton.customer"), ["5369", "3963810890"]);
    assert_eq!(one("select count(*), count(distinct ref) from baton.event"), ["49102", "49102"]);
    assert_eq!(one("select count(distinct customer_id) from baton.event"), ["1229"]);
    assert_eq!(one("select count(*) from baton.staff"), ["0"]);
    assert_eq!(
        one("select name, as_of, currency, timezone from baton.bank"),
        ["Česká banka", "1994-03-31", "CZK", "Europe/Prague"]
    );
    assert_eq!(one("select value from baton.metric_fact where metric = 'deposits' order by day desc, org_id limit 1").len(), 1);
    assert_eq!(
        one(
            "select sum(value) from baton.metric_fact where metric = 'deposits' and day = '1994-03-31'"
        ),
        ["3963810890"],
        "the last month's deposits are the customers' AUM"
    );
}

#[test]
fn customers_and_facts_agree_with_the_files() {
    let Some(bank) = Bank::berka() else { return };
    let district: HashMap<String, String> =
        records("client.asc").into_iter().map(|c| (c[0].clone(), format!("D{}", c[2]))).collect();
    let owner: HashMap<String, String> = records("disp.asc")
        .into_iter()
        .filter(|d| d[3] == "OWNER")
        .map(|d| (d[2].clone(), d[1].clone()))
        .collect();
    let mut trans = records("trans.asc");
    trans.sort_by_key(|t| (t[2].clone(), t[0].parse::<i64>().unwrap()));
    let (mut at_end, mut at_january): (HashMap<_, _>, HashMap<_, _>) =
        (HashMap::new(), HashMap::new());
    for t in &trans {
        at_end.insert(&t[1], fen(&t[6]));
        if t[2].as_str() <= "940131" {
            at_january.insert(&t[1], fen(&t[6]));
        }
    }
    let expected: BTreeMap<i64, i64> = at_end
        .iter()
        .map(|(account, balance)| (owner[*account].parse().unwrap(), *balance))
        .collect();
    let found: BTreeMap<i64, i64> = bank
        .sql(INTERNAL, "select customer_id, aum from baton.customer where aum <> 0")
        .iter()
        .map(|r| (r[0].parse().unwrap(), r[1].parse().unwrap()))
        .collect();
    assert_eq!(found, expected);

    let mut january: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (account, balance) in at_january {
        let sums = january.entry(district[&owner[account]].clone()).or_default();
        *sums = (sums.0 + balance, sums.1 + 1);
    }
    let found: BTreeMap<String, (i64, i64)> = bank
        .sql(INTERNAL, "select u.code, d.value, c.value from baton.metric_fact d join baton.metric_fact c using (day, org_id)
                        join baton.org_unit u on u.id = d.org_id
                        where d.metric = 'deposits' and c.metric = 'customers' and day = '1994-01-31'")
        .iter()
        .map(|r| (r[0].clone(), (r[1].parse().unwrap(), r[2].parse().unwrap())))
        .collect();
    assert_eq!(found, january);

    let sum: i64 = trans.iter().map(|t| fen(&t[5])).sum();
    assert_eq!(bank.sql(INTERNAL, "select sum(amount) from baton.event"), [[sum.to_string()]]);
    let women =
        records("client.asc").iter().filter(|c| c[1][2..4].parse::<u32>().unwrap() > 50).count();
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from baton.customer where gender = 'F'"),
        [[women.to_string()]]
    );
    let loans = records("loan.asc").iter().filter(|l| l[2].as_str() <= "940331").count();
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from baton.attr_1 where has_loan"),
        [[loans.to_string()]]
    );
    let cards = records("card.asc").iter().filter(|c| &c[3][..6] <= "940331").count();
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from baton.attr_1 where card is not null"),
        [[cards.to_string()]]
    );
    let accounts = records("account.asc").iter().filter(|a| a[3].as_str() <= "940331").count();
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from baton.customer where opened_on is not null"),
        [[accounts.to_string()]]
    );
    assert_eq!(
        bank.sql(INTERNAL, "select birth_date, gender from baton.customer where customer_id in (1, 2) order by customer_id"),
        [["1970-12-13", "F"], ["1945-02-04", "M"]]
    );
}

#[test]
fn what_was_held_on_a_day_is_what_the_files_say() {
    let Some(bank) = Bank::berka() else { return };
    // The last balance of each account and day, and of each account by a month's end, from the file alone.
    let mut by_day: BTreeMap<(String, String), (u32, i64)> = BTreeMap::new();
    for t in records("trans.asc") {
        let (number, balance) = (t[0].parse::<u32>().unwrap(), fen(&t[6]));
        let last = by_day.entry((t[1].clone(), t[2].clone())).or_insert((number, balance));
        if number >= last.0 {
            *last = (number, balance);
        }
    }
    let one = |sql: &str| bank.sql(INTERNAL, sql)[0].clone();
    let sum: i64 = by_day.values().map(|(_, balance)| balance).sum();
    assert_eq!(
        one("select count(*), sum(amount) from baton.holding"),
        [by_day.len().to_string(), sum.to_string()]
    );
    for (day, iso) in [("930630", "1993-06-30"), ("931231", "1993-12-31"), ("940331", "1994-03-31")]
    {
        let mut held: HashMap<&str, i64> = HashMap::new();
        for ((account, on), (_, balance)) in &by_day {
            if on.as_str() <= day {
                held.insert(account, *balance);
            }
        }
        let expected = held.values().sum::<i64>().to_string();
        let then = format!(
            "select sum(amount) from baton.holding where day <= '{iso}' and '{iso}' < until"
        );
        assert_eq!(one(&then), std::slice::from_ref(&expected), "{iso}");
        let fact = format!(
            "select sum(value) from baton.metric_fact where metric = 'deposits' and day = '{iso}'"
        );
        assert_eq!(one(&fact), [expected], "{iso}");
    }
    let differing = "select count(*) from baton.customer c left join
        (select customer_id, sum(amount) as held from baton.holding where until = 'infinity' group by 1) h using (customer_id)
        where c.aum <> coalesce(h.held, 0)";
    assert_eq!(one(differing), ["0"]);
}

#[test]
fn the_second_import_changes_nothing_events_included() {
    let Some(bank) = Bank::berka() else { return };
    let content = || {
        let tables = bank.sql(
            INTERNAL,
            "select relname from pg_class where relnamespace = 'baton'::regnamespace and relkind in ('r', 'p')
             and not relispartition and relname not in ('import_run', 'import_turn', 'import_change', 'audit', 'attribute_stat', 'fixed_column', 'dictionary') order by 1",
        );
        let hash = |name: &str| {
            let all = format!(
                "select md5(string_agg(t::text, ';' order by t::text)) from baton.\"{name}\" t"
            );
            bank.sql(INTERNAL, &all)[0][0].clone()
        };
        tables.iter().map(|row| (row[0].clone(), hash(&row[0]))).collect::<Vec<_>>()
    };
    let before = content();
    let data = berka_files().unwrap();
    let answer = baton(&bank)
        .args(["import"])
        .args([&data])
        .args(["--manifest"])
        .args([fixture("baton-import.toml")])
        .json();
    assert_eq!(answer["loaded"]["event"], 49102);
    assert_eq!(content(), before);
}

#[test]
fn a_later_day_moves_the_bank_on() {
    let Some(data) = berka_files() else { return };
    let bank = Bank::empty();
    let import = |manifest: &str| {
        baton(&bank)
            .args(["import"])
            .args([&data])
            .args(["--manifest"])
            .args([fixture(manifest)])
            .json()
    };
    assert_eq!(import("earlier.toml")["loaded"]["customer"], 5369);
    let figures = || {
        bank.sql(INTERNAL, "select (select sum(aum) from baton.customer), (select count(*) from baton.event),
        (select sum(value) from baton.metric_fact where metric = 'deposits' and day = '1993-12-31'), (select as_of from baton.bank)").remove(0)
    };
    let earlier = figures();
    assert_eq!(earlier[0], earlier[2]);
    let before = records("trans.asc").iter().filter(|t| t[2].as_str() <= "931231").count();
    assert_eq!(
        (earlier[1].as_str(), earlier[3].as_str()),
        (before.to_string().as_str(), "1993-12-31")
    );
    import("baton-import.toml");
    let later = figures();
    assert_eq!(later[..2], ["3963810890", "49102"]);
    assert_eq!((later[2].as_str(), later[3].as_str()), (earlier[2].as_str(), "1994-03-31"));
}

#[test]
fn the_two_manifests_differ_in_the_day_only() {
    let body = |name: &str| {
        let text = std::fs::read_to_string(fixture(name)).unwrap();
        text.lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    let (later, earlier) = (body("baton-import.toml"), body("earlier.toml"));
    let differ: Vec<_> = later.iter().zip(&earlier).filter(|(a, b)| a != b).collect();
    assert_eq!(later.len(), earlier.len());
    assert_eq!(differ, [(&"as_of = 1994-03-31".to_owned(), &"as_of = 1993-12-31".to_owned())]);
}
