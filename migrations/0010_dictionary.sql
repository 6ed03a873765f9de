-- The attribute dictionary: what each attribute means, where it stands (also in a mart of the bank's own), and what its
-- values are like. Statistics are computed set-based after each load or when asked for, never while somebody browses.

alter table baton.attribute
    add column schema_name text not null default 'baton',
    add column unit text,               -- of a number, in the bank's own words
    add column owner text,              -- who answers for it
    add column definition text,         -- how it is computed
    add column class text constraint attribute_class check (class in ('C1', 'C2', 'C3')), -- sensitivity after JR/T 0171
    add column refreshed_column text,   -- the mart's own word on how fresh it is: a date or time, the latest counts
    drop constraint attribute_relation_column_name_key,
    add constraint attribute_place unique (schema_name, relation, column_name),
    -- What imports fill is told from a mart by its name alone, in many places.
    add constraint attribute_own_relation check ((schema_name = 'baton') = (relation ~ '^attr_[0-9]+$'));

alter table baton.category_value
    add column zh text,
    add column en text;

create table baton.attribute_stat (
    attribute text primary key references baton.attribute,
    measured_at timestamptz not null default clock_timestamp(),
    customers bigint not null,          -- open ones, whether or not they have a value
    known bigint not null,              -- those with a value
    distinct_values bigint not null,
    low text,                           -- of numbers, money and dates; as text, money in minor units
    middle text,                        -- the lower of the two in the middle
    high text,
    top jsonb not null default '[]',    -- [[value, customers], ...], most first
    fault text,                         -- why a mart could not be read: the rest is of the last time then
    fault_detail text
);

-- When the dictionary changed last, so that those who keep it know when to read it again.
create table baton.dictionary (
    one bool primary key default true constraint dictionary_is_one check (one),
    changed_at timestamptz not null default clock_timestamp()
);
insert into baton.dictionary default values;

grant select on baton.attribute_stat, baton.dictionary to baton_operator;

-- For steps that belong to the bank's database people as much as to its loaders.
create function baton.require_loader_or_owner() returns void
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    if not pg_has_role(session_user, 'baton_owner', 'member') then
        perform baton.require_duty('loader');
    elsif current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise exception using errcode = 'BT008', message = 'isolation', detail = current_setting('transaction_isolation');
    end if;
end;
$$;

create function baton.dictionary_changed() returns void
language sql volatile set search_path = baton, pg_temp
begin atomic
    update baton.dictionary set changed_at = clock_timestamp();
end;

-- ---- measuring ------------------------------------------------------------------------------------------

-- The values that a category's top and count come from; labels are left as they are.
create function baton.measure_values(code text, place text, column_name text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    execute format(
        'with seen as (
             select a.%1$I::text as value, count(*) as customers from %2$s a join baton.customer c using (customer_id)
             where a.%1$I is not null and c.closed_on is null group by 1
         ), gone as (
             update baton.category_value v set customers = 0
             where v.attribute = %3$L and v.customers <> 0 and not exists (select from seen s where s.value = v.value)
         )
         insert into baton.category_value as v (attribute, value, customers)
         select %3$L, s.value, s.customers from seen s
         on conflict (attribute, value) do update set customers = excluded.customers
         where v.customers <> excluded.customers', column_name, place, code);
end;
$$;

create function baton.stat_put(code text, customers bigint, known bigint, kinds bigint, low text, middle text, high text, top jsonb)
returns void
language sql volatile set search_path = baton, pg_temp
begin atomic
    insert into baton.attribute_stat as s (attribute, customers, known, distinct_values, low, middle, high, top)
    values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, '[]'))
    on conflict (attribute) do update set measured_at = clock_timestamp(), customers = excluded.customers,
        known = excluded.known, distinct_values = excluded.distinct_values, low = excluded.low, middle = excluded.middle,
        high = excluded.high, top = excluded.top, fault = null, fault_detail = null;
end;

-- Measures the attributes of one relation: its flags in one pass; of its categories what the values' counts say, which
-- the import has made already; each number, amount and date by one grouping. With `alone`, that attribute only.
create function baton.measure_relation(of_schema text, of_relation text, every bigint, alone text default null)
returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    place text := format('%I.%I', of_schema, of_relation);
    entry baton.attribute;
    codes text[];
    yes bigint[];
    known bigint[];
    counted record;
