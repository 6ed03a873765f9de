-- What is made while a branch's door is broken waits with the rest, and of a paused strategy nothing leaves but what takes tasks back:
-- whoever does not hold a task any more must not call.

-- The one message that is tried while the breaker rests.
alter table baton.breaker add column probe bigint;

-- As in 0040, and it is noted which one that is.
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
                          order by h.tries, h.id limit 1 for update skip locked)
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

-- As in 0065; what stands behind an open breaker waits, but for the one that is tried, and so does what is of a paused strategy.
create or replace function baton.message_claim(most int, seconds int)
returns table (lease bigint, id bigint, key text, kind text, push_id bigint, org text, door text, door_kind text, target text, tasks int, tries int)
language plpgsql security definer set search_path = baton, pg_temp
as $$
#variable_conflict use_column
declare
    number bigint;
    picked bigint[];
    held bigint[];
    behind bigint[];
    sure text[];
    taken bigint[] := '{}';
    myself text := format('%s %s', session_user, pg_backend_pid());
begin
    perform baton.require_worker();
    insert into baton.worker_seen as w (worker) values (myself)
        on conflict on constraint worker_seen_pkey do update set seen_at = clock_timestamp();
    perform baton.message_reclaim();
    perform baton.breaker_try(make_interval(secs => seconds));
    -- Held to the end, so that whoever closes a breaker lets go of what is put behind it here. One that somebody else holds is passed by:
    -- it is just being closed, or tried.
    sure := array(select format('%s %s', b.org_id, b.door) from baton.breaker b where b.open_until is not null for share skip locked);
    if baton.delivery_rests() is not null then
        return;
    end if;
    loop
        picked := array(select o.id from baton.outbox o where o.state = 'ready' and o.ready_at <= clock_timestamp()
                        order by o.ready_at, o.id limit most - cardinality(taken) for update skip locked);
        exit when cardinality(picked) = 0;
        -- Read anew: what is open, and which one may go.
        behind := array(select o.id from baton.outbox o join baton.breaker b on b.door = o.door and b.org_id = o.org_id
            where o.id = any (picked) and b.open_until is not null and b.probe is distinct from o.id);
        with shut as (
            select o.id from baton.outbox o join baton.door d on d.code = o.door
            where o.id = any (picked) and o.id <> all (behind) and (d.state <> 'on' or o.kind not in ('withdraw', 'recall') and o.push_id in (
                select f.push_id from (select distinct k.push_id from baton.outbox k where k.id = any (picked)) f
                where not baton.delivery_runs(f.push_id)))
        ), later as (
            update baton.outbox o set ready_at = clock_timestamp() + interval '1 minute' from shut s where o.id = s.id returning o.id
        ), waits as (
            update baton.outbox o set ready_at = case when format('%s %s', o.org_id, o.door) = any (sure) then 'infinity'
                    else clock_timestamp() + interval '1 second' end
                where o.id = any (behind) returning o.id
        )
        select coalesce(array_agg(l.id), '{}') into held from (select k.id from later k union all select w.id from waits w) l;
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

-- As in 0033, and what has waited leaves.
create or replace function baton.resume_one(code text, reason text, every bool) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    now_on timestamptz := clock_timestamp();
begin
    update baton.strategy_pause p
        set resumed_by = session_user, resumed_at = clock_timestamp(), resume_reason = resume_one.reason
        where p.code = resume_one.code and p.resumed_at is null;
    update baton.strategy_version s set state = 'approved' where s.code = resume_one.code and s.state = 'paused';
    -- All at one time, so that they leave in the order in which they were made.
    update baton.outbox o set ready_at = now_on from baton.push p
        where p.id = o.push_id and p.strategy = resume_one.code and o.state = 'ready' and o.tries = 0 and o.ready_at < 'infinity';
    if found then
        perform baton.ring(0);
    end if;
    perform baton.note('strategy.resume', resume_one.code, jsonb_build_object('reason', resume_one.reason, 'all', every));
end;
$$;

-- As in 0047; of a paused strategy nobody is reminded.
create or replace function baton.push_remind(push bigint, out reminded bigint, out before bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    perform baton.require_push(push_remind.push);
    if not baton.delivery_runs(push_remind.push) then
        raise exception using errcode = 'BT411', message = 'paused', detail = (select p.strategy from baton.push p where p.id = push_remind.push);
    end if;
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
