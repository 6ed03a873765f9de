-- The channel plan at work: a task begins with the first channel that its customer may be asked by, goes on to the next one when he
-- was not reached or the days of waiting are over, and stops where the plan says so. The worker takes it on; the branch's system
-- is told; where a task stands is read by whoever has it.

-- Where in the plan tasks are that are not at its first channel: they went on, or their customers could not be asked by it from the
-- beginning. All others have no row.
create table baton.task_channel (
    push_id bigint not null,
    customer_id bigint not null,
    org_id int not null,                -- the unit that held the task then
    place int not null constraint task_channel_place check (place >= 2),
    since date not null,                -- the bank's day
    heard timestamptz not null,         -- up to which outcome the move is an answer
    primary key (push_id, customer_id)
);
grant select on baton.task_channel to baton_operator;
select baton.wall('task_channel');

-- Tasks of which something was heard that may take them on; the worker empties it.
create table baton.channel_due (
    push_id bigint not null,
    customer_id bigint not null,
    org_id int not null,
    primary key (push_id, customer_id)
);
select baton.wall('channel_due');

-- Up to which day the waiting of a push's tasks was looked at.
create table baton.channel_looked (
    push_id bigint primary key references baton.push,
    day date not null
);

-- The ordered channels of a wave with their waits and stops: its own channel alone, else the plan.
create function baton.channel_plan(body jsonb, wave int) returns jsonb
language sql immutable set search_path = baton, pg_temp
as $$
    select case when $1 #>> array['wave', ($2 - 1)::text, 'channel'] is not null
        then jsonb_build_array(jsonb_build_object('code', $1 #>> array['wave', ($2 - 1)::text, 'channel']))
        else coalesce($1 -> 'channel', '[]') end;
$$;

-- By which of these channels each of the customers may be asked now: his consent, a number where one is needed, and that it was
-- not the wrong one when somebody last tried. As `check_channel` (0036) asks of a whole list.
create function baton.channels_open(channels text[], customers bigint[]) returns table (customer_id bigint, places int[])
language sql stable set search_path = baton, pg_temp set jit = off
as $$
    with needed as materialized (select coalesce(baton.policy('consent_needed'), 0) = 1 as yes),
    words as materialized (
        select k.n::int as place, baton.channel_consent(k.channel) as word from unnest($1) with ordinality k (channel, n)
    ), said as materialized (
        select v.customer_id, array_agg(v.channel) as named from baton.consent v
        where v.customer_id = any ($2) and v.given = (select n.yes from needed n) group by v.customer_id
    ), wrong as materialized (
        select b.customer_id from (select o.customer_id, max(o.at) as at from baton.outcome o
            where o.customer_id = any ($2) and o.outcome = 'bad_number' group by o.customer_id) b
        where not exists (select from baton.outcome o where o.customer_id = b.customer_id and o.at > b.at and o.outcome <> 'bad_number')
    ), asked as materialized (
        select c.customer_id, coalesce(c.phone, '') <> '' and x.customer_id is null as has_number, coalesce(s.named, '{}') as named, n.yes
        from baton.customer c cross join needed n
        left join said s on s.customer_id = c.customer_id left join wrong x on x.customer_id = c.customer_id
        where c.customer_id = any ($2) and c.closed_on is null and not c.no_contact
    )
    select a.customer_id, array_agg(w.place order by w.place)
    from asked a join words w on (w.word = any (a.named)) = a.yes and (a.has_number or w.word not in ('phone', 'sms'))
    group by a.customer_id;
$$;

-- Where these tasks of a push stand in its channel plan, and whether they go on as of `day`. `until` is the day on which the wait
-- is over; `next` the channel that would follow; `open` that the customer may still be asked by the one at which it stands. A plan of
-- no channels has no rows.
--
-- A task stops by an outcome of the `stop` of its channel or of an earlier one; without one named, by any with which the customer was
-- reached; by a sale in any case. It goes on when the last that was heard since its channel began is that he was not
-- reached, or when the days of waiting are over since then, counted from the last day on which he was reached.
create function baton.channel_stands(push bigint, customers bigint[], day date)
returns table (customer_id bigint, place int, channel text, since date, until date, next_place int, next text, stopped bool, open bool,
    goes bool, heard timestamptz)
language sql stable set search_path = baton, pg_temp set jit = off
as $$
    with p as (
        select u.id, u.as_of, baton.channel_plan(v.body::jsonb, u.wave) as steps, b.timezone as zone
        from baton.push u join baton.strategy_version v on v.code = u.strategy and v.version = u.version cross join baton.bank b
        where u.id = $1
    ), step as (
        select k.n::int as place, k.step ->> 'code' as channel, coalesce((k.step ->> 'wait_days')::int, 0) as wait,
            case when k.step ? 'stop' then array(select jsonb_array_elements_text(k.step -> 'stop'))
                 else '{refused,considering,appointment}' end || '{sold}'::text[] as stop
        from p cross join lateral jsonb_array_elements(p.steps) with ordinality k (step, n)
    ), stands as materialized (
        select c.id as customer_id, coalesce(t.place, 1) as place, coalesce(t.since, p.as_of) as since,
            coalesce(t.heard, '-infinity') as heard, coalesce(o.places, '{}') as places
        from p cross join unnest($2) c (id)
        left join baton.task_channel t on t.push_id = p.id and t.customer_id = c.id
        left join baton.channels_open(array(select s.channel from step s order by s.place), $2) o on o.customer_id = c.id
        where p.steps <> '[]'
    ), said as (
        select s.customer_id, max(e.at) as last_at,
            bool_or(exists (select from step k where k.place <= s.place and e.outcome = any (k.stop))) as stopped,
            (array_agg(e.outcome order by e.at desc, e.taken_at desc, e.outcome) filter (where e.at > s.heard))[1] as last,
            max((e.at at time zone p.zone)::date) filter (where e.at > s.heard and e.outcome not in ('no_answer', 'bad_number')) as reached
        from p cross join stands s
        join baton.outcome e on e.push_id = p.id and e.customer_id = s.customer_id and not e.contamination
        group by s.customer_id
    ), known as (
        select s.*, coalesce(e.stopped, false) as stopped, e.last, e.last_at, k.channel, k.wait, s.place = any (s.places) as open,
            greatest(s.since, e.reached) as from_day, (select min(x) from unnest(s.places) x where x > s.place) as next_place
        from stands s left join said e on e.customer_id = s.customer_id left join step k on k.place = s.place
    )
    select n.customer_id, n.place, n.channel, n.since,
        case when not n.stopped and n.next_place is not null and n.wait > 0 then n.from_day + n.wait end,
        n.next_place, (select k.channel from step k where k.place = n.next_place), n.stopped, coalesce(n.open, false),
        not n.stopped and n.next_place is not null
            and (not n.open or coalesce(n.last in ('no_answer', 'bad_number'), false) or n.wait > 0 and n.from_day + n.wait <= $3),
        coalesce(n.last_at, '-infinity')
    from known n;
$$;

-- With which channel the tasks of a push begin: the first by which the customer may be asked. When it is pushed, in its transaction.
create function baton.channel_start(push baton.push) returns void
language plpgsql set search_path = baton, pg_temp set jit = off
as $$
declare
    codes text[] := array(select s.step ->> 'code' from baton.strategy_version v
        cross join lateral jsonb_array_elements(baton.channel_plan(v.body::jsonb, push.wave)) with ordinality s (step, n)
        where v.code = push.strategy and v.version = push.version order by s.n);
    ids bigint[];
begin
    if cardinality(codes) < 2 then
        return;
    end if;
    ids := array(select m.customer_id from baton.plan_member m
        where m.home = push.home and m.plan_id = push.plan_id and m.arm = 'treated' order by 1);
    for n in 0 .. (cardinality(ids) - 1) / 20000 loop
        insert into baton.task_channel (push_id, customer_id, org_id, place, since, heard)
        select push.id, m.customer_id, m.org_id, o.places[1], push.as_of, '-infinity'
        from baton.channels_open(codes, ids[n * 20000 + 1 : (n + 1) * 20000]) o
        join baton.plan_member m on m.home = push.home and m.plan_id = push.plan_id and m.customer_id = o.customer_id
        where o.places[1] > 1
        on conflict on constraint task_channel_pkey do nothing;
    end loop;
end;
$$;
create function baton.push_has_its_channels() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.channel_start(new);
    return null;
end;
$$;
create trigger push_has_its_channels after insert on baton.push for each row execute function baton.push_has_its_channels();
-- Those that are under way.
select baton.channel_start(p) from baton.push p, baton.bank b where p.deadline >= b.as_of order by p.id;

-- Takes on those of these tasks that go on as of `day`, each by one channel, and tells the systems of their units. Done twice it does
-- nothing more: what has taken a task on takes it on no further.
create function baton.channel_go(push bigint, customers bigint[], day date) returns bigint
language plpgsql set search_path = baton, pg_temp
as $$
declare
    r record;
    n bigint := 0;
begin
    for r in
        with gone as (
            insert into baton.task_channel as c (push_id, customer_id, org_id, place, since, heard)
            select channel_go.push, s.customer_id, t.org_id, s.next_place, channel_go.day, s.heard
            from baton.channel_stands(channel_go.push, customers, channel_go.day) s
            join baton.tasks_now(channel_go.push, customers) t on t.customer_id = s.customer_id
            where s.goes and t.org_id is not null
            on conflict on constraint task_channel_pkey do update
                set org_id = excluded.org_id, place = excluded.place, since = excluded.since, heard = excluded.heard
                where c.place < excluded.place
            returning c.org_id, c.customer_id
        )
        select g.org_id as org, array_agg(g.customer_id) as ids from gone g group by g.org_id order by 1
    loop
        n := n + cardinality(r.ids);
        perform baton.message_moved('channel', channel_go.push, r.org, r.ids);
    end loop;
    return n;
end;
$$;

-- One piece of the worker's round: the tasks of one push of which something was heard, up to `most`, else all tasks of one push whose
-- waiting was not looked at on the bank's day. No push: there is nothing left to do. What belongs to a paused strategy waits.
create function baton.channel_round(most int, out push bigint, out looked bigint, out went bigint)
language plpgsql security definer set search_path = baton, pg_temp set jit = off
as $$
declare
    today date := baton.bank_day();
    ids bigint[];
    k record;
begin
    perform baton.require_worker();
    -- One at a time: another worker has it in hand.
    if not pg_try_advisory_xact_lock(hashtext('baton.channel_round')) then
        return;
    end if;
    for k in select d.push_id as id, p.deadline from (select distinct c.push_id from baton.channel_due c) d
        join baton.push p on p.id = d.push_id where baton.delivery_runs(d.push_id) order by 1
    loop
        ids := array(select d.customer_id from baton.channel_due d where d.push_id = k.id order by 1 limit most for update skip locked);
        continue when ids = '{}';
        delete from baton.channel_due d where d.push_id = k.id and d.customer_id = any (ids);
        push := k.id;
        looked := cardinality(ids);
        went := case when k.deadline < today then 0 else baton.channel_go(k.id, ids, today) end;
        exit;
    end loop;
    if push is null then
        for k in select p.id from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
            left join baton.channel_looked l on l.push_id = p.id
            where p.deadline >= today and p.as_of < today and jsonb_array_length(baton.channel_plan(v.body::jsonb, p.wave)) > 1
                and (l.day is null or l.day < today)
                and baton.delivery_runs(p.id)
            order by p.id limit 1
        loop
            insert into baton.channel_looked as l (push_id, day) values (k.id, today)
                on conflict on constraint channel_looked_pkey do update set day = excluded.day;
            ids := array(select t.customer_id from baton.push_tasks(k.id) t order by 1);
            push := k.id;
            looked := cardinality(ids);
            went := 0;
            for n in 0 .. (cardinality(ids) - 1) / most loop
                went := went + baton.channel_go(k.id, ids[n * most + 1 : (n + 1) * most], today);
            end loop;
        end loop;
    end if;
    if went > 0 then
        perform baton.note('channel.go', format('push %s', push), jsonb_build_object('tasks', went, 'day', today));
    end if;
end;
$$;

-- Where one task stands in the channel plan, for who may act on it or sees the whole bank; no row where there is no plan.
create function baton.task_channel_at(push bigint, customer bigint)
returns table (place int, channels int, channel text, since date, until date, next text, stopped bool, open bool)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    if not baton.sees_all() and baton.task_mine(push, customer) is null then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    return query
        select s.place, jsonb_array_length(baton.channel_plan(v.body::jsonb, p.wave)), s.channel, s.since, s.until, s.next, s.stopped, s.open
        from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        cross join baton.channel_stands(p.id, array[customer], baton.bank_day()) s
        where p.id = task_channel_at.push;
end;
$$;

-- As in 0059, under a name of its own: what it does with rows has not changed.
create function baton.outcome_settle_rows(intake uuid) returns baton.outcome_taken
language plpgsql set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on set enable_mergejoin = on
    set enable_hashagg = on
as $$
declare
    rows_in bigint;
    with_messages bool;
    pushes bigint[];
    homes bigint[];
    zone text := (select b.timezone from baton.bank b);
    taken baton.outcome_taken;
begin
    lock table baton.outcome in share row exclusive mode;
    select sum(g.n), sum(g.messages) > 0, array_agg(g.push_id) into rows_in, with_messages, pushes
    from (select k.push_id, count(*) as n, count(k.message_id) as messages from baton.outcome_intake k
          where k.intake = outcome_settle_rows.intake and k.by = session_user group by k.push_id) g;
    homes := array(select distinct p.home from baton.push p where p.id = any (pushes));
    if rows_in >= baton.intake_large() then
        perform set_config('enable_nestloop', 'off', true);
        perform set_config('enable_mergejoin', 'off', true);
        perform set_config('enable_hashagg', 'off', true);
    end if;
    -- again: messages that have come before; judged: each row with who holds its task now, and whether it is new (what comes of
    -- one that was recalled or given back is kept and counts nowhere); firsts: the first day on
    -- which a customer came to each step, by what is new; before: the same by what stood; shapes: how many customers have
    -- moved in the same way. Nothing that is written here is seen by the rest.
    execute $take$
        with again as (
            select g.ordinal from baton.outcome_intake g
            join baton.outcome_message k on k.source = g.source and k.message_id = g.message_id
            where $5 and g.intake = $1 and g.by = session_user
            union
            select r.ordinal
            from (select g.ordinal, row_number() over (partition by g.source, g.message_id order by g.ordinal) as nth
                  from baton.outcome_intake g where $5 and g.intake = $1 and g.by = session_user and g.message_id is not null) r
            where r.nth > 1
        ), found as (
            select g.ordinal, g.push_id, g.customer_id, g.outcome, g.at, g.amount, g.note, g.source, g.message_id,
                (g.at at time zone $4)::date as day, baton.outcome_step(g.outcome) as step, t.org_id, t.rm_id, t.control,
                t.gone, t.deadline, a.ordinal is not null as repeated
            from baton.outcome_intake g
            left join (select p.id, m.customer_id, coalesce(h.org_id, m.org_id) as org_id, m.arm = 'control' as control,
                           coalesce(case when h.push_id is null then m.rm_id else h.rm_id end, 0) as rm_id,
                           coalesce(o.deadline, p.deadline) as deadline, coalesce(h.gone, false) as gone
                       from baton.push p
                       join baton.plan_member m on m.home = any ($3) and m.home = p.home and m.plan_id = p.plan_id
                           and m.arm is not null
                       left join (select k.push_id, k.customer_id, max(k.org_id) filter (where k.held) as org_id,
                                      max(k.rm_id) filter (where k.held) as rm_id, not bool_or(k.held) as gone
                                  from baton.task_hold k where k.push_id = any ($2) group by k.push_id, k.customer_id) h
                           on h.push_id = p.id and h.customer_id = m.customer_id
                       left join baton.branch_order o on o.push_id = p.id and o.org_id = coalesce(h.org_id, m.org_id)
                       where p.id = any ($2)) t on t.id = g.push_id and t.customer_id = g.customer_id
            left join again a on a.ordinal = g.ordinal
            where g.intake = $1 and g.by = session_user
        ), judged as materialized (
            select f.*, f.org_id is not null and not f.repeated and e.push_id is null
                and row_number() over (partition by f.customer_id, f.push_id, f.at, f.outcome order by f.repeated, f.ordinal) = 1
                as fresh
            from found f
            left join baton.outcome e on e.push_id = any ($2) and e.push_id = f.push_id and e.customer_id = f.customer_id
                and e.at = f.at and e.outcome = f.outcome
        ), kept as (
            insert into baton.outcome (push_id, customer_id, at, outcome, org_id, amount, note, late, contamination)
            select j.push_id, j.customer_id, j.at, j.outcome, j.org_id, j.amount, j.note, j.day > j.deadline, j.control
            from judged j where j.fresh
        ), known as (
            insert into baton.outcome_message (source, message_id)
            select j.source, j.message_id from judged j
            where j.message_id is not null and j.org_id is not null and not j.repeated
        ), firsts as (
            select j.push_id, j.customer_id, j.org_id, j.rm_id, j.control, min(j.day) as contacted,
                min(j.day) filter (where j.step >= 2) as reached, min(j.day) filter (where j.step >= 3) as interested,
                min(j.day) filter (where j.step = 4) as sold, bool_or(j.outcome <> 'no_answer') as done,
                min(j.at) filter (where j.step = 4) as sold_at,
                max(j.at) filter (where j.outcome in ('refused', 'bad_number')) as denied_at
            from judged j where j.fresh and not j.gone group by j.customer_id, j.push_id, j.org_id, j.rm_id, j.control
        ), before as (
            select e.push_id, e.customer_id, min(e.day) as contacted, min(e.day) filter (where e.step >= 2) as reached,
                min(e.day) filter (where e.step >= 3) as interested, min(e.day) filter (where e.step = 4) as sold,
                bool_or(e.outcome <> 'no_answer') as done, min(e.at) filter (where e.step = 4) as sold_at,
                max(e.at) filter (where e.outcome in ('refused', 'bad_number')) as denied_at
            from (select o.push_id, o.customer_id, o.outcome, o.at, (o.at at time zone $4)::date as day,
                      baton.outcome_step(o.outcome) as step
                  from firsts f
                  join baton.outcome o on o.push_id = any ($2) and o.push_id = f.push_id and o.customer_id = f.customer_id) e
            group by e.customer_id, e.push_id
        ), shapes as (
            select f.push_id, f.org_id, f.rm_id, f.control, f.contacted, f.reached, f.interested, f.sold,
                b.contacted as contacted_before, b.reached as reached_before, b.interested as interested_before,
                b.sold as sold_before, f.done and b.done is not true as done,
                least(f.sold_at, b.sold_at) <= greatest(f.denied_at, b.denied_at) and (b.sold_at <= b.denied_at) is not true as against,
                count(*) as n
            from firsts f left join before b on b.push_id = f.push_id and b.customer_id = f.customer_id
            -- First by one number that tells most of them apart: a sort then compares little else.
            group by (f.rm_id::bigint << 20) + (f.contacted - date '2000-01-01'), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
        ), by_rm as (
            insert into baton.board_count as c (push_id, org_id, rm_id, contacted, reached, interested, sold, in_time, contradictory,
                contaminated)
            select s.push_id, s.org_id, s.rm_id,
                coalesce(sum(s.n) filter (where not s.control and s.contacted_before is null), 0),
                coalesce(sum(s.n) filter (where not s.control and s.reached is not null and s.reached_before is null), 0),
                coalesce(sum(s.n) filter (where not s.control and s.interested is not null and s.interested_before is null), 0),
                coalesce(sum(s.n) filter (where not s.control and s.sold is not null and s.sold_before is null), 0),
                coalesce(sum(s.n) filter (where not s.control and s.contacted <= t.contact_by
                    and (s.contacted_before <= t.contact_by) is not true), 0),
                coalesce(sum(s.n) filter (where not s.control and s.against), 0),
                coalesce(sum(s.n) filter (where s.control and s.contacted_before is null), 0)
            from shapes s join baton.board t on t.push_id = s.push_id
            group by s.push_id, s.org_id, s.rm_id
            on conflict on constraint board_count_pkey do update set contacted = c.contacted + excluded.contacted,
                reached = c.reached + excluded.reached, interested = c.interested + excluded.interested,
                sold = c.sold + excluded.sold, in_time = c.in_time + excluded.in_time,
                contradictory = c.contradictory + excluded.contradictory, contaminated = c.contaminated + excluded.contaminated
        ), moves as (
            -- Who came to a step on an earlier day than was known counts on that day and no longer on the other.
            select s.push_id, s.org_id, d.*, s.n
            from shapes s
            cross join lateral (values
                (case when s.contacted_before <= s.contacted then null else s.contacted end, 1, 0, 0, 0),
                (case when s.contacted_before > s.contacted then s.contacted_before end, -1, 0, 0, 0),
                (case when s.reached_before <= s.reached then null else s.reached end, 0, 1, 0, 0),
                (case when s.reached_before > s.reached then s.reached_before end, 0, -1, 0, 0),
                (case when s.interested_before <= s.interested then null else s.interested end, 0, 0, 1, 0),
                (case when s.interested_before > s.interested then s.interested_before end, 0, 0, -1, 0),
                (case when s.sold_before <= s.sold then null else s.sold end, 0, 0, 0, 1),
                (case when s.sold_before > s.sold then s.sold_before end, 0, 0, 0, -1)) d (day, contacted, reached, interested, sold)
            where not s.control and d.day is not null
        ), by_day as (
            insert into baton.board_day as c (push_id, org_id, day, contacted, reached, interested, sold)
            select m.push_id, m.org_id, m.day, sum(m.n * m.contacted), sum(m.n * m.reached), sum(m.n * m.interested), sum(m.n * m.sold)
            from moves m group by m.push_id, m.org_id, m.day
            on conflict on constraint board_day_pkey do update set contacted = c.contacted + excluded.contacted,
                reached = c.reached + excluded.reached, interested = c.interested + excluded.interested, sold = c.sold + excluded.sold
        ), finished as (
            update baton.branch_order o set open = o.open - f.n, done = o.done + f.n
            from (select s.push_id, s.org_id, sum(s.n)::int as n from shapes s where s.done and not s.control
                  group by s.push_id, s.org_id) f
            where o.push_id = f.push_id and o.org_id = f.org_id
        )
        select count(*) filter (where j.fresh), count(*) filter (where j.org_id is not null and not j.fresh),
            count(*) filter (where j.org_id is null), count(*) filter (where j.fresh and j.day > j.deadline),
            count(*) filter (where j.fresh and j.control),
            (select coalesce(sum(s.n) filter (where s.against and not s.control), 0)::bigint from shapes s),
            array_agg(j.ordinal order by j.ordinal) filter (where not j.fresh),
            array_agg(case when j.org_id is null then 'unknown' else 'duplicate' end order by j.ordinal) filter (where not j.fresh),
            array_agg(format('%s %s %s %s', j.push_id, j.customer_id,
                to_char(j.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), j.outcome) order by j.ordinal)
                filter (where not j.fresh)
        from judged j
        $take$
    into taken.accepted, taken.duplicate, taken.unknown, taken.late, taken.contamination, taken.contradictory, taken.ordinals,
        taken.verdicts, taken.tells
    using outcome_settle_rows.intake, coalesce(pushes, '{}'), homes, zone, with_messages;
    delete from baton.outcome_intake g where g.intake = outcome_settle_rows.intake and g.by = session_user;
    return taken;
end;
$$;

-- The step by which every outcome comes in, and beside it what is heard for the channel plans: whom nobody reached is looked at by
-- the worker. A push without a plan of several channels costs a look at the pushes and no more.
create or replace function baton.outcome_settle(intake uuid) returns baton.outcome_taken
language plpgsql set search_path = baton, pg_temp set jit = off
as $$
declare
    taken baton.outcome_taken;
    planned bigint[];
begin
    lock table baton.outcome in share row exclusive mode;
    planned := array(select p.id from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        where p.deadline >= baton.bank_day() and jsonb_array_length(baton.channel_plan(v.body::jsonb, p.wave)) > 1);
    if planned <> '{}' then
        insert into baton.channel_due (push_id, customer_id, org_id)
        select distinct p.id, m.customer_id, m.org_id
        from baton.outcome_intake k join baton.push p on p.id = k.push_id
        join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.customer_id = k.customer_id and m.arm = 'treated'
        where k.intake = outcome_settle.intake and k.by = session_user and k.push_id = any (planned)
            and k.outcome in ('no_answer', 'bad_number')
        on conflict on constraint channel_due_pkey do nothing;
    end if;
    taken := baton.outcome_settle_rows(outcome_settle.intake);
    return taken;
end;
$$;

-- As in 0090, with the wave's own offer, the script's version and the channel plan, and where each task stands in it when the message leaves.
create or replace function baton.message_bodies(ids bigint[]) returns table (id bigint, body jsonb)
language plpgsql stable set search_path = baton, pg_temp set work_mem = '64MB' set jit = off set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    p record;
begin
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code) || o.body
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        where o.id = any (ids) and o.kind not in ('tasks', 'new', 'withdraw', 'assign', 'channel');
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
    return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', o.push_id, 'org', u.code)
            || jsonb_build_object('moved_at', o.body -> 'moved_at', 'tasks', coalesce(g.has, '[]'::jsonb))
        from baton.outbox o join baton.org_unit u on u.id = o.org_id
        cross join lateral (select jsonb_agg(jsonb_build_object('customer', t.customer_id, 'rm', s.code, 'channel', k.channel, 'since', k.since)
                order by t.customer_id) as has
            from (select array(select c.id::bigint from jsonb_array_elements(o.body -> 'customers') c (id)) as ids) w
            cross join baton.tasks_now(o.push_id, w.ids) t
            join baton.channel_stands(o.push_id, w.ids, null) k on k.customer_id = t.customer_id
            left join baton.staff s on s.id = t.rm_id where t.org_id = o.org_id and not k.stopped) g
        where o.id = any (ids) and o.kind = 'channel';
    for p in select u.id, u.home, u.plan_id, u.deadline, v.code, v.version, v.name, f.product, f.benefit, f.script,
            baton.script_version(v.code, v.version) as script_version, baton.channel_plan(v.body::jsonb, u.wave) as channels
        from baton.push u join baton.strategy_version v on v.code = u.strategy and v.version = u.version
        cross join baton.wave_offer(v, u.wave) f
        where u.id in (select o.push_id from baton.outbox o where o.id = any (ids) and o.kind in ('tasks', 'new'))
    loop
        return query execute replace(replace($text$
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
                select a.id, jsonb_agg(jsonb_build_object('customer', l.customer_id, 'name', c.name, 'rm', s.code#column#)
                    order by l.customer_id) as tasks
                from listed l
                join asked a on a.org_id = l.org_id and l.customer_id between a.low and a.high
                cross join lateral (select baton.mask_name(k.name) as name from baton.customer k where k.customer_id = l.customer_id offset 0) c
                left join baton.staff s on s.id = l.rm_id
                #join#
                group by a.id
            )
            select a.id, jsonb_build_object('message', a.key, 'kind', a.kind, 'push', $5, 'org', u.code, 'chunk', a.chunk) || $4
                || jsonb_build_object('tasks', coalesce(t.tasks, '[]'::jsonb))
            from asked a join baton.org_unit u on u.id = a.org_id left join told t on t.id = a.id
        $text$, '#column#', case when p.channels = '[]' then '' else ', ''channel'', k.channel' end),
            '#join#', case when p.channels = '[]' then '' else 'left join baton.channel_stands($5, array(select x.customer_id from listed x
                join asked y on y.org_id = x.org_id and x.customer_id between y.low and y.high), null) k on k.customer_id = l.customer_id' end)
        using ids, p.home, p.plan_id, jsonb_build_object('deadline', p.deadline, 'strategy', p.code, 'version', p.version,
            'name', p.name, 'product', p.product, 'benefit', p.benefit, 'script', p.script, 'script_version', p.script_version)
            || case when p.channels = '[]' then '{}' else jsonb_build_object('channels', p.channels) end, p.id;
        return query select o.id, jsonb_build_object('message', o.key, 'kind', o.kind, 'push', p.id, 'org', u.code,
                'moved_at', o.body -> 'moved_at', 'deadline', p.deadline, 'strategy', p.code, 'version', p.version, 'name', p.name,
                'product', p.product, 'benefit', p.benefit, 'script', p.script, 'script_version', p.script_version, 'tasks', coalesce(t.tasks, '[]'::jsonb))
                || case when p.channels = '[]' then '{}' else jsonb_build_object('channels', p.channels) end
            from baton.outbox o join baton.org_unit u on u.id = o.org_id
            cross join lateral (
                select jsonb_agg(jsonb_build_object('customer', h.customer_id, 'name', c.name, 'rm', s.code)
                        || case when k.customer_id is null then '{}' else jsonb_build_object('channel', k.channel) end order by h.customer_id) as tasks
                from jsonb_array_elements(o.body -> 'customers') n (id)
                join baton.task_hold h on h.push_id = p.id and h.customer_id = n.id::bigint and h.org_id = o.org_id and h.held
                cross join lateral (select baton.mask_name(k.name) as name from baton.customer k where k.customer_id = h.customer_id offset 0) c
                left join baton.staff s on s.id = h.rm_id
                left join baton.channel_stands(p.id, array(select x.id::bigint from jsonb_array_elements(o.body -> 'customers') x (id)), null) k
                    on k.customer_id = h.customer_id) t
            where o.id = any (ids) and o.kind = 'new' and o.push_id = p.id;
    end loop;
end;
$$;

-- As in 0090, and of channels.
create or replace function baton.delivery_recalled(push bigint, units int[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    delete from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = any (units) and o.kind in ('tasks', 'new', 'assign', 'channel')
        and o.state <> 'leased';
    perform baton.message_put('recall', delivery_recalled.push, u.id, jsonb_build_object('recalled_at', clock_timestamp()))
    from unnest(units) u (id)
    where exists (select from baton.delivered d where d.push_id = delivery_recalled.push and d.org_id = u.id and d.kind in ('tasks', 'new'))
        or exists (select from baton.outbox o where o.push_id = delivery_recalled.push and o.org_id = u.id and o.kind in ('tasks', 'new'));
end;
$$;

revoke execute on function baton.channel_start, baton.push_has_its_channels, baton.channel_plan, baton.channels_open, baton.channel_stands, baton.channel_go, baton.channel_round,
    baton.task_channel_at, baton.outcome_settle, baton.outcome_settle_rows from public;
grant execute on function baton.channel_round, baton.task_channel_at to baton_operator;
