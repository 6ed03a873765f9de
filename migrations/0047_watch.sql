-- What happens to orders and tasks after a push: tasks change hands, are given back, recalled, reminded of, extended; and
-- they go along when a customer or an RM does.

-- ---- changing hands -----------------------------------------------------------------------------------------

-- Gives tasks to other hands and counts anew; both units are told how many came and left. `to_orgs` may be the unit that has
-- it already. Nothing is checked here.
create function baton.tasks_move(push bigint, customers bigint[], to_orgs int[], to_rms int[], why text) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    units int[];
    n bigint;
    r record;
begin
    lock table baton.outcome in share row exclusive mode;
    with given as (
        select w.customer_id, w.org_id, w.rm_id from unnest(customers, to_orgs, to_rms) as w (customer_id, org_id, rm_id)
    ), moved as (
        select g.customer_id, g.org_id, g.rm_id, t.org_id as was, t.rm_id as was_rm, t.list_org
        from given g join baton.tasks_now(tasks_move.push, customers) t on t.customer_id = g.customer_id
        where (t.org_id, t.rm_id) is distinct from (g.org_id, g.rm_id)
    ), written as (
        insert into baton.task_hold as h (push_id, customer_id, org_id, rm_id, held, listed, why)
        select tasks_move.push, m.customer_id, m.org_id, m.rm_id, true, m.org_id = m.list_org, tasks_move.why from moved m
        union all
        select tasks_move.push, m.customer_id, m.was, m.was_rm, false, m.was = m.list_org, tasks_move.why from moved m
        where m.was <> m.org_id
        on conflict on constraint task_hold_pkey do update
            set rm_id = excluded.rm_id, held = excluded.held, why = excluded.why, reason = null, at = clock_timestamp(), by = session_user
        returning 1
    ), told as (
        select baton.tell(tasks_move.push, x.key, x.n, x.org) from (
            select 'came' as key, m.org_id as org, count(*) as n from moved m where m.was is distinct from m.org_id group by m.org_id
            union all
            select 'left', m.was, count(*) from moved m where m.was is distinct from m.org_id and m.was is not null group by m.was
        ) x
    ), told_rms as (
        select baton.tell(tasks_move.push, x.key, x.n, x.org, x.rm) from (
            select 'came' as key, m.org_id as org, m.rm_id as rm, count(*) as n from moved m where m.rm_id is not null group by 2, 3
            union all
            select 'left', m.was, m.was_rm, count(*) from moved m where m.was is not null and m.was_rm is not null group by 2, 3
        ) x
    )
    select count(*), array_agg(distinct m.org_id) || array_remove(array_agg(distinct m.was), null)
        into n, units
    from moved m
    where (select count(*) from written) >= 0 and (select count(*) from told) >= 0 and (select count(*) from told_rms) >= 0;
    if n > 0 then
        update baton.referral f set state = 'withdrawn', answered_by = session_user, answered_at = clock_timestamp()
            where f.push_id = tasks_move.push and f.customer_id = any (customers) and f.state = 'offered'
                and exists (select from baton.tasks_now(tasks_move.push, customers) t where t.customer_id = f.customer_id
                            and (t.org_id, t.rm_id) is distinct from (f.from_org_id, f.from_rm_id));
        perform baton.order_recount(tasks_move.push, units);
        perform baton.board_recount(tasks_move.push);
    end if;
    return n;
end;
$$;

-- ---- who may ------------------------------------------------------------------------------------------------

-- Refuses (BT007) whoever acts for another unit than his own; who has no unit has every duty and acts for any.
create function baton.require_unit(unit int) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    own int;
begin
    perform baton.require_duty('branch');
    select o.org_id into own from baton.operator o where o.name = session_user;
    if own is not null and own is distinct from unit then
        raise exception using errcode = 'BT007', message = 'foreign_unit',
            detail = coalesce((select u.code from baton.org_unit u where u.id = unit), '');
    end if;
end;
$$;

-- Refuses (BT401) an RM: it is his manager's to do.
create function baton.require_manager(unit int) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
begin
    perform baton.require_unit(unit);
    if baton.own_staff() is not null then
        raise exception using errcode = 'BT401', message = 'manager';
    end if;
end;
$$;

create function baton.require_push(push bigint) returns baton.push
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    p baton.push;
begin
    select * into p from baton.push k where k.id = push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = push::text;
    end if;
    return p;
end;
$$;

