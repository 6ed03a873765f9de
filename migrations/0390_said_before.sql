-- What the table of pushes asks, and what a plan says beforehand, are one list: a wall that is added to it is said, too.

-- What a row of `baton.push` is refused for, in the order in which it is asked. Each is as the refusal will be: code, message, detail.
create function baton.push_walls(of_push baton.push) returns table (code text, message text, detail text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    v baton.strategy_version;
    stands text;
    words int;
    needed int;
    cost numeric;
    need record;
    whole text := format('%s v%s', of_push.strategy, of_push.version);
begin
    select * into v from baton.strategy_version s where s.code = of_push.strategy and s.version = of_push.version;
    stands := v.state;
    if exists (select from baton.strategy_shelf h where h.code = of_push.strategy) then
        stands := 'archived';
    elsif stands = 'approved' and not baton.strategy_runs(of_push.strategy) then
        stands := 'paused';
    end if;
    if stands is distinct from 'approved' then
        return query select 'BT004', coalesce(stands, 'draft'), whole;
    end if;
    -- Looking at the bank as of another day opens no day on which nothing goes out, nor does a bank whose records are behind the clock.
    detail := coalesce(baton.blackout_on(of_push.as_of), baton.blackout_on(baton.bank_day()), baton.blackout_on(baton.clock_day()));
    if detail is not null and v.during_blackout is null then
        return query select 'BT203', 'blackout', push_walls.detail;
    end if;
    needed := baton.approval_levels(of_push.strategy, of_push.version,
        (select f.customers from baton.push_plan p join baton.snapshot f on f.id = p.snapshot_id where p.id = of_push.plan_id));
    if needed > 1 then
        select count(*) into words from baton.approval_given g
            where g.strategy = of_push.strategy and g.version = of_push.version and g.hash = of_push.hash;
        if words < needed then
            return query select 'BT204', 'levels', whole;
        end if;
    end if;
    return query
        with word as (
            select g.level, g.approver, array[baton.person_of(g.approver), baton.person_of(g.stands_for)] as persons from baton.approval_given g
            where g.strategy = of_push.strategy and g.version = of_push.version and g.level <= needed
        )
        select 'BT207', x.logins, whole
        from (select format('%s, %s', a.author, w.approver) as logins
              from (select distinct s.author from baton.strategy_version s where s.code = of_push.strategy and s.version <= of_push.version) a
              join word w on baton.person_of(a.author) = any (w.persons)
              union all
              select format('%s, %s', w.approver, l.approver) from word w join word l on l.level > w.level and l.persons && w.persons) x
        order by x.logins limit 1;
    if v.budget_cap is not null then
        if v.benefit_cost is null then
            return query select 'BT205', 'no_price', whole;
        else
            cost := baton.benefits_cost(of_push, v.benefit_cost, v.budget_cap);
            if cost > v.budget_cap then
                return query select 'BT206', v.budget_cap::text, trunc(cost)::text;
            end if;
        end if;
    end if;
    if v.benefit_stock is not null then
        select * into need from baton.benefit_need(of_push.plan_id);
        if need.needed > v.benefit_stock then
            return query select 'BT214', v.benefit_stock::text, format('%s %s', need.needed, need.given);
        end if;
    end if;
end;
$$;

-- As in 0273; what is asked stands in `push_walls`, and the locks under which it is asked are here.
create or replace function baton.push_is_of_a_standing_version() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    wall record;
begin
    perform from baton.strategy_version s where s.code = new.strategy and s.version = new.version for share;
    -- Nobody is declared another person while this is asked.
    perform from baton.operator o
        where o.name in (select s.author from baton.strategy_version s where s.code = new.strategy and s.version <= new.version
                         union select unnest(array[g.approver, g.stands_for]) from baton.approval_given g
                         where g.strategy = new.strategy and g.version = new.version)
        order by o.name for share;
    select w.code, w.message, w.detail into wall from baton.push_walls(new) w limit 1;
    if wall.code is not null then
        raise exception using errcode = wall.code, message = wall.message, detail = wall.detail;
    end if;
    return new;
end;
$$;

-- As in 0362; what the table of pushes asks comes from there, asked as of the day on which the plan is looked at, for it is pushed as of
-- that day and not as of its own. A plan that was made as of a later day than the bank's is held against the bank's own, as its push will
-- be. The budget (BT206) is left out: `plan_cost` says it, with how far it reaches.
drop function baton.plan_walls(bigint);
create function baton.plan_walls(plan bigint) returns table (code text, message text, detail text, hint text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    s baton.strategy_version;
    as_push baton.push;
    own_day date := least(baton.today(), baton.bank_day());
begin
    select * into p from baton.push_plan k where k.id = plan_walls.plan and k.home is not null;
    if p.id is null then
        return;
    end if;
    select * into s from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    begin
        perform baton.require_due(s, p.wave, own_day);
    exception when sqlstate 'BT211' then
        get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail;
        return next;
    end;
    if p.as_of > own_day then
        begin
            perform baton.plan_still_holds(p, p.wave, own_day);
        exception when sqlstate 'BT006' then
            get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
            return next;
        end;
    end if;
    as_push.id := 9223372036854775807;
    as_push.strategy := p.strategy;
    as_push.version := p.version;
    as_push.hash := p.hash;
    as_push.home := p.home;
    as_push.plan_id := p.id;
    as_push.as_of := baton.today();
    as_push.treated := p.treated;
    return query select w.code, w.message, w.detail, null::text from baton.push_walls(as_push) w where w.code <> 'BT206';
end;
$$;
revoke execute on function baton.push_walls, baton.plan_walls from public;
grant execute on function baton.plan_walls to baton_operator;
