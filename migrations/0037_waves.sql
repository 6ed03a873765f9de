-- Waves, pilots, allocation and drift: whom a later round is for, who gets its tasks, and whether the segment is still the
-- one that was approved. A plan's list has a hash, so that two plans can be told to be the same.

insert into baton.policy (key, value, low, high) values
    ('drift_ppm', null, 0, 1000000),        -- how far the segment may have moved since its approval, of what it was then
    ('rm_tasks_per_day', null, 1, 1000);    -- of an RM for whom the records say nothing

alter table baton.push_plan
    add column wave int not null default 1 constraint push_plan_wave check (wave >= 1),
    add column list_hash bytea;             -- over the list as it was planned; null for those of before
alter table baton.push
    add column wave int not null default 1 constraint push_wave check (wave >= 1);

-- ---- what is due -------------------------------------------------------------------------------------------

-- The rounds of a version as its text has them: on a day after its first push, on a date, or so many days after an anchor of
-- each customer's own. A text without waves has one, on the day of the push.
create function baton.wave_of(body jsonb, wave int, out day int, out on_date date, out anchor text, out days int, out audience text)
language sql immutable set search_path = baton, pg_temp
as $$
    select (w.at -> 'when' ->> 'day')::int - coalesce(($1 #>> '{wave,0,when,day}')::int, 0), (w.at -> 'when' ->> 'date')::date,
        w.at #>> '{when,after,anchor}', (w.at #>> '{when,after,days}')::int, coalesce(w.at ->> 'for', 'all')
    from (select coalesce($1 #> array['wave', ($2 - 1)::text], '{}') as at) w;
$$;

-- The first pushes of a version whose wave `wave` has its day on or before `day`: from their lists it is drawn.
create function baton.wave_base(strategy text, version int, wave int, day date) returns baton.lists
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(array_agg(distinct p.home), '{}'), coalesce(array_agg(p.plan_id), '{}')
    from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
    cross join baton.wave_of(v.body::jsonb, $3) w
    where p.strategy = $1 and p.version = $2 and p.wave = 1
        and coalesce(w.on_date, p.as_of + greatest(coalesce(w.day, 0), 0)) <= $4;
$$;

-- The lists of a version's pushes of one wave.
create function baton.wave_lists(strategy text, version int, wave int) returns baton.lists
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(array_agg(distinct p.home), '{}'), coalesce(array_agg(p.plan_id), '{}')
    from baton.push p where p.strategy = $1 and p.version = $2 and p.wave = $3;
$$;

-- The first day on which a wave may be planned; null for one whose first round was not pushed.
create function baton.wave_day(strategy text, version int, wave int) returns date
language sql stable set search_path = baton, pg_temp
as $$
    select case when $3 = 1 then coalesce(w.on_date, '-infinity')
                else (select min(coalesce(w.on_date, p.as_of + greatest(coalesce(w.day, 0), 0)))
                      from baton.push p where p.strategy = $1 and p.version = $2 and p.wave = 1) end
    from baton.strategy_version v cross join baton.wave_of(v.body::jsonb, $3) w
    where v.code = $1 and v.version = $2;
$$;

-- The units of a pilot and all below them; null for a version without one.
create function baton.pilot_units(body jsonb) returns int[]
language sql stable set search_path = baton, pg_temp
as $$
    select case when $1 #> '{pilot,units}' is not null then array(
        select u.id from baton.org_unit u
        where exists (select from baton.org_unit p where p.id = any (u.path)
                          and p.code in (select jsonb_array_elements_text($1 #> '{pilot,units}'))) order by u.id) end;
$$;

-- What waits for its day on `day` or before, of versions that were pushed: waves, and what follows a pilot (its wave is 1).
-- A wave after an anchor comes a little every day, while the strategy is live.
create function baton.waves_due(day date) returns table (strategy text, version int, wave int, name text, due date)
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
    order by d.due, v.code, n.wave;
$$;

-- ---- drift -------------------------------------------------------------------------------------------------

-- Refuses a segment of which more has come and gone since the approval than the bank allows. Held against is the last list
-- that was frozen before the approval; without one nobody can say, and it takes a new approval, too.
create function baton.require_no_drift(s baton.strategy_version, snapshot bigint) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    most bigint := baton.policy('drift_ppm');
    base baton.snapshot;
    came bigint;
    gone bigint;
begin
    if most is null then
        return;
    end if;
    select f.* into base from baton.snapshot f
        where f.segment = s.segment and f.version = s.segment_version
            and f.taken_at <= (select max(a.approved_at) from baton.approval a where a.strategy = s.code and a.version = s.version)
        order by f.id desc limit 1;
    if base.id is null then
        raise exception using errcode = 'BT212', message = 'no_baseline', detail = format('%s v%s', s.code, s.version);
    end if;
    select count(*) filter (where a.customer_id is null), count(*) filter (where b.customer_id is null) into came, gone
    from (select m.customer_id from baton.segment_member m where m.snapshot_id = base.id) a
    full join (select m.customer_id from baton.segment_member m where m.snapshot_id = require_no_drift.snapshot) b
        on a.customer_id = b.customer_id;
    if (came + gone) * 1000000 > most * base.customers then
        raise exception using errcode = 'BT212', message = 'drift', detail = format('%s %s %s', base.customers, came, gone);
    end if;
end;
$$;

-- ---- allocation --------------------------------------------------------------------------------------------

-- How much an RM can do in a month of 21 working days: as the records say, else as the bank has set; null if neither does.
create function baton.rm_month(capacity int) returns bigint
language sql stable set search_path = baton, pg_temp
as $$ select coalesce(nullif($1, 0), baton.policy('rm_tasks_per_day') * 21); $$;

-- Who gets what no RM of the customers' own has: each unit's manager, else the nearest one above.
create function baton.unit_managers() returns table (org_id int, manager int)
language sql stable set search_path = baton, pg_temp
as $$
    select distinct on (u.id) u.id, s.id
    from baton.org_unit u cross join lateral unnest(u.path) with ordinality p (id, depth)
    join baton.staff s on s.org_id = p.id and s.role = 'manager' and s.closed_on is null
    order by u.id, p.depth desc, s.id;
$$;

-- Gives the tasks of a plan that have no RM yet to the RMs of their units, so that all are filled to the same part of what
-- they can do, and those of units without any to the manager. `relation` is where the list lies.
--
-- In a unit, those that are filled least come first; `raised` are those who stand below the level that the tasks reach,
-- and the level is what they hold together with the tasks. Each takes the tasks between two places of one row of them.
create function baton.plan_allocate(relation text, plan bigint, start bytea) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    left_over bool;
begin
    execute format($allot$
        with todo as materialized (
            select m.customer_id, m.org_id,
                row_number() over (partition by m.org_id order by baton.draw_key($2, m.customer_id), m.customer_id) as place,
                count(*) over (partition by m.org_id) as tasks
            from baton.%1$I m where m.plan_id = $1 and m.arm = 'treated' and m.rm_id is null
        ), held as (
            select m.rm_id, count(*) as has from baton.%1$I m
            where m.plan_id = $1 and m.arm = 'treated' and m.rm_id is not null group by m.rm_id
        ), rm as (
            select s.id, s.org_id, t.tasks, coalesce(h.has, 0) as has, coalesce(baton.rm_month(s.capacity), 100) as can
            from baton.staff s
            join (select distinct d.org_id, d.tasks from todo d) t on t.org_id = s.org_id
            left join held h on h.rm_id = s.id
            where s.closed_on is null and coalesce(s.role, 'rm') in ('rm', '')
        ), ranked as (
            select r.*, r.has::numeric / r.can * sum(r.can) over w - sum(r.has) over w < r.tasks as raised
            from rm r window w as (partition by r.org_id order by r.has::numeric / r.can, r.id)
        ), level as (
            select r.org_id, (max(r.tasks) + sum(r.has)) / sum(r.can) as level from ranked r where r.raised group by r.org_id
        ), share as (
            select r.org_id, r.id, r.has::numeric / r.can as filled,
                round(sum(l.level * r.can - r.has) over (partition by r.org_id order by r.has::numeric / r.can, r.id)
                    - (l.level * r.can - r.has))::bigint as starts
            from ranked r join level l on l.org_id = r.org_id where r.raised
        ), row_of as (
            select s.org_id, array_agg(s.id order by s.filled, s.id) as rms,
                array_agg(greatest(s.starts, 0) order by s.filled, s.id) as starts
            from share s group by s.org_id
        )
        update baton.%1$I m set rm_id = r.rms[width_bucket(t.place - 1, r.starts)]
        from todo t join row_of r on r.org_id = t.org_id
        where m.plan_id = $1 and m.customer_id = t.customer_id
        $allot$, relation) using plan, start;
    execute format($manager$
        update baton.%1$I m set rm_id = u.manager from baton.unit_managers() u
        where m.plan_id = $1 and m.arm = 'treated' and m.rm_id is null and u.org_id = m.org_id
        $manager$, relation) using plan;
end;
$$;

-- ---- plan and push -----------------------------------------------------------------------------------------

-- SHA-256 over the list of a plan: a line for each customer in ascending order, `customer|unit|rm|arm or reason`, numbers of
-- rows as the database has them, nothing for no RM, line ends between.
create function baton.list_hash(home bigint, plan bigint) returns bytea
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    digest bytea;
begin
    execute $hash$
        select sha256(convert_to(coalesce(string_agg(l.line, e'\n'), ''), 'UTF8'))
        from (select concat(m.customer_id, '|', m.org_id, '|', m.rm_id, '|', coalesce(m.arm, m.blocked)) as line
              from baton.plan_member m where m.home = $1 and m.plan_id = $2 order by m.customer_id) l
        $hash$ into digest using list_hash.home, list_hash.plan;
    return digest;
end;
$$;

-- As in 0036, with whom the plan leaves off beside: who has left the strategy (`exits`, found by the operator's own query as
-- members of segments are), and who comes after the pilot.
drop function baton.list_checks(text, int, int, date);
create function baton.list_checks(of_strategy text, of_version int, of_wave int, day date, exits uuid default null)
returns baton.list_checks
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version;
    joined text := '';
    cases text := ' when c.no_contact then ''no_contact''';
    lists baton.lists;
begin
    select * into s from baton.strategy_version v where v.code = of_strategy and v.version = of_version;
    if exits is not null then
        joined := joined || format(' left join (select distinct i.customer_id
                from baton.member_part p cross join unnest(p.members) i (customer_id) where p.intake = %L and p.by = %L)
            gone on gone.customer_id = c.customer_id', exits, session_user);
        cases := cases || ' when gone.customer_id is not null then ''exit''';
    end if;
    cases := cases || baton.check_holdout();
    select joined || k.joins, cases || k.reason into joined, cases from baton.check_complaint(day) k;
    select joined || k.joins, cases || k.reason into joined, cases
        from baton.check_risk(coalesce(s.body::jsonb #>> array['wave', (of_wave - 1)::text, 'product'], s.product)) k;
    select joined || k.joins, cases || k.reason into joined, cases from baton.check_channel(s.body::jsonb, of_wave) k;
    if baton.policy('cap_contacts') is not null and baton.policy('cap_days') is not null then
        lists := baton.recent_lists(baton.policy('cap_days'), day);
        if lists.plans <> '{}' then
            joined := joined || format(' left join (select l.customer_id from baton.plan_member l
                where l.home = any (%L::bigint[]) and l.plan_id = any (%L::bigint[]) and l.arm = ''treated''
                group by l.customer_id having count(*) >= %s) often on often.customer_id = c.customer_id',
                lists.homes, lists.plans, baton.policy('cap_contacts'));
            cases := cases || ' when often.customer_id is not null then ''capped''';
        end if;
    end if;
    lists := baton.live_lists(of_strategy, day);
    if lists.plans <> '{}' then
        joined := joined || baton.join_lists('elsewhere', lists);
        cases := cases || ' when elsewhere.customer_id is not null then ''live_strategy''';
    end if;
    lists := baton.reserved_lists(of_strategy, s.priority, day);
    if lists.plans <> '{}' then
        joined := joined || baton.join_lists('wanted', lists);
        cases := cases || ' when wanted.customer_id is not null then ''priority''';
    end if;
    if exists (select from baton.strategy_exclusion x where x.strategy = of_strategy) then
        joined := joined || format(' left join baton.strategy_exclusion x on x.strategy = %L and x.customer_id = c.customer_id',
            of_strategy);
        cases := cases || ' when x.customer_id is not null then ''manual''';
    end if;
    if of_wave = 1 and baton.in_pilot(s) then
        cases := cases || format(' when c.org_id <> all (%L::int[]) then ''pilot''', baton.pilot_units(s.body::jsonb));
    end if;
    return (joined, 'case' || cases || ' end')::baton.list_checks;
end;
$$;

-- The version has a pilot, and its first push is still to come.
create function baton.in_pilot(s baton.strategy_version) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select (s).pilot_days is not null and (s).body::jsonb #> '{pilot,units}' is not null
        and not exists (select from baton.push p where p.strategy = (s).code and p.version = (s).version and p.wave = 1);
$$;

-- A list is for those who were not on one of the same wave before: of every wave but a first one that goes out at once.
create function baton.only_once(s baton.strategy_version, wave int) returns bool
language sql stable set search_path = baton, pg_temp
as $$
    select $2 > 1 or (s).pilot_days is not null
        or ($1).body::jsonb #> array['wave', ($2 - 1)::text, 'when', 'after'] is not null;
$$;

-- Of whom a plan is drawn: the query of their numbers `m.customer_id`, what it must join for that, and the condition on it.
-- The first wave is of the snapshot ($3); a later one of the first wave's lists, treated by what came of them, while the
-- control group stays on it: nobody can say whom of it would have been reached.
create type baton.list_source as (members text, joins text, condition text, most bigint);

create function baton.list_source(s baton.strategy_version, wave int, snapshot bigint, day date) returns baton.list_source
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    w record;
    base baton.lists;
    had baton.lists;
    found baton.list_source := ('', '', '', 0)::baton.list_source;
    heard text := '';
begin
    select * into w from baton.wave_of(s.body::jsonb, wave);
    if wave = 1 then
        select f.customers into found.most from baton.snapshot f where f.id = snapshot;
        -- A small list as an array, whose length the planner knows: it has no statistics yet of what was just written.
        found.members := case when found.most >= baton.own_home_from()
            then '(select f.customer_id from baton.segment_member f where f.snapshot_id = $3) m'
            else 'unnest(array(select f.customer_id from baton.segment_member f where f.snapshot_id = $3)) m (customer_id)' end;
    else
        base := baton.wave_base(s.code, s.version, wave, day);
        select coalesce(sum(p.customers), 0) into found.most from baton.push p where p.plan_id = any (base.plans);
        found.members := format('(select distinct l.customer_id from baton.plan_member l where l.home = any (%L::bigint[])
            and l.plan_id = any (%L::bigint[]) and l.arm is not null) m', base.homes, base.plans);
        heard := case w.audience when 'reached' then 'heard.reached' when 'not_reached' then 'heard.reached is not true'
                                 when 'no_outcome' then 'heard.customer_id is null' else '' end;
        if heard <> '' then
            found.joins := format(' left join (select o.customer_id, bool_or(o.outcome not in (''no_answer'', ''bad_number'')) as reached
                from baton.outcome o where o.push_id = any (%L::bigint[]) and not o.contamination group by o.customer_id)
                heard on heard.customer_id = m.customer_id',
                array(select p.id from baton.push p where p.strategy = s.code and p.version = s.version and p.wave < list_source.wave));
            found.condition := format(' and (g.arm = ''control'' or %s)', heard);
        end if;
    end if;
    if baton.only_once(s, wave) then
        had := baton.wave_lists(s.code, s.version, wave);
        if had.plans <> '{}' then
            found.joins := found.joins || replace(baton.join_lists('had', had), 'had.customer_id = c.', 'had.customer_id = m.');
            found.condition := found.condition || ' and had.customer_id is null';
        end if;
    end if;
    if w.anchor is not null then
        found.joins := found.joins || baton.join_anchor(w.anchor, day);
        found.condition := found.condition || format(' and %s + %s <= %L::date',
            case when w.anchor = 'opened_on' then 'c.opened_on' else 'anchor.day' end, w.days, day);
    end if;
    return found;
end;
$$;

-- The day of each customer's own that a wave comes after: of an attribute, or the last event of a kind.
create function baton.join_anchor(anchor text, day date) returns text
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    a baton.attribute;
    zone text := (select b.timezone from baton.bank b);
begin
    if anchor = 'opened_on' then
        return '';
    end if;
    select * into a from baton.attribute d where d.code = anchor and d.type = 'date';
    if a.code is not null then
        return format(' left join (select v.customer_id, v.%I as day from %I.%I v) anchor on anchor.customer_id = m.customer_id',
            a.column_name, a.schema_name, a.relation);
    end if;
    return format(' left join (select v.customer_id, (max(v.at) at time zone %L)::date as day from baton.event v
        where v.kind = %s and v.at < %L::timestamptz group by v.customer_id) anchor on anchor.customer_id = m.customer_id',
        zone, coalesce((select k.id from baton.event_kind k where k.code = anchor), -1), (day + 1)::timestamp at time zone zone);
end;
$$;

-- Refuses a wave that the version does not have, or whose day has not come, and the rest of the units while a pilot runs.
create function baton.require_due(s baton.strategy_version, wave int, day date) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    due date := baton.wave_day(s.code, s.version, wave);
    pilot date := (select min(p.as_of) + s.pilot_days from baton.push p
                   where p.strategy = s.code and p.version = s.version and p.wave = 1);
begin
    if wave > s.waves or wave < 1 then
        raise exception using errcode = 'BT003', message = 'wave', detail = format('%s v%s / %s', s.code, s.version, wave);
    end if;
    if due is null then
        raise exception using errcode = 'BT211', message = 'wave_first', detail = format('%s v%s / 1', s.code, s.version);
    end if;
    if due > day then
        raise exception using errcode = 'BT211', message = 'wave_not_due', detail = due::text;
    end if;
    if wave = 1 and pilot > day then
        raise exception using errcode = 'BT211', message = 'pilot_runs', detail = pilot::text;
    end if;
end;
$$;

-- Draws and keeps the list of one wave of an approved version, and gives the plan's number. The first wave is of
-- `snapshot`; a later one needs none. `exits` is where the operator's own query has put who has left the strategy.
drop function baton.push_plan(text, int, bigint);
create function baton.push_plan(strategy text, version int, snapshot bigint, wave int default 1, exits uuid default null)
returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
    set enable_nestloop = on set parallel_tuple_cost = 0.1
as $$
declare
    s baton.strategy_version;
    plan bigint;
    day date := baton.today();
    own baton.lists;
    checks baton.list_checks;
    source baton.list_source;
    frozen bigint := push_plan.snapshot;
    home bigint := 0;
    opening text := 'insert into baton.plan_member_0';
    rm text;
    digest bytea;
    treated_n int;
    control_n int;
begin
    perform baton.require_duty('strategist');
    select * into s from baton.strategy_version v where v.code = push_plan.strategy and v.version = push_plan.version;
    if s.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = push_plan.strategy;
    end if;
    if s.state <> 'approved' then
        raise exception using errcode = 'BT004', message = s.state, detail = format('%s v%s', s.code, s.version);
    end if;
    perform baton.require_due(s, push_plan.wave, day);
    if push_plan.wave = 1 then
        perform from baton.snapshot f where f.id = frozen and f.segment = s.segment and f.version = s.segment_version and f.as_of = day;
        if not found then
            raise exception using errcode = 'BT003', message = 'snapshot', detail = frozen::text;
        end if;
        perform baton.require_no_drift(s, frozen);
    else
        select max(k.snapshot_id) into frozen from baton.push p join baton.push_plan k on k.id = p.plan_id
            where p.strategy = s.code and p.version = s.version and p.wave = 1;
    end if;
    source := baton.list_source(s, push_plan.wave, frozen, day);
    if source.most >= baton.own_home_from() then
        home := baton.home_number(source.most);
        opening := format('create table baton.%I as', 'plan_member_' || home);
        -- Whatever the planner takes this list to be, it is too long to be gone through for each customer.
        perform set_config('enable_nestloop', 'off', true);
        perform set_config('parallel_tuple_cost', '0.01', true);
    end if;
    checks := baton.list_checks(s.code, s.version, push_plan.wave, day, push_plan.exits);
    own := baton.own_lists(s.code);
    insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, home, customers, treated, control, wave)
        values (s.code, s.version, s.hash, frozen, day, home, 0, 0, 0, push_plan.wave) returning id into plan;
    -- Whose task it is: those that are left open here are given out below.
    rm := case s.body::jsonb #>> '{allocation,to}'
        when 'manager' then 'case when p.blocked is null then u.manager else p.rm_id end'
        when 'balanced' then 'case when p.blocked is not null then p.rm_id end'
        else 'p.rm_id' end;

    -- given: the arms of earlier pushes; listed: why somebody is left off; placed: where each of the others stands in the
    -- draw of his unit.
    execute opening || $list$
        with given as (
            select l.customer_id, min(l.arm) as arm from baton.plan_member l
            where l.home = any ($4) and l.plan_id = any ($5) and l.arm is not null group by l.customer_id
        ), listed as (
            select c.customer_id, c.org_id, r.id as rm_id, g.arm as given,
            $list$ || checks.reason || $list$ as blocked
            from $list$ || source.members || $list$
            join baton.customer c on c.customer_id = m.customer_id
            left join baton.staff r on r.id = c.rm_id and r.closed_on is null
            left join given g on g.customer_id = m.customer_id
            $list$ || source.joins || checks.joins || $list$
            where c.closed_on is null $list$ || source.condition || $list$
        ), placed as (
            -- Those with an arm of before come last in the order of their unit, behind every key of eight bytes.
            select l.*,
                baton.control_of($6, count(*) over unit) - count(*) filter (where l.given = 'control') over unit as free,
                row_number() over unit as place
            from (select k.*, (k.org_id::bigint << 1) + (k.blocked is null)::int as unit,
                      case when k.given is null then baton.draw_key($7, k.customer_id) else '\xffffffffffffffffff' end as key
                  from listed k) l
            window unit as (partition by l.unit order by l.key, l.customer_id rows between unbounded preceding and unbounded following)
        )
        select $1 as home, $2 as plan_id, p.customer_id, p.org_id, $list$ || rm || $list$ as rm_id,
            case when p.blocked is not null then null
                 else coalesce(p.given, case when p.place <= p.free then 'control' else 'treated' end) end as arm,
            p.blocked
        from placed p $list$
        || case when rm ~ 'manager' then 'left join baton.unit_managers() u on u.org_id = p.org_id' else '' end
    using home, plan, frozen, own.homes, own.plans, s.control_ppm, baton.draw_start(s.code, s.seed);
    delete from baton.member_part i where i.intake = push_plan.exits and i.by = session_user;
    perform baton.plan_allocate('plan_member_' || home, plan, baton.draw_start(s.code, s.seed));
    if home > 0 then
        perform baton.home_open(home, false);
    end if;

    execute $count$select count(*) filter (where m.arm = 'treated'), count(*) filter (where m.arm = 'control')
        from baton.plan_member m where m.home = $1 and m.plan_id = $2$count$ into treated_n, control_n using home, plan;
    if treated_n + control_n = 0 then
        raise exception using errcode = 'BT005', message = 'empty_list', detail = format('%s v%s', s.code, s.version);
    end if;
    digest := baton.list_hash(home, plan);
    update baton.push_plan p set customers = treated_n + control_n, treated = treated_n, control = control_n, list_hash = digest
        where p.id = plan;
    perform baton.note('push.plan', format('%s v%s', s.code, s.version),
        jsonb_build_object('plan', plan, 'as_of', day, 'hash', encode(s.hash, 'hex'), 'customers', treated_n + control_n,
            'control', control_n, 'snapshot', frozen, 'wave', push_plan.wave, 'list', encode(digest, 'hex'),
            'members', (select encode(f.hash, 'hex') from baton.snapshot f where f.id = frozen)));
    return plan;
end;
$$;

-- As in 0036, and refuses who got the same wave by another plan since, and tasks of an RM who has left or whose customer has
-- another by now.
create or replace function baton.plan_still_holds(p baton.push_plan, wave int, day date) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version := (select v from baton.strategy_version v where v.code = p.strategy and v.version = p.version);
    own baton.lists := baton.own_lists(p.strategy);
    had baton.lists;
    checks baton.list_checks := baton.list_checks(p.strategy, p.version, wave, day);
    own_rm bool := coalesce(s.body::jsonb #>> '{allocation,to}', 'own_rm') = 'own_rm';
    stale bigint;
    why text;
begin
    if baton.only_once(s, wave) then
        had := baton.wave_lists(s.code, s.version, wave);
    end if;
    execute $holds$
        select sum(f.n), string_agg(f.reason || ' ' || f.n, ', ' order by f.n desc, f.reason)
        from (select r.reason, count(*) as n
              from (select case when c.customer_id is null or c.closed_on is not null then 'closed'
                                when g.arm <> m.arm then 'arm'
                                when c.org_id <> m.org_id then 'moved'
                                when m.arm = 'treated' and (gone.closed_on is not null or $5 and mine.id <> m.rm_id) then 'rm'
                                $holds$ || case when had.plans <> '{}' then 'when had.customer_id is not null then ''had''' else '' end
                                || $holds$
                                else $holds$ || checks.reason || $holds$ end as reason
                    from baton.plan_member m
                    left join baton.customer c on c.customer_id = m.customer_id
                    left join baton.staff gone on gone.id = m.rm_id
                    left join baton.staff mine on mine.id = c.rm_id and mine.closed_on is null
                    left join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
                               where l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null
                               group by l.customer_id) g on g.customer_id = m.customer_id
                    $holds$ || case when had.plans <> '{}' then baton.join_lists('had', had) else '' end
                    || checks.joins || $holds$
                    where m.home = $1 and m.plan_id = $2 and m.arm is not null) r
              where r.reason is not null group by r.reason) f
        $holds$
    into stale, why using p.home, p.id, own.homes, own.plans, own_rm;
    if stale > 0 then
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text, hint = why;
    end if;
end;
$$;

-- As in 0036, of any wave; `list` is the hash of the list that was shown, if the caller has one.
drop function baton.push_apply(bigint);
create function baton.push_apply(plan bigint, list bytea default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on
as $$
declare
    p baton.push_plan;
    s baton.strategy_version;
    done bigint;
    last_day date;
    -- An operator may look at the bank as of any day, and plan; but a later day than the bank's own frees nobody.
    own_day date := least(baton.today(), (select b.as_of from baton.bank b));
    started timestamptz := clock_timestamp();
begin
    perform baton.require_duty('strategist');
    lock table baton.push in share row exclusive mode;
    select u.id into done from baton.push u where u.plan_id = push_apply.plan;
    select * into p from baton.push_plan k where k.id = push_apply.plan for update;
    if list <> p.list_hash then
        raise exception using errcode = 'BT213', message = 'another_list', detail = push_apply.plan::text;
    end if;
    if done is not null then
        return done;
    end if;
    if p.id is null or p.home is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = push_apply.plan::text;
    end if;
    select * into s from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    perform baton.require_due(s, p.wave, own_day);
    if p.home > 0 then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    perform baton.plan_still_holds(p, p.wave, own_day);

    last_day := baton.today() + s.deadline_days;
    insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis, wave)
        values (p.id, p.strategy, p.version, p.hash, p.home, baton.today(), last_day, p.customers, p.treated, p.control, 0, p.wave)
        returning id into done;
    insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
        select done, o.org_id, o.tasks, o.control, o.rms, o.tasks, 0, last_day
        from baton.plan_order(p.id) o;
    perform baton.board_recount(done);
    perform baton.push_sent(done);
    update baton.push u set millis = ceil(extract(epoch from clock_timestamp() - started) * 1000) where u.id = done;
    perform baton.note('push.apply', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('push', done, 'plan', p.id, 'hash', encode(p.hash, 'hex'), 'list', encode(p.list_hash, 'hex'),
            'wave', p.wave, 'tasks', p.treated, 'control', p.control));
    return done;
end;
$$;

-- ---- what a plan shows -------------------------------------------------------------------------------------

-- How many customers of a plan's list, those who are left off included, are on the lists of each other live strategy.
create function baton.plan_overlap(plan bigint) returns table (strategy text, customers bigint)
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    live baton.lists;
begin
    select * into p from baton.push_plan k where k.id = plan_overlap.plan and k.home is not null;
    live := baton.live_lists(p.strategy, baton.today());
    return query execute $overlap$
        select u.strategy, coalesce(n.customers, 0)
        from (select distinct k.strategy from baton.push k where k.strategy <> $5 and k.deadline >= baton.today()) u
        left join (select k.strategy, count(distinct l.customer_id) as customers
                   from baton.plan_member m join baton.plan_member l on l.customer_id = m.customer_id
                   join baton.push k on k.plan_id = l.plan_id
                   where m.home = $1 and m.plan_id = $2 and l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null
                   group by k.strategy) n on n.strategy = u.strategy
        order by 2 desc, 1
        $overlap$ using p.home, p.id, live.homes, live.plans, p.strategy;
end;
$$;

-- The tasks of a plan by RM, and what each can do in so many working days.
create function baton.plan_rms(plan bigint, days bigint)
returns table (rm text, name text, org text, tasks bigint, capacity bigint)
language sql stable set search_path = baton, pg_temp
as $$
    select s.code, s.name, u.code, t.tasks, baton.rm_month(s.capacity) * $2 / 21
    from (select l.rm_id, count(*) as tasks from baton.plan_member l
          where l.home = (select p.home from baton.push_plan p where p.id = $1) and l.plan_id = $1 and l.arm = 'treated'
          group by l.rm_id) t
    join baton.staff s on s.id = t.rm_id join baton.org_unit u on u.id = s.org_id;
$$;

-- The orders of a plan with how the tasks are spread: those that nobody has, the most that one RM has, and what the RMs who
-- have any can do in so many working days.
create function baton.plan_load(plan bigint, days bigint)
returns table (org_id int, tasks bigint, control bigint, rms bigint, nobody bigint, most bigint, capacity bigint)
language sql stable set search_path = baton, pg_temp
as $$
    select m.org_id, coalesce(sum(m.n) filter (where m.arm = 'treated'), 0)::bigint,
        coalesce(sum(m.n) filter (where m.arm = 'control'), 0)::bigint, count(m.rm_id) filter (where m.arm = 'treated'),
        coalesce(sum(m.n) filter (where m.arm = 'treated' and m.rm_id is null), 0)::bigint,
        coalesce(max(m.n) filter (where m.arm = 'treated' and m.rm_id is not null), 0),
        (sum(baton.rm_month(s.capacity)) filter (where m.arm = 'treated') * $2 / 21)::bigint
    from (select l.org_id, case when l.arm = 'treated' then l.rm_id end as rm_id, l.arm, count(*) as n
          from baton.plan_member l
          where l.home = (select p.home from baton.push_plan p where p.id = $1) and l.plan_id = $1 and l.arm is not null
          group by 1, 2, 3) m
    left join baton.staff s on s.id = m.rm_id
    group by m.org_id
    having count(*) filter (where m.arm = 'treated') > 0;
$$;

-- The working days after `after` up to `until`.
create function baton.working_days(after date, until date) returns bigint
language sql stable set search_path = baton, pg_temp
as $$
    select count(*) from generate_series($1::timestamp + interval '1 day', $2::timestamp, interval '1 day') d
    where baton.working_day(d::date);
$$;

revoke execute on function baton.wave_of, baton.wave_base, baton.wave_lists, baton.wave_day, baton.pilot_units, baton.waves_due,
    baton.require_no_drift, baton.rm_month, baton.unit_managers, baton.plan_allocate, baton.list_hash, baton.list_checks,
    baton.in_pilot, baton.only_once, baton.list_source, baton.join_anchor, baton.require_due, baton.push_plan, baton.push_apply,
    baton.plan_overlap, baton.plan_rms, baton.plan_load, baton.working_days from public;
grant execute on function baton.wave_of, baton.wave_day, baton.waves_due, baton.rm_month, baton.push_plan, baton.push_apply,
    baton.plan_overlap, baton.plan_rms, baton.plan_load, baton.working_days to baton_operator;
