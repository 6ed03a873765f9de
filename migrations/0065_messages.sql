-- The third door: messages over HTTP, as Standard Webhooks. Where they may go and with what they are signed stands in the
-- worker's own configuration, and in no table: here is the address only. And tasks that change units are told to the systems
-- of both.

-- ---- the door ------------------------------------------------------------------------------------------------

-- `webhook`: an HTTP POST to the address `target`. Everybody may read it, so it holds no login and no query.
alter table baton.door
    drop constraint door_kind,
    drop constraint door_target;
alter table baton.door
    add constraint door_kind check (kind in ('inbox', 'file', 'webhook')),
    add constraint door_target check (target ~ '[^[:space:]]' and (kind <> 'file' or target ~ '^/')
        and (kind <> 'webhook' or target ~ '^https?://[^/?#@[:space:]]+(/[^?#@[:space:]]*)?$'));

-- ---- failing -------------------------------------------------------------------------------------------------

-- As message_failed, and the branch's system has asked to be left alone for `rest` milliseconds (0: it has not): should its
-- breaker open by this, it opens no earlier.
create function baton.message_refused(lease bigint, ids bigint[], reason text, waits bigint[], never bool, rest bigint) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    branch record;
    b baton.breaker;
    dead text[];
begin
    perform baton.require_worker();
    perform baton.require_lease(message_refused.lease, message_refused.ids);
    with back as (
        update baton.outbox o set state = case when message_refused.never or o.tries >= baton.tries_most() then 'dead' else 'ready' end,
            ready_at = clock_timestamp() + make_interval(secs => w.wait / 1000.0), lease = null, lease_until = null,
            reason = left(message_refused.reason, 300)
        from unnest(message_refused.ids, message_refused.waits) as w (id, wait) where o.id = w.id
        returning o.key, o.state
    )
    select array_agg(k.key) into dead from back k where k.state = 'dead';
    -- What never can leave says nothing about its branch's system.
    for branch in select o.door, o.org_id, count(*) as n from baton.outbox o
        where o.id = any (message_refused.ids) and not message_refused.never group by 1, 2 order by 1, 2
    loop
        insert into baton.breaker as k (door, org_id, failures, reason) values (branch.door, branch.org_id, branch.n, left(message_refused.reason, 300))
            on conflict on constraint breaker_pkey do update set failures = k.failures + excluded.failures, reason = excluded.reason
            returning * into b;
        continue when b.failures < baton.breaker_after();
        -- Those that were on their way when it opened make it rest no longer; the one that was tried does.
        update baton.breaker k set opened = k.opened + 1, trying = false, open_until = clock_timestamp()
                + greatest(baton.breaker_rest(k.opened + 1), make_interval(secs => message_refused.rest / 1000.0))
            where k.door = b.door and k.org_id = b.org_id and (k.trying or k.open_until is null);
        update baton.outbox o set ready_at = 'infinity' where o.door = b.door and o.org_id = b.org_id and o.state = 'ready';
    end loop;
    perform baton.note(case when dead is null then 'delivery.failed' else 'delivery.dead' end, format('lease %s', message_refused.lease),
        jsonb_build_object('messages', cardinality(message_refused.ids), 'dead', coalesce(cardinality(dead), 0),
            'reason', left(message_refused.reason, 300)));
end;
$$;

create or replace function baton.message_failed(lease bigint, ids bigint[], reason text, waits bigint[], never bool) returns void
language sql volatile security definer set search_path = baton, pg_temp
as $$ select baton.message_refused($1, $2, $3, $4, $5, 0); $$;

-- Gives back what a worker has claimed and not tried, to be looked at again in `wait` milliseconds: of these messages, or all
-- of its lease if `ids` is null. Behind an open breaker they wait with the others.
create function baton.message_untried(lease bigint, ids bigint[], wait bigint) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n int;
begin
    perform baton.require_worker();
    -- Held, so that whoever closes one lets go of what is put behind it here.
    perform from baton.breaker b where b.open_until is not null and exists (select from baton.outbox o
        where o.state = 'leased' and o.lease = message_untried.lease and o.door = b.door and o.org_id = b.org_id)
        order by b.door, b.org_id for share;
    update baton.outbox o set state = 'ready', lease = null, lease_until = null, tries = o.tries - 1,
        ready_at = case when exists (select from baton.breaker b where b.door = o.door and b.org_id = o.org_id and b.open_until is not null)
            then 'infinity' else clock_timestamp() + make_interval(secs => message_untried.wait / 1000.0) end
        where o.state = 'leased' and o.lease = message_untried.lease and o.lease_until > clock_timestamp()
            and (message_untried.ids is null or o.id = any (message_untried.ids));
    get diagnostics n = row_count;
    return n;
end;
$$;

create or replace function baton.message_release(lease bigint) returns int
language sql volatile security definer set search_path = baton, pg_temp
as $$ select baton.message_untried($1, null, 0); $$;

revoke execute on function baton.message_refused, baton.message_untried from public;
grant execute on function baton.message_refused, baton.message_untried to baton_operator;

