-- A test push: how a strategy would look to one's own branch, before anybody approves it. It is no push. It stands in a
-- relation of its own, which names no customer and which nothing else reads: no list, task, order, outcome, counter, board,
-- contact cap, review or message can come from it, whatever the mistake elsewhere.

create table baton.test_push (
    id bigint generated always as identity primary key,
    strategy text not null,
    version int not null,
    org_id int not null references baton.org_unit,
    made_by text not null default session_user,
    made_at timestamptz not null default clock_timestamp(),
    until date not null default baton.clock_day() + 7,  -- the last day on which it is shown, by the server's clock
    -- A few examples: what fills the placeholders of the scripts, by name. No numbers of customers, no phones.
    tasks jsonb not null constraint test_push_small
        check (case when jsonb_typeof(tasks) = 'array' then jsonb_array_length(tasks) between 1 and 5 else false end
            and length(tasks::text) <= 20000),
    ended_by text,                  -- taken back, or another took its place
    ended_at timestamptz,
    answered_by text,               -- who of the unit has looked at it
    answered_at timestamptz,
    answer text constraint test_push_answer check (answer ~ '[^[:space:]]' and length(answer) <= 2000),
    foreign key (strategy, version) references baton.strategy_version (code, version)
);
create index test_push_of on baton.test_push (strategy, version);
alter table baton.test_push enable row level security;
-- Its author's, its unit's, and of whoever is above that.
create policy own_tests on baton.test_push for select to baton_operator
    using (made_by = session_user or (select baton.sees_all()) or org_id in (select u.id from baton.scope_units() as u (id)));
grant select on baton.test_push to baton_operator;

-- It is shown to the unit: neither taken back nor over.
create function baton.test_push_stands(ended_at timestamptz, until date) returns bool
language sql stable set search_path = baton, pg_temp
as $$ select $1 is null and $2 >= (select baton.clock_day()); $$;

-- The unit to whose people the caller may show a test: his own, and no other. Whoever has no unit is of the whole bank, as
-- with signatures, and names one.
create function baton.test_unit(org text) returns baton.org_unit
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    own int := (select o.org_id from baton.operator o where o.name = session_user);
    u baton.org_unit;
begin
    if own is null and org is null then
        raise exception using errcode = 'BT221', message = 'no_unit';
    end if;
    select * into u from baton.org_unit k
        where case when org is null then k.id = own else k.code = org end and k.closed_on is null;
    if u.id is null then
        raise exception using errcode = 'BT003', message = 'org_unit', detail = coalesce(org, '');
    end if;
    if own is not null and own <> u.id then
        raise exception using errcode = 'BT007', message = 'foreign_unit', detail = u.code;
    end if;
    return u;
end;
$$;

-- Shows the latest version of `code`, which is `version`, to the author's own unit with these examples, and gives the
-- number of the test. One that still stands there gives way. What was pushed already needs none.
create function baton.strategy_test_push(code text, version int, org text, tasks jsonb) returns bigint
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.strategy_version;
    u baton.org_unit;
    made bigint;
begin
    perform baton.require_duty('strategist');
    select * into s from baton.strategy_version v
        where v.code = strategy_test_push.code order by v.version desc limit 1 for share;
    if s.code is null then
        raise exception using errcode = 'BT003', message = 'strategy', detail = strategy_test_push.code;
    end if;
    if s.version <> strategy_test_push.version then
        raise exception using errcode = 'BT201', message = 'stale', detail = s.version::text;
    end if;
    if baton.person_of(s.author) <> baton.person_of(session_user::text) then
        raise exception using errcode = 'BT221', message = 'not_author', detail = s.author;
    end if;
    if exists (select from baton.strategy_shelf h where h.code = s.code) then
        raise exception using errcode = 'BT004', message = 'archived', detail = format('%s v%s', s.code, s.version);
    end if;
    if s.state not in ('draft', 'submitted', 'sent_back', 'approved') then
        raise exception using errcode = 'BT004', message = s.state, detail = format('%s v%s', s.code, s.version);
    end if;
    if exists (select from baton.push p where p.strategy = s.code and p.version = s.version) then
        raise exception using errcode = 'BT004', message = 'live', detail = format('%s v%s', s.code, s.version);
    end if;
    u := baton.test_unit(org);
    if exists (select from jsonb_array_elements(case when jsonb_typeof(tasks) = 'array' then tasks else '[]' end) t (task)
               where jsonb_typeof(t.task) <> 'object'
                   or exists (select from jsonb_each(case when jsonb_typeof(t.task) = 'object' then t.task else '{}' end) f
                              where jsonb_typeof(f.value) <> 'string')) then
        raise exception using errcode = '23514', constraint = 'test_push_small', message = 'test_push_small';
    end if;
    update baton.test_push t set ended_by = session_user, ended_at = clock_timestamp()
        where t.strategy = s.code and t.org_id = u.id and t.ended_at is null;
    insert into baton.test_push (strategy, version, org_id, tasks) values (s.code, s.version, u.id, strategy_test_push.tasks)
        returning id into made;
    perform baton.note('strategy.test-push', format('%s v%s', s.code, s.version),
        jsonb_build_object('test', made, 'org', u.code, 'tasks', jsonb_array_length(tasks)));
    return made;
end;
$$;

-- The test of that number, if the caller may do something with it still.
create function baton.require_test(test bigint) returns baton.test_push
language plpgsql set search_path = baton, pg_temp
as $$
declare
    t baton.test_push;
begin
    select * into t from baton.test_push k where k.id = test for update;
    if t.id is null then
        raise exception using errcode = 'BT003', message = 'test', detail = test::text;
    end if;
    return t;
end;
$$;

-- Takes a test back: the unit sees it no more. Whose it is not may not; done twice is done once.
create function baton.strategy_test_end(test bigint) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    t baton.test_push;
begin
    perform baton.require_duty('strategist');
    t := baton.require_test(test);
    if baton.person_of(t.made_by) <> baton.person_of(session_user::text) then
        raise exception using errcode = 'BT221', message = 'not_author', detail = t.made_by;
    end if;
    if t.ended_at is not null then
        return;
    end if;
    update baton.test_push k set ended_by = session_user, ended_at = clock_timestamp() where k.id = t.id;
    perform baton.note('strategy.test-end', format('%s v%s', t.strategy, t.version), jsonb_build_object('test', t.id));
end;
$$;

-- What the unit says of a test that stands; its last word stays.
create function baton.test_push_answer(test bigint, words text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    t baton.test_push;
begin
    perform baton.require_duty('branch');
    t := baton.require_test(test);
    perform baton.require_unit(t.org_id);
    if not baton.test_push_stands(t.ended_at, t.until) then
        raise exception using errcode = 'BT221', message = 'over', detail = t.id::text;
    end if;
    update baton.test_push k set answer = words, answered_by = session_user, answered_at = clock_timestamp() where k.id = t.id;
    perform baton.note('strategy.test-answer', format('%s v%s', t.strategy, t.version),
        jsonb_build_object('test', t.id, 'words', words));
end;
$$;

revoke execute on function baton.test_push_stands, baton.test_unit, baton.strategy_test_push, baton.require_test,
    baton.strategy_test_end, baton.test_push_answer from public;
grant execute on function baton.test_push_stands, baton.strategy_test_push, baton.strategy_test_end, baton.test_push_answer
    to baton_operator;
