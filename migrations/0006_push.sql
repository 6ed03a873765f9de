-- Pushes: plan (draw and keep the list), apply (exactly that list, once), sign.
-- Where `customer` stands in a draw: the first eight bytes of SHA-256(code in UTF-8, one zero byte, seed as eight
-- bytes, customer id as eight bytes), numbers with the highest byte first in two's complement. The smallest go to the
-- control group. `start` is everything before the customer. `domain::push::draw_key` gives the same.
-- It runs with the caller's rights and has no search_path of its own, so that the planner can write it into the query
-- that uses it: a call per customer costs more than the draw itself.
create function baton.draw_key(start bytea, customer bigint) returns bytea
language sql immutable parallel safe
as $$
    select substring(sha256($1 || int8send($2)) for 8);
$$;

create function baton.draw_start(strategy text, seed bigint) returns bytea
language sql stable set search_path = baton, pg_temp
as $$
    select convert_to($1, 'UTF8') || '\x00'::bytea || int8send($2);
$$;

-- The share of `customers` in whole customers, rounded half up, without a float on the way.
create function baton.control_of(ppm int, customers bigint) returns bigint
language sql immutable parallel safe
as $$
    select (2 * ppm::bigint * customers + 1000000) / 2000000;
$$;

-- Where lists lie: `homes` are the partitions and `plans` the lists in them. Asked for first and then bound, so that the
-- query that reads the lists is planned for their homes only.
create type baton.lists as (homes bigint[], plans bigint[]);

-- The lists of other strategies' pushes whose deadline has not passed on `day`.
create function baton.live_lists(other_than text, day date) returns baton.lists
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(array_agg(distinct p.home), '{}'), coalesce(array_agg(p.plan_id), '{}')
    from baton.push p where p.strategy <> $1 and p.deadline >= $2;
$$;

-- The lists of a strategy's own pushes. An arm once given to a customer stays, so they all say the same of him.
create function baton.own_lists(strategy text) returns baton.lists
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(array_agg(distinct p.home), '{}'), coalesce(array_agg(p.plan_id), '{}')
    from baton.push p where p.strategy = $1;
$$;

-- From how many customers on a list has a home of its own.
create function baton.own_home_from() returns bigint
language sql immutable set search_path = baton, pg_temp
as $$ select 20000::bigint; $$;

-- The number of a new home for `customers` rows of lists. Its relation, `plan_member_` with that number, is made by `create
-- table as`, which may use several processes, and stands outside `plan_member` until `home_open` takes it in.
create function baton.home_number(customers bigint) returns bigint
language sql volatile set search_path = baton, pg_temp
as $$
    insert into baton.plan_home (home, customers) values (nextval('baton.plan_home_number'), $1) returning home;
$$;

-- Checks and indexes what was filled and makes it a part of `plan_member`, which then needs no look at its rows. Of
-- several lists (`merged`) the key names the list too.
create function baton.home_open(home bigint, merged bool) returns void
language plpgsql set search_path = baton, pg_temp set maintenance_work_mem = '256MB'
as $$
declare
    name text := 'plan_member_' || home;
