-- A column of a bank's own mart may hold what is no number (NaN, Infinity): a rule cannot say it, so it is as unknown as a null,
-- in rules, cells, portraits and cards. How many customers have such a one is measured with the rest.
alter table baton.attribute_stat add column not_numbers bigint not null default 0;
grant select (not_numbers) on baton.attribute_stat to baton_operator;

-- As in 0010, but for a number of a mart what is none (one that less itself is not 0) is counted apart.
create or replace function baton.measure_relation(of_schema text, of_relation text, every bigint, alone text default null)
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
                     select %3$s as v, count(*) as n from %2$s a join baton.customer c using (customer_id)
                     where a.%1$I is not null and c.closed_on is null group by 1
                 ), s as (
                     select v, n, sum(n) over (order by v) as upto, sum(n) over () as whole, count(*) over () as kinds from g
                     where v is not null
                 )
                 select coalesce(max(whole), 0)::bigint as known, count(*) as kinds, min(v)::text as low,
                     (min(v) filter (where upto * 2 >= whole))::text as middle, max(v)::text as high,
                     jsonb_agg(jsonb_build_array(v::text, n) order by n desc, v) filter (where kinds <= 20) as top,
                     (select coalesce(sum(g.n), 0)::bigint from g where g.v is null) as not_numbers
                 from s', entry.column_name, place,
                case when of_schema <> 'baton' and entry.type = 'number'
                    then format('case when a.%1$I - a.%1$I = 0 then a.%1$I end', entry.column_name)
                    else format('a.%I', entry.column_name) end) into counted;
            perform baton.stat_put(entry.code, every, counted.known, counted.kinds, counted.low, counted.middle,
                counted.high, counted.top);
            update baton.attribute_stat s set not_numbers = counted.not_numbers
            where s.attribute = entry.code and s.not_numbers <> counted.not_numbers;
        end if;
    end loop;
end;
$$;
