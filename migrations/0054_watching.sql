-- Findings that operators note and close, and alerts: rules on metrics that are looked at after each load.

-- ---- findings (发现) --------------------------------------------------------------------------------------

-- Notes a movement of a metric at a unit, of the customers of `rule` if one is given; gives its number.
create function baton.finding_new(metric text, org text, rule text, from_day date, day date, size bigint, unit text, text text, owner text)
returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own text := coalesce(finding_new.owner, session_user);
    place int;
    number bigint;
begin
    perform baton.require_duty('strategist');
    if finding_new.metric is not null and not exists (select from baton.metric m where m.code = finding_new.metric) then
        raise exception using errcode = 'BT003', message = 'metric', detail = finding_new.metric;
    end if;
    select u.id into place from baton.org_unit u where u.code = finding_new.org;
    if place is null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = coalesce(finding_new.org, '');
    end if;
    if not exists (select from baton.operator o where o.name = own) then
        raise exception using errcode = 'BT003', message = 'operator', detail = own;
    end if;
    insert into baton.finding (source, metric, org_id, rule, from_day, day, size, unit, text, owner)
        values ('operator', finding_new.metric, place, finding_new.rule, finding_new.from_day, finding_new.day, finding_new.size,
            finding_new.unit, finding_new.text, own)
        returning id into number;
    perform baton.note('finding.new', number::text, jsonb_build_object('metric', finding_new.metric, 'org', finding_new.org,
        'rule', finding_new.rule, 'from', finding_new.from_day, 'day', finding_new.day, 'size', finding_new.size, 'unit', finding_new.unit,
        'text', finding_new.text, 'owner', own));
    return number;
end;
$$;

-- Closes a finding with what came of it. One that is closed already stays as it is.
create function baton.finding_close(finding bigint, closing text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    found baton.finding;
begin
    perform baton.require_duty('strategist');
    select * into found from baton.finding f where f.id = finding_close.finding for update;
    if found.id is null then
        raise exception using errcode = 'BT003', message = 'finding', detail = finding_close.finding::text;
    end if;
    if found.state = 'closed' then
        return;
    end if;
    update baton.finding f set state = 'closed', closed_by = session_user, closed_at = clock_timestamp(), closing = finding_close.closing
        where f.id = found.id;
    perform baton.note('finding.close', found.id::text, jsonb_build_object('closing', finding_close.closing));
end;
$$;

-- ---- alerts -----------------------------------------------------------------------------------------------

-- A rule on a metric, for every unit of a kind. `bound` is in the metric's own units for a threshold (minor units, counts, a
-- share of 1), a share of 1 for change and pace, and a robust z for an outlier.
create table baton.alert (
    code text primary key constraint alert_code check (code ~ '^[^[:space:]]{1,40}$'),
    name text not null constraint alert_name check (name ~ '[^[:space:]]'),
    metric text not null references baton.metric,
    kind text not null constraint alert_kind check (kind in ('threshold', 'change', 'pace', 'outlier')),
    side text not null constraint alert_side check (side in ('above', 'below', 'either')),
    bound double precision not null constraint alert_bound check (bound > '-Infinity' and bound < 'Infinity'),
    compare text constraint alert_compare check (compare in ('prev', 'yoy', 'ytd')),
    days int constraint alert_days check (days between 8 and 366),
    units text not null constraint alert_units check (units in ('hq', 'branch', 'subbranch', 'center')),
    owner text not null,
    state text not null default 'on' constraint alert_state check (state in ('on', 'off')),
    muted_until date,
    written_by text not null default session_user,
    written_at timestamptz not null default clock_timestamp(),
    constraint alert_change_has_a_base check ((kind = 'change') = (compare is not null)),
    constraint alert_outlier_has_a_history check ((kind = 'outlier') = (days is not null))
);

-- After which load each alert was looked at, once.
create table baton.alert_run (
    alert text not null references baton.alert on delete cascade,
    load_id bigint not null references baton.import_run,
    day date not null,
    units int not null,                 -- units that had an answer
    hits int not null,
    run_by text not null default session_user,
    run_at timestamptz not null default clock_timestamp(),
    primary key (alert, load_id)
);

-- The units that an alert was raised for on a day; a later load of the same day says it anew.
create table baton.alert_hit (
    alert text not null references baton.alert on delete cascade,
    day date not null,
    org_id int not null references baton.org_unit,
    load_id bigint not null,
    value double precision not null,
    base double precision,              -- what it was held against: the earlier value, the plan, the median
    score double precision not null,    -- what was held against the bound
    primary key (alert, day, org_id)
);

create function baton.alert_known(code text) returns baton.alert
language plpgsql set search_path = baton, pg_temp
as $$
declare
    a baton.alert;
begin
    perform baton.require_duty('strategist');
    select * into a from baton.alert k where k.code = alert_known.code for update;
    if a.code is null then
        raise exception using errcode = 'BT003', message = 'alert', detail = alert_known.code;
    end if;
    return a;
