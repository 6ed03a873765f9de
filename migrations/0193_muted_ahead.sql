-- An alert is muted for days to come: until a day that is over it would not be muted at all, and nobody would notice.
create or replace function baton.alert_mute(code text, until date) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.alert_known(alert_mute.code);
    if alert_mute.until < baton.today() then
        raise exception using errcode = '23514', constraint = 'alert_muted_ahead', message = 'until is over';
    end if;
    update baton.alert a set muted_until = alert_mute.until where a.code = alert_mute.code;
    perform baton.note('alert.mute', alert_mute.code, jsonb_build_object('until', alert_mute.until));
end;
$$;
