-- Import: a bank's records come in. Files are staged as text in schema raw; the manifest's SQL reads them there and
-- nowhere else; Baton checks every row and copies the good ones to schema load; `import_apply` takes those in, all or
-- nothing. One import at a time; whatever an import that died has left behind is dropped by the next.

-- `customer` and the attribute relations hold their rows in a single partition, made anew by each import and put in
-- the old one's place at the very end. The relation that people see never changes: its grants, policies, views,
-- triggers and functions stay as they are, and nobody waits for longer than the exchange takes.

-- ---- staging --------------------------------------------------------------------------------------------

-- Whose turn it is to import. A run outlives its transactions, so its session holds an advisory lock for as long as
-- it lives; but anybody may take an advisory lock whose number he knows. So each run draws a number of its own, and the
-- lock counts only in the hands of the process that this row names. The row is the owner's alone to lock and to write.
create table baton.import_turn (
    one bool primary key default true constraint import_turn_is_one check (one),
    operator text,
    process int,
    number bigint,
    since timestamptz
);
insert into baton.import_turn default values;
grant select on baton.import_turn to baton_operator;

-- True if the process that `turn` names still holds its lock in this database.
create function baton.import_held(turn baton.import_turn) returns bool
language sql volatile set search_path = baton, pg_temp
as $$
    select exists (
        select from pg_locks l
        where l.locktype = 'advisory' and l.granted and l.mode = 'ExclusiveLock' and l.objsubid = 1
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.pid = (turn).process and (l.classid::bigint << 32 | l.objid::bigint) = (turn).number);
$$;

-- Keeps the turn for the running transaction and gives it. Refuses, with the name of the operator who has it, if it is
-- in another session's hands, or, unless it is `free` that is asked for, in nobody's.
create function baton.import_lock(free bool default false) returns baton.import_turn
language plpgsql set search_path = baton, pg_temp
as $$
declare
    turn baton.import_turn;
begin
    select * into turn from baton.import_turn;
    if baton.import_held(turn) and turn.process = pg_backend_pid() then
        -- Whoever asks meanwhile may have the row for a moment: the run waits for him, and he does not wait for it.
        select * into turn from baton.import_turn for update;
        return turn;
    end if;
    if not baton.import_held(turn) then
        if not free then
            raise exception using errcode = 'BT109', message = 'no_import';
        end if;
        select * into turn from baton.import_turn for update skip locked;
        if turn.one and not baton.import_held(turn) then
            return turn;
        end if;
        select * into turn from baton.import_turn;
    end if;
    raise exception using errcode = 'BT101', message = 'import_running', detail = coalesce(turn.operator, '');
end;
$$;

create function baton.import_sweep() returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    name text;
begin
    for name in select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('raw', 'load') and c.relkind = 'r'
    loop
        execute 'drop table ' || name;
    end loop;
end;
$$;

-- The column type of an attribute's type.
create function baton.attribute_sql_type(type text) returns text
language sql immutable set search_path = baton, pg_temp
return case type when 'flag' then 'bool' when 'number' then 'numeric' when 'money' then 'bigint' when 'date' then 'date'
    when 'category' then 'text' end;

-- Starts a run: no other may be under way in this database, what an earlier one left is dropped, and the relations
-- of schema load stand empty, with a column for each attribute of the dictionary and of `attributes`
-- ([{"code","type"}]). The session holds the run until `import_end` or until it ends itself.
create function baton.import_begin(attributes jsonb) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    extra text;
    name text;
    turn baton.import_turn;
