-- A back-test over days before the bank's records begin counts nobody for want of records, as one after their end does. Neither is
-- kept any more, and neither of those that were kept before lets an event rule be switched on, or is shown for its rate.

-- The bank's day of the first event of any kind, from which on there are records; null if there is none.
create function baton.events_since() returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select min((first.at at time zone b.timezone)::date) from baton.bank b, baton.event_kind k
    cross join lateral (select e.at from baton.event e where e.kind = k.id order by e.at limit 1) first;
$$;

-- Whether the bank has records of each of the `days` days up to `as_of`, and of the day before, with which the first is compared.
create function baton.days_have_events(as_of date, days int) returns bool
language sql stable security definer set search_path = baton, pg_temp
as $$
    select coalesce(days_have_events.as_of <= baton.bank_day()
        and days_have_events.as_of - days_have_events.days >= baton.events_since(), false);
$$;

-- The back-test that is shown for a text, and by which it is switched on: the one that reaches furthest, and of those the last. A later
-- one of earlier days says what was, and takes nothing from what is known of the days since.
create function baton.moment_test_of(code text, version int, hash bytea) returns bigint
language sql stable security definer set search_path = baton, pg_temp
as $$
    select t.id from baton.moment_test t
    where t.code = moment_test_of.code and t.version = moment_test_of.version and t.hash = moment_test_of.hash
        and t.as_of <= baton.bank_day() and t.as_of - t.days >= baton.events_since()
    order by t.as_of desc, t.id desc limit 1;
$$;

create or replace function baton.moment_tested(code text, hash bytea, per_day jsonb, customers bigint, ms int) returns bigint
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
    if not baton.days_have_events(baton.today(), n) then
        raise exception using errcode = 'BT122', message = 'no_records', detail = m.code;
    end if;
    insert into baton.moment_test (code, version, hash, as_of, days, hits, in_live, customers, per_day, ms)
        values (m.code, m.version, m.hash, baton.today(), n, hits, live, moment_tested.customers, moment_tested.per_day, moment_tested.ms)
        returning id into found;
    perform baton.note('moment.test', format('%s v%s', m.code, m.version),
        jsonb_build_object('test', found, 'as_of', baton.today(), 'days', n, 'hits', hits, 'hash', encode(m.hash, 'hex')));
    return found;
end;
$$;

create or replace function baton.moment_enable(code text) returns void
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
    tested := baton.moment_test_of(m.code, m.version, m.hash);
    update baton.moment k set state = 'on', test_id = tested, on_since = baton.today(),
        changed_by = session_user, changed_at = clock_timestamp() where k.code = m.code;
    perform baton.note('moment.enable', format('%s v%s', m.code, m.version),
        jsonb_build_object('test', tested, 'hash', encode(m.hash, 'hex')));
end;
$$;

revoke execute on function baton.events_since, baton.days_have_events, baton.moment_test_of from public;
grant execute on function baton.events_since, baton.moment_test_of to baton_operator;