-- ---- tasks that change units ----------------------------------------------------------------------------------

-- Tells the system of a unit that tasks came to it (`new`) or left it (`withdraw`), at most message_most() of them a message.
-- Whom a message will tell it that waits and was never tried is left out: that one's text is made from who holds the tasks when
-- it leaves. It is locked, so that nobody makes the text meanwhile, and its number follows. For the owner's functions only.
create function baton.message_moved(kind text, push bigint, org int, customers bigint[]) returns void
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
        update baton.outbox o set tasks = o.tasks + case message_moved.kind when 'new' then g.n else -g.n end
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
end;
$$;

-- As in 0047, and the systems of both units are told.
create or replace function baton.tasks_move(push bigint, customers bigint[], to_orgs int[], to_rms int[], why text) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    units int[];
    n bigint;
    gone jsonb;
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
            jsonb_agg(jsonb_build_object('customer', m.customer_id, 'to', m.org_id, 'was', m.was)) filter (where m.was is distinct from m.org_id)
        into n, units, gone
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
            select (g ->> 'customer')::bigint, (g ->> 'to')::int, 'new' from jsonb_array_elements(gone) g) x
        where x.org is not null group by x.org, x.kind order by x.org, x.kind
    loop
        perform baton.message_moved(r.kind, tasks_move.push, r.org, r.ids);
    end loop;
    return n;
end;
$$;

-- As in 0040, and messages of tasks that came and left: each tells what is so when it leaves.
create or replace function baton.message_bodies(ids bigint[]) returns table (id bigint, body jsonb)
language plpgsql stable set search_path = baton, pg_temp set work_mem = '64MB' set jit = off set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    p record;
begin
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code) || o.body
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        where o.id = any (ids) and o.kind not in ('tasks', 'new', 'withdraw');
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code)
            || jsonb_build_object('moved_at', o.body -> 'moved_at', 'customers', coalesce(g.left_it, '[]'::jsonb))
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        cross join lateral (select jsonb_agg(c.id order by c.id::bigint) as left_it from jsonb_array_elements(o.body -> 'customers') c (id)
            where not exists (select from baton.task_hold h where h.push_id = o.push_id and h.customer_id = c.id::bigint
                and h.org_id = o.org_id and h.held)) g
        where o.id = any (ids) and o.kind = 'withdraw';
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

-- As in 0040; tasks that came wait as well while their strategy is paused.
create or replace function baton.message_claim(most int, seconds int)
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
            where o.id = any (picked) and (d.state <> 'on' or o.kind in ('tasks', 'new') and o.push_id in (
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

-- As in 0040; what came to the units and has not gone stays here, too.
create or replace function baton.delivery_recalled(push bigint, units int[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    delete from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = any (units) and o.kind in ('tasks', 'new')
        and o.state <> 'leased';
    perform baton.message_put('recall', delivery_recalled.push, u.id, jsonb_build_object('recalled_at', clock_timestamp()))
    from unnest(units) u (id)
    where exists (select from baton.delivered d where d.push_id = delivery_recalled.push and d.org_id = u.id and d.kind in ('tasks', 'new'))
        or exists (select from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = u.id and o.kind in ('tasks', 'new'));
end;
$$;

-- As in 0040; a push sent again tells units of the tasks that came to them, too.
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
    if message_replay.push is not null then
        select count(*) into n from baton.outbox o where o.push_id = message_replay.push;
    end if;
    perform baton.note('delivery.replay', coalesce('push ' || message_replay.push, 'message ' || message_replay.dead, 'all'),
        jsonb_build_object('messages', n));
    return n;
end;
$$;

revoke execute on function baton.message_moved from public;

-- ---- messages that came --------------------------------------------------------------------------------------

-- For how long the names of outcome messages that were taken in are kept: it is by them that one that comes again is known.

-- So many days, set by the bank; none: for ever. Three months outlast whatever a branch system sends again; after that the
-- outcome itself still says the same once only (its push, customer, moment and word).
insert into baton.policy (key, value, low, high) values ('outcome_message_days', 90, 7, 3660);

create index outcome_message_by_age on baton.outcome_message (taken_at);

-- Forgets the oldest of them that are past their time, 10,000 at a time, and says how many.
create function baton.outcome_message_sweep() returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    days bigint := baton.policy('outcome_message_days');
    n int;
begin
    perform baton.require_worker();
    if days is null then
        return 0;
    end if;
    delete from baton.outcome_message m using (
        select k.source, k.message_id from baton.outcome_message k where k.taken_at < clock_timestamp() - make_interval(days => days::int)
        order by k.taken_at limit 10000 for update skip locked) old
    where m.source = old.source and m.message_id = old.message_id;
    get diagnostics n = row_count;
    if n > 0 then
        perform baton.note('outcome.forget', 'messages', jsonb_build_object('messages', n, 'days', days));
    end if;
    return n;
end;
$$;

revoke execute on function baton.outcome_message_sweep from public;
grant execute on function baton.outcome_message_sweep to baton_operator;
