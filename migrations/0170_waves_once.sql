-- A wave of a version goes to each customer once. Who has had it, by whatever push, is left off the next list of the same wave and
-- the ledger says so; who was recalled before anybody tried has not had it. Who bought has left the strategy: no later wave lists
-- him unless it is for those. A wave that follows a day of each customer's own draws each customer for himself: its lists have one
-- or two customers of a branch, and a share of so few is nobody.

alter table baton.push_plan add column replaced_by bigint;   -- the plan that took its place; null while none has

-- ---- who has had it ----------------------------------------------------------------------------------------

-- Joins as `had` who has had a wave by the pushes of these lists, once each; of a `few` customers each is looked up by himself.
-- Whose task was taken back before anybody tried has not; a control customer has not where his unit's order was taken back, or all
-- of them if his unit had none.
create function baton.join_had(lists baton.lists, few bool) returns text
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    taken_back bigint[] := array(select p.plan_id from baton.push p where p.plan_id = any (lists.plans)
        and exists (select from baton.branch_order o where o.push_id = p.id and o.recalled_at is not null));
    listed text := format('select l.customer_id from baton.plan_member l
        where l.home = any (%L::bigint[]) and l.plan_id = any (%L::bigint[]) and l.arm is not null', lists.homes, lists.plans);
begin
    if taken_back <> '{}' then
        listed := listed || format(' and not (l.plan_id = any (%L::bigint[]) and exists (select from baton.push r where r.plan_id = l.plan_id
            and case l.arm when ''treated'' then
                exists (select from baton.task_hold h where h.push_id = r.id and h.customer_id = l.customer_id
                        and h.why = ''recalled'' and not h.held)
                and not exists (select from baton.outcome e where e.push_id = r.id and e.customer_id = l.customer_id and not e.contamination)
            else not exists (select from baton.branch_order o where o.push_id = r.id and o.recalled_at is null
                and (o.org_id = l.org_id or not exists (select from baton.branch_order b where b.push_id = r.id and b.org_id = l.org_id)))
            end))', taken_back);
    end if;
    return case when few then format(' left join lateral (%s and l.customer_id = c.customer_id limit 1) had on true', listed)
        else format(' left join (select distinct i.customer_id from (%s) i) had on had.customer_id = c.customer_id', listed) end;
end;
$$;

-- As in 0080, and who has had the wave, and who has bought.
create or replace function baton.list_checks(of_strategy text, of_version int, of_wave int, day date, exits uuid default null,
    few bool default false)
returns baton.list_checks
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version;
    joined text := '';
    cases text := ' when c.no_contact then ''no_contact''';
    lists baton.lists;
    sold text;
begin
    select * into s from baton.strategy_version v where v.code = of_strategy and v.version = of_version;
    lists := baton.wave_lists(of_strategy, of_version, of_wave);
    if lists.plans <> '{}' then
        joined := joined || baton.join_had(lists, few);
        cases := cases || ' when had.customer_id is not null then ''had''';
    end if;
    if of_wave > 1 and (select w.audience from baton.wave_of(s.body::jsonb, of_wave) w) not in ('bought', 'everybody') then
        sold := format('from baton.outcome e where e.push_id = any (%L::bigint[]) and e.outcome = ''sold'' and not e.contamination',
            array(select p.id from baton.push p where p.strategy = of_strategy and p.version = of_version));
        joined := joined || case when few then format(' left join lateral (select e.customer_id %s and e.customer_id = c.customer_id
                limit 1) buyer on true', sold)
            else format(' left join (select distinct e.customer_id %s) buyer on buyer.customer_id = c.customer_id', sold) end;
        cases := cases || ' when buyer.customer_id is not null then ''bought''';
    end if;
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
            joined := joined || format(case when few then ' left join lateral (select c.customer_id where %3$s <=
                    (select count(*) from baton.plan_member l where l.customer_id = c.customer_id
                     and l.home = any (%1$L::bigint[]) and l.plan_id = any (%2$L::bigint[]) and l.arm = ''treated'')%4$s)
                    often on true'
                else ' left join (select t.customer_id
                from (select l.customer_id, 1 as n from baton.plan_member l
                      where l.home = any (%1$L::bigint[]) and l.plan_id = any (%2$L::bigint[]) and l.arm = ''treated''%4$s) t
                group by t.customer_id having sum(t.n) >= %3$s) often on often.customer_id = c.customer_id' end,
                lists.homes, lists.plans, baton.policy('cap_contacts'), baton.never_contacted(lists.plans, few));
            cases := cases || ' when often.customer_id is not null then ''capped''';
        end if;
    end if;
    lists := baton.live_lists(of_strategy, day);
    if lists.plans <> '{}' then
        joined := joined || baton.join_lists('elsewhere', lists, few);
        cases := cases || ' when elsewhere.customer_id is not null then ''live_strategy''';
    end if;
    lists := baton.reserved_lists(of_strategy, s.priority, day);
    if lists.plans <> '{}' then
        joined := joined || baton.join_lists('wanted', lists, few);
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

