//! A bank's records come in: what is taken, what is refused and where, and that a run is all or nothing.
#![expect(clippy::disallowed_methods, reason = "tests write files, start programs and stop them")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::{Path, PathBuf};

use baton::store::cluster::INTERNAL;
use serde_json::{Value, json};
use support::server::{Server, block_on};
use support::{Bank, Baton, baton};

/// Files of a small bank.
struct Files(tempfile::TempDir);

const HEAD: &str = "[bank]\nname = \"试点银行\"\nas_of = 2026-06-30\ncurrency = \"CNY\"\n";
const UNITS: &str = "code,parent,kind,name\nHQ,,hq,总行\nB1,HQ,branch,南城分行\nS1,B1,subbranch,前门支行\nS2,B1,subbranch,天桥支行\n";
const CUSTOMERS: &str = "id,org,name,aum,vip,job\n1,S1,张三,100.50,1,teacher\n2,S1,李四,0,0,student\n3,S2,\"\",-5,1,teacher\n4,S2,,,,\n";
const EVENTS: &str = "customer,ref,kind,at,amount\n1,a,工资,2026-06-10,8000\n1,b,转出,2026-06-11 09:30,20.05\n3,c,工资,2026-06-10T01:00:00Z,\n";
const LOADS: &str = r#"
[[file]]
name = "unit"
path = "units.csv"
[[file]]
name = "customer"
path = "customers.csv"
[[file]]
name = "event"
path = "events.csv"
[[attribute]]
code = "vip"
type = "flag"
zh = "贵宾"
en = "VIP"
[[attribute]]
code = "job"
type = "category"
zh = "职业"
en = "Job"
[[load]]
into = "org_unit"
sql = "select * from raw.unit"
[[load]]
into = "customer"
sql = "select id as customer_id, org, name, aum, vip, job from raw.customer"
[[load]]
into = "event"
sql = "select customer as customer_id, ref, kind, at, amount from raw.event"
"#;

impl Files {
    /// A bank of four units, four customers and three events.
    fn small() -> Self {
        Self::with(&format!("{HEAD}{LOADS}"))
            .put("units.csv", UNITS)
            .put("customers.csv", CUSTOMERS)
            .put("events.csv", EVENTS)
    }

    fn with(manifest: &str) -> Self {
        Self(tempfile::tempdir().unwrap()).put("baton-import.toml", manifest)
    }

    fn put(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.0.path().join(name), content).unwrap();
        self
    }

    fn change(self, name: &str, from: &str, to: &str) -> Self {
        let old = std::fs::read_to_string(self.0.path().join(name)).unwrap();
        assert!(old.contains(from), "{name} has no {from}");
        self.put(name, old.replace(from, to))
    }

    fn dir(&self) -> &Path {
        self.0.path()
    }

    fn import(&self, bank: &Bank, more: &[&str]) -> Baton {
        let data = self.0.path().join("data");
        baton(bank)
            .args(["--lang", "en", "import"])
            .args([self.dir()])
            .args(more)
            .args(["--data-dir"])
            .args([data])
    }
}

/// A query with this text loads units; the rest of the small bank stays out.
fn only(sql: &str) -> Files {
    let manifest = format!(
        "{HEAD}[[file]]\nname = \"unit\"\npath = \"units.csv\"\n[[load]]\ninto = \"org_unit\"\nsql = '''{sql}'''\n"
    );
    Files::with(&manifest).put("units.csv", UNITS)
}

/// Every row of every table of the bank, but for the record of runs.
fn content(bank: &Bank) -> Vec<(String, String)> {
    let tables = bank.sql(
        INTERNAL,
        "select c.relname from pg_class c where c.relnamespace = 'baton'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition and c.relname not in ('import_run', 'audit') order by 1",
    );
    tables
        .into_iter()
        .map(|row| {
            let name = row[0].clone();
            let all = format!(
                "select md5(string_agg(t::text, ';' order by t::text)) from baton.\"{name}\" t"
            );
            let hash = bank.sql(INTERNAL, &all)[0][0].clone();
            (name, hash)
        })
        .collect()
}

