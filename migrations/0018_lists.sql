-- Lists of customers that lead from a push, from two snapshots and from an event rule to each customer's card: masked, a page
-- at a time, noted, and never the whole of a long list, as those of a snapshot (0014). What is said of an event rule beside
-- its name, and that a file was looked at before it was taken as a list.

-- Whose customers the caller sees in a list: null is everybody's, else those of these units (0015).
create function baton.listed_units() returns int[]
language plpgsql stable security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_looker();
    if baton.sees_all() then
        return null;
    end if;
    return array(select u.id from baton.scope_units() as u (id));
end;
$$;

-- Notes that a page of `ids` is shown, and refuses more than lists may show in a day.
create function baton.note_listed(action text, subject text, detail jsonb, ids bigint[]) returns void
language sql volatile set search_path = baton, pg_temp
as $$ select baton.look_at_list($1, $2, $3, coalesce(cardinality($4), 0)); $$;

-- How many rows a page has after the first `skip` of a list.
create function baton.listed_rows(skip int) returns int
language sql immutable set search_path = baton, pg_temp
as $$ select greatest(least(100, baton.member_limit() - greatest(skip, 0)), 0); $$;

-- Customers in the order of `ids`, masked, each with its note and the length of the whole list; one of another units than
-- `own` has nothing but his number.
create function baton.listed(ids bigint[], notes text[], whole bigint, own int[])
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint, note text, total bigint)
language sql stable set search_path = baton, pg_temp
as $$
    select w.id, baton.mask_name(c.name), u.code, u.name,
        case when c.aum is not null then
            (select t.code from baton.tier t where t.from_minor is null or t.from_minor <= c.aum
             order by t.from_minor desc nulls last limit 1) end,
        c.aum, w.note, $3
    from unnest($1, $2) with ordinality w (id, note, place)
    left join baton.customer c on c.customer_id = w.id and ($4 is null or c.org_id = any ($4))
    left join baton.org_unit u on u.id = c.org_id
    order by w.place;
$$;

-- ---- pushes ---------------------------------------------------------------------------------------------

