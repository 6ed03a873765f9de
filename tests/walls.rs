//! An operator with a unit sees the customers of that unit and of those below it, whatever way he reads; and whoever is
//! told of customers one by one is written down.

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, between, number, owner, pushed, run, small, up_to};
use support::files::Files;
use support::{Bank, baton};

const BRANCH: &str = "nancheng.branch";
const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";

/// Every relation of customers has rows of every unit.
fn filled() -> Bank {
    let bank = small();
    owner(
        &bank,
        "create table baton.attr_1 (customer_id bigint primary key, org_id int not null, score numeric);
         grant select on baton.attr_1 to baton_operator; select baton.wall('attr_1');
         insert into baton.attr_1 select customer_id, org_id, customer_id from baton.customer;
         insert into baton.event_kind (code) values ('login'); insert into baton.relation_kind values ('family'); insert into baton.product (code, zh, en) values ('fund', 'f', 'f');
         insert into baton.event (customer_id, at, kind, ref, org_id) select customer_id, '2026-11-19', 1, 'a', org_id from baton.customer;
         insert into baton.holding (customer_id, product, day, amount, org_id) select customer_id, 1, '2026-11-19', 5, org_id from baton.customer;
         insert into baton.consent (customer_id, channel, given, org_id) select customer_id, 'sms', true, org_id from baton.customer;
         insert into baton.relation (customer_id, kind, other_id, org_id) select customer_id, 'family', customer_id + 1, org_id from baton.customer;
         insert into baton.location (customer_id, lat, lon, org_id) select customer_id, 1, 1, org_id from baton.customer;
         insert into baton.list_member (list_id, customer_id, org_id) select 1, customer_id, org_id from baton.customer;
         insert into baton.moment_hit (code, day, customer_id, org_id, version, in_live) select 'M', '2026-11-19', customer_id, org_id, 1, false from baton.customer;
         insert into baton.strategy_exclusion (strategy, customer_id, org_id, note) select 'ST-X', customer_id, org_id, 'n' from baton.customer;
         insert into baton.customer_change (import_run, customer_id, org_id) select 1, customer_id, org_id from baton.customer;
         insert into baton.task_hold (push_id, customer_id, org_id, held, listed, why) select 9, customer_id, org_id, true, false, 'moved' from baton.customer;
         insert into baton.referral (push_id, customer_id, n, org_id, from_org_id, due, credit) select 9, customer_id, 1, org_id, org_id, '2026-11-25', 50 from baton.customer;
         insert into baton.outcome (push_id, customer_id, at, outcome, org_id, late, contamination) select 1, customer_id, '2026-11-19', 'sold', org_id, false, false from baton.customer",
    );
    approved(&bank, "ST-1", "true", "0.5", 7);
    pushed(&bank, "ST-1");
    bank
}

/// How many rows of each relation of customers somebody sees.
fn seen(bank: &Bank, who: &str, of: &str) -> Vec<(String, i64)> {
    let relations = bank.sql(
        ADMIN,
        "select c.relname from pg_class c where c.relnamespace = 'baton'::regnamespace and c.relkind in ('r', 'p', 'v')
             and not c.relispartition and has_table_privilege('baton_operator', c.oid, 'select')
             and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id') order by 1",
    );
    let count = |row: Vec<String>| {
        let ask = format!("select count(*) from baton.\"{}\" where {of}", row[0]);
        (row[0].clone(), bank.sql(who, &ask)[0][0].parse().expect("a count"))
    };
    relations.into_iter().map(count).collect()
}

