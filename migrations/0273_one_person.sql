-- Who approved is asked once more when something is pushed: two logins may have been said to be one person since.

-- As in 0252, and approvals are held against the persons as they are now.
create or replace function baton.push_is_of_a_standing_version() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    v baton.strategy_version;
    stands text;
    dark text;
    words int;
    needed int;
    cost numeric;
    need record;
    same text;
begin
    select * into v from baton.strategy_version s where s.code = new.strategy and s.version = new.version for share;
    stands := v.state;
    if exists (select from baton.strategy_shelf h where h.code = new.strategy) then
        stands := 'archived';
    elsif stands = 'approved' and not baton.strategy_runs(new.strategy) then
        stands := 'paused';
    end if;
    if stands is distinct from 'approved' then
        raise exception using errcode = 'BT004', message = coalesce(stands, 'draft'),
            detail = format('%s v%s', new.strategy, new.version);
    end if;
    -- Looking at the bank as of another day opens no day on which nothing goes out, nor does a bank whose records are behind the clock.
    dark := coalesce(baton.blackout_on(new.as_of), baton.blackout_on((select b.as_of from baton.bank b)), baton.blackout_on(baton.clock_day()));
    if dark is not null and v.during_blackout is null then
        raise exception using errcode = 'BT203', message = 'blackout', detail = dark;
    end if;
    needed := baton.approval_levels(new.strategy, new.version,
        (select f.customers from baton.push_plan p join baton.snapshot f on f.id = p.snapshot_id where p.id = new.plan_id));
    if needed > 1 then
        select count(*) into words from baton.approval_given g
            where g.strategy = new.strategy and g.version = new.version and g.hash = new.hash;
        if words < needed then
            raise exception using errcode = 'BT204', message = 'levels', detail = format('%s v%s', new.strategy, new.version);
        end if;
    end if;
    -- Nobody is declared another person while this is asked.
    perform from baton.operator o
        where o.name in (select s.author from baton.strategy_version s where s.code = new.strategy and s.version <= new.version
                         union select unnest(array[g.approver, g.stands_for]) from baton.approval_given g
                         where g.strategy = new.strategy and g.version = new.version)
        order by o.name for share;
    with word as (
        select g.level, g.approver, array[baton.person_of(g.approver), baton.person_of(g.stands_for)] as persons from baton.approval_given g
        where g.strategy = new.strategy and g.version = new.version and g.level <= needed
    )
    select x.logins into same
    from (select format('%s, %s', a.author, w.approver) as logins
          from (select distinct s.author from baton.strategy_version s where s.code = new.strategy and s.version <= new.version) a
          join word w on baton.person_of(a.author) = any (w.persons)
          union all
          select format('%s, %s', w.approver, l.approver) from word w join word l on l.level > w.level and l.persons && w.persons) x
    order by x.logins limit 1;
    if same is not null then
        raise exception using errcode = 'BT207', message = same, detail = format('%s v%s', new.strategy, new.version);
    end if;
    if v.budget_cap is not null then
        if v.benefit_cost is null then
            raise exception using errcode = 'BT205', message = 'no_price', detail = format('%s v%s', new.strategy, new.version);
        end if;
        cost := baton.benefits_cost(new, v.benefit_cost, v.budget_cap);
        if cost > v.budget_cap then
            raise exception using errcode = 'BT206', message = v.budget_cap::text, detail = trunc(cost)::text;
        end if;
    end if;
    if v.benefit_stock is not null then
        select * into need from baton.benefit_need(new.plan_id);
        if need.needed > v.benefit_stock then
            raise exception using errcode = 'BT214', message = v.benefit_stock::text, detail = format('%s %s', need.needed, need.given);
        end if;
    end if;
    return new;
end;
$$;
