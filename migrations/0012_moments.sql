-- Event rules (moments, 关键时刻): a rule on fresh events, back-tested before it may be switched on, run after each load;
-- whom it has hit, and the findings that it makes.
-- As everywhere, the database runs no rule: the caller's own query finds the customers and puts them into `member_intake`.

-- ---- findings (发现) --------------------------------------------------------------------------------------

-- A noted movement: of a metric or of customers, for a unit and its group of customers, over a period. What an operator
-- notes has no moment.
create table baton.finding (
    id bigint generated always as identity primary key,
    source text not null constraint finding_source check (source in ('moment', 'operator')),
    moment text,                        -- code and version of the event rule that made it
    moment_version int,
    metric text references baton.metric,
    org_id int not null references baton.org_unit,
    rule text,                          -- the group of customers, canonical; null is everyone
    from_day date,                      -- the period is after this day, up to `day`; null where the finding is of one day
    day date not null,
    size bigint not null,
    unit text not null constraint finding_unit check (unit in ('customers', 'money', 'number', 'ppm')),
    text text not null constraint finding_text check (text ~ '[^[:space:]]'),
    owner text not null,
    state text not null default 'open' constraint finding_state check (state in ('open', 'closed')),
    opened_by text not null default session_user,
    opened_at timestamptz not null default clock_timestamp(),
    closed_by text,
    closed_at timestamptz,
    closing text,                       -- what came of it
    constraint finding_of_a_moment check ((source = 'moment') = (moment is not null) and (moment is null) = (moment_version is null)),
    constraint finding_closed_by check ((state = 'closed') = (closed_by is not null) and (state = 'closed') = (closed_at is not null)),
    constraint finding_period check (from_day <= day),
    constraint finding_once_per_moment_and_day unique (moment, day)
);
create index finding_open on baton.finding (owner) where state = 'open';

-- ---- what a moment says, how it did, whether it runs ------------------------------------------------------

create table baton.moment_version (
    code text not null constraint moment_version_code check (code ~ '^[^[:space:]]{1,40}$'),
    version int not null,
    name text not null constraint moment_version_name check (name ~ '[^[:space:]]'),
    rule text not null constraint moment_version_rule check (rule ~ '[^[:space:]]'), -- canonical form
    hash bytea not null constraint moment_version_hash check (hash = sha256(convert_to(rule, 'UTF8'))),
    action text not null constraint moment_action check (action in ('finding', 'candidate')),
    strategy text,                      -- for which the customers are candidates
    author text not null default session_user,
    created_at timestamptz not null default clock_timestamp(),
    primary key (code, version),
    constraint moment_version_text unique (code, version, hash),
    constraint moment_candidate_names_its_strategy check ((action = 'candidate') = (strategy is not null))
);

create table baton.moment_test (
    id bigint generated always as identity primary key,
    code text not null,
    version int not null,
    hash bytea not null,
    as_of date not null,                -- the last of its days
    days int not null constraint moment_test_days check (days between 1 and 366),
    hits bigint not null,
    in_live bigint not null,            -- hits on customers who had an arm in a strategy that was live on that day
    customers bigint not null,          -- each once
    per_day jsonb not null,             -- [{"day", "hits", "in_live_strategy"}], the oldest first
    ms int not null,
    tested_by text not null default session_user,
    tested_at timestamptz not null default clock_timestamp(),
    constraint moment_test_of_a_text foreign key (code, version, hash) references baton.moment_version (code, version, hash),
    constraint moment_test_text unique (id, code, version, hash)
);
create index moment_test_by_text on baton.moment_test (code, version, id);

-- Where each moment stands: always its latest version, off until a back-test of exactly that text is named.
create table baton.moment (
    code text primary key,
    version int not null,
    hash bytea not null,
    state text not null default 'off' constraint moment_state check (state in ('on', 'off')),
    test_id bigint,
    on_since date,                      -- the bank's day on which it was switched on
    changed_by text not null default session_user,
    changed_at timestamptz not null default clock_timestamp(),
    constraint moment_is_a_version foreign key (code, version, hash) references baton.moment_version (code, version, hash),
    constraint moment_on_is_tested check (state = 'off' or (test_id is not null and on_since is not null)),
    constraint moment_test_is_of_this_text foreign key (test_id, code, version, hash)
        references baton.moment_test (id, code, version, hash)
);

-- Each day that a version has been run for, and after which load last.
create table baton.moment_run (
    code text not null,
    version int not null,
    day date not null,
    load_id bigint not null,
    hits bigint not null,
    ms int not null,
    run_by text not null default session_user,
    run_at timestamptz not null default clock_timestamp(),
    primary key (code, version, day),
    constraint moment_run_of_a_version foreign key (code, version) references baton.moment_version (code, version)
);

