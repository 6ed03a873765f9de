-- Who is left off a list, and why: what the bank has decided for all strategies, what its records say of complaints and
-- of risk, who was left off by hand, and who is nobody's to touch. One function says all of it, for a plan and for its push.

-- ---- what the bank has decided -----------------------------------------------------------------------------

insert into baton.policy (key, value, low, high) values
    ('cap_contacts', null, 1, 1000),    -- so many contacts
    ('cap_days', null, 1, 366),         -- in so many days, over all strategies; both are set, or there is no cap
    ('complaint_days', 90, 1, 3660),    -- how long a complaint is open that nobody has closed; none: until it is closed
    ('consent_needed', 0, 0, 1),        -- 1: who has not said yes to a channel is not spoken to through it; 0: who has said no
    ('risk_needed', 0, 0, 1),           -- 1: a product with a risk needs a customer with a risk level
    ('holdout_ppm', null, 0, 500000),   -- the share of customers whom no strategy may touch
    ('holdout_seed', 0, -9223372036854775808, 9223372036854775807);

-- What words of the bank's records mean to Baton. A manifest says it (`[means]`).
create table baton.meaning (
    word text not null constraint meaning_word check (word in ('complaint', 'complaint_closed', 'risk_level')),
    code text not null constraint meaning_code check (code ~ '[^[:space:]]'),   -- a kind of event, or an attribute
    primary key (word, code)
);
create unique index meaning_one_risk_level on baton.meaning (word) where word = 'risk_level';
grant select on baton.meaning to baton_operator;

-- From 1, cautious, to 5: the level that a customer needs for it.
alter table baton.product add column risk smallint constraint product_risk check (risk between 1 and 5);

-- The level of a customer as the attribute has it: the last sign of a category (C3), or the number itself.
create function baton.risk_of(level text) returns int
language sql immutable parallel safe
as $$ select substring($1 from '([1-5])(?:\.0*)?$')::int; $$;

-- ---- left off by hand --------------------------------------------------------------------------------------

create table baton.strategy_exclusion (
    strategy text not null,
    customer_id bigint not null,
    org_id int not null,
    note text not null constraint strategy_exclusion_note check (note ~ '[^[:space:]]'),
    excluded_by text not null default session_user,
    excluded_at timestamptz not null default clock_timestamp(),
    primary key (strategy, customer_id)
);
grant select on baton.strategy_exclusion to baton_operator;
do $$ begin perform baton.wall('strategy_exclusion'); end; $$;

-- Leaves a customer off every list of a strategy that is planned from now on, and says why; without a note he may be
-- listed again. The note of before is in the audit. Who sees a part of the customers finds no other.
create function baton.push_exclude(strategy text, customer_id bigint, note text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.customer;
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.strategy_version v where v.code = push_exclude.strategy) then
        raise exception using errcode = 'BT003', message = 'strategy', detail = push_exclude.strategy;
    end if;
    select * into c from baton.customer k where k.customer_id = push_exclude.customer_id;
    if c.customer_id is null or not baton.sees_all() and c.org_id not in (select u.id from baton.scope_units() as u (id)) then
        raise exception using errcode = 'BT003', message = 'customer', detail = push_exclude.customer_id::text;
    end if;
    if push_exclude.note is null then
        delete from baton.strategy_exclusion x
            where x.strategy = push_exclude.strategy and x.customer_id = push_exclude.customer_id;
        if not found then
            raise exception using errcode = 'BT003', message = 'exclusion', detail = push_exclude.customer_id::text;
        end if;
    else
        insert into baton.strategy_exclusion as x (strategy, customer_id, org_id, note)
            values (push_exclude.strategy, push_exclude.customer_id, c.org_id, push_exclude.note)
            on conflict on constraint strategy_exclusion_pkey do update
                set note = excluded.note, excluded_by = session_user, excluded_at = clock_timestamp();
    end if;
    perform baton.note(case when push_exclude.note is null then 'push.include' else 'push.exclude' end, push_exclude.strategy,
        jsonb_build_object('customer', push_exclude.customer_id, 'note', push_exclude.note));
end;
$$;

-- ---- the bank-wide holdout ---------------------------------------------------------------------------------

