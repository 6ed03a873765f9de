-- What the push of a small list costs. Lists of fewer than own_home_from() customers share a home, and of a plan made a moment
-- ago the planner knows nothing: it takes its list for one row, and went through all live lists of other strategies for each
-- customer (the second push of 5,000 within a minute took 5 s, the seventh 110). A small list is now looked up customer by
-- customer in the index, whatever the planner believes.

-- Who is on one of these lists, in either arm, once each; of `few` customers each is looked up by himself.
create function baton.join_lists(name text, lists baton.lists, few bool) returns text
language sql immutable set search_path = baton, pg_temp
as $$
    select case when $3 then format(' left join lateral (select l.customer_id from baton.plan_member l
        where l.customer_id = c.customer_id and l.home = any (%2$L::bigint[]) and l.plan_id = any (%3$L::bigint[]) and l.arm is not null
        limit 1) %1$I on true', $1, ($2).homes, ($2).plans)
    else baton.join_lists($1, $2) end;
$$;

-- As in 0037, with `few`.
drop function baton.list_checks(text, int, int, date, uuid);
create function baton.list_checks(of_strategy text, of_version int, of_wave int, day date, exits uuid default null,
    few bool default false)
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
            joined := joined || format(case when few then ' left join lateral (select c.customer_id where %3$s <=
                    (select count(*) from baton.plan_member l where l.customer_id = c.customer_id
                     and l.home = any (%1$L::bigint[]) and l.plan_id = any (%2$L::bigint[]) and l.arm = ''treated'')) often on true'
                else ' left join (select l.customer_id from baton.plan_member l
                where l.home = any (%1$L::bigint[]) and l.plan_id = any (%2$L::bigint[]) and l.arm = ''treated''
                group by l.customer_id having count(*) >= %3$s) often on often.customer_id = c.customer_id' end,
                lists.homes, lists.plans, baton.policy('cap_contacts'));
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

-- As in 0037; a small list is looked up customer by customer.
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

revoke execute on function baton.join_lists(text, baton.lists, bool), baton.list_checks from public;
