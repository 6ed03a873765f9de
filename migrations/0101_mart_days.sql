-- What the bank's own marts say of their freshness at this second. The dictionary has it as it was measured last, and an
-- answer that reads a mart has read what stands there now.

-- For each of these attributes that stands in a mart the day that the mart gives itself; what the dictionary has where the mart
-- cannot be asked. A mart that somebody has locked is not waited for: its name comes as the error's detail.
create function baton.mart_days(of_codes text[]) returns table (code text, day date)
language plpgsql stable security definer set search_path = baton, pg_temp set lock_timeout = '2s'
as $$
declare
    mart record;
begin
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
                raise exception using errcode = '55P03', message = 'mart_locked',
                    detail = mart.schema_name || '.' || mart.relation;
            when others then
                day := mart.known;
        end;
        return query select c, mart_days.day from unnest(mart.codes) c;
    end loop;
end;
$$;

revoke execute on function baton.mart_days(text[]) from public;
grant execute on function baton.mart_days(text[]) to baton_operator;
