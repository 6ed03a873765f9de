-- Two people at one new alert: whoever saves a new one says so, and nothing is written over another's. Looking first whether a code is free
-- is not enough, for the other may save between the looking and the saving.

-- Saves an alert, switched on. `fresh` is true of a new one, whose code nobody may have (alert_pkey), and false of one that is changed, which
-- must be there; whoever says neither writes anew what stands there, and what it was raised for before goes.
drop function baton.alert_save(text, text, text, text, text, double precision, text, int, text);
create function baton.alert_save(code text, name text, metric text, kind text, side text, bound double precision, compare text,
    days int, units text, fresh boolean default null) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.metric m where m.code = alert_save.metric) then
        raise exception using errcode = 'BT003', message = 'metric', detail = alert_save.metric;
    end if;
    if alert_save.fresh is distinct from true then
        delete from baton.alert a where a.code = alert_save.code;
        if not found and not alert_save.fresh then
            raise exception using errcode = 'BT003', message = 'alert', detail = alert_save.code;
        end if;
    end if;
    insert into baton.alert (code, name, metric, kind, side, bound, compare, days, units, owner)
        values (alert_save.code, alert_save.name, alert_save.metric, alert_save.kind, alert_save.side, alert_save.bound,
            alert_save.compare, alert_save.days, alert_save.units, session_user);
    perform baton.note('alert.save', alert_save.code, jsonb_build_object('name', alert_save.name, 'metric', alert_save.metric,
        'kind', alert_save.kind, 'side', alert_save.side, 'bound', alert_save.bound, 'compare', alert_save.compare,
        'days', alert_save.days, 'units', alert_save.units));
end;
$$;
revoke execute on function baton.alert_save from public;
grant execute on function baton.alert_save to baton_operator;
