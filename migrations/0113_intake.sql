-- The step by which a million outcomes come in asks nothing a million times that it can ask once: who the caller is and which zone
-- the bank's days are of are known beforehand, a push of which nothing stands is not looked up, and rows are not sorted to
-- find out of how few pushes they are. What it says and keeps is as in 0092; the zone is the transaction's own until the function ends.
create or replace function baton.outcome_settle_rows(intake uuid) returns baton.outcome_taken
language plpgsql set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on set enable_mergejoin = on
    set enable_hashagg = on
    set timezone = 'UTC'
as $$
declare
    rows_in bigint;
    lowest bigint;
    highest bigint;
    stood bool;
    me text := session_user;
    with_messages bool;
    pushes bigint[];
    homes bigint[];
    zone text := (select b.timezone from baton.bank b);
    taken baton.outcome_taken;
begin
    perform set_config('timezone', zone, true);
    lock table baton.outcome in share row exclusive mode;
    select count(*), count(k.message_id) > 0, min(k.push_id), max(k.push_id) into rows_in, with_messages, lowest, highest
    from baton.outcome_intake k where k.intake = outcome_settle_rows.intake and k.by = me;
    pushes := case when lowest = highest then array[lowest] else array(select distinct k.push_id from baton.outcome_intake k
        where k.intake = outcome_settle_rows.intake and k.by = me) end;
    stood := exists (select from baton.outcome o where o.push_id = any (pushes));
    homes := array(select distinct p.home from baton.push p where p.id = any (pushes));
    if rows_in >= baton.intake_large() then
        perform set_config('enable_nestloop', 'off', true);
        perform set_config('enable_mergejoin', 'off', true);
        perform set_config('enable_hashagg', 'off', true);
    end if;
    -- again: messages that have come before; judged: each row with who holds its task now, and whether it is new (what comes of
    -- one that was recalled or given back is kept and counts nowhere); firsts: the first day on
    -- which a customer came to each step, by what is new; before: the same by what stood; shapes: how many customers have
    -- moved in the same way. Nothing that is written here is seen by the rest. $6: something stands already of these pushes.
    execute $take$
        with again as (
            select g.ordinal from baton.outcome_intake g
            join baton.outcome_message k on k.source = g.source and k.message_id = g.message_id
            where $5 and g.intake = $1 and g.by = $7
            union
            select r.ordinal
            from (select g.ordinal, row_number() over (partition by g.source, g.message_id order by g.ordinal) as nth
                  from baton.outcome_intake g where $5 and g.intake = $1 and g.by = $7 and g.message_id is not null) r
            where r.nth > 1
        ), found as (
            select g.ordinal, g.push_id, g.customer_id, g.outcome, g.at, g.amount, g.note, g.source, g.message_id,
                g.at::date as day, baton.outcome_step(g.outcome) as step, t.org_id, t.rm_id, t.control,
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
            where g.intake = $1 and g.by = $7
        ), judged as materialized (
            select f.*, f.org_id is not null and not f.repeated and e.push_id is null
                and row_number() over (partition by f.customer_id, f.push_id, f.at, f.outcome order by f.repeated, f.ordinal) = 1
                as fresh
            from found f
            left join baton.outcome e on $6 and e.push_id = any ($2) and e.push_id = f.push_id and e.customer_id = f.customer_id
                and e.at = f.at and e.outcome = f.outcome
        ), kept as (
            insert into baton.outcome (push_id, customer_id, at, outcome, org_id, amount, note, late, contamination, taken_by)
            select j.push_id, j.customer_id, j.at, j.outcome, j.org_id, j.amount, j.note, j.day > j.deadline, j.control, $7
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
            from (select o.push_id, o.customer_id, o.outcome, o.at, o.at::date as day,
                      baton.outcome_step(o.outcome) as step
                  from firsts f
                  join baton.outcome o on $6 and o.push_id = any ($2) and o.push_id = f.push_id and o.customer_id = f.customer_id) e
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
            -- Who came to a step on an earlier day than was known counts on that day and no longer on the other. Whose they are is
            -- left out first: each of those that remain is looked at eight times.
            select s.push_id, s.org_id, d.*, s.n
            from (select h.push_id, h.org_id, h.control, h.contacted, h.reached, h.interested, h.sold, h.contacted_before, h.reached_before,
                      h.interested_before, h.sold_before, sum(h.n) as n
                  from shapes h group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) s
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
    using outcome_settle_rows.intake, coalesce(pushes, '{}'), homes, zone, with_messages, stood, me;
    delete from baton.outcome_intake g where g.intake = outcome_settle_rows.intake and g.by = me;
    return taken;
end;
$$;

revoke execute on function baton.outcome_settle_rows from public;