-- Below which key of a draw without a strategy somebody is in it; null if the bank has none. Four bytes of the eight: a
-- share that grows keeps who is in it. `domain::push::held_out` gives the same.
create function baton.holdout_below() returns bytea
language sql stable set search_path = baton, pg_temp
as $$
    select substring(int8send(baton.policy('holdout_ppm') * 4294967296 / 1000000) from 5)
    where baton.policy('holdout_ppm') > 0;
$$;

-- ---- why somebody is left off ------------------------------------------------------------------------------

-- The lists of other strategies that were planned today, not pushed, and want the same customers more.
create function baton.reserved_lists(other_than text, priority int, day date) returns baton.lists
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(array_agg(distinct p.home), '{}'), coalesce(array_agg(p.id), '{}')
    from baton.push_plan p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
    where p.strategy <> $1 and v.priority > $2 and v.state = 'approved' and p.as_of = $3 and p.home is not null
        and not exists (select from baton.push u where u.plan_id = p.id);
$$;

-- The lists of pushes of the last so many days, whatever the strategy.
create function baton.recent_lists(days bigint, day date) returns baton.lists
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(array_agg(distinct p.home), '{}'), coalesce(array_agg(p.plan_id), '{}')
    from baton.push p where p.as_of > $2 - $1::int;
$$;

-- What a query over customers `c` must join, and the word that then says why each is left off, null if he is not. Each
-- reason is one set; one that nothing could fulfil takes part in nothing.
create type baton.list_checks as (joins text, reason text);

-- The reasons in their order, which decides where several hold: what the customer or the law has said, what the bank has
-- decided, what passes with time, and what somebody noted by hand.
create function baton.list_checks(of_strategy text, of_version int, of_wave int, day date) returns baton.list_checks
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version;
    joined text := '';
    cases text := ' when c.no_contact then ''no_contact''';
    lists baton.lists;
begin
    select * into s from baton.strategy_version v where v.code = of_strategy and v.version = of_version;
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
    return (joined, 'case' || cases || ' end')::baton.list_checks;
end;
$$;

-- Who is on one of these lists, in either arm, once each.
create function baton.join_lists(name text, lists baton.lists) returns text
language sql immutable set search_path = baton, pg_temp
as $$
    select format(' left join (select distinct l.customer_id from baton.plan_member l
        where l.home = any (%2$L::bigint[]) and l.plan_id = any (%3$L::bigint[]) and l.arm is not null) %1$I
        on %1$I.customer_id = c.customer_id', $1, ($2).homes, ($2).plans);
$$;

create function baton.check_holdout() returns text
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce((select format(' when baton.draw_key(%L::bytea, c.customer_id) < %L::bytea then ''holdout''',
        baton.draw_start('', baton.policy('holdout_seed')), below) from baton.holdout_below() below where below is not null), '');
$$;

-- A complaint is open until a later event says that it is closed, or for so many days.
create function baton.check_complaint(day date) returns baton.list_checks
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    opens smallint[] := array(select k.id from baton.event_kind k join baton.meaning m on m.code = k.code
                              where m.word = 'complaint' order by k.id);
    closes smallint[] := array(select k.id from baton.event_kind k join baton.meaning m on m.code = k.code
                               where m.word = 'complaint_closed' order by k.id);
    zone text := (select b.timezone from baton.bank b);
    since timestamptz := coalesce((day - baton.policy('complaint_days')::int + 1)::timestamp at time zone zone, '-infinity');
begin
    if opens = '{}' then
        return ('', '')::baton.list_checks;
    end if;
    return (format(' left join (select v.customer_id from baton.event v
            where v.kind = any (%L::smallint[]) and v.at >= %L::timestamptz and v.at < %L::timestamptz group by v.customer_id
            having max(v.at) filter (where v.kind = any (%L::smallint[]))
                > coalesce(max(v.at) filter (where v.kind = any (%L::smallint[])), ''-infinity''))
            complaint on complaint.customer_id = c.customer_id',
            opens || closes, since, (day + 1)::timestamp at time zone zone, opens, closes),
        ' when complaint.customer_id is not null then ''complaint''')::baton.list_checks;
end;
$$;

-- The product's risk against the customer's level (适当性). A product is found by its code or by a name of it; one that
-- is not known, or has no risk, is not held against anybody.
create function baton.check_risk(product text) returns baton.list_checks
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    needs int := (select max(p.risk) from baton.product p where check_risk.product in (p.code, p.zh, p.en));
    a baton.attribute;
    needed bool := coalesce(baton.policy('risk_needed'), 0) = 1;