-- As in 0037, with whom a wave may be for, by the last word of each: `not_reached`, `no_outcome`, `reached` (and not
-- refused), `considering`, `bought`; who bought is left off by `list_checks` unless the wave is for `bought` or `everybody`. A wave that comes a little every day lists nobody whom it has listed before: `list_checks`
-- joins them as `had`, and the ledger of a day is of that day.
create or replace function baton.list_source(s baton.strategy_version, wave int, snapshot bigint, day date) returns baton.list_source
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    w record;
    base baton.lists;
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
        heard := case w.audience
            when 'reached' then 'heard.said <> ''refused''' when 'considering' then 'heard.said = ''considering'''
            when 'bought' then 'heard.bought' when 'not_reached' then 'heard.said is null'
            when 'no_outcome' then 'heard.customer_id is null' else '' end;
        if heard <> '' then
            found.joins := format(' left join (select o.customer_id, bool_or(o.outcome = ''sold'') as bought,
                    (array_agg(o.outcome order by o.at desc, o.taken_at desc, o.outcome)
                        filter (where o.outcome not in (''no_answer'', ''bad_number'')))[1] as said
                from baton.outcome o where o.push_id = any (%L::bigint[]) and not o.contamination group by o.customer_id)
                heard on heard.customer_id = m.customer_id',
                array(select p.id from baton.push p where p.strategy = s.code and p.version = s.version and p.wave < list_source.wave));
            found.condition := format(' and (g.arm = ''control'' or %s)', heard);
        end if;
    end if;
    if w.anchor is not null then
        if (baton.wave_lists(s.code, s.version, wave)).plans <> '{}' then
            found.condition := found.condition || ' and had.customer_id is null';
        end if;
        found.joins := found.joins || baton.join_anchor(w.anchor, day);
        found.condition := found.condition || format(' and %s + %s <= %L::date',
            case when w.anchor = 'opened_on' then 'c.opened_on' else 'anchor.day' end, w.days, day);
    end if;
    return found;
end;
$$;

-- ---- the draw of who comes by himself ----------------------------------------------------------------------

