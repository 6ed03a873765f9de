//! A bank's records come in: what is taken, updated, closed and rejected.
#![expect(clippy::disallowed_methods, reason = "tests read the reject file")]

mod support;

use std::path::PathBuf;

use baton::store::cluster::INTERNAL;
use serde_json::json;
use support::files::{Files, HEAD, content, leftovers};
use support::server::Server;
use support::{Bank, baton};

#[test]
fn a_small_bank_comes_in_and_the_second_time_changes_nothing() {
    let (bank, files) = (Bank::empty(), Files::small());
    let answer = files.import(&bank, &[]).json();
    assert_eq!(
        answer,
        json!({"as_of": "2026-06-30", "loaded": {"org_unit": 4, "customer": 4, "event": 3},
               "rejected": {"org_unit": 0, "customer": 0, "event": 0}, "reject_file": null})
    );
    let own = &Server::shared().own;
    assert_eq!(
        bank.sql(INTERNAL, "select c.customer_id, u.code, c.name is null, c.name, c.aum, a.vip, a.job from baton.customer c
                       join baton.org_unit u on u.id = c.org_id join baton.attr_1 a using (customer_id) order by 1"),
        [["1", "S1", "f", "张三", "10050", "t", "teacher"], ["2", "S1", "f", "李四", "0", "f", "student"],
         ["3", "S2", "f", "", "-500", "t", "teacher"], ["4", "S2", "t", "", "", "", ""]]
    );
    assert_eq!(
        bank.sql(
            own,
            "select e.ref, k.code, e.at at time zone 'Asia/Shanghai', e.amount from baton.event e
                       join baton.event_kind k on k.id = e.kind order by 1"
        ),
        [
            ["a", "工资", "2026-06-10 00:00:00", "800000"],
            ["b", "转出", "2026-06-11 09:30:00", "2005"],
            ["c", "工资", "2026-06-10 09:00:00", ""]
        ]
    );
    assert_eq!(
        bank.sql(own, "select code, cardinality(path) from baton.org_unit order by 1")[3],
        ["S2", "3"]
    );
    assert_eq!(
        bank.sql(own, "select value, customers from baton.category_value order by 1"),
        [["student", "1"], ["teacher", "2"]]
    );
    assert_eq!(
        bank.sql(own, "select code, from_minor from baton.tier order by from_minor nulls first")[1],
        ["mass", "5000000"]
    );
    assert!(leftovers(&bank).is_empty());

    let before = content(&bank);
    assert_eq!(files.import(&bank, &[]).json(), answer);
    assert_eq!(content(&bank), before);
}

#[test]
fn what_comes_again_is_updated_and_what_does_not_is_closed() {
    let bank = Bank::empty();
    let files = Files::small();
    files.import(&bank, &[]).json();
    let later = files
        .change("baton-import.toml", "2026-06-30", "2026-07-31")
        .put(
            "units.csv",
            "code,parent,kind,name\nHQ,,hq,总行\nB1,HQ,branch,新名分行\nS1,HQ,center,前门中心\n",
        )
        .put("customers.csv", "id,org,name,aum,vip,job\n1,S1,张三,200,1,nurse\n5,S1,王五,7,0,\n")
        .put(
            "events.csv",
            "customer,ref,kind,at,amount\n1,a,工资,2026-06-10,8001\n3,d,工资,2026-07-10,1\n",
        );
    let answer = later.import(&bank, &[]).json();
    assert_eq!(answer["loaded"], json!({"org_unit": 3, "customer": 2, "event": 2}));
    let own = &Server::shared().own;
    assert_eq!(
        bank.sql(own, "select customer_id, aum, closed_on, vip, job from baton.customer join baton.attr_1 using (customer_id) order by 1"),
        [["1", "20000", "", "t", "nurse"], ["2", "0", "2026-07-31", "f", "student"], ["3", "-500", "2026-07-31", "t", "teacher"],
         ["4", "", "2026-07-31", "", ""], ["5", "700", "", "f", ""]],
        "closed customers keep what was known of them"
    );
    assert_eq!(
        bank.sql(own, "select code, kind, name, closed_on, cardinality(path) from baton.org_unit order by code"),
        [["B1", "branch", "新名分行", "", "2"], ["HQ", "hq", "总行", "", "1"], ["S1", "center", "前门中心", "", "2"],
         ["S2", "subbranch", "天桥支行", "2026-07-31", "3"]]
    );
    assert_eq!(
        bank.sql(own, "select ref, amount, u.code from baton.event e join baton.org_unit u on u.id = e.org_id order by 1"),
        [["a", "800100", "S1"], ["b", "2005", "S1"], ["c", "", "S2"], ["d", "100", "S2"]]
    );
    assert_eq!(
        bank.sql(own, "select value, customers from baton.category_value order by 1"),
        [["nurse", "1"], ["student", "0"], ["teacher", "0"]],
        "a value that was seen stays known"
    );
    // Customer 2 comes back, without the columns of before: they stay as they were.
    let again = later.put("customers.csv", "id,org\n1,S1\n2,B1\n").change(
        "baton-import.toml",
        "org, name, aum, vip, job",
        "org",
    );
    again.import(&bank, &[]).json();
    assert_eq!(
        bank.sql(INTERNAL, "select customer_id, name, aum, closed_on, vip, job from baton.customer join baton.attr_1 using (customer_id)
                       where customer_id < 3 order by 1"),
        [["1", "张三", "20000", "", "t", "nurse"], ["2", "李四", "0", "", "f", "student"]]
    );
}

#[test]
fn a_root_may_change_places_with_a_unit_below() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    let files = files
        .put("units.csv", "code,parent,kind,name\nNEW,,hq,新总行\nHQ,NEW,branch,原总行\nS1,HQ,subbranch,一\nS2,HQ,subbranch,二\n");
    files.import(&bank, &[]).json();
    assert_eq!(
        bank.sql(
            INTERNAL,
            "select u.code, p.code, cardinality(u.path), u.closed_on is null from baton.org_unit u
                            left join baton.org_unit p on p.id = u.parent_id order by 1"
        ),
        [
            ["B1", "HQ", "2", "f"],
            ["HQ", "NEW", "2", "t"],
            ["NEW", "", "1", "t"],
            ["S1", "HQ", "3", "t"],
            ["S2", "HQ", "3", "t"]
        ]
    );
    let before = content(&bank);
    files.import(&bank, &[]).json();
    assert_eq!(content(&bank), before);
}

#[test]
fn bad_rows_go_to_the_reject_file_and_the_rest_loads() {
    let (bank, files) = (Bank::empty(), Files::small());
    let files = files
        .put("customers.csv", "id,org,name,aum,vip,job\n1,S1,张三,100.505,1,x\nzwei,S1,,,,\n3,S9,,,,\n4,S2,,1,yes,\n5,S2,,,,\n5,S1,,,,\n,S1,,,,\n")
        .put("events.csv", "customer,ref,kind,at,amount\n5,a,k,2026-06-10,1\n9,b,k,2026-06-11,1\n5,a,k,2026-06-10,2\n5,c,k,gestern,1\n");
    let said = files.import(&bank, &[]).refused();
    assert!(said.contains("load customer: 6 of 7 rows were rejected"), "{said}");
    assert_eq!(content(&bank), content(&Bank::empty()), "nothing has changed");
    assert!(leftovers(&bank).is_empty());

    let answer = files.import(&bank, &["--max-rejects", "1"]).json();
    assert_eq!(answer["loaded"], json!({"org_unit": 4, "customer": 1, "event": 1}));
    assert_eq!(answer["rejected"], json!({"org_unit": 0, "customer": 6, "event": 3}));
    let path = PathBuf::from(answer["reject_file"].as_str().unwrap());
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "load,ordinal,column,value,reason\n\
         customer,1,aum,100.505,more decimals than the currency's 2\n\
         customer,2,customer_id,zwei,not a whole number\n\
         customer,3,org,S9,no such org unit\n\
         customer,4,vip,yes,neither true nor false\n\
         customer,7,customer_id,,a value must be there\n\
         customer,6,customer_id,5,the key came before\n\
         event,2,customer_id,9,no such customer\n\
         event,4,at,gestern,not a time (YYYY-MM-DD hh:mm:ss)\n\
         event,3,\"customer_id, at, kind, ref\",\"5, 2026-06-09 16:00:00+00, k, a\",the key came before\n"
    );
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it holds customers' values");
}