#[test]
fn a_branch_sees_its_own_customers_in_every_relation() {
    let bank = filled();
    let below = |unit: &str| {
        format!(
            "org_id in (select u.id from baton.org_unit u join baton.org_unit o on o.id = any (u.path) where o.code = '{unit}')"
        )
    };
    let everything = seen(&bank, ADMIN, "true");
    assert!(everything.iter().filter(|(_, all)| *all > 0).count() >= 14, "{everything:?}");
    for unit in ["S1", "B2", "HQ"] {
        bank.operator(BRANCH, "branch", Some(unit));
        let own = seen(&bank, ADMIN, &below(unit));
        for ((name, of), (_, all)) in own.iter().zip(&everything) {
            // What nothing has happened to has nobody.
            let fewer = *of > 0 && (of < all || unit == "HQ");
            assert!(*all == 0 || fewer, "{name} has {of} of {all}");
        }
        assert_eq!(seen(&bank, BRANCH, "true"), own, "{unit}");
    }
    // Whatever his duties: it is the unit that counts. Who has none sees all, and who is no operator here sees nobody.
    bank.operator(BRANCH, "strategist,auditor,loader,viewer,approver", Some("S1"));
    assert_eq!(seen(&bank, BRANCH, "true"), seen(&bank, ADMIN, &below("S1")));
    assert_eq!(seen(&bank, ZHAO, "true"), everything);
    owner(&bank, &format!("delete from baton.operator where name = '{ZHAO}'"));
    assert!(seen(&bank, ZHAO, "true").iter().all(|(_, rows)| *rows == 0));
    // What is of no customer stays everybody's.
    let counts = "select (select count(*) from baton.snapshot), baton.scope()";
    assert_eq!(bank.sql(BRANCH, counts), [["2", "S1"]]);
    // An order is its unit's.
    assert_eq!(bank.sql(BRANCH, "select count(*) from baton.branch_order"), [["1"]]);
}

/// A policy asks once in a statement, and keeps no statement from being shared among processes.
#[test]
fn the_wall_is_asked_once() {
    let bank = small();
    let plan = bank.sql(
        ZHAO,
        "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
         explain (costs off) select sum(aum) from baton.customer where closed_on is null",
    );
    let plan: String = plan.into_iter().map(|row| row.join(" ") + "\n").collect();
    assert!(plan.contains("Gather") && plan.contains("InitPlan"), "{plan}");
    assert!(plan.contains("hashed SubPlan"), "{plan}");
}

#[test]
fn a_branch_is_not_told_how_long_the_lists_of_the_whole_bank_are() {
    let bank = filled();
    let li = "li.strategist";
    run(&bank, li, &["segment", "save", "SG-W", "--name", "a", "--rule", "aum >= 0"]);
    let frozen = run(&bank, li, &["segment", "freeze", "SG-W"]);
    let sizes = |who: &str| {
        let shown = run(&bank, who, &["segment", "show", "SG-W"])["customers"].clone();
        let history = run(&bank, who, &["segment", "history", "SG-W"]);
        (shown, history[0]["count"].clone(), history[0]["aum"].clone())
    };
    let (shown, past, aum) = sizes(ZHAO);
    assert_eq!((&shown, &past), (&frozen["count"], &frozen["count"]));
    assert!(aum.is_number());
    let none = serde_json::Value::Null;
    assert_eq!(sizes(BRANCH), (none.clone(), none.clone(), none));
    // What he compares is of his own customers.
    let id = frozen["snapshot"].to_string();
    let stayed = run(&bank, BRANCH, &["segment", "compare", &id, &id])["stayed"].clone();
    assert!(number(&stayed) > 0 && number(&stayed) < number(&frozen["count"]), "{stayed}");
}

#[test]
fn a_branch_counts_among_its_own_and_is_told_so() {
    let bank = filled();
    let count = |who, rule| run(&bank, who, &["segment", "count", "--rule", rule]);
    let own = bank.sql(
        ADMIN,
        "select count(*), sum(aum) from baton.customer c join baton.org_unit u on u.id = c.org_id where u.code = 'S1' and c.closed_on is null",
    );
    let told = count(BRANCH, "true");
    assert_eq!(
        (told["of"].to_string(), told["aum"].to_string()),
        (own[0][0].clone(), own[0][1].clone())
    );
    assert_eq!((&told["scope"], &told["count"]), (&"S1".into(), &told["of"]));
    assert_eq!(count(ZHAO, "true")["scope"], serde_json::Value::Null);
    assert_eq!(count(BRANCH, "org under 'B1'")["count"], 0);
    // A relation whose other end is a stranger's says nothing of him.
    let related = "related('family', aum >= 0)";
    assert!(number(&count(BRANCH, related)["count"]) < number(&count(ZHAO, "org = 'S1'")["count"]));
    for (lang, line) in [("en", "only customers of 支行1"), ("zh-CN", "仅支行1的客户")] {
        let said = baton(&bank)
            .as_(BRANCH)
            .args(["--lang", lang, "segment", "count", "--rule", "true"])
            .run();
        assert!(String::from_utf8_lossy(&said.stderr).contains(line), "{said:?}");
    }
    let said =
        baton(&bank).as_(ZHAO).args(["--lang", "en", "segment", "count", "--rule", "true"]).run();
    assert!(said.stderr.is_empty(), "{said:?}");
}