begin
    execute format('alter table baton.%I
        alter home set not null, alter plan_id set not null, alter customer_id set not null, alter org_id set not null,
        add constraint plan_member_arm check (arm in (''treated'', ''control'')),
        add constraint plan_member_arm_or_blocked check ((arm is null) <> (blocked is null)),
        add constraint plan_member_home check (home = %s)', name, home);
    if merged then
        execute format('alter table baton.%I add primary key (plan_id, customer_id)', name);
        execute format('create index on baton.%I (customer_id)', name);
    else
        execute format('alter table baton.%I add primary key (customer_id)', name);
        execute format('create index on baton.%I (org_id, rm_id) where arm = ''treated''', name);
    end if;
    execute format('analyze baton.%I', name);
    execute format('alter table baton.plan_member attach partition baton.%I for values in (%s)', name, home);
end;
$$;

-- Draws the arms of `snapshot` for an approved version and keeps them as a plan, whose number it gives.
create function baton.push_plan(strategy text, version int, snapshot bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
    set enable_nestloop = on set parallel_tuple_cost = 0.1
as $$
declare
    s baton.strategy_version;
    plan bigint;
    day date := baton.today();
    live baton.lists;
    own baton.lists;
    listed bigint;
    home bigint := 0;
    opening text := 'insert into baton.plan_member_0';
    -- A small list as an array, whose length the planner knows: it has no statistics yet of what was just written.
    members text := 'unnest(array(select f.customer_id from baton.segment_member f where f.snapshot_id = $3)) m (customer_id)';
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
    select f.customers into listed from baton.snapshot f where f.id = push_plan.snapshot and f.segment = s.segment
        and f.version = s.segment_version and f.as_of = day;
    if listed is null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = push_plan.snapshot::text;
    end if;
    if listed >= baton.own_home_from() then
        home := baton.home_number(listed);
        opening := format('create table baton.%I as', 'plan_member_' || home);
        members := '(select f.customer_id from baton.segment_member f where f.snapshot_id = $3) m';
        -- Whatever the planner takes this list to be, it is too long to be gone through for each customer.
        perform set_config('enable_nestloop', 'off', true);
        perform set_config('parallel_tuple_cost', '0.01', true);
    end if;
    insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, home, customers, treated, control)
        values (s.code, s.version, s.hash, push_plan.snapshot, day, home, 0, 0, 0) returning id into plan;

    live := baton.live_lists(s.code, day);
    own := baton.own_lists(s.code);
    -- given: the arms of earlier pushes; elsewhere: who is on a live list of another strategy; listed: why somebody is
    -- left off; placed: where each of the others stands in the draw of his unit.
    execute opening || $list$
        with given as (
            select l.customer_id, min(l.arm) as arm from baton.plan_member l
            where l.home = any ($6) and l.plan_id = any ($7) and l.arm is not null group by l.customer_id
        ), elsewhere as (
            select distinct l.customer_id from baton.plan_member l
            where l.home = any ($4) and l.plan_id = any ($5) and l.arm is not null
        ), listed as (
            select c.customer_id, c.org_id, c.rm_id, g.arm as given,
                case when c.no_contact then 'no_contact'
                     when e.customer_id is not null then 'live_strategy' end as blocked
            from $list$ || members || $list$
            join baton.customer c on c.customer_id = m.customer_id
            left join given g on g.customer_id = m.customer_id
            left join elsewhere e on e.customer_id = m.customer_id
        ), placed as (
            -- Those with an arm of before come last in the order of their unit, behind every key of eight bytes.
            select l.*,
                baton.control_of($8, count(*) over unit) - count(*) filter (where l.given = 'control') over unit as free,
                row_number() over unit as place
            from (select k.*, (k.org_id::bigint << 1) + (k.blocked is null)::int as unit,
                      case when k.given is null then baton.draw_key($9, k.customer_id) else '\xffffffffffffffffff' end as key
                  from listed k) l
            window unit as (partition by l.unit order by l.key, l.customer_id rows between unbounded preceding and unbounded following)
        )
        select $1 as home, $2 as plan_id, p.customer_id, p.org_id, p.rm_id,
            case when p.blocked is not null then null
                 else coalesce(p.given, case when p.place <= p.free then 'control' else 'treated' end) end as arm,
            p.blocked
        from placed p
        $list$
    using home, plan, push_plan.snapshot, live.homes, live.plans, own.homes, own.plans, s.control_ppm,
        baton.draw_start(s.code, s.seed);
    if home > 0 then
        perform baton.home_open(home, false);
    end if;

    execute $count$select count(*) filter (where m.arm = 'treated'), count(*) filter (where m.arm = 'control')
        from baton.plan_member m where m.home = $1 and m.plan_id = $2$count$ into treated_n, control_n using home, plan;
    if treated_n + control_n = 0 then
        raise exception using errcode = 'BT005', message = 'empty_list', detail = format('%s v%s', s.code, s.version);
    end if;
    update baton.push_plan p set customers = treated_n + control_n, treated = treated_n, control = control_n where p.id = plan;
    perform baton.note('push.plan', format('%s v%s', s.code, s.version),
        jsonb_build_object('plan', plan, 'as_of', day, 'hash', encode(s.hash, 'hex'), 'customers', treated_n + control_n,
            'control', control_n, 'snapshot', push_plan.snapshot,
            'members', (select encode(f.hash, 'hex') from baton.snapshot f where f.id = push_plan.snapshot)));
    return plan;
end;
$$;

-- Pushes exactly the list of `plan` and gives the push; sent again, it gives the push that stands. The list stays where
-- the plan has put it. The lock lets one apply run at a time, so that two strategies cannot take the same customer at once.
create function baton.push_apply(plan bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on
as $$
declare
    p baton.push_plan;
    live baton.lists;
    own baton.lists;
    done bigint;
    stale bigint;
    last_day date;
    -- An operator may look at the bank as of any day, and plan; but a later day than the bank's own frees nobody.
    own_day date := least(baton.today(), (select b.as_of from baton.bank b));
    started timestamptz := clock_timestamp();
begin
    perform baton.require_duty('strategist');
    lock table baton.push in share row exclusive mode;
    select u.id into done from baton.push u where u.plan_id = push_apply.plan;
    if done is not null then
        return done;
    end if;
    select * into p from baton.push_plan k where k.id = push_apply.plan for update;
    if p.id is null or p.home is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = push_apply.plan::text;
    end if;
    live := baton.live_lists(p.strategy, own_day);
    own := baton.own_lists(p.strategy);
    if p.home > 0 then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    -- All in the plan but those for whom it still holds.
    execute $holds$
        select $1 - count(*)
        from baton.plan_member m
        join baton.customer c on c.customer_id = m.customer_id
        left join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
                   where l.home = any ($6) and l.plan_id = any ($7) and l.arm is not null
                   group by l.customer_id) g on g.customer_id = m.customer_id
        left join (select distinct l.customer_id from baton.plan_member l
                   where l.home = any ($4) and l.plan_id = any ($5) and l.arm is not null) e on e.customer_id = m.customer_id
        where m.home = $2 and m.plan_id = $3 and m.arm is not null and c.closed_on is null and c.no_contact is not true
            and (g.arm is null or g.arm = m.arm) and e.customer_id is null
        $holds$
    into stale using p.customers, p.home, p.id, live.homes, live.plans, own.homes, own.plans;
    if stale > 0 then
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text;
    end if;

    select baton.today() + v.deadline_days into last_day
        from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis)
        values (p.id, p.strategy, p.version, p.hash, p.home, baton.today(), last_day, p.customers, p.treated, p.control, 0)
        returning id into done;
    insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
        select done, o.org_id, o.tasks, o.control, o.rms, o.tasks, 0, last_day
        from baton.plan_order(p.id) o;
    update baton.push u set millis = ceil(extract(epoch from clock_timestamp() - started) * 1000) where u.id = done;
    perform baton.note('push.apply', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('push', done, 'plan', p.id, 'hash', encode(p.hash, 'hex'), 'tasks', p.treated, 'control', p.control));
    return done;