#[test]
fn a_thousandth_of_the_rows_may_be_bad() {
    let rows = |bad: usize| {
        let mut text = "id,org,name,aum,vip,job\n".to_owned();
        for id in 1..=2000 {
            let org = if id <= bad { "S9" } else { "S1" };
            text.extend([&id.to_string(), ",", org, ",n,1,1,j\n"]);
        }
        text
    };
    let bank = Bank::empty();
    let files = Files::small().put("customers.csv", rows(3));
    assert!(files.import(&bank, &[]).refused().contains("3 of 2,000"));
    let files =
        files.put("customers.csv", rows(2)).put("events.csv", "customer,ref,kind,at,amount\n");
    let answer = files.import(&bank, &[]).json();
    assert_eq!(
        (&answer["loaded"]["customer"], &answer["rejected"]["customer"]),
        (&json!(1998), &json!(2))
    );
    assert_eq!(answer["loaded"]["event"], 0, "a file without rows is no mistake");
}

#[test]
fn a_dry_run_checks_everything_and_changes_nothing() {
    let (bank, files) = (Bank::empty(), Files::small());
    let before = content(&bank);
    let answer = files.import(&bank, &["--dry-run"]).json();
    assert_eq!(answer["loaded"]["customer"], 4);
    assert_eq!(content(&bank), before);
    assert_eq!(bank.sql(INTERNAL, "select (select count(*) from baton.import_run) + (select count(*) from baton.audit where action like 'import%')"), [["0"]]);
    assert!(leftovers(&bank).is_empty());
    let files = files.put(
        "units.csv",
        "code,parent,kind,name\nHQ,,hq,总行\nB1,S1,branch,x\nS1,B1,branch,y\nS2,HQ,branch,z\n",
    );
    let said = files.import(&bank, &["--dry-run"]).refused();
    assert!(said.contains("a unit stands above itself: B1"), "{said}");
}

