-- Two alerts whose codes differ in nothing but capital letters are one to whoever reads them, so the second is refused. Those that are there
-- already stay.

-- As in 0320, and a code that another alert has but for capital letters is its own (alert_code_case).
create or replace function baton.alert_save(code text, name text, metric text, kind text, side text, bound double precision, compare text,
    days int, units text, fresh boolean default null) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    alike text;
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
    if alert_save.fresh is distinct from false then
        -- Whoever saves at this moment is waited for, and seen.
        lock table baton.alert in share row exclusive mode;
        select a.code into alike from baton.alert a
            where lower(a.code) = lower(alert_save.code) and a.code <> alert_save.code limit 1;
        if alike is not null then
            raise exception using errcode = '23505', constraint = 'alert_code_case', message = 'a code but for capital letters', detail = alike;
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
