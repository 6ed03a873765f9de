-- Reviews: whether one may be closed, and what it said when it was.

-- A push's review, as it was closed: never changed, so that what was decided can be read beside what was known.
create table baton.review (
    push_id bigint primary key references baton.push,
    verdict text not null constraint review_verdict check (verdict in ('expand', 'adjust', 'stop')),
    remark text not null constraint review_remark check (remark ~ '[^[:space:]]' and char_length(remark) <= 4000),
    standing text not null,             -- ready, no_control or no_success
    figures jsonb not null constraint review_figures check (jsonb_typeof(figures) = 'object'),
    uplift_ppm int generated always as (round((figures #>> '{itt,estimate}')::numeric * 1000000)::int) stored,
    as_of date not null default baton.today(),
    author text not null,               -- of the version that was pushed
    closed_by text not null default session_user,
    closed_at timestamptz not null default clock_timestamp(),
    -- Whoever wrote a strategy would mark his own work.
    constraint review_not_by_author check (closed_by <> author)
);
grant select on baton.review to baton_operator;
create trigger review_is_append_only before update or delete or truncate on baton.review
    for each statement execute function baton.refuse_change();
-- Who sees a part of the customers has measured a part of them.
create trigger review_of_the_whole_bank before insert on baton.review
    for each statement execute function baton.refuse_part();

-- Pearson's chi-square of a push's frozen list against the draw: in each unit as many are left alone as the share says,
-- rounded half up. Null where nobody was to be left alone, or everybody.
create function baton.review_chi2(push bigint) returns double precision
language sql stable security definer set search_path = baton, pg_temp
as $$
    with units as (
        select m.org_id, count(*) as customers, count(*) filter (where m.arm = 'control') as control, v.control_ppm
        from baton.push p
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm is not null
        where p.id = $1 group by m.org_id, v.control_ppm
    ), arms as (
        select sum(u.customers) as n, sum(u.control) as control, sum(baton.control_of(u.control_ppm, u.customers)) as planned
        from units u
    )
    select case when a.planned > 0 and a.planned < a.n
        then power(a.control - a.planned, 2) / a.planned + power(a.control - a.planned, 2) / (a.n - a.planned) end
    from arms a;
$$;

-- Where the review of a push stands: `closed`; `early` before its planned day, by the bank's own calendar; `small` if the
-- list is shorter than the strategy wants; `mismatch` if the arms are not those of the draw (p < .001); `no_success` if
-- nothing was declared to be measured, `no_control` if nobody was left alone, else `ready`. Null for no push.
create function baton.review_standing(push bigint) returns text
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
begin
    select * into p from baton.push u where u.id = review_standing.push;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version;
    return case
        when p.id is null then null
        when exists (select from baton.review r where r.push_id = p.id) then 'closed'
        when least(baton.today(), baton.bank_day()) < coalesce(p.as_of + v.review_days, p.deadline + 1) then 'early'
        when v.review_days is null then 'no_success'
        when p.customers < coalesce((v.body::jsonb #>> '{success,min_customers}')::int, 0) then 'small'
        when p.control = 0 then 'no_control'
        -- The upper thousandth of a chi-square with one degree of freedom.
        when baton.review_chi2(p.id) > 10.827566170662733 then 'mismatch'
        else 'ready' end;
end;
$$;

-- Closes the review of a push with a verdict, the words to it and all figures as they were. The version is reviewed with the
-- last of its pushes, if all of its waves are out.
create function baton.review_close(push bigint, verdict text, remark text, figures jsonb) returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    stands text;
    done timestamptz;
begin
    perform baton.require_duty('approver');
    select * into p from baton.push u where u.id = review_close.push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = review_close.push::text;
    end if;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version for update;
    stands := baton.review_standing(p.id);
    if stands not in ('ready', 'no_control', 'no_success') then
        raise exception using errcode = 'BT501', message = stands, detail = p.id::text;
    end if;
    if (figures ->> 'push')::bigint is distinct from p.id
        or (figures #>> '{arms,treated,n}')::bigint is distinct from p.treated
        or (figures #>> '{arms,control,n}')::bigint is distinct from p.control then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    insert into baton.review (push_id, verdict, remark, standing, figures, author)
        values (p.id, review_close.verdict, review_close.remark, stands, review_close.figures, v.author)
        returning closed_at into done;
    if v.state in ('approved', 'paused')
        and not exists (select from baton.push u where u.strategy = p.strategy and u.version = p.version and u.id > p.id)
        and (select count(*) from baton.push u where u.strategy = p.strategy and u.version = p.version) >= v.waves then
        update baton.strategy_version s set state = 'reviewed' where s.code = v.code and s.version = v.version;
    end if;
    perform baton.note('review.close', format('push %s', p.id), jsonb_build_object('strategy', format('%s v%s', p.strategy, p.version),
        'verdict', review_close.verdict, 'standing', stands, 'itt', review_close.figures -> 'itt'));
    return done;
end;
$$;

revoke execute on function baton.review_chi2, baton.review_standing, baton.review_close from public;
grant execute on function baton.review_standing, baton.review_close to baton_operator;
