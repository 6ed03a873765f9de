//! What the database refuses, to a person with a login and psql: other people's words, and the walls that the catalog shows.

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, run, small, strategy_file, text, up_to};
use support::files::Files;
use support::{Bank, baton};

const ONE: &str = "zhao.viewer";
const EVERY: &str = "strategist,approver,auditor,viewer,loader,branch";

/// The rights stand on the relation's columns; the home of its rows, new with each import, has none.
#[test]
fn names_and_phones_are_no_logins_to_read() {
    let (bank, files) = (Bank::empty(), Files::small());
    for _ in 0..2 {
        files.import(&bank, &[]).json();
        bank.operator(ONE, EVERY, None);
        for who in ["li.strategist", ONE] {
            for columns in ["name", "phone", "*", "c", "count(name)", "customer_id, length(phone)"]
            {
                let ask = format!("select {columns} from baton.customer c");
                assert_eq!(bank.refuses(who, &ask), "42501", "{ask}");
            }
            assert_eq!(bank.refuses(who, "copy baton.customer to stdout"), "42501");
            assert_eq!(
                bank.sql(who, "select count(*), sum(aum) from baton.customer"),
                [["4", "9550"]]
            );
            let read = "select customer_id, org_id, rm_id, opened_on, birth_date, gender, aum, no_contact, closed_on from baton.customer";
            assert_eq!(bank.sql(who, read).len(), 4);
            let homes = bank.sql(who, "select inhrelid::regclass from pg_inherits where inhparent = 'baton.customer'::regclass");
            for home in homes {
                assert_eq!(
                    bank.refuses(who, &format!("select count(*) from baton.{}", home[0])),
                    "42501"
                );
            }
            let told = "select count(*) from pg_stats where schemaname = 'baton' and tablename ~ '^customer' and attname in ('name', 'phone')";
            assert_eq!(
                bank.sql(who, told),
                [["0"]],
                "the planner's sample of names is not told either"
            );
        }
        let count =
            baton(&bank).as_("li.strategist").args(["segment", "count", "--rule", "aum > 0"]);
        assert_eq!(count.json()["count"], 1);
    }
}

#[test]
fn no_duty_writes_a_table_or_does_what_is_the_owners() {
    let bank = small();
    bank.operator(ONE, "strategist,approver,auditor,viewer,loader,branch", None);
    let tables = bank.sql(
        ONE,
        "select c.oid::regclass::text, (select quote_ident(attname) from pg_attribute a where a.attrelid = c.oid and attnum = 1)
         from pg_class c where relnamespace in ('baton'::regnamespace, 'raw'::regnamespace, 'load'::regnamespace)
             and relkind in ('r', 'p')",
    );
    assert!(tables.len() > 30, "{tables:?}");
    for row in &tables {
        let (table, column) = (&row[0], &row[1]);
        for statement in [
            format!("insert into {table} default values"),
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            format!("truncate {table}"),
            format!("alter table {table} add column x int"),
            format!("drop table {table}"),
        ] {
            let refused =
                bank.try_sql(ONE, &format!("begin; {statement}; rollback")).expect_err(&statement);
            let code = refused
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .unwrap_or_default()
                .into_owned();
            // An operator's own members go into the intake, under a list's number.
            let intakes = ["member_intake", "member_part", "list_intake", "outcome_intake"];
            let intake = intakes.iter().any(|intake| table.ends_with(intake));
            let own = intake && code == "23502";
            let refused_for_rights = matches!(code.as_str(), "42501" | "42809" | "428C9");
            assert!(own || refused_for_rights, "{statement}: {refused}");
        }
    }
    for statement in [
        "select baton.operator_put('zhao.viewer', '{approver}', null)",
        "select baton.note('x', 'x', '{}')",
        "set role baton_owner",
        "set role baton_admin",
        "set session authorization baton_owner",
        "create table baton.x (a int)",
        "create function baton.x() returns int language sql as 'select 1'",
        "create schema x",
        "create role x",
        "alter role baton_operator createrole",
        "grant baton_owner to \"zhao.viewer\"",
        "alter function baton.today() owner to \"zhao.viewer\"",
        "alter table baton.audit disable trigger all",
        "insert into baton.member_intake (intake, customer_id, by) values (gen_random_uuid(), 1, 'li.strategist')",
        "insert into baton.member_part (intake, part, members, by) values (gen_random_uuid(), 1, '{1}', 'li.strategist')",
    ] {
        assert_eq!(bank.refuses(ONE, statement), "42501", "{statement}");
    }
}

