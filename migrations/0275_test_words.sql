-- What the bank calls in two languages is kept in both, so that whoever reads a test push has it in his own.

-- A name in both languages, and nothing else.
create function baton.is_label(jsonb) returns bool
language sql immutable parallel safe
return case when jsonb_typeof($1) = 'object'
    then coalesce(jsonb_typeof($1 -> 'zh') = 'string' and jsonb_typeof($1 -> 'en') = 'string', false) and $1 - 'zh' - 'en' = '{}' else false end;

revoke execute on function baton.is_label from public;

-- As in 0081; a value is words, or the same words in both languages.
create or replace function baton.strategy_test_push(code text, version int, org text, tasks jsonb) returns bigint
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
                              where jsonb_typeof(f.value) <> 'string' and not baton.is_label(f.value))) then
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
