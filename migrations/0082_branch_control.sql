-- Control by branch: a strategy may leave whole branches alone instead of some customers of each. Where people of one branch
-- talk to each other, or a measure works on a branch and not on a customer, it is the only comparison that holds. What is
-- drawn then is a branch, and what is compared are branches: a thousand customers of two branches are two, not a thousand.

alter table baton.strategy_version
    add column control_by text generated always as (body::jsonb #>> '{control,by}') stored
        constraint strategy_control_by check (control_by in ('customer', 'branch'));

-- The arm of each branch of a strategy that is controlled by branch, as its pushes have it: that of most customers of its lists,
-- for one who moved there has brought his own.
create function baton.branch_arms(strategy text) returns table (org_id int, arm text)
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    own baton.lists := baton.own_lists(branch_arms.strategy);
begin
    return query execute 'select l.org_id, mode() within group (order by l.arm) from baton.plan_member l
        where l.home = any ($1) and l.plan_id = any ($2) and l.arm is not null group by l.org_id' using own.homes, own.plans;
end;
$$;

-- Refuses a version that draws otherwise than a version of the strategy that was pushed: customers keep their arms for good,
-- so what was drawn one way can never become the other.
create function baton.require_one_design(s baton.strategy_version) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    other int;
begin
    select max(v.version) into other from baton.push p
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        where p.strategy = s.code and coalesce(v.control_by, 'customer') <> coalesce(s.control_by, 'customer');
    if other is not null then
        raise exception using errcode = 'BT213', message = 'other_design', detail = format('%s v%s', s.code, other);
    end if;
end;
$$;

-- As in 0037, and by branch where the version says so: of the branches of those who are not left off, as many are left alone as
-- the share says, rounded half up, those with the smallest keys of a draw over the strategy's code, its seed and the branch.
create or replace function baton.push_plan(strategy text, version int, snapshot bigint, wave int default 1, exits uuid default null)
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
    by_branch bool;
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
    perform baton.require_one_design(s);
    by_branch := coalesce(s.control_by, 'customer') = 'branch';
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
        ), $list$ || case when by_branch then $branches$
        -- The units of those who are not left off, and where each of them stands in the draw of units; one that has an arm keeps it.
        drawn as (
            select u.org_id, u.given,
                baton.control_of($6, count(*) over ()) - count(*) filter (where u.given = 'control') over () as free,
                row_number() over (order by u.key, u.org_id) as place
            from (select k.org_id, g.arm as given,
                      case when g.arm is null then baton.draw_key($7, k.org_id) else '\xffffffffffffffffff' end as key
                  from (select distinct l.org_id from listed l where l.blocked is null) k
                  left join baton.branch_arms($8) g on g.org_id = k.org_id) u
        ), placed as (
            select l.*, d.free, d.place, d.given as unit_arm from listed l left join drawn d on d.org_id = l.org_id
        )$branches$ else $customers$
        placed as (
            -- Those with an arm of before come last in the order of their unit, behind every key of eight bytes.
            select l.*, null::text as unit_arm,
                baton.control_of($6, count(*) over unit) - count(*) filter (where l.given = 'control') over unit as free,
                row_number() over unit as place
            from (select k.*, (k.org_id::bigint << 1) + (k.blocked is null)::int as unit,
                      case when k.given is null then baton.draw_key($7, k.customer_id) else '\xffffffffffffffffff' end as key
                  from listed k) l
            window unit as (partition by l.unit order by l.key, l.customer_id rows between unbounded preceding and unbounded following)
        )$customers$ end || $list$
        select $1 as home, $2 as plan_id, p.customer_id, p.org_id, $list$ || rm || $list$ as rm_id,
            case when p.blocked is not null then null
                 else coalesce(p.given, p.unit_arm, case when p.place <= p.free then 'control' else 'treated' end) end as arm,
            p.blocked
        from placed p $list$
        || case when rm ~ 'manager' then 'left join baton.unit_managers() u on u.org_id = p.org_id' else '' end
    using home, plan, frozen, own.homes, own.plans, s.control_ppm, baton.draw_start(s.code, s.seed), s.code;
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
            'control', control_n, 'control_by', coalesce(s.control_by, 'customer'), 'snapshot', frozen, 'wave', push_plan.wave, 'list', encode(digest, 'hex'),
            'members', (select encode(f.hash, 'hex') from baton.snapshot f where f.id = frozen)));
    return plan;
end;
$$;

