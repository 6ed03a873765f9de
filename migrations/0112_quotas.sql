-- How many benefits a unit may give can be said unit by unit: `[benefit.quotas]` names units, each with its own number, and `quota`
-- is for every other one. A unit that is named shares its number with those below it, down to the next that is named: a
-- branch has one quota with its sub-branches. So every unit draws on one quota and no more, and the numbers of those that are named
-- add up: to no more than there are.

create function baton.quotas_sum(body jsonb) returns bigint
language sql immutable set search_path = baton, pg_temp
as $$ select coalesce(sum(q.value::bigint), 0)::bigint from jsonb_each_text(coalesce($1 #> '{benefit,quotas}', '{}')) q; $$;
create function baton.quotas_hold(body jsonb) returns bool
language sql immutable set search_path = baton, pg_temp
as $$
    select not exists (select from jsonb_each_text(coalesce($1 #> '{benefit,quotas}', '{}')) q where q.value::bigint not between 1 and 100000000)
        and coalesce(baton.quotas_sum($1) <= ($1 #>> '{benefit,stock}')::bigint, true);
$$;
alter table baton.strategy_version
    add column benefit_limited bool not null generated always as (body::jsonb ? 'benefit') stored,
    add constraint strategy_quotas_within_stock check (baton.quotas_hold(body::jsonb));

-- On whose quota a unit draws, whether that is named, and how many it has; null is any number.
create function baton.benefit_quota(body jsonb, org int, out whose int, out named bool, out quota bigint)
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(n.id, $2), n.id is not null, coalesce(n.quota, ($1 #>> '{benefit,quota}')::bigint)
    from (select) one
    left join lateral (
        select p.id, ($1 #>> array['benefit', 'quotas', p.code])::bigint as quota
        from baton.org_unit u cross join unnest(u.path) with ordinality as a (id, depth) join baton.org_unit p on p.id = a.id
        where u.id = $2 and $1 #> '{benefit,quotas}' ? p.code order by a.depth desc limit 1) n on true;
$$;

-- As in 0033; and every unit that a quota is named for is one of the bank's.
create or replace function baton.strategy_submit(code text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    draft baton.strategy_version;
    unit text;
begin
    perform baton.require_duty('strategist');
    select * into draft from baton.strategy_version s
        where s.code = strategy_submit.code order by s.version desc limit 1 for update;
    if draft.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_submit.code;
    end if;
    if draft.state <> 'draft' then
        raise exception using errcode = 'BT004', message = draft.state, detail = format('%s v%s', draft.code, draft.version);
    end if;
    if draft.budget_cap is not null and draft.benefit_cost is null then
        raise exception using errcode = 'BT205', message = 'no_price', detail = format('%s v%s', draft.code, draft.version);
    end if;
    select q.code into unit from jsonb_object_keys(coalesce(draft.body::jsonb #> '{benefit,quotas}', '{}')) as q (code)
        where not exists (select from baton.org_unit u where u.code = q.code) order by 1 limit 1;
    if unit is not null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = unit;
    end if;
    select max(v.version) into draft.segment_version from baton.segment_version v where v.code = draft.segment;
    draft.hash := sha256(convert_to(baton.strategy_content(draft), 'UTF8'));
    update baton.strategy_version s
        set state = 'submitted', segment_version = draft.segment_version, hash = draft.hash, submitted_at = clock_timestamp()
        where s.code = draft.code and s.version = draft.version;
    perform baton.note('strategy.submit', format('%s v%s', draft.code, draft.version),
        jsonb_build_object('hash', encode(draft.hash, 'hex'), 'segment', draft.segment, 'segment_version', draft.segment_version));
    return draft.version;
end;
$$;

-- As in 0093; what a unit limits counts as well.
create or replace function baton.benefit_need(of_plan bigint, out needed bigint, out given bigint, out adds bigint)
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    homes bigint[];
    plans bigint[];
    shares bigint[];
    before numeric;
    added numeric;
begin
    select * into p from baton.push_plan k where k.id = of_plan;
    select array_agg(distinct u.home), array_agg(u.plan_id order by u.n), array_agg(u.share order by u.n) into homes, plans, shares
    from (select k.id as n, k.home, k.plan_id, coalesce((v.body::jsonb #>> '{budget,expected_ppm}')::bigint, 1000000) as share
          from baton.push k join baton.strategy_version v on v.code = k.strategy and v.version = k.version
          where k.strategy = p.strategy and k.plan_id <> p.id and v.benefit_limited
          union all
          select 9223372036854775807, p.home, p.id, coalesce((v.body::jsonb #>> '{budget,expected_ppm}')::bigint, 1000000)
          from baton.strategy_version v where v.code = p.strategy and v.version = p.version) u;
    select count(*) into given from baton.benefit_given g where g.strategy = p.strategy and g.short is null;
    if cardinality(plans) = 1 then
        before := 0;
        added := p.treated::numeric * shares[1];
    else
        execute 'select coalesce(sum(f.share::numeric) filter (where f.plan_id <> $4), 0), coalesce(sum(f.share::numeric) filter (where f.plan_id = $4), 0)
            from (select distinct on (m.customer_id) m.customer_id, u.share, u.plan_id
                  from baton.plan_member m
                  join unnest($2, $3) with ordinality u (plan_id, share, n) on u.plan_id = m.plan_id
                  where m.home = any ($1) and m.plan_id = any ($2) and m.arm = ''treated''
                  order by m.customer_id, u.n) f'
        into before, added using homes, plans, shares, p.id;
    end if;
    adds := ceil(added / 1000000);
    needed := ceil((greatest(before, given::numeric * 1000000) + added) / 1000000);
end;
$$;

-- As in 0093, by the quota that each unit draws on.
create or replace function baton.benefit_count(pushes bigint[], customers bigint[], ats timestamptz[], outcomes text[]) returns void
language sql volatile set search_path = baton, pg_temp set jit = off
as $$
    with came as materialized (
        select distinct on (p.strategy, o.customer_id) p.strategy, p.version, o.customer_id, o.push_id, o.org_id, o.at, v.benefit_stock
        from unnest($1, $2, $3, $4) c (push_id, customer_id, at, outcome)
        join baton.outcome o on o.push_id = c.push_id and o.customer_id = c.customer_id and o.at = c.at and o.outcome = c.outcome
            and not o.contamination
        join baton.push p on p.id = o.push_id
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        where not exists (select from baton.benefit_given g where g.strategy = p.strategy and g.customer_id = o.customer_id)
        order by p.strategy, o.customer_id, o.at
    ), had as materialized (
        select g.strategy, g.org_id, count(*) as n from baton.benefit_given g
        where g.short is null and g.strategy in (select c.strategy from came c) group by g.strategy, g.org_id
    ), draws as materialized (
        select u.strategy, u.version, u.org_id, q.whose, q.quota, coalesce(h.n, 0) as n
        from (select c.strategy, c.version, c.org_id from came c
              union select c.strategy, c.version, h.org_id from (select distinct strategy, version from came) c
              join had h on h.strategy = c.strategy) u
        join baton.strategy_version v on v.code = u.strategy and v.version = u.version
        cross join baton.benefit_quota(v.body::jsonb, u.org_id) q
        left join had h on h.strategy = u.strategy and h.org_id = u.org_id
    ), drawn as (
        select d.strategy, d.version, d.org_id, d.whose, d.quota, sum(d.n) over (partition by d.strategy, d.version, d.whose) as n from draws d
    ), in_unit as (
        select c.*, row_number() over (partition by c.strategy, d.whose order by c.at, c.customer_id) + d.n > d.quota as over_quota
        from came c join drawn d on d.strategy = c.strategy and d.version = c.version and d.org_id = c.org_id
    ), in_all as (
        select u.*, count(*) filter (where u.over_quota is not true) over (partition by u.strategy order by u.at, u.customer_id)
            + coalesce(h.n, 0) > u.benefit_stock as over_stock
        from in_unit u left join (select k.strategy, sum(k.n) as n from had k group by k.strategy) h on h.strategy = u.strategy
    )
    insert into baton.benefit_given (strategy, customer_id, push_id, org_id, at, short)
    select a.strategy, a.customer_id, a.push_id, a.org_id, a.at, case when a.over_quota then 'quota' when a.over_stock then 'stock' end
    from in_all a;
$$;

-- As in 0093; what a unit limits counts as well.
create or replace function baton.outcome_settle(intake uuid) returns baton.outcome_taken
language plpgsql set search_path = baton, pg_temp set jit = off
as $$
declare
    taken baton.outcome_taken;
    planned bigint[];
    limited bigint[];
    of_push bigint[];
    of_customer bigint[];
    of_at timestamptz[];
    of_outcome text[];
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
    -- Before the rows are gone: which of them would give a benefit of which there are so many only.
    limited := array(select p.id from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        where v.benefit_limited);
    if limited <> '{}' then
        select array_agg(k.push_id), array_agg(k.customer_id), array_agg(k.at), array_agg(k.outcome)
        into of_push, of_customer, of_at, of_outcome
        from baton.outcome_intake k
        join baton.push p on p.id = k.push_id
        join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        where k.intake = outcome_settle.intake and k.by = session_user and k.push_id = any (limited)
            and baton.gives_benefit(v.body::jsonb, k.outcome);
    end if;
    taken := baton.outcome_settle_rows(outcome_settle.intake);
    if of_push is not null then
        perform baton.benefit_count(of_push, of_customer, of_at, of_outcome);
    end if;
    return taken;
end;
$$;

-- As in 0093, with what all that draw on the same quota have given; `whose` that is if it is not the unit's alone.
drop function baton.task_benefit(bigint, bigint);
create function baton.task_benefit(push bigint, customer bigint)
returns table (stock bigint, given bigint, quota bigint, given_here bigint, whose text, at timestamptz, short text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    if not baton.sees_all() and baton.task_mine(push, customer) is null then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    return query
        with stands as (
            select p.strategy, v.benefit_stock, v.body::jsonb as body, t.org_id, q.whose as drawn_on, q.quota as most
            from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
            cross join baton.tasks_now(task_benefit.push, array[customer]) t
            cross join baton.benefit_quota(v.body::jsonb, t.org_id) q
            where p.id = task_benefit.push and v.benefit_limited
        ), gave as (
            select g.org_id, count(*) as n from stands s join baton.benefit_given g on g.strategy = s.strategy and g.short is null group by g.org_id
        )
        select s.benefit_stock, (select coalesce(sum(g.n), 0)::bigint from gave g), s.most,
            (select coalesce(sum(g.n), 0)::bigint from gave g
             where (select q.whose from baton.benefit_quota(s.body, g.org_id) q) = s.drawn_on),
            case when s.drawn_on <> s.org_id then (select u.code from baton.org_unit u where u.id = s.drawn_on) end, h.at, h.short
        from stands s left join baton.benefit_given h on h.strategy = s.strategy and h.customer_id = task_benefit.customer;
end;
$$;

-- What the units of a push have given of its strategy's benefit, to how many none was left, and the quota that each draws on: `whose`
-- it is if others draw on it, too, and what all of these have given, for who sees them all. Of those units that the caller sees.
drop function baton.push_benefits(bigint);
create function baton.push_benefits(push bigint)
returns table (org text, given bigint, short bigint, quota bigint, whose text, all_given bigint)
language sql stable set search_path = baton, pg_temp
as $$
    with gave as (
        select g.org_id, count(*) filter (where g.short is null) as given, count(g.short) as short
        from baton.push p join baton.benefit_given g on g.strategy = p.strategy where p.id = $1 group by g.org_id
    ), units as (
        select u.org_id, coalesce(g.given, 0) as given, coalesce(g.short, 0) as short, q.whose, q.named, q.quota
        from (select o.org_id from baton.branch_order o where o.push_id = $1 union select g.org_id from gave g) u
        join baton.push p on p.id = $1 join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        cross join baton.benefit_quota(v.body::jsonb, u.org_id) q
        left join gave g on g.org_id = u.org_id
    ), together as (
        select n.*, sum(n.given) over (partition by n.whose)::bigint as all_given, count(*) over (partition by n.whose) as draw from units n
    )
    select u.code, t.given, t.short, t.quota, case when t.whose <> t.org_id or t.draw > 1 then w.code end,
        case when (t.whose <> t.org_id or t.draw > 1) and baton.sees_all() then t.all_given end
    from together t join baton.org_unit u on u.id = t.org_id join baton.org_unit w on w.id = t.whose;
$$;

revoke execute on function baton.quotas_sum, baton.quotas_hold, baton.benefit_quota, baton.task_benefit, baton.push_benefits from public;
grant execute on function baton.benefit_quota, baton.task_benefit, baton.push_benefits to baton_operator;