end;
$$;

-- The orders of a plan, by unit: an order is made where somebody has a task; a unit whose customers all fell to the
-- control group hears nothing.
create function baton.plan_order(plan bigint) returns table (org_id int, tasks int, control int, rms int)
language sql stable set search_path = baton, pg_temp
as $$
    select m.org_id, (sum(m.n) filter (where m.arm = 'treated'))::int, coalesce(sum(m.n) filter (where m.arm = 'control'), 0)::int,
        (count(distinct m.rm_id) filter (where m.arm = 'treated'))::int
    from (select l.org_id, l.rm_id, l.arm, count(*) as n
          from baton.plan_member l
          where l.home = (select p.home from baton.push_plan p where p.id = $1) and l.plan_id = $1 and l.arm is not null
          group by l.org_id, l.rm_id, l.arm) m
    group by m.org_id
    having count(*) filter (where m.arm = 'treated') > 0;
$$;

-- The branch says that it has its order: its own unit's and no other, also not one's below it. An operator without a
-- unit has every duty (`branch_operator_has_org`) and signs for any. The first word stays: a second one gives the same time.
create function baton.push_sign(push bigint, org text) returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    unit int;
    own int;
    o baton.branch_order;
begin
    perform baton.require_duty('branch');
    select u.id into unit from baton.org_unit u where u.code = push_sign.org;
    if unit is null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = push_sign.org;
    end if;
    select w.org_id into own from baton.operator w where w.name = session_user;
    if own is not null and own <> unit then
        raise exception using errcode = 'BT007', message = 'foreign_unit', detail = push_sign.org;
    end if;
    select * into o from baton.branch_order b where b.push_id = push_sign.push and b.org_id = unit for update;
    if o.push_id is null then
        raise exception using errcode = 'BT003', message = 'order', detail = push_sign.org;
    end if;
    if o.signed_at is not null then
        return o.signed_at;
    end if;
    update baton.branch_order b set signed_at = clock_timestamp(), signed_by = session_user
        where b.push_id = o.push_id and b.org_id = o.org_id returning * into o;
    perform baton.note('push.sign', format('push %s', o.push_id), jsonb_build_object('org', push_sign.org));
    return o.signed_at;
end;
$$;

revoke execute on function baton.draw_key, baton.draw_start, baton.control_of, baton.live_lists, baton.own_lists, baton.own_home_from,
    baton.home_number, baton.home_open, baton.plan_order, baton.push_plan, baton.push_apply, baton.push_sign from public;
grant execute on function baton.draw_key, baton.draw_start, baton.control_of, baton.live_lists, baton.own_lists, baton.own_home_from,
    baton.plan_order, baton.push_plan, baton.push_apply, baton.push_sign to baton_operator;
