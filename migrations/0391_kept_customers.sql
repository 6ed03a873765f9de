-- A customer whose row came and was rejected has not left: he stays as he was, as long as his unit stands. Until now one bad value of
-- a row closed its customer, and he was in no segment, list or plan until the next good load.

-- From 0242; `kept` are the customers whose rows were rejected.
create or replace function baton.build_customers(run jsonb) returns text
language plpgsql set search_path = baton, pg_temp
as $$
declare
    fresh text := baton.fresh_name('customer');
    came jsonb := run -> 'columns' -> 'customer';
    kept text[] := array['name', 'phone', 'opened_on', 'birth_date', 'gender', 'aum', 'no_contact'];
    missing text;
begin
    select l.org into missing from load.customer l
    where not exists (select from baton.org_unit u where u.code = l.org and u.closed_on is null) limit 1;
    if missing is not null then
        raise exception using errcode = 'BT106', message = 'org', detail = missing;
    end if;
    select l.rm into missing from load.customer l
    where l.rm is not null and not exists (select from baton.staff s where s.code = l.rm and s.closed_on is null) limit 1;
    if missing is not null then
        raise exception using errcode = 'BT106', message = 'rm', detail = missing;
    end if;
    execute format('create table baton.%I (like baton.customer including defaults including constraints)', fresh);
    execute format(
        'insert into baton.%I (customer_id, org_id, rm_id, %s, closed_on)
         select l.customer_id, u.id, %s, %s, %s
         from load.customer l join baton.org_unit u on u.code = l.org
         left join baton.staff s on s.code = l.rm left join baton.customer c on c.customer_id = l.customer_id
         union all
         select c.customer_id, c.org_id, c.rm_id, %s,
             coalesce(c.closed_on, case when k.id is null or w.id is null then %L::date end)
         from baton.customer c
         left join (select distinct i.id::bigint as id from jsonb_array_elements_text(%L) i (id)) k on k.id = c.customer_id
         left join baton.org_unit w on w.id = c.org_id and w.closed_on is null
         where not exists (select from load.customer l where l.customer_id = c.customer_id)
         order by 1',
        fresh, array_to_string(kept, ', '), case when came ? 'rm' then 's.id' else 'c.rm_id' end,
        (select string_agg(case when came ? k.name then 'l.' else 'c.' end || k.name, ', ' order by k.n)
         from unnest(kept) with ordinality as k (name, n)),
        -- One who leaves on a day that is still to come is there until then.
        case when came ? 'closed_on' then format('case when l.closed_on <= %L then l.closed_on end', run -> 'bank' ->> 'as_of')
            else 'null' end,
        (select string_agg('c.' || k.name, ', ' order by k.n) from unnest(kept) with ordinality as k (name, n)),
        run -> 'bank' ->> 'as_of', coalesce(run -> 'kept', '[]'));
    execute format('alter table baton.%I add primary key (customer_id)', fresh);
    execute format('create index on baton.%I (org_id)', fresh);
    execute format('analyze baton.%I', fresh);
    perform baton.follow_units(fresh);
    return fresh;
end;
$$;