begin
    perform baton.require_duty('loader');
    turn := baton.import_lock(free => true);
    if not baton.import_held(turn) then
        turn.number := ('x' || left(encode(sha256(uuid_send(gen_random_uuid())), 'hex'), 16))::bit(64)::bigint;
        perform pg_advisory_lock(turn.number);
        update baton.import_turn set operator = session_user, process = pg_backend_pid(), number = turn.number,
            since = clock_timestamp();
    end if;
    perform baton.import_sweep();
    select string_agg(format(', %I %s', a.code, baton.attribute_sql_type(a.type)), '' order by a.code) into extra
    from (
        select d.code, d.type from baton.attribute d where d.relation ~ '^attr_[0-9]+$'
        union
        select n.code, n.type from jsonb_to_recordset(attributes) as n (code text, type text)
        where not exists (select from baton.attribute d where d.code = n.code)
    ) a;
    create unlogged table load.org_unit (load smallint not null, ordinal bigint not null, code text not null, parent text,
        kind text not null, name text not null, class text);
    create unlogged table load.staff (load smallint not null, ordinal bigint not null, code text not null, org text not null,
        name text not null, role text, capacity int);
    execute 'create unlogged table load.customer (load smallint not null, ordinal bigint not null,
        customer_id bigint not null, org text not null, rm text, name text, phone text, opened_on date, birth_date date,
        gender text, aum bigint, no_contact bool' || coalesce(extra, '') || ')';
    create unlogged table load.event (load smallint not null, ordinal bigint not null, customer_id bigint not null,
        ref text not null, kind text not null, at timestamptz not null, amount bigint, detail text);
    create unlogged table load.metric (load smallint not null, ordinal bigint not null, code text not null, zh text, en text,
        kind text, unit text, formula text);
    create unlogged table load.metric_fact (load smallint not null, ordinal bigint not null, metric text not null,
        org text not null, day date not null, value bigint, numerator bigint, denominator bigint);
    create unlogged table load.target (load smallint not null, ordinal bigint not null, metric text not null,
        org text not null, period text not null, value bigint not null);
    create unlogged table load.outcome (load smallint not null, ordinal bigint not null, push bigint not null,
        customer_id bigint not null, outcome text not null, at timestamptz not null, amount bigint, note text);
    foreach name in array array['org_unit', 'staff', 'customer', 'event', 'metric', 'metric_fact', 'target', 'outcome'] loop
        execute format('grant insert on load.%I to %I', name, session_user);
    end loop;
end;
$$;

-- Ends the run of this session, whether it was applied or not.
create function baton.import_end() returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    turn baton.import_turn;
begin
    perform baton.require_duty('loader');
    turn := baton.import_lock();
    perform baton.import_sweep();
    update baton.import_turn set operator = null, process = null, number = null, since = null;
    perform pg_advisory_unlock(turn.number);
end;
$$;

-- Makes raw.`name` with these columns, all text, for the caller to fill and the manifest's SQL to read.
create function baton.stage_table(name text, columns text[]) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    execute format('create unlogged table raw.%I (%s)', name,
        (select string_agg(format('%I text', c.name), ', ' order by c.n) from unnest(columns) with ordinality as c (name, n)));
    execute format('grant insert on raw.%I to %I', name, session_user);
    execute format('grant select on raw.%I to baton_sandbox', name);
end;
$$;

