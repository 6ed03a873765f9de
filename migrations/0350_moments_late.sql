-- What comes late, further: a branch's system tells on Tuesday what happened on Saturday, and after a holiday of a week what happened before it.
-- Only the last day was run once more, so that such an event, told after two days, never hit anybody.

-- How many days before the last one are run once more after another load.
create function baton.moment_late() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 7; $$;
revoke execute on function baton.moment_late() from public;

-- As in 0012, but for the days before the last one.
create or replace function baton.moment_claim(code text) returns table (version int, rule text, day date, load_id bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    m baton.moment;
    today date := baton.today();
    load bigint;
    last date;
    next date;
begin
    perform baton.require_duty('loader');
    select * into m from baton.moment k where k.code = moment_claim.code and k.state = 'on' for update skip locked;
    select max(r.id) into load from baton.import_run r;
    if m.code is null or load is null then
        return;
    end if;
    -- The last days that were run, whose records may have come late, are run once more after another load.
    select max(r.day) into last from baton.moment_run r
        where r.code = m.code and r.version = m.version and r.day <= today and r.day >= m.on_since;
    next := greatest(coalesce(last - baton.moment_late(), m.on_since), m.on_since, today - baton.moment_reach());
    next := least(next, today);
    while exists (select from baton.moment_run r
                  where r.code = m.code and r.version = m.version and r.day = next and r.load_id >= load) loop
        next := next + 1;
        if next > today then
            return;
        end if;
    end loop;
    return query select m.version, v.rule, next, load from baton.moment_version v
        where v.code = m.code and v.version = m.version;
end;
$$;
