-- Delivery: the messages of a push to its branches (outbox), the doors by which they leave, and what a worker does with them.
-- A worker claims messages under a lease with a number, and whatever it says later names that number: one that slept past
-- its lease can finish nothing. Finished messages leave the queue and are counted in `delivered`, so the queue stays small.

-- ---- doors --------------------------------------------------------------------------------------------------

-- How messages leave. `inbox`: a row in `baton.inbox` for the role `target`; `file`: a file in the directory `target`.
-- Only the bank's administrators make one: customers' records leave by them.
create table baton.door (
    code text primary key constraint door_code check (code ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$'),
    kind text not null constraint door_kind check (kind in ('inbox', 'file')),
    target text not null constraint door_target check (target ~ '[^[:space:]]'
        and (kind <> 'file' or target ~ '^/')),
    state text not null default 'on' constraint door_state check (state in ('on', 'off')),
    set_by text not null default session_user,
    set_at timestamptz not null default clock_timestamp()
);

-- Which door serves a unit and those below it; the nearest one up the tree counts. A unit without any gets no messages: its
-- people work in Baton itself.
create table baton.door_unit (
    org_id int primary key references baton.org_unit,
    door text not null references baton.door
);

-- The door of each unit that has one.
create function baton.unit_doors() returns table (org_id int, door text)
language sql stable set search_path = baton, pg_temp
as $$
    select distinct on (u.id) u.id, d.door
    from baton.org_unit u
    join baton.door_unit d on d.org_id = any (u.path)
    join baton.org_unit a on a.id = d.org_id
    order by u.id, cardinality(a.path) desc;
$$;

-- ---- the queue ----------------------------------------------------------------------------------------------

create sequence baton.lease_number;

-- One message. Of kind `tasks` it is at most 500 tasks of one unit: those whose customers lie between `low` and `high`; its
-- text is made from the list when it leaves. Others bring their text (`body`).
create table baton.outbox (
    id bigint generated always as identity primary key,
    key text not null constraint outbox_key_once unique,   -- the message's name for whoever gets it; the same however often it is sent
    kind text not null constraint outbox_kind check (kind ~ '^[a-z]{1,20}$'),
    push_id bigint references baton.push,
    org_id int not null references baton.org_unit,
    door text not null references baton.door,
    chunk int,
    low bigint,
    high bigint,
    tasks int not null default 0,
    body jsonb,
    state text not null default 'ready' constraint outbox_state check (state in ('ready', 'leased', 'dead')),
    ready_at timestamptz not null default clock_timestamp(), -- not before; infinity while the branch's breaker is open
    lease bigint,
    lease_until timestamptz,
    worker text,
    tries int not null default 0,
    reason text,                        -- why the last try failed
    made_at timestamptz not null default clock_timestamp(),
    constraint outbox_tasks_have_bounds check ((kind = 'tasks') = (low is not null and high is not null and chunk is not null)),
    constraint outbox_text check ((kind = 'tasks') = (body is null)),
    constraint outbox_lease check ((state = 'leased') = (lease is not null) and (lease is null) = (lease_until is null))
);
create index outbox_ready on baton.outbox (ready_at, id) where state = 'ready';
create index outbox_leased on baton.outbox (lease_until) where state = 'leased';
create index outbox_by_lease on baton.outbox (lease) where state = 'leased';
create index outbox_by_branch on baton.outbox (door, org_id);
create index outbox_by_push on baton.outbox (push_id);

-- What has left: one row per push, unit, door and kind. A message that belongs to no push counts under push 0.
create table baton.delivered (
    push_id bigint not null,
    org_id int not null,
    door text not null,
    kind text not null,
    messages bigint not null,
    tasks bigint not null,
    last_at timestamptz not null,
    primary key (push_id, org_id, door, kind)
);

-- A branch whose door fails. After `breaker_after` failures in a row it is open: its messages wait, until one of them is
-- tried again; if that one leaves, all do.
create table baton.breaker (
    door text not null references baton.door,
    org_id int not null references baton.org_unit,
    failures int not null,
    opened int not null default 0,      -- how often in a row
    open_until timestamptz,             -- null while it is closed
    trying bool not null default false, -- one of its messages is being tried
    reason text,
    primary key (door, org_id)
);

-- Which workers there are; one that has not been seen for a day is forgotten.
create table baton.worker_seen (
    worker text primary key,
    since timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp()
);

-- ---- the inbox ----------------------------------------------------------------------------------------------

-- Messages for systems that read this database with a login of their own (the door's `target`): each sees its own rows and
-- says `taken_at`. Baton's operators see none.
create table baton.inbox (
    id bigint generated always as identity primary key,
    source text not null default 'baton',
    message_id text not null,
    reader text not null,
    kind text not null,
    push_id bigint,
    org text not null,
    tasks int not null,
    body jsonb,                         -- null a week after it was taken
    at timestamptz not null default clock_timestamp(),
    taken_at timestamptz,
    constraint inbox_once unique (source, message_id)
);
-- Compressing what is read once costs more than its place.
alter table baton.inbox alter column body set storage external;
create index inbox_waiting on baton.inbox (reader, id) where taken_at is null;
create index inbox_taken on baton.inbox (taken_at) where taken_at is not null and body is not null;
alter table baton.inbox enable row level security;
create policy own_rows on baton.inbox using (reader = session_user) with check (reader = session_user);

grant select on baton.door, baton.door_unit, baton.delivered, baton.breaker, baton.worker_seen to baton_operator;
-- Neither the customers at its ends nor a text.
grant select (id, key, kind, push_id, org_id, door, chunk, tasks, state, ready_at, lease, lease_until, worker, tries, reason, made_at)
    on baton.outbox to baton_operator;

-- Makes a door, or changes it, and says which units it serves; none is the whole bank. Only the owner may execute this.
create function baton.door_put(code text, kind text, target text, units text[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    unknown text;
begin
    select u.code into unknown from unnest(door_put.units) as u (code)
        where not exists (select from baton.org_unit o where o.code = u.code and o.closed_on is null) limit 1;
    if unknown is not null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = unknown;
    end if;
    if door_put.kind = 'inbox' and not exists (select from pg_roles r where r.rolname = door_put.target) then
        raise exception using errcode = 'BT003', message = 'role', detail = door_put.target;
    end if;
    insert into baton.door as d (code, kind, target) values (door_put.code, door_put.kind, door_put.target)
        on conflict on constraint door_pkey do update
            set kind = excluded.kind, target = excluded.target, state = 'on', set_by = session_user, set_at = clock_timestamp();
    if door_put.kind = 'inbox' then
        execute format('grant usage on schema baton to %I', door_put.target);
        execute format('grant select, update (taken_at) on baton.inbox to %I', door_put.target);
    end if;
    delete from baton.door_unit u where u.door = door_put.code;
    insert into baton.door_unit as w (org_id, door)
        select o.id, door_put.code from baton.org_unit o
        where case when cardinality(door_put.units) > 0 then o.code = any (door_put.units)
                   else o.parent_id is null and o.closed_on is null end
        on conflict on constraint door_unit_pkey do update set door = excluded.door;
    perform baton.note('door.put', door_put.code,
        jsonb_build_object('kind', door_put.kind, 'target', door_put.target, 'units', door_put.units));
end;
$$;

-- Opens or shuts a door; the messages of one that is shut wait. Only the owner may execute this.
create function baton.door_set(code text, state text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    update baton.door d set state = door_set.state, set_by = session_user, set_at = clock_timestamp() where d.code = door_set.code;
    if not found then
        raise exception using errcode = 'BT003', message = 'door', detail = door_set.code;
    end if;
    perform baton.note('door.set', door_set.code, jsonb_build_object('state', door_set.state));
end;
$$;

-- ---- making messages ----------------------------------------------------------------------------------------

-- How many tasks one message has at most.
create function baton.message_most() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 500; $$;

-- Makes the messages of one push, in its transaction, for the units that have a door. Called again it makes those that are
-- not there. One NOTIFY per push, without any data of the bank; a poll stands behind it.
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
    perform pg_notify('baton_delivery', p.id::text);
end;
$$;

-- Puts a message of another kind for a unit into the queue, in the caller's transaction, and gives its name; null if the unit
-- has no door. For the owner's functions only.
create function baton.message_put(kind text, push bigint, org int, body jsonb) returns text
language sql volatile set search_path = baton, pg_temp
as $$
    insert into baton.outbox (key, kind, push_id, org_id, door, body)
    select format('p%s-u%s-%s-%s', coalesce($2, 0), $3, $1, nextval('baton.lease_number')), $1, $2, $3, d.door, $4
    from baton.unit_doors() d where d.org_id = $3
    returning key;
$$;

-- The orders of these units were recalled: tasks that have not gone stay here, and where some have gone the branch's system is
-- told. For the owner's functions only.
create function baton.delivery_recalled(push bigint, units int[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    delete from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = any (units) and o.kind = 'tasks'
        and o.state <> 'leased';
    perform baton.message_put('recall', delivery_recalled.push, u.id, jsonb_build_object('recalled_at', clock_timestamp()))
    from unnest(units) u (id)
    where exists (select from baton.delivered d where d.push_id = delivery_recalled.push and d.org_id = u.id and d.kind = 'tasks')
        or exists (select from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = u.id and o.kind = 'tasks');
end;
$$;

-- ---- what a worker may do -----------------------------------------------------------------------------------

-- Refuses whoever is no loader, and whoever sees a part of the customers: messages are of the whole bank.
create function baton.require_worker() returns void
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    if baton.scope() is not null then
        raise exception using errcode = 'BT114', message = 'own_unit', detail = baton.scope();
    end if;
end;
$$;

-- After how many tries a message is dead, and after how many failures in a row a branch's breaker opens.
create function baton.tries_most() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 12; $$;
create function baton.breaker_after() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 5; $$;

-- How long a breaker stays open the n-th time in a row: 30 seconds, doubled each time, 15 minutes at most.
create function baton.breaker_rest(n int) returns interval
language sql immutable set search_path = baton, pg_temp
as $$ select least(interval '30 seconds' * power(2, least(greatest($1, 1), 10) - 1), interval '15 minutes'); $$;

-- Whether messages wait for the end of the quiet hours (1), or go at any hour (0): they reach branch systems, not people.
insert into baton.policy (key, value, low, high) values ('delivery_quiet', 0, 0, 1);

-- Until when nothing is delivered at all, as far as can be said now; null if it may go.
create function baton.delivery_rests() returns timestamptz
language sql stable set search_path = baton, pg_temp
as $$
    select clock_timestamp() + interval '1 minute' where baton.policy('delivery_quiet') = 1 and baton.quiet_at(clock_timestamp());
$$;

-- Whether the tasks of a push may go: not while its strategy is paused.
create function baton.delivery_runs(push bigint) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce((select baton.strategy_runs(p.strategy) from baton.push p where p.id = $1), true);
$$;

-- Takes back what a worker had in hand when its lease ran out; one that has been tried too often is dead.
create function baton.message_reclaim() returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    dead text[];
begin
    with late as (
        select o.id from baton.outbox o where o.state = 'leased' and o.lease_until <= clock_timestamp()
        order by o.lease_until limit 1000 for update skip locked
    ), back as (
        update baton.outbox o set state = case when o.tries >= baton.tries_most() then 'dead' else 'ready' end,
            ready_at = clock_timestamp(), lease = null, lease_until = null, reason = coalesce(o.reason, 'lease')
        from late l where o.id = l.id returning o.key, o.state
    )
    select array_agg(b.key) into dead from back b where b.state = 'dead';
    if dead is not null then
        perform baton.note('delivery.dead', dead[1], jsonb_build_object('messages', cardinality(dead), 'reason', 'lease'));
    end if;
end;
$$;

-- Lets one message of each branch whose breaker has rested be tried again: the one that was tried least.
create function baton.breaker_try(rest interval) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    b baton.breaker;
begin
    for b in select * from baton.breaker k where k.open_until <= clock_timestamp() for update skip locked loop
        update baton.outbox o set ready_at = clock_timestamp()
            where o.id = (select h.id from baton.outbox h where h.door = b.door and h.org_id = b.org_id and h.state = 'ready'
                          order by h.tries, h.id limit 1 for update skip locked);
        if found or exists (select from baton.outbox h where h.door = b.door and h.org_id = b.org_id and h.state <> 'dead') then
            -- Should that try come to nothing, not even to a failure, another follows.
            update baton.breaker k set open_until = clock_timestamp() + rest, trying = true where k.door = b.door and k.org_id = b.org_id;
        else
            delete from baton.breaker k where k.door = b.door and k.org_id = b.org_id;
        end if;
    end loop;
end;
$$;

-- Takes up to `most` messages that are due under a new lease of so many seconds. Another worker's are passed by. What may not
-- go now (its door is shut, its strategy paused) is looked at again in a minute.
create function baton.message_claim(most int, seconds int)
returns table (lease bigint, id bigint, key text, kind text, push_id bigint, org text, door text, door_kind text, target text, tasks int, tries int)
language plpgsql security definer set search_path = baton, pg_temp
as $$
#variable_conflict use_column
declare
    number bigint;
    picked bigint[];
    held bigint[];
    taken bigint[] := '{}';
    myself text := format('%s %s', session_user, pg_backend_pid());
begin
    perform baton.require_worker();
    insert into baton.worker_seen as w (worker) values (myself)
        on conflict on constraint worker_seen_pkey do update set seen_at = clock_timestamp();
    perform baton.message_reclaim();
    perform baton.breaker_try(make_interval(secs => seconds));
    if baton.delivery_rests() is not null then
        return;
    end if;
    loop
        picked := array(select o.id from baton.outbox o where o.state = 'ready' and o.ready_at <= clock_timestamp()
                        order by o.ready_at, o.id limit most - cardinality(taken) for update skip locked);
        exit when cardinality(picked) = 0;
        with shut as (
            select o.id from baton.outbox o join baton.door d on d.code = o.door
            where o.id = any (picked) and (d.state <> 'on' or o.kind = 'tasks' and o.push_id in (
                select f.push_id from (select distinct k.push_id from baton.outbox k where k.id = any (picked)) f
                where not baton.delivery_runs(f.push_id)))
        ), later as (
            update baton.outbox o set ready_at = clock_timestamp() + interval '1 minute' from shut s where o.id = s.id returning o.id
        )
        select coalesce(array_agg(l.id), '{}') into held from later l;
        taken := taken || array(select p.id from unnest(picked) as p (id) where p.id <> all (held));
        exit when cardinality(held) = 0 or cardinality(taken) >= most;
    end loop;
    if cardinality(taken) = 0 then
        return;
    end if;
    number := nextval('baton.lease_number');
    update baton.outbox o set state = 'leased', lease = number, lease_until = clock_timestamp() + make_interval(secs => seconds),
        worker = myself, tries = o.tries + 1 where o.id = any (taken);
    return query select number, o.id, o.key, o.kind, o.push_id, u.code, o.door, d.kind, d.target, o.tasks, o.tries
        from baton.outbox o join baton.door d on d.code = o.door join baton.org_unit u on u.id = o.org_id
        where o.id = any (taken) order by o.id;
end;
$$;

-- Gives a worker that is alive more time, and says of how many messages it still has the lease.
create function baton.message_renew(lease bigint, seconds int) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    perform baton.require_worker();
    update baton.outbox o set lease_until = clock_timestamp() + make_interval(secs => message_renew.seconds)
        where o.state = 'leased' and o.lease = message_renew.lease and o.lease_until > clock_timestamp();
    get diagnostics n = row_count;
    return n;
end;
$$;

-- Gives back what a worker has claimed and not tried: it was asked to leave.
create function baton.message_release(lease bigint) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    perform baton.require_worker();
    update baton.outbox o set state = 'ready', ready_at = clock_timestamp(), lease = null, lease_until = null, tries = o.tries - 1
        where o.state = 'leased' and o.lease = message_release.lease and o.lease_until > clock_timestamp();
    get diagnostics n = row_count;
    return n;
end;
$$;

-- The texts of messages. The tasks are read from the list push by push, so that one home is touched for each. The units are
-- named beforehand and loops are off (but for each customer's name): the planner knows nothing yet of messages just made.
create function baton.message_bodies(ids bigint[]) returns table (id bigint, body jsonb)
language plpgsql stable set search_path = baton, pg_temp set work_mem = '64MB' set jit = off set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    p record;
begin
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code) || o.body
        from baton.outbox o join baton.org_unit u on u.id = o.org_id where o.id = any (ids) and o.kind <> 'tasks';
    for p in select u.id, u.home, u.plan_id, u.deadline, v.code, v.version, v.name, v.product, v.benefit, v.script
        from baton.push u join baton.strategy_version v on v.code = u.strategy and v.version = u.version
        where u.id in (select o.push_id from baton.outbox o where o.id = any (ids) and o.kind = 'tasks')
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
    end loop;
end;
$$;

-- Refuses with BT440 unless every one of `ids` is held under `lease`, which has not run out; locks them.
create function baton.require_lease(lease bigint, ids bigint[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    select count(*) into n from (select from baton.outbox o
        where o.id = any (require_lease.ids) and o.state = 'leased' and o.lease = require_lease.lease
            and o.lease_until > clock_timestamp() for update) k;
    if n <> cardinality(ids) then
        raise exception using errcode = 'BT440', message = 'lease_lost', detail = (cardinality(ids) - n)::text;
    end if;
end;
$$;

-- The texts of messages that the caller holds, for a door outside the database; noted, for customers' records leave by it.
create function baton.message_texts(lease bigint, ids bigint[]) returns table (id bigint, body jsonb)
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_worker();
    perform baton.require_lease(message_texts.lease, message_texts.ids);
    return query select b.id, b.body from baton.message_bodies(message_texts.ids) b;
    perform baton.note('delivery.read', format('lease %s', message_texts.lease),
        (select jsonb_build_object('messages', count(*), 'tasks', sum(o.tasks)) from baton.outbox o where o.id = any (message_texts.ids)));
end;
$$;

-- Takes finished messages out of the queue and counts them; their branches' breakers close, and what waited behind one goes.
create function baton.message_leave(ids bigint[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    doors text[];
    orgs int[];
    closed baton.breaker;
begin
    -- Counted in one order, so that two workers never wait for each other.
    with gone as (
        delete from baton.outbox o where o.id = any (message_leave.ids) returning o.push_id, o.org_id, o.door, o.kind, o.tasks
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
        update baton.outbox o set ready_at = clock_timestamp()
            where o.door = closed.door and o.org_id = closed.org_id and o.state = 'ready' and o.ready_at = 'infinity';
    end loop;
end;
$$;

-- Says that messages of the caller's lease have left by their door.
create function baton.message_done(lease bigint, ids bigint[]) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    what jsonb;
begin
    perform baton.require_worker();
    perform baton.require_lease(message_done.lease, message_done.ids);
    select jsonb_build_object('messages', count(*), 'tasks', sum(o.tasks), 'doors', jsonb_agg(distinct o.door)) into what
        from baton.outbox o where o.id = any (message_done.ids);
    perform baton.message_leave(message_done.ids);
    perform baton.note('delivery.done', format('lease %s', message_done.lease), what);
end;
$$;

-- Puts messages of the caller's lease into the inbox and finishes them, in one transaction: exactly once, whoever dies.
create function baton.message_inbox(lease bigint, ids bigint[]) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_worker();
    perform baton.require_lease(message_inbox.lease, message_inbox.ids);
    insert into baton.inbox (message_id, reader, kind, push_id, org, tasks, body)
        select o.key, d.target, o.kind, o.push_id, u.code, jsonb_array_length(coalesce(b.body -> 'tasks', '[]')), b.body
        from baton.message_bodies(message_inbox.ids) b
        join baton.outbox o on o.id = b.id
        join baton.door d on d.code = o.door and d.kind = 'inbox'
        join baton.org_unit u on u.id = o.org_id
        order by o.id
        on conflict on constraint inbox_once do nothing;
    perform baton.message_done(message_inbox.lease, message_inbox.ids);
end;
$$;

-- Says that messages of the caller's lease could not leave, why, and after how many milliseconds each may be tried again.
-- One that never will (`never`), or was tried too often, is dead until somebody replays it.
create function baton.message_failed(lease bigint, ids bigint[], reason text, waits bigint[], never bool) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    branch record;
    b baton.breaker;
    dead text[];
begin
    perform baton.require_worker();
    perform baton.require_lease(message_failed.lease, message_failed.ids);
    with back as (
        update baton.outbox o set state = case when message_failed.never or o.tries >= baton.tries_most() then 'dead' else 'ready' end,
            ready_at = clock_timestamp() + make_interval(secs => w.wait / 1000.0), lease = null, lease_until = null,
            reason = left(message_failed.reason, 300)
        from unnest(message_failed.ids, message_failed.waits) as w (id, wait) where o.id = w.id
        returning o.key, o.state
    )
    select array_agg(k.key) into dead from back k where k.state = 'dead';
    -- What never can leave says nothing about its branch's system.
    for branch in select o.door, o.org_id, count(*) as n from baton.outbox o
        where o.id = any (message_failed.ids) and not message_failed.never group by 1, 2 order by 1, 2
    loop
        insert into baton.breaker as k (door, org_id, failures, reason) values (branch.door, branch.org_id, branch.n, left(message_failed.reason, 300))
            on conflict on constraint breaker_pkey do update set failures = k.failures + excluded.failures, reason = excluded.reason
            returning * into b;
        continue when b.failures < baton.breaker_after();
        -- Those that were on their way when it opened make it rest no longer; the one that was tried does.
        update baton.breaker k set opened = k.opened + 1, open_until = clock_timestamp() + baton.breaker_rest(k.opened + 1), trying = false
            where k.door = b.door and k.org_id = b.org_id and (k.trying or k.open_until is null);
        update baton.outbox o set ready_at = 'infinity' where o.door = b.door and o.org_id = b.org_id and o.state = 'ready';
    end loop;
    perform baton.note(case when dead is null then 'delivery.failed' else 'delivery.dead' end, format('lease %s', message_failed.lease),
        jsonb_build_object('messages', cardinality(message_failed.ids), 'dead', coalesce(cardinality(dead), 0),
            'reason', left(message_failed.reason, 300)));
end;
$$;

-- Puts dead messages back: one by its number, those of a push, or all if both are null; gives how many. Of a push everything
-- is sent again, what has left too, under the same names: who got it knows them.
create function baton.message_replay(dead bigint, push bigint) returns int
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
        delete from baton.outbox o where o.push_id = message_replay.push and o.kind = 'tasks' and o.state <> 'leased';
        delete from baton.delivered d where d.push_id = message_replay.push and d.kind = 'tasks';
        perform baton.push_sent(message_replay.push);
    end if;
    update baton.outbox o set state = 'ready', ready_at = clock_timestamp(), tries = 0, reason = null
        where o.state = 'dead' and (message_replay.dead is null or o.id = message_replay.dead)
            and (message_replay.push is null or o.push_id = message_replay.push);
    get diagnostics n = row_count;
    if message_replay.dead is not null and n = 0 then
        raise exception using errcode = 'BT003', message = 'dead', detail = message_replay.dead::text;
    end if;
    if message_replay.push is not null then
        select count(*) into n from baton.outbox o where o.push_id = message_replay.push;
    end if;
    perform baton.note('delivery.replay', coalesce('push ' || message_replay.push, 'message ' || message_replay.dead, 'all'),
        jsonb_build_object('messages', n));
    return n;
end;
$$;

-- In how many milliseconds the next message is due or a lease runs out; null if nothing waits.
create function baton.message_due() returns bigint
language sql stable set search_path = baton, pg_temp
as $$
    select greatest(0, ceil(extract(epoch from greatest(baton.delivery_rests(), d.at) - clock_timestamp()) * 1000))::bigint
    from (select least(
        (select min(o.ready_at) from baton.outbox o where o.state = 'ready' and o.ready_at < 'infinity'),
        (select min(o.lease_until) from baton.outbox o where o.state = 'leased'),
        (select min(b.open_until) from baton.breaker b)) as at) d
    where d.at is not null;
$$;

-- Forgets workers that are gone, and the texts of messages that were taken a week ago; their names stay.
create function baton.delivery_sweep() returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    perform baton.require_worker();
    delete from baton.worker_seen w where w.seen_at < clock_timestamp() - interval '1 day';
    update baton.inbox i set body = null where i.id in (select k.id from baton.inbox k
        where k.taken_at < clock_timestamp() - interval '7 days' and k.body is not null limit 1000 for update skip locked);
    get diagnostics n = row_count;
    if n > 0 then
        perform baton.note('delivery.sweep', 'inbox', jsonb_build_object('messages', n));
    end if;
    return n;
end;
$$;

revoke execute on function baton.unit_doors, baton.door_put, baton.door_set, baton.message_most, baton.push_sent, baton.delivery_recalled, baton.message_put,
    baton.require_worker, baton.tries_most, baton.breaker_after, baton.breaker_rest, baton.delivery_rests, baton.delivery_runs,
    baton.message_reclaim, baton.breaker_try, baton.message_claim, baton.message_renew, baton.message_release, baton.message_bodies,
    baton.require_lease, baton.message_texts, baton.message_leave, baton.message_done, baton.message_inbox, baton.message_failed,
    baton.message_replay, baton.message_due, baton.delivery_sweep from public;
grant execute on function baton.unit_doors, baton.delivery_rests, baton.message_claim, baton.message_renew, baton.message_release,
    baton.message_texts, baton.message_done, baton.message_inbox, baton.message_failed, baton.message_replay, baton.message_due,
    baton.delivery_sweep to baton_operator;