#[test]
fn another_bank_or_currency_is_refused() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    let before = content(&bank);
    let files = files.change("baton-import.toml", "试点银行", "Other");
    assert!(
        files.import(&bank, &[]).refused().contains("this database holds the records of 试点银行")
    );
    let files = files.change("baton-import.toml", "Other", "试点银行").change(
        "baton-import.toml",
        "CNY",
        "EUR",
    );
    assert!(files.import(&bank, &[]).refused().contains("kept in CNY"));
    let files = files.change("baton-import.toml", "EUR", "CNY").change(
        "baton-import.toml",
        "\"flag\"",
        "\"number\"",
    );
    assert!(
        files
            .import(&bank, &[])
            .refused()
            .contains("attribute vip is in the dictionary with another type")
    );
    assert_eq!(content(&bank), before);
}

#[test]
fn files_come_in_the_encodings_and_shapes_that_banks_use() {
    let bank = Bank::empty();
    let (bytes, _, _) =
        encoding_rs::GBK.encode("HQ|NULL|hq|\"总行 \"\"一\"\"\r\n二\"\r\nS1|HQ|subbranch|前门\r\n");
    let manifest = format!(
        "{HEAD}[[file]]\nname = \"unit\"\npath = \"units.csv\"\ndelimiter = \"|\"\nencoding = \"gbk\"\nheader = false\nnull = \"NULL\"\n\
         [[load]]\ninto = \"org_unit\"\nsql = 'select c1 as code, c2 as parent, c3 as kind, c4 as name from raw.unit'\n"
    );
    Files::with(&manifest).put("units.csv", bytes).import(&bank, &[]).json();
    assert_eq!(
        bank.sql(INTERNAL, "select code, name from baton.org_unit order by 1"),
        [["HQ", "总行 \"一\"\r\n二"], ["S1", "前门"]]
    );
    let utf16: Vec<u8> = "\u{feff}Code;Parent;Kind;Name\nHQ;;hq;总行\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let manifest =
        manifest.replace("gbk", "utf-16le").replace("header = false\n", "").replace('|', ";");
    let manifest = manifest
        .replace("c1 as code, c2 as parent, c3 as kind, c4 as name", "code, parent, kind, name");
    Files::with(&manifest).put("units.csv", utf16).import(&bank, &[]).json();
    assert_eq!(
        bank.sql(INTERNAL, "select code, name, closed_on is null from baton.org_unit order by 1")
            [0],
        ["HQ", "总行", "t"]
    );
}