-- Customer grain. What was hit stays, whatever later loads say.
create table baton.moment_hit (
    code text not null,
    day date not null,
    customer_id bigint not null,
    org_id int not null,
    version int not null,
    strategy text,                      -- for which the customer is a candidate
    in_live bool not null,              -- had an arm in a strategy that was live on that day
    primary key (code, day, customer_id)
);
create index moment_hit_by_customer on baton.moment_hit (customer_id);

create trigger moment_version_is_append_only before update or delete or truncate on baton.moment_version
    for each statement execute function baton.refuse_change();
create trigger moment_test_is_append_only before update or delete or truncate on baton.moment_test
    for each statement execute function baton.refuse_change();
grant select on baton.finding, baton.moment_version, baton.moment_test, baton.moment, baton.moment_run, baton.moment_hit
    to baton_operator;

-- ---- strategists: write, test, switch ---------------------------------------------------------------------

-- Saves `rule` (canonical text) as the next version of a moment and gives its number; what stands there already stays as
-- it is. A new version is off, and so is the moment: what runs is always what is shown.
create function baton.moment_save(code text, name text, rule text, action text, strategy text default null) returns int
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
        and latest.strategy is not distinct from moment_save.strategy then
        return latest.version;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.moment_version (code, version, name, rule, hash, action, strategy)
        values (moment_save.code, number, moment_save.name, moment_save.rule, digest, moment_save.action, moment_save.strategy);
    insert into baton.moment as m (code, version, hash) values (moment_save.code, number, digest)
        on conflict on constraint moment_pkey do update
            set version = excluded.version, hash = excluded.hash, state = 'off', test_id = null, on_since = null,
                changed_by = session_user, changed_at = clock_timestamp();
    perform baton.note('moment.save', format('%s v%s', moment_save.code, number),
        jsonb_build_object('name', moment_save.name, 'rule', moment_save.rule, 'action', moment_save.action,
            'strategy', moment_save.strategy, 'hash', encode(digest, 'hex')));
    return number;
end;
$$;

-- Keeps a back-test of the text of `hash` over the days of `per_day`, which end today, and gives its number.
create function baton.moment_tested(code text, hash bytea, per_day jsonb, customers bigint, ms int) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    m baton.moment;
    found bigint;
    n int;
    hits bigint;
    live bigint;
begin
    perform baton.require_duty('strategist');
    select * into m from baton.moment k where k.code = moment_tested.code for share;
    if m.code is null then
        raise exception using errcode = 'BT003', message = 'moment', detail = moment_tested.code;
    end if;
    -- Another text was saved meanwhile: what was tested is not what stands.
    if m.hash <> moment_tested.hash then
        raise exception using errcode = 'BT121', message = 'another_text', detail = format('%s v%s', m.code, m.version);
    end if;
    select count(distinct d.day), sum(d.hits), sum(d.in_live_strategy) into n, hits, live
        from jsonb_to_recordset(moment_tested.per_day) as d (day date, hits bigint, in_live_strategy bigint)
        where d.day <= baton.today() and d.day > baton.today() - jsonb_array_length(moment_tested.per_day);
    if n is distinct from jsonb_array_length(moment_tested.per_day) then
        raise exception using errcode = 'BT122', message = 'days', detail = m.code;
    end if;
    insert into baton.moment_test (code, version, hash, as_of, days, hits, in_live, customers, per_day, ms)
        values (m.code, m.version, m.hash, baton.today(), n, hits, live, moment_tested.customers, moment_tested.per_day, moment_tested.ms)
        returning id into found;
    perform baton.note('moment.test', format('%s v%s', m.code, m.version),
        jsonb_build_object('test', found, 'as_of', baton.today(), 'days', n, 'hits', hits, 'hash', encode(m.hash, 'hex')));
    return found;
end;
$$;

