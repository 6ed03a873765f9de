-- What is sent again is what stands now, and the oldest goes first.

-- As in 0251; the oldest first.
create or replace function baton.breaker_try(rest interval) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    b baton.breaker;
    tried bigint;
begin
    for b in select * from baton.breaker k where k.open_until <= clock_timestamp() for update skip locked loop
        update baton.outbox o set ready_at = clock_timestamp()
            where o.id = (select h.id from baton.outbox h where h.door = b.door and h.org_id = b.org_id and h.state = 'ready'
                              and (h.kind in ('withdraw', 'recall') or baton.delivery_runs(h.push_id))
                          order by h.id limit 1 for update skip locked)
            returning o.id into tried;
        if found or exists (select from baton.outbox h where h.door = b.door and h.org_id = b.org_id and h.state <> 'dead') then
            -- Should that try come to nothing, not even to a failure, another follows.
            update baton.breaker k set open_until = clock_timestamp() + rest, trying = true, probe = tried where k.door = b.door and k.org_id = b.org_id;
        else
            delete from baton.breaker k where k.door = b.door and k.org_id = b.org_id;
        end if;
    end loop;
end;
$$;

-- As in 0172; what a breaker lets go leaves in the order in which it was made.
create or replace function baton.message_leave(ids bigint[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    doors text[];
    orgs int[];
    closed baton.breaker;
    now_on timestamptz;
begin
    -- Counted in one order, so that two workers never wait for each other.
    with gone as (
        delete from baton.outbox o where o.id = any (message_leave.ids) returning o.key, o.push_id, o.org_id, o.door, o.kind, o.tasks, o.body
    ), kept as (
        insert into baton.delivered_new as k (key, push_id, org_id, tasks, body)
            select g.key, g.push_id, g.org_id, g.tasks, g.body from gone g where g.kind = 'new' on conflict do nothing
    ), counted as (
        insert into baton.delivered as d (push_id, org_id, door, kind, messages, tasks, last_at)
            select coalesce(g.push_id, 0) as push_id, g.org_id, g.door, g.kind, count(*), sum(g.tasks), clock_timestamp()
            from gone g group by 1, 2, 3, 4 order by 1, 2, 3, 4
            on conflict on constraint delivered_pkey do update
                set messages = d.messages + excluded.messages, tasks = d.tasks + excluded.tasks, last_at = excluded.last_at
    )
    select array_agg(g.door), array_agg(g.org_id) into doors, orgs from (select distinct k.door, k.org_id from gone k) g;
    for closed in select b.* from baton.breaker b join unnest(doors, orgs) as g (door, org_id) using (door, org_id)
        order by b.door, b.org_id for update of b
    loop
        delete from baton.breaker b where b.door = closed.door and b.org_id = closed.org_id;
        -- A statement of its own, after the lock: what a failure has put behind this breaker is seen.
        -- All at one time: those that are ready at the same time go by their numbers.
        now_on := clock_timestamp();
        update baton.outbox o set ready_at = now_on
            where o.door = closed.door and o.org_id = closed.org_id and o.state = 'ready' and o.ready_at = 'infinity';
    end loop;
end;
$$;

-- Counts anew what the messages of a push tell of, or of the dead ones (one or all): of that which their unit holds. One that tells of nothing
-- any more is no message; gives how many those were.
create function baton.messages_recount(push bigint, dead bigint) returns int
language plpgsql set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    -- Only what somebody has given away, brought back or recalled is other than it was made.
    with asked as materialized (
        select o.id, o.kind, o.push_id, o.org_id, o.low, o.high, o.body from baton.outbox o
        where o.kind in ('tasks', 'new') and o.state <> 'leased' and (o.push_id = messages_recount.push
              or messages_recount.push is null and o.state = 'dead' and (messages_recount.dead is null or o.id = messages_recount.dead))
    ), listed as (
        select a.id, count(*) as n from asked a join baton.push p on p.id = a.push_id
        join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated' and m.org_id = a.org_id
            and m.customer_id between a.low and a.high
        left join baton.task_hold h on h.push_id = a.push_id and h.customer_id = m.customer_id and h.org_id = a.org_id
        where a.kind = 'tasks' and h.held is not false group by a.id
    ), brought as (
        select a.id, count(*) as n from asked a cross join lateral jsonb_array_elements(a.body -> 'customers') c (id)
        join baton.task_hold h on h.push_id = a.push_id and h.customer_id = c.id::bigint and h.org_id = a.org_id and h.held
        where a.kind = 'new' group by a.id
    ), counted as (
        update baton.outbox o set tasks = g.n from (select * from listed union all select * from brought) g
        where o.id = g.id and o.tasks <> g.n
    )
    delete from baton.outbox o using asked a where o.id = a.id
        and not exists (select from listed g where g.id = a.id) and not exists (select from brought g where g.id = a.id);
    get diagnostics n = row_count;
    return n;
end;
$$;

revoke execute on function baton.messages_recount from public;

-- Puts dead messages back, one or all, or sends a push again. What was recalled is not sent again, and of what the unit holds no more nothing is
-- said: `messages` wait because of it, and `recalled` is how many orders (of a push) or dead messages were left out since nothing of them stands.
drop function baton.message_replay(bigint, bigint);
create function baton.message_replay(dead bigint, push bigint, out messages int, out recalled int)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    back int[];
    now_on timestamptz := clock_timestamp();
    gone int;
begin
    perform baton.require_worker();
    recalled := 0;
    if message_replay.push is not null then
        if not exists (select from baton.push p where p.id = message_replay.push) then
            raise exception using errcode = 'BT003', message = 'push', detail = message_replay.push::text;
        end if;
        back := array(select o.org_id from baton.branch_order o where o.push_id = message_replay.push and o.recalled_at is not null);
        recalled := cardinality(back);
        delete from baton.outbox o where o.push_id = message_replay.push and o.kind = 'tasks' and o.state <> 'leased';
        delete from baton.delivered d where d.push_id = message_replay.push and d.kind in ('tasks', 'new') and d.org_id <> all (back);
        perform baton.push_sent(message_replay.push);
        delete from baton.outbox o where o.push_id = message_replay.push and o.kind = 'tasks' and o.state <> 'leased' and o.org_id = any (back);
        insert into baton.outbox (key, kind, push_id, org_id, door, tasks, body)
            select k.key, 'new', k.push_id, k.org_id, d.door, k.tasks, k.body
            from baton.delivered_new k join baton.unit_doors() d on d.org_id = k.org_id
            where k.push_id = message_replay.push and k.org_id <> all (back)
            order by k.org_id, k.key
            on conflict on constraint outbox_key_once do nothing;
        perform baton.message_moved('new', message_replay.push, c.org_id, c.ids)
        from (select h.org_id, array_agg(h.customer_id) as ids from baton.task_hold h
              where h.push_id = message_replay.push and h.held and not h.listed and h.org_id <> all (back)
                  and not exists (select from baton.outbox o where o.push_id = h.push_id and o.org_id = h.org_id and o.kind = 'new'
                                  and o.body -> 'customers' @> to_jsonb(h.customer_id))
              group by h.org_id) c;
    end if;
    -- A dead one of an order that was recalled since says nothing any more.
    delete from baton.outbox o using baton.branch_order b
        where o.state = 'dead' and o.kind in ('tasks', 'new', 'assign', 'channel') and b.push_id = o.push_id and b.org_id = o.org_id
            and b.recalled_at is not null and (message_replay.dead is null or o.id = message_replay.dead)
            and (message_replay.push is null or o.push_id = message_replay.push);
    get diagnostics gone = row_count;
    gone := gone + baton.messages_recount(message_replay.push, case when message_replay.push is null then message_replay.dead end);
    if message_replay.push is null then
        recalled := gone;
    end if;
    update baton.outbox o set state = 'ready', ready_at = now_on, tries = 0, reason = null
        where o.state = 'dead' and (message_replay.dead is null or o.id = message_replay.dead)
            and (message_replay.push is null or o.push_id = message_replay.push);
    get diagnostics messages = row_count;
    if message_replay.dead is not null and messages + recalled = 0 then
        raise exception using errcode = 'BT003', message = 'dead', detail = message_replay.dead::text;
    end if;
    if messages > 0 then
        perform baton.ring(coalesce(message_replay.push, 0));
    end if;
    if message_replay.push is not null then
        select count(*) into messages from baton.outbox o where o.push_id = message_replay.push;
    end if;
    perform baton.note('delivery.replay', coalesce('push ' || message_replay.push, 'message ' || message_replay.dead, 'all'),
        jsonb_build_object('messages', messages, 'recalled', recalled));
end;
$$;

revoke execute on function baton.message_replay from public;
grant execute on function baton.message_replay to baton_operator;
