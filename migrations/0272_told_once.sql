-- A digest counts a task once: who went from A to B and on to C came to C and left A, and who came back went nowhere.

-- Whose tasks a notice counts. Nobody reads it: whoever is told that tasks left him need not see whose.
create table baton.notice_task (
    notice bigint primary key references baton.notice on delete cascade,
    customers bigint[] not null
);

-- Tells of these customers' tasks, each counted once a day. What came and has left again before anybody read of it, or the other way about,
-- is told no more; who has read that a task came is told that it left. The caller holds the lock of what is moved.
create function baton.tell_of(push bigint, key text, customers bigint[], org int, staff int default null, operator text default null)
returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    wanted bigint[] := array(select distinct c from unnest(customers) c order by c);
    back bigint[];
    known bigint[];
    other record;
    mine bigint;
begin
    if tell_of.key in ('came', 'left') then
        select n.id, t.customers into other from baton.notice n join baton.notice_task t on t.notice = n.id
            where n.day = baton.clock_day() and n.push_id = tell_of.push and n.key = case tell_of.key when 'came' then 'left' else 'came' end
                and n.org_id is not distinct from tell_of.org and n.staff_id is not distinct from tell_of.staff
                and n.operator is not distinct from tell_of.operator and n.read_at is null for update of n;
        back := array(select c from unnest(other.customers) c intersect select c from unnest(wanted) c);
        if cardinality(back) > 0 then
            update baton.notice_task t set customers = array(select c from unnest(t.customers) c except select c from unnest(back) c)
                where t.notice = other.id;
            update baton.notice n set count = greatest(n.count - cardinality(back), 0) where n.id = other.id;
            delete from baton.notice n where n.id = other.id and n.count = 0;
            wanted := array(select c from unnest(wanted) c except select c from unnest(back) c);
        end if;
    end if;
    if cardinality(wanted) = 0 then
        return;
    end if;
    insert into baton.notice (day, org_id, staff_id, operator, key, push_id, count)
        values (baton.clock_day(), tell_of.org, tell_of.staff, tell_of.operator, tell_of.key, tell_of.push, 0)
        on conflict on constraint notice_once_a_day do update set at = clock_timestamp(), by = session_user, read_at = null, read_by = null
        returning id into mine;
    select t.customers into known from baton.notice_task t where t.notice = mine;
    wanted := array(select c from unnest(wanted) c except select c from unnest(coalesce(known, '{}')) c);
    insert into baton.notice_task as t (notice, customers) values (mine, wanted)
        on conflict on constraint notice_task_pkey do update set customers = t.customers || excluded.customers;
    update baton.notice n set count = n.count + cardinality(wanted) where n.id = mine;
end;
$$;

-- Tells whoever pushed of these customers' tasks, unless he did it himself.
create function baton.tell_pusher_of(push bigint, key text, customers bigint[]) returns void
language sql volatile set search_path = baton, pg_temp
as $$ select baton.tell_of($1, $2, $3, null, null, p.pushed_by) from baton.push p where p.id = $1 and p.pushed_by <> session_user; $$;

revoke execute on function baton.tell_of, baton.tell_pusher_of from public;

-- As in 0090, and each task is told of once.
create or replace function baton.tasks_move(push bigint, customers bigint[], to_orgs int[], to_rms int[], why text) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    units int[];
    n bigint;
    gone jsonb;
    handed bigint[];
    handed_in int[];
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
        select baton.tell_of(tasks_move.push, x.key, x.ids, x.org) from (
            select 'came' as key, m.org_id as org, array_agg(m.customer_id) as ids from moved m where m.was is distinct from m.org_id group by m.org_id
            union all
            select 'left', m.was, array_agg(m.customer_id) from moved m where m.was is distinct from m.org_id and m.was is not null group by m.was
        ) x
    ), told_rms as (
        select baton.tell_of(tasks_move.push, x.key, x.ids, x.org, x.rm) from (
            select 'came' as key, m.org_id as org, m.rm_id as rm, array_agg(m.customer_id) as ids from moved m where m.rm_id is not null group by 2, 3
            union all
            select 'left', m.was, m.was_rm, array_agg(m.customer_id) from moved m where m.was is not null and m.was_rm is not null group by 2, 3
        ) x
    )
    select count(*), array_agg(distinct m.org_id) || array_remove(array_agg(distinct m.was), null),
            jsonb_agg(jsonb_build_object('customer', m.customer_id, 'to', m.org_id, 'was', m.was)) filter (where m.was is distinct from m.org_id),
            array_agg(m.customer_id) filter (where m.was = m.org_id), array_agg(m.org_id) filter (where m.was = m.org_id)
        into n, units, gone, handed, handed_in
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
    -- In one order, so that two who move tasks between the same units never wait for each other.
    for r in
        select x.org, x.kind, array_agg(x.customer) as ids from (
            select (g ->> 'customer')::bigint as customer, (g ->> 'was')::int as org, 'withdraw' as kind from jsonb_array_elements(gone) g
            union all
            select (g ->> 'customer')::bigint, (g ->> 'to')::int, 'new' from jsonb_array_elements(gone) g
            union all
            select h.customer, h.org, 'assign' from unnest(handed, handed_in) h (customer, org)) x
        where x.org is not null group by x.org, x.kind order by x.org, x.kind
    loop
        perform baton.message_moved(r.kind, tasks_move.push, r.org, r.ids);
    end loop;
    return n;
end;
$$;

-- As in 0171.
create or replace function baton.tasks_of_leavers() returns trigger
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
        perform baton.tell_of(p.id, 'came', c.ids, c.org)
            from (select o.org, array_agg(o.id) as ids from unnest(ids, orgs) o (id, org) group by o.org) c;
    end loop;
    if n > 0 then
        perform baton.note('task.follow', 'staff', jsonb_build_object('tasks', n));
    end if;
    return null;
end;
$$;

-- As in 0171.
create or replace function baton.tasks_follow(customers text) returns bigint
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
        perform baton.tell_of(p.id, 'came', c.ids, c.o)
        from (select w.o, array_agg(w.i) as ids from unnest(ids, orgs, rms, moves) w (i, o, r, m) where not w.m and w.r is null group by w.o) c;
    end loop;
    if n > 0 then
        perform baton.note('task.follow', 'import', jsonb_build_object('tasks', n));
    end if;
    return n;
end;
$$;

-- As in 0090; a reason that cannot be seen is none.
create or replace function baton.task_return(push bigint, customer bigint, reason text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    t baton.held_task;
begin
    perform baton.require_duty('branch');
    perform baton.require_push(task_return.push);
    if baton.is_blank(reason) then
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
    perform baton.message_moved('withdraw', task_return.push, t.org_id, array[customer]);
    perform baton.tell_pusher_of(task_return.push, 'returned', array[customer]);
    if t.rm_id is not null then
        perform baton.tell_of(task_return.push, 'returned', array[customer], t.org_id);
    end if;
    perform baton.note('task.return', format('push %s', task_return.push),
        jsonb_build_object('customer', customer, 'reason', left(task_return.reason, 2000)));
end;
$$;
