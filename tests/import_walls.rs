//! What an import refuses and where it says so, what its SQL cannot reach, and that a run is all or nothing.
#![expect(clippy::disallowed_methods, reason = "tests start programs and stop them")]

mod support;

use std::path::Path;

use baton::store::cluster::INTERNAL;
use serde_json::Value;
use support::files::{Files, UNITS, content, leftovers, only};
use support::server::{Server, block_on, until};
use support::{Bank, Baton};

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
        let own = &Server::shared().own;
        let said = files.import(&bank, &[]).refused();
        let by = format!("another import is under way in this database, begun by {own};");
        assert!(said.contains(&by), "{said}");
        let said = files.import(&bank, &["--lang", "zh-CN"]).refused();
        assert!(said.contains(&format!("由 {own} 发起")), "{said}");
        // A session that has not begun the run can neither go on with it nor end it.
        for call in ["stage_table('x', '{a}')", "import_end()"] {
            let mut third = bank.connect(own).await;
            let call = sqlx::AssertSqlSafe(format!("select baton.{call}"));
            let refused = third.execute(sqlx::raw_sql(call)).await.unwrap_err();
            assert_eq!(
                refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
                Some("BT101")
            );
        }
        other.execute("select baton.import_end()").await.unwrap();
        drop(other);
    });
    files.import(&bank, &[]).json();
}

/// An advisory lock is anybody's, whatever its number: a login with no duty at all takes every one that it can know.
#[test]
fn nobody_but_a_loader_keeps_an_import_from_running() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    block_on(async {
        use sqlx::Executor as _;
        let own = &Server::shared().own;
        let mut other = bank.connect("zhao.viewer").await;
        other.execute("select pg_advisory_lock(72, 3)").await.unwrap();
        // The numbers of a run that goes on, and of its process, are there to be read; they are worth nothing then.
        let mut run = bank.connect(own).await;
        run.execute("select baton.import_begin('[]')").await.unwrap();
        let taken = "select pg_try_advisory_lock(number) from baton.import_turn";
        assert!(!sqlx::query_scalar::<_, bool>(taken).fetch_one(&mut other).await.unwrap());
        let waits = other.execute("select pg_advisory_lock(number) from baton.import_turn");
        let (waited, ()) = tokio::join!(waits, async {
            let mut watch = bank.connect(INTERNAL).await;
            let waiting =
                "select count(*) > 0 from pg_locks where locktype = 'advisory' and not granted
                and database = (select oid from pg_database where datname = current_database())";
            until(&mut watch, waiting).await;
            // The run's process goes without a word; its lock falls to the one that waits.
            run.execute("select pg_terminate_backend(pg_backend_pid())").await.unwrap_err();
        });
        waited.unwrap();
        files.import(&bank, &[]).json();
        drop(other);
    });
    for statement in [
        "select from baton.import_turn for update",
        "begin; lock table baton.import_turn in row share mode",
        "update baton.import_turn set process = pg_backend_pid()",
    ] {
        assert_eq!(bank.refuses("zhao.viewer", statement), "42501", "{statement}");
    }
    assert_eq!(bank.refuses(&Server::shared().own, "select baton.import_apply('{}')"), "BT109");
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

const REACH: &str = "may read the staged files";
const ONE_QUERY: &str = "must be one query";

