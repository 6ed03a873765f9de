-- A plan of a ratio is a fraction, and is kept to the millionth; and like any other plan it is not below zero where nothing can be.

-- `value` is the whole part, rounded down, for whoever reads nothing else: a plan of 0.85 is 0 and 850,000 millionths. Of a flow or a stock
-- there are none.
alter table baton.target add column millionths int not null default 0 constraint target_millionths check (millionths between 0 and 999999);
alter table baton.target_version add column millionths int not null default 0
    constraint target_version_millionths check (millionths between 0 and 999999);

-- As in 0242, but a plan may have decimals.
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
        ('target', 'metric text not null, org text not null, period text not null, value numeric not null'),
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

-- As in 0323, but of a ratio it asks its numerators and denominators, too; one that is solved out of another metric's formula is made of
-- that metric and what else stands there.
create or replace function baton.metric_falls_below_zero(metric text) returns boolean
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    return (with recursive known as (
        select distinct on (k.code) k.code, k.formula
        from (select l.code, l.formula, 1 as n from load.metric l union all select m.code, m.formula, 2 from baton.metric m) k
        order by k.code, k.formula is null, k.n
    ), named as (
        select k.code, k.formula, w.word as part
        from known k cross join lateral (
            select unnest(regexp_split_to_array(k.formula, '[^[:alnum:]_.]+')) as word
            union select o.code from known o where position('"' || o.code || '"' in k.formula) > 0) w
    ), own as (
        select exists (select from load.metric_fact f where f.metric = metric_falls_below_zero.metric)
            or exists (select from baton.fact_sheet s where s.metric = metric_falls_below_zero.metric)
            or exists (select from known k where k.code = metric_falls_below_zero.metric and k.formula is not null) as stands
    ), parts as (
        select k.code, k.formula from known k where k.code = metric_falls_below_zero.metric
            or not (select stands from own) and exists (select from named n where n.code = k.code and n.part = metric_falls_below_zero.metric)
        union
        select p.code, p.formula from parts r join named n on n.code = r.code join known p on p.code = n.part
    )
    select exists (select from parts p where p.formula ~ '[-−]')
        or exists (select from load.metric_fact f join parts p on p.code = f.metric
                   where least(f.value, f.numerator, f.denominator) < 0)
        or exists (select from baton.fact_sheet s join parts p on p.code = s.metric
                   where 0 > any (s.vals) or 0 > any (s.numerators) or 0 > any (s.denominators))
        or not exists (select from load.metric_fact f join parts p on p.code = f.metric)
            and not exists (select from baton.fact_sheet s join parts p on p.code = s.metric));
end;
$$;

-- As in 0323, with the decimals of a ratio's plan; any other is whole.
create or replace function baton.apply_targets(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if exists (select from load.target l where l.value < 0 and not baton.metric_falls_below_zero(l.metric)) then
        raise exception using errcode = '23514', constraint = 'target_not_below_zero', message = 'a metric that is never below zero';
    end if;
    if exists (select from load.target l left join baton.metric m on m.code = l.metric
               where l.value <> round(l.value, case m.kind when 'ratio' then 6 else 0 end)) then
        raise exception using errcode = '23514', constraint = 'target_decimals', message = 'a plan with more decimals than its metric has';
    end if;
    with written as (
        insert into baton.target as t (metric, org_id, period, value, millionths)
        select l.metric, u.id, l.period, floor(l.value)::bigint, ((l.value - floor(l.value)) * 1000000)::int
        from load.target l join baton.org_unit u on u.code = l.org
        on conflict (metric, org_id, period) do update set value = excluded.value, millionths = excluded.millionths
            where (t.value, t.millionths) <> (excluded.value, excluded.millionths)
        returning t.metric, t.org_id, t.period, t.value, t.millionths
    )
    insert into baton.target_version (metric, org_id, period, version, value, millionths)
    select w.metric, w.org_id, w.period,
        coalesce((select max(v.version) from baton.target_version v
                  where v.metric = w.metric and v.org_id = w.org_id and v.period = w.period), 0) + 1, w.value, w.millionths
    from written w;
end;
$$;