#[test]
fn what_is_of_the_whole_bank_is_not_made_by_who_sees_a_part() {
    let bank = filled();
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", "true"]);
    bank.operator(BRANCH, "strategist,loader", Some("S1"));
    for args in [vec!["segment", "freeze", "SG-A"], vec!["push", "plan", "ST-1"]] {
        let said = baton(&bank).as_(BRANCH).args(["--lang", "en"]).args(&args).refused();
        assert!(said.contains("you see the customers of S1 only"), "{said}");
        let said = baton(&bank).as_(BRANCH).args(["--lang", "zh-CN"]).args(&args).refused();
        assert!(said.contains("您只能看到S1的客户"), "{said}");
    }
    for call in [
        "select baton.list_seal(gen_random_uuid(), 'L', 'phone', 'f')",
        "select baton.snapshot_export(1)",
        "select baton.snapshot_seal(gen_random_uuid(), 'SG-A', 1)",
        "select baton.push_plan('ST-1', 1, 1)",
        "select baton.import_begin('[]')",
    ] {
        assert_eq!(bank.refuses(BRANCH, call), "BT114", "{call}");
    }
    let made =
        "select (select count(*) from baton.snapshot), (select count(*) from baton.list_upload)";
    assert_eq!(bank.sql(ADMIN, made), [["2", "0"]]);
}

#[test]
fn an_explanation_goes_through_the_wall_of_the_card() {
    let bank = small();
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", "aum > 0"]);
    let explain = |who, id: &str| {
        baton(&bank).as_(who).args(["--lang", "en", "segment", "explain", "SG-A", "--customer", id])
    };
    let own =
        &bank.sql(ADMIN, "select min(customer_id) from baton.customer where org_id = 5")[0][0];
    let strange =
        &bank.sql(ADMIN, "select min(customer_id) from baton.customer where org_id = 9")[0][0];
    assert_eq!(explain(BRANCH, own).json()["member"], true);
    // A stranger's customer and nobody are one answer, and each is noted.
    let said = |id: &str| explain(BRANCH, id).refused().replace(id, "N");
    assert!(said("9999").contains("no customer N"));
    assert_eq!(said(strange), said("9999"));
    let card = |id: &str| {
        let card = baton(&bank).as_(BRANCH).args(["--lang", "en", "customer", "show", id]);
        card.refused().replace(id, "N")
    };
    assert_eq!(card(strange), card("9999"));
    let by_hand = |id: &str| format!("select count(*) from baton.customer_card({id})");
    assert_eq!(bank.sql(BRANCH, &by_hand(strange)), bank.sql(BRANCH, &by_hand("9999")));
    assert_eq!(bank.sql(BRANCH, &by_hand(own)), [["1"]]);
    bank.operator("wang.approver", "loader", None);
    assert!(explain("wang.approver", own).refused().contains("you need the duty"));
    explain(ZHAO, strange).json();
    let noted = "select operator, subject, coalesce(detail ->> 'found', 'true') from baton.audit where action = 'customer.explain' order by id";
    assert_eq!(
        bank.sql("sun.auditor", noted),
        [
            [BRANCH, own, "true"],
            [BRANCH, "9999", "false"],
            [BRANCH, strange, "false"],
            [BRANCH, "9999", "false"],
            [ZHAO, strange, "true"]
        ]
    );
    let tried = "select count(*) from baton.audit where action = 'customer.card' and detail ->> 'found' = 'false'";
    assert_eq!(bank.sql("sun.auditor", tried), [["4"]]);
    // Cards and explanations are counted together.
    owner(
        &bank,
        &format!(
            "insert into baton.audit (operator, action, subject) select '{ZHAO}', 'customer.card', '1' from generate_series(1, 499)"
        ),
    );
    assert!(explain(ZHAO, own).refused().contains("500"));
    assert_eq!(bank.refuses(ZHAO, "select * from baton.customer_card(5)"), "BT112");
    let more = "insert into baton.audit (operator, action, subject, detail) select 'zhao.viewer', 'moment.hits', 'M', '{\"rows\": 10000}'";
    owner(&bank, more);
    assert_eq!(bank.refuses(ZHAO, "select * from baton.snapshot_members(1, 0)"), "BT003");
}

