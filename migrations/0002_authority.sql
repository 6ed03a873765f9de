-- Who the caller is, what he may, what today is, and what was done. Every function that changes state runs as
-- baton_owner with a fixed search_path, calls `require_duty` first and `note` last.

-- Today, as the bank counts it: the session's `baton.as_of` if set, else the bank's. Never the clock.
create function baton.today() returns date
language sql stable set search_path = baton, pg_temp
begin atomic
    select coalesce(nullif(current_setting('baton.as_of', true), '')::date, (select as_of from baton.bank));
end;

-- True if the person behind this session (not the function's owner) has the duty.
create function baton.has_duty(duty text) returns bool
language sql stable security definer set search_path = baton, pg_temp
begin atomic
    select exists (select from baton.operator o where o.name = session_user and $1 = any (o.duties));
end;

-- Refuses with SQLSTATE BT001 and the duty as the message unless the caller has it; with BT008 if the transaction is
-- not READ COMMITTED: the functions lock and then read, and only there does a read see what the lock has waited for.
create function baton.require_duty(duty text) returns void
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    if not baton.has_duty(duty) then
        raise exception using errcode = 'BT001', message = duty;
    end if;
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise exception using errcode = 'BT008', message = 'isolation', detail = current_setting('transaction_isolation');
    end if;
end;
$$;

-- Writes the audit row of the running transaction.
create function baton.note(action text, subject text, detail jsonb) returns void
language sql volatile security definer set search_path = baton, pg_temp
begin atomic
    insert into baton.audit (action, subject, detail) values ($1, $2, $3);
end;

create function baton.refuse_change() returns trigger
language plpgsql set search_path = baton, pg_temp
as $$
begin
    raise exception using errcode = 'BT002', message = format('%s is append-only', tg_table_name);
end;
$$;

-- The owner, too, can only add.
create trigger audit_is_append_only before update or delete or truncate on baton.audit
    for each statement execute function baton.refuse_change();
create trigger approval_is_append_only before update or delete or truncate on baton.approval
    for each statement execute function baton.refuse_change();
create trigger segment_version_is_append_only before update or delete or truncate on baton.segment_version
    for each statement execute function baton.refuse_change();

-- Makes `name` known to this bank with `duties`; a known operator gets the new duties. The caller is a member
-- of baton_owner (only the owner may execute this). The login role itself is made by Baton's bootstrap.
create function baton.operator_put(name text, duties text[], org text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    unit int;
begin
    if org is not null then
        select o.id into unit from baton.org_unit o where o.code = org and o.closed_on is null;
        if unit is null then
            raise exception using errcode = 'BT003', message = 'org_unit', detail = org;
        end if;
    end if;
    -- Each duty once, in the order given.
    duties := array(select d.duty from unnest(duties) with ordinality as d (duty, n) group by d.duty order by min(d.n));
    insert into baton.operator as o (name, duties, org_id) values (name, duties, unit)
    on conflict on constraint operator_pkey do update set duties = excluded.duties, org_id = excluded.org_id;
    perform baton.note('operator.put', name, jsonb_build_object('duties', duties, 'org', org));
end;
$$;

revoke execute on all functions in schema baton from public;
alter default privileges for role baton_owner in schema baton revoke execute on functions from public;
alter default privileges for role baton_owner revoke execute on functions from public;
grant execute on function baton.today(), baton.has_duty(text) to baton_operator;
