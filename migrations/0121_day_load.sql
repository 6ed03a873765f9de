-- A day's facts are held against those of their own month: in the month's partition and nowhere else, so that what a day costs does
-- not grow with the history. A load of many months goes over all of it once.

create or replace function baton.apply_facts(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    month date;
    part text;
    months date[];
    held record;
begin
    months := array(select distinct date_trunc('month', l.day)::date from load.metric_fact l order by 1);
    foreach month in array months loop
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
    for held in
        select 'metric_fact_' || to_char(m, 'YYYYMM') as part, m as first, (m + interval '1 month')::date as next
            from unnest(months) as k (m) where cardinality(months) <= 3
        union all
        select 'metric_fact', '-infinity', 'infinity' where cardinality(months) > 3
    loop
        execute format(
            'with old as materialized (
                select f.metric, f.day, f.org_id, coalesce(f.value, f.numerator) as was, l.value, l.numerator, l.denominator
                from load.metric_fact l
                join baton.org_unit u on u.code = l.org
                join baton.%1$I f on f.metric = l.metric and f.day = l.day and f.org_id = u.id
                where l.day >= $2 and l.day < $3
                  and (f.value, f.numerator, f.denominator) is distinct from (l.value, l.numerator, l.denominator)
            ), written as (
                update baton.%1$I f set value = o.value, numerator = o.numerator, denominator = o.denominator
                from old o where f.metric = o.metric and f.day = o.day and f.org_id = o.org_id
            )
            insert into baton.fact_restated (metric, day, at, loaded_on, units, change)
            select o.metric, o.day, transaction_timestamp(), ($1 -> ''bank'' ->> ''as_of'')::date, array_agg(o.org_id order by o.org_id),
                least(greatest(sum(coalesce(o.value, o.numerator)::numeric - o.was), -9e18), 9e18)::bigint
            from old o group by o.metric, o.day
            on conflict do nothing', held.part) using run, held.first, held.next;
        execute format(
            'insert into baton.%1$I (metric, day, org_id, value, numerator, denominator)
            select l.metric, l.day, u.id, l.value, l.numerator, l.denominator
            from load.metric_fact l join baton.org_unit u on u.code = l.org
            where l.day >= $1 and l.day < $2
              and not exists (select from baton.%1$I f where f.metric = l.metric and f.day = l.day and f.org_id = u.id)
            order by 1, 2, 3', held.part) using held.first, held.next;
    end loop;
    perform baton.sheets_make(array_agg(k.metric), array_agg(k.day))
        from (select distinct l.metric, l.day from load.metric_fact l) k having count(*) > 0;
end;
$$;
