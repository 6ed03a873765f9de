-- What customers hold and when it changed, what their tier should hold, whom they let speak to them, whom they know
-- and where they are: five more targets of the import, the products, and the places of units.

-- ---- reference ------------------------------------------------------------------------------------------

-- Products as they come with holdings or with a load of their own; `id` keeps the rows of `holding` narrow.
create table baton.product (
    id smallint generated always as identity constraint product_id_once unique,
    code text primary key,
    zh text not null,
    en text not null,
    class text                          -- asset class, the word that tier_target and drift(...) use
);

-- The mix of classes that a customer of the tier should hold; the shares of a tier add up to 1. No foreign key: the
-- tiers are made anew by each import that names any.
create table baton.tier_target (
    tier text not null,
    class text not null,
    share numeric(7, 6) not null constraint tier_target_share check (share between 0 and 1),
    primary key (tier, class)
);

alter table baton.org_unit
    add column lat double precision constraint org_unit_lat check (lat between -90 and 90),
    add column lon double precision constraint org_unit_lon check (lon between -180 and 180),
    add constraint org_unit_place_is_whole check ((lat is null) = (lon is null));

-- ---- customer grain ------------------------------------------------------------------------------------

-- A row whenever the balance of a product changed: `amount` from `day` until the day before `until`, which is the day
-- of the pair's next row, or infinity. No row, or an amount of 0, is a product that is not held. What was held on a
-- day D is therefore a plain condition, `day <= D and D < until`, in a rule as in a card:
--     every customer's balance on D      select customer_id, sum(amount) ... where day <= D and D < until group by 1
--     change since D, today is T         sum(amount) filter (where day <= T and T < until) and the same for D, one pass
--     one customer's card                the primary key leads to the few rows
-- Measured with 500,000 customers and 5 million rows, change over 30 days: 1.0 s so, in one pass with `where until > D`;
-- 4.1 s with a subquery for each customer; 6.6 s with `distinct on (customer_id, product) ... order by day desc` for each
-- of the two days. No further index: the pass reads most rows whatever the rule.
-- `until` follows from the other columns; the import keeps it, and nobody else writes here.
create table baton.holding (
    customer_id bigint not null,
    amount bigint not null,
    day date not null,
    until date not null default 'infinity',
    org_id int not null,
    product smallint not null,
    primary key (customer_id, product, day),
    constraint holding_ends_after_it_began check (day < until)
);

create table baton.consent (
    customer_id bigint not null,
    channel text not null,
    org_id int not null,
    since date,
    given bool not null,
    primary key (customer_id, channel)
);

-- One direction each, as it came: a bank that means both ways brings both rows.
create table baton.relation (
    customer_id bigint not null,
    kind text not null,
    other_id bigint not null,
    org_id int not null,
    primary key (customer_id, kind, other_id),
    constraint relation_is_to_another check (other_id <> customer_id)
);

-- Where a customer lives. A relation of its own and no columns of `customer`: it comes from another system and at
-- another time, and where somebody lives is a matter of its own for grants. A unit's place is a column of the unit,
-- because it comes with the tree.
create table baton.location (
    customer_id bigint primary key,
    lat double precision not null constraint location_lat check (lat between -90 and 90),
    lon double precision not null constraint location_lon check (lon between -180 and 180),
    org_id int not null
);

-- Event windows ask for one kind in some weeks, of everybody: from this index alone 24 ms, through the key 240 ms (a
-- month of one kind among 4 million events of eight kinds in a year). It costs 47 bytes and one microsecond an event.
-- Partitions by month would do the same for the time and nothing for the kind, and make every key lookup dearer.
create index event_by_kind on baton.event (kind, at) include (customer_id, amount);

grant select on baton.product, baton.tier_target, baton.holding, baton.consent, baton.relation, baton.location
    to baton_operator;

-- ---- import: the run's relations -----------------------------------------------------------------------

