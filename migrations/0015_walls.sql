-- Walls: an operator who has a unit sees the customers of that unit and of those below it, whatever way he reads; and
-- whoever is told of customers one by one is written down, and stops after so many.

-- ---- whose rows one sees ----------------------------------------------------------------------------------

-- True if the caller sees every customer: an operator without a unit, or with one that has all others below it. A login
-- that is no operator of this bank sees none.
create function baton.sees_all() returns bool
language sql stable parallel safe security definer set search_path = baton, pg_temp
begin atomic
    select exists (select from baton.operator o where o.name = session_user
        and (o.org_id is null or not exists (select from baton.org_unit u where not o.org_id = any (u.path))));
end;

-- The caller's unit and those below it, closed ones too.
create function baton.scope_units() returns setof int
language sql stable parallel safe security definer set search_path = baton, pg_temp rows 100
begin atomic
    select u.id from baton.operator o join baton.org_unit u on o.org_id = any (u.path) where o.name = session_user;
end;

-- The code of the unit to which an operator is held; null for who sees all, and for who is no operator.
create function baton.scope() returns text
language sql stable security definer set search_path = baton, pg_temp
begin atomic
    select u.code from baton.operator o join baton.org_unit u on u.id = o.org_id
    where o.name = session_user and not baton.sees_all();
end;

