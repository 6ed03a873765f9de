-- Pushes: plan (draw and keep the list), apply (exactly that list, once), sign.
-- Where `customer` stands in a draw: the first eight bytes of SHA-256(code in UTF-8, one zero byte, seed as eight
-- bytes, customer id as eight bytes), numbers with the highest byte first in two's complement. The smallest go to the
-- control group. `start` is everything before the customer. `domain::push::draw_key` gives the same.
-- It runs with the caller's rights and has no search_path of its own, so that the planner can write it into the query
-- that uses it: a call per customer costs more than the draw itself.
create function baton.draw_key(start bytea, customer bigint) returns bytea
language sql immutable
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
language sql immutable
as $$
    select (2 * ppm::bigint * customers + 1000000) / 2000000;
$$;

-- Who is on the list, in either arm, of another strategy's push whose deadline has not passed on `day`. Asked with `in`, which
-- hashes the answer once: a join is planned from statistics that a list just written does not have yet.
create function baton.in_live_strategy(other_than text, day date) returns table (customer_id bigint)
language sql stable
as $$
    select m.customer_id
    from baton.push p join baton.push_member m on m.push_id = p.id
    where p.strategy <> $1 and p.deadline >= $2 and m.arm is not null;
$$;

-- Draws the arms of `snapshot` for an approved version and keeps them as a plan, whose number it gives.
create function baton.push_plan(strategy text, version int, snapshot bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version;
    plan bigint;
    day date := baton.today();
    start bytea;
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
    if not exists (select from baton.snapshot f where f.id = push_plan.snapshot and f.segment = s.segment
                   and f.version = s.segment_version and f.as_of = day) then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = push_plan.snapshot::text;
    end if;
    insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, customers, treated, control)
        values (s.code, s.version, s.hash, push_plan.snapshot, day, 0, 0, 0) returning id into plan;

    start := baton.draw_start(s.code, s.seed);
    insert into baton.plan_member (plan_id, customer_id, org_id, rm_id, arm, blocked)
    with listed as (
        select c.customer_id, c.org_id, c.rm_id, a.arm as given,
            case when c.no_contact then 'no_contact'
                 when c.customer_id in (select l.customer_id from baton.in_live_strategy(s.code, day) l) then 'live_strategy'
                 end as blocked
        from baton.segment_member m
        join baton.customer c on c.customer_id = m.customer_id
        left join baton.strategy_arm a on a.strategy = s.code and a.customer_id = m.customer_id
        where m.snapshot_id = push_plan.snapshot
    ), placed as (
        select l.*,
            baton.control_of(s.control_ppm, count(*) over unit) - count(*) filter (where l.given = 'control') over unit as free,
            row_number() over (partition by l.org_id order by l.given is not null,
                baton.draw_key(start, l.customer_id), l.customer_id) as place
        from listed l where l.blocked is null
        window unit as (partition by l.org_id)
    )
    select plan, p.customer_id, p.org_id, p.rm_id,
        coalesce(p.given, case when p.place <= p.free then 'control' else 'treated' end), null
    from placed p
    union all
    select plan, l.customer_id, l.org_id, l.rm_id, null, l.blocked from listed l where l.blocked is not null;

    select count(*) filter (where m.arm = 'treated'), count(*) filter (where m.arm = 'control')
        into treated_n, control_n from baton.plan_member m where m.plan_id = plan;
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

-- Pushes exactly the list of `plan` and gives the push; sent again, it gives the push that stands.
-- The lock lets one apply run at a time, so that two strategies cannot take the same customer at once.
create function baton.push_apply(plan bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    done bigint;
    stale bigint;
    last_day date;
    -- An operator may look at the bank as of any day, and plan; but a later day than the bank's own frees nobody.
    own_day date := least(baton.today(), (select b.as_of from baton.bank b));
    started timestamptz := clock_timestamp();
begin
    perform baton.require_duty('strategist');
    lock table baton.push in share row exclusive mode;
    select * into p from baton.push_plan k where k.id = push_apply.plan;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = push_apply.plan::text;
    end if;
    select u.id into done from baton.push u where u.plan_id = p.id;
    if done is not null then
        return done;
    end if;
    select count(*) into stale
        from baton.plan_member m
        left join baton.customer c on c.customer_id = m.customer_id
        left join baton.strategy_arm a on a.strategy = p.strategy and a.customer_id = m.customer_id
        where m.plan_id = p.id and m.arm is not null
            and (c.customer_id is null or c.closed_on is not null or c.no_contact or a.arm <> m.arm
                or m.customer_id in (select l.customer_id from baton.in_live_strategy(p.strategy, own_day) l));
    if stale > 0 then
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text;
    end if;

    select baton.today() + v.deadline_days into last_day
        from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    insert into baton.push (plan_id, strategy, version, hash, as_of, deadline, customers, treated, control, millis)
        values (p.id, p.strategy, p.version, p.hash, baton.today(), last_day, p.customers, p.treated, p.control, 0)
        returning id into done;
    insert into baton.push_member (push_id, customer_id, org_id, arm, blocked)
        select done, m.customer_id, m.org_id, m.arm, m.blocked from baton.plan_member m where m.plan_id = p.id;
    insert into baton.strategy_arm (strategy, customer_id, org_id, arm)
        select p.strategy, m.customer_id, m.org_id, m.arm
        from baton.plan_member m where m.plan_id = p.id and m.arm is not null
        on conflict do nothing;
    insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
        select done, o.org_id, o.tasks, o.control, o.rms, o.tasks, 0, last_day
        from baton.plan_order(p.id) o;
    insert into baton.task (push_id, customer_id, org_id, rm_id)
        select done, m.customer_id, m.org_id, m.rm_id
        from baton.plan_member m where m.plan_id = p.id and m.arm = 'treated';
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
    select m.org_id, (count(*) filter (where m.arm = 'treated'))::int, (count(*) filter (where m.arm = 'control'))::int,
        (count(distinct m.rm_id) filter (where m.arm = 'treated'))::int
    from baton.plan_member m
    where m.plan_id = $1 and m.arm is not null
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

revoke execute on function baton.draw_key, baton.draw_start, baton.control_of, baton.in_live_strategy, baton.plan_order, baton.push_plan,
    baton.push_apply, baton.push_sign from public;
grant execute on function baton.draw_key, baton.draw_start, baton.control_of, baton.in_live_strategy, baton.plan_order, baton.push_plan,
    baton.push_apply, baton.push_sign to baton_operator;