-- Switches a moment on, by its latest back-test of exactly the text that stands.
create function baton.moment_enable(code text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    m baton.moment;
    tested bigint;
begin
    perform baton.require_duty('strategist');
    select * into m from baton.moment k where k.code = moment_enable.code for update;
    if m.code is null then
        raise exception using errcode = 'BT003', message = 'moment', detail = moment_enable.code;
    end if;
    if m.state = 'on' then
        return;
    end if;
    select max(t.id) into tested from baton.moment_test t
        where t.code = m.code and t.version = m.version and t.hash = m.hash;
    update baton.moment k set state = 'on', test_id = tested, on_since = baton.today(),
        changed_by = session_user, changed_at = clock_timestamp() where k.code = m.code;
    perform baton.note('moment.enable', format('%s v%s', m.code, m.version),
        jsonb_build_object('test', tested, 'hash', encode(m.hash, 'hex')));
end;
$$;

create function baton.moment_disable(code text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    m baton.moment;
begin
    perform baton.require_duty('strategist');
    select * into m from baton.moment k where k.code = moment_disable.code for update;
    if m.code is null then
        raise exception using errcode = 'BT003', message = 'moment', detail = moment_disable.code;
    end if;
    if m.state = 'off' then
        return;
    end if;
    update baton.moment k set state = 'off', test_id = null, on_since = null,
        changed_by = session_user, changed_at = clock_timestamp() where k.code = m.code;
    perform baton.note('moment.disable', format('%s v%s', m.code, m.version), '{}');
end;
$$;

-- ---- the worker: as a loader, for it runs after the load and nobody who writes rules may write what they hit ------

-- How many days at most a moment that has not run makes good.
create function baton.moment_reach() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 31; $$;

-- Takes the moment for the caller's transaction and gives the next day to run it for: the last day that was run, once
-- more (late records), then each after it up to today. Nothing if it is off, if all is done since the last load, or if
-- another worker has it: the lock is on a row that no login can lock otherwise.
create function baton.moment_claim(code text) returns table (version int, rule text, day date, load_id bigint)
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
    -- The last day that was run, whose records may have come late, is run once more after another load.
    select max(r.day) into last from baton.moment_run r
        where r.code = m.code and r.version = m.version and r.day <= today and r.day >= m.on_since;
    next := greatest(coalesce(last, m.on_since), m.on_since, today - baton.moment_reach());
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

-- Takes the customers of `intake` as those whom the moment has hit on `day`, each once however often it is run, and gives
-- how many are new. One transaction with the claim: all of a day is there or nothing.
create function baton.moment_take(code text, version int, day date, load_id bigint, intake uuid) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    m baton.moment;
    v baton.moment_version;
    fresh bigint;
    everyone bigint;
begin
    perform baton.require_duty('loader');
    select * into m from baton.moment k where k.code = moment_take.code for update;
    select * into v from baton.moment_version k where k.code = m.code and k.version = m.version;
    if v.code is null then
        raise exception using errcode = 'BT003', message = 'moment', detail = moment_take.code;
    end if;
    if m.state <> 'on' or m.version <> moment_take.version then
        raise exception using errcode = 'BT123', message = 'moment_off', detail = format('%s v%s', m.code, moment_take.version);
    end if;
    if moment_take.day > baton.today() or moment_take.day < least(m.on_since, baton.today())
        or not exists (select from baton.import_run r where r.id = moment_take.load_id) then
        raise exception using errcode = 'BT122', message = 'days', detail = m.code;
    end if;
    insert into baton.moment_hit (code, day, customer_id, org_id, version, strategy, in_live)
        select m.code, moment_take.day, c.customer_id, c.org_id, v.version, v.strategy,
            c.customer_id in (select l.customer_id from baton.live_on(moment_take.day) l)
        from baton.member_intake i join baton.customer c on c.customer_id = i.customer_id
        where i.intake = moment_take.intake and i.by = session_user and c.closed_on is null
        on conflict do nothing;
    get diagnostics fresh = row_count;
    delete from baton.member_intake i where i.intake = moment_take.intake and i.by = session_user;
    select count(*) into everyone from baton.moment_hit h where h.code = m.code and h.day = moment_take.day;
    if v.action = 'finding' and fresh > 0 then
        insert into baton.finding as f (source, moment, moment_version, org_id, rule, day, size, unit, text, owner)
            select 'moment', m.code, v.version, u.id, v.rule, moment_take.day, everyone, 'customers', v.name, v.author
            from baton.org_unit u where u.parent_id is null and u.closed_on is null
            on conflict on constraint finding_once_per_moment_and_day do update set size = excluded.size;
    end if;
    insert into baton.moment_run as r (code, version, day, load_id, hits, ms)
        values (m.code, v.version, moment_take.day, moment_take.load_id, everyone,
            ceil(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000))
        on conflict on constraint moment_run_pkey do update
            set load_id = excluded.load_id, hits = excluded.hits, ms = excluded.ms, run_by = session_user, run_at = clock_timestamp();
    perform baton.note('moment.run', format('%s v%s', m.code, v.version),
        jsonb_build_object('day', moment_take.day, 'load', moment_take.load_id, 'hits', everyone, 'new', fresh,
            'hash', encode(v.hash, 'hex')));
    return fresh;
end;
$$;

-- Who was on the list, in either arm, of a push that was live on `day`.
create function baton.live_on(day date) returns table (customer_id bigint)
language sql stable
as $$
    select m.customer_id
    from baton.push p
    cross join lateral (select l.customer_id from baton.plan_member l
                        where l.home = p.home and l.plan_id = p.plan_id and l.arm is not null offset 0) m
    where p.as_of <= $1 and p.deadline >= $1;
$$;

revoke execute on function baton.moment_save, baton.moment_tested, baton.moment_enable, baton.moment_disable, baton.moment_reach,
    baton.moment_claim, baton.moment_take, baton.live_on from public;
grant execute on function baton.moment_save, baton.moment_tested, baton.moment_enable, baton.moment_disable,
    baton.moment_claim, baton.moment_take, baton.live_on to baton_operator;
