-- The demo bank in the sizes that a bench needs: functions of one session, which `sized.rs` calls chunk by chunk in
-- one transaction. Everything about a customer follows from the number by hashes, so that each run makes the same bank
-- and no row has to be kept in mind; the shape and the planted story are those of the small bank (see `mod.rs`).

create temp table size (customers bigint, branches int, subs int, as_of date, story text[], unit_names text[], streets text[],
    surnames int, given_names int);
-- A table, since an element of a long array is found by walking there.
create temp table surname (n int primary key, name text);
create temp table given (n int primary key, name text);
create temp table place (sub int primary key, org_id int, code text, lat float8, lon float8, lost bool, lost_most bool, rm int);
create temp table flag (n bigint primary key, code text, column_name text);
create temp table outflow (id bigint primary key, amount bigint);
create temp table run (run jsonb);
create temp table home (customer text, flags text, numbers text);

create function pg_temp.h(id bigint, salt bigint) returns bigint
language sql immutable parallel safe return hashint8extended(id, salt);

-- Twenty bits of a hash as a number below n.
create function pg_temp.below(bits bigint, n bigint) returns bigint
language sql immutable parallel safe return ((bits & 1048575) * n) >> 20;

-- ---- units and staff --------------------------------------------------------------------------------------

create function pg_temp.fill_units() returns void language sql as $$
    insert into load.org_unit (load, ordinal, code, parent, kind, name, lat, lon)
    select 1, 0, 'HQ', null, 'hq', '江海银行总行', 29.4, 124.6;
    insert into load.org_unit (load, ordinal, code, parent, kind, name, class, lat, lon)
    select 1, b * 100 + s, 'B' || lpad(b::text, 2, '0') || case when s > 0 then lpad(s::text, 2, '0') else '' end,
        case when s > 0 then 'B' || lpad(b::text, 2, '0') else 'HQ' end, case when s > 0 then 'subbranch' else 'branch' end,
        z.unit_names[b] || case when s = 0 then '分行' when s = 1 then '分行营业部' else z.streets[s] || '支行' end,
        case when s > 0 then chr(65 + (b + s) % 3) end,
        round((29.4 + (pg_temp.below(pg_temp.h(b, 1), 800) - 400) / 1000.0 + (pg_temp.below(pg_temp.h(b * 100 + greatest(s, 1), 2), 120) - 60) / 1000.0)::numeric, 6),
        round((124.6 + (pg_temp.below(pg_temp.h(b, 3), 900) - 450) / 1000.0 + (pg_temp.below(pg_temp.h(b * 100 + greatest(s, 1), 4), 140) - 70) / 1000.0)::numeric, 6)
    from size z, generate_series(1, z.branches) b, generate_series(0, z.subs) s;
    insert into load.staff (load, ordinal, code, org, name, role, capacity)
    select 1, (b * 100 + s) * 7 + r, 'E' || lpad((((b - 1) * z.subs + s - 1) * 7 + r + 10001)::text, 5, '0'),
        'B' || lpad(b::text, 2, '0') || lpad(s::text, 2, '0'),
        (select f.name || g.name from surname f, given g where f.n = pg_temp.below(pg_temp.h((b * 100 + s) * 7 + r, 5), z.surnames)
            and g.n = pg_temp.below(pg_temp.h((b * 100 + s) * 7 + r, 6), z.given_names)),
        'rm', 80 + 10 * pg_temp.below(pg_temp.h((b * 100 + s) * 7 + r, 7), 9)
    from size z, generate_series(1, z.branches) b, generate_series(1, z.subs) s, generate_series(0, 6) r;
$$;

-- Sub-branches by their number from 0, as the customers are drawn.
create function pg_temp.note_places() returns void language sql as $$
    insert into place
    select ((row_number() over (order by u.code)) - 1)::int as sub, u.id as org_id, u.code, u.lat, u.lon, left(u.code, 3) = z.story[1] as lost,
        u.code = any (z.story[2:]) as lost_most, (select min(s.id) from baton.staff s where s.org_id = u.id) as rm
    from baton.org_unit u, size z where u.kind = 'subbranch';
    analyze place;
