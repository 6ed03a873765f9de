-- What is kept of a metric and of a finding is what the bank can have: records that add up to what the metric counts, and days that have come.

-- As in 0230. Balances add up to money, customers to what is counted, and neither to a ratio.
create or replace function baton.metric_define(metric text, text text, owner text, closing text, workdays bool, measure text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    known baton.metric;
    latest baton.metric_definition;
begin
    perform baton.require_duty('loader');
    select * into known from baton.metric m where m.code = metric_define.metric for update;
    if known.code is null then
        raise exception using errcode = 'BT003', message = 'metric', detail = metric_define.metric;
    end if;
    if metric_define.measure like 'holdings:%'
        and not exists (select from baton.product p where p.class = substr(metric_define.measure, 10)) then
        raise exception using errcode = 'BT003', message = 'product_class', detail = substr(metric_define.measure, 10);
    end if;
    if metric_define.measure is not null and (known.kind = 'ratio' or (known.unit is not distinct from 'money') <> (metric_define.measure <> 'customers')) then
        raise exception using errcode = '23514', constraint = 'metric_measure_fits', message = 'that is not what it counts';
    end if;
    if (metric_define.closing = 'average' or metric_define.workdays) and baton.metric_is_of_parts(known.code, known.formula) then
        raise exception using errcode = '23514', constraint = 'metric_days_of_parts', message = 'its parts say over which days';
    end if;
    if metric_define.closing = 'average' and known.kind = 'flow'
        and not exists (select from baton.fact_sheet s where s.metric = known.code and s.numerators is not null) then
        raise exception using errcode = '23514', constraint = 'metric_flow_is_summed', message = 'a flow is summed';
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

-- As in 0241. What was found was seen by then: of a day that has not come nothing was.
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
