-- What a branch's system is told beside tasks that change units: that a task has another RM of the same unit, was given back, is
-- there again after a recall, or has a later last day. And each action rings once, whatever it tells and to how many.

-- Wakes the workers, once in a transaction: one NOTIFY costs most of what a small transaction can do. A poll stands behind it.
create function baton.ring(push bigint) returns void
language plpgsql volatile set search_path = baton, pg_temp
as $$
begin
    if current_setting('baton.rang', true) is distinct from txid_current()::text then
        perform set_config('baton.rang', txid_current()::text, true);
        perform pg_notify('baton_delivery', push::text);
    end if;
end;
$$;

-- As in 0040.
create or replace function baton.push_sent(push bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    p baton.push;
begin
    if not exists (select from baton.door) then
        return;
    end if;
    select * into p from baton.push u where u.id = push_sent.push;
    execute $make$
        insert into baton.outbox (key, kind, push_id, org_id, door, chunk, low, high, tasks)
        select format('p%s-u%s-%s', $1, c.org_id, c.chunk), 'tasks', $1, c.org_id, c.door, c.chunk, c.low, c.high, c.tasks
        from (select m.org_id, m.door, (m.place - 1) / $4 + 1 as chunk, min(m.customer_id) as low, max(m.customer_id) as high,
                  count(*) as tasks
              from (select l.org_id, d.door, l.customer_id, row_number() over (partition by l.org_id order by l.customer_id) as place
                    from baton.plan_member l join baton.unit_doors() d on d.org_id = l.org_id
                    where l.home = $2 and l.plan_id = $3 and l.arm = 'treated') m
              group by m.org_id, m.door, (m.place - 1) / $4) c
        order by c.org_id, c.chunk
        on conflict on constraint outbox_key_once do nothing
    $make$ using p.id, p.home, p.plan_id, baton.message_most();
    perform baton.ring(p.id);
end;
$$;

-- As in 0040, and it rings.
create or replace function baton.message_put(kind text, push bigint, org int, body jsonb) returns text
language plpgsql volatile set search_path = baton, pg_temp
as $$
declare
    made text;
begin
    insert into baton.outbox (key, kind, push_id, org_id, door, body)
    select format('p%s-u%s-%s-%s', coalesce(message_put.push, 0), d.org_id, message_put.kind, nextval('baton.lease_number')), message_put.kind,
        message_put.push, d.org_id, d.door, message_put.body
    from baton.unit_doors() d where d.org_id = message_put.org
    returning key into made;
    if made is not null then
        perform baton.ring(message_put.push);
    end if;
    return made;
end;
$$;

-- The system of a unit may have heard of this push: something has left, or may have.
create function baton.delivery_knows(push bigint, org int) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select exists (select from baton.delivered d where d.push_id = $1 and d.org_id = $2 and d.kind in ('tasks', 'new'))
        or exists (select from baton.outbox o where o.push_id = $1 and o.org_id = $2 and o.kind in ('tasks', 'new')
                   and (o.state <> 'ready' or o.tries > 0));
$$;

-- As in 0065, and of tasks that stay in their unit and have another RM (`assign`); it rings.
create or replace function baton.message_moved(kind text, push bigint, org int, customers bigint[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    served text := (select d.door from baton.unit_doors() d where d.org_id = org);
    listed bigint[];
    waits bigint[];
begin
    if served is null then
        return;
    end if;
    listed := array(select t.customer_id from baton.tasks_now(push, customers) t where t.list_org = org);
    perform from baton.outbox o where o.push_id = push and o.org_id = org and o.kind in ('tasks', 'new') and o.state = 'ready' and o.tries = 0
        order by o.id for update;
    with told as (
        select o.id, c.id as customer from baton.outbox o
        join unnest(customers) c (id) on case o.kind when 'tasks' then c.id between o.low and o.high and c.id = any (listed)
                                              else o.body -> 'customers' @> to_jsonb(c.id) end
        where o.push_id = push and o.org_id = org and o.kind in ('tasks', 'new') and o.state = 'ready' and o.tries = 0
    ), counted as (
        update baton.outbox o set tasks = o.tasks + case message_moved.kind when 'new' then g.n when 'withdraw' then -g.n else 0 end
        from (select t.id, count(*)::int as n from told t group by t.id) g where o.id = g.id
    )
    select coalesce(array_agg(t.customer), '{}') into waits from told t;
    insert into baton.outbox (key, kind, push_id, org_id, door, tasks, body)
    select format('p%s-u%s-%s-%s', push, org, message_moved.kind, nextval('baton.lease_number')), message_moved.kind, push, org, served,
        case message_moved.kind when 'new' then g.n else 0 end,
        jsonb_build_object('customers', g.ids, 'moved_at', clock_timestamp())
    from (select jsonb_agg(c.id order by c.id) as ids, count(*)::int as n
          from (select k.id, (row_number() over (order by k.id) - 1) / baton.message_most() as chunk
                from unnest(customers) k (id) where k.id <> all (waits)) c
          group by c.chunk order by c.chunk) g;
    if found then
        perform baton.ring(push);
    end if;
end;
$$;

-- As in 0065, and a unit's system is told of another RM as well.
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

-- As in 0065, and of tasks that have another RM: who has them when it leaves.
create or replace function baton.message_bodies(ids bigint[]) returns table (id bigint, body jsonb)
language plpgsql stable set search_path = baton, pg_temp set work_mem = '64MB' set jit = off set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    p record;
begin
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code) || o.body
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        where o.id = any (ids) and o.kind not in ('tasks', 'new', 'withdraw', 'assign');
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code)
            || jsonb_build_object('moved_at', o.body -> 'moved_at', 'customers', coalesce(g.left_it, '[]'::jsonb))
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        cross join lateral (select jsonb_agg(c.id order by c.id::bigint) as left_it from jsonb_array_elements(o.body -> 'customers') c (id)
            where not exists (select from baton.task_hold h where h.push_id = o.push_id and h.customer_id = c.id::bigint
                and h.org_id = o.org_id and h.held)) g
        where o.id = any (ids) and o.kind = 'withdraw';
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code)
            || jsonb_build_object('moved_at', o.body -> 'moved_at', 'tasks', coalesce(g.has, '[]'::jsonb))
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        cross join lateral (select jsonb_agg(jsonb_build_object('customer', t.customer_id, 'rm', s.code) order by t.customer_id) as has
            from baton.tasks_now(o.push_id, array(select c.id::bigint from jsonb_array_elements(o.body -> 'customers') c (id))) t
            left join baton.staff s on s.id = t.rm_id where t.org_id = o.org_id) g
        where o.id = any (ids) and o.kind = 'assign';
    for p in select u.id, u.home, u.plan_id, u.deadline, v.code, v.version, v.name, v.product, v.benefit, v.script
        from baton.push u join baton.strategy_version v on v.code = u.strategy and v.version = u.version
        where u.id in (select o.push_id from baton.outbox o where o.id = any (ids) and o.kind in ('tasks', 'new'))
    loop
        return query execute $text$
            with asked as materialized (
                select o.id, o.key, o.kind, o.org_id, o.chunk, o.low, o.high from baton.outbox o
                where o.id = any ($1) and o.kind = 'tasks' and o.push_id = $5
            ), listed as materialized (
                -- Who holds it now: what has left the unit since is not told to it any more.
                select l.customer_id, l.org_id, case when h.held then h.rm_id else l.rm_id end as rm_id from baton.plan_member l
                left join baton.task_hold h on h.push_id = $5 and h.customer_id = l.customer_id and h.org_id = l.org_id
                where l.home = $2 and l.plan_id = $3 and l.arm = 'treated' and l.org_id = any (array(select a.org_id from asked a))
                    and h.held is not false
            ), told as (
                select a.id, jsonb_agg(jsonb_build_object('customer', l.customer_id, 'name', c.name, 'rm', s.code)
                    order by l.customer_id) as tasks
                from listed l
                join asked a on a.org_id = l.org_id and l.customer_id between a.low and a.high
                cross join lateral (select baton.mask_name(k.name) as name from baton.customer k where k.customer_id = l.customer_id offset 0) c
                left join baton.staff s on s.id = l.rm_id
                group by a.id
            )
            select a.id, jsonb_build_object('message', a.key, 'kind', a.kind, 'push', $5, 'org', u.code, 'chunk', a.chunk) || $4
                || jsonb_build_object('tasks', coalesce(t.tasks, '[]'::jsonb))
            from asked a join baton.org_unit u on u.id = a.org_id left join told t on t.id = a.id
        $text$ using ids, p.home, p.plan_id, jsonb_build_object('deadline', p.deadline, 'strategy', p.code, 'version', p.version,
            'name', p.name, 'product', p.product, 'benefit', p.benefit, 'script', p.script), p.id;
        return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', p.id, 'org', u.code,
                'moved_at', o.body -> 'moved_at', 'deadline', p.deadline, 'strategy', p.code, 'version', p.version, 'name', p.name,
                'product', p.product, 'benefit', p.benefit, 'script', p.script, 'tasks', coalesce(t.tasks, '[]'::jsonb))
            from baton.outbox o join baton.org_unit u on u.id = o.org_id
            cross join lateral (
                select jsonb_agg(jsonb_build_object('customer', h.customer_id, 'name', c.name, 'rm', s.code) order by h.customer_id) as tasks
                from jsonb_array_elements(o.body -> 'customers') n (id)
                join baton.task_hold h on h.push_id = p.id and h.customer_id = n.id::bigint and h.org_id = o.org_id and h.held
                cross join lateral (select baton.mask_name(k.name) as name from baton.customer k where k.customer_id = h.customer_id offset 0) c
                left join baton.staff s on s.id = h.rm_id) t
            where o.id = any (ids) and o.kind = 'new' and o.push_id = p.id;
    end loop;
