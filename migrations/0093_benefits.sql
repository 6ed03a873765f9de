-- Benefits of which there are so many only: how many exist for a strategy (`stock`), and how many each unit may give (`quota`). A plan
-- says how many it will need, a push that needs more than there are is refused, and each customer who got one is counted, as
-- long as there is one left. What happened is never refused: an outcome that comes when none is left is kept, and is
-- counted as one without the benefit.

alter table baton.strategy_version
    add column benefit_stock bigint generated always as ((body::jsonb #>> '{benefit,stock}')::bigint) stored
        constraint strategy_benefit_stock_range check (benefit_stock between 1 and 100000000),
    add column benefit_quota bigint generated always as ((body::jsonb #>> '{benefit,quota}')::bigint) stored
        constraint strategy_benefit_quota_range check (benefit_quota between 1 and 100000000);

-- One row for each customer of a strategy who came to an outcome that gives its benefit, however many pushes he is in. `short` says
-- why there was none for him any more: the unit's `quota`, or the whole `stock`.
create table baton.benefit_given (
    strategy text not null,
    customer_id bigint not null,
    push_id bigint not null,
    org_id int not null,                -- the unit that held the task
    at timestamptz not null,            -- of the outcome
    short text constraint benefit_short check (short in ('quota', 'stock')),
    primary key (strategy, customer_id)
);
create index benefit_given_by_unit on baton.benefit_given (strategy, org_id) where short is null;
grant select on baton.benefit_given to baton_operator;
select baton.wall('benefit_given');

-- By which outcomes the benefit is given: those that the text names, else a sale.
create function baton.gives_benefit(body jsonb, outcome text) returns bool
language sql immutable set search_path = baton, pg_temp
as $$ select coalesce($1 #> '{benefit,given}', '["sold"]') ? $2; $$;

-- How many benefits the strategy of a plan needs with it: those that its earlier pushes are expected to give, or those that were given
-- if these are more, and those that are expected of the customers whom this plan adds. Expected is the share of `expected_rate`, of the
-- version that treated a customer first; without one it is everybody.
create function baton.benefit_need(of_plan bigint, out needed bigint, out given bigint, out adds bigint)
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
          where k.strategy = p.strategy and k.plan_id <> p.id and (v.benefit_stock is not null or v.benefit_quota is not null)
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

-- As in 0033, and no push of which more benefits are expected than there are.
create or replace function baton.push_is_of_a_standing_version() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    v baton.strategy_version;
    stands text;
    dark text;
    words int;
    needed int;
    cost numeric;
    need record;
begin
    select * into v from baton.strategy_version s where s.code = new.strategy and s.version = new.version for share;
    stands := v.state;
    if exists (select from baton.strategy_shelf h where h.code = new.strategy) then
        stands := 'archived';
    elsif stands = 'approved' and not baton.strategy_runs(new.strategy) then
        stands := 'paused';
    end if;
    if stands is distinct from 'approved' then
        raise exception using errcode = 'BT004', message = coalesce(stands, 'draft'),
            detail = format('%s v%s', new.strategy, new.version);
    end if;
    -- Looking at the bank as of another day opens no day on which nothing goes out.
    dark := coalesce(baton.blackout_on(new.as_of), baton.blackout_on((select b.as_of from baton.bank b)));
    if dark is not null and v.during_blackout is null then
        raise exception using errcode = 'BT203', message = 'blackout', detail = dark;
    end if;
    needed := baton.approval_levels(new.strategy, new.version,
        (select f.customers from baton.push_plan p join baton.snapshot f on f.id = p.snapshot_id where p.id = new.plan_id));
    if needed > 1 then
        select count(*) into words from baton.approval_given g
            where g.strategy = new.strategy and g.version = new.version and g.hash = new.hash;
        if words < needed then
            raise exception using errcode = 'BT204', message = 'levels', detail = format('%s v%s', new.strategy, new.version);
        end if;
    end if;
    if v.budget_cap is not null then
        if v.benefit_cost is null then
            raise exception using errcode = 'BT205', message = 'no_price', detail = format('%s v%s', new.strategy, new.version);
        end if;
        cost := baton.benefits_cost(new, v.benefit_cost, v.budget_cap);
        if cost > v.budget_cap then
            raise exception using errcode = 'BT206', message = v.budget_cap::text, detail = trunc(cost)::text;
        end if;
    end if;
    if v.benefit_stock is not null then
        select * into need from baton.benefit_need(new.plan_id);
        if need.needed > v.benefit_stock then
            raise exception using errcode = 'BT214', message = v.benefit_stock::text, detail = format('%s %s', need.needed, need.given);
        end if;
    end if;
    return new;
end;
$$;

-- Counts what outcomes that were kept just now have given: each customer once, by the time of the outcome, first as far as his unit may,
-- then as far as there are any. For `outcome_settle` only, under its lock: of two units that give the last one, one has it.
create function baton.benefit_count(pushes bigint[], customers bigint[], ats timestamptz[], outcomes text[]) returns void
language sql volatile set search_path = baton, pg_temp set jit = off
as $$
    with came as (
        select distinct on (p.strategy, o.customer_id) p.strategy, o.customer_id, o.push_id, o.org_id, o.at, v.benefit_stock, v.benefit_quota
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
    ), in_unit as (
        select c.*, row_number() over (partition by c.strategy, c.org_id order by c.at, c.customer_id) + coalesce(h.n, 0) > c.benefit_quota
            as over_quota
        from came c left join had h on h.strategy = c.strategy and h.org_id = c.org_id
    ), in_all as (
        select u.*, count(*) filter (where u.over_quota is not true) over (partition by u.strategy order by u.at, u.customer_id)
            + coalesce(h.n, 0) > u.benefit_stock as over_stock
        from in_unit u left join (select k.strategy, sum(k.n) as n from had k group by k.strategy) h on h.strategy = u.strategy
    )
    insert into baton.benefit_given (strategy, customer_id, push_id, org_id, at, short)
    select a.strategy, a.customer_id, a.push_id, a.org_id, a.at, case when a.over_quota then 'quota' when a.over_stock then 'stock' end
    from in_all a;
$$;

-- As in 0092, and what gives a benefit is counted.
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
        where v.benefit_stock is not null or v.benefit_quota is not null);
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

-- What one task may promise: how many the unit that holds it has given and may give, how many there were and are, and whether the
-- customer has his. For who may act on it or sees the whole bank; no row where there is no limit.
create function baton.task_benefit(push bigint, customer bigint)
returns table (stock bigint, given bigint, quota bigint, given_here bigint, at timestamptz, short text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    if not baton.sees_all() and baton.task_mine(push, customer) is null then
        raise exception using errcode = 'BT402', message = 'foreign_task', detail = customer::text;
    end if;
    return query
        select v.benefit_stock, (select count(*) from baton.benefit_given g where g.strategy = p.strategy and g.short is null),
            v.benefit_quota, (select count(*) from baton.benefit_given g where g.strategy = p.strategy and g.org_id = t.org_id and g.short is null),
            h.at, h.short
        from baton.push p join baton.strategy_version v on v.code = p.strategy and v.version = p.version
        cross join baton.tasks_now(task_benefit.push, array[customer]) t
        left join baton.benefit_given h on h.strategy = p.strategy and h.customer_id = task_benefit.customer
        where p.id = task_benefit.push and (v.benefit_stock is not null or v.benefit_quota is not null);
end;
$$;

-- What the units of a push have given of its strategy's benefit, and to how many none was left; of those whose units the caller sees.
create function baton.push_benefits(push bigint) returns table (org text, given bigint, short bigint)
language sql stable set search_path = baton, pg_temp
as $$
    select u.code, count(*) filter (where g.short is null), count(g.short)
    from baton.push p join baton.benefit_given g on g.strategy = p.strategy join baton.org_unit u on u.id = g.org_id
    where p.id = $1 group by u.code;
$$;

revoke execute on function baton.gives_benefit, baton.benefit_need, baton.benefit_count, baton.task_benefit, baton.push_benefits from public;
grant execute on function baton.benefit_need, baton.task_benefit, baton.push_benefits to baton_operator;
