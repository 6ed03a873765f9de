-- A contact is what reached a customer, or tried to: a task that was taken back before anybody tried counts for no cap. And a
-- plan takes the place of its maker's earlier ones once it stands, not before.

-- What takes the recalled tasks of these lists' pushes of which nothing was heard off the contacts again; nothing where there
-- are none. Of a `few` customers each asks for his own. A task has at most one row that says recalled and is not held.
create function baton.never_contacted(plans bigint[], few bool) returns text
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    pushes bigint[] := array(select p.id from baton.push p where p.plan_id = any (plans)
                             and exists (select from baton.branch_order o where o.push_id = p.id and o.recalled_at is not null));
begin
    if pushes = '{}' then
        return '';
    end if;
    return format(case when few then ' - (select count(*) from baton.task_hold h where h.customer_id = c.customer_id and '
                       else ' union all select h.customer_id, -1 from baton.task_hold h where ' end
        || 'h.push_id = any (%L::bigint[]) and h.why = ''recalled'' and not h.held
            and not exists (select from baton.outcome o where o.push_id = h.push_id and o.customer_id = h.customer_id
                            and not o.contamination)' || case when few then ')' else '' end, pushes);
end;
$$;

-- As in 0066, but for what a contact is.
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

-- The caller's plans of a strategy that were never pushed and were made before `besides`, which takes their place.
create function baton.push_plan_forget(strategy text, besides bigint) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    return baton.plan_forget(array(select p.id from baton.push_plan p
        where p.strategy = push_plan_forget.strategy and p.planned_by = session_user and p.home is not null
            and p.id < push_plan_forget.besides
            and not exists (select from baton.push u where u.plan_id = p.id)));
end;
$$;

revoke execute on function baton.never_contacted, baton.push_plan_forget(text, bigint) from public;
grant execute on function baton.push_plan_forget(text, bigint) to baton_operator;
