-- What metrics mean, what was restated, and the targets as they were.

-- ---- definitions (口径) -----------------------------------------------------------------------------------

-- A version stays as it was written; the latest is what holds.
create table baton.metric_definition (
    metric text not null references baton.metric,
    version int not null,
    text text not null constraint metric_definition_text check (text ~ '[^[:space:]]'),
    owner text not null constraint metric_definition_owner check (owner ~ '[^[:space:]]'),
    closing text not null constraint metric_closing check (closing in ('end', 'average')),
    workdays bool not null,
    -- What of customers' records adds up to it: holdings, holdings:CLASS or customers; null if nothing does.
    measure text constraint metric_measure check (measure ~ '^(holdings(:[^[:space:]]+)?|customers)$'),
    written_by text not null default session_user,
    written_on date not null default baton.today(),
    written_at timestamptz not null default clock_timestamp(),
    primary key (metric, version)
);
create trigger metric_definition_is_append_only before update or delete or truncate on baton.metric_definition
    for each statement execute function baton.refuse_change();

-- Saves what a metric means as its next version, and gives its number; what stands there already stays as it is.
create function baton.metric_define(metric text, text text, owner text, closing text, workdays bool, measure text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.metric_definition;
begin
    perform baton.require_duty('loader');
    perform from baton.metric m where m.code = metric_define.metric for update;
    if not found then
        raise exception using errcode = 'BT003', message = 'metric', detail = metric_define.metric;
    end if;
    select * into latest from baton.metric_definition d where d.metric = metric_define.metric order by d.version desc limit 1;
    if (latest.text, latest.owner, latest.closing, latest.workdays) = (metric_define.text, metric_define.owner, metric_define.closing, metric_define.workdays)
        and latest.measure is not distinct from metric_define.measure then
        return latest.version;
    end if;
    insert into baton.metric_definition (metric, version, text, owner, closing, workdays, measure)
        values (metric_define.metric, coalesce(latest.version, 0) + 1, metric_define.text, metric_define.owner, metric_define.closing,
            metric_define.workdays, metric_define.measure);
    perform baton.note('metric.define', format('%s v%s', metric_define.metric, coalesce(latest.version, 0) + 1),
        jsonb_build_object('text', metric_define.text, 'owner', metric_define.owner, 'closing', metric_define.closing,
            'workdays', metric_define.workdays, 'measure', metric_define.measure));
    return coalesce(latest.version, 0) + 1;
end;
$$;

-- Days that are not what their weekday says: of the bank's calendar, if it has one.
create function baton.exceptional_days() returns table (day date, works bool)
language plpgsql stable set search_path = baton, pg_temp
as $$
begin
    if to_regclass('baton.calendar') is not null then
        return query execute 'select c.day, c.kind = ''working'' from baton.calendar c';
    end if;
end;
$$;

-- ---- restated facts ---------------------------------------------------------------------------------------

-- A fact that stood already and that a later load says otherwise: one row for each metric, day and load.
create table baton.fact_restated (
    metric text not null references baton.metric,
    day date not null,
    at timestamptz not null default clock_timestamp(),
    loaded_on date not null default baton.today(),
    units int[] not null,               -- the units' ids, in ascending order
    change bigint not null,             -- of the values, or of the numerators, over all of them
    primary key (metric, day, at)
);

-- Facts by their key, a partition for each month.
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
end;
$$;

-- ---- targets ----------------------------------------------------------------------------------------------

-- Every target as it was written, each change a version.
create table baton.target_version (
    metric text not null references baton.metric,
    org_id int not null references baton.org_unit,
    period text not null,
    version int not null,
    value bigint not null,
    written_by text not null default session_user,
    written_at timestamptz not null default clock_timestamp(),
    primary key (metric, org_id, period, version)
);
insert into baton.target_version (metric, org_id, period, version, value)
    select t.metric, t.org_id, t.period, 1, t.value from baton.target t;
create trigger target_version_is_append_only before update or delete or truncate on baton.target_version
    for each statement execute function baton.refuse_change();

create or replace function baton.apply_targets(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
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

grant select on baton.metric_definition, baton.fact_restated, baton.target_version to baton_operator;
revoke execute on function baton.metric_define, baton.exceptional_days, baton.apply_facts, baton.apply_targets from public;
grant execute on function baton.metric_define, baton.exceptional_days to baton_operator;
