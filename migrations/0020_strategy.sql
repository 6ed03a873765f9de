-- Strategies in depth: the body of a text, saving on a base, the life of a version, the shelf.

-- ---- the body ------------------------------------------------------------------------------------------

-- A JSON value as one text: keys by their bytes, no spaces, whole numbers only. `Body::canonical` in Rust gives the same.
create function baton.canonical_json(value jsonb) returns text
language plpgsql immutable strict set search_path = baton, pg_temp
as $$
begin
    return case jsonb_typeof(value)
        when 'object' then '{' || coalesce((select string_agg(to_json(e.key)::text || ':' || baton.canonical_json(e.value), ','
                                                              order by e.key collate "C") from jsonb_each(value) e), '') || '}'
        when 'array' then '[' || coalesce((select string_agg(baton.canonical_json(e.value), ',' order by e.ordinality)
                                           from jsonb_array_elements(value) with ordinality e), '') || ']'
        when 'number' then case when value::text ~ '^-?[0-9]+$' then value::text end
        else value::text
    end;
end;
$$;

-- Everything deeper than the plain fields. The text is what is hashed, and what the database must know of it is
-- generated from the text: the two can never differ. Money in minor units, shares in parts per million.
alter table baton.strategy_version
    add column body text not null default '{}'
        constraint strategy_body_canonical
        check (jsonb_typeof(body::jsonb) = 'object' and body is not distinct from baton.canonical_json(body::jsonb)),
    add column base int, -- the version that its writer had before him; none if he named none
    add column priority int not null generated always as (coalesce((body::jsonb ->> 'priority')::int, 50)) stored
        constraint strategy_priority_range check (priority between 0 and 100),
    add column budget_cap bigint generated always as ((body::jsonb #>> '{budget,cap}')::bigint) stored
        constraint strategy_budget_cap_range check (budget_cap >= 0),
    add column benefit_cost bigint generated always as ((body::jsonb #>> '{budget,benefit_cost}')::bigint) stored
        constraint strategy_benefit_cost_range check (benefit_cost >= 0),
    add column waves int not null
        generated always as (greatest(1, jsonb_array_length(coalesce(body::jsonb -> 'wave', '[]')))) stored,
    add column success_rule text generated always as (body::jsonb #>> '{success,rule}') stored,
    add column success_metric text generated always as (body::jsonb #>> '{success,metric}') stored,
    add column review_days int generated always as ((body::jsonb #>> '{success,review_days}')::int) stored
        constraint strategy_review_days_range check (review_days between 1 and 730),
    add column pilot_days int generated always as ((body::jsonb #>> '{pilot,days}')::int) stored;

-- A text with a body is another format, and says so; a plain one has the bytes that it always had, so that what was
-- approved before there were bodies stays approved.
create or replace function baton.strategy_content(s baton.strategy_version) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select case when (s).body = '{}' then E'baton strategy 1\n' else E'baton strategy 2\n' end
        || baton.content_field('code', (s).code)
        || baton.content_field('name', (s).name)
        || baton.content_field('segment', (s).segment)
        || baton.content_field('segment_version', (s).segment_version::text)
        || baton.content_field('rule', v.rule)
        || baton.content_field('deadline_days', (s).deadline_days::text)
        || baton.content_field('control_ppm', (s).control_ppm::text)
        || baton.content_field('seed', (s).seed::text)
        || baton.content_field('product', (s).product)
        || baton.content_field('benefit', (s).benefit)
        || baton.content_field('script', (s).script)
        || case when (s).body = '{}' then '' else baton.content_field('body', (s).body) end
    from baton.segment_version v
    where v.code = (s).segment and v.version = (s).segment_version;
$$;

-- ---- the life of a version -----------------------------------------------------------------------------

alter table baton.strategy_version drop constraint strategy_state;
alter table baton.strategy_version add constraint strategy_state
    check (state in ('draft', 'submitted', 'sent_back', 'approved', 'paused', 'reviewed', 'voided'));

-- Where a version may go from where it stands: the only place that says so. `live` and `ended` are derived from pushes,
-- `archived` from the shelf.
create function baton.strategy_may_go(was text, becomes text) returns bool
language sql immutable set search_path = baton, pg_temp
as $$
    select (was, becomes) in (
        ('draft', 'submitted'),
        ('submitted', 'approved'), ('submitted', 'sent_back'), ('submitted', 'voided'),
        ('approved', 'paused'), ('approved', 'reviewed'), ('approved', 'voided'),
        ('paused', 'approved'), ('paused', 'reviewed'));
$$;

-- What people call the state of a version: its own, if no push and no shelf says more.
create function baton.strategy_stands(state text, last_day date, archived bool) returns text
language sql stable set search_path = baton, pg_temp
as $$
    select case when archived then 'archived'
                when state <> 'approved' or last_day is null then state
                when last_day >= baton.today() then 'live'
                else 'ended' end;
$$;

-- The wall under every function that moves a version: whatever is not a draft has the hash of its own text, and goes
-- only where it may.
create or replace function baton.strategy_hash_is_of_its_text() returns trigger
language plpgsql set search_path = baton, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and old.state <> 'draft' and new.hash is distinct from old.hash then
        raise exception using errcode = 'BT002', message = 'strategy_version';
    end if;
    if tg_op = 'UPDATE' and old.state <> new.state and not baton.strategy_may_go(old.state, new.state) then
        raise exception using errcode = 'BT002', message = 'strategy_version';
    end if;
    if new.state = 'voided' and exists (select from baton.push p where p.strategy = new.code and p.version = new.version) then
        raise exception using errcode = 'BT002', message = 'strategy_version';
    end if;
    if new.state <> 'draft' and new.hash is distinct from sha256(convert_to(baton.strategy_content(new), 'UTF8')) then
        raise exception using errcode = 'BT002', message = 'strategy_version';
    end if;
    return new;
end;
$$;

-- The wall beside every function that pushes: only a version that is approved at that moment, and stays so until the
-- push stands. A later version that voids it waits for the row, or is waited for.
create function baton.push_is_of_a_standing_version() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    stands text;
begin
    select s.state into stands from baton.strategy_version s
        where s.code = new.strategy and s.version = new.version for share;
    if exists (select from baton.strategy_shelf h where h.code = new.strategy) then
        stands := 'archived';
    end if;
    if stands is distinct from 'approved' then
        raise exception using errcode = 'BT004', message = coalesce(stands, 'draft'),
            detail = format('%s v%s', new.strategy, new.version);
    end if;
    return new;
end;
$$;
create trigger push_is_of_a_standing_version before insert on baton.push
    for each row execute function baton.push_is_of_a_standing_version();

-- ---- the shelf -----------------------------------------------------------------------------------------

-- Strategies that are put away: no list shows them, nothing of them is pushed, and their code is kept.
create table baton.strategy_shelf (
    code text primary key,
    archived_by text not null default session_user,
    archived_at timestamptz not null default clock_timestamp()
);
grant select on baton.strategy_shelf to baton_operator;

-- Voids what of `code` waits for approval or for its first push, but for version `besides`. The rows are locked first: a
-- push that is under way is waited for, and then seen.
create function baton.strategy_void(code text, besides int) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform from baton.strategy_version s
        where s.code = strategy_void.code and s.version <> besides and s.state in ('submitted', 'approved') for update;
    update baton.strategy_version s set state = 'voided'
        where s.code = strategy_void.code and s.version <> besides and s.state in ('submitted', 'approved')
            and not exists (select from baton.push p where p.strategy = s.code and p.version = s.version);
end;
$$;

-- ---- writing -------------------------------------------------------------------------------------------

drop function baton.strategy_new(text, text, text, int, int, bigint, text, text, text);

-- Writes the next version of `code` as a draft, voids earlier ones that wait or were not pushed yet, and gives its number.
-- `base` is the latest version that the writer knows, 0 for none: if it is another by now, BT201 and nothing is written.
-- Whoever names no base writes after whatever is there.
create function baton.strategy_new(code text, name text, segment text, deadline_days int, control_ppm int, seed bigint,
    product text, benefit text, script text, body text default '{}', base int default null) returns int
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest int;
begin
    perform baton.require_duty('strategist');
    lock table baton.strategy_version in share row exclusive mode;
    select coalesce(max(s.version), 0) into latest from baton.strategy_version s where s.code = strategy_new.code;
    if strategy_new.base <> latest then
        raise exception using errcode = 'BT201', message = 'stale', detail = latest::text;
    end if;
    if exists (select from baton.strategy_shelf h where h.code = strategy_new.code) then
        raise exception using errcode = 'BT004', message = 'archived', detail = format('%s v%s', strategy_new.code, latest);
    end if;
    if not exists (select from baton.segment_version v where v.code = strategy_new.segment) then
        raise exception using errcode = 'BT003', message = 'segment', detail = strategy_new.segment;
    end if;
    insert into baton.strategy_version (code, version, name, segment, deadline_days, control_ppm, seed, product, benefit, script,
            body, base)
        values (strategy_new.code, latest + 1, strategy_new.name, strategy_new.segment, strategy_new.deadline_days,
            strategy_new.control_ppm, strategy_new.seed, strategy_new.product, strategy_new.benefit, strategy_new.script,
            strategy_new.body, strategy_new.base);
    perform baton.strategy_void(strategy_new.code, latest + 1);
    perform baton.note('strategy.new', format('%s v%s', strategy_new.code, latest + 1),
        jsonb_build_object('segment', strategy_new.segment, 'base', strategy_new.base));
    return latest + 1;
end;
$$;

-- Puts a strategy on the shelf, or takes it off again. One that is live, or paused with its tasks out, stays.
create function baton.strategy_shelve(code text, away bool) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    latest int;
    out_now int;
begin
    perform baton.require_duty('strategist');
    lock table baton.strategy_version in share row exclusive mode;
    select max(s.version) into latest from baton.strategy_version s where s.code = strategy_shelve.code;
    if latest is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_shelve.code;
    end if;
    if away then
        insert into baton.strategy_shelf (code) values (strategy_shelve.code) on conflict do nothing;
        -- Waits for a push that is under way, and sees it below.
        perform baton.strategy_void(strategy_shelve.code, 0);
        select max(p.version) into out_now from baton.push p
            where p.strategy = strategy_shelve.code and p.deadline >= baton.today();
        if out_now is not null then
            raise exception using errcode = 'BT004', message = 'live', detail = format('%s v%s', strategy_shelve.code, out_now);
        end if;
    else
        delete from baton.strategy_shelf h where h.code = strategy_shelve.code;
    end if;
    perform baton.note(case when away then 'strategy.archive' else 'strategy.unarchive' end, strategy_shelve.code, '{}');
end;
$$;

-- ---- reading -------------------------------------------------------------------------------------------

create or replace view baton.strategy_row with (security_invoker = true) as
select v.code, v.version, v.name, v.segment, v.segment_version, v.deadline_days, v.control_ppm, v.seed, v.product, v.benefit,
    v.script, v.hash, v.author, a.approver, baton.strategy_stands(v.state, p.last_day, h.code is not null) as state,
    r.rule,
    v.version = max(v.version) over (partition by v.code) as latest,
    v.body, v.base, v.created_at, v.submitted_at
from baton.strategy_version v
left join baton.approval a on a.strategy = v.code and a.version = v.version
left join baton.strategy_shelf h on h.code = v.code
left join lateral (select max(u.deadline) as last_day from baton.push u where u.strategy = v.code and u.version = v.version) p
    on true
left join lateral (select w.rule from baton.segment_version w
                   where w.code = v.segment and w.version = coalesce(v.segment_version, w.version)
                   order by w.version desc limit 1) r on true;

revoke execute on function baton.canonical_json, baton.strategy_may_go, baton.strategy_stands,
    baton.push_is_of_a_standing_version, baton.strategy_void, baton.strategy_new, baton.strategy_shelve from public;
grant execute on function baton.canonical_json, baton.strategy_may_go, baton.strategy_stands, baton.strategy_new,
    baton.strategy_shelve to baton_operator;
