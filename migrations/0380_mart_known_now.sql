-- A verdict is given or refused by the day that a mart gives itself now, as the review's page reads it: a mart that was loaded again since it
-- was measured last is known up to its new day, and one that was put back only up to the older.

-- As in 0101, but the caller says how long a locked mart is waited for, and whether it is then refused or read as it was measured last.
create function baton.mart_days(of_codes text[], wait text, refuse boolean) returns table (code text, day date)
language plpgsql stable security definer set search_path = baton, pg_temp set lock_timeout = '2s'
as $$
declare
    mart record;
begin
    -- Until the function ends, which has the setting for itself.
    perform set_config('lock_timeout', mart_days.wait, true);
    for mart in
        select d.schema_name, d.relation, d.refreshed_column, max(d.refreshed_on) as known, array_agg(d.code) as codes
        from baton.attribute d where d.code = any (of_codes) and d.schema_name <> 'baton'
        group by 1, 2, 3 order by 1, 2, 3
    loop
        begin
            execute format('select from %I.%I limit 0', mart.schema_name, mart.relation);
            day := mart.known;
            if mart.refreshed_column is not null then
                day := baton.mart_refreshed(mart.schema_name, mart.relation, mart.refreshed_column);
            end if;
        exception
            when lock_not_available then
                if mart_days.refuse then
                    raise exception using errcode = '55P03', message = 'mart_locked',
                        detail = mart.schema_name || '.' || mart.relation;
                end if;
                day := mart.known;
            when others then
                day := mart.known;
        end;
        return query select c, mart_days.day from unnest(mart.codes) c;
    end loop;
end;
$$;

-- As in 0101, by the function above.
create or replace function baton.mart_days(of_codes text[]) returns table (code text, day date)
language sql stable security definer set search_path = baton, pg_temp
as $$
    select d.code, d.day from baton.mart_days(mart_days.of_codes, '2s', true) d
$$;

-- As in 0322, but of the day that each mart gives itself now. A mart that somebody is loading must not take away the list of reviews: it is
-- then known as it was measured last, and hardly waited for, since a list may ask for each of its pushes.
create or replace function baton.rule_marts_day(rule text) returns date
language sql stable security definer set search_path = baton, pg_temp
as $$
    select min(coalesce(d.day, '-infinity')) from baton.mart_days(baton.rule_names(rule_marts_day.rule), '100ms', false) d
$$;

revoke execute on function baton.mart_days(text[], text, boolean) from public;
