-- What a branch gave back can be given out again, with all of its history; the board is held to the tasks of orders, too; and a
-- branch reads its own feedback only.

-- ---- what was given back, and what became of it ------------------------------------------------------------------

-- One line for each time that a task was given back. `task_hold` says who has it now and forgets; this keeps who gave it back
-- and why, and who gave it out again to whom.
create table baton.task_returned (
    push_id bigint not null,
    customer_id bigint not null,
    n int not null,                     -- counts from 1 for each task
    org_id int not null,                -- the unit that gave it back
    rm_id int,
    reason text not null,
    at timestamptz not null default clock_timestamp(),
    by text not null default session_user,
    again_at timestamptz,               -- when it was given out again
    again_by text,
    again_rm_id int,                    -- to whom of the unit; null for the unit itself
    primary key (push_id, customer_id, n),
    constraint returned_again check ((again_at is null) = (again_by is null))
);
create index task_returned_by_unit on baton.task_returned (org_id) where again_at is null;
grant select on baton.task_returned to baton_operator;
select baton.wall('task_returned');

insert into baton.task_returned (push_id, customer_id, n, org_id, rm_id, reason, at, by)
select h.push_id, h.customer_id, 1, h.org_id, h.rm_id, coalesce(h.reason, '-'), h.at, h.by
from baton.task_hold h where h.why = 'returned' and not h.held;

