-- As in 0323; the time of an outcome that lies before its push is written as times are everywhere else.
create or replace function baton.load_done(target text) returns table (load smallint, ordinal bigint, why text, value text)
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    key text := (select string_agg(format('l.%I', k.name), ', ' order by k.n)
                 from unnest(baton.load_key(target)) with ordinality as k (name, n));
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    return query execute format(
        'with again as (select l.ctid as at, row_number() over (partition by %1$s order by l.load, l.ordinal) as n from load.%2$I l)
         delete from load.%2$I l using again a where l.ctid = a.at and a.n > 1
         returning l.load, l.ordinal, ''duplicate''::text, concat_ws('', '', %1$s)', key, target);
    if target = 'outcome' then
        return query delete from load.outcome l
            where not exists (select from baton.push p
                cross join lateral (select from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id
                    and m.customer_id = l.customer_id and m.arm is not null offset 0) m
                where p.id = l.push)
            returning l.load, l.ordinal, 'unknown'::text, concat_ws(', ', l.push, l.customer_id);
        return query delete from load.outcome l using baton.push p, baton.bank b
            where p.id = l.push and l.at < p.as_of::timestamp at time zone b.timezone
            returning l.load, l.ordinal, 'before_push'::text, to_char(l.at at time zone b.timezone, 'YYYY-MM-DD HH24:MI');
        return query delete from load.outcome l where l.amount < 0
            returning l.load, l.ordinal, 'negative'::text, l.amount::text;
        return query delete from load.outcome l where l.amount > baton.amount_most()
            returning l.load, l.ordinal, 'too_large'::text, l.amount::text;
    end if;
    if target = 'holding' then
        return query with first as (
                select distinct on (l.product) l.product, l.class from load.holding l
                where l.class is not null order by l.product, l.load, l.ordinal
            )
            delete from load.holding l using first f where f.product = l.product and f.class <> l.class
            returning l.load, l.ordinal, 'other_class'::text, l.class;
    end if;
    if target = 'metric_fact' then
        return query with above as (
                select l.parent as code from load.org_unit l where l.parent is not null
                union
                select p.code from baton.org_unit u join baton.org_unit p on p.id = u.parent_id
                where u.closed_on is null and not exists (select from load.org_unit)
            )
            delete from load.metric_fact l using above a where l.org = a.code
            returning l.load, l.ordinal, 'not_leaf'::text, l.org;
    end if;
    if target = 'target' then
        return query delete from load.target l
            where l.value < 0 and not baton.metric_falls_below_zero(l.metric)
            returning l.load, l.ordinal, 'negative_target'::text, format('%s %s', l.metric, l.value);
    end if;
    if target = 'org_unit' then
        perform baton.load_check_tree();
    end if;
    execute format('analyze load.%I', target);
end;
$$;