/// What a manifest's SQL tries, and the words that it is refused with.
const REFUSED: &[(&str, &str)] = &[
    ("select * from baton.customer", REACH),
    ("select * from load.org_unit", REACH),
    ("select query_to_xml('select * from baton.audit', true, true, '')", REACH),
    ("select pg_read_file('/etc/passwd')", REACH),
    ("select lo_import('/etc/passwd')", REACH),
    ("select baton.require_duty('loader')", REACH),
    ("select baton.import_end()", REACH),
    ("select nextval('baton.audit_id_seq')", REACH),
    ("select * from pg_authid", REACH),
    ("select set_config('role', 'baton_owner', false)", "within security-definer function"),
    (
        "select set_config('session_authorization', 'baton_owner', false)",
        "within security-definer function",
    ),
    ("select set_config('transaction_read_only', 'off', false)", "must be set before any query"),
    ("select * from dblink('', 'select 1') as t (a int)", "dblink"),
    ("select 1; select 2", ONE_QUERY),
    ("select * from raw.unit) s; drop table baton.bank; --", "line 1, column 23 of its SQL"),
    ("select 1; drop table baton.bank; --", ONE_QUERY),
    ("select * into temp t from raw.unit", ONE_QUERY),
    ("drop table raw.unit", ONE_QUERY),
    ("do $$ begin end $$", ONE_QUERY),
    ("set role baton_owner", ONE_QUERY),
    ("commit", ONE_QUERY),
    ("", "sql is empty"),
    (
        "select *\nfrom raw.unit where cod = 1",
        "line 2, column 21 of its SQL: column \"cod\" does not exist",
    ),
    ("select code::int as code from raw.unit", "invalid input syntax for type integer: \"HQ\""),
    (
        "insert into raw.unit values ('x') returning *",
        "cannot execute INSERT in a read-only transaction",
    ),
    (
        "with x as (delete from raw.unit returning *) select * from x",
        "cannot execute SELECT in a read-only transaction",
    ),
    ("select code, parent, kind, name, 1 as size from raw.unit", "the column size goes nowhere"),
    ("select code, parent, kind, name, name from raw.unit", "two columns are called name"),
    ("select code, kind, name from raw.unit where false", "no column parent"),
    ("select code, null as parent, kind, name from raw.unit", "more than one unit has no parent"),
    (
        "select code, coalesce(parent, 'S1') as parent, kind, name from raw.unit",
        "no unit is the root",
    ),
    (
        "select code, replace(parent, 'B1', 'B2') as parent, kind, name from raw.unit",
        "does not come as a unit itself: B2 (S1)",
    ),
];

#[test]
fn the_log_says_where_a_query_failed_and_quotes_no_record() {
    let bank = Bank::empty();
    let state = tempfile::tempdir().unwrap();
    let files = only("select name::int as code from raw.unit").put("units.csv", UNITS);
    let said =
        files.import(&bank, &[]).env("XDG_STATE_HOME", state.path().to_str().unwrap()).refused();
    let names: Vec<&str> = UNITS.lines().skip(1).filter_map(|l| l.split(',').next_back()).collect();
    assert!(
        names.iter().any(|name| said.contains(name)),
        "whoever ran it is told the value: {said}"
    );
    let logs = std::fs::read_dir(state.path().join("baton")).unwrap();
    let log: String =
        logs.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert!(log.contains("22P02") && log.contains("load"), "{log}");
    assert!(!names.iter().any(|name| log.contains(name)), "{log}");
}

#[test]
fn the_manifests_sql_reaches_the_staged_files_and_nothing_else() {
    let bank = Bank::empty();
    Files::small().import(&bank, &[]).json();
    let before = content(&bank);
    for (sql, expected) in REFUSED {
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
         create policy open_ones on customer as restrictive for select to baton_operator using (customer_id < 100);",
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
fn kill_9_in_the_middle_leaves_all_or_nothing_and_the_next_try_succeeds() {
    let (bank, files) = (Bank::empty(), Files::small());
    files.import(&bank, &[]).json();
    let before = content(&bank);
    let later =
        files.put("customers.csv", "id,org,name,aum,vip,job\n1,S1,张三,9,1,x\n3,S1,x,9,1,x\n");
    block_on(async {
        use sqlx::Executor as _;
        let mut other = bank.connect(INTERNAL).await;
        // The run stops where it would exchange the rows: everything else is done by then.
        other.execute("begin; lock table baton.customer in access share mode").await.unwrap();
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_baton"))
            .args(["--database-url", &bank.url(), "import"])
            .arg(later.dir())
            .spawn()
            .unwrap();
        let waiting = "select count(*) > 0 from pg_locks where not granted and relation = 'baton.customer'::regclass
            and database = (select oid from pg_database where datname = current_database())";
        until(&mut other, waiting).await;
        program.kill().unwrap();
        program.wait().unwrap();
        // The server finds out by itself, even while it waits for a lock.
        let gone = "select count(*) = 0 from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())";
        until(&mut other, gone).await;
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
        use sqlx::Executor as _;
        let mut other = baton::store::connect::connect(&target, None).await.unwrap();
        other.execute("begin; lock table baton.customer in access share mode").await.unwrap();
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_baton"))
            .arg("--data-dir")
            .arg(&data)
            .arg("import")
            .arg(later.dir())
            .spawn()
            .unwrap();
        let waiting = "select count(*) > 0 from pg_locks where not granted and relation = 'baton.customer'::regclass";
        until(&mut other, waiting).await;
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
