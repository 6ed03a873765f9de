-- What a large push costs, a third time. Whether a plan still holds is asked of every customer on its list: the same question
-- counts them by unit and RM, so that orders and counters need not ask again. The messages of a list that has a home for itself
-- are cut unit by unit through its index. And where nobody has an arm of before, none is counted for each unit.

-- So many customers of a list in one arm with one RM of a unit; null is nobody's.
create type baton.list_count as (org_id int, rm_id int, arm text, customers bigint);

-- From 0170; arms of before are counted where there are any.
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
    apart bool;
    had_some bool;
    opening text := 'insert into baton.plan_member_0';
    rm text;
    given text := 'cross join (select null::text as arm) g';
    kept text := '';
    working int[] := array(select r.id from baton.staff r where r.closed_on is null);
    open_n int;
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
    apart := baton.drawn_apart(s.body::jsonb, push_plan.wave);
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
    if own.plans <> '{}' then
        given := 'left join given g on g.customer_id = m.customer_id';
        kept := ' - count(*) filter (where l.given = ''control'') over unit';
    end if;
    if home > 0 and own.plans = '{}' and source.joins || checks.joins = '' and baton.customers_in_order() then
        perform set_config('enable_hashjoin', 'off', true);
    end if;
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
            select c.customer_id, c.org_id, case when c.rm_id = any ($9) then c.rm_id end as rm_id, g.arm as given,
            $list$ || checks.reason || $list$ as blocked
            from $list$ || source.members || $list$
            join baton.customer c on c.customer_id = m.customer_id
            $list$ || given || source.joins || checks.joins || $list$
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
        )$branches$ when apart then $apart$
        placed as (
            select l.*, null::text as unit_arm, (baton.draw_key($7, l.customer_id) < baton.draw_below($6))::int as free, 1 as place from listed l
        )$apart$ else $customers$
        placed as (
            -- Those with an arm of before come last in the order of their unit, behind every key of eight bytes.
            select l.*, null::text as unit_arm,
                baton.control_of($6, count(*) over unit)$customers$ || kept || $customers$ as free,
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
    using home, plan, frozen, own.homes, own.plans, s.control_ppm, baton.draw_start(s.code, s.seed), s.code, working;
    perform set_config('enable_hashjoin', 'on', true);
    delete from baton.member_part i where i.intake = push_plan.exits and i.by = session_user;
    execute format('select count(*) filter (where m.arm = ''treated''), count(*) filter (where m.arm = ''control''),
            count(*) filter (where m.arm = ''treated'' and m.rm_id is null)
        from baton.%I m where m.plan_id = $1', 'plan_member_' || home) into treated_n, control_n, open_n using plan;
    if open_n > 0 then
        perform baton.plan_allocate('plan_member_' || home, plan, baton.draw_start(s.code, s.seed));
    end if;
    if home > 0 then
        perform baton.home_open(home, false);
    end if;
    if treated_n + control_n = 0 then
        execute format('select exists (select from baton.%I m where m.plan_id = $1 and m.blocked = ''had'')', 'plan_member_' || home)
            into had_some using plan;
        if had_some then
            raise exception using errcode = 'BT211', message = 'wave_gone', detail = (select format('%s v%s / %s|%s', s.code, s.version,
                push_plan.wave, string_agg(p.id::text, ', ' order by p.id)) from baton.push p
                where p.strategy = s.code and p.version = s.version and p.wave = push_plan.wave);
        end if;
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

-- From 0170; gives the list by unit, RM and arm.
drop function baton.plan_still_holds(baton.push_plan, int, date);
create function baton.plan_still_holds(p baton.push_plan, wave int, day date) returns baton.list_count[]
language plpgsql set search_path = baton, pg_temp set parallel_setup_cost = 0 set parallel_tuple_cost = 0
as $$
declare
    s baton.strategy_version := (select v from baton.strategy_version v where v.code = p.strategy and v.version = p.version);
    own baton.lists := baton.own_lists(p.strategy);
    few bool := p.home = 0;
    checks baton.list_checks := baton.list_checks(p.strategy, p.version, wave, day, null, few);
    own_rm bool := coalesce(s.body::jsonb #>> '{allocation,to}', 'own_rm') = 'own_rm';
    working int[] := array(select r.id from baton.staff r where r.closed_on is null);
    checked text;
    held baton.list_count[];
    stale bigint;
    why text;
begin
    checked := $holds$
        select m.org_id, m.rm_id, m.arm, case when c.customer_id is null or c.closed_on is not null then 'closed'
                when g.arm <> m.arm then 'arm'
                $holds$ || case when s.control_by = 'branch'
                    then 'when g.arm is null and b.arm <> m.arm then ''arm''' else '' end || $holds$
                when c.org_id <> m.org_id then 'moved'
                when m.arm = 'treated' and (m.rm_id is not null and m.rm_id <> all ($6) or $5 and c.rm_id <> m.rm_id and c.rm_id = any ($6)) then 'rm'
                else $holds$ || checks.reason || $holds$ end as reason
        from baton.plan_member m
        left join baton.customer c on c.customer_id = m.customer_id
        $holds$ || case when own.plans = '{}' then 'cross join (select null::text as arm) g' when few then 'left join lateral (select min(l.arm) as arm from baton.plan_member l
                   where l.customer_id = m.customer_id and l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null) g on true'
            else 'left join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
                   where l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null
                   group by l.customer_id) g on g.customer_id = m.customer_id' end
        || case when s.control_by = 'branch'
            then format(' left join baton.branch_arms(%L) b on b.org_id = m.org_id', s.code) else '' end
        || checks.joins || $holds$
        where m.home = $1 and m.plan_id = $2 and m.arm is not null
        $holds$;
    execute 'select array_agg((u.org_id, u.rm_id, u.arm, u.n)::baton.list_count), sum(u.stale)
        from (select r.org_id, r.rm_id, r.arm, count(*) as n, count(r.reason) as stale from (' || checked || ') r
              group by r.org_id, r.rm_id, r.arm) u'
        into held, stale using p.home, p.id, own.homes, own.plans, own_rm, working;
    if stale > 0 then
        execute 'select string_agg(f.reason || '' '' || f.n, '', '' order by f.n desc, f.reason)
            from (select r.reason, count(*) as n from (' || checked || ') r where r.reason is not null group by r.reason) f'
            into why using p.home, p.id, own.homes, own.plans, own_rm, working;
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text, hint = why;
    end if;
    return held;
end;
$$;

-- Opens the board of a push that begins: until when its orders are signed and its customers contacted.
create function baton.board_open(push bigint) returns void
language sql set search_path = baton, pg_temp
as $$
    insert into baton.board (push_id, sign_by, contact_by)
    select p.id, coalesce(baton.sign_by(p.pushed_at),
            (p.deadline + 1)::timestamp at time zone b.timezone),
        least(p.as_of + baton.policy('board_contact_days')::int, p.deadline)
    from baton.push p cross join baton.bank b where p.id = $1;
$$;

-- From 0100.
create or replace function baton.board_recount(push bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if not exists (select from baton.board t where t.push_id = board_recount.push) then
        perform baton.board_open(board_recount.push);
        insert into baton.board_count select * from baton.board_begun(board_recount.push);
        return;
    end if;
    lock table baton.outcome in share row exclusive mode;
    delete from baton.board_count c where c.push_id = board_recount.push;
    delete from baton.board_day d where d.push_id = board_recount.push;
    insert into baton.board_count select * from baton.board_counted(board_recount.push);
    insert into baton.board_day select * from baton.board_counted_days(board_recount.push);
end;
$$;

-- From 0170; the orders and the board are what was counted when the plan was asked whether it holds.
create or replace function baton.push_apply(plan bigint, list bytea default null) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on
as $$
declare
    p baton.push_plan;
    s baton.strategy_version;
    done bigint;
    last_day date;
    -- An operator may look at the bank as of any day, and plan; but a later day than the bank's own frees nobody.
    own_day date := least(baton.today(), (select b.as_of from baton.bank b));
    held baton.list_count[];
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
    if p.replaced_by is not null and p.home is null then
        raise exception using errcode = 'BT213', message = 'replaced', detail = format('%s|%s', p.id, p.replaced_by);
    end if;
    if p.id is null or p.home is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = push_apply.plan::text;
    end if;
    select * into s from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    perform baton.require_due(s, p.wave, own_day);
    if p.home > 0 then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    held := baton.plan_still_holds(p, p.wave, own_day);

    last_day := baton.today() + s.deadline_days;
    insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis, wave)
        values (p.id, p.strategy, p.version, p.hash, p.home, baton.today(), last_day, p.customers, p.treated, p.control, 0, p.wave)
        returning id into done;
    insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
        select done, h.org_id, sum(h.customers) filter (where h.arm = 'treated'),
            coalesce(sum(h.customers) filter (where h.arm = 'control'), 0), count(h.rm_id) filter (where h.arm = 'treated'),
            sum(h.customers) filter (where h.arm = 'treated'), 0, last_day
        from unnest(held) h group by h.org_id having count(*) filter (where h.arm = 'treated') > 0;
    perform baton.board_open(done);
    insert into baton.board_count
        select done, h.org_id, coalesce(h.rm_id, 0), h.customers, 0, 0, 0, 0, 0, 0, 0 from unnest(held) h where h.arm = 'treated';
    perform baton.push_sent(done);
    update baton.push u set millis = ceil(extract(epoch from clock_timestamp() - started) * 1000) where u.id = done;
    perform baton.note('push.apply', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('push', done, 'plan', p.id, 'hash', encode(p.hash, 'hex'), 'list', encode(p.list_hash, 'hex'),
            'wave', p.wave, 'tasks', p.treated, 'control', p.control));
    return done;
end;
$$;

-- From 0160; a list with a home for itself is read unit by unit.
create or replace function baton.push_sent(push bigint) returns void
language plpgsql set search_path = baton, pg_temp set parallel_setup_cost = 0 set parallel_tuple_cost = 0
    set enable_memoize = off
as $$
declare
    p baton.push;
    ids text := 'select u.org_id, array(select t.id from unnest(u.ids) t (id) order by t.id) as ids
        from (select m.org_id, array_agg(m.customer_id) as ids from baton.plan_member m
              where m.home = $2 and m.plan_id = $3 and m.arm = ''treated'' group by m.org_id) u';
begin
    if not exists (select from baton.door) then
        return;
    end if;
    select * into p from baton.push u where u.id = push_sent.push;
    -- The rows of a list that has a home for itself lie by unit.
    if p.home > 0 and (select count(*) from baton.push_plan k where k.home = p.home) = 1 then
        ids := 'select o.org_id, array(select m.customer_id from baton.plan_member m where m.home = $2 and m.plan_id = $3
                and m.arm = ''treated'' and m.org_id = o.org_id order by m.customer_id) as ids
            from baton.branch_order o where o.push_id = $1';
    end if;
    execute $make$
        insert into baton.outbox (key, kind, push_id, org_id, door, chunk, low, high, tasks)
        select format('p%s-u%s-%s', $1, c.org_id, c.chunk), 'tasks', $1, c.org_id, d.door, c.chunk, c.low, c.high, c.tasks
        from (select l.org_id, i.i + 1 as chunk, l.ids[i.i * $4 + 1] as low, l.ids[least((i.i + 1) * $4, cardinality(l.ids))] as high,
                  least($4, cardinality(l.ids) - i.i * $4) as tasks
              from ($make$ || ids || $make$ offset 0) l
              cross join lateral generate_series(0, (cardinality(l.ids) - 1) / $4) i (i)) c
        join baton.unit_doors() d on d.org_id = c.org_id
        order by c.org_id, c.chunk
        on conflict on constraint outbox_key_once do nothing
    $make$ using p.id, p.home, p.plan_id, baton.message_most();
    perform baton.ring(p.id);
end;
$$;

revoke execute on function baton.plan_still_holds, baton.board_open from public;