create function baton.require_org(code text) returns int
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    unit int;
begin
    select u.id into unit from baton.org_unit u where u.code = require_org.code;
    if unit is null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = require_org.code;
    end if;
    return unit;
end;
$$;

-- An RM who is there.
create function baton.require_rm(code text) returns baton.staff
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    s baton.staff;
begin
    select * into s from baton.staff k where k.code = require_rm.code and k.closed_on is null;
    if s.id is null then
        raise exception using errcode = 'BT003', message = 'staff', detail = require_rm.code;
    end if;
    return s;
end;
$$;

create type baton.held_task as (customer_id bigint, list_org int, org_id int, rm_id int);

-- The open task of a customer that the caller's unit holds, or he himself if he is an RM: BT003 if there is no such task,
-- BT007 another unit's, BT402 another RM's, BT403 one that is not open any more.
create function baton.require_task(push bigint, customer bigint, only_open bool default true) returns baton.held_task
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    t baton.held_task;
begin
    perform baton.require_duty('branch');
    select n.customer_id, n.list_org, n.org_id, n.rm_id into t from baton.tasks_now(push, array[customer]) n;
    if t.customer_id is null then
        raise exception using errcode = 'BT003', message = 'task', detail = customer::text;
    end if;
    if t.org_id is null then
        -- Nobody holds it: told to the unit that had it last, a stranger's to everybody else.
        perform baton.require_unit((select h.org_id from baton.task_hold h
            where h.push_id = push and h.customer_id = customer order by h.at desc limit 1));
        raise exception using errcode = 'BT403', message = (select h.why from baton.task_hold h
            where h.push_id = push and h.customer_id = customer order by h.at desc limit 1), detail = customer::text;
    end if;
    perform baton.require_unit(t.org_id);
    if baton.own_staff() is distinct from t.rm_id and baton.own_staff() is not null then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    if only_open and baton.task_done(push, customer) then
        raise exception using errcode = 'BT403', message = 'done', detail = customer::text;
    end if;
    return t;
end;
$$;

-- ---- what a branch does with tasks ----------------------------------------------------------------------------

-- As in 0006: the manager signs.
create or replace function baton.push_sign(push bigint, org text) returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    unit int;
    o baton.branch_order;
begin
    perform baton.require_duty('branch');
    unit := baton.require_org(push_sign.org);
    perform baton.require_manager(unit);
    select * into o from baton.branch_order b where b.push_id = push_sign.push and b.org_id = unit for update;
    if o.push_id is null then
        raise exception using errcode = 'BT003', message = 'order', detail = push_sign.org;
    end if;
    if o.signed_at is not null then
        return o.signed_at;
    end if;
    if o.recalled_at is not null then
        raise exception using errcode = 'BT403', message = 'recalled', detail = push_sign.org;
    end if;
    update baton.branch_order b set signed_at = clock_timestamp(), signed_by = session_user
        where b.push_id = o.push_id and b.org_id = o.org_id returning * into o;
    perform baton.note('push.sign', format('push %s', o.push_id), jsonb_build_object('org', push_sign.org));
    return o.signed_at;
end;
$$;

-- The manager gives open tasks to an RM of the unit, or back to the unit itself; gives how many changed hands.
create function baton.task_assign(push bigint, customers bigint[], rm text) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.staff;
    unit int;
    n bigint;
begin
    perform baton.require_duty('branch');
    perform baton.require_push(task_assign.push);
    if rm is not null then
        s := baton.require_rm(rm);
    end if;
    select (baton.require_task(task_assign.push, c)).org_id into unit from unnest(customers) c limit 1;
    perform baton.require_task(task_assign.push, c) from unnest(customers) c;
    perform baton.require_manager(unit);
    if s.org_id <> unit or exists (select from baton.tasks_now(task_assign.push, customers) t where t.org_id <> unit) then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = rm;
    end if;
    n := baton.tasks_move(task_assign.push, customers, array_fill(unit, array[cardinality(customers)]),
        array_fill(s.id, array[cardinality(customers)]), 'assigned');
    perform baton.note('task.assign', format('push %s', task_assign.push),
        jsonb_build_object('customers', customers, 'rm', rm, 'tasks', n));
    return n;
end;
$$;

-- Gives all open tasks of one RM to another of his unit: by the unit's manager, or by a strategist.
create function baton.push_reassign(push bigint, from_rm text, to_rm text) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    giver baton.staff;
    taker baton.staff;
    ids bigint[];
    n bigint;
