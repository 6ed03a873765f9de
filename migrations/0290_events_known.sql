-- What a verdict must not pass over in silence, further: events that nobody loaded, and an arm too small to show anything. And a review of
-- an earlier day knows what was known then.

-- The session's day where it lies before the bank's own: then the past is looked at. Null otherwise, so that what came in since the last
-- load counts.
create function baton.looked_back() returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select baton.today() where baton.today() < baton.bank_day()
$$;

-- The first moment after that day, by the bank's clocks; null where the past is not looked at.
create function baton.looked_back_until() returns timestamptz
language sql stable security definer set search_path = baton, pg_temp
as $$
    select (baton.looked_back() + 1)::timestamp at time zone (select b.timezone from baton.bank b)
$$;

-- Up to which day the bank's records tell what customers did: the day of the last load that brought events, be it that nothing had
-- happened, since a quiet kind of event is not one that was not loaded. Events that no load has brought (a restored copy) reach to the last
-- of them. Null where there are none.
create function baton.event_day() returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select coalesce((select max(r.as_of) from baton.import_run r where r.loaded ? 'event'),
        (select (max(e.at) at time zone (select b.timezone from baton.bank b))::date from baton.event e))
$$;

-- The last day whose events a rule asks for, if it is asked from a push on: the longest window that it names, at most the planned day; null
-- where it asks for none. It is read as text here, for the database knows no rules; what that does not see (a segment that the rule names)
-- stands in the figures that come with a verdict.
create function baton.rule_events_until(rule text, pushed date, due date) returns date
language sql stable set search_path = baton, pg_temp
as $$
    with windows as (
        select w.text[1] as text from regexp_matches(rule_events_until.rule, 'interval\s*''([^'']*)''', 'gi') as w (text)
    )
    select case
        when coalesce(rule_events_until.rule, '') !~* '\m(events|sum_events|first_event|last_event|followed_by)\s*\(' then null
        when not exists (select from windows) or exists (
            select from windows w where w.text !~* '^\s*([0-9]{1,4}\s*(day|week|month|year)s?\s*)+$') then rule_events_until.due
        else least(rule_events_until.due, (select max(rule_events_until.pushed + w.text::interval)::date from windows w)) end
$$;

-- As in 0240. `unfilled` also where the success is asked of events that were not loaded up to the last day that counts; and `closed` on an
-- earlier day is what was closed by then.
create or replace function baton.review_standing(push bigint) returns text
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    due date;
    rule text;
