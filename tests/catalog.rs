//! What the database's own catalogue must say, whatever later migrations add: the common roles are nobody's login, the
//! sandbox is a sandbox, what was done stays written, and customers' rows can be spread by customer and fenced by unit.
mod support;

use support::Bank;

/// Every row of `query` is a breach.
fn none(query: &str) {
    let bank = Bank::empty();
    let found = bank.sql("baton_admin", query);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_sandbox_reads_raw_and_nothing_else() {
    none(
        "select c.relname, a.privilege_type from pg_class c
          cross join aclexplode(c.relacl) a
          where c.relnamespace = 'baton'::regnamespace and a.grantee = 'baton_sandbox'::regrole",
    );
    none("select n.nspname from pg_namespace n
          where n.nspname in ('baton', 'load') and has_schema_privilege('baton_sandbox', n.oid, 'usage')");
}

#[test]
fn a_branch_system_puts_messages_into_its_inbox_and_nothing_else() {
    none(
        "select c.relname, a.privilege_type from pg_class c
          cross join aclexplode(c.relacl) a
          where c.relnamespace = 'baton'::regnamespace and a.grantee = 'baton_branch_system'::regrole",
    );
    none(
        "select c.relname, a.attname, p.privilege_type from pg_attribute a
          join pg_class c on c.oid = a.attrelid and c.relnamespace = 'baton'::regnamespace
          cross join aclexplode(a.attacl) p
          where p.grantee = 'baton_branch_system'::regrole
            and not (c.relname = 'outcome_inbox' and p.privilege_type = 'INSERT'
                     and a.attname not in ('id', 'received_at', 'sent_by', 'reason'))",
    );
    // What is anybody's is its caller's own right, or tells of the bank's day.
    none(
        "select p.proname from pg_proc p where p.pronamespace = 'baton'::regnamespace and p.prosecdef
          and has_function_privilege('baton_branch_system', p.oid, 'execute')",
    );
}

#[test]
fn the_common_roles_are_nobodys_login() {
    none(
        "select rolname from pg_roles
          where rolname in ('baton_owner', 'baton_operator', 'baton_sandbox', 'baton_branch_system')
            and (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)
          union all
          select rolname from pg_roles
          where rolcanlogin and rolname <> 'baton_internal' and (rolsuper or rolbypassrls)",
    );
}

#[test]
fn customers_rows_are_keyed_by_customer_and_carry_their_unit() {
    // The key stands on each relation that has rows, so that the partitions of one may be keyed in different ways.
    let keyed = "select c.relname from pg_class c
        where c.relnamespace = 'baton'::regnamespace and c.relkind = 'r'
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id')
          and c.relname not in ('member_intake', 'outcome_intake', 'outcome_inbox')
          and not exists (select from pg_index i
                          join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                          where i.indrelid = c.oid and i.indisprimary and a.attname = 'customer_id')";
    none(keyed);
    none("select c.relname from pg_class c
          where c.relnamespace = 'baton'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id')
            and c.relname not in ('member_intake', 'outcome_intake', 'outcome_inbox')
            and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id')");
    none("select conname from pg_constraint f
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
          where f.contype = 'f' and a.attname = 'customer_id' and f.connamespace = 'baton'::regnamespace");
}

/// An operator with a unit sees its customers only, whatever relation he asks.
#[test]
fn customers_rows_stand_behind_a_wall() {
    let walled = "select c.relname from pg_class c
        where c.relnamespace = 'baton'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id')";
    none(&format!(
        "{walled} and c.relname not in ('member_intake', 'outcome_intake', 'outcome_inbox') and not (c.relrowsecurity and exists (
             select from pg_policy p where p.polrelid = c.oid and p.polname = 'own_units'
                 and pg_get_expr(p.polqual, p.polrelid) ~ 'sees_all.*scope_units|seen_units'))"
    ));
    none(&format!(
        "{walled} and c.relname in ('member_intake', 'outcome_intake', 'outcome_inbox') and has_any_column_privilege('baton_operator', c.oid, 'select')"
    ));
    // One more policy would open what the first one shuts.
    none(&format!(
        "{walled} and (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive) > 1"
    ));
    // A partition is read through its relation only.
    none(
        "select c.relname from pg_class c where c.relnamespace = 'baton'::regnamespace and c.relispartition
          and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id')
          and has_any_column_privilege('baton_operator', c.oid, 'select')",
    );
    none(
        "select p.oid::regprocedure from pg_proc p where p.pronamespace = 'baton'::regnamespace
          and p.proname in ('sees_all', 'scope_units', 'scope') and not (p.prosecdef and p.provolatile = 's'
              and exists (select from unnest(p.proconfig) c where c = 'search_path=baton, pg_temp'))",
    );
}

#[test]
fn what_was_done_is_written_and_stays() {
    let bank = Bank::empty();
    let count = bank
        .sql("sun.auditor", "select count(*) > 0 from baton.audit where action = 'operator.put'");
    assert_eq!(count, [["t"]]);
    for sql in
        ["delete from baton.audit", "update baton.audit set operator = 'x'", "truncate baton.audit"]
    {
        assert_eq!(bank.refuses("sun.auditor", sql), "42501", "{sql}");
        let as_owner = format!("set role baton_owner; {sql}");
        assert_eq!(bank.refuses("baton_admin", &as_owner), "BT002", "{sql}");
    }
}

#[test]
fn an_operator_cannot_make_itself_more() {
    let bank = Bank::empty();
    for sql in [
        "set role baton_owner",
        "select baton.operator_put('zhao.viewer', array['approver'], null)",
        "update baton.operator set duties = array['approver']",
        "create role x",
        "grant baton_owner to \"zhao.viewer\"",
    ] {
        assert_eq!(bank.refuses("zhao.viewer", sql), "42501", "{sql}");
    }
}
