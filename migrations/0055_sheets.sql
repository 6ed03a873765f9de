-- Facts as they are read: one row for each metric and day, the units' values beside each other.
--
-- Facts come, are corrected and are looked up as rows (`metric_fact`). A question reads whole days: 12 metrics of 1,100 units on
-- two days are 26,400 rows, or 24 sheets. Measured with 12 million facts (benches/kpi.rs): see docs/methods.md. A sheet is
-- always made from the rows, in the transaction that wrote them, so that the two cannot differ.

-- Which units stand on a sheet, in ascending order. Days that have the same units share one.
create table baton.fact_layout (
    id int generated always as identity primary key,
    hash bytea not null constraint fact_layout_once unique,     -- SHA-256 of the array's text
    units int[] not null
);

create table baton.fact_sheet (
    metric text not null,
    day date not null,
    layout int not null references baton.fact_layout,
    vals bigint[],                      -- null where no unit has such a part
    numerators bigint[],
    denominators bigint[],
    primary key (metric, day)
);

-- Since when a unit has facts of a metric: who has none on a sheet may still have one of an earlier day.
create table baton.fact_unit (
    metric text not null,
    org_id int not null,
    first_day date not null,
    primary key (metric, org_id)
);

-- Makes the sheets of these days of these metrics from the rows. Its cost is that of the days, whatever the history.
create function baton.sheets_make(metrics text[], days date[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    create temporary table sheet_new on commit drop as
        select f.metric, f.day, array_agg(f.org_id order by f.org_id) as units,
            case when count(f.value) > 0 then array_agg(f.value order by f.org_id) end as vals,
            case when count(f.numerator) > 0 then array_agg(f.numerator order by f.org_id) end as numerators,
            case when count(f.denominator) > 0 then array_agg(f.denominator order by f.org_id) end as denominators
        from unnest(metrics, days) as k (metric, day)
        join baton.metric_fact f on f.metric = k.metric and f.day = k.day
        group by f.metric, f.day;
    insert into baton.fact_layout (hash, units)
        select distinct on (sha256(convert_to(n.units::text, 'UTF8'))) sha256(convert_to(n.units::text, 'UTF8')), n.units
        from sheet_new n
        on conflict (hash) do nothing;
    insert into baton.fact_sheet as s (metric, day, layout, vals, numerators, denominators)
        select n.metric, n.day, l.id, n.vals, n.numerators, n.denominators
        from sheet_new n join baton.fact_layout l on l.hash = sha256(convert_to(n.units::text, 'UTF8'))
        on conflict (metric, day) do update set layout = excluded.layout, vals = excluded.vals, numerators = excluded.numerators,
            denominators = excluded.denominators;
    insert into baton.fact_unit as u (metric, org_id, first_day)
        select n.metric, k.unit, min(n.day) from sheet_new n cross join unnest(n.units) as k (unit) group by 1, 2
        on conflict (metric, org_id) do update set first_day = excluded.first_day where u.first_day > excluded.first_day;
    drop table sheet_new;
end;
$$;

-- What stands already.
select baton.sheets_make(array_agg(k.metric), array_agg(k.day))
    from (select distinct f.metric, f.day from baton.metric_fact f) k having count(*) > 0;

-- Facts by their key, a partition for each month; then the sheets of the days that came.
create or replace function baton.apply_facts(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    month date;
    part text;
begin
    for month in select distinct date_trunc('month', l.day)::date from load.metric_fact l order by 1 loop
        part := 'metric_fact_' || to_char(month, 'YYYYMM');
        if to_regclass(format('baton.%I', part)) is null then
            execute format('create table baton.%I (like baton.metric_fact including constraints)', part);
            execute format('alter table baton.metric_fact attach partition baton.%I for values from (%L) to (%L)',
                part, month, (month + interval '1 month')::date);
        end if;
    end loop;
    if exists (select from load.metric_fact l where not exists (select from baton.metric m where m.code = l.metric)) then
        raise exception using errcode = 'BT106', message = 'metric', detail = '';
    end if;
    if exists (select from load.metric_fact l where not exists
        (select from baton.org_unit u where u.code = l.org and u.closed_on is null)) then
        raise exception using errcode = 'BT106', message = 'org', detail = '';
    end if;
    if exists (select from baton.metric_fact) then
        with old as materialized (
            select f.metric, f.day, f.org_id, coalesce(f.value, f.numerator) as was, l.value, l.numerator, l.denominator
            from load.metric_fact l
            join baton.org_unit u on u.code = l.org
            join baton.metric_fact f on f.metric = l.metric and f.day = l.day and f.org_id = u.id
            where (f.value, f.numerator, f.denominator) is distinct from (l.value, l.numerator, l.denominator)
        ), written as (
            update baton.metric_fact f set value = o.value, numerator = o.numerator, denominator = o.denominator
            from old o where f.metric = o.metric and f.day = o.day and f.org_id = o.org_id
        )
        insert into baton.fact_restated (metric, day, at, loaded_on, units, change)
        select o.metric, o.day, transaction_timestamp(), (run -> 'bank' ->> 'as_of')::date, array_agg(o.org_id order by o.org_id),
            least(greatest(sum(coalesce(o.value, o.numerator)::numeric - o.was), -9e18), 9e18)::bigint
        from old o group by o.metric, o.day
        on conflict do nothing;
    end if;
    insert into baton.metric_fact (metric, day, org_id, value, numerator, denominator)
    select l.metric, l.day, u.id, l.value, l.numerator, l.denominator
    from load.metric_fact l join baton.org_unit u on u.code = l.org
    where not exists (select from baton.metric_fact f where f.metric = l.metric and f.day = l.day and f.org_id = u.id)
    order by 1, 2, 3;
    perform baton.sheets_make(array_agg(k.metric), array_agg(k.day))
        from (select distinct l.metric, l.day from load.metric_fact l) k having count(*) > 0;
end;
$$;

grant select on baton.fact_layout, baton.fact_sheet, baton.fact_unit to baton_operator;
revoke execute on function baton.sheets_make, baton.apply_facts from public;
