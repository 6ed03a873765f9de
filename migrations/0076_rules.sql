-- Two people at one rule: whoever saves says which version he has read, and nothing is written over a later one. And the
-- text of a rule as it was typed, where it says more than the rule: its comments.

alter table baton.segment_version add column source text;  -- the rule as typed, where it has comments
alter table baton.moment_version add column source text;

-- Saves `rule` (canonical text) as the next version and gives its number; what stands there already stays as it is.
-- Without a note the version that says the same is the same. `base` is the latest version that the writer knows, 0 for
-- none: if it is another by now, BT201 and nothing is written. Whoever names no base writes after whatever is there.
drop function baton.segment_save(text, text, text, text, text);
create function baton.segment_save(code text, name text, rule text, note text default null, kind text default 'dynamic',
    base int default null, source text default null) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.segment_version;
    number int;
begin
    perform baton.require_duty('strategist');
    -- A lock that no login can take: an advisory one could be held by anybody.
    lock table baton.segment_version in share row exclusive mode;
    select * into latest from baton.segment_version v
        where v.code = segment_save.code order by v.version desc limit 1;
    if latest.name = segment_save.name and latest.rule = segment_save.rule and latest.kind = segment_save.kind
        and latest.source is not distinct from segment_save.source
        and (segment_save.note is null or segment_save.note is not distinct from latest.note) then
        return latest.version;
    end if;
    if segment_save.base <> coalesce(latest.version, 0) then
        raise exception using errcode = 'BT201', message = 'stale', detail = coalesce(latest.version, 0)::text;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.segment_version (code, version, name, rule, note, kind, source)
        values (segment_save.code, number, segment_save.name, segment_save.rule, segment_save.note, segment_save.kind,
            segment_save.source);
    insert into baton.segment_owner (code, owner) values (segment_save.code, session_user) on conflict do nothing;
    perform baton.note('segment.save', format('%s v%s', segment_save.code, number),
        jsonb_build_object('name', segment_save.name, 'rule', segment_save.rule, 'kind', segment_save.kind));
    return number;
end;
$$;

-- The same for an event rule, which is switched off by every new version.
drop function baton.moment_save(text, text, text, text, text, text);
create function baton.moment_save(code text, name text, rule text, action text, strategy text default null, note text default null,
    base int default null, source text default null)
returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest baton.moment_version;
    number int;
    digest bytea := sha256(convert_to(moment_save.rule, 'UTF8'));
begin
    perform baton.require_duty('strategist');
    lock table baton.moment_version in share row exclusive mode;
    if moment_save.strategy is not null
        and not exists (select from baton.strategy_version s where s.code = moment_save.strategy) then
        raise exception using errcode = 'BT003', message = 'strategy', detail = moment_save.strategy;
    end if;
    select * into latest from baton.moment_version v
        where v.code = moment_save.code order by v.version desc limit 1;
    if latest.name = moment_save.name and latest.rule = moment_save.rule and latest.action = moment_save.action
        and latest.source is not distinct from moment_save.source
        and latest.strategy is not distinct from moment_save.strategy and latest.note is not distinct from moment_save.note then
        return latest.version;
    end if;
    if moment_save.base <> coalesce(latest.version, 0) then
        raise exception using errcode = 'BT201', message = 'stale', detail = coalesce(latest.version, 0)::text;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.moment_version (code, version, name, rule, hash, action, strategy, note, source)
        values (moment_save.code, number, moment_save.name, moment_save.rule, digest, moment_save.action, moment_save.strategy,
            moment_save.note, moment_save.source);
    insert into baton.moment as m (code, version, hash) values (moment_save.code, number, digest)
        on conflict on constraint moment_pkey do update
            set version = excluded.version, hash = excluded.hash, state = 'off', test_id = null, on_since = null,
                changed_by = session_user, changed_at = clock_timestamp();
    perform baton.note('moment.save', format('%s v%s', moment_save.code, number),
        jsonb_build_object('name', moment_save.name, 'rule', moment_save.rule, 'action', moment_save.action,
            'strategy', moment_save.strategy, 'note', moment_save.note, 'hash', encode(digest, 'hex')));
    return number;
end;
$$;

revoke execute on function baton.segment_save, baton.moment_save from public;
grant execute on function baton.segment_save, baton.moment_save to baton_operator;
