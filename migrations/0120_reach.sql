-- Which units have facts of a metric at all, as one array: who is not on a sheet but may have an earlier fact is what that array
-- has more, so that a question reads no unit's row where nobody is missing.

create table baton.fact_reach (
    metric text primary key,
    layout int not null references baton.fact_layout
);

-- The layout of these units, which stand in ascending order; made where nobody had it yet.
create function baton.layout_of(stand int[]) returns int
language plpgsql set search_path = baton, pg_temp
as $$
declare
    known bytea := sha256(convert_to(stand::text, 'UTF8'));
    found_id int;
begin
    select l.id into found_id from baton.fact_layout l where l.hash = known;
    if found_id is null then
        insert into baton.fact_layout (hash, units) values (known, stand) returning id into found_id;
    end if;
    return found_id;
end;
$$;

-- Makes the sheets of these days of these metrics from the rows. Its cost is that of the days, whatever the history: what a metric
-- reaches is added up anew only when a unit came.
create or replace function baton.sheets_make(metrics text[], days date[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    grown text[];
begin
    create temporary table sheet_new on commit drop as
        select k.metric, k.day, s.units, s.vals, s.numerators, s.denominators
        from (select distinct u.metric, u.day from unnest(metrics, days) as u (metric, day)) k
        -- Added up within, so that each is one range of the key: as a plain join all of the history would be read for a day.
        cross join lateral (
            select array_agg(f.org_id) as units, case when count(f.value) > 0 then array_agg(f.value) end as vals,
                case when count(f.numerator) > 0 then array_agg(f.numerator) end as numerators,
                case when count(f.denominator) > 0 then array_agg(f.denominator) end as denominators
            from (select f.* from baton.metric_fact f where f.metric = k.metric and f.day = k.day order by f.org_id) f
        ) s
        where s.units is not null;
    insert into baton.fact_layout (hash, units)
        select distinct on (sha256(convert_to(n.units::text, 'UTF8'))) sha256(convert_to(n.units::text, 'UTF8')), n.units
        from sheet_new n
        on conflict (hash) do nothing;
    insert into baton.fact_sheet as s (metric, day, layout, vals, numerators, denominators)
        select n.metric, n.day, l.id, n.vals, n.numerators, n.denominators
        from sheet_new n join baton.fact_layout l on l.hash = sha256(convert_to(n.units::text, 'UTF8'))
        on conflict (metric, day) do update set layout = excluded.layout, vals = excluded.vals, numerators = excluded.numerators,
            denominators = excluded.denominators;
    with came as (
        insert into baton.fact_unit as u (metric, org_id, first_day)
            select n.metric, k.unit, min(n.day) from sheet_new n cross join unnest(n.units) as k (unit) group by 1, 2
            on conflict (metric, org_id) do update set first_day = excluded.first_day where u.first_day > excluded.first_day
            returning u.metric
    )
    select array_agg(distinct c.metric) into grown from came c;
    insert into baton.fact_reach as r (metric, layout)
        select k.metric, baton.layout_of(array_agg(k.org_id order by k.org_id))
        from baton.fact_unit k where k.metric = any (grown) group by k.metric
        on conflict (metric) do update set layout = excluded.layout where r.layout <> excluded.layout;
    drop table sheet_new;
end;
$$;

-- What stands already.
insert into baton.fact_reach (metric, layout)
    select k.metric, baton.layout_of(array_agg(k.org_id order by k.org_id)) from baton.fact_unit k group by k.metric;

grant select on baton.fact_reach to baton_operator;
revoke execute on function baton.layout_of from public;