end;
$$;

-- Saves an alert, switched on; one that is known is written anew, and what it was raised for before goes.
create function baton.alert_save(code text, name text, metric text, kind text, side text, bound double precision, compare text,
    days int, units text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    if not exists (select from baton.metric m where m.code = alert_save.metric) then
        raise exception using errcode = 'BT003', message = 'metric', detail = alert_save.metric;
    end if;
    delete from baton.alert a where a.code = alert_save.code;
    insert into baton.alert (code, name, metric, kind, side, bound, compare, days, units, owner)
        values (alert_save.code, alert_save.name, alert_save.metric, alert_save.kind, alert_save.side, alert_save.bound,
            alert_save.compare, alert_save.days, alert_save.units, session_user);
    perform baton.note('alert.save', alert_save.code, jsonb_build_object('name', alert_save.name, 'metric', alert_save.metric,
        'kind', alert_save.kind, 'side', alert_save.side, 'bound', alert_save.bound, 'compare', alert_save.compare,
        'days', alert_save.days, 'units', alert_save.units));
end;
$$;

-- Switches an alert on or off.
create function baton.alert_switch(code text, state text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.alert_known(alert_switch.code);
    update baton.alert a set state = alert_switch.state where a.code = alert_switch.code;
    perform baton.note('alert.switch', alert_switch.code, jsonb_build_object('state', alert_switch.state));
end;
$$;

-- Keeps an alert out of the worklist until that day, which counts; null lets it speak again.
create function baton.alert_mute(code text, until date) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.alert_known(alert_mute.code);
    update baton.alert a set muted_until = alert_mute.until where a.code = alert_mute.code;
    perform baton.note('alert.mute', alert_mute.code, jsonb_build_object('until', alert_mute.until));
end;
$$;

-- Gives an alert to another operator: it waits in his worklist then.
create function baton.alert_own(code text, owner text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.alert_known(alert_own.code);
    if not exists (select from baton.operator o where o.name = alert_own.owner) then
        raise exception using errcode = 'BT003', message = 'operator', detail = alert_own.owner;
    end if;
    update baton.alert a set owner = alert_own.owner where a.code = alert_own.code;
    perform baton.note('alert.own', alert_own.code, jsonb_build_object('owner', alert_own.owner));
end;
$$;

-- The load that an alert is to be looked at after, if it is on and was not yet; another worker's is passed by. The lock is
-- on a row that no login can lock otherwise, and held until the caller's transaction ends.
create function baton.alert_claim(code text) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    a baton.alert;
    load bigint;
begin
    perform baton.require_duty('loader');
    select * into a from baton.alert k where k.code = alert_claim.code and k.state = 'on' for update skip locked;
    select max(r.id) into load from baton.import_run r;
    if a.code is null or load is null
        or exists (select from baton.alert_run r where r.alert = a.code and r.load_id >= load) then
        return null;
    end if;
    return load;
end;
$$;

-- Takes what an alert was raised for on a day after a load; `answered` units had an answer. What an earlier load had said
-- of the same day goes.
create function baton.alert_take(code text, load_id bigint, day date, answered int, units int[], vals double precision[],
    bases double precision[], scores double precision[]) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    perform from baton.alert a where a.code = alert_take.code for update;
    if not found then
        raise exception using errcode = 'BT003', message = 'alert', detail = alert_take.code;
    end if;
    delete from baton.alert_hit h where h.alert = alert_take.code and h.day = alert_take.day;
    insert into baton.alert_hit (alert, day, org_id, load_id, value, base, score)
        select alert_take.code, alert_take.day, h.unit, alert_take.load_id, h.value, h.base, h.score
        from unnest(alert_take.units, alert_take.vals, alert_take.bases, alert_take.scores) as h (unit, value, base, score);
    insert into baton.alert_run (alert, load_id, day, units, hits)
        values (alert_take.code, alert_take.load_id, alert_take.day, alert_take.answered, cardinality(alert_take.units))
        on conflict on constraint alert_run_pkey do nothing;
    perform baton.note('alert.run', alert_take.code, jsonb_build_object('load', alert_take.load_id, 'day', alert_take.day,
        'units', alert_take.answered, 'hits', cardinality(alert_take.units)));
end;
$$;

grant select on baton.alert, baton.alert_run, baton.alert_hit to baton_operator;
revoke execute on function baton.finding_new, baton.finding_close, baton.alert_known, baton.alert_save, baton.alert_switch, baton.alert_mute,
    baton.alert_own, baton.alert_claim, baton.alert_take from public;
grant execute on function baton.finding_new, baton.finding_close, baton.alert_save, baton.alert_switch, baton.alert_mute, baton.alert_own,
    baton.alert_claim, baton.alert_take to baton_operator;