$$;

-- ---- customers ---------------------------------------------------------------------------------------------

-- One chunk of customers, from which every relation's rows are made.
create temp table person (
    id bigint, org_id int, rm_id int, sub_lat float8, sub_lon float8, lost bool, age int, born date, opened date, female bool,
    payroll bool, app bool, active bool, job text, moved bigint, demand bigint, timed bigint, fund bigint, wmp bigint,
    aum bigint, h1 bigint, h2 bigint, risk_level text, gone date
);

create function pg_temp.draw(lo bigint, hi bigint) returns void language sql as $$
    truncate person;
    insert into person
    with who as materialized (
        select id, pg_temp.h(id, 11) as a, pg_temp.h(id, 12) as b, pg_temp.h(id, 13) as c, pg_temp.h(id, 14) as d,
            pg_temp.h(id, 15) as e, pg_temp.h(id, 16) as f
        from generate_series(10000000 + lo, 10000000 + hi) id
    ), placed as materialized (
        -- Every third sub-branch is drawn more often: it is kept whatever comes, the others every second time.
        select w.*, case when o % 3 = 0 or a >> 60 & 1 = 0 then o else pg_temp.below(a >> 20, z.branches * z.subs) end as sub,
            (18 + pg_temp.below(b, 43) + pg_temp.below(b >> 20, 33))::int as age
        from size z, who w, lateral (select pg_temp.below(a, z.branches * z.subs) as o) first
    ), known as materialized (
        select p.*, l.org_id, l.lat, l.lon, l.lost, l.lost_most, l.rm,
            age between 22 and 59 and c & 65535 < case when l.lost_most and age between 30 and 45 then 45000 else 24000 end as payroll,
            (1024 + (e & 1023)) << (5 + pg_temp.below(e >> 10, 5) + pg_temp.below(e >> 30, 5) + pg_temp.below(f, 5)
                + case when f >> 20 & 255 = 0 then 5 else 0 end - case when age < 25 then 2 else 0 end)::int as most
        from placed p join place l using (sub)
    ), moving as materialized (
        select k.*, most + (f & 127) as before,
            case when lost and payroll and age between 30 and 45 and most between 500000 and 300000000 and c >> 44 & 15 <> 0
                    and d & 1023 < case when lost_most then 740 else 60 end
                then most / 100 * (20 + (d >> 10 & 31)) / 100 * 100 else 0 end as moved
        from known k
    ), invested as materialized (
        select m.*, before - moved as rest, case when before - moved > 1000000 and d >> 20 & 127 < 50
                then (before - moved) / 100 * (15 + (d >> 27 & 63)) else 0 end as invested
        from moving m
    ), split as (
        select i.*, case when d >> 33 & 3 < 2 then invested / 128 * (13 + (d >> 35 & 63)) else 0 end as fund,
            case when rest > 1000000 and d >> 41 & 127 < case when age >= 46 then 95 else 55 end
                then (rest - invested) / 128 * (38 + (d >> 48 & 63)) else 0 end as timed
        from invested i
    )
    select id, org_id, case when c >> 56 & 15 < 11 then rm + (c >> 48 & 255)::int % 7 end, lat, lon, lost, age,
        z.as_of - (age * 1461 / 4 + 1 + pg_temp.below(b >> 40, 363))::int,
        greatest(z.as_of - (case when c >> 44 & 15 = 0 then pg_temp.below(a >> 40, 549) else 549 + pg_temp.below(a >> 40, 8200) end)::int,
            z.as_of - (age - 16) * 1461 / 4),
        b >> 61 & 1 = 0, payroll, c >> 16 & 65535 < case when age < 46 then 51000 when age < 65 then 34000 else 11000 end,
        c >> 32 & 4095 < case when payroll then 3900 else 2050 end,
        case when f >> 50 & 15 = 0 then null when age < 23 and f >> 30 & 7 < 6 then 'student' when age >= 58 and f >> 30 & 15 < 14 then 'retired'
            else (array['employee', 'employee', 'employee', 'employee', 'employee', 'worker', 'worker', 'self_employed', 'self_employed',
                        'civil_servant', 'teacher', 'engineer', 'engineer', 'doctor', 'business_owner', 'farmer'])[1 + (f >> 33 & 15)] end,
        moved, rest - invested - timed, timed, fund, invested - fund, rest, pg_temp.h(id, 17), pg_temp.h(id, 18),
        case when invested > 0 or f >> 54 & 3 = 0
            then (array['C1', 'C2', 'C2', 'C2', 'C3', 'C3', 'C4', 'C5'])[1 + (f >> 56 & 7)] end, null
    from split, size z;
    -- Those after the bank's customers have left, on a day of the eighteen months, and were there before them: they have no manager, hold
    -- nothing, and nothing is heard of them.
    update person p set gone = z.as_of - pg_temp.below(p.h1 >> 20, 548)::int,
        opened = least(p.opened, z.as_of - 579 - pg_temp.below(p.h2 >> 20, 300)::int), rm_id = null, payroll = false, app = false, active = false,
        moved = 0, demand = 0, timed = 0, fund = 0, wmp = 0, aum = 0
    from size z where p.id > 10000000 + z.customers;
    analyze person;