-- How many customers of a push have each arm, and how many are blocked for each reason.
create function baton.push_parts(of_push bigint) returns table (part text, blocked bool, customers bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
    p baton.push;
begin
    select * into p from baton.push k where k.id = of_push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = of_push::text;
    end if;
    return query
        select coalesce(m.arm, m.blocked), m.arm is null, count(*)
        from baton.plan_member m where m.home = p.home and m.plan_id = p.plan_id and (own is null or m.org_id = any (own))
        group by 1, 2 order by 2, 1 desc;
end;
$$;

-- The customers of a push: of one arm or one reason for being blocked, of one unit, or all of them. The note is what came of
-- the task last, else the arm or the reason.
create function baton.push_members(of_push bigint, of_part text, of_org text, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint, note text, total bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
    p baton.push;
    unit int;
    ids bigint[];
    notes text[];
    whole bigint;
begin
    select * into p from baton.push k where k.id = of_push;
    if p.id is null then
        raise exception using errcode = 'BT003', message = 'push', detail = of_push::text;
    end if;
    if of_org is not null then
        select u.id into unit from baton.org_unit u where u.code = of_org;
        if unit is null then
            raise exception using errcode = 'BT003', message = 'org_unit', detail = of_org;
        end if;
    end if;
    select count(*) into whole from baton.plan_member m
    where m.home = p.home and m.plan_id = p.plan_id and (of_part is null or coalesce(m.arm, m.blocked) = of_part)
        and (unit is null or m.org_id = unit) and (own is null or m.org_id = any (own));
    select array_agg(f.id order by f.id), array_agg(coalesce(f.outcome, f.part) order by f.id) into ids, notes
    from (select m.customer_id as id, coalesce(m.arm, m.blocked) as part,
              (select o.outcome from baton.outcome o where o.push_id = p.id and o.customer_id = m.customer_id
               order by o.at desc, o.taken_at desc, o.outcome limit 1) as outcome
          from baton.plan_member m
          where m.home = p.home and m.plan_id = p.plan_id and (of_part is null or coalesce(m.arm, m.blocked) = of_part)
              and (unit is null or m.org_id = unit) and (own is null or m.org_id = any (own))
          order by m.customer_id offset greatest(skip, 0) limit baton.listed_rows(skip)) f;
    perform baton.note_listed('push.members', format('%s v%s', p.strategy, p.version),
        jsonb_build_object('push', p.id, 'part', of_part, 'org', of_org, 'skip', skip), ids);
    return query select * from baton.listed(ids, notes, whole, own);
end;
$$;

-- ---- two snapshots --------------------------------------------------------------------------------------

-- Who came (`in`), left (`out`) and stayed from one snapshot to another, with the unit of the later of the two.
create function baton.moved(before bigint, after bigint) returns table (customer_id bigint, org_id int, side text)
language sql stable set search_path = baton, pg_temp
as $$
    select coalesce(b.customer_id, a.customer_id), coalesce(b.org_id, a.org_id),
        case when a.customer_id is null then 'in' when b.customer_id is null then 'out' else 'stayed' end
    from (select m.customer_id, m.org_id from baton.segment_member m where m.snapshot_id = $1) a
    full join (select m.customer_id, m.org_id from baton.segment_member m where m.snapshot_id = $2) b
        on a.customer_id = b.customer_id;
$$;

create function baton.require_snapshots(ids bigint[]) returns void
language plpgsql stable set search_path = baton, pg_temp
as $$
declare
    missing bigint;
begin
    select i into missing from unnest(ids) i where not exists (select from baton.snapshot s where s.id = i) limit 1;
    if missing is not null then
        raise exception using errcode = 'BT003', message = 'snapshot', detail = missing::text;
    end if;
end;
$$;

-- By unit, those that changed most first.
create function baton.snapshot_movers(before bigint, after bigint)
returns table (org text, org_name text, came bigint, gone bigint, stayed bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
begin
    perform baton.require_snapshots(array[before, after]);
    return query
        select u.code, u.name, count(*) filter (where m.side = 'in'), count(*) filter (where m.side = 'out'),
            count(*) filter (where m.side = 'stayed')
        from baton.moved(before, after) m join baton.org_unit u on u.id = m.org_id
        where own is null or m.org_id = any (own)
        group by u.code, u.name
        order by count(*) filter (where m.side <> 'stayed') desc, u.code;
end;
$$;

create function baton.snapshot_moved(before bigint, after bigint, of_side text, of_org text, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint, note text, total bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
    s baton.snapshot;
    unit int;
    ids bigint[];
    notes text[];
    whole bigint;
begin
    perform baton.require_snapshots(array[before, after]);
    select * into s from baton.snapshot f where f.id = after;
    if of_org is not null then
        select u.id into unit from baton.org_unit u where u.code = of_org;
        if unit is null then
            raise exception using errcode = 'BT003', message = 'org_unit', detail = of_org;
        end if;
    end if;
    with found as materialized (
        select m.customer_id as id, m.side from baton.moved(before, after) m
        where m.side = of_side and (unit is null or m.org_id = unit) and (own is null or m.org_id = any (own))
    ), page as (
        select f.id, f.side from found f order by f.id offset greatest(skip, 0) limit baton.listed_rows(skip)
    )
    select (select count(*) from found), (select array_agg(g.id order by g.id) from page g),
        (select array_agg(g.side order by g.id) from page g) into whole, ids, notes;
    perform baton.note_listed('segment.compare', format('%s v%s', s.segment, s.version),
        jsonb_build_object('before', before, 'after', after, 'side', of_side, 'org', of_org, 'skip', skip), ids);
    return query select * from baton.listed(ids, notes, whole, own);
end;
$$;

-- ---- event rules ----------------------------------------------------------------------------------------

-- Whom an event rule has hit, on one day or on any, the latest first; the note is the day.
create function baton.moment_members(of_moment text, of_day date, skip int)
returns table (customer_id bigint, name text, org text, org_name text, tier text, aum bigint, note text, total bigint)
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    own int[] := baton.listed_units();
    ids bigint[];
    notes text[];
    whole bigint;
begin
    if not exists (select from baton.moment m where m.code = of_moment) then
        raise exception using errcode = 'BT003', message = 'moment', detail = of_moment;
    end if;
    select count(*) into whole from baton.moment_hit h
    where h.code = of_moment and h.day = coalesce(of_day, h.day) and h.day <= baton.today() and (own is null or h.org_id = any (own));
    select array_agg(f.customer_id order by f.day desc, f.customer_id), array_agg(f.day::text order by f.day desc, f.customer_id)
        into ids, notes
    from (select h.customer_id, h.day from baton.moment_hit h
          where h.code = of_moment and h.day = coalesce(of_day, h.day) and h.day <= baton.today()
              and (own is null or h.org_id = any (own))
          order by h.day desc, h.customer_id offset greatest(skip, 0) limit baton.listed_rows(skip)) f;
    perform baton.note_listed('moment.hits', of_moment, jsonb_build_object('day', of_day, 'skip', skip), ids);
    return query select * from baton.listed(ids, notes, whole, own);
end;
$$;

-- What is said of a rule beside its name: why it stands, whom to ask.
alter table baton.moment_version add column note text;

drop function baton.moment_save(text, text, text, text, text);
create function baton.moment_save(code text, name text, rule text, action text, strategy text default null, note text default null)
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
        and latest.strategy is not distinct from moment_save.strategy and latest.note is not distinct from moment_save.note then
        return latest.version;
    end if;
    number := coalesce(latest.version, 0) + 1;
    insert into baton.moment_version (code, version, name, rule, hash, action, strategy, note)
        values (moment_save.code, number, moment_save.name, moment_save.rule, digest, moment_save.action, moment_save.strategy,
            moment_save.note);
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

-- ---- uploaded lists -------------------------------------------------------------------------------------

-- Somebody looked what a file would give as a list, and then did not take it (yet): that is kept too, for a file's phones
-- were held against those of customers.
create function baton.list_checked(of_code text, of_key text, of_file text, read bigint, matched bigint) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
begin
    perform baton.require_duty('strategist');
    perform baton.note('list.check', of_code,
        jsonb_build_object('key', of_key, 'file', of_file, 'read', read, 'matched', matched));
end;
$$;

revoke execute on function baton.listed_units, baton.note_listed, baton.listed_rows, baton.listed, baton.push_parts, baton.push_members, baton.moved,
    baton.require_snapshots, baton.snapshot_movers, baton.snapshot_moved, baton.moment_members, baton.moment_save,
    baton.list_checked from public;
grant execute on function baton.push_parts, baton.push_members, baton.snapshot_movers, baton.snapshot_moved,
    baton.moment_members, baton.moment_save, baton.list_checked to baton_operator;

-- ---- the columns that every customer has ---------------------------------------------------------------

-- They stand in the dictionary beside the attributes, with what their values were like when those were measured last.
create table baton.fixed_column (
    code text primary key,
    place int not null unique,
    type text not null,
    column_name text not null,
    value text not null,                -- how it is told of a customer `c`; the owner's, never an operator's
    zh text not null,
    en text not null,
    class text constraint fixed_column_class check (class in ('C1', 'C2', 'C3')),
    measured_at timestamptz,
    customers bigint not null default 0,
    known bigint not null default 0,
    distinct_values bigint not null default 0,
    low text,
    middle text,
    high text,
    top jsonb not null default '[]'
);
insert into baton.fixed_column (code, place, type, column_name, value, zh, en, class) values
    ('aum', 1, 'money', 'aum', 'c.aum', '管理资产', 'Assets under management', 'C2'),
    ('tier', 2, 'category', 'aum',
     '(select t.code from baton.tier t where c.aum is not null and (t.from_minor is null or t.from_minor <= c.aum) order by t.from_minor desc nulls last limit 1)',
     '层级', 'Tier', 'C2'),
    ('age', 3, 'number', 'birth_date',
     'case when c.birth_date <= baton.today() then extract(year from age(baton.today(), c.birth_date))::int end', '年龄', 'Age', 'C2'),
    ('gender', 4, 'category', 'gender', 'c.gender', '性别', 'Gender', 'C2'),
    ('org', 5, 'category', 'org_id', '(select u.code from baton.org_unit u where u.id = c.org_id)', '所属机构', 'Unit', 'C1'),
    ('rm', 6, 'category', 'rm_id', '(select s.code from baton.staff s where s.id = c.rm_id)', '客户经理', 'Relationship manager', 'C1'),
    ('opened_on', 7, 'date', 'opened_on', 'c.opened_on', '开户日', 'Opened on', 'C2'),
    ('birth_date', 8, 'date', 'birth_date', 'c.birth_date', '出生日期', 'Date of birth', 'C2'),
    ('no_contact', 9, 'flag', 'no_contact', 'c.no_contact', '免打扰', 'Not to be contacted', 'C1');
grant select (code, place, type, column_name, zh, en, class, measured_at, customers, known, distinct_values, low, middle, high, top)
    on baton.fixed_column to baton_operator;

-- Measures them over open customers, each by one grouping.
create function baton.measure_fixed(every bigint) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    entry baton.fixed_column;
    counted record;
    spread text;
begin
    for entry in select f.* from baton.fixed_column f order by f.place loop
        -- Only what has an order has a least, a middle and a greatest.
        spread := case when entry.type in ('money', 'number', 'date')
            then 'min(v)::text as low, (min(v) filter (where upto * 2 >= whole))::text as middle, max(v)::text as high'
            else 'null::text as low, null::text as middle, null::text as high' end;
        execute format(
            'with g as (
                 select v, count(*) as n from (select %s as v from baton.customer c where c.closed_on is null) c
                 where v is not null group by 1
             ), s as (
                 select v, n, sum(n) over (order by v) as upto, sum(n) over () as whole, count(*) over () as kinds,
                     row_number() over (order by n desc, v) as place
                 from g
             )
             select coalesce(max(whole), 0)::bigint as known, count(*) as kinds, %s,
                 coalesce(jsonb_agg(jsonb_build_array(v::text, n) order by n desc, v)
                     filter (where place <= 10 and (kinds <= 20 or %L)), ''[]'') as top
             from s', entry.value, spread, entry.type = 'category') into counted;
        update baton.fixed_column f set measured_at = clock_timestamp(), customers = every, known = counted.known,
            distinct_values = counted.kinds, low = counted.low, middle = counted.middle, high = counted.high, top = counted.top
        where f.code = entry.code;
    end loop;
end;
$$;

-- As in 0010, and the columns that every customer has.
create or replace function baton.attribute_refresh() returns table (relations bigint, failed bigint)
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
    perform baton.measure_fixed(every);
    perform baton.dictionary_changed();
    perform baton.note('attribute.refresh', '', jsonb_build_object('relations', relations, 'failed', failed));
    return next;
end;
$$;
revoke execute on function baton.measure_fixed from public;