begin
    select d.* into a from baton.attribute d join baton.meaning m on m.code = d.code
        where m.word = 'risk_level' and d.type in ('category', 'number');
    if needs is null or a.code is null and not needed then
        return ('', '')::baton.list_checks;
    end if;
    if a.code is null then
        return ('', ' when true then ''unsuitable''')::baton.list_checks;
    end if;
    return (format(' left join (select v.customer_id from %I.%I v where baton.risk_of(v.%I::text) %s %s)
            risk on risk.customer_id = c.customer_id',
            a.schema_name, a.relation, a.column_name, case when needed then '>=' else '<' end, needs),
        format(' when risk.customer_id is %s null then ''unsuitable''', case when needed then '' else 'not' end))::baton.list_checks;
end;
$$;

-- The bank's word for the consent that a channel needs.
create function baton.channel_consent(channel text) returns text
language sql immutable set search_path = baton, pg_temp
as $$
    select case $1 when 'rm_visit' then 'visit' when 'rm_phone' then 'phone' when 'remote_bank' then 'phone' else $1 end;
$$;

-- The channels of a wave: its own, else those of the plan; none says none, and then nobody is asked.
create function baton.wave_channels(body jsonb, wave int) returns text[]
language sql immutable set search_path = baton, pg_temp
as $$
    select case when $1 #>> array['wave', ($2 - 1)::text, 'channel'] is not null
        then array[$1 #>> array['wave', ($2 - 1)::text, 'channel']]
        else array(select c ->> 'code' from jsonb_array_elements(coalesce($1 -> 'channel', '[]')) c) end;
$$;

-- Consent to one of the channels, and a number where that channel needs one. Each kind of consent is a bit.
create function baton.check_channel(body jsonb, wave int) returns baton.list_checks
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    words text[] := array(select distinct baton.channel_consent(c) from unnest(baton.wave_channels(body, wave)) c order by 1);
    every int := (1 << cardinality(words)) - 1;
    numbers int := coalesce((select bit_or(1 << w.n::int - 1) from unnest(words) with ordinality w (word, n)
                             where w.word in ('phone', 'sms')), 0);
    needed bool := coalesce(baton.policy('consent_needed'), 0) = 1;
    joins text;
    allowed text;
    reason text;
begin
    if words = '{}' then
        return ('', '')::baton.list_checks;
    end if;
    joins := format(' left join (select v.customer_id, bit_or(1 << array_position(%1$L::text[], v.channel) - 1) as bits
        from baton.consent v where v.channel = any (%1$L::text[]) and v.given = %2$L::bool group by v.customer_id)
        consent on consent.customer_id = c.customer_id', words, needed);
    allowed := case when needed then 'coalesce(consent.bits, 0)'
                    else format('(%s & ~coalesce(consent.bits, 0))', every) end;
    reason := format(' when %s = 0 then ''no_consent''', allowed);
    if numbers > 0 then
        -- The number was wrong when somebody last tried, whatever the push.
        joins := joins || ' left join (select b.customer_id from (select o.customer_id, max(o.at) as at from baton.outcome o
                where o.outcome = ''bad_number'' group by o.customer_id) b
            where not exists (select from baton.outcome o where o.customer_id = b.customer_id and o.at > b.at
                              and o.outcome <> ''bad_number''))
            wrong on wrong.customer_id = c.customer_id';
        reason := reason || format(' when (coalesce(c.phone, '''') = '''' or wrong.customer_id is not null) and (%s & %s) = 0'
            ' then ''unreachable''', allowed, ~numbers);
    end if;
    return (joins, reason)::baton.list_checks;
end;
$$;

create index outcome_bad_number on baton.outcome (customer_id, at) where outcome = 'bad_number';

-- ---- plan and push -----------------------------------------------------------------------------------------

