-- A bank may bring customers who have left with the day on which they did (`closed_on`), and not only leave them out of its file: what a
-- metric lost before the first load has a name then, and a change is split over who left, too. A closed customer is in no segment, list
-- or plan, as ever; one who comes without a day is open, whatever he was before.

-- As in 0036, and with it.
create or replace function baton.load_tables(extra text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    name text;
    made record;
begin
    for made in select * from (values
        ('org_unit', 'code text not null, parent text, kind text not null, name text not null, class text,
                      lat double precision, lon double precision'),
        ('staff', 'code text not null, org text not null, name text not null, role text, capacity int'),
        ('customer', 'customer_id bigint not null, org text not null, rm text, name text, phone text, opened_on date,
                      birth_date date, gender text, aum bigint, no_contact bool, closed_on date' || coalesce(extra, '')),
        ('event', 'customer_id bigint not null, ref text not null, kind text not null, at timestamptz not null,
                   amount bigint, detail text'),
        ('product', 'code text not null, zh text, en text, class text, risk smallint'),
        ('holding', 'customer_id bigint not null, product text not null, day date not null, amount bigint not null,
                     class text'),
        ('tier_target', 'tier text not null, class text not null, share numeric(7, 6) not null'),
        ('consent', 'customer_id bigint not null, channel text not null, given bool not null, since date'),
        ('relation', 'customer_id bigint not null, kind text not null, other bigint not null'),
        ('location', 'customer_id bigint not null, lat double precision not null, lon double precision not null'),
        ('metric', 'code text not null, zh text, en text, kind text, unit text, formula text'),
        ('metric_fact', 'metric text not null, org text not null, day date not null, value bigint, numerator bigint,
                         denominator bigint'),
        ('target', 'metric text not null, org text not null, period text not null, value bigint not null'),
        ('outcome', 'push bigint not null, customer_id bigint not null, outcome text not null, at timestamptz not null,
                     amount bigint, note text')
    ) as t (name, columns)
    loop
        execute format('create unlogged table load.%I (load smallint not null, ordinal bigint not null, %s)',
            made.name, made.columns);
        execute format('grant insert on load.%I to %I', made.name, session_user);
    end loop;
end;
$$;

-- As in 0015, and with it.
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
         select c.customer_id, c.org_id, c.rm_id, %s, coalesce(c.closed_on, %L)
         from baton.customer c where not exists (select from load.customer l where l.customer_id = c.customer_id)
         order by 1',
        fresh, array_to_string(kept, ', '), case when came ? 'rm' then 's.id' else 'c.rm_id' end,
        (select string_agg(case when came ? k.name then 'l.' else 'c.' end || k.name, ', ' order by k.n)
         from unnest(kept) with ordinality as k (name, n)),
        -- One who leaves on a day that is still to come is there until then.
        case when came ? 'closed_on' then format('case when l.closed_on <= %L then l.closed_on end', run -> 'bank' ->> 'as_of')
            else 'null' end,
        (select string_agg('c.' || k.name, ', ' order by k.n) from unnest(kept) with ordinality as k (name, n)),
        run -> 'bank' ->> 'as_of');
    execute format('alter table baton.%I add primary key (customer_id)', fresh);
    execute format('create index on baton.%I (org_id)', fresh);
    execute format('analyze baton.%I', fresh);
    perform baton.follow_units(fresh);
    return fresh;
end;
$$;