-- Counts for the planner, once a file stands in raw whole.
create function baton.stage_done(name text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    execute format('analyze raw.%I', name);
end;
$$;

-- ---- the manifest's SQL ---------------------------------------------------------------------------------

-- Runs one query as baton_sandbox, which may read schema raw and nothing else, and gives its rows as JSON objects
-- in the query's order of columns. The first object stands for no row: it names the columns, so that they are
-- known of an empty result too. Rows are evaluated and written as text in here: a cursor handed out would be read with
-- the caller's rights. A second statement, or one that is no query, cannot be opened as a cursor; `set role` is
-- refused in a function of this kind.
create function baton.sandbox_rows(query text) returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    rows refcursor;
    given record;
begin
    open rows no scroll for execute query;
    fetch rows into given;
    return next row_to_json(given)::text;
    while found loop
        return next row_to_json(given)::text;
        fetch rows into given;
    end loop;
end;
$$;
revoke execute on function baton.sandbox_rows(text) from public;
grant create on schema baton to baton_sandbox;
alter function baton.sandbox_rows(text) owner to baton_sandbox;
revoke create on schema baton from baton_sandbox;
grant execute on function baton.sandbox_rows(text) to baton_owner;

-- The same for a loader: nobody else may read what is staged.
create function baton.manifest_rows(query text) returns setof text
language sql volatile security definer set search_path = baton, pg_temp
begin atomic
    select baton.require_duty('loader');
    select baton.sandbox_rows(query);
end;

-- ---- checks on what was loaded --------------------------------------------------------------------------

-- The columns of a target's key.
create function baton.load_key(target text) returns text[]
language sql immutable set search_path = baton, pg_temp
return case target
    when 'org_unit' then array['code'] when 'staff' then array['code'] when 'metric' then array['code']
    when 'customer' then array['customer_id'] when 'event' then array['customer_id', 'at', 'kind', 'ref']
    when 'metric_fact' then array['metric', 'day', 'org'] when 'target' then array['metric', 'org', 'period']
    when 'outcome' then array['push', 'customer_id', 'at', 'outcome'] end;

-- The units must be one tree: one root, known parents, nobody above himself.
create function baton.load_check_tree() returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    found text;
    roots int;
begin
    select count(*), string_agg(l.code, ', ' order by l.ordinal) into roots, found from load.org_unit l where l.parent is null;
    if roots <> 1 then
        raise exception using errcode = 'BT104', message = case when roots = 0 then 'no_root' else 'many_roots' end,
            detail = coalesce(found, '');
    end if;
    select format('%s (%s)', l.parent, l.code) into found from load.org_unit l
    where l.parent is not null and not exists (select from load.org_unit p where p.code = l.parent)
    order by l.ordinal limit 1;
    if found is not null then
        raise exception using errcode = 'BT104', message = 'unknown_parent', detail = found;
    end if;
    with recursive reached as (
        select l.code from load.org_unit l where l.parent is null
        union
        select l.code from load.org_unit l join reached r on l.parent = r.code
    )
    select l.code into found from load.org_unit l where not exists (select from reached r where r.code = l.code)
    order by l.ordinal limit 1;
    if found is not null then
        raise exception using errcode = 'BT104', message = 'cycle', detail = found;
    end if;
end;
$$;

-- Called when a target's rows stand in load whole: takes out, and gives back, rows that repeat the key of an earlier
-- one (`why` = duplicate), outcomes of customers who are on no list of that push (unknown), and facts of units that
-- have units below them (not_leaf): a file with subtotals would be counted twice.
create function baton.load_done(target text) returns table (load smallint, ordinal bigint, why text, value text)
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    key text := (select string_agg(format('l.%I', k.name), ', ' order by k.n)
                 from unnest(baton.load_key(target)) with ordinality as k (name, n));
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    return query execute format(
        'with again as (select l.ctid as at, row_number() over (partition by %1$s order by l.load, l.ordinal) as n from load.%2$I l)
         delete from load.%2$I l using again a where l.ctid = a.at and a.n > 1
         returning l.load, l.ordinal, ''duplicate''::text, concat_ws('', '', %1$s)', key, target);
    if target = 'outcome' then
        return query delete from load.outcome l
            where not exists (select from baton.push p
                cross join lateral (select from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id
                    and m.customer_id = l.customer_id and m.arm is not null offset 0) m
                where p.id = l.push)
            returning l.load, l.ordinal, 'unknown'::text, concat_ws(', ', l.push, l.customer_id);
    end if;
    if target = 'metric_fact' then
        return query with above as (
                select l.parent as code from load.org_unit l where l.parent is not null
                union
                select p.code from baton.org_unit u join baton.org_unit p on p.id = u.parent_id
                where u.closed_on is null and not exists (select from load.org_unit)
            )
            delete from load.metric_fact l using above a where l.org = a.code
            returning l.load, l.ordinal, 'not_leaf'::text, l.org;
    end if;
    if target = 'org_unit' then
        perform baton.load_check_tree();
    end if;
    execute format('analyze load.%I', target);
end;
$$;

-- ---- taking in ------------------------------------------------------------------------------------------
-- `run` is {"bank":{"name","as_of","currency","digits","timezone"},"tiers":[{"code","zh","en","from"}]|null,
-- "attributes":[{"code","type","zh","en","source"}],"columns":{target:[column]},"rejected":{target:n},"source","dry"}.
-- `columns` names the targets that came and the columns that came with them; what did not come stays as it was.

create function baton.apply_bank(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    given record;
    stands baton.bank;
begin
    select * into given from jsonb_to_record(run -> 'bank')
        as b (name text, as_of date, currency text, digits smallint, timezone text);
    select * into stands from baton.bank;
    if stands.name <> given.name then
        raise exception using errcode = 'BT102', message = 'other_bank', detail = stands.name;
    end if;
    if stands.currency <> given.currency then
        raise exception using errcode = 'BT103', message = 'other_currency', detail = stands.currency;
    end if;
    if stands is null then
        insert into baton.bank (name, as_of, currency, digits, timezone)
        values (given.name, given.as_of, given.currency, given.digits, given.timezone);
    elsif (stands.as_of, stands.timezone) is distinct from (given.as_of, given.timezone) then
        update baton.bank set as_of = given.as_of, timezone = given.timezone, loaded_at = clock_timestamp();
    end if;
    if jsonb_typeof(run -> 'tiers') = 'array' then
        delete from baton.tier;
        insert into baton.tier (code, zh, en, from_minor)
        select t.code, t.zh, t.en, t."from" from jsonb_to_recordset(run -> 'tiers') as t (code text, zh text, en text, "from" bigint);
    elsif not exists (select from baton.tier) then
        insert into baton.tier (code, zh, en, from_minor)
        select t.code, t.zh, t.en, t."from" * (10 ^ given.digits)::bigint
        from (values ('basic', '基础', 'Basic', null), ('mass', '大众', 'Mass', 50000), ('gold', '财富', 'Wealth', 500000),
                     ('private', '私行', 'Private', 6000000)) as t (code, zh, en, "from");
    end if;
end;
$$;

-- The tree as it came. A unit that no longer comes is closed; one that comes again is open again.
create function baton.apply_units(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    as_of date := (run -> 'bank' ->> 'as_of')::date;
    with_class bool := run -> 'columns' -> 'org_unit' ? 'class';
begin
    update baton.org_unit u set closed_on = as_of
    where u.closed_on is null and not exists (select from load.org_unit l where l.code = u.code);
    -- A new root takes the place of the old, which may come again below it: only one may be open at any moment.
    update baton.org_unit u set closed_on = as_of from load.org_unit l
    where u.code = l.code and u.closed_on is null and u.parent_id is null and l.parent is not null;
    insert into baton.org_unit (code, kind, name, class, path, closed_on)
    select l.code, l.kind, l.name, l.class, '{}', as_of from load.org_unit l
    where not exists (select from baton.org_unit u where u.code = l.code)
    order by l.ordinal;
    with recursive tree as (
        select u.id, null::int as parent_id, array[u.id] as path, l.kind, l.name, l.class
        from load.org_unit l join baton.org_unit u on u.code = l.code where l.parent is null
        union all
        select u.id, t.id, t.path || u.id, l.kind, l.name, l.class
        from tree t join baton.org_unit p on p.id = t.id
        join load.org_unit l on l.parent = p.code join baton.org_unit u on u.code = l.code
    )
    update baton.org_unit u set parent_id = t.parent_id, path = t.path, kind = t.kind, name = t.name,
        class = case when with_class then t.class else u.class end, closed_on = null
    from tree t
    where t.id = u.id and (u.parent_id, u.path, u.kind, u.name, u.closed_on, case when with_class then u.class end)
        is distinct from (t.parent_id, t.path, t.kind, t.name, null::date, case when with_class then t.class end);
    -- Without counts the planner compares each row that names a unit with every unit.
    analyze baton.org_unit;
end;
$$;

create function baton.apply_staff(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    as_of date := (run -> 'bank' ->> 'as_of')::date;
    came jsonb := run -> 'columns' -> 'staff';
    missing text;
begin
    select l.org into missing from load.staff l
    where not exists (select from baton.org_unit u where u.code = l.org and u.closed_on is null) limit 1;
    if missing is not null then
        raise exception using errcode = 'BT106', message = 'org', detail = missing;
    end if;
    update baton.staff s set closed_on = as_of
    where s.closed_on is null and not exists (select from load.staff l where l.code = s.code);
    update baton.staff s set org_id = u.id, name = l.name, closed_on = null,
        role = case when came ? 'role' then l.role else s.role end,
        capacity = case when came ? 'capacity' then l.capacity else s.capacity end
    from load.staff l join baton.org_unit u on u.code = l.org
    where s.code = l.code and (s.org_id, s.name, s.closed_on, s.role, s.capacity) is distinct from
        (u.id, l.name, null::date, case when came ? 'role' then l.role else s.role end,
         case when came ? 'capacity' then l.capacity else s.capacity end);
    insert into baton.staff (code, org_id, name, role, capacity)
    select l.code, u.id, l.name, l.role, l.capacity from load.staff l join baton.org_unit u on u.code = l.org
    where not exists (select from baton.staff s where s.code = l.code)
    order by l.ordinal;
    analyze baton.staff;
end;
$$;

-- The dictionary: a new attribute gets a column in the first attribute relation with room (100 columns each). The
-- column itself is made when the relations are exchanged.
create function baton.apply_attributes(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    given record;
    place int;
begin
    for given in select * from rows from (jsonb_to_recordset(run -> 'attributes')
        as (code text, type text, zh text, en text, source text)) with ordinality as a (code, type, zh, en, source, n) order by n
    loop
        if exists (select from baton.attribute d where d.code = given.code and d.type <> given.type) then
            raise exception using errcode = 'BT105', message = 'attribute_type', detail = given.code;
        end if;
        select min(g) into place from generate_series(1, 1000) g
        where (select count(*) from baton.attribute d where d.relation = 'attr_' || g) < 100;
        insert into baton.attribute as d (code, type, zh, en, source, relation, column_name)
        values (given.code, given.type, given.zh, given.en, given.source, 'attr_' || place, given.code)
        on conflict (code) do update set zh = excluded.zh, en = excluded.en, source = excluded.source
        where (d.zh, d.en, d.source) is distinct from (excluded.zh, excluded.en, excluded.source);
        if to_regclass('baton.attr_' || place) is null then
            execute format('create table baton.%I (customer_id bigint not null primary key, org_id int not null)
                            partition by list (customer_id)', 'attr_' || place);
            execute format('create table baton.%I partition of baton.%I default', 'attr_' || place || '_0', 'attr_' || place);
            execute format('grant select on baton.%I to baton_operator', 'attr_' || place);
        end if;
    end loop;
    update baton.attribute d set refreshed_on = (run -> 'bank' ->> 'as_of')::date
    where run -> 'columns' -> 'customer' ? d.code and d.refreshed_on is distinct from (run -> 'bank' ->> 'as_of')::date;
end;
$$;

-- The name of the rows' next home, unlike any that stands.
create function baton.fresh_name(relation text) returns text
language sql set search_path = baton, pg_temp
return relation || '_' || pg_current_xact_id()::text;

-- Builds the next partition of `customer` beside the present one, and gives its name.
create function baton.build_customers(run jsonb) returns text
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
    return fresh;
end;
$$;

-- The same for one attribute relation, for the customers of `customers`.
create function baton.build_attributes(relation text, customers text, run jsonb) returns text
language plpgsql set search_path = baton, pg_temp
as $$
declare
    fresh text := baton.fresh_name(relation);
    came jsonb := run -> 'columns' -> 'customer';
    old regclass := format('baton.%I', relation)::regclass;
    names text;
    makes text;
    takes text;
begin
    select string_agg(format(', %I', d.column_name), '' order by d.code),
        string_agg(format(', %I %s', d.column_name, baton.attribute_sql_type(d.type)), '' order by d.code),
        string_agg(', ' || case
            when not exists (select from pg_attribute a where a.attrelid = old and a.attname = d.column_name and not a.attisdropped)
                then format(case when came ? d.code then 'l.%I' else 'null::%2$s' end, d.code, baton.attribute_sql_type(d.type))
            when came ? d.code then format('case when l.customer_id is null then a.%I else l.%I end', d.column_name, d.code)
            else format('a.%I', d.column_name) end, '' order by d.code)
    into names, makes, takes
    from baton.attribute d where d.relation = build_attributes.relation;
    execute format('create table baton.%I (customer_id bigint not null, org_id int not null %s)', fresh, coalesce(makes, ''));
    execute format(
        'insert into baton.%I (customer_id, org_id %s)
         select c.customer_id, c.org_id %s from baton.%I c
         left join load.customer l on l.customer_id = c.customer_id
         left join baton.%I a on a.customer_id = c.customer_id
         order by c.customer_id', fresh, coalesce(names, ''), coalesce(takes, ''), customers, relation);
    execute format('alter table baton.%I add primary key (customer_id)', fresh);
    execute format('analyze baton.%I', fresh);
    return fresh;
end;
$$;

-- The values that open customers have of a relation's categories; one that was seen before stays known.
create function baton.count_categories(relation text, fresh text, customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    entry record;
begin
    for entry in select d.code, d.column_name from baton.attribute d
        where d.relation = count_categories.relation and d.type = 'category'
    loop
        execute format(
            'with seen as (
                 select a.%1$I as value, count(*) as customers from baton.%2$I a join baton.%3$I c using (customer_id)
                 where a.%1$I is not null and c.closed_on is null group by 1
             ), gone as (
                 update baton.category_value v set customers = 0
                 where v.attribute = %4$L and v.customers <> 0 and not exists (select from seen s where s.value = v.value)
             )
             insert into baton.category_value as v (attribute, value, customers)
             select %4$L, s.value, s.customers from seen s
             on conflict (attribute, value) do update set customers = excluded.customers
             where v.customers <> excluded.customers',
            entry.column_name, fresh, customers, entry.code);
    end loop;
end;
$$;

-- Puts `fresh` in the place of the relation's present rows. From here to the commit nobody can read the relation, so
-- this comes last and does nothing that takes time.
create function baton.exchange(relation text, fresh text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    old text;
    added record;
begin
    for old in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = format('baton.%I', relation)::regclass
    loop
        execute format('alter table baton.%I detach partition baton.%I', relation, old);
        execute format('drop table baton.%I', old);
    end loop;
    for added in select d.column_name, baton.attribute_sql_type(d.type) as type from baton.attribute d
        where d.relation = exchange.relation and not exists (
            select from pg_attribute a where a.attrelid = format('baton.%I', d.relation)::regclass
                and a.attname = d.column_name and not a.attisdropped)
        order by d.code
    loop
        execute format('alter table baton.%I add column %I %s', relation, added.column_name, added.type);
    end loop;
    execute format('alter table baton.%I attach partition baton.%I default', relation, fresh);
end;
$$;

-- Events by their key: new ones are added, known ones corrected. Nobody else writes events, so the insert need not
-- expect a conflict, and it comes in the key's order: both together halve its time. An event stays with the unit that the customer had
-- when it first came.
create function baton.apply_events(run jsonb, customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    came jsonb := run -> 'columns' -> 'event';
    strangers bigint;
begin
    insert into baton.event_kind (code)
    select distinct l.kind from load.event l where not exists (select from baton.event_kind k where k.code = l.kind) order by 1;
    if exists (select from baton.event) then
        update baton.event e set amount = case when came ? 'amount' then l.amount else e.amount end,
            detail = case when came ? 'detail' then l.detail else e.detail end
        from load.event l join baton.event_kind k on k.code = l.kind
        where e.customer_id = l.customer_id and e.at = l.at and e.kind = k.id and e.ref = l.ref
            and (e.amount, e.detail) is distinct from
                (case when came ? 'amount' then l.amount else e.amount end, case when came ? 'detail' then l.detail else e.detail end);
    end if;
    execute format('select count(*) from load.event l where not exists (select from baton.%I c where c.customer_id = l.customer_id)',
        customers) into strangers;
    if strangers > 0 then
        raise exception using errcode = 'BT106', message = 'customer', detail = strangers::text;
    end if;
    execute format(
        'insert into baton.event (customer_id, at, kind, ref, org_id, amount, detail)
         select l.customer_id, l.at, k.id, l.ref, c.org_id, l.amount, l.detail
         from load.event l join baton.event_kind k on k.code = l.kind join baton.%I c on c.customer_id = l.customer_id
         where not exists (select from baton.event e
             where e.customer_id = l.customer_id and e.at = l.at and e.kind = k.id and e.ref = l.ref)
         order by 1, 2, 3, 4', customers);
end;
$$;

create function baton.apply_metrics(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    came jsonb := run -> 'columns' -> 'metric';
    changed text;
begin
    select l.code into changed from load.metric l join baton.metric m on m.code = l.code
    where came ? 'unit' and (m.unit = 'money') is distinct from (l.unit = 'money')
        and exists (select from baton.metric_fact f where f.metric = m.code) limit 1;
    if changed is not null then
        raise exception using errcode = 'BT107', message = 'metric_unit', detail = changed;
    end if;
    insert into baton.metric as m (code, zh, en, kind, unit, formula, ordinal)
    select l.code, coalesce(l.zh, l.code), coalesce(l.en, l.code), coalesce(l.kind, 'stock'), l.unit, l.formula,
        row_number() over (order by l.load, l.ordinal)
    from load.metric l
    on conflict (code) do update set
        zh = case when came ? 'zh' then excluded.zh else m.zh end,
        en = case when came ? 'en' then excluded.en else m.en end,
        kind = case when came ? 'kind' then excluded.kind else m.kind end,
        unit = case when came ? 'unit' then excluded.unit else m.unit end,
        formula = case when came ? 'formula' then excluded.formula else m.formula end,
        ordinal = excluded.ordinal;
    analyze baton.metric;
end;
$$;

-- Facts by their key, a partition for each month.
create function baton.apply_facts(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    month date;
    part text;
begin
    for month in select distinct date_trunc('month', l.day)::date from load.metric_fact l order by 1 loop
        part := 'metric_fact_' || to_char(month, 'YYYYMM');
        if to_regclass(format('baton.%I', part)) is null then
            execute format('create table baton.%I (like baton.metric_fact including constraints)', part);
            execute format('alter table baton.metric_fact attach partition baton.%I for values from (%L) to (%L)',
                part, month, (month + interval '1 month')::date);
        end if;
    end loop;
    if exists (select from load.metric_fact l where not exists (select from baton.metric m where m.code = l.metric)) then
        raise exception using errcode = 'BT106', message = 'metric', detail = '';
    end if;
    if exists (select from load.metric_fact l where not exists
        (select from baton.org_unit u where u.code = l.org and u.closed_on is null)) then
        raise exception using errcode = 'BT106', message = 'org', detail = '';
    end if;
    if exists (select from baton.metric_fact) then
        update baton.metric_fact f set value = l.value, numerator = l.numerator, denominator = l.denominator
        from load.metric_fact l join baton.org_unit u on u.code = l.org
        where f.metric = l.metric and f.day = l.day and f.org_id = u.id
            and (f.value, f.numerator, f.denominator) is distinct from (l.value, l.numerator, l.denominator);
    end if;
    insert into baton.metric_fact (metric, day, org_id, value, numerator, denominator)
    select l.metric, l.day, u.id, l.value, l.numerator, l.denominator
    from load.metric_fact l join baton.org_unit u on u.code = l.org
    where not exists (select from baton.metric_fact f where f.metric = l.metric and f.day = l.day and f.org_id = u.id)
    order by 1, 2, 3;
end;
$$;

create function baton.apply_targets(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    insert into baton.target as t (metric, org_id, period, value)
    select l.metric, u.id, l.period, l.value from load.target l join baton.org_unit u on u.code = l.org
    on conflict (metric, org_id, period) do update set value = excluded.value where t.value <> excluded.value;
end;
$$;

create function baton.apply_outcomes() returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform count(*) from (
        select array_agg(l.push order by n) as push, array_agg(l.customer_id order by n) as customer_id,
            array_agg(l.at order by n) as at, array_agg(l.outcome order by n) as outcome,
            array_agg(l.amount order by n) as amount, array_agg(l.note order by n) as note
        from (select *, row_number() over (order by load, ordinal) as n from load.outcome) l
    ) a, baton.outcome_take(a.push, a.customer_id, a.at, a.outcome, a.amount, a.note);
end;
$$;

-- Waits until nobody reads the relations, in short tries: whoever asks for them while this waits has to wait too.
create function baton.lock_for_exchange(relations text[]) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    list text := (select string_agg(format('baton.%I', r), ', ') from unnest(relations) r);
begin
    for attempt in 1 .. 40 loop
        begin
            perform set_config('lock_timeout', '1s', true);
            execute format('lock table %s in access exclusive mode', list);
            return;
        exception when lock_not_available then
            perform pg_sleep(0.5);
        end;
    end loop;
    raise exception using errcode = 'BT108', message = 'in_use';
end;
$$;

-- Takes in what stands in load, all or nothing, and gives the rows by target. With "dry" everything is tried but the
-- exchange, for the caller to roll back.
create function baton.import_apply(run jsonb) returns jsonb
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB' set maintenance_work_mem = '256MB'
as $$
declare
    came jsonb := run -> 'columns';
    customers text := 'customer';
    relations text[] := '{}';
    homes text[] := '{}';
    name text;
    n bigint;
    loaded jsonb := '{}';
begin
    perform baton.require_duty('loader');
    perform baton.import_lock();
    perform baton.apply_bank(run);
    if came ? 'org_unit' then perform baton.apply_units(run); end if;
    if came ? 'staff' then perform baton.apply_staff(run); end if;
    perform baton.apply_attributes(run);
    if came ? 'customer' then
        customers := baton.build_customers(run);
        relations := array['customer'];
        homes := array[customers];
    end if;
    for name in select distinct d.relation from baton.attribute d
        where d.relation ~ '^attr_[0-9]+$' and (came ? 'customer' or not exists (
            select from pg_attribute a where a.attrelid = format('baton.%I', d.relation)::regclass
                and a.attname = d.column_name and not a.attisdropped))
        order by 1
    loop
        relations := relations || name;
        homes := homes || baton.build_attributes(name, customers, run);
        perform baton.count_categories(name, homes[cardinality(homes)], customers);
    end loop;
    if came ? 'event' then perform baton.apply_events(run, customers); end if;
    if came ? 'metric' then perform baton.apply_metrics(run); end if;
    if came ? 'metric_fact' then perform baton.apply_facts(run); end if;
    if came ? 'target' then perform baton.apply_targets(run); end if;
    if came ? 'outcome' then perform baton.apply_outcomes(); end if;
    for name in select jsonb_object_keys(came) loop
        execute format('select count(*) from load.%I', name) into n;
        loaded := loaded || jsonb_build_object(name, n);
    end loop;
    insert into baton.import_run (as_of, source, loaded, rejected)
    values ((run -> 'bank' ->> 'as_of')::date, run ->> 'source', loaded, run -> 'rejected');
    perform baton.note('import.apply', run -> 'bank' ->> 'name',
        jsonb_build_object('as_of', run -> 'bank' ->> 'as_of', 'source', run ->> 'source', 'loaded', loaded,
            'rejected', run -> 'rejected'));
    if not (run ->> 'dry')::bool and cardinality(relations) > 0 then
        perform baton.lock_for_exchange(relations);
        for i in 1 .. cardinality(relations) loop
            perform baton.exchange(relations[i], homes[i]);
        end loop;
    end if;
    return loaded;
end;
$$;

-- After the commit: counts for the planner of the relations above the exchanged rows.
create function baton.import_analyze() returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    name text;
begin
    perform baton.require_duty('loader');
    foreach name in array array['org_unit', 'staff', 'customer', 'event', 'metric_fact'] ||
        array(select distinct relation from baton.attribute where relation ~ '^attr_[0-9]+$')
    loop
        execute format('analyze baton.%I', name);
    end loop;
end;
$$;

revoke execute on all functions in schema baton from public;
grant execute on function baton.import_begin(jsonb), baton.import_end(), baton.stage_table(text, text[]), baton.stage_done(text),
    baton.manifest_rows(text), baton.load_done(text), baton.import_apply(jsonb), baton.import_analyze() to baton_operator;
revoke all on baton.customer_0 from baton_operator; -- rights stand on the relation, never on its rows' home
