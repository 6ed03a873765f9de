-- The column engine: which customers each load has changed, so that the engine need not read all of them again, and
-- tickets by which a console shows the engine who its operator is.

-- ---- what a load has changed ------------------------------------------------------------------------------

-- One row per load. `listed` says that `customer_change` names every customer that it has changed; it does not where
-- the load was the first, changed a large part of all, or brought new columns.
create table baton.import_change (
    import_run bigint primary key references baton.import_run,
    listed bool not null,
    customers bigint not null
);

create table baton.customer_change (
    import_run bigint not null,
    customer_id bigint not null,
    org_id int not null,
    primary key (import_run, customer_id)
);

grant select on baton.import_change, baton.customer_change to baton_operator;

-- How many loads back changes are kept.
create function baton.changes_kept() returns int
language sql immutable set search_path = baton, pg_temp
return 30;

-- Lists the customers whose rows in `homes`, which are about to take the places of the rows in `relations`, are other
-- rows than before, and those with events in this load. What nobody's rule reads, names and phones, does not count.
create function baton.list_changes(run_id bigint, relations text[], homes text[], came jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    every bigint;
    most bigint;
    found bigint := 0;
    n bigint;
    listed bool := true;
    old_columns text;
    new_columns text;
begin
    delete from baton.customer_change c where c.import_run <= run_id - baton.changes_kept();
    select count(*) into every from baton.customer;
    most := every / 5;
    listed := every > 0;
    for i in 1 .. cardinality(relations) loop
        exit when not listed;
        select string_agg(format('o.%I', a.attname), ', ' order by a.attname),
            string_agg(format('n.%I', a.attname), ', ' order by a.attname)
        into old_columns, new_columns
        from pg_attribute a
        where a.attrelid = format('baton.%I', relations[i])::regclass and a.attnum > 0 and not a.attisdropped
            and a.attname not in ('customer_id', 'name', 'phone');
        if exists (select from pg_attribute a
            where a.attrelid = format('baton.%I', homes[i])::regclass and a.attnum > 0 and not a.attisdropped
                and not exists (select from pg_attribute o
                    where o.attrelid = format('baton.%I', relations[i])::regclass and o.attname = a.attname and not o.attisdropped))
        then
            listed := false;
            exit;
        end if;
        execute format(
            'insert into baton.customer_change (import_run, customer_id, org_id)
             select $1, customer_id, coalesce(n.org_id, o.org_id)
             from baton.%I o full join baton.%I n using (customer_id)
             where row(%s) is distinct from row(%s)
             limit $2
             on conflict do nothing', relations[i], homes[i], old_columns, new_columns)
        using run_id, most - found + 1;
        get diagnostics n = row_count;
        found := found + n;
        listed := found <= most;
    end loop;
    if listed and came ? 'event' then
        execute format(
            'insert into baton.customer_change (import_run, customer_id, org_id)
             select distinct $1, l.customer_id, c.org_id
             from load.event l join baton.%I c on c.customer_id = l.customer_id
             limit $2
             on conflict do nothing', case when relations[1] = 'customer' then homes[1] else 'customer' end)
        using run_id, most - found + 1;
        get diagnostics n = row_count;
        found := found + n;
        listed := found <= most;
    end if;
    if not listed then
        delete from baton.customer_change c where c.import_run = run_id;
    end if;
    insert into baton.import_change (import_run, listed, customers) values (run_id, listed, case when listed then found else 0 end);
end;
$$;
revoke execute on function baton.list_changes(bigint, text[], text[], jsonb), baton.changes_kept() from public;

-- As before, and the list of what has changed.
create or replace function baton.import_apply(run jsonb) returns jsonb
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB' set maintenance_work_mem = '256MB'
as $$
declare
    came jsonb := run -> 'columns';
    customers text := 'customer';
    relations text[] := '{}';
    homes text[] := '{}';
    name text;
    n bigint;
    loaded jsonb := '{}';
    run_id bigint;
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    perform baton.apply_bank(run);
    delete from baton.tier_target t where not exists (select from baton.tier s where s.code = t.tier);
    if came ? 'org_unit' then perform baton.apply_units(run); end if;
    if came ? 'staff' then perform baton.apply_staff(run); end if;
    perform baton.apply_attributes(run);
    if came ? 'customer' then
        customers := baton.build_customers(run);
        relations := array['customer'];
        homes := array[customers];
    end if;
    for name in select distinct d.relation from baton.attribute d
        where d.relation ~ '^attr_[0-9]+$' and (came ? 'customer' or not exists (
            select from pg_attribute a where a.attrelid = format('baton.%I', d.relation)::regclass
                and a.attname = d.column_name and not a.attisdropped))
        order by 1
    loop
        relations := relations || name;
        homes := homes || baton.build_attributes(name, customers, run);
        perform baton.count_categories(name, homes[cardinality(homes)], customers);
    end loop;
    if came ? 'event' then perform baton.apply_events(run, customers); end if;
    if came ? 'product' or came ? 'holding' then perform baton.apply_products(run); end if;
    if came ? 'holding' then perform baton.apply_holdings(customers); end if;
    if came ? 'tier_target' then perform baton.apply_tier_targets(); end if;
    if came ? 'consent' then perform baton.apply_consents(run, customers); end if;
    if came ? 'relation' then perform baton.apply_relations(customers); end if;
    if came ? 'location' then perform baton.apply_locations(customers); end if;
    if came ? 'metric' then perform baton.apply_metrics(run); end if;
    if came ? 'metric_fact' then perform baton.apply_facts(run); end if;
    if came ? 'target' then perform baton.apply_targets(run); end if;
    if came ? 'outcome' then perform baton.apply_outcomes(); end if;
    for name in select jsonb_object_keys(came) loop
        execute format('select count(*) from load.%I', name) into n;
        loaded := loaded || jsonb_build_object(name, n);
    end loop;
    insert into baton.import_run (as_of, source, loaded, rejected)
    values ((run -> 'bank' ->> 'as_of')::date, run ->> 'source', loaded, run -> 'rejected')
    returning id into run_id;
    perform baton.list_changes(run_id, relations, homes, came);
    perform baton.note('import.apply', run -> 'bank' ->> 'name',
        jsonb_build_object('as_of', run -> 'bank' ->> 'as_of', 'source', run ->> 'source', 'loaded', loaded,
            'rejected', run -> 'rejected'));
    if not (run ->> 'dry')::bool and cardinality(relations) > 0 then
        perform baton.lock_for_exchange(relations);
        for i in 1 .. cardinality(relations) loop
            perform baton.exchange(relations[i], homes[i]);
        end loop;
    end if;
    return loaded;
end;
$$;

-- ---- tickets ----------------------------------------------------------------------------------------------

-- One row per ticket, and so the record of who has asked the engine. `scope` is the path of the unit to whose
-- customers the answers are held; null is everybody, as the database itself allows today.
create table baton.engine_ticket (
    token_hash bytea primary key,
    operator text not null default session_user,
    scope int[],
    issued_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    admitted_at timestamptz
);

-- A ticket for the caller, an operator of this bank: good once, within a minute. Only its hash is kept.
create function baton.engine_ticket() returns text
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    token text := encode(uuid_send(gen_random_uuid()), 'hex') || encode(uuid_send(gen_random_uuid()), 'hex');
begin
    if not exists (select from baton.operator o where o.name = session_user) then
        raise exception using errcode = 'BT001', message = 'operator';
    end if;
    delete from baton.engine_ticket t where t.issued_at < clock_timestamp() - interval '30 days';
    insert into baton.engine_ticket (token_hash, scope, expires_at)
    values (sha256(convert_to(token, 'UTF8')), null, clock_timestamp() + interval '60 seconds');
    return token;
end;
$$;

-- Takes a ticket, once: whose it is, and how far he sees. No row if there is none like it, or no more. Only a member of
-- baton_owner, as whom the engine works, may ask.
create function baton.engine_admit(token text) returns table (operator text, scope int[])
language sql volatile set search_path = baton, pg_temp
begin atomic
    update baton.engine_ticket t set admitted_at = clock_timestamp()
    where t.token_hash = sha256(convert_to($1, 'UTF8')) and t.admitted_at is null and t.expires_at > clock_timestamp()
        and exists (select from baton.operator o where o.name = t.operator)
    returning t.operator, t.scope;
end;

revoke execute on function baton.engine_ticket(), baton.engine_admit(text) from public;
grant execute on function baton.engine_ticket() to baton_operator;