begin
    select * into p from baton.push u where u.id = review_standing.push;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version;
    due := coalesce(p.as_of + v.review_days, p.deadline + 1);
    rule := v.body::jsonb #>> '{success,rule}';
    return case
        when p.id is null then null
        when exists (select from baton.review r where r.push_id = p.id and r.as_of <= coalesce(baton.looked_back(), r.as_of)) then 'closed'
        when least(baton.today(), baton.bank_day()) < due then 'early'
        when v.review_days is null then 'no_success'
        when p.customers < coalesce((v.body::jsonb #>> '{success,min_customers}')::int, 0) then 'small'
        -- The upper thousandth of a chi-square with one degree of freedom; null without a control group.
        when baton.review_chi2(p.id) > 10.827566170662733 then 'mismatch'
        when rule is null and baton.balance_day(v.body::jsonb #>> '{success,metric}') < due then 'unfilled'
        when baton.rule_events_until(rule, p.as_of, due) > coalesce(baton.event_day(), '-infinity') then 'unfilled'
        when p.control = 0 then 'no_control'
        else 'ready' end;
end;
$$;

-- Fewer customers in an arm show next to nothing, however many are in the other: four times in five only what is some twenty points from
-- a half (2.8 times the root of 0.25 / 50), by the normal approximation.
create function baton.review_least() returns int
language sql immutable
return 50;

alter table baton.review add column despite_size boolean not null default false;
comment on column baton.review.despite_size is 'expanded or stopped although an arm has fewer customers than baton.review_least(), and said so';

-- As in 0240. To conclude from an arm that is too small is said, too; branches that were drawn as a whole are not customers, and have a
-- least number of their own. What the figures say of the events of a rule or a guard that were not loaded holds beside what the database
-- knows by itself.
create function baton.review_close(push bigint, verdict text, remark text, figures jsonb, despite text[], unmeasured boolean, despite_size boolean)
returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    stands text;
    broken text[] := array(select distinct g #>> '{}' from jsonb_path_query(review_close.figures, '$.guards[*] ? (@.broken == true).name') g order by 1);
    said text[] := array(select distinct s from unnest(review_close.despite) s order by 1);
    concludes boolean := review_close.verdict in ('expand', 'stop');
    past boolean;
    blind boolean;
    small boolean;
    done timestamptz;
begin
    perform baton.require_duty('approver');
    select * into p from baton.push u where u.id = review_close.push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = review_close.push::text;
    end if;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version for update;
    stands := baton.review_standing(p.id);
    if stands in ('ready', 'no_control') and jsonb_path_exists(review_close.figures, '$.notes[*] ? (@.note == "events_unfilled")') then
        stands := 'unfilled';
    end if;
    if stands not in ('ready', 'no_control', 'no_success', 'unfilled') then
        raise exception using errcode = 'BT501', message = stands, detail = p.id::text;
    end if;
    if (figures ->> 'push')::bigint is distinct from p.id
        or (figures #>> '{arms,treated,n}')::bigint is distinct from p.treated
        or (figures #>> '{arms,control,n}')::bigint is distinct from p.control then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    if v.control_by = 'branch' and coalesce(figures #>> '{itt,method}', 'welch-branch') <> 'welch-branch' then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    past := review_close.verdict = 'expand' and cardinality(broken) > 0;
    if review_close.verdict = 'expand' and broken <> said then
        raise exception using errcode = 'BT503', message = 'guards', detail = array_to_string(broken, ', ');
    end if;
    blind := concludes and stands in ('no_success', 'unfilled')
        or review_close.verdict = 'expand' and jsonb_path_exists(review_close.figures, '$.guards[*] ? (@.unknown == true)');
    if blind and review_close.unmeasured is distinct from true then
        raise exception using errcode = 'BT504', message = case stands when 'no_success' then stands else 'unfilled' end, detail = p.id::text;
    end if;
    small := concludes and stands = 'ready' and v.control_by is distinct from 'branch' and least(p.treated, p.control) < baton.review_least();
    if small and review_close.despite_size is distinct from true then
        raise exception using errcode = 'BT505', message = 'size', detail = least(p.treated, p.control)::text;
    end if;
    insert into baton.review (push_id, verdict, remark, standing, figures, author, despite_guards, unmeasured, despite_size)
        values (p.id, review_close.verdict, review_close.remark, stands, review_close.figures, v.author, past, blind, small)
        returning closed_at into done;
    if v.state in ('approved', 'paused') and p.wave = 1
        and not exists (select from baton.push u where u.strategy = p.strategy and u.version = p.version and u.wave = 1 and u.id > p.id)
        and (select count(distinct u.wave) from baton.push u where u.strategy = p.strategy and u.version = p.version) >= v.waves then
        update baton.strategy_version s set state = 'reviewed' where s.code = v.code and s.version = v.version;
    end if;
    perform baton.note('review.close', format('push %s', p.id), jsonb_build_object('strategy', format('%s v%s', p.strategy, p.version),
        'verdict', review_close.verdict, 'standing', stands, 'itt', review_close.figures -> 'itt')
        || case when past then jsonb_build_object('despite_guards', to_jsonb(broken)) else '{}'::jsonb end
        || case when blind then jsonb_build_object('unmeasured', true) else '{}'::jsonb end
        || case when small then jsonb_build_object('despite_size', least(p.treated, p.control)) else '{}'::jsonb end);
    return done;
end;
$$;

-- What a Baton of before calls. It knows nothing of sizes, so that what needs that word is refused.
create or replace function baton.review_close(push bigint, verdict text, remark text, figures jsonb, despite text[], unmeasured boolean)
returns timestamptz
language sql security definer set search_path = baton, pg_temp
as $$
    select baton.review_close(review_close.push, review_close.verdict, review_close.remark, review_close.figures, review_close.despite,
        review_close.unmeasured, false)
$$;

-- A verdict is kept with figures of the whole bank, branch by branch: they are for who sees the whole bank. Who has a unit is told of his own
-- customers, measured anew.
alter table baton.review enable row level security;
create policy whole_bank on baton.review for select to baton_operator using ((select baton.sees_all()));

revoke execute on function baton.looked_back(), baton.looked_back_until(), baton.event_day(), baton.rule_events_until(text, date, date),
    baton.review_least(), baton.review_close(bigint, text, text, jsonb, text[], boolean, boolean) from public;
grant execute on function baton.looked_back(), baton.looked_back_until(), baton.event_day(), baton.review_least(),
    baton.review_close(bigint, text, text, jsonb, text[], boolean, boolean) to baton_operator;
