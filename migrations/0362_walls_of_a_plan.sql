-- What a push of a plan would be refused for as things stand, beside its customers and its budget (see 0170, `plan_cost`): the
-- planner reads it before he says yes. The walls themselves stand in `push_apply` and under the table of pushes.
create function baton.plan_walls(plan bigint) returns table (code text, message text, detail text)
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
declare
    p baton.push_plan;
    s baton.strategy_version;
    need record;
    own_day date := least(baton.today(), baton.bank_day());
begin
    select * into p from baton.push_plan k where k.id = plan_walls.plan and k.home is not null;
    if p.id is null then
        return;
    end if;
    select * into s from baton.strategy_version v where v.code = p.strategy and v.version = p.version;
    begin
        perform baton.require_due(s, p.wave, own_day);
    exception when sqlstate 'BT211' then
        get stacked diagnostics code = returned_sqlstate, message = message_text, detail = pg_exception_detail;
        return next;
    end;
    detail := coalesce(baton.blackout_on(p.as_of), baton.blackout_on(baton.bank_day()), baton.blackout_on(baton.clock_day()));
    if detail is not null and s.during_blackout is null then
        code := 'BT203';
        message := 'blackout';
        return next;
    end if;
    if (select count(*) from baton.approval_given g where g.strategy = p.strategy and g.version = p.version and g.hash = p.hash)
            < baton.approval_levels(p.strategy, p.version, (select f.customers from baton.snapshot f where f.id = p.snapshot_id)) then
        code := 'BT204';
        message := 'levels';
        detail := format('%s v%s', p.strategy, p.version);
        return next;
    end if;
    if s.benefit_stock is not null then
        select * into need from baton.benefit_need(p.id);
        if need.needed > s.benefit_stock then
            code := 'BT214';
            message := s.benefit_stock::text;
            detail := format('%s %s', need.needed, need.given);
            return next;
        end if;
    end if;
end;
$$;
revoke execute on function baton.plan_walls from public;
grant execute on function baton.plan_walls to baton_operator;
