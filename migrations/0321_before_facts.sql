-- A finding of a metric is of a day on which the metric had facts: of one before the first of them nothing was seen, as of one that has not
-- come.

-- The first day of a metric's facts; of one that is made of others the first of any metric. Null where there are none.
create function baton.metric_first_day(metric text) returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select coalesce((select min(s.day) from baton.fact_sheet s where s.metric = metric_first_day.metric),
        (select min(s.day) from baton.fact_sheet s))
$$;

-- As in 0291.
create or replace function baton.finding_new(metric text, org text, rule text, from_day date, day date, size bigint, unit text, text text,
    owner text, change jsonb default null)
returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own text := coalesce(finding_new.owner, session_user);
    seen record;
    place int;
    whole int;
    number bigint;
    defined int;
begin
    perform baton.require_duty('strategist');
    if finding_new.metric is not null and not exists (select from baton.metric m where m.code = finding_new.metric) then
        raise exception using errcode = 'BT003', message = 'metric', detail = finding_new.metric;
    end if;
    if finding_new.metric is not null then
        select coalesce(max(d.version), 0) into defined from baton.metric_definition d where d.metric = finding_new.metric;
    end if;
    if greatest(finding_new.day, finding_new.from_day) > (select b.as_of from baton.bank b) then
        raise exception using errcode = '23514', constraint = 'finding_to_come', message = 'the bank has not come to that day',
            detail = greatest(finding_new.day, finding_new.from_day)::text;
    end if;
    if finding_new.metric is not null and least(finding_new.day, finding_new.from_day) < baton.metric_first_day(finding_new.metric) then
        raise exception using errcode = '23514', constraint = 'finding_before_facts', message = 'the metric had no facts by that day',
            detail = baton.metric_first_day(finding_new.metric)::text;
    end if;
    select u.id into place from baton.org_unit u where u.code = finding_new.org;
    if place is null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = coalesce(finding_new.org, '');
    end if;
    if not exists (select from baton.operator o where o.name = own) then
        raise exception using errcode = 'BT003', message = 'operator', detail = own;
    end if;
    select * into seen from jsonb_to_record(coalesce(finding_new.change, '{}')) as c (compare text, "on" date, from_start date,
        to_start date, "at" text, "by" text, method text, part text);
    if seen."at" is not null then
        select u.id into whole from baton.org_unit u where u.code = seen."at";
        if whole is null then
            raise exception using errcode = 'BT003', message = 'org_unit', detail = seen."at";
        end if;
    end if;
    insert into baton.finding (source, metric, org_id, rule, from_day, day, size, unit, text, owner, compare, compared_on, from_start,
            to_start, split_at, split_by, method, part, metric_version)
        values ('operator', finding_new.metric, place, finding_new.rule, finding_new.from_day, finding_new.day, finding_new.size,
            finding_new.unit, finding_new.text, own, seen.compare, seen."on", seen.from_start, seen.to_start, whole, seen."by", seen.method,
            seen.part, defined)
        returning id into number;
    perform baton.note('finding.new', number::text, jsonb_build_object('metric', finding_new.metric, 'org', finding_new.org,
        'rule', finding_new.rule, 'from', finding_new.from_day, 'day', finding_new.day, 'size', finding_new.size, 'unit', finding_new.unit,
        'text', finding_new.text, 'owner', own, 'change', finding_new.change));
    return number;
end;
$$;

revoke execute on function baton.metric_first_day(text) from public;
grant execute on function baton.metric_first_day(text) to baton_operator;