begin
    select array_agg(d.code order by d.code),
        format('select array[%s], array[%s] from %s a join baton.customer c using (customer_id) where c.closed_on is null',
            string_agg(format('count(*) filter (where a.%I)', d.column_name), ', ' order by d.code),
            string_agg(format('count(a.%I)', d.column_name), ', ' order by d.code), place) as query
    into counted
    from baton.attribute d where d.schema_name = of_schema and d.relation = of_relation and d.type = 'flag'
        and d.code = coalesce(alone, d.code);
    if counted.array_agg is not null then
        codes := counted.array_agg;
        execute counted.query into yes, known;
        for i in 1 .. cardinality(codes) loop
            perform baton.stat_put(codes[i], every, known[i],
                (yes[i] > 0)::int::bigint + (known[i] > yes[i])::int, null, null, null,
                (select jsonb_agg(jsonb_build_array(t.value, t.n) order by t.n desc, t.value)
                 from (values ('true', yes[i]), ('false', known[i] - yes[i])) as t (value, n) where t.n > 0));
        end loop;
    end if;
    for entry in select d.* from baton.attribute d
        where d.schema_name = of_schema and d.relation = of_relation and d.type <> 'flag'
            and d.code = coalesce(alone, d.code) order by d.code
    loop
        if entry.type = 'category' then
            if of_schema <> 'baton' then
                perform baton.measure_values(entry.code, place, entry.column_name);
            end if;
            perform baton.stat_put(entry.code, every, coalesce(sum(v.customers), 0)::bigint, count(*), null, null, null,
                (select jsonb_agg(jsonb_build_array(t.value, t.customers) order by t.customers desc, t.value)
                 from (select w.value, w.customers from baton.category_value w where w.attribute = entry.code and w.customers > 0
                       order by w.customers desc, w.value limit 10) t))
            from baton.category_value v where v.attribute = entry.code and v.customers > 0;
        else
            execute format(
                'with g as (
                     select a.%1$I as v, count(*) as n from %2$s a join baton.customer c using (customer_id)
                     where a.%1$I is not null and c.closed_on is null group by 1
                 ), s as (
                     select v, n, sum(n) over (order by v) as upto, sum(n) over () as whole, count(*) over () as kinds from g
                 )
                 select coalesce(max(whole), 0)::bigint as known, count(*) as kinds, min(v)::text as low,
                     (min(v) filter (where upto * 2 >= whole))::text as middle, max(v)::text as high,
                     jsonb_agg(jsonb_build_array(v::text, n) order by n desc, v) filter (where kinds <= 20) as top
                 from s', entry.column_name, place) into counted;
            perform baton.stat_put(entry.code, every, counted.known, counted.kinds, counted.low, counted.middle,
                counted.high, counted.top);
        end if;
    end loop;
end;
$$;

-- ---- marts of the bank's own ----------------------------------------------------------------------------