begin
    if not baton.has_duty('strategist') then
        perform baton.require_duty('branch');
    end if;
    perform baton.require_push(push_reassign.push);
    -- He may have left.
    select * into giver from baton.staff k where k.code = from_rm;
    if giver.id is null then
        raise exception using errcode = 'BT003', message = 'staff', detail = from_rm;
    end if;
    taker := baton.require_rm(to_rm);
    if not baton.has_duty('strategist') then
        perform baton.require_manager(taker.org_id);
    else
        perform baton.require_duty('strategist');
    end if;
    if giver.org_id <> taker.org_id then
        raise exception using errcode = 'BT404', message = 'other_unit', detail = to_rm;
    end if;
    ids := array(select t.customer_id from baton.push_tasks(push_reassign.push, array[taker.org_id]) t
        where t.rm_id = giver.id and not baton.task_done(push_reassign.push, t.customer_id) order by 1);
    n := case when cardinality(ids) > 0 then baton.tasks_move(push_reassign.push, ids,
        array_fill(taker.org_id, array[cardinality(ids)]), array_fill(taker.id, array[cardinality(ids)]), 'assigned') else 0 end;
    perform baton.note('push.reassign', format('push %s', push_reassign.push),
        jsonb_build_object('from', from_rm, 'to', to_rm, 'tasks', n));
    return n;
end;
$$;

-- The branch gives an open task back to those who pushed it, with a reason.
create function baton.task_return(push bigint, customer bigint, reason text) returns void
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

-- ---- what the mid-office does with orders ---------------------------------------------------------------------

