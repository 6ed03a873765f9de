-- What is sent once more goes under the names that it had, and a wave that nobody would be on is due for nobody.

-- ---- what is sent once more --------------------------------------------------------------------------------

-- What a message of tasks that came to a unit held when it left: sent once more it has the same name, the same customers and the same
-- time. The tables of what waits and what has left know of it no more.
create table baton.delivered_new (
    key text primary key,
    push_id bigint not null references baton.push,
    org_id int not null references baton.org_unit,
    tasks int not null,
    body jsonb not null
);
create index delivered_new_by_push on baton.delivered_new (push_id);

-- As in 0040, and messages of tasks that came are kept.
create or replace function baton.message_leave(ids bigint[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    doors text[];
    orgs int[];
    closed baton.breaker;
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
        update baton.outbox o set ready_at = clock_timestamp()
            where o.door = closed.door and o.org_id = closed.org_id and o.state = 'ready' and o.ready_at = 'infinity';
    end loop;
end;
$$;

-- As in 0090; of tasks that came to a unit later, the messages that were made then, under their names. Only of those that left before they
-- were kept there is a new one.
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
        delete from baton.outbox o where o.push_id = message_replay.push and o.kind = 'tasks' and o.state <> 'leased';
        delete from baton.delivered d where d.push_id = message_replay.push and d.kind in ('tasks', 'new');
        perform baton.push_sent(message_replay.push);
        insert into baton.outbox (key, kind, push_id, org_id, door, tasks, body)
            select k.key, 'new', k.push_id, k.org_id, d.door, k.tasks, k.body
            from baton.delivered_new k join baton.unit_doors() d on d.org_id = k.org_id
            where k.push_id = message_replay.push
                and exists (select from baton.task_hold h where h.push_id = k.push_id and h.org_id = k.org_id and h.held
                            and k.body -> 'customers' @> to_jsonb(h.customer_id))
            order by k.org_id, k.key
            on conflict on constraint outbox_key_once do nothing;
        perform baton.message_moved('new', message_replay.push, c.org_id, c.ids)
        from (select h.org_id, array_agg(h.customer_id) as ids from baton.task_hold h
              where h.push_id = message_replay.push and h.held and not h.listed
                  and not exists (select from baton.outbox o where o.push_id = h.push_id and o.org_id = h.org_id and o.kind = 'new'
                                  and o.body -> 'customers' @> to_jsonb(h.customer_id))
              group by h.org_id) c;
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

-- ---- waves that are due ------------------------------------------------------------------------------------

-- Somebody with a task would be on the list of a later wave if it were drawn on `day`; who has left by an exit is not asked for, that
-- takes the operator's own query. Of a long list nobody is looked up, and somebody is taken to be there.
create function baton.wave_waits(strategy text, version int, wave int, day date) returns bool
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version;
    own baton.lists;
    source baton.list_source;
    checks baton.list_checks;
    somebody bool;
begin
    select * into s from baton.strategy_version v where v.code = wave_waits.strategy and v.version = wave_waits.version;
    if s.code is null or wave_waits.wave <= 1 then
        return true;
    end if;
    source := baton.list_source(s, wave_waits.wave, null, wave_waits.day);
    if source.most > 10 * baton.own_home_from() then
        return true;
    end if;
    checks := baton.list_checks(s.code, s.version, wave_waits.wave, wave_waits.day);
    own := baton.own_lists(s.code);
    execute 'select exists (select from ' || source.members || ' join baton.customer c on c.customer_id = m.customer_id
        join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
              where l.home = any ($1) and l.plan_id = any ($2) and l.arm is not null group by l.customer_id) g
            on g.customer_id = m.customer_id and g.arm = ''treated'' '
        || source.joins || checks.joins || ' where c.closed_on is null' || source.condition || ' and (' || checks.reason || ') is null)'
        into somebody using own.homes, own.plans;
    return somebody;
end;
$$;

-- As in 0037, and a later wave that nobody would be on is due for nobody.
create or replace function baton.waves_due(day date) returns table (strategy text, version int, wave int, name text, due date)
language sql stable set search_path = baton, pg_temp
as $$
    select v.code, v.version, n.wave, v.body::jsonb #>> array['wave', (n.wave - 1)::text, 'name'], d.due
    from baton.strategy_version v
    cross join lateral generate_series(1, v.waves) n (wave)
    cross join baton.wave_of(v.body::jsonb, n.wave) w
    cross join lateral (select min(p.as_of) as first, max(p.as_of) as last, max(p.deadline) as ends
        from baton.push p where p.strategy = v.code and p.version = v.version and p.wave = 1) f
    cross join lateral (select max(p.as_of) as last
        from baton.push p where p.strategy = v.code and p.version = v.version and p.wave = n.wave) own
    cross join lateral (select case
        when n.wave = 1 and v.pilot_days is not null and f.last < f.first + v.pilot_days then f.first + v.pilot_days
        when w.anchor is not null then case when f.ends >= $1 and (own.last is null or own.last < $1) then $1 end
        when n.wave > 1 then (select min(coalesce(w.on_date, p.as_of + greatest(coalesce(w.day, 0), 0)))
            from baton.push p where p.strategy = v.code and p.version = v.version and p.wave = 1
                and (own.last is null or own.last < coalesce(w.on_date, p.as_of + greatest(coalesce(w.day, 0), 0)))) end as due) d
    where v.state = 'approved' and f.first is not null and d.due <= $1
        and not exists (select from baton.strategy_shelf h where h.code = v.code)
        and baton.wave_waits(v.code, v.version, n.wave, $1)
    order by d.due, v.code, n.wave;
$$;

revoke execute on function baton.wave_waits from public;
grant execute on function baton.wave_waits to baton_operator;
