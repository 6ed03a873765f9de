-- A plan of less than nothing, where nothing can be less than nothing: balances, customers, calls. A metric that takes something away (a net
-- flow) may have one, and so may one that was below zero before.

-- Whether a metric can be below zero, as it is with the load that is under way: it is a ratio, it or something that it is made of takes
-- something away or has a fact below zero, or none of it has facts yet and nobody can tell.
create function baton.metric_falls_below_zero(metric text) returns boolean
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    return (with recursive known as (
        select distinct on (k.code) k.code, k.kind, k.formula
        from (select l.code, l.kind, l.formula, 1 as n from load.metric l union all select m.code, m.kind, m.formula, 2 from baton.metric m) k
        order by k.code, k.formula is null, k.n
    ), parts as (
        select k.code, k.formula from known k where k.code = metric_falls_below_zero.metric
        union
        select p.code, p.formula from parts r join known p on p.code = any (regexp_split_to_array(r.formula, '[^[:alnum:]_.]+'))
            or position('"' || p.code || '"' in r.formula) > 0
    )
    select (select k.kind from known k where k.code = metric_falls_below_zero.metric) = 'ratio'
        or exists (select from parts p where p.formula ~ '[-−]')
        or exists (select from load.metric_fact f join parts p on p.code = f.metric where f.value < 0)
        or exists (select from baton.fact_sheet s join parts p on p.code = s.metric where 0 > any (s.vals))
        or not exists (select from load.metric_fact f join parts p on p.code = f.metric)
            and not exists (select from baton.fact_sheet s join parts p on p.code = s.metric));
end;
$$;

-- As in 0271, and not a plan below zero of what is never below zero.
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
            returning l.load, l.ordinal, 'before_push'::text, to_char(l.at at time zone b.timezone, 'YYYY-MM-DD"T"HH24:MI:SS');
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

-- As in 0053; whoever goes past the checks of a load comes no further.
create or replace function baton.apply_targets(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if exists (select from load.target l where l.value < 0 and not baton.metric_falls_below_zero(l.metric)) then
        raise exception using errcode = '23514', constraint = 'target_not_below_zero', message = 'a metric that is never below zero';
    end if;
    with written as (
        insert into baton.target as t (metric, org_id, period, value)
        select l.metric, u.id, l.period, l.value from load.target l join baton.org_unit u on u.code = l.org
        on conflict (metric, org_id, period) do update set value = excluded.value where t.value <> excluded.value
        returning t.metric, t.org_id, t.period, t.value
    )
    insert into baton.target_version (metric, org_id, period, version, value)
    select w.metric, w.org_id, w.period,
        coalesce((select max(v.version) from baton.target_version v
                  where v.metric = w.metric and v.org_id = w.org_id and v.period = w.period), 0) + 1, w.value
    from written w;
end;
$$;

revoke execute on function baton.metric_falls_below_zero(text) from public;