/// Who has approved a text is told so again for that text, and for no other.
#[test]
fn a_second_word_of_the_same_approver_names_the_same_text() {
    let bank = small();
    approved(&bank, "ST-1", "true", "0.1", 7);
    let hash =
        bank.sql(ONE, "select encode(hash, 'hex') from baton.strategy_version").remove(0).remove(0);
    let approve =
        |hash: &str| format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    assert_eq!(bank.sql("wang.approver", &approve(&hash)), [["1"]]);
    assert_eq!(
        bank.refuses("wang.approver", &approve(&"00".repeat(32))),
        "approval_names_current_text"
    );
    let hash = "0".repeat(64);
    let said = baton(&bank)
        .as_("wang.approver")
        .args(["strategy", "approve", "ST-1", "--hash", &hash])
        .refused();
    assert!(said.contains("hash") || said.contains("text"), "{said}");
}

/// The author, who is an approver too, tries everything that SQL gives him.
#[test]
fn nobody_approves_his_own_words() {
    let bank = small();
    bank.operator("li.strategist", "strategist,approver,auditor,viewer,loader,branch", None);
    run(&bank, "li.strategist", &["segment", "save", "SG-A", "--name", "a", "--rule", "true"]);
    let file = strategy_file(&text("ST-1", "SG-A", "0.1", 7));
    run(&bank, "li.strategist", &["strategy", "new", file.to_str().unwrap()]);
    let submitted = run(&bank, "li.strategist", &["strategy", "submit", "ST-1"]);
    let hash = submitted["hash"].as_str().unwrap();
    let approve = format!("select baton.strategy_approve('ST-1', decode('{hash}', 'hex'))");
    assert_eq!(bank.refuses("li.strategist", &approve), "approval_not_by_author");
    for statement in [
        format!(
            "insert into baton.approval (strategy, version, hash, author, approver) values ('ST-1', 1, decode('{hash}', 'hex'), 'li.strategist', 'wang.approver')"
        ),
        "update baton.strategy_version set author = 'wang.approver'".to_owned(),
        "update baton.strategy_version set state = 'approved'".to_owned(),
        "set session authorization \"wang.approver\"".to_owned(),
        "set role \"wang.approver\"".to_owned(),
    ] {
        assert_eq!(bank.refuses("li.strategist", &statement), "42501", "{statement}");
    }
    // Even the schema's owner meets the constraint.
    let owner = |sql: &str| bank.refuses(ADMIN, &format!("set role baton_owner; {sql}"));
    let insert = |author: &str, approver: &str, hash: &str| {
        owner(&format!(
            "insert into baton.approval (strategy, version, hash, author, approver) values ('ST-1', 1, {hash}, '{author}', '{approver}')"
        ))
    };
    let text = format!("decode('{hash}', 'hex')");
    assert_eq!(insert("li.strategist", "li.strategist", &text), "approval_not_by_author");
    assert_eq!(insert("wang.approver", "li.strategist", &text), "approval_names_current_text");
    assert_eq!(
        insert("li.strategist", "wang.approver", "sha256('')"),
        "approval_names_current_text"
    );
    assert_eq!(bank.sql(ONE, "select state from baton.strategy_version"), [["submitted"]]);
}