#[test]
fn metrics_facts_targets_and_staff_come_in() {
    let bank = Bank::empty();
    let files = Files::small();
    let more = r#"
[[load]]
into = "staff"
sql = "select * from (values ('R1', 'S1', '赵一', 'rm', 120), ('R2', 'S2', '钱二', null, null)) as v (code, org, name, role, capacity)"
[[load]]
into = "metric"
sql = "select * from (values ('aum', 'stock', 'money', 'n * per'), ('n', 'stock', null, null), ('share', 'ratio', null, null), ('per', 'ratio', 'money', null)) as v (code, kind, unit, formula)"
[[load]]
into = "metric_fact"
sql = "select 'aum' as metric, 'S1' as org, date '2026-05-31' + 30 * g as day, 10.25 * g as value, null as numerator, null as denominator from generate_series(0, 1) g"
[[load]]
into = "metric_fact"
sql = "select 'share' as metric, 'S2' as org, date '2026-06-30' as day, 3 as numerator, 4 as denominator"
[[load]]
into = "target"
sql = "select 'aum' as metric, 'B1' as org, '2026-Q2' as period, 1000.5 as value"
"#;
    let manifest = std::fs::read_to_string(files.dir().join("baton-import.toml")).unwrap();
    let files = files
        .put("baton-import.toml", manifest + more)
        .put("customers.csv", "id,org,name,aum,vip,job,rm\n1,S1,张三,1,1,x,R1\n2,S2,x,5,1,y,\n")
        .change("baton-import.toml", "vip, job from", "vip, job, rm from")
        .put("events.csv", "customer,ref,kind,at,amount\n");
    let answer = files.import(&bank, &[]).json();
    assert_eq!(
        answer["loaded"],
        json!({"org_unit": 4, "staff": 2, "customer": 2, "event": 0, "metric": 4, "metric_fact": 3, "target": 1})
    );
    assert_eq!(
        bank.sql(INTERNAL, "select metric, day, u.code, value, numerator, denominator, f.tableoid::regclass from baton.metric_fact f join baton.org_unit u on u.id = f.org_id order by 1, 2"),
        [["aum", "2026-05-31", "S1", "0", "", "", "metric_fact_202605"], ["aum", "2026-06-30", "S1", "1025", "", "", "metric_fact_202606"],
         ["share", "2026-06-30", "S2", "", "3", "4", "metric_fact_202606"]]
    );
    assert_eq!(bank.sql(INTERNAL, "select value from baton.target"), [["100050"]]);
    assert_eq!(
        bank.sql(
            INTERNAL,
            "select s.code, s.capacity from baton.customer c join baton.staff s on s.id = c.rm_id"
        ),
        [["R1", "120"]]
    );
    assert_eq!(
        bank.sql(INTERNAL, "select code, zh, kind, ordinal from baton.metric order by ordinal")[1],
        ["n", "n", "stock", "2"]
    );
    let before = content(&bank);
    files.import(&bank, &[]).json();
    assert_eq!(content(&bank), before);
    let files = files.change(
        "baton-import.toml",
        "3 as numerator, 4 as denominator",
        "3 as numerator, null as denominator",
    );
    assert!(
        files.import(&bank, &[]).refused().contains("load metric_fact 2: 1 of 1 row was rejected")
    );
    let files = files.change(
        "baton-import.toml",
        "null as denominator from gen",
        "2 as denominator from gen",
    );
    assert!(
        files.import(&bank, &[]).refused().contains("load metric_fact: 2 of 2 rows were rejected")
    );
    assert_eq!(content(&bank), before);
}