fn leftovers(bank: &Bank) -> Vec<Vec<String>> {
    bank.sql(INTERNAL, "select relname from pg_class where relnamespace in ('raw'::regnamespace, 'load'::regnamespace)")
}

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
        bank.sql(own, "select c.customer_id, u.code, c.name is null, c.name, c.aum, a.vip, a.job from baton.customer c
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
        bank.sql(own, "select customer_id, name, aum, closed_on, vip, job from baton.customer join baton.attr_1 using (customer_id)
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
fn only_a_loader_imports_and_only_one_at_a_time() {
    let (bank, files) = (Bank::empty(), Files::small());
    for name in ["li.strategist", "wang.approver", "zhao.viewer", "sun.auditor"] {
        let said = files.import(&bank, &[]).as_(name).refused();
        assert!(said.contains("you need the duty loader"), "{name}: {said}");
        for call in [
            "import_begin('[]')",
            "import_apply('{}')",
            "import_end()",
            "manifest_rows('select 1')",
            "load_done('event')",
            "stage_table('x', '{a}')",
            "stage_done('x')",
            "import_analyze()",
        ] {
            assert_eq!(
                bank.refuses(name, &format!("select baton.{call}")),
                "BT001",
                "{name} {call}"
            );
        }
        assert_eq!(bank.refuses(name, "select baton.sandbox_rows('select 1')"), "42501");
        assert_eq!(bank.refuses(name, "select baton.apply_bank('{}')"), "42501");
    }
    block_on(async {
        use sqlx::Executor as _;
        let mut other = bank.connect(&Server::shared().own).await;
        other.execute("select baton.import_begin('[]')").await.unwrap();
        let said = files.import(&bank, &[]).refused();
        assert!(said.contains("another import is under way"), "{said}");
        other.execute("select baton.import_end()").await.unwrap();
        drop(other);
    });
    files.import(&bank, &[]).json();
}

#[test]
fn a_file_is_told_by_its_line() {
    let bank = Bank::empty();
    let endless = format!("code,parent,kind,name\nHQ,,hq,{}", "x".repeat(2 * 1024 * 1024));
    let wrong_utf8 = [UNITS.as_bytes(), b"S3,B1,branch,\xc4\xcf\n"].concat();
    let cases: [(&[u8], &str); 10] = [
        (&wrong_utf8, "units.csv:6: these bytes are no UTF-8"),
        (b"code,parent,kind,name\nHQ,,hq\n", "units.csv:2: 3 fields where there are 4 columns"),
        (
            b"code,parent,kind,name\n\"a\nb\",,hq,x\nHQ,,hq,y,z\n",
            "units.csv:4: 5 fields where there are 4 columns",
        ),
        (endless.as_bytes(), "units.csv:2: a line that does not end (1,024 KiB and more)"),
        (
            b"code,parent,kind,name\nHQ,,hq,\"x\n",
            "units.csv:2: quotes that open here are not closed",
        ),
        (b"code,parent,kind,name\nHQ,,hq,\0\n", "units.csv:2: a zero byte"),
        (b"code,,kind\n", "units.csv:1: column 2 has no name"),
        (b"code,a,Code\n", "units.csv:1: two columns are called code"),
        (b"", "units.csv: the file is empty"),
        (b"code,parent,kind\nHQ,,hq\n", "load org_unit: the result has no column name"),
    ];
    for (content, expected) in cases {
        let said =
            only("select * from raw.unit").put("units.csv", content).import(&bank, &[]).refused();
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(leftovers(&bank).is_empty(), "{expected}");
    }
    let gone =
        only("select * from raw.unit").change("baton-import.toml", "units.csv", "nowhere.csv");
    assert!(gone.import(&bank, &[]).refused().contains("nowhere.csv: the file cannot be read"));
    let gone = Files(tempfile::tempdir().unwrap());
    assert!(gone.import(&bank, &[]).refused().contains("the manifest"));
    assert_eq!(content(&bank), content(&Bank::empty()));
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
fn the_manifests_sql_reaches_the_staged_files_and_nothing_else() {
    let bank = Bank::empty();
    Files::small().import(&bank, &[]).json();
    let before = content(&bank);
    let reach = "may read the staged files";
    let one = "must be one query";
    for (sql, expected) in [
        ("select * from baton.customer", reach),
        ("select * from load.org_unit", reach),
        ("select query_to_xml('select * from baton.audit', true, true, '')", reach),
        ("select pg_read_file('/etc/passwd')", reach),
        ("select lo_import('/etc/passwd')", reach),
        ("select baton.require_duty('loader')", reach),
        ("select baton.import_end()", reach),
        ("select nextval('baton.audit_id_seq')", reach),
        ("select * from pg_authid", reach),
        ("select set_config('role', 'baton_owner', false)", "within security-definer function"),
        (
            "select set_config('session_authorization', 'baton_owner', false)",
            "within security-definer function",
        ),
        (
            "select set_config('transaction_read_only', 'off', false)",
            "must be set before any query",
        ),
        ("select * from dblink('', 'select 1') as t (a int)", "dblink"),
        ("select 1; select 2", one),
        ("select * from raw.unit) s; drop table baton.bank; --", "line 1, column 23 of its SQL"),
        ("select 1; drop table baton.bank; --", one),
        ("select * into temp t from raw.unit", one),
        ("drop table raw.unit", one),
        ("do $$ begin end $$", one),
        ("set role baton_owner", one),
        ("commit", one),
        ("", "sql is empty"),
        (
            "select *\nfrom raw.unit where cod = 1",
            "line 2, column 21 of its SQL: column \"cod\" does not exist",
        ),
        ("select code::int as code from raw.unit", "invalid input syntax for type integer: \"HQ\""),
        ("insert into raw.unit values ('x') returning *", ""),
        ("with x as (delete from raw.unit returning *) select * from x", ""),
        (
            "select code, parent, kind, name, 1 as size from raw.unit",
            "the column size goes nowhere",
        ),
        ("select code, parent, kind, name, name from raw.unit", "two columns are called name"),
        ("select code, kind, name from raw.unit where false", "no column parent"),
        (
            "select code, null as parent, kind, name from raw.unit",
            "more than one unit has no parent",
        ),
        (
            "select code, coalesce(parent, 'S1') as parent, kind, name from raw.unit",
            "no unit is the root",
        ),
        (
            "select code, replace(parent, 'B1', 'B2') as parent, kind, name from raw.unit",
            "does not come as a unit itself: B2 (S1)",
        ),
    ] {
        let said = only(sql).import(&bank, &[]).refused();
        assert!(said.contains(expected), "{sql}: {said}");
    }
    // What is set outlives the function, but not its connection; a trailing comment is none of our text.
    let sql = "select code, parent, kind, name from raw.unit
               where set_config('statement_timeout', '0', false) = '0' and set_config('search_path', 'evil', false) = 'evil' --";
    only(sql).import(&bank, &[]).json();
    assert_eq!(
        content(&bank).into_iter().filter(|(t, _)| t != "bank").collect::<Vec<_>>(),
        before.into_iter().filter(|(t, _)| t != "bank").collect::<Vec<_>>()
    );
}

#[test]
fn the_owner_of_the_manifests_sql_may_read_raw_and_nothing_else() {
    let bank = Bank::empty();
    let rights = bank.sql(
        INTERNAL,
        "select 'table ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'p', 'v', 'm')
             and has_any_column_privilege('baton_sandbox', c.oid, 'select, insert, update')
         union all select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where n.nspname in ('baton', 'raw', 'load', 'public') and p.proowner <> 'baton_sandbox'::regrole
             and has_function_privilege('baton_sandbox', p.oid, 'execute')
         union all select 'schema ' || n.nspname || ' ' || r from pg_namespace n, unnest(array['usage', 'create']) r
             where n.nspname in ('baton', 'raw', 'load', 'public') and has_schema_privilege('baton_sandbox', n.oid, r)
         union all select 'member of ' || m.roleid::regrole from pg_auth_members m where m.member = 'baton_sandbox'::regrole
         order by 1",
    );
    assert_eq!(rights, [["schema public usage"], ["schema raw usage"]]);
}

#[test]
fn a_swap_keeps_what_hangs_on_the_relations_and_who_is_reading() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    bank.sql(
        INTERNAL,
        "set role baton_owner; set search_path = baton;
         create view v1 with (security_invoker) as select customer_id, aum from customer;
         create view v2 as select count(*) as n, sum(aum) as aum from v1;
         create function in_all() returns bigint language sql stable begin atomic select sum(aum) from baton.customer; end;
         create function of_attr() returns bigint language sql stable begin atomic
             select count(*) from baton.attr_1 join baton.v1 using (customer_id) where vip; end;
         grant select on v1, v2 to baton_operator; grant execute on function in_all(), of_attr() to baton_operator;
         revoke select on customer from baton_operator;
         grant select (customer_id, org_id, aum, closed_on) on customer to baton_operator;
         alter table customer enable row level security;
         create policy open_ones on customer for select to baton_operator using (customer_id < 100);",
    );
    let rights = "select relacl::text, relrowsecurity, (select array_agg(attname || attacl::text order by attname) from pg_attribute
        where attrelid = c.oid and attacl is not null), (select array_agg(polname) from pg_policy where polrelid = c.oid),
        (select reloptions::text from pg_class where oid = 'baton.v1'::regclass) from pg_class c where oid = 'baton.customer'::regclass";
    let before = bank.sql(INTERNAL, rights);
    block_on(async {
        use sqlx::{Executor as _, Row as _};
        let mut reader = bank.connect("zhao.viewer").await;
        // A console's statement, prepared by the server and kept.
        let ask = "select (select count(*) from baton.customer), n, v2.aum::text, baton.in_all(), baton.of_attr() from baton.v2";
        let row = reader.fetch_one(sqlx::query(ask)).await.unwrap();
        assert_eq!(
            (row.get::<i64, _>(0), row.get::<i64, _>(3), row.get::<i64, _>(4)),
            (4, 9550, 2)
        );
        let files = files
            .put("customers.csv", "id,org,name,aum,vip,job,age_group\n1,S1,张三,1,1,x,30\n200,S1,x,5,1,y,40\n7,S1,x,5,1,y,50\n")
            .change("baton-import.toml", "[[load]]\ninto = \"customer\"", "[[attribute]]\ncode = \"age_group\"\ntype = \"number\"\nzh = \"a\"\nen = \"b\"\n[[load]]\ninto = \"customer\"")
            .change("baton-import.toml", "vip, job from", "vip, job, age_group from")
            .put("events.csv", "customer,ref,kind,at,amount\n");
        files.import(&bank, &["--max-rejects", "1"]).json();
        let row = reader.fetch_one(sqlx::query(ask)).await.unwrap();
        // 1, 2, 3, 4 and 7 are below 100; the policy hides 200, and the bound functions go by the caller's rights.
        assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (5, 5));
        assert_eq!((row.get::<i64, _>(3), row.get::<i64, _>(4)), (100 + 500 - 500, 3));
        let row = reader.fetch_one("select sum(age_group)::text from baton.attr_1").await.unwrap();
        assert_eq!(row.get::<String, _>(0), "120");
        assert!(
            reader.fetch_all("select name from baton.customer").await.is_err(),
            "the column's right is as it was"
        );
    });
    assert_eq!(bank.sql(INTERNAL, rights), before);
    assert_eq!(
        bank.sql(INTERNAL, "select inhparent::regclass, count(*) from pg_inherits where inhparent in ('baton.customer'::regclass, 'baton.attr_1'::regclass) group by 1 order by 1"),
        [["customer", "1"], ["attr_1", "1"]]
    );
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relacl is not null and i.inhparent = 'baton.customer'::regclass"),
        [["0"]],
        "the rows' home has no rights of its own"
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
        files
            .import(&bank, &[])
            .refused()
            .contains("load metric_fact 2: 1 of 1 rows were rejected")
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
fn kill_9_in_the_middle_leaves_all_or_nothing_and_the_next_try_succeeds() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    let before = content(&bank);
    let later =
        files.put("customers.csv", "id,org,name,aum,vip,job\n1,S1,张三,9,1,x\n3,S1,x,9,1,x\n");
    block_on(async {
        use sqlx::{Executor as _, Row as _};
        let mut other = bank.connect(INTERNAL).await;
        // The run stops where it would exchange the rows: everything else is done by then.
        other.execute("begin; lock table baton.customer in access share mode").await.unwrap();
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_baton"))
            .args(["--database-url", &bank.url(), "import"])
            .arg(later.dir())
            .spawn()
            .unwrap();
        let waiting = "select count(*) from pg_locks where not granted and relation = 'baton.customer'::regclass
            and database = (select oid from pg_database where datname = current_database())";
        while other.fetch_one(waiting).await.unwrap().get::<i64, _>(0) == 0 {
            assert!(program.try_wait().unwrap().is_none(), "it ended before");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        program.kill().unwrap();
        program.wait().unwrap();
        // The server finds out by itself, even while it waits for a lock.
        let there = "select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())";
        while other.fetch_one(there).await.unwrap().get::<i64, _>(0) > 0 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        other.execute("commit").await.unwrap();
    });
    assert_eq!(content(&bank), before);
    assert!(!leftovers(&bank).is_empty(), "it had no chance to sweep up");
    let answer: Value = later.import(&bank, &[]).json();
    assert_eq!(answer["loaded"]["customer"], 2);
    assert!(leftovers(&bank).is_empty());
    assert_eq!(
        bank.sql(INTERNAL, "select count(*) from baton.customer where closed_on is null"),
        [["2"]]
    );
}

#[test]
fn kill_9_of_postgres_in_the_middle_leaves_all_or_nothing_and_the_next_try_succeeds() {
    let home = tempfile::Builder::new().prefix("bt").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let data = home.path().join("d");
    let own = |args: &[&str]| Baton::private(&data).args(args);
    let files = Files::small();
    let import = |files: &Files| own(&["import"]).args([files.dir()]).json();
    import(&files);
    let url = own(&["db", "url"]).json()["url"].as_str().unwrap().to_owned();
    let host = url.split_once("host=").unwrap().1.split('&').next().unwrap().to_owned();
    let target = baton::store::Target::private(Path::new(&host), "baton", INTERNAL);
    let sum = "select string_agg(customer_id || ' ' || coalesce(aum, 0), ',' order by customer_id) from baton.customer";
    let customers = || {
        block_on(async {
            let mut db = baton::store::connect::connect(&target, None).await.unwrap();
            sqlx::query_scalar::<_, String>(sum).fetch_one(&mut db).await.unwrap()
        })
    };
    let before = customers();
    let later =
        files.put("customers.csv", "id,org,name,aum,vip,job\n1,S1,张三,9,1,x\n3,S1,x,9,1,x\n");
    block_on(async {
        use sqlx::{Executor as _, Row as _};
        let mut other = baton::store::connect::connect(&target, None).await.unwrap();
        other.execute("begin; lock table baton.customer in access share mode").await.unwrap();
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_baton"))
            .arg("--data-dir")
            .arg(&data)
            .arg("import")
            .arg(later.dir())
            .spawn()
            .unwrap();
        let waiting = "select count(*) from pg_locks where not granted and relation = 'baton.customer'::regclass";
        while other.fetch_one(waiting).await.unwrap().get::<i64, _>(0) == 0 {
            assert!(program.try_wait().unwrap().is_none(), "it ended before");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let pid = own(&["db", "status"]).json()["pid"].to_string();
        assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        assert_eq!(program.wait().unwrap().code(), Some(1), "it says that the database is gone");
    });
    own(&["db", "up"]).json();
    assert_eq!(customers(), before);
    assert_eq!(import(&later)["loaded"]["customer"], 2);
    assert_eq!(customers(), "1 900,2 0,3 900,4 0");
    own(&["db", "down"]).json();
}

#[test]
fn outcomes_of_a_load_go_the_way_of_all_outcomes() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    bank.sql(
        INTERNAL,
        "set session_replication_role = replica;
         insert into baton.push (id, plan_id, strategy, version, hash, as_of, deadline, customers, treated, control, millis)
             overriding system value values (7, 1, 'ST-1', 1, '', '2026-06-30', '2026-07-14', 2, 1, 1, 1);
         insert into baton.push_member (push_id, customer_id, org_id, arm)
             select 7, customer_id, org_id, case customer_id when 1 then 'treated' else 'control' end from baton.customer where customer_id < 3;
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
}
