-- Keeping the homes of lists few: plans that were never pushed are forgotten, the lists of pushes that have ended are
-- merged, and what nobody needs any more is dropped. Each is short, or touches nothing that anybody reads.

-- Takes a relation of left rows away. Whoever reads lists is waited for, but not for long: those behind would wait too.
create function baton.home_drop(home bigint) returns bool
language plpgsql set search_path = baton, pg_temp set lock_timeout = '300ms'
as $$
begin
    execute format('drop table baton.%I', 'plan_member_' || home);
    delete from baton.plan_home h where h.home = home_drop.home;
    return true;
exception when lock_not_available then
    return false;
end;
$$;

-- Forgets these plans, but for those that were pushed, and gives how many. The list goes; that there was a plan stays.
create function baton.plan_forget(plans bigint[]) returns int
language plpgsql set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    n int := 0;
begin
    for p in select * from baton.push_plan k where k.id = any (plans) and k.home is not null
        order by k.id for update skip locked
    loop
        -- Asked again under the row's lock, which an apply holds until it is done.
        continue when exists (select from baton.push u where u.plan_id = p.id);
        update baton.push_plan k set home = null where k.id = p.id;
        if p.home = 0 then
            delete from baton.plan_member_0 m where m.plan_id = p.id;
        else
            update baton.plan_home h set left_at = clock_timestamp() where h.home = p.home;
            perform baton.home_drop(p.home);
        end if;
        perform baton.note('push.forget', format('%s v%s', p.strategy, p.version), jsonb_build_object('plan', p.id));
        n := n + 1;
    end loop;
    return n;
end;
$$;

-- The caller's own plans of a strategy that were never pushed: the next one takes their place.
create function baton.push_plan_forget(strategy text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    return baton.plan_forget(array(select p.id from baton.push_plan p
        where p.strategy = push_plan_forget.strategy and p.planned_by = session_user and p.home is not null
            and not exists (select from baton.push u where u.plan_id = p.id)));
end;
$$;

-- How long a plan may wait for its push, and a home that was left for those who still read it.
create function baton.plan_kept() returns interval
language sql immutable set search_path = baton, pg_temp
as $$ select interval '7 days'; $$;
create function baton.home_kept() returns interval
language sql immutable set search_path = baton, pg_temp
as $$ select interval '1 hour'; $$;

-- Forgets old plans and drops homes that were left; gives how many of both.
create function baton.push_sweep() returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    left_home bigint;
    n int;
begin
    perform baton.require_duty('loader');
    n := baton.plan_forget(array(select p.id from baton.push_plan p
        where p.planned_at < clock_timestamp() - baton.plan_kept() and p.home is not null
            and not exists (select from baton.push u where u.plan_id = p.id)));
    for left_home in select h.home from baton.plan_home h
        where h.left_at < clock_timestamp() - baton.home_kept() order by h.home for update skip locked
    loop
        n := n + baton.home_drop(left_home)::int;
    end loop;
    return n;
end;
$$;

-- From how many homes of ended pushes on the smallest are merged, and how large a home may become by that.
create function baton.archive_from() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 16; $$;
create function baton.archive_most() returns bigint
language sql immutable set search_path = baton, pg_temp
as $$ select 20000000::bigint; $$;

-- Copies the lists of ended pushes, the smallest first, into one new home, and gives how many homes are empty then. The
-- old rows stay where they are until `push_sweep`: whoever has read where a list lies still finds it there.
create function baton.push_archive() returns int
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
as $$
declare
    day date := (select b.as_of from baton.bank b);
    candidates bigint[];
    old bigint[];
    rows_in bigint;
    fresh bigint;
begin
    perform baton.require_duty('loader');
    -- One at a time: who comes second finds these rows taken.
    candidates := array(
        select h.home from baton.plan_home h
        where h.home > 0 and h.left_at is null and h.customers < baton.archive_most() / 2
            and not exists (select from baton.push_plan p where p.home = h.home
                            and not exists (select from baton.push u where u.plan_id = p.id and u.deadline < day))
        order by h.home for update skip locked);
    if cardinality(candidates) < baton.archive_from() then
        return 0;
    end if;
    select array_agg(h.home), sum(h.customers) into old, rows_in
    from (select k.home, k.customers, row_number() over w as n, sum(k.customers) over w as upto
          from baton.plan_home k where k.home = any (candidates)
          window w as (order by k.customers, k.home)) h
    where h.n <= baton.archive_from() and h.upto <= baton.archive_most();
    if cardinality(old) < 2 then
        return 0;
    end if;
    fresh := baton.home_number(rows_in);
    execute format('create table baton.%I as
        select $1 as home, m.plan_id, m.customer_id, m.org_id, m.rm_id, m.arm, m.blocked
        from baton.plan_member m where m.home = any ($2)', 'plan_member_' || fresh) using fresh, old;
    perform baton.home_open(fresh, true);
    update baton.push u set home = fresh where u.home = any (old);
    update baton.push_plan p set home = fresh where p.home = any (old);
    update baton.plan_home h set left_at = clock_timestamp() where h.home = any (old);
    perform baton.note('push.archive', format('home %s', fresh), jsonb_build_object('homes', old, 'rows', rows_in));
    return cardinality(old);
end;
$$;

revoke execute on function baton.home_drop, baton.plan_forget, baton.push_plan_forget, baton.plan_kept, baton.home_kept,
    baton.push_sweep, baton.archive_from, baton.archive_most, baton.push_archive from public;
grant execute on function baton.push_plan_forget, baton.push_sweep, baton.push_archive to baton_operator;