-- Makes the relations of schema load; `extra` are the columns of the attributes.
create function baton.load_tables(extra text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    name text;
    made record;
begin
    for made in select * from (values
        ('org_unit', 'code text not null, parent text, kind text not null, name text not null, class text,
                      lat double precision, lon double precision'),
        ('staff', 'code text not null, org text not null, name text not null, role text, capacity int'),
        ('customer', 'customer_id bigint not null, org text not null, rm text, name text, phone text, opened_on date,
                      birth_date date, gender text, aum bigint, no_contact bool' || coalesce(extra, '')),
        ('event', 'customer_id bigint not null, ref text not null, kind text not null, at timestamptz not null,
                   amount bigint, detail text'),
        ('product', 'code text not null, zh text, en text, class text'),
        ('holding', 'customer_id bigint not null, product text not null, day date not null, amount bigint not null,
                     class text'),
        ('tier_target', 'tier text not null, class text not null, share numeric(7, 6) not null'),
        ('consent', 'customer_id bigint not null, channel text not null, given bool not null, since date'),
        ('relation', 'customer_id bigint not null, kind text not null, other bigint not null'),
        ('location', 'customer_id bigint not null, lat double precision not null, lon double precision not null'),
        ('metric', 'code text not null, zh text, en text, kind text, unit text, formula text'),
        ('metric_fact', 'metric text not null, org text not null, day date not null, value bigint, numerator bigint,
                         denominator bigint'),
        ('target', 'metric text not null, org text not null, period text not null, value bigint not null'),
        ('outcome', 'push bigint not null, customer_id bigint not null, outcome text not null, at timestamptz not null,
                     amount bigint, note text')
    ) as t (name, columns)
    loop
        execute format('create unlogged table load.%I (load smallint not null, ordinal bigint not null, %s)',
            made.name, made.columns);
        execute format('grant insert on load.%I to %I', made.name, session_user);
    end loop;
end;
$$;

create or replace function baton.import_begin(attributes jsonb) returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    extra text;
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
    perform baton.load_tables(extra);
end;
$$;

create or replace function baton.load_key(target text) returns text[]
language sql immutable set search_path = baton, pg_temp
return case target
    when 'org_unit' then array['code'] when 'staff' then array['code'] when 'metric' then array['code']
    when 'product' then array['code'] when 'customer' then array['customer_id']
    when 'event' then array['customer_id', 'at', 'kind', 'ref'] when 'holding' then array['customer_id', 'product', 'day']
    when 'tier_target' then array['tier', 'class'] when 'consent' then array['customer_id', 'channel']
    when 'relation' then array['customer_id', 'kind', 'other'] when 'location' then array['customer_id']
    when 'metric_fact' then array['metric', 'day', 'org'] when 'target' then array['metric', 'org', 'period']
    when 'outcome' then array['push', 'customer_id', 'at', 'outcome'] end;

-- As before, and of holdings those that give a product another class than the first row that gave one (other_class).
create or replace function baton.load_done(target text) returns table (load smallint, ordinal bigint, why text, value text)
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
    if target = 'holding' then
        return query with first as (
                select distinct on (l.product) l.product, l.class from load.holding l
                where l.class is not null order by l.product, l.load, l.ordinal
            )
            delete from load.holding l using first f where f.product = l.product and f.class <> l.class
            returning l.load, l.ordinal, 'other_class'::text, l.class;
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

-- ---- import: taking in ----------------------------------------------------------------------------------

-- As before, with the units' places.
create or replace function baton.apply_units(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    as_of date := (run -> 'bank' ->> 'as_of')::date;
    came jsonb := run -> 'columns' -> 'org_unit';
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
        select u.id, null::int as parent_id, array[u.id] as path, l.kind, l.name, l.class, l.lat, l.lon
        from load.org_unit l join baton.org_unit u on u.code = l.code where l.parent is null
        union all
        select u.id, t.id, t.path || u.id, l.kind, l.name, l.class, l.lat, l.lon
        from tree t join baton.org_unit p on p.id = t.id
        join load.org_unit l on l.parent = p.code join baton.org_unit u on u.code = l.code
    ), next as (
        select t.id, t.parent_id, t.path, t.kind, t.name, case when came ? 'class' then t.class else u.class end as class,
            case when came ? 'lat' then t.lat else u.lat end as lat, case when came ? 'lat' then t.lon else u.lon end as lon
        from tree t join baton.org_unit u on u.id = t.id
    )
    update baton.org_unit u set parent_id = n.parent_id, path = n.path, kind = n.kind, name = n.name, class = n.class,
        lat = n.lat, lon = n.lon, closed_on = null
    from next n
    where n.id = u.id and (u.parent_id, u.path, u.kind, u.name, u.closed_on, u.class, u.lat, u.lon)
        is distinct from (n.parent_id, n.path, n.kind, n.name, null::date, n.class, n.lat, n.lon);
    -- Without counts the planner compares each row that names a unit with every unit.
    analyze baton.org_unit;
end;
$$;

-- Refuses if a customer whom load.`name`.`column_name` names is not among `customers`.
create function baton.require_customers(name text, column_name text, customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    strangers bigint;
begin
    execute format('select count(*) from load.%I l where not exists (select from baton.%I c where c.customer_id = l.%I)',
        name, customers, column_name) into strangers;
    if strangers > 0 then
        raise exception using errcode = 'BT106', message = 'customer', detail = strangers::text;
    end if;
end;
$$;

-- The products that came, by themselves or with holdings; what did not come stays.
create function baton.apply_products(run jsonb) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    came jsonb := coalesce(run -> 'columns' -> 'product', '[]');
begin
    update baton.product p set zh = case when came ? 'zh' then coalesce(l.zh, l.code) else p.zh end,
        en = case when came ? 'en' then coalesce(l.en, l.code) else p.en end,
        class = case when came ? 'class' then l.class else p.class end
    from load.product l
    where p.code = l.code and (p.zh, p.en, p.class) is distinct from
        (case when came ? 'zh' then coalesce(l.zh, l.code) else p.zh end,
         case when came ? 'en' then coalesce(l.en, l.code) else p.en end,
         case when came ? 'class' then l.class else p.class end);
    insert into baton.product (code, zh, en, class)
    select l.code, coalesce(l.zh, l.code), coalesce(l.en, l.code), l.class from load.product l
    where not exists (select from baton.product p where p.code = l.code)
    order by l.load, l.ordinal;
    insert into baton.product (code, zh, en)
    select distinct l.product, l.product, l.product from load.holding l
    where not exists (select from baton.product p where p.code = l.product)
    order by 1;
    update baton.product p set class = l.class
    from (select product, min(class) as class from load.holding where class is not null group by 1) l
    where p.code = l.product and p.class is distinct from l.class;
    analyze baton.product;
end;
$$;

-- Balances by their key, as events are: new ones are added, known ones corrected, and each stays with the unit that
-- the customer had when it first came. Then `until` is set right for every pair that the load has touched.
create function baton.apply_holdings(customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    first bool := not exists (select from baton.holding);
begin
    perform baton.require_customers('holding', 'customer_id', customers);
    if not first then
        update baton.holding h set amount = l.amount
        from load.holding l join baton.product p on p.code = l.product
        where h.customer_id = l.customer_id and h.product = p.id and h.day = l.day and h.amount <> l.amount;
    end if;
    execute format(
        'insert into baton.holding (customer_id, product, day, until, org_id, amount)
         select l.customer_id, p.id, l.day, l.until, c.org_id, l.amount
         from (select customer_id, product, day, amount,
                   lead(day, 1, ''infinity'') over (partition by customer_id, product order by day) as until
               from load.holding) l
         join baton.product p on p.code = l.product join baton.%I c on c.customer_id = l.customer_id
         where not exists (select from baton.holding h
             where h.customer_id = l.customer_id and h.product = p.id and h.day = l.day)
         order by 1, 2, 3', customers);
    if not first then
        update baton.holding h set until = n.until
        from (select h.customer_id, h.product, h.day,
                  lead(h.day, 1, 'infinity') over (partition by h.customer_id, h.product order by h.day) as until
              from baton.holding h
              join (select distinct l.customer_id, p.id as product from load.holding l
                    join baton.product p on p.code = l.product) t using (customer_id, product)) n
        where h.customer_id = n.customer_id and h.product = n.product and h.day = n.day and h.until <> n.until;
    end if;
end;
$$;

-- A tier that comes, comes with its whole mix: what is not in it any more is no part of the mix.
create function baton.apply_tier_targets() returns void
language plpgsql set search_path = baton, pg_temp
as $$
declare
    wrong text;
begin
    delete from baton.tier_target t
    where exists (select from load.tier_target l where l.tier = t.tier)
        and not exists (select from load.tier_target l where l.tier = t.tier and l.class = t.class);
    insert into baton.tier_target as t (tier, class, share)
    select l.tier, l.class, l.share from load.tier_target l
    on conflict (tier, class) do update set share = excluded.share where t.share <> excluded.share;
    select format('%s: %s', t.tier, trim_scale(sum(t.share))) into wrong from baton.tier_target t
    group by t.tier having abs(sum(t.share) - 1) > 0.0001 order by t.tier limit 1;
    if wrong is not null then
        raise exception using errcode = 'BT110', message = 'mix', detail = wrong;
    end if;
end;
$$;

-- What stands of a customer now goes with the customer: it has the unit of the load that last brought it.
create function baton.apply_consents(run jsonb, customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform baton.require_customers('consent', 'customer_id', customers);
    execute format(
        'insert into baton.consent as t (customer_id, channel, org_id, since, given)
         select l.customer_id, l.channel, c.org_id, l.since, l.given
         from load.consent l join baton.%I c on c.customer_id = l.customer_id
         order by 1, 2
         on conflict (customer_id, channel) do update set org_id = excluded.org_id, given = excluded.given,
             since = case when $1 then excluded.since else t.since end
         where (t.org_id, t.given, t.since) is distinct from
             (excluded.org_id, excluded.given, case when $1 then excluded.since else t.since end)', customers)
    using run -> 'columns' -> 'consent' ? 'since';
end;
$$;

-- Of each kind that comes, the relations that no longer come are over: a row of a relation says nothing but that it is.
create function baton.apply_relations(customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform baton.require_customers('relation', 'customer_id', customers);
    perform baton.require_customers('relation', 'other', customers);
    delete from baton.relation r
    where r.kind in (select l.kind from load.relation l) and not exists (select from load.relation l
        where l.customer_id = r.customer_id and l.kind = r.kind and l.other = r.other_id);
    execute format(
        'insert into baton.relation as t (customer_id, kind, other_id, org_id)
         select l.customer_id, l.kind, l.other, c.org_id
         from load.relation l join baton.%I c on c.customer_id = l.customer_id
         order by 1, 2, 3
         on conflict (customer_id, kind, other_id) do update set org_id = excluded.org_id
         where t.org_id <> excluded.org_id', customers);
end;
$$;

create function baton.apply_locations(customers text) returns void
language plpgsql set search_path = baton, pg_temp
as $$
begin
    perform baton.require_customers('location', 'customer_id', customers);
    execute format(
        'insert into baton.location as t (customer_id, lat, lon, org_id)
         select l.customer_id, l.lat, l.lon, c.org_id
         from load.location l join baton.%I c on c.customer_id = l.customer_id
         order by 1
         on conflict (customer_id) do update set lat = excluded.lat, lon = excluded.lon, org_id = excluded.org_id
         where (t.lat, t.lon, t.org_id) is distinct from (excluded.lat, excluded.lon, excluded.org_id)', customers);
end;
$$;

-- As before, with the new targets; each has a line here in the order in which one refers to another.
create or replace function baton.import_apply(run jsonb) returns jsonb
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
    delete from baton.tier_target t where not exists (select from baton.tier s where s.code = t.tier);
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
    if came ? 'product' or came ? 'holding' then perform baton.apply_products(run); end if;
    if came ? 'holding' then perform baton.apply_holdings(customers); end if;
    if came ? 'tier_target' then perform baton.apply_tier_targets(); end if;
    if came ? 'consent' then perform baton.apply_consents(run, customers); end if;
    if came ? 'relation' then perform baton.apply_relations(customers); end if;
    if came ? 'location' then perform baton.apply_locations(customers); end if;
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

create or replace function baton.import_analyze() returns void
language plpgsql security definer set search_path = baton, pg_temp
as $$
declare
    name text;
begin
    perform baton.require_duty('loader');
    foreach name in array array['org_unit', 'staff', 'customer', 'event', 'product', 'holding', 'tier_target', 'consent',
            'relation', 'location', 'metric_fact'] ||
        array(select distinct relation from baton.attribute where relation ~ '^attr_[0-9]+$')
    loop
        execute format('analyze baton.%I', name);
    end loop;
end;
$$;

revoke execute on function baton.load_tables(text), baton.require_customers(text, text, text), baton.apply_products(jsonb),
    baton.apply_holdings(text), baton.apply_tier_targets(), baton.apply_consents(jsonb, text), baton.apply_relations(text),
    baton.apply_locations(text) from public;