#[test]
fn outcomes_of_a_load_go_the_way_of_all_outcomes() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    bank.sql(
        INTERNAL,
        "set session_replication_role = replica;
         insert into baton.push (id, plan_id, home, strategy, version, hash, as_of, deadline, customers, treated, control, millis)
             overriding system value values (7, 1, 0, 'ST-1', 1, '', '2026-06-30', '2026-07-14', 2, 1, 1, 1);
         insert into baton.plan_member (home, plan_id, customer_id, org_id, arm)
             select 0, 1, customer_id, org_id, case customer_id when 1 then 'treated' else 'control' end from baton.customer where customer_id < 3;
         insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
             select 7, id, 1, 1, 0, 1, 0, '2026-07-14' from baton.org_unit where code = 'S1';",
    );
    let manifest = format!(
        "{HEAD}[[file]]\nname = \"r\"\npath = \"r.csv\"\n[[load]]\ninto = \"outcome\"\nsql = \"select * from raw.r\"\n"
    );
    let files = Files::with(&manifest).put(
        "r.csv",
        "push,customer_id,outcome,at,amount,note\n7,1,成交,2026-07-20,1000.00,好\n7,2,refused,2026-07-01,,\n7,3,sold,2026-07-01,,\n7,1,vielleicht,2026-07-01,,\n",
    );
    let answer = files.import(&bank, &["--max-rejects", "50%"]).json();
    assert_eq!(
        (&answer["loaded"]["outcome"], &answer["rejected"]["outcome"]),
        (&json!(2), &json!(2))
    );
    let rejects = std::fs::read_to_string(answer["reject_file"].as_str().unwrap()).unwrap();
    assert!(rejects.contains("outcome,4,outcome,vielleicht,no such outcome"), "{rejects}");
    assert!(rejects.contains("\"7, 3\",the customer is on no list of that push"), "{rejects}");
    assert_eq!(
        bank.sql(
            INTERNAL,
            "select customer_id, outcome, amount, late, contamination from baton.outcome order by 1"
        ),
        [["1", "sold", "100000", "t", "f"], ["2", "refused", "", "f", "t"]]
    );
    assert_eq!(bank.sql(INTERNAL, "select open, done from baton.branch_order"), [["0", "1"]]);
    let before = content(&bank);
    assert_eq!(files.import(&bank, &["--max-rejects", "50%"]).json()["loaded"]["outcome"], 2);
    assert_eq!(content(&bank), before);
    let ahead = "push,customer_id,outcome,at,amount,note\n7,2,sold,2999-01-01,,\n7,2,refused,2026-07-01,,\n";
    let files = Files::with(&manifest).put("r.csv", ahead);
    let answer = files.import(&bank, &["--max-rejects", "50%"]).json();
    let rejects = std::fs::read_to_string(answer["reject_file"].as_str().unwrap()).unwrap();
    assert!(rejects.contains("outcome,1,at,2999-01-01,a day that has not come yet"), "{rejects}");
    assert_eq!(content(&bank), before);
    // As the file has them.
    let odd = "push,customer_id,outcome,at,amount,note\n7,2,sold,2026-07-02,-1.5,\n7,2,sold,2026-07-02,10000000000000.01,\n\
         7,2,refused,2026-07-01,,\n7,1,sold,2026-07-20,1000,\n7,1,sold,2026-06-29,1000,\n7,1,refused,2026-07-03,,\n";
    let files = Files::with(&manifest).put("r.csv", odd);
    let answer = files.import(&bank, &["--max-rejects", "50%"]).json();
    let rejects = std::fs::read_to_string(answer["reject_file"].as_str().unwrap()).unwrap();
    assert!(rejects.contains("outcome,1,amount,-1.5,an amount below zero"), "{rejects}");
    assert!(
        rejects.contains("outcome,2,amount,10000000000000.01,too large an amount"),
        "{rejects}"
    );
    // A time is written as times are everywhere else.
    assert!(rejects.contains("outcome,5,at,2026-06-29 00:00,a day before the push"), "{rejects}");
}