#[test]
fn lists_of_customers_are_noted_and_end() {
    let bank = filled();
    for rule in [up_to(300), between(200, 980)] {
        run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", &rule]);
        run(&bank, LI, &["segment", "freeze", "SG-A"]);
    }
    let compared = run(&bank, ZHAO, &["segment", "compare", "3", "4", "--members"]);
    let listed = |side: &str| -> i64 {
        compared["members"][side].as_array().map_or(0, Vec::len).try_into().unwrap_or(i64::MAX)
    };
    assert_eq!(listed("out"), number(&compared["out"]));
    assert_eq!(
        (listed("in"), number(&compared["in"]) > 500),
        (500, true),
        "the first of them only"
    );
    let own = run(&bank, BRANCH, &["segment", "compare", "3", "4", "--members"]);
    let own: Vec<i64> = own["members"]["stayed"].as_array().unwrap().iter().map(number).collect();
    let of = bank.sql(ADMIN, "select count(*) from baton.customer where org_id = 5 and closed_on is null and customer_id between 200 and 300");
    assert_eq!(own.len().to_string(), of[0][0]);
    assert_eq!(
        bank.sql(BRANCH, "select count(*) from baton.snapshot_members(4, 0) where org <> 'S1'"),
        [["0"]]
    );
    assert_eq!(
        bank.sql(
            BRANCH,
            "select count(*) from baton.moment_hits('M', '2026-11-01') where org <> 'S1'"
        ),
        [["0"]]
    );
    assert_eq!(
        bank.sql(ZHAO, "select count(*) from baton.moment_hits('M', '2026-11-01')"),
        [["500"]]
    );
    let noted = "select action, operator, (detail ->> 'rows')::int > 20 from baton.audit
        where action in ('segment.compare', 'segment.members', 'moment.hits') order by id";
    let row = |action: &str, who: &str| vec![action.to_owned(), who.to_owned(), "t".to_owned()];
    let all = [
        row("segment.compare", ZHAO),
        row("segment.compare", BRANCH),
        row("segment.members", BRANCH),
        row("moment.hits", BRANCH),
        row("moment.hits", ZHAO),
    ];
    assert_eq!(bank.sql("sun.auditor", noted), all);
    owner(
        &bank,
        &format!(
            "insert into baton.audit (operator, action, subject, detail) select '{ZHAO}', 'segment.members', 'SG-A v1', '{{\"rows\": 100}}' from generate_series(1, 91)"
        ),
    );
    let said = baton(&bank)
        .as_(ZHAO)
        .args(["--lang", "en", "segment", "compare", "3", "4", "--members"])
        .refused();
    assert!(said.contains("lists have shown you 10,000 customers"), "{said}");
    run(&bank, ZHAO, &["segment", "compare", "3", "4"]);
}

#[test]
fn nothing_is_frozen_for_a_day_before_its_data() {
    let bank = small();
    run(&bank, LI, &["segment", "save", "SG-A", "--name", "a", "--rule", "true"]);
    let freeze = |day: &str| {
        baton(&bank).as_(LI).args(["--lang", "en", "--as-of", day, "segment", "freeze", "SG-A"])
    };
    let said = freeze("2026-10-31").refused();
    assert!(said.contains("the bank's data are of a later day"), "{said}");
    freeze("2026-11-20").json();
    freeze("2026-12-01").json();
    let rows = run(&bank, LI, &["segment", "history", "SG-A"]);
    assert_eq!(
        (&rows[0]["as_of"], &rows[0]["data_as_of"]),
        (&"2026-11-20".into(), &"2026-11-20".into())
    );
    assert_eq!(
        (&rows[1]["as_of"], &rows[1]["data_as_of"]),
        (&"2026-12-01".into(), &"2026-11-20".into())
    );
    let table = baton(&bank).as_(LI).args(["--lang", "en", "segment", "history", "SG-A"]).run();
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert_eq!(table.matches("2026-11-20").count(), 2, "only where it is another day: {table}");
}

