-- A finding is of a metric as it was defined when it was noted: its version is kept, so that one that was defined anew since can say so.
-- 0 is a metric that nobody had defined; what was noted before has none. And one of something that was not measured has no size: a zero
-- would tell that nothing moved.
alter table baton.finding
    add column metric_version int,
    drop constraint finding_unit,
    add constraint finding_unit check (unit in ('customers', 'money', 'number', 'ppm', 'points', 'unmeasured')),
    add constraint finding_unmeasured check (unit <> 'unmeasured' or size = 0);

-- As in 0131, and with it.
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