end;
$$;

-- As in 0065; who has what nobody has is told no more.
create or replace function baton.delivery_recalled(push bigint, units int[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    delete from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = any (units) and o.kind in ('tasks', 'new', 'assign')
        and o.state <> 'leased';
    perform baton.message_put('recall', delivery_recalled.push, u.id, jsonb_build_object('recalled_at', clock_timestamp()))
    from unnest(units) u (id)
    where exists (select from baton.delivered d where d.push_id = delivery_recalled.push and d.org_id = u.id and d.kind in ('tasks', 'new'))
        or exists (select from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = u.id and o.kind in ('tasks', 'new'));
end;
$$;

-- As in 0065, and dead letters that go again wake the workers, too.
create or replace function baton.message_replay(dead bigint, push bigint) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    perform baton.require_worker();
    if message_replay.push is not null then
        if not exists (select from baton.push p where p.id = message_replay.push) then
            raise exception using errcode = 'BT003', message = 'push', detail = message_replay.push::text;
        end if;
        delete from baton.outbox o where o.push_id = message_replay.push and o.kind in ('tasks', 'new') and o.state <> 'leased';
        delete from baton.delivered d where d.push_id = message_replay.push and d.kind in ('tasks', 'new');
        perform baton.push_sent(message_replay.push);
        perform baton.message_moved('new', message_replay.push, c.org_id, c.ids)
        from (select h.org_id, array_agg(h.customer_id) as ids from baton.task_hold h
              where h.push_id = message_replay.push and h.held and not h.listed group by h.org_id) c;
    end if;
    update baton.outbox o set state = 'ready', ready_at = clock_timestamp(), tries = 0, reason = null
        where o.state = 'dead' and (message_replay.dead is null or o.id = message_replay.dead)
            and (message_replay.push is null or o.push_id = message_replay.push);
    get diagnostics n = row_count;
    if message_replay.dead is not null and n = 0 then
        raise exception using errcode = 'BT003', message = 'dead', detail = message_replay.dead::text;
    end if;
    if n > 0 then
        perform baton.ring(coalesce(message_replay.push, 0));
    end if;
    if message_replay.push is not null then
        select count(*) into n from baton.outbox o where o.push_id = message_replay.push;
    end if;
    perform baton.note('delivery.replay', coalesce('push ' || message_replay.push, 'message ' || message_replay.dead, 'all'),
        jsonb_build_object('messages', n));
    return n;
end;
$$;

-- As in 0063, and the unit's system is told that it has the task no more.
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
    perform baton.message_moved('withdraw', task_return.push, t.org_id, array[customer]);
    perform baton.tell_pusher(task_return.push, 'returned', 1);
    if t.rm_id is not null then
        perform baton.tell(task_return.push, 'returned', 1, t.org_id);
    end if;
    perform baton.note('task.return', format('push %s', task_return.push),
        jsonb_build_object('customer', customer, 'reason', left(task_return.reason, 2000)));
end;
$$;

-- As in 0047, and the units' systems are told of the tasks that they have again.
create or replace function baton.push_recall_undo(push bigint, org text default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    unit int;
    units int[];
    r record;
    given_to jsonb;
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
        returning h.org_id, h.customer_id
    ), by_unit as (
        select g.org_id, count(*) as n, jsonb_agg(g.customer_id) as ids from given g group by g.org_id
    ), told as (
        select baton.tell(push_recall_undo.push, 'given_again', b.n, b.org_id) from by_unit b
    )
    select coalesce(sum(b.n), 0), jsonb_object_agg(b.org_id, b.ids) into n, given_to from by_unit b where (select count(*) from told) >= 0;
    update baton.branch_order o set recalled_at = null, recalled_by = null
        where o.push_id = push_recall_undo.push and o.org_id = any (units);
    perform baton.order_recount(push_recall_undo.push, units);
    perform baton.board_recount(push_recall_undo.push);
    for r in select g.key::int as org, array(select c::bigint from jsonb_array_elements_text(g.value) c) as ids
        from jsonb_each(given_to) g order by 1
    loop
        perform baton.message_moved('new', push_recall_undo.push, r.org, r.ids);
    end loop;
    perform baton.tell_pusher(push_recall_undo.push, 'given_again', n);
    perform baton.note('push.recall.undo', format('push %s', push_recall_undo.push), jsonb_build_object('org', org, 'tasks', n));
    return n;
end;
$$;

-- As in 0047, and the units' systems are told.
create or replace function baton.push_extend(push bigint, until date) returns bigint
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
    -- Whatever has not left says the later day by itself.
    perform baton.message_put('deadline', p.id, o.org_id, jsonb_build_object('deadline', until, 'was', p.deadline, 'extended_at', clock_timestamp()))
    from (select k.org_id from baton.branch_order k where k.push_id = p.id and k.recalled_at is null and k.deadline = until order by 1) o
    where baton.delivery_knows(p.id, o.org_id);
    perform baton.note('push.extend', format('push %s', p.id), jsonb_build_object('from', p.deadline, 'until', until, 'orders', n));
    return n;
end;
$$;

revoke execute on function baton.ring, baton.message_put, baton.delivery_knows from public;