-- As in 0047, and it is written down.
create or replace function baton.task_return(push bigint, customer bigint, reason text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    t baton.held_task;
begin
    perform baton.require_duty('branch');
    perform baton.require_push(task_return.push);
    if coalesce(btrim(reason), '') = '' then
        raise exception using errcode = 'BT405', message = 'reason';
    end if;
    lock table baton.outcome in share row exclusive mode;
    t := baton.require_task(task_return.push, customer);
    insert into baton.task_hold as h (push_id, customer_id, org_id, rm_id, held, listed, why, reason)
        values (task_return.push, customer, t.org_id, t.rm_id, false, t.org_id = t.list_org, 'returned', left(task_return.reason, 2000))
    on conflict on constraint task_hold_pkey do update
        set held = false, why = 'returned', reason = excluded.reason, at = clock_timestamp(), by = session_user;
    insert into baton.task_returned (push_id, customer_id, n, org_id, rm_id, reason)
    select task_return.push, customer, coalesce(max(r.n), 0) + 1, t.org_id, t.rm_id, left(task_return.reason, 2000)
    from baton.task_returned r where r.push_id = task_return.push and r.customer_id = customer;
    update baton.referral f set state = 'withdrawn', answered_by = session_user, answered_at = clock_timestamp()
        where f.push_id = task_return.push and f.customer_id = customer and f.state = 'offered';
    perform baton.order_recount(task_return.push, array[t.org_id]);
    perform baton.board_recount(task_return.push);
    perform baton.tell_pusher(task_return.push, 'returned', 1);
    if t.rm_id is not null then
        perform baton.tell(task_return.push, 'returned', 1, t.org_id);
    end if;
    perform baton.note('task.return', format('push %s', task_return.push),
        jsonb_build_object('customer', customer, 'reason', left(task_return.reason, 2000)));
end;
$$;

-- Gives tasks that a unit has given back out again, to an RM of that unit or to the unit itself: its manager does, or a
-- strategist, to whom they went back. All are one unit's. Gives how many.
create function baton.task_give_again(push bigint, customers bigint[], rm text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    wanted bigint[] := array(select distinct c from unnest(customers) c order by c);
    units int[];
    unit int;
    s baton.staff;
    k record;
    n bigint;
begin
    if not baton.has_duty('strategist') then
        perform baton.require_duty('branch');
    else
        perform baton.require_duty('strategist');
    end if;
    perform baton.require_push(task_give_again.push);
    lock table baton.outcome in share row exclusive mode;
    for k in select w.id, t.list_org, t.org_id, h.org_id as last_org, h.why from unnest(wanted) w (id)
        left join baton.tasks_now(task_give_again.push, wanted) t on t.customer_id = w.id
        left join lateral (select h.org_id, h.why from baton.task_hold h
                           where h.push_id = task_give_again.push and h.customer_id = w.id order by h.at desc limit 1) h on true
    loop
        if k.list_org is null then
            raise exception using errcode = 'BT003', message = 'task', detail = k.id::text;
        elsif k.org_id is not null then
            raise exception using errcode = 'BT403', message = 'not_returned', detail = k.id::text;
        elsif k.why <> 'returned' then
            raise exception using errcode = 'BT403', message = k.why, detail = k.id::text;
        end if;
        units := units || k.last_org;
    end loop;
    unit := units[1];
    if unit is null then
        return 0;
    end if;
    if not baton.has_duty('strategist') then
        perform baton.require_manager(unit);
    end if;
    if exists (select from unnest(units) u where u <> unit) then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = coalesce(rm, '');
    end if;
    if rm is not null then
        s := baton.require_rm(rm);
        if s.org_id <> unit then
            raise exception using errcode = 'BT404', message = 'other_unit', detail = rm;
        end if;
    end if;
    if exists (select from baton.branch_order o
               where o.push_id = task_give_again.push and o.org_id = unit and o.recalled_at is not null) then
        raise exception using errcode = 'BT403', message = 'recalled',
            detail = (select u.code from baton.org_unit u where u.id = unit);
    end if;
    n := baton.tasks_move(task_give_again.push, wanted, array_fill(unit, array[cardinality(wanted)]),
        array_fill(s.id, array[cardinality(wanted)]), 'given_again');
    update baton.task_returned r set again_at = clock_timestamp(), again_by = session_user, again_rm_id = s.id
        where r.push_id = task_give_again.push and r.customer_id = any (wanted) and r.again_at is null;
    perform baton.tell_pusher(task_give_again.push, 'given_again', n);
    perform baton.note('task.give_again', format('push %s', task_give_again.push),
        jsonb_build_object('customers', wanted, 'rm', rm, 'tasks', n));
    return n;
end;
$$;

-- How often a task was given back, why, and to whom it was given again, the latest first: for who may act on it or could give it
-- out again, and for who sees the whole bank.
create function baton.task_returns(push bigint, customer bigint)
returns table (at timestamptz, by text, org text, rm text, reason text, again_at timestamptz, again_by text, again_rm text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    return query
        select r.at, r.by, u.name, s.name, r.reason, r.again_at, r.again_by, g.name
        from baton.task_returned r
        join baton.org_unit u on u.id = r.org_id
        left join baton.staff s on s.id = r.rm_id
        left join baton.staff g on g.id = r.again_rm_id
        where r.push_id = task_returns.push and r.customer_id = customer
            and (baton.sees_all() or baton.task_mine(push, customer) is not null
                 or r.org_id in (select k.id from baton.scope_units() as k (id)) and baton.own_staff() is null)
        order by r.n desc limit 20;
end;
$$;

-- As in 0048: the tasks that the caller's unit holds, those of an RM for him, and those that were offered to them; and those that
-- a unit has given back and that nobody holds, which its manager may give out again: of one push or of all
-- live ones, 100 after the first `skip`. Who sees the whole bank names the push and the unit; for him it is a list of
-- customers like any other.
create or replace function baton.task_list(of_push bigint, of_org text, of_rm text, of_state text, skip int)
returns table (push_id bigint, strategy text, version int, strategy_name text, product text, customer_id bigint, name text,
    org text, org_name text, rm text, rm_name text, tier text, aum bigint, state text, outcome text, at timestamptz, next_on date,
    other text, due date, total bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    me int := baton.own_staff();
    everyone bool := baton.sees_all();
    units int[];
    unit int;
    staff int;
    pushes bigint[];
    page jsonb;
    whole bigint;
begin
    perform baton.require_looker();
    if of_org is not null then
        unit := baton.require_org(of_org);
    end if;
    if of_rm is not null then
        select s.id into staff from baton.staff s where s.code = of_rm;
        if staff is null then
            raise exception using errcode = 'BT003', message = 'staff', detail = of_rm;
        end if;
    end if;
    if everyone then
        if of_push is null or unit is null then
            raise exception using errcode = 'BT405', message = 'unit';
        end if;
        units := array[unit];
    else
        units := array(select u.id from baton.scope_units() as u (id) where unit is null or u.id = unit);
        if cardinality(units) = 0 then
            raise exception using errcode = 'BT007', message = 'foreign_unit', detail = of_org;
        end if;
    end if;
    if of_push is not null then
        perform baton.require_push(of_push);
        pushes := array[of_push];
    else
        pushes := array(select p.id from baton.push p where p.deadline >= baton.today()
            and exists (select from baton.branch_order o where o.push_id = p.id and o.org_id = any (units)) order by p.id desc limit 100);
    end if;
    with held as (
        select p.id as push_id, t.customer_id, t.org_id, t.rm_id from unnest(pushes) as p (id)
        cross join lateral (select k.* from baton.push_tasks(p.id, units) k offset 0) t
        where me is null or t.rm_id = me
    ), stands as (
        select h.push_id, h.customer_id, h.org_id, h.rm_id, l.outcome, l.at, l.next_on, f.org_id as other_org, f.rm_id as other_rm, f.due,
            case when baton.task_done(h.push_id, h.customer_id) then 'done' when f.org_id is not null then 'offered' else 'open' end as state
        from held h
        left join lateral (select o.outcome, o.at, o.next_on from baton.outcome o
                           where o.push_id = h.push_id and o.customer_id = h.customer_id
                           order by o.at desc, o.taken_at desc, o.outcome limit 1) l on true
        left join baton.referral f on f.push_id = h.push_id and f.customer_id = h.customer_id and f.state = 'offered'
        union all
        select r.push_id, r.customer_id, r.org_id, r.rm_id, null, null, null, r.from_org_id, r.from_rm_id, r.due, 'offer'
        from baton.referral r
        where r.state = 'offered' and r.due >= baton.bank_day() and r.org_id = any (units) and (me is null or r.rm_id = me)
            and (of_push is null or r.push_id = of_push)
        union all
        select h.push_id, h.customer_id, h.org_id, h.rm_id, null, null, null, null, null, null, 'returned'
        from baton.task_hold h
        where h.push_id = any (pushes) and h.org_id = any (units) and h.why = 'returned' and not h.held and me is null
            and not exists (select from baton.task_hold k
                            where k.push_id = h.push_id and k.customer_id = h.customer_id and (k.held or k.at > h.at))
    ), wanted as (
        select s.*, row_number() over (order by array_position(array['offer', 'returned', 'open', 'offered', 'done'], s.state), s.next_on nulls last,
            s.push_id, s.customer_id) as place
        from stands s
        where (of_state is null or s.state = of_state) and (of_rm is null or s.rm_id = staff)
    )
    select (select count(*) from wanted),
        (select coalesce(jsonb_agg(to_jsonb(w) order by w.place), '[]') from wanted w
         where w.place > greatest(skip, 0) and w.place <= greatest(skip, 0) + 100)
        into whole, page;
    perform baton.look_at_list(case when everyone then 'push.members' else 'task.list' end,
        coalesce(format('push %s', of_push), 'live'), jsonb_build_object('push', of_push, 'org', of_org, 'rm', of_rm, 'state', of_state,
            'skip', skip), jsonb_array_length(page));
    return query
        select w.push_id, p.strategy, p.version, v.name, v.product, w.customer_id, baton.mask_name(c.name), u.code, u.name, s.code, s.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            c.aum, w.state, w.outcome, w.at, w.next_on,
            coalesce((select x.code from baton.staff x where x.id = w.other_rm), (select x.code from baton.org_unit x where x.id = w.other_org)),
            case when w.state in ('offer', 'offered') then w.due else o.deadline end, whole
        from jsonb_to_recordset(page) as w (push_id bigint, customer_id bigint, org_id int, rm_id int, outcome text, at timestamptz,
            next_on date, other_org int, other_rm int, due date, state text, place bigint)
        join baton.push p on p.id = w.push_id
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        join baton.org_unit u on u.id = w.org_id
        left join baton.staff s on s.id = w.rm_id
        left join baton.customer c on c.customer_id = w.customer_id
        left join baton.branch_order o on o.push_id = w.push_id and o.org_id = w.org_id
        order by w.place;
end;
$$;

-- ---- the board ---------------------------------------------------------------------------------------------------

-- How many tasks each unit of a push holds and how many of them are done, counted anew.
create function baton.order_tasks_counted(push bigint) returns table (org_id int, tasks int, done int)
language plpgsql stable set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
as $$
begin
    return query execute $count$
        select m.org_id, count(*)::int, count(e.customer_id)::int
        from baton.push_tasks($1) m
        left join (select distinct o.customer_id from baton.outcome o
                   where o.push_id = $1 and o.outcome <> 'no_answer' and not o.contamination) e on e.customer_id = m.customer_id
        group by m.org_id
        $count$
    using order_tasks_counted.push;
end;
$$;

-- As in 0058, and how many tasks an order has and how many are open is held to a recount, too.
create or replace function baton.board_check(push bigint) returns table (org text, what text, kept bigint, counted bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
begin
    if not exists (select from baton.push p where p.id = board_check.push) then
        raise exception using errcode = 'BT003', message = 'push', detail = board_check.push::text;
    end if;
    return query
    with counts as (
        select c.org_id, concat_ws(' ', k.key, s.code) as what, k.value::bigint as kept, 0::bigint as counted
        from baton.board_count c left join baton.staff s on s.id = c.rm_id
        cross join lateral jsonb_each_text(to_jsonb(c) - array['push_id', 'org_id', 'rm_id']) k
        where c.push_id = board_check.push
        union all
        select c.org_id, concat_ws(' ', k.key, s.code), 0, k.value::bigint
        from baton.board_counted(board_check.push) c left join baton.staff s on s.id = c.rm_id
        cross join lateral jsonb_each_text(to_jsonb(c) - array['push_id', 'org_id', 'rm_id']) k
        union all
        select d.org_id, concat_ws(' ', k.key, d.day), k.value::bigint, 0
        from baton.board_day d cross join lateral jsonb_each_text(to_jsonb(d) - array['push_id', 'org_id', 'day']) k
        where d.push_id = board_check.push
        union all
        select d.org_id, concat_ws(' ', k.key, d.day), 0, k.value::bigint
        from baton.board_counted_days(board_check.push) d
        cross join lateral jsonb_each_text(to_jsonb(d) - array['push_id', 'org_id', 'day']) k
        union all
        select o.org_id, k.key, k.value::bigint, 0 from baton.branch_order o
        cross join lateral jsonb_each_text(jsonb_build_object('tasks', o.tasks, 'open', o.open, 'done', o.done)) k
        where o.push_id = board_check.push
        union all
        select o.org_id, k.key, 0, k.value::bigint from baton.order_tasks_counted(board_check.push) o
        cross join lateral jsonb_each_text(jsonb_build_object('tasks', o.tasks, 'open', o.tasks - o.done, 'done', o.done)) k
    )
    select u.code, c.what, sum(c.kept)::bigint, sum(c.counted)::bigint
    from counts c join baton.org_unit u on u.id = c.org_id
    where own is null or c.org_id = any (own)
    group by u.code, c.what having sum(c.kept) <> sum(c.counted) order by u.code, c.what;
end;
$$;

-- As in 0058, and the tasks of orders are counted anew, too.
create or replace function baton.board_mend(push bigint) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    if not exists (select from baton.push p where p.id = board_mend.push) then
        raise exception using errcode = 'BT003', message = 'push', detail = board_mend.push::text;
    end if;
    perform baton.board_recount(board_mend.push);
    update baton.branch_order o set tasks = d.tasks, done = d.done, open = d.tasks - d.done
    from (select k.org_id, coalesce(n.tasks, 0) as tasks, coalesce(n.done, 0) as done from baton.branch_order k
          left join baton.order_tasks_counted(board_mend.push) n on n.org_id = k.org_id
          where k.push_id = board_mend.push) d
    where o.push_id = board_mend.push and o.org_id = d.org_id and (o.tasks, o.done, o.open) <> (d.tasks, d.done, d.tasks - d.done);
    perform baton.note('board.mend', format('push %s', board_mend.push), '{}');
end;
$$;

drop function baton.order_counted(bigint);

-- ---- feedback ----------------------------------------------------------------------------------------------------

-- What a unit says is read by itself, by those above it, and by who sees the whole bank.
select baton.wall('feedback');
create index feedback_by_push on baton.feedback (push_id);

revoke execute on function baton.task_give_again, baton.task_returns, baton.order_tasks_counted from public;
grant execute on function baton.task_give_again, baton.task_returns to baton_operator;