-- As before, with every reason of `list_checks`.
create or replace function baton.push_plan(strategy text, version int, snapshot bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off
    set enable_nestloop = on set parallel_tuple_cost = 0.1
as $$
declare
    s baton.strategy_version;
    plan bigint;
    day date := baton.today();
    own baton.lists;
    checks baton.list_checks;
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
    checks := baton.list_checks(s.code, s.version, 1, day);
    own := baton.own_lists(s.code);
    insert into baton.push_plan (strategy, version, hash, snapshot_id, as_of, home, customers, treated, control)
        values (s.code, s.version, s.hash, push_plan.snapshot, day, home, 0, 0, 0) returning id into plan;

    -- given: the arms of earlier pushes; listed: why somebody is left off; placed: where each of the others stands in the
    -- draw of his unit.
    execute opening || $list$
        with given as (
            select l.customer_id, min(l.arm) as arm from baton.plan_member l
            where l.home = any ($4) and l.plan_id = any ($5) and l.arm is not null group by l.customer_id
        ), listed as (
            select c.customer_id, c.org_id, c.rm_id, g.arm as given,
            $list$ || checks.reason || $list$ as blocked
            from $list$ || members || $list$
            join baton.customer c on c.customer_id = m.customer_id
            left join given g on g.customer_id = m.customer_id
            $list$ || checks.joins || $list$
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
        select $1 as home, $2 as plan_id, p.customer_id, p.org_id, p.rm_id,
            case when p.blocked is not null then null
                 else coalesce(p.given, case when p.place <= p.free then 'control' else 'treated' end) end as arm,
            p.blocked
        from placed p
        $list$
    using home, plan, push_plan.snapshot, own.homes, own.plans, s.control_ppm, baton.draw_start(s.code, s.seed);
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

-- Refuses a plan of whose customers one may not be pushed any more, with how many and why: who was closed, went to another
-- unit, got another arm of this strategy by now, or is to be left off as the plan would leave him off today.
create function baton.plan_still_holds(p baton.push_plan, wave int, day date) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    own baton.lists := baton.own_lists(p.strategy);
    checks baton.list_checks := baton.list_checks(p.strategy, p.version, wave, day);
    stale bigint;
    why text;
begin
    execute $holds$
        select sum(f.n), string_agg(f.reason || ' ' || f.n, ', ' order by f.n desc, f.reason)
        from (select r.reason, count(*) as n
              from (select case when c.customer_id is null or c.closed_on is not null then 'closed'
                                when g.arm <> m.arm then 'arm'
                                when c.org_id <> m.org_id then 'moved'
                                else $holds$ || checks.reason || $holds$ end as reason
                    from baton.plan_member m
                    left join baton.customer c on c.customer_id = m.customer_id
                    left join (select l.customer_id, min(l.arm) as arm from baton.plan_member l
                               where l.home = any ($3) and l.plan_id = any ($4) and l.arm is not null
                               group by l.customer_id) g on g.customer_id = m.customer_id
                    $holds$ || checks.joins || $holds$
                    where m.home = $1 and m.plan_id = $2 and m.arm is not null) r
              where r.reason is not null group by r.reason) f
        $holds$
    into stale, why using p.home, p.id, own.homes, own.plans;
    if stale > 0 then
        raise exception using errcode = 'BT006', message = 'plan_overtaken', detail = stale::text, hint = why;
    end if;
end;
$$;

-- Pushes exactly the list of `plan` and gives the push; sent again, it gives the push that stands. The list stays where
-- the plan has put it. The lock lets one apply run at a time, so that two strategies cannot take the same customer at once.
create or replace function baton.push_apply(plan bigint) returns bigint
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '256MB' set jit = off set enable_nestloop = on
as $$
declare
    p baton.push_plan;
    done bigint;
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
    if p.home > 0 then
        perform set_config('enable_nestloop', 'off', true);
    end if;
    perform baton.plan_still_holds(p, 1, own_day);

    select baton.today() + v.deadline_days into last_day
        from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    insert into baton.push (plan_id, strategy, version, hash, home, as_of, deadline, customers, treated, control, millis)
        values (p.id, p.strategy, p.version, p.hash, p.home, baton.today(), last_day, p.customers, p.treated, p.control, 0)
        returning id into done;
    insert into baton.branch_order (push_id, org_id, tasks, control, rms, open, done, deadline)
        select done, o.org_id, o.tasks, o.control, o.rms, o.tasks, 0, last_day
        from baton.plan_order(p.id) o;
    perform baton.board_recount(done);
    perform baton.push_sent(done);
    update baton.push u set millis = ceil(extract(epoch from clock_timestamp() - started) * 1000) where u.id = done;
    perform baton.note('push.apply', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('push', done, 'plan', p.id, 'hash', encode(p.hash, 'hex'), 'tasks', p.treated, 'control', p.control));
    return done;
end;
$$;

-- ---- whose customers a plan's are --------------------------------------------------------------------------

-- As `push_parts` and `push_members` (0018), of a plan before its push.
create function baton.plan_parts(of_plan bigint) returns table (part text, blocked bool, customers bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
    p baton.push_plan;
begin
    select * into p from baton.push_plan k where k.id = of_plan and k.home is not null;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = of_plan::text;
    end if;
    return query
        select coalesce(m.arm, m.blocked), m.arm is null, count(*)
        from baton.plan_member m where m.home = p.home and m.plan_id = p.id and (own is null or m.org_id = any (own))
        group by 1, 2 order by 2, 1 desc;
end;
$$;

create function baton.plan_members(of_plan bigint, of_part text, of_org text, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint, note text, total bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
    p baton.push_plan;
    unit int;
    ids bigint[];
    notes text[];
    whole bigint;
begin
    select * into p from baton.push_plan k where k.id = of_plan and k.home is not null;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'plan', detail = of_plan::text;
    end if;
    if of_org is not null then
        select u.id into unit from baton.org_unit u where u.code = of_org;
        if unit is null then
            raise exception using errcode = 'BT003', message = 'org_unit', detail = of_org;
        end if;
    end if;
    select count(*) into whole from baton.plan_member m
    where m.home = p.home and m.plan_id = p.id and (of_part is null or coalesce(m.arm, m.blocked) = of_part)
        and (unit is null or m.org_id = unit) and (own is null or m.org_id = any (own));
    select array_agg(f.customer_id order by f.customer_id), array_agg(f.part order by f.customer_id) into ids, notes
    from (select m.customer_id, coalesce(m.arm, m.blocked) as part
          from baton.plan_member m
          where m.home = p.home and m.plan_id = p.id and (of_part is null or coalesce(m.arm, m.blocked) = of_part)
              and (unit is null or m.org_id = unit) and (own is null or m.org_id = any (own))
          order by m.customer_id offset greatest(skip, 0) limit baton.listed_rows(skip)) f;
    perform baton.note_listed('push.members', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('plan', p.id, 'part', of_part, 'org', of_org, 'skip', skip), ids);
    return query select * from baton.listed(ids, notes, whole, own);
end;
$$;

-- ---- what an import says of it -----------------------------------------------------------------------------

-- What the manifest says words of its records mean; what it does not say stays.
create function baton.apply_meanings(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    delete from baton.meaning m where run -> 'means' ? m.word and not (run -> 'means' -> m.word ? m.code);
    insert into baton.meaning (word, code)
        select w.key, c.code from jsonb_each(coalesce(run -> 'means', '{}')) w
        cross join jsonb_array_elements_text(w.value) as c (code)
        on conflict do nothing;
end;
$$;

-- As in 0003, and what the bank's words mean.
create or replace function baton.apply_bank(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    given record;
    stands baton.bank;
begin
    select * into given from jsonb_to_record(run -> 'bank')
        as b (name text, as_of date, currency text, digits smallint, timezone text);
    select * into stands from baton.bank;
    if stands.name <> given.name then
        raise exception using errcode = 'BT102', message = 'other_bank', detail = stands.name;
    end if;
    if stands.currency <> given.currency then
        raise exception using errcode = 'BT103', message = 'other_currency', detail = stands.currency;
    end if;
    if stands is null then
        insert into baton.bank (name, as_of, currency, digits, timezone)
        values (given.name, given.as_of, given.currency, given.digits, given.timezone);
    elsif (stands.as_of, stands.timezone) is distinct from (given.as_of, given.timezone) then
        update baton.bank set as_of = given.as_of, timezone = given.timezone, loaded_at = clock_timestamp();
    end if;
    if jsonb_typeof(run -> 'tiers') = 'array' then
        delete from baton.tier;
        insert into baton.tier (code, zh, en, from_minor)
        select t.code, t.zh, t.en, t."from" from jsonb_to_recordset(run -> 'tiers') as t (code text, zh text, en text, "from" bigint);
    elsif not exists (select from baton.tier) then
        insert into baton.tier (code, zh, en, from_minor)
        select t.code, t.zh, t.en, t."from" * (10 ^ given.digits)::bigint
        from (values ('basic', '基础', 'Basic', null), ('mass', '大众', 'Mass', 50000), ('gold', '财富', 'Wealth', 500000),
                     ('private', '私行', 'Private', 6000000)) as t (code, zh, en, "from");
    end if;
    perform baton.apply_meanings(run);
end;
$$;

-- As in 0009, and how much risk a product has.
create or replace function baton.load_tables(extra text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    name text;
    made record;
begin
    for made in select * from (values
        ('org_unit', 'code text not null, parent text, kind text not null, name text not null, class text,
                      lat double precision, lon double precision'),
        ('staff', 'code text not null, org text not null, name text not null, role text, capacity int'),
        ('customer', 'customer_id bigint not null, org text not null, rm text, name text, phone text, opened_on date,
                      birth_date date, gender text, aum bigint, no_contact bool' || coalesce(extra, '')),
        ('event', 'customer_id bigint not null, ref text not null, kind text not null, at timestamptz not null,
                   amount bigint, detail text'),
        ('product', 'code text not null, zh text, en text, class text, risk smallint'),
        ('holding', 'customer_id bigint not null, product text not null, day date not null, amount bigint not null,
                     class text'),
        ('tier_target', 'tier text not null, class text not null, share numeric(7, 6) not null'),
        ('consent', 'customer_id bigint not null, channel text not null, given bool not null, since date'),
        ('relation', 'customer_id bigint not null, kind text not null, other bigint not null'),
        ('location', 'customer_id bigint not null, lat double precision not null, lon double precision not null'),
        ('metric', 'code text not null, zh text, en text, kind text, unit text, formula text'),
        ('metric_fact', 'metric text not null, org text not null, day date not null, value bigint, numerator bigint,
                         denominator bigint'),
        ('target', 'metric text not null, org text not null, period text not null, value bigint not null'),
        ('outcome', 'push bigint not null, customer_id bigint not null, outcome text not null, at timestamptz not null,
                     amount bigint, note text')
    ) as t (name, columns)
    loop
        execute format('create unlogged table load.%I (load smallint not null, ordinal bigint not null, %s)',
            made.name, made.columns);
        execute format('grant insert on load.%I to %I', made.name, session_user);
    end loop;
end;
$$;

-- As in 0009, with the risk.
create or replace function baton.apply_products(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    came jsonb := coalesce(run -> 'columns' -> 'product', '[]');
begin
    update baton.product p set zh = case when came ? 'zh' then coalesce(l.zh, l.code) else p.zh end,
        en = case when came ? 'en' then coalesce(l.en, l.code) else p.en end,
        class = case when came ? 'class' then l.class else p.class end,
        risk = case when came ? 'risk' then l.risk else p.risk end
    from load.product l
    where p.code = l.code and (p.zh, p.en, p.class, p.risk) is distinct from
        (case when came ? 'zh' then coalesce(l.zh, l.code) else p.zh end,
         case when came ? 'en' then coalesce(l.en, l.code) else p.en end,
         case when came ? 'class' then l.class else p.class end,
         case when came ? 'risk' then l.risk else p.risk end);
    insert into baton.product (code, zh, en, class, risk)
    select l.code, coalesce(l.zh, l.code), coalesce(l.en, l.code), l.class, l.risk from load.product l
    where not exists (select from baton.product p where p.code = l.code)
    order by l.load, l.ordinal;
    insert into baton.product (code, zh, en)
    select distinct l.product, l.product, l.product from load.holding l
    where not exists (select from baton.product p where p.code = l.product)
    order by 1;
    update baton.product p set class = l.class
    from (select product, min(class) as class from load.holding where class is not null group by 1) l
    where p.code = l.product and p.class is distinct from l.class;
    analyze baton.product;
end;
$$;

revoke execute on function baton.risk_of, baton.push_exclude, baton.holdout_below, baton.reserved_lists, baton.recent_lists,
    baton.list_checks, baton.join_lists, baton.check_holdout, baton.check_complaint, baton.check_risk, baton.channel_consent,
    baton.wave_channels, baton.check_channel, baton.plan_still_holds, baton.plan_parts, baton.plan_members,
    baton.apply_meanings from public;
grant execute on function baton.push_exclude, baton.plan_parts, baton.plan_members to baton_operator;