#[test]
fn nobody_pushes_what_is_not_approved() {
    let bank = small();
    let me = "li.strategist";
    run(&bank, me, &["segment", "save", "SG-A", "--name", "a", "--rule", "true"]);
    run(&bank, me, &["segment", "freeze", "SG-A"]);
    let file = strategy_file(&text("ST-1", "SG-A", "0.1", 7));
    run(&bank, me, &["strategy", "new", file.to_str().unwrap()]);
    assert_eq!(bank.refuses(me, "select baton.push_plan('ST-1', 1, 1)"), "BT004");
    run(&bank, me, &["strategy", "submit", "ST-1"]);
    assert_eq!(bank.refuses(me, "select baton.push_plan('ST-1', 1, 1)"), "BT004");
    assert_eq!(bank.refuses(me, "select baton.push_apply(1)"), "BT003");
    for table in ["push_plan", "plan_member", "plan_member_0", "plan_home", "push", "branch_order"]
    {
        assert_eq!(bank.refuses(me, &format!("delete from baton.{table}")), "42501");
    }
    let owner = |sql: &str| bank.refuses(ADMIN, &format!("set role baton_owner; {sql}"));
    assert_eq!(
        owner("insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, customers, treated, control)
               select code, version, hash, 1, '2026-11-20', 1, 1, 0 from baton.strategy_version"),
        "plan_of_approved_text"
    );
    // A version whose twin is approved is not approved, and the approved one is not any more.
    approved(&bank, "ST-2", "true", "0.1", 7);
    let plan = run(&bank, me, &["push", "plan", "ST-2"]);
    let file = strategy_file(&text("ST-2", "SG-ST-2", "0.1", 7));
    run(&bank, me, &["strategy", "new", file.to_str().unwrap()]);
    let twin = run(&bank, me, &["strategy", "submit", "ST-2"]);
    assert_eq!(bank.refuses(me, "select baton.push_plan('ST-2', 1, 1)"), "BT004");
    assert_eq!(bank.refuses(me, "select baton.push_plan('ST-2', 2, 1)"), "BT004");
    let of = format!("select version from baton.push_plan where id = {}", plan["plan"]);
    assert_eq!(
        (bank.sql(ONE, &of), &twin["version"]),
        (vec![vec!["1".to_owned()]], &serde_json::json!(2))
    );
    let push = |of: &str, hash: &str| {
        owner(&format!("insert into baton.push (plan_id, home, strategy, version, hash, as_of, deadline, customers, treated, control, millis)
               select {}, 0, code, version, {hash}, '2026-11-20', '2026-11-20', 1, 1, 0, 0 from baton.strategy_version where {of}", plan["plan"]))
    };
    assert_eq!(push("code = 'ST-2' and version = 1", "hash"), "BT004");
    assert_eq!(push("code = 'ST-2' and version = 2", "hash"), "BT004");
    approved(&bank, "ST-3", "true", "0.1", 7);
    assert_eq!(push("code = 'ST-3'", "sha256('')"), "push_of_approved_text");
}

/// The database cannot run a rule; what was frozen and planned can be held against one by the members' hash.
#[test]
fn a_freeze_and_a_plan_leave_the_members_hash_in_the_audit() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(50), "0.1", 7);
    run(&bank, "li.strategist", &["push", "plan", "ST-1"]);
    let told = "select a.action, a.operator, a.detail ->> 'as_of' from baton.audit a
        join baton.snapshot s on s.id = (a.detail ->> 'snapshot')::bigint and encode(s.hash, 'hex') = a.detail ->> 'members'
        order by a.id";
    let told = bank.sql("sun.auditor", told);
    let row = |action: &str| vec![action.to_owned(), "li.strategist".into(), "2026-11-20".into()];
    // What the approver decided by, and what is pushed.
    assert_eq!(told, [row("segment.freeze"), row("segment.freeze"), row("push.plan")]);
}

/// A list can only be sealed from what the caller himself put there.
#[test]
fn one_operators_intake_is_not_anothers() {
    let bank = small();
    bank.operator("sun.auditor", "strategist", None);
    run(&bank, "li.strategist", &["segment", "save", "SG-A", "--name", "a", "--rule", "true"]);
    let intake = "8d3c4a2e-0000-4000-8000-000000000001";
    let put = |who: &str, members: &str| {
        let into = "insert into baton.member_part (intake, part, members)";
        bank.sql(who, &format!("{into} values ('{intake}', 0, '{members}')"));
    };
    put("sun.auditor", "{1, 2}");
    put("li.strategist", "{3}");
    bank.sql("li.strategist", &format!("select baton.snapshot_seal('{intake}', 'SG-A', 1)"));
    let sealed = bank.sql(ONE, "select customers from baton.snapshot");
    assert_eq!(sealed, [["1"]]);
    assert_eq!(bank.sql(ADMIN, "select by from baton.member_part"), [["sun.auditor"]]);
    assert_eq!(bank.refuses(ONE, "select count(*) from baton.member_part"), "42501");
    assert_eq!(bank.refuses(ONE, "select count(*) from baton.member_intake"), "42501");
}

#[test]
fn the_catalog_has_no_open_door() {
    let bank = small();
    let none = |what: &str, sql: &str| {
        let found = bank.sql(ONE, sql);
        assert!(found.is_empty(), "{what}: {found:?}");
    };
    none(
        "functions that run as their owner without a fixed search_path",
        "select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('baton', 'raw', 'load') and p.prosecdef
             and not exists (select from unnest(p.proconfig) c where c ~ '^search_path=(baton|pg_catalog), pg_temp$')",
    );
    none(
        "functions that everybody may execute",
        "select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('baton', 'raw', 'load')
             and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))",
    );
    none(
        "relations that a login owns, or anybody but baton_owner",
        "select c.oid::regclass, r.rolname from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_roles r on r.oid = c.relowner
         where n.nspname in ('baton', 'raw', 'load') and (r.rolcanlogin or r.rolname <> 'baton_owner')",
    );
    none(
        "functions that a login owns",
        "select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             join pg_roles r on r.oid = p.proowner
         where n.nspname in ('baton', 'raw', 'load') and (r.rolcanlogin or r.rolname not in ('baton_owner', 'baton_sandbox'))",
    );
    none(
        "schemas that a login owns, or that operators may create in",
        "select n.nspname from pg_namespace n join pg_roles r on r.oid = n.nspowner
         where n.nspname in ('baton', 'raw', 'load') and (r.rolcanlogin or has_schema_privilege('baton_operator', n.oid, 'create'))",
    );
    none(
        "views that read with their owner's rights, and materialised views",
        "select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('baton', 'raw', 'load')
             and (c.relkind = 'm' or c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false))",
    );
    none(
        "relations that operators may write as a whole",
        "select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('baton', 'raw', 'load') and c.relkind in ('r', 'p', 'v')
             and (has_table_privilege('baton_operator', c.oid, 'insert') or has_table_privilege('baton_operator', c.oid, 'update')
                or has_table_privilege('baton_operator', c.oid, 'delete') or has_table_privilege('baton_operator', c.oid, 'truncate'))
             and n.nspname <> 'load'",
    );
    none(
        "operators who are more than operators",
        "select r.rolname from pg_roles r join baton.operator o on o.name = r.rolname
         where r.rolsuper or r.rolcreaterole or r.rolbypassrls or pg_has_role(r.rolname, 'baton_owner', 'member')",
    );
    none(
        "unique keys on customer-grain tables beside the primary key",
        "select i.indexrelid::regclass from pg_index i where i.indisunique and not i.indisprimary
             and i.indrelid in ('baton.customer'::regclass, 'baton.plan_member_0'::regclass, 'baton.outcome'::regclass, 'baton.event'::regclass)",
    );
}

/// Customer-grain relations carry the customer in their key and his unit beside it.
#[test]
fn customer_grain_tables_have_the_customer_in_their_key_and_the_unit_beside_it() {
    let bank = small();
    for table in ["customer", "event", "segment_member", "plan_member_0", "moment_hit", "outcome"] {
        let key = format!(
            "select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
             where i.indisprimary and i.indrelid = 'baton.{table}'::regclass and a.attname = 'customer_id'"
        );
        assert_eq!(bank.sql(ONE, &key), [["1"]], "{table}");
        let unit = format!(
            "select count(*) from pg_attribute where attrelid = 'baton.{table}'::regclass and attname = 'org_id' and attnotnull"
        );
        assert_eq!(bank.sql(ONE, &unit), [["1"]], "{table}");
    }
}
