-- The brake of the whole bank asks for its reason whether or not any strategy runs: the audit keeps it.

create or replace function baton.strategy_pause_all(reason text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    one text;
    n int := 0;
begin
    perform baton.require_hand();
    -- Of nobody, too: it stands in the audit.
    if baton.is_blank(strategy_pause_all.reason) then
        raise exception using errcode = '23514', constraint = 'pause_reason', message = 'pause_reason';
    end if;
    -- Pushes end first, and no new one begins.
    lock table baton.push in share row exclusive mode;
    for one in select distinct r.code from baton.strategy_row r where r.state in ('approved', 'live') order by 1
    loop
        continue when not baton.strategy_runs(one);
        perform baton.pause_one(one, strategy_pause_all.reason, true);
        n := n + 1;
    end loop;
    perform baton.note('strategy.pause-all', n::text, jsonb_build_object('reason', strategy_pause_all.reason, 'strategies', n));
    return n;
end;
$$;

create or replace function baton.strategy_resume_all(reason text) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    one text;
    n int := 0;
begin
    perform baton.require_hand();
    -- Of nobody, too: it stands in the audit.
    if baton.is_blank(strategy_resume_all.reason) then
        raise exception using errcode = '23514', constraint = 'resume_reason', message = 'resume_reason';
    end if;
    for one in select p.code from baton.strategy_pause p
        where p.resumed_at is null and (p.paused_by = session_user or baton.has_duty('approver')) order by 1 for update
    loop
        perform baton.resume_one(one, strategy_resume_all.reason, true);
        n := n + 1;
    end loop;
    return n;
end;
$$;