#[test]
fn who_has_left_comes_with_his_day_and_is_in_no_segment() {
    let bank = Bank::empty();
    let files = Files::small()
        .change("baton-import.toml", "select id as customer_id, org, name,", "select id as customer_id, org, name, opened_on, closed_on,")
        .put(
            "customers.csv",
            "id,org,name,aum,vip,job,opened_on,closed_on\n1,S1,张三,100.50,1,teacher,2020-01-01,\n2,S1,李四,0,0,student,2020-01-01,2026-05-31\n\
             3,S2,\"\",-5,1,teacher,2020-01-01,2026-07-01\n4,S2,,,,,,\n",
        );
    files.import(&bank, &[]).json();
    let closed = || {
        bank.sql(
            INTERNAL,
            "select customer_id, closed_on from baton.customer where closed_on is not null",
        )
    };
    // The third leaves on a day that is still to come.
    assert_eq!(closed(), [["2", "2026-05-31"]]);
    let count = |rule: &str| {
        baton(&bank).args(["segment", "count", "--rule", rule]).json()["count"].clone()
    };
    assert_eq!((count("opened_on = '2020-01-01'"), count("not vip")), (json!(2), json!(0)));
    let card = baton(&bank).args(["customer", "show", "2"]).json();
    assert_eq!(card["closed_on"], "2026-05-31");
    // He comes back, and who is not told of any more has left with the load.
    let files = files.put(
        "customers.csv",
        "id,org,name,aum,vip,job,opened_on,closed_on\n2,S1,李四,0,0,student,2020-01-01,\n3,S2,\"\",-5,1,teacher,2020-01-01,\n4,S2,,,,,,\n",
    );
    files.import(&bank, &[]).json();
    assert_eq!(closed(), [["1", "2026-06-30"]]);
    assert_eq!(count("not vip"), 1);
}

#[test]
fn one_whose_row_is_rejected_has_not_left() {
    let bank = Bank::empty();
    let files = Files::small();
    files.import(&bank, &[]).json();
    // The first has a bad value, the second does not come, the third's unit is closed with him in it.
    let later = files
        .change("baton-import.toml", "2026-06-30", "2026-07-31")
        .put(
            "units.csv",
            "code,parent,kind,name\nHQ,,hq,总行\nB1,HQ,branch,分行\nS1,B1,subbranch,前门\n",
        )
        .put(
            "customers.csv",
            "id,org,name,aum,vip,job\n1,S1,张三,100.505,1,\n3,S2,\"\",-5,1,teacher\n4,S1,,,,\n",
        )
        .put("events.csv", "customer,ref,kind,at,amount\n1,a,工资,2026-06-10,8001\n");
    let answer = later.import(&bank, &["--max-rejects", "1"]).json();
    assert_eq!(answer["rejected"]["customer"], 2);
    let left = "select customer_id, aum, closed_on from baton.customer order by 1";
    assert_eq!(
        bank.sql(INTERNAL, left),
        [["1", "10050", ""], ["2", "0", "2026-07-31"], ["3", "-500", "2026-07-31"], ["4", "", ""]]
    );
}

/// A plan below zero is one of something that can be below zero: what takes something away, or has been there before.
#[test]
fn a_plan_below_zero_of_what_is_never_below_zero_is_rejected_with_its_line_and_column() {
    let bank = Bank::empty();
    let files = Files::small();
    let more = r#"
[[load]]
into = "metric"
sql = "select * from (values ('aum', 'stock', 'money', null), ('came', 'flow', null, null), ('left', 'flow', null, null), ('net', 'flow', null, 'came - left'), ('result', 'flow', 'money', null)) as v (code, kind, unit, formula)"
[[load]]
into = "metric_fact"
sql = "select * from (values ('aum', 10.25), ('came', 5), ('left', 7), ('result', -3)) as v (metric, value), (values ('S1', date '2026-06-30')) as u (org, day)"
[[load]]
into = "target"
sql = "select metric, 'B1' as org, '2026-Q2' as period, value from (values ('aum', -1000.5), ('came', -4), ('net', -2), ('result', -8.25), ('left', 3)) as v (metric, value)"
"#;
    let manifest = std::fs::read_to_string(files.dir().join("baton-import.toml")).unwrap();
    let files = files.put("baton-import.toml", manifest + more);
    let answer = files.import(&bank, &["--max-rejects", "1"]).json();
    assert_eq!(
        (&answer["loaded"]["target"], &answer["rejected"]["target"]),
        (&json!(3), &json!(2))
    );
    let rejects = std::fs::read_to_string(answer["reject_file"].as_str().unwrap()).unwrap();
    for line in ["target,1,value,-1000.50,", "target,2,value,-4,"] {
        assert!(rejects.contains(line) && rejects.contains("never below zero"), "{rejects}");
    }
    let kept = "select metric, value from baton.target order by 1";
    assert_eq!(bank.sql(INTERNAL, kept), [["left", "3"], ["net", "-2"], ["result", "-825"]]);
}
