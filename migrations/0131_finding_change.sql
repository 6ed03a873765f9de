-- A finding keeps the change that it was noted from, so that opening it shows that change and no other: over which days both values
-- were taken, held against what, and which part of which unit's change it was. What was noted before has none of it.

alter table baton.finding
    add column compare text constraint finding_compare check (compare in ('prev', 'yoy', 'ytd', 'plan')),
    add column compared_on date,        -- the day that was held against that
    add column from_start date,         -- where the earlier value is of a period, its first day; its last is `from_day`
    add column to_start date,           -- where the later value is of a period, its first day; its last is `day`
    add column split_at int references baton.org_unit, -- whose change was taken apart; null is the whole bank
    add column split_by text,           -- over what; null where it was not taken apart
    add column method text,             -- by which method; null is the one that fits
    add column part text,               -- the row that was noted: a unit, a factor, a group of customers
    drop constraint finding_period,
    -- The period of a plan may go on after the day that is held against it.
    add constraint finding_period check (from_day <= day or compare is not distinct from 'plan'),
    add constraint finding_compared check ((compare is null) = (compared_on is null)),
    add constraint finding_starts check (from_start <= from_day and to_start <= day),
    add constraint finding_split check (split_by is not null or (method is null and part is null));

-- As before, with the change beside it: {"compare", "on", "from_start", "to_start", "at", "by", "method", "part"}.
drop function baton.finding_new(text, text, text, date, date, bigint, text, text, text);
create function baton.finding_new(metric text, org text, rule text, from_day date, day date, size bigint, unit text, text text, owner text,
    change jsonb default null)
returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own text := coalesce(finding_new.owner, session_user);
    seen record;
    place int;
    whole int;
    number bigint;
begin
    perform baton.require_duty('strategist');
    if finding_new.metric is not null and not exists (select from baton.metric m where m.code = finding_new.metric) then
        raise exception using errcode = 'BT003', message = 'metric', detail = finding_new.metric;
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
            to_start, split_at, split_by, method, part)
        values ('operator', finding_new.metric, place, finding_new.rule, finding_new.from_day, finding_new.day, finding_new.size,
            finding_new.unit, finding_new.text, own, seen.compare, seen."on", seen.from_start, seen.to_start, whole, seen."by", seen.method,
            seen.part)
        returning id into number;
    perform baton.note('finding.new', number::text, jsonb_build_object('metric', finding_new.metric, 'org', finding_new.org,
        'rule', finding_new.rule, 'from', finding_new.from_day, 'day', finding_new.day, 'size', finding_new.size, 'unit', finding_new.unit,
        'text', finding_new.text, 'owner', own, 'change', finding_new.change));
    return number;
end;
$$;
revoke execute on function baton.finding_new from public;
grant execute on function baton.finding_new to baton_operator;