-- Takes back what is not done, of one unit or of all, and keeps what is; gives how many tasks. Units and who pushed are told.
create function baton.push_recall(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    n bigint;
begin
    perform baton.require_duty('strategist');
    perform baton.require_push(push_recall.push);
    if org is not null then
        unit := baton.require_org(org);
    end if;
    lock table baton.outcome in share row exclusive mode;
    units := array(select o.org_id from baton.branch_order o
        where o.push_id = push_recall.push and (unit is null or o.org_id = unit) and o.recalled_at is null order by 1 for update);
    if cardinality(units) = 0 then
        if not exists (select from baton.branch_order o where o.push_id = push_recall.push and (unit is null or o.org_id = unit)) then
            raise exception using errcode = 'BT003', message = 'order', detail = coalesce(org, push_recall.push::text);
        end if;
        return 0;
    end if;
    with taken as (
        insert into baton.task_hold as h (push_id, customer_id, org_id, rm_id, held, listed, why)
        select push_recall.push, t.customer_id, t.org_id, t.rm_id, false, t.listed, 'recalled'
        from baton.push_tasks(push_recall.push, units) t
        left join (select distinct e.customer_id from baton.outcome e
                   where e.push_id = push_recall.push and e.outcome <> 'no_answer' and not e.contamination) d
            on d.customer_id = t.customer_id
        where d.customer_id is null
        on conflict on constraint task_hold_pkey do update
            set rm_id = excluded.rm_id, held = false, why = 'recalled', reason = null, at = clock_timestamp(), by = session_user
        returning h.org_id, h.customer_id
    ), by_unit as (
        select k.org_id, count(*) as n from taken k group by k.org_id
    ), told as (
        select baton.tell(push_recall.push, 'recalled', b.n, b.org_id) from by_unit b
    )
    select coalesce(sum(b.n), 0) into n from by_unit b where (select count(*) from told) >= 0;
    update baton.referral f set state = 'withdrawn', answered_by = session_user, answered_at = clock_timestamp()
        where f.push_id = push_recall.push and f.from_org_id = any (units) and f.state = 'offered';
    update baton.branch_order o set recalled_at = clock_timestamp(), recalled_by = session_user
        where o.push_id = push_recall.push and o.org_id = any (units);
    perform baton.order_recount(push_recall.push, units);
    perform baton.board_recount(push_recall.push);
    perform baton.delivery_recalled(push_recall.push, units);
    perform baton.tell_pusher(push_recall.push, 'recalled', n);
    perform baton.note('push.recall', format('push %s', push_recall.push), jsonb_build_object('org', org, 'tasks', n));
    return n;
end;
$$;

-- Gives back what was recalled, on the same day: whoever had a task has it again.
create function baton.push_recall_undo(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    n bigint;
begin
    perform baton.require_duty('strategist');
    perform baton.require_push(push_recall_undo.push);
    if org is not null then
        unit := baton.require_org(org);
    end if;
    lock table baton.outcome in share row exclusive mode;
    units := array(select o.org_id from baton.branch_order o
        where o.push_id = push_recall_undo.push and (unit is null or o.org_id = unit) and o.recalled_at is not null
            and (o.recalled_at at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date = baton.clock_day()
        order by 1 for update);
    if cardinality(units) = 0 then
        raise exception using errcode = 'BT406', message = 'no_undo', detail = coalesce(org, push_recall_undo.push::text);
    end if;
    with given as (
        update baton.task_hold h set held = true, why = 'given_again', at = clock_timestamp(), by = session_user
        where h.push_id = push_recall_undo.push and h.org_id = any (units) and not h.held and h.why = 'recalled'
        returning h.org_id
    ), by_unit as (
        select g.org_id, count(*) as n from given g group by g.org_id
    ), told as (
        select baton.tell(push_recall_undo.push, 'given_again', b.n, b.org_id) from by_unit b
    )
    select coalesce(sum(b.n), 0) into n from by_unit b where (select count(*) from told) >= 0;
    update baton.branch_order o set recalled_at = null, recalled_by = null
        where o.push_id = push_recall_undo.push and o.org_id = any (units);
    perform baton.order_recount(push_recall_undo.push, units);
    perform baton.board_recount(push_recall_undo.push);
    perform baton.tell_pusher(push_recall_undo.push, 'given_again', n);
    perform baton.note('push.recall.undo', format('push %s', push_recall_undo.push), jsonb_build_object('org', org, 'tasks', n));
    return n;
end;
$$;

-- Reminds the units that have not signed or have open tasks, each once a day at most; gives how many were reminded now,
-- and how many had been today. In quiet hours nobody is.
create function baton.push_remind(push bigint, out reminded bigint, out before bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    perform baton.require_push(push_remind.push);
    if baton.quiet_at(clock_timestamp()) then
        raise exception using errcode = 'BT411', message = 'quiet';
    end if;
    with due as (
        select o.org_id, o.open, (o.reminded_at at time zone coalesce((select b.timezone from baton.bank b), 'UTC'))::date
            is not distinct from baton.clock_day() as told
        from baton.branch_order o
        where o.push_id = push_remind.push and o.recalled_at is null and o.open > 0
    ), now as (
        update baton.branch_order o set reminded_at = clock_timestamp(), reminded_by = session_user
        from due d where o.push_id = push_remind.push and o.org_id = d.org_id and not d.told
        returning o.org_id, o.open
    ), said as (
        select baton.tell(push_remind.push, 'reminded', n.open, n.org_id) from now n
    )
    select (select count(*) from said), (select count(*) from due d where d.told) into reminded, before;
    perform baton.note('push.remind', format('push %s', push_remind.push),
        jsonb_build_object('reminded', reminded, 'before', before));
end;
$$;

-- Gives the orders of a push a later last day; those that are recalled keep theirs.
create function baton.push_extend(push bigint, until date) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    n bigint;
begin
    perform baton.require_duty('strategist');
    lock table baton.outcome in share row exclusive mode;
    select * into p from baton.push k where k.id = push_extend.push for update;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = push_extend.push::text;
    end if;
    if until <= p.deadline or until > p.as_of + 366 then
        raise exception using errcode = 'BT407', message = 'deadline', detail = p.deadline::text;
    end if;
    update baton.push k set deadline = until where k.id = p.id;
    with later as (
        update baton.branch_order o set first_deadline = coalesce(o.first_deadline, o.deadline), deadline = until,
            extended_by = session_user
        where o.push_id = p.id and o.recalled_at is null and o.deadline < until
        returning o.org_id, o.open
    ), told as (
        select baton.tell(p.id, 'extended', greatest(l.open, 1), l.org_id) from later l
    )
    select count(*) into n from told;
    perform baton.note('push.extend', format('push %s', p.id), jsonb_build_object('from', p.deadline, 'until', until, 'orders', n));
    return n;
end;
$$;

-- ---- after a load -----------------------------------------------------------------------------------------------

-- Open tasks of live pushes go with their customer to another unit, or to another RM of the unit: those that the customer's
-- own unit holds, and that nobody gave to yet another RM. `customers` is the relation that takes the place of `customer`.
create function baton.tasks_follow(customers text) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    p record;
    ids bigint[];
    orgs int[];
    rms int[];
    moves bool[];
    n bigint := 0;
begin
    for p in select k.id from baton.push k, baton.bank b
        where k.deadline >= b.as_of and exists (select from baton.branch_order o where o.push_id = k.id and o.open > 0)
        order by k.id
    loop
        execute format(
            'select array_agg(t.customer_id order by t.customer_id), array_agg(c.org_id order by t.customer_id),
                 array_agg(c.rm_id order by t.customer_id), array_agg(c.org_id <> old.org_id order by t.customer_id)
             from baton.push_tasks($1) t
             join baton.%I c on c.customer_id = t.customer_id
             join baton.customer old on old.customer_id = t.customer_id
             where t.org_id = old.org_id
                 and (c.org_id <> old.org_id
                      or c.rm_id is distinct from old.rm_id and (t.rm_id is null or t.rm_id = old.rm_id) and t.rm_id is distinct from c.rm_id)
                 and not baton.task_done($1, t.customer_id)', customers)
            into ids, orgs, rms, moves using p.id;
        continue when ids is null;
        n := n + baton.tasks_move(p.id,
            array(select w.i from unnest(ids, moves) w (i, m) where w.m), array(select w.o from unnest(orgs, moves) w (o, m) where w.m),
            array(select w.r from unnest(rms, moves) w (r, m) where w.m), 'moved');
        n := n + baton.tasks_move(p.id,
            array(select w.i from unnest(ids, moves) w (i, m) where not w.m), array(select w.o from unnest(orgs, moves) w (o, m) where not w.m),
            array(select w.r from unnest(rms, moves) w (r, m) where not w.m), 'rm_changed');
    end loop;
    if n > 0 then
        perform baton.note('task.follow', 'import', jsonb_build_object('tasks', n));
    end if;
    return n;
end;
$$;

-- As in 0015, and open tasks go with their customers too.
create or replace function baton.follow_units(customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    name text;
begin
    foreach name in array array['event', 'holding', 'consent', 'relation', 'location'] loop
        execute format(
            'update baton.%I t set org_id = n.org_id
             from baton.%I n join baton.customer c on c.customer_id = n.customer_id
             where c.org_id <> n.org_id and t.customer_id = n.customer_id and t.org_id <> n.org_id', name, customers);
    end loop;
    perform baton.tasks_follow(customers);
end;
$$;

-- The open tasks of RMs who have left, or went to another unit, are their unit's again: the manager gives them on. Staff is a
-- small relation, so that a trigger on it costs nothing, and no way of changing it goes past this.
create function baton.tasks_of_leavers() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p record;
    ids bigint[];
    orgs int[];
    n bigint := 0;
begin
    for p in select k.id, array_agg(distinct w.org_id) as units, array_agg(distinct w.id) as rms
        from baton.push k, baton.bank b,
            (select o.id, o.org_id from old_staff o join new_staff s on s.id = o.id
             where o.closed_on is null and s.closed_on is not null or s.org_id <> o.org_id) w
        where k.deadline >= b.as_of group by k.id order by k.id
    loop
        select array_agg(t.customer_id), array_agg(t.org_id) into ids, orgs
        from baton.push_tasks(p.id, p.units) t
        where t.rm_id = any (p.rms) and not baton.task_done(p.id, t.customer_id);
        continue when ids is null;
        n := n + baton.tasks_move(p.id, ids, orgs, array_fill(null::int, array[cardinality(ids)]), 'rm_left');
    end loop;
    if n > 0 then
        perform baton.note('task.follow', 'staff', jsonb_build_object('tasks', n));
    end if;
    return null;
end;
$$;
create trigger tasks_of_leavers after update on baton.staff referencing old table as old_staff new table as new_staff
    for each statement execute function baton.tasks_of_leavers();

revoke execute on function baton.tasks_move, baton.require_unit, baton.require_manager, baton.require_push, baton.require_org,
    baton.require_rm, baton.require_task, baton.task_assign, baton.push_reassign, baton.task_return, baton.push_recall,
    baton.push_recall_undo, baton.push_remind, baton.push_extend, baton.tasks_follow, baton.tasks_of_leavers from public;
grant execute on function baton.task_assign, baton.push_reassign, baton.task_return, baton.push_recall, baton.push_recall_undo,
    baton.push_remind, baton.push_extend to baton_operator;
