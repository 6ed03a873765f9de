-- Taking in what came of the tasks: a file is copied where the loader puts his rows, and one step of the owner's judges all
-- of them at once, keeps them, and moves the counters by what is new. Branch systems write messages instead, which the worker
-- takes in by the same step.

-- Rows on their way in. COPY is refused on tables with row security, so this one has none: whoever may put rows here reads
-- none, and `by` is always the caller. It is emptied in the transaction that filled it.
create unlogged table baton.outcome_intake (
    intake uuid not null,
    ordinal bigint not null,            -- from 1, or what else tells a row from the others
    push_id bigint not null,
    customer_id bigint not null,
    outcome text not null,
    at timestamptz not null,
    amount bigint,
    note text,
    source text,                        -- who sent it, and by which number, if it came as a message
    message_id text,
    by text not null default session_user
);
grant insert (intake, ordinal, push_id, customer_id, outcome, at, amount, note, source, message_id)
    on baton.outcome_intake to baton_operator;

-- Which messages have been taken in: one that comes again says nothing new, whatever it says.
create table baton.outcome_message (
    source text not null,
    message_id text not null,
    taken_at timestamptz not null default clock_timestamp(),
    primary key (source, message_id)
);

-- What became of rows: `read` is the sum of `accepted`, `duplicate` and `unknown`; of the accepted ones some are late, or of
-- the control group. `contradictory` are the tasks of which these rows make a sale and, then or later, a refusal or a bad
-- number stand beside each other: both are kept. Those not accepted are told by ordinal, in its order.
create type baton.outcome_taken as (accepted bigint, duplicate bigint, unknown bigint, late bigint, contamination bigint,
    contradictory bigint, ordinals bigint[], verdicts text[], tells text[]);

-- From how many rows on the planner is told what it cannot know of rows that came just now: that they are too many to go
-- through lists customer by customer, and for a table of groups that fits the processor's own memory.
create function baton.intake_large() returns bigint
language sql immutable set search_path = baton, pg_temp
as $$ select 20000::bigint; $$;

-- Judges the caller's rows of an intake, keeps what is new, and moves the counters of boards and orders by it. For the
-- owner's functions: who may is asked by them. One at a time, so that what stands already is known before anything is written.
create function baton.outcome_settle(intake uuid) returns baton.outcome_taken
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
          where k.intake = outcome_settle.intake and k.by = session_user group by k.push_id) g;
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
    using outcome_settle.intake, coalesce(pushes, '{}'), homes, zone, with_messages;
    delete from baton.outcome_intake g where g.intake = outcome_settle.intake and g.by = session_user;
    return taken;
end;
$$;

-- Takes in the caller's rows of an intake.
drop function baton.outcome_take(bigint[], bigint[], timestamptz[], text[], bigint[], text[]);
create function baton.outcome_take(intake uuid) returns baton.outcome_taken
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    taken baton.outcome_taken;
begin
    perform baton.require_duty('loader');
    taken := baton.outcome_settle(outcome_take.intake);
    perform baton.note('outcome.import', 'outcome', jsonb_build_object('accepted', taken.accepted,
        'read', taken.accepted + taken.duplicate + taken.unknown, 'contradictory', taken.contradictory));
    return taken;
end;
$$;

-- As in 0003: an import's outcomes.
create or replace function baton.apply_outcomes() returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    lot uuid := gen_random_uuid();
begin
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note)
    select lot, row_number() over (order by l.load, l.ordinal), l.push, l.customer_id, l.outcome, l.at, l.amount,
        l.note
    from load.outcome l;
    perform baton.outcome_take(lot);
end;
$$;

-- ---- messages of branch systems -----------------------------------------------------------------------------

-- A branch system inserts here and reads nothing. What the worker has taken in leaves; what it cannot take in stays with the
-- reason, and keeps nothing else waiting.
create table baton.outcome_inbox (
    id bigint generated always as identity primary key,
    source text not null constraint outcome_inbox_source check (source ~ '^[^[:space:]]{1,64}$'),
    message_id text not null constraint outcome_inbox_message_id check (message_id ~ '^[^[:space:]]{1,200}$'),
    push_id bigint,
    customer_id bigint,
    outcome text,
    at timestamptz,
    amount bigint,                      -- minor units
    note text,
    received_at timestamptz not null default clock_timestamp(),
    sent_by text not null default session_user,
    reason text constraint outcome_inbox_reason
        check (reason in ('incomplete', 'unknown_push', 'unknown_task', 'unknown_outcome', 'future', 'note_too_long')),
    constraint outcome_inbox_message unique (source, message_id)
);
create index outcome_inbox_waiting on baton.outcome_inbox (id) where reason is null;
grant usage on schema baton to baton_branch_system;
grant insert (source, message_id, push_id, customer_id, outcome, at, amount, note) on baton.outcome_inbox to baton_branch_system;