/// What an import makes and exchanges stands behind the wall too, and what is known of a customer goes with him.
#[test]
fn an_import_leaves_no_hole() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    bank.operator(BRANCH, "branch", Some("S1"));
    let told = "select (select string_agg(customer_id::text, ' ' order by customer_id) from baton.customer),
        (select string_agg(customer_id::text, ' ' order by customer_id) from baton.attr_1), (select string_agg(ref, ' ' order by ref) from baton.event)";
    assert_eq!(bank.sql(BRANCH, told), [["1 2", "1 2", "a b"]]);
    let moved = files
        .change("customers.csv", "1,S1,", "1,S2,")
        .change("customers.csv", "3,S2,", "3,S1,")
        .put("events.csv", "customer,ref,kind,at,amount\n");
    moved.import(&bank, &[]).json();
    assert_eq!(bank.sql(BRANCH, told), [["2 3", "2 3", "c"]]);
    let count = baton(&bank).as_(BRANCH).args(["segment", "count", "--rule", "events('工资') = 1"]);
    assert_eq!(count.json()["count"], 1);
    let walls = "select count(*) from pg_class c where c.relnamespace = 'baton'::regnamespace and not c.relispartition
        and c.relname ~ '^attr_' and c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid)";
    assert_eq!(bank.sql(ADMIN, walls), [["1"]]);
}

/// The audit names customers; who is held to a unit reads what its people did, the auditor all of it.
#[test]
fn a_branch_reads_its_own_peoples_part_of_the_audit() {
    let bank = small();
    bank.operator("nancheng.rm", "branch", Some("S2"));
    for (who, id) in [(ZHAO, "7"), (BRANCH, "5")] {
        baton(&bank).as_(who).args(["customer", "show", id]).run();
    }
    let read = |who| {
        let rows = bank.sql(
            who,
            "select distinct operator from baton.audit where action = 'customer.card' order by 1",
        );
        rows.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(read(BRANCH), [BRANCH]);
    assert_eq!(read("nancheng.rm"), Vec::<String>::new());
    assert_eq!(read(ZHAO), [BRANCH, ZHAO]);
    assert_eq!(read("sun.auditor"), [BRANCH, ZHAO]);
    bank.operator("nancheng.rm", "branch,auditor", Some("S2"));
    assert_eq!(read("nancheng.rm"), [BRANCH, ZHAO]);
    bank.operator("nancheng.rm", "branch", Some("HQ"));
    assert_eq!(read("nancheng.rm"), [BRANCH, ZHAO], "the units below are his");
}

/// The largest balance of a bank is one customer's.
#[test]
fn who_sees_a_part_is_not_told_the_largest_balance() {
    let bank = small();
    bank.program(ADMIN).args(["attribute", "refresh"]).json();
    let show = |who: &str| run(&bank, who, &["attribute", "show", "aum"]);
    let (all, part) = (show(ZHAO), show(BRANCH));
    assert!(all["max"].is_i64() && all["min"].is_i64());
    assert_eq!((&part["max"], &part["min"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!((&part["median"], &part["coverage"]), (&all["median"], &all["coverage"]));
    for column in ["low", "high", "top"] {
        let by_hand = format!("select {column} from baton.fixed_column");
        assert_eq!(bank.refuses(BRANCH, &by_hand), "42501", "{column}");
        let by_hand = format!("select {column} from baton.attribute_stat");
        assert_eq!(bank.refuses(BRANCH, &by_hand), "42501", "{column}");
    }
    let table = baton(&bank).as_(BRANCH).args(["--lang", "en", "attribute", "show", "aum"]).run();
    assert!(String::from_utf8_lossy(&table.stdout).contains("median"));
}
