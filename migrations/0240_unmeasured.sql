-- Three things that a verdict must not pass over in silence: a balance whose days were never loaded, a strategy of which nothing was
-- measured, and a guard that broke after the question was asked.

-- Up to which day the bank's records tell a balance: what people hold goes on until a load says otherwise, so that the days after the
-- last load look like it. Null where nothing tells. Holdings that no load has brought (a restored copy) reach to the last that changed.
create function baton.balance_day(metric text) returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select case
        when balance_day.metric = 'aum' and exists (select from baton.holding) then
            coalesce((select max(r.as_of) from baton.import_run r where (r.loaded ->> 'holding')::bigint > 0),
                (select max(h.day) from baton.holding h where h.day <= (select b.as_of from baton.bank b)))
        when balance_day.metric = 'aum' then
            (select max(r.as_of) from baton.import_run r where (r.loaded ->> 'customer')::bigint > 0)
        else (select a.refreshed_on from baton.attribute a where a.code = balance_day.metric)
    end
$$;
revoke execute on function baton.balance_day(text) from public;
grant execute on function baton.balance_day(text) to baton_operator;

-- As in 0050, and `unfilled` where the balance is all that was declared and its records end before the planned day.
create or replace function baton.review_standing(push bigint) returns text
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    due date;
begin
    select * into p from baton.push u where u.id = review_standing.push;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version;
    due := coalesce(p.as_of + v.review_days, p.deadline + 1);
    return case
        when p.id is null then null
        when exists (select from baton.review r where r.push_id = p.id) then 'closed'
        when least(baton.today(), baton.bank_day()) < due then 'early'
        when v.review_days is null then 'no_success'
        when p.customers < coalesce((v.body::jsonb #>> '{success,min_customers}')::int, 0) then 'small'
        -- The upper thousandth of a chi-square with one degree of freedom; null without a control group.
        when baton.review_chi2(p.id) > 10.827566170662733 then 'mismatch'
        when v.body::jsonb #>> '{success,rule}' is null and baton.balance_day(v.body::jsonb #>> '{success,metric}') < due then 'unfilled'
        when p.control = 0 then 'no_control'
        else 'ready' end;
end;
$$;

alter table baton.review add column unmeasured boolean not null default false;
comment on column baton.review.unmeasured is 'expanded or stopped although nothing that was declared was measured, and said so';

-- As in 0192. The yes to broken guards names them: it covers these and no others, so a guard that breaks, or mends, between the
-- question and the answer is asked again. To expand or to stop what was not measured is said, too.
create function baton.review_close(push bigint, verdict text, remark text, figures jsonb, despite text[], unmeasured boolean)
returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    stands text;
    broken text[] := array(select distinct g #>> '{}' from jsonb_path_query(review_close.figures, '$.guards[*] ? (@.broken == true).name') g order by 1);
    said text[] := array(select distinct s from unnest(review_close.despite) s order by 1);
    past boolean;
    blind boolean;
    done timestamptz;
begin
    perform baton.require_duty('approver');
    select * into p from baton.push u where u.id = review_close.push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = review_close.push::text;
    end if;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version for update;
    stands := baton.review_standing(p.id);
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
    blind := review_close.verdict in ('expand', 'stop') and stands in ('no_success', 'unfilled');
    if blind and review_close.unmeasured is distinct from true then
        raise exception using errcode = 'BT504', message = stands, detail = p.id::text;
    end if;
    insert into baton.review (push_id, verdict, remark, standing, figures, author, despite_guards, unmeasured)
        values (p.id, review_close.verdict, review_close.remark, stands, review_close.figures, v.author, past, blind)
        returning closed_at into done;
    if v.state in ('approved', 'paused') and p.wave = 1
        and not exists (select from baton.push u where u.strategy = p.strategy and u.version = p.version and u.wave = 1 and u.id > p.id)
        and (select count(distinct u.wave) from baton.push u where u.strategy = p.strategy and u.version = p.version) >= v.waves then
        update baton.strategy_version s set state = 'reviewed' where s.code = v.code and s.version = v.version;
    end if;
    perform baton.note('review.close', format('push %s', p.id), jsonb_build_object('strategy', format('%s v%s', p.strategy, p.version),
        'verdict', review_close.verdict, 'standing', stands, 'itt', review_close.figures -> 'itt')
        || case when past then jsonb_build_object('despite_guards', to_jsonb(broken)) else '{}'::jsonb end
        || case when blind then jsonb_build_object('unmeasured', true) else '{}'::jsonb end);
    return done;
end;
$$;

-- What a Baton of before calls. It names no guards, so that its yes covers none: it closes what needs no word, and refuses the rest.
create or replace function baton.review_close(push bigint, verdict text, remark text, figures jsonb, despite_guards boolean default false)
returns timestamptz
language sql security definer set search_path = baton, pg_temp
as $$
    select baton.review_close(review_close.push, review_close.verdict, review_close.remark, review_close.figures, '{}'::text[], false)
$$;

revoke execute on function baton.review_close(bigint, text, text, jsonb, text[], boolean) from public;
grant execute on function baton.review_close(bigint, text, text, jsonb, text[], boolean) to baton_operator;