-- Puts the wall before a relation of customers. The questions are asked once in a statement, not for each row, and the
-- second only where the first says no. It is asked `from` the function, for a function in a list of columns would keep
-- the whole statement to one process. The owner's functions see everything, as it is the owner's. A partition has no
-- rights of its own, so nobody comes to its rows but through here.
create function baton.wall(relation text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    execute format('alter table baton.%I enable row level security', relation);
    execute format('create policy own_units on baton.%I for select to baton_operator
        using ((select baton.sees_all()) or org_id in (select u.id from baton.scope_units() as u (id)))', relation);
end;
$$;

do $$
declare
    name text;
begin
    for name in select c.relname from pg_class c
        where c.relnamespace = 'baton'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and c.relname <> 'member_intake'
            and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id')
    loop
        perform baton.wall(name);
    end loop;
end;
$$;

do $$
declare
    home regclass;
begin
    for home in select c.oid from pg_class c where c.relnamespace = 'baton'::regnamespace and c.relkind = 'r' and c.relispartition
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'customer_id')
    loop
        execute format('revoke all on %s from baton_operator', home);
    end loop;
end;
$$;

-- What somebody puts there is taken by the owner's functions and read by nobody else.
revoke select on baton.member_intake from baton_operator;

-- Windows of events are answered from this index alone; since everybody's unit is asked, it has to be in it.
drop index baton.event_by_kind;
create index event_by_kind on baton.event (kind, at) include (customer_id, amount, org_id);

-- ---- the unit beside a customer is the one he has now -------------------------------------------------------

-- What is known of a customer goes with him to another unit. Lists, pushes and their results stay with the unit that
-- they were made for.
create function baton.follow_units(customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    name text;
begin
    foreach name in array array['event', 'holding', 'consent', 'relation', 'location'] loop
        execute format(
            'update baton.%I t set org_id = n.org_id
             from baton.%I n join baton.customer c on c.customer_id = n.customer_id
             where c.org_id <> n.org_id and t.customer_id = n.customer_id and t.org_id <> n.org_id', name, customers);
    end loop;
end;
$$;

do $$
declare
    name text;
begin
    foreach name in array array['event', 'holding', 'consent', 'relation', 'location'] loop
        execute format('update baton.%I t set org_id = c.org_id from baton.customer c
            where c.customer_id = t.customer_id and c.org_id <> t.org_id', name);
    end loop;
end;
$$;

-- As in 0003, and what is known of those who come with another unit goes with them.
create or replace function baton.build_customers(run jsonb) returns text
language plpgsql set search_path = baton, pg_temp
as $$
declare
    fresh text := baton.fresh_name('customer');
    came jsonb := run -> 'columns' -> 'customer';
    kept text[] := array['name', 'phone', 'opened_on', 'birth_date', 'gender', 'aum', 'no_contact'];
    missing text;
begin
    select l.org into missing from load.customer l
    where not exists (select from baton.org_unit u where u.code = l.org and u.closed_on is null) limit 1;
    if missing is not null then
        raise exception using errcode = 'BT106', message = 'org', detail = missing;
    end if;
    select l.rm into missing from load.customer l
    where l.rm is not null and not exists (select from baton.staff s where s.code = l.rm and s.closed_on is null) limit 1;
    if missing is not null then
        raise exception using errcode = 'BT106', message = 'rm', detail = missing;
    end if;
    execute format('create table baton.%I (like baton.customer including defaults including constraints)', fresh);
    execute format(
        'insert into baton.%I (customer_id, org_id, rm_id, %s, closed_on)
         select l.customer_id, u.id, %s, %s, null
         from load.customer l join baton.org_unit u on u.code = l.org
         left join baton.staff s on s.code = l.rm left join baton.customer c on c.customer_id = l.customer_id
         union all
         select c.customer_id, c.org_id, c.rm_id, %s, coalesce(c.closed_on, %L)
         from baton.customer c where not exists (select from load.customer l where l.customer_id = c.customer_id)
         order by 1',
        fresh, array_to_string(kept, ', '), case when came ? 'rm' then 's.id' else 'c.rm_id' end,
        (select string_agg(case when came ? k.name then 'l.' else 'c.' end || k.name, ', ' order by k.n)
         from unnest(kept) with ordinality as k (name, n)),
        (select string_agg('c.' || k.name, ', ' order by k.n) from unnest(kept) with ordinality as k (name, n)),
        run -> 'bank' ->> 'as_of');
    execute format('alter table baton.%I add primary key (customer_id)', fresh);
    execute format('create index on baton.%I (org_id)', fresh);
    execute format('analyze baton.%I', fresh);
    perform baton.follow_units(fresh);
    return fresh;
end;
$$;

-- As in 0010, and a new relation has its wall.
create or replace function baton.apply_attributes(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    given record;
    place int;
begin
    for given in select * from rows from (jsonb_to_recordset(run -> 'attributes')
        as (code text, type text, zh text, en text, source text, unit text, owner text, definition text, class text, labels jsonb))
        with ordinality as a (code, type, zh, en, source, unit, owner, definition, class, labels, n) order by n
    loop
        if exists (select from baton.attribute d where d.code = given.code and d.type <> given.type) then
            raise exception using errcode = 'BT105', message = 'attribute_type', detail = given.code;
        end if;
        if exists (select from baton.attribute d where d.code = given.code and d.schema_name <> 'baton') then
            raise exception using errcode = 'BT302', message = 'attribute_mapped', detail = given.code;
        end if;
        select min(g) into place from generate_series(1, 1000) g
        where (select count(*) from baton.attribute d where d.relation = 'attr_' || g) < 100;
        insert into baton.attribute as d (code, type, zh, en, source, relation, column_name, unit, owner, definition, class)
        values (given.code, given.type, given.zh, given.en, given.source, 'attr_' || place, given.code, given.unit, given.owner,
            given.definition, given.class)
        on conflict (code) do update set zh = excluded.zh, en = excluded.en, source = excluded.source,
            unit = coalesce(excluded.unit, d.unit), owner = coalesce(excluded.owner, d.owner),
            definition = coalesce(excluded.definition, d.definition), class = coalesce(excluded.class, d.class);
        insert into baton.category_value as v (attribute, value, zh, en)
        select given.code, l.value, l.zh, l.en
        from jsonb_to_recordset(coalesce(given.labels, '[]')) as l (value text, zh text, en text)
        on conflict (attribute, value) do update set zh = excluded.zh, en = excluded.en;
        if to_regclass('baton.attr_' || place) is null then
            execute format('create table baton.%I (customer_id bigint not null primary key, org_id int not null)
                            partition by list (customer_id)', 'attr_' || place);
            execute format('create table baton.%I partition of baton.%I default', 'attr_' || place || '_0', 'attr_' || place);
            execute format('grant select on baton.%I to baton_operator', 'attr_' || place);
            perform baton.wall('attr_' || place);
        end if;
    end loop;
    update baton.attribute d set refreshed_on = (run -> 'bank' ->> 'as_of')::date
    where run -> 'columns' -> 'customer' ? d.code and d.schema_name = 'baton'
        and d.refreshed_on is distinct from (run -> 'bank' ->> 'as_of')::date;
    perform baton.dictionary_changed();
end;
$$;

-- ---- what is made for the whole bank ------------------------------------------------------------------------

-- Refuses whoever sees a part of the customers only: what he made would look like the whole bank's and be a branch's.
create function baton.refuse_part() returns trigger
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    if baton.scope() is not null then
        raise exception using errcode = 'BT114', message = 'own_unit', detail = baton.scope();
    end if;
    return null;
end;
$$;
create trigger snapshot_of_the_whole_bank before insert on baton.snapshot
    for each statement execute function baton.refuse_part();
create trigger list_of_the_whole_bank before insert on baton.list_upload
    for each statement execute function baton.refuse_part();
create trigger test_of_the_whole_bank before insert on baton.moment_test
    for each statement execute function baton.refuse_part();
create trigger run_of_the_whole_bank before insert on baton.moment_run
    for each statement execute function baton.refuse_part();
-- Its first step: an import asks by the loader's own rights which customers there are.
create trigger load_of_the_whole_bank before update on baton.import_turn
    for each statement execute function baton.refuse_part();
create trigger plan_of_the_whole_bank before insert on baton.push_plan
    for each statement execute function baton.refuse_part();

-- ---- a snapshot says of which day its data are --------------------------------------------------------------

create function baton.bank_day() returns date
language sql stable security definer set search_path = baton, pg_temp
begin atomic
    select as_of from baton.bank;
end;

-- Attributes are those of the last load, so what is frozen for an earlier day would be a history that never was. A later
-- day is planning ahead.
alter table baton.snapshot
    add column data_as_of date,         -- the bank's own day when it was taken; null for those of before
    add constraint snapshot_not_before_its_data check (data_as_of <= as_of);
alter table baton.snapshot alter column data_as_of set default baton.bank_day();

-- ---- being told of customers --------------------------------------------------------------------------------

-- How many customers lists may show one operator in a day. Whoever needs more exports a snapshot.
create function baton.list_limit() returns int
language sql immutable set search_path = baton, pg_temp
as $$ select 10000; $$;

-- The first act of every function that tells of customers: those who work with customers may ask, a loader may not.
create function baton.require_looker() returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
begin
    if not (baton.has_duty('strategist') or baton.has_duty('approver') or baton.has_duty('auditor') or baton.has_duty('viewer')) then
        perform baton.require_duty('branch');
    end if;
end;
$$;

-- Looks at one customer: refuses a stranger's, and more than `card_limit` a day of whatever kind; then notes it.
create function baton.look(customer_id bigint, action text, detail jsonb) returns baton.customer
language plpgsql set search_path = baton, pg_temp
as $$
declare
    c baton.customer;
    looked int;
begin
    perform baton.require_looker();
    select count(*) into looked from baton.audit a
        where a.operator = session_user and a.action in ('customer.card', 'customer.explain')
            and a.at > clock_timestamp() - interval '1 day';
    if looked >= baton.card_limit() then
        raise exception using errcode = 'BT112', message = 'card_limit', detail = baton.card_limit()::text;
    end if;
    select * into c from baton.customer k where k.customer_id = look.customer_id;
    if c.customer_id is null then
        raise exception using errcode = 'BT003', message = 'customer', detail = look.customer_id::text;
    end if;
    if not baton.sees_all() and c.org_id not in (select u.id from baton.scope_units() as u (id)) then
        raise exception using errcode = 'BT007', message = 'foreign_unit',
            detail = (select u.code from baton.org_unit u where u.id = c.org_id);
    end if;
    perform baton.note(action, look.customer_id::text, detail);
    return c;
end;
$$;

-- Notes that a list of `rows` customers is shown; refuses when a day's lists have shown `list_limit` already.
create function baton.look_at_list(action text, subject text, detail jsonb, rows bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    shown bigint;
begin
    perform baton.require_looker();
    select coalesce(sum((a.detail ->> 'rows')::bigint), 0) into shown from baton.audit a
        where a.operator = session_user and a.action in ('segment.members', 'segment.compare', 'moment.hits', 'push.members')
            and a.at > clock_timestamp() - interval '1 day';
    if shown + rows > baton.list_limit() then
        raise exception using errcode = 'BT112', message = 'list_limit', detail = baton.list_limit()::text;
    end if;
    perform baton.note(action, subject, detail || jsonb_build_object('rows', rows));
end;
$$;

-- As in 0011: one customer's masked name and phone. Everything else of the card is read with the operator's own rights.
create or replace function baton.customer_card(customer_id bigint) returns table (name text, phone text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.customer := baton.look(customer_card.customer_id, 'customer.card', '{}');
begin
    return query select baton.mask_name(c.name), baton.mask_phone(c.phone);
end;
$$;

-- Asks whether a customer is in a segment and why: noted as a card is, and one of the same number. Says whether he is closed.
create function baton.customer_explain(customer_id bigint, segment text, version int) returns bool
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    c baton.customer := baton.look(customer_explain.customer_id, 'customer.explain',
        jsonb_build_object('segment', format('%s v%s', customer_explain.segment, customer_explain.version)));
begin
    return c.closed_on is not null;
end;
$$;

-- As in 0014, with the rows in the audit and the unit's whole tree. At most 100 after the first `skip`, by number.
create or replace function baton.snapshot_members(snapshot bigint, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.snapshot;
    everyone bool := baton.sees_all();
    page bigint[];
begin
    perform baton.require_looker();
    select * into s from baton.snapshot f where f.id = snapshot_members.snapshot;
    if s.id is null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = snapshot_members.snapshot::text;
    end if;
    page := array(
        select k.customer_id from baton.segment_member k left join baton.customer c on c.customer_id = k.customer_id
        where k.snapshot_id = s.id
            and (everyone or coalesce(c.org_id, k.org_id) in (select u.id from baton.scope_units() as u (id)))
        order by k.customer_id offset greatest(skip, 0)
        limit greatest(least(100, baton.member_limit() - greatest(skip, 0)), 0));
    perform baton.look_at_list('segment.members', format('%s v%s', s.segment, s.version),
        jsonb_build_object('snapshot', s.id, 'skip', skip), cardinality(page));
    return query
        select m.customer_id, baton.mask_name(c.name), u.code, u.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            c.aum
        from baton.segment_member m
        left join baton.customer c on c.customer_id = m.customer_id
        left join baton.org_unit u on u.id = coalesce(c.org_id, m.org_id)
        where m.snapshot_id = s.id and m.customer_id = any (page)
        order by m.customer_id;
end;
$$;

-- Who came, left and stayed from snapshot `a` to `b`: at most 500 of each, by number.
create function baton.snapshot_moves(a bigint, b bigint) returns table (customer_id bigint, was_in bool, is_in bool)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    subject text;
    everyone bool := baton.sees_all();
    found bigint[];
    before bool[];
    after bool[];
begin
    perform baton.require_looker();
    select string_agg(format('%s v%s', s.segment, s.version), ', ' order by s.id) into subject
        from baton.snapshot s where s.id in (a, b);
    with sides as (
        select coalesce(x.customer_id, y.customer_id) as id, coalesce(x.org_id, y.org_id) as org,
            x.customer_id is not null as was_in, y.customer_id is not null as is_in
        from (select m.customer_id, m.org_id from baton.segment_member m where m.snapshot_id = a) x
        full join (select m.customer_id, m.org_id from baton.segment_member m where m.snapshot_id = b) y
            on x.customer_id = y.customer_id
        where everyone or coalesce(x.org_id, y.org_id) in (select u.id from baton.scope_units() as u (id))
    ), placed as (
        select t.*, row_number() over (partition by t.was_in, t.is_in order by t.id) as place from sides t
    )
    select coalesce(array_agg(p.id order by p.id), '{}'), array_agg(p.was_in order by p.id), array_agg(p.is_in order by p.id)
        into found, before, after from placed p where p.place <= 500;
    perform baton.look_at_list('segment.compare', coalesce(subject, ''), jsonb_build_object('before', a, 'after', b),
        cardinality(found));
    return query select * from unnest(found, before, after);
end;
$$;

-- Whom a moment has hit after day `since`, the newest first: at most 500.
create function baton.moment_hits(code text, since date)
returns table (day date, customer_id bigint, org text, strategy text, in_live bool)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    everyone bool := baton.sees_all();
    shown baton.moment_hit[];
begin
    perform baton.require_looker();
    shown := array(
        select h from baton.moment_hit h
        where h.code = moment_hits.code and h.day <= baton.today() and h.day > moment_hits.since
            and (everyone or h.org_id in (select u.id from baton.scope_units() as u (id)))
        order by h.day desc, h.customer_id limit 500);
    perform baton.look_at_list('moment.hits', moment_hits.code, jsonb_build_object('since', since), cardinality(shown));
    return query
        select h.day, h.customer_id, coalesce(u.code, ''), h.strategy, h.in_live
        from unnest(shown) h left join baton.org_unit u on u.id = h.org_id
        order by h.day desc, h.customer_id;
end;
$$;

-- As in 0011, for who sees the whole bank.
create or replace function baton.snapshot_export(snapshot bigint)
returns table (customer_id bigint, org text, org_name text, tier text, name text, phone text)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    s baton.snapshot;
begin
    perform baton.require_duty('strategist');
    if baton.scope() is not null then
        raise exception using errcode = 'BT114', message = 'own_unit', detail = baton.scope();
    end if;
    select * into s from baton.snapshot f where f.id = snapshot_export.snapshot;
    if s.id is null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = snapshot_export.snapshot::text;
    end if;
    if s.customers > baton.export_limit() then
        raise exception using errcode = 'BT111', message = 'export_limit', detail = format('%s %s', s.customers, baton.export_limit());
    end if;
    perform baton.note('segment.export', format('%s v%s', s.segment, s.version),
        jsonb_build_object('snapshot', s.id, 'customers', s.customers));
    return query
        select m.customer_id, u.code, u.name,
            case when c.aum is not null then
                (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
                 order by t.from_minor desc nulls last limit 1) end,
            baton.mask_name(c.name), baton.mask_phone(c.phone)
        from baton.segment_member m
        left join baton.customer c on c.customer_id = m.customer_id
        left join baton.org_unit u on u.id = coalesce(c.org_id, m.org_id)
        where m.snapshot_id = s.id order by m.customer_id;
end;
$$;

-- ---- the engine ---------------------------------------------------------------------------------------------

-- As in 0013, and the ticket records how far its operator sees.
create or replace function baton.engine_ticket() returns text
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    token text := encode(uuid_send(gen_random_uuid()), 'hex') || encode(uuid_send(gen_random_uuid()), 'hex');
begin
    if not exists (select from baton.operator o where o.name = session_user) then
        raise exception using errcode = 'BT001', message = 'operator';
    end if;
    delete from baton.engine_ticket t where t.issued_at < clock_timestamp() - interval '30 days';
    insert into baton.engine_ticket (token_hash, scope, expires_at)
    values (sha256(convert_to(token, 'UTF8')), (select u.path from baton.org_unit u where u.code = baton.scope()),
        clock_timestamp() + interval '60 seconds');
    return token;
end;
$$;

-- Whose customers an operator sees now, asked by the engine with each question of his: null for all, else those of these
-- units, which are none for who is no operator any more.
create function baton.engine_scope(operator text) returns int[]
language sql stable set search_path = baton, pg_temp
begin atomic
    select case when not exists (select from baton.operator o where o.name = $1 and (o.org_id is null
                or not exists (select from baton.org_unit u where not o.org_id = any (u.path))))
        then array(select u.id from baton.operator o join baton.org_unit u on o.org_id = any (u.path) where o.name = $1 order by u.id) end;
end;

revoke execute on function baton.sees_all, baton.scope_units, baton.scope, baton.wall, baton.follow_units, baton.refuse_part,
    baton.bank_day, baton.list_limit, baton.require_looker, baton.look, baton.look_at_list, baton.customer_explain,
    baton.snapshot_moves, baton.moment_hits, baton.engine_scope from public;
grant execute on function baton.sees_all, baton.scope_units, baton.scope, baton.bank_day, baton.list_limit,
    baton.customer_explain, baton.snapshot_moves, baton.moment_hits to baton_operator;
