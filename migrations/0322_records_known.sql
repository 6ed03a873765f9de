-- A verdict must not pass over in silence what was not loaded, be it events (0290) or anything else that a success or a guard is asked of:
-- what people hold, the customers' records, and the bank's own marts. Each is known up to a day.

-- Up to which day the bank's records tell what people hold; null where nothing held was ever loaded.
create function baton.holding_day() returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select case when exists (select from baton.holding) then baton.balance_day('aum') end
$$;

-- Up to which day the customers' own records (balance, tier, manager) are loaded; a restored copy is of the bank's day.
create function baton.customer_day() returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select coalesce((select max(r.as_of) from baton.import_run r where (r.loaded ->> 'customer')::bigint > 0),
        (select b.as_of from baton.bank b))
$$;

-- The last day that counts of a rule which is asked from a push on: the longest window that it names, at most the planned day. It is read as
-- text here, as in 0290.
create function baton.rule_until(rule text, pushed date, due date) returns date
language sql stable set search_path = baton, pg_temp
as $$
    with windows as (
        select w.text[1] as text from regexp_matches(rule_until.rule, 'interval\s*''([^'']*)''', 'gi') as w (text)
    )
    select case
        when not exists (select from windows) or exists (
            select from windows w where w.text !~* '^\s*([0-9]{1,4}\s*(day|week|month|year)s?\s*)+$') then rule_until.due
        else least(rule_until.due, (select max(rule_until.pushed + w.text::interval)::date from windows w)) end
$$;

-- The names in a rule. What stands in quotation marks is a value and no name.
create function baton.rule_names(rule text) returns text[]
language sql stable set search_path = baton, pg_temp
as $$
    select array(select distinct w.word[1] from regexp_matches(regexp_replace(rule_names.rule, '''[^'']*''', ' ', 'g'),
        '([[:alpha:]_][[:alnum:]_]*)', 'g') as w (word))
$$;

-- The day of the oldest of the bank's own marts whose attributes a rule names, as it was measured last, before all days where nobody says of
-- which day one is; null where it names none.
create function baton.rule_marts_day(rule text) returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select min(coalesce(a.refreshed_on, '-infinity')) from baton.attribute a
    where a.schema_name <> 'baton' and a.code = any (baton.rule_names(rule_marts_day.rule))
$$;

-- Up to which day the customers' records are loaded that a rule names: balance, tier, manager, or attributes that imports fill; null where it
-- names none, or nobody says.
create function baton.rule_records_day(rule text) returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select least((select min(a.refreshed_on) from baton.attribute a
                  where a.schema_name = 'baton' and a.code = any (baton.rule_names(rule_records_day.rule))),
        case when baton.rule_names(rule_records_day.rule) && array['rm', 'aum', 'no_contact', 'tier'] then baton.customer_day() end)
$$;

-- As in 0290. `unfilled` also where the success is asked of what people hold, or of a mart, and these end before the last day that counts.
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
        when rule ~* '\m(holds|product_count|balance|change|falling|tier_moved|drift)\s*\('
            and coalesce(baton.holding_day(), '-infinity') < baton.rule_until(rule, p.as_of, due) then 'unfilled'
        when least(baton.rule_marts_day(rule), baton.rule_records_day(rule)) < baton.rule_until(rule, p.as_of, due) then 'unfilled'
        when p.control = 0 then 'no_control'
        else 'ready' end;
end;
$$;

-- As in 0290, and what the figures say of all records of a rule that were not loaded holds beside what the database knows by itself.
create or replace function baton.review_close(push bigint, verdict text, remark text, figures jsonb, despite text[], unmeasured boolean, despite_size boolean)
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
    if stands in ('ready', 'no_control') and jsonb_path_exists(review_close.figures, '$.notes[*] ? (@.note like_regex "^(events|holdings|customers|mart)_unfilled$")') then
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

revoke execute on function baton.holding_day(), baton.customer_day(), baton.rule_until(text, date, date), baton.rule_names(text),
    baton.rule_marts_day(text), baton.rule_records_day(text) from public;
grant execute on function baton.holding_day(), baton.customer_day() to baton_operator;