-- As in 0066, and a branch that has got another arm since.
create or replace function baton.plan_still_holds(p baton.push_plan, wave int, day date) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version := (select v from baton.strategy_version v where v.code = p.strategy and v.version = p.version);
    own baton.lists := baton.own_lists(p.strategy);
    had baton.lists;
    few bool := p.home = 0;
    checks baton.list_checks := baton.list_checks(p.strategy, p.version, wave, day, null, few);
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
                                $holds$ || case when s.control_by = 'branch'
                                    then 'when g.arm is null and b.arm <> m.arm then ''arm''' else '' end || $holds$
                                when c.org_id <> m.org_id then 'moved'
                                when m.arm = 'treated' and (gone.closed_on is not null or $5 and mine.id <> m.rm_id) then 'rm'
                                $holds$ || case when had.plans <> '{}' then 'when had.customer_id is not null then ''had''' else '' end
                                || $holds$
                                else $holds$ || checks.reason || $holds$ end as reason
                    from baton.plan_member m
                    left join baton.customer c on c.customer_id = m.customer_id
                    left join baton.staff gone on gone.id = m.rm_id
                    left join baton.staff mine on mine.id = c.rm_id and mine.closed_on is null
                    $holds$ || case when few then 'left join lateral (select min(l.arm) as arm from baton.plan_member l
                               where l.customer_id = m.customer_id and l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null) g on true'
                        else 'left join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
                               where l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null
                               group by l.customer_id) g on g.customer_id = m.customer_id' end
                    || case when s.control_by = 'branch'
                        then format(' left join baton.branch_arms(%L) b on b.org_id = m.org_id', s.code) else '' end
                    || case when had.plans <> '{}' then baton.join_lists('had', had, few) else '' end
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

-- As in 0050, of strategies that are controlled by customer: a handful of branches is tested by no chi-square.
create or replace function baton.review_chi2(push bigint) returns double precision
language sql stable security definer set search_path = baton, pg_temp
as $$
    with units as (
        select m.org_id, count(*) as customers, count(*) filter (where m.arm = 'control') as control, v.control_ppm
        from baton.push p
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm is not null
        where p.id = $1 and coalesce(v.control_by, 'customer') = 'customer' group by m.org_id, v.control_ppm
    ), arms as (
        select sum(u.customers) as n, sum(u.control) as control, sum(baton.control_of(u.control_ppm, u.customers)) as planned
        from units u
    )
    select case when a.planned > 0 and a.planned < a.n
        then power(a.control - a.planned, 2) / a.planned + power(a.control - a.planned, 2) / (a.n - a.planned) end
    from arms a;
$$;

-- As in 0051, and figures that compare customers close no review of a strategy that is controlled by branch.
create or replace function baton.review_close(push bigint, verdict text, remark text, figures jsonb) returns timestamptz
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push;
    v baton.strategy_version;
    stands text;
    done timestamptz;
begin
    perform baton.require_duty('approver');
    select * into p from baton.push u where u.id = review_close.push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = review_close.push::text;
    end if;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version for update;
    stands := baton.review_standing(p.id);
    if stands not in ('ready', 'no_control', 'no_success') then
        raise exception using errcode = 'BT501', message = stands, detail = p.id::text;
    end if;
    if (figures ->> 'push')::bigint is distinct from p.id
        or (figures #>> '{arms,treated,n}')::bigint is distinct from p.treated
        or (figures #>> '{arms,control,n}')::bigint is distinct from p.control then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    if v.control_by = 'branch' and coalesce(figures #>> '{itt,method}', 'welch-branch') <> 'welch-branch' then
        raise exception using errcode = 'BT502', message = 'figures', detail = p.id::text;
    end if;
    insert into baton.review (push_id, verdict, remark, standing, figures, author)
        values (p.id, review_close.verdict, review_close.remark, stands, review_close.figures, v.author)
        returning closed_at into done;
    if v.state in ('approved', 'paused') and p.wave = 1
        and not exists (select from baton.push u where u.strategy = p.strategy and u.version = p.version and u.wave = 1 and u.id > p.id)
        and (select count(distinct u.wave) from baton.push u where u.strategy = p.strategy and u.version = p.version) >= v.waves then
        update baton.strategy_version s set state = 'reviewed' where s.code = v.code and s.version = v.version;
    end if;
    perform baton.note('review.close', format('push %s', p.id), jsonb_build_object('strategy', format('%s v%s', p.strategy, p.version),
        'verdict', review_close.verdict, 'standing', stands, 'itt', review_close.figures -> 'itt'));
    return done;
end;
$$;

revoke execute on function baton.branch_arms, baton.require_one_design from public;