-- True where each customer is drawn by himself and not within his order: where the wave or the first one, which gave the arms, comes
-- after a day of each customer's own.
create function baton.drawn_apart(body jsonb, wave int) returns bool
language sql immutable set search_path = baton, pg_temp
as $$
    select coalesce($1 #>> '{control,by}', 'customer') = 'customer'
        and ($1 #> '{wave,0,when,after}' is not null or $1 #> array['wave', ($2 - 1)::text, 'when', 'after'] is not null);
$$;

-- Below which place in the draw a customer is left alone who is drawn by himself: the share of 2^64, rounded down, as eight bytes,
-- highest first. `domain::draw::apart` gives the same.
create function baton.draw_below(ppm int) returns bytea
language sql immutable parallel safe set search_path = baton, pg_temp
as $$
    select int8send((b.bound - case when b.bound >= 9223372036854775808 then 18446744073709551616 else 0 end)::bigint)
    from (select div($1 * 18446744073709551616, 1000000) as bound) b;
$$;

-- As in 0082, and where each was drawn by himself the share itself is what is planned.
create or replace function baton.review_chi2(push bigint) returns double precision
language sql stable security definer set search_path = baton, pg_temp
as $$
    with units as (
        select m.org_id, count(*) as customers, count(*) filter (where m.arm = 'control') as control, v.control_ppm,
            baton.drawn_apart(v.body::jsonb, p.wave) as apart
        from baton.push p
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm is not null
        where p.id = $1 and coalesce(v.control_by, 'customer') = 'customer' group by m.org_id, v.control_ppm, 5
    ), arms as (
        select sum(u.customers) as n, sum(u.control) as control,
            sum(case when u.apart then u.control_ppm * u.customers / 1e6 else baton.control_of(u.control_ppm, u.customers) end) as planned
        from units u
    )
    select case when a.planned > 0 and a.planned < a.n
        then power(a.control - a.planned, 2) / a.planned + power(a.control - a.planned, 2) / (a.n - a.planned) end
    from arms a;
$$;

-- ---- plan and push -----------------------------------------------------------------------------------------

-- As in 0160, and each drawn by himself where the wave says so. An empty list of which some had the wave already says by which push.
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

-- As in 0160; who got the same wave by another push since is one of the reasons of `list_checks`.
create or replace function baton.plan_still_holds(p baton.push_plan, wave int, day date) returns void
language plpgsql set search_path = baton, pg_temp set parallel_setup_cost = 0 set parallel_tuple_cost = 0
as $$
declare
    s baton.strategy_version := (select v from baton.strategy_version v where v.code = p.strategy and v.version = p.version);
    own baton.lists := baton.own_lists(p.strategy);
    few bool := p.home = 0;
    checks baton.list_checks := baton.list_checks(p.strategy, p.version, wave, day, null, few);
    own_rm bool := coalesce(s.body::jsonb #>> '{allocation,to}', 'own_rm') = 'own_rm';
    working int[] := array(select r.id from baton.staff r where r.closed_on is null);
    stale bigint;
    why text;
begin
    execute $holds$
        select sum(f.n), string_agg(f.reason || ' ' || f.n, ', ' order by f.n desc, f.reason)
        from (select r.reason, count(*) as n
              from (select case when c.customer_id is null or c.closed_on is not null then 'closed'
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
                    where m.home = $1 and m.plan_id = $2 and m.arm is not null) r
              where r.reason is not null group by r.reason) f
        $holds$
    into stale, why using p.home, p.id, own.homes, own.plans, own_rm, working;
    if stale > 0 then
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text, hint = why;
    end if;
end;
$$;

-- As in 0037, and a plan whose place another has taken is named with that.
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

-- The caller's plans of a strategy that were never pushed and were made before `besides`, which takes their place: they are forgotten,
-- and know by what. Gives those that were there until now.
create function baton.push_plan_replace(strategy text, besides bigint) returns bigint[]
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    old bigint[];
begin
    perform baton.require_duty('strategist');
    old := array(select p.id from baton.push_plan p
        where p.strategy = push_plan_replace.strategy and p.planned_by = session_user and p.home is not null
            and p.id < push_plan_replace.besides
            and not exists (select from baton.push u where u.plan_id = p.id) order by p.id);
    perform baton.plan_forget(old);
    old := array(select p.id from baton.push_plan p where p.id = any (old) and p.home is null order by p.id);
    -- What was replaced before is replaced by the newest, too: the one that can be pushed.
    update baton.push_plan p set replaced_by = besides
        where p.strategy = push_plan_replace.strategy and p.planned_by = session_user and p.home is null
            and (p.id = any (old) or p.replaced_by is not null and p.id < besides);
    return old;
end;
$$;

-- What the benefits of a plan's strategy would cost with its push, and the most that they may; null where nothing is limited or
-- no price is known.
create function baton.plan_cost(plan bigint, out cost numeric, out cap bigint)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    v baton.strategy_version;
    as_push baton.push;
begin
    perform baton.require_looker();
    select * into p from baton.push_plan k where k.id = plan_cost.plan and k.home is not null;
    select * into v from baton.strategy_version s where s.code = p.strategy and s.version = p.version;
    if v.budget_cap is not null and v.benefit_cost is not null then
        as_push.id := 9223372036854775807;
        as_push.strategy := p.strategy;
        as_push.home := p.home;
        as_push.plan_id := p.id;
        as_push.treated := p.treated;
        cap := v.budget_cap;
        cost := trunc(baton.benefits_cost(as_push, v.benefit_cost, v.budget_cap));
    end if;
end;
$$;

drop function baton.push_plan_forget(text), baton.push_plan_forget(text, bigint);
drop function baton.only_once(baton.strategy_version, int);
revoke execute on function baton.join_had, baton.drawn_apart, baton.draw_below, baton.push_plan_replace, baton.plan_cost from public;
grant execute on function baton.draw_below, baton.push_plan_replace, baton.plan_cost to baton_operator;
