-- A back-test as of a day after the bank's data counts days of which nothing is known, so it lets no event rule be switched
-- on. The console refuses to make one; those that were kept before it did are passed over here.

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
    select max(t.id) into tested from baton.moment_test t
        where t.code = m.code and t.version = m.version and t.hash = m.hash and t.as_of <= baton.bank_day();
    update baton.moment k set state = 'on', test_id = tested, on_since = baton.today(),
        changed_by = session_user, changed_at = clock_timestamp() where k.code = m.code;
    perform baton.note('moment.enable', format('%s v%s', m.code, m.version),
        jsonb_build_object('test', tested, 'hash', encode(m.hash, 'hex')));
end;
$$;