-- Refuses, each with its own word, a place that rules could not use as it stands. `column_name` of `type`, and
-- `refreshed` if it is not null, are columns of `of_schema`.`of_relation`.
create function baton.check_mart(of_schema text, of_relation text, of_column text, of_type text, refreshed text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    place text := format('%I.%I', of_schema, of_relation);
    found record;
    kind text;
begin
    if of_schema in ('baton', 'raw', 'load', 'information_schema') or of_schema ~ '^pg_' then
        raise exception using errcode = 'BT301', message = 'schema', detail = of_schema;
    end if;
    if of_relation ~ '^attr_[0-9]+$' then
        raise exception using errcode = 'BT301', message = 'name', detail = of_relation;
    end if;
    select c.oid, c.relkind, r.rolname as owner into found
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
    where n.nspname = of_schema and c.relname = of_relation and c.relkind in ('r', 'p', 'v', 'm', 'f');
    if found.oid is null then
        raise exception using errcode = 'BT301', message = 'relation', detail = place;
    end if;
    -- Whoever reads a view runs what its owner wrote: an operator's own view would make him everybody.
    if exists (select from baton.operator o where o.name = found.owner) then
        raise exception using errcode = 'BT301', message = 'owner', detail = found.owner;
    end if;
    select format_type(a.atttypid, null) into kind from pg_attribute a
    where a.attrelid = found.oid and a.attname = 'customer_id' and a.attnum > 0 and not a.attisdropped;
    if kind is distinct from 'bigint' then
        raise exception using errcode = 'BT301', message = 'customer', detail = coalesce(kind, '');
    end if;
    select format_type(a.atttypid, null) into kind from pg_attribute a
    where a.attrelid = found.oid and a.attname = of_column and a.attnum > 0 and not a.attisdropped;
    if kind is null then
        raise exception using errcode = 'BT301', message = 'column', detail = of_column;
    end if;
    if not kind = any (case of_type
        when 'flag' then array['boolean'] when 'category' then array['text', 'character varying']
        when 'number' then array['smallint', 'integer', 'bigint', 'numeric'] when 'money' then array['bigint']
        when 'date' then array['date'] else '{}' end)
    then
        raise exception using errcode = 'BT301', message = 'type', detail = kind;
    end if;
    if refreshed is not null then
        select format_type(a.atttypid, null) into kind from pg_attribute a
        where a.attrelid = found.oid and a.attname = refreshed and a.attnum > 0 and not a.attisdropped;
        if not coalesce(kind in ('date', 'timestamp without time zone', 'timestamp with time zone'), false) then
            raise exception using errcode = 'BT301', message = 'refreshed', detail = refreshed;
        end if;
    end if;
    foreach kind in array array['baton_operator', 'baton_owner'] loop
        if not has_schema_privilege(kind, of_schema, 'usage')
            or not has_column_privilege(kind, found.oid, 'customer_id', 'select')
            or not has_column_privilege(kind, found.oid, of_column, 'select')
            or (kind = 'baton_owner' and refreshed is not null and not has_column_privilege(kind, found.oid, refreshed, 'select'))
        then
            raise exception using errcode = 'BT301', message = 'right', detail = kind;
        end if;
    end loop;
end;
$$;

-- Refuses a mart that has a customer twice: a key of its own shows a table, counting a view.
create function baton.check_mart_key(of_schema text, of_relation text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    place text := format('%I.%I', of_schema, of_relation);
    found record;
    twice bigint;
begin
    select c.oid, c.relkind into found from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = of_schema and c.relname = of_relation;
    if exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'customer_id'
        where i.indrelid = found.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indnkeyatts = 1
            and i.indkey[0] = a.attnum)
    then
        return;
    end if;
    if found.relkind in ('r', 'p') then
        raise exception using errcode = 'BT301', message = 'key', detail = place;
    end if;
    execute format('select count(*) from (select from %s where customer_id is not null group by customer_id having count(*) > 1) d',
        place) into twice;
    if twice > 0 then
        raise exception using errcode = 'BT301', message = 'twice', detail = twice::text;
    end if;
end;
$$;

-- What a mart says of its own freshness; null if it says nothing.
create function baton.mart_refreshed(of_schema text, of_relation text, refreshed text) returns date
language plpgsql set search_path = baton, pg_temp
as $$
declare
    day date;
begin
    if refreshed is not null then
        execute format('select case when pg_typeof(max(%1$I)) = ''timestamptz''::regtype
                            then (max(%1$I)::timestamptz at time zone %2$L)::date else max(%1$I)::date end from %3$I.%4$I',
            refreshed, (select timezone from baton.bank), of_schema, of_relation) into day;
    end if;
    return day;
end;
$$;

-- Makes a column of a mart an attribute, or changes what the dictionary says of one that was made so. `given` is
-- {"code","type","zh","en","schema","relation","column","refreshed","unit","source","owner","definition","class"}.
create function baton.attribute_map(given jsonb) returns void
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    new record;
    stands baton.attribute;
begin
    perform baton.require_loader_or_owner();
    perform baton.import_lock(free => true);
    select * into new from jsonb_to_record(given) as n (code text, type text, zh text, en text, schema text, relation text,
        "column" text, refreshed text, unit text, source text, owner text, definition text, class text);
    if not exists (select from baton.bank) then
        raise exception using errcode = 'BT301', message = 'bank';
    end if;
    select * into stands from baton.attribute d where d.code = new.code;
    if stands.schema_name = 'baton' then
        raise exception using errcode = 'BT301', message = 'imported', detail = new.code;
    end if;
    if stands.type <> new.type then
        raise exception using errcode = 'BT301', message = 'other_type', detail = stands.type;
    end if;
    perform baton.check_mart(new.schema, new.relation, new."column", new.type, new.refreshed);
    perform baton.check_mart_key(new.schema, new.relation);
    if exists (select from baton.attribute d where d.code <> new.code and d.schema_name = new.schema
        and d.relation = new.relation and d.column_name = new."column")
    then
        raise exception using errcode = 'BT301', message = 'place', detail = (select d.code from baton.attribute d
            where d.schema_name = new.schema and d.relation = new.relation and d.column_name = new."column");
    end if;
    insert into baton.attribute as d (code, type, zh, en, source, schema_name, relation, column_name, refreshed_column,
        refreshed_on, unit, owner, definition, class)
    values (new.code, new.type, new.zh, new.en, new.source, new.schema, new.relation, new."column", new.refreshed,
        baton.mart_refreshed(new.schema, new.relation, new.refreshed), new.unit, new.owner, new.definition, new.class)
    on conflict (code) do update set zh = excluded.zh, en = excluded.en, source = excluded.source,
        schema_name = excluded.schema_name, relation = excluded.relation, column_name = excluded.column_name,
        refreshed_column = excluded.refreshed_column, refreshed_on = excluded.refreshed_on, unit = excluded.unit,
        owner = excluded.owner, definition = excluded.definition, class = excluded.class;
    perform baton.measure_relation(new.schema, new.relation,
        (select count(*) from baton.customer c where c.closed_on is null), new.code);
    perform baton.dictionary_changed();
    perform baton.note('attribute.map', new.code, given);
end;
$$;

-- Takes a mapped attribute out of the dictionary; the mart stays as it is.
create function baton.attribute_unmap(code text) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    stands baton.attribute;
begin
    perform baton.require_loader_or_owner();
    perform baton.import_lock(free => true);
    select * into stands from baton.attribute d where d.code = attribute_unmap.code;
    if stands.code is null then
        raise exception using errcode = 'BT003', message = 'attribute', detail = code;
    end if;
    if stands.schema_name = 'baton' then
        raise exception using errcode = 'BT301', message = 'imported', detail = code;
    end if;
    delete from baton.attribute_stat s where s.attribute = stands.code;
    delete from baton.category_value v where v.attribute = stands.code;
    delete from baton.attribute d where d.code = stands.code;
    perform baton.dictionary_changed();
    perform baton.note('attribute.unmap', stands.code, jsonb_build_object('schema', stands.schema_name,
        'relation', stands.relation, 'column', stands.column_name));
end;
$$;

-- Measures every attribute anew. A mart that cannot be read any more keeps its last figures, and says why.
create function baton.attribute_refresh() returns table (relations bigint, failed bigint)
language plpgsql security definer set search_path = baton, pg_temp set work_mem = '128MB'
as $$
declare
    every bigint := 0;
    of_relation record;
    fault text;
    fault_detail text;
begin
    perform baton.require_loader_or_owner();
    perform baton.import_lock(free => true);
    relations := 0;
    failed := 0;
    select count(*) into every from baton.customer c where c.closed_on is null;
    for of_relation in select d.schema_name, d.relation from baton.attribute d group by 1, 2 order by 1, 2 loop
        relations := relations + 1;
        begin
            if of_relation.schema_name <> 'baton' then
                perform baton.check_mart(d.schema_name, d.relation, d.column_name, d.type, d.refreshed_column)
                from baton.attribute d
                where d.schema_name = of_relation.schema_name and d.relation = of_relation.relation;
                perform baton.check_mart_key(of_relation.schema_name, of_relation.relation);
                update baton.attribute d set refreshed_on = r.day
                from (select k.refreshed_column,
                          baton.mart_refreshed(of_relation.schema_name, of_relation.relation, k.refreshed_column) as day
                      from (select distinct refreshed_column from baton.attribute
                            where schema_name = of_relation.schema_name and relation = of_relation.relation) k) r
                where d.schema_name = of_relation.schema_name and d.relation = of_relation.relation
                    and d.refreshed_column is not distinct from r.refreshed_column;
            end if;
            perform baton.measure_relation(of_relation.schema_name, of_relation.relation, every);
        exception when others then
            if of_relation.schema_name = 'baton' then
                raise;
            end if;
            failed := failed + 1;
            get stacked diagnostics fault_detail = pg_exception_detail;
            fault := case when sqlstate = 'BT301' then sqlerrm else sqlstate end;
            insert into baton.attribute_stat as s (attribute, customers, known, distinct_values, fault, fault_detail)
            select d.code, every, 0, 0, fault, fault_detail from baton.attribute d
            where d.schema_name = of_relation.schema_name and d.relation = of_relation.relation
            on conflict (attribute) do update set fault = excluded.fault, fault_detail = excluded.fault_detail;
        end;
    end loop;
    perform baton.dictionary_changed();
    perform baton.note('attribute.refresh', '', jsonb_build_object('relations', relations, 'failed', failed));
    return next;
end;
$$;

-- ---- import ---------------------------------------------------------------------------------------------

-- As in 0003, with what the dictionary says besides: what a manifest does not say of it stays. An attribute that stands in
-- a mart is not an import's to fill.
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
        end if;
    end loop;
    update baton.attribute d set refreshed_on = (run -> 'bank' ->> 'as_of')::date
    where run -> 'columns' -> 'customer' ? d.code and d.schema_name = 'baton'
        and d.refreshed_on is distinct from (run -> 'bank' ->> 'as_of')::date;
    perform baton.dictionary_changed();
end;
$$;

revoke execute on function baton.require_loader_or_owner(), baton.dictionary_changed(), baton.measure_values(text, text, text),
    baton.stat_put(text, bigint, bigint, bigint, text, text, text, jsonb), baton.measure_relation(text, text, bigint, text),
    baton.check_mart(text, text, text, text, text),
    baton.check_mart_key(text, text), baton.mart_refreshed(text, text, text), baton.attribute_map(jsonb),
    baton.attribute_unmap(text), baton.attribute_refresh() from public;
grant execute on function baton.attribute_map(jsonb), baton.attribute_unmap(text), baton.attribute_refresh() to baton_operator;