$$;

create function pg_temp.fill_customers(home text) returns void language plpgsql as $$
begin
    execute format('insert into baton.%I (customer_id, org_id, rm_id, name, phone, opened_on, birth_date, gender, aum, no_contact, closed_on)
        select id, org_id, rm_id, f.name || g.name,
            ''12'' || lpad((id * 7368787 %% 1000000000)::text, 9, ''0''), opened, born, case when female then ''F'' else ''M'' end, aum,
            h1 >> 40 & 63 = 0, gone
        from person, size z, surname f, given g
        where f.n = pg_temp.below(h1, z.surnames) and g.n = pg_temp.below(h1 >> 20, z.given_names) order by id', home);
end;
$$;

-- How each flag is drawn: sixteen bits of one of 25 words, held against a share; of the last ten a quarter is unknown.
create function pg_temp.flag_sql(n int, code text) returns text
language sql as $$
    select case code when 'payroll' then 'payroll' when 'app_active' then 'app' when 'active' then 'active' else
        format(case when n > 90 then 'case when (h2 >> %4$s & 3) <> 0 then (w%1$s >> %2$s & 65535) < %3$s end'
                    else '(w%1$s >> %2$s & 65535) < %3$s' end,
            (n - 1) / 4, (n - 1) % 4 * 16, (array[32768, 19661, 13107, 7864, 5243, 3277, 1966, 1311, 655, 262])[1 + n % 10], n % 10 * 2)
        end;
$$;

create function pg_temp.note_flags() returns void language sql as $$
    insert into flag
    select row_number() over (order by code), code, column_name from baton.attribute where relation = 'attr_1' order by 1;
$$;

create function pg_temp.fill_flags(home text) returns void language plpgsql as $$
begin
    execute format('insert into baton.%I (customer_id, org_id, %s)
        select id, org_id, %s from person, lateral (select %s offset 0) w order by id', home,
        (select string_agg(format('%I', column_name), ', ' order by n) from flag),
        (select string_agg(pg_temp.flag_sql(n::int, code), ', ' order by n) from flag),
        (select string_agg(format('pg_temp.h(id, %s) as w%s', 100 + g, g), ', ') from generate_series(0, 24) g));
end;
$$;

create function pg_temp.fill_numbers(home text) returns void language plpgsql as $$
begin
    execute format('insert into baton.%I (customer_id, org_id, job, risk_level, nps, products_held, logins_90d, complaints_12m, points,
            churn_score, deposit_balance, demand_balance, time_balance, fund_balance, wmp_balance, outflow_30d)
        select id, org_id, job, risk_level,
            case when h2 & 7 = 0 then 10 - pg_temp.below(h2 >> 3, 8) * pg_temp.below(h2 >> 23, 2) end,
            1 + (timed > 0)::int + (fund > 0)::int + (wmp > 0)::int + (h2 >> 43 & 1) + (h2 >> 44 & 1),
            case when app then 1 + pg_temp.below(h2 >> 20, 90) end, case when h2 >> 45 & 31 = 0 then 1 + (h2 >> 50 & 1) else 0 end,
            case when h2 >> 51 & 3 = 0 then 100 * pg_temp.below(h2 >> 30, 900) end,
            least(99, 2 + pg_temp.below(h2 >> 10, 37) + 70 * moved / (aum + moved + 1)),
            demand + timed, demand, nullif(timed, 0), nullif(fund, 0), nullif(wmp, 0), coalesce(o.amount, 0)
        from person left join outflow o using (id) order by id', home);
end;
$$;

-- ---- what happened, what is held, where --------------------------------------------------------------------

-- Two events a customer: two, four or six of those who are active in the year before today, in pairs of a kind; and
-- the story's transfers.
create function pg_temp.fill_events() returns void language sql as $$
    truncate outflow;
    with made as materialized (
        select id, org_id, n, e as ref, pg_temp.h(id * 8 + e, 21) as x, pg_temp.h(id * 8 + e / 2, 22) as y, aum, opened
        from (select *, case when h1 & 15 < 8 then 2 when h1 & 15 < 13 then 4 else 6 end as n from person where active) p, generate_series(0, p.n - 1) e
    ), dated as materialized (
        select id, org_id, ref, (array[1, 2, 2, 3, 3, 4, 5, 6, 6, 6, 7, 7, 7, 7, 7, 8])[1 + (y & 15)]::smallint as kind,
            greatest(opened, z.as_of - (pg_temp.below(y >> 4, 350) + pg_temp.below(x, 15))::int) as day, x, aum
        from made, size z
    ), all_events as (
        select id as customer_id, (day + interval '8 hours' + pg_temp.below(x >> 20, 50000) * interval '1 second') at time zone 'Asia/Shanghai' as at,
            kind, ref::text as ref, org_id, case when kind not in (6, 8) then 5000 + (aum / 10000 * (x >> 40 & 255)) / 100 * 100 end as amount, day
        from dated
        union all
        select id, (z.as_of - 22 + (h1 >> 8 & 7)::int + part * 9 + interval '14 hours') at time zone 'Asia/Shanghai', 2::smallint, 'm' || part, org_id,
            case part when 0 then moved / 200 * 100 else moved - moved / 200 * 100 end, z.as_of - 22 + (h1 >> 8 & 7)::int + part * 9
        from person, size z, generate_series(0, 1) part where moved > 0
    ), put as (
        insert into baton.event (customer_id, at, kind, ref, org_id, amount, detail)
        select customer_id, at, kind, ref, org_id, amount, case when ref like 'm%' then '转至他行本人账户' end from all_events
        order by customer_id
    )
    insert into outflow select customer_id, sum(amount) from all_events, size z where kind = 2 and day > z.as_of - 30 group by 1;
    analyze outflow;
$$;

-- Demand deposits, of every second customer with another balance before; one balance of what else is held.
create function pg_temp.fill_holdings() returns void language sql as $$
    with held as materialized (
        select p.*, first, moved_on, bought, h2 & 1 = 0 and bought > first and bought < z.as_of - 30 as changed
        from size z, person p,
        lateral (select greatest(p.opened, z.as_of - 548) as first, z.as_of - 22 + (h1 >> 8 & 7)::int as moved_on,
            p.opened + (z.as_of - p.opened) * (h2 >> 8 & 255)::int / 256 as bought offset 0) f
        where p.gone is null
    )
    insert into baton.holding (customer_id, product, day, until, org_id, amount)
    select id, 1::smallint, first, bought, org_id, (demand + moved) / 64 * (40 + (h2 >> 16 & 31)) from held where changed
    union all
    select id, 1, case when changed then bought else first end, case when moved > 0 then moved_on else 'infinity' end, org_id, demand + moved from held
    union all
    select id, 1, moved_on, moved_on + 9, org_id, demand + moved - moved / 200 * 100 from held where moved > 0
    union all
    select id, 1, moved_on + 9, 'infinity', org_id, demand from held where moved > 0
    union all
    select id, 2, greatest(first, bought), 'infinity', org_id, timed from held where timed > 0
    union all
    select id, (3 + (h2 >> 24 & 255) % 3)::smallint, greatest(first, bought), 'infinity', org_id, fund from held where fund > 0
    union all
    select id, (6 + (h2 >> 32 & 1))::smallint, greatest(first, bought), 'infinity', org_id, wmp from held where wmp > 0
    order by 1, 2, 3;
$$;

-- Two in three were asked whether the bank may call, all users of the app whether it may tell them there; every tenth
-- pair of numbers is a family; and most live around their sub-branch.
create function pg_temp.fill_contacts() returns void language sql as $$
    insert into baton.consent (customer_id, channel, org_id, since, given)
    select id, channel, org_id, opened + (z.as_of - opened) * (h2 >> 40 & 255)::int / 256, given
    from person, size z, lateral (values ('app', app, h2 >> 48 & 3 <> 0), ('phone', h1 >> 12 & 3 <> 0, h1 >> 40 & 63 <> 0 and h2 >> 50 & 15 <> 0))
        v (channel, asked, given)
    where asked and gone is null order by 1, 2;
    insert into baton.relation (customer_id, kind, other_id, org_id)
    select id, 'family', id # 1, org_id from person, size z
    where gone is null and pg_temp.h(id >> 1, 23) & 1023 < 102 and id # 1 between 10000001 and 10000000 + z.customers order by 1;
    insert into baton.location (customer_id, lat, lon, org_id)
    select id, sub_lat + (pg_temp.below(h1, 9000) + pg_temp.below(h1 >> 20, 9000) + pg_temp.below(h1 >> 40, 9000) - 13500) / 250000.0,
        sub_lon + (pg_temp.below(h2, 9000) + pg_temp.below(h2 >> 20, 9000) + pg_temp.below(h2 >> 40, 9000) - 13500) / 220000.0, org_id
    from person where gone is null and h1 >> 58 & 15 <> 0 order by 1;
$$;

-- ---- metrics ------------------------------------------------------------------------------------------------

create temp table sums (org_id int, n bigint, aum numeric, wealth numeric, invest bigint, active bigint, app bigint, payroll bigint,
    moved numeric);
-- How many came on each day of the eighteen months, and how many left.
create temp table moves (org_id int, day date, came bigint, went bigint);
create temp table seen (attribute text, value text, n bigint);

create function pg_temp.count_chunk() returns void language sql as $$
    insert into sums select org_id, count(*), sum(aum), sum(fund + wmp), count(*) filter (where fund + wmp > 0),
        count(*) filter (where active), count(*) filter (where app), count(*) filter (where payroll), sum(moved)
    from person where gone is null group by 1;
    insert into moves select org_id, coalesce(gone, opened), count(*) filter (where gone is null), count(gone)
    from person, size z where gone is not null or opened > z.as_of - 550 group by 1, 2;
    insert into seen select 'job', job, count(*) from person where job is not null and gone is null group by 2
    union all select 'risk_level', risk_level, count(*) from person where risk_level is not null and gone is null group by 2;
$$;

-- Ends of eighteen months and each day of the last; today each metric is the sum over the customers, and their number on each day is that
-- of those who had come by then and had not left.
create function pg_temp.fill_facts() returns void language sql as $$
    insert into baton.category_value as v (attribute, value, customers) select attribute, value, sum(n) from seen group by 1, 2
    on conflict (attribute, value) do update set customers = excluded.customers;
    with unit as materialized (
        select u.code, max(u.id) as id, sum(n) as n, sum(aum) as aum, sum(wealth) as wealth, sum(invest) as invest, sum(active) as active,
            sum(app) as app, sum(payroll) as payroll, sum(moved) as moved
        from sums s join baton.org_unit u on u.id = s.org_id group by u.code
    ), day as materialized (
        select day::date, (z.as_of - day::date) as back from size z, lateral (
            select (m + interval '1 month - 1 day')::date as day from generate_series(date_trunc('month', z.as_of) - interval '17 months', z.as_of, interval '1 month') m
            union select generate_series(z.as_of - 31, z.as_of, interval '1 day')::date) d
    ), moved as materialized (
        select org_id as id, day, sum(came) as came, sum(went) as went from moves group by 1, 2
    ), then_ as materialized (
        select code, day, back, active, app, payroll, invest, n, greatest(1, n - after) as heads, coalesce(new, 0) as new,
            trunc(aum * (1000000 - back * (60 + pg_temp.below(pg_temp.h(id, 32), 110))) / 1000000)
                + moved * case when back > 21 then 1 when back > 12 then 0.5 else 0 end as worth,
            trunc(wealth * (1000000 - back * (30 + pg_temp.below(pg_temp.h(id, 33), 90))) / 1000000) as invested
        from unit cross join day left join (
            select d.day, m.id, sum(m.came - m.went) filter (where m.day > d.day) as later, sum(m.came) filter (where m.day = d.day) as new
            from day d, moved m group by 1, 2
        ) k using (id, day), lateral (select coalesce(k.later, 0) as after) a
    )
    insert into load.metric_fact (load, ordinal, metric, org, day, value, numerator, denominator)
    select 1, 0, v.metric, code, day, trunc(v.value), trunc(v.part), case when v.part is not null then heads end
    from then_, lateral (values
        ('aum', worth, null), ('customers', heads, null), ('wealth', least(invested, worth), null),
        ('deposits', worth - least(invested, worth), null), ('wealth_customers', invest * heads / n, null),
        ('active_customers', active * heads / n, null), ('new_customers', new, null),
        ('app_rate', null, app * heads / n), ('payroll_rate', null, payroll * heads / n),
        ('calls', case when extract(isodow from day) < 6 then heads / 150 else 0 end, null),
        ('reached', case when extract(isodow from day) < 6 then heads / 150 * 59 / 100 else 0 end, null),
        ('deals', case when extract(isodow from day) < 6 then heads / 150 * 59 / 100 * (6 + back % 7) / 100 else 0 end, null)
    ) v (metric, value, part);
    with month as (
        select distinct date_trunc('month', day)::date as first, to_char(day, 'YYYY-MM') as period, max(day) over (partition by to_char(day, 'YYYY-MM')) as last
        from load.metric_fact
    ), leaf as (
        select f.metric, f.org, m.period, f.value * (995 + pg_temp.below(pg_temp.h(hashtext(f.org || m.period)::bigint, 34), 35)) / 1000 as value
        from load.metric_fact f join month m on m.last = f.day where f.metric in ('aum', 'customers') and m.first > (select as_of from size) - 365
    )
    insert into load.target (load, ordinal, metric, org, period, value)
    select 1, 0, metric, o.org, period, sum(value) from leaf, lateral (values (leaf.org), (left(leaf.org, 3)), ('HQ')) o (org) group by 1, 2, 3, 4, 5;
$$;

-- ---- relations and keys --------------------------------------------------------------------------------------

-- The relations whose rows are exchanged are made beside, as an import does; the others lose their keys until the end.
-- All is empty: the numbers of products and kinds of events begin with 1 again, whatever an earlier try has used up.
create function pg_temp.prepare() returns void language plpgsql as $$
begin
    perform baton.import_lock(free => true);
    perform baton.import_sweep();
    perform baton.load_tables(null);
    alter table baton.product alter column id restart with 1;
    alter table baton.event_kind alter column id restart with 1;
    alter table baton.event drop constraint event_pkey;
    drop index baton.event_by_kind;
    alter table baton.holding drop constraint holding_pkey;
    alter table baton.consent drop constraint consent_pkey;
    alter table baton.relation drop constraint relation_pkey;
    alter table baton.location drop constraint location_pkey;
end;
$$;

-- Kinds of events, products, the tiers' mixes and metrics, as the run names them.
create function pg_temp.fill_reference() returns void language sql as $$
    insert into baton.consent_channel values ('app'), ('phone') on conflict do nothing;
    insert into baton.relation_kind values ('family') on conflict do nothing;
    insert into baton.event_kind (code) select k from run, jsonb_array_elements_text(run -> 'kinds') with ordinality as a (k, n) order by n;
    insert into load.product (load, ordinal, code, zh, en, class, risk)
    select 1, n, p ->> 0, p ->> 1, p ->> 2, p ->> 3, (p ->> 4)::smallint from run, jsonb_array_elements(run -> 'products') with ordinality as a (p, n);
    insert into load.tier_target (load, ordinal, tier, class, share)
    select 1, n, t ->> 0, t ->> 1, (t ->> 2)::numeric / 1000000 from run, jsonb_array_elements(run -> 'mix') with ordinality as a (t, n);
    insert into load.metric (load, ordinal, code, zh, en, kind, unit, formula)
    select 1, n, m ->> 0, m ->> 1, m ->> 2, m ->> 3, m ->> 4, m ->> 5 from run, jsonb_array_elements(run -> 'metrics') with ordinality as a (m, n);
$$;

create function pg_temp.make_homes() returns void language plpgsql as $$
declare
    made home;
begin
    perform pg_temp.note_places();
    perform pg_temp.note_flags();
    insert into home values (baton.fresh_name('customer'), baton.fresh_name('attr_1'), baton.fresh_name('attr_2')) returning * into made;
    execute format('create table baton.%I (like baton.customer including defaults including constraints)', made.customer);
    execute format('create table baton.%I (customer_id bigint not null, org_id int not null %s)', made.flags,
        (select string_agg(format(', %I bool', column_name), '' order by n) from flag));
    execute format('create table baton.%I (customer_id bigint not null, org_id int not null %s)', made.numbers,
        (select string_agg(format(', %I %s', d.column_name, baton.attribute_sql_type(d.type)), '' order by d.code)
         from baton.attribute d where d.relation = 'attr_2'));
end;
$$;

create function pg_temp.key_homes() returns void language plpgsql as $$
declare
    made home := (select h from home h);
begin
    execute format('alter table baton.%I add primary key (customer_id)', made.customer);
    execute format('create index on baton.%I (org_id)', made.customer);
    execute format('alter table baton.%I add primary key (customer_id)', made.flags);
    execute format('alter table baton.%I add primary key (customer_id)', made.numbers);
    perform baton.exchange('customer', made.customer), baton.exchange('attr_1', made.flags), baton.exchange('attr_2', made.numbers);
end;
$$;

-- The record of the load, as an import leaves it.
create function pg_temp.finish() returns jsonb language plpgsql as $$
declare
    run jsonb := (select r.run from run r);
    loaded jsonb := '{}';
    name text;
    n bigint;
begin
    foreach name in array array['org_unit', 'staff', 'customer', 'event', 'product', 'holding', 'tier_target', 'consent', 'relation',
        'location', 'metric', 'metric_fact', 'target']
    loop
        execute format('select count(*) from baton.%I', name) into n;
        loaded := loaded || jsonb_build_object(name, n);
    end loop;
    perform baton.import_sweep();
    insert into baton.metric_definition (metric, version, text, owner, closing, workdays, measure)
    select d ->> 0, 1, d ->> 1, d ->> 2, 'end', false, d ->> 3 from jsonb_array_elements(run -> 'meanings') d;
    insert into baton.import_run (as_of, source, loaded, rejected)
    values ((run -> 'bank' ->> 'as_of')::date, run ->> 'source', loaded, '{}');
    perform baton.note('import.apply', run -> 'bank' ->> 'name', jsonb_build_object('as_of', run -> 'bank' ->> 'as_of',
        'source', run ->> 'source', 'loaded', loaded, 'rejected', '{}'::jsonb));
    return loaded;
end;
$$;