-- Takes in up to `most` messages that wait, the oldest first; those that another worker has in hand are passed by. `seen` is
-- how many were looked at.
create function baton.outcome_inbox_take(most int)
returns table (seen bigint, accepted bigint, duplicate bigint, left_out bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    ids bigint[];
    lot uuid := gen_random_uuid();
    -- The latest of the server's day and the bank's: what is said to have happened after it has not.
    last_day date := (select greatest(b.as_of, (clock_timestamp() at time zone b.timezone)::date) from baton.bank b);
    zone text := (select b.timezone from baton.bank b);
    taken baton.outcome_taken;
begin
    perform baton.require_duty('loader');
    ids := array(select i.id from baton.outcome_inbox i where i.reason is null order by i.id limit most for update skip locked);
    seen := cardinality(ids);
    accepted := 0;
    duplicate := 0;
    left_out := 0;
    if seen = 0 then
        return next;
        return;
    end if;
    update baton.outcome_inbox i set reason = w.why
    from (select k.id, case
              when num_nulls(k.push_id, k.customer_id, k.outcome, k.at) > 0 or not isfinite(k.at) then 'incomplete'
              when k.outcome not in ('no_answer', 'refused', 'considering', 'appointment', 'sold', 'bad_number') then 'unknown_outcome'
              when not exists (select from baton.push p where p.id = k.push_id) then 'unknown_push'
              when (k.at at time zone zone)::date > last_day then 'future'
              when length(k.note) > 2000 then 'note_too_long' end as why
          from baton.outcome_inbox k where k.id = any (ids)) w
    where i.id = w.id and w.why is not null;
    insert into baton.outcome_intake (intake, ordinal, push_id, customer_id, outcome, at, amount, note, source, message_id)
    select lot, i.id, i.push_id, i.customer_id, i.outcome, i.at, i.amount, i.note, i.source, i.message_id
    from baton.outcome_inbox i where i.id = any (ids) and i.reason is null;
    taken := baton.outcome_settle(lot);
    update baton.outcome_inbox i set reason = 'unknown_task'
    from unnest(taken.ordinals, taken.verdicts) as w (id, verdict) where i.id = w.id and w.verdict = 'unknown';
    delete from baton.outcome_inbox i where i.id = any (ids) and i.reason is null;
    accepted := taken.accepted;
    duplicate := taken.duplicate;
    left_out := seen - accepted - duplicate;
    perform baton.note('outcome.inbox', 'outcome', jsonb_build_object('read', seen, 'accepted', accepted, 'left_out', left_out,
        'contradictory', taken.contradictory));
    return next;
end;
$$;

-- How many messages of each source wait (`reason` null) or could not be taken in, and since when the oldest.
create function baton.outcome_inbox_counts() returns table (source text, reason text, messages bigint, oldest timestamptz)
language sql stable security definer set search_path = baton, pg_temp
begin atomic
    select i.source, i.reason, count(*), min(i.received_at) from baton.outcome_inbox i group by i.source, i.reason
    order by i.source, i.reason nulls first;
end;

-- Messages that could not be taken in, the oldest first, at most 100 after the first `skip`; who has set up a branch system
-- needs them to mend it. That they were shown is written down.
create function baton.outcome_inbox_left(skip int)
returns table (source text, message_id text, push_id bigint, customer_id bigint, outcome text, at timestamptz,
    received_at timestamptz, sent_by text, reason text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    ids bigint[];
begin
    perform baton.require_duty('loader');
    ids := array(select i.id from baton.outcome_inbox i where i.reason is not null order by i.id
        offset greatest(skip, 0) limit 100);
    perform baton.note('outcome.left', 'outcome', jsonb_build_object('rows', cardinality(ids), 'skip', skip));
    return query
        select i.source, i.message_id, i.push_id, i.customer_id, i.outcome, i.at, i.received_at, i.sent_by, i.reason
        from baton.outcome_inbox i where i.id = any (ids) order by i.id;
end;
$$;

-- Has the worker try what could not be taken in once more; gives how many.
create function baton.outcome_inbox_retry() returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    n bigint;
begin
    perform baton.require_duty('loader');
    update baton.outcome_inbox i set reason = null where i.reason is not null;
    get diagnostics n = row_count;
    perform baton.note('outcome.retry', 'outcome', jsonb_build_object('messages', n));
    return n;
end;
$$;

revoke execute on function baton.intake_large, baton.outcome_settle, baton.outcome_take, baton.outcome_inbox_take,
    baton.outcome_inbox_counts, baton.outcome_inbox_left, baton.outcome_inbox_retry from public;
grant execute on function baton.outcome_take, baton.outcome_inbox_take, baton.outcome_inbox_counts, baton.outcome_inbox_left,
    baton.outcome_inbox_retry to baton_operator;
